"""The smallest rights with which a mapping works, as SQL for whoever administers the product's database.

Reading on the columns that are named, writing on those that a reset writes, deleting where rows go with a password.
Nothing else: another table or column can neither be read nor written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, text

from services.db.session import MYSQL, READ_ONLY
from services.directory.faults import connected
from services.directory.mapping import FACTS, Mapping
from services.directory.people import SINGLE
from services.directory.shape import Shape, look

PASSWORD = "<a long random password>"  # noqa: S105  (what to put in its place)
_DOUBLE, _SINGLE, _BACK = '"', "'", "`"
_HEAD = "Run this as an administrator of the product's database. Put a password of your own in the place of"


@dataclass
class _Rights:
    """Of one account on one table."""

    select: dict[str, None] = field(default_factory=dict)
    update: tuple[str, ...] = ()
    delete: bool = False


def grants(engine: Engine, mapping: Mapping, writer: str, reader: str = "") -> str:
    """`reader`: a second account, for DIRECTORY_READ_URL; the first then writes, and reads what is decided by.

    Empty text where the database knows no rights. Raises DirectoryUnreachable, DirectoryRefused.
    """
    with connected(engine.execution_options(**{READ_ONLY: True})) as connection:
        shape = look(connection, mapping)
        place = _PLACES.get(shape.dialect)
        if place is None:
            return ""
        spell = place(str(engine.url.database or ""), mapping.schema or _schema_of(connection, mapping.table))
    lines = [f"-- {_HEAD} {PASSWORD}.", "", *spell.account(writer, _writing(shape))]
    if reader:
        lines += ["", "-- For DIRECTORY_READ_URL:", *spell.account(reader, _reading(shape))]
    return "\n".join(lines) + "\n"


_POSTGRES_SCHEMA = text(
    "SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.oid = to_regclass(quote_ident(:name))"
)
"""Not `current_schema()`: the table may lie later in the search path."""


def _schema_of(connection: Connection, name: str) -> str:
    if connection.dialect.name == "postgresql":
        return str(connection.scalar(_POSTGRES_SCHEMA, {"name": name}) or "")
    return str(connection.scalar(text("SELECT DATABASE()")) or "")


# --- which rights ---------------------------------------------------------------------------------


def _reading(shape: Shape) -> dict[str, _Rights]:
    """People as they are shown: no hash, and nothing that a reset writes but what counts wrong attempts."""
    m = shape.mapping
    facts = (getattr(m, fact) for fact in (*SINGLE, *FACTS) if fact not in shape.joined)
    beside = (column for column, _ in (*m.role_flags, *m.unlock))
    rights = {m.table: _Rights(_named(m.key, *facts, *beside))}
    for joined in shape.joined.values():
        for table, columns in joined.aside.needs:
            rights.setdefault(table, _Rights()).select |= _named(*columns)
    return rights


def _writing(shape: Shape) -> dict[str, _Rights]:
    m, rights = shape.mapping, _reading(shape)
    rights[m.table].select |= _named(*m.columns, *m.written_columns)
    rights[m.table].update = m.written_columns
    for rows, table in shape.rows:
        found = rights.setdefault(table.name, _Rights())
        found.select |= _named(*rows.needs)
        found.delete = True
    return rights


def _named(*columns: str) -> dict[str, None]:
    return dict.fromkeys(name for name in columns if name)


# --- how they are written -------------------------------------------------------------------------


def _verbs(rights: _Rights, mark: str) -> str:
    read, written = (", ".join(_quote(name, mark) for name in names) for names in (rights.select, rights.update))
    verbs = [f"SELECT ({read})"]
    if written:
        verbs.append(f"UPDATE ({written})")
    return ", ".join([*verbs, "DELETE"] if rights.delete else verbs)


class _Postgres:
    def __init__(self, database: str, schema: str) -> None:
        self._database, self._schema = _quote(database, '"'), _quote(schema, '"')

    def account(self, name: str, rights: dict[str, _Rights]) -> Iterator[str]:
        who = _quote(name, '"')
        yield f"CREATE ROLE {who} LOGIN PASSWORD '{PASSWORD}';"
        yield f"GRANT CONNECT ON DATABASE {self._database} TO {who};"
        yield f"GRANT USAGE ON SCHEMA {self._schema} TO {who};"
        for table, given in rights.items():
            place = f"{self._schema}.{_quote(table, _DOUBLE)}"
            yield f"GRANT {_verbs(given, _DOUBLE)} ON {place} TO {who};"


class _MySql:
    def __init__(self, _database: str, schema: str) -> None:
        self._schema = _quote(schema, _BACK)

    def account(self, name: str, rights: dict[str, _Rights]) -> Iterator[str]:
        who = f"{_quote(name, _SINGLE)}@'%'"
        yield f"CREATE USER {who} IDENTIFIED BY '{PASSWORD}';"
        for table, given in rights.items():
            yield f"GRANT {_verbs(given, _BACK)} ON {self._schema}.{_quote(table, _BACK)} TO {who};"


def _quote(name: str, mark: str) -> str:
    return f"{mark}{name.replace(mark, mark * 2)}{mark}"


_PLACES: dict[str, type[_Postgres | _MySql]] = {"postgresql": _Postgres, **dict.fromkeys(MYSQL, _MySql)}
