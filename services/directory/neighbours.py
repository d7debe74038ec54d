"""People in the order of their keys: a stretch of them, and what one adds up to, for keeping the search in step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from zlib import crc32

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, Text, cast, func, select

from services.db.session import MYSQL
from services.directory.people import select_searched
from services.directory.shape import Shape
from services.ports import Sum

_SEPARATOR = "\x1f"
_NOTHING = "\x01"
"""Stands for NULL, which is not the same as empty."""
_BATCH = 1000


def within(shape: Shape, after: str | None, upto: str | None = None) -> list[ColumnElement[bool]]:
    """Compared as the product's database orders them."""
    conditions: list[ColumnElement[bool]] = []
    if after is not None:
        conditions.append(shape.key > shape.key_value(after))
    if upto is not None:
        conditions.append(shape.key <= shape.key_value(upto))
    return conditions


def select_stride(shape: Shape, after: str | None, count: int) -> Select[Any]:
    return select(shape.key).where(*within(shape, after)).order_by(shape.key).limit(count)


def sum_of(shape: Shape, connection: Connection, after: str | None, upto: str) -> Sum:
    """SQLite, which has no checksums, tells its rows; it is on this machine."""
    rows = select_searched(shape).where(*within(shape, after, upto))
    digest = _digest(shape.dialect, rows.subquery("searched").columns)
    if digest is None:
        streamed = connection.execution_options(yield_per=_BATCH).execute(rows)
        sums = [crc32(repr(tuple(row)).encode()) for row in streamed]
        return Sum(len(sums), sum(sums))
    count, checksum = connection.execute(select(func.count(), func.sum(digest))).one()
    return Sum(count, int(checksum or 0))


def _digest(dialect: str, columns: Iterable[ColumnElement[Any]]) -> ColumnElement[Any] | None:
    if dialect == "postgresql":
        return func.hashtextextended(cast(func.row(*columns), Text), cast(0, BigInteger))
    if dialect in MYSQL:
        texts = (func.ifnull(cast(column, Text), _NOTHING) for column in columns)
        return func.crc32(func.concat_ws(_SEPARATOR, *texts))
    return None
