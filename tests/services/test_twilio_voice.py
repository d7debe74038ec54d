"""Calls through the Twilio adapter, over a real socket to the stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.twilio import ACCOUNT, SENDER, TOKEN, Twilio
from services.calls import KEY
from services.delivery.twilio import TwilioCarrier, read_receipt
from services.delivery.voice import LONGEST_SECONDS, RING_SECONDS, twiml
from services.errors import CarrierError, NoAnswer, NotPosted, Refused
from services.model import Cause
from services.ports import ENDED, Receipt, Speech
from tests.sandbox.served import HeldClock, Listener, Stage, stage
from tests.services.test_twilio_carrier import Line, tells

GERALD = "+442079460958"
SECRET = "mk7p-4rwx-h9qd-t3vc"
OPENING = twiml(
    Speech(asked=(f"Press {KEY}.",), address=f"http://127.0.0.1:9/twilio/call/abc?s={SECRET}", after=("Bye.",))
)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


def carrier_at(url: str, *, caller: str = SENDER) -> TwilioCarrier:
    def callback(request_id: str) -> str:
        return f"http://127.0.0.1:9/twilio/receipts/{request_id}"

    return TwilioCarrier(ACCOUNT, ACCOUNT, TOKEN, "MG" + "0" * 32, api_url=url, callback_url=callback, caller=caller)


@pytest.fixture(scope="module")
def opened() -> Iterator[Stage]:
    with stage() as server:
        yield server


@pytest.fixture
def line(opened: Stage) -> Iterator[Line]:
    clock, listener = HeldClock(), Listener()
    stand_in = Twilio(clock, listener.changed, listener.traffic)
    opened.show([*stand_in.routes(), *stand_in.control_routes()])
    yield Line(opened.url, stand_in, clock, carrier_at(opened.url), listener.exchanges)
    stand_in.restore({})


def call(carrier: TwilioCarrier, *, seconds: int = 3600) -> Receipt:
    return carrier.call(GERALD, OPENING, request_id="abc", valid_seconds=seconds)


def kept(line: Line) -> dict[str, Any]:
    (one,) = requests.get(f"{line.url}/control/calls", timeout=5).json()["calls"]
    return dict(one)


def do(line: Line, what: str) -> None:
    answer = requests.post(f"{line.url}/control/call", json={"number": GERALD, "do": what}, timeout=5)
    assert answer.json() == {"ok": True}


def test_a_call_is_placed_once_with_all_that_belongs_to_it(line: Line) -> None:
    receipt = call(line.carrier)
    placed = kept(line)
    assert receipt == Receipt(placed["sid"], "queued")
    assert (placed["to"], placed["sender"], placed["document"]) == (GERALD, SENDER, OPENING)
    assert (placed["rings_for"], placed["limit"]) == (RING_SECONDS, LONGEST_SECONDS)
    assert placed["callback"].endswith("/twilio/receipts/abc")
    assert placed["events"] == ["initiated", "ringing", "answered", "completed"]


@pytest.mark.parametrize(("left", "limit"), [(3600, LONGEST_SECONDS), (90, 90), (0, 1)])
def test_no_call_outlasts_the_password(line: Line, left: int, limit: int) -> None:
    call(line.carrier, seconds=left)
    assert kept(line)["limit"] == limit


def test_its_receipts_follow_it(line: Line) -> None:
    sid = call(line.carrier).message_id
    line.clock.at += 1
    assert line.carrier.receipt(sid) == Receipt(sid, "sent")
    do(line, "answer")
    assert line.carrier.receipt(sid) == Receipt(sid, "sent")
    do(line, "hang up")
    assert line.carrier.receipt(sid) == Receipt(sid, ENDED)
    assert line.carrier.receipt("CA" + "f" * 32) is None


def test_a_call_that_nobody_takes_has_its_status_as_code(line: Line) -> None:
    sid = call(line.carrier).message_id
    line.clock.at += 1
    do(line, "decline")
    assert line.carrier.receipt(sid) == Receipt(sid, "undelivered", "busy")
    sid = call(line.carrier).message_id
    line.clock.at += 1 + RING_SECONDS
    assert line.carrier.receipt(sid) == Receipt(sid, "undelivered", "no-answer")


def test_what_was_said_in_a_call_is_erased_with_it(line: Line) -> None:
    sid = call(line.carrier).message_id
    with pytest.raises(Refused):  # it is still under way
        line.carrier.blank(sid)
    line.clock.at += 1
    do(line, "decline")
    line.carrier.blank(sid)
    line.carrier.blank(sid)
    assert line.carrier.receipt(sid) is None


@pytest.mark.parametrize(
    ("number", "caller", "code", "cause"),
    [
        ("+15005550001", SENDER, "21217", Cause.NUMBER_INVALID),
        ("+15005550003", SENDER, "21215", Cause.COUNTRY_OFF),
        ("+15005550004", SENDER, "21216", Cause.MESSAGE_BLOCKED),
        (GERALD, "+15550109999", "21210", Cause.SENDER_REFUSED),
    ],
)
def test_refusals(line: Line, number: str, caller: str, code: str, cause: Cause) -> None:
    with pytest.raises(Refused) as refused:
        carrier_at(line.url, caller=caller).call(number, OPENING, request_id="abc", valid_seconds=60)
    assert (refused.value.code, refused.value.cause) == (code, cause)


@pytest.mark.parametrize(
    ("fault", "kind"), [({"code": "timeout"}, NoAnswer), ({"code": 500}, NoAnswer), ({"code": 20429}, NotPosted)]
)
def test_what_surely_did_not_happen_is_told_from_what_may_have(
    line: Line, fault: dict[str, object], kind: type[CarrierError]
) -> None:
    line.arm(**fault, kept=True)
    with pytest.raises(kind) as raised:
        call(line.carrier)
    assert SECRET not in tells(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None


def test_an_answer_that_names_no_call_is_no_answer(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.twilio.voice_wire.new_call_sid", lambda: "XX")
    with pytest.raises(NoAnswer):
        call(line.carrier)


@pytest.mark.parametrize(
    ("fields", "receipt"),
    [
        ({"CallStatus": "ringing"}, ("sent", "")),
        ({"CallStatus": "completed", "CallDuration": "7"}, (ENDED, "")),
        ({"CallStatus": "no-answer", "To": GERALD}, ("undelivered", "no-answer")),
        ({"CallStatus": "something new"}, ("queued", "")),
    ],
)
def test_status_callbacks_of_calls(fields: dict[str, str], receipt: tuple[str, str]) -> None:
    sid = "CA" + "0" * 32
    assert read_receipt({"CallSid": sid, **fields}) == Receipt(sid, *receipt)


def test_a_callback_without_call_or_status_is_none_of_ours() -> None:
    assert read_receipt({"CallSid": "CA1", "CallStatus": "ringing"}) is None
    assert read_receipt({"CallSid": "CA" + "0" * 32}) is None
