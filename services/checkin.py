"""Asking whether it worked, and not letting a text that never arrived end in silence.

Due work is read off the rows themselves and each piece is one guarded write that looks again, so any number of
workers may tick at once and everything is asked and told once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from services.audit import MACHINE, Audit
from services.db.session import Database
from services.db.tables import RequestRow
from services.lifecycle import Lifecycle, lock
from services.model import ASK_AFTER, Actor, Kind, Request, State
from services.outbox import Outbox
from services.ports import Clock
from services.snapshot import snapshot

S = State
UNRESOLVED_AFTER = timedelta(minutes=10)
"""So long the agent has for the next step before the approval channel is told."""
FORGOTTEN_AFTER = timedelta(days=2)
"""What ended longer ago, before Locksmith was stopped for days, calls nobody any more."""
BATCH = 50
_WAITING = (S.SENT.value, S.DELIVERED.value)
_FAILED = (S.UNDELIVERED.value, S.FAILED.value)
_GOOD = (S.USED.value, S.COMPLETED.value, S.UNLOCKED.value)
_later = aliased(RequestRow)


class CheckIns:
    def __init__(
        self, *, database: Database, lifecycle: Lifecycle, audit: Audit, outbox: Outbox, clock: Clock
    ) -> None:
        self._database = database
        self._lifecycle = lifecycle
        self._audit = audit
        self._outbox = outbox
        self._clock = clock

    # --- the clockwork ---------------------------------------------------------------------------

    def tick(self) -> int:
        """All that is due; returns how many requests were moved along."""
        done = 0
        for due, act in (
            (self._to_ask(), self._ask),
            (self._to_call_for_help(), self._call_for_help),
            (self._solved_since(), self._solved),
        ):
            for request_id in self._ids(due):
                done += self._once(request_id, due, act)
        return done

    def _ids(self, due: ColumnElement[bool]) -> list[str]:
        with self._database.read() as session:
            return list(session.scalars(select(RequestRow.id).where(due).order_by(RequestRow.id).limit(BATCH)))

    def _once(self, request_id: str, due: ColumnElement[bool], act: Callable[[Session, RequestRow], None]) -> bool:
        """The row is locked first and looked at again: another worker, or a sign-in, may have been faster."""
        with self._database.write() as session:
            row = lock(session, request_id)
            if session.scalar(select(RequestRow.id).where(RequestRow.id == request_id, due)) is None:
                return False
            act(session, row)
        self._lifecycle.committed()
        return True

    # --- did it work? ----------------------------------------------------------------------------

    def _to_ask(self) -> ColumnElement[bool]:
        now = self._clock.now()
        due = (
            and_(RequestRow.asked <= n, RequestRow.accepted_at <= now - after) for n, after in enumerate(ASK_AFTER)
        )
        return and_(
            RequestRow.state.in_(_WAITING), RequestRow.said_in_at.is_(None), RequestRow.expires_at > now, or_(*due)
        )

    def _ask(self, session: Session, row: RequestRow) -> None:
        """The first question is a message of its own, the later ones edit it: an edit rings no phone."""
        first = row.asked == 0
        age = self._clock.now() - (row.accepted_at or self._clock.now())
        row.asked = max(n + 1 for n, after in enumerate(ASK_AFTER) if age >= after)
        kind = Kind.MODAL if row.modal_id else Kind.NEWS if first else Kind.DIRECT
        self._outbox.queue(session, row, kind)
        if first:
            self._audit.append(session, "agent:asked", request_id=row.id, person_key=row.person_key)

    def said_in(self, agent: Actor, request_id: str) -> Request:
        """ "They are in", where the product cannot tell or has not yet; the request goes on as it was.

        Raises NotFound. Where it ended meanwhile, nothing is written: what it came to says more.
        """
        with self._database.write() as session:
            row = lock(session, request_id)
            if row.state in _WAITING and row.said_in_at is None:
                row.said_in_at = self._clock.now()
                session.flush()
                self._outbox.announce(session, row, State(row.state))
                self._outbox.queue(session, row, Kind.DIRECT)
                self._audit.append(session, "password:said_used", agent, request_id=row.id, person_key=row.person_key)
            request = snapshot(row)
        self._lifecycle.committed()
        return request

    # --- nobody got a text -----------------------------------------------------------------------

    def _to_call_for_help(self) -> ColumnElement[bool]:
        now = self._clock.now()
        return and_(
            RequestRow.state.in_(_FAILED),
            RequestRow.unresolved_at.is_(None),
            RequestRow.resolved_at.is_(None),
            RequestRow.ended_at <= now - UNRESOLVED_AFTER,
            RequestRow.ended_at > now - FORGOTTEN_AFTER,
            ~_another(),
        )

    def _call_for_help(self, session: Session, row: RequestRow) -> None:
        row.unresolved_at = self._clock.now()
        self._outbox.queue(session, row, Kind.UNRESOLVED)
        self._audit.append(session, "request:unresolved", request_id=row.id, person_key=row.person_key)

    def _solved_since(self) -> ColumnElement[bool]:
        return and_(
            RequestRow.unresolved_at.is_not(None), RequestRow.resolved_at.is_(None), _another(_later.state.in_(_GOOD))
        )

    def _solved(self, session: Session, row: RequestRow) -> None:
        newest = session.scalars(
            select(RequestRow)
            .where(RequestRow.person_key == row.person_key, RequestRow.state.in_(_GOOD))
            .order_by(RequestRow.created_at.desc())
        ).first()
        self._resolve(session, row, MACHINE, newest.reference if newest is not None else "")

    def resolve(self, actor: Actor, request_id: str) -> Request:
        """Somebody says that it needs nobody any more. Raises NotFound; a second one changes nothing."""
        with self._database.write() as session:
            row = lock(session, request_id)
            if row.unresolved_at is not None and row.resolved_at is None:
                self._resolve(session, row, actor, actor.name)
            request = snapshot(row)
        self._lifecycle.committed()
        return request

    def _resolve(self, session: Session, row: RequestRow, actor: Actor, by: str) -> None:
        row.resolved_at, row.resolved_by = self._clock.now(), by[:200]
        self._outbox.queue(session, row, Kind.UNRESOLVED)
        self._audit.append(session, "request:resolved", actor, request_id=row.id, person_key=row.person_key, by=by)


def _another(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Somebody asked again for the same person, after this one."""
    return exists().where(
        _later.person_key == RequestRow.person_key, _later.created_at > RequestRow.created_at, *conditions
    )
