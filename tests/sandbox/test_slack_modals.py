"""Modals: opening, filling in, submitting, closing; what each answer of the app does."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from sandbox.app import Running, start
from tests.sandbox.slack_app import (
    SILENCE,
    WAIT,
    Json,
    Person,
    SlackApp,
    actions,
    button,
    call,
    control,
    modal,
    option,
    plain,
    section,
    text_input,
    until,
)

TROUBLE = "We had some trouble connecting. Try again?"
FORM = modal(
    text_input(),
    actions({"type": "radio_buttons", "action_id": "why", "options": [option("forgot"), option("phone")]}),
    callback_id="reset",
    private_metadata="R-7F3K",
)


def trigger(app: SlackApp, sam: Person) -> str:
    sam.command("/reset-user jane")
    found: str = app.next()["trigger_id"]
    return found


def open_modal(app: SlackApp, sam: Person, view: Json = FORM) -> Json:
    opened: Json = app.web.views_open(trigger_id=trigger(app, sam), view=view)["view"]
    return opened


def typed(text: str | None) -> Json:
    return {"note": {"text": {"type": "plain_text_input", "value": text}}}


def submit(sam: Person, text: str | None = "hello") -> Json:
    return sam.act("submit", view_id=sam.modal["id"], values=typed(text))


def error_of(call_it: Callable[[], Any]) -> str:
    with pytest.raises(SlackApiError) as caught:
        call_it()
    error: str = caught.value.response["error"]
    return error


def test_a_modal_is_private_to_its_person(app: SlackApp, sam: Person, person: Callable[[str], Person]) -> None:
    """Source: docs.slack.dev/surfaces/modals."""
    view = open_modal(app, sam)
    assert (view["callback_id"], view["private_metadata"]) == ("reset", "R-7F3K")
    assert (view["root_view_id"], view["previous_view_id"]) == (view["id"], None)
    assert (view["app_id"], view["bot_id"]) == ("A0LOCKSMITH", "B0LOCKSMITH")
    assert sam.modal["id"] == view["id"]
    assert person("U0ANA").state["modals"] == []


def test_initial_values_are_there_from_the_start(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/reference/interaction-payloads/view-interactions-payload (`state`)."""
    menu = {"type": "static_select", "action_id": "m", "options": [option("a")], "initial_option": option("a")}
    ticks = {"type": "checkboxes", "action_id": "c", "options": [option("x"), option("y")],
             "initial_options": [option("y")]}  # fmt: skip
    open_modal(app, sam, modal(text_input(initial_value="hi"), actions(menu, ticks)))
    assert sam.modal["state"]["values"] == {
        "note": {"text": {"type": "plain_text_input", "value": "hi"}},
        "row": {
            "m": {"type": "static_select", "selected_option": option("a")},
            "c": {"type": "checkboxes", "selected_options": [option("y")]},
        },
    }


