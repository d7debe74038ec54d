"""Following a request until it is over: receipts, sign-ins, expiry, settling, and tidying up afterwards.

Work is rows whose `look_at` has come, claimed with a lease. Each look may run twice without harm.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Event

import structlog
from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from services.circuit import restoring
from services.closing import Closer
from services.corrections import PENDING, Correction, Corrections
from services.db.session import Database
from services.db.tables import DraftRow, OutboxRow, RequestRow
from services.errors import (
    CarrierError,
    DatabaseUnreachable,
    DirectoryRefused,
    DirectoryUnreachable,
    SealBroken,
    Unavailable,
)
from services.lifecycle import AFTERCARE, Learned, Lifecycle, Moved, Step
from services.model import LIVE, Cause, Channel, Closing, Kind, State
from services.ports import Alarm, Carrier, Clock, Credentials, Directory, Receipt
from services.receipts import record
from services.send import FAILED_STATUS, UNPROVEN_AFTER, Sender
from services.settle import NEW, Settled, Settler

S = State
LEASE = timedelta(seconds=60)
LONGEST_LEASE = timedelta(minutes=2)
BATCH = 5
"""Looks claimed at a time: each may wait nine seconds for a carrier, and all must fit into the lease."""
ALARM_AGAIN = timedelta(minutes=15)
BLIND = timedelta(minutes=5)
SHOWN_KEPT = timedelta(days=7)
DRAFTS_KEPT = timedelta(days=1)
_FINAL_STATUS = frozenset({"delivered", "undelivered", "failed"})
_PACE = (
    (timedelta(minutes=1), timedelta(seconds=2)),
    (timedelta(minutes=5), timedelta(seconds=5)),
    (timedelta(minutes=20), timedelta(seconds=20)),
)
"""(age, interval): close looks while the agent is on the phone, slower ones later."""
_SLOWEST = timedelta(minutes=1)
_PUT_BACK = {
    Settled.HELD: "password:put_back",
    Settled.WRITTEN: "password:put_back",
    Settled.FOREIGN: "password:left_alone",
    Settled.GONE: "password:gone",
}
"""The outcome of every end: what the directory holds since then."""


class Follower:
    def __init__(
        self,
        *,
        database: Database,
        lifecycle: Lifecycle,
        settler: Settler,
        sender: Sender,
        closer: Closer,
        corrections: Corrections,
        directory: Directory,
        carrier: Carrier,
        clock: Clock,
        alarm: Alarm,
        owner: str,
        stopping: Event,
    ) -> None:
        self._database = database
        self._lifecycle = lifecycle
        self._settler = settler
        self._sender = sender
        self._closer = closer
        self._corrections = corrections
        self._directory = directory
        self._carrier = carrier
        self._clock = clock
        self._alarm = alarm
        self._owner = owner
        self._stopping = stopping

    def look_all(self, limit: int = 200) -> int:
        """All requests whose look has come, a few at a time; returns how many."""
        looked = 0
        while looked < limit and not self._stopping.is_set() and (claimed := self._claim()):
            for request_id in claimed:
                self.look(request_id)
            looked += len(claimed)
        return looked

    def _claim(self) -> list[str]:
        now = self._clock.now()
        due = (
            select(RequestRow.id)
            .where(
                RequestRow.look_at <= now,
                # A lease that ends later than any lease may was given before the clock was set back.
                or_(
                    RequestRow.lease_until.is_(None),
                    RequestRow.lease_until < now,
                    RequestRow.lease_until > now + LONGEST_LEASE,
                ),
            )
            .order_by(RequestRow.look_at)
            .limit(BATCH)
        )
        with self._database.read() as session:  # an idle tick takes no write lock
            if session.scalar(due.limit(1)) is None or restoring(session):
                return []
        with self._database.write() as session:
            claimed = session.scalars(
                update(RequestRow)
                .where(RequestRow.id.in_(due.with_for_update(skip_locked=True)))
                .values(lease_owner=self._owner, lease_until=now + LEASE)
                .returning(RequestRow.id)
            )
            return list(claimed)

    def look(self, request_id: str) -> None:
        """Never raises: what is away now is looked at again; what is broken alarms, now and then."""
        with self._never_raising(request_id):
            self._look(self._row(request_id))
            self._unstick(self._row(request_id))
        with suppress(DatabaseUnreachable):  # then the lease runs out, and somebody looks again
            self._plan(request_id)

    def heed(self, request_id: str) -> None:
        """Acts on what was written down of a receipt. Never raises: the look that is due does it too."""
        with self._never_raising(request_id):
            self._heed(self._row(request_id))

    @contextmanager
    def _never_raising(self, request_id: str) -> Iterator[None]:
        try:
            yield
        except (Unavailable, CarrierError, Moved) as passing:
            structlog.get_logger().info("look", request_id=request_id, fault=type(passing).__name__)
        except Exception as fault:  # noqa: BLE001  (one request's fault must not stop the others)
            with suppress(DatabaseUnreachable):
                self._alarm_now_and_then(request_id, fault)

    def _alarm_now_and_then(self, request_id: str, fault: Exception) -> None:
        row, now = self._row(request_id), self._clock.now()
        if row.alarmed_at is not None and now - row.alarmed_at < ALARM_AGAIN:
            return
        stuck = _stuck_by(fault)
        what = "a request cannot be settled" if stuck else "a look failed"
        self._alarm(what, request_id=request_id, fault=type(fault).__name__)
        if stuck and stuck != row.stuck:
            self._tell(row, Step("request:stuck", changes={"stuck": stuck}, detail={"cause": stuck.value}))
        self._lifecycle.note(request_id, "", alarmed_at=now)

    def _unstick(self, row: RequestRow) -> None:
        if row.stuck:
            self._tell(row, Step("request:unstuck", changes={"stuck": "", "alarmed_at": None}))

    def _tell(self, row: RequestRow, step: Step) -> None:
        """The agent, anew: what they were told last is not so any more."""
        self._lifecycle.change(row.id, lambda _session, _row: replace(step, tells=[(Kind.NEWS, "")]))

    def _look(self, row: RequestRow) -> None:
        if State(row.state) not in LIVE:
            self._after(row)
            return
        try:
            self._receive(row)
        except CarrierError as away:  # time, sign-ins and the directory's value do not wait for the carrier
            structlog.get_logger().info("carrier away", request_id=row.id, fault=type(away).__name__)
        row = self._row(row.id)
        if row.carrier_status in _FINAL_STATUS and row.blanked_at is None:
            self._blank(row)
        with suppress(DirectoryUnreachable):  # the time runs out all the same: `_watch` asks again, and raises it
            self._heed(row)
        row = self._row(row.id)
        # A receipt may have ended it; its own look, planned for now, tidies up.
        if State(row.state) in LIVE:
            self._watch(row)

    # --- the carrier -----------------------------------------------------------------------------

    def _receive(self, row: RequestRow) -> None:
        if row.state in (S.SENDING, S.UNKNOWN) and not row.message_id:
            self._seek_proof(row)
        elif row.message_id and row.carrier_status not in _FINAL_STATUS:
            receipt = self._carrier.receipt(row.message_id)
            if receipt is not None:
                record(self._lifecycle, row.id, receipt, self._clock.now())

    def receipt(self, request_id: str, receipt: Receipt) -> None:
        """What the carrier says of this request's message, in any order and any number of times."""
        record(self._lifecycle, request_id, receipt, self._clock.now())
        self._heed(self._row(request_id))

    def _heed(self, row: RequestRow) -> None:
        """What is written down of receipts and not done yet, e.g. because the product was away."""
        status = row.carrier_status
        if row.correction == Correction.WAITS and row.message_id:
            self._corrections.learned(row.id, arrived=status not in FAILED_STATUS)
        if status in FAILED_STATUS and row.state in (S.SENDING, S.UNKNOWN, S.ACCEPTED, S.SENT):
            if not self._used_meanwhile(row):
                self._sender.undelivered(row.id, Receipt(row.message_id, status, row.carrier_code))
            return
        if row.state in (S.SENDING, S.UNKNOWN) and row.message_id:
            self._sender.accepted(row.id, Receipt(row.message_id, status))
        elif row.state == S.ACCEPTED:
            self._sender.write_in_place(row.id, row.person_key)
        if status == "delivered" and self._row(row.id).state == S.SENT:
            delivered_at = row.delivered_at or self._clock.now()
            self._lifecycle.move(
                row.id, S.DELIVERED, "text:delivered", source=(S.SENT,), changes={"delivered_at": delivered_at}
            )

    def _used_meanwhile(self, row: RequestRow) -> bool:
        """Use beats receipts (PROTOCOL rule 5): somebody who signed in has the text, whatever the receipt says."""
        if row.written_at is None:
            return False
        present = self._directory.credentials(row.person_key)
        return present is not None and (self._used(row, present) or self._own_password(row, present))

    def _seek_proof(self, row: RequestRow) -> None:
        """A listed body with our reference proves acceptance; absence proves nothing (PROTOCOL rule 2)."""
        since = row.sending_at or row.created_at
        if row.state == S.SENDING and not row.post_tries:
            self._sender.never_posted(row.id)
            return
        if row.state == S.SENDING and self._clock.now() - since >= UNPROVEN_AFTER:
            self._lifecycle.move(
                row.id, S.UNKNOWN, "text:unproven", source=(S.SENDING,), changes={"cause": Cause.CARRIER_SILENT}
            )
        if row.channel == Channel.CALL:
            return  # nothing that is listed of a call names its request: only its own receipts and its key do
        person = self._directory.by_keys([row.person_key]).get(row.person_key)
        if person is not None and person.phone.e164:
            found = self._carrier.find(person.phone.e164, row.reference, since - timedelta(minutes=1))
            if found is not None:
                record(self._lifecycle, row.id, found, self._clock.now())

    # --- the directory ---------------------------------------------------------------------------

    def _watch(self, row: RequestRow) -> None:
        """Sign-in, own password, expiry: whatever is seen, or cannot be seen, the time still runs out."""
        late = row.expires_at is not None and row.expires_at <= self._clock.now()
        try:
            present = self._directory.credentials(row.person_key)
            moved = present is not None and row.written_at is not None and self._seen(row, present)
        except (DirectoryUnreachable, DirectoryRefused, SealBroken) as blind:
            # Unseen it ends a little later; aftercare puts back as soon as that is possible again.
            if row.expires_at is not None and row.expires_at + BLIND <= self._clock.now():
                self._out_of_time(row, _stuck_by(blind))
            raise
        if late and not moved:
            self._out_of_time(row)
        self._settler.settle(row.person_key)

    def see(self, request_id: str) -> None:
        """A use that the directory shows by now is written down, before somebody acts on what they were shown.

        Never raises: where the product is away, what is known is what counts.
        """
        with suppress(Unavailable, DirectoryRefused, SealBroken, Moved):
            with self._database.read() as session:
                row = session.get(RequestRow, request_id)
            if row is None or row.written_at is None or State(row.state) not in LIVE:
                return
            present = self._directory.credentials(row.person_key)
            if present is not None:
                self._seen(row, present)

    def _seen(self, row: RequestRow, present: Credentials) -> bool:
        """What the directory shows of this request's use; True where that moved it."""
        now = self._clock.now()
        if self._own_password(row, present):
            if row.state in (S.SENT, S.DELIVERED, S.USED):
                self._lifecycle.move(
                    row.id,
                    S.COMPLETED,
                    "password:chosen",
                    source=(S.SENT, S.DELIVERED, S.USED),
                    changes={"used_at": row.used_at or now},
                )
                return True
            if row.state == S.UNKNOWN:
                self._lifecycle.move(
                    row.id,
                    S.SUPERSEDED,
                    "request:superseded",
                    source=(S.UNKNOWN,),
                    changes={"cause": Cause.PASSWORD_CHANGED},
                )
                return True
        elif self._used(row, present):
            if row.state in (S.SENT, S.DELIVERED):
                self._lifecycle.move(
                    row.id, S.USED, "password:used", source=(S.SENT, S.DELIVERED), changes={"used_at": now}
                )
                return True
            if row.state == S.UNKNOWN:  # nobody else has it: its use proves that the text was sent
                self._lifecycle.move(
                    row.id,
                    S.SENT,
                    "text:proven_by_use",
                    source=(S.UNKNOWN,),
                    changes={"accepted_at": now, "cause": ""},
                )
                return True
        return False

    def _used(self, row: RequestRow, present: Credentials) -> bool:
        if present.temporary_used_at is not None:
            return True
        if self._directory.abilities.keeps_old_password and not row.compromised:
            return False  # a sign-in may have been with the old password; only its own mark tells
        signed_in, written = present.last_sign_in_at, row.written_at
        return signed_in is not None and written is not None and signed_in > written

    def _own_password(self, row: RequestRow, present: Credentials) -> bool:
        """A foreign hash is the person's own choice only where must-change is cleared (or not known): a product
        that rehashes at sign-in changes the hash too (PROTOCOL rule 6)."""
        if present.must_change:
            return False
        sealer = self._settler.sealer
        if self._directory.abilities.keeps_old_password:
            return present.own_hash != sealer.own_hash(row)
        with self._database.read() as session:
            known = self._settler.known(session, row.person_key)
        return (
            known is not None
            and present.image.secret not in known.images
            and present.image.secret != sealer.image(row, NEW).secret
        )

    def _out_of_time(self, row: RequestRow, stuck: Cause | None = None) -> None:
        """`stuck`: why nothing could be put back yet."""
        blind = {"stuck": stuck} if stuck else {}
        if row.state in (S.SENDING, S.UNKNOWN):
            self._lifecycle.move(
                row.id,
                S.FAILED,
                "request:lapsed",
                source=(S.SENDING, S.UNKNOWN),
                changes={
                    "cause": Cause.CARRIER_SILENT,
                    **blind,
                },
            )
        else:
            self._lifecycle.move(
                row.id,
                S.LAPSED,
                "password:lapsed",
                source=(S.ACCEPTED, S.SENT, S.DELIVERED, S.USED),
                changes=blind,
            )

    # --- afterwards ------------------------------------------------------------------------------

    def _after(self, row: RequestRow) -> None:
        """Ended: hold the wanted value for 15 minutes more, blank the body, then erase the seals.

        The seals stay until the value was put back at least once, however long the product is away, and while a
        second text is owed.
        """
        if row.message_id and row.blanked_at is None:
            self._blank(row)
        if row.closing == Closing.DUE:
            self._closer.finish(row.id)
            row = self._row(row.id)
        if row.base_sealed is None or row.closing == Closing.DUE:
            if row.correction not in PENDING:
                self._corrections.tend(row)  # of what was sent, the body is left to be blanked
            return
        if row.state == S.UNDELIVERED and self._used_after_all(row):
            return
        beaten = row.state == S.UNDELIVERED and not self._newer(row)  # by a use between our look and our write
        settled = self._settler.settle(row.person_key, unless_used_since=row.written_at if beaten else None)
        if beaten and settled is Settled.FOREIGN and self._used_after_all(row):
            return
        if row.put_back_at is None:
            own = settled is Settled.FOREIGN and row.state == S.REVOKED and not row.closing
            cause = Cause.PASSWORD_CHANGED if own else row.cause
            self._lifecycle.note(row.id, _PUT_BACK[settled], put_back_at=self._clock.now(), cause=cause)
        self._corrections.tend(row)
        row = self._row(row.id)
        over = row.ended_at is not None and self._clock.now() >= row.ended_at + AFTERCARE
        if over and row.correction not in PENDING:
            self._lifecycle.note(row.id, "request:closed", base_sealed=None, new_sealed=None)

    def _used_after_all(self, row: RequestRow) -> bool:
        """Use beats receipts (PROTOCOL rule 5), also one that is seen only after `undelivered` ended the request.

        Only as long as nothing newer is under way: then that has the person's account.
        """
        present = self._directory.credentials(row.person_key)
        if present is None or row.written_at is None:
            return False
        own = self._own_password(row, present)
        ours = present.image.secret == self._settler.sealer.image(row, NEW).secret  # or it was the old password
        if not own and not (ours and self._used(row, present)):
            return False
        if self._newer(row):
            return False
        now = self._clock.now()
        self._lifecycle.move(
            row.id,
            S.COMPLETED if own else S.USED,
            "password:chosen" if own else "password:used",
            source=(S.UNDELIVERED,),
            changes={"used_at": now, "cause": "", "ended_at": now if own else None, "put_back_at": None},
        )
        return True

    def _newer(self, row: RequestRow) -> bool:
        later = (RequestRow.person_key == row.person_key, RequestRow.created_at > row.created_at)
        with self._database.read() as session:
            return session.scalar(select(RequestRow.id).where(*later).limit(1)) is not None

    def _blank(self, row: RequestRow) -> None:
        try:
            self._carrier.blank(row.message_id)
        except CarrierError:
            return  # a text still under way cannot be blanked; the next look tries again
        self._lifecycle.note(row.id, "text:blanked", blanked_at=self._clock.now())

    def _plan(self, request_id: str) -> None:
        def plan(_session: Session, row: RequestRow) -> Learned:
            """Upon what the row is by then: somebody may have withdrawn it, or want the account closed."""
            now = self._clock.now()
            if State(row.state) in LIVE:
                look_at: datetime | None = now + _interval(now - (row.sending_at or row.created_at))
                if row.expires_at is not None and row.expires_at > now:
                    look_at = min(look_at or row.expires_at, row.expires_at)
            else:
                look_at = self._after_look(row, now)
            row.look_at, row.lease_until = look_at, None
            return Learned()

        self._lifecycle.learn(request_id, plan)

    def _after_look(self, row: RequestRow, now: datetime) -> datetime | None:
        ended = row.ended_at or now
        looks = [self._settling_look(row, now)]
        if row.closing == Closing.DUE:
            looks.append(now + timedelta(seconds=5))
        if now < ended + timedelta(days=1):
            looks.append(self._corrections.look_at(row, now))
        return min((look for look in looks if look is not None), default=None)

    @staticmethod
    def _settling_look(row: RequestRow, now: datetime) -> datetime | None:
        """Close looks at first: a stale save in the product may lock somebody out while nobody looks."""
        ended = row.ended_at or now
        to_blank = row.message_id and row.blanked_at is None and now < ended + timedelta(days=1)
        if row.base_sealed is None:
            return now + AFTERCARE if to_blank else None
        if now < ended + timedelta(minutes=2):
            return now + (timedelta(seconds=5) if to_blank else timedelta(seconds=15))
        return now + timedelta(minutes=1)

    def forget(self) -> int:
        """Kept response addresses after 30 minutes, forms after a day; returns how many were erased."""
        now = self._clock.now()
        with self._database.write() as session:
            replies = session.execute(
                update(RequestRow)
                .where(RequestRow.reply_sealed.is_not(None), RequestRow.reply_until < now)
                .values(reply_sealed=None)
            )
            drafts = session.execute(
                update(DraftRow)
                .where(DraftRow.reply_sealed.is_not(None), DraftRow.created_at < now - timedelta(minutes=30))
                .values(reply_sealed=None)
            )
            session.execute(delete(DraftRow).where(DraftRow.created_at < now - DRAFTS_KEPT))
            session.execute(
                delete(OutboxRow).where(OutboxRow.state == "done", OutboxRow.finished_at < now - SHOWN_KEPT)
            )
        return _count(replies) + _count(drafts)

    def _row(self, request_id: str) -> RequestRow:
        with self._database.read() as session:
            return session.get_one(RequestRow, request_id)


def _stuck_by(fault: Exception) -> Cause | None:
    """What keeps the product from being settled, where that is not over in a moment."""
    match fault:
        case SealBroken():
            return Cause.SEAL_BROKEN
        case DirectoryRefused():
            return Cause.DIRECTORY_REFUSED
        case DirectoryUnreachable():
            return Cause.DIRECTORY_UNREACHABLE
    return None


def _interval(age: timedelta) -> timedelta:
    return next((interval for limit, interval in _PACE if age < limit), _SLOWEST)


def _count(result: object) -> int:
    return max(0, int(getattr(result, "rowcount", 0)))
