"""`python -m bot demo`: the main job on one machine, without accounts.

Starts the sandbox (a stand-in for Slack, Twilio, phones and the product) as a process of its own and runs the
bot against it. The bot knows nothing of it: only two addresses and the clock differ. With `directory` "django" the
product is a real site in a third process (bot/demo_products.py).
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
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.build import Bot, Parts, build
from bot.demo_hooks import HookServer
from bot.demo_products import ROOT, DemoError, Product, Say, StatStak, open_product
from bot.settings import Settings

__all__ = ["ROOT", "DemoClock", "DemoError", "run", "settings"]
START_OVER = 3
"""The sandbox's exit status when somebody pressed "Start over"."""
_PATIENCE_SECONDS = 20.0


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


def run(
    folder: Path,
    port: int,
    people: int,
    stop: threading.Event,
    say: Say,
    *,
    calls: bool = False,
    directory: str = "statstak",
) -> None:
    """Until `stop`; begins anew as often as the page asks for it. `calls`: people can be called. Raises DemoError."""
    if _taken(port):
        raise DemoError(f"Port {port} is in use. Stop what runs there, or: make demo PORT={port + 1}")
    demo = _Demo(folder, port, open_product(directory, folder), people, stop, say, calls)
    while not stop.is_set() and demo.once() == START_OVER:
        shutil.rmtree(folder)
        say("Starting over with new data.")


@dataclass
class _Demo:
    folder: Path
    port: int
    product: Product
    people: int
    stop: threading.Event
    say: Say
    calls: bool

    def once(self) -> int | None:
        """Until `stop`, or until the sandbox ends, with its exit status then."""
        self.folder.mkdir(exist_ok=True)
        self.product.fill(self.people, self.say)
        with closing(self.product):
            sandbox = _start_sandbox(self.folder, self.port, self.product.start())
            hooks = HookServer() if self.calls else None
            try:
                self._with(sandbox, hooks)
                return sandbox.poll()
            finally:
                if hooks:
                    hooks.close()
                sandbox.terminate()
                sandbox.wait(timeout=10)

    def _with(self, sandbox: subprocess.Popen[bytes], hooks: HookServer | None) -> None:
        _wait_for(sandbox, self.port)
        hooks_url = hooks.url if hooks else ""
        chosen = settings(self.folder, self.port, self.product.url, hooks_url, self.product.directory)
        bot = build(chosen, Parts(clock=DemoClock(self.folder / "clock")))
        if hooks:
            hooks.serve(bot)
        _run_bot(bot, sandbox, self.stop, lambda: self.say(_ready(self.port, self.folder)))


def _run_bot(bot: Bot, sandbox: subprocess.Popen[bytes], stop: threading.Event, ready: Callable[[], None]) -> None:
    """The bot ends with the sandbox, or with `stop`."""
    ended = threading.Event()

    def watch() -> None:
        while sandbox.poll() is None and not stop.wait(0.2):
            pass
        ended.set()

    threading.Thread(target=watch, name="watch the sandbox", daemon=True).start()
    bot.run(ended, ready)


def settings(
    folder: Path, port: int, product: str, hooks_url: str = "", directory: str = StatStak.directory
) -> Settings:
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
        _file(folder, directory, calls=bool(hooks_url)),
    )


def _file(folder: Path, directory: str, *, calls: bool) -> Path:
    example = ROOT / "locksmith.example.toml"
    text = example.read_text(encoding="utf-8")
    wanted = text.replace(StatStak.directory, directory) + ("\n[call]\nenabled = true\n" if calls else "")
    if wanted == text:
        return example
    changed = folder / "locksmith.toml"
    changed.write_text(wanted, encoding="utf-8")
    return changed


def _start_sandbox(folder: Path, port: int, product: list[str]) -> subprocess.Popen[bytes]:
    arguments = [
        "--port",
        str(port),
        *product,
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