def test_a_submission(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/reference/interaction-payloads/view-interactions-payload (`view_submission`)."""
    opened = open_modal(app, sam)
    submit(sam)
    got = app.next()
    assert (got["type"], got["response_urls"]) == ("view_submission", [])
    assert "response_url" not in got
    assert "container" not in got
    view = got["view"]
    assert (view["id"], view["hash"], view["callback_id"]) == (opened["id"], opened["hash"], "reset")
    assert view["state"]["values"] == {
        "note": {"text": {"type": "plain_text_input", "value": "hello"}},
        "row": {"why": {"type": "radio_buttons", "selected_option": None}},
    }
    assert app.envelopes[-1].accepts_response_payload is True
    assert sam.state["modals"] == []


def test_what_slacks_client_checks_before_it_sends(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/reference/block-kit/blocks/input-block (`optional`), …/plain-text-input-element."""
    open_modal(app, sam, modal(text_input(min_length=3, max_length=5)))
    submit(sam, None)
    assert sam.modal["errors"] == {"note": "Please complete this required field."}
    submit(sam, "ab")
    assert sam.modal["errors"] == {"note": "Please enter at least 3 characters."}
    submit(sam, "abcdef")
    assert sam.modal["errors"] == {"note": "Please enter no more than 5 characters."}
    assert app.got.empty()


def test_an_optional_input_may_stay_empty(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/reference/block-kit/blocks/input-block (`optional`)."""
    open_modal(app, sam, modal(text_input(optional=True)))
    submit(sam, "")
    assert app.next()["view"]["state"]["values"]["note"]["text"]["value"] is None


def test_errors_keep_the_modal_open(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/surfaces/modals (displaying errors)."""
    open_modal(app, sam)
    app.answers({"response_action": "errors", "errors": {"note": "Say more."}})
    submit(sam)
    assert sam.modal["errors"] == {"note": "Say more."}
    assert sam.modal["state"]["values"]["note"]["text"]["value"] == "hello"
    assert sam.state["story"][1] is False


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors", "errors": {"row": "not an input block"}},
        {"response_action": "errors", "errors": {"nowhere": "no such block"}},
        {"response_action": "errors", "errors": {}},
        {"response_action": "update", "view": {"type": "modal"}},
        {"response_action": "update", "view": modal(text_input(), submit={"type": "mrkdwn", "text": "x"})},
        {"response_action": "push"},
        {"response_action": "later"},
        {"text": "not an answer to a form"},
    ],
)
def test_answers_that_slack_does_not_understand(app: SlackApp, sam: Person, answer: Json) -> None:
    """Source: docs.slack.dev/surfaces/modals (`response_action`)."""
    open_modal(app, sam)
    app.answers(answer)
    submit(sam)
    assert (sam.modal["notice"], sam.modal["errors"], sam.modal["busy"]) == (TROUBLE, {}, False)


