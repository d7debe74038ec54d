"""Carrying out one approved request: the order of effects of PROTOCOL.md, step by step.

The secret lives in `Load` between making it and handing it to the carrier, and nowhere else. The right to
post is the single transition approved -> sending; whatever dies afterwards is moved on by services/follow.py.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from threading import Event

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from services import text
from services.calls import Script
from services.circuit import Circuit, halted, paused
from services.closing import CloseUnanswered
from services.corrections import Correction, Corrections
from services.db.session import Database
from services.db.tables import RequestRow
from services.errors import (
    DatabaseUnreachable,
    DirectoryRefused,
    DirectoryUnreachable,
    NoAnswer,
    NotFound,
    NotPosted,
    Refused,
    SealBroken,
)
from services.lifecycle import Lifecycle, Moved, Step, hold
from services.model import Cause, Channel, State
from services.policy import Rules
from services.ports import Alarm, Carrier, Clock, Directory, Receipt
from services.posting import Poster
from services.prepare import LEASE, Halting, Load, Preparer, Stop
from services.settle import BASE, NEW, Settled, Settler
from services.unlock import Unlocker

S = State
FIRST_LOOK = timedelta(seconds=1)
FAILED_STATUS = frozenset({"undelivered", "failed"})
UNPROVEN_AFTER = timedelta(minutes=2)
"""`sending` without proof becomes `unknown` after this."""
USUAL = timedelta(seconds=15)
"""Whoever prepares a sending for longer than this most likely died."""


class Sender:
    def __init__(
        self,
        *,
        database: Database,
        lifecycle: Lifecycle,
        settler: Settler,
        directory: Directory,
        carrier: Carrier,
        circuit: Circuit,
        poster: Poster,
        preparer: Preparer,
        unlocker: Unlocker,
        corrections: Corrections,
        rules: Rules,
        clock: Clock,
        alarm: Alarm,
        owner: str,
        reading_code: Callable[[str], Cause],
        stopping: Event,
        script: Script | None = None,
    ) -> None:
        """`script`: what a call says; None where nobody is called."""
        self._script = script
        self._preparer = preparer
        self._unlocker = unlocker
        self._corrections = corrections
        self._database = database
        self._lifecycle = lifecycle
        self._settler = settler
        self._directory = directory
        self._carrier = carrier
        self._circuit = circuit
        self._poster = poster
        self._rules = rules
        self._clock = clock
        self._alarm = alarm
        self._owner = owner
        self._reading_code = reading_code
        self._stopping = stopping

    def pick_up(self) -> int:
        """Approved requests that nobody is working on, e.g. after a crash; returns how many were carried out."""
        with self._database.read() as session:
            ids = session.scalars(select(RequestRow.id).where(*self._free()).order_by(RequestRow.created_at))
            waiting = list(ids)
        for request_id in waiting:
            if self._stopping.is_set():
                break
            self.send(request_id)
        self._tell_interrupted()
        return len(waiting)

    def send(self, request_id: str) -> None:
        """Never raises. Does nothing where the request is not approved, or another worker holds its lease."""
        try:
            attempt = f"{self._owner[:50]}:{secrets.token_hex(4)}"  # two threads of one process are two workers
            if not self._waits(request_id) and self._claim(request_id, attempt):
                self._send(request_id, attempt)
        except Moved:
            return
        except Exception as fault:  # noqa: BLE001  (type only: a traceback's values could hold what must not leak)
            self._alarm("sending stopped by a fault", request_id=request_id, fault=type(fault).__name__)

    def _free(self) -> list:  # type: ignore[type-arg]
        now = self._clock.now()
        return [
            RequestRow.state == S.APPROVED,
            or_(RequestRow.lease_until.is_(None), RequestRow.lease_until < now),
        ]

    def _claim(self, request_id: str, attempt: str) -> bool:
        with self._database.write() as session:
            claimed = session.scalar(
                update(RequestRow)
                .where(RequestRow.id == request_id, *self._free())
                .values(lease_owner=attempt, lease_until=self._clock.now() + LEASE)
                .returning(RequestRow.id)
            )
        return claimed is not None

    def _send(self, request_id: str, attempt: str) -> None:
        channel = Channel(self._row(request_id).channel)
        # Calls neither ask the circuit of texts nor tell it.
        if channel is Channel.TEXT and not self._circuit.admits() and self._waits(request_id, attempt):
            return
        try:
            if channel is Channel.UNLOCK:
                self._unlocker.unlock(request_id, attempt)
                return
            load = self._preparer.prepare(request_id, attempt)
        except Halting as halting:
            self._hold(request_id, halting.cause, attempt)
            return
        except CloseUnanswered:
            return  # still approved: closed again when the lease is over, until it is too late
        except (Moved, DatabaseUnreachable):
            raise
        except Exception as fault:  # noqa: BLE001  (before step 1: surely nothing was posted)
            self._expire(request_id, self._preparer.why(request_id, fault))
            return
        try:
            self._commit_intent(request_id, load, attempt)
        except Halting as halting:
            self._hold(request_id, halting.cause, attempt)
            return
        self._hand_over(request_id, load)

    # --- waiting ---------------------------------------------------------------------------------

    def _waits(self, request_id: str, attempt: str = "") -> bool:
        """While texts are halted it stays approved, which is told once. Too late is for the preparing to end."""
        with self._database.read() as session:
            row = session.get_one(RequestRow, request_id)
            halt = halted(session, Channel(row.channel))
        if halt is None or (halt.trying and not attempt) or self._clock.now() > row.send_by:
            return False
        if row.held != halt.cause or attempt:
            self._hold(request_id, halt.cause, attempt)
        return True

    def _hold(self, request_id: str, cause: Cause, attempt: str = "") -> None:
        """`attempt`: it is given free again by whoever had it. Nothing is done to what somebody else has."""

        def decide(_session: Session, row: RequestRow) -> Step:
            taken = row.lease_until is not None and row.lease_until > self._clock.now()
            if row.state != S.APPROVED or (taken and row.lease_owner != attempt):
                raise Moved(State(row.state))
            row.lease_until = None
            return hold(row, cause)

        self._lifecycle.change(request_id, decide)

    def _tell_interrupted(self) -> None:
        """Somebody died over it, or lost our database: the agent is told that it is not forgotten."""
        now = self._clock.now()
        interrupted = (
            RequestRow.state == S.APPROVED,
            RequestRow.held == "",
            RequestRow.lease_until > now,
            RequestRow.lease_until <= now + LEASE - USUAL,
        )
        with self._database.read() as session:
            ids = session.scalars(select(RequestRow.id).where(*interrupted)).all()

        def decide(session: Session, row: RequestRow) -> Step:
            if session.scalar(select(RequestRow.id).where(RequestRow.id == row.id, *interrupted)) is None:
                raise Moved(State(row.state))
            return hold(row, Cause.INTERRUPTED)

        for request_id in ids:
            with suppress(Moved):
                self._lifecycle.change(request_id, decide)

    def _row(self, request_id: str) -> RequestRow:
        with self._database.read() as session:
            return session.get_one(RequestRow, request_id)

    # --- step 1 ----------------------------------------------------------------------------------

    def _commit_intent(self, request_id: str, load: Load, attempt: str) -> None:
        now = self._clock.now()
        sealer, key = self._settler.sealer, load.person.key

        def guard(session: Session, row: RequestRow) -> None:
            if now > row.send_by or row.lease_owner != attempt:
                raise Moved(State(row.state))
            if (halt := paused(session)) is not None:
                raise Halting(halt.cause)
            if self._directory.is_closed(load.own_hash):
                row.closed_at = row.closed_at or now  # by an earlier request: its old password does not work either

        self._lifecycle.move(
            request_id,
            S.SENDING,
            "text:intended",
            source=(S.APPROVED,),
            guard=guard,
            changes={
                "base_sealed": sealer.seal(load.base, load.own_hash, request_id, key, BASE),
                "new_sealed": sealer.seal(load.new, None, request_id, key, NEW),
                "beside": load.beside,
                "expires_at": load.expires_at,
                "sending_at": now,
                "held": "",
                "look_at": now + LEASE,
            },
        )

    # --- steps 2 to 6 ----------------------------------------------------------------------------

    def _hand_over(self, request_id: str, load: Load) -> None:
        if load.beside and not self._written_beside(request_id, load):
            return
        try:
            receipt = self._poster.post(request_id, lambda row: self._post(row, load))
        except (Refused, NotPosted) as refused:
            self._fail(request_id, load, refused.cause, refused.code)
            if refused.cause is not Cause.TOO_LATE:  # that was us, and not the carrier
                self._outcome(load, refused.cause)
        except NoAnswer as silent:
            self._unanswered(request_id, silent.code)
            self._outcome(load, Cause.CARRIER_SILENT)
        else:
            self._took(request_id, receipt)
            self._outcome(load, None)

    def _outcome(self, load: Load, cause: Cause | None) -> None:
        if load.channel is Channel.TEXT:
            self._circuit.outcome(cause)

    def _post(self, row: RequestRow, load: Load) -> Receipt:
        left = int((load.expires_at - self._clock.now()).total_seconds())
        if load.channel is Channel.CALL:
            if self._script is None:
                raise Refused(Cause.CALLS_OFF, "")
            said, number = self._script.opening(row, load.secret), load.person.phone.dial or ""
            return self._carrier.call(number, said, request_id=row.id, valid_seconds=max(1, left))
        body = text.compose(
            self._rules, load.secret, load.expires_at, row.reference, again=self._corrections.voids_a_text(row)
        )
        return self._carrier.post(load.person.phone.e164 or "", body, request_id=row.id, valid_seconds=max(1, left))

    def _took(self, request_id: str, receipt: Receipt) -> None:
        try:
            self.accepted(request_id, receipt)
        except Moved as moved:
            row = self._row(request_id)
            if row.message_id == receipt.message_id:
                # Its receipt was here before the answer to the post, and whoever took that goes on with it.
                self._corrections.learned(request_id, arrived=row.carrier_status not in FAILED_STATUS)
                return
            # It ended while the carrier answered: the message is ours all the same, and its body is blanked.
            self._lifecycle.note(request_id, "text:accepted_late", message_id=receipt.message_id)
            self._corrections.learned(request_id, arrived=True)
            if moved.now is not S.REVOKED:  # that was somebody's will
                self._alarm("a text was accepted after its end", request_id=request_id, code=moved.now.value)

    def _unanswered(self, request_id: str, code: str) -> None:
        try:
            self._lifecycle.move(
                request_id,
                S.UNKNOWN,
                "text:unanswered",
                source=(S.SENDING,),
                changes={
                    "cause": Cause.CARRIER_SILENT,
                    "carrier_code": code,
                    "look_at": self._clock.now() + FIRST_LOOK,
                },
            )
        except Moved:
            self._corrections.learned(request_id, arrived=True, event="text:unanswered_late")
            raise

    def _written_beside(self, request_id: str, load: Load) -> bool:
        try:
            settled = self._settler.settle(load.person.key)
        except DirectoryUnreachable:
            self._fail(request_id, load, Cause.DIRECTORY_UNREACHABLE)
            return False
        except DirectoryRefused:
            self._fail(request_id, load, Cause.DIRECTORY_REFUSED)
            return False
        except SealBroken:
            self._alarm("a seal does not open", request_id=request_id)
            self._fail(request_id, load, Cause.SEAL_BROKEN)
            return False
        if settled not in (Settled.HELD, Settled.WRITTEN):
            self._fail(request_id, load, Cause.PASSWORD_CHANGED if settled is Settled.FOREIGN else Cause.GONE)
            return False
        self._lifecycle.note(request_id, "password:written", written_at=self._clock.now())
        return True

    def accepted(self, request_id: str, receipt: Receipt) -> None:
        """The carrier took it: by its answer, or by proof found later. Steps 4 to 6."""
        with self._database.read() as session:
            row = session.get_one(RequestRow, request_id)
        if receipt.status in FAILED_STATUS:
            self.undelivered(request_id, receipt)
            return
        now, to = self._clock.now(), S.SENT if row.beside else S.ACCEPTED
        facts = {"message_id": receipt.message_id, "cause": "", "accepted_at": now, "look_at": now + FIRST_LOOK}

        def guard(_session: Session, row: RequestRow) -> None:
            if row.carrier_status in FAILED_STATUS:
                raise Moved(State(row.state))
            if row.message_id != receipt.message_id:  # else a receipt was here first, and what it says stays
                row.carrier_status = row.carrier_code = ""

        self._lifecycle.move(
            request_id,
            to,
            "text:accepted",
            source=(S.SENDING, S.UNKNOWN),
            guard=guard,
            detail={"code": receipt.message_id},
            changes=facts,
        )
        if to is S.ACCEPTED:
            self.write_in_place(request_id, row.person_key)

    def undelivered(self, request_id: str, receipt: Receipt) -> None:
        """It will not arrive, by a receipt or already by the answer to the post: what was written is put back."""
        request = self._lifecycle.move(
            request_id,
            S.UNDELIVERED,
            "text:undelivered",
            source=(S.SENDING, S.UNKNOWN, S.ACCEPTED, S.SENT),
            detail={"code": receipt.code},
            changes={
                "message_id": receipt.message_id,
                "cause": self._reading_code(receipt.code),
                "carrier_status": receipt.status,
                "carrier_code": receipt.code,
            },
        )
        self._settler.settle(request.person_key, unless_used_since=self._row(request_id).written_at)

    def write_in_place(self, request_id: str, person_key: str) -> None:
        """Step 5 and 6 of a product with one password column: base -> new, read back, sent."""
        try:
            settled = self._settler.settle(person_key)
        except (DirectoryUnreachable, DirectoryRefused, SealBroken):
            return  # accepted stays; the follower settles again until it holds or the time is up
        if settled in (Settled.HELD, Settled.WRITTEN):
            self._lifecycle.move(
                request_id,
                S.SENT,
                "password:written",
                source=(S.ACCEPTED,),
                changes={
                    "written_at": self._clock.now(),
                },
            )
        else:
            self._lifecycle.move(
                request_id,
                S.SUPERSEDED,
                "request:superseded",
                source=(S.ACCEPTED,),
                changes=(
                    {"cause": Cause.PASSWORD_CHANGED, "correction": Correction.DUE}
                    if settled is Settled.FOREIGN
                    else {"cause": Cause.GONE}
                ),
            )

    # --- ends ------------------------------------------------------------------------------------

    def _fail(self, request_id: str, load: Load, cause: Cause, code: str = "") -> None:
        """Surely nothing was posted: what was written beside is taken back at once."""
        try:
            self._lifecycle.move(
                request_id,
                S.FAILED,
                "text:failed",
                source=(S.SENDING, S.UNKNOWN),
                detail={"cause": cause.value, "code": code},
                changes={
                    "cause": cause,
                    "carrier_code": code,
                },
            )
        except Moved:
            self._corrections.learned(request_id, arrived=False, event="text:failed_late")
            raise
        try:
            self._settler.settle(load.person.key)
        except (DirectoryUnreachable, DirectoryRefused, SealBroken) as fault:
            self._log(request_id, fault)  # aftercare settles again for 15 minutes

    def never_posted(self, request_id: str) -> None:
        """Nobody counted a post and nobody will, because that needs it to be still `sending`: surely not sent."""

        def guard(_session: Session, row: RequestRow) -> None:
            if row.post_tries:
                raise Moved(State(row.state))

        request = self._lifecycle.move(
            request_id,
            S.FAILED,
            "text:failed",
            source=(S.SENDING,),
            guard=guard,
            detail={"cause": Cause.INTERRUPTED.value},
            changes={"cause": Cause.INTERRUPTED},
        )
        self._settler.settle(request.person_key)

    def _expire(self, request_id: str, stop: Stop) -> None:
        """What kept it waiting until it was too late is the cause, where something did."""
        held = self._row(request_id).held if stop.cause is Cause.TOO_LATE else ""
        cause = Cause(held) if held else stop.cause
        if cause is Cause.CARRIER_SILENT:  # to others: nothing of this one was posted, so nobody need wait for it
            cause = Cause.CARRIER_UNREACHABLE
        try:
            self._lifecycle.move(
                request_id,
                stop.to,
                "request:superseded" if stop.to is S.SUPERSEDED else "request:expired",
                source=(S.APPROVED,),
                detail={"cause": cause.value},
                changes={
                    "cause": cause,
                    "carrier_code": stop.code,
                },
            )
        except (Moved, NotFound):
            return

    def _log(self, request_id: str, fault: Exception) -> None:
        structlog.get_logger().error("sending", request_id=request_id, fault=type(fault).__name__)
