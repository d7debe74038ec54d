"""What an agent can ask for: a form, a reset, and to see what became of it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from services import again
from services.audit import Audit
from services.circuit import halted, outage
from services.db.session import Database
from services.db.tables import DraftRow, RequestRow
from services.decision import Decision
from services.errors import (
    AlreadyUnderWay,
    DraftExpired,
    DraftUsed,
    Halted,
    Impossible,
    InvalidForm,
    NotFound,
    NotLocked,
    OutOfScope,
    Unavailable,
)
from services.facts import fingerprint, unchanged
from services.find import channels, impossible, under_way
from services.judge import Asked, Judge
from services.lifecycle import Lifecycle, lock, new_reference
from services.model import LIVE, Actor, Answers, Cause, Channel, Form, Halt, HistoryLine, Person, Request, State
from services.optouts import stopped
from services.policy import Rules
from services.ports import Clock, Executor, People
from services.seals import Seals
from services.send import Sender
from services.snapshot import snapshot

DRAFT_LIFE = timedelta(minutes=30)
REPLY_LIFE = timedelta(minutes=30)
"""Slack's response URLs live for 30 minutes."""
MODAL_GRACE = timedelta(seconds=1.5)
"""No modal update before: 1 s after the answer to the submission, and a margin for the way there."""
_CLASHES = 5
_CHOOSE = "Choose how it shall reach them."


