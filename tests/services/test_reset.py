"""The straight path and its ends, on both kinds of product."""

from __future__ import annotations

import re
from dataclasses import replace

import argon2
import pytest

from services.errors import (
    AlreadyUnderWay,
    DraftExpired,
    DraftUsed,
    Impossible,
    InvalidForm,
    NoAnswer,
    NotFound,
    NotPosted,
    Refused,
    Unavailable,
)
from services.model import Actor, Answers, Cause, State
from tests.services.house import GOOD, SAM, House


def opens(house: House, secret: str, key: str = "1") -> bool:
    """Whether the product would let this password in (argon2-cffi, not the library that wrote it)."""
    person = house.person(key)
    for column in ("password_hash", "temporary_password_hash"):
        stored = person[column]
        if isinstance(stored, str) and stored.startswith("$argon2"):
            try:
                return argon2.PasswordHasher().verify(stored, secret)
            except argon2.exceptions.VerifyMismatchError:
                continue
    return False


def sign_in(house: House, key: str = "1") -> None:
    """With the temporary password, as a product does it."""
    house.product_does(
        "UPDATE people SET last_sign_in_at = :now, temporary_password_used_at ="
        " CASE WHEN temporary_password_hash IS NULL THEN NULL ELSE :now END WHERE id = :key",
        now=house.clock.now().replace(tzinfo=None),
        key=int(key),
    )


def choose(house: House, key: str = "1") -> None:
    house.product_does(
        "UPDATE people SET password_hash = 'her own', must_change_password = 0, temporary_password_hash = NULL,"
        " temporary_password_expires_at = NULL, temporary_password_used_at = NULL WHERE id = :key",
        key=int(key),
    )


def old_password_is_back(house: House, key: str = "1") -> bool:
    person = house.person(key)
    return (
        person["password_hash"] == f"old-hash-{key}"
        and person["temporary_password_hash"] is None
        and not person["must_change_password"]
    )


def test_the_whole_story(house: House) -> None:
    request = house.reset()
    assert request.state is State.SENT
    assert len(house.carrier.posts) == 1
    assert opens(house, house.carrier.secret)
    assert house.person()["must_change_password"]
    house.carrier.says("SM1", "delivered")
    house.look(after=2)
    assert house.resets.show(SAM, request.id).state is State.DELIVERED
    sign_in(house)
    house.look(after=2)
    assert house.resets.show(SAM, request.id).state is State.USED
    choose(house)
    house.look(after=2)
    done = house.resets.show(SAM, request.id)
    assert done.state is State.COMPLETED
    assert house.person()["password_hash"] == "her own"
    house.look(after=6)
    assert house.carrier.blanked == ["SM1"]
    house.look(after=16 * 60)
    assert house.person()["password_hash"] == "her own"
    assert not house.alarms
    assert house.audit.verify().broken_at is None


def test_the_old_password_works_until_the_new_one_is_used_where_the_product_can(beside: House) -> None:
    request = beside.reset()
    assert beside.person()["password_hash"] == "old-hash-1"
    assert request.old_password_works


def test_in_one_column_the_text_is_accepted_before_the_old_hash_goes(in_place: House) -> None:
    in_place.carrier.answer = Refused(Cause.STOPPED, "21610")
    request = in_place.reset()
    assert (request.state, request.cause, request.carrier_code) == (State.FAILED, Cause.STOPPED, "21610")
    assert old_password_is_back(in_place)


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (Refused(Cause.STOPPED, "21610"), Cause.STOPPED),
        (Refused(Cause.COUNTRY_OFF, "21408"), Cause.COUNTRY_OFF),
        (NotPosted(Cause.CARRIER_UNREACHABLE), Cause.CARRIER_UNREACHABLE),
    ],
)
def test_a_definite_no_leaves_everything_as_it_was(house: House, answer: Exception, cause: Cause) -> None:
    house.carrier.answer = answer  # type: ignore[assignment]
    request = house.reset()
    assert (request.state, request.cause) == (State.FAILED, cause)
    assert request.old_password_works
    assert old_password_is_back(house)
    house.clock.advance(seconds=1)
    house.carrier.answer = None
    assert house.reset().state is State.SENT


def test_no_answer_is_unknown_never_repeated_and_ends_in_time(house: House) -> None:
    house.carrier.answer = NoAnswer()
    request = house.reset()
    assert request.state is State.UNKNOWN
    for _ in range(20):
        house.look(after=60)
    assert house.resets.show(SAM, request.id).state is State.UNKNOWN
    for _ in range(45):
        house.look(after=60)
    ended = house.resets.show(SAM, request.id)
    assert (ended.state, ended.cause) == (State.FAILED, Cause.CARRIER_SILENT)
    assert house.carrier.posts == []
    assert old_password_is_back(house)


