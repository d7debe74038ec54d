"""Tokens, scopes, users, user groups and conversations."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sandbox.app import Running, start
from tests.sandbox.slack_app import (
    Json,
    Person,
    SlackApp,
    actions,
    button,
    call,
    control,
    fetch,
    modal,
    section,
    write_manifest,
)


@pytest.fixture
def web(sandbox: Running) -> WebClient:
    return WebClient("xoxb-sandbox", base_url=f"{sandbox.url}/api/")


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[WebClient]:
    """A client of an app that asked for no scope."""

    def change(declared: Json) -> None:
        declared["oauth_config"]["scopes"]["bot"] = ["commands"]

    running = start(manifest=write_manifest(tmp_path / "bare.yml", change))
    yield WebClient("xoxb-sandbox", base_url=f"{running.url}/api/")
    running.close()


def refusal(web: WebClient, method: str, **arguments: Any) -> Json:
    with pytest.raises(SlackApiError) as caught:
        web.api_call(method, json=arguments)
    data = caught.value.response.data
    assert isinstance(data, dict)
    return data


def test_who_the_bot_is(web: WebClient) -> None:
    """Source: docs.slack.dev/reference/methods/auth.test."""
    told = web.auth_test()
    assert (told["user_id"], told["bot_id"], told["team_id"]) == ("U0LOCKSMITH", "B0LOCKSMITH", "T0STATSTAK")
    assert "chat:write" in told.headers["x-oauth-scopes"]
    assert web.bots_info(bot="B0LOCKSMITH")["bot"]["user_id"] == "U0LOCKSMITH"
    assert refusal(web, "bots.info", bot="B1")["error"] == "bot_not_found"


def test_api_test_needs_no_token(sandbox: Running) -> None:
    """Source: docs.slack.dev/reference/methods/api.test."""
    assert call(f"{sandbox.url}/api/api.test", {"foo": "bar"}) == {"ok": True, "args": {"foo": "bar"}}
    assert call(f"{sandbox.url}/api/api.test", {"error": "oops"})["error"] == "oops"


@pytest.mark.parametrize(
    ("token", "error"),
    [("", "not_authed"), ("xoxb-other", "invalid_auth"), ("xapp-sandbox", "not_allowed_token_type")],
)
def test_tokens(sandbox: Running, token: str, error: str) -> None:
    """Source: docs.slack.dev/authentication/tokens, reference/methods/auth.test (errors)."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    assert call(f"{sandbox.url}/api/auth.test", {}, headers) == {"ok": False, "error": error}


def test_the_app_token_is_for_connections_only(web: WebClient) -> None:
    """Source: docs.slack.dev/reference/methods/apps.connections.open."""
    with pytest.raises(SlackApiError, match="not_allowed_token_type"):
        web.apps_connections_open(app_token="xoxb-sandbox")
    assert web.apps_connections_open(app_token="xapp-sandbox")["url"].startswith("ws://127.0.0.1:")


def test_methods_and_bodies_that_do_not_exist(web: WebClient, sandbox: Running) -> None:
    """Source: docs.slack.dev/apis/web-api (errors)."""
    assert refusal(web, "chat.everything")["error"] == "unknown_method"
    headers = {"Authorization": "Bearer xoxb-sandbox"}
    assert '"invalid_json"' in post_raw(sandbox, b"{", headers)
    assert '"json_not_object"' in post_raw(sandbox, b"[]", headers)


def post_raw(sandbox: Running, body: bytes, headers: dict[str, str]) -> str:
    return fetch(f"{sandbox.url}/api/auth.test", body, headers)[1]


@pytest.mark.parametrize(
    ("method", "arguments", "needed"),
    [
        ("users.info", {"user": "U0SAM"}, "users:read"),
        ("users.list", {}, "users:read"),
        ("usergroups.list", {}, "usergroups:read"),
        ("usergroups.users.list", {"usergroup": "S0AGENTS"}, "usergroups:read"),
        ("conversations.info", {"channel": "C0SUPPORT"}, "channels:read"),
        ("conversations.info", {"channel": "C0AUDIT"}, "groups:read"),
        ("conversations.members", {"channel": "D0SAM"}, "im:read"),
        ("conversations.open", {"users": "U0SAM"}, "im:write"),
        ("bots.info", {}, "users:read"),
        ("chat.postMessage", {"channel": "C0SUPPORT", "text": "x"}, "chat:write"),
        ("chat.update", {"channel": "C0SUPPORT", "ts": "1.2", "text": "x"}, "chat:write"),
        ("chat.delete", {"channel": "C0SUPPORT", "ts": "1.2"}, "chat:write"),
        ("chat.postEphemeral", {"channel": "C0SUPPORT", "user": "U0SAM", "text": "x"}, "chat:write"),
    ],
)
def test_every_method_needs_its_scope(bare: WebClient, method: str, arguments: Json, needed: str) -> None:
    """Source: docs.slack.dev/reference/scopes, and each method's page (`missing_scope`)."""
    said = refusal(bare, method, **arguments)
    assert (said["error"], said["needed"], said["provided"]) == ("missing_scope", needed, "commands")


