"""The SQL that `directory grants` prints, run as it stands: enough for a whole reset, and for nothing else."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest
from sqlalchemy import Column, Integer, String, text
from sqlalchemy.exc import DBAPIError

from services.db.session import MYSQL
from services.directory.check.checking import Ground, check
from services.directory.check.fitting import misfits
from services.directory.check.grants import PASSWORD, grants
from services.directory.formats import FORMATS
from services.directory.mapping import Mapping
from services.directory.sql import SqlDirectory
from services.directory.written import read_mapping
from services.errors import DirectoryRefused
from tests.services.house import START, HandClock
from tests.services.products import Product, held, open_product, reset
from tests.services.shops import AspNet, Laravel, Shop, WordPress

SECRET = "made-for-this-test"
SHOPS: dict[str, type[Shop]] = {"aspnet": AspNet, "laravel": Laravel, "wordpress": WordPress}


FORBIDDEN = (
    "SELECT card FROM payments",
    "UPDATE payments SET card = ''",
    "SELECT {unread} FROM {table}",
    "SELECT * FROM {table}",
    "UPDATE {table} SET {unread} = {unread}",
    "UPDATE {table} SET {email} = 'thief'",
    "INSERT INTO {table} ({password}) VALUES ('x')",
    "DELETE FROM {table}",
    "DROP TABLE {table}",
)


def sold(product: Product, kind: type[Shop]) -> Mapping:
    """Its people, and beside them what is none of ours: a column, a table, an unread column of a read table."""
    kind(product)
    product.table("payments", Column("id", Integer, primary_key=True), Column("card", String(20)))
    problems: list[str] = []
    mapping = read_mapping({"preset": kind.preset, **kind.changes}, problems)
    assert mapping is not None, problems
    return mapping


@contextmanager
def accounts(product: Product, mapping: Mapping) -> Iterator[tuple[Product, Product]]:
    """One that writes and one that reads, made by what is printed and nothing else."""
    writer, reader = (f"w_{uuid.uuid4().hex[:12]}" for _ in range(2))
    printed = grants(product.engine, mapping, writer, reader)
    assert printed.count(f"'{PASSWORD}'") == 2
    product.run(
        *(line for line in printed.replace(PASSWORD, SECRET).splitlines() if line and not line.startswith("--"))
    )
    opened = [open_product(product.engine.url.set(username=name, password=SECRET)) for name in (writer, reader)]
    try:
        yield opened[0], opened[1]
    finally:
        for name, account in zip((writer, reader), opened, strict=True):
            account.engine.dispose()
            kind = product.engine.dialect.name
            product.run(
                *([f"DROP OWNED BY {name}", f"DROP ROLE {name}"] if kind == "postgresql" else [f"DROP USER {name}"])
            )


def refused(account: Product, statement: str) -> bool:
    with suppress(DBAPIError), account.engine.connect() as connection:
        connection.execute(text(statement))
        return False
    return True


@pytest.mark.parametrize(
    ("preset", "place"), [("aspnet", "postgres"), ("laravel", "mariadb"), ("wordpress", "mariadb")]
)
def test_enough_for_a_reset_and_for_nothing_else(request: pytest.FixtureRequest, preset: str, place: str) -> None:
    product = open_product(request.getfixturevalue(f"empty_{place}"))
    mapping = sold(product, SHOPS[preset])
    with accounts(product, mapping) as (account, reader):
        ground = Ground(account.engine, mapping, "US", reader.engine, clock=HandClock())
        checks = list(check(ground, "jane@acme.example"))
        assert [each.found for each in checks if each.failed] == []
        assert checks[-1].name == "directory: rolled back"

        directory = SqlDirectory(account.engine, mapping, "US", reading=reader.engine, clock=HandClock())
        assert [person.key for person in directory.everybody()] == ["1", "2"]
        last = directory.stride(None, 10)
        assert last is not None
        assert len(directory.between(None, last)) == directory.sum(None, last).rows == 2
        base, new = reset(directory, "1", START)
        assert directory.swap("1", new, base, restoring=True)
        assert directory.close("2", held(directory, "2"))

        mark = "`" if product.engine.dialect.name in MYSQL else '"'
        names = {
            "table": mapping.table, "password": mapping.password, "email": mapping.email,
            "unread": {"aspnet": "NormalizedEmail", "laravel": "updated_at", "wordpress": "user_login"}[preset],
        }  # fmt: skip
        quoted = {name: f"{mark}{value}{mark}" for name, value in names.items()}
        for statement in FORBIDDEN:
            assert refused(account, statement.format(**quoted)), statement
            if not statement.startswith(("INSERT", "DROP")):  # an administrator may, and it is taken back
                assert not refused(product, statement.format(**quoted)), statement
        for statement in (*FORBIDDEN, "SELECT {password} FROM {table}", "UPDATE {table} SET {password} = 'x'"):
            assert refused(reader, statement.format(**quoted)), statement
        with pytest.raises(DirectoryRefused):
            SqlDirectory(reader.engine, mapping, "US").credentials("1")
    product.engine.dispose()


def test_the_schema_in_which_the_table_lies(empty_postgres: str) -> None:
    """Without one in the settings it may be any of the search path, and need not be the first."""
    product = open_product(empty_postgres)
    name = product.engine.url.database
    product.run("CREATE SCHEMA shop", f"ALTER DATABASE {name} SET search_path = public, shop")
    product.engine.dispose()
    columns = ("id", "first_name", "last_name", "email", "phone", "password_hash")
    table = product.table("people", *(Column(each, String(120)) for each in columns), schema="shop")
    stored = FORMATS["bcrypt-2b"].hash("correct horse", "04")
    row = {"id": "1", "email": "jane@acme.example", "phone": "202-555-0142", "password_hash": stored}
    product.add(table, {**row, "first_name": "Jane", "last_name": "Doe"})
    mapping = Mapping("people", hash="bcrypt-2b")
    with accounts(product, mapping) as (account, reader):
        ground = Ground(account.engine, mapping, "US", reader.engine, clock=HandClock())
        assert [each.found for each in check(ground, "jane@acme.example") if each.failed] == []
    product.engine.dispose()


def test_without_one_right_the_start_says_which(empty_postgres: str) -> None:
    product = open_product(empty_postgres)
    mapping = sold(product, AspNet)
    with accounts(product, mapping) as (account, reader):
        name = account.engine.url.username
        product.run(
            f'REVOKE SELECT ("Email") ON "AspNetUsers" FROM {name}',  # noqa: S608  (no query)
            f'REVOKE UPDATE ("SecurityStamp") ON "AspNetUsers" FROM {name}',
            f'REVOKE ALL ("Name") ON "AspNetRoles" FROM {reader.engine.url.username}',
        )
        read, copy, write = misfits(account.engine, mapping, reader.engine)
        hint = "`python -m bot directory grants` prints what it needs."
        assert read == f"The account may not read Email: the account lacks a right. GRANT SELECT on it. {hint}"
        assert copy.startswith("DIRECTORY_READ_URL cannot show people: the account lacks a right. ")
        assert write.startswith("The account may not write SecurityStamp: the account lacks a right. GRANT UPDATE on")
    product.engine.dispose()


def test_without_the_right_to_delete(empty_mariadb: str) -> None:
    """MariaDB keeps tables for which there is no right out of sight: one that is optional is not there then."""
    product = open_product(empty_mariadb)
    mapping = sold(product, Laravel)
    mapping = replace(mapping, rows=tuple(replace(rows, optional=False) for rows in mapping.rows))
    with accounts(product, mapping) as (account, _):
        assert misfits(account.engine, mapping) == []
        product.run(f"REVOKE DELETE ON sessions FROM {account.engine.url.username}")
        [said] = misfits(account.engine, mapping)
        assert said.startswith(
            "Rows of sessions may not be deleted: the account lacks a right. GRANT DELETE on that table"
        )
    product.engine.dispose()


def test_what_is_printed(empty_postgres: str) -> None:
    """Names are quoted, also where they come from somebody who means no good."""
    product = open_product(empty_postgres)
    product.run('CREATE SCHEMA "App"')
    columns = ("id", "name", "email", "phone", 'pw"; DROP TABLE x; --')
    product.table('pe"ople', *(Column(name, String(80)) for name in columns), schema="App")
    mapping = Mapping('pe"ople', schema="App", first_name="name", last_name="", password=columns[-1])
    head, empty, *statements = grants(product.engine, mapping, 'lock"smith').splitlines()
    assert head.startswith("-- ")
    assert empty == ""
    password = '"pw""; DROP TABLE x; --"'
    both = f'GRANT SELECT ("id", "email", "name", "phone", {password}), UPDATE ({password})'
    assert statements == [
        """CREATE ROLE "lock""smith" LOGIN PASSWORD '<a long random password>';""",
        f'GRANT CONNECT ON DATABASE "{product.engine.url.database}" TO "lock""smith";',
        'GRANT USAGE ON SCHEMA "App" TO "lock""smith";',
        f'{both} ON "App"."pe""ople" TO "lock""smith";',
    ]
    product.engine.dispose()
