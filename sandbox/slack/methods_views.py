"""views.*: modals and the Home tab."""

import re
from collections.abc import Callable, Mapping

from sandbox.slack import modals
from sandbox.slack.access import member
from sandbox.slack.arguments import Arguments
from sandbox.slack.errors import SlackError
from sandbox.slack.payloads import view_json
from sandbox.slack.workspace import TRIGGER_SECONDS, Workspace
from sandbox.world import Json, Trigger, View

_TRIGGER = re.compile(r"\d+\.\d+\.\w+")


def _trigger(space: Workspace, given: Arguments) -> Trigger:
    """The trigger of this call, if it still opens something."""
    given.need("trigger_id", "view")
    wanted = given.text("trigger_id")
    if not _TRIGGER.fullmatch(wanted):
        raise SlackError("invalid_trigger_id")
    trigger = space.world.triggers.get(wanted)
    if trigger is None:
        raise SlackError("invalid_trigger_id")
    if trigger.used:
        raise SlackError("exchanged_trigger_id")
    if space.now() - trigger.at > TRIGGER_SECONDS:
        raise SlackError("expired_trigger_id")
    return trigger


def open_view(space: Workspace, given: Arguments) -> Json:
    trigger = _trigger(space, given)
    view = modals.open_first(space, trigger.user, given.values["view"])
    trigger.used = True
    space.world.story[0] = True
    return {"view": view_json(view)}


def push(space: Workspace, given: Arguments) -> Json:
    trigger = _trigger(space, given)
    if trigger.view is None:
        raise SlackError("not_found")
    view = modals.push(space, trigger.user, given.values["view"])
    trigger.used = True
    return {"view": view_json(view)}


def update(space: Workspace, given: Arguments) -> Json:
    given.need("view")
    view = _named(space, given)
    stale = given.text("hash")
    if stale and stale != view.hash:
        raise SlackError("hash_conflict")
    return {"view": view_json(modals.update(space, view, given.values["view"]))}


def _named(space: Workspace, given: Arguments) -> View:
    view_id, external = given.text("view_id"), given.text("external_id")
    if bool(view_id) == bool(external):
        said = "Cannot provide both" if view_id else "must provide"
        raise SlackError("invalid_arguments", messages=[f"[ERROR] {said} `view_id` and `external_id`"])
    for view in space.world.views.values():
        if view.id == view_id or (external and view.body.get("external_id") == external):
            return view
    raise SlackError("not_found")


def publish(space: Workspace, given: Arguments) -> Json:
    given.need("user_id", "view")
    if not space.manifest.home_tab:
        raise SlackError("not_enabled")
    user = member(space, given.text("user_id"))
    shown = space.world.views.get(space.world.homes.get(user.id, ""))
    if shown and given.text("hash") not in {"", shown.hash}:
        raise SlackError("hash_conflict")
    return {"view": view_json(modals.publish(space, user.id, given.values["view"]))}


VIEWS: Mapping[str, Callable[[Workspace, Arguments], Json]] = {
    "views.open": open_view,
    "views.push": push,
    "views.update": update,
    "views.publish": publish,
}
