"""Noticing, in a process that runs, that the database was put back to a backup under it."""

from __future__ import annotations

from threading import Lock

from sqlalchemy.orm import Session

from services.audit import HEAD, MACHINE, Audit
from services.circuit import RESTORE
from services.db.session import Database
from services.db.tables import AuditHeadRow, SwitchRow
from services.ports import Alarm, Clock


class Watermark:
    """The audit trail only ever grows: a shorter one is an earlier one."""

    def __init__(self, database: Database, audit: Audit, clock: Clock, alarm: Alarm) -> None:
        self._database = database
        self._audit = audit
        self._clock = clock
        self._alarm = alarm
        self._highest = 0
        self._reading = Lock()
        """What one thread read must not be compared with what another read later."""

    def steady(self) -> bool:
        """Asked before anything is sent or followed. Raises DatabaseUnreachable."""
        with self._reading:
            with self._database.read() as session:
                seq = _seq(session)
            if seq >= self._highest:
                self._highest = seq
                return True
            self._stop()
            return False

    def _stop(self) -> None:
        """For all processes, until the work of a restore was done; once."""
        with self._database.write() as session:
            row = session.get(SwitchRow, RESTORE, with_for_update=True)
            if row is None or not row.on:
                session.merge(SwitchRow(name=RESTORE, on=True, by_name="", at=self._clock.now()))
                self._audit.append(session, "database:went_back", MACHINE)
            self._highest = _seq(session)
        self._alarm("the database went back in time")


def _seq(session: Session) -> int:
    return session.get_one(AuditHeadRow, HEAD).seq
