"""Looking at many things at once, each with a time limit of its own, and what was found.

A look never raises and never says a secret.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Status(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "not checked"
    """Neither good nor bad: it could not be looked at, and `found` says why."""


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. `mend` is empty where there is nothing to do."""

    name: str
    status: Status
    found: str
    mend: str = ""

    @property
    def failed(self) -> bool:
        return self.status is Status.FAILED


@dataclass(frozen=True)
class Probe:
    """Looks that belong together, one after another, with a time limit of their own."""

    name: str
    seconds: float
    look: Callable[[], Iterable[Check]]


@dataclass
class _Look:
    thread: threading.Thread
    until: float
    found: list[Check]


@dataclass
class Lookout:
    """Runs probes side by side; one that hangs is reported and does not hide the others.

    A probe that still hangs from an earlier round is not started a second time, so that a readiness probe every
    few seconds cannot pile up threads.
    """

    _hanging: dict[str, threading.Thread] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def look(self, probes: Sequence[Probe]) -> list[Check]:
        """In the order of `probes`, whatever answers first."""
        with self._lock:
            looks = {probe.name: self._start(probe) for probe in probes}
        return [check for probe in probes for check in self._outcome(probe, looks[probe.name])]

    def _start(self, probe: Probe) -> _Look:
        found: list[Check] = []
        earlier = self._hanging.get(probe.name)
        if earlier is not None and earlier.is_alive():
            return _Look(earlier, time.monotonic(), found)
        thread = threading.Thread(target=_take, args=(probe, found), name=f"look at {probe.name}", daemon=True)
        self._hanging[probe.name] = thread
        thread.start()
        return _Look(thread, time.monotonic() + probe.seconds, found)

    @staticmethod
    def _outcome(probe: Probe, look: _Look) -> list[Check]:
        look.thread.join(max(0.0, look.until - time.monotonic()))
        late = look.thread.is_alive()
        found = list(look.found)
        if late:
            found.append(
                failed(
                    probe.name,
                    f"No answer within {probe.seconds:g} s.",
                    "See that it is up and that this machine may reach it.",
                )
            )
        return found


def _take(probe: Probe, found: list[Check]) -> None:
    try:
        found.extend(probe.look())
    except Exception as error:  # noqa: BLE001  (a fault of one look must not hide the others)
        found.append(failed(probe.name, f"The look itself broke ({type(error).__name__}).", "Report this as a bug."))


def ok(name: str, found: str) -> Check:
    return Check(name, Status.OK, found)


def warning(name: str, found: str, mend: str) -> Check:
    return Check(name, Status.WARNING, found, mend)


def failed(name: str, found: str, mend: str) -> Check:
    return Check(name, Status.FAILED, found, mend)


def skipped(name: str, why: str) -> Check:
    return Check(name, Status.SKIPPED, why)
