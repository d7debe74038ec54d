"""A mapping as the database has it: its tables as they are, and values in and out of their columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    DateTime,
    Enum,
    FromClause,
    Table,
    Text,
    cast,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.types import CHAR

from services.db.session import MYSQL
from services.directory.mapping import COLUMNS, PAIRED, Aside, Mapping, Pairs, Rows
from services.directory.tables import SqliteTime, find_table, refuse_without_transactions
from services.directory.times import nothing, time_of
from services.errors import DirectoryRefused


@dataclass(frozen=True)
class Joined:
    """A fact's second table, and the one between where there is one."""

    aside: Aside
    table: Table
    link: Table | None


@dataclass(frozen=True)
class Shape:
    """`mapping` without what is optional and not there."""

    mapping: Mapping
    dialect: str
    people: Table
    joined: dict[str, Joined]
    rows: tuple[tuple[Rows, Table], ...]

    def column(self, name: str) -> Column[Any]:
        return self.people.columns[name]

    @property
    def key(self) -> Column[Any]:
        return self.column(self.mapping.key)

    @property
    def secret(self) -> Column[Any]:
        return self.column(self.mapping.secret)

    def is_(self, key: str) -> ColumnElement[bool]:
        matches: ColumnElement[bool] = self.key == self.key_value(key)
        return matches

    def key_value(self, key: str) -> Any:  # noqa: ANN401  (whatever type the product's key has)
        """None where no row can have it."""
        try:
            value = value_of(self.key, key)
        except ValueError:
            return None
        return None if isinstance(value, int) and not -(2**63) <= value < 2**63 else value

    def holds(self, column: Column[Any], value: str | None) -> ColumnElement[bool]:
        """Byte by byte, whatever the column's collation takes for equal; blanks that only fill it do not count."""
        matches: ColumnElement[bool]
        if value is None:
            return column.is_(None)
        if self.dialect == "postgresql":
            matches = cast(column, Text).collate("C") == value
        elif self.dialect in MYSQL:
            matches = cast(column, mysql.BINARY) == value.encode()
        else:
            matches = column.collate("BINARY") == value
        return matches


def look(connection: Connection, mapping: Mapping) -> Shape:
    """Raises DirectoryRefused naming what is not there."""
    people = find_table(connection, mapping.table, mapping.schema)
    if people is None:
        raise DirectoryRefused(f"there is no table {mapping.table!r}")
    fitted = _fitted(mapping, people)
    for name in (fitted.secret, fitted.password):
        if python_type(people.columns[name]) is bytes:
            raise DirectoryRefused(f"column {name!r} holds bytes; a hash is expected as text")
    joined = {}
    for fact, aside in fitted.asides:
        found = _joined(connection, aside, mapping.schema)
        if found is not None:
            joined[fact] = found
    rows = [(each, _rows(connection, each, mapping.schema)) for each in fitted.rows]
    there = tuple((each, table) for each, table in rows if table is not None)
    changes: dict[str, Any] = {fact: "" for fact, _ in fitted.asides if fact not in joined}
    changes["asides"] = tuple((fact, aside) for fact, aside in fitted.asides if fact in joined)
    fitted = replace(fitted, **changes, rows=tuple(each for each, _ in there))
    for table in (people, *(table for _, table in there)):
        refuse_without_transactions(connection, table)
    return Shape(fitted, connection.dialect.name, people, joined, there)


def _fitted(mapping: Mapping, people: Table) -> Mapping:
    absent = [name for name in mapping.columns if name not in people.columns]
    missing = [name for name in absent if name not in mapping.optional]
    if missing:
        raise _lacks(mapping.table, missing)
    changes: dict[str, Any] = {field: "" for field in COLUMNS if getattr(mapping, field) in absent}
    for field in PAIRED:
        changes[field] = tuple(pair for pair in getattr(mapping, field) if pair[0] not in absent)
    return replace(mapping, **changes)


def _lacks(table: str, missing: Iterable[str]) -> DirectoryRefused:
    return DirectoryRefused(f"table {table!r} has no column {', '.join(missing)}")


