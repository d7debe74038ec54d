"""Managers' and agents' clicks about approvals, through a real Bolt app: who may, what is asked, what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from handlers.ids import Act, Screen
from services.errors import (
    AlreadyDecided,
    AlreadyVoted,
    DirectoryUnreachable,
    InvalidForm,
    NotAllowed,
    NotFound,
    OwnAccount,
    OwnRequest,
    Unavailable,
)
from services.model import Cause, State
from tests.contract.cases import MAYA, NO, NOW, REQUEST, SAM, WAITING, YES, in_state
from tests.contract.judges import shown, walk
from tests.handlers.fakes import HandClock
from tests.handlers.stage import Stage

MANAGERS_ACTS = (Act.APPROVE, Act.APPROVE_LISTED, Act.DECLINE, Act.ASK)
R = WAITING.id


def typed(block: str, text: str) -> dict[str, Any]:
    return {block: {f"approval:{block}": {"type": "plain_text_input", "value": text}}}


@pytest.fixture(autouse=True)
def waits(stage: Stage) -> None:
    stage.resets.request = WAITING


def opened(stage: Stage) -> Any:
    (call,) = stage.slack.asked("views.open")
    return call["view"]


def refusal(stage: Stage) -> str:
    view = opened(stage)
    assert view["callback_id"] == Screen.REFUSAL
    assert "Back to the search" not in shown(view)
    return shown(view)


# --- deciding -------------------------------------------------------------------------------------


def test_approving_in_the_thread_is_told_by_the_thread(stage: Stage) -> None:
    assert stage.click(Act.APPROVE, R, user="U0MAYA") == ""
    assert stage.approvals.done == [("approve", "U0MAYA", R)]
    assert stage.slack.calls == []


def test_approving_in_the_list_brings_it_anew(stage: Stage) -> None:
    stage.approvals.request = replace(WAITING, state=State.APPROVED)
    stage.approvals.waits = ()
    stage.click(Act.APPROVE_LISTED, R, user="U0MAYA")
    (said,) = stage.slack.asked("response")
    assert said["replace_original"] is True
    assert said["text"] == "You approved R-7F3K: the text to ••17 goes out now. Nothing waits for you."


def test_the_first_of_two_is_told_that_one_is_missing(stage: Stage) -> None:
    stage.approvals.request = replace(WAITING, approvals=1, approvals_needed=2)
    stage.click(Act.APPROVE_LISTED, R, user="U0MAYA")
    assert "one more yes is needed" in stage.slack.asked("response")[0]["text"]


def test_declining_asks_why_and_says_so(stage: Stage) -> None:
    stage.click(Act.DECLINE, R, user="U0MAYA")
    view = opened(stage)
    assert (view["callback_id"], view["private_metadata"]) == (Screen.DECLINE, R)
    assert "Jane Doe" in shown(view)
    assert "Sam Okafor reads it" in shown(view)
    answer = stage.submit(Screen.DECLINE, typed("why", "Not on the list."), R, user="U0MAYA")
    assert stage.approvals.done == [("decline", "U0MAYA", R, "Not on the list.")]
    assert answer["response_action"] == "update"
    assert answer["view"]["callback_id"] == Screen.DONE
    assert "You declined R-7F3K; nothing was sent." in shown(answer["view"])


@pytest.mark.parametrize(
    ("screen", "block", "name"),
    [(Screen.DECLINE, "why", "why"), (Screen.ASK, "question", "question"), (Screen.REPLY, "answer", "answer")],
)
def test_an_empty_sentence_is_told_at_its_field(stage: Stage, screen: Screen, block: str, name: str) -> None:
    stage.approvals.raises = InvalidForm({name: "Write."})
    user = "U0SAM" if screen is Screen.REPLY else "U0MAYA"
    answer = stage.submit(screen, typed(block, " "), "7", user=user)
    assert answer == {"response_action": "errors", "errors": {block: "Write."}}


def test_asking_the_agent(stage: Stage) -> None:
    stage.click(Act.ASK, R, user="U0MAYA")
    assert opened(stage)["callback_id"] == Screen.ASK
    answer = stage.submit(Screen.ASK, typed("question", "Why today?"), R, user="U0MAYA")
    assert stage.approvals.done == [("ask", "U0MAYA", R, "Why today?")]
    assert "The answer comes into the thread." in shown(answer["view"])


def test_the_agent_replies_to_the_question_that_is_shown(stage: Stage) -> None:
    stage.click(Act.REPLY, "7")
    view = opened(stage)
    assert (view["callback_id"], view["private_metadata"]) == (Screen.REPLY, "7")
    assert "Why does she need it today?" in shown(view)
    answer = stage.submit(Screen.REPLY, typed("answer", "On call."), "7")
    assert stage.approvals.done == [("question", "U0SAM", 7), ("answer", "U0SAM", 7, "On call.")]
    assert "managers' thread" in shown(answer["view"])


@pytest.mark.parametrize("value", ["", "x", "-1", "1.5", "٣", "9" * 40])
def test_a_question_that_is_not_ours(stage: Stage, value: str) -> None:
    stage.click(Act.REPLY, value)
    assert "This question no longer exists" in refusal(stage)
    assert stage.approvals.done == []


def test_cancelling_in_a_message_and_in_the_modal(stage: Stage) -> None:
    stage.click(Act.CANCEL, R)
    assert opened(stage)["title"]["text"] == "Cancelled"
    stage.click_in(Screen.OUTCOME, Act.CANCEL, R, metadata=R)
    (update,) = stage.slack.asked("views.update")
    assert "This was cancelled; nothing was sent." in shown(update["view"])
    assert stage.approvals.done == [("cancel", "U0SAM", R)] * 2


# --- wrong presses --------------------------------------------------------------------------------

WRONG = [
    (OwnRequest(), "You asked for this reset; somebody else must decide."),
    (OwnAccount(), "This is your own account; another manager must decide."),
    (AlreadyVoted(YES), "You have already voted: approve, 14:44."),
    (
        AlreadyDecided(replace(in_state(State.DECLINED), decided_by="Omar Haddad"), (NO,)),
        "Omar Haddad declined this at 14:45; nothing was sent.",
    ),
    (
        AlreadyDecided(replace(in_state(State.EXPIRED), ended_at=NOW + timedelta(minutes=59))),
        "It expired at 15:41; nothing was sent.",
    ),
    (AlreadyDecided(in_state(State.CANCELLED)), "Sam Okafor cancelled this at 14:45; nothing was sent."),
    (
        AlreadyDecided(in_state(State.DELIVERED), (replace(YES, manager_id="U0X", manager_name="Ida"),)),
        "Ida approved this at 14:44.",
    ),
    (Unavailable(Cause.FACTS_CHANGED), "The votes are void and nothing was sent."),
    (NotFound("request"), "This request no longer exists."),
    (DirectoryUnreachable(), "could not be reached"),
]


@pytest.mark.parametrize(("error", "says"), WRONG, ids=[type(error).__name__ for error, _ in WRONG])
def test_each_wrong_press_has_its_sentence(stage: Stage, error: Exception, says: str) -> None:
    stage.approvals.raises = error
    stage.click(Act.APPROVE, R, user="U0MAYA")
    assert says in refusal(stage)
    assert stage.slack.asked("response") == []
    for screen in (Screen.DECLINE, Screen.ASK):
        answer = stage.submit(screen, typed("why", "No."), R, user="U0MAYA")
        assert says in shown(answer["view"])
        assert "Back to the search" not in shown(answer["view"])


@pytest.mark.parametrize(
    "error", [OwnRequest(), OwnAccount(), AlreadyVoted(YES), AlreadyDecided(in_state(State.SENT))]
)
def test_a_refusal_is_an_audit_event(stage: Stage, error: Exception) -> None:
    stage.approvals.raises = error
    stage.click(Act.APPROVE, R, user="U0MAYA")
    assert stage.resets.refusals == [("U0MAYA", "T0STATSTAK", f"approval:approve {type(error).__name__}")]


def test_nobody_writes_a_reason_in_vain(stage: Stage, clock: HandClock) -> None:
    """What is wrong is told before the sentence is written, as far as it can be known."""

    def refused(say: str) -> None:
        stage.click(Act.DECLINE, R, user="U0MAYA")
        assert say in shown(stage.slack.asked("views.open")[-1]["view"])

    stage.approvals.told = (YES,)
    refused("You have already voted: approve")
    stage.approvals.told = ()
    stage.resets.request = replace(WAITING, agent=MAYA)
    refused("You asked for this reset")
    stage.resets.request = replace(WAITING, person_email="Maya@StatStak.example")
    refused("This is your own account")
    stage.resets.request = in_state(State.DELIVERED)
    refused("This was decided meanwhile.")
    stage.resets.request = WAITING
    clock.advance(hours=1)
    refused("It expired at 15:42; nothing was sent.")
    stage.click(Act.ASK, R, user="U0MAYA")
    assert "It expired at 15:42" in shown(stage.slack.asked("views.open")[-1]["view"])
    assert stage.approvals.done == []


def test_another_agents_request_cannot_be_cancelled(stage: Stage) -> None:
    stage.approvals.raises = NotAllowed("not the agent who asked")
    stage.click(Act.CANCEL, R)
    assert "Only whoever asked for this reset can cancel it." in refusal(stage)
    assert stage.resets.refusals == [("U0SAM", "T0STATSTAK", "approval:cancel NotAllowed")]


def test_too_late_to_cancel(stage: Stage) -> None:
    stage.approvals.raises = AlreadyDecided(in_state(State.DELIVERED), (YES,))
    stage.click(Act.CANCEL, R)
    said = refusal(stage)
    assert "Maya Lindqvist approved this at 14:44." in said
    assert "Now: text delivered." in said


# --- who may --------------------------------------------------------------------------------------


@pytest.mark.parametrize("user", ["U0SAM", "U0PAT"])
def test_who_is_no_manager_decides_nothing(stage: Stage, user: str) -> None:
    for act in MANAGERS_ACTS:
        stage.click(act, R, user=user)
    for screen in (Screen.DECLINE, Screen.ASK):
        assert "Only managers decide here." in shown(stage.submit(screen, typed("why", "x"), R, user=user)["view"])
    views = [call["view"] for call in stage.slack.asked("views.open")]
    assert len(views) == len(MANAGERS_ACTS)
    for view in views:
        assert "Only managers decide here." in shown(view)
        assert "know of it." in shown(view)
        assert {"type": "usergroup", "usergroup_id": "S0MANAGERS"} in list(walk(view))
    assert stage.approvals.done == []
    assert len(stage.resets.refusals) == len(MANAGERS_ACTS) + 2


def test_a_manager_of_another_workspace_is_none(stage: Stage) -> None:
    assert stage.command("waiting", user="U0MAYA", team="T0OTHER")["text"].startswith("Not allowed")


def test_a_manager_who_is_no_agent_has_only_these_ways(stage: Stage) -> None:
    assert stage.command("jane", user="U0MAYA")["text"].startswith("Not allowed: Only support staff")
    for act in (Act.CHOOSE, Act.AGAIN, Act.CANCEL, Act.REPLY):
        stage.click(act, "7", user="U0MAYA")
    stage.submit(Screen.REPLY, typed("answer", "x"), "7", user="U0MAYA")
    assert stage.approvals.done == []
    assert stage.resets.forms == []
    assert len(stage.resets.refusals) == 6


# --- commands -------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["waiting", " WAITING "])
def test_what_waits_for_me(stage: Stage, text: str) -> None:
    answer = stage.command(text, user="U0MAYA")
    assert answer["text"] == "1 reset waits for you. Jane Doe, R-7F3K, by Sam Okafor"
    assert "administrator · mobile or e-mail changed recently" in shown(answer["blocks"])
    assert [part["action_id"] for part in walk(answer["blocks"]) if part.get("type") == "button"] == [
        Act.APPROVE_LISTED,
        Act.DECLINE,
        Act.ASK,
    ]


@pytest.mark.parametrize(("text", "on"), [("lockdown on", True), ("Lockdown  OFF", False)])
def test_lockdown(stage: Stage, text: str, on: bool) -> None:
    answer = stage.command(text, user="U0MAYA")
    assert stage.approvals.done == [("lockdown", "U0MAYA", on)]
    assert answer["text"].startswith(f"Lockdown is {'on' if on else 'off'}. ")
    stage.approvals.changes = False
    assert "It was so already." in stage.command(text, user="U0MAYA")["text"]


def test_lockdown_says_what_it_wants_to_hear(stage: Stage) -> None:
    assert stage.command("lockdown", user="U0MAYA")["text"].startswith("Say which: ")
    assert stage.approvals.done == []


@pytest.mark.parametrize(
    ("text", "did"),
    [
        ("pause on", ("pause", "U0MAYA", None)),
        ("Pause  ON  30", ("pause", "U0MAYA", 30)),
        ("pause on 1440", ("pause", "U0MAYA", 1440)),
        ("pause off", ("resume", "U0MAYA")),
    ],
)
def test_pause(stage: Stage, text: str, did: tuple[object, ...]) -> None:
    answer = stage.command(text, user="U0MAYA")
    assert stage.approvals.done == [did]
    assert answer["text"].startswith(("Resets are paused by Maya Lindqvist since 14:42", "Resets are not paused."))


@pytest.mark.parametrize("text", ["pause", "pause on 0", "pause on 1441", "pause on 999999"])
def test_pause_says_what_it_wants_to_hear(stage: Stage, text: str) -> None:
    assert stage.command(text, user="U0MAYA")["text"].startswith("Say which: /reset-user pause on")
    assert stage.approvals.done == []


@pytest.mark.parametrize("text", ["waiting", "lockdown on", "lockdown", "pause", "pause on 5", "pause off"])
@pytest.mark.parametrize("user", ["U0SAM", "U0PAT"])
def test_managers_commands_are_theirs(stage: Stage, text: str, user: str) -> None:
    answer = stage.command(text, user=user)
    assert answer["text"] == "Not allowed: Only managers can do that here. Ask one of them."
    assert stage.approvals.done == []


@pytest.mark.parametrize("text", ["waiting room", "lockdown please", "pause on five", "pause off 5", "status teams"])
def test_other_words_are_looked_for(stage: Stage, text: str) -> None:
    stage.command(text)
    assert stage.approvals.done == []
    assert (stage.finder.asked == [(text, 0)]) is (not text.startswith("status"))


@pytest.mark.parametrize("user", ["U0SAM", "U0MAYA"])
def test_the_teams_day_is_for_agents_and_managers(stage: Stage, user: str) -> None:
    answer = stage.command("status team", user=user)
    assert answer["text"] == (
        "23 Nov: 97 resets · 91 signed in, median 3 min · 4 undelivered · 3 approved · 2 declined · open: R-7F3K."
    )
    assert "R-7F3K · Needs approval 0 of 1 · Jane Doe · by Sam Okafor" in shown(answer["blocks"])
    assert stage.command("status team", user="U0PAT")["text"].startswith("Not allowed")


def test_help_shows_everybody_their_own(stage: Stage) -> None:
    agent = stage.command("help")["text"]
    manager = stage.command("help", user="U0MAYA")["text"]
    assert "status team" in agent
    assert "status team" in manager
    assert "jane doe" in agent
    assert "lockdown" not in agent
    assert "lockdown" in manager
    assert "waiting" in manager
    assert "jane doe" not in manager
    stage.managers.agents["U0SAM"] = SAM
    both = stage.command("help")["text"]
    assert "lockdown" in both
    assert "jane doe" in both


def test_status_offers_cancelling_to_whoever_asked(stage: Stage) -> None:
    assert "Cancel request" in shown(stage.command("status R-7F3K")["blocks"])
    stage.resets.request = replace(WAITING, agent=replace(SAM, id="U0ANA"))
    assert "Cancel request" not in shown(stage.command("status R-7F3K")["blocks"])
    stage.resets.request = REQUEST
    assert "Cancel request" not in shown(stage.command("status R-7F3K")["blocks"])
