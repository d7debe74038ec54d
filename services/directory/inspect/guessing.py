"""Where an unknown product keeps its facts, guessed from names and contents, with how sure that is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from services.directory import evidence
from services.directory.catalog import FLAG, NUMBER, TEXT, Field, Listed
from services.directory.inspect.contents import Contents, Reader, is_email, is_hash, is_number
from services.directory.inspect.marks import LINKS, OWNER, SESSIONS, by_name, plain

SURE, LIKELY, GUESS = "sure", "likely", "a guess"
_MOST, _HALF = 0.8, 0.5
_TESTS: dict[str, Callable[[str], bool]] = {"email": is_email, "phone": is_number, "password": is_hash}
_WHAT = {"email": "e-mail addresses", "phone": "telephone numbers", "password": "hashes of a known format"}


@dataclass(frozen=True)
class Guess:
    """A column for one fact; `why` is for people and holds no value of a row."""

    column: str
    sure: str
    why: str


def guess(contents: Contents, fact: str, taken: Iterable[str] = ()) -> Guess | None:
    """By name, backed or contradicted by what the column holds; by what it holds alone where no name tells."""
    free = [each for name, each in contents.table.fields.items() if name not in set(taken)]
    test = _TESTS.get(fact)
    ranked = [(field, contents.share(field.name, test) if test else None) for field in by_name(free, fact)]
    for field, share in ranked:
        if share is not None and share >= _MOST:
            return Guess(field.name, SURE, f"by its name, and {share:.0%} of its values are {_WHAT[fact]}")
    for field, share in ranked:
        if share is None or share >= _HALF or fact == "phone":
            held = "" if share is None else f", though only {share:.0%} of its values are {_WHAT[fact]}"
            empty = ", though it is empty" if test and share is None else ""
            return Guess(field.name, LIKELY, f"by its name{held or empty}")
    return _by_content(contents, fact, free, test) if test else None


def _by_content(contents: Contents, fact: str, free: list[Field], test: Callable[[str], bool]) -> Guess | None:
    texts = [each.name for each in free if each.family == TEXT]
    shares = [(share, name) for name in texts if (share := contents.share(name, test)) is not None]
    share, name = max(shares, default=(0.0, ""))
    if share < _MOST:
        return None
    return Guess(name, GUESS, f"{share:.0%} of its values look like {_WHAT[fact]}")


# --- the table of people --------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """A table that may be that of the people."""

    contents: Contents
    email: Guess
    password: Guess
    why: str

    @property
    def score(self) -> float:
        """Hashes that are known and addresses that are some, and the more rows the better."""
        points = {SURE: 4, LIKELY: 2, GUESS: 1}
        rows = min(len(next(iter(self.contents.values.values()), [])), 50) / 50
        return points[self.email.sure] + points[self.password.sure] + rows


def people_tables(reader: Reader, tables: Sequence[Listed]) -> list[Place]:
    """Tables with addresses and hashes in them, the likeliest first."""
    found = []
    for table in tables:
        if sum(each.family == TEXT for each in table.fields.values()) < 2:  # noqa: PLR2004  (an address and a hash)
            continue
        contents = reader.contents(table)
        email = guess(contents, "email")
        password = guess(contents, "password", [email.column] if email else [])
        if email and password:
            why = f"table {table.name!r} has e-mail addresses in {email.column!r} and hashes in {password.column!r}"
            shown = evidence.said(contents.survey(password.column))
            found.append(Place(contents, email, password, f"{why}: {shown}"))
    return sorted(found, key=lambda place: -place.score)


# --- second tables --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Second:
    """A second table: its column of the person and, where a fact lies there, that of the fact."""

    table: str
    person: str
    value: str = ""
    sure: str = LIKELY
    why: str = ""


def second_phone(reader: Reader, tables: Sequence[Listed], people: Listed, key: str) -> Second | None:
    """A table of profiles or contacts with a number in it."""
    found = []
    for table in _of_people(tables, people):
        owner = owner_of(table, people, key)
        number = guess(reader.contents(table), "phone", [owner]) if owner else None
        if number is not None and number.sure != GUESS:
            found.append(Second(table.name, owner, number.column, number.sure, number.why))
    return min(found, key=lambda each: each.sure != SURE, default=None)


def seconds(tables: Sequence[Listed], people: Listed, key: str) -> list[tuple[str, Second]]:
    """Sign-ins and reset links that lie in tables of their own."""
    kinds = (("sign-in", SESSIONS), ("link", LINKS))
    return [
        (kind, Second(table.name, owner, why="by its name"))
        for kind, sign in kinds
        for table in _of_people(tables, people)
        if sign.fullmatch(plain(table.name)) and (owner := owner_of(table, people, key))
    ]


def _of_people(tables: Sequence[Listed], people: Listed) -> list[Listed]:
    return [each for each in tables if each.schema == people.schema and each.name != people.name]


def owner_of(table: Listed, people: Listed, key: str) -> str:
    """The column that holds whose row it is; empty where none goes by a usual name."""
    one = plain(people.name)
    names = (*OWNER, f"{one}_id", f"{one.removesuffix('s')}_id", f"{one.rpartition('_')[2].removesuffix('s')}_id")
    kinds = _alike(people.fields[key].family) if key in people.fields else set()
    fitting = [each.name for each in table.fields.values() if plain(each.name) in names and each.family in kinds]
    return min(fitting, key=lambda name: names.index(plain(name)), default="")


def _alike(family: str) -> set[str]:
    return {NUMBER, FLAG} if family in (NUMBER, FLAG) else {family}
