"""The bodies that Slack sends to an app."""

from typing import Any

from sandbox import cast
from sandbox.slack.manifest import Command, Shortcut
from sandbox.slack.workspace import Workspace
from sandbox.world import Conversation, Json, Member, Message, Values, View

_HIDDEN_NAMES = {"private": "privategroup", "im": "directmessage", "mpim": "privategroup"}


def channel_name(conversation: Conversation) -> str:
    """Slack tells an app the name of public channels only."""
    return _HIDDEN_NAMES.get(conversation.kind, conversation.name)


def command(space: Workspace, member: Member, where: Conversation, declared: Command, text: str) -> Json:
    return {
        "token": cast.VERIFICATION_TOKEN,
        "team_id": cast.TEAM["id"],
        "team_domain": cast.TEAM["domain"],
        "channel_id": where.id,
        "channel_name": channel_name(where),
        "user_id": member.id,
        "user_name": member.username,
        "command": declared.command,
        "text": text,
        "api_app_id": cast.APP_ID,
        "is_enterprise_install": "false",
        "response_url": space.new_response_url(member.id, where.id),
        "trigger_id": space.new_trigger(member.id),
    }


def _interaction(kind: str, member: Member) -> Json:
    return {
        "type": kind,
        "user": {
            "id": member.id,
            "username": member.username,
            "name": member.username,
            "team_id": cast.TEAM["id"],
        },
        "api_app_id": cast.APP_ID,
        "token": cast.VERIFICATION_TOKEN,
        "team": {"id": cast.TEAM["id"], "domain": cast.TEAM["domain"]},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def message_click(space: Workspace, member: Member, message: Message, action: Json, values: Values) -> Json:
    """A click in a message. An ephemeral one is not in the payload: Slack keeps no copy of it."""
    where = space.world.conversations[message.channel]
    payload = _interaction("block_actions", member) | {
        "container": _message_container(message),
        "trigger_id": space.new_trigger(member.id),
        "channel": {"id": where.id, "name": channel_name(where)},
        "state": {"values": values},
        "response_url": space.new_response_url(member.id, where.id, message.ts),
        "actions": [action],
    }
    if message.only_for is None:
        payload["message"] = space.message_json(message)
    return payload


def suggestion(space: Workspace, member: Member, place: Message | View, asked: Json) -> Json:
    """What somebody types into a menu whose options the app knows."""
    payload = _interaction("block_suggestion", member) | asked
    if isinstance(place, View):
        return payload | {"container": {"type": "view", "view_id": place.id}, "view": view_json(place)}
    where = space.world.conversations[place.channel]
    payload |= {
        "container": _message_container(place),
        "channel": {"id": where.id, "name": channel_name(where)},
    }
    return payload if place.only_for else payload | {"message": space.message_json(place)}


def _message_container(message: Message) -> Json:
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": message.only_for is not None,
    }
    return container | ({"thread_ts": message.thread_ts} if message.thread_ts else {})


def view_click(space: Workspace, member: Member, view: View, action: Json) -> Json:
    return _interaction("block_actions", member) | {
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": space.new_trigger(member.id, view.id),
        "view": view_json(view),
        "actions": [action],
    }


def submission(space: Workspace, member: Member, view: View) -> Json:
    return _interaction("view_submission", member) | {
        "trigger_id": space.new_trigger(member.id, view.id),
        "view": view_json(view),
        "response_urls": [],
    }


def closed(member: Member, view: View, cleared: bool) -> Json:
    return _interaction("view_closed", member) | {"view": view_json(view), "is_cleared": cleared}


def shortcut(space: Workspace, member: Member, where: Conversation, message: Message, declared: Shortcut) -> Json:
    return _interaction("message_action", member) | {
        "callback_id": declared.callback_id,
        "trigger_id": space.new_trigger(member.id),
        "response_url": space.new_response_url(member.id, where.id),
        "action_ts": space.next_ts(),
        "message_ts": message.ts,
        "message": space.message_json(message),
        "channel": {"id": where.id, "name": channel_name(where)},
    }


def global_shortcut(space: Workspace, member: Member, declared: Shortcut) -> Json:
    """It knows neither channel nor message, and there is nothing to answer to but a modal.

    Source: docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload.
    """
    return _interaction("shortcut", member) | {
        "callback_id": declared.callback_id,
        "trigger_id": space.new_trigger(member.id),
        "action_ts": space.next_ts(),
    }


def event(space: Workspace, body: dict[str, Any]) -> Json:
    """An Events API payload."""
    now = space.now()
    return {
        "token": cast.VERIFICATION_TOKEN,
        "team_id": cast.TEAM["id"],
        "api_app_id": cast.APP_ID,
        "type": "event_callback",
        "event_id": f"Ev{int(now * 1_000_000):X}",
        "event_time": int(now),
        "event": body,
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": cast.TEAM["id"],
                "user_id": cast.BOT_USER,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
    }


def view_json(view: View) -> Json:
    """A view as Slack shows it to the app: what it sent, and what Slack knows besides."""
    body = view.body
    shown: Json = {
        "id": view.id,
        "team_id": cast.TEAM["id"],
        "type": body["type"],
        "blocks": body["blocks"],
        "private_metadata": body.get("private_metadata", ""),
        "callback_id": body.get("callback_id", ""),
        "state": {"values": view.values},
        "hash": view.hash,
        "title": body.get("title", {"type": "plain_text", "text": "View Title", "emoji": True}),
        "clear_on_close": body.get("clear_on_close", False),
        "notify_on_close": body.get("notify_on_close", False),
        "close": body.get("close"),
        "submit": body.get("submit"),
        "previous_view_id": view.previous,
        "root_view_id": view.root,
        "app_id": cast.APP_ID,
        "external_id": body.get("external_id", ""),
        "app_installed_team_id": cast.TEAM["id"],
        "bot_id": cast.BOT_ID,
    }
    return shown
