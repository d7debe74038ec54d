"""Deciding: a manager's yes, no and question; the agent's answer and cancelling; what waits, and the lockdown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from handlers.approval_words import NAME
from handlers.attempt import Instead
from handlers.bind import ClickAnswer, Errors, Modal, SubmissionAnswer
from handlers.edge import Edge
from handlers.ids import Block
from handlers.payload import Click, Command, Submission
from handlers.refusals import NO_QUESTION, NO_REQUEST, NOT_YOURS, VOTES_VOID
from handlers.sentences import Words
from handlers.views import kit
from handlers.views.decide import ask_screen, decline_screen, done_screen, reply_screen
from handlers.views.desk import (
    lockdown_message,
    pause_usage_message,
    paused_message,
    resumed_message,
    usage_message,
    waiting_message,
)
from handlers.views.outcome import outcome_screen
from handlers.views.undo import Reader
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
from services.model import Actor, Cause, Request, State

LONGEST_PAUSE = 1440
"""Minutes."""

# --- a manager decides ----------------------------------------------------------------------------


def approve(edge: Edge, manager: Actor, click: Click) -> ClickAnswer:
    """The thread answers: "Maya approved 14:44", and the buttons go."""
    _approve(edge, manager, click)
    return None


def approve_listed(edge: Edge, manager: Actor, click: Click) -> ClickAnswer:
    """In the list of `waiting` there is no thread to see, so the list says it."""
    request = _approve(edge, manager, click)
    last = request.state is not State.AWAITING_APPROVAL
    to = request.phone_tail or "the number on record"
    now = "as soon as texts go out again" if request.held else "now"
    then = f"the text to {to} goes out {now}." if last else "one more yes is needed."
    done = f"You approved {request.reference}: {then}"
    return waiting_message(edge.approvals.waiting(manager), done=done)


def decline_form(edge: Edge, manager: Actor, click: Click) -> ClickAnswer:
    with _managers_words():
        return Modal(decline_screen(_decidable(edge, manager, click.value)))


def decline(edge: Edge, manager: Actor, sent: Submission) -> SubmissionAnswer:
    try:
        with _managers_words():
            request = edge.approvals.decline(manager, sent.metadata, sent.values.get(Block.WHY, ""))
    except InvalidForm as invalid:
        return Errors({Block.WHY: invalid.fields.get("why", "Say why.")})
    agent = kit.clip(request.agent.name, NAME)
    return _done("Declined", f"You declined {request.reference}; nothing was sent.", f"{agent} is told why.")


def ask_form(edge: Edge, manager: Actor, click: Click) -> ClickAnswer:
    with _managers_words():
        request = edge.resets.show(manager, click.value)
        _still_waits(edge, request)
        return Modal(ask_screen(request))


def ask(edge: Edge, manager: Actor, sent: Submission) -> SubmissionAnswer:
    try:
        with _managers_words():
            edge.approvals.ask(manager, sent.metadata, sent.values.get(Block.QUESTION, ""))
    except InvalidForm as invalid:
        return Errors({Block.QUESTION: invalid.fields.get("question", "Write your question.")})
    return _done("Asked", "Your question is on its way to the agent.", "The answer comes into the thread.")


def waiting(edge: Edge, manager: Actor, _command: Command) -> kit.Message:
    return waiting_message(edge.approvals.waiting(manager))


def lockdown(edge: Edge, manager: Actor, command: Command) -> kit.Message:
    word = command.text.casefold().split()[-1]
    if word not in ("on", "off"):
        return usage_message()
    on = word == "on"
    return lockdown_message(on, changed=edge.approvals.lockdown(manager, on))


def pause(edge: Edge, manager: Actor, command: Command) -> kit.Message:
    """`pause on`, `pause on 30`, `pause off`."""
    word, minutes = (*command.text.casefold().split()[1:], "", "")[:2]
    if word == "off":
        return resumed_message(changed=edge.approvals.resume(manager))
    if word != "on" or (minutes and not 0 < int(minutes) <= LONGEST_PAUSE):
        return pause_usage_message()
    return paused_message(edge.approvals.pause(manager, int(minutes) if minutes else None), manager.zone)


# --- the agent meanwhile --------------------------------------------------------------------------


def cancel(edge: Edge, agent: Actor, click: Click) -> Modal:
    try:
        request = edge.approvals.cancel(agent, click.value)
    except NotAllowed as error:
        raise Instead(NOT_YOURS, error) from None
    return Modal(outcome_screen(request, edge.rules, Reader(abilities=edge.abilities())))


def reply_form(edge: Edge, agent: Actor, click: Click) -> Modal:
    with _agents_words():
        remark_id = _number(click.value)
        return Modal(reply_screen(remark_id, edge.approvals.question(agent, remark_id)))


def reply(edge: Edge, agent: Actor, sent: Submission) -> SubmissionAnswer:
    try:
        with _agents_words():
            edge.approvals.answer(agent, _number(sent.metadata), sent.values.get(Block.ANSWER, ""))
    except InvalidForm as invalid:
        return Errors({Block.ANSWER: invalid.fields.get("answer", "Write your answer.")})
    return _done("Answered", "Your answer is in the managers' thread.", "I will message you when they decide.")


# --- wrong presses --------------------------------------------------------------------------------


def _approve(edge: Edge, manager: Actor, click: Click) -> Request:
    with _managers_words():
        return edge.approvals.approve(manager, click.value)


def _decidable(edge: Edge, manager: Actor, request_id: str) -> Request:
    """So that nobody writes a sentence in vain; the service looks again when it is sent."""
    request = edge.resets.show(manager, request_id)
    for vote in edge.approvals.votes(request_id):
        if vote.manager_id == manager.id:
            raise AlreadyVoted(vote)
    _still_waits(edge, request)
    if request.agent.id == manager.id:
        raise OwnRequest
    if manager.email and manager.email.casefold() == request.person_email.casefold():
        raise OwnAccount
    return request


def _still_waits(edge: Edge, request: Request) -> None:
    over = request.decide_by is not None and request.decide_by <= edge.clock.now()
    if over or request.state is not State.AWAITING_APPROVAL:
        raise AlreadyDecided(request, edge.approvals.votes(request.id))


@contextmanager
def _managers_words() -> Iterator[None]:
    """What services say to agents, as a manager has to hear it."""
    try:
        yield
    except NotFound as error:
        raise Instead(NO_REQUEST, error) from None
    except Unavailable as error:
        if error.cause is not Cause.FACTS_CHANGED:
            raise
        raise Instead(VOTES_VOID, error) from None


@contextmanager
def _agents_words() -> Iterator[None]:
    try:
        yield
    except NotFound as error:
        raise Instead(NO_QUESTION, error) from None


def _number(value: str) -> int:
    """A question's number; one that is not ours is no question."""
    if not (value.isascii() and value.isdigit() and len(value) < 18):  # noqa: PLR2004  (fits every database)
        raise NotFound("question")
    return int(value)


def _done(title: str, happened: str, after: str) -> Modal:
    return Modal(done_screen(Words(title, happened, next=after)))
