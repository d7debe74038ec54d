"""After a restore from backup: nothing is sent or followed until every open reset was settled (PROTOCOL rule 11).

Our tables say what was so when the backup was made, the product says what is so now, and the product is right: what
ended since is not begun again, and a temporary password that was taken back is not written a second time. What had
not begun ends, because what was agreed then may have been carried out since.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from services.audit import Audit
from services.circuit import PAUSE, RESTORE
from services.corrections import PENDING, Correction
from services.db.session import Database
from services.db.tables import AuditRow, DraftRow, LeaseRow, RequestRow, SwitchRow
from services.errors import DirectoryRefused, DirectoryUnreachable, SealBroken
from services.judge import LOCKDOWN
from services.lifecycle import Lifecycle, Step
from services.model import LIVE, Actor, Cause, Channel, Closing, Kind, State
from services.ports import Clock, Credentials, Directory
from services.settle import NEW, Settler

S = State
RESTORED = "database:restored"
_NOT_BEGUN = frozenset({S.AWAITING_APPROVAL, S.APPROVED})
_NOT_TAKEN = frozenset({S.SENDING, S.UNKNOWN})
"""The carrier's yes is not on record."""


class StillRunning(Exception):
    """`owner`: a process that works on this database, or did until `until`."""

    def __init__(self, owner: str, until: datetime) -> None:
        super().__init__(owner)
        self.owner = owner
        self.until = until


class Opens(StrEnum):
    """What opens an account now."""

    EARLIER = "earlier"
    TEXTED = "texted"
    BOTH = "both"
    OWN = "own"
    """Chosen since."""
    NOTHING = "nothing"
    """Closed, because it was compromised."""
    UNTOLD = "untold"
    """The earlier one, or one texted or chosen after the backup: the product does not tell them apart."""
    GONE = "gone"
    """The person is no longer in the product."""


@dataclass(frozen=True)
class Outcome:
    """What became of one open reset."""

    reference: str
    agent: str
    was: State
    now: State
    opens: Opens | None = None
    stuck: Cause | None = None
    """Why it could not be settled; then nothing was changed."""
    not_closed: bool = False
    """Somebody had asked for the account to be closed, and it is open."""


@dataclass(frozen=True)
class Restored:
    newest: datetime | None
    """The last event that the backup has: what was asked for later is unknown here."""
    outcomes: tuple[Outcome, ...]
    switches: tuple[str, ...]
    """What managers had switched on by then."""

    @property
    def done(self) -> bool:
        return not any(outcome.stuck for outcome in self.outcomes)


