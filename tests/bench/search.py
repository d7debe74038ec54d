"""How fast people are found, how surely, and what it costs to keep the search in step; beside plain SQL.

`LOCKSMITH_BENCH_SEARCH` says how many people on which database, like `sqlite:10000,postgresql:10000000`. Each query
is asked three times and the answer in the middle counts, so that one interruption does not.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from random import Random
from statistics import median, quantiles

from sqlalchemy import Engine, func, select, text

from bot.demo_data.table import people_table
from services.clock import SystemClock
from services.db.migrate import migrate
from services.db.session import Database, make_engine
from services.db.tables import SearchWordRow
from services.directory.presets import PRESETS
from services.directory.sql import SqlDirectory
from services.seals import Seals
from services.search.contact import Contacts
from services.search.query import Search, is_address
from services.search.sync import Index
from services.search.vocabulary import Vocabulary
from tests.bench.search_people import Somebody, crowd, put
from tests.bench.search_queries import Query, added, kinds, quality
from tests.bench.table import Table
from tests.conftest import Server, address

SIZES = os.environ.get(
    "LOCKSMITH_BENCH_SEARCH",
    "sqlite:10000,sqlite:100000,sqlite:1000000,postgresql:10000,postgresql:100000,postgresql:1000000",
)
LIMIT = 51
QUERIES, AGAIN, NAIVE = 100, 3, 12
QUALITY = 300
FIRST_FEW = 5
_COMPARED = 100_000
_CHANGED = 100
_ROWS = 20_000
Found = Callable[[str], list[str]]


@dataclass(frozen=True)
class Place:
    kind: str
    people: int
    product: str
    own: str

    @property
    def name(self) -> str:
        return f"{self.kind}, {self.people:,} people"


def measure() -> list[Table]:
    return list(chain.from_iterable(map(_measured, _sizes())))


def _sizes() -> list[tuple[str, int]]:
    asked = (one.strip().partition(":") for one in SIZES.split(","))
    return [(kind, int(people)) for kind, _, people in asked]


def _measured(size: tuple[str, int]) -> Iterator[Table]:
    kind, people = size
    with _place(kind, people) as place:
        sample, by_hand, singles = _fill_product(place)
        engine = make_engine(place.own)
        migrate(engine)
        engine.dispose()
        filling = [*_filling(place), *_words(place)]
        yield _speed(place, sample)
        yield Table(
            f"Keeping in step: {place.name}", ["", "people/s", "seconds", "peak MB"], [*filling, *_rounds(place)]
        )
        yield _meanwhile(place, sample)
        yield _quality(place, list(quality(singles, by_hand))[:QUALITY])


@contextmanager
def _place(kind: str, people: int) -> Iterator[Place]:
    with tempfile.TemporaryDirectory() as folder:
        if kind == "sqlite":
            yield Place(
                kind, people, f"sqlite:///{Path(folder) / 'product.db'}", f"sqlite:///{Path(folder) / 'own.db'}"
            )
            return
        server = Server()
        try:
            yield Place(kind, people, address(server.new()), address(server.new()))
        finally:
            server.close()


# --- people ---------------------------------------------------------------------------------------


def _fill_product(place: Place) -> tuple[list[Somebody], list[Somebody], list[Somebody]]:
    """A sample of them, the ones of the queries by hand, and some whose name nobody else has."""
    step, sample = max(1, place.people // QUERIES), list[Somebody]()
    names = dict[tuple[str, str], Somebody | None]()
    by_hand = added(place.people + 1)
    engine, now = make_engine(place.product, wait_ms=600_000), datetime.now(UTC)
    people_table().create(engine)
    everybody = chain(crowd(place.people), by_hand)
    while some := list(islice(everybody, _ROWS)):
        sample += [one for one in some if one.id % step == 1 % step and len(sample) < QUERIES]
        names |= {(one.first, one.last): None if (one.first, one.last) in names else one for one in some}
        with engine.begin() as connection:
            put(connection, some, now)
    engine.dispose()
    singles = [one for one in names.values() if one is not None and one.active and one not in by_hand]
    Random(3).shuffle(singles)  # noqa: S311  (the same ones each time)
    return sample, by_hand, singles[:QUALITY]


# --- speed ----------------------------------------------------------------------------------------


def _ours(database: Database) -> Found:
    search = Search()

    def find(query: str) -> list[str]:
        with database.glance() as session:
            if is_address(query) and (owner := search.owner(session, query, LIMIT)):
                return owner
            found, others = search.look(session, query, LIMIT)
            return found + others

    return find


def _naive(engine: Engine, *, whole: bool = False) -> Found:
    """Every word in any column, as Django's admin does it; or the whole text in any, as PWM asks its directory."""
    like = "ILIKE" if engine.dialect.name == "postgresql" else "LIKE"
    columns = ("first_name", "last_name", "email", *(("first_name || ' ' || last_name",) if whole else ()))

    def find(query: str) -> list[str]:
        words = [query] if whole else query.split()
        clauses = (
            "(" + " OR ".join(f"{column} {like} :w{at} ESCAPE '/'" for column in columns) + ")"
            for at in range(len(words))
        )
        statement = f"SELECT id FROM people WHERE {' AND '.join(clauses)} ORDER BY email LIMIT {LIMIT}"  # noqa: S608
        values = {f"w{at}": f"%{_plain(word)}%" for at, word in enumerate(words)}
        with engine.connect() as connection:
            return [str(key) for key in connection.scalars(text(statement), values)]

    return find


