"""The stand-in for Twilio, asked by the official client over a real socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from queue import Queue
from typing import Any

import pytest
import requests
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from sandbox.guard import is_loopback
from sandbox.twilio import ACCOUNT, SENDER, TOKEN, Twilio
from sandbox.twilio.account import SERVICE
from tests.sandbox.served import HeldClock, Listener, Stage, stage

JANE = "+12025550142"
BEN = "+12025550117"


@dataclass
class Bench:
    """Everything a test holds in its hands."""

    url: str
    twilio: Twilio
    clock: HeldClock
    listener: Listener
    callbacks: Queue[tuple[str, dict[str, str], str]]
    client: Any

    def post(self, to: str = JANE, body: str = "Hello R-7F3K", **more: Any) -> Any:
        return self.client.messages.create(to=to, from_=SENDER, body=body, **more)

    def control(self, path: str, **body: object) -> None:
        answer = requests.post(f"{self.url}/control/{path}", json=body, timeout=5)
        assert answer.json() == {"ok": True}

    def later(self, seconds: float) -> None:
        self.clock.at += seconds

    def status(self, sid: str) -> tuple[str, int | None]:
        message = self.client.messages(sid).fetch()
        return message.status, message.error_code

    def phone(self, number: str = JANE) -> list[dict[str, Any]]:
        phones = self.twilio.phones([{"number": JANE, "name": "Jane Doe", "email": "jane.doe@acme.example"}])
        found: list[list[dict[str, Any]]] = [each["messages"] for each in phones if each["number"] == number]
        return found[0] if found else []


def client_for(url: str, *, token: str = TOKEN, seconds: float = 5) -> Any:
    client = Client(ACCOUNT, token, http_client=TwilioHttpClient(timeout=seconds))
    client.api.base_url = url
    return client


@pytest.fixture(scope="module")
def opened() -> Iterator[Stage]:
    with stage() as server:
        yield server


@pytest.fixture
def bench(opened: Stage) -> Iterator[Bench]:
    clock, listener = HeldClock(), Listener()
    twilio = Twilio(clock, listener.changed, listener.traffic)
    callbacks: Queue[tuple[str, dict[str, str], str]] = Queue()

    async def receive(request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        callbacks.put((str(request.url), form, request.headers.get("X-Twilio-Signature", "")))
        return Response(status_code=int(request.query_params.get("answer", "204")))

    here = Route("/twilio/status/{request_id}", receive, methods=["POST"])
    opened.show([*twilio.routes(), *twilio.control_routes(), here])
    client = client_for(opened.url)
    yield Bench(opened.url, twilio, clock, listener, callbacks, client)
    client.http_client.session.close()
    twilio.restore({})  # nothing is under way any more


@pytest.fixture
def refused(bench: Bench) -> Callable[..., tuple[int, int]]:
    """Posts and tells how it was refused: HTTP status and code."""

    def post(**more: Any) -> tuple[int, int]:
        with pytest.raises(TwilioRestException) as caught:
            bench.post(**more)
        return caught.value.status, caught.value.code

    return post


# --- a text on its way ----------------------------------------------------------------------------


def test_a_text_goes_from_queued_to_delivered(bench: Bench) -> None:
    message = bench.post(validity_period=3600, risk_check="disable", message_intent="security", smart_encoded=True)
    assert (message.status, message.num_segments, message.date_sent) == ("queued", "1", None)
    assert (message.to, message.from_, message.body) == (JANE, SENDER, "Hello R-7F3K")
    assert message.date_created == datetime.fromtimestamp(bench.clock.at, UTC)
    bench.later(1)
    assert bench.status(message.sid) == ("sent", None)
    bench.later(1.5)
    assert bench.status(message.sid) == ("delivered", None)


def test_the_page_sees_it_move_without_being_asked(bench: Bench) -> None:
    bench.post()
    bench.listener.event.clear()
    bench.later(1)
    assert bench.listener.event.wait(5)
    bench.listener.event.clear()
    bench.later(1.5)
    assert bench.listener.event.wait(5)
    assert [each["status"] for each in bench.phone()] == ["delivered"]


def test_the_phone_shows_a_text_when_it_has_it(bench: Bench) -> None:
    message = bench.post()
    assert [(each["status"], each["body"]) for each in bench.phone()] == [("queued", "")]
    assert (bench.twilio.accepted_any, bench.twilio.delivered_any) == (True, False)
    bench.later(3)
    shown = bench.phone()[0]
    assert shown == {
        "sid": message.sid,
        "at": 1_800_000_002.5,
        "from": "StatStak Labs",
        "mine": False,
        "body": "Hello R-7F3K",
        "status": "delivered",
        "code": "",
        "segments": 1,
    }
    assert bench.twilio.delivered_any


def test_a_number_of_nobody_known_gets_a_phone_too(bench: Bench) -> None:
    bench.post(to=BEN)
    phones = bench.twilio.phones([{"number": "(202) 555-0142", "name": "Jane", "email": "j@acme.example"}])
    assert [(each["number"], each["name"], len(each["messages"])) for each in phones][1] == (BEN, "", 1)


@pytest.mark.parametrize(
    ("body", "segments"),
    [("a" * 160, 1), ("a" * 161, 2), ("€" * 80, 1), ("€" * 81, 2), ("ł" * 70, 1), ("ł" * 71, 2), ("👍" * 36, 2)],
)
def test_segments_are_counted(bench: Bench, body: str, segments: int) -> None:
    assert bench.post(body=body).num_segments == str(segments)
    assert bench.phone()[0]["segments"] == segments


def test_smart_encoding_saves_a_segment(bench: Bench) -> None:
    body = "Don’t " + "a" * 100
    assert bench.post(body=body).num_segments == "2"
    assert bench.post(body=body, smart_encoded=True).num_segments == "1"


def test_a_messaging_service_accepts_first(bench: Bench) -> None:
    service = "MG" + "0" * 32
    message = bench.client.messages.create(to=JANE, messaging_service_sid=service, body="Hello")
    assert (message.status, message.from_, message.messaging_service_sid) == ("accepted", None, service)
    bench.later(3)
    assert bench.status(message.sid) == ("delivered", None)


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": ""}, 21604),
        ({"to": "12"}, 21211),
        ({"to": "+15005550001"}, 21211),
        ({"to": "+15005550003"}, 21408),
        ({"to": "+15005550004"}, 21610),
        ({"to": "+15005550009"}, 21614),
        ({"body": ""}, 21602),
        ({"body": "a" * 1601}, 21617),
        ({"validity_period": 0}, 20001),
        ({"validity_period": 36001}, 20001),
        ({"risk_check": "perhaps"}, 20001),
    ],
)
def test_what_twilio_refuses(refused: Callable[..., tuple[int, int]], fields: dict[str, Any], code: int) -> None:
    assert refused(**fields) == (400, code)


@pytest.mark.parametrize(
    ("sender", "code"), [("+12025550199", 21606), ("+15005550001", 21212), ("+15005550008", 21611), ("", 21603)]
)
def test_senders_that_are_not_ours(bench: Bench, sender: str, code: int) -> None:
    with pytest.raises(TwilioRestException) as caught:
        bench.client.messages.create(to=JANE, from_=sender, body="Hello")
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("code", "status"), [(21610, 400), (20003, 401), (20429, 429), (20500, 500), (500, 500), (503, 503)]
)
def test_an_armed_refusal_happens_once(
    bench: Bench, refused: Callable[..., tuple[int, int]], code: int, status: int
) -> None:
    bench.control("twilio", number="+1 (202) 555-0142", code=code)
    bench.post(to=BEN)
    assert refused()[0] == status
    assert bench.post().status == "queued"
    assert len(bench.phone()) == 1


def test_a_refusal_can_be_armed_for_longer_and_cleared(bench: Bench, refused: Callable[..., tuple[int, int]]) -> None:
    bench.control("twilio", code=21614, times=3)
    assert [refused(), refused()] == [(400, 21614)] * 2
    bench.control("twilio", clear=True)
    assert bench.post().status == "queued"


def test_too_many_requests_says_when_to_come_back(bench: Bench) -> None:
    bench.control("twilio", code=20429)
    url = f"{bench.url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    answer = requests.post(url, data={"To": JANE}, auth=(ACCOUNT, TOKEN), timeout=5)
    assert (answer.status_code, answer.headers["Retry-After"], answer.json()["code"]) == (429, "1", 20429)


def test_a_bad_gateway_speaks_html(bench: Bench, refused: Callable[..., tuple[int, int]]) -> None:
    bench.control("twilio", code=502)
    assert refused() == (502, 502)


@pytest.mark.parametrize("kept", [False, True])
def test_a_connection_that_is_cut(bench: Bench, kept: bool) -> None:
    bench.control("twilio", code="timeout", kept=kept)
    with pytest.raises(requests.ConnectionError):
        bench.post()
    assert len(bench.client.messages.list(to=JANE)) == int(kept)


@pytest.mark.parametrize("kept", [False, True])
def test_an_answer_that_never_comes(bench: Bench, kept: bool) -> None:
    bench.control("twilio", code="hang", kept=kept)
    hasty = client_for(bench.url, seconds=0.2)
    with pytest.raises(requests.ReadTimeout):
        hasty.messages.create(to=JANE, from_=SENDER, body="Hello")
    hasty.http_client.session.close()
    assert len(bench.phone()) == int(kept)


def test_a_server_error_may_hide_an_accepted_message(bench: Bench) -> None:
    bench.control("twilio", code=500, kept=True)
    with pytest.raises(TwilioRestException):
        bench.post()
    assert [each.body for each in bench.client.messages.list(to=JANE)] == ["Hello R-7F3K"]


@pytest.mark.parametrize(("account", "token"), [(ACCOUNT, "wrong"), ("AC" + "1" * 32, TOKEN)])
def test_wrong_credentials(bench: Bench, account: str, token: str) -> None:
    answer = requests.get(f"{bench.url}/2010-04-01/Accounts/{account}.json", auth=(account, token), timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)
    assert requests.get(f"{bench.url}/2010-04-01/Accounts/{ACCOUNT}.json", timeout=5).status_code == 401


# --- deliveries that fail -------------------------------------------------------------------------


@pytest.mark.parametrize("code", [30003, 30004, 30005, 30006, 30007, 30008])
def test_a_delivery_armed_to_fail(bench: Bench, code: int) -> None:
    bench.control("twilio", number=JANE, code=code, when="delivery")
    by_fault, by_number = bench.post(), bench.post(to=f"+1500555{code - 27000 + 0:04}")
    bench.later(1)
    assert bench.status(by_fault.sid) == ("sent", None)
    bench.later(1.5)
    assert bench.status(by_fault.sid) == bench.status(by_number.sid) == ("undelivered", code)
    assert bench.phone()[0]["body"] == ""


def test_a_refusal_that_comes_after_the_acceptance(bench: Bench) -> None:
    bench.control("twilio", code=21610, when="delivery")
    message = bench.post()
    bench.later(1)
    assert bench.status(message.sid) == ("failed", 21610)


def test_a_phone_that_is_off(bench: Bench) -> None:
    bench.control("phone", number=JANE, on=False)
    message = bench.post()
    bench.later(8)
    assert bench.status(message.sid) == ("sent", None)
    bench.later(1)
    assert bench.status(message.sid) == ("undelivered", 30003)


def test_a_phone_that_comes_back_in_time(bench: Bench) -> None:
    bench.control("phone", number=JANE, on=False)
    message = bench.post()
    bench.later(5)
    bench.control("phone", number=JANE, on=True)
    assert bench.status(message.sid) == ("sent", None)
    bench.later(1.5)
    assert bench.status(message.sid) == ("delivered", None)


def test_a_message_is_not_tried_beyond_its_validity(bench: Bench) -> None:
    bench.control("phone", number=JANE, on=False)
    message = bench.post(validity_period=4)
    bench.later(60)
    assert bench.status(message.sid) == ("undelivered", 30036)


def test_statuses_by_hand(bench: Bench) -> None:
    bench.control("twilio", manual=True)
    message, other = bench.post(), bench.post()
    bench.later(3600)
    assert bench.status(message.sid) == ("queued", None)
    bench.control("twilio/status", sid=message.sid, status="undelivered", code=30007)
    assert bench.status(message.sid) == ("undelivered", 30007)
    bench.control("twilio/status", sid=message.sid, status="delivered")
    bench.control("twilio", manual=False)
    assert bench.status(message.sid) == bench.status(other.sid) == ("delivered", None)


def test_stop_and_start(bench: Bench, refused: Callable[..., tuple[int, int]]) -> None:
    bench.control("text", number=JANE, body=" stop ")
    assert refused() == (400, 21610)
    assert [(each["mine"], each["body"][:12]) for each in bench.phone()] == [
        (True, " stop "),
        (False, "You have suc"),
    ]
    bench.control("text", number=JANE, body="START")
    assert bench.post().status == "queued"
    assert [each.direction for each in bench.client.messages.list(to=SENDER)] == ["inbound"] * 2


# --- what else the API can do ---------------------------------------------------------------------


def test_a_body_is_blanked_only_when_the_message_is_final(bench: Bench) -> None:
    message = bench.post()
    with pytest.raises(TwilioRestException) as caught:
        message.update(body="")
    assert caught.value.code == 20009
    bench.later(3)
    assert message.update(body="").body == ""
    assert message.update(body="").body == ""
    assert bench.phone()[0]["body"] == "Hello R-7F3K"
    kept = requests.get(f"{bench.url}/control/twilio/messages", timeout=5).json()["messages"]
    assert (kept[0]["body"], kept[0]["body_as_sent"]) == ("", "Hello R-7F3K")


def test_sent_is_final_once_its_validity_is_over(bench: Bench) -> None:
    bench.control("twilio", manual=True)
    message = bench.post(validity_period=600)
    bench.control("twilio/status", sid=message.sid, status="sent")
    bench.later(600)
    with pytest.raises(TwilioRestException):
        message.update(body="")
    bench.later(1)
    assert message.update(body="").body == ""


def test_a_body_cannot_be_rewritten(bench: Bench) -> None:
    message = bench.post()
    bench.later(3)
    with pytest.raises(TwilioRestException):
        message.update(body="something else")


def test_deleting(bench: Bench) -> None:
    message = bench.post()
    with pytest.raises(TwilioRestException):
        message.delete()
    bench.later(3)
    assert message.delete()
    with pytest.raises(TwilioRestException) as caught:
        message.fetch()
    assert (caught.value.status, caught.value.code) == (404, 20404)
    assert bench.client.messages.list() == []


def test_listing_by_number_and_date(bench: Bench) -> None:
    start = datetime.fromtimestamp(bench.clock.at, UTC)
    first = bench.post()
    bench.later(600)
    second = bench.post()
    bench.post(to=BEN)
    bench.later(3)
    listed = bench.client.messages.list

    def sids(**filters: Any) -> list[str]:
        return [each.sid for each in listed(to=JANE, **filters)]

    assert sids() == [second.sid, first.sid]
    assert sids(date_sent_after=start + timedelta(minutes=5)) == [second.sid]
    assert sids(date_sent_before=start + timedelta(minutes=5)) == [first.sid]
    assert sids(date_sent=start.date()) == [second.sid, first.sid]
    assert len(listed(from_=SENDER)) == 3


def test_listing_leaves_out_what_has_not_left(bench: Bench) -> None:
    bench.post()
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    assert bench.client.messages.list(to=JANE, date_sent_after=long_ago) == []


def test_listing_pages(bench: Bench) -> None:
    sids = [bench.post().sid for _ in range(5)]
    assert [each.sid for each in bench.client.messages.list(page_size=2)] == sids[::-1]
    assert len(bench.client.messages.list(limit=3, page_size=2)) == 3


def test_a_list_that_lags(bench: Bench) -> None:
    bench.control("twilio", list_lag=30)
    message = bench.post()
    bench.later(29)
    assert bench.client.messages.list(to=JANE) == []
    assert bench.status(message.sid) == ("delivered", None)
    bench.later(1)
    assert len(bench.client.messages.list(to=JANE)) == 1


def test_retention(bench: Bench) -> None:
    message = bench.post(content_retention="discard", address_retention="obfuscate")
    assert (message.to, message.body) == ("+1202555XXXX", "Hello R-7F3K")
    bench.later(3)
    assert message.fetch().body == ""


def test_account_balance_and_time(bench: Bench) -> None:
    account = bench.client.api.accounts(ACCOUNT).fetch()
    assert (account.sid, account.status, account.type) == (ACCOUNT, "active", "Full")
    assert bench.client.api.accounts(ACCOUNT).balance.fetch().currency == "USD"
    answer = requests.get(f"{bench.url}/2010-04-01/Accounts/{ACCOUNT}.json", auth=(ACCOUNT, TOKEN), timeout=5)
    assert parsedate_to_datetime(answer.headers["Date"]).timestamp() == bench.clock.at


def test_other_resources_do_not_exist(bench: Bench) -> None:
    with pytest.raises(TwilioRestException) as caught:
        bench.client.calls("CA1").fetch()
    assert caught.value.code == 20404


# --- callbacks, control, state --------------------------------------------------------------------


def test_callbacks_are_signed_and_in_order(bench: Bench) -> None:
    url = f"{bench.url}/twilio/status/42?x=1"
    message = bench.post(status_callback=url)
    bench.later(3)
    got = [bench.callbacks.get(timeout=5) for _ in range(2)]
    assert [fields["MessageStatus"] for _, fields, _ in got] == ["sent", "delivered"]
    for called, fields, signature in got:
        assert called == url
        assert fields["MessageSid"] == message.sid
        assert RequestValidator(TOKEN).validate(url, fields, signature)


def test_a_callback_says_why(bench: Bench) -> None:
    bench.control("twilio", code=30005, when="delivery")
    bench.post(status_callback=f"{bench.url}/twilio/status/42")
    bench.later(3)
    assert bench.callbacks.get(timeout=5)[1]["MessageStatus"] == "sent"
    assert bench.callbacks.get(timeout=5)[1]["ErrorCode"] == "30005"


def told(bench: Bench, times: int) -> list[str]:
    return [bench.callbacks.get(timeout=5)[1]["MessageStatus"] for _ in range(times)]


def test_callbacks_come_twice(bench: Bench) -> None:
    bench.control("twilio", callbacks={"twice": True})
    bench.post(status_callback=f"{bench.url}/twilio/status/42")
    bench.later(3)
    assert told(bench, 4) == ["sent", "sent", "delivered", "delivered"]


def test_callbacks_come_out_of_order(bench: Bench) -> None:
    bench.control("twilio", callbacks={"reverse": True})
    bench.post(status_callback=f"{bench.url}/twilio/status/42")
    bench.later(3)
    assert told(bench, 2) == ["delivered", "sent"]


def test_callbacks_come_late_or_never(bench: Bench) -> None:
    bench.control("twilio", callbacks={"delay": 60})
    late = bench.post(status_callback=f"{bench.url}/twilio/status/42")
    bench.later(3)
    assert bench.status(late.sid) == ("delivered", None)
    assert bench.callbacks.empty()
    bench.later(60)
    assert told(bench, 2) == ["sent", "delivered"]
    bench.control("twilio", callbacks={"lost": True})
    bench.post(status_callback=f"{bench.url}/twilio/status/43")
    bench.later(3)
    bench.control("twilio", callbacks={})
    bench.post(status_callback=f"{bench.url}/twilio/status/44")
    bench.later(3)
    first, second = bench.callbacks.get(timeout=5), bench.callbacks.get(timeout=5)
    assert first[0].endswith("44")
    assert second[0].endswith("44")


@pytest.mark.parametrize("signature", ["bad", "none"])
def test_a_forged_callback_says_what_is_not_so(bench: Bench, signature: str) -> None:
    bench.control("twilio", manual=True)
    message = bench.post(status_callback=f"{bench.url}/twilio/status/42")
    bench.control("twilio/callback", sid=message.sid, status="delivered", signature=signature)
    url, fields, signed = bench.callbacks.get(timeout=5)
    assert (fields["MessageSid"], fields["MessageStatus"]) == (message.sid, "delivered")
    assert not RequestValidator(TOKEN).validate(url, fields, signed)
    assert bench.status(message.sid) == ("queued", None)
    bench.control("twilio/callback", sid=message.sid, status="failed", code=30003, signature="good")
    url, fields, signed = bench.callbacks.get(timeout=5)
    assert RequestValidator(TOKEN).validate(url, fields, signed)
    assert fields["ErrorCode"] == "30003"


@pytest.mark.parametrize(("word", "kind"), [("Stop", "STOP"), ("start", "START"), ("help", "HELP"), ("hm", None)])
def test_a_text_from_a_person_is_told_to_the_webhook(bench: Bench, word: str, kind: str | None) -> None:
    """Source: twilio.com/docs/messaging/guides/webhook-request."""
    bench.control("twilio", inbound_url=f"{bench.url}/twilio/status/inbound")
    bench.control("text", number=JANE, body=word)
    url, fields, signed = bench.callbacks.get(timeout=5)
    assert (fields["From"], fields["To"], fields["Body"]) == (JANE, SENDER, word)
    assert fields.get("OptOutType") == kind
    assert RequestValidator(TOKEN).validate(url, fields, signed)


@pytest.mark.parametrize(
    ("behind", "times"),
    [("", 1), ("#rc=3&rp=5xx,ct,rt", 4), ("#rc=9&rp=all", 6), ("#rc=3&rp=4xx", 1), ("#rp=5xx", 2)],
)
def test_a_callback_comes_again_as_its_address_says(bench: Bench, behind: str, times: int) -> None:
    """Source: twilio.com/docs/usage/webhooks/webhooks-connection-overrides; what stands behind it is not signed."""
    url = f"{bench.url}/twilio/status/42?answer=503"
    bench.control("twilio", manual=True)
    message = bench.post(status_callback=url + behind)
    bench.control("twilio/status", sid=message.sid, status="delivered")
    for _ in range(times):
        called, fields, signed = bench.callbacks.get(timeout=5)
        assert called == url
        assert RequestValidator(TOKEN).validate(url, fields, signed)
    bench.post(status_callback=f"{bench.url}/twilio/status/43")
    bench.control("twilio/status", sid=bench.client.messages.list()[0].sid, status="sent")
    assert bench.callbacks.get(timeout=5)[0].endswith("43")  # and not once more


@pytest.mark.parametrize("code", [500, "timeout"])
def test_asking_after_messages_may_fail(bench: Bench, code: object) -> None:
    message = bench.post()
    bench.control("twilio", code=code, when="read", times=2)
    for ask in (bench.client.messages(message.sid).fetch, bench.client.messages.list):
        with pytest.raises((TwilioException, requests.ConnectionError)):
            ask()
    assert bench.status(message.sid)[0] == "queued"


def test_what_callbacks_cannot_do(bench: Bench) -> None:
    silent = bench.post()
    for path, body in (
        ("twilio", {"callbacks": {"magic": True}}),
        ("twilio", {"callbacks": {"signature": "so so"}}),
        ("twilio", {"inbound_url": "https://example.com/"}),
        ("twilio", {"account": {"status": "asleep"}}),
        ("twilio", {"account": {"owner": "me"}}),
        ("twilio/callback", {"sid": "SM0", "status": "sent"}),
        ("twilio/callback", {"sid": silent.sid, "status": "sent"}),
    ):
        answer = requests.post(f"{bench.url}/control/{path}", json=body, timeout=5)
        assert (answer.status_code, answer.json()["ok"]) == (400, False)


def test_an_account_can_be_suspended_or_on_trial(bench: Bench) -> None:
    bench.control("twilio", account={"status": "suspended", "type": "Trial", "balance": "0.12"})
    account = bench.client.api.accounts(ACCOUNT).fetch()
    assert (account.status, account.type) == ("suspended", "Trial")
    assert bench.client.api.accounts(ACCOUNT).balance.fetch().balance == "0.12"


def test_the_numbers_of_the_account(bench: Bench) -> None:
    """Source: twilio.com/docs/phone-numbers/api/incomingphonenumber-resource."""
    (ours,) = bench.client.incoming_phone_numbers.list(phone_number=SENDER)
    assert (ours.phone_number, ours.capabilities["sms"]) == (SENDER, True)
    assert bench.client.incoming_phone_numbers.list(phone_number="+15550100199") == []


def test_a_messaging_service(bench: Bench) -> None:
    """Source: twilio.com/docs/messaging/api/service-resource."""
    bench.client.messaging.base_url = bench.url
    assert bench.client.messaging.v1.services(SERVICE).fetch().sid == SERVICE
    with pytest.raises(TwilioRestException) as caught:
        bench.client.messaging.v1.services("MG" + "1" * 32).fetch()
    assert caught.value.status == 404


@pytest.mark.parametrize(
    "url", ["https://example.com/x", "http://10.0.0.1/x", "file:///etc/x", "nonsense", "http://["]
)
def test_nobody_else_is_called_back(url: str) -> None:
    assert not is_loopback(url)


def test_traffic_tells_what_went_over_the_wire(bench: Bench) -> None:
    message = bench.post()
    exchange = bench.listener.exchanges[-1]
    assert (exchange["way"], exchange["wire"], exchange["name"]) == ("out", "twilio", "POST Messages.json")
    assert (exchange["ok"], exchange["note"]) == (True, "201 queued")
    assert exchange["detail"]["request"]["To"] == JANE
    assert exchange["detail"]["answer"]["sid"] == message.sid
    bench.client.api.accounts(ACCOUNT).fetch()
    assert bench.listener.exchanges[-1]["name"] == "GET Account"
    assert TOKEN not in str(bench.listener.exchanges)


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("twilio", "[]", "send a JSON object"),
        ("twilio", "{", "send a JSON object"),
        ("twilio", "{}", "code is missing"),
        ("twilio", '{"code": "x"}', "code is a number"),
        ("twilio", '{"code": 1, "when": "never"}', 'when is "post", "delivery" or "read"'),
        ("twilio", '{"code": 1, "when": "delivery"}', "no such delivery code: 1"),
        ("twilio", '{"code": 500, "times": "x"}', "times is a number"),
        ("twilio/status", '{"sid": "SM1"}', "no such message"),
        ("phone", "{}", "number is missing"),
    ],
)
def test_control_says_what_is_wrong(bench: Bench, path: str, body: str, said: str) -> None:
    answer = requests.post(f"{bench.url}/control/{path}", data=body, timeout=5)
    assert (answer.status_code, answer.json()) == (400, {"ok": False, "error": said})


def test_a_snapshot_brings_everything_back(bench: Bench) -> None:
    bench.control("phone", number=BEN, on=False)
    bench.control("text", number=JANE, body="STOP")
    bench.control("twilio", code=21614, manual=True, list_lag=2)
    again = Twilio(bench.clock, bench.listener.changed, bench.listener.traffic)
    again.restore(bench.twilio.snapshot())
    assert again.snapshot() == bench.twilio.snapshot()
    assert again.phones([])[0]["stopped"]
