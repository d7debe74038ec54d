"""Which words hold for what a request does: texts, calls, or unlocks.

The tables of `handlers/sentences.py` are total and speak of texts; those of a channel override them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from handlers import call_words, unlock_words
from handlers.call_words import being_read
from handlers.sentences import CAUSES, HAPPENED, SAY, TITLES, CauseWords
from services.model import Cause, Channel, Request, State


@dataclass(frozen=True)
class _Words:
    titles: Mapping[State, str]
    causes: Mapping[Cause, CauseWords]
    happened: Mapping[State, tuple[str, str]]
    say: Mapping[State, str]


_OF = {
    Channel.TEXT: _Words({}, {}, {}, {}),
    Channel.CALL: _Words(call_words.TITLES, call_words.CAUSES, call_words.HAPPENED, call_words.SAY),
    Channel.UNLOCK: _Words(unlock_words.TITLES, unlock_words.CAUSES, unlock_words.HAPPENED, unlock_words.SAY),
}
_OWN_SAY = frozenset({Channel.CALL, Channel.UNLOCK})
"""What the caller is told of a text is not said of these."""


def title_of(state: State, channel: Channel) -> str:
    return _OF[channel].titles.get(state) or TITLES[state]


def request_title(request: Request) -> str:
    return call_words.READING if being_read(request) else title_of(request.state, request.channel)


def cause_of(cause: Cause, channel: Channel) -> CauseWords:
    return _OF[channel].causes.get(cause) or CAUSES[cause]


def happened_of(request: Request) -> tuple[str, str]:
    """What happened, and what to do next."""
    if being_read(request):
        return call_words.BEING_READ
    if unlock_words.nobody_knows(request):
        return unlock_words.NOBODY_KNOWS
    happened, after = _OF[request.channel].happened.get(request.state) or HAPPENED[request.state]
    return happened, after


def say_of(request: Request) -> str:
    if being_read(request):
        return ""
    say = _OF[request.channel].say if request.channel in _OWN_SAY else SAY
    return say.get(request.state, "")


def named(request: Request) -> str:
    """`reset R-7F3K`, where whoever reads it may know nothing else of it."""
    return f"{'unlocking' if request.channel is Channel.UNLOCK else 'reset'} {request.reference}"
