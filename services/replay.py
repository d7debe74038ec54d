"""Signed requests are answered once: a signature is good for five minutes, and Slack keeps no nonce for us."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from sqlalchemy import delete

from services.db.once import Once
from services.db.session import Database, insert
from services.db.tables import SeenRow
from services.errors import DatabaseUnreachable
from services.ports import Clock

KEPT = timedelta(minutes=15)
"""Longer than the five minutes in which a signature is accepted, on either side of our clock."""


class Replays:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._once = Once(database, SeenRow)

    def first_time(self, signature: str) -> bool:
        """True for exactly one caller, whichever process it reached. Raises DatabaseUnreachable.

        Nobody waits for the disk here (`Once`). After a crash of the database server a request of its last fraction
        of a second could be sent again by somebody who recorded it; they would see its answer once more, and resets,
        votes and withdrawals have keys of their own and happen once all the same. Where the quick way fails the usual
        one is asked; if the quick one got through after all, a first request is refused as if it were a second one,
        and never the other way round.
        """
        row = {"digest": hashlib.sha256(signature.encode()).hexdigest(), "at": self._clock.now()}
        try:
            return self._once.add(**row)
        except DatabaseUnreachable:
            if self._database.light is self._database.engine:
                raise  # SQLite: there is no other way
            with self._database.write() as session:
                statement = insert(session, SeenRow).values(row).on_conflict_do_nothing()
                return session.execute(statement.returning(SeenRow.digest)).first() is not None

    def forget(self) -> int:
        with self._database.write() as session:
            old = delete(SeenRow).where(SeenRow.at < self._clock.now() - KEPT)
            return len(session.scalars(old.returning(SeenRow.digest)).all())
