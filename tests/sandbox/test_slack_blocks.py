"""What Block Kit refuses, one case for each rule. The comment over a group names Slack's page for it.

Sources: all pages are below docs.slack.dev/reference/.
"""

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.slack.blocks import message_problems, view_problems, weight
from tests.sandbox.slack_app import Json, actions, button, modal, option, plain, section, text_input

MRKDWN = {"type": "mrkdwn", "text": "x"}
CONFIRM: Json = {"title": plain("Sure?"), "text": plain("Really?"), "confirm": plain("Yes"), "deny": plain("No")}
SELECT: Json = {"type": "static_select", "action_id": "s", "options": [option("a")]}
RADIO: Json = {"type": "radio_buttons", "action_id": "r", "options": [option("a")]}
CHECKS: Json = {"type": "checkboxes", "action_id": "c", "options": [option("a")]}
OVERFLOW: Json = {"type": "overflow", "action_id": "o", "options": [option("a")]}
DATE: Json = {"type": "datepicker", "action_id": "d"}
IMAGE: Json = {"type": "image", "image_url": "https://example.com/x.png", "alt_text": "a lock"}


def element(one: Json, **more: Any) -> Json:
    return actions(one | more)


def rich(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": list(elements)}


def rich_section(*elements: Json) -> Json:
    return rich({"type": "rich_text_section", "elements": list(elements)})


def many_options(count: int) -> list[Json]:
    return [option(str(number)) for number in range(count)]


GOOD_MESSAGE: list[Json] = [
    {"type": "header", "text": plain("h" * 150)},
    section("t" * 3000, block_id="b" * 255, accessory=button("x", value="v" * 2000, confirm=CONFIRM)),
    {"type": "section", "fields": [MRKDWN | {"text": "f" * 2000}] * 10, "expand": True},
    {"type": "context", "elements": [MRKDWN, plain("x") | {"emoji": False}, IMAGE] * 3},
    actions(*(button(f"b{number}", text=plain("t" * 75)) for number in range(25))),
    {"type": "divider"},
    IMAGE | {"title": plain("A lock"), "block_id": "image"},
    actions(
        SELECT | {"placeholder": plain("p" * 150), "initial_option": option("a")},
        RADIO | {"options": [{"text": MRKDWN, "value": "v" * 150, "description": plain("d" * 75)}]},
        CHECKS | {"initial_options": [option("a")]},
        OVERFLOW | {"options": [option("a") | {"url": "https://example.com"}, *many_options(4)]},
        DATE | {"initial_date": "2026-11-23"},
        {"type": "external_select", "action_id": "e", "min_query_length": 3},
        {"type": "users_select", "action_id": "u", "initial_user": "U0SAM"},
        {"type": "timepicker", "action_id": "t", "initial_time": "14:42"},
        {"type": "static_select", "action_id": "g",
         "option_groups": [{"label": plain("g"), "options": [option("b")]}], "initial_option": option("b")},
        block_id="menus",
    ),
    text_input("words", dispatch_action_config={"trigger_actions_on": ["on_enter_pressed"]})
    | {"dispatch_action": True, "hint": plain("hint")},
    rich(
        {"type": "rich_text_section", "elements": [
            {"type": "text", "text": "Jane *Doe*", "style": {"bold": True}},
            {"type": "link", "url": "https://example.com", "text": "ZD-1"},
            {"type": "user", "user_id": "U0SAM"}, {"type": "usergroup", "usergroup_id": "S0AGENTS"},
            {"type": "channel", "channel_id": "C0AUDIT"}, {"type": "emoji", "name": "lock"},
            {"type": "broadcast", "range": "here"}, {"type": "color", "value": "#fff"},
            {"type": "date", "timestamp": 1763900000, "format": "{time}", "fallback": "14:42"},
        ]},
        {"type": "rich_text_list", "style": "bullet", "indent": 1,
         "elements": [{"type": "rich_text_section", "elements": []}]},
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "x"}], "border": 0},
        {"type": "rich_text_quote", "elements": [{"type": "text", "text": "x"}]},
    ),
]  # fmt: skip

