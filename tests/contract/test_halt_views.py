"""That texts are halted, and that one waits: wherever it is shown, before judges we did not write."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from handlers import halt_words
from handlers.views import kit
from handlers.views.card import card
from handlers.views.desk import pause_usage_message, paused_message, resumed_message, waiting_message
from handlers.views.message import outcome_message, status_message, words_message
from handlers.views.outcome import outcome_screen, refusal_screen
from handlers.views.results import results_message, search_screen
from handlers.views.thread import turn_message
from handlers.words import explain, state_words
from services.circuit import AGAINST_ALL
from services.errors import CommitUnanswered, DatabaseUnreachable, DirectoryRefused, Halted
from services.model import HELD, Cause, Found, Halt, Request, Row, State
from tests.contract.cases import HISTORY, JANE, NASTY, NOW, OMAR, RULES, SAM, in_state
from tests.contract.judges import judge_message, judge_view, shown

LATER = NOW + timedelta(minutes=30)
ERRORS_AT_A_FIELD = 2000
"""Slack documents no length for what is said at a field; a label's is known to be taken."""


def halts() -> Iterator[Halt]:
    for cause in sorted(AGAINST_ALL):
        yield Halt(cause, NOW)
        yield Halt(cause, NOW, trying=True)
    for text in NASTY:
        yield Halt(Cause.PAUSED, NOW, text)
        yield Halt(Cause.PAUSED, NOW, text * 3, LATER)


def held() -> Iterator[Request]:
    for cause in (*sorted(AGAINST_ALL), Cause.PAUSED, Cause.INTERRUPTED):
        waiting = replace(in_state(State.APPROVED), held=cause, send_by=LATER)
        yield waiting
        yield replace(waiting, approvals_needed=1, approvals=1, modal_id="")
        yield replace(waiting, compromised=True, old_password_works=False)


HALTS, WAITING = list(halts()), list(held())


def test_above_the_results_and_in_place_of_a_form(caplog: pytest.LogCaptureFixture) -> None:
    for halt in HALTS:
        found = Found("jane", (Row(JANE),), 1, halt=halt)
        judge_message(results_message(found, SAM), caplog)
        judge_view(search_screen(found, SAM, hint="From the message: jane@acme.example"), caplog)
        judge_view(refusal_screen(explain(Halted(halt), RULES, SAM)), caplog)
        judge_message(words_message(explain(Halted(halt), RULES, SAM)), caplog)
        assert len(halt_words.at_the_form(halt, SAM)) <= ERRORS_AT_A_FIELD


def test_in_the_approval_channel(caplog: pytest.LogCaptureFixture) -> None:
    for halt in HALTS:
        for on in (True, False):
            told = halt_words.notice(halt, "America/New_York", on=on)
            judge_message(told, caplog)
            assert told.text.split(":")[0] in {
                "Texts are not going out",
                "Texts go out again",
                "Resets are paused",
                "Resets are not paused any more",
            }


def test_at_the_desk(caplog: pytest.LogCaptureFixture) -> None:
    for halt in HALTS:
        judge_message(paused_message(halt, "Mars/Olympus"), caplog)
    for changed in (True, False):
        judge_message(resumed_message(changed=changed), caplog)
    judge_message(pause_usage_message(), caplog)


def test_one_that_waits_everywhere_it_is_shown(caplog: pytest.LogCaptureFixture) -> None:
    for request in WAITING:
        judge_view(outcome_screen(request, RULES), caplog)
        judge_message(outcome_message(request, RULES), caplog)
        judge_message(card(request), caplog)
        judge_message(turn_message(request, HELD, RULES), caplog)
        judge_message(waiting_message((request,)), caplog)
        assert card(request).text.startswith("Waiting to send")
        assert "Jane" not in card(request).text + turn_message(request, HELD, RULES).text


def test_what_is_over_by_the_time_it_is_told_reads_as_what_it_is_now() -> None:
    """Its row was made while it waited; by now it went out."""
    assert "Text sent" in shown(turn_message(in_state(State.SENT), HELD, RULES).blocks)


# --- words ----------------------------------------------------------------------------------------


def test_the_same_is_said_above_the_results_and_in_place_of_the_form() -> None:
    halt = Halt(Cause.CARRIER_UNREACHABLE, NOW)
    head = "Texts are not going out at the moment (since 14:42: carrier not reached)."
    assert halt_words.spoken(halt_words.banner(halt, SAM.zone)) == f"{head} I try again every half minute."
    said = explain(Halted(halt), RULES, SAM)
    assert (said.title, said.happened) == ("No texts at the moment", head)
    assert said.means == "Nothing was sent, nothing was changed: their old password works as before."
    assert halt_words.at_the_form(halt, SAM) == (
        f"{head} Nothing was sent. Leave this form open and send it again in a minute. I try again every half minute."
    )
    assert "19:42" in explain(Halted(halt), RULES, OMAR).happened


@pytest.mark.parametrize("cause", [Cause.CARRIER_CREDENTIALS, Cause.CARRIER_ACCOUNT, Cause.SENDER_REFUSED])
def test_what_does_not_pass_by_itself_is_for_somebody_to_mend(cause: Cause) -> None:
    assert "Whoever runs Locksmith must mend this: tell them." in explain(Halted(Halt(cause, NOW)), RULES).next


def test_a_pause_says_who_and_until_when() -> None:
    halt = Halt(Cause.PAUSED, NOW, "Maya Lindqvist", LATER)
    said = explain(Halted(halt), RULES, SAM)
    assert said.happened == "Resets are paused by Maya Lindqvist since 14:42, until 15:12."
    assert said.next == "Offer the caller to call back after 15:12. If it cannot wait: ask Maya Lindqvist."
    assert explain(Halted(replace(halt, by_name="", until=None)), RULES, SAM).next.endswith("ask a manager.")


def test_one_that_waits_says_until_when_and_that_nothing_was_sent() -> None:
    said = state_words(WAITING[0], RULES)
    assert said.title == "Waiting to send"
    assert "Nothing was sent yet." in said.happened
    assert said.means == "Their old password still works."
    assert said.next == (
        "It goes out by itself as soon as it can, until 15:12; else it ends unsent. I will message you either way."
    )
    assert len(said.title) <= kit.TITLE


def test_of_what_nobody_can_know_nothing_is_claimed() -> None:
    """A look at a reset under way while our own database is away said that nothing had been sent."""
    away = explain(DatabaseUnreachable(), RULES)
    assert away.means == "By this, nothing was sent or changed. What is under way already goes on by itself."
    unknown = explain(CommitUnanswered(), RULES)
    assert unknown.title == "Not known yet"
    assert "nothing" not in unknown.sentences.casefold()
    assert "/reset-user status" in unknown.next


def test_a_product_that_cannot_be_read_is_not_told_as_one_that_cannot_be_written() -> None:
    assert explain(DirectoryRefused("a column is missing"), RULES).happened == (
        "The product's list of people could not be read."
    )


def test_in_place_the_text_is_out_before_its_password_works() -> None:
    """With one column: the product was away just after the carrier took it."""
    said = state_words(replace(in_state(State.ACCEPTED), old_password_works=False), RULES)
    assert "the product does not have its password yet" in said.happened
    assert said.means == "Until then their old password works."
    assert said.next.startswith("It works as soon as the product has it.")


def test_buttons_of_one_that_waits() -> None:
    for message in (outcome_message(WAITING[0], RULES), status_message(WAITING[0], HISTORY, RULES)):
        assert "Cancel request" in shown(message.blocks)
    assert "Cancel request" in shown(outcome_screen(WAITING[0], RULES))
