"""States, arrows, and the one guarded write that moves a request along them.

Every change of state is one transaction that updates the request's row first (which locks it), then checks,
then appends outbox and audit (PROTOCOL rule 9). Nothing else writes `state`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.audit import MACHINE, Audit
from services.db.session import Database
from services.db.tables import RequestRow
from services.errors import NotFound
from services.model import HELD, LIVE, Actor, Cause, Kind, Request, State
from services.outbox import Outbox
from services.passwords import ALPHABET
from services.ports import Clock
from services.snapshot import snapshot

S = State
_ANY_END_OF_SENT = {S.LAPSED, S.REVOKED, S.SUPERSEDED, S.UNDELIVERED, S.USED, S.COMPLETED}
ARROWS: Mapping[State, frozenset[State]] = {
    S.AWAITING_APPROVAL: frozenset({S.APPROVED, S.DECLINED, S.CANCELLED, S.EXPIRED}),
    S.APPROVED: frozenset({S.SENDING, S.CANCELLED, S.EXPIRED, S.SUPERSEDED, S.UNLOCKED, S.FAILED}),
    S.SENDING: frozenset({S.ACCEPTED, S.SENT, S.FAILED, S.UNKNOWN, S.UNDELIVERED, S.REVOKED}),
    S.UNKNOWN: frozenset({S.ACCEPTED, S.SENT, S.FAILED, S.SUPERSEDED, S.UNDELIVERED, S.REVOKED}),
    S.ACCEPTED: frozenset({S.SENT, S.SUPERSEDED, S.UNDELIVERED, S.LAPSED, S.REVOKED}),
    S.SENT: frozenset({S.DELIVERED, *_ANY_END_OF_SENT}),
    S.DELIVERED: frozenset({S.USED, S.COMPLETED, S.LAPSED, S.REVOKED, S.SUPERSEDED}),
    S.UNDELIVERED: frozenset({S.USED, S.COMPLETED}),
    S.USED: frozenset({S.COMPLETED, S.LAPSED, S.REVOKED}),
}
"""PROTOCOL.md's table of arrows; a state that is absent is final.

