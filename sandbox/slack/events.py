"""Events API: what the manifest subscribes to, sent once and up to three times more while nobody acks.

Source: docs.slack.dev/apis/events-api (retried at once, after a minute, after five; `x-slack-no-retry: 1` ends them).
"""

from sandbox import cast
from sandbox.slack import payloads
from sandbox.slack.workspace import Workspace
from sandbox.world import Conversation, Json, Member, Message

RETRY_AFTER = (0, 60, 300)
"""Seconds before the first, second and third attempt after the original one."""

_MESSAGE_EVENTS = {
    "public": "message.channels",
    "private": "message.groups",
    "im": "message.im",
    "mpim": "message.mpim",
}
_CHANNEL_TYPES = {"public": "channel", "private": "group", "im": "im", "mpim": "mpim"}


async def _send(space: Workspace, name: str, body: Json) -> None:
    """Deliver an event if it is subscribed to; the app's ack carries nothing."""
    if name not in space.manifest.bot_events or not space.delivery.connected:
        return
    await _try(space, name, payloads.event(space, body))


async def _try(space: Workspace, name: str, payload: Json, retry: int = 0, reason: str = "") -> None:
    answer = await space.delivery.deliver("events_api", name, payload, retry=retry, reason=reason)
    if answer.kind == "acked" or not answer.may_retry or retry == len(RETRY_AFTER):
        return

    async def again() -> None:
        await _try(space, name, payload, retry + 1, answer.reason)

    if RETRY_AFTER[retry] == 0:
        await again()
    else:
        space.agenda.after(RETRY_AFTER[retry], again)


async def message_sent(space: Workspace, where: Conversation, message: Message) -> None:
    if cast.BOT_USER not in where.members:
        return
    body = space.message_json(message) | {
        "channel": where.id,
        "channel_type": _CHANNEL_TYPES[where.kind],
        "event_ts": message.ts,
    }
    await _send(space, _MESSAGE_EVENTS[where.kind], body)
    if where.kind not in {"im", "mpim"} and f"<@{cast.BOT_USER}>" in message.text:
        await _send(space, "app_mention", body | {"type": "app_mention"})


async def home_opened(space: Workspace, member: Member, where: Conversation, tab: str) -> None:
    body: Json = {
        "type": "app_home_opened",
        "user": member.id,
        "channel": where.id,
        "tab": tab,
        "event_ts": space.next_ts(),
    }
    home = space.world.views.get(space.world.homes.get(member.id, ""))
    if home:
        body["view"] = payloads.view_json(home)
    await _send(space, "app_home_opened", body)


async def membership_changed(space: Workspace, where: Conversation, user: str, joined: bool) -> None:
    name = "member_joined_channel" if joined else "member_left_channel"
    body = {
        "type": name,
        "user": user,
        "channel": where.id,
        "channel_type": "C" if where.kind == "public" else "G",
        "team": cast.TEAM["id"],
        "event_ts": space.next_ts(),
    }
    await _send(space, name, body)


async def group_changed(space: Workspace, group: str, added: list[str], removed: list[str]) -> None:
    body = {
        "type": "subteam_members_changed",
        "subteam_id": group,
        "team_id": cast.TEAM["id"],
        "date_update": int(space.now()),
        "added_users": added,
        "added_users_count": len(added),
        "removed_users": removed,
        "removed_users_count": len(removed),
        "event_ts": space.next_ts(),
    }
    await _send(space, "subteam_members_changed", body)
