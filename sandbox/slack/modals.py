"""Modals: opening, pushing, updating and closing them, for the Web API and for the acks of submissions alike."""

import json
from typing import Any

from sandbox.slack.blocks import VIEW_BYTES_MOST, view_problems
from sandbox.slack.errors import SlackError
from sandbox.slack.forms import initial_values, kept_values, with_ids
from sandbox.slack.workspace import Workspace
from sandbox.world import Json, View, new_id

STACK_MOST = 3
TROUBLE = "We had some trouble connecting. Try again?"


def checked(view: object, kind: Any = "modal") -> Json:  # noqa: ANN401 - "modal" or "home"
    """The view, or Slack's refusal of it."""
    problems = view_problems(view, kind)
    if problems:
        raise SlackError("invalid_arguments", messages=[str(p) for p in problems])
    if not isinstance(view, dict):
        raise SlackError("invalid_arguments")
    if len(json.dumps(view).encode()) > VIEW_BYTES_MOST:
        raise SlackError("view_too_large")
    return view | {"blocks": with_ids(view["blocks"])}


def open_first(space: Workspace, user: str, view: object) -> View:
    """Open a modal; whatever the person had open gives way to it."""
    body = checked(view)
    _check_external_id(space, body)
    space.world.close_views(user, list(space.world.stacks.get(user, [])))
    return _add(space, user, body)


def push(space: Workspace, user: str, view: object) -> View:
    stack = space.world.stacks.get(user, [])
    if not stack:
        raise SlackError("not_found")
    if len(stack) >= STACK_MOST:
        raise SlackError("push_limit_reached")
    body = checked(view)
    _check_external_id(space, body)
    return _add(space, user, body)


def update(space: Workspace, view: View, body: object) -> View:
    """Show something else in the same modal; what was filled in stays where the ids are the same."""
    new = checked(body, view.body["type"])
    if new.get("external_id") != view.body.get("external_id"):
        _check_external_id(space, new)
    view.values = kept_values(new["blocks"], view.values)
    view.body = new
    view.errors = {}
    view.notice = ""
    view.hash = _new_hash(space)
    space.changed()
    return view


def publish(space: Workspace, user: str, body: object) -> View:
    new = checked(body, "home")
    shown = space.world.views.get(space.world.homes.get(user, ""))
    if shown:
        return update(space, shown, new)
    view = _new_view(space, user, new, None)
    space.world.homes[user] = view.id
    space.changed()
    return view


def _add(space: Workspace, user: str, body: Json) -> View:
    stack = space.world.stacks.setdefault(user, [])
    view = _new_view(space, user, body, stack[-1] if stack else None)
    stack.append(view.id)
    space.changed()
    return view


def _new_view(space: Workspace, user: str, body: Json, previous: str | None) -> View:
    view_id = new_id("V")
    root = space.world.views[previous].root if previous else view_id
    view = View(view_id, user, _new_hash(space), body, initial_values(body["blocks"]), root, previous)
    space.world.views[view_id] = view
    return view


def _new_hash(space: Workspace) -> str:
    return f"{int(space.now())}.{new_id('', 8).lower()}"


def _check_external_id(space: Workspace, body: Json) -> None:
    wanted = body.get("external_id")
    if wanted and any(v.body.get("external_id") == wanted for v in space.world.views.values()):
        raise SlackError("duplicate_external_id")


def apply_answer(space: Workspace, view: View, payload: Json | None) -> bool:
    """Do what the ack of a submission says; False when Slack cannot make sense of it."""
    action = (payload or {}).get("response_action")
    if not payload:
        space.world.close_views(view.user, [view.id])
    elif action == "clear":
        space.world.close_views(view.user, list(space.world.stacks[view.user]))
    elif action == "errors":
        return _show_errors(view, payload.get("errors"))
    else:
        return _show_view(space, view, action, payload.get("view"))
    return True


def _show_view(space: Workspace, view: View, action: object, body: object) -> bool:
    if action not in {"update", "push"}:
        return False
    try:
        if action == "update":
            update(space, view, body)
        else:
            push(space, view.user, body)
    except SlackError:
        return False
    return True


def _show_errors(view: View, errors: object) -> bool:
    """Errors may stand at input blocks of this view only."""
    inputs = {b["block_id"] for b in view.body["blocks"] if b["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        return False
    if not all(isinstance(said, str) and said for said in errors.values()):
        return False
    view.errors = dict(errors)
    return True
