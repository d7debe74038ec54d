"""The second text, which has no secret and says that the first is void: once, true, and one segment long."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NoReturn
from zoneinfo import available_timezones

import pytest
from sqlalchemy import update

from services.corrections import LATE, Correction
from services.db.tables import RequestRow
from services.errors import CarrierError, DirectoryUnreachable, NoAnswer, NotPosted, Refused
from services.model import Actor, Cause, Request, State
from services.passwords import make_secret
from services.policy import Rules
from services.text import CONTACT_LENGTH, PRODUCT_LENGTH, SEGMENT_SEPTETS, Opens, compose, correction, septets
from tests.services.house import GOOD, SAM, House
from tests.services.test_hard_cases import COMPROMISED, always, events_of, let_minutes_pass
from tests.services.test_reset import choose
from tests.services.test_rules import Killed
from tests.services.test_undo import in_used

MAYA = Actor("U0MAYA", "T0", "Maya Lindqvist")
VOID = "StatStak Labs: the temporary password we texted is void. "
OLD = f"{VOID}Your old one works. Not you? 555-010-0199"
OWN = f"{VOID}The one you chose works. Not you? 555-010-0199"
CLOSED = f"{VOID}Your account is closed. Call 555-010-0199"


def second_texts(house: House) -> list[str]:
    return [body for _, body in house.carrier.posts if "is void. " in body]


def state_of(house: House, request: Request) -> str:
    return house.resets.show(SAM, request.id).correction


def longest(rules: Rules) -> Rules:
    return replace(rules, product="W" * PRODUCT_LENGTH, contact="9" * CONTACT_LENGTH)


# --- the words ------------------------------------------------------------------------------------


@pytest.mark.parametrize("again", [False, True])
def test_every_text_is_one_segment_in_every_zone(again: bool) -> None:
    """Winter and summer have names of different lengths."""
    for zone in available_timezones():
        for month in (1, 7):
            until = datetime(2026, month, 23, 20, 42, tzinfo=UTC)
            body = compose(longest(Rules("", "", zone=zone)), make_secret(), until, "R-7F3K", again=again)
            size = septets(body)
            assert size is not None, body
            assert size <= SEGMENT_SEPTETS, body


def test_the_second_text_is_one_segment() -> None:
    for opens in Opens:
        assert (septets(correction(longest(Rules("", "")), opens)) or 999) <= SEGMENT_SEPTETS


def test_a_text_that_replaces_one_says_so_first_and_keeps_what_matters() -> None:
    rules = Rules("StatStak Labs", "555-010-0199", zone="America/New_York")
    until = datetime(2026, 11, 23, 20, 42, tzinfo=UTC)
    assert compose(rules, "mk7p-4rwx-h9qd-t3vc", until, "R-7F3K", again=True) == (
        "StatStak Labs new temporary password, the earlier one is void:\nmk7p-4rwx-h9qd-t3vc\n"
        "With dashes. Until 15:42 EST. Tell no one. Not you? 555-010-0199 R-7F3K"
    )
    tight = compose(longest(rules), "mk7p-4rwx-h9qd-t3vc", until, "R-7F3K", again=True)
    assert tight.endswith(f"\nWith dashes, by 15:42. Tell no one. Not you? {'9' * CONTACT_LENGTH} R-7F3K")


# --- when one is sent, and what it says -----------------------------------------------------------


def test_taken_back_they_are_told_once(every: House) -> None:
    request = every.reset()
    every.undo.withdraw(SAM, request.id)
    assert second_texts(every) == []
    let_minutes_pass(every, 20)
    assert second_texts(every) == [OLD]
    assert state_of(every, request) == Correction.BLANKED
    assert every.carrier.blanked == ["SM1", "SM2"]
    told = events_of(every, request.id)
    assert [event for event in told if event.startswith("correction:")] == [
        "correction:intended",
        "correction:sent",
        "correction:blanked",
    ]
    assert every.audit.verify().broken_at is None


def test_used_and_taken_back_they_are_told_too(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.undo.withdraw(SAM, in_used(house, monkeypatch).id)
    house.look(after=2)
    assert second_texts(house) == [OLD]


def test_a_closed_account_is_not_said_to_open(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.undo.close(SAM, in_used(house, monkeypatch).id)
    house.look(after=2)
    assert second_texts(house) == [CLOSED]


def test_a_compromised_one_taken_back_says_that_it_is_closed(house: House) -> None:
    house.undo.withdraw(SAM, house.reset(answers=COMPROMISED).id)
    house.look(after=2)
    assert second_texts(house) == [CLOSED]


def test_an_own_password_that_was_quicker_than_the_text(in_place: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the acceptance and the write: the texted one never worked, and theirs does."""
    swap = in_place.directory.swap

    def she_was_quicker(*args: Any, **more: Any) -> bool:
        choose(in_place)
        return swap(*args, **more)

    monkeypatch.setattr(in_place.directory, "swap", she_was_quicker)
    request = in_place.reset()
    assert request.state is State.SUPERSEDED
    in_place.look(after=2)
    assert second_texts(in_place) == [OWN]
    assert in_place.person()["password_hash"] == "her own"


