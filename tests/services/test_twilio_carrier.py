"""The Twilio adapter over real sockets: the stand-in's answers, and servers that break off on purpose."""

from __future__ import annotations

import json
import os
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sandbox.twilio import ACCOUNT, SENDER, TOKEN, Twilio
from sandbox.twilio.account import SERVICE
from sandbox.twilio.network import API_KEY, API_SECRET
from services.delivery import twilio
from services.delivery.twilio import TwilioCarrier
from services.errors import CarrierError, NoAnswer, NotPosted, Refused
from services.model import Cause
from services.ports import Receipt
from tests.sandbox.served import HeldClock, Listener, Stage, stage

JANE = "+12025550142"
SECRET = "mk7p-4rwx-h9qd-t3vc"
BODY = f"StatStak Labs temporary password:\n{SECRET}\nR-7F3K"
SID = "SM" + "0" * 32
PATIENCE = 5.0


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """requests sends even loopback calls through a proxy that the environment names."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


def carrier_at(url: str, *, token: str = TOKEN, sender: str = SENDER) -> TwilioCarrier:
    def callback(request_id: str) -> str:
        return f"http://127.0.0.1:9/twilio/status/{request_id}"

    return TwilioCarrier(ACCOUNT, ACCOUNT, token, sender, api_url=url, callback_url=callback)


def post(carrier: TwilioCarrier) -> Receipt:
    return carrier.post(JANE, BODY, request_id="abc", valid_seconds=3600)


def tells(error: CarrierError) -> str:
    """Whatever somebody could print of it."""
    return f"{error} {error!r} {vars(error)} {getattr(error, '__notes__', '')}"


# --- the stand-in's answers -----------------------------------------------------------------------


@dataclass
class Line:
    """The stand-in and our adapter, connected."""

    url: str
    twilio: Twilio
    clock: HeldClock
    carrier: TwilioCarrier
    asked: list[dict[str, Any]]
    """What went over the wire."""

    def arm(self, **fault: object) -> None:
        assert requests.post(f"{self.url}/control/twilio", json=fault, timeout=PATIENCE).json() == {"ok": True}

    def kept(self) -> list[dict[str, Any]]:
        listed = requests.get(f"{self.url}/control/twilio/messages", timeout=PATIENCE).json()
        messages: list[dict[str, Any]] = listed["messages"]
        return messages


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


def test_a_text_is_posted_once_with_all_that_belongs_to_it(line: Line) -> None:
    receipt = post(line.carrier)
    (kept,) = line.kept()
    assert receipt == Receipt(kept["sid"], "queued")
    assert (kept["to"], kept["sender"], kept["body"], kept["validity"]) == (JANE, SENDER, BODY, 3600)
    assert kept["callback"].endswith("/twilio/status/abc")


def test_a_messaging_service_sends_too(line: Line) -> None:
    assert post(carrier_at(line.url, sender=SERVICE)).status == "queued"
    assert line.kept()[0]["service"] == SERVICE


def test_its_receipts_follow_it(line: Line) -> None:
    message_id = post(line.carrier).message_id
    line.clock.at += 1
    assert line.carrier.receipt(message_id) == Receipt(message_id, "sent")
    line.clock.at += 2
    assert line.carrier.receipt(message_id) == Receipt(message_id, "delivered")
    assert line.carrier.receipt("SM" + "f" * 32) is None


def test_a_failed_delivery_has_its_code(line: Line) -> None:
    line.arm(code=30003, when="delivery")
    message_id = post(line.carrier).message_id
    line.clock.at += 3
    assert line.carrier.receipt(message_id) == Receipt(message_id, "undelivered", "30003")


def test_a_text_is_found_by_its_reference_and_by_nothing_else(line: Line) -> None:
    message_id = post(line.carrier).message_id
    since = datetime.fromtimestamp(line.clock.at, UTC) - timedelta(minutes=1)
    line.clock.at += 3
    found = line.carrier.find(JANE, "R-7F3K", since)
    assert found == Receipt(message_id, "delivered")
    assert line.carrier.find(JANE, "R-AAAA", since) is None
    assert line.carrier.find("+12025550117", "R-7F3K", since) is None


def test_blanking_twice_is_blanking_once(line: Line) -> None:
    message_id = post(line.carrier).message_id
    with pytest.raises(Refused):  # it is still under way
        line.carrier.blank(message_id)
    line.clock.at += 3
    line.carrier.blank(message_id)
    line.carrier.blank(message_id)
    assert line.kept()[0]["body"] == ""


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        (21211, Cause.NUMBER_INVALID),
        (21408, Cause.COUNTRY_OFF),
        (21610, Cause.STOPPED),
        (21614, Cause.NUMBER_LANDLINE),
        (20003, Cause.CARRIER_CREDENTIALS),
        (21602, Cause.CARRIER_REFUSED),
    ],
)
def test_a_refusal_is_a_definite_no_with_its_cause(line: Line, code: int, cause: Cause) -> None:
    line.arm(code=code)
    with pytest.raises(Refused) as told:
        post(line.carrier)
    assert (told.value.cause, told.value.code) == (cause, str(code))
    assert SECRET not in tells(told.value)
    assert line.kept() == []


def test_wrong_credentials_are_told_as_such(line: Line) -> None:
    with pytest.raises(Refused) as told:
        post(carrier_at(line.url, token="wrong"))
    assert told.value.cause is Cause.CARRIER_CREDENTIALS
    assert "wrong" not in tells(told.value)


@pytest.mark.parametrize("fault", [{"code": 20429}, {"code": 21617, "http_status": 429}])
def test_too_many_is_not_posted(line: Line, fault: dict[str, int]) -> None:
    line.arm(**fault)
    with pytest.raises(NotPosted) as told:
        post(line.carrier)
    assert (told.value.cause, told.value.code) == (Cause.CARRIER_BUSY, str(fault["code"]))
    assert told.value.after == 1


def test_credentials_and_standing_are_found_out_without_a_text(line: Line) -> None:
    line.carrier.probe()
    for status in ("suspended", "closed"):
        line.arm(account={"status": status})
        with pytest.raises(Refused) as told:
            line.carrier.probe()
        assert (told.value.cause, told.value.code) == (Cause.CARRIER_ACCOUNT, status)
    line.arm(account={})
    with pytest.raises(Refused) as told:
        carrier_at(line.url, token="wrong").probe()
    assert told.value.cause is Cause.CARRIER_CREDENTIALS
    assert line.kept() == []


def test_a_key_which_may_not_read_the_account_asks_for_what_there_is_not(line: Line) -> None:
    post(line.carrier)

    def by_key(secret: str) -> TwilioCarrier:
        return TwilioCarrier(ACCOUNT, API_KEY, secret, SENDER, api_url=line.url)

    by_key(API_SECRET).probe()
    with pytest.raises(Refused) as told:
        by_key("wrong").probe()
    assert told.value.cause is Cause.CARRIER_CREDENTIALS
    assert [one["name"] for one in line.asked if one["name"].startswith("GET")] == ["GET Messages.json"] * 2
    assert SECRET not in str(line.asked[-2:])


@pytest.mark.parametrize("code", [500, 502, 503, 20500, "timeout"])
@pytest.mark.parametrize("kept", [False, True])
def test_a_broken_server_has_not_answered(line: Line, code: int | str, kept: bool) -> None:
    line.arm(code=code, kept=kept)
    with pytest.raises(NoAnswer) as told:
        post(line.carrier)
    assert SECRET not in tells(told.value)
    assert len(line.kept()) == int(kept)


def test_silence_is_waited_for_in_vain_once(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twilio, "READ_SECONDS", 0.2)
    line.arm(code="hang", kept=True)
    with pytest.raises(NoAnswer):
        post(line.carrier)
    assert len(line.kept()) == 1


# --- servers that break off -----------------------------------------------------------------------


def test_a_refused_connection_is_not_posted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(NotPosted) as told:
        post(carrier_at(f"http://127.0.0.1:{port}"))
    assert told.value.after == 0
    with pytest.raises(NotPosted):
        carrier_at(f"http://127.0.0.1:{port}").probe()
    assert told.value.cause is Cause.CARRIER_UNREACHABLE
    assert SECRET not in tells(told.value)


@dataclass(frozen=True)
class Certificate:
    chain: Path
    key: Path


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """Self-made, for this machine only."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject_name=name, issuer_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, private = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return Certificate(chain, private)


