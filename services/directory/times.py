"""Times as products keep them: a timestamp, a text, or seconds or milliseconds since 1970."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

MILLISECONDS = 10**11
"""A number above is no seconds: those would be of the year 5138."""
_NUMBER = re.compile(r"\d{9,}(\.\d*)?")
"""Fewer digits are a day, like 20261129."""
_ZONE = re.compile(r"\s*\b(?:UTC|GMT)$|\s+(?=[+-]\d\d:?\d\d$)")
"""Ruby's and Node's libraries set the zone apart, or spell it."""


def aware(moment: datetime) -> datetime:
    """Times without a zone are UTC, as every well-made product stores them."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def time_of(value: Any) -> datetime | None:  # noqa: ANN401  (whatever the column holds)
    """None where no time stands there, or none that can be read."""
    match value:
        case datetime():
            return aware(value)
        case date():
            return datetime(value.year, value.month, value.day, tzinfo=UTC)
        case str():
            value = value.strip()
    try:
        if isinstance(value, str) and not _NUMBER.fullmatch(value):
            return aware(datetime.fromisoformat(_ZONE.sub("", value)))
        number = float(value or 0)
        return datetime.fromtimestamp(number / 1000 if number > MILLISECONDS else number, UTC) if number else None
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def nothing(value: Any) -> bool:  # noqa: ANN401  (as above)
    """Whether no time stands there, in whichever writing: NULL, an empty text, 0, MySQL's day zero."""
    return value is None or not any(sign.isalnum() and sign != "0" for sign in str(value or ""))
