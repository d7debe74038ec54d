"""Twilio's question in the middle of a call, at the edge: forged, unknown, ended, twice; and what is logged of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urldefrag, urlsplit

import pytest
import structlog
from gunicorn.config import Config
from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot import log
from bot.twilio_hooks import TwilioHooks
from bot.wsgi import Web
from services.counters import Counters
from services.delivery.codes import Codes
from services.directory.presets import PRESETS
from services.errors import DatabaseUnreachable
from services.model import Request, State
from services.optouts import OptOuts
from services.receipts import Receipts
from services.replay import Replays
from tests.bot.test_twilio_hooks import OURS, PUBLIC, TOKEN, Line, Taker
from tests.services.house import SAM, House, Now, make_house
from tests.services.test_calls import CALL, asked_at, said, secret_of

CALL_SID = "CA" + "1" * 32


@dataclass
class Ringing:
    """A call to Jane, and Twilio's side of the wire."""

    house: House
    line: Line
    request: Request

    def press(self, key: str = "1", *, document: str = "", sid: str = CALL_SID, **more: str) -> tuple[int, str]:
        """The document that was said last tells where to ask."""
        address = urlsplit(urldefrag(asked_at(document or self.house.carrier.posts[0][1])).url)
        fields = {"CallSid": sid, "CallStatus": "in-progress", "Digits": key, "From": OURS, "To": "+12025550142"}
        return self.ask(fields | more, address.path, address.query)

    def ask(self, fields: dict[str, str], path: str, query: str, signature: str | None = None) -> tuple[int, str]:
        status, body, _ = self.line.post(fields, path, query=query, signature=signature)
        return status, body

    @property
    def address(self) -> tuple[str, str]:
        address = urlsplit(urldefrag(asked_at(self.house.carrier.posts[0][1])).url)
        return address.path, address.query

    @property
    def read_out(self) -> bool:
        return self.house.resets.show(SAM, self.request.id).read_out_at is not None


@pytest.fixture
def ringing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ringing]:
    house = make_house(folder, PRESETS["statstak"], calls=True)
    counters = Counters(house.database, house.clock)
    optouts = OptOuts(house.database, house.seals, house.clock, Codes().failure)
    receipts = Receipts(
        lifecycle=house.lifecycle, follower=house.follower, optouts=optouts, counters=counters, clock=house.clock,
        executor=Now(), alarm=lambda *_, **__: None,
    )  # fmt: skip
    hooks = TwilioHooks(
        PUBLIC, TOKEN, OURS, receipts=receipts, optouts=optouts, counters=counters, clock=house.clock,
        calls=house.calls,
    )  # fmt: skip
    app = App(
        client=WebClient("xoxb-1"),
        authorize=lambda: AuthorizeResult(enterprise_id=None, team_id=None, bot_token="xoxb-1"),
        process_before_response=True,
        token_verification_enabled=False,
        request_verification_enabled=False,
    )
    web = Web(app, "shhh", Replays(house.database, house.clock), list, hooks)
    placed = house.carrier.call

    def with_a_real_id(*args: str, **more: object) -> object:
        return type(first := placed(*args, **more))(CALL_SID, first.status)  # type: ignore[arg-type]

    monkeypatch.setattr(house.carrier, "call", with_a_real_id)
    request = house.reset(answers=CALL)
    yield Ringing(house, Line(web, Taker(), counters, house.clock, house.database), request)
    house.database.close()
    house.engine.dispose()


@pytest.fixture
def folder(tmp_path: Path, migrated_file: Path) -> Path:
    (tmp_path / "locksmith.db").write_bytes(migrated_file.read_bytes())
    return tmp_path


def test_a_key_is_answered_with_what_to_say(ringing: Ringing) -> None:
    path, query = ringing.address
    status, body, headers = ringing.line.post(
        {"CallSid": CALL_SID, "CallStatus": "in-progress", "Digits": "1"}, path, query=query
    )
    assert (status, dict(headers)["Content-Type"]) == (200, "text/xml; charset=utf-8")
    assert secret_of(body)
    assert ringing.read_out


def test_the_same_key_twice_says_the_same_and_is_one_reading(ringing: Ringing) -> None:
    """Twilio asks again where our answer was lost."""
    first, second = ringing.press(), ringing.press()
    assert first == second
    assert secret_of(first[1])


def test_the_rounds_go_on_from_what_was_said(ringing: Ringing) -> None:
    document = ""
    for _ in range(3):
        status, document = ringing.press(document=document)
        assert status == 200
        assert secret_of(document)
    assert asked_at(document) == ""