def _plain(word: str) -> str:
    return word.replace("/", "//").replace("%", "/%").replace("_", "/_")


def _times(find: Found, queries: Sequence[Query], again: int = AGAIN) -> list[float]:
    """Milliseconds, of each query's middle answer."""
    return [median(_took(find, query.text) for _ in range(again)) for query in queries]


def _took(find: Found, text_: str) -> float:
    began = time.perf_counter()
    find(text_)
    return (time.perf_counter() - began) * 1000


def _p95(times: Sequence[float]) -> float:
    return quantiles(times, n=20)[-1]


def _speed(place: Place, sample: list[Somebody]) -> Table:
    database, product = Database(make_engine(place.own)), make_engine(place.product, wait_ms=600_000)
    find, naive, rows = _ours(database), _naive(product), []
    for kind, queries in kinds(sample).items():
        ours, theirs = _times(find, queries), _times(naive, queries[:NAIVE], 1)
        found = sum(_is_found(product, find(query.text), query.meant) for query in queries) / len(queries)
        rows.append(
            [kind, f"{median(ours):.2f}", f"{_p95(ours):.2f}", f"{median(theirs):.1f}",
             f"{median(theirs) / median(ours):.0f}", "" if kind == "miss" else f"{found:.2f}"]
        )  # fmt: skip
    database.close()
    product.dispose()
    head = ["query", "p50 ms", "p95 ms", "plain SQL p50 ms", "times faster", "found"]
    return Table(f"Finding people: {place.name}", head, rows)


def _is_found(product: Engine, keys: list[str], meant: Somebody) -> bool:
    """Somebody of this name: of fifty Jane Does nobody can say which."""
    if str(meant.id) in keys:
        return True
    if not keys:
        return False
    numbers = ", ".join(keys)
    with product.connect() as connection:
        names = connection.execute(text(f"SELECT first_name, last_name FROM people WHERE id IN ({numbers})")).all()  # noqa: S608
    return (meant.first, meant.last) in {tuple(name) for name in names}


# --- keeping in step ------------------------------------------------------------------------------


def _index(place: Place) -> tuple[Index, Database]:
    database = Database(make_engine(place.own))
    directory = SqlDirectory(make_engine(place.product, wait_ms=1000), PRESETS["statstak"], "US")
    return Index(database, directory, Contacts(Seals(["k" * 32]), "US"), SystemClock()), database


def _fill(place: Place, *, rebuild: bool = False) -> tuple[int, float, float]:
    """In a process of its own: people who were different, seconds, and the most memory it ever had."""
    index, database = _index(place)
    if rebuild:
        index.rebuild()
    began = time.perf_counter()
    changed = index.sync()
    seconds = time.perf_counter() - began
    database.close()
    return changed, seconds, _most_memory()


