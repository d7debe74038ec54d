"""The agent's path through a real Bolt app: what Slack sends, what it gets, what services were asked."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.ids import Act, Screen
from handlers.views.results import page_value
from services.errors import (
    AlreadyUnderWay,
    DirectoryUnreachable,
    DraftExpired,
    DraftUsed,
    Impossible,
    InvalidForm,
    NotFound,
)
from services.model import Answers, Cause, Row, State, UnderWay
from tests.contract.cases import JANE, REQUEST, in_state
from tests.contract.judges import shown
from tests.handlers.fakes import DRAFT
from tests.handlers.stage import Stage

FILLED: dict[str, Any] = {
    "reason": {"form:reason": {"type": "radio_buttons", "selected_option": {"value": "forgot"}}},
    "check": {"form:check": {"type": "radio_buttons", "selected_option": {"value": "called_back"}}},
    "ticket": {"form:ticket": {"type": "plain_text_input", "value": "ZD-123"}},
    "note": {"form:note": {"type": "plain_text_input", "value": None}},
}
UNDER_WAY = UnderWay("R-7F3K", State.SENT, "U0ANA", "Ana Souza")

# --- the command ----------------------------------------------------------------------------------


def test_a_command_answers_in_its_ack(stage: Stage) -> None:
    answer = stage.command("jane doe")
    assert answer["response_type"] == "ephemeral"
    assert answer["text"].startswith("1 person matches “jane doe”.")
    assert "jane.doe@acme.example" in shown(answer["blocks"])
    assert stage.finder.asked == [("jane doe", 0)]
    assert stage.slack.calls == []


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("  Doe,   Jane ", "Doe, Jane"),
        ("<mailto:jane@acme.example|jane@acme.example>", "jane@acme.example"),
        ("payload@example.com", "payload@example.com"),
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ("help me", "help me"),
        ("statuses", "statuses"),
        ("x" * 300, "x" * 200),
    ],
)
def test_what_is_looked_for(stage: Stage, typed: str, query: str) -> None:
    stage.command(typed)
    assert stage.finder.asked == [(query, 0)]


def test_alone_it_shows_open_requests_and_the_first_people(stage: Stage) -> None:
    answer = shown(stage.command()["blocks"])
    assert "Your open resets: 1" in answer
    assert "R-7F3K" in answer
    assert "Jane Doe" in answer
    assert stage.finder.asked == [("", 0)]


@pytest.mark.parametrize("text", ["help", "HELP", " help "])
def test_help(stage: Stage, text: str) -> None:
    assert stage.command(text)["text"].startswith("Help:")
    assert stage.finder.asked == []


@pytest.mark.parametrize("text", ["status R-7F3K", "Status r-7f3k", "r-7f3k"])
def test_status_of_one_shows_its_history(stage: Stage, text: str) -> None:
    answer = shown(stage.command(text)["blocks"])
    assert "R-7F3K" in answer
    assert "History" in answer
    assert "asked by Sam Okafor" in answer


def test_status_of_mine(stage: Stage) -> None:
    assert stage.command("status")["text"].startswith("Your open resets: 1")


def test_status_of_an_unknown_one(stage: Stage) -> None:
    stage.resets.raises = NotFound("request")
    assert stage.command("status R-ZZZZ")["text"].startswith("Not found:")


# --- who may --------------------------------------------------------------------------------------


def test_an_outsider_is_refused_politely_and_it_is_an_event(stage: Stage) -> None:
    answer = stage.command("jane doe", user="U0PAT")
    assert answer["text"] == (
        "Not allowed: Only support staff reset passwords here. Locked out yourself? 555-010-0199"
    )
    assert "jane" not in repr(answer).lower()
    assert stage.resets.refusals == [("U0PAT", "T0STATSTAK", "/reset-user")]
    assert stage.finder.asked == []


def test_an_outsider_is_refused_at_every_route(stage: Stage) -> None:
    stage.staff.agents.clear()
    for act in (Act.SEARCH, Act.SEARCH_TEXT, Act.PREVIOUS, Act.NEXT, Act.CHOOSE, Act.ADVICE, Act.SHOW, Act.ANOTHER):
        stage.click(act, "7", typed="jane")
    for screen in (Screen.SEARCH, Screen.FORM, Screen.OUTCOME):
        answer = stage.submit(screen, FILLED, DRAFT)
        assert answer["response_action"] == "update"
        assert "Only support staff" in shown(answer["view"])
    stage.short_cut({"text": "jane@acme.example"})
    assert len(stage.resets.refusals) == 8 + 3 + 1
    assert all("Only support staff" in shown(call["view"]) for call in stage.slack.asked("views.open"))
    assert len(stage.slack.asked("views.open")) == 8 + 1
    assert (stage.finder.asked, stage.resets.forms, stage.resets.submitted) == ([], [], [])


def test_a_refusal_that_cannot_be_recorded_is_a_refusal(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: str) -> None:
        raise OSError("no database")

    monkeypatch.setattr(stage.resets, "refused", broken)
    assert stage.command("jane", user="U0PAT")["text"].startswith("Not allowed")


# --- searching and paging -------------------------------------------------------------------------


@pytest.mark.parametrize(("act", "value", "typed"), [(Act.SEARCH, "", "dorn"), (Act.SEARCH_TEXT, "dorn", "old")])
def test_searching_replaces_the_same_message(stage: Stage, act: Act, value: str, typed: str) -> None:
    assert stage.click(act, value, typed=typed) == ""
    (replaced,) = stage.slack.asked("response")
    assert replaced["replace_original"] is True
    assert replaced["response_type"] == "ephemeral"
    assert stage.finder.asked == [("dorn", 0)]


def test_paging_keeps_the_query(stage: Stage) -> None:
    stage.click(Act.NEXT, page_value('a "quoted" query', 5), typed="something else")
    assert stage.finder.asked == [('a "quoted" query', 5)]


@pytest.mark.parametrize("value", ["", "nonsense", "[]", "{}", '["a"]', '["a", -5]', '["a", "b"]', "7"])
def test_a_paging_value_that_is_not_ours_does_no_harm(stage: Stage, value: str) -> None:
    stage.click(Act.NEXT, value)
    assert stage.finder.asked[0][1] == 0


def test_searching_in_the_modal(stage: Stage) -> None:
    values = {"search": {Act.SEARCH_TEXT.value: {"type": "plain_text_input", "value": "dorn"}}}
    answer = stage.submit(Screen.SEARCH, values)
    assert answer["response_action"] == "update"
    assert answer["view"]["callback_id"] == Screen.SEARCH
    assert stage.finder.asked == [("dorn", 0)]


def test_paging_in_the_modal_updates_it(stage: Stage) -> None:
    stage.click_in(Screen.SEARCH, Act.NEXT, page_value("dorn", 5))
    (update,) = stage.slack.asked("views.update")
    assert (update["view_id"], update["hash"]) == ("V1", "h1")


def test_a_page_that_moved_on_meanwhile_is_left_alone(stage: Stage) -> None:
    stage.slack.fails("views.update", "hash_conflict")
    stage.click_in(Screen.SEARCH, Act.NEXT, page_value("dorn", 5))
    assert [call.what for call in stage.slack.calls] == ["views.update"]


def test_the_directory_is_away(stage: Stage) -> None:
    stage.finder.raises = DirectoryUnreachable()
    assert "could not be reached" in stage.command("jane")["text"]


# --- the form -------------------------------------------------------------------------------------


def test_the_lock_opens_the_form(stage: Stage) -> None:
    assert stage.click(Act.CHOOSE, "7") == ""
    (opened,) = stage.slack.asked("views.open")
    assert opened["trigger_id"] == "T1"
    assert opened["view"]["private_metadata"] == DRAFT
    assert "+1 ••• ••42" in shown(opened["view"])
    assert stage.resets.forms == [("7", stage.slack.reply_url, "C0SUPPORT")]


def test_in_a_modal_the_form_takes_its_place_and_keeps_no_url(stage: Stage) -> None:
    stage.click_in(Screen.SEARCH, Act.CHOOSE, "7")
    assert stage.slack.asked("views.update")[0]["view"]["callback_id"] == Screen.FORM
    assert stage.resets.forms == [("7", "", "")]


def test_back_to_the_form_leaves_the_outcome(stage: Stage) -> None:
    stage.click_in(Screen.OUTCOME, Act.CHOOSE, "7", metadata=REQUEST.id)
    assert stage.resets.closed == [(REQUEST.id, "V1")]
    assert stage.slack.asked("views.update")[0]["view"]["callback_id"] == Screen.FORM


@pytest.mark.parametrize("error", [Impossible(Cause.NO_MOBILE), AlreadyUnderWay(UNDER_WAY), NotFound("person")])
def test_a_click_that_cannot_be_done_is_told_in_a_modal(stage: Stage, error: Exception) -> None:
    stage.resets.raises = error
    stage.click(Act.CHOOSE, "7")
    (opened,) = stage.slack.asked("views.open")
    assert opened["view"]["callback_id"] == Screen.REFUSAL
    assert stage.slack.asked("response") == []


def test_a_click_slack_forgot_is_told_by_the_response_url(stage: Stage) -> None:
    stage.slack.fails("views.open", "expired_trigger_id")
    stage.click(Act.CHOOSE, "7")
    (said,) = stage.slack.asked("response")
    assert said["replace_original"] is False
    assert said["text"].startswith("That took too long")


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (Row(JANE, impossible=Cause.STOPPED), "text START"),
        (Row(JANE, under_way=UNDER_WAY), "Ana Souza has a reset of this person under way: R-7F3K, text sent."),
        (Row(JANE), "Nothing is in the way any more"),
    ],
)
def test_what_can_i_do(stage: Stage, row: Row, says: str) -> None:
    stage.finder.rows = (row,)
    stage.click(Act.ADVICE, "7")
    stage.click_in(Screen.SEARCH, Act.ADVICE, "7", typed="jane")
    assert says in shown(stage.slack.asked("views.open")[0]["view"])
    assert page_value("jane", 0) in repr(stage.slack.asked("views.update")[0]["view"])


def test_a_click_that_slack_sends_twice_is_answered_once(stage: Stage) -> None:
    stage.click(Act.CHOOSE, "7")
    stage.slack.fails("views.open", "exchanged_trigger_id")
    stage.click(Act.CHOOSE, "7")
    assert stage.slack.asked("response") == []


# --- sending --------------------------------------------------------------------------------------


def test_sending_shows_sending(stage: Stage) -> None:
    answer = stage.submit(Screen.FORM, FILLED, DRAFT)
    assert answer["response_action"] == "update"
    view = answer["view"]
    assert view["title"]["text"] == "Sending text"
    assert view["private_metadata"] == REQUEST.id
    assert view["notify_on_close"] is True
    assert "Show result" in shown(view)
    assert stage.resets.submitted == [(DRAFT, Answers("forgot", "called_back", "ZD-123", ""), "V1")]


def test_errors_are_shown_at_their_field(stage: Stage) -> None:
    stage.resets.raises = InvalidForm({"note": "Write.", "what is new": "Hm."})
    answer = stage.submit(Screen.FORM, {}, DRAFT)
    assert answer == {"response_action": "errors", "errors": {"reason": "Hm.", "note": "Write."}}


def test_a_form_sent_twice_shows_what_became_of_it(stage: Stage) -> None:
    stage.resets.raises, stage.resets.request = DraftUsed("abc"), in_state(State.DELIVERED)
    answer = stage.submit(Screen.FORM, FILLED, DRAFT)
    assert answer["view"]["private_metadata"] == "abc"
    assert answer["view"]["title"]["text"] == "Text delivered"


@pytest.mark.parametrize("error", [DraftExpired(), AlreadyUnderWay(UNDER_WAY), Impossible(Cause.DEACTIVATED)])
def test_a_submission_that_cannot_be_done_becomes_a_refusal(stage: Stage, error: Exception) -> None:
    stage.resets.raises = error
    answer = stage.submit(Screen.FORM, FILLED, DRAFT)
    assert answer["response_action"] == "update"
    assert answer["view"]["callback_id"] == Screen.REFUSAL
    assert "Back to the search" in shown(answer["view"])


def test_show_result_reads_again(stage: Stage) -> None:
    stage.resets.request = in_state(State.DELIVERED)
    stage.click_in(Screen.OUTCOME, Act.SHOW, REQUEST.id, metadata=REQUEST.id)
    stage.click(Act.SHOW, REQUEST.id)
    for method in ("views.update", "views.open"):
        assert stage.slack.asked(method)[0]["view"]["title"]["text"] == "Text delivered"
    assert stage.resets.closed == []


def test_continue_closes_and_is_told(stage: Stage) -> None:
    assert stage.submit(Screen.OUTCOME, {}, REQUEST.id) == {"response_action": "clear"}
    assert stage.resets.closed == [(REQUEST.id, "V1")]


def test_closing_is_told(stage: Stage) -> None:
    assert stage.close(Screen.OUTCOME, REQUEST.id) == ""
    assert stage.resets.closed == [(REQUEST.id, "V1")]


def test_reset_another_turns_the_modal_into_a_search(stage: Stage) -> None:
    stage.click_in(Screen.OUTCOME, Act.ANOTHER, metadata=REQUEST.id)
    assert stage.resets.closed == [(REQUEST.id, "V1")]
    assert stage.slack.asked("views.update")[0]["view"]["callback_id"] == Screen.SEARCH


def test_reset_another_in_a_message_opens_a_search_and_keeps_the_message(stage: Stage) -> None:
    stage.click(Act.ANOTHER)
    assert stage.slack.asked("views.open")[0]["view"]["callback_id"] == Screen.SEARCH
    assert stage.slack.asked("response") == []


# --- the short cut --------------------------------------------------------------------------------


def test_the_short_cut_finds_who_is_written_about(stage: Stage) -> None:
    stage.short_cut({"text": "Hi, <mailto:Jane.Doe@acme.example|Jane.Doe@acme.example> is locked out"})
    assert stage.finder.asked == [("Jane.Doe@acme.example", 0)]
    assert "From the message: Jane.Doe@acme.example" in shown(stage.slack.asked("views.open")[0]["view"])


def test_the_short_cut_without_an_address_says_so(stage: Stage) -> None:
    stage.short_cut({"text": "somebody is locked out"})
    assert stage.finder.asked == [("", 0)]
    assert "no e-mail address in that message" in shown(stage.slack.asked("views.open")[0]["view"])
