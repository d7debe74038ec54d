"""Step 0 of a sending: read live, make and hash the secret, close where it is compromised, rehearse the write.

Outside of any transaction, and before anything was posted: whatever goes wrong here surely sent nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.closing import Closer, CloseUnanswered, NotClosed
from services.db.session import Database
from services.db.tables import RequestRow
from services.errors import DatabaseUnreachable, DirectoryRefused, DirectoryUnreachable, SealBroken, ValueChanged
from services.facts import unchanged
from services.judge import Judge
from services.lifecycle import Learned, Lifecycle, Moved, Step
from services.model import Cause, Channel, Person, State
from services.passwords import make_secret
from services.policy import Rules
from services.ports import Alarm, Clock, Directory, Image
from services.seals import Seals
from services.settle import Settled, Settler

S = State
LEASE = timedelta(seconds=60)


class Stop(Exception):
    """Nothing was posted; the request ends here."""

    def __init__(self, cause: Cause, code: str = "", to: State = State.EXPIRED) -> None:
        super().__init__(cause.value)
        self.cause = cause
        self.code = code
        self.to = to


class Halting(Exception):
    """Managers paused just before this one was to go out."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.value)
        self.cause = cause


@dataclass(frozen=True)
class Load:
    """What one sending holds in memory."""

    person: Person = field(repr=False)
    secret: str = field(repr=False)
    base: Image = field(repr=False)
    own_hash: str | None = field(repr=False)
    new: Image = field(repr=False)
    expires_at: datetime
    beside: bool
    channel: Channel


