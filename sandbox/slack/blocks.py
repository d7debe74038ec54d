"""What blocks and views Slack takes: shapes and lengths as data, then the rules that span blocks.

Sources: docs.slack.dev/reference/block-kit/blocks/* (one page per block), docs.slack.dev/reference/views, and
docs.slack.dev/blocks.json for the surfaces.
"""

from typing import Any, Literal

from sandbox.slack import rich_text
from sandbox.slack.elements import ELEMENTS, IN_ACTIONS, IN_INPUT, IN_SECTION
from sandbox.slack.objects import IDENTIFIER, Address, Text, plain
from sandbox.slack.schema import ByType, Flag, Many, Obj, Problem, Problems, Rule, Str
from sandbox.slack.spanning import elements_of, spanning_problems

Surface = Literal["message", "modal", "home"]
Blocks = list[dict[str, Any]]

MOST_BLOCKS: dict[Surface, int] = {"message": 50, "modal": 100, "home": 100}
VIEW_BYTES_MOST = 250_000
MESSAGE_WEIGHT_MOST = 13_200

_COMMON: dict[str, Rule] = {"block_id": IDENTIFIER}
_TYPE: dict[str, Rule] = {"type": Str()}
_TEXTS: dict[str, Rule] = {"plain_text": Text(), "mrkdwn": Text(), "image": ELEMENTS["image"]}

BLOCKS: dict[str, Rule] = {
    "section": Obj(
        _TYPE,
        {
            **_COMMON,
            "text": Text(3000),
            "fields": Many(Text(2000), most=10),
            "accessory": ByType(ELEMENTS, IN_SECTION),
            "expand": Flag(),
        },
    ),
    "header": Obj({**_TYPE, "text": plain(150)}, _COMMON),
    "divider": Obj(_TYPE, _COMMON),
    "context": Obj({**_TYPE, "elements": Many(ByType(_TEXTS, tuple(_TEXTS)), most=10)}, _COMMON),
    "actions": Obj({**_TYPE, "elements": Many(ByType(ELEMENTS, IN_ACTIONS), most=25)}, _COMMON),
    "image": Obj(
        {**_TYPE, "image_url": Address(), "alt_text": Str(most=2000)},
        {**_COMMON, "title": plain(2000)},
    ),
    "input": Obj(
        {**_TYPE, "label": plain(2000), "element": ByType(ELEMENTS, IN_INPUT)},
        {**_COMMON, "hint": plain(2000), "optional": Flag(), "dispatch_action": Flag()},
    ),
    "rich_text": Obj({**_TYPE, "elements": rich_text.ELEMENTS}, _COMMON),
    "alert": Obj(
        {**_TYPE, "text": Text(200)},
        {**_COMMON, "level": Str(one_of=("default", "info", "warning", "error", "success"))},
    ),
}
_ONLY_IN: dict[str, tuple[Surface, ...]] = {"alert": ("modal",)}

_VIEW_COMMON: dict[str, Rule] = {
    "private_metadata": Str(most=3000),
    "callback_id": Str(most=255),
    "external_id": Str(most=255),
}


def _blocks_rule(surface: Surface, least: int = 1) -> Many:
    allowed = tuple(name for name in BLOCKS if surface in _ONLY_IN.get(name, (surface,)))
    return Many(ByType(BLOCKS, allowed), least=least, most=MOST_BLOCKS[surface])


_MESSAGE = _blocks_rule("message", least=0)
_MODAL = Obj(
    {**_TYPE, "title": plain(24), "blocks": _blocks_rule("modal")},
    {
        **_VIEW_COMMON,
        "submit": plain(24),
        "close": plain(24),
        "clear_on_close": Flag(),
        "notify_on_close": Flag(),
    },
)
_HOME = Obj({**_TYPE, "blocks": _blocks_rule("home", least=0)}, _VIEW_COMMON)
_VIEWS = {"modal": _MODAL, "home": _HOME}


def message_problems(blocks: object, at: str = "/blocks") -> list[Problem]:
    """What is wrong with the blocks of a message."""
    found = list(_MESSAGE.check(blocks, at))
    if not found and isinstance(blocks, list):
        found = list(spanning_problems(blocks, at))
    return found


def view_problems(view: object, kind: Literal["modal", "home"] = "modal") -> list[Problem]:
    """What is wrong with a view for this surface."""
    found = list(ByType(_VIEWS, (kind,)).check(view, "/view"))
    if not found and isinstance(view, dict):
        found = [*spanning_problems(view["blocks"], "/view/blocks"), *_submit_problems(view)]
    return found


def _submit_problems(view: dict[str, Any]) -> Problems:
    has_input = any(b["type"] == "input" for b in view["blocks"])
    if view["type"] == "modal" and has_input and "submit" not in view:
        yield Problem("/view", "`submit` is required when an `input` block is in the view")


def weight(value: object) -> int:
    """How much of a message's room the blocks take: their text, and something for each container around it.

    Slack documents no number; posts fail with `msg_blocks_too_long` from about 13,200 characters, containers
    counted (slackapi/bolt-js issues 2509 and 2867).
    """
    if isinstance(value, dict):
        return 32 + sum(weight(v) for v in value.values())
    if isinstance(value, list):
        return sum(weight(v) for v in value)
    return len(value) if isinstance(value, str) else 0


def interactive(blocks: Blocks) -> bool:
    """Whether there is anything here to click or fill in."""
    return any(element["type"] != "image" for _, element, _ in elements_of(blocks))
