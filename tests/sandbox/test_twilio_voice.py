"""The stand-in's telephone exchange, called as Locksmith calls it: by the official client, over a real socket."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from queue import Queue
from typing import Any

import pytest
import requests
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import Gather, VoiceResponse

from sandbox.twilio import SENDER, TOKEN, Twilio
from tests.sandbox.served import HeldClock, Listener, Stage, stage
from tests.sandbox.test_twilio import client_for

JANE = "+12025550142"
EVENTS = ["initiated", "ringing", "answered", "completed"]


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@dataclass
class Desk:
    url: str
    twilio: Twilio
    clock: HeldClock
    client: Any
    told: Queue[tuple[str, dict[str, str]]]
    """Status callbacks: the signature's verdict, and what they said."""
    asked: Queue[dict[str, str]]
    answers: list[str]
    """What the app says to the next keys."""

    def call(self, document: str = "", **more: Any) -> Any:
        return self.client.calls.create(
            to=JANE,
            from_=SENDER,
            twiml=document or self.asks_for_a_key(),
            status_callback=f"{self.url}/twilio/status/abc",
            status_callback_event=EVENTS,
            **more,
        )

    def asks_for_a_key(self) -> str:
        response = VoiceResponse()
        gather = Gather(num_digits=1, finish_on_key="", timeout=5, action=f"{self.url}/next?a=1&b=2", method="POST")
        gather.say("Press a key.")
        response.append(gather)
        response.say("Nobody did.")
        return str(response)

    def do(self, do: str, **more: str) -> dict[str, Any]:
        answer = requests.post(f"{self.url}/control/call", json={"number": JANE, "do": do, **more}, timeout=5)
        said: dict[str, Any] = answer.json()
        return said

    def habit(self, habit: str) -> None:
        body = {"number": JANE, "habit": habit}
        assert requests.post(f"{self.url}/control/calls/habit", json=body, timeout=5).json() == {"ok": True}

    def later(self, seconds: float) -> None:
        self.clock.at += seconds

    @property
    def phone(self) -> dict[str, Any]:
        (phone,) = self.twilio.phones([{"number": JANE, "name": "Jane Doe", "email": "jane.doe@acme.example"}])
        (call,) = phone["calls"]
        return dict(call)


@pytest.fixture(scope="module")
def opened() -> Iterator[Stage]:
    with stage() as server:
        yield server


@pytest.fixture
def desk(opened: Stage) -> Iterator[Desk]:
    clock, listener = HeldClock(), Listener()
    twilio = Twilio(clock, listener.changed, listener.traffic)
    told: Queue[tuple[str, dict[str, str]]] = Queue()
    asked: Queue[dict[str, str]] = Queue()
    answers: list[str] = []

    async def fields(request: Request) -> tuple[str, dict[str, str]]:
        form = {name: str(value) for name, value in (await request.form()).items()}
        signed = request.headers.get("X-Twilio-Signature", "")
        return ("signed" if RequestValidator(TOKEN).validate(str(request.url), form, signed) else "forged"), form

    async def status(request: Request) -> Response:
        told.put(await fields(request))
        return Response(status_code=204)

    async def following(request: Request) -> Response:
        verdict, form = await fields(request)
        asked.put(form | {"verdict": verdict, "query": request.url.query})
        return Response(answers.pop(0), media_type="text/xml") if answers else Response(status_code=500)

    here = [
        Route("/twilio/status/{request_id}", status, methods=["POST"]),
        Route("/next", following, methods=["POST"]),
    ]
    opened.show([*twilio.routes(), *twilio.control_routes(), *here])
    client = client_for(opened.url)
    yield Desk(opened.url, twilio, clock, client, told, asked, answers)
    client.http_client.session.close()
    twilio.restore({})


def test_a_call_rings_is_answered_and_says_what_it_was_told_to(desk: Desk) -> None:
    call = desk.call(timeout=30, time_limit=120)
    assert (call.status, call.direction, call.to) == ("queued", "outbound-api", JANE)
    desk.later(1)
    assert desk.client.calls(call.sid).fetch().status == "ringing"
    assert desk.phone["status"] == "ringing"
    assert desk.do("answer")["ok"]
    assert desk.phone["spoken"] == ["Press a key."]
    assert desk.phone["asks"]
    desk.answers.append("<Response><Say>Thank you.</Say></Response>")
    assert desk.do("press", key="#")["ok"]
    asked = desk.asked.get(timeout=5)
    assert (asked["Digits"], asked["CallSid"], asked["CallStatus"]) == ("#", call.sid, "in-progress")
    assert (asked["verdict"], asked["query"]) == ("signed", "a=1&b=2")
    assert desk.phone["spoken"] == ["Press a key.", "Thank you."]
    assert desk.client.calls(call.sid).fetch().status == "completed"
    told = [desk.told.get(timeout=5) for _ in EVENTS]
    assert {verdict for verdict, _ in told} == {"signed"}
    assert [one["CallStatus"] for _, one in told] == ["initiated", "ringing", "in-progress", "completed"]
    assert [one["SequenceNumber"] for _, one in told] == ["0", "1", "2", "3"]