@pytest.mark.parametrize("signature", ["", "forged", "AAAA="])
def test_a_forged_question_hears_nothing(ringing: Ringing, signature: str) -> None:
    path, query = ringing.address
    fields = {"CallSid": CALL_SID, "CallStatus": "in-progress", "Digits": "1"}
    assert ringing.ask(fields, path, query, signature) == (403, "Forbidden")
    assert not ringing.read_out
    assert ringing.line.forged == 1


def test_the_signature_covers_the_address_with_all_that_is_in_it(ringing: Ringing) -> None:
    path, query = ringing.address
    fields = {"CallSid": CALL_SID, "CallStatus": "in-progress", "Digits": "1"}
    status, _, _ = ringing.line.post(
        fields, path, query=query.replace("n=1", "n=2"), signed_for=f"{PUBLIC}{path}?{query}"
    )
    assert status == 403


@pytest.mark.parametrize(
    "more",
    [
        {"sid": "CA" + "2" * 32},
        {"CallStatus": "completed"},
        {"CallStatus": ""},
        {"key": "2"},
        {"key": ""},
    ],
)
def test_other_calls_ended_calls_and_other_keys_hear_nothing(ringing: Ringing, more: dict[str, str]) -> None:
    status, body = ringing.press(**more)
    assert status == 200
    assert secret_of(body) == ""
    assert not ringing.read_out


def test_unknown_requests_and_ended_ones_hear_that_there_is_nothing(ringing: Ringing) -> None:
    path, query = ringing.address
    fields = {"CallSid": CALL_SID, "CallStatus": "in-progress", "Digits": "1"}
    status, body = ringing.ask(fields, "/twilio/call/" + "0" * 32, query)
    assert (status, said(body)[0]) == (200, "Sorry, there is no temporary password to read out any more.")
    ringing.house.undo.withdraw(SAM, ringing.request.id)
    status, body = ringing.ask(fields, path, query)
    assert (status, secret_of(body)) == (200, "")


@pytest.mark.parametrize(
    ("fields", "query"),
    [
        ({"CallSid": "CA1"}, None),
        ({"Digits": None}, None),
        ({}, ""),
        ({}, "s=x"),
        ({}, "s=x&n=0"),
        ({}, "s=x&n=99"),
        ({}, "s=x&n=-1"),
        ({}, "n=1&n"),
    ],
)
def test_what_is_no_question_of_a_call_is_400(
    ringing: Ringing, fields: dict[str, str | None], query: str | None
) -> None:
    given = {"CallSid": CALL_SID, "CallStatus": "in-progress", "Digits": "1", **fields}
    path, usual = ringing.address
    asked = {name: value for name, value in given.items() if value is not None}
    assert ringing.ask(asked, path, usual if query is None else query)[0] == 400
    assert not ringing.read_out


def test_without_our_database_twilio_asks_again(ringing: Ringing, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise DatabaseUnreachable

    monkeypatch.setattr(ringing.house.calls, "_row", away)
    assert ringing.press()[0] == 503


def test_nobody_is_answered_where_calls_are_off(ringing: Ringing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ringing.line.web._twilio, "_calls", None)
    assert ringing.press()[0] == 404


def test_the_calls_own_receipts_end_it(ringing: Ringing) -> None:
    path = f"/twilio/receipts/{ringing.request.id}"
    assert ringing.ask({"CallSid": CALL_SID, "CallStatus": "ringing"}, path, "")[0] == 204
    ringing.press()
    assert ringing.ask({"CallSid": CALL_SID, "CallStatus": "completed", "CallDuration": "60"}, path, "")[0] == 204
    assert ringing.house.resets.show(SAM, ringing.request.id).state is State.DELIVERED
    assert ringing.ask({"CallSid": "CA" + "2" * 32, "CallStatus": "busy"}, path, "")[0] == 404


def test_no_log_has_the_address_or_what_was_said(ringing: Ringing, capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("DEBUG")
    try:
        _, document = ringing.press()
        ringing.press(sid="CA" + "2" * 32)
    finally:
        structlog.reset_defaults()
    token = parse_qs(ringing.address[1])["s"][0]
    logged = "".join(capsys.readouterr())
    assert "call:read_out" in logged
    for secret in (token, token[:20], secret_of(document), said(document)[1]):
        assert secret not in logged


def test_the_server_keeps_no_access_log() -> None:
    """The address of a call holds what only our keys open; still it is better kept nowhere."""
    procfile = (Path(__file__).parents[2] / "Procfile").read_text(encoding="utf-8")
    assert "access-log" not in procfile
    assert Config().settings["accesslog"].get() is None
