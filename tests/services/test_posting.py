"""Tried again is only what surely did not happen, and only for five seconds (PROTOCOL rules 1 and 12)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.db.tables import RequestRow
from services.errors import CarrierError, NoAnswer, NotPosted, Refused
from services.lifecycle import Moved
from services.model import Cause, Request, State
from services.posting import POST_WITHIN
from tests.services.house import House
from tests.services.test_reset import old_password_is_back, opens

UNREACHABLE = NotPosted(Cause.CARRIER_UNREACHABLE)
BUSY = NotPosted(Cause.CARRIER_BUSY, "20429", after=2)


def row_of(house: House) -> RequestRow:
    with house.database.read() as session:
        return session.scalars(select(RequestRow)).one()


def events(house: House, *names: str) -> list[str]:
    with house.database.read() as session:
        told = [line.event for line in house.audit.history(session, row_of(house).id)]
    return [event for event in told if event in names]


def test_it_is_tried_again_with_growing_pauses_until_it_is_taken(house: House) -> None:
    house.carrier.answers = [UNREACHABLE, UNREACHABLE]
    request = house.reset()
    assert request.state is State.SENT
    assert (house.carrier.tries, len(house.carrier.posts), row_of(house).post_tries) == (3, 1, 3)
    first, second = house.clock.waited
    assert 0.15 <= first <= 0.45
    assert 0.3 <= second <= 0.9
    assert opens(house, house.carrier.secret)
    assert events(house, "text:intended", "text:accepted", "text:failed") == ["text:intended", "text:accepted"]


def test_no_two_wait_alike(house: House) -> None:
    house.carrier.answers = [UNREACHABLE] * 3
    house.reset()
    first, second, third = house.clock.waited
    assert len({first, second / 2, third / 4}) == 3


def test_for_five_seconds_and_then_it_is_not_sent(house: House) -> None:
    house.carrier.answer = UNREACHABLE
    started = house.clock.now()
    request = house.reset()
    assert (request.state, request.cause) == (State.FAILED, Cause.CARRIER_UNREACHABLE)
    assert house.clock.now() - started <= POST_WITHIN
    assert house.carrier.tries == row_of(house).post_tries > 2
    assert events(house, "text:intended", "text:failed") == ["text:intended", "text:failed"]
    assert old_password_is_back(house)


def test_a_carrier_that_says_when_is_not_asked_sooner(house: House) -> None:
    house.carrier.answers = [BUSY]
    assert house.reset().state is State.SENT
    (waited,) = house.clock.waited
    assert 2 < waited < 3


def test_a_carrier_that_asks_for_more_than_the_time_there_is_is_not_waited_for(house: House) -> None:
    house.carrier.answer = NotPosted(Cause.CARRIER_BUSY, "20429", after=30)
    request = house.reset()
    assert (request.state, request.carrier_code) == (State.FAILED, "20429")
    assert (house.carrier.tries, house.clock.waited) == (1, [])


@pytest.mark.parametrize("answer", [NoAnswer("500"), Refused(Cause.STOPPED, "21610")], ids=["no answer", "refused"])
@pytest.mark.parametrize("before", [[], [UNREACHABLE]], ids=["at once", "after a failure to get there"])
def test_whatever_may_have_happened_is_never_repeated(
    house: House, answer: CarrierError, before: list[CarrierError | None]
) -> None:
    house.carrier.answers = list(before)
    house.carrier.answer = answer
    request = house.reset()
    assert house.carrier.tries == len(before) + 1
    assert request.state is (State.UNKNOWN if isinstance(answer, NoAnswer) else State.FAILED)


def test_a_process_that_ends_does_not_try_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.carrier.answer = UNREACHABLE
    monkeypatch.setattr(house.poster, "_pause", lambda _seconds: house.poster._stopping.set())
    request = house.reset()
    assert (request.state, house.carrier.tries) == (State.FAILED, 1)


def test_the_time_is_looked_at_again_after_every_wait(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pause that takes longer than asked for: the process slept."""
    house.carrier.answer = UNREACHABLE
    monkeypatch.setattr(house.poster, "_pause", lambda _seconds: house.clock.advance(seconds=6))
    assert house.reset().cause is Cause.CARRIER_UNREACHABLE
    assert house.carrier.tries == 1


def test_what_ended_while_it_waited_is_not_posted(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.carrier.answers = [UNREACHABLE]

    def revoked(_seconds: float) -> None:
        house.lifecycle.move(row_of(house).id, State.REVOKED, "password:revoked", source=(State.SENDING,))

    monkeypatch.setattr(house.poster, "_pause", revoked)
    assert house.reset().state is State.REVOKED
    assert (house.carrier.tries, house.carrier.posts) == (1, [])


# --- the count is a fence -------------------------------------------------------------------------


def dies_after_the_intent(house: House, monkeypatch: pytest.MonkeyPatch) -> Request:
    def dies(*_: Any) -> None:
        raise Moved(State.SENDING)  # silently: as a process that is gone

    with monkeypatch.context() as patch:
        patch.setattr(house.sender, "_hand_over", dies)
        return house.reset()


def test_killed_before_a_post_was_counted_it_is_surely_not_sent(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was "No answer yet" for an hour, although nothing could have gone out."""
    assert dies_after_the_intent(house, monkeypatch).state is State.SENDING
    house.look(after=61)
    row = row_of(house)
    assert (row.state, row.cause) == (State.FAILED, Cause.INTERRUPTED)
    assert events(house, "text:intended", "text:failed", "text:unproven") == ["text:intended", "text:failed"]
    house.look(after=20)
    assert old_password_is_back(house)


def test_who_wakes_after_that_finds_it_ended(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    request = dies_after_the_intent(house, monkeypatch)
    house.look(after=61)
    with pytest.raises(Moved):
        house.poster.post(request.id, lambda _row: pytest.fail("posted"))


def test_killed_after_a_post_was_counted_it_is_not_known(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    request = dies_after_the_intent(house, monkeypatch)
    house.poster._count(request.id)
    house.look(after=61)
    assert row_of(house).state == State.SENDING
    house.look(after=61)
    assert row_of(house).state == State.UNKNOWN


def test_a_try_that_is_counted_just_then_keeps_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The look read the row before the sender counted: the guard reads it again."""
    request = dies_after_the_intent(house, monkeypatch)
    house.poster._count(request.id)
    with pytest.raises(Moved):
        house.sender.never_posted(request.id)
    assert row_of(house).state == State.SENDING


def test_the_limit_is_that_of_the_protocol() -> None:
    assert timedelta(seconds=5) == POST_WITHIN
