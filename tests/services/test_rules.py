"""The rules of the reset protocol that only show where something goes wrong; each test is named after its rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from threading import Event, Thread
from typing import Any, NoReturn

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from services.db.tables import RequestRow
from services.errors import DirectoryRefused, DraftUsed, Later, NoAnswer, Refused
from services.model import Cause, Kind, Request, State
from services.ports import Image
from services.settle import Settled
from tests.services.house import GOOD, SAM, House
from tests.services.test_reset import choose, old_password_is_back, opens, sign_in

LIMIT = 10.0
"""Seconds after which a thread that should have come is given up."""


class Killed(BaseException):
    """The process ends here; nothing of ours may catch it."""


class NobodyYet:
    """An executor whose process dies before it begins."""

    def submit(self, work: Callable[[], object]) -> None:
        pass


def waiting(house: House, monkeypatch: pytest.MonkeyPatch, *, compromised: bool = False) -> Request:
    """An approved request that nobody works on yet."""
    monkeypatch.setattr(house.resets, "_executor", NobodyYet())
    request = house.reset(answers=replace(GOOD, reason="compromised") if compromised else GOOD)
    assert request.state is State.APPROVED
    return request


def now(house: House, request: Request) -> Request:
    return house.resets.show(SAM, request.id)


# --- 1: one request, one secret, one text ---------------------------------------------------------


def test_rule_1_a_form_becomes_one_request_even_where_the_first_ended_meanwhile(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index of live requests does not help here: only the form itself, consumed once, does."""
    form = house.resets.form(SAM, "1", reply_url="", channel="")
    by_keys, sent_before = house.directory.by_keys, Event()

    def sent_meanwhile(keys: Any) -> Any:
        if not sent_before.is_set():
            sent_before.set()
            house.carrier.answer = Refused(Cause.STOPPED, "21610")
            first = house.resets.submit(SAM, form.draft_id, GOOD, modal_id="")
            assert now(house, first).state is State.FAILED
            house.carrier.answer = None
            house.clock.advance(seconds=1)
        return by_keys(keys)

    monkeypatch.setattr(house.directory, "by_keys", sent_meanwhile)
    with pytest.raises(DraftUsed):
        house.resets.submit(SAM, form.draft_id, GOOD, modal_id="")
    assert house.carrier.posts == []


def test_rule_1_whose_lease_is_gone_does_not_begin_to_send(either: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first worker stalls in step 0 beyond its lease, the second has the request by now."""
    request = waiting(either, monkeypatch)
    rehearse, first_in, second_in, go_on = either.directory.rehearse, Event(), Event(), Event()

    def stalls(*args: Any) -> None:
        if first_in.is_set():
            second_in.set()
            assert go_on.wait(LIMIT)
        else:
            first_in.set()
            either.clock.advance(seconds=61)
            second.start()
            assert second_in.wait(LIMIT)
        rehearse(*args)

    second = Thread(target=either.sender.pick_up)
    monkeypatch.setattr(either.directory, "rehearse", stalls)
    either.sender.pick_up()
    by_the_first = len(either.carrier.posts)
    go_on.set()
    second.join()
    assert (by_the_first, len(either.carrier.posts)) == (0, 1)
    assert now(either, request).state is State.SENT


def test_rule_1_a_request_in_work_is_not_prepared_a_second_time(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the first worker is in step 0 the next finds nothing to do: its lease holds."""
    waiting(house, monkeypatch)
    rehearse, rehearsed, picked_up = house.directory.rehearse, list[str](), list[int]()

    def and_another_worker_comes(key: str, present: Image, wanted: Image) -> None:
        rehearsed.append(key)
        if len(rehearsed) == 1:
            picked_up.append(house.sender.pick_up())
        rehearse(key, present, wanted)

    monkeypatch.setattr(house.directory, "rehearse", and_another_worker_comes)
    house.sender.pick_up()
    assert (rehearsed, picked_up) == (["1"], [0])
    assert len(house.carrier.posts) == 1


def test_rule_1_killed_before_the_answer_becomes_unknown_and_is_never_posted_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object, **__: object) -> NoReturn:
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(house.carrier, "post", dies)
        with pytest.raises(Killed):
            house.reset()
    with house.database.read() as session:
        request_id = session.scalars(select(RequestRow.id)).one()
    house.look(after=119)
    assert house.resets.show(SAM, request_id).state is State.SENDING
    house.look(after=6)  # the next look of one that is two minutes old
    unproven = house.resets.show(SAM, request_id)
    assert (unproven.state, unproven.cause) == (State.UNKNOWN, Cause.CARRIER_SILENT)
    house.sender.pick_up()
    house.look(after=3600)
    assert house.resets.show(SAM, request_id).state is State.FAILED
    assert house.carrier.posts == []
    assert old_password_is_back(house)


# --- 3 and 4: what is written, and over what ------------------------------------------------------


def test_rule_3_in_one_column_nothing_is_written_before_the_text_is_proven(in_place: House) -> None:
    in_place.carrier.answer = NoAnswer()
    request = in_place.reset()
    for _ in range(10):
        in_place.look(after=30)
        assert old_password_is_back(in_place)
        assert now(in_place, request).old_password_works
    assert now(in_place, request).state is State.UNKNOWN


