"""Shows a request's present state in Slack: the answering side of the outbox.

Cards and what hangs under them go to channels, the rest to the agent; what managers see is in
`handlers/announce_approvals.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import TypeVar

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient, WebhookResponse

from handlers.announce_approvals import ApprovalThreads, Members, NoMembers
from handlers.post import FAULTS, SOON, Post, body, code, seconds, verdict
from handlers.views import kit
from handlers.views.card import card, history
from handlers.views.message import outcome_message
from handlers.views.outcome import outcome_screen
from handlers.views.undo import Reader, plain
from services.errors import Later, Undeliverable
from services.model import Abilities, Kind, MessageRef, Notice, Request, Task
from services.policy import Rules
from services.ports import Clock

T = TypeVar("T")
PATIENCE = 5
"""Seconds for one answer at a response_url."""
_MODAL_GONE = frozenset({"not_found", "view_not_found"})
STALE = timedelta(minutes=15)
"""A new ephemeral message reaches only who is there: so long after the request a direct message is better."""


class SlackAnnouncer:
    """Implements `services.ports.Announcer`. `client` comes configured (time-out, retries, proxy).

    `managers` tells who they are now, `manager_ids` how the settings name them: that is whom a thread mentions.
    """

    def __init__(
        self,
        client: WebClient,
        rules: Rules,
        audit_channel: str,
        clock: Clock,
        *,
        approval_channel: str = "",
        managers: Members | None = None,
        manager_ids: tuple[str, ...] = (),
        abilities: Callable[[], Abilities] = plain,
    ) -> None:
        self._client = client
        self._post = Post(client)
        self._rules = rules
        self._clock = clock
        self._audit_channel = audit_channel
        self._abilities = abilities
        self._approvals = ApprovalThreads(
            client,
            rules,
            channel=approval_channel or audit_channel,
            managers=managers or NoMembers(),
            manager_ids=manager_ids,
            abilities=abilities,
        )

    def deliver(self, task: Task) -> MessageRef | None:
        return _attempt(lambda: self._deliver(task))

    def notice(self, notice: Notice) -> None:
        _attempt(lambda: self._approvals.notice(notice))

    def _deliver(self, task: Task) -> MessageRef | None:
        match task.kind:
            case Kind.CARD:
                return self._post.put(card(task.request, task.votes), task.ref, self._audit_channel)
            case Kind.HISTORY:
                return self._history(task)
            case Kind.MODAL:
                self._modal(task.request)
            case Kind.CONFIRM:
                self._confirm(task)
            case Kind.DIRECT:
                return self._direct(task.request, task.ref)
            case Kind.NEWS:
                return self._direct(task.request, None)
            case _:
                return self._approvals.deliver(task)
        return None

    def _history(self, task: Task) -> MessageRef:
        if task.ref is None:
            raise Undeliverable("no_card")
        return self._post.new(history(task.request, task.history), task.ref.channel, task.ref.ts)

    # --- the agent's own screens -----------------------------------------------------------------

    def _agent(self) -> Reader:
        return Reader(abilities=self._abilities())

    def _direct(self, request: Request, ref: MessageRef | None) -> MessageRef:
        message = outcome_message(request, self._rules, self._agent())
        if ref is not None:
            return self._post.put(message, ref, ref.channel)
        return self._post.direct(message, request.agent.id)

    def _modal(self, request: Request) -> None:
        if not request.modal_id:
            raise Undeliverable("modal_gone")
        try:
            view = outcome_screen(request, self._rules, self._agent())
            self._client.views_update(view_id=request.modal_id, view=view)
        except SlackApiError as error:
            raise Undeliverable("modal_gone") if code(error) in _MODAL_GONE else error from None

    def _confirm(self, task: Task) -> None:
        """The results become the confirmation; where they are out of reach, a new message only they see."""
        request = task.request
        message = outcome_message(request, self._rules, self._agent())
        if task.reply_url and self._replied(task.reply_url, message):
            return
        if request.origin_channel:
            if self._clock.now() - request.created_at > STALE:
                raise Undeliverable("too_late")
            self._client.chat_postEphemeral(channel=request.origin_channel, user=request.agent.id, **body(message))
        elif not request.modal_id:
            raise Undeliverable("no_channel")

    def _replied(self, reply_url: str, message: kit.Message) -> bool:
        """False where the URL is used up or too old."""
        webhook = WebhookClient(
            reply_url, timeout=PATIENCE, ssl=self._client.ssl, proxy=self._client.proxy, retry_handlers=[]
        )
        answer = webhook.send(
            text=message.text, blocks=message.blocks, response_type="ephemeral", replace_original=True
        )
        if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            raise Later(seconds(answer.headers), "ratelimited")
        if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Later(SOON, str(answer.status_code))
        return answer.status_code == HTTPStatus.OK and not _says_no(answer)


def _attempt(call: Callable[[], T]) -> T:
    """Raises Later or Undeliverable for all that Slack and the way there may do."""
    try:
        return call()
    except SlackApiError as error:
        raise verdict(error) from None
    except FAULTS as fault:
        raise Later(SOON, type(fault).__name__) from None


def _says_no(answer: WebhookResponse) -> bool:
    try:
        said = json.loads(answer.body)
    except ValueError:
        return False  # a plain "ok"
    return isinstance(said, dict) and said.get("ok") is False
