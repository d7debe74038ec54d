"""How often something happened that is harmless once and a sign of trouble when it goes on, such as forged receipts.

For what concerns one request there is the audit trail; this is for what concerns none.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from services.db.session import Database, insert
from services.db.tables import CounterRow
from services.errors import DatabaseUnreachable
from services.ports import Clock


@dataclass(frozen=True)
class Count:
    name: str
    count: int
    last_at: datetime


class Counters:
    """Any number of processes may count the same."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def count(self, name: str, by: int = 1) -> None:
        """Never raises: what is counted here must not fail for it."""
        now = self._clock.now()
        with suppress(DatabaseUnreachable), self._database.write() as session:
            statement = insert(session, CounterRow).values(name=name, count=by, last_at=now)
            session.execute(
                statement.on_conflict_do_update(
                    index_elements=["name"], set_={"count": CounterRow.count + by, "last_at": now}
                )
            )

    def counts(self, start: str = "") -> tuple[Count, ...]:
        """Those whose names begin so, by name."""
        with self._database.read() as session:
            rows = session.scalars(
                select(CounterRow).where(CounterRow.name.startswith(start, autoescape=True)).order_by(CounterRow.name)
            )
            return tuple(Count(row.name, row.count, row.last_at) for row in rows)
