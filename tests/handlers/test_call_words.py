"""A reset that is read out by a call says so everywhere, and never speaks of a text."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from handlers import channel_words
from handlers.sentences import EVENTS
from handlers.views import kit
from handlers.views.approval import approval_message
from handlers.views.card import card, told
from handlers.views.message import outcome_message
from handlers.views.outcome import outcome_screen, time_line
from handlers.views.reset_form import form_screen
from handlers.views.thread import turn_message
from handlers.words import old_password, state_words
from services.model import Abilities, Cause, Channel, Form, HistoryLine, Request, State
from services.policy import CHECKS, REASONS
from tests.contract.cases import JANE, NOW, REQUEST, RULES, SAM, WAITING, in_state

CALLS = replace(RULES, calls=True)
PLAIN = Abilities(
    keeps_old_password=False, must_change=True, ends_sign_ins=True, knows_expiry=True, shows_sign_ins=True
)
OF_A_TEXT = re.compile(r"\b(text|texts|texted|texting|sent)\b", re.IGNORECASE)
NOT_OF_ONE = ("nothing was sent", "nothing is sent", "before anything is sent", "to our texts", "sms", "send a text")
"""What may be said of any request, or of texts as such."""


def called(state: State, **more: object) -> Request:
    return replace(in_state(state), channel=Channel.CALL, **more)  # type: ignore[arg-type]


def speaks_of_a_text(said: str) -> bool:
    said = said.lower()
    for harmless in NOT_OF_ONE:
        said = said.replace(harmless, "")
    return OF_A_TEXT.search(said) is not None


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("compromised", [False, True])
def test_no_state_speaks_of_a_text(state: State, compromised: bool) -> None:
    request = called(state, compromised=compromised, old_password_works=False, expires_at=None)
    words = state_words(request, CALLS)
    for said in (words.title, words.happened, words.means, words.next, words.say):
        assert not speaks_of_a_text(said), said
    assert not speaks_of_a_text(turn_message(request, state.value, CALLS).text)


@pytest.mark.parametrize("state", [State.FAILED, State.UNDELIVERED, State.UNKNOWN])
@pytest.mark.parametrize(
    "cause",
    [
        cause
        for cause in Cause
        if cause.value.startswith(("carrier", "line", "not_", "no_key", "number_inv", "country"))
    ],
)
def test_no_cause_that_a_call_can_have_speaks_of_a_text(state: State, cause: Cause) -> None:
    words = state_words(called(state, cause=cause), CALLS)
    for said in (words.happened, words.next, channel_words.cause_of(cause, Channel.CALL).short):
        assert not speaks_of_a_text(said), said


def test_from_the_key_to_the_end_of_the_call_it_is_being_read_out() -> None:
    ringing, reading = called(State.SENT), called(State.SENT, read_out_at=NOW)
    assert state_words(ringing, CALLS).title == "Calling"
    assert state_words(reading, CALLS).title == "Reading out"
    assert state_words(called(State.DELIVERED, read_out_at=NOW), CALLS).title == "Read out"
    assert "read out" in json.dumps(kit.rich(time_line(reading)))
    assert card(reading).text.startswith("Reading out")


def test_titles_fit_slack() -> None:
    for request in (*map(called, State), called(State.SENT, read_out_at=NOW)):
        assert len(state_words(request, CALLS).title) <= kit.TITLE


def test_whether_the_old_password_works_is_said_for_a_call() -> None:
    assert "if the new one is not used in time" in old_password(called(State.SENT, old_password_works=False))
    assert "if the text is not used in time" in old_password(replace(REQUEST, old_password_works=False))


def buttons(blocks: list[kit.Json]) -> dict[str, str]:
    found = [one for block in blocks if block["type"] == "actions" for one in block["elements"]]
    return {one["text"]["text"]: one["action_id"] for one in found}


@pytest.mark.parametrize(
    "cause",
    [Cause.NUMBER_LANDLINE, Cause.STOPPED, Cause.MESSAGE_BLOCKED, Cause.HANDSET_UNREACHABLE, Cause.NOT_DELIVERED],
)
@pytest.mark.parametrize("state", [State.UNDELIVERED, State.FAILED])
def test_where_a_call_helps_it_is_the_one_next_step(state: State, cause: Cause) -> None:
    request = replace(in_state(state), cause=cause)
    for blocks in (outcome_screen(request, CALLS)["blocks"], outcome_message(request, CALLS).blocks):
        offered = buttons(blocks)
        assert offered["Call and read it out"] == "reset:call"
        assert "Send again" not in offered
    assert state_words(request, CALLS).next.startswith("Call and read it out")
    without = buttons(outcome_screen(request, RULES)["blocks"])
    assert "Call and read it out" not in without
    assert "Send again" in without


@pytest.mark.parametrize("cause", [Cause.NUMBER_INVALID, Cause.CARRIER_CREDENTIALS, Cause.COUNTRY_OFF, None])
def test_where_a_call_helps_nothing_none_is_offered(cause: Cause | None) -> None:
    assert "Call and read it out" not in buttons(
        outcome_screen(replace(in_state(State.UNDELIVERED), cause=cause), CALLS)["blocks"]
    )


def test_a_call_is_tried_again_by_a_call() -> None:
    ended = buttons(outcome_screen(called(State.UNDELIVERED, cause=Cause.LINE_BUSY), CALLS)["blocks"])
    assert ended["Call again"] == "reset:call"
    under_way = buttons(outcome_screen(called(State.SENT), CALLS)["blocks"])
    assert under_way["It did not ring? Call again"] == "reset:call"
    reading = buttons(outcome_screen(called(State.SENT, read_out_at=NOW), CALLS)["blocks"])
    assert "reset:call" not in reading.values()
    switched_off = buttons(outcome_screen(called(State.UNDELIVERED, cause=Cause.LINE_BUSY), RULES)["blocks"])
    assert switched_off["Send again"] == "reset:again"


def test_managers_read_that_somebody_will_be_called() -> None:
    asked = json.dumps(approval_message(replace(WAITING, channel=Channel.CALL), (), (), CALLS).blocks)
    assert "a call to" in asked
    assert "reads it out at once" in asked
    assert "Call " in asked
    assert "text a temporary password" not in asked.lower()
    closing = json.dumps(
        approval_message(replace(WAITING, channel=Channel.CALL, compromised=True), (), (), CALLS).blocks
    )
    assert "only the call to" in closing


@pytest.mark.parametrize(
    ("channels", "arrow", "chosen"),
    [
        ((Channel.TEXT,), "→ text to ", None),
        ((Channel.TEXT, Channel.CALL), "→ text or call to ", "text"),
        ((Channel.CALL, Channel.TEXT), "→ text or call to ", "call"),
        ((Channel.CALL,), "→ call to ", "call"),
    ],
)
def test_the_form_asks_how_only_where_there_is_a_choice_to_call(
    channels: tuple[Channel, ...], arrow: str, chosen: str | None
) -> None:
    form = form_screen(Form("0f" * 16, JANE, 60, PLAIN, REASONS, CHECKS, channels=channels))
    assert arrow in json.dumps(form, ensure_ascii=False)
    asked = [block for block in form["blocks"] if block.get("block_id") == "channel"]
    assert [block["element"]["initial_option"]["value"] for block in asked] == ([chosen] if chosen else [])
    assert [len(block["element"]["options"]) for block in asked] == ([len(channels)] if chosen else [])


def test_events_of_a_call_have_words() -> None:
    for event in ("accepted", "undelivered", "read_out", "heard_again", "blanked", "held"):
        assert f"call:{event}" in EVENTS
    assert told(HistoryLine(NOW, "call:accepted", "", "CA" + "0f" * 16)) == "call accepted CA…0f"
    assert SAM.name in told(HistoryLine(NOW, "request:created", SAM.name))
