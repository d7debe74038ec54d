"""chat.*: who may post where, what is refused, how messages change."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sandbox.app import Running, start
from sandbox.slack.limits import PostingLimit, TooFast
from tests.sandbox.slack_app import Json, Person, actions, button, control, section, write_manifest


@pytest.fixture(autouse=True)
def _text_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """slack_sdk warns before it sends; here Slack's own answer is looked at."""
    monkeypatch.setenv("SKIP_SLACK_SDK_WARNING", "1")


@pytest.fixture
def web(sandbox: Running) -> WebClient:
    return client(sandbox)


def client(sandbox: Running) -> WebClient:
    return WebClient("xoxb-sandbox", base_url=f"{sandbox.url}/api/")


def refusal(call_it: Callable[..., Any], **arguments: Any) -> Json:
    with pytest.raises(SlackApiError) as caught:
        call_it(**arguments)
    data = caught.value.response.data
    assert isinstance(data, dict)
    return data


def error_of(call_it: Callable[..., Any], **arguments: Any) -> str:
    return str(refusal(call_it, **arguments)["error"])


def test_posting_and_what_comes_back(web: WebClient, sam: Person) -> None:
    """Source: docs.slack.dev/reference/methods/chat.postMessage."""
    done = web.chat_postMessage(channel="C0AUDIT", text="Signed in", blocks=[section()])
    message = done["message"]
    assert (done["channel"], message["ts"], message["text"]) == ("C0AUDIT", done["ts"], "Signed in")
    assert (message["bot_id"], message["app_id"], message["user"]) == (
        "B0LOCKSMITH", "A0LOCKSMITH", "U0LOCKSMITH",
    )  # fmt: skip
    assert message["blocks"][0]["block_id"]
    assert sam.messages("C0AUDIT")[-1]["ts"] == done["ts"]


def test_the_same_over_a_form(web: WebClient, sam: Person) -> None:
    """Source: docs.slack.dev/apis/web-api (forms and JSON)."""
    data = {"channel": "C0AUDIT", "text": "form", "blocks": '[{"type": "divider"}]'}
    assert web.api_call("chat.postMessage", data=data)["ok"]
    assert sam.messages("C0AUDIT")[-1]["blocks"][0]["type"] == "divider"
    data["blocks"] = "[{"
    assert error_of(web.api_call, api_method="chat.postMessage", data=data) == "invalid_blocks_format"


def test_a_message_without_text_is_taken_and_flagged(web: WebClient, sam: Person) -> None:
    """Source: docs.slack.dev/reference/methods/chat.postMessage (argument `text`)."""
    done = web.chat_postMessage(channel="C0AUDIT", blocks=[section()])
    assert done["warning"] == "missing_text_in_message"
    assert sam.messages("C0AUDIT")[-1]["text_missing"] is True


def test_a_direct_message_by_the_persons_id(web: WebClient, sam: Person) -> None:
    """Source: docs.slack.dev/reference/methods/chat.postMessage (argument `channel`)."""
    assert web.chat_postMessage(channel="U0SAM", text="psst")["channel"] == "D0SAM"
    assert sam.messages("D0SAM")[-1]["text"] == "psst"


def test_no_direct_messages_without_the_messages_tab(tmp_path: Path) -> None:
    """Source: docs.slack.dev/reference/methods/chat.postMessage (`messages_tab_disabled`)."""

    def change(declared: Json) -> None:
        declared["features"]["app_home"]["messages_tab_enabled"] = False

    running = start(manifest=write_manifest(tmp_path / "m.yml", change))
    web = client(running)
    assert error_of(web.chat_postMessage, channel="U0SAM", text="x") == "messages_tab_disabled"
    assert error_of(web.chat_postMessage, channel="D0SAM", text="x") == "messages_tab_disabled"
    running.close()


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
        ({"channel": "C0AUDIT"}, "no_text"),
        ({"channel": "C0AUDIT", "text": "x", "thread_ts": "1.000001"}, "cannot_reply_to_message"),
        ({"channel": "C0AUDIT", "text": "x", "attachments": ["x"]}, "invalid_attachments"),
        ({"channel": "C0AUDIT", "text": "x", "attachments": [{}] * 101}, "too_many_attachments"),
        ({"channel": "C0AUDIT", "text": "x", "blocks": [section()] * 51}, "invalid_blocks"),
        ({"channel": "C0AUDIT", "text": "x", "metadata": {"event_type": "x"}}, "invalid_metadata_format"),
        (
            {"channel": "C0AUDIT", "text": "x", "metadata": {"event_type": "x", "event_payload": 1}},
            "invalid_metadata_schema",
        ),
        (
            {"channel": "C0AUDIT", "text": "x", "blocks": [section("y" * 2900) for _ in range(5)]},
            "msg_blocks_too_long",
        ),
    ],
)
def test_refused_messages(web: WebClient, sam: Person, arguments: Json, error: str) -> None:
    """Source: docs.slack.dev/reference/methods/chat.postMessage (errors)."""
    assert error_of(web.chat_postMessage, **arguments) == error
    assert sam.messages("C0AUDIT") == []


