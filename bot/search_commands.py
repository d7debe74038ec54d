"""The command line's part of the search: `python -m bot directory sync`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from time import monotonic

from sqlalchemy import func, select

from bot.build import SEARCH_LEASE, Bot
from services.db.session import Database
from services.db.tables import SearchStateRow, SearchStretchRow

_TELL_SECONDS = 2.0
"""A line about how far it is comes no more often."""
Say = Callable[[str], object]


def sync(bot: Bot, stop: threading.Event, say: Say, *, rebuild: bool) -> None:
    """Where another process keeps the search in step, that one does it and we tell how far it is."""
    began = bot.index.clock.now()
    if rebuild:
        bot.index.rebuild()
        say("Everybody is read anew. Until then people are found as before.")
    if not bot.leases.hold("search", SEARCH_LEASE):
        say("Another process keeps the search in step, once a minute. Waiting for it …")
        _wait(bot.database, began, stop, say)
        return
    told = Teller(say)
    try:
        changed = bot.index.sync(
            go_on=lambda: not stop.is_set() and bot.leases.hold("search", SEARCH_LEASE), tell=told
        )
    finally:
        bot.leases.release("search")
    if _in_step_since(bot.database, began):
        say(f"In step: {told.people:,} people, {changed:,} of them new, changed or gone.")
    else:
        say(f"Stopped at {told.people:,} people. What was done stays; the next one goes on from there.")


class Teller:
    """Says how far it is, and how fast, every two seconds."""

    def __init__(self, say: Say, clock: Callable[[], float] = monotonic) -> None:
        self._say, self._clock = say, clock
        self._began = self._last = clock()
        self.people = 0

    def __call__(self, people: int) -> None:
        self.people, now = people, self._clock()
        if now - self._last >= _TELL_SECONDS:
            self._last = now
            self._say(f"{people:,} people, {people / (now - self._began):,.0f} a second …")


def _wait(database: Database, began: datetime, stop: threading.Event, say: Say) -> None:
    known = -1
    while not _in_step_since(database, began):
        with database.read() as session:
            now = session.scalar(select(func.sum(SearchStretchRow.rows))) or 0
        if now != known:
            known = now
            say(f"{known:,} people …")
        if stop.wait(_TELL_SECONDS):
            return
    say("In step.")


def _in_step_since(database: Database, began: datetime) -> bool:
    with database.read() as session:
        at = session.scalar(select(SearchStateRow.in_step_at).where(SearchStateRow.filled))
    return at is not None and at >= began