@pytest.mark.parametrize("end", [State.LAPSED, State.UNDELIVERED, State.COMPLETED, State.FAILED])
def test_no_other_end_sends_one(house: House, end: State) -> None:
    """Natural expiry was in the text; what did not arrive, was refused or did its work needs no word."""
    if end is State.FAILED:
        house.carrier.answers = [Refused(Cause.STOPPED, "21610")]
    request = house.reset()
    if end is State.COMPLETED:
        choose(house)
    if end is State.UNDELIVERED:
        house.carrier.says("SM1", "undelivered", "30003")
    house.look(after=3601 if end is State.LAPSED else 2)
    let_minutes_pass(house, 20)
    assert house.resets.show(SAM, request.id).state is end
    assert second_texts(house) == []


# --- when it is not -------------------------------------------------------------------------------


def test_not_to_a_number_that_changed_meanwhile(house: House) -> None:
    request = house.reset()
    house.product_does("UPDATE people SET phone = '+1 202-555-0199' WHERE id = 1")
    house.undo.withdraw(SAM, request.id)
    let_minutes_pass(house, 3)
    assert second_texts(house) == []
    assert state_of(house, request) == ""


def test_not_to_somebody_who_is_gone(house: House) -> None:
    request = house.reset()
    house.product_does("DELETE FROM people WHERE id = 1")
    house.undo.withdraw(SAM, request.id)
    let_minutes_pass(house, 3)
    assert second_texts(house) == []


def test_not_before_the_product_holds_what_it_says(in_place: House, monkeypatch: pytest.MonkeyPatch) -> None:
    request = in_place.reset()
    with monkeypatch.context() as away:
        away.setattr(in_place.directory, "swap", always(DirectoryUnreachable()))
        in_place.undo.withdraw(SAM, request.id)
        let_minutes_pass(in_place, 5)
        assert second_texts(in_place) == []
    let_minutes_pass(in_place, 1)
    assert second_texts(in_place) == [OLD]


