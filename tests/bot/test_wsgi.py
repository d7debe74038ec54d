"""HTTP mode at its edge: what is not Slack's gets 400, 401, 404 or 413, never 500, and never reaches a listener."""

from __future__ import annotations

import hmac
import io
import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_bolt import Ack, App, BoltContext
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot.work import Pool
from bot.wsgi import LARGEST_BODY, Web, parse, stop_at_signal
from services.clock import SystemClock
from services.db.migrate import migrate
from services.db.session import Database, make_engine
from services.db.tables import CircuitRow
from services.health import sending
from services.lookout import failed
from services.replay import Replays

SECRET = "shhh"
FORM = "application/x-www-form-urlencoded"
COMMAND = {"command": "/reset-user", "text": "jane", "user_id": "U1", "team_id": "T1", "trigger_id": "1.2"}


class Caller:
    """Calls the WSGI application as a server would."""

    def __init__(self, web: Web, heard: list[dict[str, object]]) -> None:
        self.web = web
        self.heard = heard

    def post(
        self,
        body: bytes | str,
        *,
        content_type: str = FORM,
        timestamp: str | None = None,
        signature: str | None = None,
        path: str = "/slack/events",
        method: str = "POST",
        length: str | None = None,
        **headers: str,
    ) -> tuple[int, str]:
        raw = body.encode() if isinstance(body, str) else body
        timestamp = str(int(time.time())) if timestamp is None else timestamp
        signed = "v0=" + hmac.new(SECRET.encode(), b"v0:" + timestamp.encode() + b":" + raw, "sha256").hexdigest()
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "CONTENT_TYPE": content_type,
            "CONTENT_LENGTH": str(len(raw)) if length is None else length,
            "HTTP_X_SLACK_REQUEST_TIMESTAMP": timestamp,
            "HTTP_X_SLACK_SIGNATURE": signed if signature is None else signature,
            "wsgi.input": io.BytesIO(raw),
            **headers,
        }
        status: list[str] = []
        answer = b"".join(self.web(environ, lambda line, _headers: status.append(line)))
        return int(status[0].split()[0]), answer.decode()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(make_engine(f"sqlite:///{tmp_path / 'x.db'}"))
    migrate(database.engine)
    yield database
    database.close()


@pytest.fixture
def caller(database: Database) -> Caller:
    heard: list[dict[str, object]] = []
    app = App(
        client=WebClient("xoxb-1"),
        authorize=lambda: AuthorizeResult(enterprise_id=None, team_id=None, bot_token="xoxb-1"),
        process_before_response=True,
        token_verification_enabled=False,
        request_verification_enabled=False,
    )

    def listener(ack: Ack, body: dict[str, object], context: BoltContext) -> None:
        assert context is not None
        heard.append(body)
        ack(text="found")

    app.command("/reset-user")(listener)
    app.action("go")(listener)
    return Caller(Web(app, SECRET, Replays(database, SystemClock()), list), heard)


def test_slacks_challenge_comes_back_and_only_to_slack(caller: Caller) -> None:
    """Slack asks so when a request URL is entered; source: docs.slack.dev/reference/events/url_verification."""
    asked = json.dumps({"type": "url_verification", "token": "t", "challenge": "3eZbrw1aBm2rZgRNFdxV"})
    status, said = caller.post(asked, content_type="application/json")
    assert (status, json.loads(said)) == (200, {"challenge": "3eZbrw1aBm2rZgRNFdxV"})
    assert caller.post(asked, content_type="application/json", signature="v0=" + "0" * 64)[0] == 401
    assert caller.heard == []


def test_a_command_is_answered_in_its_ack(caller: Caller) -> None:
    assert caller.post(urlencode(COMMAND)) == (200, "found")


def test_a_command_whose_text_holds_the_word_payload(caller: Caller) -> None:
    for text in ("payload@example.com", "payload", "payload=x", 'payload={"a":1}'):
        status, _ = caller.post(urlencode({**COMMAND, "text": text}))
        assert status == 200
        assert caller.heard[-1]["text"] == text


def test_an_interaction(caller: Caller) -> None:
    payload = {"type": "block_actions", "actions": [{"action_id": "go", "block_id": "b", "type": "button"}]}
    status, _ = caller.post(urlencode({"payload": json.dumps(payload)}))
    assert status == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"signature": ""},
        {"signature": "v0=" + "0" * 64},
        {"signature": "v0=é"},
        {"timestamp": ""},
        {"timestamp": "soon"},
        {"timestamp": "١٢٣"},
        {"timestamp": "-1"},
        {"timestamp": "9" * 400},
        {"timestamp": "1700000000"},
    ],
)
def test_a_bad_signature_or_time_is_401(caller: Caller, wrong: dict[str, str]) -> None:
    assert caller.post(urlencode(COMMAND), **wrong)[0] == 401
    assert caller.heard == []