def test_without_a_key_what_comes_after_is_said_and_the_call_is_over(desk: Desk) -> None:
    desk.habit("voicemail")
    call = desk.call()
    desk.later(7)
    assert desk.phone["by"] == "voicemail"
    assert desk.phone["status"] == "in-progress"
    desk.later(5)
    assert desk.phone["spoken"] == ["Press a key.", "Nobody did."]
    assert desk.client.calls(call.sid).fetch().status == "completed"
    assert desk.asked.empty()


@pytest.mark.parametrize(
    ("habit", "status"), [("busy", "busy"), ("fails", "failed"), ("rings", "no-answer"), ("off", "no-answer")]
)
def test_calls_that_nobody_takes(desk: Desk, habit: str, status: str) -> None:
    if habit == "off":
        requests.post(f"{desk.url}/control/phone", json={"number": JANE, "on": False}, timeout=5)
    else:
        desk.habit(habit)
    call = desk.call(timeout=20)
    desk.later(1)
    if habit == "rings":
        assert desk.client.calls(call.sid).fetch().status == "ringing"
    desk.later(20)
    assert desk.client.calls(call.sid).fetch().status == status
    assert desk.phone["spoken"] == []
    assert desk.do("answer")["error"] == "no call to that number"


def test_who_declines_is_busy_and_who_hangs_up_has_completed(desk: Desk) -> None:
    first = desk.call()
    desk.later(1)
    desk.do("decline")
    assert desk.client.calls(first.sid).fetch().status == "busy"
    second = desk.call()
    desk.later(1)
    desk.do("answer")
    desk.do("hang up")
    assert desk.client.calls(second.sid).fetch().status == "completed"


def test_an_app_that_does_not_answer_is_apologised_for(desk: Desk) -> None:
    desk.call()
    desk.later(1)
    desk.do("answer")
    desk.do("press", key="1")
    assert desk.phone["spoken"][-1].startswith("We are sorry.")
    assert desk.phone["status"] == "completed"


def test_no_call_outlasts_its_limit(desk: Desk) -> None:
    call = desk.call(time_limit=3)
    desk.later(1)
    desk.do("answer")
    desk.later(3)
    assert desk.client.calls(call.sid).fetch().status == "completed"
    assert desk.phone["spoken"] == ["Press a key."]


def test_a_call_that_is_over_can_be_erased(desk: Desk) -> None:
    call = desk.call()
    with pytest.raises(TwilioRestException):
        desk.client.calls(call.sid).delete()
    desk.later(1)
    desk.do("decline")
    assert desk.client.calls(call.sid).delete()
    with pytest.raises(TwilioRestException) as gone:
        desk.client.calls(call.sid).fetch()
    assert (gone.value.status, gone.value.code) == (404, 20404)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"to": ""}, 21201),
        ({"to": "12"}, 21211),
        ({"to": "+15005550003"}, 21215),
        ({"from_": "+15550000000"}, 21210),
        ({"twiml": "<Response><Dial>+1</Dial></Response>"}, 20001),
        ({"twiml": "<Response>"}, 20001),
        ({"twiml": "<Response><Gather numDigits='1'/></Response>"}, 20001),
        ({"twiml": f"<Response><Say>{'a' * 4000}</Say></Response>"}, 20001),
        ({"status_callback_event": ["ended"]}, 21626),
        ({"timeout": 601}, 20001),
    ],
)
def test_what_is_refused(desk: Desk, change: dict[str, Any], code: int) -> None:
    given = {"to": JANE, "from_": SENDER, "twiml": "<Response><Say>Hello</Say></Response>"} | change
    with pytest.raises(TwilioRestException) as refused:
        desk.client.calls.create(**given)
    assert refused.value.code == code


def test_calls_are_kept_over_a_restart(desk: Desk) -> None:
    call = desk.call()
    desk.later(1)
    desk.do("answer")
    kept = desk.twilio.snapshot()
    desk.twilio.restore(kept)
    desk.later(5)
    assert desk.client.calls(call.sid).fetch().status == "completed"
    assert desk.phone["spoken"] == ["Press a key.", "Nobody did."]


def test_a_fault_that_was_armed_hits_the_next_call(desk: Desk) -> None:
    fault = {"code": "timeout", "kept": True}
    assert requests.post(f"{desk.url}/control/twilio", json=fault, timeout=5).json() == {"ok": True}
    with pytest.raises(requests.ConnectionError):
        desk.call()
    desk.later(1)
    assert desk.phone["status"] == "ringing"