Beyond it: approved -> unlocked or failed, of a request that sends nothing (services/unlock.py).
"""

AFTERCARE = timedelta(minutes=15)
"""How long after its end a request is still settled, against stalled writers and stale saves (rule 3)."""


class Moved(Exception):
    """The request was not where the caller thought; `now` is where it is."""

    def __init__(self, now: State) -> None:
        super().__init__(now.value)
        self.now = now


@dataclass(frozen=True)
class Step:
    """What one guarded write does. `to` is None where only a fact is added, such as one vote of two.

    `event` is empty where nothing happened that an auditor has to know of.
    """

    event: str
    to: State | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    detail: Mapping[str, str | int] = field(default_factory=dict)
    tells: Sequence[tuple[Kind, str]] = ()
    """(kind, subject) of what is announced besides what every change is."""


@dataclass(frozen=True)
class Learned:
    """What follows from new facts: whether they are shown, and the audit event, if any."""

    show: bool = False
    event: str = ""


class Lifecycle:
    """`after_commit` is called when the outbox has something new."""

    def __init__(
        self,
        database: Database,
        audit: Audit,
        outbox: Outbox,
        clock: Clock,
        after_commit: Callable[[], None] = lambda: None,
    ) -> None:
        self.database = database
        self._audit = audit
        self._outbox = outbox
        self._clock = clock
        self._after_commit = after_commit

    def begin(
        self,
        session: Session,
        row: RequestRow,
        actor: Actor,
        event: str,
        *,
        instead_of: tuple[RequestRow, Step] | None = None,
        **detail: str | int,
    ) -> None:
        """Inserts a new request; the caller's transaction commits it and then calls `committed`.

        `instead_of`: a live one of the same person, locked, and the step that ends it. Raises Moved.
        """
        ended = self._turn(session, *instead_of, actor) if instead_of else {}
        session.add(row)
        session.flush()
        self._outbox.announce(session, row, None)
        if instead_of:
            earlier, step = instead_of
            self._audit.append(
                session, step.event, actor, request_id=earlier.id, person_key=earlier.person_key, **ended
            )
        self._audit.append(
            session, event, actor, request_id=row.id, person_key=row.person_key, state=row.state, **detail
        )

    def committed(self) -> None:
        self._after_commit()

    def move(
        self,
        request_id: str,
        to: State,
        event: str,
        *,
        source: Iterable[State],
        actor: Actor = MACHINE,
        guard: Callable[[Session, RequestRow], None] | None = None,
        detail: Mapping[str, str | int] | None = None,
        changes: Mapping[str, Any] | None = None,
    ) -> Request:
        """One arrow; `changes` are columns of the row, `detail` goes into the audit.

        Raises Moved where the request is not in `source` any more, NotFound, or what `guard` raises.
        """

        def decide(session: Session, row: RequestRow) -> Step:
            if State(row.state) not in source:
                raise Moved(State(row.state))
            if guard is not None:
                guard(session, row)
            return Step(event, to, changes or {}, detail or {})

        return self.change(request_id, decide, actor)

    def change(
        self, request_id: str, decide: Callable[[Session, RequestRow], Step], actor: Actor = MACHINE
    ) -> Request:
        """One guarded write: the row is locked, `decide` looks and says what happens, audit and outbox follow.

        Raises Moved for an arrow that is not in ARROWS, NotFound, or what `decide` raises (nothing is written).
        """
        with self.database.write() as session:
            row = lock(session, request_id)
            step = decide(session, row)
            facts = self._turn(session, row, step, actor)
            if step.event:
                event = _named(step.event, row)
                self._audit.append(session, event, actor, request_id=row.id, person_key=row.person_key, **facts)
            request, trace = snapshot(row), row.trace
        if step.event:
            structlog.get_logger().info(
                event, trace=trace, request_id=request_id, state=row.state, message_id=request.message_id
            )
        self._after_commit()
        return request

    def _turn(self, session: Session, row: RequestRow, step: Step, actor: Actor) -> dict[str, str | int]:
        """All of a step but its audit event, which comes last in the transaction; its facts are returned."""
        before = State(row.state)
        to = step.to or before
        if step.to is not None:
            if to not in ARROWS.get(before, frozenset()):
                raise Moved(before)
            row.state = to
            if to is not S.SENDING:
                row.lease_until = None  # the sender's work on it is over; whoever follows may look at once
        _set(row, step.changes)
        if before in LIVE and to not in LIVE:
            self._end(row)
        session.flush()
        self._outbox.announce(session, row, before, by=actor.id)
        for kind, subject in step.tells:
            self._outbox.queue(session, row, kind, subject)
        arrow: dict[str, str | int] = {"from": before.value, "to": to.value} if step.to else {}
        return arrow | dict(step.detail)

    def note(self, request_id: str, event: str, *, show: bool = False, **changes: Any) -> None:  # noqa: ANN401
        """A fact that moves nothing (message id, receipt, intent). With an empty `event` only columns change."""
        with self.database.write() as session:
            row = lock(session, request_id)
            _set(row, changes)
            session.flush()
            if show:
                self._outbox.announce(session, row, State(row.state))
            if event:
                code = str(changes.get("carrier_code") or changes.get("carrier_status") or "")
                named = _named(event, row)
                self._audit.append(session, named, request_id=row.id, person_key=row.person_key, code=code)
        if show:
            self._after_commit()

    def learn(self, request_id: str, learn: Callable[[Session, RequestRow], Learned]) -> None:
        """Facts that depend on what is known by then: `learn` writes them on the locked row, but moves nothing.

        Raises NotFound, or what `learn` raises (nothing is written).
        """
        with self.database.write() as session:
            row = lock(session, request_id)
            learned = learn(session, row)
            session.flush()
            if learned.show:
                self._outbox.announce(session, row, State(row.state))
            if learned.event:
                event = _named(learned.event, row)
                self._audit.append(session, event, request_id=row.id, person_key=row.person_key, code=row.message_id)
        if learned.show:
            self._after_commit()

    def get(self, request_id: str) -> Request:
        with self.database.read() as session:
            row = session.get(RequestRow, request_id)
            if row is None:
                raise NotFound("request")
            return snapshot(row)

    def _end(self, row: RequestRow) -> None:
        now = self._clock.now()
        row.ended_at = now
        row.look_at = now if row.base_sealed is not None else None


def lock(session: Session, request_id: str) -> RequestRow:
    """The row, locked by its own update. Raises NotFound."""
    session.execute(update(RequestRow).where(RequestRow.id == request_id).values(version=RequestRow.version + 1))
    row = session.scalars(
        select(RequestRow).where(RequestRow.id == request_id), execution_options={"populate_existing": True}
    ).one_or_none()
    if row is None:
        raise NotFound("request")
    return row


def hold(row: RequestRow, cause: Cause) -> Step:
    """It waits, and whoever may look at it is told so: in the modal anyway, without one by direct message."""
    tells = [(Kind.CONFIRM, ""), *([] if row.modal_id else [(Kind.DIRECT, "")])]
    if row.approvals_needed:
        tells.append((Kind.OUTCOME, HELD))
    return Step("text:held", changes={"held": cause}, detail={"cause": cause.value}, tells=tells)


def _named(event: str, row: RequestRow) -> str:
    """What happens to a text happens to a call by the same steps, and is told as what it is."""
    if not event.startswith("text:"):
        return event
    return event.replace("text", row.channel, 1)


def _set(row: RequestRow, changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        if not hasattr(RequestRow, name):
            raise AttributeError(name)
        setattr(row, name, value)


def new_reference() -> str:
    """`R-7F3K`: short enough to say aloud; unique by the table, drawn again on a clash."""
    return "R-" + "".join(secrets.choice(ALPHABET) for _ in range(4)).upper()
