"""Who replied STOP to our texts: kept as keyed fingerprints, so that a reader of our tables learns no number.

The carrier refuses texts to them by itself; here it is remembered so that an agent knows before a text is tried.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import datetime

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from services.db.session import Database, insert
from services.db.tables import StoppedRow
from services.errors import DatabaseUnreachable, Refused
from services.model import Cause
from services.ports import Carrier, Clock, Receipt
from services.seals import Seals

STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START = frozenset({"START", "YES", "UNSTOP"})
"""Twilio's own words, each alone in a text (twilio.com/docs/messaging/tutorials/advanced-opt-out)."""
_ROLE = "stopped"
_FAILED = frozenset({"undelivered", "failed"})


def stopped(session: Session, seals: Seals, numbers: Collection[str]) -> frozenset[str]:
    """Which of these numbers replied STOP: one query, also across a change of keys."""
    prints = {each: number for number in numbers for each in seals.fingerprints(_ROLE, number)}
    if not prints:
        return frozenset()
    found = session.scalars(_STOPPED, {"prints": list(prints)})
    return frozenset(prints[each] for each in found)


_STOPPED = select(StoppedRow.number).where(StoppedRow.number.in_(bindparam("prints", expanding=True)))
"""Made once, as in services/find.py."""


class OptOuts:
    """`reading_code`: what a carrier's code means for a text that was not delivered."""

    def __init__(self, database: Database, seals: Seals, clock: Clock, reading_code: Callable[[str], Cause]) -> None:
        self._database = database
        self._seals = seals
        self._clock = clock
        self._reading_code = reading_code

    def heard(self, number: str, body: str, kind: str = "") -> str:
        """What somebody texted us; the meaning of it, or "". `kind`: the carrier's own word for it, which wins.

        Raises DatabaseUnreachable.
        """
        word = kind.upper() or body.strip().upper()
        if word in STOP:
            self.stop(number)
            return "stop"
        if word in START:
            self.start(number)
            return "start"
        return ""

    def told(self, receipt: Receipt) -> None:
        """What a receipt gives away: a text that arrived was not held back. Never raises."""
        if not receipt.number:
            return
        with suppress(DatabaseUnreachable):
            if receipt.status == "delivered":
                self.start(receipt.number)
            elif receipt.status in _FAILED and self._reading_code(receipt.code) is Cause.STOPPED:
                self.stop(receipt.number)

    def stop(self, number: str) -> None:
        row = {"number": self._seals.fingerprint(_ROLE, number), "at": self._clock.now()}
        with self._database.write() as session:
            session.execute(insert(session, StoppedRow).values(row).on_conflict_do_nothing())

    def start(self, number: str) -> None:
        with self._database.read() as session:  # nearly nobody has: most texts need no write for it
            if not stopped(session, self._seals, [number]):
                return
        with self._database.write() as session:
            prints = self._seals.fingerprints(_ROLE, number)
            session.execute(delete(StoppedRow).where(StoppedRow.number.in_(prints)))


class RememberingCarrier:
    """A carrier whose refusals and receipts are listened to for STOP, whoever asks it."""

    def __init__(self, carrier: Carrier, optouts: OptOuts) -> None:
        self._carrier = carrier
        self._optouts = optouts

    def post(self, number: str, body: str, *, request_id: str, valid_seconds: int) -> Receipt:
        try:
            return self._carrier.post(number, body, request_id=request_id, valid_seconds=valid_seconds)
        except Refused as refused:
            if refused.cause is Cause.STOPPED:
                with suppress(DatabaseUnreachable):
                    self._optouts.stop(number)
            raise

    def call(self, number: str, instructions: str, *, request_id: str, valid_seconds: int) -> Receipt:
        """STOP holds back texts alone."""
        return self._carrier.call(number, instructions, request_id=request_id, valid_seconds=valid_seconds)

    def receipt(self, message_id: str) -> Receipt | None:
        return self._heard(self._carrier.receipt(message_id))

    def find(self, number: str, reference: str, since: datetime) -> Receipt | None:
        return self._heard(self._carrier.find(number, reference, since))

    def blank(self, message_id: str) -> None:
        self._carrier.blank(message_id)

    def probe(self) -> None:
        self._carrier.probe()

    def _heard(self, receipt: Receipt | None) -> Receipt | None:
        if receipt is not None:
            self._optouts.told(receipt)
        return receipt
