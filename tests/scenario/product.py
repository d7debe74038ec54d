"""The product as its people meet it: the sign-in page over HTTP, and its database as its operator does."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from html import unescape
from pathlib import Path
from threading import Event
from typing import Any

import argon2
import requests
from sqlalchemy import Engine, event

HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
LONGEST = 30.0
"""Seconds that a product may hang."""
_MAIN = re.compile(r"<main>(.*)</main>", re.DOTALL)
_TAGS = re.compile(r"<style.*?</style>|<[^>]+>", re.DOTALL)


class Visitor:
    """One browser at the product."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/product"
        self._session = requests.Session()
        self._session.trust_env = False

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def sign_in(self, email: str, password: str) -> str:
        """What the page says after it."""
        return self._read(self._session.post(f"{self._url}/sign-in", {"email": email, "password": password}))

    def choose(self, new: str, current: str = "") -> str:
        """`current` is asked for only after a sign-in with an own password."""
        form = {"new": new, "again": new, "current": current}
        return self._read(self._session.post(f"{self._url}/choose-password", form))

    def home(self) -> str:
        return self._read(self._session.get(f"{self._url}/home"))

    @staticmethod
    def _read(answer: requests.Response) -> str:
        main = _MAIN.search(answer.text)
        assert main, answer.text
        return " ".join(unescape(_TAGS.sub(" ", main.group(1))).split())


class Product:
    def __init__(self, url: str, file: Path) -> None:
        self._url = url
        self.file = file
        self._away, self._there = Event(), Event()
        self._there.set()

    def visit(self) -> Visitor:
        return Visitor(self._url)

    def opens(self, email: str, password: str) -> bool:
        """Whether this password lets its person in now. A temporary one is used up by it."""
        with self.visit() as visitor:
            said = visitor.sign_in(email, password)
        return "Welcome" in said or "Choose your own password" in said

    def person(self, email: str) -> dict[str, Any]:
        with closing(sqlite3.connect(self.file)) as database:
            database.row_factory = sqlite3.Row
            found = database.execute("SELECT * FROM people WHERE email = ?", (email,)).fetchone()
        assert found, email
        return dict(found)

    def change(self, email: str, /, **values: object) -> None:
        """The product, or its operator, writes into its own table."""
        columns = ", ".join(f"{name} = ?" for name in values)
        with closing(sqlite3.connect(self.file)) as database, database:
            statement = f"UPDATE people SET {columns} WHERE email = ?"  # noqa: S608  (our own words)
            assert database.execute(statement, (*values.values(), email)).rowcount == 1

    def run(self, statement: str) -> None:
        with closing(sqlite3.connect(self.file)) as database, database:
            database.execute(statement)

    def remove(self, email: str) -> None:
        with closing(sqlite3.connect(self.file)) as database, database:
            assert database.execute("DELETE FROM people WHERE email = ?", (email,)).rowcount == 1

    def set_password(self, email: str, password: str) -> None:
        """As the product does when somebody chooses their own while nobody is helping them."""
        self.change(email, password_hash=HASHER.hash(password))

    def goes_away(self) -> None:
        """For Locksmith: whatever it asks is cut off in the middle."""
        self._away.set()

    def hangs(self) -> None:
        """For Locksmith: whatever it asks is answered when it is back."""
        self._there.clear()

    def comes_back(self) -> None:
        self._away.clear()
        self._there.set()

    def may_cut_off(self, engine: Engine) -> None:
        """Before its first connection."""

        @event.listens_for(engine, "connect")
        def on_connect(connection: Any, _entry: object) -> None:
            connection.set_progress_handler(self._cut_off, 1)

    def _cut_off(self) -> bool:
        return not self._there.wait(LONGEST) or self._away.is_set()
