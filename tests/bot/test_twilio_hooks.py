"""Twilio's requests at the edge: what is not Twilio's is 403, what is odd 400, 404 or 413, and nothing is a 500."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient
from structlog.testing import capture_logs
from twilio.request_validator import RequestValidator

from bot.twilio_hooks import LARGEST_BODY, TwilioHooks
from bot.wsgi import Web
from services.counters import Counters
from services.db.migrate import migrate
from services.db.session import Database, make_engine
from services.db.tables import StoppedRow
from services.delivery.codes import Codes
from services.errors import DatabaseUnreachable, NotFound
from services.optouts import OptOuts
from services.ports import Receipt
from services.receipts import Receipts
from services.replay import Replays
from services.seals import Seals
from tests.services.house import HandClock

PUBLIC, TOKEN, OURS, SID = "https://locksmith.example.com", "oops-token", "+15550100100", "SM" + "a" * 32
REQUEST = "0f" * 16
RECEIPT = f"/twilio/receipts/{REQUEST}"
TOLD = {"MessageSid": SID, "MessageStatus": "delivered", "To": "+12025550142", "AccountSid": "AC1"}
TEXT = {"From": "+12025550142", "To": OURS, "Body": "STOP", "MessageSid": SID}


@dataclass
class Taker:
    """In place of services/receipts.py, which has its own tests."""

    taken: list[tuple[str, Receipt]] = field(default_factory=list)
    fault: Exception | None = None

    def take(self, request_id: str, receipt: Receipt) -> None:
        if self.fault is not None:
            raise self.fault
        self.taken.append((request_id, receipt))


@dataclass
class Line:
    """Calls the WSGI application as Twilio would, through a proxy that changes address and port."""

    web: Web
    taker: Taker
    counters: Counters
    clock: HandClock
    database: Database

    def post(
        self,
        fields: dict[str, str] | list[tuple[str, str]] | bytes,
        path: str = RECEIPT,
        *,
        signature: str | None = None,
        signed_for: str = "",
        query: str = "",
        length: str | None = None,
        method: str = "POST",
    ) -> tuple[int, str, list[tuple[str, str]]]:
        raw = fields if isinstance(fields, bytes) else urlencode(fields).encode()
        if signature is None:
            signed = dict(fields) if not isinstance(fields, bytes) else {}
            url = signed_for or f"{PUBLIC}{path}{f'?{query}' if query else ''}"
            signature = RequestValidator(TOKEN).compute_signature(url, signed)
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "10.0.0.7",
            "SERVER_PORT": "8080",
            "wsgi.url_scheme": "http",
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(raw)) if length is None else length,
            "HTTP_X_TWILIO_SIGNATURE": signature,
            "wsgi.input": io.BytesIO(raw),
        }
        told: list[Any] = []
        answer = b"".join(self.web(environ, lambda line, headers: told.append((line, headers))))
        return int(told[0][0].split()[0]), answer.decode(), told[0][1]

    def status(self, *args: Any, **more: Any) -> int:
        return self.post(*args, **more)[0]

    @property
    def forged(self) -> int:
        return sum(each.count for each in self.counters.counts("receipts:forged"))

    @property
    def stopped(self) -> int:
        with self.database.read() as session:
            return session.query(StoppedRow).count()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(make_engine(f"sqlite:///{tmp_path / 'x.db'}"))
    migrate(database.engine)
    yield database
    database.close()


def line_to(database: Database, sender: str = OURS) -> Line:
    clock, taker = HandClock(), Taker()
    counters = Counters(database, clock)
    hooks = TwilioHooks(
        PUBLIC,
        TOKEN,
        sender,
        receipts=cast("Receipts", taker),
        optouts=OptOuts(database, Seals(["k" * 32]), clock, Codes().failure),
        counters=counters,
        clock=clock,
    )
    app = App(
        client=WebClient("xoxb-1"),
        authorize=lambda: AuthorizeResult(enterprise_id=None, team_id=None, bot_token="xoxb-1"),
        process_before_response=True,
        token_verification_enabled=False,
        request_verification_enabled=False,
    )
    return Line(Web(app, "shhh", Replays(database, clock), list, hooks), taker, counters, clock, database)


@pytest.fixture
def line(database: Database) -> Line:
    return line_to(database)


# --- receipts -------------------------------------------------------------------------------------


def test_a_receipt_is_taken_and_answered_with_nothing(line: Line) -> None:
    assert line.post(TOLD) == (204, "", [])
    ((request_id, receipt),) = line.taker.taken
    assert (request_id, receipt) == (REQUEST, Receipt(SID, "delivered"))
    assert receipt.number == "+12025550142"


@pytest.mark.parametrize(
    ("status", "code", "meant"),
    [
        ("queued", "", Receipt(SID, "queued")),
        ("read", "", Receipt(SID, "delivered")),
        ("something new", "", Receipt(SID, "queued")),
        ("undelivered", "30003", Receipt(SID, "undelivered", "30003")),
        ("failed", "0", Receipt(SID, "failed")),
        ("failed", "<script>", Receipt(SID, "failed")),
    ],
)
def test_what_its_words_mean(line: Line, status: str, code: str, meant: Receipt) -> None:
    assert line.status({**TOLD, "MessageStatus": status, "ErrorCode": code}) == 204
    assert line.taker.taken == [(REQUEST, meant)]


def test_new_and_repeated_fields_are_part_of_what_is_signed(line: Line) -> None:
    """Twilio adds fields without notice."""
    fields = {**TOLD, "RawDlrDoneDate": "2611231942", "Ünïcode": "✓ ~", "Empty": ""}
    assert line.status(fields) == 204
    signature = RequestValidator(TOKEN).compute_signature(
        f"{PUBLIC}{RECEIPT}", _Multi([*TOLD.items(), ("Event", "a"), ("Event", "b")])
    )
    assert line.status([*TOLD.items(), ("Event", "b"), ("Event", "a")], signature=signature) == 204


class _Multi(dict[str, str]):
    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs

    def getlist(self, name: str) -> list[str]:
        return [value for each, value in self.pairs if each == name]


def test_the_public_address_counts_with_and_without_its_port(line: Line) -> None:
    assert line.status(TOLD, signed_for=f"{PUBLIC}:443{RECEIPT}") == 204
    assert line.status(TOLD, signed_for=f"http://10.0.0.7:8080{RECEIPT}") == 403


# --- forged ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("signature", ["", "AAAA", "é", "x" * 10_000])
def test_a_bad_signature_is_403_and_counted(line: Line, signature: str) -> None:
    assert line.status(TOLD, signature=signature) == 403
    assert line.status(TOLD, signature=signature) == 403
    assert line.taker.taken == []
    line.clock.advance(seconds=2)
    line.status(TOLD, signature=signature)
    assert line.forged == 3


def test_somebody_elses_token_is_403(line: Line) -> None:
    signature = RequestValidator("somebody else's").compute_signature(f"{PUBLIC}{RECEIPT}", TOLD)
    assert line.status(TOLD, signature=signature) == 403


def test_a_changed_field_or_address_is_403(line: Line) -> None:
    signature = RequestValidator(TOKEN).compute_signature(f"{PUBLIC}{RECEIPT}", TOLD)
    assert line.status({**TOLD, "MessageStatus": "failed"}, signature=signature) == 403
    assert line.status(TOLD, f"/twilio/receipts/{'a' * 32}", signature=signature) == 403
    assert line.status(TOLD, query="x=1", signature=signature) == 403


def test_forged_ones_are_answered_alike_whatever_else_is_wrong(line: Line) -> None:
    line.taker.fault = NotFound("request")
    answers = {
        line.post(fields, path, signature="no")[1]
        for fields, path in [
            (TOLD, RECEIPT),
            ({"a": "1"}, RECEIPT),
            (TOLD, "/twilio/receipts/x"),
            (TEXT, "/twilio/inbound"),
        ]
    }
    assert answers == {HTTPStatus.FORBIDDEN.phrase}


def test_a_flood_of_forged_ones_writes_once_a_second(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    writes: list[int] = []
    monkeypatch.setattr(line.counters, "count", lambda _name, by: writes.append(by))
    for _ in range(50):
        line.status(TOLD, signature="no")
    line.clock.advance(seconds=1)
    line.status(TOLD, signature="no")
    assert writes == [1, 50]


# --- malformed, unknown, away ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"MessageSid": SID},
        {"MessageStatus": "sent"},
        {**TOLD, "MessageSid": "SM1"},
        {**TOLD, "MessageSid": "CA" + "a" * 32},
        {**TOLD, "MessageSid": SID + "\n"},
        {**TOLD, "MessageStatus": ""},
    ],
)
def test_a_receipt_that_says_nothing_is_400(line: Line, fields: dict[str, str]) -> None:
    assert line.status(fields) == 400
    assert line.taker.taken == []


@pytest.mark.parametrize("body", [b"no pairs here", b"\xff\xfe", b"&".join(b"a=1" for _ in range(500))])
def test_a_malformed_body_is_400(line: Line, body: bytes) -> None:
    assert line.status(body) == 400


def test_an_oversized_body_is_413_before_it_is_read(line: Line) -> None:
    assert line.status(TOLD, length=str(LARGEST_BODY + 1)) == 413
    assert line.status(TOLD, length="9" * 5000) == 413
    assert line.status(TOLD, length="") == 400
    assert line.status(TOLD, length="-1") == 400


@pytest.mark.parametrize(
    "path",
    ["/twilio/receipts/", "/twilio/receipts/x", f"{RECEIPT}/more", "/twilio/", "/twilio/nothing", f"{RECEIPT}\x00"],
)
def test_nothing_else_is_there(line: Line, path: str) -> None:
    assert line.status(TOLD, path) == 404
    assert line.taker.taken == []


def test_another_method_is_404(line: Line) -> None:
    assert line.status(TOLD, method="GET") == 404


def test_an_unknown_request_is_404(line: Line) -> None:
    line.taker.fault = NotFound("request")
    assert line.post(TOLD)[:2] == (404, "Not Found")


def test_without_our_database_twilio_shall_try_again(line: Line) -> None:
    line.taker.fault = DatabaseUnreachable()
    assert line.status(TOLD) == 503
    with line.database.engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
    assert line.status(TOLD, signature="no") == 403  # counting it may fail, refusing it may not


def test_without_a_public_address_nobody_answers_twilio(line: Line) -> None:
    line.web._twilio = None
    assert line.status(TOLD) == 404


# --- texts from people ----------------------------------------------------------------------------


@pytest.mark.parametrize(("words", "stopped"), [(["STOP"], 1), (["STOP", "START"], 0), (["Hello"], 0)])
def test_stop_and_start(line: Line, words: list[str], stopped: int) -> None:
    for word in words:
        status, body, headers = line.post({**TEXT, "Body": word}, "/twilio/inbound")
        assert (status, body) == (200, "<Response/>")
        assert ("Content-Type", "text/xml; charset=utf-8") in headers
    assert line.stopped == stopped


def test_a_forged_stop_marks_nobody(line: Line) -> None:
    assert line.status(TEXT, "/twilio/inbound", signature="no") == 403
    assert line.stopped == 0


def test_stop_to_another_number_of_the_account_is_none_of_ours(line: Line) -> None:
    assert line.status({**TEXT, "To": "+15550100199"}, "/twilio/inbound") == 200
    assert line.stopped == 0


@pytest.mark.parametrize(("service", "stopped"), [("MG1", 1), ("MG2", 0), ("", 1)])
def test_a_messaging_service_is_ours_whatever_its_number(database: Database, service: str, stopped: int) -> None:
    line = line_to(database, "MG1")
    more = {"MessagingServiceSid": service} if service else {}
    assert line.status({**TEXT, "To": "+15550100199", **more}, "/twilio/inbound") == 200
    assert line.stopped == stopped


@pytest.mark.parametrize("fields", [{}, {"From": "+12025550142"}, {"Body": "STOP", "To": OURS}])
def test_a_text_without_its_parts_is_400(line: Line, fields: dict[str, str]) -> None:
    assert line.status(fields, "/twilio/inbound") == 400


@pytest.mark.parametrize("sender", ["12345", "whatsapp:+12025550142", "Bank", "+1"])
def test_who_has_no_number_cannot_stop(line: Line, sender: str) -> None:
    assert line.status({**TEXT, "From": sender}, "/twilio/inbound") == 200
    assert line.stopped == 0


def test_a_text_that_cannot_be_remembered_is_tried_again(line: Line) -> None:
    with line.database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE locksmith_stopped")
    assert line.status(TEXT, "/twilio/inbound") == 503


# --- what is logged -------------------------------------------------------------------------------


def test_nothing_of_a_request_is_logged(line: Line) -> None:
    structlog.reset_defaults()
    secret = "my password is hunter2"
    with capture_logs() as logged:
        line.post({**TEXT, "Body": secret}, "/twilio/inbound")
        line.post({**TEXT, "Body": "STOP"}, "/twilio/inbound")
        line.post({**TOLD, "To": "+12025550142", "Note": secret}, signature="no")
        line.taker.fault = NotFound("request")
        line.post({**TOLD, "Note": secret})
        line.taker.fault = RuntimeError(secret)
        assert line.status({**TOLD, "Note": secret}) == 503
    assert len(logged) == 4
    assert not [part for part in (secret, "2025550142", "hunter2", SID) if part in repr(logged)]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200), path=st.sampled_from([RECEIPT, "/twilio/inbound", "/twilio/receipts/x"]))
def test_whatever_comes_it_is_never_a_500(line: Line, body: bytes, path: str) -> None:
    assert line.status(body, path) in (400, 403, 404)
