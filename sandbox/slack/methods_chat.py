"""chat.*: posting, changing and removing messages."""

import json
from collections.abc import Callable, Mapping

from sandbox import cast
from sandbox.slack.access import need_scope, writable
from sandbox.slack.arguments import Arguments
from sandbox.slack.errors import SlackError
from sandbox.slack.forms import with_ids
from sandbox.slack.posting import checked_content
from sandbox.slack.workspace import Workspace
from sandbox.world import Json, Message

UPDATE_TEXT_MOST = 4000
METADATA_BYTES_MOST = 16_000


def post_message(space: Workspace, given: Arguments) -> Json:
    need_scope(space, "chat:write")
    given.need("channel")
    where = writable(space, given.text("channel"))
    content = checked_content(dict(given.values))
    metadata = metadata_of(given)
    thread = thread_of(space, where.id, given)
    message = space.post(where.id, cast.BOT_USER, thread_ts=thread, metadata=metadata, **content)
    shown = space.message_json(message)
    if metadata:
        shown["metadata"] = metadata
    body: Json = {"channel": where.id, "ts": message.ts, "message": shown}
    if not message.text:
        warning = "missing_text_in_message"
        body |= {"warning": warning, "response_metadata": {"warnings": [warning]}}
    return body


def thread_of(space: Workspace, channel: str, given: Arguments) -> str | None:
    ts = given.text("thread_ts")
    if not ts:
        return None
    parent = space.world.message(channel, ts)
    if parent is None or parent.only_for is not None or parent.thread_ts is not None:
        raise SlackError("cannot_reply_to_message")
    return ts


def metadata_of(given: Arguments) -> Json | None:
    raw = given.values.get("metadata")
    if not raw:
        return None
    if not isinstance(raw, dict) or set(raw) != {"event_type", "event_payload"}:
        raise SlackError("invalid_metadata_format")
    if not isinstance(raw["event_type"], str) or not isinstance(raw["event_payload"], dict):
        raise SlackError("invalid_metadata_schema")
    if len(json.dumps(raw)) > METADATA_BYTES_MOST:
        raise SlackError("metadata_too_large")
    return raw


def post_ephemeral(space: Workspace, given: Arguments) -> Json:
    need_scope(space, "chat:write")
    given.need("channel", "user")
    where = writable(space, given.text("channel"))
    reader = space.world.members.get(given.text("user"))
    content = checked_content(dict(given.values))
    if reader is None or reader.deleted or reader.bot or reader.id not in where.members:
        raise SlackError("user_not_in_channel")
    thread = thread_of(space, where.id, given)
    message = space.post(where.id, cast.BOT_USER, only_for=reader.id, thread_ts=thread, **content)
    return {"message_ts": message.ts}


def _own(space: Workspace, given: Arguments, refusal: str) -> Message:
    """A message the bot may touch. An ephemeral one cannot be found."""
    need_scope(space, "chat:write")
    given.need("channel", "ts")
    if given.text("channel") not in space.world.conversations:
        raise SlackError("channel_not_found")  # here Slack takes neither a name nor a person's id
    where = writable(space, given.text("channel"))
    found = space.world.message(where.id, given.text("ts"))
    if found is None or found.only_for is not None:
        raise SlackError("message_not_found")
    if found.user != cast.BOT_USER:
        raise SlackError(refusal)
    return found


def update(space: Workspace, given: Arguments) -> Json:
    """Change a message. Text without blocks takes the blocks away; only then does it read "(edited)".

    Source: docs.slack.dev/reference/methods/chat.update, argument `blocks`.
    """
    message = _own(space, given, "cant_update_message")
    content = checked_content(dict(given.values))
    if len(content["text"]) > UPDATE_TEXT_MOST:
        raise SlackError("msg_too_long")
    if "metadata" in given.values:
        message.metadata = metadata_of(given)
    for part in ("blocks", "attachments"):
        if part in given.values or content["text"]:
            setattr(message, part, with_ids(content[part]) if part == "blocks" else content[part])
    message.text = content["text"] or message.text
    message.edited = message.edited or not content["blocks"]
    space.changed()
    shown = space.message_json(message)
    return {"channel": message.channel, "ts": message.ts, "text": message.text, "message": shown}


def delete(space: Workspace, given: Arguments) -> Json:
    message = _own(space, given, "cant_delete_message")
    space.remove(message)
    return {"channel": message.channel, "ts": message.ts}


def get_permalink(space: Workspace, given: Arguments) -> Json:
    given.need("channel", "message_ts")
    channel, ts = given.text("channel"), given.text("message_ts")
    where = space.world.conversations.get(channel)
    if where is None or (where.kind != "public" and cast.BOT_USER not in where.members):
        raise SlackError("channel_not_found")
    found = space.world.message(channel, ts)
    if found is None or found.only_for is not None:
        raise SlackError("message_not_found")
    link = f"{space.url}/archives/{channel}/p{ts.replace('.', '')}"
    if found.thread_ts:
        link += f"?thread_ts={found.thread_ts}&cid={channel}"
    return {"channel": channel, "permalink": link}


CHAT: Mapping[str, Callable[[Workspace, Arguments], Json]] = {
    "chat.postMessage": post_message,
    "chat.postEphemeral": post_ephemeral,
    "chat.update": update,
    "chat.delete": delete,
    "chat.getPermalink": get_permalink,
}
