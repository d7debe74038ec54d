"""A running sandbox, an app on slack_sdk's own clients, and a person's hands."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.app import Running, start
from tests.sandbox.slack_app import Person, SlackApp, write_manifest


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """slack_sdk sends even loopback calls through a proxy that the environment names."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    return write_manifest(tmp_path / "manifest.yml")


@pytest.fixture
def sandbox(manifest: Path) -> Iterator[Running]:
    running = start(manifest=manifest, ack_seconds=0.3)
    yield running
    running.close()


@pytest.fixture
def app(sandbox: Running) -> Iterator[SlackApp]:
    connected = SlackApp(sandbox.url)
    yield connected
    connected.close()


@pytest.fixture
def person(sandbox: Running) -> Callable[[str], Person]:
    return lambda user: Person(sandbox.url, user)


@pytest.fixture
def sam(person: Callable[[str], Person]) -> Person:
    return person("U0SAM")
