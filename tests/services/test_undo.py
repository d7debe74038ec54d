"""Taking a reset back in each of its states, and closing an account: once, whatever else happens meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from threading import Barrier, Event, Thread
from typing import Any, NoReturn

import pytest
from sqlalchemy import select

from services.closing import GIVE_UP
from services.db.tables import RequestRow
from services.errors import (
    CarrierError,
    DirectoryRefused,
    DirectoryUnreachable,
    DomainError,
    NoAnswer,
    NotAllowed,
    NotClosable,
    NotFound,
    NotWithdrawable,
    Refused,
)
from services.lifecycle import ARROWS, Moved
from services.model import WITHDRAWABLE, Actor, Cause, Closing, Kind, Request, State
from services.ports import Credentials, Receipt
from tests.services.house import SAM, House
from tests.services.test_hard_cases import COMPROMISED, always, events_of, let_minutes_pass
from tests.services.test_reset import choose, old_password_is_back, opens, sign_in
from tests.services.test_rules import Killed

ANA = Actor("U0ANA", "T0", "Ana Souza")
MAYA = Actor("U0MAYA", "T0", "Maya Lindqvist")
LIMIT = 10.0


def now(house: House, request: Request) -> Request:
    return house.resets.show(SAM, request.id)


def only_request(house: House) -> Request:
    with house.database.read() as session:
        request_id = session.scalars(select(RequestRow.id)).one()
    return house.resets.show(SAM, request_id)


def closed(house: House) -> bool:
    person = house.person()
    return (person["password_hash"], person["temporary_password_hash"]) == ("!", None)


# --- into each state that can be taken back -------------------------------------------------------


def in_sending(house: House, monkeypatch: pytest.MonkeyPatch) -> Request:
    """The process died while it handed the text over."""

    def dies(*_: object, **__: object) -> NoReturn:
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(house.carrier, "post", dies)
        with pytest.raises(Killed):
            house.reset()
    return only_request(house)


def in_unknown(house: House, _monkeypatch: pytest.MonkeyPatch) -> Request:
    house.carrier.answers = [NoAnswer()]
    return house.reset()


def in_accepted(house: House, monkeypatch: pytest.MonkeyPatch) -> Request:
    """In place only: taken by the carrier, and the product is away. Beside, an accepted text is sent at once."""
    with monkeypatch.context() as away:
        away.setattr(house.directory, "swap", always(DirectoryUnreachable()))
        return house.reset()


def in_sent(house: House, _monkeypatch: pytest.MonkeyPatch) -> Request:
    return house.reset()


def in_delivered(house: House, _monkeypatch: pytest.MonkeyPatch) -> Request:
    request = house.reset()
    house.carrier.says("SM1", "delivered")
    house.look(after=2)
    return now(house, request)


def in_used(house: House, monkeypatch: pytest.MonkeyPatch) -> Request:
    request = in_delivered(house, monkeypatch)
    house.clock.advance(seconds=20)
    sign_in(house)
    house.look(after=20)
    return now(house, request)


INTO: dict[State, Callable[[House, pytest.MonkeyPatch], Request]] = {
    State.SENDING: in_sending,
    State.UNKNOWN: in_unknown,
    State.ACCEPTED: in_accepted,
    State.SENT: in_sent,
    State.DELIVERED: in_delivered,
    State.USED: in_used,
}


def test_the_states_are_those_of_the_arrows() -> None:
    assert {state for state, ends in ARROWS.items() if State.REVOKED in ends} == WITHDRAWABLE == set(INTO)


@pytest.mark.parametrize("state", sorted(set(INTO) - {State.ACCEPTED}), ids=str)
def test_taken_back_the_earlier_password_is_back_at_once(
    every: House, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_taken_back(every, state, monkeypatch)


def test_accepted_and_not_written_yet_it_never_is(in_place: House, monkeypatch: pytest.MonkeyPatch) -> None:
    is_taken_back(in_place, State.ACCEPTED, monkeypatch)


def is_taken_back(house: House, state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    request = INTO[state](house, monkeypatch)
    assert request.state is state
    withdrawn = house.undo.withdraw(SAM, request.id)
    assert (withdrawn.state, withdrawn.ended_by, withdrawn.old_password_works) == (
        State.REVOKED,
        "Sam Okafor",
        True,
    )
    assert old_password_is_back(house)
    let_minutes_pass(house, 20)
    assert old_password_is_back(house)
    told = events_of(house, request.id)
    assert (told.count("request:revoked"), told.count("password:put_back")) == (1, 1)
    assert not any(opens(house, body.split("\n")[1]) for _, body in house.carrier.posts if "\n" in body)
    assert house.audit.verify().broken_at is None
    assert house.reset().state is State.SENT


def test_used_and_taken_back_its_sign_ins_end(beside: House, monkeypatch: pytest.MonkeyPatch) -> None:
    request = in_used(beside, monkeypatch)
    before = beside.person()["session_version"]
    beside.undo.withdraw(SAM, request.id)
    assert beside.person()["session_version"] == before + 1  # type: ignore[operator]
    assert beside.person()["temporary_password_used_at"] is None


@pytest.mark.parametrize("state", [State.SENT, State.USED])
def test_a_compromised_one_stays_closed(house: House, state: State) -> None:
    request = house.reset(answers=COMPROMISED)
    if state is State.USED:
        house.clock.advance(seconds=20)
        sign_in(house)
        house.look(after=2)
    withdrawn = house.undo.withdraw(SAM, request.id)
    assert (withdrawn.state, withdrawn.old_password_works, withdrawn.closed) == (State.REVOKED, False, True)
    assert closed(house)
    let_minutes_pass(house, 20)
    assert closed(house)


# --- who may, and who comes second ----------------------------------------------------------------


def test_the_agent_who_asked_may_and_a_manager(house: House) -> None:
    request = house.reset()
    with pytest.raises(NotAllowed):
        house.undo.withdraw(ANA, request.id)
    with pytest.raises(NotFound):
        house.undo.withdraw(replace(MAYA, workspace="T_OTHER"), request.id, manager=True)
    with pytest.raises(NotFound):
        house.undo.withdraw(SAM, "f" * 32)
    assert now(house, request).state is State.SENT
    assert house.undo.withdraw(MAYA, request.id, manager=True).ended_by == "Maya Lindqvist"


def test_who_comes_second_is_told_who_was_first(house: House) -> None:
    request = house.reset()
    house.undo.withdraw(SAM, request.id)
    with pytest.raises(NotWithdrawable) as second:
        house.undo.withdraw(MAYA, request.id, manager=True)
    assert (second.value.request.state, second.value.request.ended_by) == (State.REVOKED, "Sam Okafor")
    assert events_of(house, request.id).count("request:revoked") == 1


def test_of_many_at_once_one_takes_it_back(either: House) -> None:
    request = either.reset()
    start = Barrier(8)

    def press(_: int) -> str:
        start.wait(LIMIT)
        try:
            return str(either.undo.withdraw(MAYA, request.id, manager=True).state)
        except DomainError as refused:
            return type(refused).__name__

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(press, range(8)))
    assert answers == ["NotWithdrawable"] * 7 + ["revoked"]
    assert events_of(either, request.id).count("request:revoked") == 1
    assert either.audit.verify().broken_at is None


def test_of_its_end_and_a_withdrawal_at_once_one_counts(either: House) -> None:
    request = either.reset()
    either.clock.advance(minutes=61)
    start, answers = Barrier(2), list[str]()

    def end() -> None:
        start.wait(LIMIT)
        either.follower.look(request.id)

    time_runs_out = Thread(target=end)
    time_runs_out.start()
    start.wait(LIMIT)
    try:
        answers.append(str(either.undo.withdraw(SAM, request.id).state))
    except NotWithdrawable as late:
        answers.append(str(late.request.state))
    time_runs_out.join()
    assert [str(now(either, request).state)] == answers
    told = events_of(either, request.id)
    assert told.count("request:revoked") + told.count("password:lapsed") == 1
    assert old_password_is_back(either)


@pytest.mark.parametrize("end", [State.LAPSED, State.UNDELIVERED, State.FAILED, State.COMPLETED])
def test_what_has_ended_is_not_taken_back(house: House, end: State) -> None:
    if end is State.FAILED:
        house.carrier.answers = [Refused(Cause.STOPPED, "21610")]
    request = house.reset()
    if end is State.COMPLETED:
        choose(house)
    if end is State.UNDELIVERED:
        house.carrier.says("SM1", "undelivered", "30003")
    house.look(after=3601 if end is State.LAPSED else 2)
    with pytest.raises(NotWithdrawable) as refused:
        house.undo.withdraw(SAM, request.id)
    assert refused.value.request.state is end


# --- against a sign-in ----------------------------------------------------------------------------


def test_an_own_password_that_nobody_has_seen_yet_is_not_taken_back(house: House) -> None:
    request = house.reset()
    house.clock.advance(seconds=5)
    choose(house)
    with pytest.raises(NotWithdrawable) as refused:
        house.undo.withdraw(SAM, request.id)
    assert refused.value.request.state is State.COMPLETED
    assert house.person()["password_hash"] == "her own"


def test_chosen_a_moment_before_it_stays_and_the_old_one_is_not_promised(
    in_place: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = in_place.reset()
    settle = in_place.settler.settle

    def she_was_quicker(*args: Any, **more: Any) -> Any:
        choose(in_place)
        return settle(*args, **more)

    monkeypatch.setattr(in_place.settler, "settle", she_was_quicker)
    withdrawn = in_place.undo.withdraw(SAM, request.id)
    assert (withdrawn.state, withdrawn.cause) == (State.REVOKED, Cause.PASSWORD_CHANGED)
    in_place.look(after=2)
    assert in_place.person()["password_hash"] == "her own"
    assert "password:left_alone" in events_of(in_place, request.id)


def test_while_the_product_is_away_it_counts_and_is_made_good(
    in_place: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = in_place.reset()
    with monkeypatch.context() as away:
        for write in ("swap", "credentials"):
            away.setattr(in_place.directory, write, always(DirectoryUnreachable()))
        assert in_place.undo.withdraw(SAM, request.id).state is State.REVOKED
        in_place.look(after=5)
        assert not old_password_is_back(in_place)
    in_place.look(after=15)
    assert old_password_is_back(in_place)


# --- while the text is handed over ----------------------------------------------------------------


def test_taken_back_before_the_post_nothing_is_posted(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    move = house.lifecycle.move

    def and_is_taken_back(request_id: str, to: State, *args: Any, **more: Any) -> Request:
        moved = move(request_id, to, *args, **more)
        if to is State.SENDING:
            house.undo.withdraw(SAM, request_id)
        return moved

    monkeypatch.setattr(house.lifecycle, "move", and_is_taken_back)
    request = house.reset()
    let_minutes_pass(house, 5)
    assert (now(house, request).state, house.carrier.tries) == (State.REVOKED, 0)
    assert old_password_is_back(house)


@pytest.mark.parametrize(
    ("answer", "event", "texts"),
    [
        (None, "text:accepted_late", 2),
        (NoAnswer(), "text:unanswered_late", 1),
        (Refused(Cause.STOPPED, "21610"), "text:failed_late", 0),
    ],
)
def test_taken_back_while_the_carrier_answers(
    every: House, monkeypatch: pytest.MonkeyPatch, answer: CarrierError | None, event: str, texts: int
) -> None:
    """What it says is recorded all the same, and decides whether somebody has to be told that it is void."""
    post = every.carrier.post

    def slow(*args: Any, **more: Any) -> Receipt:
        if every.carrier.tries == 0:
            every.undo.withdraw(SAM, only_request(every).id)
            every.carrier.answers = [answer]
        return post(*args, **more)

    monkeypatch.setattr(every.carrier, "post", slow)
    request = every.reset()
    let_minutes_pass(every, 3)
    assert request.state is State.REVOKED
    assert old_password_is_back(every)
    assert len(every.carrier.posts) == texts
    told = events_of(every, request.id)
    assert told.count(event) == 1
    assert told.count("text:intended") == 1
    assert "SM1" in every.carrier.blanked or texts < 2
    assert not every.alarms


# --- closing the account --------------------------------------------------------------------------


def in_completed(house: House, monkeypatch: pytest.MonkeyPatch) -> Request:
    request = in_used(house, monkeypatch)
    choose(house)
    house.look(after=5)
    return now(house, request)


@pytest.mark.parametrize("into", [in_used, in_completed])
def test_closed_after_use_nothing_opens_the_account(
    every: House, monkeypatch: pytest.MonkeyPatch, into: Callable[[House, pytest.MonkeyPatch], Request]
) -> None:
    request = into(every, monkeypatch)
    before = every.person()["session_version"]
    done = every.undo.close(SAM, request.id)
    assert done.state is (State.REVOKED if request.state is State.USED else State.COMPLETED)
    assert (done.closing, done.ended_by, done.old_password_works) == (Closing.DONE, "Sam Okafor", False)
    assert closed(every)
    assert every.person()["session_version"] > before  # type: ignore[operator]
    let_minutes_pass(every, 20)
    assert closed(every)
    told = events_of(every, request.id)
    assert told.index("account:close_intended") < told.index("account:closed")
    assert (told.count("account:close_intended"), told.count("account:closed")) == (1, 1)
    new = every.reset(answers=COMPROMISED)
    assert new.state is State.SENT
    assert opens(every, every.carrier.secret)


def test_long_after_its_end_it_can_still_be_closed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its seals are erased by then."""
    request = in_completed(house, monkeypatch)
    let_minutes_pass(house, 20)
    assert house.undo.close(MAYA, request.id, manager=True).closing is Closing.DONE
    assert closed(house)


