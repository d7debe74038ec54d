"""Rules that look at more than one field: ids that must differ, choices that must exist."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from sandbox.slack.schema import Problem, Problems

Blocks = list[dict[str, Any]]
Found = tuple[dict[str, Any], dict[str, Any], str]


def elements_of(blocks: Blocks, at: str = "/blocks") -> Iterator[Found]:
    """Every element that stands in the blocks: its block, itself, and where it is."""
    for index, block in enumerate(blocks):
        here = f"{at}/{index}"
        if block["type"] == "section" and "accessory" in block:
            yield block, block["accessory"], f"{here}/accessory"
        elif block["type"] == "input":
            yield block, block["element"], f"{here}/element"
        elif block["type"] == "actions":
            for number, element in enumerate(block["elements"]):
                yield block, element, f"{here}/elements/{number}"


def spanning_problems(blocks: Blocks, at: str) -> Problems:
    yield from _block_ids(blocks, at)
    yield from _action_ids(blocks, at)
    yield from _empty_sections(blocks, at)
    yield from _focus(blocks, at)
    for _, element, here in elements_of(blocks, at):
        yield from _element(element, here)


def _block_ids(blocks: Blocks, at: str) -> Problems:
    seen = Counter(b["block_id"] for b in blocks if "block_id" in b)
    for index, block in enumerate(blocks):
        if seen[block.get("block_id")] > 1:
            yield Problem(f"{at}/{index}/block_id", f"`block_id` {block['block_id']} already exists")


def _action_ids(blocks: Blocks, at: str) -> Problems:
    for index, block in enumerate(blocks):
        if block["type"] == "actions":
            seen = Counter(e["action_id"] for e in block["elements"] if "action_id" in e)
            for action_id in (a for a, times in seen.items() if times > 1):
                yield Problem(f"{at}/{index}/elements", f"`action_id` {action_id} already exists")


def _empty_sections(blocks: Blocks, at: str) -> Problems:
    for index, block in enumerate(blocks):
        if block["type"] == "section" and "text" not in block and "fields" not in block:
            yield Problem(f"{at}/{index}", "must define `text` or `fields`")


def _focus(blocks: Blocks, at: str) -> Problems:
    focused = [here for _, element, here in elements_of(blocks, at) if element.get("focus_on_load")]
    for here in focused[1:]:
        yield Problem(here, "only one element can set `focus_on_load`")


def _element(element: dict[str, Any], here: str) -> Problems:
    if element["type"] == "static_select" and ("options" in element) == ("option_groups" in element):
        yield Problem(here, "must define either `options` or `option_groups`")
    if element.get("min_length", 0) > element.get("max_length", 3000):
        yield Problem(f"{here}/min_length", "must not be greater than `max_length`")
    if element["type"] != "external_select":
        yield from _initial_choices(element, here)


def _initial_choices(element: dict[str, Any], here: str) -> Problems:
    options = options_of(element)
    if "initial_option" in element and element["initial_option"] not in options:
        yield Problem(f"{here}/initial_option", "must match one of the options")
    for number, one in enumerate(element.get("initial_options", ())):
        if one not in options:
            yield Problem(f"{here}/initial_options/{number}", "must match one of the options")


def options_of(element: dict[str, Any]) -> Blocks:
    """All choices of an element, groups flattened."""
    grouped = [o for group in element.get("option_groups", ()) for o in group["options"]]
    return [*element.get("options", ()), *grouped]
