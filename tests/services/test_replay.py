"""A signed request is answered once, also where a connection to the database died while it rested."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import make_url, select

from services.db import session as sessions
from services.db.session import Database, make_engine
from services.db.tables import SeenRow
from services.errors import DatabaseUnreachable
from services.replay import Replays
from tests.conftest import POSTGRES
from tests.processes.yard import rows
from tests.services.house import HandClock, House

NOWHERE = "postgresql://locksmith@127.0.0.1:1/none"


@pytest.fixture
def database(postgres: str) -> Iterator[Database]:
    database = Database(make_engine(postgres))
    yield database
    database.close()


def restart(database: Database) -> None:
    """As all connections of ours see it."""
    name = make_url(str(database.engine.url)).database
    kill = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = :name"
    rows(POSTGRES, kill, {"name": name}, outside=True)


def test_a_row_is_kept_as_the_session_keeps_it(either: House) -> None:
    """Once writes by the driver, and the rest of the house reads what it wrote."""
    assert Replays(either.database, either.clock).first_time("v0=a")
    with either.database.read() as session:
        assert session.scalars(select(SeenRow.at)).all() == [either.clock.now()]


def test_a_database_that_was_restarted_is_not_felt(database: Database) -> None:
    replays = Replays(database, HandClock())
    assert replays.first_time("a")
    restart(database)
    assert [replays.first_time(one) for one in ("a", "b", "b", "c")] == [False, True, False, True]


def test_without_a_database_nobody_knows() -> None:
    database = Database(make_engine(NOWHERE))
    with pytest.raises(DatabaseUnreachable):
        Replays(database, HandClock()).first_time("a")
    database.close()


def test_a_glance_at_a_database_restarted_while_nobody_asked(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "RESTED", 0.0)
    glance(database)
    restart(database)
    glance(database)


def test_nor_is_one_restarted_this_moment(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no ping is due yet: the server's farewell lies on the line."""
    monkeypatch.setattr(sessions, "RESTED", 3600.0)
    glance(database)
    restart(database)
    glance(database)


def glance(database: Database) -> None:
    with database.glance() as session:
        assert session.scalars(select(SeenRow.digest)).all() == []
