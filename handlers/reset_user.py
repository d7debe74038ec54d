"""Resetting: from the lock button through the form to the outcome, all in one modal."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from handlers.bind import Closed, Errors, Modal, SubmissionAnswer
from handlers.edge import Edge
from handlers.halt_words import at_the_form
from handlers.ids import Block, Screen
from handlers.payload import Click, Submission
from handlers.views.outcome import advice_screen, outcome_screen
from handlers.views.reset_form import form_screen
from handlers.views.results import QUERY, page_value, read_page, search_screen
from handlers.views.undo import Reader
from services.errors import DatabaseUnreachable, DraftUsed, Halted, InvalidForm
from services.model import Actor, Answers, Channel

_BLOCKS = {
    "reason": Block.REASON,
    "check": Block.CHECK,
    "ticket": Block.TICKET,
    "note": Block.NOTE,
    "channel": Block.CHANNEL,
}
"""Field of `Answers` -> the input where its error is shown."""


def choose(edge: Edge, actor: Actor, click: Click) -> Modal:
    """The lock: opens the form, or turns the modal into it."""
    leave(edge, click)
    reply_url = "" if click.in_modal else click.response_url
    return Modal(form_screen(edge.resets.form(actor, click.value, reply_url=reply_url, channel=click.channel)))


def advise(edge: Edge, actor: Actor, click: Click) -> Modal:
    """ "What can I do?": read live, because it may have been mended meanwhile."""
    row = edge.finder.row(actor, click.value)
    back = page_value(click.typed, 0) if click.in_modal else None
    return Modal(advice_screen(row, edge.rules, actor, back=back))


def send(edge: Edge, actor: Actor, sent: Submission) -> SubmissionAnswer:
    return _submit(edge, actor, sent, _answers(sent))


def unlock_form(edge: Edge, actor: Actor, click: Click) -> Modal:
    """The form becomes one that only unlocks; what it carries is the same draft."""
    return Modal(form_screen(edge.resets.form_unlock(actor, click.value)))


def unlock(edge: Edge, actor: Actor, sent: Submission) -> SubmissionAnswer:
    return _submit(edge, actor, sent, replace(_answers(sent), channel=Channel.UNLOCK))


def _answers(sent: Submission) -> Answers:
    return Answers(**{name: sent.values.get(block, "") for name, block in _BLOCKS.items()})


def _submit(edge: Edge, actor: Actor, sent: Submission, answers: Answers) -> SubmissionAnswer:
    try:
        request = edge.resets.submit(actor, sent.metadata, answers, modal_id=sent.view_id)
    except DraftUsed as used:
        request = edge.resets.show(actor, used.request_id)
    except Halted as halted:
        return Errors({Block.REASON: at_the_form(halted.halt, actor)})
    except InvalidForm as invalid:
        return Errors({_BLOCKS.get(name, Block.REASON): say for name, say in invalid.fields.items()})
    return Modal(outcome_screen(request, edge.rules, Reader(abilities=edge.abilities())))


def another(edge: Edge, actor: Actor, click: Click) -> Modal:
    """ "Reset another" and the way back: a search in the same modal, or in a new one where a message was clicked."""
    leave(edge, click)
    query, offset = read_page(click.value)
    return Modal(search_screen(edge.finder.find(actor, query[:QUERY], offset), actor))


def finish(edge: Edge, _actor: Actor, sent: Submission) -> SubmissionAnswer:
    """Continue. Where that cannot be kept, the next news finds the modal gone and goes by direct message."""
    with suppress(DatabaseUnreachable):
        edge.resets.modal_closed(sent.metadata, sent.view_id)
    return Closed()


def closed(edge: Edge, sent: Submission) -> None:
    edge.resets.modal_closed(sent.metadata, sent.view_id)


def leave(edge: Edge, click: Click) -> None:
    """A modal that becomes something else must not be overwritten by news of what it followed."""
    if click.screen == Screen.OUTCOME and click.metadata:
        edge.resets.modal_closed(click.metadata, click.view_id)
