"""Taking a reset back, closing an account, and sending again: what that does was said before the click."""

from __future__ import annotations

from collections.abc import Callable

from handlers.attempt import Instead
from handlers.authority import is_agent, is_manager, manages
from handlers.bind import Modal
from handlers.edge import Edge
from handlers.ids import Screen
from handlers.payload import Click
from handlers.refusals import NO_REQUEST
from handlers.reset_user import leave
from handlers.sentences import Words
from handlers.undo_words import CLOSE_NOT_YOURS, UNDO_NOT_YOURS
from handlers.views.decide import done_screen
from handlers.views.outcome import outcome_screen
from handlers.views.reset_form import form_screen
from handlers.views.undo import Reader
from handlers.words import state_words
from services.errors import NotAllowed, NotFound
from services.model import Actor, Channel, Request


def again(edge: Edge, agent: Actor, click: Click) -> Modal:
    """The form anew, for the same person: the earlier reset goes on until it is sent."""
    return _form_again(edge, agent, click)


def call(edge: Edge, agent: Actor, click: Click) -> Modal:
    """The same, with "Call and read it out" chosen."""
    return _form_again(edge, agent, click, Channel.CALL)


def _form_again(edge: Edge, agent: Actor, click: Click, by: Channel | None = None) -> Modal:
    leave(edge, click)
    try:
        return Modal(form_screen(edge.resets.form_again(agent, click.value, by)))
    except NotFound as error:
        raise Instead(NO_REQUEST, error) from None


def withdraw(edge: Edge, actor: Actor, click: Click) -> Modal:
    act = edge.undo.withdraw
    return _shown(edge, actor, click, _as_who_may(edge, actor, click, act, UNDO_NOT_YOURS))


def close(edge: Edge, actor: Actor, click: Click) -> Modal:
    return _shown(edge, actor, click, _as_who_may(edge, actor, click, edge.undo.close, CLOSE_NOT_YOURS))


def reader(edge: Edge, actor: Actor, request: Request) -> Reader:
    """For what they are shown; what they do is asked anew."""
    own = actor.id == request.agent.id
    return Reader(
        agent=own or is_agent(edge, actor),
        own=own,
        manager=is_manager(edge, actor),
        abilities=edge.abilities(),
    )


def _as_who_may(edge: Edge, actor: Actor, click: Click, act: Callable[..., Request], not_theirs: Words) -> Request:
    """As whoever asked for it; who did not is asked about as a manager, anew."""
    try:
        return act(actor, click.value)
    except NotFound as error:
        raise Instead(NO_REQUEST, error) from None
    except NotAllowed as error:
        if not manages(edge, actor):
            raise Instead(not_theirs, error) from None
    return act(actor, click.value, manager=True)


def _shown(edge: Edge, actor: Actor, click: Click, request: Request) -> Modal:
    """In the modal that follows it, its outcome; elsewhere what was done, and the message shows it by itself."""
    if click.screen == Screen.OUTCOME:
        return Modal(outcome_screen(request, edge.rules, reader(edge, actor, request)))
    return Modal(done_screen(state_words(request, edge.rules)))
