"""Engines and transactions.

SQLite: every writing transaction is `BEGIN IMMEDIATE` (the driver's default mode loses concurrent updates, a
deferred BEGIN fails with "database is locked" on the upgrade), WAL, busy_timeout, foreign_keys. PostgreSQL:
custom plans (a generic plan turns a missed search from 0.25 ms into 800 ms) and time-outs, on both sides of the wire:
a server that takes connections and never answers would otherwise be waited for without end.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from select import POLLIN, poll
from time import monotonic
from typing import Any

import psycopg
from psycopg.abc import RV, PQGen
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from services.db.tables import Base
from services.errors import CommitUnanswered, DatabaseUnreachable

_DEAD_LINE = {"keepalives_idle": 2, "keepalives_interval": 2, "keepalives_count": 2, "tcp_user_timeout": 3000}
"""A server that vanished without a word is noticed within seconds (libpq's connection parameters)."""
_IDLE = "idle_in_transaction_session_timeout=30000"
"""Whoever falls asleep with a row locked must not keep it from everybody else, least of all from the product."""
LOCKED_MS = 2000
"""Nobody waits longer for another's lock, or for a free connection: an answer in the chat has three seconds."""
GRACE = 1.0
"""Seconds after the server's own time-out in which it may still say so."""
KEPT = 2
LIGHT = 4
"""Connections for single statements, which are over in a millisecond: one process keeps no more of them busy."""
RESTED = 1.0
"""Seconds after which a connection is pinged before it is used again."""
READ_ONLY = "locksmith_read_only"
MYSQL = ("mysql", "mariadb")
"""A product's; addresses begin so, and SQLAlchemy's dialects have these names."""


def make_engine(url: str, *, most: int = 10, wait_ms: int = 5000, ours: bool = True) -> Engine:
    """`most`: connections at a time, of which few are kept: several processes share one server's limit.

    `wait_ms`: how long a statement may wait or run (a read before an answer in the chat has 1 s). `ours`: a product's
    SQLite file keeps the kind of journal it has, which would change for whoever else opens it.
    """
    parsed = parse_url(url)
    dialect = parsed.get_backend_name()
    patience = min(wait_ms, LOCKED_MS)
    pool: dict[str, Any] = {"pool_size": KEPT, "max_overflow": most - KEPT, "pool_timeout": patience / 1000}
    if dialect == "postgresql":
        times = f"-c statement_timeout={wait_ms} -c lock_timeout={patience} -c {_IDLE}"
        engine = create_engine(
            parsed,
            **pool,
            hide_parameters=True,
            connect_args=_postgres(f"-c plan_cache_mode=force_custom_plan {times}"),
        )
        _limit_waiting(engine, wait_ms / 1000 + GRACE)
        _ping_after_rest(engine)
        return engine
    if dialect in MYSQL:
        patient = _mysql(wait_ms / 1000, patience / 1000)
        return create_engine(parsed, **pool, pool_pre_ping=True, hide_parameters=True, connect_args=patient)
    engine = create_engine(parsed, **pool, hide_parameters=True)
    _prepare_sqlite(engine, patience, ours=ours)
    return engine


def parse_url(url: str) -> URL:
    """Raises what SQLAlchemy's `make_url` does. Of MySQL's drivers it is the one that we install."""
    parsed = make_url(url)
    return parsed.set(drivername=f"{parsed.drivername}+pymysql") if parsed.drivername in MYSQL else parsed


def _mysql(seconds: float, patience: float) -> dict[str, object]:
    """As for PostgreSQL, and times in UTC."""
    locked = max(1, int(patience))
    return {
        "connect_timeout": 2,
        "read_timeout": seconds + GRACE,
        "write_timeout": seconds + GRACE,
        "init_command": f"SET SESSION time_zone = '+00:00', innodb_lock_wait_timeout = {locked}, wait_timeout = 30",
    }


def _postgres(options: str) -> dict[str, object]:
    return {"options": f"{options} -c timezone=UTC", "connect_timeout": 2, **_DEAD_LINE}


class _Impatient(psycopg.Connection[Any]):
    """Gives up on a server that says nothing: keepalives are answered by its machine also where it hangs."""

    seconds: float | None = None

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        try:
            return super().wait(gen, interval, self.seconds if timeout is None else timeout)
        except psycopg.errors._WaitTimeout:
            self.close()
            raise psycopg.OperationalError("no answer in time") from None


@contextmanager
def patiently(connection: Connection) -> Iterator[None]:
    """For what may take minutes, like an index over a million rows: no limit on our side of the wire."""
    raw = connection.connection.dbapi_connection
    if not isinstance(raw, _Impatient):
        yield
        return
    seconds, raw.seconds = raw.seconds, None
    try:
        yield
    finally:
        raw.seconds = seconds


def _limit_waiting(engine: Engine, seconds: float) -> None:
    if engine.dialect.driver != "psycopg":
        return

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: object, _entry: object, given: list[Any], named: dict[str, Any]) -> _Impatient:
        connection = _Impatient.connect(*given, **named)
        connection.seconds = seconds
        return connection


