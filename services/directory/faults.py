"""What goes wrong between us and the product's database, in our own words.

A driver's error may quote a row (PostgreSQL's DETAIL does), and a row holds a hash: nothing of it is passed on
but its kind (PROTOCOL rule 14).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from psycopg import Connection as PsycopgConnection
from psycopg import DataError
from psycopg.abc import Buffer
from psycopg.types.datetime import TimestampLoader, TimestamptzLoader
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry

from services.db.session import scrub
from services.errors import DirectoryRefused, DirectoryUnreachable

ONLY_READ = "it may only be read"
POOLER = "a pooler between us takes no time-outs (PgBouncer: ignore_startup_parameters = options)"
_KINDS = (
    ("unsupported startup parameter", POOLER),
    ("password authentication failed", "the account or its password is refused"),
    ("access denied", "the account or its password is refused"),
    ("connection refused", "nothing listens at that address"),
    ("resolve", "the host's name is unknown"),
    ("translate host name", "the host's name is unknown"),
    ("name or service not known", "the host's name is unknown"),
    ("timeout", "no answer in time"),
    ("timed out", "no answer in time"),
    ("pg_hba.conf", "the account may not connect from here"),
    ("operator does not exist", "the columns compared are of different types"),
    ("illegal mix of collations", "the columns compared have different collations"),
    ("does not exist", "there is no such database, account or table"),
    ("unknown database", "there is no such database"),
    ("no such table", "a table is missing"),
    ("doesn't exist", "a table is missing"),
    ("unknown column", "a column is missing"),
    ("permission denied", "the account lacks a right"),
    ("command denied", "the account lacks a right"),
    ("readonly", ONLY_READ),
    ("read-only", ONLY_READ),
    ("read only", ONLY_READ),
    ("cannot update view", "a view that cannot be written"),
    ("materialized view", "a view that cannot be written"),
    ("because it is a view", "a view that cannot be written"),
    ("not updatable", "a view that cannot be written"),
    ("too long", "a value is too long for its column"),
    ("not-null", "a column must not be empty"),
    ("cannot be null", "a column must not be empty"),
    ("not null constraint", "a column must not be empty"),
    ("locked", "somebody else keeps it locked"),
    ("unable to open", "the file cannot be opened"),
    ("not a database", "the file is not a database"),
)


def kind_of(error: SQLAlchemyError) -> str:
    """What went wrong, in our words: a driver's own may quote a row or an address with its password."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    said = str(cause).lower()
    return next((words for sign, words in _KINDS if sign in said), type(cause).__name__)


_MYSQL_REFUSALS = frozenset({1054, 1142, 1143, 1146, 1227, 1267, 1288, 1290, 1348, 1364, 1370, 1419, 1792, 1836})
"""pymysql calls these operational: unknown names, missing rights, collations, a server or view that only reads."""
_SQLITE_REFUSALS = frozenset({1, 3, 8, 23})
"""ERROR (unknown names), PERM, READONLY, AUTH."""
_SQLITE_PRIMARY = 0xFF
_POSTGRES_REFUSAL = "55000"
"""A view that cannot be written, which psycopg calls operational."""


def _refused(error: DBAPIError) -> bool:
    """Whether the database answered with a no that waiting does not change."""
    if error.connection_invalidated:
        return False
    if not isinstance(error, OperationalError):
        return True
    cause = error.orig
    if getattr(cause, "sqlstate", None) == _POSTGRES_REFUSAL:
        return True
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None:
        return code & _SQLITE_PRIMARY in _SQLITE_REFUSALS
    return bool(cause is not None and cause.args and cause.args[0] in _MYSQL_REFUSALS)


@contextmanager
def connected(engine: Engine) -> Iterator[Connection]:
    """Raises DirectoryUnreachable and DirectoryRefused only, `from None`."""
    try:
        with engine.connect() as connection, _renewed(connection):
            yield connection
    except PoolTimeout as error:
        scrub(error)
        raise DirectoryUnreachable from None
    except DBAPIError as error:
        refused, kind = _refused(error), kind_of(error)
        scrub(error)
        raise (DirectoryRefused(kind) if refused else DirectoryUnreachable()) from None
    except SQLAlchemyError as error:
        scrub(error)
        raise DirectoryRefused(type(error).__name__) from None
    except ValueError as error:  # a driver that cannot read a time as a time, and quotes it
        error.args, error.__cause__, error.__context__ = (), None, None
        raise DirectoryRefused("a value does not fit the type of its column") from None


@contextmanager
def _renewed(connection: Connection) -> Iterator[None]:
    """A connection from before the end of a fail-over may stay read-only for good: the next use opens another."""
    try:
        yield
    except DBAPIError as error:
        if kind_of(error) == ONLY_READ:
            connection.invalidate()
        raise


# --- ways of a connection -------------------------------------------------------------------------


def _end(data: Buffer) -> datetime:
    return (datetime.min if bytes(data).startswith(b"-") else datetime.max).replace(tzinfo=UTC)  # noqa: DTZ901  (is)


class _Endless(TimestampLoader):
    def load(self, data: Buffer) -> datetime:
        try:
            return super().load(data)
        except DataError:
            return _end(data).replace(tzinfo=None)


class _EndlessZoned(TimestamptzLoader):
    def load(self, data: Buffer) -> datetime:
        try:
            return super().load(data)
        except DataError:
            return _end(data)


def suit(engine: Engine) -> None:
    """What psycopg has to know of a product's connections, before the first is made.

    PostgreSQL's infinity, which Npgsql writes for the lock of an account that was switched off for good, is no time
    to it: one such row would keep everybody from being read. And a statement that it prepares by itself is prepared
    on another connection, or twice on one, where PgBouncer hands out another for each transaction.
    """
    if not event.contains(engine, "connect", _on_connect):
        event.listen(engine, "connect", _on_connect)


def _on_connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    if isinstance(connection, PsycopgConnection):
        connection.adapters.register_loader("timestamp", _Endless)
        connection.adapters.register_loader("timestamptz", _EndlessZoned)
        connection.prepare_threshold = None