def _most_memory() -> float:
    """MB. Not getrusage's: that is at least what the parent had when it began this process."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def _apart(place: Place) -> tuple[int, float, float]:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_fill, (place,))


def _filling(place: Place) -> list[list[str]]:
    changed, seconds, memory = _apart(place)
    return [["first fill", f"{changed / seconds:,.0f}", f"{seconds:.1f}", f"{memory:.0f}"]]


def _words(place: Place) -> Iterator[list[str]]:
    """What each process that searches keeps in memory; read when it starts."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        words, seconds, memory = pool.apply(_learn, (place,))
    yield [
        f"{words:,} words read into a process's memory",
        f"{words / seconds:,.0f}",
        f"{seconds:.1f}",
        f"+{memory:.0f}",
    ]


def _learn(place: Place) -> tuple[int, float, float]:
    database, vocabulary = Database(make_engine(place.own)), Vocabulary()
    with database.read() as session:
        count, before = session.scalar(select(func.count()).select_from(SearchWordRow)) or 0, _most_memory()
        began = time.perf_counter()
        vocabulary.look(session)
        return count, time.perf_counter() - began, _most_memory() - before


def _rounds(place: Place) -> Iterator[list[str]]:
    _, seconds, memory = _apart(place)
    yield ["a round in which nothing changed", f"{place.people / seconds:,.0f}", f"{seconds:.2f}", f"{memory:.0f}"]
    engine, step = make_engine(place.product, wait_ms=600_000), max(1, place.people // _CHANGED)
    with engine.begin() as connection:
        connection.execute(text("UPDATE people SET phone = '+12025550199' WHERE id % :step = 0"), {"step": step})
    engine.dispose()
    changed, seconds, memory = _apart(place)
    yield [f"a round with {changed:,} changes", f"{place.people / seconds:,.0f}", f"{seconds:.2f}", f"{memory:.0f}"]


def _meanwhile(place: Place, sample: list[Somebody]) -> Table:
    """While everybody is written anew."""
    database = Database(make_engine(place.own))
    find, rows = _ours(database), []
    queries = {
        kind: some for kind, some in kinds(sample).items() if kind in ("exact e-mail", "two words", "substring")
    }
    alone = {kind: _times(find, some, 1) for kind, some in queries.items()}
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        going = pool.apply_async(_fill, (place,), {"rebuild": True})
        going.wait(3)
        for kind, some in queries.items():
            times = _times(find, some, 1)
            rows.append([kind, f"{_p95(alone[kind]):.2f}", f"{_p95(times):.2f}"])
        pool.terminate()
    database.close()
    return Table(f"While a sync writes: {place.name}", ["query", "p95 ms alone", "p95 ms meanwhile"], rows)


# --- quality --------------------------------------------------------------------------------------


def _quality(place: Place, queries: list[Query]) -> Table:
    database, product = Database(make_engine(place.own)), make_engine(place.product, wait_ms=600_000)
    ways = {"Locksmith": _ours(database)}
    if place.people <= _COMPARED:  # with more the other two take a second each
        ways |= {"Django's admin": _naive(product), "PWM": _naive(product, whole=True)}
    answers = {way: [(query, find(query.text)) for query in queries] for way, find in ways.items()}
    kinds_there = list(dict.fromkeys(query.kind for query in queries))
    rows = []
    for kind in [*kinds_there, "all"]:
        cells = [kind, str(sum(kind in (query.kind, "all") for query in queries))]
        for given in answers.values():
            some = [(query, keys) for query, keys in given if kind in (query.kind, "all")]
            first = sum(keys[:1] == [str(query.meant.id)] for query, keys in some)
            few = sum(str(query.meant.id) in keys[:FIRST_FEW] for query, keys in some)
            cells.append(f"{100 * first / len(some):.0f} / {100 * few / len(some):.0f} %")
        rows.append(cells)
    database.close()
    product.dispose()
    return Table(f"Whom agents mean, first / in the first five: {place.name}", ["query", "", *ways], rows)
