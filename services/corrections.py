"""The second text: it has no secret, and says that the first one, which was cut short, is void.

At most one per request, whatever dies: the right to post it is the single write due -> posting, and what is found
`posting` later is `unknown` for good. Natural expiry needs none, because the text said until when; a text that
takes an earlier one's place says so itself, and only where it never comes this one does.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from services import text
from services.circuit import halted
from services.db.session import Database
from services.db.tables import RequestRow
from services.errors import CarrierError, NoAnswer, NotPosted, Refused
from services.facts import unchanged
from services.lifecycle import Lifecycle, Moved, Step
from services.model import LIVE, Cause, Channel, State
from services.policy import Rules
from services.ports import Carrier, Clock, Directory
from services.seals import Seals
from services.settle import Sealer

S = State
LATE = timedelta(minutes=15)
"""After the first one's own end: whoever has not tried it by then will not."""
POST_WITHIN = timedelta(seconds=5)
"""From the intent: a process that slept in between must not post."""
UNPROVEN_AFTER = timedelta(minutes=2)
BLANK_AFTER = timedelta(seconds=30)
"""A text under way cannot be blanked."""


class Correction(StrEnum):
    NONE = ""
    WAITS = "waits"
    """For what the carrier says of the first, or for a text that takes its place and says so itself."""
    DUE = "due"
    POSTING = "posting"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    BLANKED = "blanked"
    """Sent, and its body erased at the carrier."""


PENDING = frozenset({Correction.WAITS, Correction.DUE, Correction.POSTING})


def cut_short(row: RequestRow) -> Correction:
    """What is owed to the person whose text is taken back now. A call needs none: what was heard is not in hand."""
    if row.channel != Channel.TEXT or (row.state == S.SENDING and not row.post_tries):
        return Correction.NONE
    return Correction.WAITS if row.state == S.SENDING else Correction.DUE


