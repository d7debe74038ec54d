"""The channel where every reset is shown: there, postable, private. Nobody in it notices the look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from bot.doctor.slack_call import Said, Slack
from services.lookout import Check, failed, ok, skipped, warning
from services.ports import Clock

_NEVER_WAS = "1000000000.000001"
"""A message's timestamp from before Slack: no channel has it."""
_PROBE_AFTER = timedelta(hours=24)
"""Far off: Slack has posted scheduled messages that were deleted within five minutes of their time."""


def look(slack: Slack, name: str, channel_id: str, clock: Clock) -> Iterator[Check]:
    """All about it where the app may read channels, which it does not ask for; else whether it may post there."""
    try:
        about = slack("conversations.info", channel=channel_id).data.get("channel") or {}
    except Said as said:
        if said.code != "missing_scope":
            yield _no_channel(name, said)
            return
        yield may_post(slack, name, channel_id, clock)
        yield skipped(
            f"{name}: privacy",
            "The app may not read channels, on purpose; see in the channel's details that it is private and shared"
            " with no other company.",
        )
        return
    yield _standing(name, about)
    yield _privacy(f"{name}: privacy", about)


def may_post(slack: Slack, name: str, channel_id: str, clock: Clock) -> Check:
    """First a question that writes nothing; then a message scheduled for tomorrow and deleted at once.

    Nobody sees either. Scheduling is refused for the same reasons as posting: not a member, archived, read-only.
    """
    try:
        slack("chat.getPermalink", channel=channel_id, message_ts=_NEVER_WAS)
    except Said as said:
        if said.code != "message_not_found":
            return _no_channel(name, said)
    at = int((clock.now() + _PROBE_AFTER).timestamp())
    words = "A check of Locksmith's set-up was not cleaned up. Nothing to do."
    try:
        planned = slack("chat.scheduleMessage", channel=channel_id, post_at=at, text=words)
    except Said as said:
        if said.code in _NO_CHANNEL:
            return _no_channel(name, said)
        return warning(
            name,
            f"It exists; whether the bot may post there could not be tried ({said.code}).",
            "See that the bot is a member.",
        )
    return _cleaned(slack, name, channel_id, str(planned.data.get("scheduled_message_id", "")))


def _cleaned(slack: Slack, name: str, channel_id: str, scheduled: str) -> Check:
    try:
        slack("chat.deleteScheduledMessage", channel=channel_id, scheduled_message_id=scheduled)
    except Said as said:
        found = f"The bot may post there, but its trial could not be deleted ({said.code})."
        return warning(name, found, "Tomorrow one line will appear there that says so; delete it.")
    return ok(name, "The bot is a member and may post there (tried without showing anything).")


_NO_CHANNEL = {
    "channel_not_found": "There is no such channel, or it is private and the bot is not in it",
    "not_in_channel": "The bot is not in it",
    "is_archived": "It is archived",
    "restricted_action": "The workspace does not let the bot post there",
    "restricted_action_read_only_channel": "It is read-only",
    "restricted_action_thread_only_channel": "It takes replies only",
}


def _no_channel(name: str, said: Said) -> Check:
    words = _NO_CHANNEL.get(said.code)
    if words is None:
        return failed(name, said.sentence, said.mend)
    return failed(name, f"{words} ({said.code}).", "See its id in the file, and /invite the bot there.")


def _standing(name: str, about: Mapping[str, Any]) -> Check:
    if about.get("is_archived"):
        return failed(name, "It is archived.", "Unarchive it, or name another in the file.")
    if not about.get("is_member", False):
        return failed(name, "The bot is not in it.", "Type /invite with the bot's name there.")
    return ok(name, "The bot is a member.")


def _privacy(name: str, about: Mapping[str, Any]) -> Check:
    if any(about.get(flag) for flag in ("is_ext_shared", "is_pending_ext_shared")):
        return failed(
            name, "It is shared with another company, which reads whose password is reset.", "Name one that is not."
        )
    if about.get("is_org_shared"):
        return failed(name, "It is shared with other workspaces.", "Name a channel of this workspace alone.")
    if not about.get("is_private"):
        return warning(name, "It is public: all members read whose password is reset.", "Make it private.")
    return ok(name, "Private, and shared with nobody outside.")