Ending = Callable[[ssl.SSLSocket], None]


class Server:
    """Takes one connection, reads the whole post, and then does `ending` to it."""

    def __init__(self, certificate: Certificate, ending: Ending) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate.chain, certificate.key)
        self._ending = ending
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(PATIENCE)
        self._thread = Thread(target=self._serve)
        self._thread.start()
        self.url = f"https://127.0.0.1:{self._listening.getsockname()[1]}"
        self.read = b""

    def _serve(self) -> None:
        accepted, _ = self._listening.accept()
        accepted.settimeout(PATIENCE)
        with accepted:
            try:
                secured = self._context.wrap_socket(accepted, server_side=True)
            except (OSError, ssl.SSLError):  # the client does not trust it
                return
            with secured:
                while SECRET.encode() not in self.read:
                    self.read += secured.recv(65536)
                self._ending(secured)

    def close(self) -> None:
        self._thread.join()
        self._listening.close()


@pytest.fixture
def serve(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Ending], Server]]:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.chain))
    with ExitStack() as running:

        def started(ending: Ending) -> Server:
            server = Server(certificate, ending)
            running.callback(server.close)
            return server

        yield started


def below_tls(data: bytes) -> Ending:
    """Writes past the encryption, as a broken middlebox does."""

    def end(secured: ssl.SSLSocket) -> None:
        with socket.socket(fileno=os.dup(secured.fileno())) as raw:
            raw.sendall(data)
            raw.shutdown(socket.SHUT_WR)

    return end


