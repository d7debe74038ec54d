"""What the demo resets passwords in: StatStak Labs, which the sandbox plays itself, or a site made with Django."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

from bot import demo_data
from bot.demo_data.cast import CAST
from bot.demo_data.crowd import crowd, filled

ROOT = Path(__file__).resolve().parent.parent
Say = Callable[[str], None]


class DemoError(Exception):
    """One sentence for the terminal."""


class Product(Protocol):
    directory: str
    """`[directory]` of the settings."""

    @property
    def url(self) -> str:
        """Of its database."""

    def fill(self, people: int, say: Say) -> None:
        """Unless it is there already."""

    def start(self) -> list[str]:
        """What the sandbox is told of it."""

    def close(self) -> None: ...


def open_product(name: str, folder: Path) -> Product:
    """Raises DemoError."""
    if name != "django":
        return StatStak(folder)
    if find_spec("django") is None:
        raise DemoError("Django is not installed here; this installs it: make demo DIRECTORY=django")
    return Django(folder)


class _InAFile:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "product.db"

    @property
    def url(self) -> str:
        return _url(self._file)

    def fill(self, people: int, say: Say) -> None:
        if self._file.exists():
            return
        partial = self._folder / "product.partial.db"
        for file in self._folder.glob(f"{partial.name}*"):
            file.unlink()

        def progress(done: int, of: int) -> None:
            say(f"\rMaking the demo product's people: {done:,} of {of:,}" + ("\n" if done == of else ""))

        self._make(_url(partial), people, progress)
        partial.rename(self._file)  # only a whole one: Ctrl-C in between leaves no half product

    def _make(self, url: str, people: int, progress: Callable[[int, int], None]) -> None:
        raise NotImplementedError


class StatStak(_InAFile):
    directory = 'preset = "statstak"'

    def _make(self, url: str, people: int, progress: Callable[[int, int], None]) -> None:
        demo_data.make(url, people, now=datetime.now(UTC), progress=progress)

    def start(self) -> list[str]:
        return ["--product", self.url]

    def close(self) -> None:
        """The sandbox plays it."""


class Django(_InAFile):
    """A process of its own. Its people and tables are made by Django, and its sign-in page is Django's."""

    directory = 'preset = "django"\n\n[directory.phone_table]\ntable = "accounts_profile"\nvalue = "mobile"'

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._process: subprocess.Popen[str] | None = None

    def _make(self, url: str, people: int, progress: Callable[[int, int], None]) -> None:
        with suppress(BrokenPipeError), _site("--database", url, "--make") as maker:
            if maker.stdin and maker.stdout:
                maker.stdin.writelines(json.dumps(person) + "\n" for person in _people(people))
                maker.stdin.close()
                for done in maker.stdout:
                    progress(int(done), max(people, len(CAST)))
        if maker.returncode:
            raise DemoError("Django could not make its database; what it said stands above.")

    def start(self) -> list[str]:
        self._process = _site("--database", self.url, "--clock", str(self._folder / "clock"))
        address = self._process.stdout.readline().strip() if self._process.stdout else ""
        if not address:
            raise DemoError("Django did not start; what it said stands above.")
        return ["--product-site", address]

    def close(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.communicate(timeout=10)


def _url(file: Path) -> str:
    return f"sqlite:///{file.resolve()}"


def _site(*arguments: str) -> subprocess.Popen[str]:
    """In its own process group, as the sandbox is."""
    command = [sys.executable, "-m", "sandbox.django_site", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True, start_new_session=True)  # noqa: S603


def _people(count: int) -> Iterator[dict[str, Any]]:
    """The cast and the crowd, with the password that Jane forgot; nobody knows anybody else's."""
    now = datetime.now(UTC)
    cast = (filled(number, role, "", now) for number, role in enumerate(CAST, start=1))
    for row in chain(cast, crowd(len(CAST) + 1, count, [""], now)):
        seen = row["last_sign_in_at"]
        yield {
            **{name: row[name] for name in ("first_name", "last_name", "email", "phone", "role", "active")},
            "password": demo_data.JANES_OLD_PASSWORD if row["id"] == 1 else "",
            "last_sign_in_at": seen and seen.isoformat(),
            "created_at": row["created_at"].isoformat(),
        }