def test_rule_3_a_swap_is_byte_exact_and_knows_nothing_from_null(house: House) -> None:
    present = house.directory.credentials("1")
    assert present is not None
    before, wanted = house.person(), replace(present.image, secret="ours")
    candidates: set[str | None] = {"OLD-HASH-1", "old-hash-1", "old-hash-1 ", "", None}
    for other in candidates - {present.image.secret}:
        assert not house.directory.swap("1", replace(present.image, secret=other), wanted)
        assert house.person() == before
    assert house.directory.swap("1", present.image, wanted)
    assert house.person() != before


@pytest.mark.parametrize("before", ["old-hash-1", None])
def test_rule_3_her_own_choice_just_before_our_write_is_not_touched(
    house: House, monkeypatch: pytest.MonkeyPatch, before: str | None
) -> None:
    """Beside the own password it happens before the text, in one column after it; also where it is her first."""
    house.product_does("UPDATE people SET password_hash = :before WHERE id = 1", before=before)
    swap = house.directory.swap

    def she_was_quicker(*args: Any, **more: Any) -> bool:
        choose(house)
        return swap(*args, **more)

    monkeypatch.setattr(house.directory, "swap", she_was_quicker)
    request = house.reset()
    beside = house.directory.abilities.keeps_old_password
    assert request.state is (State.FAILED if beside else State.SUPERSEDED)
    assert request.cause is Cause.PASSWORD_CHANGED
    assert len(house.carrier.posts) == (0 if beside else 1)
    person = house.person()
    assert (person["password_hash"], person["temporary_password_hash"]) == ("her own", None)
    assert not person["must_change_password"]


@pytest.mark.parametrize("before", ["old-hash-1", None])
def test_rule_3_a_settling_between_her_choice_and_our_next_look_writes_nothing(
    beside: House, before: str | None
) -> None:
    """Her choice leaves the place beside as empty as it was at first; the used password must not come back."""
    beside.product_does("UPDATE people SET password_hash = :before WHERE id = 1", before=before)
    request = beside.reset()
    choose(beside)
    assert beside.settler.settle("1") is Settled.FOREIGN
    assert beside.person()["temporary_password_hash"] is None
    beside.look(after=2)
    assert now(beside, request).state is State.COMPLETED


def test_rule_3_her_own_choice_just_before_we_put_back_is_not_touched(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.reset()
    swap = house.directory.swap

    def she_was_quicker(*args: Any, **more: Any) -> bool:
        choose(house)
        return swap(*args, **more)

    monkeypatch.setattr(house.directory, "swap", she_was_quicker)
    house.look(after=3601)
    house.look(after=60)
    assert house.person()["password_hash"] == "her own"


def test_rule_4_of_what_goes_with_the_password_only_our_values_are_put_back(beside: House) -> None:
    """An operator gave her a day more; where nothing is left to expire, that is still not ours to erase."""
    request = beside.reset()
    a_day_more = "2026-11-24 20:42:00"
    beside.product_does("UPDATE people SET temporary_password_expires_at = :at WHERE id = 1", at=a_day_more)
    beside.look(after=3601)
    person = beside.person()
    assert now(beside, request).state is State.LAPSED
    assert person["temporary_password_hash"] is None
    assert person["temporary_password_expires_at"] == a_day_more
    assert not person["must_change_password"]


def test_rule_4_a_flag_that_an_operator_took_back_is_not_set_again(in_place: House) -> None:
    in_place.product_does("UPDATE people SET must_change_password = 1 WHERE id = 1")
    in_place.reset()
    in_place.product_does("UPDATE people SET must_change_password = 0 WHERE id = 1")
    in_place.carrier.says("SM1", "undelivered", "30003")
    in_place.look(after=2)
    person = in_place.person()
    assert (person["password_hash"], person["must_change_password"]) == ("old-hash-1", 0)


# --- 5 and 6: use, receipts, own passwords --------------------------------------------------------


def test_rule_5_a_sign_in_from_before_is_no_use(in_place: House) -> None:
    earlier = in_place.clock.now() - timedelta(days=1)
    in_place.product_does("UPDATE people SET last_sign_in_at = :at WHERE id = 1", at=earlier.replace(tzinfo=None))
    request = in_place.reset()
    in_place.look(after=2)
    assert now(in_place, request).state is State.SENT
    in_place.carrier.says("SM1", "undelivered", "30003")
    in_place.look(after=2)
    assert now(in_place, request).state is State.UNDELIVERED
    assert old_password_is_back(in_place)


def test_rule_6_a_hash_that_the_product_renewed_is_no_own_password(house: House) -> None:
    """Must-change is still set, so she has chosen nothing: the product wrote its hash anew at the sign-in."""
    request = house.reset()
    house.clock.advance(seconds=5)
    sign_in(house)
    house.product_does("UPDATE people SET password_hash = 'rehashed' WHERE id = 1")
    house.look(after=2)
    assert now(house, request).state is State.USED
    choose(house)
    house.look(after=2)
    assert now(house, request).state is State.COMPLETED
    assert house.person()["password_hash"] == "her own"


# --- 8: rehearse before posting -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("product", "what"),
    [
        ("UPDATE people SET {column} = substr(new.{column}, 1, 40) WHERE id = new.id", "a column that cuts"),
        ("UPDATE people SET must_change_password = 0 WHERE id = new.id", "a trigger that knows better"),
        ("SELECT RAISE(ABORT, 'not here')", "a trigger that forbids"),
    ],
)
def test_rule_8_a_product_that_would_not_keep_it_is_found_before_the_text(
    house: House, product: str, what: str
) -> None:
    column = "temporary_password_hash" if house.directory.abilities.keeps_old_password else "password_hash"
    house.product_does(
        f"CREATE TRIGGER odd AFTER UPDATE OF {column} ON people BEGIN {product.format(column=column)}; END"
    )
    request = house.reset()
    assert (request.state, request.cause) == (State.EXPIRED, Cause.DIRECTORY_REFUSED), what
    assert house.carrier.posts == []
    assert house.alarms == ["the directory refuses our writes"]
    assert old_password_is_back(house)


