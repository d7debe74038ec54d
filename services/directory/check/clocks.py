"""Whether columns of times hold some that can be read: one that cannot is no error elsewhere, and tells nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, select

from services.db.session import READ_ONLY
from services.directory.faults import connected
from services.directory.shape import Shape
from services.directory.times import nothing, time_of
from services.lookout import Check, failed, ok, warning

TIMES = "directory: times"
_SIGN_IN, _GONE = "last_sign_in_at", "deactivated_at"
_MEANS = {
    _SIGN_IN: "a temporary password that was used could be taken for an unused one",
    "phone_changed_at": "a number changed lately would be no reason to ask a manager",
    "locked_until": "somebody whose account is locked for good would count as active",
    _GONE: "these people count as deactivated",
}
_PAST = frozenset({_SIGN_IN, "phone_changed_at"})
_DAY = timedelta(days=1)


def times(engine: Engine, shape: Shape, most: int, now: datetime) -> Iterator[Check]:
    """`most`: so many of the newest people are looked at."""
    named = {setting: name for setting in _MEANS if (name := getattr(shape.mapping, setting))}
    wrong, count = [], 0
    for setting, column in named.items():
        values = _values(engine, shape, column, most)
        count += len(values)
        if strange := sum(_strange(setting, value, now) for value in values):
            wrong.append(_said(setting, column, strange, len(values)))
    yield from wrong
    if named and not wrong:
        read = f"{count:,} {'time' if count == 1 else 'times'} in {', '.join(named.values())} can be read."
        yield ok(TIMES, read if count else f"Nothing stands in {', '.join(named.values())} yet.")


def _values(engine: Engine, shape: Shape, column: str, most: int) -> list[Any]:
    newest = select(shape.column(column)).order_by(shape.key.desc()).limit(most)
    with connected(engine.execution_options(**{READ_ONLY: True})) as connection:
        return [value for value in connection.scalars(newest) if not nothing(value)]


def _strange(setting: str, value: Any, now: datetime) -> bool:  # noqa: ANN401  (whatever the column holds)
    """What has happened lies not ahead: such a number counts neither seconds nor milliseconds. A day tells no use."""
    moment = time_of(value)
    if moment is None or (setting in _PAST and moment > now + _DAY):
        return True
    return setting == _SIGN_IN and isinstance(value, date) and not isinstance(value, datetime)


def _said(setting: str, column: str, strange: int, count: int) -> Check:
    found = f"{strange:,} of {count:,} values in {column!r} (directory.{setting}) are no times: {_MEANS[setting]}."
    mend = (
        "Times are timestamps, texts in ISO 8601, seconds or milliseconds since 1970: name such a column, or set "
        f'directory.{setting} = "".'
    )
    return warning(TIMES, found, mend) if setting == _GONE else failed(TIMES, found, mend)
