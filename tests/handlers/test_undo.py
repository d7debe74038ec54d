"""Taking back, closing and sending again, through a real Bolt app: who may, what is asked, what is seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handlers import words
from handlers.ids import Act, Screen
from handlers.views.outcome import outcome_screen
from handlers.views.undo import PLAIN, Reader, closing, send_again, withdrawing
from services.errors import AlreadyUnderWay, NotAgain, NotClosable, NotFound, NotWithdrawable
from services.model import Cause, Channel, Closing, State, UnderWay
from tests.contract.cases import MAYA, OMAR, REQUEST, RULES, SAM, in_state
from tests.contract.judges import shown
from tests.handlers.stage import Stage

UNDO = [(Act.WITHDRAW, "withdraw"), (Act.CLOSE, "close")]
ENDS = replace(PLAIN, ends_sign_ins=True, closing_ends_sign_ins=True)


@pytest.mark.parametrize(("act", "did"), UNDO)
def test_who_asked_for_it_may(stage: Stage, act: Act, did: str) -> None:
    assert stage.click(act, REQUEST.id) == ""
    assert stage.undo.done == [(did, "U0SAM", REQUEST.id, False)]
    (opened,) = stage.slack.asked("views.open")
    assert opened["view"]["callback_id"] == Screen.DONE
    assert "Withdrawn by Sam Okafor" in shown(opened["view"])


@pytest.mark.parametrize(("act", "did"), UNDO)
def test_a_manager_may_and_is_looked_up_anew(stage: Stage, act: Act, did: str) -> None:
    stage.undo.theirs = True
    stage.click(act, REQUEST.id, user="U0MAYA")
    assert stage.undo.done == [(did, "U0MAYA", REQUEST.id, True)]
    del stage.managers.agents["U0MAYA"]
    stage.click(act, REQUEST.id, user="U0MAYA")
    assert len(stage.undo.done) == 1


@pytest.mark.parametrize(
    ("act", "says"),
    [(Act.WITHDRAW, "Only whoever asked for this reset, or a manager, can take it back."), (Act.CLOSE, "by it.")],
)
def test_a_colleague_may_not_and_it_is_an_event(stage: Stage, act: Act, says: str) -> None:
    stage.undo.theirs = True
    stage.click(act, REQUEST.id)
    (opened,) = stage.slack.asked("views.open")
    assert opened["view"]["callback_id"] == Screen.REFUSAL
    assert says in shown(opened["view"])
    assert stage.resets.refusals == [("U0SAM", "T0STATSTAK", f"{act} NotAllowed")]


def test_in_the_modal_that_follows_it_the_outcome_is_shown(stage: Stage) -> None:
    stage.click_in(Screen.OUTCOME, Act.WITHDRAW, REQUEST.id, metadata=REQUEST.id)
    (update,) = stage.slack.asked("views.update")
    assert update["view"]["callback_id"] == Screen.OUTCOME
    assert update["view"]["private_metadata"] == REQUEST.id
    assert stage.resets.closed == [], "it goes on following"


@pytest.mark.parametrize("act", [Act.WITHDRAW, Act.CLOSE])
def test_a_request_that_is_gone(stage: Stage, act: Act) -> None:
    stage.undo.raises = NotFound("request")
    stage.click(act, REQUEST.id)
    assert "This request no longer exists." in shown(stage.slack.asked("views.open")[0]["view"])


def test_refused_presses_are_told_and_recorded(stage: Stage) -> None:
    for error in (NotWithdrawable(in_state(State.LAPSED)), NotClosable(in_state(State.SENT), "R-8WVT")):
        stage.undo.raises = error
        stage.click(Act.WITHDRAW, REQUEST.id)
    first, second = (shown(call["view"]) for call in stage.slack.asked("views.open"))
    assert "It was not used in time and ended at 14:45; what was texted is void already." in first
    assert "R-8WVT is a newer reset of this person" in second
    assert [what for _, _, what in stage.resets.refusals] == [
        "undo:withdraw NotWithdrawable",
        "undo:withdraw NotClosable",
    ]


# --- sending again --------------------------------------------------------------------------------


def test_send_again_opens_the_form_with_what_is_known(stage: Stage) -> None:
    stage.click(Act.AGAIN, REQUEST.id)
    (opened,) = stage.slack.asked("views.open")
    view = opened["view"]
    assert view["callback_id"] == Screen.FORM
    assert "Replaces R-7F3K." in shown(view)
    inputs = {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}
    assert inputs["reason"]["initial_option"]["value"] == "forgot"
    assert "initial_option" not in inputs["check"]
    assert inputs["ticket"]["initial_value"] == "ZD-123"
    assert stage.resets.forms == [(REQUEST.id, "", "")]


def test_send_again_in_the_modal_leaves_the_outcome(stage: Stage) -> None:
    stage.click_in(Screen.OUTCOME, Act.AGAIN, REQUEST.id, metadata=REQUEST.id)
    assert stage.resets.closed == [(REQUEST.id, "V1")]
    assert stage.slack.asked("views.update")[0]["view"]["callback_id"] == Screen.FORM


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (NotFound("request"), "This request no longer exists."),
        (NotAgain(in_state(State.COMPLETED)), "has chosen a password of their own"),
        (NotAgain(in_state(State.SENDING)), "It is just being handed over."),
        (AlreadyUnderWay(UnderWay("R-8WVT", State.SENT, "U0ANA", "Ana Souza")), "R-8WVT"),
    ],
)
def test_send_again_that_cannot_be_is_told(stage: Stage, error: Exception, says: str) -> None:
    stage.resets.raises = error
    stage.click(Act.AGAIN, REQUEST.id)
    assert says in shown(stage.slack.asked("views.open")[0]["view"])


def test_a_manager_who_is_no_agent_sends_nothing(stage: Stage) -> None:
    stage.click(Act.AGAIN, REQUEST.id, user="U0MAYA")
    assert stage.resets.forms == []
    assert not send_again(in_state(State.LAPSED), Reader(agent=False, own=False, manager=True), calls=False)


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "Their old password goes on working. Open sign-ins made with it end. A second text tells them so."),
        ({"old_password_works": False}, "Their old password works again."),
        ({"closed": True, "old_password_works": False}, "The account stays closed until a new reset."),
        ({"state": State.UNKNOWN}, "A text to Jane Doe may still arrive; it is void then."),
        ({"channel": Channel.CALL}, "What was read out to Jane Doe stops working."),
    ],
)
def test_what_taking_back_does_is_said_by_product_and_state(changes: dict[str, object], says: str) -> None:
    assert says in withdrawing(replace(in_state(State.USED), **changes), ENDS)  # type: ignore[arg-type]


def test_sign_ins_are_said_to_end_only_where_they_do() -> None:
    assert "stays signed in: the product does not end that." in withdrawing(in_state(State.USED), PLAIN)
    assert "Whoever is signed in stays signed in." in closing(in_state(State.USED), PLAIN)
    assert "Open sign-ins end." in closing(in_state(State.USED), ENDS)
    assert "sign" not in withdrawing(in_state(State.SENDING), PLAIN)


@pytest.mark.parametrize("state", [State.FAILED, State.UNDELIVERED, State.LAPSED, State.REVOKED, State.EXPIRED])
def test_a_closed_account_is_said_to_stay_closed_whatever_ended_it(state: State) -> None:
    """Also where an earlier reset had closed it and this one was a plain one."""
    for compromised in (True, False):
        request = replace(in_state(state), compromised=compromised, closed=True, old_password_works=False)
        assert words.old_password(request).startswith("The account stays closed.")


def test_a_closed_account_that_somebody_opened_is_to_be_closed_again() -> None:
    request = replace(in_state(State.SUPERSEDED), compromised=True, closed=True, cause=Cause.PASSWORD_CHANGED)
    said = words.state_words(request, RULES)
    assert said.means.startswith("The account was closed, and somebody set a password all the same.")
    assert "Close account" in shown(outcome_screen(request, RULES))


def test_nobody_is_promised_anything_while_it_is_not_known_whether_it_closed() -> None:
    request = replace(in_state(State.EXPIRED), compromised=True, close_unknown=True, old_password_works=False)
    assert words.old_password(request).startswith("Nobody knows whether the account is closed")


def test_ones_own_act_is_said_so_and_times_are_the_readers() -> None:
    taken_back = replace(in_state(State.REVOKED), ended_by="Maya Lindqvist")
    assert words.explain(NotWithdrawable(taken_back), RULES, MAYA).happened.startswith("You withdrew this at 14:45")
    assert words.explain(NotWithdrawable(taken_back), RULES, OMAR).happened.startswith(
        "Maya Lindqvist withdrew this at 19:45"
    )
    shut = replace(taken_back, closing=Closing.DONE)
    assert words.explain(NotClosable(shut), RULES, MAYA).happened.startswith("You closed this account at")


def test_a_name_is_not_a_template() -> None:
    request = replace(in_state(State.REVOKED), ended_by="{who}", person_name="{product}")
    assert words.state_words(request, RULES).happened == (
        "Withdrawn by {who}: the temporary password for {product} is void."
    )


def test_chosen_just_before_the_own_one_works() -> None:
    request = replace(in_state(State.REVOKED), cause=Cause.PASSWORD_CHANGED, ended_by=SAM.name)
    assert "it stays, and it works" in words.state_words(request, RULES).means
