"""Slack's block elements, as data: what each may hold, where it may stand and what it keeps as state.

Source: docs.slack.dev/reference/block-kit/block-elements/* (one page per element).
"""

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from sandbox.slack.objects import (
    CONFIRM,
    DISPATCH,
    IDENTIFIER,
    OPTION_GROUP,
    OVERFLOW_OPTION,
    PLAIN_OPTION,
    RICH_OPTION,
    Address,
    plain,
)
from sandbox.slack.schema import Flag, Int, Many, Obj, Rule, Str

_TYPE: dict[str, Rule] = {"type": Str()}
_ID: dict[str, Rule] = {"action_id": IDENTIFIER}
_CONFIRM: dict[str, Rule] = {"confirm": CONFIRM}
_FOCUS: dict[str, Rule] = {"focus_on_load": Flag()}
_PLACEHOLDER: dict[str, Rule] = {"placeholder": plain(150)}
_MENU: dict[str, Rule] = {**_ID, **_CONFIRM, **_FOCUS, **_PLACEHOLDER}
_DATE = Str(most=10, least=10)

ELEMENTS: dict[str, Rule] = {
    "button": Obj(
        {**_TYPE, "text": plain(75)},
        {
            **_ID,
            **_CONFIRM,
            "value": Str(most=2000),
            "url": Address(),
            "style": Str(one_of=("primary", "danger")),
            "accessibility_label": Str(most=75),
        },
    ),
    "static_select": Obj(
        _TYPE,
        {
            **_MENU,
            "options": Many(PLAIN_OPTION, most=100),
            "option_groups": Many(OPTION_GROUP, most=100),
            "initial_option": PLAIN_OPTION,
        },
    ),
    "external_select": Obj(_TYPE, {**_MENU, "initial_option": PLAIN_OPTION, "min_query_length": Int()}),
    "users_select": Obj(_TYPE, {**_MENU, "initial_user": Str(least=1)}),
    "overflow": Obj({**_TYPE, "options": Many(OVERFLOW_OPTION, most=5)}, {**_ID, **_CONFIRM}),
    "radio_buttons": Obj(
        {**_TYPE, "options": Many(RICH_OPTION, most=10)},
        {**_ID, **_CONFIRM, **_FOCUS, "initial_option": RICH_OPTION},
    ),
    "checkboxes": Obj(
        {**_TYPE, "options": Many(RICH_OPTION, most=10)},
        {**_ID, **_CONFIRM, **_FOCUS, "initial_options": Many(RICH_OPTION, most=10)},
    ),
    "datepicker": Obj(_TYPE, {**_MENU, "initial_date": _DATE}),
    "plain_text_input": Obj(
        _TYPE,
        {
            **_ID,
            **_FOCUS,
            **_PLACEHOLDER,
            "initial_value": Str(most=3000),
            "multiline": Flag(),
            "min_length": Int(0, 3000),
            "max_length": Int(1, 3000),
            "dispatch_action_config": DISPATCH,
        },
    ),
    "email_text_input": Obj(
        _TYPE,
        {**_ID, **_FOCUS, **_PLACEHOLDER, "initial_value": Str(), "dispatch_action_config": DISPATCH},
    ),
    "url_text_input": Obj(
        _TYPE,
        {**_ID, **_FOCUS, **_PLACEHOLDER, "initial_value": Str(), "dispatch_action_config": DISPATCH},
    ),
    "number_input": Obj(
        {**_TYPE, "is_decimal_allowed": Flag()},
        {
            **_ID,
            **_FOCUS,
            **_PLACEHOLDER,
            "initial_value": Str(),
            "min_value": Str(),
            "max_value": Str(),
            "dispatch_action_config": DISPATCH,
        },
    ),
    "timepicker": Obj(_TYPE, {**_MENU, "initial_time": Str(most=5, least=5), "timezone": Str()}),
    "image": Obj({**_TYPE, "image_url": Address(), "alt_text": Str(most=2000)}),
}

_MENUS = (
    "static_select",
    "external_select",
    "users_select",
    "radio_buttons",
    "checkboxes",
    "datepicker",
    "timepicker",
)
IN_ACTIONS = ("button", "overflow", *_MENUS)
IN_SECTION = ("image", *IN_ACTIONS)
_TYPED = ("plain_text_input", "email_text_input", "url_text_input", "number_input")
IN_INPUT = (*_TYPED, *_MENUS)


@dataclass(frozen=True)
class Kept:
    """How an element's present value is named in `state.values`, and how it starts."""

    key: str
    initial: str
    empty: Any

    def start(self, element: dict[str, Any]) -> dict[str, Any]:
        value = element.get(self.initial) or self.empty
        return {"type": element["type"], self.key: deepcopy(value)}


KEPT: dict[str, Kept] = {
    **{name: Kept("value", "initial_value", None) for name in _TYPED},
    "static_select": Kept("selected_option", "initial_option", None),
    "external_select": Kept("selected_option", "initial_option", None),
    "radio_buttons": Kept("selected_option", "initial_option", None),
    "checkboxes": Kept("selected_options", "initial_options", []),
    "users_select": Kept("selected_user", "initial_user", None),
    "datepicker": Kept("selected_date", "initial_date", None),
    "timepicker": Kept("selected_time", "initial_time", None),
}
