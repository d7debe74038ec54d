"""The outbox: what the chat shall show, as rows committed together with the change they show.

A row says "render the present state", so rows coalesce while they wait. Per lane only the oldest unfinished
row is claimable; a permanent error parks that one row, alarms and goes on; none is lost (PROTOCOL rule 16).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from threading import Event
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import ColumnElement, case, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from services.audit import Audit
from services.db.session import Database, insert
from services.db.tables import MessageRow, OutboxRow, RemarkRow, RequestRow, VoteRow
from services.errors import DatabaseUnreachable, Later, SealBroken, Undeliverable
from services.model import LIVE, WITHDRAWABLE, Cause, Halt, Kind, MessageRef, Notice, Remark, State, Task, Vote
from services.ports import Alarm, Announcer, Clock
from services.report import team_report
from services.seals import Seals
from services.snapshot import snapshot

LEASE = timedelta(seconds=60)
SLOW = timedelta(seconds=60)
"""A request that took longer than this is also told by direct message: the agent may have moved on."""
REPLIES = 5
"""A response URL takes five messages (Slack: handling user interaction)."""
LONGEST_WAIT = 300.0
MANY_TRIES = 10
_BAD_NEWS = frozenset({State.FAILED, State.UNDELIVERED, State.LAPSED, State.SUPERSEDED, State.REVOKED, State.UNKNOWN})
_OUTCOMES = frozenset(
    {
        State.ACCEPTED,
        State.SENT,
        State.UNLOCKED,
        State.UNKNOWN,
        State.FAILED,
        State.EXPIRED,
        State.DECLINED,
        State.CANCELLED,
        State.AWAITING_APPROVAL,
    }
)
_BEFORE_OUTCOME = frozenset({State.AWAITING_APPROVAL, State.APPROVED, State.SENDING})


class Outbox:
    """`own_approval_card`: approvals have a channel of their own, and so a card of their own."""

    def __init__(
        self,
        database: Database,
        audit: Audit,
        seals: Seals,
        clock: Clock,
        owner: str,
        *,
        own_approval_card: bool = False,
        stopping: Event | None = None,
    ) -> None:
        self._stopping = stopping or Event()
        self._own_approval_card = own_approval_card
        self._database = database
        self._audit = audit
        self._seals = seals
        self._clock = clock
        self._owner = owner

    # --- filling ---------------------------------------------------------------------------------

    def announce(self, session: Session, row: RequestRow, before: State | None, by: str = "") -> None:
        """Queues all that this change concerns; inside the transaction that made the change.

        `by`: whose act it is; what an agent does is no news to that agent.
        """
        state, now = State(row.state), self._clock.now()
        self._channels(session, row, before)
        if before is None:
            if state is State.AWAITING_APPROVAL:
                self.queue(session, row, Kind.CONFIRM)
            return
        if row.modal_id:
            self.queue(session, row, Kind.MODAL, due_at=max(now, row.modal_from or now))
        outcome = state in _OUTCOMES and before in _BEFORE_OUTCOME
        if outcome or (before not in _BEFORE_OUTCOME and self._may_reply(row)):
            self.queue(session, row, Kind.CONFIRM)
        unseen = not row.modal_id and before != state and state not in (State.SENDING, State.ACCEPTED)
        if state in _BAD_NEWS and before != state and before not in _BEFORE_OUTCOME and by != row.agent_id:
            self.queue(session, row, Kind.NEWS)
        elif unseen or (outcome and now - row.created_at > SLOW):
            self.queue(session, row, Kind.DIRECT)

    def _channels(self, session: Session, row: RequestRow, before: State | None) -> None:
        state = State(row.state)
        self.queue(session, row, Kind.CARD)
        if row.approvals_needed:
            if self._own_approval_card:
                self.queue(session, row, Kind.APPROVAL_CARD)
            if state is State.AWAITING_APPROVAL or _buttons(before) != _buttons(state):
                self.queue(session, row, Kind.APPROVAL)
            told = state in _TURNS or (before in _NOT_BEGUN and state in _UNDECIDED)
            if before is not None and before != state and told:
                self.queue(session, row, Kind.OUTCOME, state.value)
        if state not in LIVE and (before is None or before in LIVE):
            self.queue(session, row, Kind.HISTORY)

    def _may_reply(self, row: RequestRow) -> bool:
        return row.reply_sealed is not None and row.reply_until is not None and row.reply_until > self._clock.now()

    def queue(
        self, session: Session, row: RequestRow, kind: Kind, subject: str = "", due_at: datetime | None = None
    ) -> None:
        """One row, unless the same waits already."""
        now = self._clock.now()
        statement = insert(session, OutboxRow).values(
            lane=f"{_LANE[kind]}:{row.id}",
            kind=kind,
            subject=subject,
            request_id=row.id,
            state="ready",
            due_at=due_at or now,
            created_at=now,
            owner="",
            tries=0,
            error="",
        )
        sooner = func.least if session.get_bind().dialect.name == "postgresql" else func.min
        # An update and not "do nothing": it locks the row that waits, so that no worker can take it and show the
        # state from before this transaction. Where one has it already, a new row is made.
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["lane", "kind", "subject"],
                index_where=OutboxRow.state == "ready",
                set_={
                    "due_at": case(
                        (OutboxRow.tries > 0, OutboxRow.due_at),  # the chat asked to be left alone until then
                        else_=sooner(OutboxRow.due_at, statement.excluded.due_at),
                    )
                },
            )
        )

    def notify(self, session: Session, kind: Kind, subject: str) -> None:
        """A notice that belongs to no request."""
        now = self._clock.now()
        session.add(
            OutboxRow(lane=f"notice:{kind}", kind=kind, subject=subject, request_id="", due_at=now, created_at=now)
        )

    def notify_halt(self, session: Session, kind: Kind, halt: Halt, *, on: bool) -> None:
        """PAUSED or CARRIER: that texts are halted, or no more. The times make each one another."""
        until = int(halt.until.timestamp()) if halt.until else 0
        word = "on" if on else "off"
        self.notify(session, kind, f"{word} {halt.cause} {int(halt.since.timestamp())} {until} {halt.by_name}"[:60])

    # --- emptying --------------------------------------------------------------------------------

    def drain(self, announcer: Announcer, alarm: Alarm, limit: int = 100) -> int:
        """Carries out what is due, at most `limit` rows; returns how many. Never raises for a single row."""
        done = 0
        while done < limit and not self._stopping.is_set() and (claimed := self._claim()) is not None:
            self._carry_out(claimed, announcer, alarm)
            done += 1
        return done

    def _claim(self) -> int | None:
        now = self._clock.now()
        older = aliased(OutboxRow)
        free: ColumnElement[bool] = or_(
            OutboxRow.state == "ready",
            (OutboxRow.state == "claimed") & (OutboxRow.lease_until < now),
        )
        first_of_lane = ~exists().where(
            older.lane == OutboxRow.lane, older.id < OutboxRow.id, older.state.in_(("ready", "claimed"))
        )
        due = (
            select(OutboxRow.id)
            .where(free, OutboxRow.due_at <= now, first_of_lane)
            .order_by(OutboxRow.due_at, OutboxRow.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        with self._database.read() as session:  # an idle tick takes no write lock
            if session.scalar(select(func.count()).select_from(due.with_for_update(read=False).subquery())) == 0:
                return None
        with self._database.write() as session:
            return session.scalar(
                update(OutboxRow)
                .where(OutboxRow.id.in_(due))
                .values(state="claimed", owner=self._owner, lease_until=now + LEASE, tries=OutboxRow.tries + 1)
                .returning(OutboxRow.id)
            )

    def _carry_out(self, row_id: int, announcer: Announcer, alarm: Alarm) -> None:
        kind, ref = None, None
        try:
            task = self._task(row_id)
            if isinstance(task, Notice):
                announcer.notice(task)
            else:
                kind, ref = task.kind, announcer.deliver(task)
        except Later as later:
            self._put_off(row_id, later, alarm)
        except DatabaseUnreachable:
            raise  # the claim runs out, and somebody tries again
        except Undeliverable as never:
            self._give_up(row_id, never.code, alarm)
        except Exception as fault:  # noqa: BLE001  (one row's fault must not stop the others)
            structlog.get_logger().error("outbox fault", outbox_id=row_id, fault=type(fault).__name__)
            self._give_up(row_id, type(fault).__name__, alarm)
        else:
            self._finish(row_id, state="done", ref=ref, kind=kind)

    def _put_off(self, row_id: int, later: Later, alarm: Alarm) -> None:
        """At least as long as the chat asks; longer each time, because a chat that is down stays down for a while."""
        with self._database.read() as session:
            tries = session.get_one(OutboxRow, row_id).tries
        seconds = max(later.seconds, min(2.0**tries, LONGEST_WAIT))
        if tries == MANY_TRIES:
            alarm("an announcement waits", code=later.code)
        due_at = self._clock.now() + timedelta(seconds=seconds)
        try:
            self._finish(row_id, state="ready", due_at=due_at)
        except IntegrityError:  # a younger one of its kind came just then
            self._finish(row_id, state="ready", due_at=due_at)

    def _task(self, row_id: int) -> Task | Notice:
        with self._database.read() as session:
            row = session.get_one(OutboxRow, row_id)
            if not row.request_id:
                return _notice(session, row)
            request = session.get_one(RequestRow, row.request_id)
            kind = Kind(row.kind)
            refs = {ref.kind: MessageRef(ref.channel, ref.ts) for ref in self._refs(session, row.request_id)}
            root = refs.get(Kind.APPROVAL_CARD) or refs.get(Kind.CARD)
            history = kind is Kind.HISTORY
            return Task(
                id=row.id,
                kind=kind,
                request=snapshot(request),
                history=self._audit.history(session, row.request_id) if history else (),
                ref=refs.get(_REF.get(kind, kind)),
                root=root,
                votes=votes_of(session, row.request_id) if request.approvals_needed else (),
                remark=_remark(session, row.subject) if kind in (Kind.QUESTION, Kind.ANSWER) else None,
                subject=row.subject,
                reply_url=self._reply_url(request) if kind is Kind.CONFIRM else "",
            )

    @staticmethod
    def _refs(session: Session, request_id: str) -> list[MessageRow]:
        return list(session.scalars(select(MessageRow).where(MessageRow.request_id == request_id)))

    def _reply_url(self, request: RequestRow) -> str:
        if request.reply_sealed is None or not self._may_reply(request):
            return ""
        try:
            return self._seals.open(request.reply_sealed, request.id, request.person_key, "reply")
        except SealBroken:
            return ""

    def _finish(
        self,
        row_id: int,
        *,
        state: str,
        error: str = "",
        due_at: datetime | None = None,
        ref: MessageRef | None = None,
        kind: Kind | None = None,
    ) -> None:
        with self._database.write() as session:
            row = session.get_one(OutboxRow, row_id)
            if state == "ready" and self._has_twin(session, row):
                state = "done"  # a younger row of the same kind will show the same, later
            row.state, row.error, row.lease_until = state, error[:100], None
            row.due_at = due_at or row.due_at
            row.finished_at = None if state == "ready" else self._clock.now()
            if ref is not None and kind in _KEPT:
                stored = Kind.DIRECT if kind is Kind.NEWS else kind
                session.merge(MessageRow(request_id=row.request_id, kind=stored, channel=ref.channel, ts=ref.ts))
            if kind is Kind.CONFIRM:
                self._count_reply(session.get_one(RequestRow, row.request_id))

    @staticmethod
    def _count_reply(request: RequestRow) -> None:
        """The confirmation follows the request as long as its address may be used; then the address is erased."""
        request.reply_uses += 1
        if request.reply_uses >= REPLIES or State(request.state) not in LIVE:
            request.reply_sealed = None

    @staticmethod
    def _has_twin(session: Session, row: OutboxRow) -> bool:
        twin = select(OutboxRow.id).where(
            OutboxRow.lane == row.lane,
            OutboxRow.kind == row.kind,
            OutboxRow.subject == row.subject,
            OutboxRow.state == "ready",
        )
        return session.scalar(twin.where(OutboxRow.id != row.id).limit(1)) is not None

    def _give_up(self, row_id: int, code: str, alarm: Alarm) -> None:
        """A closed modal is an ordinary end: the direct message takes over. All else alarms."""
        with self._database.write() as session:
            row = session.get_one(OutboxRow, row_id)
            row.state, row.error, row.lease_until = "parked", code[:100], None
            row.finished_at = self._clock.now()
            request = session.get(RequestRow, row.request_id)
            if request is None:
                self._audit.append(session, "announcement:parked", kind=row.kind, code=code[:40])
                alarm("announcement parked", kind=row.kind, code=code)
                return
            if row.kind == Kind.MODAL:
                request.modal_id = ""
            if row.kind in (Kind.MODAL, Kind.CONFIRM):
                self.queue(session, request, Kind.DIRECT)
                return
            self._audit.append(
                session,
                "announcement:parked",
                request_id=request.id,
                person_key=request.person_key,
                kind=row.kind,
                code=code[:40],
            )
        alarm("announcement parked", request_id=row.request_id, kind=row.kind, code=code)


def votes_of(session: Session, request_id: str) -> tuple[Vote, ...]:
    rows = session.scalars(select(VoteRow).where(VoteRow.request_id == request_id).order_by(VoteRow.at))
    return tuple(Vote(row.manager_id, row.manager_name, row.approve, row.at, row.why) for row in rows)


def _notice(session: Session, row: OutboxRow) -> Notice:
    first, _, rest = row.subject.partition(" ")
    if row.kind == Kind.DAILY:
        return Notice(Kind.DAILY, report=team_report(session, date.fromisoformat(first), ZoneInfo(rest)))
    if row.kind in (Kind.PAUSED, Kind.CARRIER):
        cause, since, until, by_name = rest.split(" ", 3)
        halt = Halt(Cause(cause), _moment(since), by_name, _moment(until) if until != "0" else None)
        return Notice(Kind(row.kind), on=first == "on", halt=halt)
    return Notice(Kind.SWITCHED, on=first == "on", by_name=rest.partition(" ")[2])


def _buttons(state: State | None) -> object:
    """What a manager may do about it in the thread: decide, withdraw, close the account."""
    alone = (State.AWAITING_APPROVAL, State.USED, State.COMPLETED)
    return state if state in alone else state in WITHDRAWABLE


def _moment(seconds: str) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def _remark(session: Session, subject: str) -> Remark:
    row = session.get_one(RemarkRow, int(subject))
    question = session.get(RemarkRow, row.answers) if row.answers is not None else None
    asker = question.author_id if question is not None else ""
    return Remark(row.id, row.author_id, row.author_name, row.text, row.at, row.answers, asker)


_REF = {Kind.HISTORY: Kind.CARD, Kind.NEWS: Kind.DIRECT}
"""Whose message a kind edits or hangs under, where that is another's."""
_KEPT = frozenset({Kind.CARD, Kind.APPROVAL_CARD, Kind.APPROVAL, Kind.DIRECT, Kind.NEWS, Kind.UNRESOLVED})
_TURNS = frozenset(
    {
        State.SENT,
        State.DELIVERED,
        State.USED,
        State.COMPLETED,
        State.UNLOCKED,
        State.FAILED,
        State.UNKNOWN,
        State.UNDELIVERED,
        State.LAPSED,
        State.REVOKED,
        State.SUPERSEDED,
    }
)
"""Told in the thread of an approval, a line each."""
_NOT_BEGUN = frozenset({State.AWAITING_APPROVAL, State.APPROVED})
_UNDECIDED = frozenset({State.EXPIRED, State.CANCELLED})
"""Told too where it ended before anything was begun: an edit notifies nobody."""
_LANE: dict[Kind, str] = {
    Kind.CARD: "card",
    Kind.HISTORY: "card",
    Kind.APPROVAL_CARD: "card",
    Kind.APPROVAL: "card",
    Kind.VOTE: "card",
    Kind.REMINDER: "card",
    Kind.ANSWER: "card",
    Kind.OUTCOME: "card",
    Kind.UNRESOLVED: "card",
    Kind.QUESTION: "question",
    Kind.MODAL: "modal",
    Kind.CONFIRM: "confirm",
    Kind.DIRECT: "direct",
    Kind.NEWS: "direct",
}
