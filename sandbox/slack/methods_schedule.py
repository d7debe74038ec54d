"""chat.scheduleMessage and what belongs to it.

Sources: docs.slack.dev/reference/methods/chat.scheduleMessage, …/chat.deleteScheduledMessage and
…/chat.scheduledMessages.list.
"""

from collections.abc import Callable, Mapping
from functools import partial

from sandbox import cast
from sandbox.slack.access import need_scope, writable
from sandbox.slack.arguments import Arguments
from sandbox.slack.errors import SlackError
from sandbox.slack.methods_chat import metadata_of, thread_of
from sandbox.slack.posting import checked_content
from sandbox.slack.workspace import Workspace
from sandbox.world import Json, Scheduled, new_id

FARTHEST_SECONDS = 120 * 24 * 3600
TOO_LATE_SECONDS = 60
WINDOW_SECONDS, MOST_IN_WINDOW = 300, 30


def schedule(space: Workspace, given: Arguments) -> Json:
    """Membership is checked now; whether it still holds is checked again when the time has come."""
    need_scope(space, "chat:write")
    given.need("channel", "post_at")
    where = writable(space, given.text("channel"))
    post_at = _time(space, given.text("post_at"))
    content = checked_content(dict(given.values))
    near = [s for s in space.world.scheduled.values() if s.channel == where.id]
    if len([s for s in near if abs(s.post_at - post_at) < WINDOW_SECONDS]) >= MOST_IN_WINDOW:
        raise SlackError("restricted_too_many")
    kept = Scheduled(new_id("Q"), where.id, post_at, content, thread_of(space, where.id, given), metadata_of(given))
    space.world.scheduled[kept.id] = kept
    remember(space, kept)
    message: Json = {"type": "delayed_message", "text": content["text"], "user": cast.BOT_USER}
    message |= {"bot_id": cast.BOT_ID, "team": cast.TEAM["id"]}
    if content["blocks"]:
        message["blocks"] = content["blocks"]
    return {"channel": where.id, "scheduled_message_id": kept.id, "post_at": post_at, "message": message}


def _time(space: Workspace, given: str) -> int:
    if not (given.isascii() and given.isdigit()):
        raise SlackError("invalid_time")
    if int(given) <= space.now():
        raise SlackError("time_in_past")
    if int(given) - space.now() > FARTHEST_SECONDS:
        raise SlackError("time_too_far")
    return int(given)


def remember(space: Workspace, kept: Scheduled) -> None:
    """Post it when its time comes; also after a restart."""
    space.agenda.add(kept.post_at, partial(_post, space, kept.id))


async def _post(space: Workspace, kept_id: str) -> None:
    kept = space.world.scheduled.pop(kept_id, None)
    if kept is None:
        return  # deleted meanwhile
    note = ""
    try:
        where = writable(space, kept.channel)
    except SlackError as error:
        note = error.error
    else:
        space.post(where.id, cast.BOT_USER, thread_ts=kept.thread_ts, metadata=kept.metadata, **kept.content)
    space.record("out", "slack", "scheduled message", ok=not note, note=note, detail={"id": kept.id})


def delete(space: Workspace, given: Arguments) -> Json:
    """Not any more when it will be posted within a minute."""
    need_scope(space, "chat:write")
    given.need("channel", "scheduled_message_id")
    if given.text("channel") not in space.world.conversations:
        raise SlackError("channel_not_found")
    kept = space.world.scheduled.get(given.text("scheduled_message_id"))
    if kept is None or kept.channel != given.text("channel") or kept.post_at - space.now() < TOO_LATE_SECONDS:
        raise SlackError("invalid_scheduled_message_id")
    del space.world.scheduled[kept.id]
    return {}


def listed(space: Workspace, given: Arguments) -> Json:
    channel = given.text("channel")
    if channel and channel not in space.world.conversations:
        raise SlackError("invalid_channel")
    found = [s for s in space.world.scheduled.values() if channel in {"", s.channel}]
    shown = [
        {"id": s.id, "channel_id": s.channel, "post_at": s.post_at, "text": s.content["text"]}
        for s in sorted(found, key=lambda s: s.post_at)
    ]
    return {"scheduled_messages": shown, "response_metadata": {"next_cursor": ""}}


SCHEDULE: Mapping[str, Callable[[Workspace, Arguments], Json]] = {
    "chat.scheduleMessage": schedule,
    "chat.deleteScheduledMessage": delete,
    "chat.scheduledMessages.list": listed,
}
