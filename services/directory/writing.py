"""The statements that change somebody's password, and what goes with it in the same transaction."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Delete,
    Table,
    Update,
    case,
    delete,
    false,
    literal,
    or_,
    select,
    update,
)

from services.directory.mapping import EMPTY, KINDS, LINK, NULL, RANDOM, SIGN_IN, UUID, ZERO, Rows
from services.directory.shape import Shape, python_type, value_of, where
from services.directory.tables import SqliteTime
from services.directory.times import MILLISECONDS
from services.ports import Credentials, Image

AT_WRITE, AT_CLOSE, AT_RETURN = frozenset({SIGN_IN, LINK}), frozenset(KINDS), frozenset({SIGN_IN})
"""Kinds of rows that go when a temporary password is written, the account is closed, the earlier hash is put back."""
_FOREVER = 2**53
"""More milliseconds than any time has, and no more than a column of floating-point numbers tells apart."""
_FIXED: dict[str, str | None] = {NULL: None, ZERO: "0", EMPTY: ""}


def fresh(value: str) -> str | None:
    """What a column is set to, by its word in the mapping."""
    if value == RANDOM:
        return secrets.token_hex(16)
    return str(uuid.uuid4()) if value == UUID else _FIXED[value]


def swap(
    shape: Shape,
    key: str,
    expected: Image,
    wanted: Image,
    *conditions: ColumnElement[bool],
    restoring: bool,
    decided: datetime,
) -> Update:
    """`decided`: a lock that ends later is somebody's decision and stays."""
    before = dict(expected.extras)
    values: list[tuple[Column[Any], Any]] = []
    for name, text in wanted.extras:
        column = shape.column(name)
        value: Any = value_of(column, text)
        if restoring:
            value = case((_still(shape, column, before.get(name)), value), else_=_left(shape, column))
        else:
            value = _but_decided(shape, column, value, decided)
        values.append((column, value))
    if restoring:
        values = _end_of_use(shape, values)
    return (
        update(shape.people)
        .where(shape.is_(key), shape.holds(shape.secret, expected.secret), *conditions)
        .ordered_values((shape.secret, wanted.secret), *values)
    )


def unlock(shape: Shape, key: str, decided: datetime) -> Update:
    """Only the counters. `decided` as in `swap`."""
    columns = [(shape.column(name), fresh(word)) for name, word in shape.mapping.unlock]
    values = {column: _but_decided(shape, column, value_of(column, text), decided) for column, text in columns}
    return update(shape.people).where(shape.is_(key)).values(values)


def _but_decided(shape: Shape, column: Column[Any], value: Any, decided: datetime) -> Any:  # noqa: ANN401  (as below)
    if column.name != shape.mapping.locked_until:
        return value
    return case((_later(column, decided), column), else_=value)


def _later(column: Column[Any], moment: datetime) -> ColumnElement[bool]:
    """In whichever writing the column has (times.py). Texts are compared by their day, numbers as seconds or
    milliseconds; SQLite, where one column may hold both, takes no text for a number between two.
    """
    kind, seconds = python_type(column), int(moment.timestamp())
    spans = ((seconds, MILLISECONDS), (seconds * 1000, _FOREVER))
    numbers = or_(*(column.between(literal(low, BigInteger), literal(high, BigInteger)) for low, high in spans))
    if kind in (int, float, Decimal):
        return numbers
    if kind not in (datetime, date, str):
        return false()
    day = moment.date().isoformat()
    if isinstance(column.type, SqliteTime):
        return or_(numbers, column > day)
    later: ColumnElement[bool] = column > value_of(column, moment.isoformat() if kind is datetime else day)
    return later


def _left(shape: Shape, column: Column[Any]) -> Any:  # noqa: ANN401  (a column or a value)
    """What the product wrote since is its own. But for a token: only a sign-in with the temporary password can have
    left another one (Laravel's "remember me"), and that sign-in ends with it.
    """
    return value_of(column, fresh(RANDOM)) if (column.name, RANDOM) in shape.mapping.also_set else column


def _still(shape: Shape, column: Column[Any], text: str | None) -> ColumnElement[bool]:
    if python_type(column) is str:
        return shape.holds(column, text)
    return column.is_not_distinct_from(value_of(column, text))


def _end_of_use(shape: Shape, values: list[tuple[Column[Any], Any]]) -> list[tuple[Column[Any], Any]]:
    """What was opened with a temporary password ends with it: its mark goes, and the sign-ins it made.

    The counter first: MySQL sets columns one after the other, and the later ones see the earlier.
    """
    m = shape.mapping
    if not m.temporary_used_at:
        return values
    used = shape.column(m.temporary_used_at)
    values = [(used, None), *((column, value) for column, value in values if column is not used)]
    if m.session_version:
        version = shape.column(m.session_version)
        values.insert(0, (version, case((used.is_not(None), version + 1), else_=version)))
    return values


def close(shape: Shape, key: str, expected: Credentials) -> Update:
    m = shape.mapping
    values: dict[str, Any] = {m.password: m.closed}
    same = [shape.holds(shape.column(m.password), expected.own_hash)]
    if m.temporary_password:
        same.append(shape.holds(shape.secret, expected.image.secret))
        values |= dict.fromkeys(
            name for name in (m.temporary_password, m.temporary_expires_at, m.temporary_used_at) if name
        )
    if m.must_change and not m.must_change_null:
        values[m.must_change] = value_of(shape.column(m.must_change), "0")
    for name, word in m.also_set:
        values[name] = value_of(shape.column(name), fresh(word))
    if m.session_version:
        values[m.session_version] = shape.column(m.session_version) + 1
    return update(shape.people).where(shape.is_(key), *same).values(values)


def drop_rows(connection: Connection, shape: Shape, key: str, kinds: Collection[str]) -> None:
    """Sign-ins, links and keys that lie in tables of their own."""
    for rows, table in shape.rows:
        if rows.kind in kinds:
            connection.execute(deletion(shape, key, rows, table))


def deletion(shape: Shape, key: str, rows: Rows, table: Table) -> Delete:
    held = select(shape.column(rows.by or shape.mapping.key)).where(shape.is_(key)).scalar_subquery()
    return delete(table).where(*belonging(rows, table, held))


def belonging(rows: Rows, table: Table, held: object) -> list[ColumnElement[bool]]:
    """Which of them are whose: `held` is that person's value in the column that `rows.by` names."""
    return [table.c[rows.person] == held, *where(table, rows.where)]
