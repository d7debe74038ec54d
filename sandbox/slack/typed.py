"""What a person types, as Slack hands it to apps: escaped, with addresses and mentions in angle brackets.

Source: docs.slack.dev/messaging/formatting-message-text.
"""

import re

from sandbox.world import World

_SPECIAL = re.compile(
    r"(?P<url>https?://[^\s<>|]+)"
    r"|(?P<mail>[\w.+'-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|@(?P<user>[\w-]+)"
    r"|#(?P<channel>[\w-]+)"
)


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def bracketed(world: World, text: str) -> str:
    """Links, e-mail addresses, people and channels the way Slack marks them."""
    users = {member.username: member.id for member in world.members.values()}
    channels = {place.name: place.id for place in world.conversations.values()}

    def mark(found: re.Match[str]) -> str:
        whole = found[0]
        if found["url"]:
            return f"<{whole}>"
        if found["mail"]:
            return f"<mailto:{whole}|{whole}>"
        if found["user"]:
            return f"<@{users[found['user']]}>" if found["user"] in users else whole
        return f"<#{channels[found['channel']]}|{found['channel']}>" if found["channel"] in channels else whole

    return _SPECIAL.sub(mark, text)