def _light_engine(engine: Engine) -> Engine:
    """The same database for single statements: without the round trips of BEGIN and COMMIT, and
    without waiting until the disk has it. SQLite, where none of that costs anything, needs none of its own.
    """
    if engine.dialect.name != "postgresql":
        return engine
    light = create_engine(
        engine.url,
        isolation_level="AUTOCOMMIT",
        pool_size=LIGHT,
        max_overflow=0,  # who finds none free waits for a millisecond or two; to open another takes longer
        pool_timeout=LOCKED_MS / 1000,
        pool_reset_on_return=None,  # nothing is open that could be rolled back
        hide_parameters=True,
        connect_args=_postgres(
            "-c plan_cache_mode=force_custom_plan -c synchronous_commit=off"
            f" -c enable_seqscan=off -c statement_timeout={LOCKED_MS}"  # all that is asked here has an index
        ),
    )
    _limit_waiting(light, LOCKED_MS / 1000 + GRACE)
    _ping_after_rest(light)
    return light


def _ping_after_rest(engine: Engine) -> None:
    """A server restarted while nobody asked is not felt. What hangs up says so on the line, which costs a microsecond
    to see; what vanished without a word only a ping can tell.
    """

    @event.listens_for(engine, "checkin")
    def checkin(_connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        entry.info["used"] = monotonic()

    @event.listens_for(engine, "checkout")
    def checkout(connection: DBAPIConnection, entry: ConnectionPoolEntry, _: PoolProxiedConnection) -> None:
        if _hung_up(connection):
            raise InvalidatePoolError
        if monotonic() - entry.info.get("used", inf) < RESTED:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error:
            raise InvalidatePoolError from None


def _hung_up(connection: DBAPIConnection) -> bool:
    """Whether there is something to read before anything was asked: the server's farewell."""
    if not isinstance(connection, psycopg.Connection):
        return False
    line = poll()
    line.register(connection.pgconn.socket, POLLIN)
    return bool(line.poll(0))


def _prepare_sqlite(engine: Engine, wait_ms: int, *, ours: bool) -> None:
    kept = ("journal_mode=WAL", "synchronous=NORMAL", "secure_delete=ON") if ours else ()  # what is deleted is zeros

    @event.listens_for(engine, "connect")
    def on_connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        for pragma in (*kept, "foreign_keys=ON", f"busy_timeout={wait_ms}"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        read_only = connection.get_execution_options().get(READ_ONLY, False)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def scrub(error: SQLAlchemyError) -> None:
    """Takes away what a driver's error quotes: `from None` hides it, but it still hangs on ours (rule 14)."""
    error.args, error.__cause__, error.__context__ = (), None, None
    if isinstance(error, DBAPIError):
        error.params, error.statement, error.orig = None, None, None


class Database:
    """Locksmith's own database: short transactions, no network and no hashing inside (PROTOCOL rule 9).

    Raises DatabaseUnreachable where it is away; then nothing was changed. Where only the answer to a commit was
    lost, nobody knows: CommitUnanswered.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._read_engine = engine.execution_options(**{READ_ONLY: True})
        self.light = _light_engine(engine)
        self._glance_engine = self._read_engine if self.light is engine else self.light

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One writing transaction; commits at the end, rolls back on any error."""
        with self._plainly(), Session(self.engine, expire_on_commit=False) as session:
            yield session
            session.flush()
            with self._plainly(CommitUnanswered):
                session.commit()

    @contextmanager
    def read(self) -> Iterator[Session]:
        with self._plainly(), Session(self._read_engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def glance(self) -> Iterator[Session]:
        """As `read`, for a few rows before an answer, not for what streams: each statement by itself sees the same,
        because in a transaction too it sees what is committed by then (READ COMMITTED).
        """
        with self._plainly(), Session(self._glance_engine, expire_on_commit=False) as session, session.begin():
            yield session

    @staticmethod
    @contextmanager
    def _plainly(word: Callable[[], DatabaseUnreachable] = DatabaseUnreachable) -> Iterator[None]:
        """A database that is away, restarting or locked is a word of ours and not a traceback with its values."""
        try:
            yield
        except (OperationalError, PoolTimeout) as error:
            scrub(error)
            raise word() from None
        except DBAPIError as error:
            if error.connection_invalidated:
                scrub(error)
                raise word() from None
            raise

    def close(self) -> None:
        self.engine.dispose()
        self.light.dispose()


Insert = postgresql.Insert | sqlite.Insert


def insert(place: Session | Engine, row: type[Base]) -> Insert:
    """An INSERT that knows ON CONFLICT, which PostgreSQL and SQLite both have and SQLAlchemy spells per dialect."""
    bind = place.get_bind() if isinstance(place, Session) else place
    if bind.dialect.name == "postgresql":
        return postgresql.insert(row)
    return sqlite.insert(row)
