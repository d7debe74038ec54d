"""Cases that went wrong once: a carrier that contradicts itself or is away, a clock set back, a broken seal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NoReturn

import pytest
from sqlalchemy import func, select

from services.db.tables import AuditHeadRow, AuditRow, RequestRow
from services.errors import (
    CarrierError,
    DirectoryRefused,
    DirectoryUnreachable,
    NoAnswer,
    NotPosted,
    Refused,
)
from services.model import Actor, Cause, State
from services.ports import Receipt
from tests.services.house import GOOD, SAM, House
from tests.services.test_reset import choose, old_password_is_back, opens, sign_in

ANA = Actor("U0ANA", "T0", "Ana Souza")
COMPROMISED = replace(GOOD, reason="compromised")
AWAY = NotPosted(Cause.CARRIER_UNREACHABLE)


def always(fault: Exception) -> Callable[..., NoReturn]:
    def raises(*_: object, **__: object) -> NoReturn:
        raise fault

    return raises


def state_of(house: House, request_id: str) -> State:
    return house.resets.show(SAM, request_id).state


def events_of(house: House, request_id: str) -> list[str]:
    with house.database.read() as session:
        return [line.event for line in house.audit.history(session, request_id)]


def audited(house: House) -> int:
    with house.database.read() as session:
        return session.scalar(select(func.count()).select_from(AuditRow)) or 0


def let_minutes_pass(house: House, minutes: int, *, step: int = 1) -> None:
    for _ in range(0, minutes, step):
        house.look(after=60 * step)


# --- the carrier ----------------------------------------------------------------------------------


def test_a_text_found_in_the_list_as_failed_is_undelivered(house: House) -> None:
    """Its status was written down before anybody acted on it, and then no receipt was new any more."""
    house.carrier.answer, house.carrier.keep_although_silent = NoAnswer(), True
    request = house.reset()
    assert request.state is State.UNKNOWN
    house.carrier.says("SM1", "failed", "30003")
    let_minutes_pass(house, 3)
    assert state_of(house, request.id) is State.UNDELIVERED
    assert old_password_is_back(house)


def test_a_text_found_in_the_list_as_delivered_is_delivered(house: House) -> None:
    house.carrier.answer, house.carrier.keep_although_silent = NoAnswer(), True
    request = house.reset()
    house.carrier.says("SM1", "delivered")
    let_minutes_pass(house, 1)
    assert state_of(house, request.id) is State.DELIVERED


def test_a_refusal_that_comes_as_201_and_failed_is_undelivered(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Messaging Service answers so (PROTOCOL rule 5); it was taken for an acceptance."""
    post = house.carrier.post

    def taken_and_failed(*args: Any, **more: Any) -> Receipt:
        return replace(post(*args, **more), status="failed", code="30007")

    monkeypatch.setattr(house.carrier, "post", taken_and_failed)
    request = house.reset()
    house.carrier.says("SM1", "failed", "30007")
    let_minutes_pass(house, 1)
    ended = house.resets.show(SAM, request.id)
    assert (ended.state, ended.cause) == (State.UNDELIVERED, Cause.MESSAGE_BLOCKED)
    assert old_password_is_back(house)


@pytest.mark.parametrize("fault", [AWAY, NoAnswer("502"), Refused(Cause.CARRIER_CREDENTIALS, "20003")])
def test_time_runs_out_although_the_carrier_is_away(
    house: House, monkeypatch: pytest.MonkeyPatch, fault: CarrierError
) -> None:
    """A look stopped at the carrier, so that a temporary password outlived its end."""
    request = house.reset()
    monkeypatch.setattr(house.carrier, "receipt", always(fault))
    monkeypatch.setattr(house.carrier, "find", always(fault))
    let_minutes_pass(house, 62)
    assert state_of(house, request.id) is State.LAPSED
    assert old_password_is_back(house)


