"""Posting and editing messages, and what Slack's answers mean: what it will never take is `Undeliverable`, what may
work later is `Later`.
"""

from __future__ import annotations

from http import HTTPStatus
from http.client import HTTPException
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from handlers.views import kit
from services.errors import Later, Undeliverable
from services.model import MessageRef

SOON = 5.0
FAULTS = (SlackApiError, OSError, HTTPException)
"""What a call may raise."""
_PASSING = frozenset(
    {
        "accesslimited",
        "fatal_error",
        "internal_error",
        "rate_limited",
        "ratelimited",
        "request_timeout",
        "rollup_error",
        "service_unavailable",
        "team_added_to_org",
    }
)
_MESSAGE_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})


class Post:
    """`client` comes configured (time-out, retries, proxy)."""

    def __init__(self, client: WebClient) -> None:
        self._client = client

    def put(
        self, message: kit.Message, ref: MessageRef | None, channel: str, thread: str | None = None
    ) -> MessageRef:
        """Edits the message that is there; one that was deleted is posted anew, so that none is lost."""
        if ref is not None:
            try:
                self._client.chat_update(channel=ref.channel, ts=ref.ts, **body(message))
            except SlackApiError as error:
                if code(error) not in _MESSAGE_GONE:
                    raise
            else:
                return ref
        return self.new(message, channel, thread)

    def new(self, message: kit.Message, channel: str, thread: str | None = None) -> MessageRef:
        answer = self._client.chat_postMessage(
            channel=channel, thread_ts=thread, unfurl_links=False, unfurl_media=False, **body(message)
        )
        return MessageRef(str(answer.get("channel", channel)), str(answer.get("ts", "")))

    def direct(self, message: kit.Message, user: str) -> MessageRef:
        opened = self._client.conversations_open(users=user)
        channel: Any = opened.get("channel")
        return self.new(message, str(channel["id"]))


def body(message: kit.Message) -> dict[str, Any]:
    return {"text": message.text, "blocks": message.blocks}


def verdict(error: SlackApiError) -> Later | Undeliverable:
    why, answer = code(error), error.response
    status = answer.status_code if isinstance(answer, SlackResponse) else 0
    if status == HTTPStatus.TOO_MANY_REQUESTS or why in ("ratelimited", "rate_limited"):
        return Later(seconds(answer.headers), why or "ratelimited")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or why in _PASSING:
        return Later(SOON, why or str(status))
    return Undeliverable(why or str(status))


def code(error: SlackApiError) -> str:
    answer = error.response
    why = answer.get("error") if isinstance(answer, (dict, SlackResponse)) else None
    return why if isinstance(why, str) else ""


def seconds(headers: Any) -> float:  # noqa: ANN401  (slack_sdk's own headers)
    found = next((value for name, value in dict(headers).items() if name.lower() == "retry-after"), None)
    try:
        return max(1.0, float(found[0] if isinstance(found, list) else found))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return SOON
