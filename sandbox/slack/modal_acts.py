"""What people do inside a modal."""

from sandbox.slack import modals, payloads
from sandbox.slack.forms import Refused, action_of, client_errors, filled_values, with_choice
from sandbox.slack.wires import Answer
from sandbox.slack.workspace import Workspace
from sandbox.world import Json, Member, View


async def click(space: Workspace, member: Member, body: Json) -> None:
    view = on_top(space, member, str(body["container"]["view_id"]), homes=True)
    blocks = view.body["blocks"]
    block_id, action_id = str(body["block_id"]), str(body["action_id"])
    action = action_of(blocks, block_id, action_id, body.get("chosen") or {}, space.next_ts())
    view.values = with_choice(filled_values(blocks, view.values, body.get("values") or {}), action)
    view.notice = ""
    payload = payloads.view_click(space, member, view, action)
    answer = await space.delivery.deliver("interactive", f"block_actions {action_id}", payload)
    if answer.kind != "acked":
        view.notice = modals.TROUBLE
    space.changed()


async def submit(space: Workspace, member: Member, body: Json) -> None:
    """Check the form as Slack's client does, send it, and do what the ack says."""
    view = on_top(space, member, str(body["view_id"]))
    if "submit" not in view.body:
        raise Refused("this modal has nothing to submit")
    if view.busy:
        raise Refused("this modal is being sent")
    blocks = view.body["blocks"]
    view.values = filled_values(blocks, view.values, body.get("values") or {})
    view.notice = ""
    view.errors = client_errors(blocks, view.values)
    space.changed()
    if not view.errors:
        await _send(space, member, view)


async def _send(space: Workspace, member: Member, view: View) -> None:
    view.busy = True
    payload = payloads.submission(space, member, view)
    name = f"view_submission {view.body.get('callback_id', '')}".strip()
    answer = await space.delivery.deliver("interactive", name, payload, takes_payload=True)
    view.busy = False
    if not _understood(space, view, answer):
        view.notice = modals.TROUBLE
    elif not view.errors and space.world.submitted_at is None:
        space.world.submitted_at = space.now()
    space.changed()


def _understood(space: Workspace, view: View, answer: Answer) -> bool:
    if answer.kind != "acked":
        return False
    closed_meanwhile = view.id not in space.world.views
    return closed_meanwhile or modals.apply_answer(space, view, answer.payload)


async def close(space: Workspace, member: Member, body: Json) -> None:
    """Close the modal on top, or the whole stack."""
    view = on_top(space, member, str(body["view_id"]))
    everything = bool(body.get("all")) or bool(view.body.get("clear_on_close"))
    going = space.world.stack(member.id)[::-1] if everything else [view]
    space.world.close_views(member.id, [v.id for v in going])
    space.changed()
    for one in going:
        if one.body.get("notify_on_close"):
            payload = payloads.closed(member, one, cleared=everything)
            await space.delivery.deliver("interactive", "view_closed", payload)


def on_top(space: Workspace, member: Member, view_id: str, homes: bool = False) -> View:
    stack = space.world.stack(member.id)
    if stack and stack[-1].id == view_id:
        return stack[-1]
    if homes and not stack and space.world.homes.get(member.id) == view_id:
        return space.world.views[view_id]
    raise Refused("that modal is not on top of this person's screen")
