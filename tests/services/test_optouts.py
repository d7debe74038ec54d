"""STOP and START: who is marked, by what, across a change of keys, and with nobody's number in a table."""

from __future__ import annotations

from typing import NoReturn

import pytest
from sqlalchemy import event, select

from services.db.tables import StoppedRow
from services.delivery.codes import Codes
from services.errors import DatabaseUnreachable, Refused
from services.model import Cause
from services.optouts import OptOuts, RememberingCarrier, stopped
from services.ports import Receipt
from services.seals import Seals
from tests.services.house import SAM, House

JANE, OTHER = "+12025550142", "+12025550117"
OLD, NEW = "k" * 32, "n" * 32


def optouts(house: House, *keys: str) -> OptOuts:
    return OptOuts(house.database, Seals(keys or (OLD,)), house.clock, Codes().failure)


def marked(house: House, *keys: str) -> frozenset[str]:
    with house.database.read() as session:
        return stopped(session, Seals(keys or (OLD,)), [JANE, OTHER])


@pytest.mark.parametrize(
    "body", ["STOP", "stop", " Stop\n", "STOPALL", "unsubscribe", "Cancel", "END", "quit", "revoke", "OptOut"]
)
def test_words_that_stop(either: House, body: str) -> None:
    assert optouts(either).heard(JANE, body) == "stop"
    assert marked(either) == {JANE}


@pytest.mark.parametrize("body", ["STOP please", "", "Thanks", "HELP", "I will not stop"])
def test_words_that_mean_nothing(beside: House, body: str) -> None:
    assert optouts(beside).heard(JANE, body) == ""
    assert marked(beside) == set()


@pytest.mark.parametrize("body", ["START", "yes", " Unstop "])
def test_words_that_start_again(either: House, body: str) -> None:
    both = optouts(either)
    both.heard(JANE, "STOP")
    both.heard(JANE, "STOP")
    both.heard(OTHER, "STOP")
    assert both.heard(JANE, body) == "start"
    assert marked(either) == {OTHER}


def test_the_carriers_own_reading_wins(beside: House) -> None:
    """Advanced Opt-Out has words of its own, in any language."""
    assert optouts(beside).heard(JANE, "Arrêt", "STOP") == "stop"
    assert optouts(beside).heard(JANE, "STOP", "HELP") == ""
    assert marked(beside) == {JANE}
    assert optouts(beside).heard(JANE, "Oui", "START") == "start"
    assert marked(beside) == set()


def test_no_number_is_in_the_table(beside: House) -> None:
    optouts(beside).stop(JANE)
    with beside.database.read() as session:
        (row,) = session.scalars(select(StoppedRow.number))
    assert not [part for part in ("2025550142", "5550142", "0142") if part in row]


def test_a_new_key_still_knows_who_stopped_and_takes_them_off(either: House) -> None:
    optouts(either, OLD).stop(JANE)
    assert marked(either, NEW, OLD) == {JANE}
    both = optouts(either, NEW, OLD)
    both.stop(JANE)
    both.start(JANE)
    assert marked(either, NEW, OLD) == marked(either, OLD) == set()


def test_a_page_costs_one_query(beside: House) -> None:
    asked: list[str] = []
    event.listen(beside.database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    beside.finder.find(SAM, "")
    assert len([one for one in asked if "locksmith_stopped" in one]) == 1


# --- what refusals and receipts give away ---------------------------------------------------------


def test_a_refusal_marks_and_a_delivery_takes_it_away(house: House) -> None:
    carrier = RememberingCarrier(house.carrier, optouts(house))
    house.carrier.answer = Refused(Cause.STOPPED, "21610")
    with pytest.raises(Refused):
        carrier.post(JANE, "x", request_id="r", valid_seconds=1)
    assert marked(house) == {JANE}
    house.carrier.statuses["SM1"] = Receipt("SM1", "sent", number=JANE)
    carrier.receipt("SM1")
    assert marked(house) == {JANE}
    house.carrier.statuses["SM1"] = Receipt("SM1", "delivered", number=JANE)
    carrier.receipt("SM1")
    assert marked(house) == set()


def test_another_refusal_marks_nobody(beside: House) -> None:
    beside.carrier.answer = Refused(Cause.NUMBER_INVALID, "21211")
    with pytest.raises(Refused):
        RememberingCarrier(beside.carrier, optouts(beside)).post(JANE, "x", request_id="r", valid_seconds=1)
    assert marked(beside) == set()


def test_a_messaging_service_refuses_later(beside: House) -> None:
    optouts(beside).told(Receipt("SM1", "failed", "21610", JANE))
    optouts(beside).told(Receipt("SM2", "failed", "30003", OTHER))
    assert marked(beside) == {JANE}


def test_our_database_away_spoils_no_sending(beside: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the carrier said must come through, whether it could be remembered or not."""

    def away(*_: object) -> NoReturn:
        raise DatabaseUnreachable

    both = optouts(beside)
    carrier = RememberingCarrier(beside.carrier, both)
    beside.carrier.answer = Refused(Cause.STOPPED, "21610")
    monkeypatch.setattr(beside.database, "write", away)
    with pytest.raises(Refused):
        carrier.post(JANE, "x", request_id="r", valid_seconds=1)
    both.told(Receipt("SM1", "failed", "21610", JANE))


# --- who sees it ----------------------------------------------------------------------------------


def test_row_and_form_say_so(beside: House) -> None:
    optouts(beside).stop(JANE)
    rows = {row.person.key: row.stopped for row in beside.finder.find(SAM, "doe").rows}
    assert rows == {"1": True, "2": False}
    assert beside.resets.form(SAM, "1", reply_url="", channel="").stopped
    assert not beside.resets.form(SAM, "2", reply_url="", channel="").stopped
    assert beside.finder.row(SAM, "1").impossible is None  # they may have texted START to Twilio alone