def test_a_missing_channel_is_named(web: WebClient) -> None:
    """Source: docs.slack.dev/apis/web-api/methods (`response_metadata.messages`)."""
    said = refusal(web.api_call, api_method="chat.postMessage", json={"text": "x"})
    assert said["error"] == "invalid_arguments"
    assert said["response_metadata"]["messages"] == ["[ERROR] missing required field: channel"]


def test_bad_blocks_are_named(web: WebClient) -> None:
    """Source: docs.slack.dev/reference/methods/chat.postMessage (`invalid_blocks`)."""
    said = refusal(web.chat_postMessage, channel="C0AUDIT", text="x", blocks=[{"type": "nope"}])
    assert said["response_metadata"]["messages"] == ["[ERROR] unsupported type: nope [json-pointer:/blocks/0/type]"]


def test_where_the_bot_is_not(web: WebClient, sandbox: Running) -> None:
    """Source: docs.slack.dev/reference/methods/chat.postMessage (`not_in_channel`, `channel_not_found`)."""
    for channel in ("C0SUPPORT", "C0AUDIT"):
        control(sandbox.url, membership={"user": "U0LOCKSMITH", "channel": channel, "in": False})
    assert error_of(web.chat_postMessage, channel="C0SUPPORT", text="x") == "not_in_channel"
    assert error_of(web.chat_postMessage, channel="C0AUDIT", text="x") == "channel_not_found"


def test_metadata_is_kept(web: WebClient, sam: Person) -> None:
    """Source: docs.slack.dev/messaging/message-metadata."""
    metadata = {"event_type": "reset", "event_payload": {"id": "R-7F3K"}}
    web.chat_postMessage(channel="C0AUDIT", text="x", metadata=metadata)
    assert sam.messages("C0AUDIT")[-1]["metadata"] == metadata


def test_threads(web: WebClient, sam: Person) -> None:
    """Source: docs.slack.dev/reference/methods/chat.postMessage (argument `thread_ts`)."""
    root = web.chat_postMessage(channel="C0AUDIT", text="root")["ts"]
    for text in ("first", "second"):
        web.chat_postMessage(channel="C0AUDIT", text=text, thread_ts=root)
    shown = sam.messages("C0AUDIT")
    assert [m["text"] for m in shown] == ["root"]
    assert [r["text"] for r in shown[0]["replies"]] == ["first", "second"]
    reply = shown[0]["replies"][0]["ts"]
    nested = {"channel": "C0AUDIT", "text": "x", "thread_ts": reply}
    assert error_of(web.chat_postMessage, **nested) == "cannot_reply_to_message"


def test_an_ephemeral_message(web: WebClient, sam: Person, person: Callable[[str], Person]) -> None:
    """Source: docs.slack.dev/reference/methods/chat.postEphemeral."""
    ts = web.chat_postEphemeral(channel="C0SUPPORT", user="U0SAM", text="only you")["message_ts"]
    assert sam.messages()[-1]["ephemeral"] is True
    assert len(person("U0ANA").messages()) == 1
    assert error_of(web.chat_update, channel="C0SUPPORT", ts=ts, text="x") == "message_not_found"
    assert error_of(web.chat_delete, channel="C0SUPPORT", ts=ts) == "message_not_found"
    permalink = web.chat_getPermalink
    assert error_of(permalink, channel="C0SUPPORT", message_ts=ts) == "message_not_found"
    reply = {"channel": "C0SUPPORT", "text": "x", "thread_ts": ts}
    assert error_of(web.chat_postMessage, **reply) == "cannot_reply_to_message"


@pytest.mark.parametrize("user", ["U0PAT", "U0NOBODY", "U0LOCKSMITH"])
def test_ephemerals_need_a_member(web: WebClient, user: str) -> None:
    """Source: docs.slack.dev/reference/methods/chat.postEphemeral (`user_not_in_channel`)."""
    said = error_of(web.chat_postEphemeral, channel="C0AUDIT", user=user, text="x")
    assert said == "user_not_in_channel"


def test_ephemerals_need_an_active_member(web: WebClient, sandbox: Running) -> None:
    """Source: docs.slack.dev/reference/methods/chat.postEphemeral (`user_not_in_channel`)."""
    control(sandbox.url, person={"id": "U0BEN", "deleted": True})
    said = error_of(web.chat_postEphemeral, channel="C0AUDIT", user="U0BEN", text="x")
    assert said == "user_not_in_channel"


