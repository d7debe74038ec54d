"""Three judges of our payloads that we did not write for them: slack_sdk's models in a round trip, the rules
they are known to miss, and the sandbox's own reading of Slack's documentation.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from handlers.views.kit import Message
from sandbox.slack.blocks import MESSAGE_WEIGHT_MOST, message_problems, view_problems, weight

Json = dict[str, Any]
MODAL_ONLY = {"alert"}
MESSAGE_ONLY = {"carousel", "container", "markdown"}


def judge_message(message: Message, caplog: pytest.LogCaptureFixture) -> None:
    _judge_blocks_of_a_message(json.dumps(message.blocks))
    assert not caplog.records
    assert 0 < len(message.text) <= 3000


@cache
def _judge_blocks_of_a_message(written: str) -> None:
    """Once for all that look alike: of fifteen thousand messages twelve hundred differ."""
    blocks = json.loads(written)
    parsed = Block.parse_all(blocks)
    assert [block.to_dict() for block in parsed] == blocks
    assert len(blocks) <= 50
    assert not {block["type"] for block in blocks} & MODAL_ONLY
    _judge_blocks(blocks)
    assert message_problems(blocks) == []
    assert weight(blocks) <= MESSAGE_WEIGHT_MOST


def judge_view(view: Json, caplog: pytest.LogCaptureFixture) -> None:
    _judge_view(json.dumps(view))
    assert not caplog.records


@cache
def _judge_view(written: str) -> None:
    view = json.loads(written)
    assert View(**view).to_dict() == view
    assert not {block["type"] for block in view["blocks"]} & MESSAGE_ONLY
    if any(block["type"] == "input" for block in view["blocks"]):
        assert view["submit"]
    _judge_blocks(view["blocks"])
    assert view_problems(view) == []


def _judge_blocks(blocks: list[Json]) -> None:
    """What slack_sdk lets pass."""
    ids = Counter(block["block_id"] for block in blocks if "block_id" in block)
    assert all(count == 1 for count in ids.values())
    for block in blocks:
        acts = Counter(element.get("action_id") for element in block.get("elements", []))
        assert block["type"] != "actions" or all(count == 1 for count in acts.values())
    for thing in walk(blocks):
        _judge_thing(thing)


def _judge_thing(thing: Json) -> None:
    for option in thing.get("options", []):
        assert len(option["value"]) <= 150
        assert len(option["text"]["text"]) <= 75
    for field in thing.get("fields", []):
        assert len(field["text"]) <= 2000
    if thing.get("type") == "plain_text_input":
        assert 0 <= thing.get("min_length", 0) <= thing["max_length"] <= 3000
        assert len(thing.get("initial_value", "")) <= thing["max_length"]
    if thing.get("type") == "plain_text":
        assert thing["text"].strip()
        assert thing["emoji"] is False
    if thing.get("type") == "button":
        assert len(thing["text"]["text"]) <= 75
        assert thing["action_id"]
    if thing.get("type") == "mrkdwn":
        assert thing["text"].startswith("<!date^"), "only our own dates are mrkdwn"


def walk(thing: object) -> Iterator[Json]:
    if isinstance(thing, dict):
        yield thing
        for inner in thing.values():
            yield from walk(inner)
    elif isinstance(thing, list):
        for inner in thing:
            yield from walk(inner)


def shown(thing: object) -> str:
    """All that a reader sees of blocks or a view, in order."""
    return " ".join(part["text"] for part in walk(thing) if isinstance(part.get("text"), str))