def test_a_sign_in_is_seen_although_the_carrier_is_away(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    request = house.reset()
    monkeypatch.setattr(house.carrier, "receipt", always(AWAY))
    house.clock.advance(seconds=5)
    sign_in(house)
    house.look(after=2)
    assert state_of(house, request.id) is State.USED


def test_unknown_ends_although_the_carrier_is_away(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.carrier.answer = NoAnswer()
    request = house.reset()
    monkeypatch.setattr(house.carrier, "find", always(AWAY))
    let_minutes_pass(house, 62)
    ended = house.resets.show(SAM, request.id)
    assert (ended.state, ended.cause) == (State.FAILED, Cause.CARRIER_SILENT)
    assert old_password_is_back(house)


def test_a_refusal_that_comes_after_we_gave_up_waiting_still_counts(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The follower had made it unknown meanwhile; the definite no was dropped and she waited for an hour."""

    def slow_no(*_: object, **__: object) -> NoReturn:
        let_minutes_pass(house, 4)
        raise Refused(Cause.STOPPED, "21610")

    monkeypatch.setattr(house.carrier, "post", slow_no)
    request = house.reset()
    assert (request.state, request.cause) == (State.FAILED, Cause.STOPPED)
    assert old_password_is_back(house)


def test_the_use_of_an_unknown_text_beats_its_undelivered_receipt(beside: House) -> None:
    """Use was looked for only in requests whose acceptance was proven."""
    beside.carrier.answer = NoAnswer()
    request = beside.reset()
    beside.clock.advance(seconds=5)
    sign_in(beside)
    beside.follower.receipt(request.id, Receipt("SM9", "undelivered", "30003"))
    assert state_of(beside, request.id) is not State.UNDELIVERED
    assert beside.person()["temporary_password_hash"] is not None


def test_delivered_before_the_product_could_be_written_is_not_forgotten(
    in_place: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The receipt was noted while the write still waited, and nobody acted on it later."""
    with monkeypatch.context() as product_away:
        product_away.setattr(in_place.directory, "swap", always(DirectoryUnreachable()))
        request = in_place.reset()
        assert request.state is State.ACCEPTED
        in_place.carrier.says("SM1", "delivered")
        in_place.look(after=2)
    in_place.look(after=5)
    assert state_of(in_place, request.id) is State.DELIVERED
    assert opens(in_place, in_place.carrier.secret)


def test_a_delivered_body_is_blanked(house: House) -> None:
    """Only the end blanked it; a delivered text lay readable at the carrier for an hour."""
    house.reset()
    house.carrier.says("SM1", "delivered")
    let_minutes_pass(house, 10)
    assert house.carrier.blanked == ["SM1"]


def test_no_answer_and_then_nothing_is_told_as_news(house: House) -> None:
    """The end of an unknown request was an edit of an old message, which notifies nobody."""
    house.carrier.answer = NoAnswer()
    house.reset(modal_id="")
    house.announce()
    house.notebook.tasks.clear()
    house.look(after=3601)
    assert "news" in house.notebook.kinds()


# --- the account that was closed ------------------------------------------------------------------


def test_closing_without_an_answer_never_promises_the_old_password(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The UPDATE was done and its answer lost: the agent was told that the old password works."""
    close = house.directory.close

    def closes_and_is_gone(*args: Any) -> NoReturn:
        close(*args)
        raise DirectoryUnreachable

    monkeypatch.setattr(house.directory, "close", closes_and_is_gone)
    request = house.reset(answers=COMPROMISED)
    assert house.person()["password_hash"] == "!"
    assert not request.old_password_works
    house.clock.advance(minutes=61)
    house.sender.pick_up()
    ended = house.resets.show(SAM, request.id)
    assert (ended.state, ended.cause, ended.old_password_works) == (State.EXPIRED, Cause.TOO_LATE, False)
    assert events_of(house, request.id)[-2:] == ["account:close_unknown", "request:expired"]


def test_a_plain_reset_of_a_closed_account_does_not_promise_the_old_password(house: House) -> None:
    """An earlier compromised reset had closed it; the next, plain one said that the old password works."""
    house.carrier.answer = Refused(Cause.STOPPED, "21610")
    house.reset(answers=COMPROMISED)
    house.carrier.answer = None
    house.clock.advance(seconds=1)
    request = house.reset()
    assert request.state is State.SENT
    assert not request.old_password_works
    house.look(after=3601)
    assert not house.resets.show(SAM, request.id).old_password_works
    assert house.person()["password_hash"] == "!"


# --- the directory and the clock ------------------------------------------------------------------


def test_the_newest_request_rules_although_the_clock_stepped_back(house: House) -> None:
    """The newest was found by its time alone, and what the earlier one wanted was written over the new password."""
    earlier = house.reset()
    house.carrier.says("SM1", "undelivered", "30003")
    house.look(after=2)
    assert state_of(house, earlier.id) is State.UNDELIVERED
    house.clock.advance(seconds=-30)
    later = house.reset()
    assert later.state is State.SENT
    assert opens(house, house.carrier.secret)


def test_a_stale_save_after_the_end_is_put_right_within_a_minute(in_place: House) -> None:
    """The next look after an end was a quarter of an hour away: so long a dead value locked her out."""
    in_place.reset()
    dead = in_place.person()["password_hash"]
    in_place.carrier.says("SM1", "undelivered", "30003")
    in_place.look(after=2)
    in_place.look(after=2)
    assert old_password_is_back(in_place)
    in_place.product_does("UPDATE people SET password_hash = :dead WHERE id = 1", dead=dead)
    in_place.look(after=60)
    assert in_place.person()["password_hash"] == "old-hash-1"


def test_a_broken_seal_does_not_block_her_for_ever(house: House) -> None:
    request = house.reset()
    with house.database.write() as session:
        session.get_one(RequestRow, request.id).new_sealed = b"x" * 60
    let_minutes_pass(house, 70, step=5)
    assert not house.resets.show(SAM, request.id).live
    assert "a request cannot be settled" in house.alarms


def test_a_directory_that_refuses_to_be_read_does_not_block_her_for_ever(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = house.reset()
    monkeypatch.setattr(house.directory, "credentials", always(DirectoryRefused("permission denied")))
    let_minutes_pass(house, 70, step=5)
    assert not house.resets.show(SAM, request.id).live
    assert "a request cannot be settled" in house.alarms


def test_an_own_password_chosen_before_the_rehearsal_is_the_cause(
    in_place: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was told, and alarmed, as a directory that refuses our writes."""
    rehearse = in_place.directory.rehearse

    def she_was_quicker(*args: Any) -> None:
        choose(in_place)
        rehearse(*args)

    monkeypatch.setattr(in_place.directory, "rehearse", she_was_quicker)
    request = in_place.reset()
    assert (request.state, request.cause) == (State.EXPIRED, Cause.PASSWORD_CHANGED)
    assert in_place.alarms == []
    assert in_place.carrier.posts == []


# --- who looks, and what is kept of it ------------------------------------------------------------


def test_a_colleague_who_closes_a_look_does_not_end_the_following(house: House) -> None:
    """Whatever modal was closed, the agent's own was taken for closed."""
    request = house.reset(modal_id="V_SAM")
    house.resets.modal_closed(request.id, "V_ANA")
    assert house.resets.show(SAM, request.id).modal_id == "V_SAM"
    house.resets.modal_closed(request.id, "V_SAM")
    assert house.resets.show(SAM, request.id).modal_id == ""


def test_a_colleagues_look_is_audited(house: House) -> None:
    request = house.reset()
    before = audited(house)
    house.resets.show(ANA, request.id)
    house.resets.status(ANA, request.reference)
    assert audited(house) == before + 2
    assert events_of(house, request.id)[-2:] == ["request:viewed", "request:viewed"]


def test_a_chain_cut_off_at_its_end_shows(house: House) -> None:
    """Whoever writes the tables could shorten the chain and its head alike; the head is keyed now."""
    house.reset()
    with house.database.write() as session:
        rows = session.scalars(select(AuditRow).order_by(AuditRow.seq)).all()
        for row in rows[3:]:
            session.delete(row)
        head = session.get_one(AuditHeadRow, 1)
        head.seq, head.digest = 3, rows[2].digest
    assert house.audit.verify().broken_at is not None


def test_an_end_has_its_outcome_event(house: House) -> None:
    """The intent to put back was on record, and never what became of it (PROTOCOL rule 10)."""
    request = house.reset()
    house.look(after=3601)
    house.look(after=6)
    told = events_of(house, request.id)
    assert told.index("password:lapsed") < told.index("password:put_back")
    assert told.count("password:put_back") == 1
