"""What is to be done later, by the sandbox's clock: it runs when time passes and when a tester moves the clock."""

import asyncio
import heapq
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

Work = Callable[[], Awaitable[None]]
SOONEST_LOOK = 0.05


@dataclass(order=True)
class Entry:
    """One thing to do; `work` is gone once somebody cancelled it."""

    at: float
    number: int
    work: Work | None = field(compare=False)

    def cancel(self) -> None:
        self.work = None


class Agenda:
    """Lives on the event loop."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._entries: list[Entry] = []
        self._count = 0
        self._timer: asyncio.TimerHandle | None = None
        self._running: set[asyncio.Task[None]] = set()

    def add(self, at: float, work: Work) -> Entry:
        self._count += 1
        entry = Entry(at, self._count, work)
        heapq.heappush(self._entries, entry)
        self.look()
        return entry

    def after(self, seconds: float, work: Work) -> Entry:
        return self.add(self._now() + seconds, work)

    def look(self) -> None:
        """Start what is due, and come back when the next thing is."""
        while self._entries and (self._entries[0].at <= self._now() or self._entries[0].work is None):
            entry = heapq.heappop(self._entries)
            if entry.work is not None:
                self._start(entry.work)
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self._entries:
            wait = max(SOONEST_LOOK, self._entries[0].at - self._now())
            self._timer = asyncio.get_running_loop().call_later(wait, self.look)

    def _start(self, work: Work) -> None:
        task = asyncio.ensure_future(work())
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def close(self) -> None:
        """Nothing more is done."""
        self._entries.clear()
        self.look()
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
