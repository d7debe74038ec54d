"""Signed HTTP: what Slack posts to a request URL, and what it makes of the answer.

Sources: docs.slack.dev/authentication/verifying-requests-from-slack,
docs.slack.dev/interactivity/implementing-slash-commands, …/handling-user-interaction, docs.slack.dev/apis/events-api.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier
from websockets.sync.client import connect

from sandbox.app import Running, start
from sandbox.cast import SIGNING_SECRET
from sandbox.slack import signed_http
from tests.sandbox.receiver import Answer, Receiver, Request, receiver
from tests.sandbox.slack_app import (
    Json,
    Person,
    actions,
    button,
    call,
    control,
    modal,
    noted,
    plain,
    text_input,
    until,
)

WEB = "xoxb-sandbox"


@pytest.fixture
def bot() -> Iterator[Receiver]:
    with receiver() as opened:
        yield opened


@pytest.fixture
def sandbox(manifest: Path, bot: Receiver) -> Iterator[Running]:
    running = start(manifest=manifest, ack_seconds=0.3, request_url=bot.url)
    yield running
    running.close()


@pytest.fixture
def web(sandbox: Running) -> WebClient:
    return WebClient(WEB, base_url=f"{sandbox.url}/api/")


def form(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.body, keep_blank_values=True).items()}


def payload(request: Request) -> Json:
    read: Json = json.loads(form(request)["payload"])
    return read


def genuine(request: Request, secret: str = SIGNING_SECRET) -> bool:
    return SignatureVerifier(secret).is_valid_request(request.body, dict(request.headers))


def acks(sandbox: Running) -> list[Json]:
    return [one for one in call(f"{sandbox.url}/control/traffic") if (one["way"], one["wire"]) == ("out", "http")]


def test_a_command_is_a_signed_form(bot: Receiver, sam: Person) -> None:
    bot.answer = Answer(body=json.dumps({"text": "3 people match", "response_type": "ephemeral"}))
    sam.command("/reset-user jane doe & co=payload")
    request = bot.next()
    assert genuine(request)
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert form(request)["text"] == "jane doe & co=payload"
    assert (form(request)["command"], form(request)["user_id"]) == ("/reset-user", "U0SAM")
    assert (sam.messages()[-1]["text"], sam.messages()[-1]["ephemeral"]) == ("3 people match", True)
    assert sam.state["connected"] is True


def test_plain_words_are_an_answer_too(bot: Receiver, sam: Person) -> None:
    bot.answer = Answer(body="Looking …", content_type="text/plain; charset=utf-8")
    sam.command("/reset-user jane")
    assert sam.messages()[-1]["text"] == "Looking …"
    bot.answer = Answer()
    sam.command("/reset-user jane")
    assert (len(sam.messages()), sam.state["notices"]) == (2, [])


def test_json_that_is_none(bot: Receiver, sam: Person) -> None:
    bot.answer = Answer(body="{")
    sam.command("/reset-user jane")
    assert "invalid_command_response" in sam.state["notices"][0]["text"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(status=404), "dispatch_failed"),
        (Answer(status=500, body="oh"), "dispatch_failed"),
        (Answer(status=302, headers={"Location": "http://127.0.0.1:1/"}), "dispatch_failed"),
        (Answer(silent=True), "operation_timeout"),
    ],
)
def test_anything_but_a_200_in_time_is_an_error(
    bot: Receiver, sandbox: Running, sam: Person, answer: Answer, error: str
) -> None:
    bot.answer = answer
    sam.command("/reset-user jane")
    assert sam.state["notices"][0]["text"] == f'/reset-user failed with the error "{error}"'
    assert acks(sandbox)[-1]["ok"] is False
    assert bot.got.qsize() == 1, "commands are not sent again"


def test_nobody_there(manifest: Path) -> None:
    running = start(manifest=manifest, request_url="http://127.0.0.1:1/slack/events")
    sam = Person(running.url, "U0SAM")
    sam.command("/reset-user jane")
    assert "dispatch_failed" in sam.state["notices"][0]["text"]
    running.close()


def test_clicks_and_submissions_are_one_field(bot: Receiver, sam: Person, web: WebClient) -> None:
    web.chat_postMessage(channel="C0SUPPORT", text="x", blocks=[actions(button())])
    ts = sam.messages()[-1]["ts"]
    container = {"type": "message", "channel": "C0SUPPORT", "ts": ts}
    sam.act("click", container=container, block_id="row", action_id="go", chosen={})
    request = bot.next()
    assert genuine(request)
    assert set(form(request)) == {"payload"}
    clicked = payload(request)
    assert clicked["type"] == "block_actions"
    view = web.views_open(trigger_id=clicked["trigger_id"], view=modal(text_input()))["view"]
    bot.answer = Answer(body=json.dumps({"response_action": "errors", "errors": {"note": "Too short."}}))
    values = {"note": {"text": {"type": "plain_text_input", "value": "hm"}}}
    sam.act("submit", view_id=view["id"], values=values)
    assert payload(bot.next())["type"] == "view_submission"
    assert sam.modal["errors"] == {"note": "Too short."}
    bot.answer = Answer(body=json.dumps({"response_action": "update", "view": modal(title=plain("Done"))}))
    sam.act("submit", view_id=view["id"], values=values)
    assert sam.modal["notice"] == "We had some trouble connecting. Try again?", "a view without blocks"
    bot.answer = Answer(status=500)
    sam.act("submit", view_id=view["id"], values=values)
    assert sam.modal["notice"] == "We had some trouble connecting. Try again?"
    bot.answer = Answer()
    sam.act("submit", view_id=view["id"], values=values)
    assert sam.state["modals"] == []


def test_events_are_json_and_come_again(sandbox: Running, bot: Receiver, sam: Person) -> None:
    bot.answer = Answer(status=500)
    sam.act("message", channel="D0SAM", text="hello?")
    first, second = bot.next(), bot.next()
    assert all(genuine(one) for one in (first, second))
    assert first.headers["content-type"] == "application/json"
    assert json.loads(first.body)["event"]["text"] == "hello?"
    assert first.body == second.body
    assert "x-slack-retry-num" not in first.headers
    assert (second.headers["x-slack-retry-num"], second.headers["x-slack-retry-reason"]) == ("1", "http_error")
    bot.answer = Answer(silent=True)
    call(f"{sandbox.url}/control/clock", {"advance": 61})
    third = bot.next()
    assert (third.headers["x-slack-retry-num"], third.headers["x-slack-retry-reason"]) == ("2", "http_error")
    until(sandbox.url, "U0SAM", lambda s: bool(noted(s, "no ack in time")))
    bot.answer = Answer(status=500)
    call(f"{sandbox.url}/control/clock", {"advance": 301})
    fourth = bot.next()
    assert (fourth.headers["x-slack-retry-num"], fourth.headers["x-slack-retry-reason"]) == ("3", "http_timeout")
    until(sandbox.url, "U0SAM", lambda s: len(noted(s, "HTTP 500")) == 3)
    call(f"{sandbox.url}/control/clock", {"advance": 9999})
    sam.act("look", channel="D0SAM")
    assert json.loads(bot.next().body)["event"]["type"] == "app_home_opened", "three times more and no more"


def test_a_header_declines_retries(bot: Receiver, sam: Person) -> None:
    bot.answer = Answer(status=500, headers={"x-slack-no-retry": "1"})
    sam.act("message", channel="D0SAM", text="hello?")
    assert bot.got.qsize() == 1


def test_a_late_answer_is_dropped(sandbox: Running, bot: Receiver, sam: Person) -> None:
    control(sandbox.url, delay_ack=0.4)
    bot.answer = Answer(body='{"text": "late"}')
    sam.command("/reset-user jane")
    assert "operation_timeout" in sam.state["notices"][0]["text"]
    assert len(sam.messages()) == 1


def test_a_duplicate_is_signed_anew_and_a_replay_is_not(sandbox: Running, bot: Receiver, sam: Person) -> None:
    control(sandbox.url, duplicate=True)
    sam.command("/reset-user jane")
    first, second = bot.next(), bot.next()
    assert first.body == second.body
    assert genuine(second)
    assert first.headers["x-slack-signature"] != second.headers["x-slack-signature"]
    control(sandbox.url, duplicate=False, http="replay")
    sam.command("/reset-user jane")
    first, second = bot.next(), bot.next()
    assert first == second
    assert genuine(second)


def test_what_slack_would_not_send(sandbox: Running, bot: Receiver, sam: Person) -> None:
    bot.answer = Answer(status=401)
    control(sandbox.url, http="bad_signature")
    sam.command("/reset-user jane")
    assert not genuine(bot.next())
    control(sandbox.url, http="old_timestamp")
    sam.command("/reset-user jane")
    old = bot.next()
    stamp = int(old.headers["x-slack-request-timestamp"])
    assert 300 < time.time() - stamp < 310
    assert not genuine(old), "its signature is good, its age is not"
    control(sandbox.url, http="no_signature")
    sam.command("/reset-user jane")
    assert "x-slack-signature" not in bot.next().headers
    assert [one["note"] for one in acks(sandbox)] == ["HTTP 401"] * 3
    sam.command("/reset-user jane")
    assert genuine(bot.next()), "a trick is used once"
    assert call(f"{sandbox.url}/control/slack", {"http": "magic"})["ok"] is False


def test_one_secret_for_one_app(manifest: Path, bot: Receiver) -> None:
    running = start(manifest=manifest, ack_seconds=0.3, request_url=bot.url, signing_secret="another")
    Person(running.url, "U0SAM").command("/reset-user jane")
    request = bot.next()
    assert genuine(request, "another")
    assert not genuine(request)
    running.close()


def test_only_on_this_machine(sandbox: Running, manifest: Path) -> None:
    with pytest.raises(ValueError, match="on this machine"):
        start(manifest=manifest, request_url="http://example.com/slack/events")
    assert call(f"{sandbox.url}/control/slack", {"request_url": "https://8.8.8.8/"})["ok"] is False


def test_the_transport_changes_while_it_runs(sandbox: Running, bot: Receiver, sam: Person, web: WebClient) -> None:
    url = web.apps_connections_open(app_token="xapp-sandbox")["url"]
    with connect(url, proxy=None) as refused:
        assert json.loads(refused.recv(timeout=10))["reason"] == "link_disabled"
    control(sandbox.url, request_url=None)
    assert sam.state["connected"] is False
    url = web.apps_connections_open(app_token="xapp-sandbox")["url"]
    with connect(url, proxy=None) as connection:
        assert json.loads(connection.recv(timeout=10))["type"] == "hello"
        control(sandbox.url, request_url=bot.url)
        assert json.loads(connection.recv(timeout=10))["reason"] == "link_disabled"
    sam.command("/reset-user jane")
    assert genuine(bot.next())


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/plain", "{}"),
        ("application/x-www-form-urlencoded", "challenge={}"),
        ("application/json", '{{"challenge": "{}"}}'),
    ],
)
def test_a_request_url_answers_slacks_challenge(
    sandbox: Running, bot: Receiver, monkeypatch: pytest.MonkeyPatch, content_type: str, body: str
) -> None:
    """In each of the three ways. Source: docs.slack.dev/reference/events/url_verification."""
    challenge = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"
    monkeypatch.setattr(signed_http, "new_id", lambda *_: challenge)
    said = body.format(challenge)
    bot.answer = Answer(body=said, content_type=content_type, knows_challenge=False)
    control(sandbox.url, verify=True)
    request = bot.asked.get(timeout=10)
    assert genuine(request)
    assert json.loads(request.body) == {
        "type": "url_verification",
        "challenge": challenge,
        "token": "sandbox-verification-token",
    }


@pytest.mark.parametrize("answer", [Answer(body="ok"), Answer(status=404), Answer(silent=True)])
def test_with_events_an_address_without_the_challenge_is_not_taken(
    sandbox: Running, bot: Receiver, sam: Person, answer: Answer
) -> None:
    """Source: docs.slack.dev/apis/events-api/using-http-request-urls (verifying the URL)."""
    with receiver() as other:
        other.answer = answer
        other.answer.knows_challenge = False
        said = call(f"{sandbox.url}/control/slack", {"request_url": other.url})
        other.over.set()
    assert "Your URL didn't respond with the value of the challenge parameter" in said["error"]
    sam.command("/reset-user jane")
    assert genuine(bot.next())  # the earlier address is still the one
