"""SQLite's full-text indexes deleting for good.

A deleted word stays in their blocks, readable to whoever opens the file, until they happen to be merged. From SQLite
3.42 on an index can be told to take it out at once; before that all its blocks are merged into one. (A file whose
indexes were told so cannot be read by an earlier SQLite until they are rebuilt.)
"""

from __future__ import annotations

import sqlite3

from sqlalchemy import text

from services.db.session import Database

_INDEXES = ("fts_locksmith_search", "fts_locksmith_search_words")
_AT_ONCE = (3, 42)
_PAGES = 500
"""Merged in one transaction, which is over in less than a tenth of a second: others are waiting to write."""


def wipe(database: Database) -> None:
    """Whatever the indexes hold of rows that are no more. Of a million people it takes some seconds."""
    if database.engine.dialect.name == "sqlite":
        for index in _INDEXES:
            if sqlite3.sqlite_version_info < _AT_ONCE:
                _merge(database, index)
            elif not _knows(database, index):  # what it deleted earlier is still there
                _merge(database, index)
                _tell(database, index)


def _knows(database: Database, index: str) -> bool:
    """Whether it takes out at once what is deleted."""
    known = text(f"SELECT v FROM {index}_config WHERE k = 'secure-delete'")  # noqa: S608  (names of our own)
    with database.read() as session:
        return bool(session.scalar(known))


def _tell(database: Database, index: str) -> None:
    with database.write() as session:
        session.execute(text(f"INSERT INTO {index} ({index}, rank) VALUES ('secure-delete', 1)"))  # noqa: S608  (as above)


def _merge(database: Database, index: str) -> None:
    """The first step, less than nothing, is for all there is; the others go on until there is nothing left to do."""
    step = text(f"INSERT INTO {index} ({index}, rank) VALUES ('merge', :pages)")  # noqa: S608  (as above)
    done, pages = text("SELECT total_changes()"), -_PAGES
    while True:
        with database.write() as session:
            before = session.scalar(done) or 0
            session.execute(step, {"pages": pages})
            if (session.scalar(done) or 0) - before <= 1:
                return
        pages = _PAGES
