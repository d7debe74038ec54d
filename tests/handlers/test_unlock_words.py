"""An unlocking says so everywhere: it never speaks of a text, a new password or an old one that works."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from handlers.ids import Act, Screen
from handlers.views.approval import approval_message
from handlers.views.card import card, history
from handlers.views.message import outcome_message, status_message
from handlers.views.outcome import outcome_screen
from handlers.views.reset_form import form_screen
from handlers.views.results import results_message
from handlers.views.thread import turn_message, unresolved_message
from handlers.views.undo import Reader
from handlers.words import state_words
from services.model import Abilities, Cause, Channel, Form, Found, HistoryLine, Phone, Request, Row, State
from services.policy import CHECKS, REASONS
from tests.contract.cases import JANE, NOW, RULES, SAM, UNLOCK_STATES, WAITING, YES, unlocking

PLAIN = Abilities(
    keeps_old_password=False, must_change=True, ends_sign_ins=True, knows_expiry=True, shows_sign_ins=True
)
OF_A_RESET = re.compile(
    r"\b(text|texts|texted|texting|call|sending|old password|temporary|is void|reset R-)\b", re.IGNORECASE
)
CAUSES = (
    Cause.DIRECTORY_REFUSED,
    Cause.DIRECTORY_UNREACHABLE,
    Cause.GONE,
    Cause.FACTS_CHANGED,
    Cause.POLICY_CHANGED,
    Cause.TOO_LATE,
    Cause.UNDECIDED,
    Cause.INTERNAL,
    Cause.RESTORED,
)
"""All that one can end with."""
WAITS = replace(WAITING, channel=Channel.UNLOCK, phone_tail="")


def said_of(request: Request) -> list[str]:
    """Everything that anybody reads about it, but the buttons that lead elsewhere."""
    lines = (HistoryLine(NOW, "request:created", "Sam Okafor"), HistoryLine(NOW, "account:unlock_unknown"))
    messages = [
        outcome_message(request, RULES),
        status_message(request, lines, RULES),
        card(request),
        history(request, lines),
        approval_message(replace(request, approvals_needed=1), (YES,), ["S0MANAGERS"], RULES, PLAIN),
        turn_message(request, request.state.value, RULES),
        unresolved_message(request, RULES),
    ]
    words = state_words(request, RULES)
    return [*(message.text for message in messages), *words_in(messages), words.sentences, words.say, words.title]


def words_in(messages: object) -> list[str]:
    shown = json.dumps([getattr(message, "blocks", message) for message in messages], ensure_ascii=False)  # type: ignore[attr-defined]
    return re.findall(r'"text": "([^"]+)"', shown)


@pytest.mark.parametrize("state", UNLOCK_STATES)
def test_no_state_speaks_of_a_reset(state: State) -> None:
    for said in said_of(unlocking(state)):
        assert not OF_A_RESET.search(said.replace("reset it.", "")), said


@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize("state", [State.FAILED, State.EXPIRED])
def test_no_cause_speaks_of_a_reset(state: State, cause: Cause) -> None:
    for said in said_of(replace(unlocking(state), cause=cause)):
        assert not OF_A_RESET.search(said.replace("or reset the password", "")), said


@pytest.mark.parametrize("cause", [Cause.PAUSED, Cause.INTERRUPTED, Cause.DIRECTORY_UNREACHABLE])
def test_one_that_waits_says_why(cause: Cause) -> None:
    request = replace(unlocking(State.APPROVED), held=cause)
    for said in said_of(request):
        assert not OF_A_RESET.search(said.replace("May I call you back?", "")), said
    buttons = json.dumps(outcome_screen(request, RULES, Reader()))
    assert (Act.CANCEL in buttons) is (cause is Cause.PAUSED), "else it may have been begun"


def test_unlocked_says_which_password_and_what_if_not() -> None:
    words = state_words(unlocking(State.UNLOCKED), RULES)
    assert words.title == "Unlocked"
    assert words.happened == "The account of Jane Doe is unlocked."
    assert "the one they had" in words.means
    assert "reset it" in words.next
    assert "✓ " in json.dumps(outcome_screen(unlocking(State.UNLOCKED), RULES), ensure_ascii=False)


def test_where_the_product_never_said_nobody_claims_to_know() -> None:
    unknown = state_words(replace(unlocking(State.FAILED), cause=Cause.TOO_LATE), RULES)
    assert "never said" in unknown.happened
    surely_not = state_words(replace(unlocking(State.FAILED), cause=Cause.DIRECTORY_REFUSED), RULES)
    assert "did not let" in surely_not.happened


def test_after_a_failure_the_way_back_is_the_form_and_not_another_text() -> None:
    screen = json.dumps(outcome_screen(unlocking(State.FAILED), RULES, Reader()))
    assert Act.CHOOSE in screen
    assert Act.AGAIN not in screen
    assert Act.CLOSE not in screen


def test_managers_read_what_they_decide() -> None:
    message = approval_message(WAITS, (), ["S0MANAGERS"], RULES, PLAIN)
    shown = json.dumps(message.blocks, ensure_ascii=False)
    assert "Unlock " in shown
    assert "If approved: the account is unlocked at once." in shown
    assert "It is done at once." in shown
    two = json.dumps(approval_message(replace(WAITS, approvals_needed=2), (), [], RULES, PLAIN).blocks)
    assert "One more manager must agree." in two


def test_the_form_offers_it_and_becomes_it() -> None:
    form = Form("0f" * 16, JANE, 60, PLAIN, REASONS, CHECKS, unlocks=True)
    assert Act.UNLOCK in json.dumps(form_screen(form))
    assert Act.UNLOCK not in json.dumps(form_screen(replace(form, unlocks=False)))
    view = form_screen(replace(form, channels=(Channel.UNLOCK,)))
    assert (view["callback_id"], view["submit"]["text"]) == (Screen.UNLOCK, "Unlock account")
    assert "••42" not in json.dumps(view, ensure_ascii=False)
    asks = form_screen(replace(form, channels=(Channel.UNLOCK,), approvals_needed=1))
    assert asks["submit"]["text"] == "Ask for approval"


def test_a_row_says_that_they_may_be_locked_out() -> None:
    locked = replace(JANE, may_be_locked=True)
    by_text = results_message(Found("jane", (Row(locked),), 1), SAM)
    assert "may be locked out" in by_text.text
    assert "Reset password" in json.dumps(by_text.blocks, ensure_ascii=False)
    nothing = replace(locked, phone=Phone(problem=Cause.NO_MOBILE))
    only = results_message(Found("jane", (Row(nothing, only_unlock=True),), 1), SAM)
    assert "No mobile on record: can only be unlocked" in only.text
    assert "🔓 Unlock account" in json.dumps(only.blocks, ensure_ascii=False)