def test_a_user(web: WebClient) -> None:
    """Source: docs.slack.dev/reference/methods/users.info, reference/objects/user-object."""
    user = web.users_info(user="U0SAM")["user"]
    assert (user["id"], user["name"], user["real_name"]) == ("U0SAM", "sam", "Sam Okafor")
    assert (user["team_id"], user["tz"], user["deleted"]) == ("T0STATSTAK", "America/New_York", False)
    assert user["tz_offset"] in {-18000, -14400}
    assert (user["is_bot"], user["is_restricted"], user["is_ultra_restricted"]) == (False, False, False)
    assert user["profile"]["email"] == "sam@statstak.example"
    bot = web.users_info(user="U0LOCKSMITH")["user"]
    assert (bot["is_bot"], "email" in bot["profile"]) == (True, False)
    assert refusal(web, "users.info", user="U0NOBODY")["error"] == "user_not_found"
    assert refusal(web, "users.info")["error"] == "invalid_arguments"


def test_everybody_in_pages(web: WebClient, sandbox: Running) -> None:
    """Sources: docs.slack.dev/reference/methods/users.list, docs.slack.dev/apis/web-api/pagination."""
    control(sandbox.url, person={"id": "U0PAT", "deleted": True})
    everybody = web.users_list()
    ids = [one["id"] for one in everybody["members"]]
    assert {"U0SAM", "U0PAT", "U0LOCKSMITH"} <= set(ids)
    assert everybody["response_metadata"]["next_cursor"] == ""
    pages = [[one["id"] for one in page["members"]] for page in web.users_list(limit=3)]
    assert [one for page in pages for one in page] == ids
    assert {len(page) for page in pages[:-1]} == {3}
    assert everybody["members"][0] == web.users_info(user=ids[0])["user"]
    assert refusal(web, "users.list", cursor="nonsense")["error"] == "invalid_cursor"
    members = [one for page in web.conversations_members(channel="C0AUDIT", limit=2) for one in page["members"]]
    assert members == web.conversations_members(channel="C0AUDIT")["members"]


def test_the_address_needs_a_scope_of_its_own(tmp_path: Path) -> None:
    """Source: docs.slack.dev/reference/scopes/users.read.email."""

    def change(declared: Json) -> None:
        declared["oauth_config"]["scopes"]["bot"].remove("users:read.email")

    running = start(manifest=write_manifest(tmp_path / "m.yml", change))
    web = WebClient("xoxb-sandbox", base_url=f"{running.url}/api/")
    assert "email" not in web.users_info(user="U0SAM")["user"]["profile"]
    running.close()


def test_guests_and_leavers(web: WebClient, sandbox: Running) -> None:
    """Source: docs.slack.dev/reference/objects/user-object."""
    control(sandbox.url, person={"id": "U0PAT", "restricted": True})
    assert web.users_info(user="U0PAT")["user"]["is_restricted"] is True
    control(sandbox.url, person={"id": "U0PAT", "deleted": True})
    gone = web.users_info(user="U0PAT")["user"]
    assert (gone["deleted"], "tz" in gone) == (True, False)


def test_user_groups(web: WebClient, sandbox: Running) -> None:
    """Source: docs.slack.dev/reference/methods/usergroups.list, reference/methods/usergroups.users.list."""
    assert web.usergroups_users_list(usergroup="S0AGENTS")["users"] == ["U0SAM", "U0ANA", "U0BEN"]
    groups = web.usergroups_list(include_users=True)["usergroups"]
    assert [(g["handle"], g["user_count"]) for g in groups] == [("support-agents", 3), ("support-managers", 2)]
    assert groups[1]["users"] == ["U0MAYA", "U0OMAR"]
    assert refusal(web, "usergroups.users.list", usergroup="S1")["error"] == "no_such_subteam"
    control(sandbox.url, group={"id": "S0AGENTS", "remove": "U0ANA"})
    assert web.usergroups_users_list(usergroup="S0AGENTS")["users"] == ["U0SAM", "U0BEN"]


def test_conversations(web: WebClient, sandbox: Running) -> None:
    """Source: docs.slack.dev/reference/methods/conversations.info, reference/methods/conversations.members."""
    audit = web.conversations_info(channel="C0AUDIT", include_num_members=True)["channel"]
    assert (audit["name"], audit["is_private"], audit["is_member"]) == ("reset-audit", True, True)
    assert audit["num_members"] == 6
    assert "U0PAT" in web.conversations_members(channel="C0SUPPORT")["members"]
    assert web.conversations_info(channel="D0SAM")["channel"]["user"] == "U0SAM"
    control(sandbox.url, membership={"user": "U0LOCKSMITH", "channel": "C0AUDIT", "in": False})
    assert refusal(web, "conversations.info", channel="C0AUDIT")["error"] == "channel_not_found"
    assert refusal(web, "conversations.members", channel="C0AUDIT")["error"] == "channel_not_found"
    control(sandbox.url, membership={"user": "U0LOCKSMITH", "channel": "C0SUPPORT", "in": False})
    assert web.conversations_info(channel="C0SUPPORT")["channel"]["is_member"] is False


