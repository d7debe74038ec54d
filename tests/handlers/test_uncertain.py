"""What an agent reads where nobody can tell which password works: no false promise, and what to do next."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handlers.sentences import CANNOT_TELL, ONLY_A_TEXT, STUCK
from handlers.views.card import card
from handlers.views.outcome import outcome_screen
from handlers.words import old_password, state_words
from services.model import Cause, State
from tests.contract.cases import RULES, in_state
from tests.contract.judges import judge_view

S = State
LIVE_AND_ENDED = [S.SENDING, S.UNKNOWN, S.ACCEPTED, S.SENT, S.DELIVERED, S.LAPSED, S.UNDELIVERED]


@pytest.mark.parametrize("state", LIVE_AND_ENDED)
@pytest.mark.parametrize("cause", list(STUCK))
def test_what_is_stuck_promises_nothing(state: State, cause: Cause) -> None:
    request = replace(in_state(state), stuck=cause, old_password_works=False)
    words = state_words(request, RULES)
    assert words.means == CANNOT_TELL
    assert words.next == STUCK[cause]
    assert words.say == ""
    assert "works again" not in words.sentences


def test_beside_the_old_password_that_one_is_sure() -> None:
    request = replace(in_state(State.LAPSED), stuck=Cause.SEAL_BROKEN, old_password_works=True)
    assert old_password(request) == "Their old password works."


@pytest.mark.parametrize("cause", [Cause.KEY_LOST, Cause.RESTORED])
@pytest.mark.parametrize("state", [State.EXPIRED, State.FAILED, State.LAPSED])
def test_what_was_given_up_or_restored_says_why(state: State, cause: Cause) -> None:
    request = replace(in_state(state), cause=cause, old_password_works=True)
    words = state_words(request, RULES)
    assert words.means == CANNOT_TELL
    assert "Ask whether they are in." in words.next
    closed = replace(request, compromised=True, old_password_works=False)
    assert old_password(closed) == ONLY_A_TEXT


def test_the_card_says_so_too() -> None:
    request = replace(in_state(State.SENT), stuck=Cause.SEAL_BROKEN)
    assert "a stored value failed its check" in str(card(request).blocks)


@pytest.mark.parametrize("state", LIVE_AND_ENDED)
def test_it_fits_the_modal(state: State, caplog: pytest.LogCaptureFixture) -> None:
    request = replace(in_state(state), stuck=Cause.SEAL_BROKEN, old_password_works=False)
    judge_view(outcome_screen(request, RULES), caplog)
