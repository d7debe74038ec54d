"""One call to Slack, and what it says when it will not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

CALL_SECONDS = 5
_LONGEST_CODE = 60
_TOKEN = 'Copy the bot token (xoxb-…) from the app\'s page "OAuth & Permissions" into SLACK_BOT_TOKEN.'  # noqa: S105
_AWAY = "See that this machine may reach Slack (slack_sdk obeys HTTPS_PROXY and ignores NO_PROXY)."
_BAD_TOKEN = (
    "invalid_auth",
    "not_authed",
    "account_inactive",
    "token_revoked",
    "token_expired",
    "not_allowed_token_type",
)
_MENDS = {
    "missing_scope": "Install the app again from manifest.yml, so that it gets all its scopes.",
    "plan_upgrade_required": "User groups need a paid plan: list user ids (U…) under agents instead.",
    "ratelimited": "Ask again in a minute.",
    **dict.fromkeys(_BAD_TOKEN, _TOKEN),
}


class Said(Exception):
    """Slack's own code, or the kind of fault on the way there; never a text."""

    def __init__(self, code: str, *, away: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.away = away
        """Slack was not reached."""

    @property
    def sentence(self) -> str:
        return f"Slack was not reached ({self.code})." if self.away else f"Slack says {self.code}."

    @property
    def mend(self) -> str:
        return _AWAY if self.away else _MENDS.get(self.code, "Look the code up at docs.slack.dev.")


@dataclass(frozen=True)
class Answer:
    data: Mapping[str, Any]
    headers: Mapping[str, str]

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), "")


class Slack:
    """Calls by name; raises `Said` only."""

    def __init__(self, token: str, api_url: str) -> None:
        self._client = WebClient(token, base_url=api_url, timeout=CALL_SECONDS, retry_handlers=[])

    def __call__(self, method: str, **arguments: Any) -> Answer:  # noqa: ANN401  (Slack's own)
        try:
            response = self._client.api_call(method, params=arguments)
        except SlackApiError as error:
            said = error.response.get("error") if error.response is not None else None
            readable = isinstance(said, str) and len(said) <= _LONGEST_CODE
            raise Said(str(said) if readable else "something unreadable") from None
        except (SlackClientError, HTTPException, OSError, ValueError) as error:
            raise Said(type(error).__name__, away=True) from None
        return Answer(response.data if isinstance(response.data, dict) else {}, response.headers)