def test_no_answer_is_moved_on_by_a_listed_body_with_our_reference(house: House) -> None:
    house.carrier.answer, house.carrier.keep_although_silent = NoAnswer(), True
    request = house.reset()
    assert request.state is State.UNKNOWN
    house.look(after=2)
    found = house.resets.show(SAM, request.id)
    assert found.state is State.SENT
    assert opens(house, house.carrier.secret)
    assert len(house.carrier.posts) == 1


def test_unknown_ends_where_she_chose_her_own_meanwhile(house: House) -> None:
    """Found by a reader: a request that nobody could prove stayed for ever, and blocked the person."""
    house.carrier.answer = NoAnswer()
    request = house.reset()
    choose(house)
    for _ in range(70):
        house.look(after=60)
    assert not house.resets.show(SAM, request.id).live
    assert house.person()["password_hash"] == "her own"
    assert house.reset().live


def test_its_use_proves_that_the_text_was_sent(beside: House) -> None:
    beside.carrier.answer = NoAnswer()
    request = beside.reset()
    sign_in(beside)
    beside.look(after=2)
    beside.look(after=3)
    assert beside.resets.show(SAM, request.id).state is State.USED


def test_undelivered_puts_back(house: House) -> None:
    request = house.reset()
    house.carrier.says("SM1", "undelivered", "30003")
    house.look(after=2)
    ended = house.resets.show(SAM, request.id)
    assert (ended.state, ended.cause, ended.carrier_code) == (
        State.UNDELIVERED,
        Cause.HANDSET_UNREACHABLE,
        "30003",
    )
    assert old_password_is_back(house)


def test_use_beats_an_undelivered_receipt(house: House) -> None:
    request = house.reset()
    house.clock.advance(seconds=5)
    sign_in(house)
    house.carrier.says("SM1", "undelivered", "30003")
    house.look(after=2)
    assert house.resets.show(SAM, request.id).state is State.USED
    assert opens(house, house.carrier.secret)


def test_it_lapses_and_the_old_password_is_back(house: House) -> None:
    request = house.reset()
    house.carrier.says("SM1", "delivered")
    house.look(after=2)
    house.look(after=60 * 60)
    assert house.resets.show(SAM, request.id).state is State.LAPSED
    assert old_password_is_back(house)


def test_a_stale_save_after_the_end_is_put_right(house: House) -> None:
    house.reset()
    before = house.person()
    house.look(after=60 * 60)
    assert old_password_is_back(house)
    house.product_does(
        "UPDATE people SET password_hash = :own, temporary_password_hash = :temporary WHERE id = 1",
        own=before["password_hash"],
        temporary=before["temporary_password_hash"],
    )
    house.look(after=15 * 60)
    person = house.person()
    assert (person["password_hash"], person["temporary_password_hash"]) == ("old-hash-1", None)


def test_her_own_change_meanwhile_is_never_touched(house: House) -> None:
    request = house.reset()
    choose(house)
    house.look(after=2)
    assert house.resets.show(SAM, request.id).state is State.COMPLETED
    house.look(after=60 * 60)
    house.look(after=60 * 60)
    assert house.person()["password_hash"] == "her own"


def test_compromised_closes_first_and_nothing_old_comes_back(house: House) -> None:
    house.carrier.answer = Refused(Cause.STOPPED, "21610")
    request = house.reset(answers=replace(GOOD, reason="compromised"))
    assert request.state is State.FAILED
    assert not request.old_password_works
    person = house.person()
    assert person["password_hash"] == "!"
    assert person["session_version"] == 2
    house.carrier.answer = None
    house.clock.advance(seconds=1)
    again = house.reset(answers=replace(GOOD, reason="compromised"))
    assert again.state is State.SENT
    assert opens(house, house.carrier.secret)
    house.look(after=60 * 60)
    ended = house.resets.show(SAM, again.id)
    assert ended.state is State.LAPSED
    assert not ended.old_password_works
    assert not opens(house, house.carrier.secret)
    assert house.person()["password_hash"] == "!"


def test_one_live_request_per_person_whoever_asks(house: House) -> None:
    form = house.resets.form(SAM, "1", reply_url="", channel="")
    other = house.resets.form(Actor("U0ANA", "T0", "Ana"), "1", reply_url="", channel="")
    house.resets.submit(SAM, form.draft_id, GOOD, modal_id="")
    with pytest.raises(AlreadyUnderWay) as told:
        house.resets.submit(Actor("U0ANA", "T0", "Ana"), other.draft_id, GOOD, modal_id="")
    assert told.value.under_way.agent_name == "Sam Okafor"
    with pytest.raises(AlreadyUnderWay):
        house.resets.form(SAM, "1", reply_url="", channel="")
    assert len(house.carrier.posts) == 1


