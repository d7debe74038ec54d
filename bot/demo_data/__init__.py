"""A product's database for the demo and the tests: one table of people, some of them hard cases.

Names, numbers and dates depend on a fixed seed and on `now` alone, so that two runs show the same people.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import argon2
from sqlalchemy import Connection, Table, create_engine, func, inspect, make_url, select
from sqlalchemy.pool import NullPool

from bot.demo_data.cast import CAST
from bot.demo_data.crowd import crowd, filled
from bot.demo_data.table import people_table

__all__ = ["CAST", "JANES_OLD_PASSWORD", "make"]

JANES_OLD_PASSWORD = "marathon-in-april"  # noqa: S105  (a made-up person's)
"""The password Jane forgot. The demo's story needs to know it: until she uses the temporary one, it still works."""

_BATCH = 500
_POOL = 16
_HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


def make(
    url: str,
    people: int = 5000,
    *,
    now: datetime,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Create and fill the table `people` at a SQLAlchemy URL; returns how many are in it (never fewer than
    the cast). Raises ValueError where the table already holds somebody.
    """
    engine = create_engine(make_url(url), poolclass=NullPool, hide_parameters=True)
    moment = now.astimezone(UTC).replace(tzinfo=None)
    total = max(people, len(CAST))
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")  # one reads while the other writes
    with engine.begin() as connection:
        table = _empty_table(connection)
        rows = _rows(total, moment)
        done = 0
        while batch := list(islice(rows, _BATCH)):
            connection.execute(table.insert(), batch)
            done += len(batch)
            if progress is not None:
                progress(done, total)
    return total


def _empty_table(connection: Connection) -> Table:
    table = people_table()
    if inspect(connection).has_table(table.name):
        if connection.scalar(select(func.count()).select_from(table)):
            raise ValueError(f'The table "{table.name}" already holds people; nothing was changed.')
    else:
        table.create(connection)
    return table


def _rows(total: int, moment: datetime) -> Iterator[dict[str, Any]]:
    """The cast with hashes of their own, then the crowd, who share a few."""
    for number, role in enumerate(CAST, start=1):
        password = JANES_OLD_PASSWORD if number == 1 else secrets.token_urlsafe(16)
        yield filled(number, role, _HASHER.hash(password), moment)
    if total > len(CAST):
        pool = [_HASHER.hash(secrets.token_urlsafe(16)) for _ in range(_POOL)]
        yield from crowd(len(CAST) + 1, total, pool, moment)
