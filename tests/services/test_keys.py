"""Keys that are changed, retired or lost, at every step of a reset and in both kinds of product."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import NoReturn

import pytest
from sqlalchemy import LargeBinary, select

from services import keys
from services.audit import Audit
from services.db.tables import Base, DraftRow, RequestRow, SearchRow, StoppedRow
from services.errors import DirectoryUnreachable, DraftUsed, NoAnswer, SealBroken, Unavailable
from services.keys import Holding, Place
from services.model import Actor, Cause, Request, State
from services.seals import Seals, key_id
from tests.services.house import GOOD, SAM, House
from tests.services.test_reset import choose, old_password_is_back, opens, sign_in

OLD, NEW, OTHER = "k" * 32, "n" * 32, "o" * 32
OLD_ID, NEW_ID = key_id(OLD).hex(), key_id(NEW).hex()
OPERATOR = Actor("", "", "root at host")


class Killed(BaseException):
    """The process ends here; nothing of ours may catch it."""


def have(house: House, *secrets: str, retired: tuple[str, ...] = ()) -> None:
    """From now on these are the keys, as after a restart."""
    vars(house.seals).update(vars(Seals(secrets, retired)))


def survey(house: House) -> dict[str, Holding]:
    found = keys.survey(house.database, house.audit, house.seals, house.clock.now())
    return {holding.key_id: holding for holding in found}


def now(house: House, request: Request) -> Request:
    return house.resets.show(SAM, request.id)


def kept(house: House, request: Request) -> RequestRow:
    with house.database.read() as session:
        return session.get_one(RequestRow, request.id)


def let_minutes_pass(house: House, minutes: int, *, step: int = 5) -> None:
    for _ in range(0, minutes, step):
        house.look(after=60 * step)


# --- changing a key -------------------------------------------------------------------------------


def test_a_key_is_changed_and_retired_while_a_reset_is_under_way(house: House) -> None:
    """The whole procedure of docs/operators.md."""
    request = house.reset()
    have(house, OLD, NEW)  # every process learns the new one before any of them uses it
    have(house, NEW, OLD)
    holding = survey(house)[OLD_ID]
    assert (holding.place, holding.in_use, holding.holds_end) == (Place.OLDER, True, True)
    assert {sealed.of for sealed in holding.seals} == {request.reference}
    assert holding.fingerprints == {"contacts": 6}
    assert holding.until == house.clock.now() + timedelta(minutes=75)  # its end, and the 15 minutes after it

    house.index.sync()
    house.look(after=3601)
    let_minutes_pass(house, 20)
    assert old_password_is_back(house)
    holding = survey(house)[OLD_ID]
    assert not holding.in_use
    assert holding.events > 0

    have(house, NEW, retired=(OLD,))
    assert house.audit.verify().broken_at is None
    assert {one.place for one in survey(house).values()} == {Place.NEWEST, Place.RETIRED}
    assert house.reset(key="2").state is State.SENT


def test_a_form_and_a_request_outlive_a_change_of_keys(house: House) -> None:
    form = house.resets.form(SAM, "1", reply_url="https://slack.example/reply", channel="C1")
    assert survey(house)[OLD_ID].fingerprints["open forms"] == 1
    have(house, NEW, OLD)
    request = house.resets.submit(SAM, form.draft_id, GOOD, modal_id="")
    assert now(house, request).state is State.SENT
    assert survey(house)[NEW_ID].seals


def test_a_retired_key_opens_nothing_and_ends_no_chain(house: House) -> None:
    """Whoever got hold of it must not be able to plant a hash, or to cut the audit off and end it anew."""
    sealed = house.seals.seal("hash", "r", "1", "base")
    house.audit.record("people:searched")
    have(house, NEW, retired=(OLD,))
    with pytest.raises(SealBroken):
        house.seals.open(sealed, "r", "1", "base")
    assert not house.seals.knows(f"{OLD_ID}:0")
    assert house.audit.verify().broken_at is not None  # the end is still written with it
    holding = survey(house)[OLD_ID]
    assert (holding.place, holding.holds_end, holding.in_use) == (Place.RETIRED, True, True)
    have(house, NEW, OLD)
    house.audit.record("people:searched")
    have(house, NEW, retired=(OLD,))
    assert house.audit.verify().broken_at is None


def test_a_key_that_is_retired_too_early_shows(house: House) -> None:
    house.reset()
    have(house, NEW, retired=(OLD,))
    assert survey(house)[OLD_ID].in_use


def test_a_change_of_keys_accuses_nobody_of_a_new_number(house: House) -> None:
    have(house, NEW, OLD)
    house.product_does("UPDATE people SET phone = '+1 202-555-0177' WHERE id = 2")
    assert house.index.sync() == 6  # all are written anew
    assert changed_contacts(house) == {"2"}
    assert OLD_ID not in {key for key, holding in survey(house).items() if holding.fingerprints}
    assert house.index.sync() == 0


def test_a_lost_key_accuses_nobody_either(house: House) -> None:
    have(house, NEW)
    house.index.sync()
    assert changed_contacts(house) == set()
    house.clock.advance(minutes=1)
    house.product_does("UPDATE people SET phone = '+1 202-555-0177' WHERE id = 2")
    house.index.sync()
    assert changed_contacts(house) == {"2"}


def changed_contacts(house: House) -> set[str]:
    with house.database.read() as session:
        return set(session.scalars(select(SearchRow.person_key).where(SearchRow.contact_changed_at.is_not(None))))


def test_a_number_that_replied_stop_keeps_no_key(house: House) -> None:
    """The carrier knows it too; a key that had to stay for it would never go."""
    with house.database.write() as session:
        session.add(StoppedRow(number=house.seals.fingerprint("stopped", "+1"), at=house.clock.now()))
    have(house, NEW, OLD)
    house.index.sync()
    house.audit.record("people:searched")
    holding = survey(house)[OLD_ID]
    assert (holding.fingerprints, holding.in_use) == ({keys.STOPPED: 1}, False)


def test_nothing_that_is_sealed_or_fingerprinted_is_overlooked() -> None:
    """Whoever adds a column has to say here what becomes of it when its key goes."""
    sealed = {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    assert sealed == {
        ("locksmith_request", "base_sealed"),
        ("locksmith_request", "new_sealed"),
        ("locksmith_request", "reply_sealed"),
        ("locksmith_draft", "reply_sealed"),
    }


# --- a key is lost --------------------------------------------------------------------------------


def sending(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as dying:
        dying.setattr(house.carrier, "post", _raises(Killed()))
        with pytest.raises(Killed):
            house.reset()


def unknown(house: House, _: pytest.MonkeyPatch) -> None:
    house.carrier.answer = NoAnswer()
    house.reset()


def accepted(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only in place: beside the old password it is written before the text."""
    with monkeypatch.context() as away:
        away.setattr(house.directory, "swap", _raises(DirectoryUnreachable()))
        house.reset()


