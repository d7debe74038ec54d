"""Hearing all that is logged: what production writes, and what it leaves out."""

from __future__ import annotations

import copy
import io
import logging
import traceback
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass, field
from typing import Any

import structlog

from bot import log

_RELATED = ("slack_bolt", "slack_bolt.App", "slack_sdk", "twilio", "apscheduler", "urllib3", "sqlalchemy", "alembic")


@dataclass
class Listener(logging.Handler):
    """Writes down all that is logged, whole: with tracebacks and what exceptions say, allow-list or not."""

    entries: list[Any] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    stderr: io.StringIO = field(default_factory=io.StringIO)
    """What production's own handlers write."""

    def __post_init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(message)s %(args)r"))

    __hash__ = logging.Handler.__hash__

    def emit(self, record: logging.LogRecord) -> None:
        whole = copy.copy(record)
        whole.exc_text = None  # another handler may have left its shorter one here
        self.lines.append(self.format(whole))

    def hear(self, _logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """A structlog processor that changes nothing."""
        self.entries.append(dict(event))
        said = traceback.format_exc() if event.get("exc_info") else ""
        self.lines.append(f"{event!r} {said}")
        return event


@contextmanager
def listening(level: str) -> Iterator[Listener]:
    """Logging as in production, with somebody who listens to it. Afterwards all is as it was."""
    root = logging.getLogger()
    related = [logging.getLogger(name) for name in (*_RELATED, "asyncio")]
    before = (root.level, list(root.handlers), [logger.level for logger in related])
    listener = Listener()
    with redirect_stderr(listener.stderr):
        log.configure(level)
    root.addHandler(listener)
    structlog.configure(processors=[listener.hear, *structlog.get_config()["processors"]])
    try:
        yield listener
    finally:
        structlog.reset_defaults()
        root.level, root.handlers[:], levels = before
        for logger, was in zip(related, levels, strict=True):
            logger.setLevel(was)
