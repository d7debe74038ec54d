"""What the carrier says of a message after it took it, however that comes: early, late, doubled or out of order.

Writing it down is one guarded write, forward only. What follows from it (the product, the chat) is done from what
was written down: at once in the background, and by a job where a process died in between.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from sqlalchemy.orm import Session

from services.counters import Counters
from services.db.tables import RequestRow
from services.errors import NotFound
from services.lifecycle import Learned, Lifecycle
from services.model import LIVE, State
from services.optouts import OptOuts
from services.ports import ENDED, NO_KEY, Alarm, Clock, Executor, Receipt

S = State
_RANK = {"": 0, "queued": 1, "sent": 2, "delivered": 3, "undelivered": 3, "failed": 3}
_LAST_RANK = 3
_POSTED = (S.SENDING, S.UNKNOWN)
"""Handed over, and no answer has come yet."""


class Taken(StrEnum):
    NEWS = "news"
    EARLY = "early"
    """Before the answer to our post, or instead of it: proof that it was accepted."""
    LATE = "late"
    """The first that is heard of a message whose request has ended."""
    REPEATED = "repeated"
    STALE = "stale"
    """Overtaken by a later one."""
    FOREIGN = "foreign"
    """Of another message than this request's."""


TOLD = frozenset({Taken.NEWS, Taken.EARLY, Taken.LATE})
"""Something was written down."""


def record(lifecycle: Lifecycle, request_id: str, receipt: Receipt, now: datetime) -> Taken:
    """Raises NotFound, DatabaseUnreachable."""
    taken: list[Taken] = []

    def learn(_session: Session, row: RequestRow) -> Learned:
        meant = _meant(row, receipt)
        taken.append(_what(row, meant))
        if taken[0] not in TOLD:
            return Learned()
        _write_down(row, meant, now)
        shown = meant.status == "delivered" and row.state not in (*_POSTED, S.SENT)  # those move, and that is shown
        return Learned(show=shown, event="text:accepted_late" if taken[0] is Taken.LATE else "")

    lifecycle.learn(request_id, learn)
    return taken[0]


def _meant(row: RequestRow, receipt: Receipt) -> Receipt:
    """A call that is over was of use only if somebody pressed the key and had it read out."""
    if receipt.status != ENDED:
        return receipt
    if row.read_out_at is not None:
        return replace(receipt, status="delivered")
    return replace(receipt, status="undelivered", code=NO_KEY)


def _what(row: RequestRow, receipt: Receipt) -> Taken:
    if row.sending_at is None:
        return Taken.FOREIGN  # nothing of it was ever posted
    if not row.message_id:
        return Taken.EARLY if row.state in _POSTED else Taken.LATE
    if row.message_id != receipt.message_id:
        return Taken.FOREIGN
    if row.carrier_status == receipt.status:
        return Taken.REPEATED
    return Taken.NEWS if _RANK[receipt.status] > _RANK[row.carrier_status] else Taken.STALE


def _write_down(row: RequestRow, receipt: Receipt, now: datetime) -> None:
    proof = row.state in _POSTED
    row.message_id, row.carrier_status, row.carrier_code = receipt.message_id, receipt.status, receipt.code
    if receipt.status == "delivered":
        row.delivered_at = row.delivered_at or now
    if proof:
        row.lease_until = None  # whoever waits for the answer holds nobody up any more
    if proof or State(row.state) not in LIVE or _RANK[receipt.status] == _LAST_RANK:
        row.look_at = now


class Heeder(Protocol):
    def heed(self, request_id: str) -> None:
        """Acts on what was written down; never raises."""


class Receipts:
    """Receipts that come by themselves, signed."""

    def __init__(
        self,
        *,
        lifecycle: Lifecycle,
        follower: Heeder,
        optouts: OptOuts,
        counters: Counters,
        clock: Clock,
        executor: Executor,
        alarm: Alarm,
    ) -> None:
        self._lifecycle = lifecycle
        self._follower = follower
        self._optouts = optouts
        self._counters = counters
        self._clock = clock
        self._executor = executor
        self._alarm = alarm

    def take(self, request_id: str, receipt: Receipt) -> None:
        """When this returns it is committed; what follows from it goes on elsewhere.

        Raises NotFound where there is no such request, or the message is another than its own; DatabaseUnreachable.
        """
        try:
            taken = record(self._lifecycle, request_id, receipt, self._clock.now())
        except NotFound:
            self._counters.count("receipts:unknown")
            raise
        if taken is not Taken.NEWS:
            self._counters.count(f"receipts:{taken}")
        if taken is Taken.FOREIGN:
            raise NotFound("message")
        if taken is Taken.LATE and self._lifecycle.get(request_id).state is not S.REVOKED:  # that was somebody's will
            self._alarm("a text was accepted after its end", request_id=request_id)
        if taken in TOLD:
            self._optouts.told(receipt)
            self._executor.submit(lambda: self._follower.heed(request_id))