def sent(house: House, _: pytest.MonkeyPatch) -> None:
    house.reset()


def delivered(house: House, _: pytest.MonkeyPatch) -> None:
    house.reset()
    house.carrier.says("SM1", "delivered")
    house.look(after=2)


def used(house: House, _: pytest.MonkeyPatch) -> None:
    house.reset()
    house.clock.advance(seconds=5)
    sign_in(house)
    house.look(after=2)


def undelivered(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the product was away when it should have been put back."""
    house.reset()
    house.carrier.says("SM1", "undelivered", "30003")
    with monkeypatch.context() as away:
        away.setattr(house.directory, "swap", _raises(DirectoryUnreachable()))
        house.look(after=2)


def _raises(fault: BaseException) -> Callable[..., NoReturn]:
    def raises(*_: object, **__: object) -> NoReturn:
        raise fault

    return raises


Reach = Callable[[House, pytest.MonkeyPatch], None]
EVERYWHERE = (sending, unknown, sent, delivered, used, undelivered)
STEPS = [(kind, step) for kind in ("beside", "in_place") for step in EVERYWHERE] + [("in_place", accepted)]
every_step = pytest.mark.parametrize(("kind", "reach"), STEPS)


@every_step
def test_a_lost_key_overwrites_nothing_until_it_is_found(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, kind: str, reach: Reach
) -> None:
    house: House = request.getfixturevalue(kind)
    reach(house, monkeypatch)
    (row,) = rows(house)
    assert row.state == reach.__name__
    before = house.person()
    have(house, NEW)
    house.announce()
    house.notebook.tasks.clear()
    let_minutes_pass(house, 100)

    assert house.person() == before
    (row,) = rows(house)
    assert row.base_sealed is not None
    assert row.stuck == Cause.SEAL_BROKEN
    assert 5 <= house.alarms.count("a request cannot be settled") <= 8  # now and then, not at each look
    told = [task.request for task in house.notebook.tasks if task.kind == "news"]
    assert told[-1].stuck is Cause.SEAL_BROKEN
    in_its_place = row.written_at is not None and not row.beside
    assert house.lifecycle.get(row.id).old_password_works is not in_its_place
    again = house.reset()
    assert (again.state, again.cause) == (State.EXPIRED, Cause.SEAL_BROKEN)
    assert house.person() == before
    assert len(house.carrier.posts) <= 1

    have(house, NEW, OLD)
    house.look(after=60)
    assert old_password_is_back(house)
    (row, _) = rows(house)
    assert row.stuck == ""
    assert house.resets.show(SAM, row.id).old_password_works
    assert "request:unstuck" in events(house, row)
    let_minutes_pass(house, 20)
    house.follower.forget()
    assert survey(house)[OLD_ID].seals == ()
    house.carrier.answer = None
    assert house.reset().state is State.SENT


@pytest.mark.parametrize("reach", [sent, delivered, used])
def test_while_the_key_is_lost_what_she_chose_is_hers(
    house: House, monkeypatch: pytest.MonkeyPatch, reach: Reach
) -> None:
    reach(house, monkeypatch)
    have(house, NEW)
    choose(house)
    let_minutes_pass(house, 70)
    have(house, NEW, OLD)
    let_minutes_pass(house, 5, step=1)
    person = house.person()
    assert (person["password_hash"], person["temporary_password_hash"]) == ("her own", None)


def test_the_texted_one_goes_on_working_while_its_key_is_lost(house: House) -> None:
    """It cannot be taken back, so it outlives its end where the product knows none; she is not locked out."""
    house.reset()
    have(house, NEW)
    let_minutes_pass(house, 30)
    assert opens(house, house.carrier.secret)


def test_what_was_agreed_under_a_lost_key_ends_unsent(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number cannot be compared any more, so nothing goes to it."""
    form = house.resets.form(SAM, "2", reply_url="", channel="")
    monkeypatch.setattr(house.resets, "_executor", type("Nobody", (), {"submit": lambda *_: None})())
    request = house.reset()
    assert request.state is State.APPROVED
    have(house, NEW)
    house.sender.pick_up()
    assert (now(house, request).state, now(house, request).cause) == (State.EXPIRED, Cause.FACTS_CHANGED)
    with pytest.raises(Unavailable):
        house.resets.submit(SAM, form.draft_id, GOOD, modal_id="")
    assert house.carrier.posts == []
    assert old_password_is_back(house)


def test_closed_for_compromise_it_stays_closed_under_a_lost_key(house: House) -> None:
    house.reset(answers=replace(GOOD, reason="compromised"))
    before = house.person()
    have(house, NEW)
    let_minutes_pass(house, 80)
    assert house.person() == before
    have(house, NEW, OLD)
    let_minutes_pass(house, 5)
    assert house.person()["password_hash"] == "!"


# --- giving up ------------------------------------------------------------------------------------


@every_step
def test_what_no_key_opens_is_given_up_by_an_operators_word(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, kind: str, reach: Reach
) -> None:
    house: House = request.getfixturevalue(kind)
    reach(house, monkeypatch)
    before = house.person()
    have(house, NEW)
    house.look(after=2)
    (given_up,) = keys.give_up(house.database, house.lifecycle, house.seals, OPERATOR)
    assert not given_up.live
    assert given_up.cause is Cause.KEY_LOST
    assert given_up.stuck is None
    let_minutes_pass(house, 20)
    assert house.person() == before
    assert survey(house)[OLD_ID].seals == ()
    (row,) = rows(house)
    assert [line for line in events(house, row) if line == "seals:given_up"] == ["seals:given_up"]
    house.carrier.answer = None
    assert house.reset(answers=replace(GOOD, reason="compromised")).state is State.SENT
    assert keys.give_up(house.database, house.lifecycle, house.seals, OPERATOR) == []


def test_a_form_under_a_lost_key_is_given_up_too(house: House) -> None:
    form = house.resets.form(SAM, "1", reply_url="https://slack.example/reply", channel="C1")
    have(house, NEW)
    assert keys.give_up(house.database, house.lifecycle, house.seals, OPERATOR) == []
    with house.database.read() as session:
        assert session.get_one(DraftRow, form.draft_id).reply_sealed is None


def test_only_what_does_not_open_is_given_up(house: House) -> None:
    request = house.reset()
    with house.database.write() as session:
        session.get_one(RequestRow, request.id).reply_sealed = Seals([OTHER]).seal("url", request.id, "1", "reply")
    (touched,) = keys.give_up(house.database, house.lifecycle, house.seals, OPERATOR)
    assert (touched.state, touched.cause) == (State.SENT, None)
    assert opens(house, house.carrier.secret)
    assert kept(house, request).base_sealed is not None


def rows(house: House) -> list[RequestRow]:
    with house.database.read() as session:
        return list(session.scalars(select(RequestRow).order_by(RequestRow.created_at)))


def events(house: House, row: RequestRow) -> list[str]:
    with house.database.read() as session:
        return [line.event for line in house.audit.history(session, row.id)]


def test_a_chain_over_several_keys_names_the_row_whose_key_is_gone(house: House) -> None:
    house.audit.record("people:searched")
    have(house, NEW, OLD)
    house.audit.record("people:searched")
    gone = Audit(house.database, Seals([NEW]), house.clock).verify()
    assert (gone.broken_at, gone.lost_key) == (1, OLD_ID)
    with house.database.write() as session:
        session.execute(Base.metadata.tables["locksmith_audit"].update().values(event="forged"))
    broken = house.audit.verify()
    assert (broken.broken_at, broken.lost_key) == (1, "")


def test_a_used_form_stays_used(house: House) -> None:
    """Also where its key changed between two presses."""
    form = house.resets.form(SAM, "1", reply_url="", channel="")
    house.resets.submit(SAM, form.draft_id, GOOD, modal_id="")
    have(house, NEW)
    with pytest.raises(DraftUsed):
        house.resets.submit(SAM, form.draft_id, GOOD, modal_id="")
