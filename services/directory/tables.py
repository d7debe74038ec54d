"""The product's tables as its database describes them: their columns, and whether a write can be taken back."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Dialect,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
    inspect,
    text,
)
from sqlalchemy.dialects.mysql.base import ischema_names
from sqlalchemy.exc import NoSuchTableError, SAWarning
from sqlalchemy.types import TypeEngine, UserDefinedType

from services.db.session import MYSQL
from services.errors import DirectoryRefused


def find_table(connection: Connection, name: str, schema: str) -> Table | None:
    """None where there is none, or none that the account may see."""
    if connection.dialect.name in MYSQL:
        columns = _mysql_columns(connection, name, schema)
    else:
        columns = _columns(connection, name, schema)
    return Table(name, MetaData(), *columns, schema=schema or None) if columns else None


def _columns(connection: Connection, name: str, schema: str) -> list[Column[Any]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # of types that we do not use
            found = inspect(connection).get_columns(name, schema=schema or None)
    except NoSuchTableError:
        return []
    loose = connection.dialect.name == "sqlite"
    return [Column(each["name"], _sqlite_type(each["type"]) if loose else each["type"]) for each in found]


class SqliteTime(UserDefinedType[Any]):
    """SQLite keeps in a column of times what was written, texts of any form and numbers (Prisma, Knex): it is read as
    it is, for `time_of` to understand, and written as SQLAlchemy does.
    """

    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:  # noqa: ARG002  (SQLAlchemy's)
        return lambda value: f"{value:%Y-%m-%d %H:%M:%S.%f}" if isinstance(value, datetime) else value


def _sqlite_type(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    return SqliteTime() if isinstance(kind, DateTime) else kind


_MYSQL_COLUMNS = text(
    "SELECT column_name, data_type, column_type FROM information_schema.columns"
    " WHERE table_schema = COALESCE(NULLIF(:schema, ''), DATABASE()) AND table_name = :name"
)


def _mysql_columns(connection: Connection, name: str, schema: str) -> list[Column[Any]]:
    """SQLAlchemy asks SHOW CREATE TABLE, which is denied to an account with rights on single columns only."""
    found = connection.execute(_MYSQL_COLUMNS, {"schema": schema, "name": name}).all()
    return [Column(str(column), _mysql_type(str(kind).lower(), str(whole).lower())) for column, kind, whole in found]


_MYSQL_ENGINE = text(
    "SELECT t.engine FROM information_schema.tables t JOIN information_schema.engines e ON e.engine = t.engine"
    " WHERE t.table_schema = COALESCE(NULLIF(:schema, ''), DATABASE()) AND t.table_name = :name"
    " AND e.transactions <> 'YES'"
)


def refuse_without_transactions(connection: Connection, table: Table) -> None:
    """A rehearsal in a table without transactions would be the real thing."""
    if connection.dialect.name not in MYSQL:
        return
    engine = connection.scalar(_MYSQL_ENGINE, {"schema": table.schema or "", "name": table.name})
    if engine:
        raise DirectoryRefused(f"table {table.name!r} is a {engine} table, which cannot take back a write")


class Bit(TypeDecorator[bool]):
    """BIT(1), the boolean of Java's frameworks: the driver reads it as a byte."""

    impl = Integer  # of MySQL's own SQLAlchemy does not know what it can be compared with
    cache_ok = True

    @property
    def python_type(self) -> type[bool]:
        return bool

    def process_bind_param(self, value: bool | None, _dialect: Dialect) -> int | None:
        return None if value is None else int(value)

    def process_result_value(self, value: bytes | int | None, _dialect: Dialect) -> bool | None:
        return any(value) if isinstance(value, bytes) else None if value is None else bool(value)


def _mysql_type(kind: str, whole: str) -> TypeEngine[Any]:
    if whole == "bit(1)":
        return Bit()
    known = ischema_names.get(kind)
    return String() if known is None or kind in ("enum", "set") else known()