class Restore:
    def __init__(
        self,
        *,
        database: Database,
        lifecycle: Lifecycle,
        audit: Audit,
        settler: Settler,
        directory: Directory,
        clock: Clock,
    ) -> None:
        self._database = database
        self._lifecycle = lifecycle
        self._audit = audit
        self._settler = settler
        self._directory = directory
        self._clock = clock

    def run(self, by: Actor) -> Restored:
        """May be repeated, and goes on where it was interrupted. Raises StillRunning, DatabaseUnreachable."""
        self._begin(by)
        with self._database.read() as session:
            newest = _newest(session)
            halfway = session.scalars(
                select(RequestRow)
                .where(RequestRow.correction.in_(PENDING) | (RequestRow.closing == Closing.DUE))
                .order_by(RequestRow.created_at)
            ).all()
            live = session.scalars(
                select(RequestRow).where(RequestRow.state.in_(sorted(LIVE))).order_by(RequestRow.created_at)
            ).all()
        outcomes = [outcome for row in halfway if (outcome := self._leave_off(row)) is not None]
        outcomes += [self._settle(row) for row in live]
        restored = Restored(newest, tuple(outcomes), self._switches())
        if restored.done:
            self._finish(by, len(live))
        return restored

    # --- the mark --------------------------------------------------------------------------------

    def _begin(self, by: Actor) -> None:
        """From here on nothing is sent and nothing followed, whoever starts."""
        now = self._clock.now()
        with self._database.write() as session:
            running = session.scalars(select(LeaseRow).where(LeaseRow.until > now)).first()
            if running is not None:
                raise StillRunning(running.owner, running.until)
            row = session.get(SwitchRow, RESTORE, with_for_update=True)
            if row is not None and row.on and row.by_name:
                return  # a run that was interrupted, or could not settle all
            session.merge(SwitchRow(name=RESTORE, on=True, by_name=by.name, at=now))
            session.execute(delete(DraftRow).where(DraftRow.request_id == ""))  # a form may have been sent since
            self._audit.append(session, RESTORED, by)

    def _finish(self, by: Actor, settled: int) -> None:
        with self._database.write() as session:
            row = session.get_one(SwitchRow, RESTORE, with_for_update=True)
            row.on = False
            self._audit.append(session, "database:settled", by, requests=settled)

    def _switches(self) -> tuple[str, ...]:
        with self._database.read() as session:
            on = select(SwitchRow.name).where(SwitchRow.on, SwitchRow.name.in_((LOCKDOWN, PAUSE)))
            return tuple(session.scalars(on.order_by(SwitchRow.name)))

    # --- what was half done after an end ---------------------------------------------------------

    def _leave_off(self, row: RequestRow) -> Outcome | None:
        """A correction may have been texted since, and an account closed and opened again: neither is done twice."""
        step = Step("correction:unknown", changes={"correction": Correction.UNKNOWN})
        outcome = None
        if row.closing == Closing.DUE:
            try:
                present = self._directory.credentials(row.person_key)
            except (DirectoryUnreachable, DirectoryRefused) as fault:
                return _stuck(row, fault)
            opens = Opens.GONE if present is None else self._opens(present)
            step = self._end_of_closing(row, closed=opens is Opens.NOTHING)
            outcome = _outcome(row, S(row.state), opens, not_closed=opens not in (Opens.NOTHING, Opens.GONE))
        self._lifecycle.change(row.id, lambda _session, _row: step)
        return outcome

    def _end_of_closing(self, row: RequestRow, *, closed: bool) -> Step:
        correction = {"correction": Correction.UNKNOWN} if row.correction in PENDING else {}
        if closed:
            changes = {"closing": Closing.DONE, "closed_at": row.closed_at or self._clock.now(), **correction}
            return Step("account:closed", changes=changes)
        told = [(Kind.NEWS, "")]
        return Step("account:close_unknown", changes={"closing": Closing.UNKNOWN, **correction}, tells=told)

    # --- one open reset --------------------------------------------------------------------------

    def _settle(self, row: RequestRow) -> Outcome:
        try:
            present = self._directory.credentials(row.person_key)
            if row.state in _NOT_BEGUN:
                return self._expire(row, present)
            if present is None:
                return self._end(row, Opens.GONE)
            if self._chosen(row, present):
                return self._end(row, Opens.UNTOLD if present.must_change else Opens.OWN)
            new = self._settler.sealer.image(row, NEW)
            late = row.expires_at is not None and row.expires_at <= self._clock.now()
            if present.image.secret == new.secret and not late:
                return self._go_on(row)
            return self._end(row, None)
        except (DirectoryUnreachable, DirectoryRefused, SealBroken) as fault:
            return _stuck(row, fault)

    def _chosen(self, row: RequestRow, present: Credentials) -> bool:
        """Whether the product holds what this reset, and every other that is known, did not leave there."""
        if self._directory.abilities.keeps_old_password:
            return present.own_hash != self._settler.sealer.own_hash(row)
        with self._database.read() as session:
            known = self._settler.known(session, row.person_key)
        return known is not None and present.image.secret not in known.images

    def _expire(self, row: RequestRow, present: Credentials | None) -> Outcome:
        if present is None:
            opens = Opens.GONE
        elif self._opens(present) is Opens.NOTHING:
            opens = Opens.NOTHING
        else:  # it may have been approved and texted after the backup
            beside_nothing = self._directory.abilities.keeps_old_password and present.image.secret is None
            untouched = beside_nothing or row.channel == Channel.UNLOCK
            opens = Opens.EARLIER if untouched else Opens.UNTOLD
        begun = row.sending_at is not None
        event, to = ("account:unlock_unknown", S.FAILED) if begun else ("request:expired", S.EXPIRED)
        step = Step(event, to, {"cause": Cause.RESTORED, "remind_at": None}, _BY_RESTORE)
        self._lifecycle.change(row.id, lambda _session, _row: step)
        return _outcome(row, to, opens)

    def _go_on(self, row: RequestRow) -> Outcome:
        """The texted one is there and its time is not over: it is followed as before.

        In place of the old one it was written only after the carrier's yes, which the backup may not know yet.
        """
        state = S(row.state)
        if not row.beside and state in _NOT_TAKEN:
            taken = {"accepted_at": row.sending_at, "cause": "", "look_at": self._clock.now()}
            step = Step("text:proven_by_write", S.ACCEPTED, taken)
            self._lifecycle.change(row.id, lambda _session, _row: step)
            state = S.ACCEPTED
        if state is S.ACCEPTED:
            written = Step("password:written", S.SENT, {"written_at": row.written_at or row.sending_at})
            self._lifecycle.change(row.id, lambda _session, _row: written)
            state = S.SENT
        return _outcome(row, state, Opens.BOTH if row.beside else Opens.TEXTED)

    def _end(self, row: RequestRow, opens: Opens | None) -> Outcome:
        """`opens`: what is found there and stays; None where the value from before is put back."""
        state = S(row.state)
        if opens is Opens.OWN and state in (S.SENT, S.DELIVERED, S.USED):
            step = Step("password:chosen", S.COMPLETED, {"used_at": row.used_at or self._clock.now()})
        elif opens is Opens.OWN and state is not S.SENDING:
            step = Step("request:superseded", S.SUPERSEDED, {"cause": Cause.PASSWORD_CHANGED}, _BY_RESTORE)
        else:
            cause = {Opens.OWN: Cause.PASSWORD_CHANGED, Opens.GONE: Cause.GONE}.get(opens or Opens.EARLIER)
            to = S.FAILED if state in _NOT_TAKEN else S.LAPSED
            event = "request:lapsed" if to is S.FAILED else "password:lapsed"
            step = Step(event, to, {"cause": cause or Cause.RESTORED}, _BY_RESTORE)
        self._lifecycle.change(row.id, lambda _session, _row: step)
        self._settler.settle(row.person_key)
        if opens is None:
            present = self._directory.credentials(row.person_key)
            opens = Opens.GONE if present is None else self._opens(present)
        return _outcome(row, step.to or state, opens)

    def _opens(self, present: Credentials) -> Opens:
        closed = self._directory.is_closed(present.own_hash)
        return Opens.NOTHING if closed and present.image.secret in (None, present.own_hash) else Opens.EARLIER


_BY_RESTORE = {"cause": Cause.RESTORED.value}


def _outcome(row: RequestRow, now: State, opens: Opens, *, not_closed: bool = False) -> Outcome:
    return Outcome(row.reference, row.agent_name, S(row.state), now, opens, not_closed=not_closed)


def _stuck(row: RequestRow, fault: Exception) -> Outcome:
    match fault:
        case SealBroken():
            cause = Cause.SEAL_BROKEN
        case DirectoryRefused():
            cause = Cause.DIRECTORY_REFUSED
        case _:
            cause = Cause.DIRECTORY_UNREACHABLE
    return Outcome(row.reference, row.agent_name, S(row.state), S(row.state), stuck=cause)


def _newest(session: Session) -> datetime | None:
    """When the last event before the restore was."""
    mark = select(func.max(AuditRow.seq)).where(AuditRow.event == RESTORED).scalar_subquery()
    return session.scalar(select(AuditRow.at).where(AuditRow.seq == mark - 1))
