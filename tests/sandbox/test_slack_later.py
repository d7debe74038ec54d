"""Scheduled messages, tiers, plans: what Slack refuses or does when time has passed.

Sources: docs.slack.dev/reference/methods/chat.scheduleMessage, …/chat.deleteScheduledMessage,
docs.slack.dev/apis/web-api/rate-limits, docs.slack.dev/reference/methods/usergroups.users.list.
"""

from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sandbox.app import Running, start
from sandbox.slack.limits import CALLS_IN_A_MINUTE, TIERS, TierLimit, TooFast
from sandbox.slack.web_api import METHODS
from tests.sandbox.slack_app import Json, Person, call, control, fetch, section, until


@pytest.fixture
def web(sandbox: Running) -> WebClient:
    return WebClient("xoxb-sandbox", base_url=f"{sandbox.url}/api/")


def error_of(web: WebClient, method: str, **arguments: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        web.api_call(method, json=arguments)
    return str(caught.value.response["error"])


def advance(sandbox: Running, seconds: float) -> float:
    moved: Json = call(f"{sandbox.url}/control/clock", {"advance": seconds})
    return float(moved["now"])


def test_a_scheduled_message_comes_when_its_time_has_come(sandbox: Running, web: WebClient, sam: Person) -> None:
    soon = int(advance(sandbox, 0)) + 600
    kept = web.chat_scheduleMessage(channel="C0SUPPORT", post_at=soon, text="later", blocks=[section()])
    assert (kept["channel"], kept["post_at"], kept["message"]["text"]) == ("C0SUPPORT", soon, "later")
    (waiting,) = web.chat_scheduledMessages_list(channel="C0SUPPORT")["scheduled_messages"]
    assert waiting["id"] == kept["scheduled_message_id"]
    advance(sandbox, 500)
    assert len(sam.messages()) == 1
    advance(sandbox, 101)
    until(sandbox.url, "U0SAM", lambda s: s["messages"]["C0SUPPORT"][-1]["text"] == "later")
    assert web.chat_scheduledMessages_list()["scheduled_messages"] == []


def test_a_scheduled_message_can_be_taken_back_until_a_minute_before(
    sandbox: Running, web: WebClient, sam: Person
) -> None:
    soon = int(advance(sandbox, 0)) + 300
    one, other = (
        web.chat_scheduleMessage(channel="C0SUPPORT", post_at=soon, text=text)["scheduled_message_id"]
        for text in ("one", "other")
    )
    web.chat_deleteScheduledMessage(channel="C0SUPPORT", scheduled_message_id=one)
    advance(sandbox, 250)
    method = "chat.deleteScheduledMessage"
    for channel, wanted, error in (
        ("C0SUPPORT", one, "invalid_scheduled_message_id"),
        ("C0SUPPORT", other, "invalid_scheduled_message_id"),
        ("C0NOWHERE", other, "channel_not_found"),
    ):
        assert error_of(web, method, channel=channel, scheduled_message_id=wanted) == error
    advance(sandbox, 60)
    until(sandbox.url, "U0SAM", lambda s: s["messages"]["C0SUPPORT"][-1]["text"] == "other")
    assert [m["text"] for m in sam.messages()[1:]] == ["other"]


@pytest.mark.parametrize(
    ("channel", "ahead", "error"),
    [
        ("C0SUPPORT", -1, "time_in_past"),
        ("C0SUPPORT", 121 * 24 * 3600, "time_too_far"),
        ("C0NOWHERE", 600, "channel_not_found"),
        ("C0AUDIT", 600, "channel_not_found"),
        ("C0SUPPORT", 600, "not_in_channel"),
    ],
)
def test_what_cannot_be_scheduled(sandbox: Running, web: WebClient, channel: str, ahead: int, error: str) -> None:
    if error in {"channel_not_found", "not_in_channel"} and channel != "C0NOWHERE":
        control(sandbox.url, membership={"user": "U0LOCKSMITH", "channel": channel, "in": False})
    at = int(advance(sandbox, 0)) + ahead
    assert error_of(web, "chat.scheduleMessage", channel=channel, post_at=at, text="x") == error


def test_a_time_that_is_none(web: WebClient) -> None:
    assert error_of(web, "chat.scheduleMessage", channel="C0SUPPORT", post_at="soon", text="x") == "invalid_time"


def test_thirty_in_five_minutes(sandbox: Running, web: WebClient) -> None:
    soon = int(advance(sandbox, 0)) + 600
    for _ in range(30):
        web.chat_scheduleMessage(channel="C0SUPPORT", post_at=soon, text="x")
    error = error_of(web, "chat.scheduleMessage", channel="C0SUPPORT", post_at=soon + 1, text="x")
    assert error == "restricted_too_many"


def test_membership_is_looked_at_again_when_the_time_comes(sandbox: Running, web: WebClient, sam: Person) -> None:
    soon = int(advance(sandbox, 0)) + 600
    web.chat_scheduleMessage(channel="C0SUPPORT", post_at=soon, text="too late")
    control(sandbox.url, membership={"user": "U0LOCKSMITH", "channel": "C0SUPPORT", "in": False})
    advance(sandbox, 601)
    until(sandbox.url, "U0SAM", lambda s: any(t["note"] == "not_in_channel" for t in s["traffic"]))
    assert len(sam.messages()) == 1


def test_a_scheduled_message_outlives_a_restart(manifest: Path, tmp_path: Path) -> None:
    running = start(manifest=manifest, data=tmp_path / "data")
    web = WebClient("xoxb-sandbox", base_url=f"{running.url}/api/")
    web.chat_scheduleMessage(channel="C0SUPPORT", post_at=int(advance(running, 0)) + 600, text="later")
    running.close()
    running = start(manifest=manifest, data=tmp_path / "data")
    advance(running, 601)
    until(running.url, "U0SAM", lambda s: s["messages"]["C0SUPPORT"][-1]["text"] == "later")
    running.close()


# --- tiers and plans ------------------------------------------------------------------------------


def test_tiers_on_demand(sandbox: Running, web: WebClient) -> None:
    control(sandbox.url, tiers=True)
    headers = {"Authorization": "Bearer xoxb-sandbox"}
    url = f"{sandbox.url}/api/usergroups.users.list"
    for _ in range(20):
        assert fetch(url, {"usergroup": "S0AGENTS"}, headers)[0] == 200
    with pytest.raises(SlackApiError) as caught:
        web.usergroups_users_list(usergroup="S0AGENTS")
    assert caught.value.response.status_code == 429
    assert 0 < int(caught.value.response.headers["Retry-After"]) <= 60
    assert web.users_info(user="U0SAM")["ok"], "other methods go on"
    advance(sandbox, 61)
    assert web.usergroups_users_list(usergroup="S0AGENTS")["ok"]
    control(sandbox.url, tiers=False)


@pytest.mark.parametrize("method", sorted(TIERS))
def test_every_tier_has_its_number(method: str) -> None:
    assert method in METHODS
    limit = TierLimit(lambda: 1000.0)
    for _ in range(200):
        limit.take(method)
    limit.switch(on=True)
    for _ in range(CALLS_IN_A_MINUTE[TIERS[method]]):
        limit.take(method)
    with pytest.raises(TooFast) as caught:
        limit.take(method)
    assert caught.value.seconds == 60


def test_user_groups_are_for_paying_workspaces(sandbox: Running, web: WebClient) -> None:
    control(sandbox.url, plan="free")
    for method in ("usergroups.list", "usergroups.users.list"):
        assert error_of(web, method, usergroup="S0AGENTS") == "plan_upgrade_required"
    control(sandbox.url, plan="paid")
    assert web.usergroups_list()["ok"]
    assert call(f"{sandbox.url}/control/slack", {"plan": "cheap"})["ok"] is False


def test_every_answer_carries_scopes_and_the_sandboxs_time(sandbox: Running, web: WebClient) -> None:
    """Source: docs.slack.dev/authentication/best-practices (`x-oauth-scopes`)."""
    advance(sandbox, 7 * 24 * 3600)
    real, moved = web.auth_test(), call(f"{sandbox.url}/control/clock", {"advance": 0})["now"]
    assert "chat:write" in real.headers["x-oauth-scopes"].split(",")
    assert abs(parsedate_to_datetime(real.headers["date"]).timestamp() - moved) < 5