class Corrections:
    def __init__(
        self,
        *,
        database: Database,
        lifecycle: Lifecycle,
        sealer: Sealer,
        directory: Directory,
        carrier: Carrier,
        seals: Seals,
        rules: Rules,
        clock: Clock,
    ) -> None:
        self._database = database
        self._lifecycle = lifecycle
        self._sealer = sealer
        self._directory = directory
        self._carrier = carrier
        self._seals = seals
        self._rules = rules
        self._clock = clock

    def tend(self, row: RequestRow) -> None:
        """One look at an ended request; called again and again, with the product settled. Raises as the directory."""
        match row.correction:
            case Correction.WAITS | Correction.DUE if self._too_late(row):
                self._turn(row.id, row.correction, "", Correction.NONE)
            case Correction.WAITS:
                if self._wait(row):
                    self._send(row)
            case Correction.DUE:
                self._send(row)
            case Correction.POSTING:
                self._turn(row.id, Correction.POSTING, "correction:unknown", Correction.UNKNOWN)
            case Correction.SENT:
                self._blank(row)

    def look_at(self, row: RequestRow, now: datetime) -> datetime | None:
        """When to look next; None where nothing is left to do."""
        match row.correction:
            case Correction.DUE | Correction.POSTING:
                return now + timedelta(seconds=5)
            case Correction.WAITS | Correction.SENT:
                return now + timedelta(seconds=15)
        return None

    def learned(self, request_id: str, *, arrived: bool, event: str = "") -> None:
        """What the carrier said of a first text that was taken back while it was handed over."""

        def decide(_session: Session, row: RequestRow) -> Step:
            if row.correction != Correction.WAITS or row.replaced_by:
                raise Moved(State(row.state))
            return Step(event, changes={"correction": Correction.DUE if arrived else Correction.NONE})

        with suppress(Moved):
            self._lifecycle.change(request_id, decide)

    def voids_a_text(self, row: RequestRow) -> bool:
        """Whether this one takes the place of a text that may have arrived."""
        if not row.replaces:
            return False
        with self._database.read() as session:
            earlier = _of_reference(session, row.replaces)
        if earlier is None or not earlier.post_tries:
            return False
        return earlier.state != S.FAILED or earlier.cause == Cause.CARRIER_SILENT

    # --- waiting ---------------------------------------------------------------------------------

    def _too_late(self, row: RequestRow) -> bool:
        return row.expires_at is None or self._clock.now() >= row.expires_at + LATE

    def _wait(self, row: RequestRow) -> bool:
        """True where it is due by now."""
        if not row.replaced_by:
            died = row.sending_at is not None and self._clock.now() - row.sending_at >= UNPROVEN_AFTER
            return died and self._turn(row.id, Correction.WAITS, "text:unproven", Correction.DUE) is not None
        later = self._last_in_line(row)
        if later is not None and later.accepted_at is not None:
            self._turn(row.id, Correction.WAITS, "", Correction.NONE)
            return False
        over = later is None or State(later.state) not in LIVE
        return over and self._turn(row.id, Correction.WAITS, "", Correction.DUE) is not None

    def _last_in_line(self, row: RequestRow) -> RequestRow | None:
        """The one whose text says that this one is void; it may itself have been replaced before it had one."""
        later: RequestRow | None = row
        with self._database.read() as session:
            while later is not None and later.replaced_by and (later.id == row.id or later.accepted_at is None):
                later = _of_reference(session, later.replaced_by)
        return later

    # --- posting ---------------------------------------------------------------------------------

    def _send(self, row: RequestRow) -> None:
        with self._database.read() as session:
            if halted(session) is not None:
                return
        person = self._directory.by_keys([row.person_key]).get(row.person_key)
        present = self._directory.credentials(row.person_key)
        if person is None or present is None or person.phone.e164 is None:
            self._turn(row.id, Correction.DUE, "", Correction.NONE)
            return
        if not unchanged(self._seals, person, row.fingerprint):  # the number may be somebody else's by now
            self._turn(row.id, Correction.DUE, "", Correction.NONE)
            return
        body = text.correction(self._rules, self._opens(row, present.own_hash))
        intended = self._turn(row.id, Correction.DUE, "correction:intended", Correction.POSTING)
        if intended is not None:
            self._post(row, person.phone.e164, body, intended)

    def _opens(self, row: RequestRow, own_hash: str | None) -> text.Opens:
        if own_hash is None or self._directory.is_closed(own_hash):
            return text.Opens.NOTHING
        known = row.base_sealed is not None and own_hash == self._sealer.own_hash(row)
        return text.Opens.OLD if known else text.Opens.OWN

    def _post(self, row: RequestRow, number: str, body: str, intended: datetime) -> None:
        """Without our request's id: what the carrier says of this text must not be taken for the first one's."""
        now = self._clock.now()
        if now - intended > POST_WITHIN:
            self._turn(row.id, Correction.POSTING, "correction:failed", Correction.FAILED, code=Cause.TOO_LATE.value)
            return
        seconds = int(((row.expires_at or now) + LATE - now).total_seconds())
        try:
            receipt = self._carrier.post(number, body, request_id="", valid_seconds=max(1, seconds))
        except (Refused, NotPosted) as no:
            code = no.code or no.cause.value
            self._turn(row.id, Correction.POSTING, "correction:failed", Correction.FAILED, code=code)
        except NoAnswer as silent:
            self._turn(row.id, Correction.POSTING, "correction:unknown", Correction.UNKNOWN, code=silent.code)
        else:
            sid = receipt.message_id
            self._turn(row.id, Correction.POSTING, "correction:sent", Correction.SENT, code=sid, correction_id=sid)

    def _blank(self, row: RequestRow) -> None:
        if row.ended_at is not None and self._clock.now() < row.ended_at + BLANK_AFTER:
            return
        try:
            self._carrier.blank(row.correction_id)
        except CarrierError:
            return  # still under way; the next look tries again
        self._turn(row.id, Correction.SENT, "correction:blanked", Correction.BLANKED)

    def _turn(
        self, request_id: str, source: str, event: str, to: Correction, *, code: str = "", **changes: str
    ) -> datetime | None:
        """One guarded write; when it was begun, or None where another worker was faster."""
        now = self._clock.now()

        def decide(_session: Session, row: RequestRow) -> Step:
            if row.correction != source:
                raise Moved(State(row.state))
            return Step(event, changes={"correction": to, **changes}, detail={"code": code} if code else {})

        try:
            self._lifecycle.change(request_id, decide)
        except Moved:
            return None
        return now


def _of_reference(session: Session, reference: str) -> RequestRow | None:
    return session.scalars(select(RequestRow).where(RequestRow.reference == reference)).one_or_none()
