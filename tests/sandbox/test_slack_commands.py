"""Slash commands: what the app gets, and how its first answer is shown."""

from collections.abc import Callable

from sandbox.app import Running
from tests.sandbox.slack_app import (
    SILENCE,
    Person,
    SlackApp,
    actions,
    button,
    control,
    noted,
    section,
    until,
)

RESULTS = [actions(button("choose", value="7"))]


def test_the_app_gets_every_field_of_a_command(app: SlackApp, sam: Person, sandbox: Running) -> None:
    """Source: docs.slack.dev/interactivity/implementing-slash-commands."""
    sam.command("/reset-user jane doe")
    got = app.next()
    assert got.pop("response_url").startswith(f"{sandbox.url}/response/")
    assert got.pop("trigger_id")
    assert got == {
        "token": "sandbox-verification-token",
        "team_id": "T0STATSTAK",
        "team_domain": "statstak-labs",
        "channel_id": "C0SUPPORT",
        "channel_name": "support",
        "user_id": "U0SAM",
        "user_name": "sam",
        "command": "/reset-user",
        "text": "jane doe",
        "api_app_id": "A0LOCKSMITH",
        "is_enterprise_install": "false",
    }
    envelope = app.envelopes[0]
    assert (envelope.type, envelope.accepts_response_payload) == ("slash_commands", True)


def test_the_name_of_a_private_place_is_not_told(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/interactivity/implementing-slash-commands."""
    sam.command("/reset-user", "C0AUDIT")
    assert app.next()["channel_name"] == "privategroup"
    sam.command("/reset-user", "D0SAM")
    assert app.next()["channel_name"] == "directmessage"


def test_mentions_are_escaped_only_where_the_manifest_says_so(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/reference/app-manifest (`should_escape`)."""
    sam.command("/reset-user ask @ana in #support")
    assert app.next()["text"] == "ask @ana in #support"
    sam.command("/escaped ask @ana in #support at https://example.com/x or jane@acme.example, not @nobody #nowhere")
    assert app.next()["text"] == (
        "ask <@U0ANA> in <#C0SUPPORT|support> at <https://example.com/x> "
        "or <mailto:jane@acme.example|jane@acme.example>, not @nobody #nowhere"
    )


def test_the_ack_is_the_answer_and_only_the_asker_sees_it(
    app: SlackApp, sam: Person, person: Callable[[str], Person]
) -> None:
    """Source: docs.slack.dev/interactivity/implementing-slash-commands (immediate responses)."""
    app.answers({"text": "1 person matches", "blocks": RESULTS})
    sam.command("/reset-user jane doe")
    answer = sam.messages()[-1]
    assert (answer["text"], answer["ephemeral"], answer["user"]) == ("1 person matches", True, "U0LOCKSMITH")
    assert answer["blocks"] == RESULTS
    assert len(person("U0ANA").messages()) == 1
    assert sam.state["story"][0] is True
    sam.act("reload")
    assert len(sam.messages()) == 1


def test_an_answer_in_channel_is_for_everybody(app: SlackApp, sam: Person, person: Callable[[str], Person]) -> None:
    """Source: docs.slack.dev/interactivity/implementing-slash-commands (`response_type`)."""
    app.answers({"text": "hello all", "response_type": "in_channel"})
    sam.command("/reset-user")
    answer = person("U0ANA").messages()[-1]
    assert (answer["text"], answer["ephemeral"]) == ("hello all", False)


def test_an_empty_ack_shows_nothing(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/interactivity/implementing-slash-commands."""
    app.answers(None)
    sam.command("/reset-user")
    assert len(sam.messages()) == 1
    assert sam.state["notices"] == []


def test_no_ack_in_time_is_a_timeout(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/interactivity/implementing-slash-commands (3000 ms, `operation_timeout`)."""
    app.answers(SILENCE)
    sam.command("/reset-user jane")
    assert [n["text"] for n in sam.state["notices"]] == ['/reset-user failed with the error "operation_timeout"']


def test_an_answer_that_comes_too_late_is_dropped(app: SlackApp, sam: Person, sandbox: Running) -> None:
    """Source: docs.slack.dev/interactivity/implementing-slash-commands (3000 ms)."""
    control(sandbox.url, delay_ack=0.4)
    app.answers({"text": "too late"})
    sam.command("/reset-user jane")
    state = until(sandbox.url, "U0SAM", lambda s: bool(noted(s, "too late")))
    assert len(state["messages"]["C0SUPPORT"]) == 1
    assert "operation_timeout" in state["notices"][0]["text"]


def test_nobody_is_connected(sam: Person) -> None:
    """Source: docs.slack.dev/interactivity/implementing-slash-commands (errors)."""
    sam.command("/reset-user jane")
    state = sam.state
    assert state["connected"] is False
    assert 'failed with the error "dispatch_failed"' in state["notices"][0]["text"]


def test_an_answer_that_slack_cannot_read(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/interactivity/implementing-slash-commands (errors)."""
    app.answers({"text": "x", "blocks": [{"type": "table"}]})
    sam.command("/reset-user")
    assert 'failed with the error "invalid_command_response"' in sam.state["notices"][0]["text"]
    assert len(sam.messages()) == 1


def test_blocks_without_text_are_flagged(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/reference/methods/chat.postMessage (argument `text`)."""
    app.answers({"blocks": [section()]})
    sam.command("/reset-user")
    assert sam.messages()[-1]["text_missing"] is True


def test_commands_that_the_manifest_does_not_declare(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/reference/app-manifest (`slash_commands`)."""
    assert sam.try_to("command", channel="C0SUPPORT", text="/other x")["ok"] is False
    assert sam.state["notices"][0]["text"] == "/other is not a valid command."
    assert app.got.empty()


def test_commands_do_not_work_in_threads(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/interactivity/implementing-slash-commands (threads)."""
    ts = sam.messages()[0]["ts"]
    done = sam.try_to("command", channel="C0SUPPORT", text="/reset-user jane", thread_ts=ts)
    assert done == {"ok": False, "error": "/reset-user is not supported in threads. Sorry!"}
    assert app.got.empty()


def test_only_members_act_in_a_channel(app: SlackApp, person: Callable[[str], Person]) -> None:
    """Source: docs.slack.dev/interactivity/implementing-slash-commands."""
    done = person("U0PAT").try_to("command", channel="C0AUDIT", text="/reset-user jane")
    assert done == {"ok": False, "error": "this person is not in that channel"}
    assert app.got.empty()


def test_a_duplicated_envelope_comes_twice_and_is_answered_once(app: SlackApp, sam: Person, sandbox: Running) -> None:
    """Source: github.com/slackapi/bolt-js/issues/2487."""
    control(sandbox.url, duplicate=True)
    app.answers({"text": "answer"})
    sam.command("/reset-user jane")
    assert app.next() == app.next()
    until(sandbox.url, "U0SAM", lambda s: bool(noted(s, "already acked")))
    assert [m["text"] for m in sam.messages()].count("answer") == 1
