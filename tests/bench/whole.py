"""Whole commands over signed HTTP in a large directory, beside a bare Bolt app that only answers.

`LOCKSMITH_BENCH_PEOPLE` says how many people; PostgreSQL where there is one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

from services.db.session import make_engine
from tests.bench.acks import ROUNDS, Work, one_round, table
from tests.bench.place import fill, kind, place, server, web
from tests.bench.search_people import Somebody, crowd, put
from tests.bench.table import Table
from tests.processes.yard import Yard

PEOPLE = int(os.environ.get("LOCKSMITH_BENCH_PEOPLE", "1000000"))
_BESIDE = 100_000
"""Ids of the demo's own people are below."""
_ROWS = 20_000
_BARE = Work("bare: command", "bare", "help")


def measure() -> list[Table]:
    with place(people=50) as yard:
        known = next(crowd(1))
        _add(yard, crowd(PEOPLE))
        servers = {app: web(yard, server(app))[:2] for app in ("bare", "ours")}
        fill(yard, seconds=1200)
        works = [_BARE, *(Work(f"{name}: `{text}`", "ours", text, _BARE.name) for name, text in _asked(known))]
        rounds = [one_round(servers, works) for _ in range(ROUNDS)]
        return [table(f"Commands whole, {kind(yard)}, {PEOPLE:,} people", rounds, works)]


def _asked(known: Somebody) -> list[tuple[str, str]]:
    return [
        ("exact e-mail", known.email),
        ("first and last name", f"{known.first} {known.last}"),
        ("beginning of a name", known.last[:4]),
        ("part of a name", known.last[1:]),
        ("nobody", "zqxwv kjhgf"),
    ]


def _add(yard: Yard, people: Iterator[Somebody]) -> None:
    engine, now = make_engine(yard.stores.product, wait_ms=600_000), datetime.now(UTC)
    while some := [one._replace(id=_BESIDE + one.id) for one in islice(people, _ROWS)]:
        with engine.begin() as connection:
            put(connection, some, now)
    engine.dispose()