GOOD_MODAL = modal(
    {"type": "alert", "text": plain("a" * 200), "level": "warning"},
    text_input(min_length=3, max_length=3000, multiline=True, focus_on_load=True),
    title=plain("t" * 24),
    close=plain("c" * 24),
    submit=plain("s" * 24),
    private_metadata="m" * 3000,
    callback_id="c" * 255,
    external_id="e" * 255,
    notify_on_close=True,
    clear_on_close=False,
)


def test_what_is_right_is_taken() -> None:
    """Source: the limits of the pages named below."""
    assert message_problems(GOOD_MESSAGE) == []
    assert message_problems([]) == []
    assert view_problems(GOOD_MODAL) == []
    assert view_problems(modal(*[{"type": "divider"}] * 100)) == []
    assert view_problems({"type": "home", "blocks": []}, "home") == []


MESSAGE_CASES: list[tuple[Any, str, str]] = [
    # block-kit/blocks: fifty in a message, each of a known type
    ([{"type": "divider"}] * 51, "/blocks", "no more than 50 items allowed"),
    ("x", "/blocks", "must be an array"),
    (["x"], "/blocks/0", "must provide an object"),
    ([{}], "/blocks/0", "missing required field: type"),
    ([{"type": "table"}], "/blocks/0/type", "unsupported type: table"),
    # block-kit/blocks/alert-block: modals only
    ([{"type": "alert", "text": plain("x")}], "/blocks/0/type", "unsupported type: alert"),
    # block-kit/blocks (block_id): 255 characters, unique in a message
    ([section(block_id="b" * 256)], "/blocks/0/block_id", "must be less than 256 characters"),
    ([section(block_id="b")] * 2, "/blocks/0/block_id", "`block_id` b already exists"),
    # block-kit/blocks/section-block
    ([{"type": "section"}], "/blocks/0", "must define `text` or `fields`"),
    ([section("t" * 3001)], "/blocks/0/text/text", "must be less than 3001 characters"),
    ([section("")], "/blocks/0/text/text", "must be more than 0 characters"),
    ([{"type": "section", "fields": [MRKDWN] * 11}], "/blocks/0/fields", "no more than 10 items allowed"),
    ([{"type": "section", "fields": []}], "/blocks/0/fields", "no less than 1 items allowed"),
    (
        [{"type": "section", "fields": [plain("f" * 2001)]}],
        "/blocks/0/fields/0/text",
        "must be less than 2001 characters",
    ),
    ([section(colour="red")], "/blocks/0", "invalid additional property: colour"),
    (
        [section(accessory={"type": "plain_text_input"})],
        "/blocks/0/accessory/type",
        "unsupported type: plain_text_input",
    ),
    # block-kit/blocks/header-block: plain text, 150
    ([{"type": "header", "text": MRKDWN}], "/blocks/0/text/type", "unsupported type: mrkdwn"),
    ([{"type": "header", "text": plain("h" * 151)}], "/blocks/0/text/text", "must be less than 151 characters"),
    ([{"type": "header"}], "/blocks/0", "missing required field: text"),
    # block-kit/blocks/context-block: ten, text and images only
    ([{"type": "context", "elements": [MRKDWN] * 11}], "/blocks/0/elements", "no more than 10 items allowed"),
    ([{"type": "context", "elements": []}], "/blocks/0/elements", "no less than 1 items allowed"),
    ([{"type": "context", "elements": [button()]}], "/blocks/0/elements/0/type", "unsupported type: button"),
    # block-kit/blocks/actions-block: twenty-five, interactive ones only, action ids unique
    (
        [actions(*(button(str(n)) for n in range(26)))],
        "/blocks/0/elements",
        "no more than 25 items allowed",
    ),
    ([actions()], "/blocks/0/elements", "no less than 1 items allowed"),
    ([actions(IMAGE)], "/blocks/0/elements/0/type", "unsupported type: image"),
    ([actions(button("a"), button("a"))], "/blocks/0/elements", "`action_id` a already exists"),
    # block-kit/blocks/image-block
    ([{"type": "image", "image_url": "https://x.example/a.png"}], "/blocks/0", "missing required field: alt_text"),
    ([IMAGE | {"alt_text": "a" * 2001}], "/blocks/0/alt_text", "must be less than 2001 characters"),
    ([IMAGE | {"image_url": "a.png"}], "/blocks/0/image_url", "must be a valid URL"),
    ([IMAGE | {"title": plain("t" * 2001)}], "/blocks/0/title/text", "must be less than 2001 characters"),
    # block-kit/blocks/input-block
    ([text_input() | {"label": MRKDWN}], "/blocks/0/label/type", "unsupported type: mrkdwn"),
    ([text_input() | {"label": plain("l" * 2001)}], "/blocks/0/label/text", "must be less than 2001 characters"),
    ([text_input() | {"hint": plain("h" * 2001)}], "/blocks/0/hint/text", "must be less than 2001 characters"),
    ([text_input() | {"element": button()}], "/blocks/0/element/type", "unsupported type: button"),
    ([text_input() | {"optional": "yes"}], "/blocks/0/optional", "must be a boolean"),
    # block-kit/blocks/rich-text-block
    ([rich()], "/blocks/0/elements", "no less than 1 items allowed"),
    ([rich({"type": "rich_text_table"})], "/blocks/0/elements/0/type", "unsupported type: rich_text_table"),
    ([rich_section({"type": "text"})], "/blocks/0/elements/0/elements/0", "missing required field: text"),
    (
        [rich_section({"type": "text", "text": "x", "style": {"big": True}})],
        "/blocks/0/elements/0/elements/0/style",
        "invalid additional property: big",
    ),
    (
        [rich_section({"type": "broadcast", "range": "all"})],
        "/blocks/0/elements/0/elements/0/range",
        "must be one of: here, channel, everyone",
    ),
    (
        [rich_section({"type": "date", "timestamp": "now", "format": "{time}"})],
        "/blocks/0/elements/0/elements/0/timestamp",
        "must be an integer",
    ),
    (
        [rich({"type": "rich_text_list", "style": "bullet", "elements": [{"type": "text", "text": "x"}]})],
        "/blocks/0/elements/0/elements/0/type",
        "unsupported type: text",
    ),
    # block-kit/composition-objects/text-object: `emoji` is for plain text, `verbatim` for mrkdwn
    ([section() | {"text": "x"}], "/blocks/0/text", "must provide an object"),
    ([section() | {"text": MRKDWN | {"emoji": True}}], "/blocks/0/text", "invalid additional property: emoji"),
    (
        [section() | {"text": plain("x") | {"verbatim": True}}],
        "/blocks/0/text",
        "invalid additional property: verbatim",
    ),
    ([section() | {"text": {"type": "text", "text": "x"}}], "/blocks/0/text/type", "unsupported type: text"),
    ([section() | {"text": MRKDWN | {"text": 5}}], "/blocks/0/text/text", "must be a string"),
    # block-kit/block-elements/button-element
    ([element(button(), text=MRKDWN)], "/blocks/0/elements/0/text/type", "unsupported type: mrkdwn"),
    (
        [element(button(), text=plain("t" * 76))],
        "/blocks/0/elements/0/text/text",
        "must be less than 76 characters",
    ),
    ([element(button(), value="v" * 2001)], "/blocks/0/elements/0/value", "must be less than 2001 characters"),
    ([element(button("a" * 256))], "/blocks/0/elements/0/action_id", "must be less than 256 characters"),
    (
        [element(button(), url="https://" + "u" * 3000)],
        "/blocks/0/elements/0/url",
        "must be less than 3001 characters",
    ),
    ([element(button(), style="blue")], "/blocks/0/elements/0/style", "must be one of: primary, danger"),
    (
        [element(button(), accessibility_label="l" * 76)],
        "/blocks/0/elements/0/accessibility_label",
        "must be less than 76 characters",
    ),
    # block-kit/composition-objects/confirmation-dialog-object
    (
        [element(button(), confirm=CONFIRM | {"title": plain("t" * 101)})],
        "/blocks/0/elements/0/confirm/title/text",
        "must be less than 101 characters",
    ),
    (
        [element(button(), confirm=CONFIRM | {"text": plain("t" * 301)})],
        "/blocks/0/elements/0/confirm/text/text",
        "must be less than 301 characters",
    ),
    (
        [element(button(), confirm=CONFIRM | {"text": MRKDWN})],
        "/blocks/0/elements/0/confirm/text/type",
        "unsupported type: mrkdwn",
    ),
    (
        [element(button(), confirm=CONFIRM | {"confirm": plain("t" * 31)})],
        "/blocks/0/elements/0/confirm/confirm/text",
        "must be less than 31 characters",
    ),
    (
        [element(button(), confirm=CONFIRM | {"deny": plain("t" * 31)})],
        "/blocks/0/elements/0/confirm/deny/text",
        "must be less than 31 characters",
    ),
    (
        [element(button(), confirm={"title": plain("x")})],
        "/blocks/0/elements/0/confirm",
        "missing required field: text",
    ),
    # block-kit/block-elements/select-menu-element
    ([element(SELECT, options=[])], "/blocks/0/elements/0/options", "no less than 1 items allowed"),
    (
        [element(SELECT, options=many_options(101))],
        "/blocks/0/elements/0/options",
        "no more than 100 items allowed",
    ),
    (
        [element({"type": "static_select", "action_id": "s"})],
        "/blocks/0/elements/0",
        "must define either `options` or `option_groups`",
    ),
    (
        [element(SELECT, placeholder=plain("p" * 151))],
        "/blocks/0/elements/0/placeholder/text",
        "must be less than 151 characters",
    ),
    (
        [element(SELECT, initial_option=option("b"))],
        "/blocks/0/elements/0/initial_option",
        "must match one of the options",
    ),
    # block-kit/composition-objects/option-object, option-group-object
    (
        [element(SELECT, options=[option("v" * 151, "x")])],
        "/blocks/0/elements/0/options/0/value",
        "must be less than 151 characters",
    ),
    (
        [element(SELECT, options=[option("v", "t" * 76)])],
        "/blocks/0/elements/0/options/0/text/text",
        "must be less than 76 characters",
    ),
    (
        [element(SELECT, options=[option("v") | {"description": plain("d" * 76)}])],
        "/blocks/0/elements/0/options/0/description/text",
        "must be less than 76 characters",
    ),
    (
        [element(SELECT, options=[{"text": MRKDWN, "value": "v"}])],
        "/blocks/0/elements/0/options/0/text/type",
        "unsupported type: mrkdwn",
    ),
    (
        [element(SELECT, options=[option("v") | {"url": "https://example.com"}])],
        "/blocks/0/elements/0/options/0",
        "invalid additional property: url",
    ),
    (
        [element({"type": "static_select", "option_groups": [{"label": plain("l" * 76), "options": []}]})],
        "/blocks/0/elements/0/option_groups/0/label/text",
        "must be less than 76 characters",
    ),
    # block-kit/block-elements/radio-button-group-element, checkboxes-element: ten
    (
        [element(RADIO, options=many_options(11))],
        "/blocks/0/elements/0/options",
        "no more than 10 items allowed",
    ),
    (
        [element(CHECKS, options=many_options(11))],
        "/blocks/0/elements/0/options",
        "no more than 10 items allowed",
    ),
    (
        [element(CHECKS, initial_options=[option("b")])],
        "/blocks/0/elements/0/initial_options/0",
        "must match one of the options",
    ),
    # block-kit/block-elements/overflow-menu-element: five
    (
        [element(OVERFLOW, options=many_options(6))],
        "/blocks/0/elements/0/options",
        "no more than 5 items allowed",
    ),
    # block-kit/block-elements/date-picker-element: YYYY-MM-DD
    (
        [element(DATE, initial_date="tomorrow")],
        "/blocks/0/elements/0/initial_date",
        "must be more than 9 characters",
    ),
    # block-kit/block-elements/plain-text-input-element
    ([text_input(max_length=3001)], "/blocks/0/element/max_length", "must be less than or equal to 3000"),
    ([text_input(max_length=0)], "/blocks/0/element/max_length", "must be greater than or equal to 1"),
    ([text_input(min_length=-1)], "/blocks/0/element/min_length", "must be greater than or equal to 0"),
    ([text_input(min_length=True)], "/blocks/0/element/min_length", "must be an integer"),
    (
        [text_input(min_length=9, max_length=5)],
        "/blocks/0/element/min_length",
        "must not be greater than `max_length`",
    ),
    (
        [text_input(placeholder=plain("p" * 151))],
        "/blocks/0/element/placeholder/text",
        "must be less than 151 characters",
    ),
    (
        [text_input(dispatch_action_config={"trigger_actions_on": ["on_blur"]})],
        "/blocks/0/element/dispatch_action_config/trigger_actions_on/0",
        "must be one of: on_enter_pressed, on_character_entered",
    ),
    # block-kit/block-elements (focus_on_load): one in a view
    (
        [text_input("a", focus_on_load=True), text_input("b", focus_on_load=True)],
        "/blocks/1/element",
        "only one element can set `focus_on_load`",
    ),
]


