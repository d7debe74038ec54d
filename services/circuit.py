"""Whether texts go out at all: managers may pause them, and a carrier that fails everybody opens the circuit.

People are told before they fill in a form, what is approved waits, and a question every half minute finds out when
it is over. One row holds the state, so that all processes agree; whoever writes it first acts on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, select, union_all, update
from sqlalchemy.orm import Session

from services.audit import Audit
from services.db.session import Database, insert
from services.db.tables import CircuitRow, SwitchRow
from services.errors import CarrierError, NotPosted, Refused
from services.model import Cause, Channel, Halt, Kind
from services.outbox import Outbox
from services.ports import Alarm, Carrier, Clock

TEXTS = "texts"
PAUSE = "pause"
RESTORE = "restore"
"""Names of the rows."""
MOST_FAILURES = 3
"""In a row; then it is not this number or that."""
TRY_EVERY = timedelta(seconds=30)
PROBE_PROVES = frozenset({Cause.CARRIER_UNREACHABLE, Cause.CARRIER_CREDENTIALS, Cause.CARRIER_ACCOUNT})
"""Over as soon as the carrier answers a question."""
AGAINST_ALL = PROBE_PROVES | {Cause.SENDER_REFUSED, Cause.CARRIER_BUSY, Cause.CARRIER_SILENT}
"""Says something of the carrier; every other cause is of one number, and shows that the carrier works."""


_HALTS: CompoundSelect[Any] = union_all(
    select(SwitchRow.name, SwitchRow.at, SwitchRow.by_name, SwitchRow.until).where(
        SwitchRow.name.in_((RESTORE, PAUSE)), SwitchRow.on
    ),
    select(CircuitRow.name, CircuitRow.opened_at, CircuitRow.cause, CircuitRow.try_at).where(
        CircuitRow.name == TEXTS, CircuitRow.opened_at.is_not(None)
    ),
)
"""All that may hold texts back in one question: every search asks it. Made once, as in services/find.py."""


def _halts(session: Session) -> dict[str, Halt]:
    return {name: _halt(name, at, says, until) for name, at, says, until in session.execute(_HALTS)}


def _halt(name: str, at: datetime, says: str, until: datetime | None) -> Halt:
    """`says` and `until`: of a switch who turned it and its end; of the circuit its cause and the next try."""
    if name == TEXTS:
        return Halt(Cause(says), at, trying=until is None)
    if name == RESTORE:
        return Halt(Cause.RESTORING, at)
    return Halt(Cause.PAUSED, at, says, until)


def outage(session: Session) -> Halt | None:
    return _halts(session).get(TEXTS)


def paused(session: Session) -> Halt | None:
    """By managers; or for as long as a restore from backup is not finished, which no manager ends."""
    return _pause(_halts(session))


def _pause(halts: Mapping[str, Halt]) -> Halt | None:
    return halts.get(RESTORE) or halts.get(PAUSE)


def restoring(session: Session) -> bool:
    row = session.get(SwitchRow, RESTORE)
    return row is not None and row.on


def halted(session: Session, channel: Channel = Channel.TEXT) -> Halt | None:
    """Why nothing goes out; a pause first, because people ended it and not the carrier. It alone holds calls too."""
    halts = _halts(session)
    return _pause(halts) or (halts.get(TEXTS) if channel is Channel.TEXT else None)


class Circuit:
    """`after_commit` is called when the outbox has something new."""

    def __init__(
        self,
        *,
        database: Database,
        audit: Audit,
        outbox: Outbox,
        carrier: Carrier,
        clock: Clock,
        alarm: Alarm,
        after_commit: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._audit = audit
        self._outbox = outbox
        self._carrier = carrier
        self._clock = clock
        self._alarm = alarm
        self._after_commit = after_commit

    def admits(self) -> bool:
        """Asked by whoever is about to send. Half-open it says yes to one of them, until that one's outcome."""
        with self._database.read() as session:
            halt = outage(session)
        return halt is None or (halt.trying and self._take(CircuitRow.try_at.is_(None)))

    def outcome(self, cause: Cause | None) -> None:
        """What became of a post; None: it was taken. One reset is one outcome, however often it was tried."""
        if cause is not None and cause in AGAINST_ALL:
            self._failed(cause)
        else:
            self._worked()

    def probe(self) -> bool:
        """Where it is open and half a minute is over: by whichever process comes first. True where it was asked."""
        now = self._clock.now()
        with self._database.read() as session:  # an idle tick takes no write lock
            row = session.get(CircuitRow, TEXTS)
            if row is None or row.opened_at is None or row.try_at is None or row.try_at > now:
                return False
        if not self._take(CircuitRow.try_at <= now):
            return False
        try:
            self._carrier.probe()
        except CarrierError as fault:
            self._still(fault.cause if isinstance(fault, (Refused, NotPosted)) else Cause.CARRIER_SILENT)
        else:
            self._answers()
        return True

    def _take(self, free: ColumnElement[bool]) -> bool:
        """For half a minute it is ours alone to try."""
        statement = update(CircuitRow).where(CircuitRow.name == TEXTS, CircuitRow.opened_at.is_not(None), free)
        with self._database.write() as session:
            taken = session.execute(statement.values(try_at=self._clock.now() + TRY_EVERY).returning(CircuitRow.name))
            return taken.first() is not None

    # --- what was found --------------------------------------------------------------------------

    def _failed(self, cause: Cause) -> None:
        now = self._clock.now()
        with self._database.write() as session:
            row = self._counted(session)
            if row.opened_at is not None:
                row.cause, row.try_at = cause, now + TRY_EVERY
                return
            if row.failures < MOST_FAILURES and cause is not Cause.CARRIER_CREDENTIALS:
                return
            row.cause, row.opened_at, row.try_at = cause, now, now + TRY_EVERY
            self._tell(session, "texts:stopped", Halt(cause, now))
        self._alarm("texts do not go out", code=cause.value)
        self._after_commit()

    @staticmethod
    def _counted(session: Session) -> CircuitRow:
        """The row, locked, with one failure more."""
        statement = insert(session, CircuitRow).values(name=TEXTS, failures=1, cause="")
        session.execute(
            statement.on_conflict_do_update(index_elements=["name"], set_={"failures": CircuitRow.failures + 1})
        )
        return session.get_one(CircuitRow, TEXTS, populate_existing=True)

    def _worked(self) -> None:
        with self._database.read() as session:  # as nearly always: nothing to write
            row = session.get(CircuitRow, TEXTS)
            if row is None or not row.failures:
                return
        self._close()

    def _answers(self) -> None:
        with self._database.read() as session:
            halt = outage(session)
        if halt is not None and halt.cause in PROBE_PROVES:
            self._close()
            return
        with self._database.write() as session:
            session.execute(update(CircuitRow).where(CircuitRow.name == TEXTS).values(try_at=None))

    def _still(self, cause: Cause) -> None:
        """What it says now is what people read."""
        with self._database.write() as session:
            row = _locked(session)
            if row.opened_at is not None and cause in AGAINST_ALL:
                row.cause = cause

    def _close(self) -> None:
        with self._database.write() as session:
            row = _locked(session)
            since, cause = row.opened_at, row.cause
            row.failures, row.opened_at, row.try_at, row.cause = 0, None, None, ""
            if since is None:
                return
            self._tell(session, "texts:resumed", Halt(Cause(cause), since))
        self._alarm("texts go out again", code=cause)
        self._after_commit()

    def _tell(self, session: Session, event: str, halt: Halt) -> None:
        self._outbox.notify_halt(session, Kind.CARRIER, halt, on=event == "texts:stopped")
        self._audit.append(session, event, cause=halt.cause.value)


def _locked(session: Session) -> CircuitRow:
    session.execute(update(CircuitRow).where(CircuitRow.name == TEXTS).values(failures=CircuitRow.failures))
    return session.get_one(CircuitRow, TEXTS, populate_existing=True)