class Resets:
    def __init__(
        self,
        *,
        database: Database,
        lifecycle: Lifecycle,
        audit: Audit,
        directory: People,
        sender: Sender,
        seals: Seals,
        rules: Rules,
        judge: Judge,
        clock: Clock,
        executor: Executor,
        watch: Callable[[str], None],
    ) -> None:
        """`watch`: a use of this request that the directory shows by now is written down first."""
        self._watch = watch
        self._judge = judge
        self._database = database
        self._lifecycle = lifecycle
        self._audit = audit
        self._directory = directory
        self._sender = sender
        self._seals = seals
        self._rules = rules
        self._clock = clock
        self._executor = executor

    # --- asking ----------------------------------------------------------------------------------

    def form(self, actor: Actor, person_key: str, *, reply_url: str, channel: str) -> Form:
        """Opens a draft bound to what the directory says now.

        Raises Halted, NotFound, Impossible, AlreadyUnderWay, OutOfScope, DirectoryUnreachable.
        """
        return self._open(actor, person_key, reply_url, channel)

    def form_again(self, actor: Actor, request_id: str, by: Channel | None = None) -> Form:
        """The form of a new request that takes this one's place; `by` is chosen in it, or else what this one came by.

        Raises as `form`, and NotAgain.
        """
        self._watch(request_id)
        with self._database.read() as session:
            earlier = again.earlier(session, actor, request_id)
        return self._open(actor, earlier.person_key, "", "", earlier, by=by or Channel(earlier.channel))

    def _open(
        self,
        actor: Actor,
        person_key: str,
        reply_url: str,
        channel: str,
        earlier: RequestRow | None = None,
        *,
        by: Channel | None = None,
    ) -> Form:
        outage_ = self._outage(Channel.CALL if self._rules.calls else Channel.TEXT)
        self._audit.record("person:viewed", actor, person_key=person_key)
        person = self._resettable(person_key, earlier)
        unlocks = person.may_be_locked and earlier is None
        if outage_ is not None and not unlocks:
            raise Halted(outage_)
        ways = channels(person, self._rules) if outage_ is None else ()
        if not ways and not unlocks:
            raise Impossible(person.phone.problem or Cause.NO_MOBILE)
        decision = self._decided(actor, person)
        draft = DraftRow(
            id=secrets.token_hex(16),
            agent_id=actor.id,
            workspace=actor.workspace,
            person_key=person_key,
            fingerprint=fingerprint(self._seals, person),
            created_at=self._clock.now(),
            channel=channel,
            replaces=earlier.id if earlier is not None else "",
        )
        if reply_url:
            draft.reply_sealed = self._seals.seal(json.dumps(reply_url), draft.id, person_key, "reply")
        with self._database.write() as session:
            session.add(draft)
            stopped_texts = stopped(session, self._seals, [person.phone.e164 or ""])
            texts = not stopped_texts and outage(session) is None
        if not ways:
            return self._unlocking(draft, person, decision)
        return replace(
            self._form(draft, person, decision),
            stopped=bool(stopped_texts),
            channels=_first(by or (Channel.TEXT if texts else Channel.CALL), ways),
            again=again.prefilled(earlier, self._rules) if earlier is not None else None,
            unlocks=unlocks,
        )

    def form_unlock(self, actor: Actor, draft_id: str) -> Form:
        """The same draft as a form that only unlocks. Raises as `form`, NotLocked, DraftUsed, DraftExpired."""
        draft = self._draft(actor, draft_id)
        self._not_halted(Channel.UNLOCK)
        person = self._resettable(draft.person_key)
        if not person.may_be_locked or draft.replaces:
            raise NotLocked
        return self._unlocking(draft, person, self._decided(actor, person))

    def _form(self, draft: DraftRow, person: Person, decision: Decision) -> Form:
        return Form(
            draft_id=draft.id,
            person=person,
            minutes=self._rules.minutes,
            abilities=self._directory.abilities,
            reasons=self._rules.reasons,
            checks=self._rules.checks,
            ticket_example=self._rules.ticket_example,
            approvals_needed=decision.approvals,
            approval_facts=tuple(fact.value for fact in decision.facts),
        )

    def _unlocking(self, draft: DraftRow, person: Person, decision: Decision) -> Form:
        """An account that somebody else may be in is not unlocked, so that is no reason here."""
        reasons = tuple(reason for reason in self._rules.reasons if not reason.compromised)
        return replace(self._form(draft, person, decision), channels=(Channel.UNLOCK,), reasons=reasons)

    def submit(self, actor: Actor, draft_id: str, answers: Answers, *, modal_id: str) -> Request:
        """Turns a draft into a request, once. When this returns it is committed and the sending goes on elsewhere.

        Raises NotFound, InvalidForm, DraftUsed, DraftExpired, Halted, AlreadyUnderWay, OutOfScope, Impossible,
        NotAgain, Unavailable.
        """
        draft = self._draft(actor, draft_id)
        channel = answers.channel or Channel.TEXT
        if channel not in set(Channel):
            raise InvalidForm({"channel": _CHOOSE})
        self._not_halted(Channel(channel))
        self._validate(answers)
        person = self._resettable(draft.person_key, self._earlier(actor, draft))
        if channel == Channel.UNLOCK:
            if not person.may_be_locked or draft.replaces:
                raise NotLocked
        elif channel not in channels(person, self._rules):
            raise InvalidForm({"channel": _CHOOSE})
        if not unchanged(self._seals, person, draft.fingerprint):
            raise Unavailable(Cause.FACTS_CHANGED)
        request = self._insert(actor, draft, person, answers, modal_id)
        structlog.get_logger().info("request:created", request_id=request.id, state=request.state.value)
        self._lifecycle.committed()
        if request.state is State.APPROVED:
            self._executor.submit(lambda: self._sender.send(request.id))
        return request

    def _not_halted(self, channel: Channel) -> None:
        """Nobody is to fill in a form in vain."""
        if (halt := self._outage(channel)) is not None:
            raise Halted(halt)

    def _outage(self, channel: Channel) -> Halt | None:
        """What keeps texts from going out, which holds up nothing else. A half-open circuit needs one to find out.

        Raises Halted where managers paused, which holds up everything.
        """
        with self._database.read() as session:
            halt = halted(session, channel)
        if halt is None or halt.trying:
            return None
        if halt.cause in (Cause.PAUSED, Cause.RESTORING):
            raise Halted(halt)
        return halt

    def _decided(self, actor: Actor, person: Person, asked: Asked = Asked()) -> Decision:  # noqa: B008  (frozen)
        """The policy's word. Raises OutOfScope, which is an audit event."""
        decision = self._judge.judge(actor, person, asked)
        if not decision.allowed:
            self._audit.record("agent:out_of_scope", actor, person_key=person.key, rule=decision.rule)
            raise OutOfScope(decision.ask_instead)
        return decision

    def _earlier(self, actor: Actor, draft: DraftRow) -> RequestRow | None:
        if not draft.replaces:
            return None
        self._watch(draft.replaces)
        with self._database.read() as session:
            return again.earlier(session, actor, draft.replaces)

    def _resettable(self, person_key: str, earlier: RequestRow | None = None) -> Person:
        """`earlier`: may be under way, because it is to be replaced."""
        person = self._directory.by_keys([person_key]).get(person_key)
        if person is None:
            raise NotFound("person")
        cause = impossible(person, self._rules)
        if cause is not None:
            raise Impossible(cause)
        with self._database.read() as session:
            running = under_way(session, [person_key]).get(person_key)
        if running is not None and (earlier is None or running.reference != earlier.reference):
            raise AlreadyUnderWay(running)
        return person

    def _draft(self, actor: Actor, draft_id: str) -> DraftRow:
        """A draft belongs to the agent who opened it; anybody else's is not found."""
        with self._database.read() as session:
            draft = session.get(DraftRow, draft_id)
        if draft is None or (draft.agent_id, draft.workspace) != (actor.id, actor.workspace):
            raise NotFound("draft")
        if draft.request_id:
            raise DraftUsed(draft.request_id)
        if self._clock.now() - draft.created_at > DRAFT_LIFE:
            raise DraftExpired
        return draft

    def _validate(self, answers: Answers) -> None:
        wrong: dict[str, str] = {}
        reason = self._rules.reason(answers.reason)
        if reason is None:
            wrong["reason"] = "Choose why the reset is needed."
        if self._rules.check(answers.check) is None:
            wrong["check"] = "Choose how you checked who is calling."
        if answers.ticket and not self._rules.ticket_fits(answers.ticket):
            example = f", like {self._rules.ticket_example}" if self._rules.ticket_example else ""
            wrong["ticket"] = f"This does not look like a ticket number{example}."
        if reason is not None and reason.needs_note and not answers.note.strip():
            wrong["note"] = f"Write a few words: the reason is “{reason.text}”."
        if reason is not None and reason.compromised and answers.channel == Channel.UNLOCK:
            wrong["reason"] = "Unlocking lets in whoever knows the password: set a temporary one instead."
        if wrong:
            raise InvalidForm(wrong)

    def _insert(self, actor: Actor, draft: DraftRow, person: Person, answers: Answers, modal_id: str) -> Request:
        reason, check = self._rules.reason(answers.reason), self._rules.check(answers.check)
        if reason is None or check is None:
            raise ValueError("validated before")
        decision = self._decided(actor, person, Asked(check.checked, reason.compromised))
        for _ in range(_CLASHES):
            row = self._row(actor, draft, person, answers, modal_id)
            self._apply(row, decision)
            try:
                with self._database.write() as session:
                    earlier = again.locked(session, draft.replaces) if draft.replaces else None
                    consumed = session.scalar(
                        update(DraftRow)
                        .where(DraftRow.id == draft.id, DraftRow.request_id == "")
                        .values(request_id=row.id, reply_sealed=None)
                        .returning(DraftRow.id)
                    )
                    if consumed is None:
                        raise DraftUsed(session.get_one(DraftRow, draft.id).request_id)
                    row.replaces = earlier.reference if earlier is not None else ""
                    self._lifecycle.begin(
                        session,
                        row,
                        actor,
                        "request:created",
                        instead_of=(earlier, again.replaced(earlier, row.reference)) if earlier is not None else None,
                        **({"replaces": row.replaces} if row.replaces else {}),
                        reason=answers.reason,
                        check=answers.check,
                        channel=row.channel,
                        ticket=row.ticket,
                        note=row.note,
                        approvals_needed=row.approvals_needed,
                        facts=row.facts,
                    )
                    return snapshot(row)
            except IntegrityError:
                self._raise_if_under_way(person.key)
        raise Unavailable(Cause.INTERNAL)

    def _raise_if_under_way(self, person_key: str) -> None:
        """The insert clashed: with a live request of this person, or with a reference (then it is drawn again)."""
        with self._database.read() as session:
            running = under_way(session, [person_key]).get(person_key)
        if running is not None:
            raise AlreadyUnderWay(running)

    def _row(self, actor: Actor, draft: DraftRow, person: Person, answers: Answers, modal_id: str) -> RequestRow:
        now = self._clock.now()
        reason, check = self._rules.reason(answers.reason), self._rules.check(answers.check)
        if reason is None or check is None:
            raise ValueError("validated before")
        row = RequestRow(
            id=secrets.token_hex(16),
            reference=new_reference(),
            state=State.APPROVED,
            person_key=person.key,
            person_name=person.name[:400],
            person_email=person.email[:400],
            person_role=person.role[:100],
            phone_tail="" if answers.channel == Channel.UNLOCK else person.phone.tail,
            fingerprint=draft.fingerprint,
            agent_id=actor.id,
            workspace=actor.workspace,
            agent_name=actor.name[:200],
            agent_zone=actor.zone[:60],
            agent_groups=json.dumps(actor.groups),
            agent_email=actor.email[:400],
            reason_text=reason.text[:200],
            compromised=reason.compromised,
            check_text=check.text[:200],
            checked=check.checked,
            ticket=answers.ticket[:60],
            ticket_url=self._rules.ticket_link(answers.ticket)[:500],
            note=answers.note.strip(),
            created_at=now,
            send_by=now + self._rules.send_within,
            trace=str(structlog.contextvars.get_contextvars().get("trace", ""))[:20],
            modal_id=modal_id,
            modal_from=now + MODAL_GRACE,
            origin_channel=draft.channel,
            channel=answers.channel or Channel.TEXT,
        )
        if draft.reply_sealed is not None:
            url = self._seals.open(draft.reply_sealed, draft.id, person.key, "reply")
            row.reply_sealed = self._seals.seal(json.loads(url), row.id, person.key, "reply")
            row.reply_until = draft.created_at + REPLY_LIFE
        return row

    def _apply(self, row: RequestRow, decision: Decision) -> None:
        """What the policy asks for; without managers to wait for it goes out at once."""
        row.facts = json.dumps([fact.value for fact in decision.facts])
        row.approvals_needed = decision.approvals
        if decision.approvals:
            row.state = State.AWAITING_APPROVAL
            row.decide_by = row.created_at + self._rules.decide_within
            row.remind_at = row.created_at + self._rules.remind_after

    # --- looking ---------------------------------------------------------------------------------

    def show(self, actor: Actor, request_id: str) -> Request:
        """Raises NotFound. Any agent may see any request: the desk works as one, and the audit knows who looked."""
        request = self._lifecycle.get(request_id)
        if request.agent.workspace != actor.workspace:
            raise NotFound("request")
        self._viewed(actor, request)
        return request

    def _viewed(self, actor: Actor, request: Request) -> None:
        if actor.id != request.agent.id:
            with self._database.write() as session:
                self._audit.append(
                    session, "request:viewed", actor, request_id=request.id, person_key=request.person_key
                )

    def status(self, actor: Actor, reference: str) -> tuple[Request, tuple[HistoryLine, ...]]:
        """By `R-7F3K`, any case, with or without `R-`. Raises NotFound."""
        wanted = reference.strip().upper()
        wanted = wanted if wanted.startswith("R-") else f"R-{wanted}"
        with self._database.read() as session:
            row = session.scalars(
                select(RequestRow).where(RequestRow.reference == wanted, RequestRow.workspace == actor.workspace)
            ).one_or_none()
            if row is None:
                raise NotFound("request")
            request, history = snapshot(row), self._audit.history(session, row.id)
        self._viewed(actor, request)
        return request, history

    def mine(self, actor: Actor, *, limit: int = 10) -> tuple[Request, ...]:
        """My open requests, newest first."""
        with self._database.read() as session:
            rows = session.scalars(
                select(RequestRow)
                .where(
                    RequestRow.agent_id == actor.id,
                    RequestRow.workspace == actor.workspace,
                    RequestRow.state.in_(sorted(LIVE)),
                )
                .order_by(RequestRow.created_at.desc())
                .limit(limit)
            )
            return tuple(snapshot(row) for row in rows)

    # --- being told ------------------------------------------------------------------------------

    def modal_closed(self, request_id: str, modal_id: str) -> None:
        """From now on this agent is told by direct message. Another modal that shows the same changes nothing."""
        try:
            with self._database.write() as session:
                row = lock(session, request_id)
                if row.modal_id == modal_id:
                    row.modal_id = ""
        except NotFound:
            return

    def refused(self, user_id: str, workspace: str, what: str) -> None:
        """Somebody who is no agent tried: an audit event, without their words in it."""
        self._audit.record("agent:refused", Actor(user_id, workspace, ""), what=what[:60])


def _first(wanted: Channel, offered: tuple[Channel, ...]) -> tuple[Channel, ...]:
    return tuple(sorted(offered, key=lambda channel: channel is not wanted))
