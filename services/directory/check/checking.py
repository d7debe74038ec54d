"""`python -m bot directory check`: proof that a mapping works, before anyone relies on it.

By looking at tables and rights (fitting.py), by reading people, by making and verifying a hash, by writing what is
rolled back, and on a named person by a whole reset that is rolled back. Nothing stays changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import Engine, func, select

from services.clock import SystemClock
from services.db.session import READ_ONLY
from services.directory import evidence
from services.directory.check.clocks import times
from services.directory.check.columns import COLUMNS
from services.directory.check.fitting import CONNECTION, TABLES, Away, fit
from services.directory.check.rights import COPY, READING, WRITING
from services.directory.check.trying import Made, Trier, make
from services.directory.faults import connected
from services.directory.formats import Pepper
from services.directory.mapping import Mapping
from services.directory.shape import text_of
from services.directory.sql import SqlDirectory
from services.errors import DirectoryRefused, DirectoryUnreachable
from services.lookout import Check, Status, failed, ok, skipped, warning
from services.model import Cause, Person
from services.ports import Clock

PEOPLE, NUMBERS, HASHING, PEPPER, ALIKE, PERSON = (
    f"directory: {name}" for name in ("people", "numbers", "hashing", "pepper", "same people", "person")
)
MOST = 1000
"""So many of the newest people are read."""
_BATCH = 500
_ALIKE = 200
_REASONS = {
    Cause.NO_MOBILE: "no number",
    Cause.NUMBER_UNREADABLE: "not readable",
    Cause.NUMBER_SEVERAL: "two numbers",
    Cause.NUMBER_EXTENSION: "with an extension",
    Cause.NUMBER_LANDLINE: "a landline",
    Cause.NUMBER_INVALID: "free, shared or personal",
}


@dataclass(frozen=True)
class Ground:
    """What is checked. `copy`: where DIRECTORY_READ_URL leads."""

    engine: Engine
    mapping: Mapping
    region: str
    copy: Engine | None = None
    pepper: str = field(default="", repr=False)
    clock: Clock = field(default_factory=SystemClock)


def check(ground: Ground, email: str = "") -> Iterator[Check]:
    """`email`: of a person on whom a whole reset is tried. Raises nothing of the directory's."""
    try:
        yield from _look(ground, email)
    except Away as away:
        yield failed(CONNECTION, f"The product's database cannot be reached: {away.kind}.", _UP)
    except DirectoryUnreachable:
        yield failed(CONNECTION, "The product's database went away, or took too long.", _UP)
    except DirectoryRefused as refused:
        yield failed(PEOPLE, f"The database would not do it: {refused.what}.", "See the account's rights.")


_UP = "See that the database is up and that DIRECTORY_URL and DIRECTORY_READ_URL lead to it."


def _look(ground: Ground, email: str) -> Iterator[Check]:
    failures, good = set(), set()
    for found in fit(ground.engine, ground.mapping, ground.copy):
        yield found
        failures |= {found.name} if found.failed else set()
        good |= {found.name} if found.status is Status.OK else set()
    if failures & {CONNECTION, TABLES, COLUMNS, READING}:
        yield skipped(PEOPLE, "Put right what failed first; then people can be read.")
        return
    directory = SqlDirectory(
        ground.engine, ground.mapping, ground.region, reading=ground.copy, pepper=ground.pepper, clock=ground.clock
    )
    keys = _newest_keys(ground, directory)
    people = [person for at in range(0, len(keys), _BATCH) for person in _read(directory, keys[at : at + _BATCH])]
    yield _people(ground, directory, people)
    yield _numbers(ground, people)
    yield from times(ground.engine, directory.shape, MOST, ground.clock.now())
    if COPY in good:
        yield _alike(directory, keys)
    yield from _hashing(ground, directory, people, email, may_write=WRITING not in failures)


# --- people ---------------------------------------------------------------------------------------


def _newest_keys(ground: Ground, directory: SqlDirectory) -> list[str]:
    shape = directory.shape
    with connected(ground.engine.execution_options(**{READ_ONLY: True})) as connection:
        newest = connection.scalars(select(shape.key).order_by(shape.key.desc()).limit(MOST))
        return [text for value in newest if (text := text_of(shape.key, value)) is not None]


def _read(directory: SqlDirectory, keys: list[str]) -> list[Person]:
    found = directory.by_keys(keys)
    return [found[key] for key in keys if key in found]


def _people(ground: Ground, directory: SqlDirectory, people: list[Person]) -> Check:
    if not people:
        mend = "See that DIRECTORY_URL is the right database; with nobody in it little can be tried."
        return warning(PEOPLE, f"Table {ground.mapping.table!r} is empty.", mend)
    addresses = Counter(person.email.casefold() for person in people if person.email)
    counts = {
        "active": sum(person.active for person in people),
        "with a privileged role": sum(person.privileged for person in people),
        "with a time of sign-in": sum(person.last_sign_in_at is not None for person in people),
        "without a name": sum(not (person.first_name or person.last_name) for person in people),
        "without an e-mail address": sum(not person.email for person in people),
        "who share theirs": sum(count for count in addresses.values() if count > 1),
    }
    told = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
    found = f"{_count(ground, directory)}The newest {len(people):,} read: {told}."
    if not counts["active"]:
        mend = "See directory.active, deactivated_at and locked_until: only active people can be reset."
        return failed(PEOPLE, f"{found} Nobody counts as active.", mend)
    if not addresses:
        return failed(PEOPLE, f"{found} Nobody has an e-mail address.", "See directory.email.")
    if not any("@" in address for address in addresses):
        return failed(PEOPLE, f"{found} What stands for e-mail addresses are none.", "See directory.email.")
    return ok(PEOPLE, found)