def test_no_ack_in_time(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/surfaces/modals (3 seconds)."""
    open_modal(app, sam)
    app.answers(SILENCE)
    submit(sam)
    assert sam.modal["notice"] == TROUBLE
    app.answers(None)
    submit(sam)
    assert sam.state["modals"] == []


def test_the_modal_is_busy_until_the_ack(app: SlackApp, sam: Person, sandbox: Running) -> None:
    """Source: docs.slack.dev/surfaces/modals."""
    view = open_modal(app, sam)
    seen: list[Json] = []

    def answer(_: object) -> None:
        seen.append(until(sandbox.url, "U0SAM", lambda s: bool(s["modals"][-1]["busy"])))
        seen.append(sam.try_to("submit", view_id=view["id"], values=typed("again")))

    app.answer = answer
    submit(sam)
    assert seen[1] == {"ok": False, "error": "this modal is being sent"}


def test_update_shows_another_view_in_the_same_modal(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/surfaces/modals (updating views)."""
    opened = open_modal(app, sam)
    app.answers({"response_action": "update", "view": modal(section("Sending"))})
    submit(sam)
    assert sam.modal["id"] == opened["id"]
    assert sam.modal["hash"] != opened["hash"]
    assert sam.modal["view"]["blocks"][0]["text"]["text"] == "Sending"


def test_push_then_close_then_clear(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/surfaces/modals (`push`, `clear`)."""
    first = open_modal(app, sam)
    app.answers({"response_action": "push", "view": FORM})
    submit(sam)
    second = sam.modal["view"]
    assert (second["root_view_id"], second["previous_view_id"]) == (first["id"], first["id"])
    app.answers(None)
    submit(sam)
    assert sam.modal["id"] == first["id"]
    app.answers({"response_action": "push", "view": FORM})
    submit(sam)
    app.answers({"response_action": "clear"})
    submit(sam)
    assert sam.state["modals"] == []


def test_at_most_three_views(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/surfaces/modals (three views), reference/methods/views.push (`push_limit_reached`)."""
    open_modal(app, sam)
    app.answers({"response_action": "push", "view": FORM})
    submit(sam)
    submit(sam)
    submit(sam)
    assert len(sam.state["modals"]) == 3
    assert sam.modal["notice"] == TROUBLE


def test_a_click_in_a_modal(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/reference/interaction-payloads/block_actions-payload (`view`, `state` of all
    elements).
    """
    opened = open_modal(app, sam)
    container = {"type": "view", "view_id": opened["id"]}
    chosen = {"selected_option": {"value": "phone"}}
    sam.act("click", container=container, block_id="row", action_id="why", chosen=chosen, values=typed("x"))
    got = app.next()
    assert got["container"] == container
    assert "response_url" not in got
    assert "message" not in got
    assert "channel" not in got
    assert got["actions"][0]["selected_option"] == option("phone")
    assert got["view"]["state"]["values"]["row"]["why"]["selected_option"] == option("phone")
    assert got["view"]["state"]["values"]["note"]["text"]["value"] == "x"
    assert got["view"]["hash"] == opened["hash"]


def test_a_click_without_an_ack_says_so_in_the_modal(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/interactivity/handling-user-interaction (3 seconds)."""
    opened = open_modal(app, sam, modal(actions(button())))
    app.answers(SILENCE)
    container = {"type": "view", "view_id": opened["id"]}
    sam.act("click", container=container, block_id="row", action_id="go")
    assert sam.modal["notice"] == TROUBLE


def test_closing_is_told_only_when_asked_for(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/reference/interaction-payloads/view-interactions-payload (`view_closed`)."""
    open_modal(app, sam)
    sam.act("close", view_id=sam.modal["id"])
    assert app.got.empty()
    view = open_modal(app, sam, FORM | {"notify_on_close": True})
    sam.act("close", view_id=view["id"])
    got = app.next()
    assert (got["type"], got["is_cleared"], got["view"]["id"]) == ("view_closed", False, view["id"])


def test_closing_everything(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/reference/interaction-payloads/view-interactions-payload (`is_cleared`)."""
    noisy = FORM | {"notify_on_close": True}
    first = open_modal(app, sam, noisy)
    app.answers({"response_action": "push", "view": noisy})
    submit(sam)
    app.next()
    second = sam.modal["id"]
    app.answers(None)
    sam.act("close", view_id=second, all=True)
    assert sam.state["modals"] == []
    closed = [app.next(), app.next()]
    assert [(c["view"]["id"], c["is_cleared"]) for c in closed] == [(second, True), (first["id"], True)]


def test_clear_on_close_takes_the_whole_stack(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/reference/views/modal-views (`clear_on_close`)."""
    open_modal(app, sam)
    app.answers({"response_action": "push", "view": FORM | {"clear_on_close": True}})
    submit(sam)
    sam.act("close", view_id=sam.modal["id"])
    assert sam.state["modals"] == []


def test_only_the_view_on_top_can_be_used(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/surfaces/modals (the stack)."""
    first = open_modal(app, sam)
    app.answers({"response_action": "push", "view": FORM})
    submit(sam)
    assert sam.try_to("submit", view_id=first["id"], values=typed("x"))["ok"] is False


def test_a_reload_closes_modals(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/surfaces/modals."""
    view = open_modal(app, sam)
    sam.act("reload")
    assert sam.state["modals"] == []
    assert error_of(lambda: app.web.views_update(view_id=view["id"], view=FORM)) == "not_found"


def test_a_trigger_works_once(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/reference/methods/views.open (`exchanged_trigger_id`)."""
    given = trigger(app, sam)
    app.web.views_open(trigger_id=given, view=FORM)
    assert error_of(lambda: app.web.views_open(trigger_id=given, view=FORM)) == "exchanged_trigger_id"


def test_a_refused_view_does_not_use_the_trigger_up(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/reference/methods/views.open; seen, not documented."""
    given = trigger(app, sam)
    assert error_of(lambda: app.web.views_open(trigger_id=given, view={"type": "modal"})) == "invalid_arguments"
    assert app.web.views_open(trigger_id=given, view=FORM)["ok"]


def test_a_trigger_works_for_three_seconds(app: SlackApp, sam: Person, sandbox: Running) -> None:
    """Source: docs.slack.dev/reference/methods/views.open (`expired_trigger_id`),
    interactivity/handling-user-interaction.
    """
    given = trigger(app, sam)
    call(f"{sandbox.url}/control/clock", {"advance": 3.1})
    assert error_of(lambda: app.web.views_open(trigger_id=given, view=FORM)) == "expired_trigger_id"


@pytest.mark.parametrize("given", ["nonsense", "1.2.abc"])
def test_an_invented_trigger(app: SlackApp, given: str) -> None:
    """Source: docs.slack.dev/reference/methods/views.open (`invalid_trigger_id`)."""
    assert error_of(lambda: app.web.views_open(trigger_id=given, view=FORM)) == "invalid_trigger_id"


def test_views_push(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/reference/methods/views.push."""
    outside = trigger(app, sam)
    assert error_of(lambda: app.web.views_push(trigger_id=outside, view=FORM)) == "not_found"
    opened = open_modal(app, sam, modal(actions(button())))
    container = {"type": "view", "view_id": opened["id"]}
    for depth in (2, 3):
        container["view_id"] = sam.modal["id"]
        sam.act("click", container=container, block_id="row", action_id="go")
        pushed = app.web.views_push(trigger_id=app.next()["trigger_id"], view=modal(actions(button())))
        assert len(sam.state["modals"]) == depth
        assert pushed["view"]["root_view_id"] == opened["id"]
    container["view_id"] = sam.modal["id"]
    sam.act("click", container=container, block_id="row", action_id="go")
    last = app.next()["trigger_id"]
    assert error_of(lambda: app.web.views_push(trigger_id=last, view=FORM)) == "push_limit_reached"


def test_a_later_update_reaches_the_screen_and_keeps_what_was_typed(
    app: SlackApp, sam: Person, sandbox: Running
) -> None:
    """Source: docs.slack.dev/reference/methods/views.update (same `block_id` and `action_id`)."""
    opened = open_modal(app, sam)
    chosen = {"selected_option": {"value": "phone"}}
    container = {"type": "view", "view_id": opened["id"]}
    sam.act("click", container=container, block_id="row", action_id="why", chosen=chosen, values=typed("kept"))
    changed = modal(section("new"), text_input(initial_value="not this"), text_input("other", "text"))
    updated = app.web.views_update(view_id=opened["id"], hash=opened["hash"], view=changed)["view"]
    assert (updated["id"], updated["hash"] != opened["hash"]) == (opened["id"], True)
    state = until(sandbox.url, "U0SAM", lambda s: s["modals"][-1]["hash"] == updated["hash"])
    assert state["modals"][-1]["state"]["values"] == {
        "note": {"text": {"type": "plain_text_input", "value": "kept"}},
        "other": {"text": {"type": "plain_text_input", "value": None}},
    }


def test_an_update_with_an_old_hash(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/reference/methods/views.update (`hash_conflict`)."""
    opened = open_modal(app, sam)
    app.web.views_update(view_id=opened["id"], hash=opened["hash"], view=FORM)
    stale = lambda: app.web.views_update(view_id=opened["id"], hash=opened["hash"], view=FORM)  # noqa: E731
    assert error_of(stale) == "hash_conflict"


def test_external_ids(app: SlackApp, sam: Person, person: Callable[[str], Person]) -> None:
    """Source: docs.slack.dev/reference/methods/views.update (`external_id`, `not_found`)."""
    named = FORM | {"external_id": "r-7f3k"}
    open_modal(app, sam, named)
    given = trigger(app, person("U0ANA"))
    assert error_of(lambda: app.web.views_open(trigger_id=given, view=named)) == "duplicate_external_id"
    app.web.views_update(external_id="r-7f3k", view=modal(section("found by its name")))
    assert sam.modal["view"]["blocks"][0]["text"]["text"] == "found by its name"


def test_neither_or_both_names_of_a_view(app: SlackApp) -> None:
    """Source: docs.slack.dev/reference/methods/views.update (arguments)."""
    both = lambda: app.web.api_call("views.update", json={"view": FORM, "view_id": "V1", "external_id": "x"})  # noqa: E731
    assert error_of(both) == "invalid_arguments"
    neither = lambda: app.web.api_call("views.update", json={"view": FORM})  # noqa: E731
    assert error_of(neither) == "invalid_arguments"


def test_a_new_modal_takes_the_place_of_an_old_one(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/reference/methods/views.open."""
    open_modal(app, sam)
    second = open_modal(app, sam)
    assert [m["id"] for m in sam.state["modals"]] == [second["id"]]


def test_a_view_that_is_too_large(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/reference/methods/views.update (`view_too_large`)."""
    given = trigger(app, sam)
    large = modal(*(section("ä" * 2900) for _ in range(100)))
    assert error_of(lambda: app.web.views_open(trigger_id=given, view=large)) == "view_too_large"


def test_the_problems_of_a_view_are_named(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/reference/methods/views.open (`invalid_arguments`)."""
    with pytest.raises(SlackApiError) as caught:
        app.web.views_open(trigger_id=trigger(app, sam), view={"type": "modal", "blocks": [section("")]})
    assert caught.value.response["response_metadata"]["messages"] == [
        "[ERROR] missing required field: title [json-pointer:/view]",
        "[ERROR] must be more than 0 characters [json-pointer:/view/blocks/0/text/text]",
    ]


def test_the_home_tab(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/reference/methods/views.publish."""
    home = {"type": "home", "blocks": [actions(button())]}
    first = app.web.views_publish(user_id="U0SAM", view=home)["view"]
    assert sam.state["home"]["id"] == first["id"]
    container = {"type": "view", "view_id": first["id"]}
    sam.act("click", container=container, block_id="row", action_id="go")
    assert app.next()["view"]["type"] == "home"
    assert app.web.views_publish(user_id="U0SAM", view=home, hash=first["hash"])["view"]["id"] == first["id"]
    stale = lambda: app.web.views_publish(user_id="U0SAM", view=home, hash=first["hash"])  # noqa: E731
    assert error_of(stale) == "hash_conflict"


def test_an_update_may_overtake_a_delayed_ack(manifest: Path) -> None:
    """The ack is what stays: it comes last. Source: docs.slack.dev/surfaces/modals (updating views)."""
    running = start(manifest=manifest, ack_seconds=WAIT)
    app, sam = SlackApp(running.url), Person(running.url, "U0SAM")
    view_id = open_modal(app, sam)["id"]
    control(running.url, delay_ack=0.5)
    app.answers({"response_action": "update", "view": modal(section(), title=plain("Acked"))})
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(submit, sam)
        app.next()
        app.web.views_update(view_id=view_id, view=modal(section(), title=plain("Updated")))
        assert (sam.modal["id"], sam.modal["view"]["title"]["text"]) == (view_id, "Updated")
        done.result()
    assert (sam.modal["id"], sam.modal["view"]["title"]["text"]) == (view_id, "Acked"), "its id stays"
    app.close()
    running.close()


def test_the_home_tab_is_opened_and_clicked(app: SlackApp, sam: Person) -> None:
    """Sources: docs.slack.dev/surfaces/app-home, docs.slack.dev/reference/events/app_home_opened."""
    assert sam.state["tabs"] == {"home": True, "messages": True}
    sam.act("look", channel="D0SAM", tab="home")
    opened = app.next()["event"]
    assert (opened["type"], opened["tab"], "view" in opened) == ("app_home_opened", "home", False)
    home = {"type": "home", "blocks": [actions(button())]}
    view_id = app.web.views_publish(user_id="U0SAM", view=home)["view"]["id"]
    sam.act("click", container={"type": "view", "view_id": view_id}, block_id="row", action_id="go", chosen={})
    clicked = app.next()
    assert (clicked["view"]["type"], clicked["view"]["id"]) == ("home", view_id)
    assert app.web.views_publish(user_id="U0SAM", view=home)["view"]["id"] == view_id
    sam.act("look", channel="D0SAM", tab="home")
    assert app.next()["event"]["view"]["id"] == view_id
