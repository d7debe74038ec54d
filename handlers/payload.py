"""Slack's raw dictionaries as frozen types: tolerant of what is missing, silent about what is secret.

What a person wrote is unwrapped here (`<mailto:a@b|a@b>`, `&amp;`), so that nobody else meets Slack's markup.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Body = Mapping[str, Any]

_LINK = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
_EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{}~-]+@[\w-]+(?:\.[\w-]+)+")
_DEEP = 12
"""Blocks in a message are not nested deeper than this; what is deeper is not read."""


@dataclass(frozen=True)
class Event:
    """Who does something, and where Slack wants the answer."""

    user_id: str
    workspace: str
    channel: str = ""
    trigger_id: str = field(default="", repr=False)


@dataclass(frozen=True)
class Command(Event):
    text: str = ""


@dataclass(frozen=True)
class _Interactive(Event):
    """The view's ids are empty where a message was clicked."""

    response_url: str = field(default="", repr=False)
    view_id: str = ""
    view_hash: str = ""


@dataclass(frozen=True)
class Click(_Interactive):
    action: str = ""
    value: str = ""
    typed: str = ""
    """What stands in the search box."""
    screen: str = ""
    metadata: str = ""

    @property
    def in_modal(self) -> bool:
        return bool(self.view_id)


@dataclass(frozen=True)
class Submission(Event):
    """A modal that was sent, or closed."""

    view_id: str = ""
    screen: str = ""
    metadata: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    """By block id: what was typed or chosen."""


@dataclass(frozen=True)
class ShortCut(_Interactive):
    email: str = ""


def route(body: Body) -> tuple[str, str]:
    """What kind of thing happened, and the id that says whose it is."""
    if name := _text(body, "command"):
        return "command", name
    kind = _text(body, "type")
    if kind == "block_actions":
        return kind, _text(_first(body.get("actions")), "action_id")
    return kind, _text(_map(body, "view"), "callback_id") or _text(body, "callback_id")


def command(body: Body) -> Command:
    return Command(
        user_id=_text(body, "user_id"),
        workspace=_text(body, "team_id"),
        channel=_text(body, "channel_id"),
        trigger_id=_text(body, "trigger_id"),
        text=unwrap(_text(body, "text")),
    )


def click(body: Body) -> Click:
    action = _first(body.get("actions"))
    view = _map(body, "view")
    values = _values(_map(view or body, "state"))
    typed = _text(action, "value") if _text(action, "type") == "plain_text_input" else ""
    return Click(
        **_who(body),
        action=_text(action, "action_id"),
        value=_text(action, "value"),
        typed=unwrap(typed or next(iter(values.values()), "")),
        response_url=_text(body, "response_url"),
        view_id=_text(view, "id"),
        view_hash=_text(view, "hash"),
        screen=_text(view, "callback_id"),
        metadata=_text(view, "private_metadata"),
    )


def submission(body: Body) -> Submission:
    view = _map(body, "view")
    return Submission(
        **_who(body),
        view_id=_text(view, "id"),
        screen=_text(view, "callback_id"),
        metadata=_text(view, "private_metadata"),
        values=_values(_map(view, "state")),
    )


def short_cut(body: Body) -> ShortCut:
    return ShortCut(**_who(body), response_url=_text(body, "response_url"), email=first_email(_map(body, "message")))


def unwrap(text: str) -> str:
    """What was typed: links by their label or address, entities as signs, one space between words."""
    return " ".join(html.unescape(_LINK.sub(_shown, text)).split())


def first_email(message: Body) -> str:
    """The first address in a message: in its text, else anywhere in its attachments and blocks."""
    for text in (_text(message, "text"), *_strings([message.get("attachments"), message.get("blocks")], _DEEP)):
        if found := _EMAIL.search(html.unescape(text).replace("mailto:", "")):
            return found.group()
    return ""


def _shown(link: re.Match[str]) -> str:
    target, label = link.group(1), link.group(2)
    return label or target.removeprefix("mailto:")


def _who(body: Body) -> dict[str, str]:
    """The clicker's own workspace: in a shared channel `team` may be the other side's."""
    user = _map(body, "user")
    return {
        "user_id": _text(user, "id"),
        "workspace": _text(user, "team_id") or _text(_map(body, "team"), "id"),
        "channel": _text(_map(body, "channel"), "id") or _text(_map(body, "container"), "channel_id"),
        "trigger_id": _text(body, "trigger_id"),
    }


def _values(state: Body) -> dict[str, str]:
    """`{block: {action: {…}}}` -> `{block: value}`: our blocks hold one input each."""
    found = {}
    for block, inputs in _map(state, "values").items():
        for given in inputs.values() if isinstance(inputs, Mapping) else ():
            if isinstance(given, Mapping):
                found[block] = _text(given, "value") or _text(_map(given, "selected_option"), "value")
    return found


def _strings(thing: object, deep: int) -> Iterator[str]:
    if isinstance(thing, str):
        yield thing
    elif deep and isinstance(thing, Mapping):
        for inner in thing.values():
            yield from _strings(inner, deep - 1)
    elif deep and isinstance(thing, list):
        for inner in thing:
            yield from _strings(inner, deep - 1)


def _text(body: Body, name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""


def _map(body: Body, name: str) -> Body:
    value = body.get(name)
    return value if isinstance(value, Mapping) else {}


def _first(things: object) -> Body:
    return things[0] if isinstance(things, list) and things and isinstance(things[0], Mapping) else {}
