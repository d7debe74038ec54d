"""Whether a mapping fits its database: all that is wrong with it at once, found without touching a row.

Run at every start and by the doctor; `directory check` goes on from here (services/directory/check/checking.py). Each
finding says what is wrong, what it means and how to mend it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from sqlalchemy import Connection, Engine, Select, func, select
from sqlalchemy.exc import SQLAlchemyError

from services.db.session import MYSQL, READ_ONLY, scrub
from services.directory import catalog
from services.directory.catalog import FOREIGN, TABLE, Listed
from services.directory.check.columns import columns, phone
from services.directory.check.hashes import hashes
from services.directory.check.rights import COPY, may_read, may_read_copy, may_write
from services.directory.faults import POOLER, connected, kind_of, suit
from services.directory.mapping import Mapping
from services.directory.shape import Shape, look
from services.directory.sql import SqlDirectory
from services.errors import DirectoryRefused, DirectoryUnreachable
from services.health import lacks_file
from services.lookout import Check, failed, ok, warning

CONNECTION, TABLES, KEY = "directory: connection", "directory: tables", "directory: key"
_SEE_FILE = "Put the right name into [directory]; `python -m bot directory inspect` proposes one."
_SEE_PHONE = "Name the column of telephone numbers in directory.phone, or its table in [directory.phone_table]."
_CLOSE = 0.7
"""How alike a name has to be to be offered in the place of another."""
_NOT_AWAY = (
    "the account or its password is refused",
    "the account may not connect from here",
    "there is no such database, account or table",
    "there is no such database",
    "the file cannot be opened",
    "the file is not a database",
    POOLER,
)
"""Kinds of a failed connection that waiting does not change."""


class Away(DirectoryUnreachable):
    """`kind`: in our words, how."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind


def misfits(engine: Engine, mapping: Mapping, copy: Engine | None = None) -> list[str]:
    """What keeps resets from working, a sentence each: with any of them a process does not start.

    Raises DirectoryUnreachable where the database is merely away, which passes by itself.
    """
    return [f"{check.found} {check.mend}" for check in fit(engine, mapping, copy) if check.failed]


def fit(engine: Engine, mapping: Mapping, copy: Engine | None = None) -> Iterator[Check]:
    """`copy`: where DIRECTORY_READ_URL leads. Raises DirectoryUnreachable."""
    reached = reach(engine)
    yield reached
    if reached.failed:
        return
    directory = SqlDirectory(engine, mapping, "US")
    with connected(engine.execution_options(**{READ_ONLY: True})) as connection:
        there = catalog.listed(connection, mapping.schema, _named_tables(mapping))
        lacking = list(_missing(connection, mapping, there))
        yield from lacking
        if lacking:
            return
        try:
            shape = look(connection, mapping)
        except DirectoryRefused as refused:
            yield _unfit(refused.what)
            return
        people = catalog.find(there, mapping.table, mapping.schema) or Listed(mapping.table, mapping.schema)
        yield _tables(shape, people)
        yield _key(engine, connection, shape, people)
        yield from columns(shape, people)
        yield from _rows(connection, shape, people, there)
    yield phone(shape)
    readable = may_read(engine, shape)
    yield readable
    if not readable.failed:
        yield hashes(directory, shape.mapping)
    if copy is not None:
        yield _copy(copy, shape)
    yield may_write(engine, shape)


def reach(engine: Engine, setting: str = "DIRECTORY_URL") -> Check:
    """Raises Away; an account or a database that is not there is no matter of waiting."""
    if lacks_file(engine):
        mend = f"Put the product's database into {setting}."
        return failed(CONNECTION, f"The file of {setting} is not there.", mend)
    suit(engine)
    try:
        with engine.execution_options(**{READ_ONLY: True}).connect() as connection:
            connection.execute(select(1))
            return ok(CONNECTION, f"Reached ({connection.dialect.name}).")
    except SQLAlchemyError as error:
        kind = kind_of(error)
        scrub(error)
    if kind not in _NOT_AWAY:
        raise Away(kind)
    mend = f"See {setting}: address, name of the database, account and its password."
    return failed(CONNECTION, f"The product's database does not let us in: {kind}.", mend)


def _copy(copy: Engine, shape: Shape) -> Check:
    """A copy that is away only keeps new people from being found."""
    try:
        reached = reach(copy, "DIRECTORY_READ_URL")
        return reached if reached.failed else may_read_copy(copy, shape)
    except DirectoryUnreachable as away:
        kind = away.kind if isinstance(away, Away) else "no answer in time"
        mend = "See DIRECTORY_READ_URL; until it is back nobody new is found."
        return warning(COPY, f"The copy cannot be reached: {kind}.", mend)


# --- tables ---------------------------------------------------------------------------------------


def _named_tables(mapping: Mapping) -> set[str]:
    asides = {name for _, aside in mapping.asides for name, _ in aside.needs}
    return {mapping.table, *asides, *(rows.table for rows in mapping.rows)}