def test_a_stale_save_after_the_closing_is_put_right(in_place: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The product still had the texted one in memory: what is put back is the closed account."""
    request = in_used(in_place, monkeypatch)
    dead = in_place.person()["password_hash"]
    in_place.undo.close(SAM, request.id)
    in_place.product_does("UPDATE people SET password_hash = :dead WHERE id = 1", dead=dead)
    let_minutes_pass(in_place, 2)
    assert closed(in_place)


@pytest.mark.parametrize("state", [State.UNKNOWN, State.SENT, State.DELIVERED])
def test_where_nobody_was_let_in_there_is_nothing_to_close(
    house: House, monkeypatch: pytest.MonkeyPatch, state: State
) -> None:
    request = INTO[state](house, monkeypatch)
    with pytest.raises(NotClosable) as refused:
        house.undo.close(SAM, request.id)
    assert (refused.value.request.state, refused.value.newer) == (state, "")
    assert not closed(house)


def test_a_password_set_in_an_account_that_was_to_be_closed(in_place: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compromised, and somebody chose a password between the acceptance and the write: it may be closed again."""
    swap = in_place.directory.swap

    def somebody_was_quicker(*args: Any, **more: Any) -> bool:
        choose(in_place)
        return swap(*args, **more)

    with monkeypatch.context() as quick:
        quick.setattr(in_place.directory, "swap", somebody_was_quicker)
        request = in_place.reset(answers=COMPROMISED)
    assert (request.state, request.closable) == (State.SUPERSEDED, True)
    in_place.undo.close(SAM, request.id)
    assert closed(in_place)


def test_only_the_newest_reset_closes_the_account(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    old = in_completed(house, monkeypatch)
    house.clock.advance(minutes=30)
    new = house.reset()
    with pytest.raises(NotClosable) as refused:
        house.undo.close(SAM, old.id)
    assert refused.value.newer == new.reference
    assert opens(house, house.carrier.secret)


def test_who_may_close_and_who_comes_second(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    request = in_used(house, monkeypatch)
    with pytest.raises(NotAllowed):
        house.undo.close(ANA, request.id)
    house.undo.close(SAM, request.id)
    with pytest.raises(NotClosable) as closed_before:
        house.undo.close(MAYA, request.id, manager=True)
    with pytest.raises(NotWithdrawable) as taken_back_before:
        house.undo.withdraw(MAYA, request.id, manager=True)
    assert closed_before.value.request.closing is taken_back_before.value.request.closing is Closing.DONE
    assert events_of(house, request.id).count("account:closed") == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_in_the_middle_it_is_closed_by_whoever_looks_next(
    every: House, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    request = in_used(every, monkeypatch)
    close = every.directory.close

    def dies(*args: Any) -> NoReturn:
        if when == "after":
            close(*args)
        raise Killed

    with monkeypatch.context() as dying, suppress(Killed):
        dying.setattr(every.directory, "close", dies)
        every.undo.close(SAM, request.id)
    assert now(every, request).closing is Closing.DUE
    every.look(after=6)
    assert closed(every)
    assert now(every, request).closing is Closing.DONE
    told = events_of(every, request.id)
    assert (told.count("account:close_intended"), told.count("account:closed")) == (1, 1)


def test_what_was_opened_again_meanwhile_is_not_closed_by_a_late_worker(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It slept between seeing that it shall close and closing; the account was closed, reset and used by then."""
    request, stalled = in_used(house, monkeypatch), Event()
    close = house.directory.close

    def sleeps_once(key: str, expected: Credentials) -> bool:
        if not stalled.is_set():
            stalled.set()
            house.look(after=6)
            assert closed(house)
            house.reset()
            house.clock.advance(seconds=20)
            sign_in(house)
            choose(house)
        return close(key, expected)

    monkeypatch.setattr(house.directory, "close", sleeps_once)
    with suppress(Moved):
        house.undo.close(SAM, request.id)
    assert house.person()["password_hash"] == "her own"
    assert events_of(house, request.id).count("account:closed") == 1


def test_a_product_that_is_away_is_asked_again_and_then_nobody_knows(
    every: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = in_completed(every, monkeypatch)
    every.announce()
    with monkeypatch.context() as away:
        away.setattr(every.directory, "close", always(DirectoryUnreachable()))
        assert every.undo.close(SAM, request.id).closing is Closing.DUE
        let_minutes_pass(every, int(GIVE_UP.total_seconds() // 60) + 1)
    told = now(every, request)
    assert (told.closing, told.close_unknown, told.closable) == (Closing.UNKNOWN, True, True)
    assert events_of(every, request.id).count("account:close_unknown") == 1
    assert "an account was not closed" in every.alarms
    news = [task for task in every.notebook.tasks if task.kind is Kind.NEWS]
    assert news[-1].request.closing is Closing.UNKNOWN
    assert every.undo.close(SAM, request.id).closing is Closing.DONE
    assert closed(every)


def test_a_product_that_comes_back_is_closed_by_the_next_look(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    request = in_used(house, monkeypatch)
    with monkeypatch.context() as away:
        for call in ("close", "credentials"):
            away.setattr(house.directory, call, always(DirectoryUnreachable()))
        house.undo.close(SAM, request.id)
        house.look(after=30)
    house.look(after=6)
    assert now(house, request).closing is Closing.DONE
    assert closed(house)


def test_a_product_that_refuses_is_told_and_what_was_texted_is_void(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = in_used(house, monkeypatch)
    with monkeypatch.context() as refusing:
        refusing.setattr(house.directory, "close", always(DirectoryRefused("rights")))
        told = house.undo.close(SAM, request.id)
    assert (told.state, told.closing, told.closable) == (State.REVOKED, Closing.FAILED, True)
    assert events_of(house, request.id).count("account:not_closed") == 1
    house.look(after=6)
    assert old_password_is_back(house)
    assert now(house, request).old_password_works


def test_a_person_who_is_gone_cannot_be_closed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    request = in_completed(house, monkeypatch)
    house.product_does("DELETE FROM people WHERE id = 1")
    assert house.undo.close(SAM, request.id).closing is Closing.FAILED


def test_what_she_chooses_while_it_is_closed_is_closed_too(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is in chooses a password between our reading and our writing: it is just that one that has to go."""
    request, close = in_used(house, monkeypatch), house.directory.close

    def chosen_first(key: str, expected: Credentials) -> bool:
        if house.person()["password_hash"] != "her own":
            choose(house)
        return close(key, expected)

    monkeypatch.setattr(house.directory, "close", chosen_first)
    assert house.undo.close(SAM, request.id).closing is Closing.DONE
    assert closed(house)


# --- who is told ----------------------------------------------------------------------------------


def test_what_the_agent_does_is_no_news_to_the_agent_and_a_managers_is(house: House) -> None:
    for actor, manager, kind in ((SAM, False, "direct"), (MAYA, True, "news")):
        request = house.reset(modal_id="")
        house.announce()
        house.notebook.tasks.clear()
        house.undo.withdraw(actor, request.id, manager=manager)
        house.announce()
        assert {"card", "history", kind} <= set(house.notebook.kinds())
        assert not {"direct", "news"} - {kind} & set(house.notebook.kinds())
        house.look(after=2)


def test_an_intent_to_close_is_recorded_once_however_often_it_is_tried(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before a text, where the product's value changes under our hands: one intent, and one outcome."""
    close = house.directory.close

    def loses_twice(key: str, expected: Credentials) -> bool:
        if house.person()["password_hash"] in ("old-hash-1", "first"):
            now = "first" if house.person()["password_hash"] == "old-hash-1" else "second"
            house.product_does("UPDATE people SET password_hash = :now WHERE id = 1", now=now)
        return close(key, expected)

    monkeypatch.setattr(house.directory, "close", loses_twice)
    request = house.reset(answers=COMPROMISED)
    assert request.state is State.SENT
    told = events_of(house, request.id)
    assert (told.count("account:close_intended"), told.count("account:closed")) == (1, 1)


def test_a_closing_that_is_refused_has_its_outcome_and_the_old_password_is_not_denied(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.directory, "close", always(DirectoryRefused("rights")))
    request = house.reset(answers=COMPROMISED)
    assert (request.state, request.old_password_works) == (State.EXPIRED, True)
    told = events_of(house, request.id)
    assert told[-3:] == ["account:close_intended", "account:not_closed", "request:expired"]
