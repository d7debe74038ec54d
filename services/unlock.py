"""Unlocking without a new password: what counted wrong attempts is cleared, the password stays, nothing is sent.

It goes the way of a reset up to `approved`: the same check of the caller, policy, approvals and facts. Then the one
write is between an intent and its outcome in the audit. It may be repeated without harm, so whoever finds it begun
and not ended does it again; only time, or facts that changed, end it with nobody knowing.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from services.circuit import paused
from services.db.session import Database
from services.db.tables import RequestRow
from services.errors import DatabaseUnreachable, DirectoryRefused, DirectoryUnreachable
from services.lifecycle import Lifecycle, Moved, Step, hold
from services.model import Cause, State
from services.ports import Clock, Directory
from services.prepare import Halting, Preparer

S = State
AGAIN = timedelta(seconds=5)
"""After the product did not answer: so long nobody tries."""


class Unlocker:
    def __init__(
        self,
        *,
        database: Database,
        lifecycle: Lifecycle,
        preparer: Preparer,
        directory: Directory,
        clock: Clock,
    ) -> None:
        self._database = database
        self._lifecycle = lifecycle
        self._preparer = preparer
        self._directory = directory
        self._clock = clock

    def unlock(self, request_id: str, attempt: str) -> None:
        """`attempt` holds the lease. Raises Halting, Moved; where nothing was begun, what `Preparer.vet` raises."""
        row = self._row(request_id)
        try:
            self._preparer.vet(row)
        except (Moved, DatabaseUnreachable):
            raise
        except Exception as fault:
            if row.sending_at is None:
                raise
            self._fail(request_id, "account:unlock_unknown", self._preparer.why(request_id, fault).cause)
            return
        self._commit_intent(request_id, attempt)
        try:
            found = self._directory.unlock(row.person_key)
        except DirectoryUnreachable:
            self._again(request_id, attempt)
        except DirectoryRefused as refused:
            self._fail(request_id, "account:not_unlocked", self._preparer.why(request_id, refused).cause)
        except Exception as fault:  # noqa: BLE001  (nobody knows how far it came)
            self._fail(request_id, "account:unlock_unknown", self._preparer.why(request_id, fault).cause)
        else:
            if found:
                self._lifecycle.move(
                    request_id, S.UNLOCKED, "account:unlocked", source=(S.APPROVED,), changes={"held": ""}
                )
            else:
                self._fail(request_id, "account:not_unlocked", Cause.GONE)

    def _commit_intent(self, request_id: str, attempt: str) -> None:
        """Once, however often it is tried (PROTOCOL rule 10)."""
        now = self._clock.now()

        def begin(session: Session, row: RequestRow) -> Step:
            if row.state != S.APPROVED or now > row.send_by or row.lease_owner != attempt:
                raise Moved(State(row.state))
            if (halt := paused(session)) is not None:
                raise Halting(halt.cause)
            event = "" if row.sending_at else "account:unlock_intended"
            return Step(event, changes={"sending_at": row.sending_at or now})

        self._lifecycle.change(request_id, begin)

    def _again(self, request_id: str, attempt: str) -> None:
        """The product may have done it, and whoever comes next does it again; the agent is told once."""

        def put_off(_session: Session, row: RequestRow) -> Step:
            if row.state != S.APPROVED or row.lease_owner != attempt:
                raise Moved(State(row.state))
            row.lease_until = self._clock.now() + AGAIN
            told = row.held == Cause.DIRECTORY_UNREACHABLE
            return Step("") if told else hold(row, Cause.DIRECTORY_UNREACHABLE)

        self._lifecycle.change(request_id, put_off)

    def _fail(self, request_id: str, event: str, cause: Cause) -> None:
        self._lifecycle.move(
            request_id,
            S.FAILED,
            event,
            source=(S.APPROVED,),
            detail={"cause": cause.value},
            changes={"cause": cause, "held": ""},
        )

    def _row(self, request_id: str) -> RequestRow:
        with self._database.read() as session:
            return session.get_one(RequestRow, request_id)
