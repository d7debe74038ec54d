"""Clicks and choices in messages, and message short cuts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sandbox.app import Running, start
from tests.sandbox.slack_app import (
    SILENCE,
    Json,
    Person,
    SlackApp,
    actions,
    button,
    modal,
    option,
    section,
    text_input,
    write_manifest,
)

MENU: Json = {
    "type": "static_select",
    "action_id": "why",
    "options": [option("forgot"), option("phone")],
    "initial_option": option("forgot"),
}


def click(person: Person, channel: str, ts: str, action_id: str, block_id: str = "row", **more: Any) -> Json:
    container = {"type": "message", "channel": channel, "ts": ts}
    return person.try_to("click", container=container, block_id=block_id, action_id=action_id, **more)


def ephemeral_with(app: SlackApp, sam: Person, *blocks: Json) -> str:
    """Have the app answer a command with blocks; the ts of that answer."""
    app.answers({"text": "results", "blocks": list(blocks)})
    sam.command("/reset-user jane")
    app.next()
    app.answers(None)
    ts: str = sam.messages()[-1]["ts"]
    return ts


def test_a_click_in_an_ephemeral_message(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/reference/interaction-payloads/block_actions-payload; no `message`:
    interactivity/handling-user-interaction.
    """
    ts = ephemeral_with(app, sam, actions(button("lock", value="p7")))
    assert click(sam, "C0SUPPORT", ts, "lock")["ok"]
    got = app.next()
    action = got["actions"][0]
    assert action.pop("action_ts")
    assert action == {
        "type": "button",
        "action_id": "lock",
        "block_id": "row",
        "text": {"type": "plain_text", "text": "Go"},
        "value": "p7",
    }
    assert got["type"] == "block_actions"
    assert got["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": "C0SUPPORT",
        "is_ephemeral": True,
    }
    assert "message" not in got
    assert got["user"] == {"id": "U0SAM", "username": "sam", "name": "sam", "team_id": "T0STATSTAK"}
    assert got["team"] == {"id": "T0STATSTAK", "domain": "statstak-labs"}
    assert got["channel"] == {"id": "C0SUPPORT", "name": "support"}
    assert (got["enterprise"], got["is_enterprise_install"]) == (None, False)
    assert (got["api_app_id"], got["token"]) == ("A0LOCKSMITH", "sandbox-verification-token")
    assert got["response_url"]
    assert got["trigger_id"]
    assert app.envelopes[-1].accepts_response_payload is False


def test_a_click_in_a_thread_of_a_private_channel(app: SlackApp, person: Callable[[str], Person]) -> None:
    """Source: docs.slack.dev/reference/interaction-payloads/block_actions-payload."""
    root = app.web.chat_postMessage(channel="C0APPROVALS", text="Needs approval")["ts"]
    reply = app.web.chat_postMessage(
        channel="C0APPROVALS", text="why", thread_ts=root, blocks=[actions(button("approve", value="r1"))]
    )["ts"]
    assert click(person("U0MAYA"), "C0APPROVALS", reply, "approve")["ok"]
    got = app.next()
    assert got["container"] == {
        "type": "message",
        "message_ts": reply,
        "channel_id": "C0APPROVALS",
        "is_ephemeral": False,
        "thread_ts": root,
    }
    assert got["channel"] == {"id": "C0APPROVALS", "name": "privategroup"}
    message = got["message"]
    assert (message["ts"], message["thread_ts"], message["bot_id"]) == (reply, root, "B0LOCKSMITH")
    assert message["blocks"][0]["block_id"] == "row"


def test_a_click_in_the_first_message_of_a_thread(app: SlackApp, person: Callable[[str], Person]) -> None:
    """Source: docs.slack.dev/reference/interaction-payloads/block_actions-payload."""
    root = app.web.chat_postMessage(channel="C0AUDIT", text="card", blocks=[actions(button())])["ts"]
    reply = app.web.chat_postMessage(channel="C0AUDIT", text="asked", thread_ts=root)["ts"]
    click(person("U0MAYA"), "C0AUDIT", root, "go")
    message = app.next()["message"]
    assert (message["thread_ts"], message["reply_count"], message["latest_reply"]) == (root, 1, reply)


