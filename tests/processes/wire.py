"""Being Slack for what its stand-in cannot do: many people at the same moment, one press at several addresses."""

from __future__ import annotations

import hmac
import json
import time
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode

from sandbox.cast import SIGNING_SECRET, TEAM
from tests.scenario.moves import CALLED_BACK, CHECKED, FORGOT, WHY
from tests.scenario.people import Person
from tests.scenario.screen import Field

Json = dict[str, Any]
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Post:
    """One signed request, ready to be sent."""

    body: bytes
    headers: dict[str, str]

    def to(self, url: str) -> tuple[int, str]:
        """Status and body of the answer."""
        return call(urllib.request.Request(f"{url}/slack/events", self.body, self.headers))  # noqa: S310  (ours)


def get(url: str, seconds: float = 5.0) -> tuple[int, str]:
    """As `call`; 0 where nobody is there."""
    try:
        return call(urllib.request.Request(url), seconds)  # noqa: S310  (ours)
    except (URLError, OSError):
        return 0, ""


def call(request: urllib.request.Request, seconds: float = 10.0) -> tuple[int, str]:
    try:
        with _OPENER.open(request, timeout=seconds) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def signed(fields: Json, *, later: int = 0) -> Post:
    """`later`: seconds by which the stamp differs from now, so that the same press has another signature."""
    body = urlencode(fields).encode()
    stamp = str(int(time.time()) + later)
    signature = hmac.new(SIGNING_SECRET.encode(), f"v0:{stamp}:".encode() + body, "sha256").hexdigest()
    headers = {"Content-Type": FORM, "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={signature}"}
    return Post(body, headers)


def command(agent: Person, text: str) -> Json:
    return {
        "command": "/reset-user",
        "text": text,
        "user_id": agent.id,
        "team_id": TEAM["id"],
        "channel_id": agent.channel,
        "trigger_id": f"{time.monotonic_ns()}.1",
    }


def press_send(agent: Person) -> Json:
    """What Slack would send if the agent, in whose form all is filled in, pressed Send."""
    form = agent.modal
    choices = ((form.field(WHY), FORGOT), (form.field(CHECKED), CALLED_BACK))
    values = {box.block_id: {box.element["action_id"]: _chosen(box, words)} for box, words in choices}
    view = {**form.raw["view"], "id": form.id, "hash": form.raw["hash"], "state": {"values": values}}
    return _interaction("view_submission", agent, view=view)


def press_button(manager: Person, channel: str, message: Json, button: Json) -> Json:
    """A button of a message in a channel."""
    place = {"type": "message", "message_ts": message["ts"], "channel_id": channel, "is_ephemeral": False}
    return _interaction(
        "block_actions",
        manager,
        container=place,
        channel={"id": channel, "name": "privategroup"},
        message=message,
        state={"values": {}},
        actions=[button],
    )


def _interaction(kind: str, who: Person, **more: object) -> Json:
    user = {"id": who.id, "team_id": TEAM["id"], "username": who.id, "name": who.id}
    team = {"id": TEAM["id"], "domain": TEAM["domain"]}
    whole = {"type": kind, "user": user, "team": team, "trigger_id": f"{time.monotonic_ns()}.1", **more}
    return {"payload": json.dumps(whole)}


def _chosen(box: Field, words: str) -> Json:
    return {"type": box.element["type"], "selected_option": box.options[words]}