@pytest.mark.parametrize(("blocks", "at", "says"), MESSAGE_CASES)
def test_what_a_message_may_not_hold(blocks: Any, at: str, says: str) -> None:
    """Source: the page named above each group of cases."""
    assert f"[ERROR] {says} [json-pointer:{at}]" in [str(p) for p in message_problems(blocks)]


def without(view: Json, *names: str) -> Json:
    return {name: value for name, value in view.items() if name not in names}


VIEW_CASES: list[tuple[Any, str, str]] = [
    # views/modal-views and methods/views.open
    ("x", "/view", "must provide an object"),
    ({}, "/view", "missing required field: type"),
    ({"type": "home", "blocks": []}, "/view/type", "unsupported type: home"),
    (without(modal(section()), "title"), "/view", "missing required field: title"),
    (without(modal(section()), "blocks"), "/view", "missing required field: blocks"),
    (modal(), "/view/blocks", "no less than 1 items allowed"),
    (modal(*[{"type": "divider"}] * 101), "/view/blocks", "no more than 100 items allowed"),
    (modal(section(), title=plain("t" * 25)), "/view/title/text", "must be less than 25 characters"),
    (modal(section(), title=MRKDWN), "/view/title/type", "unsupported type: mrkdwn"),
    (modal(section(), submit=plain("s" * 25)), "/view/submit/text", "must be less than 25 characters"),
    (modal(section(), close=plain("c" * 25)), "/view/close/text", "must be less than 25 characters"),
    (modal(section(), private_metadata="m" * 3001), "/view/private_metadata", "must be less than 3001 characters"),
    (modal(section(), callback_id="c" * 256), "/view/callback_id", "must be less than 256 characters"),
    (modal(section(), external_id="e" * 256), "/view/external_id", "must be less than 256 characters"),
    (modal(section(), submit_disabled=True), "/view", "invalid additional property: submit_disabled"),
    (
        without(modal(text_input()), "submit"),
        "/view",
        "`submit` is required when an `input` block is in the view",
    ),
    (modal(section(block_id="b"), text_input("b")), "/view/blocks/0/block_id", "`block_id` b already exists"),
    # block-kit/blocks/alert-block
    (
        modal({"type": "alert", "text": plain("a" * 201)}),
        "/view/blocks/0/text/text",
        "must be less than 201 characters",
    ),
    (
        modal({"type": "alert", "text": plain("a"), "level": "bad"}),
        "/view/blocks/0/level",
        "must be one of: default, info, warning, error, success",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("view", "at", "says"), VIEW_CASES)
def test_what_a_modal_may_not_hold(view: Any, at: str, says: str) -> None:
    """Source: the page named above each group of cases."""
    assert f"[ERROR] {says} [json-pointer:{at}]" in [str(p) for p in view_problems(view)]


@pytest.mark.parametrize("make", [lambda: GOOD_MESSAGE, lambda: GOOD_MODAL])
def test_checking_changes_nothing(make: Callable[[], Any]) -> None:
    before = str(make())
    message_problems(make())
    view_problems(make())
    assert str(make()) == before


def test_how_much_room_a_message_takes() -> None:
    """Source: github.com/slackapi/bolt-js/issues/2509; not documented."""
    assert weight([{"type": "markdown", "text": "x" * 100}]) == 32 + len("markdown") + 100
