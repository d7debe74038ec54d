"""Managers decide: votes, questions, cancelling, reminders, expiry, lockdown.

Each act is one guarded write on the request's row, with the votes counted anew inside it; whoever comes second
is told who was first. A vote binds what was shown: number, e-mail, role and active flag.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from services.audit import MACHINE, Audit
from services.circuit import PAUSE, halted, paused
from services.db.session import Database, insert
from services.db.tables import RemarkRow, RequestRow, SwitchRow, VoteRow
from services.errors import (
    AlreadyDecided,
    AlreadyVoted,
    InvalidForm,
    NotAllowed,
    NotFound,
    OwnAccount,
    OwnRequest,
    Unavailable,
)
from services.facts import unchanged
from services.judge import LOCKDOWN, is_on, zone_of
from services.lifecycle import Lifecycle, Moved, Step
from services.model import Actor, Cause, Halt, Kind, Person, Request, State, TeamReport, Vote
from services.outbox import Outbox, votes_of
from services.policy import Rules
from services.ports import Clock, Executor, People
from services.report import SHOWN, team_report
from services.seals import Seals
from services.send import Sender
from services.snapshot import snapshot

S = State
LONGEST_TEXT = 1000
MORNING = 8


class Approvals:
    def __init__(
        self,
        *,
        database: Database,
        lifecycle: Lifecycle,
        audit: Audit,
        outbox: Outbox,
        directory: People,
        sender: Sender,
        seals: Seals,
        rules: Rules,
        clock: Clock,
        executor: Executor,
    ) -> None:
        self._database = database
        self._lifecycle = lifecycle
        self._audit = audit
        self._outbox = outbox
        self._directory = directory
        self._sender = sender
        self._seals = seals
        self._rules = rules
        self._clock = clock
        self._executor = executor

    # --- deciding --------------------------------------------------------------------------------

    def approve(self, manager: Actor, request_id: str) -> Request:
        """One yes; with the last one needed the reset is carried out at once.

        Raises NotFound, OwnRequest, OwnAccount, AlreadyVoted, AlreadyDecided, DirectoryUnreachable, and
        Unavailable(FACTS_CHANGED) where the votes are void because something changed since it was shown.
        """
        person = self._person(request_id)
        changed = False

        def decide(session: Session, row: RequestRow) -> Step:
            nonlocal changed
            self._may_decide(session, row, manager, person)
            changed = person is None or not unchanged(self._seals, person, row.fingerprint)
            if changed:
                return Step("request:expired", S.EXPIRED, {"cause": Cause.FACTS_CHANGED}, {"cause": "facts_changed"})
            session.add(self._vote(row, manager, approve=True))
            session.flush()
            yes = self._count(session, row.id)
            told = [(Kind.VOTE, manager.id)]
            if yes < row.approvals_needed:
                return Step("approval:given", changes={"approvals": yes}, detail={"approvals": yes}, tells=told)
            changes = {"approvals": yes, "send_by": self._clock.now() + self._rules.send_within, "remind_at": None}
            return Step("approval:given", S.APPROVED, changes, {"approvals": yes}, told)

        request = self._change(manager, request_id, decide)
        if changed:
            raise Unavailable(Cause.FACTS_CHANGED)
        if request.state is S.APPROVED:
            self._executor.submit(lambda: self._sender.send(request_id))
            with self._database.read() as session:
                halt = halted(session, request.channel)
            return replace(request, held=halt.cause) if halt is not None and not halt.trying else request
        return request

    def decline(self, manager: Actor, request_id: str, why: str) -> Request:
        """One no ends it. Raises as `approve`, and InvalidForm without a reason."""
        why = _text("why", why, "Say why in a few words: the agent reads it.")
        person = self._person(request_id)

        def decide(session: Session, row: RequestRow) -> Step:
            self._may_decide(session, row, manager, person)
            session.add(self._vote(row, manager, approve=False, why=why))
            changes = {"decided_by": manager.name[:200], "decided_why": why, "remind_at": None}
            return Step("approval:declined", S.DECLINED, changes, tells=[(Kind.VOTE, manager.id)])

        return self._change(manager, request_id, decide)

    def cancel(self, agent: Actor, request_id: str) -> Request:
        """By the agent who asked, until it is decided or, approved, not yet on its way."""

        def decide(session: Session, row: RequestRow) -> Step:
            if (row.agent_id, row.workspace) != (agent.id, agent.workspace):
                raise NotAllowed("not the agent who asked")
            begun = row.close_intended_at is not None or row.sending_at is not None
            if row.state not in (S.AWAITING_APPROVAL, S.APPROVED) or begun:
                raise self._decided(session, row)
            return Step("request:cancelled", S.CANCELLED, {"remind_at": None})

        return self._change(agent, request_id, decide)

    def _change(self, actor: Actor, request_id: str, decide: Callable[[Session, RequestRow], Step]) -> Request:
        try:
            return self._lifecycle.change(request_id, decide, actor)
        except Moved:
            with self._database.read() as session:
                raise self._decided(session, session.get_one(RequestRow, request_id)) from None

    def _may_decide(self, session: Session, row: RequestRow, manager: Actor, person: Person | None) -> None:
        if row.workspace != manager.workspace:
            raise NotFound("request")
        voted = session.get(VoteRow, (row.id, manager.id))
        if voted is not None:
            raise AlreadyVoted(Vote(voted.manager_id, voted.manager_name, voted.approve, voted.at, voted.why))
        if row.state != S.AWAITING_APPROVAL or (row.decide_by is not None and row.decide_by <= self._clock.now()):
            raise self._decided(session, row)
        if manager.id == row.agent_id:
            raise OwnRequest
        emails = {row.person_email.casefold(), person.email.casefold() if person else ""}
        if manager.email and manager.email.casefold() in emails:
            raise OwnAccount

    def _decided(self, session: Session, row: RequestRow) -> AlreadyDecided:
        return AlreadyDecided(snapshot(row), votes_of(session, row.id))

    def _vote(self, row: RequestRow, manager: Actor, *, approve: bool, why: str = "") -> VoteRow:
        return VoteRow(
            request_id=row.id,
            manager_id=manager.id,
            manager_name=manager.name[:200],
            approve=approve,
            why=why,
            at=self._clock.now(),
        )

    @staticmethod
    def _count(session: Session, request_id: str) -> int:
        yes = select(func.count()).select_from(VoteRow).where(VoteRow.request_id == request_id, VoteRow.approve)
        return session.scalar(yes) or 0

    def _person(self, request_id: str) -> Person | None:
        """Live, and outside of any transaction of ours."""
        key = self._lifecycle.get(request_id).person_key
        return self._directory.by_keys([key]).get(key)

    # --- asking back -----------------------------------------------------------------------------

    def ask(self, manager: Actor, request_id: str, question: str) -> None:
        """A question to the agent, by direct message. Raises InvalidForm, NotFound, AlreadyDecided."""
        text = _text("question", question, "Write your question.")

        def decide(session: Session, row: RequestRow) -> Step:
            if row.state != S.AWAITING_APPROVAL:
                raise self._decided(session, row)
            remark = self._remark(session, row.id, manager, text, None)
            return Step("approval:asked", tells=[(Kind.QUESTION, remark), (Kind.ANSWER, remark)])

        self._change(manager, request_id, decide)

    def answer(self, agent: Actor, remark_id: int, text: str) -> None:
        """The agent's answer, into the thread. Raises InvalidForm, NotFound."""
        text = _text("answer", text, "Write your answer.")
        with self._database.read() as session:
            question = session.get(RemarkRow, remark_id)
        if question is None or question.answers is not None:
            raise NotFound("question")

        def decide(session: Session, row: RequestRow) -> Step:
            if (row.agent_id, row.workspace) != (agent.id, agent.workspace):
                raise NotFound("question")
            remark = self._remark(session, row.id, agent, text, remark_id)
            return Step("approval:answered", tells=[(Kind.ANSWER, remark)])

        self._change(agent, question.request_id, decide)

    def question(self, agent: Actor, remark_id: int) -> str:
        """The text of a question to this agent. Raises NotFound."""
        with self._database.read() as session:
            remark = session.get(RemarkRow, remark_id)
            row = session.get(RequestRow, remark.request_id) if remark is not None else None
            if remark is None or row is None or (row.agent_id, row.workspace) != (agent.id, agent.workspace):
                raise NotFound("question")
            return remark.text

    def _remark(self, session: Session, request_id: str, author: Actor, text: str, answers: int | None) -> str:
        remark = RemarkRow(
            request_id=request_id,
            author_id=author.id,
            author_name=author.name[:200],
            text=text,
            at=self._clock.now(),
            answers=answers,
        )
        session.add(remark)
        session.flush()
        return str(remark.id)

    # --- time ------------------------------------------------------------------------------------

    def remind_and_expire(self) -> int:
        """Due reminders and expiries, each claimed once by whichever worker comes first."""
        now = self._clock.now()
        with self._database.read() as session:
            due = session.scalars(
                select(RequestRow.id).where(
                    RequestRow.state == S.AWAITING_APPROVAL,
                    or_(RequestRow.remind_at <= now, RequestRow.decide_by <= now),
                )
            ).all()
        for request_id in due:
            try:
                self._lifecycle.change(request_id, self._tick)
            except Moved:
                continue  # decided, or done by another worker meanwhile
        return len(due)

    def _tick(self, _session: Session, row: RequestRow) -> Step:
        now = self._clock.now()
        if row.state != S.AWAITING_APPROVAL:
            raise Moved(S(row.state))
        if row.decide_by is not None and row.decide_by <= now:
            return Step(
                "request:expired", S.EXPIRED, {"cause": Cause.UNDECIDED, "remind_at": None}, {"cause": "undecided"}
            )
        if row.remind_at is None or row.remind_at > now:
            raise Moved(S(row.state))
        since = row.remind_at - row.created_at
        doubled = row.created_at + 2 * since
        changes = {"remind_at": doubled if doubled < (row.decide_by or doubled) else None}
        return Step("approval:reminded", changes=changes, tells=[(Kind.REMINDER, str(int(since.total_seconds())))])

    # --- the desk --------------------------------------------------------------------------------

    def lockdown(self, manager: Actor, on: bool) -> bool:
        """One more approval for everything, announced. False where it was so already."""
        with self._database.write() as session:
            row = session.get(SwitchRow, LOCKDOWN, with_for_update=True)
            if (row is not None and row.on) == on:
                return False
            session.merge(SwitchRow(name=LOCKDOWN, on=on, by_name=manager.name[:200], at=self._clock.now()))
            # with the time, or a second switching on would not stand beside one that the chat has not taken yet
            seconds = self._clock.now().timestamp()
            self._outbox.notify(session, Kind.SWITCHED, f"{'on' if on else 'off'} {seconds} {manager.name}"[:60])
            self._audit.append(session, "lockdown:switched_on" if on else "lockdown:switched_off", manager)
        self._lifecycle.committed()
        return True

    def pause(self, manager: Actor, minutes: int | None) -> Halt:
        """Nothing goes out until somebody ends it, or for so many minutes. What holds now: an earlier one goes on,
        unless it is to end at another time.
        """
        now = self._clock.now()
        until = now + timedelta(minutes=minutes) if minutes else None
        with self._database.write() as session:
            before = session.get(SwitchRow, PAUSE, with_for_update=True)
            if before is not None and before.on and before.until is None and until is None:
                return Halt(Cause.PAUSED, before.at, before.by_name)
            halt = Halt(Cause.PAUSED, now, manager.name[:200], until)
            session.merge(SwitchRow(name=PAUSE, on=True, by_name=halt.by_name, at=now, until=until))
            self._outbox.notify_halt(session, Kind.PAUSED, halt, on=True)
            self._audit.append(session, "pause:switched_on", manager, minutes=minutes or 0)
        self._lifecycle.committed()
        return halt

    def resume(self, manager: Actor) -> bool:
        """False where nothing was paused."""
        return self._end_pause("pause:switched_off", manager)

    def end_pause(self) -> bool:
        """By itself, when its time is over; by whichever process comes first."""
        with self._database.read() as session:  # an idle tick takes no write lock
            halt = paused(session)
        now = self._clock.now()
        over = halt is not None and halt.until is not None and halt.until <= now
        return over and self._end_pause("pause:ended", MACHINE, over_at=now)

    def _end_pause(self, event: str, actor: Actor, *, over_at: datetime | None = None) -> bool:
        """`over_at`: only where its time is over by then, and nobody gave it another meanwhile."""
        with self._database.write() as session:
            row = session.get(SwitchRow, PAUSE, with_for_update=True)
            if row is None or not row.on or (over_at is not None and (row.until is None or row.until > over_at)):
                return False
            halt = Halt(Cause.PAUSED, row.at, actor.name[:200])
            session.merge(SwitchRow(name=PAUSE, on=False, by_name=halt.by_name, at=self._clock.now(), until=None))
            self._outbox.notify_halt(session, Kind.PAUSED, halt, on=False)
            self._audit.append(session, event, actor)
        self._lifecycle.committed()
        return True

    def tell_yesterday(self) -> bool:
        """Once a day, after eight in the morning of the settings' zone, whichever process comes first."""
        now = self._clock.now().astimezone(ZoneInfo(self._rules.zone))
        if now.hour < MORNING:
            return False
        yesterday = now.date() - timedelta(days=1)
        with self._database.write() as session:
            statement = insert(session, SwitchRow).values(
                name=f"told {yesterday.isoformat()}", is_on=True, by_name="", at=self._clock.now()
            )
            first = session.execute(statement.on_conflict_do_nothing().returning(SwitchRow.name)).first()
            if first is None:
                return False
            report = team_report(session, yesterday, ZoneInfo(self._rules.zone))
            if not (report.asked or report.unlocked or report.open):
                return False  # a quiet day is no news
            self._outbox.notify(session, Kind.DAILY, f"{yesterday.isoformat()} {self._rules.zone}")
        self._lifecycle.committed()
        return True

    def locked_down(self) -> bool:
        with self._database.read() as session:
            return is_on(session, LOCKDOWN)

    def waiting(self, manager: Actor) -> tuple[Request, ...]:
        """What this manager may still decide, oldest first."""
        voted = select(VoteRow.request_id).where(VoteRow.manager_id == manager.id)
        with self._database.read() as session:
            rows = session.scalars(
                select(RequestRow)
                .where(
                    RequestRow.state == S.AWAITING_APPROVAL,
                    RequestRow.workspace == manager.workspace,
                    RequestRow.agent_id != manager.id,
                    RequestRow.decide_by > self._clock.now(),
                    RequestRow.id.not_in(voted),
                )
                .order_by(RequestRow.created_at)
                .limit(SHOWN)
            )
            return tuple(
                snapshot(row)
                for row in rows
                if not manager.email or row.person_email.casefold() != manager.email.casefold()
            )

    def votes(self, request_id: str) -> tuple[Vote, ...]:
        with self._database.read() as session:
            return votes_of(session, request_id)

    def team(self, actor: Actor) -> TeamReport:
        """Today, in the actor's zone."""
        zone = zone_of(actor.zone)
        with self._database.read() as session:
            return team_report(session, self._clock.now().astimezone(zone).date(), zone)


def _text(field: str, text: str, wrong: str) -> str:
    """Raises InvalidForm where nothing was written."""
    text = text.strip()[:LONGEST_TEXT]
    if not text:
        raise InvalidForm({field: wrong})
    return text
