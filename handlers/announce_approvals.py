"""What managers see: the card and thread of a request that waits for them, and who of them is told how.

Only the message itself may fail: a mention or a direct message that cannot be had is logged, or every failure
would post the whole anew.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from handlers import halt_words
from handlers.post import FAULTS, Post, code
from handlers.views import kit
from handlers.views.approval import approval_message, reminder_message, summoning_message
from handlers.views.card import card
from handlers.views.desk import daily_message
from handlers.views.thread import (
    question_message,
    remark_message,
    switched_message,
    turn_message,
    unresolved_message,
    vote_message,
)
from services.errors import Undeliverable
from services.model import Abilities, Kind, MessageRef, Notice, Request, State, Task
from services.policy import Rules

PAGE = 200
PAGES = 25


class Members(Protocol):
    """All who are managers now; `handlers.people.Staff` is one."""

    def members(self) -> frozenset[str]: ...


class NoMembers:
    def members(self) -> frozenset[str]:
        return frozenset()


class ApprovalThreads:
    def __init__(
        self,
        client: WebClient,
        rules: Rules,
        *,
        channel: str,
        managers: Members,
        manager_ids: tuple[str, ...],
        abilities: Callable[[], Abilities],
    ) -> None:
        self._client = client
        self._post = Post(client)
        self._rules = rules
        self._channel = channel
        self._managers = managers
        self._manager_ids = manager_ids
        self._abilities = abilities

    def deliver(self, task: Task) -> MessageRef | None:
        render = {
            Kind.APPROVAL_CARD: self._card,
            Kind.APPROVAL: self._approval,
            Kind.VOTE: self._vote,
            Kind.REMINDER: self._reminder,
            Kind.QUESTION: self._remark,
            Kind.ANSWER: self._remark,
            Kind.OUTCOME: self._turn,
            Kind.UNRESOLVED: self._unresolved,
        }.get(task.kind)
        if render is None:
            raise Undeliverable("unknown_kind")
        return render(task)

    def notice(self, notice: Notice) -> None:
        if notice.kind is Kind.SWITCHED:
            self._post.new(switched_message(notice.on, notice.by_name), self._channel)
        elif notice.halt is not None:
            self._post.new(halt_words.notice(notice.halt, self._rules.zone, on=notice.on), self._channel)
        elif notice.report is not None:
            self._post.new(daily_message(notice.report), self._channel)

    # --- the thread ------------------------------------------------------------------------------

    def _reply(self, task: Task, message: kit.Message) -> MessageRef:
        """Without a card (it could not be posted) it stands alone: a decision matters more than tidiness."""
        if task.root is None:
            return self._post.new(message, self._channel)
        return self._post.new(message, task.root.channel, task.root.ts)

    def _card(self, task: Task) -> MessageRef:
        return self._post.put(card(task.request, task.votes), task.ref, self._channel)

    def _turn(self, task: Task) -> MessageRef:
        return self._reply(task, turn_message(task.request, task.subject, self._rules))

    def _approval(self, task: Task) -> MessageRef:
        message = approval_message(task.request, task.votes, self._manager_ids, self._rules, self._abilities())
        if task.ref is None:
            posted = self._reply(task, message)
            if task.request.state is State.AWAITING_APPROVAL:
                self._summon(task.request, posted)
            return posted
        thread = task.root.ts if task.root else None
        return self._post.put(message, task.ref, task.ref.channel, thread)

    def _vote(self, task: Task) -> MessageRef:
        vote = next((one for one in task.votes if one.manager_id == task.subject), None)
        if vote is None:
            raise Undeliverable("no_vote")
        return self._reply(task, vote_message(task.request, vote))

    def _reminder(self, task: Task) -> MessageRef | None:
        request = task.request
        if request.state is not State.AWAITING_APPROVAL:
            return None  # decided meanwhile: nobody is to be called to it
        waited = int(task.subject) // 60 if task.subject.isdecimal() else 0
        return self._reply(task, reminder_message(request, self._still(task), waited))

    def _remark(self, task: Task) -> MessageRef:
        if task.remark is None:
            raise Undeliverable("no_remark")
        if task.kind is Kind.QUESTION:
            return self._post.direct(question_message(task.request, task.remark), task.request.agent.id)
        return self._reply(task, remark_message(task.request, task.remark, task.remark.asker_id))

    def _unresolved(self, task: Task) -> MessageRef:
        """In the thread of a card of this channel, where only a mention is noticed; else by itself."""
        root = task.root if task.root is not None and task.root.channel == self._channel else None
        message = unresolved_message(task.request, self._rules, self._manager_ids if root else ())
        return self._post.put(message, task.ref, self._channel, root.ts if root else None)

    # --- who is told -----------------------------------------------------------------------------

    def _still(self, task: Task) -> tuple[str, ...]:
        """Those who may still vote; as they are named in the settings where there are many or it is not known."""
        managers = self._now()
        if managers is None:
            return self._manager_ids
        voted = {vote.manager_id for vote in task.votes}
        still = sorted(managers - voted - {task.request.agent.id})
        return tuple(still) if len(still) <= kit.MENTIONS else self._manager_ids

    def _summon(self, request: Request, posted: MessageRef) -> None:
        """A mention in a private channel does not reach who is not in it."""
        managers, here = self._now(), self._in_channel(posted.channel)
        if not managers or here is None:
            return
        away = sorted(managers - here - {request.agent.id})
        if not away:
            return
        try:
            link = self._client.chat_getPermalink(channel=posted.channel, message_ts=posted.ts).get("permalink")
        except FAULTS as fault:
            _log("link to the approval", fault)
            return
        message = summoning_message(request, str(link or ""))
        for manager in away[: kit.MENTIONS]:
            try:
                self._post.direct(message, manager)
            except SlackApiError as error:  # this one cannot be told; the next may
                _log("telling a manager", error)
            except FAULTS as fault:  # no network: it would only take long for the others too
                _log("telling a manager", fault)
                return

    def _now(self) -> frozenset[str] | None:
        try:
            return self._managers.members()
        except (*FAULTS, ValueError) as fault:
            _log("managers", fault)
            return None

    def _in_channel(self, channel: str) -> frozenset[str] | None:
        """None where Slack does not say, for example without the scope."""
        found: set[str] = set()
        cursor = ""
        try:
            for _ in range(PAGES):
                answer = self._client.conversations_members(channel=channel, limit=PAGE, cursor=cursor or None)
                found.update(answer.get("members") or ())
                cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
                if not cursor:
                    return frozenset(found)
        except FAULTS as fault:
            _log("members of the approval channel", fault)
        return None


def _log(doing: str, fault: BaseException) -> None:
    why = code(fault) if isinstance(fault, SlackApiError) else ""
    structlog.get_logger().warning("approval not told to all", what=doing, code=why or type(fault).__name__)