def test_not_after_the_first_one_is_long_over(in_place: House, monkeypatch: pytest.MonkeyPatch) -> None:
    request = in_place.reset()
    with monkeypatch.context() as away:
        away.setattr(in_place.directory, "swap", always(DirectoryUnreachable()))
        in_place.undo.withdraw(SAM, request.id)
        let_minutes_pass(in_place, 60 + int(LATE.total_seconds() // 60) + 1)
    let_minutes_pass(in_place, 2)
    assert second_texts(in_place) == []
    assert state_of(in_place, request) == ""


def test_not_while_texts_are_paused(either: House) -> None:
    request = either.reset()
    either.approvals.pause(MAYA, None)
    either.undo.withdraw(SAM, request.id)
    let_minutes_pass(either, 2)
    assert second_texts(either) == []
    either.approvals.resume(MAYA)
    let_minutes_pass(either, 1)
    assert second_texts(either) == [OLD]


# --- never twice ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "came_to"),
    [
        (NoAnswer("502"), Correction.UNKNOWN),
        (Refused(Cause.STOPPED, "21610"), Correction.FAILED),
        (NotPosted(Cause.CARRIER_UNREACHABLE), Correction.FAILED),
    ],
)
def test_whatever_the_carrier_says_it_is_tried_once(every: House, answer: CarrierError, came_to: Correction) -> None:
    request = every.reset()
    every.undo.withdraw(SAM, request.id)
    every.carrier.answer = answer
    let_minutes_pass(every, 20)
    assert (every.carrier.tries, state_of(every, request)) == (2, came_to)
    told = [event for event in events_of(every, request.id) if event.startswith("correction:")]
    assert told == ["correction:intended", f"correction:{came_to}"]


@pytest.mark.parametrize("posted", [True, False])
def test_killed_at_the_post_it_is_unknown_and_never_posted_again(
    every: House, monkeypatch: pytest.MonkeyPatch, posted: bool
) -> None:
    request = every.reset()
    every.undo.withdraw(SAM, request.id)
    post = every.carrier.post

    def dies(*args: Any, **more: Any) -> NoReturn:
        if posted:
            post(*args, **more)
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(every.carrier, "post", dies)
        with pytest.raises(Killed):
            every.look(after=2)
    assert state_of(every, request) == Correction.POSTING
    let_minutes_pass(every, 20)
    assert len(second_texts(every)) == posted
    assert state_of(every, request) == Correction.UNKNOWN
    told = [event for event in events_of(every, request.id) if event.startswith("correction:")]
    assert told == ["correction:intended", "correction:unknown"]


def test_of_two_workers_one_posts(either: House) -> None:
    """Both have read that it is due, and both know what to say."""
    request = either.reset()
    either.undo.withdraw(SAM, request.id)
    with either.database.read() as session:
        row = session.get_one(RequestRow, request.id)
    for _ in range(2):
        either.corrections.tend(row)
    assert second_texts(either) == [OLD]


def test_who_slept_before_the_post_does_not_post(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    request = house.reset()
    house.undo.withdraw(SAM, request.id)
    change = house.lifecycle.change

    def then_sleeps(request_id: str, decide: Any, *args: Any) -> Request:
        changed = change(request_id, decide, *args)
        if changed.correction == Correction.POSTING:
            house.clock.advance(seconds=30)
        return changed

    monkeypatch.setattr(house.lifecycle, "change", then_sleeps)
    let_minutes_pass(house, 2)
    assert second_texts(house) == []
    assert state_of(house, request) == Correction.FAILED


def test_what_died_before_the_first_was_posted_for_sure_is_owed_after_two_minutes(
    every: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taken back while it was sending by a process that died over it: it may have arrived."""

    def dies(*_: object, **__: object) -> NoReturn:
        raise Killed

    form = every.resets.form(SAM, "1", reply_url="", channel="")
    with monkeypatch.context() as dying:
        dying.setattr(every.carrier, "post", dies)
        with pytest.raises(Killed):
            every.resets.submit(SAM, form.draft_id, GOOD, modal_id="")
    (request,) = every.resets.mine(SAM)
    every.undo.withdraw(SAM, request.id)
    let_minutes_pass(every, 1)
    assert second_texts(every) == []
    let_minutes_pass(every, 2)
    assert second_texts(every) == [OLD]
    assert events_of(every, request.id).count("text:unproven") == 1


def test_a_look_at_another_state_is_no_harm(house: House) -> None:
    request = house.reset()
    house.undo.withdraw(SAM, request.id)
    with house.database.write() as session:
        session.execute(update(RequestRow).values(correction=Correction.UNKNOWN))
        row = session.get_one(RequestRow, request.id)
    house.corrections.tend(row)
    house.corrections.learned(request.id, arrived=True)
    assert state_of(house, request) == Correction.UNKNOWN
