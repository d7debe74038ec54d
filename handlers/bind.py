"""How Slack is answered; no other module knows.

A *command* answers in its ack. A *click* acks empty and answers by its own response_url, or opens or updates a
modal. A *submission* acks with a response_action. With `process_before_response` the ack leaves when the
listener returns, and a listener that raises loses its ack: so `guard` is around every one.

Work is `work(edge, actor, event) -> answer`: it meets neither Bolt nor a payload, and no work is reached before
the person was found to be an agent, or where the route says so a manager (handlers/authority.py).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import structlog
from slack_bolt import Ack, Respond
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from handlers import payload
from handlers.attempt import Work, attempt, log_fault, name
from handlers.authority import AGENTS, Authority
from handlers.edge import Edge
from handlers.ids import Screen
from handlers.payload import Click, Command, ShortCut, Submission
from handlers.refusals import TOO_SLOW
from handlers.sentences import Words
from handlers.views import kit
from handlers.views.message import words_message
from handlers.views.outcome import refusal_screen
from handlers.views.results import page_value

Body = dict[str, Any]
_ANSWERED = frozenset({"hash_conflict", "not_found", "view_not_found", "exchanged_trigger_id", "trigger_exchanged"})
"""The view changed or was closed since the click, or Slack sent the click twice: there is something newer to see."""
_SEARCHERS = frozenset({Screen.SEARCH, Screen.FORM, Screen.OUTCOME, Screen.REFUSAL})
"""Modals of the agent's path, from which there is a way back to the search."""


@dataclass(frozen=True)
class Modal:
    view: kit.Json


@dataclass(frozen=True)
class Errors:
    """Sentences at the inputs of a form, by block id."""

    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Closed:
    """The modal goes, and all below it."""


ClickAnswer = kit.Message | Modal | None
SubmissionAnswer = Modal | Errors | Closed
Listener = Callable[..., None]
Choose = Callable[[Command], tuple[Authority, Work[Command, kit.Message]]]


def guard(listener: Listener) -> Listener:
    """No listener may raise. Bolt injects arguments by name and looks through `wraps`, so they stay as they are."""

    @functools.wraps(listener)
    def guarded(**given: Any) -> None:  # noqa: ANN401  (whatever Bolt injects)
        try:
            listener(**given)
        except Exception as fault:  # noqa: BLE001  (the last line before Bolt)
            log_fault(fault, name(listener))
            ack = given.get("ack")
            if isinstance(ack, Ack) and ack.response is None:
                ack()

    return guarded


# --- the three shapes -----------------------------------------------------------------------------


def command(edge: Edge, choose: Choose) -> Listener:
    """`choose`: whose a command is, and what does it, depends on its words."""

    def listener(ack: Ack, body: Body) -> None:
        event = payload.command(body)
        by, work = choose(event)
        answer = attempt(edge, work, event, body, by)
        ack(**_ephemeral(words_message(answer) if isinstance(answer, Words) else answer))

    return guard(_named(listener, choose))


def click(edge: Edge, work: Work[Click, ClickAnswer], by: Authority = AGENTS) -> Listener:
    def listener(ack: Ack, body: Body, client: WebClient, respond: Respond) -> None:
        ack()
        event = payload.click(body)
        match attempt(edge, work, event, body, by):
            case kit.Message() as message:
                _say(respond, message, replace=True)
            case Modal(view):
                _show(client, respond, event, view, TOO_SLOW)
            case Words() as words:
                _show(client, respond, event, refusal_screen(words, back=_back(event)), words)

    return guard(_named(listener, work))


def submission(edge: Edge, work: Work[Submission, SubmissionAnswer], by: Authority = AGENTS) -> Listener:
    def listener(ack: Ack, body: Body) -> None:
        event = payload.submission(body)
        match attempt(edge, work, event, body, by):
            case Modal(view):
                ack(response_action="update", view=view)
            case Errors(fields):
                ack(response_action="errors", errors=dict(fields))
            case Closed():
                ack(response_action="clear")
            case Words() as words:
                ack(response_action="update", view=refusal_screen(words, back=_back(event)))

    return guard(_named(listener, work))


def short_cut(edge: Edge, work: Work[ShortCut, Modal]) -> Listener:
    def listener(ack: Ack, body: Body, client: WebClient, respond: Respond) -> None:
        ack()
        event = payload.short_cut(body)
        match attempt(edge, work, event, body, AGENTS):
            case Modal(view):
                _show(client, respond, event, view, TOO_SLOW)
            case Words() as words:
                _show(client, respond, event, refusal_screen(words), words)

    return guard(_named(listener, work))


def closed(edge: Edge, work: Callable[[Edge, Submission], None]) -> Listener:
    """A modal was closed: no act, so nobody is asked who they are, and there is nothing to answer."""

    def listener(ack: Ack, body: Body) -> None:
        ack()
        work(edge, payload.submission(body))

    return guard(_named(listener, work))


# --- answers --------------------------------------------------------------------------------------


def _ephemeral(message: kit.Message) -> Body:
    return {"text": message.text, "blocks": message.blocks, "response_type": "ephemeral"}


def _say(respond: Respond, message: kit.Message, *, replace: bool) -> None:
    answer = respond(**_ephemeral(message), replace_original=replace)
    if answer.status_code != HTTPStatus.OK:
        structlog.get_logger().warning("response_url refused", code=str(answer.status_code))


def _show(client: WebClient, respond: Respond, event: Click | ShortCut, view: kit.Json, else_say: Words) -> None:
    """A modal is seen in threads too, where an ephemeral may not be; without one the response_url is left."""
    try:
        if not event.view_id:
            client.views_open(trigger_id=event.trigger_id, view=view)
        else:
            client.views_update(view_id=event.view_id, hash=event.view_hash or None, view=view)
    except (SlackApiError, OSError) as fault:
        if isinstance(fault, SlackApiError) and fault.response.get("error") in _ANSWERED:
            return
        log_fault(fault, "modal", event)
        if event.response_url:
            _say(respond, words_message(else_say), replace=False)


def _back(event: Click | Submission) -> str | None:
    """Where a refusal takes a search's place, the way back leads to the same search."""
    if event.screen not in _SEARCHERS:
        return None
    return page_value(event.typed, 0) if isinstance(event, Click) else page_value("", 0)


def _named(listener: Listener, work: Callable[..., object]) -> Listener:
    listener.__name__ = name(work)
    return listener
