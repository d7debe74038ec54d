"""The doctor on what Twilio tells by itself: forged receipts, and where texts from people go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.doctor import callbacks
from bot.doctor.patient import Patient, receive
from sandbox.app import Running, start
from services.counters import Counters
from services.db.session import Database, make_engine
from services.lookout import Check, Status
from tests.bot.test_settings import FILE, GOOD
from tests.scenario.wire import tell
from tests.services.house import HandClock

ROOT = Path(__file__).resolve().parents[2]
PUBLIC = "http://127.0.0.1:8080"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    running = start(manifest=ROOT / "manifest.yml")
    yield running
    running.close()


@pytest.fixture
def environ(tmp_path: Path, migrated_file: Path, sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "locksmith.toml").write_text(FILE, encoding="utf-8")
    (tmp_path / "locksmith.db").write_bytes(migrated_file.read_bytes())
    return GOOD | {
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "sandbox-twilio-token",
        "TWILIO_API_URL": sandbox.url,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'locksmith.db'}",
        "LOCKSMITH_CONFIG": str(tmp_path / "locksmith.toml"),
        "PUBLIC_URL": PUBLIC,
    }


def look(environ: dict[str, str], **later: float) -> dict[str, Check]:
    clock = HandClock()
    clock.advance(**later)
    patient = receive(environ, clock=clock)
    assert isinstance(patient, Patient)
    return {check.name: check for check in callbacks.look(patient)}


def forge(environ: dict[str, str]) -> None:
    database = Database(make_engine(environ["DATABASE_URL"]))
    counters = Counters(database, HandClock())
    counters.count("receipts:forged", 7)
    counters.count("receipts:early", 2)
    database.close()


def test_without_a_public_address_receipts_are_polled(environ: dict[str, str]) -> None:
    (check,) = look(environ | {"PUBLIC_URL": ""}).values()
    assert check.status is Status.OK
    assert "By polling" in check.found


def test_a_wrong_address_is_put_right_first(environ: dict[str, str]) -> None:
    (check,) = look(environ | {"PUBLIC_URL": "nowhere"}).values()
    assert (check.status, check.found) == (Status.SKIPPED, "Put PUBLIC_URL right first.")


def test_forged_ones_of_the_last_day_are_a_warning(environ: dict[str, str]) -> None:
    forge(environ)
    check = look(environ, hours=23)["Twilio receipts"]
    assert check.status is Status.WARNING
    assert "7 were refused for their signature" in check.found
    assert "PUBLIC_URL" in check.mend


def test_older_ones_are_history(environ: dict[str, str]) -> None:
    forge(environ)
    check = look(environ, hours=25)["Twilio receipts"]
    assert check.status is Status.OK
    assert check.found == f"To {PUBLIC}. Out of the ordinary so far: early 2, forged 7."


def test_a_database_that_is_not_there_is_another_looks_concern(environ: dict[str, str], tmp_path: Path) -> None:
    check = look(environ | {"DATABASE_URL": f"sqlite:///{tmp_path / 'none.db'}"})["Twilio receipts"]
    assert check.status is Status.SKIPPED
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize(
    "sender",
    [{"TWILIO_FROM": "+15550100100"}, {"TWILIO_FROM": "", "TWILIO_MESSAGING_SERVICE_SID": "MG" + "0" * 32}],
)
def test_where_texts_from_people_go(environ: dict[str, str], sandbox: Running, sender: dict[str, str]) -> None:
    environ |= sender
    tell(f"{sandbox.url}/control/twilio", {"inbound_url": ""})
    check = look(environ)["Twilio inbound"]
    assert check.status is Status.WARNING
    assert f"{PUBLIC}/twilio/inbound" in check.mend
    tell(f"{sandbox.url}/control/twilio", {"inbound_url": f"{PUBLIC}/twilio/inbound#rc=5&rp=5xx"})
    assert look(environ)["Twilio inbound"].status is Status.OK


@pytest.mark.parametrize(
    "changes",
    [{"TWILIO_AUTH_TOKEN": "wrong"}, {"TWILIO_API_URL": "http://127.0.0.1:9"}, {"TWILIO_FROM": "+12025550100"}],
)
def test_what_cannot_be_read_is_not_guessed(environ: dict[str, str], changes: dict[str, str]) -> None:
    assert look(environ | changes)["Twilio inbound"].status is Status.SKIPPED
