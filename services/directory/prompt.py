"""Reading the directory for an answer in the chat: within one second or not at all (PROTOCOL rule 18).

The database's own time-outs cannot promise that: finding the server's address, connecting and asking add up, and a
server that takes the connection and says nothing is given longer. So each read has a thread of its own, which is
left behind where it takes too long, and ends by those time-outs. Only so many are left behind at a time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeVar

from services.errors import DirectoryUnreachable
from services.model import Abilities, Person
from services.ports import People

T = TypeVar("T")
SECONDS = 1.0
MOST = 10


class Prompt:
    """Implements `services.ports.People`, in front of another."""

    def __init__(self, people: People, *, seconds: float = SECONDS, most: int = MOST) -> None:
        self._people = people
        self._seconds = seconds
        self._room = threading.BoundedSemaphore(most)

    @property
    def abilities(self) -> Abilities:
        return self._within(lambda: self._people.abilities)

    def by_keys(self, keys: Sequence[str]) -> dict[str, Person]:
        return self._within(lambda: self._people.by_keys(keys))

    def by_email(self, email: str) -> list[Person]:
        """An address may be looked up in a copy that lags, so whoever is found is read again in the same second."""

        def read() -> list[Person]:
            found = [person.key for person in self._people.by_email(email)]
            return list(self._people.by_keys(found).values()) if found else []

        return self._within(read)

    def try_to(self, work: Callable[[], object]) -> None:
        """Something that reads, and that the answer can do without where it takes too long."""
        with suppress(DirectoryUnreachable):
            self._within(work)

    def _within(self, read: Callable[[], T]) -> T:
        """Raises DirectoryUnreachable, also where all threads that there may be are busy for so long."""
        until = time.monotonic() + self._seconds
        if not self._room.acquire(timeout=self._seconds):
            raise DirectoryUnreachable
        found: Future[T] = Future()
        threading.Thread(target=self._read, args=(read, found), name="read the directory", daemon=True).start()
        try:
            return found.result(max(0.0, until - time.monotonic()))
        except TimeoutError:
            raise DirectoryUnreachable from None

    def _read(self, read: Callable[[], T], found: Future[T]) -> None:
        try:
            found.set_result(read())
        except BaseException as fault:  # noqa: BLE001  (whatever it is, it is for whoever asked)
            found.set_exception(fault)
        finally:
            self._room.release()
