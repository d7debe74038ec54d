"""The clockwork: which service call runs how often.

APScheduler with its memory store is a clock only; what is due are rows in our tables, claimed by whoever comes
first (with a shared job store two processes ran one-off jobs twice).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from apscheduler.schedulers.background import BackgroundScheduler


@dataclass(frozen=True)
class Job:
    name: str
    seconds: float
    call: Callable[[], object]
    """One service call; safe to run in several processes at once."""


def schedule(jobs: list[Job]) -> BackgroundScheduler:
    """A started scheduler. A run that is late is run once, not as often as it was missed."""
    scheduler = BackgroundScheduler(timezone="UTC")
    for job in jobs:
        scheduler.add_job(
            _guarded(job),
            "interval",
            seconds=job.seconds,
            id=job.name,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
            next_run_time=datetime.now(UTC),  # at once, then every so often
        )
    scheduler.start()
    return scheduler


def _guarded(job: Job) -> Callable[[], None]:
    def run() -> None:
        try:
            job.call()
        except Exception:  # noqa: BLE001  (the clock must go on)
            structlog.get_logger().exception("job failed", job=job.name)

    return run
