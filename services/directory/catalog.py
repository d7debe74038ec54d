"""What a database tells of its tables: columns and their widths, what is unique, triggers, and if it takes writes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, text

from services.db.session import MYSQL

TEXT, NUMBER, FLAG, TIME, UUID, BYTES, JSON, OTHER = (
    "text", "number", "yes or no", "time", "uuid", "bytes", "json", "other",
)  # fmt: skip
_FAMILIES = (
    (FLAG, re.compile(r"bool|tinyint\(1\)|bit\(1\)|^bit$")),
    (JSON, re.compile(r"json")),
    (UUID, re.compile(r"uuid")),
    (BYTES, re.compile(r"bytea|blob|binary")),
    (TIME, re.compile(r"timestamp|datetime|^date")),
    (TEXT, re.compile(r"char|text|clob|^name$|enum|^set")),
    (NUMBER, re.compile(r"int|serial|numeric|decimal|float|double|real|number")),
)
TABLE, VIEW, FOREIGN = "table", "view", "foreign table"
_KINDS = {
    "r": TABLE, "p": TABLE, "v": VIEW, "m": "materialised view", "f": FOREIGN,  # PostgreSQL
    "BASE TABLE": TABLE, "VIEW": VIEW, "SYSTEM VERSIONED": TABLE,  # MySQL and MariaDB
}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """One column. `length`: how many signs it takes, where it is limited."""

    name: str
    family: str
    nullable: bool
    length: int | None = None


@dataclass(frozen=True)
class Listed:
    """A table or view. `named`: its name alone, without the schema, finds it."""

    name: str
    schema: str
    kind: str = TABLE
    named: bool = True
    fields: Mapping[str, Field] = field(default_factory=dict)


def family(written: str) -> str:
    """Of a type as the database writes it."""
    return next((kind for kind, sign in _FAMILIES if sign.search(written.lower())), OTHER)


def find(tables: Iterable[Listed], name: str, schema: str) -> Listed | None:
    fitting = (each for each in tables if each.name == name)
    return next((each for each in fitting if (each.schema == schema if schema else each.named)), None)


_POSTGRES = """
SELECT n.nspname, c.relname, c.relkind::text, pg_table_is_visible(c.oid), a.attname,
       coalesce(b.typname, t.typname), NOT a.attnotnull,
       CASE WHEN coalesce(b.typname, t.typname) IN ('varchar', 'bpchar')
            THEN nullif(CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END, -1) - 4 END
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_type b ON t.typtype = 'd' AND b.oid = t.typbasetype
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
  AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
  AND (:anything OR c.relname IN :names)
ORDER BY n.nspname, c.relname, a.attnum
"""
_MYSQL = """
SELECT t.table_schema, t.table_name, t.table_type, t.table_schema = DATABASE(), c.column_name, c.column_type,
       c.is_nullable = 'YES', c.character_maximum_length
FROM information_schema.columns c
JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
WHERE t.table_schema = COALESCE(NULLIF(:schema, ''), DATABASE()) AND (:anything OR t.table_name IN :names)
ORDER BY t.table_name, c.ordinal_position
"""
_SQLITE = """
SELECT '', m.name, m.type, 1, c.name, c.type, c."notnull" = 0 AND c.pk = 0, NULL
FROM sqlite_master m JOIN pragma_table_info(m.name) c
WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND (:anything OR m.name IN :names)
ORDER BY m.name, c.cid
"""


def listed(connection: Connection, schema: str = "", names: Iterable[str] | None = None) -> list[Listed]:
    """All tables that the account may see, or those of these names. MySQL: in one database, its word for schema."""
    wanted = None if names is None else list(names)
    values = {"anything": wanted is None, "names": wanted or [""], "schema": schema}
    statement = text({"postgresql": _POSTGRES, "sqlite": _SQLITE}.get(connection.dialect.name, _MYSQL))
    statement = statement.bindparams(bindparam("names", expanding=True))
    values = {name: value for name, value in values.items() if name in statement.compile().params}
    found: dict[tuple[str, str], tuple[str, bool, dict[str, Field]]] = {}
    for space, table, kind, named, column, written, nullable, length in connection.execute(statement, values):
        place = found.setdefault((str(space), str(table)), (_KINDS.get(str(kind), str(kind)), bool(named), {}))
        place[2][str(column)] = Field(str(column), family(str(written)), bool(nullable), length)
    return [Listed(table, space, kind, named, fields) for (space, table), (kind, named, fields) in found.items()]


# --- unique, triggers ------------------------------------------------------------------------------

_UNIQUE = {
    "postgresql": """
