"""What may be in a message, however it comes: chat methods, response URLs, acks of commands."""

from typing import Any

from sandbox.slack.blocks import MESSAGE_WEIGHT_MOST, message_problems, weight
from sandbox.slack.errors import SlackError
from sandbox.slack.forms import with_ids
from sandbox.world import Json

TEXT_CUT = 40_000
ATTACHMENTS_MOST = 100


def checked_content(body: Json) -> dict[str, Any]:
    """The text and blocks of a message, or Slack's refusal."""
    text, blocks = body.get("text") or "", body.get("blocks") or []
    if not isinstance(text, str):
        raise SlackError("invalid_arguments", messages=["[ERROR] must be a string [json-pointer:/text]"])
    attachments = body.get("attachments") or []
    problems = message_problems(blocks)
    if problems:
        raise SlackError("invalid_blocks", messages=[str(p) for p in problems])
    _check_attachments(attachments)
    if not text and not blocks and not attachments:
        raise SlackError("no_text")
    if weight(blocks) > MESSAGE_WEIGHT_MOST:
        raise SlackError("msg_blocks_too_long")
    return {"text": text[:TEXT_CUT], "blocks": blocks, "attachments": named_attachments(attachments)}


def _check_attachments(attachments: object) -> None:
    """Attachments are Slack's older way to group content; only the blocks inside them are looked at."""
    if not isinstance(attachments, list) or not all(isinstance(one, dict) for one in attachments):
        raise SlackError("invalid_attachments")
    if len(attachments) > ATTACHMENTS_MOST:
        raise SlackError("too_many_attachments")
    for number, one in enumerate(attachments):
        problems = message_problems(one.get("blocks", []), f"/attachments/{number}/blocks")
        if problems:
            raise SlackError("invalid_attachments", messages=[str(p) for p in problems])


def named_attachments(attachments: list[Json]) -> list[Json]:
    return [one | {"blocks": with_ids(one["blocks"])} if "blocks" in one else one for one in attachments]
