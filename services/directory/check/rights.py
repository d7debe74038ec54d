"""What the account may do, asked of the database itself: each statement of a reset tried on nobody.

No row is touched and all is rolled back. Looking the rights up in catalogs would say what was granted and not what
holds: roles, row security, read-only servers and views all have their part in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Delete, Engine, Select, Update, false, null, select, text, update

from services.db.session import READ_ONLY
from services.directory import writing
from services.directory.catalog import only_reads
from services.directory.faults import ONLY_READ, connected
from services.directory.people import select_people
from services.directory.shape import Shape
from services.errors import DirectoryRefused
from services.lookout import Check, failed, ok

READING, WRITING, COPY = "directory: reading", "directory: writing", "directory: the copy"
_UPDATE = "GRANT UPDATE on these columns; DIRECTORY_URL has to be the primary, not a copy for reading."
_FILE = "Let the account under which Locksmith runs write that file and its folder."
_GRANTS = "`python -m bot directory grants` prints what it needs."


def may_read(engine: Engine, shape: Shape) -> Check:
    """All that is shown of people, and the hash that is compared and kept."""
    own = shape.mapping.columns
    whole: list[Select[Any]] = [select_people(shape), select(*(shape.column(name) for name in own))]
    for statement in whole:
        if why := refusal(engine, statement.where(false())):
            what = _refused(engine, shape) or "the people with their second tables"
            return failed(READING, f"The account may not read {what}: {why}.", f"GRANT SELECT on it. {_GRANTS}")
    return ok(READING, f"The account may read all {len(own)} columns that are named of {shape.mapping.table!r}.")


def _refused(engine: Engine, shape: Shape) -> str:
    """Columns, of second tables with the table's name before them."""
    columns = [(name, shape.column(name)) for name in shape.mapping.columns]
    for joined in shape.joined.values():
        tables = (joined.table, joined.link)
        for table, (_, names) in zip(tables, joined.aside.needs, strict=False):
            columns += [(f"{table.name}.{name}", table.c[name]) for name in names if table is not None]
    return ", ".join(said for said, column in columns if refusal(engine, select(column).where(false())))


def may_read_copy(engine: Engine, shape: Shape) -> Check:
    """`engine`: where DIRECTORY_READ_URL leads. It shows people and needs no hash."""
    if why := refusal(engine, select_people(shape).where(false())):
        mend = f"Put a copy of the product's database there, for an account that may read it. {_GRANTS}"
        return failed(COPY, f"DIRECTORY_READ_URL cannot show people: {why}.", mend)
    return ok(COPY, "DIRECTORY_READ_URL shows the same tables and columns.")


def may_write(engine: Engine, shape: Shape) -> Check:
    """A reset's own statements, tried on nobody."""
    columns = shape.mapping.written_columns
    if why := _server(engine):
        mend = "Put the primary's address into DIRECTORY_URL; the copy's may stand in DIRECTORY_READ_URL."
        return failed(WRITING, f"Nothing can be written at DIRECTORY_URL: {why}.", mend)
    if why := refusal(engine, _setting(shape, columns)):
        refused = [one for one in columns if refusal(engine, _setting(shape, [one]))]
        return failed(
            WRITING,
            f"The account may not write {', '.join(refused or columns)}: {why}.",
            _FILE if (shape.dialect, why) == ("sqlite", ONLY_READ) else f"{_UPDATE} {_GRANTS}",
        )
    for rows, table in shape.rows:  # not `false()`, which would take away the rest: types and collations count too
        if why := refusal(engine, writing.deletion(shape, "", rows, table).where(text("1 = 0"))):
            found = f"Rows of {table.name} may not be deleted: {why}."
            return failed(
                WRITING, found, f"GRANT DELETE on that table, and SELECT on {', '.join(rows.needs)}. {_GRANTS}"
            )
    return ok(WRITING, f"A reset may write {', '.join(columns)} (tried on nobody and rolled back).")


def _server(engine: Engine) -> str:
    with connected(engine.execution_options(**{READ_ONLY: True})) as connection:
        return only_reads(connection)


def _setting(shape: Shape, columns: Iterable[str]) -> Update:
    return update(shape.people).where(false()).values(dict.fromkeys(columns, null()))


def refusal(engine: Engine, statement: Select[Any] | Update | Delete) -> str:
    """Why the database does not do this, in our words; empty where it does. Raises DirectoryUnreachable."""
    try:
        with connected(engine) as connection:
            connection.execute(statement)
            connection.rollback()
    except DirectoryRefused as refused:
        return refused.what
    return ""
