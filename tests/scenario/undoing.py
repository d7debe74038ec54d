"""What the stories about taking back, closing and sending again have in common."""

from __future__ import annotations

from typing import Any

from tests.scenario.screen import Json, Surface
from tests.scenario.story import Story

STALE = "StatStak Labs: the temporary password we texted is void. "
OLD_WORKS = f"{STALE}Your old one works. Not you? 555-010-0199"
ITS_CLOSED = f"{STALE}Your account is closed. Call 555-010-0199"
AT_ONCE = {"repeated = 1": "repeated = 0"}
"""In `locksmith.toml`: a second reset within a day needs nobody's yes."""


def asked_before(surface: Surface, words: str) -> str:
    """What Slack asks before the press of this button counts."""
    button = surface.button(words)
    (found,) = [one for one in _elements(surface.blocks) if one.get("action_id") == button.action_id]
    return str(found["confirm"]["text"]["text"])


def _elements(blocks: list[Json]) -> list[Json]:
    return [one for block in blocks for one in [*block.get("elements", []), block.get("accessory", {})]]


def on_the_phone(story: Story, number: str) -> list[str]:
    """The texts as their owner reads them, the newest last."""
    phones: list[dict[str, Any]] = story.person("sam").sees()["phones"]
    (phone,) = [one for one in phones if one["number"] == number]
    return [str(message["body"]) for message in phone["messages"]]


def secret_of(story: Story, at: int) -> str:
    """The temporary password in one of several texts."""
    return str(story.texts[at]["body_as_sent"]).split("\n")[1]
