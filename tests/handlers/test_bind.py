"""No listener raises, whatever happens inside; people get words and a reference, logs get places only."""

from __future__ import annotations

import functools
import re
from typing import Any

import pytest
from slack_bolt import Ack, App, BoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient
from structlog.testing import capture_logs

from handlers import bind
from handlers.ids import Act, Screen
from tests.contract.judges import shown
from tests.handlers.stage import Stage

SECRET = "mk7p-4rwx-h9qd-t3vc"
REFERENCE = re.compile(r"[2-9A-HJKMNP-Z]{6}")


def reference_in(text: str) -> str:
    found = re.search(r"this reference: (\S{6})", text)
    assert found is not None
    assert REFERENCE.fullmatch(found.group(1))
    return found.group(1)


def test_an_unforeseen_fault_of_a_command_gets_a_reference(stage: Stage) -> None:
    stage.finder.raises = RuntimeError(f"the password is {SECRET}")
    with capture_logs() as logs:
        answer = stage.command("jane")
    (line,) = logs
    assert line["reference"] == reference_in(answer["text"])
    assert (line["fault"], line["user_id"], line["workspace"]) == ("RuntimeError", "U0SAM", "T0STATSTAK")
    assert "find_user.py" in line["places"]
    assert SECRET not in repr(logs)
    assert SECRET not in repr(answer)


def test_of_a_click_a_modal(stage: Stage) -> None:
    stage.resets.raises = KeyError("x")
    with capture_logs() as logs:
        assert stage.click(Act.CHOOSE, "7") == ""
    view = stage.slack.asked("views.open")[0]["view"]
    assert reference_in(shown(view)) == logs[0]["reference"]


def test_of_a_submission_an_update_that_does_not_claim_that_nothing_was_sent(stage: Stage) -> None:
    stage.resets.raises = KeyError("x")
    answer = stage.submit(Screen.FORM, {}, "d")
    assert answer["response_action"] == "update"
    assert reference_in(shown(answer["view"]))
    assert "Look at /reset-user status before you try again" in shown(answer["view"])
    assert "othing was sent" not in shown(answer["view"])


def test_slack_away_is_logged_and_acked(stage: Stage) -> None:
    stage.slack.fails("views.open", "internal_error", 500)
    stage.slack.will("response", "no", 500)
    with capture_logs() as logs:
        assert stage.click(Act.CHOOSE, "7") == ""
    assert [line["event"] for line in logs] == ["listener fault", "response_url refused"]


def test_closing_never_fails(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: str) -> None:
        raise OSError("no database")

    monkeypatch.setattr(stage.resets, "modal_closed", broken)
    with capture_logs() as logs:
        assert stage.close(Screen.OUTCOME, "r") == ""
    assert logs[0]["fault"] == "OSError"


def test_a_body_that_is_not_what_we_know_is_a_refusal(stage: Stage) -> None:
    answer = stage.send({"command": "/reset-user", "text": None, "team_id": 7})
    assert answer["text"].startswith("Not allowed")


# --- guard and Bolt's injection by name -----------------------------------------------------------


def bolt(client: WebClient) -> App:
    return App(
        client=client,
        authorize=lambda: AuthorizeResult(enterprise_id=None, team_id="T0", bot_token="xoxb-fake", bot_id="B1"),
        process_before_response=True,
        request_verification_enabled=False,
    )


def run(app: App) -> Any:
    return app.dispatch(BoltRequest(mode="socket_mode", body={"command": "/x", "text": "hi", "user_id": "U0SAM"}))


def test_injection_by_name_works_through_guard_and_partial(client: WebClient) -> None:
    got: list[object] = []

    def listener(ack: Ack, command: dict[str, str], *, service: str) -> None:
        got.extend([command["text"], service])
        ack("done")

    app = bolt(client)
    app.command("/x")(bind.guard(functools.partial(listener, service="ours")))
    assert run(app).body == "done"
    assert got == ["hi", "ours"]


@pytest.mark.parametrize("acks_first", [True, False])
def test_a_listener_that_raises_keeps_its_ack(client: WebClient, *, acks_first: bool) -> None:
    def listener(ack: Ack) -> None:
        if acks_first:
            ack("done")
        raise RuntimeError(SECRET)

    app = bolt(client)
    app.command("/x")(bind.guard(listener))
    with capture_logs() as logs:
        answer = run(app)
    assert (answer.status, answer.body) == (200, "done" if acks_first else "")
    assert SECRET not in repr(logs)