def test_opening_direct_messages(web: WebClient, sandbox: Running) -> None:
    """Source: docs.slack.dev/reference/methods/conversations.open."""
    assert web.conversations_open(users="U0SAM")["channel"] == {"id": "D0SAM"}
    assert web.conversations_open(users=["U0SAM"], return_im=True)["channel"]["is_im"] is True
    assert refusal(web, "conversations.open", users="U0NOBODY")["error"] == "user_not_found"
    assert refusal(web, "conversations.open", users="U0DESK")["error"] == "cannot_dm_bot"
    control(sandbox.url, person={"id": "U0BEN", "deleted": True})
    assert refusal(web, "conversations.open", users="U0BEN")["error"] == "user_disabled"


def test_opening_a_conversation_of_several(web: WebClient, person: Callable[[str], Person]) -> None:
    """Source: docs.slack.dev/reference/methods/conversations.open (up to eight people; `mpim:write`)."""
    opened = web.conversations_open(users=["U0MAYA", "U0OMAR"], return_im=True)
    channel = opened["channel"]
    assert (channel["is_mpim"], channel["is_private"], opened.get("already_open")) == (True, True, None)
    assert channel["name"] == "mpdm-locksmith--maya--omar-1"
    again = web.conversations_open(users=["U0OMAR", "U0MAYA"])
    assert (again["channel"], again["already_open"]) == ({"id": channel["id"]}, True)
    assert web.conversations_open(channel=channel["id"])["channel"] == {"id": channel["id"]}
    web.chat_postMessage(channel=channel["id"], text="Please decide")
    assert person("U0MAYA").messages(channel["id"])[-1]["text"] == "Please decide"
    assert channel["id"] not in person("U0SAM").state["messages"]
    assert set(web.conversations_members(channel=channel["id"])["members"]) == {"U0LOCKSMITH", "U0MAYA", "U0OMAR"}
    shown = next(c for c in person("U0MAYA").state["conversations"] if c["kind"] == "mpim")
    assert (shown["name"], shown["unread"], shown["mentions"]) == ("Locksmith, Omar Haddad", 1, 1)


def test_conversations_that_cannot_be_opened(web: WebClient, bare: WebClient) -> None:
    """Source: docs.slack.dev/reference/methods/conversations.open (errors)."""
    assert refusal(web, "conversations.open")["error"] == "users_list_not_supplied"
    assert refusal(web, "conversations.open", channel="C0SUPPORT")["error"] == "channel_not_found"
    assert refusal(web, "conversations.open", users="U0MAYA,U0DESK")["error"] == "cannot_dm_bot"
    assert refusal(bare, "conversations.open", users="U0MAYA,U0OMAR")["needed"] == "mpim:write"
    assert refusal(bare, "conversations.open", users="U0MAYA")["needed"] == "im:write"


def mentions(one: Person, channel: str = "C0SUPPORT") -> int:
    return next(int(c["mentions"]) for c in one.state["conversations"] if c["id"] == channel)


def test_whom_a_mention_calls(web: WebClient, person: Callable[[str], Person]) -> None:
    """Source: docs.slack.dev/messaging/formatting-message-text (mentions); an edit calls nobody."""
    sam, maya, pat = person("U0SAM"), person("U0MAYA"), person("U0PAT")
    root = web.chat_postMessage(channel="C0SUPPORT", text="Needs approval")["ts"]
    assert [mentions(one) for one in (sam, maya, pat)] == [0, 0, 0]
    web.chat_update(channel="C0SUPPORT", ts=root, text="<!subteam^S0MANAGERS> Needs approval")
    maya.act("look", channel="C0SUPPORT")
    web.chat_postMessage(channel="C0SUPPORT", thread_ts=root, text="<!subteam^S0MANAGERS> please")
    assert [mentions(one) for one in (sam, maya, pat)] == [0, 1, 0]
    web.chat_postMessage(channel="C0SUPPORT", text="<@U0PAT> hello")
    web.chat_postMessage(channel="C0SUPPORT", text="all", blocks=[section("<!here> lunch")])
    assert [mentions(one) for one in (sam, maya, pat)] == [1, 2, 2]
    web.chat_postMessage(channel="D0SAM", text="just you")
    assert mentions(sam, "D0SAM") == 1


def test_a_modal_from_a_button_in_a_direct_message(app: SlackApp, person: Callable[[str], Person]) -> None:
    """Source: docs.slack.dev/reference/methods/views.open."""
    maya = person("U0MAYA")
    app.web.chat_postMessage(channel="U0MAYA", text="Decide", blocks=[actions(button())])
    ts = maya.messages("D0MAYA")[-1]["ts"]
    container = {"type": "message", "channel": "D0MAYA", "ts": ts}
    maya.act("click", container=container, block_id="row", action_id="go", chosen={})
    clicked = app.next()
    assert clicked["channel"] == {"id": "D0MAYA", "name": "directmessage"}
    app.web.views_open(trigger_id=clicked["trigger_id"], view=modal(section()))
    assert maya.modal["view"]["title"]["text"] == "Reset"