def cut(secured: ssl.SSLSocket) -> None:
    secured.shutdown(socket.SHUT_RDWR)


def answer(status: str, body: str, *, length: int | None = None) -> Ending:
    def end(secured: ssl.SSLSocket) -> None:
        size = len(body.encode()) if length is None else length
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n\r\n"
        secured.sendall((head + body).encode())

    return end


def test_an_answer_over_tls_is_an_answer(serve: Callable[[Ending], Server]) -> None:
    """So that the cases below fail for what they break and not for the certificate."""
    server = serve(answer("201 Created", json.dumps({"sid": SID, "status": "queued", "body": BODY})))
    assert post(carrier_at(server.url)) == Receipt(SID, "queued")


BROKEN: dict[str, Ending] = {
    "a garbled record": below_tls(b"\x17\x03\x03\x00\x20" + b"z" * 32),
    "plain bytes": below_tls(b"HTTP/1.1 502 Bad Gateway\r\n\r\n"),
    "a cut": cut,
    "half an answer": answer("201 Created", f'{{"sid": "{SID}", "body": "{SECRET}', length=5000),
    "half a document": answer("201 Created", f'{{"sid": "{SID}", "body": "{SECRET}'),
    "nothing in it": answer("201 Created", ""),
    "an empty object": answer("201 Created", "{}"),
    "a list": answer("201 Created", f'["{SECRET}"]'),
    "a word": answer("201 Created", f'"{SECRET}"'),
    "a page": answer("201 Created", f"<html>{SECRET}</html>"),
    "no message id": answer("201 Created", json.dumps({"sid": None, "status": "queued", "body": SECRET})),
    "another kind of id": answer("201 Created", json.dumps({"sid": SECRET, "status": "queued"})),
    "no date": answer("201 Created", json.dumps({"sid": SECRET, "date_created": SECRET, "num_segments": "x"})),
    "a gateway's page": answer("502 Bad Gateway", f"<html>{SECRET}</html>"),
}


@pytest.mark.parametrize("ending", BROKEN.values(), ids=BROKEN.keys())
def test_what_breaks_after_the_post_is_no_answer_and_tells_nothing(
    serve: Callable[[Ending], Server], ending: Ending
) -> None:
    """A fault of TLS counted as "surely not posted", and an answer cut off carried its text in the error."""
    server = serve(ending)
    with pytest.raises(CarrierError) as told:
        post(carrier_at(server.url))
    assert SECRET.encode() in server.read
    assert type(told.value) is NoAnswer
    assert SECRET not in tells(told.value)


@pytest.mark.parametrize("how", ["half a document", "a cut", "a gateway's page"])
def test_nothing_hangs_behind_our_errors(serve: Callable[[Ending], Server], how: str) -> None:
    """The library's error holds the document, or the request and its body: an error tracker's walk finds it."""
    with pytest.raises(NoAnswer) as told:
        post(carrier_at(serve(BROKEN[how]).url))
    assert (told.value.__cause__, told.value.__context__) == (None, None)


@pytest.mark.parametrize(
    ("header", "after"),
    [("7", 7), ("0", 0), ("9" * 30, 3600), ("-1", 0), ("1.5", 0), ("Mon, 23 Nov 2026 20:00:00 GMT", 0), ("", 0)],
)
def test_when_to_come_again_is_read_as_seconds_or_not_at_all(
    serve: Callable[[Ending], Server], header: str, after: float
) -> None:
    server = serve(answer(f"429 Too Many Requests\r\nRetry-After: {header}", json.dumps({"code": 20429})))
    with pytest.raises(NotPosted) as told:
        post(carrier_at(server.url))
    assert (told.value.code, told.value.after) == ("20429", after)


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        ("400 Bad Request", f"<html>{SECRET}</html>", "400"),
        pytest.param(
            "401 Unauthorized",
            json.dumps({"type": "x", "title": SECRET, "status": 401, "code": 20003}),
            "20003",
        ),
    ],
)
def test_a_refusal_that_is_no_document_of_twilios_is_still_a_no(
    serve: Callable[[Ending], Server], status: str, body: str, code: str
) -> None:
    with pytest.raises(Refused) as told:
        post(carrier_at(serve(answer(status, body)).url))
    assert told.value.code == code
    assert SECRET not in tells(told.value)


def test_a_certificate_that_is_not_trusted_gets_nothing(
    serve: Callable[[Ending], Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(cut)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(NotPosted) as told:
        post(carrier_at(server.url))
    assert told.value.cause is Cause.CARRIER_UNREACHABLE
    assert server.read == b""
