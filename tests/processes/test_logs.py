"""What the processes say of themselves: JSON lines, one id from Slack's request to the carrier's, nobody's data."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

import pytest

from sandbox.cast import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET
from sandbox.twilio.network import TOKEN
from tests.processes.moves import main_job, numbers_of, secret_in
from tests.processes.wire import Json, command, press_button, signed
from tests.processes.yard import Yard


@dataclass(frozen=True)
class Told:
    """Whom the story was about, and the carrier's id of the text."""

    key: str
    email: str
    number: str
    sid: str


@pytest.fixture(scope="module")
def told(yard: Yard) -> Told:
    """A main job that was logged."""
    ((key, email),) = yard.ordinary(1, skip=30)
    number = numbers_of(yard, [email])[email]
    return Told(key, email, number, main_job(yard, yard.person("sam"), email, number))


def test_every_line_is_one_json_object(yard: Yard, told: Told) -> None:
    assert told.sid
    broken = [line for one in yard.processes for line in one.lines if not is_object(line)]
    assert broken == []


def test_one_id_from_the_press_to_the_carriers_message(yard: Yard, told: Told) -> None:
    asked = lines(yard, "web", "request:created", yard.request_of(told.email))
    (trace,) = {line["trace"] for line in asked}
    of_it = [line for one in yard.processes for line in one.logged("text:accepted") if line["trace"] == trace]
    assert [line["message_id"] for line in of_it] == [told.sid]
    followed = lines(yard, "worker", "password:chosen", yard.request_of(told.email))
    assert {line["trace"] for line in followed} == {trace}


def test_what_nobody_handles_is_not_quoted(yard: Yard) -> None:
    """Bolt warns of a request without a listener, and quotes it."""
    sam = yard.person("sam")
    button = {"type": "button", "action_id": "somebody:elses", "block_id": "x", "value": 'Ms "Quoted" Doe'}
    for fields in (
        {**command(sam, "x"), "command": "/jane-doe"},
        press_button(sam, sam.channel, {"ts": "1"}, button),
    ):
        assert signed(fields).to(yard.webs[0])[0] in (200, 404)
    assert [line for one in yard.processes for line in one.lines if "Unhandled" in line or "Quoted" in line] == []


def test_nobodys_data_and_no_secret(yard: Yard, told: Told) -> None:
    ((first, last),) = yard.product("SELECT first_name, last_name FROM people WHERE email = :email", email=told.email)
    (text,) = yard.texts_to(told.number)
    hunted = [
        told.email, first, last, "Okafor", told.number, told.number[2:], secret_in(text), "ZD-123",
        BOT_TOKEN, APP_TOKEN, SIGNING_SECRET, TOKEN, yard.environ["SECRET_KEY"], "/response/", "argon2", "postgres@",
    ]  # fmt: skip
    said = "\n".join(one.said for one in yard.processes)
    assert "request:created" in said
    assert [word for word in hunted if re.search(rf"\b{re.escape(word)}\b", said, re.IGNORECASE)] == []


def lines(yard: Yard, process: str, event: str, request_id: str) -> list[Json]:
    found = [line for one in yard.named(process) for line in one.logged(event)]
    return [line for line in found if line["request_id"] == request_id]


def is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False
