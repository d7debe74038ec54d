"""What one process at a time should do, such as keeping the search in step. Saves work and fences nothing."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, or_

from services.db.session import Database, insert
from services.db.tables import LeaseRow
from services.ports import Clock


class Leases:
    def __init__(self, database: Database, clock: Clock, owner: str) -> None:
        self._database = database
        self._clock = clock
        self._owner = owner

    def hold(self, name: str, length: timedelta) -> bool:
        """Takes or renews the lease; False where another process holds it. One that died loses it in time."""
        now = self._clock.now()
        with self._database.write() as session:
            statement = insert(session, LeaseRow)
            taken = session.execute(
                statement.values(name=name, owner=self._owner, until=now + length)
                .on_conflict_do_update(
                    index_elements=["name"],
                    set_={"owner": self._owner, "until": now + length},
                    where=or_(LeaseRow.until < now, LeaseRow.owner == self._owner),
                )
                .returning(LeaseRow.name)
            )
            return taken.first() is not None

    def release(self, name: str) -> None:
        """At the end of a process: the next need not wait for the time to run out."""
        with self._database.write() as session:
            session.execute(delete(LeaseRow).where(LeaseRow.name == name, LeaseRow.owner == self._owner))