def test_a_form_counts_once(house: House) -> None:
    form = house.resets.form(SAM, "1", reply_url="", channel="")
    first = house.resets.submit(SAM, form.draft_id, GOOD, modal_id="")
    with pytest.raises(DraftUsed) as told:
        house.resets.submit(SAM, form.draft_id, GOOD, modal_id="")
    assert told.value.request_id == first.id
    assert len(house.carrier.posts) == 1


def test_a_form_is_its_agents_own_and_grows_old(house: House) -> None:
    form = house.resets.form(SAM, "1", reply_url="", channel="")
    with pytest.raises(NotFound):
        house.resets.submit(Actor("U0ANA", "T0", "Ana"), form.draft_id, GOOD, modal_id="")
    with pytest.raises(NotFound):
        house.resets.submit(Actor("U0SAM", "T1", "Sam"), form.draft_id, GOOD, modal_id="")
    house.clock.advance(minutes=31)
    with pytest.raises(DraftExpired):
        house.resets.submit(SAM, form.draft_id, GOOD, modal_id="")


@pytest.mark.parametrize(
    ("answers", "fields"),
    [
        (Answers(), {"reason", "check"}),
        (replace(GOOD, reason="other"), {"note"}),
        (replace(GOOD, ticket="hello"), {"ticket"}),
        (replace(GOOD, reason="made up", check="made up"), {"reason", "check"}),
    ],
)
def test_a_wrong_form_loses_nothing(house: House, answers: Answers, fields: set[str]) -> None:
    form = house.resets.form(SAM, "1", reply_url="", channel="")
    with pytest.raises(InvalidForm) as told:
        house.resets.submit(SAM, form.draft_id, answers, modal_id="")
    assert set(told.value.fields) == fields
    assert house.resets.submit(SAM, form.draft_id, GOOD, modal_id="").state is State.APPROVED


@pytest.mark.parametrize(
    ("key", "cause"),
    [
        ("3", Cause.NO_MOBILE),
        ("5", Cause.DEACTIVATED),
        ("6", Cause.NUMBER_UNREADABLE),
    ],
)
def test_who_cannot_be_reset(house: House, key: str, cause: Cause) -> None:
    with pytest.raises(Impossible) as told:
        house.resets.form(SAM, key, reply_url="", channel="")
    assert told.value.cause is cause


def test_a_number_changed_while_the_form_was_open_stops_it(house: House) -> None:
    form = house.resets.form(SAM, "1", reply_url="", channel="")
    house.product_does("UPDATE people SET phone = '+1 202-555-0199' WHERE id = 1")
    with pytest.raises(Unavailable) as told:
        house.resets.submit(SAM, form.draft_id, GOOD, modal_id="")
    assert told.value.cause is Cause.FACTS_CHANGED
    assert house.carrier.posts == []


def test_a_replacement_inherits_the_base(house: House) -> None:
    """While the product was away at the end, a dead value stayed; the next request must not take it for hers."""
    house.reset()
    house.carrier.says("SM1", "undelivered", "30003")
    stuck = house.person()
    house.look(after=2)
    house.product_does(
        "UPDATE people SET password_hash = :own, temporary_password_hash = :temporary WHERE id = 1",
        own=stuck["password_hash"],
        temporary=stuck["temporary_password_hash"],
    )
    again = house.reset()
    assert again.state is State.SENT
    assert opens(house, house.carrier.secret)
    house.look(after=60 * 60)
    person = house.person()
    assert (person["password_hash"], person["temporary_password_hash"]) == ("old-hash-1", None)


def test_status_by_reference_in_any_writing(house: House) -> None:
    request = house.reset()
    for said in (
        request.reference,
        request.reference.lower(),
        request.reference.removeprefix("R-"),
        f" {request.reference} ",
    ):
        found, history = house.resets.status(SAM, said)
        assert found.id == request.id
        assert history[0].event == "request:created"
    with pytest.raises(NotFound):
        house.resets.status(replace(SAM, workspace="T1"), request.reference)
    assert [mine.id for mine in house.resets.mine(SAM)] == [request.id]


def test_the_text_and_where_it_goes(house: House) -> None:
    request = house.reset()
    number, body = house.carrier.posts[0]
    assert number == "+12025550142"
    assert re.fullmatch(
        r"StatStak Labs temporary password:\n([a-z2-9]{4}-){3}[a-z2-9]{4}\nInclude the dashes\. Until 15:42 EST\."
        rf" Tell no one, not even us\. Not you\? 555-010-0199 {request.reference}",
        body,
    )
    assert len(body) <= 160