SELECT i.indexrelid::text, i.indisprimary, a.attname
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey::smallint[])
WHERE i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
  AND n.nspname = :schema AND c.relname = :name""",
    "sqlite": """
SELECT i.name, i.origin = 'pk', c.name FROM pragma_index_list(:name) i JOIN pragma_index_info(i.name) c
WHERE i."unique" = 1 AND i.partial = 0
UNION ALL SELECT '', 1, name FROM pragma_table_info(:name) WHERE pk > 0""",
}
_UNIQUE_MYSQL = """
SELECT index_name, index_name = 'PRIMARY', column_name FROM information_schema.statistics
WHERE non_unique = 0 AND table_schema = :schema AND table_name = :name"""


def unique(connection: Connection, table: Listed) -> list[frozenset[str]]:
    """Columns that no two rows share; those of the primary key first."""
    statement = text(_UNIQUE.get(connection.dialect.name, _UNIQUE_MYSQL))
    found: dict[tuple[bool, str], set[str]] = {}
    for index, primary, column in connection.execute(statement, _place(connection, table)):
        found.setdefault((not primary, str(index)), set()).add(str(column))
    return [frozenset(columns) for _, columns in sorted(found.items(), key=lambda pair: pair[0])]


_TRIGGERS = {
    "postgresql": """
SELECT g.tgname FROM pg_catalog.pg_trigger g
JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE NOT g.tgisinternal AND g.tgenabled <> 'D' AND g.tgtype & 16 <> 0
  AND n.nspname = :schema AND c.relname = :name ORDER BY g.tgname""",
    "sqlite": """
SELECT name FROM sqlite_master
WHERE type = 'trigger' AND tbl_name = :name AND lower(sql) LIKE '%update%' ORDER BY name""",
}
_TRIGGERS_MYSQL = """
SELECT trigger_name FROM information_schema.triggers
WHERE event_manipulation = 'UPDATE' AND event_object_schema = :schema AND event_object_table = :name
ORDER BY trigger_name"""


def triggers(connection: Connection, table: Listed) -> list[str]:
    """Those that run at an UPDATE. MySQL shows them only to whoever has the right TRIGGER."""
    statement = text(_TRIGGERS.get(connection.dialect.name, _TRIGGERS_MYSQL))
    return [str(name) for name in connection.scalars(statement, _place(connection, table))]


def _place(connection: Connection, table: Listed) -> dict[str, str]:
    both = {"schema": table.schema, "name": table.name}
    return {"name": table.name} if connection.dialect.name == "sqlite" else both


# --- whether it takes writes -----------------------------------------------------------------------

_ONLY_READS = frozenset({"read_only", "super_read_only", "innodb_read_only", "tx_read_only", "transaction_read_only"})


def only_reads(connection: Connection) -> str:
    """Why nothing can be written on this server, in words; empty where it can."""
    match connection.dialect.name:
        case "postgresql":
            if connection.scalar(text("SELECT pg_is_in_recovery()")):
                return "it is a standby, a copy for reading only"
            if connection.scalar(text("SELECT current_setting('transaction_read_only')")) == "on":
                return "its transactions are read-only (default_transaction_read_only)"
        case name if name in MYSQL:
            set_so = sorted(
                str(variable)
                for variable, value in connection.execute(text("SHOW VARIABLES LIKE '%read_only'"))
                if str(variable) in _ONLY_READS and str(value).upper() not in ("OFF", "0")
            )
            if set_so:
                return f"it is set to be read only ({', '.join(set_so)}), as copies are"
    return ""