def test_the_state_of_all_inputs_comes_along(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/reference/interaction-payloads/block_actions-payload (`state`)."""
    ts = ephemeral_with(app, sam, actions(MENU, button()), text_input("search", "words", initial_value="jane"))
    values = {"search": {"words": {"type": "plain_text_input", "value": "jane do"}}}
    click(sam, "C0SUPPORT", ts, "go", values=values)
    got = app.next()
    assert got["state"]["values"] == {
        "row": {"why": {"type": "static_select", "selected_option": option("forgot")}},
        "search": {"words": {"type": "plain_text_input", "value": "jane do"}},
    }


def test_a_choice_is_told_with_its_whole_option(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/reference/block-kit/block-elements/select-menu-element."""
    ts = ephemeral_with(app, sam, actions(MENU))
    click(sam, "C0SUPPORT", ts, "why", chosen={"selected_option": {"value": "phone"}})
    got = app.next()
    assert got["actions"][0]["selected_option"] == option("phone")
    assert got["state"]["values"]["row"]["why"]["selected_option"] == option("phone")


def test_what_is_not_on_offer_cannot_be_chosen(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/reference/block-kit/block-elements/select-menu-element."""
    ts = ephemeral_with(app, sam, actions(MENU), text_input("search", "words"))
    done = click(sam, "C0SUPPORT", ts, "why", chosen={"selected_option": {"value": "other"}})
    assert done == {"ok": False, "error": "that choice is not on offer"}
    assert click(sam, "C0SUPPORT", ts, "nothing")["ok"] is False
    # An input without `dispatch_action` tells the app nothing.
    assert click(sam, "C0SUPPORT", ts, "words", block_id="search", chosen={"value": "x"})["ok"] is False
    assert app.got.empty()


def test_an_input_that_dispatches(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/reference/block-kit/blocks/input-block (`dispatch_action`)."""
    ts = ephemeral_with(app, sam, text_input("search", "words") | {"dispatch_action": True})
    click(sam, "C0SUPPORT", ts, "words", block_id="search", chosen={"value": "jane"})
    got = app.next()
    assert (got["actions"][0]["type"], got["actions"][0]["value"]) == ("plain_text_input", "jane")


def test_an_overflow_menu(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/reference/block-kit/block-elements/overflow-menu-element."""
    menu = {"type": "overflow", "action_id": "more", "options": [option("a"), option("b")]}
    ts = ephemeral_with(app, sam, section(block_id="s", accessory=menu))
    click(sam, "C0SUPPORT", ts, "more", block_id="s", chosen={"selected_option": option("b")})
    assert app.next()["actions"][0]["selected_option"] == option("b")


def test_a_button_inside_an_attachment(app: SlackApp, person: Callable[[str], Person]) -> None:
    """Source: docs.slack.dev/reference/interaction-payloads/block_actions-payload."""
    inside = [{"color": "#e01e5a", "blocks": [actions(button("approve"))]}]
    ts = app.web.chat_postMessage(channel="C0AUDIT", text="card", attachments=inside)["ts"]
    assert click(person("U0MAYA"), "C0AUDIT", ts, "approve")["ok"]
    assert app.next()["message"]["attachments"] == inside


def test_nobody_clicks_on_what_only_somebody_else_sees(
    app: SlackApp, sam: Person, person: Callable[[str], Person]
) -> None:
    """Source: docs.slack.dev/reference/methods/chat.postEphemeral."""
    ts = ephemeral_with(app, sam, actions(button()))
    assert click(person("U0ANA"), "C0SUPPORT", ts, "go")["ok"] is False
    sam.act("reload")
    assert click(sam, "C0SUPPORT", ts, "go")["ok"] is False


def test_a_click_without_an_ack_leaves_a_notice(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/interactivity/handling-user-interaction (3 seconds)."""
    ts = ephemeral_with(app, sam, actions(button()))
    app.answers(SILENCE)
    click(sam, "C0SUPPORT", ts, "go")
    assert "Locksmith had some trouble" in sam.state["notices"][0]["text"]


def test_a_message_short_cut(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload."""
    parent = sam.messages()[0]["ts"]
    sam.act("message", channel="C0SUPPORT", text="it is jane.doe@acme.example", thread_ts=parent)
    ts = sam.messages()[0]["replies"][0]["ts"]
    sam.act("shortcut", channel="C0SUPPORT", ts=ts, callback_id="reset")
    got = app.next()
    assert (got["type"], got["callback_id"], got["message_ts"]) == ("message_action", "reset", ts)
    message = got["message"]
    # Slack marks addresses in what people write.
    said = "it is <mailto:jane.doe@acme.example|jane.doe@acme.example>"
    assert (message["text"], message["user"]) == (said, "U0SAM")
    assert (message["thread_ts"], message["parent_user_id"]) == (parent, "U0DESK")
    assert got["channel"] == {"id": "C0SUPPORT", "name": "support"}
    assert got["response_url"]
    assert got["trigger_id"]
    assert app.web.views_open(
        trigger_id=got["trigger_id"], view={"type": "modal", "title": {"type": "plain_text", "text": "x"},
                                            "blocks": [section()]}
    )["ok"]  # fmt: skip


def test_a_global_short_cut_knows_no_place(tmp_path: Path) -> None:
    """Source: docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload."""

    def change(declared: Json) -> None:
        named = {"name": "Find a person", "type": "global", "callback_id": "find", "description": "Find"}
        declared["features"]["shortcuts"].append(named)

    running = start(manifest=write_manifest(tmp_path / "m.yml", change), ack_seconds=0.3)
    app, sam = SlackApp(running.url), Person(running.url, "U0SAM")
    sam.act("shortcut", channel="C0SUPPORT", callback_id="find")
    got = app.next()
    assert (got["type"], got["callback_id"], got["user"]["id"]) == ("shortcut", "find", "U0SAM")
    assert not {"channel", "message", "message_ts", "response_url"} & set(got)
    assert app.web.views_open(trigger_id=got["trigger_id"], view=modal(section()))["ok"]
    assert sam.modal["view"]["type"] == "modal"
    for wrong in ({"callback_id": "reset"}, {"callback_id": "find", "ts": sam.messages()[0]["ts"]}):
        assert sam.try_to("shortcut", channel="C0SUPPORT", **wrong)["error"] == "no such short cut"
    app.close()
    running.close()


def test_short_cuts_that_do_not_exist_or_do_not_apply(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/interactivity/implementing-shortcuts (non-ephemeral messages)."""
    ts = sam.messages()[0]["ts"]
    assert sam.try_to("shortcut", channel="C0SUPPORT", ts=ts, callback_id="other")["ok"] is False
    mine = ephemeral_with(app, sam, section())
    assert sam.try_to("shortcut", channel="C0SUPPORT", ts=mine, callback_id="reset")["ok"] is False


def test_a_click_is_told_to_one_connection_only(app: SlackApp, sam: Person, sandbox: Running) -> None:
    """Source: docs.slack.dev/apis/events-api/using-socket-mode (several connections)."""
    second = SlackApp(sandbox.url)
    ts = ephemeral_with_any(app, second, sam)
    click(sam, "C0SUPPORT", ts, "go")
    click(sam, "C0SUPPORT", ts, "go")
    assert app.next()["type"] == second.next()["type"] == "block_actions"
    assert app.got.empty()
    assert second.got.empty()
    second.close()


def ephemeral_with_any(one: SlackApp, other: SlackApp, sam: Person) -> str:
    for app in (one, other):
        app.answer = lambda request: (
            {"text": "results", "blocks": [actions(button())]} if request.type == "slash_commands" else None
        )
    sam.command("/reset-user jane")
    for app in (one, other):
        while not app.got.empty():
            app.next()
    ts: str = sam.messages()[-1]["ts"]
    return ts
