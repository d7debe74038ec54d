"""What Slack's own client does with blocks: gives ids, keeps what people fill in, checks it before sending."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from sandbox.slack.elements import KEPT
from sandbox.slack.objects import PLAIN_OPTION
from sandbox.slack.spanning import elements_of, options_of
from sandbox.world import Json, Values, new_id

REQUIRED = "Please complete this required field."


class Refused(Exception):
    """Something a person cannot do on their screen."""


def with_ids(blocks: list[Json]) -> list[Json]:
    """The blocks with an id wherever the app gave none."""
    named = deepcopy(blocks)
    for block in named:
        block.setdefault("block_id", new_id("", 5))
    for _, element, _ in elements_of(named):
        if element["type"] != "image":
            element.setdefault("action_id", new_id("", 5))
    return named


def initial_values(blocks: list[Json]) -> Values:
    """What `state.values` holds before anybody touched anything."""
    values: Values = {}
    for block, element, _ in elements_of(blocks):
        kept = KEPT.get(element["type"])
        if kept:
            values.setdefault(block["block_id"], {})[element["action_id"]] = kept.start(element)
    return values


def kept_values(blocks: list[Json], before: Values) -> Values:
    """The values after an update: kept where block id, action id and kind of element are the same."""
    values = initial_values(blocks)
    for block_id, actions in values.items():
        for action_id, fresh in actions.items():
            old = before.get(block_id, {}).get(action_id)
            if old and old["type"] == fresh["type"]:
                actions[action_id] = old
    return values


def filled_values(blocks: list[Json], present: Values, sent: Mapping[str, Any]) -> Values:
    """The values with what the person's screen sent laid over them; only choices that exist count."""
    values = kept_values(blocks, present)
    for block, element, _ in elements_of(blocks):
        kept = KEPT.get(element["type"])
        given = _at(_at(sent, block["block_id"]), element.get("action_id", ""))
        if kept and isinstance(given, dict) and kept.key in given:
            value = chosen_value(element, kept.key, given[kept.key])
            values[block["block_id"]][element["action_id"]] = {"type": element["type"], kept.key: value}
    return values


def _at(values: object, name: str) -> object:
    """What a screen sent is looked at with care: any test may send anything."""
    return values.get(name) if isinstance(values, dict) else None


def chosen_value(element: Json, key: str, value: Any) -> Any:  # noqa: ANN401 - one of Slack's value shapes
    """A value as Slack's client would send it; refuses a choice that is not on offer."""
    if key == "selected_option":
        return _option(element, value) if value is not None else None
    if key == "selected_options":
        return [_option(element, one) for one in value or ()]
    return value or None


def _option(element: Json, wanted: Json) -> Json:
    if element["type"] == "external_select":
        if list(PLAIN_OPTION.check(wanted, "")):
            raise Refused("that is no option")
        return wanted
    for option in options_of(element):
        if option.get("value") == _at(wanted, "value"):
            return option
    raise Refused("that choice is not on offer")


def client_errors(blocks: list[Json], values: Values) -> dict[str, str]:
    """What Slack's client finds before it sends a form at all."""
    errors: dict[str, str] = {}
    for block in blocks:
        if block["type"] == "input":
            element = block["element"]
            kept = KEPT[element["type"]]
            value = values[block["block_id"]][element["action_id"]][kept.key]
            said = _input_error(block, element, value)
            if said:
                errors[block["block_id"]] = said
    return errors


def _input_error(block: Json, element: Json, value: Any) -> str:  # noqa: ANN401 - one of Slack's value shapes
    if not value:
        return "" if block.get("optional") else REQUIRED
    if element["type"] != "plain_text_input":
        return ""
    if len(value) < element.get("min_length", 0):
        return f"Please enter at least {element['min_length']} characters."
    if len(value) > element.get("max_length", 3000):
        return f"Please enter no more than {element.get('max_length', 3000)} characters."
    return ""


def action_of(blocks: list[Json], block_id: str, action_id: str, chosen: Json, now: str) -> Json:
    """The `actions[0]` of a click, as Slack builds it from the element and what was chosen."""
    block, element = find_element(blocks, block_id, action_id)
    action: Json = {"type": element["type"], "action_id": action_id, "block_id": block_id, "action_ts": now}
    if block["type"] == "input" and not block.get("dispatch_action"):
        raise Refused("this input tells the app nothing before it is submitted")
    if element["type"] == "button":
        action |= {k: element[k] for k in ("text", "value", "style", "url", "confirm") if k in element}
        return action
    if element["type"] == "overflow":
        return action | {"selected_option": _option(element, chosen.get("selected_option", {}))}
    key = KEPT[element["type"]].key
    action |= {k: element[k] for k in ("placeholder",) if k in element}
    return action | {key: chosen_value(element, key, chosen.get(key))}


def find_element(blocks: list[Json], block_id: str, action_id: str) -> tuple[Json, Json]:
    for block, element, _ in elements_of(blocks):
        if block["block_id"] == block_id and element.get("action_id") == action_id:
            return block, element
    raise Refused("there is no such element here (any more)")


def with_choice(values: Values, action: Json) -> Values:
    """The values once this click is made."""
    kept = KEPT.get(action["type"])
    if kept:
        entry = {"type": action["type"], kept.key: action[kept.key]}
        values.setdefault(action["block_id"], {})[action["action_id"]] = entry
    return values