def _joined(connection: Connection, aside: Aside, schema: str) -> Joined | None:
    """None where it is optional and not there."""
    found = [_needed(connection, name, columns, schema, optional=aside.optional) for name, columns in aside.needs]
    table, link = found[0], found[-1]
    if table is None or link is None:
        return None
    _refuse_strange(link, aside.where)
    return Joined(aside, table, link if aside.link else None)


def _rows(connection: Connection, rows: Rows, schema: str) -> Table | None:
    table = _needed(connection, rows.table, rows.needs, schema, optional=rows.optional)
    if table is not None:
        _refuse_strange(table, rows.where)
    return table


def _refuse_strange(table: Table, pairs: Pairs) -> None:
    for name, text in pairs:
        try:
            _wanted(table.columns[name], text)
        except ValueError:
            raise DirectoryRefused(f"column {name!r} of table {table.name!r} can never be {text!r}") from None


def _needed(
    connection: Connection, name: str, columns: Iterable[str], schema: str, *, optional: bool
) -> Table | None:
    table = find_table(connection, name, schema)
    missing = [column for column in columns if table is not None and column not in table.columns]
    if table is not None and not missing:
        return table
    if optional:
        return None
    raise _lacks(name, missing) if missing else DirectoryRefused(f"there is no table {name!r}")


# --- values ---------------------------------------------------------------------------------------


def python_type(column: ColumnElement[Any]) -> type:
    try:
        return column.type.python_type
    except NotImplementedError:
        return str


def text_of(column: Column[Any], value: Any) -> str | None:  # noqa: ANN401  (whatever the column holds)
    match value:
        case None:
            return None
        case datetime() | str() | int() | float() if python_type(column) is datetime:
            return _time_text(value)
        case bool():
            return str(int(value))
        case bytes():
            return value.hex()
        case str() if isinstance(column.type, CHAR):
            return value.rstrip(" ")
    return str(value)


def _time_text(value: datetime | str | float) -> str | None:
    """Texts and numbers are SQLite's (tables.py), and a number stays one; a text is MySQL's day zero, too, which its
    strict mode would not take back. Raises ValueError.
    """
    if nothing(value):
        return None
    moment = time_of(value)
    if moment is None or isinstance(value, float):
        raise ValueError("no time that could be put back as it was")
    return str(value) if isinstance(value, int) else moment.isoformat()


def canonical(column: Column[Any], text: str | None) -> str | None:
    """As it will be read back: a uuid with its dashes, a number without leading zeros."""
    return text_of(column, value_of(column, text))


_TRUTH = {"true": "1", "false": "0"}


def where(source: FromClause, pairs: Pairs) -> list[ColumnElement[bool]]:
    """In the columns' own types: PostgreSQL compares no boolean with a text."""
    return [source.c[name] == _wanted(source.c[name], text) for name, text in pairs]


def _wanted(column: ColumnElement[Any], text: str) -> Any:  # noqa: ANN401  (as above)
    """Raises ValueError where the column can never be so. MySQL keeps true and false as numbers."""
    if isinstance(column.type, Enum) and text not in column.type.enums:
        raise ValueError("none of its words")
    return value_of(column, _TRUTH.get(text, text) if python_type(column) in (bool, int) else text)


def value_of(column: ColumnElement[Any], text: str | None) -> Any:  # noqa: ANN401  (as above)
    """Raises ValueError where the column cannot hold it."""
    if text is None:
        return None
    kind = python_type(column)
    if kind is datetime:
        return _time_for(column, text)
    if kind is bool:
        return bool(("0", "1").index(text))
    if kind is bytes:
        return bytes.fromhex(text)
    if kind is date:
        return date.fromisoformat(text)
    try:
        return text if kind is str else kind(text)
    except (TypeError, ArithmeticError):  # a decimal number is its own kind of error
        raise ValueError("of another type") from None


def _time_for(column: ColumnElement[Any], text: str) -> datetime | int:
    if isinstance(column.type, SqliteTime) and text.isdigit() and int(text):
        return int(text)
    moment = datetime.fromisoformat(text)
    zoned = isinstance(column.type, DateTime) and column.type.timezone
    return moment if zoned else moment.astimezone(UTC).replace(tzinfo=None)
