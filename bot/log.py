"""Structured logs: one JSON line an event, fields by allow-list.

What is not on the list does not get in: no bodies, no names, no numbers, no exception texts. A traceback is
logged as places only (file, line, function), because values in it could be what must not leak.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

ALLOWED = frozenset(
    {
        "event", "level", "timestamp", "trace", "reference", "request_id", "message_id", "state", "outbox_id",
        "user_id", "workspace", "channel",
        "what", "kind", "code", "fault", "said", "job", "count", "seconds", "places", "port", "version", "url",
    }
)  # fmt: skip
_QUIET = ("slack_sdk", "twilio", "apscheduler", "urllib3", "sqlalchemy", "alembic", "asyncio")


def allow_list(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """structlog processor: drops every field that is not allowed."""
    fault = event.pop("exc_info", None)
    if fault:
        error = fault if isinstance(fault, BaseException) else sys.exc_info()[1]
        if error is not None:
            event["fault"] = type(error).__name__
            event["places"] = places(error)
    return {name: value for name, value in event.items() if name in ALLOWED}


def places(error: BaseException) -> str:
    """Where it happened, innermost last; nothing of what was said there."""
    frames = traceback.extract_tb(error.__traceback__)
    return " > ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames)


class Json(logging.Formatter):
    """For libraries: their message as one JSON line, and of an exception only the places."""

    def format(self, record: logging.LogRecord) -> str:
        line = {"level": record.levelname.lower(), "logger": record.name, "event": record.getMessage()}
        if record.exc_info and record.exc_info[1] is not None:
            line |= {"fault": type(record.exc_info[1]).__name__, "places": places(record.exc_info[1])}
        return json.dumps(line, sort_keys=True)


def configure(level: str) -> None:
    """Once per process, before anything else logs."""
    handler = logging.StreamHandler()
    handler.setFormatter(Json())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # "one runs already" is how a slow job waits
    logging.getLogger("slack_bolt").setLevel(logging.ERROR)  # its warnings quote the body of what nobody handled
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,  # `trace`: from Slack's envelope to the carrier's message
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            allow_list,
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
