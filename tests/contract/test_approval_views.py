"""What managers see, for the worst requests, before judges we did not write."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from handlers.refusals import MANAGERS_COMMAND, MANAGERS_ONLY, NO_QUESTION, NO_REQUEST, NOT_YOURS, VOTES_VOID
from handlers.views import kit
from handlers.views.approval import approval_message, reminder_message, summoning_message
from handlers.views.card import card
from handlers.views.decide import ask_screen, decline_screen, done_screen, reply_screen
from handlers.views.desk import (
    SHOWN,
    daily_message,
    lockdown_message,
    team_message,
    usage_message,
    waiting_message,
)
from handlers.views.message import help_message, status_message, words_message
from handlers.views.outcome import refusal_screen
from handlers.views.thread import (
    question_message,
    remark_message,
    switched_message,
    turn_message,
    unresolved_message,
    vote_message,
)
from handlers.views.undo import PLAIN, Reader
from handlers.words import explain
from services.decision import Fact
from services.errors import AlreadyDecided, AlreadyVoted, OutOfScope
from services.model import WITHDRAWABLE, State
from tests.contract.cases import (
    ANSWER,
    HISTORY,
    MAYA,
    NASTY,
    NO,
    QUESTION,
    REPORT,
    RULES,
    SAM,
    WAITING,
    YES,
    remarks,
    requests,
    votes,
)
from tests.contract.judges import judge_message, judge_view, walk

REQUESTS = list(requests())
VOTES = tuple(votes())
MANAGERS = ("S0MANAGERS", "U0MAYA")
ENDS = replace(PLAIN, ends_sign_ins=True, closing_ends_sign_ins=True)
CROWD = tuple(f"U{number:010}" for number in range(200))
RULED = replace(RULES, escalation_contact="Phone the duty manager. " * 10)


def test_approval_and_its_thread(caplog: pytest.LogCaptureFixture) -> None:
    for request in REQUESTS:
        judge_message(approval_message(request, VOTES[:2], MANAGERS, RULED, ENDS), caplog)
        judge_message(approval_message(request, (), CROWD, RULED), caplog)
        judge_message(reminder_message(request, CROWD, 5), caplog)
        judge_message(reminder_message(request, (), 0), caplog)
        judge_message(summoning_message(request, "https://statstak.example/archives/C0/p1"), caplog)
        judge_message(summoning_message(request, ""), caplog)
        judge_message(vote_message(request, YES), caplog)
        for state in State:
            judge_message(turn_message(request, state.value, RULED), caplog)
        judge_message(unresolved_message(request, RULED, ("S0MANAGERS",)), caplog)
    for vote in VOTES:
        judge_message(vote_message(WAITING, vote), caplog)
        judge_message(approval_message(WAITING, (vote, vote), MANAGERS, RULED), caplog)
        judge_message(card(WAITING, (vote, vote)), caplog)
    for remark in remarks():
        judge_message(remark_message(WAITING, remark, "U0MAYA"), caplog)
        judge_message(question_message(WAITING, remark), caplog)
        judge_message(question_message(REQUESTS[0], remark), caplog)


def test_modals(caplog: pytest.LogCaptureFixture) -> None:
    for request in REQUESTS:
        judge_view(decline_screen(request), caplog)
        judge_view(ask_screen(request), caplog)
    for text in NASTY:
        judge_view(reply_screen(10**17, (text * 100)[:5000]), caplog)


def test_refusals(caplog: pytest.LogCaptureFixture) -> None:
    known = [replace(MANAGERS_ONLY, mentions=ids) for ids in ((), MANAGERS, CROWD)]
    for words in (*known, MANAGERS_COMMAND, NO_QUESTION, NO_REQUEST, NOT_YOURS, VOTES_VOID):
        judge_view(refusal_screen(words), caplog)
        judge_message(words_message(words), caplog)
        judge_view(done_screen(words), caplog)
    for request in REQUESTS:
        judge_view(refusal_screen(explain(AlreadyDecided(request, VOTES), RULES, MAYA)), caplog)
    for vote in VOTES:
        judge_view(refusal_screen(explain(AlreadyVoted(vote), RULES, MAYA)), caplog)
    for text in NASTY:
        judge_view(refusal_screen(explain(OutOfScope(text), RULES, SAM)), caplog)


def test_the_desk(caplog: pytest.LogCaptureFixture) -> None:
    judge_message(waiting_message(()), caplog)
    for start in range(0, len(REQUESTS), SHOWN):
        judge_message(waiting_message(tuple(REQUESTS[start:]), done="You approved R-7F3K."), caplog)
    worst = replace(
        WAITING,
        person_name="W" * 400, person_email="w" * 400, person_role="r" * 100, note="n" * 1000, reason="x" * 75,
        check="c" * 75, ticket="t" * 60, facts=tuple(Fact), agent=replace(SAM, name="s" * 200), approvals_needed=2,
    )  # fmt: skip
    judge_message(waiting_message((worst,) * 20), caplog)
    for made in (team_message, daily_message):
        judge_message(made(REPORT), caplog)
        judge_message(made(replace(REPORT, open=tuple(REQUESTS), median_minutes=0.4)), caplog)
        judge_message(made(replace(REPORT, open=(), median_minutes=None, asked=0)), caplog)
    for on in (True, False):
        judge_message(lockdown_message(on, changed=not on), caplog)
        for text in NASTY:
            judge_message(switched_message(on, text), caplog)
    judge_message(usage_message(), caplog)
    judge_message(help_message(RULES, agent=False, manager=True), caplog)
    judge_message(help_message(RULES, agent=True, manager=True), caplog)
    for request in REQUESTS:
        for reader in (Reader(), Reader(agent=False, own=False, manager=True, abilities=ENDS), Reader(own=False)):
            judge_message(status_message(request, HISTORY, RULES, reader), caplog)


def test_what_a_lock_screen_shows_starts_with_the_state_and_names_nobody() -> None:
    made = [
        approval_message(WAITING, (YES,), MANAGERS, RULES),
        reminder_message(WAITING, MANAGERS, 5),
        summoning_message(WAITING, ""),
        vote_message(WAITING, YES),
        vote_message(WAITING, NO),
        remark_message(WAITING, QUESTION),
        remark_message(WAITING, ANSWER),
        question_message(WAITING, QUESTION),
        card(WAITING, (YES,)),
        daily_message(REPORT),
        switched_message(True, "Maya"),
        *(turn_message(WAITING, state.value, RULES) for state in State),
    ]
    for message in made:
        assert not re.search(r"Jane|Sam|Maya|Omar|17|acme", message.text), message.text
    assert made[0].text.startswith("Needs approval 0 of 1")
    assert made[1].text.startswith("Still waiting")


def test_only_what_calls_somebody_mentions_them() -> None:
    """A card is seen by many; mentions are for the approval, its reminder and the answer to a question."""
    for request in REQUESTS:
        for message in (card(request, (YES,)), vote_message(request, YES), turn_message(request, "sent", RULES)):
            kinds = {part.get("type") for part in walk(message.blocks)}
            assert not kinds & {"user", "usergroup", "broadcast", "actions"}
    for request in REQUESTS:
        found = [part.get("type") for part in walk(approval_message(request, (), MANAGERS, RULES).blocks)]
        waits = request.state is State.AWAITING_APPROVAL
        assert ("usergroup" in found) is waits
        undoing = (request.state in WITHDRAWABLE) + request.closable
        assert found.count("button") == (3 if waits else undoing)


def test_a_crowd_is_not_mentioned_one_by_one() -> None:
    kinds = [part.get("type") for part in walk(reminder_message(WAITING, CROWD, 5).blocks)]
    assert kinds.count("user") == kit.MENTIONS


def test_names_in_a_message_ping_nobody() -> None:
    for request in REQUESTS:
        for message in (
            approval_message(request, VOTES[:2], (), RULES),
            waiting_message((request,)),
            vote_message(request, replace(NO, manager_name="<!channel>", why="<@U0MAYA> <!here>")),
        ):
            assert not re.search(r"<[!@#]", message.text)
            assert "mrkdwn" not in {part.get("type") for part in walk(message.blocks)}


def test_limits_of_a_confirmation_dialogue_are_the_documented_ones() -> None:
    assert (kit.CONFIRM_TITLE, kit.CONFIRM_TEXT, kit.CONFIRM_BUTTON) == (100, 300, 30)
