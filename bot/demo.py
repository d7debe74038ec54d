"""`python -m bot demo`: the main job on one machine, without accounts.

Starts the sandbox (a stand-in for Slack, Twilio, phones and the product) as a process of its own and runs the
bot against it. The bot knows nothing of it: only two addresses and the clock differ.
"""

from __future__ import annotations

import secrets
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot import demo_data
from bot.build import Bot, Parts, build
from bot.demo_hooks import HookServer
from bot.settings import Settings

START_OVER = 3
"""The sandbox's exit status when somebody pressed "Start over"."""
ROOT = Path(__file__).resolve().parent.parent
_PATIENCE_SECONDS = 20.0
Say = Callable[[str], None]


class DemoError(Exception):
    """One sentence for the terminal."""


class DemoClock:
    """The sandbox's clock, which the page can move: real time plus the offset in a file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def now(self) -> datetime:
        try:
            offset = float(self._file.read_text(encoding="ascii") or 0)
        except (OSError, ValueError):
            offset = 0.0
        return datetime.now(UTC) + timedelta(seconds=offset)


def run(folder: Path, port: int, people: int, stop: threading.Event, say: Say, *, calls: bool = False) -> None:
    """Until `stop`; begins anew as often as the page asks for it. `calls`: people can be called. Raises DemoError."""
    if _taken(port):
        raise DemoError(f"Port {port} is in use. Stop what runs there, or: make demo PORT={port + 1}")
    while not stop.is_set() and _once(folder, port, people, stop, say, calls=calls) == START_OVER:
        shutil.rmtree(folder)
        say("Starting over with new data.")


def _once(folder: Path, port: int, people: int, stop: threading.Event, say: Say, *, calls: bool) -> int | None:
    folder.mkdir(exist_ok=True)
    product = f"sqlite:///{folder.resolve() / 'product.db'}"
    _fill(folder, people, say)
    sandbox = _start_sandbox(folder, port, product)
    hooks = HookServer() if calls else None
    try:
        _wait_for(sandbox, port)
        chosen = settings(folder, port, product, hooks.url if hooks else "")
        bot = build(chosen, Parts(clock=DemoClock(folder / "clock")))
        if hooks:
            hooks.serve(bot)
        _run_bot(bot, sandbox, stop, lambda: say(_ready(port, folder)))
        return sandbox.poll()
    finally:
        if hooks:
            hooks.close()
        sandbox.terminate()
        sandbox.wait(timeout=10)


def _run_bot(bot: Bot, sandbox: subprocess.Popen[bytes], stop: threading.Event, ready: Callable[[], None]) -> None:
    """The bot ends with the sandbox, or with `stop`."""
    ended = threading.Event()

    def watch() -> None:
        while sandbox.poll() is None and not stop.wait(0.2):
            pass
        ended.set()

    threading.Thread(target=watch, name="watch the sandbox", daemon=True).start()
    bot.run(ended, ready)


def settings(folder: Path, port: int, product: str, hooks_url: str = "") -> Settings:
    """The example file's settings with the sandbox's addresses and a key of this folder's own.

    `hooks_url`: where the sandbox reaches us; then people can be called.
    """
    key = folder / "secret_key"
    if not key.exists():
        key.touch(mode=0o600)
        key.write_text(secrets.token_hex(32), encoding="ascii")
    return Settings.load(
        {
            "SLACK_BOT_TOKEN": "xoxb-sandbox",
            "SLACK_APP_TOKEN": "xapp-sandbox",
            "SLACK_API_URL": f"http://127.0.0.1:{port}/api/",
            "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
            "TWILIO_AUTH_TOKEN": "sandbox-twilio-token",
            "TWILIO_FROM": "+15550100100",
            "TWILIO_API_URL": f"http://127.0.0.1:{port}",
            "DATABASE_URL": f"sqlite:///{folder.resolve() / 'locksmith.db'}",
            "DIRECTORY_URL": product,
            "SECRET_KEY": key.read_text(encoding="ascii"),
            "LOG_LEVEL": "WARNING",
            "PUBLIC_URL": hooks_url,
        },
        _file(folder, calls=bool(hooks_url)),
    )


def _file(folder: Path, *, calls: bool) -> Path:
    example = ROOT / "locksmith.example.toml"
    if not calls:
        return example
    with_calls = folder / "locksmith.toml"
    with_calls.write_text(f"{example.read_text(encoding='utf-8')}\n[call]\nenabled = true\n", encoding="utf-8")
    return with_calls


def _fill(folder: Path, people: int, say: Say) -> None:
    if (folder / "product.db").exists():
        return
    partial = folder / "product.partial.db"
    partial.unlink(missing_ok=True)

    def progress(done: int, of: int) -> None:
        say(f"\rMaking the demo product's people: {done:,} of {of:,}" + ("\n" if done == of else ""))

    demo_data.make(f"sqlite:///{partial.resolve()}", people, now=datetime.now(UTC), progress=progress)
    partial.rename(folder / "product.db")  # only a whole one: Ctrl-C in between leaves no half product


def _start_sandbox(folder: Path, port: int, product: str) -> subprocess.Popen[bytes]:
    arguments = [
        "--port",
        str(port),
        "--product",
        product,
        "--data",
        str(folder),
        "--manifest",
        str(ROOT / "manifest.yml"),
    ]
    # In its own process group: Ctrl-C reaches us, and we end it when the bot has let go of it.
    return subprocess.Popen([sys.executable, "-m", "sandbox", *arguments], cwd=ROOT, start_new_session=True)  # noqa: S603


def _wait_for(sandbox: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until and sandbox.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/api.test", data=b"", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise DemoError("The sandbox did not start; what it said stands above.")


def _ready(port: int, folder: Path) -> str:
    return f"Locksmith demo: http://127.0.0.1:{port}   Ctrl-C ends it, data stays in {folder}/\n"


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
        return False
