"""Which conversations and people a call may name, and the scopes it needs for that."""

from sandbox import cast
from sandbox.slack.errors import SlackError
from sandbox.slack.workspace import Workspace
from sandbox.world import Conversation, Member

_READ_SCOPES = {"public": "channels:read", "private": "groups:read", "im": "im:read", "mpim": "mpim:read"}


def need_scope(space: Workspace, scope: str) -> None:
    if scope not in space.manifest.scopes:
        provided = ",".join(space.manifest.scopes)
        raise SlackError("missing_scope", needed=scope, provided=provided)


def readable(space: Workspace, channel: str) -> Conversation:
    """A conversation the bot may read about."""
    found = space.world.conversations.get(channel)
    if found is None or (found.kind != "public" and cast.BOT_USER not in found.members):
        raise SlackError("channel_not_found")
    need_scope(space, _READ_SCOPES[found.kind])
    return found


def writable(space: Workspace, channel: str) -> Conversation:
    """A conversation the bot may post to; a person's id means the direct message with them."""
    if channel in space.world.members:
        channel = cast.im_id(channel)
    found = space.world.conversations.get(channel) or _by_name(space, channel)
    if found is None:
        raise SlackError("channel_not_found")
    if found.kind == "im" and not space.manifest.messages_tab:
        raise SlackError("messages_tab_disabled")
    if cast.BOT_USER not in found.members:
        if found.kind != "public":
            raise SlackError("channel_not_found")
        if "chat:write.public" not in space.manifest.scopes:
            raise SlackError("not_in_channel")
    return found


def _by_name(space: Workspace, name: str) -> Conversation | None:
    """Slack still takes a public channel's name for its id when posting."""
    wanted = name.removeprefix("#")
    places = space.world.conversations.values()
    return next((c for c in places if c.name == wanted and c.kind == "public"), None)


def member(space: Workspace, user: str) -> Member:
    found = space.world.members.get(user)
    if found is None:
        raise SlackError("user_not_found")
    return found
