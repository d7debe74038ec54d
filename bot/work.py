"""The bounded pool for work that must not hold up an answer in the chat."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore, Event, Lock

import structlog

from services.ports import Executor


class Pool:
    """All of it is rows in the database first: what does not fit now, or is lost, a job picks up later.

    `stopping`: what has not begun by then is left to such a job. Python ends threads only when their queue is empty.
    """

    def __init__(self, threads: int, stopping: Event, *, waiting: int = 100) -> None:
        self._stopping = stopping
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="work")
        self._room = BoundedSemaphore(threads + waiting)

    def submit(self, work: Callable[[], object]) -> None:
        if not self._room.acquire(blocking=False):
            return
        try:
            self._pool.submit(self._run, work)
        except RuntimeError:  # shutting down
            self._room.release()

    def _run(self, work: Callable[[], object]) -> None:
        try:
            if not self._stopping.is_set():
                work()
        except Exception:  # noqa: BLE001  (the pool must go on)
            structlog.get_logger().exception("work failed")
        finally:
            self._room.release()

    def drain(self) -> None:
        """Lets what has begun end; takes nothing new."""
        self._pool.shutdown(wait=True, cancel_futures=True)


class Once:
    """One piece of work that is handed in at most once while it waits: ten changes need one announcing."""

    def __init__(self, executor: Executor, work: Callable[[], object]) -> None:
        self._executor = executor
        self._work = work
        self._waiting = Lock()

    def submit(self) -> None:
        if self._waiting.acquire(blocking=False):
            self._executor.submit(self._run)

    def _run(self) -> None:
        self._waiting.release()  # before the work: what changes while it runs needs another
        self._work()


class Inline:
    """Does the work at once, in the caller's thread: for tests and one-off commands."""

    def submit(self, work: Callable[[], object]) -> None:
        work()

    def drain(self) -> None:
        """Nothing waits."""
