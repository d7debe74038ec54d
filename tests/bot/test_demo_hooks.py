"""The demo's own way for Twilio's requests: there before the bot, closed to Slack, and silent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from bot import demo
from bot.build import Parts, build
from bot.demo_hooks import HookServer
from tests.scenario.story import HandClock

CALL = "/twilio/call/" + "0" * 32


@pytest.fixture
def served(tmp_path: Path, migrated_file: Path) -> Iterator[str]:
    (tmp_path / "locksmith.db").write_bytes(migrated_file.read_bytes())
    hooks = HookServer()
    settings = demo.settings(tmp_path, 9, f"sqlite:///{tmp_path / 'product.db'}", hooks.url)
    assert settings.rules.calls
    assert settings.environment.public_url == hooks.url
    bot = build(settings, Parts(clock=HandClock()))
    hooks.serve(bot)
    yield hooks.url
    hooks.close()
    bot.close()


def test_it_answers_twilio_and_nobody_else(served: str, capfd: pytest.CaptureFixture[str]) -> None:
    with requests.Session() as session:
        session.trust_env = False
        assert session.get(f"{served}/healthz", timeout=5).text == "ok"
        assert session.post(f"{served}{CALL}?s=x&n=1", data={"Digits": "1"}, timeout=5).status_code == 403
        assert session.post(f"{served}/slack/events", data={"command": "/reset-user"}, timeout=5).status_code == 401
    assert CALL not in "".join(capfd.readouterr())


def test_without_calls_the_demo_has_the_examples_settings(tmp_path: Path) -> None:
    settings = demo.settings(tmp_path, 9, "sqlite://")
    assert not settings.rules.calls
    assert not settings.environment.public_url
    assert not (tmp_path / "locksmith.toml").exists()