class Preparer:
    def __init__(
        self,
        *,
        database: Database,
        lifecycle: Lifecycle,
        settler: Settler,
        closer: Closer,
        directory: Directory,
        judge: Judge,
        seals: Seals,
        rules: Rules,
        clock: Clock,
        alarm: Alarm,
    ) -> None:
        self._database = database
        self._lifecycle = lifecycle
        self._settler = settler
        self._closer = closer
        self._directory = directory
        self._judge = judge
        self._seals = seals
        self._rules = rules
        self._clock = clock
        self._alarm = alarm

    def prepare(self, request_id: str, attempt: str) -> Load:
        """Raises Stop, CloseUnanswered, Moved, and what the directory raises (see `why`)."""
        try:
            return self._prepare(self._row(request_id), attempt)
        except (CloseUnanswered, Moved, DatabaseUnreachable):
            raise
        except Exception:
            self._close_unknown(self._row(request_id))
            raise

    def vet(self, row: RequestRow) -> Person:
        """Whether it still is in time, the facts are what was agreed on, and the policy says the same.

        Raises Stop, and what the directory raises.
        """
        if self._clock.now() > row.send_by:
            raise Stop(Cause.TOO_LATE)
        if row.channel == Channel.CALL and not self._rules.calls:
            raise Stop(Cause.CALLS_OFF)
        person = self._facts_unchanged(row)
        decision = self._judge.again(row, person)
        if not decision.allowed or decision.approvals > row.approvals:
            raise Stop(Cause.POLICY_CHANGED)
        return person

    def _prepare(self, row: RequestRow, attempt: str) -> Load:
        now = self._clock.now()
        person = self.vet(row)
        secret = make_secret()
        expires_at = now + timedelta(minutes=self._rules.minutes)
        new = self._directory.temporary(self._directory.hash(secret), expires_at)
        if row.compromised:
            self._close(row, attempt)
        elif row.replaces:
            self._not_chosen_since(row)
        present = self._directory.credentials(row.person_key)
        if present is None:
            raise Stop(Cause.GONE)
        with self._database.read() as session:
            base, own_hash = self._settler.base_for(session, row.person_key, present)
        self._directory.rehearse(row.person_key, present.image, new)
        beside = self._directory.abilities.keeps_old_password and not row.compromised
        return Load(person, secret, base, own_hash, new, expires_at, beside, Channel(row.channel))

    def _facts_unchanged(self, row: RequestRow) -> Person:
        """A request binds number, e-mail, role and active flag: any difference ends it (PROTOCOL rule 11)."""
        person = self._directory.by_keys([row.person_key]).get(row.person_key)
        if person is None:
            raise Stop(Cause.GONE)
        reached_at = person.phone.dial if row.channel == Channel.CALL else person.phone.e164
        reached = row.channel == Channel.UNLOCK or reached_at is not None
        if not reached or not unchanged(self._seals, person, row.fingerprint):
            raise Stop(Cause.FACTS_CHANGED)
        return person

    def _close(self, row: RequestRow, attempt: str) -> None:
        """Compromised: first close, then text. Intent before effect, one outcome after it (PROTOCOL rule 10)."""
        try:
            self._closer.shut(row.person_key, lambda: self._hold_on(row.id, attempt))
        except NotClosed as no:
            self._not_closed(row)
            raise Stop(no.cause) from None
        except DirectoryRefused:
            self._not_closed(row)
            raise
        self._closed(row.id)

    def _closed(self, request_id: str) -> None:
        """One outcome of the one intent, also where a second worker closed again what the first had closed."""

        def learn(_session: Session, row: RequestRow) -> Learned:
            if row.closed_at is not None:
                return Learned()
            row.closed_at = self._clock.now()
            return Learned(event="account:closed")

        self._lifecycle.learn(request_id, learn)

    def _not_closed(self, begun: RequestRow) -> None:
        """The outcome where surely nothing was written: not where an earlier attempt is without an answer."""
        row = self._row(begun.id)
        if begun.close_intended_at is None and row.close_intended_at is not None:
            self._lifecycle.note(row.id, "account:not_closed", close_intended_at=None)

    def _not_chosen_since(self, row: RequestRow) -> None:
        """A replacement that finds a password of the person's own, chosen since the earlier text: that one works,
        and nothing is sent. Not where that already ended the earlier one: then the agent asked in spite of it.

        What was written for the earlier one is taken back here, or the first look at it would do so under our hands.
        """
        with self._database.read() as session:
            earlier = session.scalars(select(RequestRow).where(RequestRow.reference == row.replaces)).one_or_none()
        if earlier is None or earlier.base_sealed is None or earlier.cause == Cause.PASSWORD_CHANGED:
            return
        settled = self._settler.settle(row.person_key)
        present = self._directory.credentials(row.person_key)
        own = present is not None and present.own_hash != self._settler.sealer.own_hash(earlier)
        if settled is Settled.FOREIGN or (own and self._directory.abilities.keeps_old_password):
            raise Stop(Cause.PASSWORD_CHANGED, to=S.SUPERSEDED)

    def _hold_on(self, request_id: str, attempt: str) -> None:
        """Renews our lease, and records the intent once. Raises Moved where somebody else has it by now."""
        now = self._clock.now()

        def still_ours(_session: Session, row: RequestRow) -> Step:
            ours = row.lease_owner == attempt and row.lease_until is not None and row.lease_until > now
            if row.state != S.APPROVED or not ours:
                raise Moved(State(row.state))
            changes = {"lease_until": now + LEASE, "close_intended_at": row.close_intended_at or now}
            return Step("" if row.close_intended_at else "account:close_intended", changes=changes)

        self._lifecycle.change(request_id, still_ours)

    def _close_unknown(self, row: RequestRow) -> None:
        """An intent whose answer was lost has an outcome too: nobody knows, so nobody says that the old one works."""
        if row.close_intended_at is not None and row.closed_at is None:
            self._lifecycle.note(row.id, "account:close_unknown")

    def why(self, request_id: str, fault: Exception) -> Stop:
        """What stopped the preparation, as the agent is told; what an operator must know is an alarm."""
        match fault:
            case Stop():
                return fault
            case DirectoryUnreachable():
                return Stop(Cause.DIRECTORY_UNREACHABLE)
            case ValueChanged():
                return Stop(Cause.PASSWORD_CHANGED)
            case DirectoryRefused(what=what):
                self._alarm("the directory refuses our writes", request_id=request_id, said=what)
                return Stop(Cause.DIRECTORY_REFUSED)
            case SealBroken():
                self._alarm("a seal does not open", request_id=request_id)
                return Stop(Cause.SEAL_BROKEN)
        structlog.get_logger().error("preparing", request_id=request_id, fault=type(fault).__name__)
        return Stop(Cause.INTERNAL)

    def _row(self, request_id: str) -> RequestRow:
        with self._database.read() as session:
            return session.get_one(RequestRow, request_id)
