"""Menus whose options come from the app while somebody types.

Sources: docs.slack.dev/reference/block-kit/block-elements/select-menu-element (external data source),
docs.slack.dev/reference/interaction-payloads/block_suggestion-payload.
"""

import pytest

from tests.sandbox.slack_app import SILENCE, Json, Person, SlackApp, actions, modal, option, plain

MENU: Json = {"type": "external_select", "action_id": "who", "placeholder": plain("Who?"), "min_query_length": 2}
FIELD: Json = {"type": "input", "block_id": "person", "label": plain("Person"), "element": MENU}
FAILED = "Something went wrong: no options came."


def open_form(app: SlackApp, sam: Person) -> str:
    sam.command("/reset-user jane")
    view_id: str = app.web.views_open(trigger_id=app.next()["trigger_id"], view=modal(FIELD))["view"]["id"]
    return view_id


def ask(sam: Person, view_id: str, typed: str, **more: str) -> Json:
    where = {"block_id": "person", "action_id": "who", **more}
    return sam.act("suggest", container={"type": "view", "view_id": view_id}, value=typed, **where)


def test_the_app_is_asked_and_its_options_are_shown(app: SlackApp, sam: Person) -> None:
    view_id = open_form(app, sam)
    app.answers({"options": [option("jane", "Jane Doe")]})
    said = ask(sam, view_id, "ja")
    assert said == {"ok": True, "groups": [{"label": "", "options": [option("jane", "Jane Doe")]}], "notice": ""}
    asked = app.next()
    assert (asked["type"], asked["value"], asked["action_id"], asked["block_id"]) == (
        "block_suggestion", "ja", "who", "person",
    )  # fmt: skip
    assert (asked["view"]["id"], asked["container"]) == (view_id, {"type": "view", "view_id": view_id})
    assert "trigger_id" not in asked
    app.answers(None)
    chosen = {"person": {"who": {"type": "external_select", "selected_option": option("jane", "Jane Doe")}}}
    sam.act("submit", view_id=view_id, values=chosen)
    assert app.next()["view"]["state"]["values"] == chosen


def test_groups_of_options(app: SlackApp, sam: Person) -> None:
    view_id = open_form(app, sam)
    app.answers({"option_groups": [{"label": plain("Acme"), "options": [option("jane")]}]})
    assert ask(sam, view_id, "jane")["groups"] == [{"label": "Acme", "options": [option("jane")]}]


def test_too_little_is_not_asked_for(app: SlackApp, sam: Person) -> None:
    view_id = open_form(app, sam)
    assert ask(sam, view_id, "j") == {"ok": True, "groups": [], "notice": ""}
    assert app.got.empty()


@pytest.mark.parametrize(
    "answer",
    [SILENCE, None, {}, {"options": [{"text": "no object", "value": "x"}]}, {"options": [option("x")] * 101}],
)
def test_answers_that_bring_no_options(app: SlackApp, sam: Person, answer: Json | None) -> None:
    view_id = open_form(app, sam)
    app.answers(answer)
    assert ask(sam, view_id, "jane") == {"ok": True, "groups": [], "notice": FAILED}


def test_in_a_message(app: SlackApp, sam: Person) -> None:
    app.web.chat_postMessage(channel="C0SUPPORT", text="x", blocks=[actions(MENU)])
    container = {"type": "message", "channel": "C0SUPPORT", "ts": sam.messages()[-1]["ts"]}
    app.answers({"options": []})
    said = sam.act("suggest", container=container, block_id="row", action_id="who", value="jane")
    assert said["groups"] == [{"label": "", "options": []}]
    asked = app.next()
    assert (asked["channel"]["id"], asked["message"]["text"]) == ("C0SUPPORT", "x")


def test_other_menus_know_their_options(app: SlackApp, sam: Person) -> None:
    view_id = open_form(app, sam)
    body = {"container": {"type": "view", "view_id": view_id}, "block_id": "person", "value": "jane"}
    assert sam.try_to("suggest", action_id="else", **body)["ok"] is False
    broken = {"person": {"who": {"type": "external_select", "selected_option": {"value": "x"}}}}
    assert sam.try_to("submit", view_id=view_id, values=broken)["ok"] is False
