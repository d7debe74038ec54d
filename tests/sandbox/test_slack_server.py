"""The process: who may talk to it, how it starts and how it ends."""

import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from sandbox.app import Running
from tests.sandbox.slack_app import WAIT, call, fetch

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8765", "127.0.0.1.evil.example", ""])
def test_only_loopback_hosts(sandbox: Running, host: str) -> None:
    assert fetch(f"{sandbox.url}/control/state?as=U0SAM", headers={"Host": host})[0] in {400, 403}


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
def test_no_foreign_origin(sandbox: Running, origin: str) -> None:
    assert fetch(f"{sandbox.url}/act/reload", {"as": "U0SAM"}, {"Origin": origin})[0] == 403
    address = sandbox.url.replace("http", "ws") + "/socket?ticket=x"
    with pytest.raises(InvalidStatus):
        connect(address, additional_headers={"Origin": origin}, proxy=None)


def test_its_own_page_may_act(sandbox: Running) -> None:
    assert call(f"{sandbox.url}/act/reload", {"as": "U0SAM"}, {"Origin": sandbox.url})["ok"]
    port = sandbox.url.rpartition(":")[2]
    host = f"localhost:{port}"
    headers = {"Host": host, "Origin": f"http://{host}"}
    assert call(f"{sandbox.url}/act/reload", {"as": "U0SAM"}, headers)["ok"]


def test_events_for_nobody(sandbox: Running) -> None:
    assert fetch(f"{sandbox.url}/events?as=U0NOBODY")[0] == 404


def test_a_permalink_leads_to_the_page(sandbox: Running) -> None:
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), Stay)
    with pytest.raises(urllib.request.HTTPError) as caught:
        opener.open(f"{sandbox.url}/archives/C0AUDIT/p1795468644305905", timeout=WAIT)
    with caught.value as answer:
        assert answer.headers["Location"] == "/?channel=C0AUDIT&message=p1795468644305905"


@contextmanager
def process(manifest: Path, port: int, *more: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "sandbox", "--port", str(port), "--manifest", str(manifest), *more]
    with subprocess.Popen(  # noqa: S603 - our own program
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        try:
            yield running
        finally:
            running.kill()


def free_port() -> int:
    """A port that nobody listens on, from below the range that outgoing connections take theirs from."""
    for port in random.sample(range(20_000, 30_000), 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("no free port in a hundred tries")


@contextmanager
def listening(manifest: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A sandbox process that has answered once."""
    port = free_port()
    with process(manifest, port) as running:
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + WAIT
        while time.monotonic() < deadline and running.poll() is None:
            try:
                call(f"{url}/control/traffic")
            except OSError:
                continue
            yield running, url
            return
    raise AssertionError("the sandbox did not start")


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_quickly_and_quietly(manifest: Path, sent: signal.Signals) -> None:
    with listening(manifest) as (running, url):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{url}/events?as=U0SAM", timeout=WAIT) as stream:
            assert stream.readline().startswith(b"data: ")
            asked = time.monotonic()
            running.send_signal(sent)
            said, _ = running.communicate(timeout=WAIT)
        assert (running.returncode, said) == (0, "")
        assert time.monotonic() - asked < 2


def test_start_over_ends_it_with_its_own_status(manifest: Path) -> None:
    with listening(manifest) as (running, url):
        assert call(f"{url}/control/start-over", {})["ok"]
        said, _ = running.communicate(timeout=WAIT)
        assert (running.returncode, said) == (3, "")


def test_no_manifest(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere.yml"
    with process(nowhere, 0) as running:
        said, _ = running.communicate(timeout=WAIT)
    assert (running.returncode, said) == (
        1,
        f"There is no manifest at {nowhere}: name one with --manifest.\n",
    )


def test_a_port_in_use(manifest: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with process(manifest, port) as running:
            said, _ = running.communicate(timeout=WAIT)
    assert (running.returncode, said) == (2, f"Port {port} is in use: choose another with --port.\n")