def test_updates(web: WebClient, sam: Person) -> None:
    """Source: docs.slack.dev/reference/methods/chat.update."""
    ts = web.chat_postMessage(channel="C0AUDIT", text="1", blocks=[actions(button())])["ts"]
    web.chat_update(channel="C0AUDIT", ts=ts, text="2", blocks=[section("two")])
    shown = sam.messages("C0AUDIT")[-1]
    assert (shown["text"], shown["blocks"][0]["text"]["text"], shown["edited"]) == ("2", "two", False)
    web.chat_update(channel="C0AUDIT", ts=ts, text="3")
    shown = sam.messages("C0AUDIT")[-1]
    assert (shown["text"], shown["blocks"], shown["edited"]) == ("3", [], True)
    web.chat_update(channel="C0AUDIT", ts=ts, blocks=[section("four")])
    assert sam.messages("C0AUDIT")[-1]["text"] == "3"
    web.chat_delete(channel="C0AUDIT", ts=ts)
    assert sam.messages("C0AUDIT") == []


def test_refused_updates(web: WebClient, sam: Person) -> None:
    """Source: docs.slack.dev/reference/methods/chat.update (errors)."""
    theirs = sam.messages()[0]["ts"]
    assert error_of(web.chat_update, channel="C0SUPPORT", ts=theirs, text="x") == "cant_update_message"
    assert error_of(web.chat_delete, channel="C0SUPPORT", ts=theirs) == "cant_delete_message"
    assert error_of(web.chat_update, channel="C0SUPPORT", ts="1.2", text="x") == "message_not_found"
    mine = web.chat_postMessage(channel="U0SAM", text="x")["ts"]
    assert error_of(web.chat_update, channel="U0SAM", ts=mine, text="x") == "channel_not_found"
    assert error_of(web.chat_update, channel="D0SAM", ts=mine, text="y" * 4001) == "msg_too_long"
    assert error_of(web.chat_update, channel="D0SAM", ts=mine, blocks=[]) == "no_text"


def test_permalinks(web: WebClient, sandbox: Running) -> None:
    """Source: docs.slack.dev/reference/methods/chat.getPermalink."""
    root = web.chat_postMessage(channel="C0AUDIT", text="root")["ts"]
    reply = web.chat_postMessage(channel="C0AUDIT", text="x", thread_ts=root)["ts"]
    link = web.chat_getPermalink(channel="C0AUDIT", message_ts=root)["permalink"]
    assert link == f"{sandbox.url}/archives/C0AUDIT/p{root.replace('.', '')}"
    assert f"thread_ts={root}" in web.chat_getPermalink(channel="C0AUDIT", message_ts=reply)["permalink"]


def test_a_burst_is_fine_and_more_is_told_to_wait(web: WebClient) -> None:
    """Source: docs.slack.dev/apis/web-api/rate-limits (posting messages)."""

    def post_often() -> None:
        for _ in range(100):
            web.chat_postMessage(channel="C0AUDIT", text="x")

    with pytest.raises(SlackApiError) as caught:
        post_often()
    answer = caught.value.response
    assert (answer.status_code, answer["error"]) == (429, "ratelimited")
    assert int(answer.headers["Retry-After"]) == 1
    assert web.chat_postMessage(channel="C0SUPPORT", text="another channel")["ok"]


def test_the_limit_is_ten_at_once_and_then_one_a_second() -> None:
    """Source: docs.slack.dev/apis/web-api/rate-limits (posting messages); the size of a burst is not documented."""
    now = 100.0
    limit = PostingLimit(now=lambda: now)
    for _ in range(10):
        limit.take("C0AUDIT")
    with pytest.raises(TooFast):
        limit.take("C0AUDIT")
    now += 1.0
    limit.take("C0AUDIT")
    with pytest.raises(TooFast):
        limit.take("C0AUDIT")


def test_armed_faults(web: WebClient, sam: Person, sandbox: Running) -> None:
    """Source: docs.slack.dev/apis/web-api (errors), apis/web-api/rate-limits (429 and `Retry-After`)."""
    control(sandbox.url, fail={"method": "chat.postMessage", "error": "fatal_error", "times": 2})
    for _ in range(2):
        assert error_of(web.chat_postMessage, channel="C0AUDIT", text="x") == "fatal_error"
    assert web.chat_postMessage(channel="C0AUDIT", text="third")["ok"]
    control(sandbox.url, fail={"method": "*", "error": "ratelimited", "retry_after": 7})
    with pytest.raises(SlackApiError) as caught:
        web.auth_test()
    assert (caught.value.response.status_code, caught.value.response.headers["Retry-After"]) == (429, "7")
    control(
        sandbox.url,
        fail={"method": "chat.postMessage", "error": "bad gateway", "http_status": 502, "after": True},
    )
    with pytest.raises(SlackApiError):
        web.chat_postMessage(channel="C0AUDIT", text="done all the same")
    assert [m["text"] for m in sam.messages("C0AUDIT")] == ["third", "done all the same"]