def _missing(connection: Connection, mapping: Mapping, there: Sequence[Listed]) -> Iterator[Check]:
    """Every table and column that is named, needed and not there."""
    needs = [(mapping.table, tuple(name for name in mapping.columns if name not in mapping.optional))]
    for _, aside in mapping.asides:
        needs += () if aside.optional else aside.needs
    needs += [(rows.table, rows.needs) for rows in mapping.rows if not rows.optional]
    for name in dict.fromkeys(name for name, _ in needs):
        table = catalog.find(there, name, mapping.schema)
        if table is None:
            yield _no_table(connection, name, mapping.schema)
            continue
        wanted = dict.fromkeys(column for each, columns in needs if each == name for column in columns)
        for column in wanted:
            if column not in table.fields:
                found = f"Table {name!r} has no column {column!r}{_like(column, table.fields)}."
                is_phone = name == mapping.table and column == mapping.phone
                yield failed(TABLES, found, _SEE_PHONE if is_phone else _SEE_FILE)


def _no_table(connection: Connection, name: str, schema: str) -> Check:
    others = catalog.listed(connection)
    elsewhere = [each.schema for each in others if each.name == name]
    if elsewhere:
        where = f"in schema {schema!r}" if schema else "in the default schema"
        mend = f'There is one in {elsewhere[0]!r}: set directory.schema = "{elsewhere[0]}".'
        return failed(TABLES, f"There is no table {name!r} {where}.", mend)
    seen = " that the account may see" if connection.dialect.name in MYSQL else ""
    found = f"There is no table {name!r}{seen}{_like(name, [each.name for each in others])}."
    return failed(TABLES, found, _SEE_FILE)


def _like(name: str, there: Iterable[str]) -> str:
    lowered = {each.lower(): each for each in there}
    close = get_close_matches(name.lower(), lowered, 1, _CLOSE)
    return f"; there is {lowered[close[0]]!r}" if close else ""


def _unfit(what: str) -> Check:
    mend = _SEE_FILE
    if "cannot take back" in what:
        mend = "Convert it: ALTER TABLE … ENGINE = InnoDB. Without that no reset can be rehearsed."
    elif "holds bytes" in what:
        mend = "Locksmith compares hashes as text: make the column a text, or offer a view that does."
    return failed(TABLES, f"{what[0].upper()}{what[1:]}.", mend)


def _tables(shape: Shape, people: Listed) -> Check:
    others = {table.name for _, table in shape.rows} | {each.table.name for each in shape.joined.values()}
    beside = f", with {', '.join(sorted(others))} beside it" if others else ""
    if people.kind == TABLE:
        return ok(TABLES, f"{people.name!r} is a table with all columns that are named{beside}.")
    means = "another server's, which may be away" if people.kind == FOREIGN else "which it may show only in part"
    return warning(
        TABLES,
        f"{people.name!r} is a {people.kind}{beside}: what is written goes to a table behind it, {means}.",
        "If you can, name the table itself in directory.table.",
    )


# --- rows -----------------------------------------------------------------------------------------


def _key(engine: Engine, connection: Connection, shape: Shape, people: Listed) -> Check:
    """A key that two people share would give one of them the other's password."""
    key = shape.mapping.key
    if people.kind == TABLE and frozenset({key}) in catalog.unique(connection, people):
        return ok(KEY, f"{key!r} is unique.")
    mend = "Name the primary key in directory.key, or make this one unique."
    doubled = select(shape.key).group_by(shape.key).having(func.count() > 1).limit(1)
    nobodys = select(shape.key).where(shape.key.is_(None)).limit(1)
    unsure = f"No key or index says that {key!r} is unique"
    try:
        if _any(engine, doubled):
            return failed(KEY, f"Several rows share one value of {key!r}: whom a reset is for cannot be told.", mend)
        if _any(engine, nobodys):
            return failed(KEY, f"Rows have no value in {key!r}: these people can never be reset.", mend)
    except DirectoryUnreachable:  # a large table takes longer than we wait
        return warning(KEY, f"{unsure}, and counting took too long.", mend)
    return warning(KEY, f"{unsure}; it is at present.", f"{mend} Of people who shared one none could be reset.")


def _any(engine: Engine, statement: Select[Any]) -> bool:
    """On a connection of its own: a statement that took too long spoils what comes after it."""
    with connected(engine.execution_options(**{READ_ONLY: True})) as connection:
        return connection.execute(statement).first() is not None


def _rows(connection: Connection, shape: Shape, people: Listed, there: Sequence[Listed]) -> Iterator[Check]:
    """Rows that go with a password are found by a value, and must be nobody else's."""
    unique = catalog.unique(connection, people)
    for rows, _ in shape.rows:
        held, name = rows.by or shape.mapping.key, f"directory: rows of {rows.table}"
        if rows.by and frozenset({rows.by}) not in unique:
            found = f"They are found by {held!r}, which is not unique: of two people who share it both lose them."
            yield warning(name, found, "Name a unique column in directory.rows.by, or leave it out for the key.")
        table = catalog.find(there, rows.table, shape.mapping.schema)
        if table is None or held not in people.fields or rows.person not in table.fields:
            continue
        kinds = people.fields[held].family, table.fields[rows.person].family
        if connection.dialect.name in MYSQL and kinds[0] != kinds[1]:
            found = (
                f"{rows.person!r} holds {kinds[1]}, {held!r} {kinds[0]}: compared so, '1x' is 1 and no index helps."
            )
            yield warning(name, found, "Give both columns one type.")