# --- 11 and 12: not too late ----------------------------------------------------------------------


@pytest.mark.parametrize("compromised", [False, True])
def test_rule_11_what_nobody_began_in_time_ends(
    house: House, monkeypatch: pytest.MonkeyPatch, compromised: bool
) -> None:
    request = waiting(house, monkeypatch, compromised=compromised)
    house.clock.at += house.rules.send_within + timedelta(seconds=1)
    house.sender.pick_up()
    ended = now(house, request)
    assert (ended.state, ended.cause) == (State.EXPIRED, Cause.TOO_LATE)
    assert ended.old_password_works
    assert old_password_is_back(house)
    assert house.carrier.posts == []


def test_rule_11_what_became_too_late_in_step_0_is_not_sent(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    rehearse = house.directory.rehearse

    def takes_its_time(*args: Any) -> None:
        rehearse(*args)
        house.clock.at += house.rules.send_within + timedelta(seconds=1)

    monkeypatch.setattr(house.directory, "rehearse", takes_its_time)
    request = house.reset()
    assert house.carrier.posts == []
    house.sender.pick_up()
    ended = now(house, request)
    assert (ended.state, ended.cause) == (State.EXPIRED, Cause.TOO_LATE)
    assert old_password_is_back(house)


@pytest.mark.parametrize(("seconds", "state"), [(5, State.SENT), (5.1, State.FAILED)])
def test_rule_12_nothing_is_posted_more_than_five_seconds_after_the_intent(
    house: House, monkeypatch: pytest.MonkeyPatch, seconds: float, state: State
) -> None:
    """Here nobody else has moved it on meanwhile: only the time itself says that it is too late."""
    move = house.lifecycle.move

    def then_sleeps(request_id: str, to: State, *args: Any, **more: Any) -> Request:
        moved = move(request_id, to, *args, **more)
        if to is State.SENDING:
            house.clock.advance(seconds=seconds)
        return moved

    monkeypatch.setattr(house.lifecycle, "move", then_sleeps)
    request = house.reset()
    assert request.state is state
    if state is State.FAILED:
        assert request.cause is Cause.TOO_LATE
        assert house.carrier.posts == []
        assert old_password_is_back(house)
    else:
        assert opens(house, house.carrier.secret)


# --- 16: the outbox's lanes -----------------------------------------------------------------------


def test_rule_16_in_a_lane_nothing_overtakes_what_waits(either: House) -> None:
    """The history hangs under the card: told first it would hang under a card that does not say the end yet."""
    either.reset()
    either.announce()
    either.notebook.tasks.clear()
    either.notebook.fault, either.notebook.only = Later(30, "ratelimited"), Kind.CARD
    either.carrier.says("SM1", "undelivered", "30003")
    either.look(after=2)
    assert "history" not in either.notebook.kinds()
    assert "news" in either.notebook.kinds()  # another lane does not wait
    either.notebook.fault = None
    either.clock.advance(seconds=31)
    either.announce()
    told = [kind for kind in either.notebook.kinds() if kind in ("card", "history")]
    assert told == ["card", "history"]


def test_rule_14_nothing_of_a_drivers_error_hangs_on_ours(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """`from None` only hides it: whoever walks the chain, as an error tracker does, must find nothing."""
    secret = "$argon2id$the-hash"

    def fails(*_: Any, **__: Any) -> None:
        raise IntegrityError("UPDATE people", {"hash": secret}, Exception(f"DETAIL: Failing row contains ({secret})"))

    monkeypatch.setattr(house.directory, "_credentials", fails)
    with pytest.raises(DirectoryRefused) as told:
        house.directory.credentials("1")
    chain: list[BaseException] = []
    error: BaseException | None = told.value
    while error is not None:
        chain.append(error)
        error = error.__cause__ or error.__context__
    assert secret not in repr([(one, one.args, vars(one)) for one in chain])
