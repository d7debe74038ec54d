"""Response URLs: how often, how long, and what they replace."""

from collections.abc import Callable

import pytest
from slack_sdk.webhook import WebhookClient, WebhookResponse

from sandbox.app import Running
from tests.sandbox.slack_app import Json, Person, SlackApp, actions, button, call, control, section


@pytest.fixture
def command_url(app: SlackApp, sam: Person) -> str:
    """The response URL of a command whose ack showed results."""
    app.answers({"text": "results", "blocks": [actions(button())]})
    sam.command("/reset-user jane")
    app.answers(None)
    url: str = app.next()["response_url"]
    return url


@pytest.fixture
def click_url(command_url: str, app: SlackApp, sam: Person) -> str:
    """The response URL of a click on those results."""
    assert command_url
    ts = sam.messages()[-1]["ts"]
    container = {"type": "message", "channel": "C0SUPPORT", "ts": ts}
    sam.act("click", container=container, block_id="row", action_id="go")
    url: str = app.next()["response_url"]
    return url


def post(url: str, body: Json) -> WebhookResponse:
    return WebhookClient(url).send_dict(body)


def texts(person: Person) -> list[str]:
    return [m["text"] for m in person.messages()][1:]


def test_an_answer_is_for_the_one_person_by_default(
    command_url: str, sam: Person, person: Callable[[str], Person]
) -> None:
    """Source: docs.slack.dev/interactivity/handling-user-interaction (message responses)."""
    done = post(command_url, {"text": "later"})
    assert (done.status_code, done.body) == (200, "ok")
    assert texts(sam) == ["results", "later"]
    assert sam.messages()[-1]["ephemeral"] is True
    assert texts(person("U0ANA")) == []


def test_an_answer_in_channel(command_url: str, person: Callable[[str], Person]) -> None:
    """Source: docs.slack.dev/interactivity/handling-user-interaction (message responses)."""
    post(command_url, {"text": "for all", "response_type": "in_channel"})
    assert texts(person("U0ANA")) == ["for all"]


def test_only_an_answer_in_channel_goes_into_a_thread(command_url: str, sam: Person) -> None:
    """Source: docs.slack.dev/interactivity/handling-user-interaction (message responses)."""
    root = sam.messages()[0]["ts"]
    post(command_url, {"text": "aside", "thread_ts": root})
    post(command_url, {"text": "in thread", "thread_ts": root, "response_type": "in_channel"})
    assert [r["text"] for r in sam.messages()[0]["replies"]] == ["in thread"]
    assert texts(sam) == ["results", "aside"]


def test_a_command_cannot_replace_its_own_first_answer(command_url: str, sam: Person) -> None:
    """Source: docs.slack.dev/interactivity/implementing-slash-commands (the message of the command itself)."""
    post(command_url, {"text": "anew", "replace_original": True})
    assert texts(sam) == ["results", "anew"]


def test_a_click_replaces_the_message_it_was_made_in(click_url: str, sam: Person) -> None:
    """Source: docs.slack.dev/interactivity/handling-user-interaction (message responses)."""
    ts = sam.messages()[-1]["ts"]
    post(click_url, {"text": "chosen", "replace_original": True, "blocks": [section("chosen")]})
    assert texts(sam) == ["chosen"]
    replaced = sam.messages()[-1]
    assert (replaced["ts"], replaced["ephemeral"]) == (ts, True)


def test_a_click_can_delete_it(click_url: str, sam: Person) -> None:
    """Source: docs.slack.dev/interactivity/handling-user-interaction (message responses)."""
    post(click_url, {"delete_original": True})
    assert texts(sam) == []


def test_after_a_reload_there_is_nothing_left_to_replace(click_url: str, sam: Person) -> None:
    """Source: docs.slack.dev/reference/methods/chat.postEphemeral (not kept over reloads)."""
    sam.act("reload")
    post(click_url, {"text": "chosen", "replace_original": True})
    assert texts(sam) == ["chosen"]


def test_five_uses(command_url: str, sam: Person) -> None:
    """Source: docs.slack.dev/interactivity/handling-user-interaction (5 times)."""
    for number in range(5):
        assert post(command_url, {"text": f"answer {number}"}).status_code == 200
    done = post(command_url, {"text": "one too many"})
    assert done.status_code == 404
    assert "used_url" in done.body
    assert "one too many" not in texts(sam)


def test_thirty_minutes(command_url: str, sandbox: Running) -> None:
    """Source: docs.slack.dev/interactivity/handling-user-interaction (within 30 minutes)."""
    call(f"{sandbox.url}/control/clock", {"advance": 30 * 60 - 5})
    assert post(command_url, {"text": "just in time"}).status_code == 200
    call(f"{sandbox.url}/control/clock", {"advance": 10})
    done = post(command_url, {"text": "too late"})
    assert done.status_code == 404
    assert "expired_url" in done.body


def test_unknown_addresses(sandbox: Running, command_url: str) -> None:
    """Source: docs.slack.dev/interactivity/handling-user-interaction (message responses)."""
    assert command_url
    assert post(f"{sandbox.url}/response/T0STATSTAK/nope", {"text": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"text": ""}, "no_text"),
        ({"text": "x", "blocks": [{"type": "nope"}]}, "invalid_blocks"),
        ({"text": "x", "thread_ts": "1.2", "response_type": "in_channel"}, "invalid_thread_ts"),
    ],
)
def test_refused_answers_use_nothing_up(command_url: str, body: Json, error: str) -> None:
    """Source: docs.slack.dev/interactivity/handling-user-interaction (message responses)."""
    for _ in range(6):
        done = post(command_url, body)
        assert (done.status_code, done.body) == (400, error)


def test_an_armed_fault(command_url: str, sam: Person, sandbox: Running) -> None:
    """Source: docs.slack.dev/interactivity/handling-user-interaction (message responses)."""
    control(sandbox.url, fail={"method": "response_url", "error": "server_error", "http_status": 500})
    assert post(command_url, {"text": "lost"}).status_code == 500
    assert texts(sam) == ["results"]
    control(sandbox.url, fail={"method": "response_url", "error": "x", "http_status": 503, "after": True})
    assert post(command_url, {"text": "shown all the same"}).status_code == 503
    assert texts(sam) == ["results", "shown all the same"]
