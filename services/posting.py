"""One post of one request's secret, tried again only where it surely did not happen (PROTOCOL rules 1 and 12)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event

from services.db.session import Database
from services.db.tables import RequestRow
from services.errors import NotPosted
from services.lifecycle import Moved, lock
from services.model import Cause, State
from services.ports import Clock, Receipt

POST_WITHIN = timedelta(seconds=5)
"""Step 1 to the post: a process that slept in between must not post."""
FIRST_WAIT = 0.3
"""Seconds; then doubling, each up to a half more or less: what failed together must not come back together."""
_random = secrets.SystemRandom()


class Poster:
    """`pause` waits so many seconds, or less where this process ends."""

    def __init__(
        self, *, database: Database, clock: Clock, pause: Callable[[float], object], stopping: Event
    ) -> None:
        self._database = database
        self._clock = clock
        self._pause = pause
        self._stopping = stopping

    def post(self, request_id: str, send: Callable[[RequestRow], Receipt]) -> Receipt:
        """`send` hands it over once. Raises Moved, and what it raises; NotPosted(TOO_LATE) where the time was up."""
        fault = NotPosted(Cause.TOO_LATE)
        tries = 0
        while True:
            row = self._count(request_id)
            if not self._in_time(row):
                raise fault
            try:
                return send(row)
            except NotPosted as not_posted:
                fault = not_posted
            wait = _wait(tries, fault.after)
            if not self._in_time(row, wait):
                raise fault
            self._pause(wait)
            if self._stopping.is_set():
                raise fault
            tries += 1

    def _count(self, request_id: str) -> RequestRow:
        """Nothing is posted that is not counted and still to be sent: whoever ends it first keeps us from posting."""
        with self._database.write() as session:
            row = lock(session, request_id)
            if row.state != State.SENDING:
                raise Moved(State(row.state))
            row.post_tries += 1
            return row

    def _in_time(self, row: RequestRow, later: float = 0) -> bool:
        at: datetime = self._clock.now() + timedelta(seconds=later)
        return row.sending_at is not None and at - row.sending_at <= POST_WITHIN


def _wait(tries: int, at_least: float) -> float:
    """Seconds."""
    wait: float = FIRST_WAIT * 2**tries * _random.uniform(0.5, 1.5)
    return at_least + wait if at_least else wait