def test_a_replay_is_401_in_every_process(caller: Caller, database: Database) -> None:
    body, now = urlencode(COMMAND), str(int(time.time()))
    assert caller.post(body, timestamp=now)[0] == 200
    other = Caller(Web(caller.web._app, SECRET, Replays(database, SystemClock()), list), caller.heard)
    assert other.post(body, timestamp=now)[0] == 401
    assert len(caller.heard) == 1


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("payload=%7Bnot+json", FORM),
        ("payload=[1]", FORM),
        ("payload=" + "[" * 100_000, FORM),
        ("{", "application/json"),
        ("[]", "application/json"),
        ('{"event": 7}', "application/json"),
        ('payload={"type": "block_actions", "actions": [{}]}', FORM),
        ("no pairs here", FORM),
        (b"\xff\xfe", FORM),
        ("&".join(f"a{n}=1" for n in range(500)), FORM),
    ],
)
def test_a_malformed_body_is_400(caller: Caller, body: bytes | str, content_type: str) -> None:
    assert caller.post(body, content_type=content_type)[0] == 400
    assert caller.heard == []


def test_an_oversized_body_is_413_before_it_is_read(caller: Caller) -> None:
    assert caller.post("x", length=str(LARGEST_BODY + 1))[0] == 413
    assert caller.post("x", length="")[0] == 400
    assert caller.post("x", length="lots")[0] == 400


def test_bolts_own_headers_from_outside_do_nothing(caller: Caller) -> None:
    status, _ = caller.post(
        urlencode(COMMAND), HTTP_X_SLACK_BOLT_LAZY_ONLY="1", HTTP_X_SLACK_BOLT_LAZY_FUNCTION_NAME="listener"
    )
    assert status == 200
    assert len(caller.heard) == 1


def test_nothing_else_is_there(caller: Caller) -> None:
    assert caller.post("", path="/", method="GET")[0] == 404
    assert caller.post("", path="/slack/events", method="GET")[0] == 404
    assert caller.post("", path="/healthz", method="GET") == (200, "ok")


def test_readiness_says_what_is_wrong(caller: Caller) -> None:
    assert caller.post("", path="/readyz", method="GET")[0] == 200
    caller.web._ready = lambda: [failed("directory", "cannot be reached", "mend it")]
    status, answer = caller.post("", path="/readyz", method="GET")
    assert status == 503
    assert "directory: failed" in answer
    assert "cannot be reached" not in answer


def test_a_warning_is_named_and_is_no_reason_not_to_be_ready(caller: Caller, database: Database) -> None:
    with database.write() as session:
        session.add(CircuitRow(name="texts", failures=3, opened_at=SystemClock().now(), cause="carrier_unreachable"))
    caller.web._ready = lambda: [sending(database.engine)]
    assert caller.post("", path="/readyz", method="GET") == (200, "sending: warning\n")


def test_without_our_database_the_listener_answers_and_nothing_is_a_500(caller: Caller, database: Database) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE locksmith_seen")
    assert caller.post(urlencode(COMMAND))[0] == 200


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(body=st.binary(max_size=300), content_type=st.sampled_from([FORM, "application/json", "", "text/plain"]))
def test_whatever_comes_signed_it_is_never_a_500(caller: Caller, body: bytes, content_type: str) -> None:
    assert caller.post(body, content_type=content_type)[0] < 500


def test_parsing_keeps_empty_fields() -> None:
    assert parse("command=%2Freset-user&text=", FORM)["text"] == ""


def test_the_end_is_told_to_our_work_before_the_server_ends() -> None:
    stopping, told = Event(), list[bool]()
    before = signal.signal(signal.SIGTERM, lambda *_: told.append(stopping.is_set()))
    try:
        stop_at_signal(stopping)
        signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert told == [True]


def test_at_the_end_nothing_new_is_begun() -> None:
    """What Python does with a pool at its end: it waits until the queue is empty."""
    stopping, begun, holding, done = Event(), Event(), Event(), list[str]()
    pool = Pool(1, stopping)

    def long() -> None:
        begun.set()
        holding.wait(10)
        done.append("in hand")

    pool.submit(long)
    pool.submit(lambda: done.append("in the queue"))
    begun.wait(10)
    stopping.set()
    holding.set()
    pool._pool.shutdown(wait=True)
    assert done == ["in hand"]
