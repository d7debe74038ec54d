"""Options that the app supplies while somebody types into an `external_select`.

Sources: docs.slack.dev/reference/block-kit/block-elements/select-menu-element (external data source) and
docs.slack.dev/reference/interaction-payloads/block_suggestion-payload.
"""

from typing import Any

from sandbox.slack import payloads
from sandbox.slack.forms import Refused, find_element
from sandbox.slack.objects import OPTION_GROUP, PLAIN_OPTION
from sandbox.slack.schema import Many
from sandbox.slack.workspace import Workspace
from sandbox.world import Json, Member, Message, View

LEAST_TYPED = 3
MOST_OPTIONS = 100
FAILED = "Something went wrong: no options came."
_OPTIONS = Many(PLAIN_OPTION, least=0, most=MOST_OPTIONS)
_GROUPS = Many(OPTION_GROUP, least=0, most=MOST_OPTIONS)


async def ask(space: Workspace, member: Member, place: Message | View, body: Json) -> Json:
    """The groups of options for what was typed; a plain list is one group without a name."""
    blocks = place.all_blocks if isinstance(place, Message) else place.body["blocks"]
    block_id, action_id = str(body["block_id"]), str(body["action_id"])
    _, element = find_element(blocks, block_id, action_id)
    if element["type"] != "external_select":
        raise Refused("this menu knows its options")
    typed = str(body["value"])
    if len(typed) < element.get("min_query_length", LEAST_TYPED):
        return {"groups": [], "notice": ""}
    asked = {"action_id": action_id, "block_id": block_id, "value": typed}
    payload = payloads.suggestion(space, member, place, asked)
    answer = await space.delivery.deliver("interactive", f"block_suggestion {action_id}", payload, takes_payload=True)
    groups = _groups(answer.payload) if answer.kind == "acked" else None
    return {"groups": groups or [], "notice": FAILED if groups is None else ""}


def _groups(said: Json | None) -> list[dict[str, Any]] | None:
    """None where Slack cannot read the answer."""
    if said and "option_groups" in said and not list(_GROUPS.check(said["option_groups"], "/option_groups")):
        return [{"label": one["label"]["text"], "options": one["options"]} for one in said["option_groups"]]
    if said and "options" in said and not list(_OPTIONS.check(said["options"], "/options")):
        return [{"label": "", "options": said["options"]}]
    return None
