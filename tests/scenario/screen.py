"""Reading Slack's blocks the way a person does: lines of text, buttons by their words, fields by their labels."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
_MENTIONS = {"user": "user_id", "usergroup": "usergroup_id"}
_DATE = re.compile(r"<!date\^\d+\^[^|>]*\|([^>]*)>")


@dataclass(frozen=True)
class Button:
    words: str
    spoken: str
    """What a screen reader says."""
    block_id: str
    action_id: str
    near: str
    """The text it stands beside; empty for a button in a row of buttons."""


@dataclass(frozen=True)
class Field:
    label: str
    block_id: str
    element: Json
    optional: bool
    hint: str
    error: str
    value: str
    """What stands in it now: typed, or the words of the choice."""

    @property
    def options(self) -> dict[str, Json]:
        return {words_of(option["text"]): option for option in self.element.get("options", [])}


@dataclass(frozen=True)
class Surface:
    """A message or a modal."""

    raw: Json
    blocks: list[Json] = field(repr=False)
    values: Json = field(default_factory=dict, repr=False)
    errors: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def lines(self) -> list[str]:
        return [line for block in self.blocks for line in _text(block).split("\n") if line]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def buttons(self) -> list[Button]:
        return [button for block in self.blocks for button in _buttons(block)]

    @property
    def fields(self) -> list[Field]:
        return [self._field(block) for block in self.blocks if block["type"] == "input"]

    @property
    def says_wrong(self) -> dict[str, str]:
        """What is written in red under which field."""
        return {one.label: one.error for one in self.fields if one.error}

    def button(self, words: str, on: str = "") -> Button:
        found = [one for one in self.buttons if words in one.words and on in one.near]
        assert len(found) == 1, f"{len(found)} buttons {words!r} on {on!r}; there are {self.buttons}"
        return found[0]

    def field(self, label: str) -> Field:
        found = [one for one in self.fields if one.label == label]
        assert found, f"no field {label!r}; there are {[one.label for one in self.fields]}"
        return found[0]

    def row(self, about: str) -> str:
        """What a row of the results says: the line with the lock, and the small print below it."""
        for block, below in zip(self.blocks, [*self.blocks[1:], {"type": ""}], strict=True):
            if "accessory" in block and about in _text(block):
                small = _text(below) if below["type"] == "context" else ""
                return f"{_text(block)}\n{small}"
        raise AssertionError(f"no row about {about!r} in:\n{self.text}")

    @property
    def rows(self) -> list[str]:
        """The first line of every row: the names."""
        return [_text(block).split("\n")[0] for block in self.blocks if "accessory" in block]

    def _field(self, block: Json) -> Field:
        element = block["element"]
        known = self.values.get(block["block_id"], {}).get(element["action_id"], {})
        option = known.get("selected_option")
        return Field(
            label=words_of(block["label"]),
            block_id=block["block_id"],
            element=element,
            optional=block.get("optional", False),
            hint=words_of(block["hint"]) if block.get("hint") else "",
            error=self.errors.get(block["block_id"], ""),
            value=words_of(option["text"]) if option else known.get("value") or "",
        )


@dataclass(frozen=True)
class Message(Surface):
    channel: str = ""

    @property
    def ts(self) -> str:
        return str(self.raw["ts"])

    @property
    def only_you(self) -> bool:
        return bool(self.raw["ephemeral"])

    @property
    def notification(self) -> str:
        """What a phone's lock screen shows, as it went over the wire."""
        return str(self.raw["text"])

    @property
    def replies(self) -> list[Message]:
        return [message_of(reply, self.channel) for reply in self.raw.get("replies", ())]


@dataclass(frozen=True)
class Modal(Surface):
    @property
    def id(self) -> str:
        return str(self.raw["id"])

    @property
    def title(self) -> str:
        return words_of(self.raw["view"]["title"])

    @property
    def submit(self) -> str:
        given = self.raw["view"].get("submit")
        return words_of(given) if given else ""

    @property
    def trouble(self) -> str:
        """What Slack itself says when the app did not answer."""
        return str(self.raw["notice"])


def message_of(raw: Json, channel: str) -> Message:
    return Message(raw, raw["blocks"], channel=channel)


def modal_of(raw: Json) -> Modal:
    return Modal(raw, raw["view"]["blocks"], raw["state"]["values"], raw["errors"])


def words_of(text: Json) -> str:
    """A text object as it is drawn. Fails where a name could be drawn as something else than itself."""
    if text["type"] == "plain_text":
        assert text.get("emoji") is False, f"an emoji's name would be drawn as the emoji: {text}"
        return str(text["text"])
    date = _DATE.fullmatch(text["text"])
    assert date, f"only our own dates may have markup: {text}"
    return html.unescape(date.group(1))


def _text(block: Json) -> str:
    match block["type"]:
        case "rich_text":
            return "".join(_rich(element) for part in block["elements"] for element in part["elements"])
        case "section" | "header":
            return words_of(block["text"])
        case "context":
            return " · ".join(words_of(element) for element in block["elements"])
        case "input":
            return words_of(block["label"])
    return ""


def _rich(element: Json) -> str:
    if element["type"] in _MENTIONS:
        return f"@{element[_MENTIONS[element['type']]]}"
    assert element["type"] in {"text", "date", "link"}, f"something that is drawn as more than text: {element}"
    return str(element["fallback"] if element["type"] == "date" else element["text"])


def _buttons(block: Json) -> Iterator[Button]:
    elements = block.get("elements", []) if block["type"] == "actions" else [block.get("accessory")]
    for element in elements:
        if element and element["type"] == "button":
            yield Button(
                words=words_of(element["text"]),
                spoken=element.get("accessibility_label", ""),
                block_id=block["block_id"],
                action_id=element["action_id"],
                near=_text(block) if "accessory" in block else "",
            )
