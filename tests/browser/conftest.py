"""The demo as a newcomer starts it, and a headless Chromium in front of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.chromium import CHROMIUM
from tests.processes.patience import eventually
from tests.processes.yard import free_port

ROOT = Path(__file__).resolve().parents[2]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"))


@pytest.fixture
def demo(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """`python -m bot demo` in a process of its own; its address. The parameter, if any, names the product."""
    port = free_port()
    arguments = ["--port", str(port), "--people", "300", "--folder", str(tmp_path / ".demo")]
    arguments += ["--directory", getattr(request, "param", "statstak")]
    log = tmp_path / "demo.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  (our own command)
            [sys.executable, "-m", "bot", "demo", *arguments], cwd=ROOT, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _ready(process, log)
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.send_signal(signal.SIGINT)
            status = process.wait(timeout=15)
    assert status == 0, log.read_text()


def _ready(process: subprocess.Popen[bytes], log: Path) -> None:
    """Waits for the line that a newcomer waits for."""
    line = b"Locksmith demo: http"
    eventually("the demo is there", lambda: line in log.read_bytes() or process.poll() is not None)
    assert line in log.read_bytes(), log.read_text()


@pytest.fixture
def page(browser: Browser, demo: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, timezone_id="America/New_York")
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(demo)
    yield page
    context.close()
    assert faults == []


@pytest.fixture
def picture(tmp_path: Path) -> Callable[[str, Page | Locator], None]:
    """Takes a picture; `make pictures` sends them to docs/images."""
    folder = Path(os.environ.get("LOCKSMITH_PICTURES") or tmp_path)

    def take(name: str, what: Page | Locator) -> None:
        what.screenshot(path=folder / f"{name}.png", animations="disabled")

    return take
