"""An upgrade whose folding is another: everybody is read anew, and found meanwhile as before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import OperationalError

from services.db import migrate as migrations
from services.db.session import Database, make_engine, patiently
from services.db.tables import SearchRow, SearchStateRow, SearchStretchRow
from services.search.match import Matcher
from tests.services.house import START

KNOWN = {
    "id": 1, "person_key": "7", "stretch": 41, "first": "पर य", "last": "", "name": "पर य", "email": "p@x.example",
    "contact": "k:1", "contact_changed_at": START, "doc": " पर य p@x.example p x example ", "active": True,
}  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """As 0004 left it, with one person in a stretch, found as words were folded then."""
    file = f"sqlite:///{tmp_path / 'own.db'}"
    database = Database(make_engine(file if request.param == "sqlite" else request.getfixturevalue("empty_postgres")))
    move(database, "0004")
    with database.write() as session:
        session.execute(insert(SearchRow), [KNOWN])
        session.execute(
            insert(SearchStretchRow), [{"id": 41, "place": 1.0, "upto": "7", "rows": 1, "checksum": "99"}]
        )
        session.execute(update(SearchStateRow).values(filled=True, whole_from=3))
    yield database
    database.close()


def move(database: Database, revision: str, *, down: bool = False) -> None:
    config = migrations._config()
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, revision)


def stands(database: Database) -> tuple[bool, int, int]:
    with database.read() as session:
        filled, whole_from = session.execute(select(SearchStateRow.filled, SearchStateRow.whole_from)).one()
        return filled, whole_from, len(session.scalars(select(SearchStretchRow.id)).all())


def found(database: Database, *beginnings: str) -> list[str]:
    with database.read() as session:
        return [hit.person_key for hit in Matcher().hits(session, [[f" {each}"] for each in beginnings], 9)]


def test_everybody_is_read_anew_and_nothing_is_lost(old: Database) -> None:
    assert stands(old) == (True, 3, 1)
    move(old, "head")
    assert stands(old) == (False, 42, 0)
    with old.read() as session:
        row = session.scalars(select(SearchRow)).one()
        assert (row.contact, row.contact_changed_at) == ("k:1", START)
    assert found(old, "पर", "exam") == ["7"]
    migrations.check(old.engine)
    move(old, "0004", down=True)
    assert found(old, "पर", "exam") == ["7"]
    move(old, "head")
    assert (found(old, "exam"), found(old, "exem")) == (["7"], [])


def test_where_nobody_was_read_yet_all_stays_as_it_is(old: Database) -> None:
    with old.write() as session:
        session.execute(delete(SearchStretchRow))
        session.execute(update(SearchStateRow).values(filled=False, whole_from=1))
    move(old, "head")
    assert stands(old) == (False, 1, 0)


@pytest.mark.parametrize("old", ["sqlite"], indirect=True)
def test_words_keep_the_marks_of_their_script(old: Database) -> None:
    """On PostgreSQL they are divided by spaces alone."""
    move(old, "head")
    with old.write() as session:
        session.execute(update(SearchRow).values(doc=" प्रिया สมชาย မြန်မာ "))
        session.execute(text("CREATE VIRTUAL TABLE terms USING fts5vocab(fts_locksmith_search_words, row)"))
        assert set(session.scalars(text("SELECT term FROM terms"))) == {"प्रिया", "สมชาย", "မြန်မာ"}


def test_an_upgrade_takes_as_long_as_it_takes(empty_postgres: str) -> None:
    """An index over a million people is not made in the few seconds that a statement has otherwise."""
    engine = make_engine(empty_postgres)
    with engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        raw.seconds = 0.05  # type: ignore[union-attr]
        with patiently(connection):
            connection.execute(text("SELECT pg_sleep(0.2)"))
        with pytest.raises(OperationalError, match="no answer in time"):
            connection.execute(text("SELECT pg_sleep(0.2)"))
    engine.dispose()
