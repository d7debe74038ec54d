"""Whole commands over signed HTTP in a large directory, beside a bare Bolt app that only answers.

`LOCKSMITH_BENCH_PEOPLE` says how many people; PostgreSQL where there is one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

from sqlalchemy import insert

from bot.demo_data.table import people_table
from services.db.session import make_engine
from tests.bench.acks import ROUNDS, Work, one_round, table
from tests.bench.place import fill, kind, place, server, web
from tests.bench.search_people import Somebody, crowd
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
    engine, now = make_engine(yard.stores.product, wait_ms=600_000), datetime.now(UTC).replace(tzinfo=None)
    fixed = {"role": "member", "created_at": now, "updated_at": now}
    while some := list(islice(people, _ROWS)):
        rows = [
            {"id": _BESIDE + one.id, "first_name": one.first, "last_name": one.last, "email": one.email,
             "phone": one.phone, "active": one.active, **fixed}
            for one in some
        ]  # fmt: skip
        with engine.begin() as connection:
            connection.execute(insert(people_table()), rows)
    engine.dispose()
