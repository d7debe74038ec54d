"""After the text: "they are in", and "solved" where one never arrived."""

from __future__ import annotations

from handlers.bind import Modal
from handlers.edge import Edge
from handlers.payload import Click
from handlers.undo import reader
from handlers.views.outcome import outcome_screen
from services.model import Actor


def said_in(edge: Edge, agent: Actor, click: Click) -> Modal:
    """The modal says what became of it, also where a sign-in or an end was faster."""
    request = edge.checkins.said_in(agent, click.value)
    return Modal(outcome_screen(request, edge.rules, reader(edge, agent, request)))


def solved(edge: Edge, actor: Actor, click: Click) -> None:
    """The message in the channel answers: it says by whom, and the button goes."""
    edge.checkins.resolve(actor, click.value)
