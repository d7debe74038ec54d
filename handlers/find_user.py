"""Finding people: the command, paging and searching in place, the message short cut."""

from __future__ import annotations

from handlers.bind import ClickAnswer, Modal
from handlers.edge import Edge
from handlers.payload import Click, Command, ShortCut, Submission
from handlers.views import kit
from handlers.views.results import QUERY, read_page, results_message, search_screen
from services.model import Actor

_NO_ADDRESS = "There is no e-mail address in that message. Search by name or e-mail instead."
_THIS_ADDRESS = "From the message: {email}"


def command(edge: Edge, actor: Actor, command: Command) -> kit.Message:
    if command.text:
        return results_message(edge.finder.find(actor, command.text[:QUERY]), actor)
    return results_message(edge.finder.find(actor, ""), actor, mine=edge.resets.mine(actor))


def search(edge: Edge, actor: Actor, click: Click) -> ClickAnswer:
    """The Search button or the Enter key, in the message."""
    return _results(edge, actor, click, click.typed, 0)


def page(edge: Edge, actor: Actor, click: Click) -> ClickAnswer:
    query, offset = read_page(click.value)
    return _results(edge, actor, click, query, offset)


def search_in_modal(edge: Edge, actor: Actor, sent: Submission) -> Modal:
    typed = next(iter(sent.values.values()), "")
    return Modal(search_screen(edge.finder.find(actor, typed[:QUERY]), actor))


def from_message(edge: Edge, actor: Actor, short_cut: ShortCut) -> Modal:
    hint = _THIS_ADDRESS.format(email=short_cut.email) if short_cut.email else _NO_ADDRESS
    return Modal(search_screen(edge.finder.find(actor, short_cut.email[:QUERY]), actor, hint=hint))


def _results(edge: Edge, actor: Actor, click: Click, query: str, offset: int) -> ClickAnswer:
    found = edge.finder.find(actor, query[:QUERY], offset)
    return Modal(search_screen(found, actor)) if click.in_modal else results_message(found, actor)