def _count(ground: Ground, directory: SqlDirectory) -> str:
    try:
        with connected(ground.engine.execution_options(**{READ_ONLY: True})) as connection:
            counted = connection.scalar(select(func.count()).select_from(directory.shape.people))
    except DirectoryUnreachable:
        return "There are more people than could be counted in time. "
    return f"{counted:,} {'person' if counted == 1 else 'people'}. "


def _numbers(ground: Ground, people: list[Person]) -> Check:
    if not people:
        return skipped(NUMBERS, "There is nobody to look at.")
    fit_for_text = sum(person.phone.e164 is not None for person in people)
    reasons = Counter(person.phone.problem for person in people if person.phone.problem is not None)
    told = ", ".join(f"{count:,} {_REASONS.get(cause, cause.value)}" for cause, count in reasons.most_common())
    found = f"{fit_for_text:,} of {len(people):,} people have a number that can get texts"
    found += f"; the others: {told}." if told else "."
    if not fit_for_text:
        return failed(NUMBERS, found, "See directory.phone, and region in the file.")
    unread = reasons[Cause.NUMBER_UNREADABLE]
    if unread > fit_for_text:
        mend = f'Is region = "{ground.region}" right? `python -m bot directory inspect` guesses it from the numbers.'
        return warning(NUMBERS, found, mend)
    return ok(NUMBERS, found)


def _alike(directory: SqlDirectory, keys: list[str]) -> Check:
    """Whether both addresses lead to the same people."""
    if not keys:
        return skipped(ALIKE, "There is nobody to compare.")
    after = keys[_ALIKE] if len(keys) > _ALIKE else None
    theirs = {person.key: person for person in directory.between(after, keys[0])}
    ours = directory.by_keys(keys[:_ALIKE])
    alike = sum(theirs.get(key) == person for key, person in ours.items())
    if not alike:
        found = f"DIRECTORY_READ_URL shows none of the newest {len(ours):,} people as DIRECTORY_URL does."
        return failed(ALIKE, found, "Both have to lead to the same product.")
    if alike < len(ours):
        found = f"DIRECTORY_READ_URL shows {alike:,} of the newest {len(ours):,} people as DIRECTORY_URL does."
        return warning(ALIKE, found, "If it lags all is well; else see that both lead to the same product.")
    return ok(ALIKE, f"DIRECTORY_READ_URL shows the newest {alike:,} people as DIRECTORY_URL does.")


# --- hashes and writing ---------------------------------------------------------------------------


def _hashing(
    ground: Ground, directory: SqlDirectory, people: list[Person], email: str, *, may_write: bool
) -> Iterator[Check]:
    try:
        made = make(directory, ground.mapping.format, ground.pepper)
    except ValueError as error:  # its own words, and none of a value
        yield failed(HASHING, f"No {ground.mapping.hash} hash can be made: {error}.", "See directory.hash.")
        return
    yield _round_trip(ground, directory, made)
    if ground.mapping.format.pepper is not Pepper.NONE:
        yield _pepper(ground)
    trier = Trier(ground.engine, directory, ground.clock)
    someone = next((person for person in people if person.active), None)
    if not may_write or someone is None:
        yield skipped(PERSON, "Nothing was written: put right what failed first." if people else "There is nobody.")
        return
    yield trier.itself(someone.key)
    yield trier.written(someone.key, made)
    if email:
        yield from _person(directory, trier, email, made)


def _round_trip(ground: Ground, directory: SqlDirectory, made: Made) -> Check:
    m = ground.mapping
    form, parameters = m.format, m.format.parameters(made.stored) or ""
    shown = f"{m.hash} with {evidence.cost(m.hash, parameters)}"
    if made.opens(made.stored, "x"):
        return failed(HASHING, f"A hash of {shown} takes a wrong password, too.", "Report this as a bug.")
    costs = Counter({form.parameters(""): 0})
    for sample, count in directory.survey().items():
        if m.hash in sample.formats:
            costs[sample.parameters] += count
    usual = costs.most_common(1)[0][0]
    if usual is not None and usual != parameters:
        mend = "Leave directory.hash_parameters out, unless the product changed its cost lately."
        found = f"Made and verified: {shown}. Most of the newest rows have {evidence.cost(m.hash, usual)}."
        return warning(HASHING, found, mend)
    return ok(HASHING, f"Made and verified: {shown}{', as the newest rows have' if usual else ''}.")


def _pepper(ground: Ground) -> Check:
    there = "is set" if ground.pepper else "is not set"
    why = "No hash shows it: sign in to the product once with a temporary password of a test person."
    return skipped(PEPPER, f"Whether DIRECTORY_PEPPER ({there}) is the product's cannot be seen. {why}")


def _person(directory: SqlDirectory, trier: Trier, email: str, made: Made) -> Iterator[Check]:
    found = directory.by_email(email)
    if len(found) != 1:
        said = f"{len(found):,} people have" if found else "Nobody has"
        yield failed(PERSON, f"{said} that e-mail address.", "Name one of a test person, whole, in any case.")
        return
    [person] = found
    if not person.active:
        yield failed(PERSON, "That person counts as deactivated and cannot be reset.", "Name somebody who is active.")
        return
    texts = "can be sent a text" if person.phone.e164 else "cannot be sent a text"
    yield ok(PERSON, f"Found, active, {texts}{', with a privileged role' if person.privileged else ''}.")
    yield from trier.reset(person.key, made)
