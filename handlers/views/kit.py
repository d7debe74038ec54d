"""Block Kit's limits and escaping; no other module knows them.

Lengths count code points. Words are shortened with "…" (`clip`), never cut silently; an id that is too long is
a fault of ours and raises. How text is made safe is in `handlers/views/parts.py`; views use it from here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.views.parts import (
    MENTIONS,
    SECTION_TEXT,
    URL,
    Bold,
    Json,
    Line,
    Link,
    Mention,
    Part,
    When,
    clean,
    clip,
    dotted,
    esc,
    local,
    mentions,
    plain,
    rich,
)

__all__ = [
    "ACTIONS_ELEMENTS",
    "BUTTON_TEXT",
    "BUTTON_VALUE",
    "CONFIRM_BUTTON",
    "CONFIRM_TEXT",
    "CONFIRM_TITLE",
    "CONTEXT_ELEMENTS",
    "ID",
    "INPUT_LABEL",
    "INPUT_TEXT",
    "LABEL",
    "MENTIONS",
    "MESSAGE_BLOCKS",
    "MESSAGE_TEXT",
    "METADATA",
    "MODAL_BLOCKS",
    "OPTION_TEXT",
    "OPTION_VALUE",
    "PLACEHOLDER",
    "RADIO_OPTIONS",
    "SECTION_TEXT",
    "SELECT_OPTIONS",
    "TITLE",
    "URL",
    "Bold",
    "Choice",
    "Confirm",
    "Json",
    "Line",
    "Link",
    "Mention",
    "Message",
    "Part",
    "When",
    "actions",
    "button",
    "clean",
    "clip",
    "context",
    "dotted",
    "esc",
    "local",
    "mentions",
    "message",
    "modal",
    "pick",
    "plain",
    "rich",
    "section",
    "type_in",
]

MESSAGE_BLOCKS = 50
MODAL_BLOCKS = 100
MESSAGE_TEXT = 3000
TITLE = 24
BUTTON_TEXT = 75
BUTTON_VALUE = 2000
LABEL = 75
ID = 255
METADATA = 3000
INPUT_LABEL = 2000
PLACEHOLDER = 150
INPUT_TEXT = 3000
OPTION_TEXT = 75
OPTION_VALUE = 150
RADIO_OPTIONS = 10
SELECT_OPTIONS = 100
CONTEXT_ELEMENTS = 10
ACTIONS_ELEMENTS = 25
CONFIRM_TITLE = 100
CONFIRM_TEXT = 300
CONFIRM_BUTTON = 30


def _within(what: str, text: str, limit: int) -> str:
    if len(text) > limit:
        raise ValueError(f"{what} is longer than {limit}")
    return text


# --- blocks ---------------------------------------------------------------------------------------


def section(*lines: str, accessory: Json | None = None) -> Json:
    block: Json = {"type": "section", "text": plain(*lines)}
    return block | ({"accessory": accessory} if accessory else {})


def context(*parts: str | When) -> Json:
    """Small print: each part an element of its own, so that only our own dates are ever mrkdwn."""
    elements = [
        {"type": "mrkdwn", "text": part.mrkdwn()} if isinstance(part, When) else plain(part) for part in parts if part
    ]
    if len(elements) > CONTEXT_ELEMENTS:
        raise ValueError("too many parts in a context block")
    return {"type": "context", "elements": elements or [plain("–")]}


def actions(*buttons: Json) -> Json:
    if len(buttons) > ACTIONS_ELEMENTS:
        raise ValueError("too many buttons in one block")
    return {"type": "actions", "elements": list(buttons)}


@dataclass(frozen=True)
class Confirm:
    """Asked before a click counts."""

    title: str
    text: str
    yes: str
    no: str = "Cancel"


def _confirm(asked: Confirm) -> Json:
    return {
        "title": plain(asked.title, limit=CONFIRM_TITLE),
        "text": plain(asked.text, limit=CONFIRM_TEXT),
        "confirm": plain(asked.yes, limit=CONFIRM_BUTTON),
        "deny": plain(asked.no, limit=CONFIRM_BUTTON),
    }


def button(
    text: str, action: str, value: str = "", *, label: str = "", style: str = "", confirm: Confirm | None = None
) -> Json:
    """`label` is what a screen reader says instead, where the same text stands on several buttons."""
    made: Json = {
        "type": "button",
        "action_id": _within("action id", action, ID),
        "text": plain(text, limit=BUTTON_TEXT),
    }
    if value:
        made["value"] = _within("button value", value, BUTTON_VALUE)
    if label:
        made["accessibility_label"] = clip(clean(label), LABEL)
    if confirm:
        made["confirm"] = _confirm(confirm)
    return made | ({"style": style} if style else {})


# --- inputs ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Choice:
    value: str
    text: str
    hint: str = ""


def _option(choice: Choice) -> Json:
    option: Json = {
        "text": plain(choice.text, limit=OPTION_TEXT),
        "value": _within("option value", choice.value, OPTION_VALUE),
    }
    return option | ({"description": plain(choice.hint, limit=OPTION_TEXT)} if choice.hint else {})


def pick(block: str, action: str, label: str, choices: Sequence[Choice], *, chosen: str = "") -> Json:
    """One of several, `chosen` or nothing preselected: radio buttons as far as they go, then a menu."""
    if not 0 < len(choices) <= SELECT_OPTIONS:
        raise ValueError(f"{block}: Slack offers 1 to {SELECT_OPTIONS} choices, not {len(choices)}")
    kind = "radio_buttons" if len(choices) <= RADIO_OPTIONS else "static_select"
    element: Json = {"type": kind, "action_id": action, "options": [*map(_option, choices)]}
    if found := next((choice for choice in choices if chosen and choice.value == chosen), None):
        element["initial_option"] = _option(found)
    return _input(block, label, element)


def type_in(
    block: str,
    action: str,
    label: str,
    *,
    value: str = "",
    placeholder: str = "",
    most: int = INPUT_TEXT,
    lines: bool = False,
    enter: bool = False,
    hint: str = "",
) -> Json:
    """Something typed, never required by Slack itself. `enter`: the Enter key sends it at once."""
    element: Json = {
        "type": "plain_text_input",
        "action_id": _within("action id", action, ID),
        "multiline": lines,
        "max_length": min(most, INPUT_TEXT),
    }
    if value := clean(value)[:most]:
        element["initial_value"] = value
    if placeholder:
        element["placeholder"] = plain(placeholder, limit=PLACEHOLDER)
    if enter:
        element["dispatch_action_config"] = {"trigger_actions_on": ["on_enter_pressed"]}
    made = _input(block, label, element, optional=True, hint=hint)
    return made | ({"dispatch_action": True} if enter else {})


def _input(block: str, label: str, element: Json, *, optional: bool = False, hint: str = "") -> Json:
    made: Json = {
        "type": "input",
        "block_id": _within("block id", block, ID),
        "label": plain(label, limit=INPUT_LABEL),
        "element": element,
        "optional": optional,
    }
    return made | ({"hint": plain(hint, limit=INPUT_LABEL)} if hint else {})


# --- surfaces -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Message:
    """`text` is what notifications and screen readers use instead of the blocks: it says the same."""

    text: str
    blocks: list[Json]


def message(text: str, *blocks: Json) -> Message:
    if len(blocks) > MESSAGE_BLOCKS:
        raise ValueError("too many blocks for a message")
    return Message(clip(esc(text), MESSAGE_TEXT), list(blocks))


def modal(
    callback: str,
    title: str,
    *blocks: Json,
    submit: str = "",
    close: str = "Close",
    metadata: str = "",
    tell_closed: bool = False,
) -> Json:
    """Slack demands `submit` where there is an input. `tell_closed`: Slack tells us when it is closed."""
    if len(blocks) > MODAL_BLOCKS:
        raise ValueError("too many blocks for a modal")
    view: Json = {
        "type": "modal",
        "callback_id": _within("callback id", callback, ID),
        "title": plain(title, limit=TITLE),
        "close": plain(close, limit=TITLE),
        "notify_on_close": tell_closed,
        "blocks": list(blocks),
    }
    if metadata:
        view["private_metadata"] = _within("metadata", metadata, METADATA)
    return view | ({"submit": plain(submit, limit=TITLE)} if submit else {})
