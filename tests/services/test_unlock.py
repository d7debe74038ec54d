"""Unlocking without a new password, the way of a reset: who may, what is written, and what a crash leaves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from services.db.tables import AuditRow, RequestRow
from services.decision import Policy
from services.directory.presets import PRESETS
from services.errors import (
    AlreadyDecided,
    AlreadyUnderWay,
    DirectoryUnreachable,
    Halted,
    Impossible,
    InvalidForm,
    NotAgain,
    NotLocked,
    NotWithdrawable,
)
from services.model import Actor, Answers, Cause, Channel, Request, State
from services.prepare import LEASE
from services.unlock import AGAIN
from tests.services.house import SAM, House, make_house
from tests.services.test_circuit import MAYA, Lost, opened

KNOWS = Answers(reason="forgot", check="called_back", ticket="ZD-123", channel=Channel.UNLOCK)
NO_MOBILE = "3"
ADMIN = "2"


class Killed(BaseException):
    """Nothing catches it, as nothing catches the end of a process."""


def lock(house: House, key: str = "1") -> None:
    """Five wrong passwords, as the product counts them."""
    until = (house.clock.now() + timedelta(hours=1)).replace(tzinfo=None)
    house.product_does(
        "UPDATE people SET failed_sign_ins = 5, locked_until = :until WHERE id = :key", until=until, key=key
    )


def locked(house: House, key: str = "1") -> bool:
    person = house.person(key)
    return bool(person["failed_sign_ins"] or person["locked_until"])


def ask(house: House, key: str = "1", answers: Answers = KNOWS) -> Request:
    form = house.resets.form(SAM, key, reply_url="https://slack.example/reply", channel="C1")
    form = house.resets.form_unlock(SAM, form.draft_id)
    request = house.resets.submit(SAM, form.draft_id, answers, modal_id="V1")
    return house.resets.show(SAM, request.id)


def events(house: House, request: Request) -> list[str]:
    with house.database.read() as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.request_id == request.id).order_by(AuditRow.seq))
        return [row.event for row in rows]


def begun(house: House, monkeypatch: pytest.MonkeyPatch, *, written: bool) -> Request:
    """A process that died between its intent and its outcome, before or after the write."""
    unlock = house.directory.unlock

    def dies(key: str) -> bool:
        if written:
            unlock(key)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(house.directory, "unlock", dies)
        with pytest.raises(Killed):
            ask(house)
    with house.database.read() as session:
        return house.resets.show(SAM, session.scalars(select(RequestRow.id)).one())


# --- the straight way -----------------------------------------------------------------------------


def test_the_whole_story(every: House) -> None:
    lock(every)
    before = every.person()
    [row] = every.finder.find(SAM, "jane.doe@acme.example").rows
    assert row.person.may_be_locked
    assert not row.only_unlock
    form = every.resets.form(SAM, "1", reply_url="https://slack.example/reply", channel="C1")
    assert form.unlocks
    assert form.channels == (Channel.TEXT,)
    form = every.resets.form_unlock(SAM, form.draft_id)
    assert form.channels == (Channel.UNLOCK,)
    assert [reason.id for reason in form.reasons if reason.compromised] == []
    sent = every.resets.submit(SAM, form.draft_id, KNOWS, modal_id="V1")
    request = every.resets.show(SAM, sent.id)
    assert request.state is State.UNLOCKED
    assert request.phone_tail == ""
    assert every.person() == {**before, "failed_sign_ins": 0, "locked_until": None}
    assert every.carrier.tries == 0
    assert events(every, request) == ["request:created", "account:unlock_intended", "account:unlocked"]
    every.announce()
    assert "card" in every.notebook.kinds()
    assert "confirm" in every.notebook.kinds()
    assert every.audit.verify().broken_at is None
    every.look(after=3600)
    assert every.resets.show(SAM, request.id) == request


def test_afterwards_a_reset_is_possible_and_this_was_none(house: House) -> None:
    lock(house)
    ask(house)
    [row] = house.finder.find(SAM, "jane.doe@acme.example").rows
    assert row.last_reset is None
    assert not row.person.may_be_locked
    assert house.reset().state is State.SENT
    report = house.approvals.team(SAM)
    assert (report.asked, report.unlocked) == (1, 1)


def test_without_a_mobile_unlocking_is_what_can_be_done(house: House) -> None:
    [row] = house.finder.find(SAM, "jdorn@acme.example").rows
    assert row.impossible is Cause.NO_MOBILE
    lock(house, NO_MOBILE)
    [row] = house.finder.find(SAM, "jdorn@acme.example").rows
    assert row.impossible is None
    assert row.only_unlock
    form = house.resets.form(SAM, NO_MOBILE, reply_url="", channel="C1")
    assert form.channels == (Channel.UNLOCK,)
    with pytest.raises(InvalidForm):
        house.resets.submit(SAM, form.draft_id, Answers(reason="forgot", check="called_back"), modal_id="V1")
    house.resets.submit(SAM, form.draft_id, KNOWS, modal_id="V1")
    assert not locked(house, NO_MOBILE)


# --- who is not unlocked --------------------------------------------------------------------------


def test_nobody_is_unlocked_whom_nothing_locks(house: House) -> None:
    form = house.resets.form(SAM, "1", reply_url="", channel="C1")
    assert not form.unlocks
    with pytest.raises(NotLocked):
        house.resets.form_unlock(SAM, form.draft_id)
    with pytest.raises(NotLocked):
        house.resets.submit(SAM, form.draft_id, KNOWS, modal_id="V1")
    lock(house)
    house.clock.advance(minutes=61)
    house.product_does("UPDATE people SET failed_sign_ins = 0")
    assert not house.resets.form(SAM, "1", reply_url="", channel="C1").unlocks, "its time is over"


def test_a_lock_for_long_is_somebodys_decision(house: House) -> None:
    far = (house.clock.now() + timedelta(days=31)).replace(tzinfo=None)
    house.product_does("UPDATE people SET locked_until = :far, failed_sign_ins = 5 WHERE id = 1", far=far)
    with pytest.raises(Impossible) as impossible:
        house.resets.form(SAM, "1", reply_url="", channel="C1")
    assert impossible.value.cause is Cause.DEACTIVATED


def test_whoever_may_have_been_broken_into_is_not_let_in_again(house: House) -> None:
    lock(house)
    with pytest.raises(InvalidForm) as invalid:
        ask(house, answers=Answers(reason="compromised", check="called_back", channel=Channel.UNLOCK))
    assert set(invalid.value.fields) == {"reason"}
    assert locked(house)


def test_a_channel_that_is_none(house: House) -> None:
    form = house.resets.form(SAM, "1", reply_url="", channel="C1")
    answers = Answers(reason="forgot", check="called_back", channel="pigeon")
    with pytest.raises(InvalidForm):
        house.resets.submit(SAM, form.draft_id, answers, modal_id="V1")


def test_what_was_not_sent_is_not_sent_again_and_not_withdrawn(house: House) -> None:
    lock(house)
    request = ask(house)
    with pytest.raises(NotAgain):
        house.resets.form_again(SAM, request.id)
    with pytest.raises(NotWithdrawable):
        house.undo.withdraw(SAM, request.id)
    assert not request.closable


def test_a_replacement_does_not_only_unlock(house: House) -> None:
    earlier = house.reset()
    lock(house)
    form = house.resets.form_again(SAM, earlier.id)
    assert not form.unlocks
    with pytest.raises((NotLocked, AlreadyUnderWay)):
        house.resets.form_unlock(SAM, form.draft_id)
    with pytest.raises(NotLocked):
        house.resets.submit(SAM, form.draft_id, KNOWS, modal_id="V1")


# --- managers -------------------------------------------------------------------------------------


def test_the_policy_is_that_of_a_reset(folder: Path) -> None:
    house = make_house(folder, PRESETS["statstak"], policy=Policy(privileged=1, repeated=0, contact_changed=0))
    lock(house, ADMIN)
    request = ask(house, ADMIN)
    assert request.state is State.AWAITING_APPROVAL
    assert locked(house, ADMIN)
    house.approvals.approve(MAYA, request.id)
    assert house.resets.show(SAM, request.id).state is State.UNLOCKED
    assert not locked(house, ADMIN)
    house.product_does("UPDATE people SET failed_sign_ins = 3 WHERE id = 2")
    second = ask(house, ADMIN)
    house.product_does("UPDATE people SET phone = '+1 202-555-0199' WHERE id = 2")
    with pytest.raises(Exception, match="facts_changed"):
        house.approvals.approve(MAYA, second.id)
    assert locked(house, ADMIN)
    house.database.close()
    house.engine.dispose()


def test_a_pause_holds_it_and_an_outage_does_not(house: House) -> None:
    lock(house)
    opened(house)
    form = house.resets.form(SAM, "1", reply_url="", channel="C1")
    assert form.channels == (Channel.UNLOCK,), "no text can go out, but this can be done"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(house.resets, "_executor", Lost())
        request = house.resets.submit(SAM, form.draft_id, KNOWS, modal_id="V1")
    house.approvals.pause(MAYA, None)
    house.sender.send(request.id)
    assert house.resets.show(SAM, request.id).held is Cause.PAUSED
    assert "unlock:held" in events(house, request)
    with pytest.raises(Halted):
        house.resets.form(SAM, "1", reply_url="", channel="C1")
    house.approvals.resume(MAYA)
    house.sender.pick_up()
    assert house.resets.show(SAM, request.id).state is State.UNLOCKED


def test_in_an_outage_nobody_is_offered_what_cannot_be_done(house: House) -> None:
    opened(house)
    with pytest.raises(Halted):
        house.resets.form(SAM, "1", reply_url="", channel="C1")


def test_paused_between_the_look_and_the_intent(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    lock(house)
    vet = house.preparer.vet

    def paused_just_then(row: RequestRow) -> object:
        house.approvals.pause(MAYA, None)
        return vet(row)

    monkeypatch.setattr(house.preparer, "vet", paused_just_then)
    request = ask(house)
    assert request.held is Cause.PAUSED
    assert locked(house)
    assert "account:unlock_intended" not in events(house, request)


# --- what goes wrong ------------------------------------------------------------------------------


def test_a_product_that_is_away_is_asked_again_and_its_intent_has_one_outcome(
    every: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock(every)
    unlock, answers = every.directory.unlock, [True, False]

    def lost(key: str) -> bool:
        if answers.pop():
            unlock(key)  # it does it, and its answer is lost
        raise DirectoryUnreachable

    with monkeypatch.context() as patch:
        patch.setattr(every.directory, "unlock", lost)
        request = ask(every)
        assert request.state is State.APPROVED
        with pytest.raises(AlreadyDecided):
            every.approvals.cancel(SAM, request.id)
        every.sender.send(request.id)
        assert len(answers) == 1, "it is left alone for a moment"
        every.clock.advance(seconds=AGAIN.total_seconds() + 1)
        every.sender.pick_up()
        assert not answers
        assert every.resets.show(SAM, request.id).held is Cause.DIRECTORY_UNREACHABLE
    every.clock.advance(seconds=AGAIN.total_seconds() + 1)
    every.sender.pick_up()
    assert every.resets.show(SAM, request.id).state is State.UNLOCKED
    told_once = ["request:created", "account:unlock_intended", "unlock:held", "account:unlocked"]
    assert events(every, request) == told_once


def test_where_it_stays_away_nobody_knows(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    lock(house)

    def away(_key: str) -> bool:
        raise DirectoryUnreachable

    monkeypatch.setattr(house.directory, "unlock", away)
    request = ask(house)
    house.clock.advance(minutes=11)
    house.sender.pick_up()
    ended = house.resets.show(SAM, request.id)
    assert (ended.state, ended.cause) == (State.FAILED, Cause.TOO_LATE)
    assert events(house, request)[-1] == "account:unlock_unknown"


REFUSALS: dict[str, str] = {
    "refuses": "CREATE TRIGGER no BEFORE UPDATE ON people BEGIN SELECT RAISE(ABORT, 'read only'); END",
    "keeps nothing": "CREATE TRIGGER no AFTER UPDATE ON people WHEN NEW.failed_sign_ins = 0"
    " BEGIN UPDATE people SET failed_sign_ins = 9 WHERE id = NEW.id; END",
}


@pytest.mark.parametrize("trigger", REFUSALS)
def test_a_product_that_does_not_let_it(house: House, trigger: str) -> None:
    lock(house)
    house.product_does(REFUSALS[trigger])
    request = ask(house)
    assert (request.state, request.cause) == (State.FAILED, Cause.DIRECTORY_REFUSED)
    assert events(house, request)[1:] == ["account:unlock_intended", "account:not_unlocked"]
    assert house.alarms == ["the directory refuses our writes"]
    assert locked(house)


def test_a_person_who_goes_meanwhile(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    lock(house)
    unlock = house.directory.unlock

    def gone(key: str) -> bool:
        house.product_does("DELETE FROM people WHERE id = 1")
        return unlock(key)

    monkeypatch.setattr(house.directory, "unlock", gone)
    request = ask(house)
    assert (request.state, request.cause) == (State.FAILED, Cause.GONE)


def test_a_fault_of_ours(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    lock(house)

    def breaks(_key: str) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr(house.directory, "unlock", breaks)
    request = ask(house)
    assert (request.state, request.cause) == (State.FAILED, Cause.INTERNAL)
    assert events(house, request)[-1] == "account:unlock_unknown"


@pytest.mark.parametrize("written", [False, True])
def test_a_worker_dies_over_it(every: House, monkeypatch: pytest.MonkeyPatch, written: bool) -> None:
    lock(every)
    request = begun(every, monkeypatch, written=written)
    assert request.state is State.APPROVED
    assert locked(every) is not written
    every.clock.advance(seconds=LEASE.total_seconds() + 1)
    every.sender.pick_up()
    assert every.resets.show(SAM, request.id).state is State.UNLOCKED
    assert not locked(every)
    assert events(every, request) == ["request:created", "account:unlock_intended", "account:unlocked"]


def test_the_facts_changed_after_a_worker_died_over_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    lock(house)
    request = begun(house, monkeypatch, written=True)
    house.product_does("UPDATE people SET email = 'new@acme.example' WHERE id = 1")
    house.clock.advance(seconds=LEASE.total_seconds() + 1)
    house.sender.pick_up()
    ended = house.resets.show(SAM, request.id)
    assert (ended.state, ended.cause) == (State.FAILED, Cause.FACTS_CHANGED)
    assert events(house, request)[-1] == "account:unlock_unknown"


def test_before_anything_was_begun_it_ends_unchanged(house: House) -> None:
    lock(house)
    form = house.resets.form(SAM, "1", reply_url="", channel="C1")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(house.resets, "_executor", Lost())
        request = house.resets.submit(SAM, form.draft_id, KNOWS, modal_id="V1")
    house.product_does("UPDATE people SET role = 'administrator' WHERE id = 1")
    house.sender.pick_up()
    ended = house.resets.show(SAM, request.id)
    assert (ended.state, ended.cause) == (State.EXPIRED, Cause.FACTS_CHANGED)
    assert locked(house)


def test_a_slow_worker_that_lost_its_lease_writes_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    lock(house)
    vet: Callable[[RequestRow], object] = house.preparer.vet
    slept: list[str] = []

    def sleeps(row: RequestRow) -> object:
        person = vet(row)
        if not slept:
            slept.append(row.id)
            house.clock.advance(seconds=LEASE.total_seconds() + 1)
            house.sender.pick_up()
        return person

    monkeypatch.setattr(house.preparer, "vet", sleeps)
    request = ask(house)
    assert request.state is State.UNLOCKED
    assert events(house, request) == ["request:created", "account:unlock_intended", "account:unlocked"]


def test_one_at_a_time(house: House) -> None:
    lock(house)
    form = house.resets.form(SAM, "1", reply_url="", channel="C1")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(house.resets, "_executor", Lost())
        house.resets.submit(SAM, form.draft_id, KNOWS, modal_id="V1")
    with pytest.raises(AlreadyUnderWay) as under_way:
        house.resets.form(Actor("U0ANA", "T0", "Ana"), "1", reply_url="", channel="C1")
    assert under_way.value.under_way.channel is Channel.UNLOCK
