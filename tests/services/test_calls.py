"""Call and read it out: what is said, who may hear it, and what becomes of a call that nobody takes."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import select
from twilio.twiml.voice_response import Gather, VoiceResponse

from sandbox.twilio.script import read
from services.calls import MOST_ROUNDS, Pressed, spelled
from services.db.tables import AuditRow, CircuitRow, RequestRow, SwitchRow
from services.delivery.codes import Codes
from services.delivery.voice import call_receipt, twiml
from services.directory.presets import PRESETS
from services.errors import Halted, Impossible, InvalidForm, NoAnswer, Refused
from services.model import Actor, Answers, Cause, Channel, Request, State
from services.optouts import OptOuts
from services.passwords import ALPHABET, make_secret
from services.phones import read_phone
from services.ports import Receipt, Speech
from services.receipts import record
from tests.services.house import GOOD, ONE_COLUMN, SAM, House, make_house

ONCE_MORE = "Once more, with a word for each letter."
JOSES_LANDLINE = "+442079460000"
CALL = replace(GOOD, channel="call")


@pytest.fixture(params=["beside", "in place"])
def house(request: pytest.FixtureRequest, folder: Path) -> Iterator[House]:
    """Both kinds of product, and people may be called."""
    made = make_house(folder, PRESETS["statstak"] if request.param == "beside" else ONE_COLUMN, calls=True)
    made.product_does("UPDATE people SET phone = '+44 20 7946 0000' WHERE id = 4")
    yield made
    made.database.close()
    made.engine.dispose()


@pytest.fixture
def silent(folder: Path) -> Iterator[House]:
    """Nobody is called."""
    made = make_house(folder, PRESETS["statstak"])
    made.product_does("UPDATE people SET phone = '+44 20 7946 0000' WHERE id = 4")
    yield made
    made.database.close()
    made.engine.dispose()


def now(house: House, request: Request) -> Request:
    return house.resets.show(SAM, request.id)


def said(document: str) -> list[str]:
    """Every sentence of it; strictly read, as the stand-in does."""
    return [step.text for step in read(document) if step.verb == "say"]


def asked_at(document: str) -> str:
    """The address that a key leads to; empty where none is waited for."""
    return next((step.action for step in read(document) if step.verb == "gather"), "")


def secret_of(document: str) -> str:
    """What somebody who listens writes down; empty where nothing is read out."""
    lines = said(document)
    if ONCE_MORE not in lines:
        return ""
    at = lines.index(ONCE_MORE)
    return "-".join(group.removesuffix(", dash").replace(", ", "").lower() for group in lines[at - 4 : at])


def press(
    house: House, request: Request, key: str = "1", *, document: str = "", call: str = "CA1", over: bool = False
) -> str:
    """A key in the call; `document` is what was said last."""
    address = urlsplit(asked_at(document or house.carrier.posts[-1][1]))
    assert (
        f"{address.scheme}://{address.netloc}{address.path}"
        == f"https://locksmith.example.com/twilio/call/{request.id}"
    )
    query = parse_qs(address.query)
    return house.calls.answer(request.id, Pressed(call, key, not over, query["s"][0], int(query["n"][0])))


def old_password_is_back(house: House, key: str = "1") -> bool:
    person = house.person(key)
    return (person["password_hash"], person["temporary_password_hash"]) == (f"old-hash-{key}", None)


# --- what is said ---------------------------------------------------------------------------------


def test_every_letter_has_its_word_and_every_group_its_dash() -> None:
    assert spelled("mk7p-4rwx") == ("M, K, 7, P, dash", "4, R, W, X")
    words = spelled("-".join(ALPHABET), {letter: f"{letter.upper()}word" for letter in ALPHABET if letter.isalpha()})
    assert len(words) == len(ALPHABET)
    assert words[0] == "A for Aword, dash"
    assert words[-1] == "9"


def test_the_call_begins_with_who_calls_and_what_to_press(house: House) -> None:
    house.reset(answers=CALL)
    (number, opening) = house.carrier.posts[0]
    assert number == "+12025550142"
    assert said(opening) == [
        "Hello. This is an automated call from StatStak Labs.",
        "To hear your temporary password, press 1.",
        "If you did not ask for it, hang up and call 555-010-0199.",
        "To hear your temporary password, press 1.",
        "Nobody pressed 1, so nothing is read out. Goodbye.",
    ]
    assert len(opening) < 4000


def test_it_is_read_out_twice_in_groups_then_once_more_with_a_word_for_each_letter(house: House) -> None:
    request = house.reset(answers=CALL)
    lines = said(press(house, request))
    assert lines[0] == "Take something to write with. All letters are small, and the dashes are part of it."
    plain, slow = lines[1:5], lines[6:10]
    assert all(re.fullmatch(r"(\w, ){3}\w(, dash)?", group) for group in plain)
    assert [group.endswith("dash") for group in plain] == [True, True, True, False]
    first = [[word[0] for word in group.split(", ") if word != "dash"] for group in slow]
    assert first == [[sign for sign in group.split(", ") if sign != "dash"] for group in plain]
    assert all(
        " for " in word or word in "23456789" or word == "dash" for group in slow for word in group.split(", ")
    )
    assert lines[-3:] == [
        "To hear it again, press 1.",
        "Type it with the dashes where you sign in, then choose your own password.",
        "It works for 60 more minutes. Tell it to no one, not even to us. Goodbye.",
    ]


def test_what_is_read_out_is_what_opens_the_account(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def watched() -> str:
        made.append(make_secret())
        return made[-1]

    monkeypatch.setattr("services.prepare.make_secret", watched)
    request = house.reset(answers=CALL)
    assert secret_of(press(house, request)) == made[0]


def test_one_that_takes_an_earlier_ones_place_says_so(house: House) -> None:
    earlier = house.reset()
    form = house.resets.form_again(SAM, earlier.id, Channel.CALL)
    assert form.channels == (Channel.CALL, Channel.TEXT)
    request = house.resets.submit(SAM, form.draft_id, CALL, modal_id="V1")
    assert said(press(house, request, call="CA2"))[0] == "This one replaces any that you got before."


def test_all_that_is_written_down_is_twiml_as_twilios_own_builder_knows_it(house: House) -> None:
    """The builder takes any attribute; its signatures tell which there are."""
    request = house.reset(answers=CALL)
    documents = [house.carrier.posts[0][1], press(house, request), twiml(Speech(after=("Bye.",)))]
    verbs = {"Say": VoiceResponse.say, "Pause": VoiceResponse.pause, "Hangup": VoiceResponse.hangup}
    for document in documents:
        root = ET.fromstring(document)  # noqa: S314  (our own)
        assert root.tag == "Response"
        for element in root.iter():
            if element is root:
                continue
            known = inspect.signature(verbs.get(element.tag, VoiceResponse.gather)).parameters
            names = {re.sub("([A-Z])", lambda found: f"_{found[1].lower()}", name) for name in element.attrib}
            assert element.tag in {*verbs, Gather.__name__}
            assert names <= set(known), element.attrib


def test_names_that_are_no_markup_stay_names() -> None:
    assert said(twiml(Speech(said=("A & B <Labs>", "“Ünï”")))) == ["A & B <Labs>", "“Ünï”"]


# --- who may hear it ------------------------------------------------------------------------------


def test_without_the_key_nothing_of_the_secret_is_in_the_call_or_in_a_table(house: House) -> None:
    request = house.reset(answers=CALL)
    opening = house.carrier.posts[0][1]
    secret = secret_of(press(house, request))
    signs = ", ".join(secret.replace("-", "").upper())
    for written in (opening, *map(str, rows(house))):
        assert secret not in written
        assert signs[:10] not in written


def rows(house: House) -> list[dict[str, object]]:
    with house.database.read() as session:
        found = [*session.scalars(select(RequestRow)), *session.scalars(select(AuditRow))]
    return [dict(vars(row)) for row in found]


def test_the_key_press_is_written_down_once_and_shown(house: House) -> None:
    request = house.reset(answers=CALL)
    house.announce()
    house.notebook.tasks.clear()
    house.clock.advance(seconds=9)
    first = press(house, request)
    house.clock.advance(seconds=60)
    second = press(house, request, document=first)
    assert secret_of(first) == secret_of(second)
    shown = now(house, request)
    assert shown.read_out_at is not None
    assert (house.clock.now() - shown.read_out_at).total_seconds() == 60
    with house.database.read() as session:
        events = list(session.scalars(select(AuditRow.event).where(AuditRow.request_id == request.id)))
    assert events.count("call:read_out") == 1
    assert events.count("call:heard_again") == 1
    house.announce()
    assert house.notebook.tasks[-1].request.read_out_at == shown.read_out_at


def test_three_rounds_and_no_more(house: House) -> None:
    request = house.reset(answers=CALL)
    document = ""
    for left in (True, True, False):
        document = press(house, request, document=document)
        assert bool(asked_at(document)) is left
        assert secret_of(document)
    again = Pressed("CA1", "1", True, parse_qs(urlsplit(asked_at(house.carrier.posts[0][1])).query)["s"][0], 4)
    assert secret_of(house.calls.answer(request.id, again)) == ""


def test_another_key_asks_again_and_takes_a_round(house: House) -> None:
    request = house.reset(answers=CALL)
    document = ""
    for _ in range(MOST_ROUNDS):
        document = press(house, request, "5", document=document)
        assert secret_of(document) == ""
    assert said(document) == ["Nobody pressed 1, so nothing is read out. Goodbye."]
    assert now(house, request).read_out_at is None


@pytest.mark.parametrize("key", ["", "*", "#", "11", "１"])
def test_only_one_is_one(house: House, key: str) -> None:
    assert secret_of(press(house, house.reset(answers=CALL), key)) == ""


def test_nobody_hears_it_in_another_call_after_the_call_or_after_its_end(house: House) -> None:
    request = house.reset(answers=CALL)
    assert secret_of(press(house, request, call="CA2")) == ""
    assert secret_of(press(house, request, over=True)) == ""
    house.clock.advance(minutes=60)
    assert secret_of(press(house, request)) == ""
    assert now(house, request).read_out_at is None
    house.look(after=1)
    assert now(house, request).state is State.LAPSED
    assert said(press(house, request)) == [
        "Sorry, there is no temporary password to read out any more.",
        "If you still need one, call 555-010-0199. Goodbye.",
    ]


def test_a_withdrawn_one_is_not_read_out(house: House) -> None:
    request = house.reset(answers=CALL)
    house.undo.withdraw(SAM, request.id)
    assert secret_of(press(house, request)) == ""


def test_the_sealed_secret_opens_for_its_own_request_alone(house: House) -> None:
    jane, jose = house.reset("1", CALL), house.reset("4", CALL)
    janes, joses = (parse_qs(urlsplit(asked_at(body)).query)["s"][0] for _, body in house.carrier.posts)
    assert secret_of(house.calls.answer(jose.id, Pressed("CA2", "1", True, janes))) == ""
    assert secret_of(house.calls.answer(jane.id, Pressed("CA1", "1", True, joses))) == ""
    assert secret_of(house.calls.answer("0" * 32, Pressed("CA1", "1", True, janes))) == ""
    for token in ("", "x", "ü", janes[:-4], janes[:8], janes.swapcase()):
        assert secret_of(house.calls.answer(jane.id, Pressed("CA1", "1", True, token))) == ""
    assert now(house, jane).read_out_at is None
    assert secret_of(house.calls.answer(jane.id, Pressed("CA1", "1", True, janes)))


def test_a_text_is_never_read_out(house: House) -> None:
    called, texted = house.reset("4", CALL), house.reset("1")
    token = parse_qs(urlsplit(asked_at(house.carrier.posts[0][1])).query)["s"][0]
    assert called.channel is Channel.CALL
    assert secret_of(house.calls.answer(texted.id, Pressed("SM2", "1", True, token))) == ""


# --- what becomes of it ---------------------------------------------------------------------------


def test_read_out_and_over_is_delivered(house: House) -> None:
    request = house.reset(answers=CALL)
    press(house, request)
    house.carrier.statuses["CA1"] = call_receipt("CA1", "completed")
    house.look(after=2)
    assert now(house, request).state is State.DELIVERED
    assert house.carrier.blanked == ["CA1"]


@pytest.mark.parametrize(
    ("status", "cause", "code"),
    [
        ("completed", Cause.NO_KEY, "no-key"),
        ("busy", Cause.LINE_BUSY, "busy"),
        ("no-answer", Cause.NOT_ANSWERED, "no-answer"),
        ("failed", Cause.NOT_CONNECTED, "failed"),
        ("canceled", Cause.NOT_CONNECTED, "canceled"),
    ],
)
def test_a_call_that_came_to_nothing_is_put_back_and_says_why(
    house: House, status: str, cause: Cause, code: str
) -> None:
    request = house.reset(answers=CALL)
    house.carrier.statuses["CA1"] = call_receipt("CA1", status)
    house.look(after=2)
    ended = now(house, request)
    assert (ended.state, ended.cause, ended.carrier_code) == (State.UNDELIVERED, cause, code)
    assert old_password_is_back(house)
    assert secret_of(press(house, request)) == ""


@pytest.mark.parametrize("status", ["queued", "initiated", "ringing", "in-progress"])
def test_while_it_rings_nothing_is_over(house: House, status: str) -> None:
    request = house.reset(answers=CALL)
    house.carrier.statuses["CA1"] = call_receipt("CA1", status)
    house.look(after=2)
    assert now(house, request).state is State.SENT


def test_a_receipt_that_overtook_the_others_counts_and_nothing_goes_backwards(house: House) -> None:
    request = house.reset(answers=CALL)
    press(house, request)
    for status in ("completed", "ringing", "completed", "in-progress"):
        record(house.lifecycle, request.id, call_receipt("CA1", status), house.clock.now())
        house.follower.heed(request.id)
    assert now(house, request).state is State.DELIVERED


def test_an_unanswered_post_is_proven_by_the_key_and_by_nothing_that_is_listed(house: House) -> None:
    house.carrier.answer, house.carrier.keep_although_silent = NoAnswer(), True
    request = house.reset(answers=CALL)
    assert now(house, request).state is State.UNKNOWN
    house.carrier.posts.append((JOSES_LANDLINE, f"somebody else's text {request.reference}"))
    house.look(after=30)
    assert now(house, request).state is State.UNKNOWN
    assert old_password_is_back(house) or house.directory.abilities.keeps_old_password
    assert secret_of(press(house, request, document=house.carrier.posts[0][1], call="CA9"))
    proven = now(house, request)
    assert (proven.state, proven.message_id) == (State.SENT, "CA9")


def test_an_unanswered_post_that_nothing_proves_ends_with_its_time(house: House) -> None:
    house.carrier.answer = NoAnswer()
    request = house.reset(answers=CALL)
    house.look(after=3601)
    ended = now(house, request)
    assert (ended.state, ended.cause) == (State.FAILED, Cause.CARRIER_SILENT)
    assert house.carrier.tries == 1
    assert old_password_is_back(house)


def test_ringing_proves_that_there_is_a_call(house: House) -> None:
    house.carrier.answer, house.carrier.keep_although_silent = NoAnswer(), True
    request = house.reset(answers=CALL)
    record(house.lifecycle, request.id, call_receipt("CA7", "ringing"), house.clock.now())
    house.follower.heed(request.id)
    assert now(house, request).state is State.SENT


def test_a_sign_in_beats_a_call_that_says_it_was_not_heard(house: House) -> None:
    request = house.reset(answers=CALL)
    house.clock.advance(seconds=5)
    used = "temporary_password_used_at = :at, " if house.directory.abilities.keeps_old_password else ""
    house.product_does(
        f"UPDATE people SET {used}last_sign_in_at = :at WHERE id = 1",  # noqa: S608
        at=house.clock.now().replace(tzinfo=None),
    )
    house.carrier.statuses["CA1"] = call_receipt("CA1", "completed")
    house.look(after=2)
    assert now(house, request).state is State.USED


# --- whom it can reach ----------------------------------------------------------------------------


def test_a_landline_can_be_called(house: House) -> None:
    row = house.finder.row(SAM, "4")
    assert row.impossible is None
    form = house.resets.form(SAM, "4", reply_url="", channel="C1")
    assert form.channels == (Channel.CALL,)
    assert form.person.phone.masked == "+44 ••• ••00"
    request = house.resets.submit(SAM, form.draft_id, CALL, modal_id="V1")
    assert house.carrier.posts[-1][0] == JOSES_LANDLINE
    assert now(house, request).state is State.SENT


@pytest.mark.parametrize("chosen", ["", "text", "fax"])
def test_a_landline_gets_no_text(house: House, chosen: str) -> None:
    form = house.resets.form(SAM, "4", reply_url="", channel="C1")
    with pytest.raises(InvalidForm) as invalid:
        house.resets.submit(SAM, form.draft_id, replace(GOOD, channel=chosen), modal_id="V1")
    assert set(invalid.value.fields) == {"channel"}


def test_a_landline_that_changed_meanwhile_is_not_called(house: House) -> None:
    form = house.resets.form(SAM, "4", reply_url="", channel="C1")
    house.product_does("UPDATE people SET phone = '+44 20 7946 0001' WHERE id = 4")
    with pytest.raises(Exception, match=Cause.FACTS_CHANGED):
        house.resets.submit(SAM, form.draft_id, CALL, modal_id="V1")


def test_somebody_who_replied_stop_can_be_called(house: House) -> None:
    OptOuts(house.database, house.seals, house.clock, Codes().failure).stop("+12025550142")
    form = house.resets.form(SAM, "1", reply_url="", channel="C1")
    assert form.channels == (Channel.CALL, Channel.TEXT)
    assert form.stopped


def test_without_the_setting_nobody_is_called(silent: House) -> None:
    assert silent.finder.row(SAM, "4").impossible is Cause.NUMBER_LANDLINE
    with pytest.raises(Impossible):
        silent.resets.form(SAM, "4", reply_url="", channel="C1")
    form = silent.resets.form(SAM, "1", reply_url="", channel="C1")
    assert form.channels == (Channel.TEXT,)
    with pytest.raises(InvalidForm):
        silent.resets.submit(SAM, form.draft_id, CALL, modal_id="V1")
    silent.resets.submit(SAM, form.draft_id, GOOD, modal_id="V1")
    assert silent.carrier.posts[-1][1].startswith("StatStak Labs temporary password:")


def test_calls_that_were_switched_off_meanwhile_are_not_made(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    form = house.resets.form(SAM, "1", reply_url="", channel="C1")
    monkeypatch.setattr(house.preparer, "_rules", replace(house.rules, calls=False))
    request = house.resets.submit(SAM, form.draft_id, CALL, modal_id="V1")
    ended = now(house, request)
    assert (ended.state, ended.cause) == (State.EXPIRED, Cause.CALLS_OFF)
    assert house.carrier.tries == 0


# --- texts are out of order -----------------------------------------------------------------------


def stop_texts(house: House) -> None:
    with house.database.write() as session:
        at = house.clock.now()
        session.add(CircuitRow(name="texts", failures=3, opened_at=at, try_at=at, cause=Cause.SENDER_REFUSED))


def test_while_texts_are_stopped_a_call_goes_out(house: House) -> None:
    stop_texts(house)
    form = house.resets.form(SAM, "1", reply_url="", channel="C1")
    assert form.channels == (Channel.CALL, Channel.TEXT)
    with pytest.raises(Halted):
        house.resets.submit(SAM, form.draft_id, replace(GOOD, channel="text"), modal_id="V1")
    request = house.resets.submit(SAM, form.draft_id, CALL, modal_id="V1")
    assert now(house, request).state is State.SENT


def test_a_call_neither_stops_texts_nor_lets_them_go_again(house: House) -> None:
    house.carrier.answer = Refused(Cause.CARRIER_CREDENTIALS, "20003")
    house.reset(answers=CALL)
    with house.database.read() as session:
        assert session.get(CircuitRow, "texts") is None
    house.carrier.answer = None
    stop_texts(house)
    house.reset("4", CALL)
    with house.database.read() as session:
        assert session.get_one(CircuitRow, "texts").opened_at is not None


def test_a_pause_holds_calls_too(house: House) -> None:
    form = house.resets.form(SAM, "1", reply_url="", channel="C1")
    with house.database.write() as session:
        session.add(SwitchRow(name="pause", on=True, by_name="Maya", at=house.clock.now()))
    with pytest.raises(Halted):
        house.resets.submit(SAM, form.draft_id, CALL, modal_id="V1")
    with pytest.raises(Halted):
        house.resets.form(SAM, "1", reply_url="", channel="C1")


def test_answers_know_how(house: House) -> None:
    assert Answers().channel == ""
    assert house.reset(answers=CALL).channel is Channel.CALL
    assert Receipt("CA1", "queued") == call_receipt("CA1", "whatever Twilio says next")


@pytest.mark.parametrize(
    ("written", "dial"),
    [
        ("+44 20 7946 0958", "+442079460958"),
        ("+1 202-555-0142", "+12025550142"),
        ("+44 7911 123456", "+447911123456"),
        ("+1 800-555-0199", None),
        ("+44 909 879 1234", None),
        ("call reception", None),
    ],
)
def test_which_numbers_can_be_called(written: str, dial: str | None) -> None:
    """Mobiles and landlines; not what is nobody's own, or costs whoever calls."""
    assert read_phone(written, "US").dial == dial


def test_a_manager_is_not_told_that_a_call_waits_for_texts(house: House) -> None:
    with house.database.write() as session:
        session.add(SwitchRow(name="lockdown", on=True, by_name="Maya", at=house.clock.now()))
    form = house.resets.form(SAM, "1", reply_url="", channel="C1")
    request = house.resets.submit(SAM, form.draft_id, CALL, modal_id="V1")
    assert request.state is State.AWAITING_APPROVAL
    stop_texts(house)
    approved = house.approvals.approve(Actor("U0MAYA", "T0", "Maya"), request.id)
    assert approved.held is None
    assert now(house, request).state is State.SENT
