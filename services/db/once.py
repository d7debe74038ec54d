"""Adding a row unless its key is there: the cheapest thing that several processes can agree on."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Dialect, inspect
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import SQLAlchemyError

from services.db.session import Database, insert
from services.db.tables import Base
from services.errors import DatabaseUnreachable


class Once:
    """By the driver itself: SQLAlchemy's share of one small INSERT is as much as all the rest of it.

    Nobody waits for the disk, so a crash of the database server undoes the last fraction of a second of it. The
    end of one of our processes undoes nothing.
    """

    def __init__(self, database: Database, row: type[Base]) -> None:
        self._engine = database.light
        dialect = _by_name(self._engine.dialect)
        self._text = str(insert(self._engine, row).on_conflict_do_nothing().compile(dialect=dialect))
        self._bind = {
            column.name: column.type.dialect_impl(dialect).bind_processor(dialect) for column in inspect(row).columns
        }

    def add(self, **values: Any) -> bool:  # noqa: ANN401  (whatever the columns hold)
        """True for exactly one caller. Raises DatabaseUnreachable; then it may have been added all the same."""
        bound = {name: bind(values[name]) if bind else values[name] for name, bind in self._bind.items()}
        try:
            return self._insert(bound) == 1
        except (self._engine.dialect.loaded_dbapi.Error, SQLAlchemyError):
            raise DatabaseUnreachable from None

    def _insert(self, bound: dict[str, Any]) -> int:
        connection = self._engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute(self._text, bound)
        except BaseException:
            connection.invalidate()
            raise
        else:
            return cursor.rowcount
        finally:
            connection.close()


def _by_name(dialect: Dialect) -> Dialect:
    """Whose parameters have names, so that both drivers take the same dictionary."""
    return sqlite.dialect(paramstyle="named") if dialect.name == "sqlite" else dialect
