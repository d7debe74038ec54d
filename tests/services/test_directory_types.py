"""Columns in the types that products give them: booleans of every kind, `where` as people write it, uuids, enums."""

from __future__ import annotations

import tomllib
import uuid
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, Date, Enum, Integer, Numeric, String, Table, Uuid

from services.directory.check.checking import Ground, check
from services.directory.check.fitting import misfits
from services.directory.formats import FORMATS
from services.directory.inspect.inspecting import inspect
from services.directory.mapping import Mapping, Rows
from services.directory.written import read_mapping
from services.model import State
from tests.services.house import SAM, HandClock, make_house
from tests.services.products import Product, held, reset
from tests.services.test_directory import MAPPING, UNTIL, jane, users

HASH = FORMATS["bcrypt-2b"].hash("correct horse", "04")


# --- bit(1), the boolean of Java's frameworks -----------------------------------------------------

BITS = Mapping(
    "people", phone="mobile", password="pw", hash="bcrypt-2b", active="is_active", must_change="must_change",
    unlock=(("locked", "0"), ("tries", "0")), rows=(Rows("sessions", where=(("open", "true"),)),),
)  # fmt: skip


def with_bits(product: Product) -> None:
    """Jane, who is active and locked out, and Joe, who was switched off."""
    product.run(
        "CREATE TABLE people (id int PRIMARY KEY, first_name varchar(40), last_name varchar(40), email varchar(80),"
        " mobile varchar(40), pw varchar(100), is_active bit(1) NOT NULL, must_change bit(1), locked bit(1),"
        " tries int)",
        "CREATE TABLE sessions (id int PRIMARY KEY, user_id int, open bit(1))",
        "INSERT INTO people VALUES (1, 'Jane', 'Doe', 'jane@acme.example', '202-555-0142', '', 1, 0, 1, 5),"
        " (2, 'Joe', 'Doe', 'joe@acme.example', '202-555-0117', '', 0, NULL, 0, 0)",
        f"UPDATE people SET pw = '{HASH}'",  # noqa: S608  (a hash of ours)
        "INSERT INTO sessions VALUES (1, 1, 1), (2, 1, 0), (3, 2, 1)",
    )


def asked(product: Product, question: str) -> list[tuple[Any, ...]]:
    with product.engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(question)]


def bits(product: Product) -> list[tuple[Any, ...]]:
    return asked(product, "SELECT id, pw, is_active + 0, must_change + 0, locked + 0, tries FROM people ORDER BY id")


def test_bits_are_read_checked_and_written_on_a_named_person(on_mariadb: Product) -> None:
    with_bits(on_mariadb)
    before = bits(on_mariadb)
    ground = Ground(on_mariadb.engine, BITS, "US", clock=HandClock())
    checks = {each.name: each for each in check(ground, "jane@acme.example")}
    assert [each.found for each in checks.values() if each.failed] == []
    assert checks["directory: a reset"].found.endswith(
        "Changed: pw, must_change, locked, tries. Rows that went with it: 1 of sessions."
    )
    assert checks["directory: rolled back"].found.startswith("Nothing was changed")
    assert bits(on_mariadb) == before
    directory = on_mariadb.directory(BITS)
    jane, joe = (directory.by_keys(["1", "2"])[key] for key in "12")
    assert (jane.active, jane.may_be_locked, joe.active, joe.may_be_locked) == (True, True, False, False)
    assert directory.unlock("1")
    assert bits(on_mariadb) == [(1, HASH, 1, 0, 0, 0), before[1]]


def test_bits_through_a_whole_reset_and_back(on_mariadb: Product, folder: Path) -> None:
    with_bits(on_mariadb)
    before = bits(on_mariadb)
    house = make_house(folder, BITS, product=on_mariadb.engine)
    request = house.reset()
    assert request.state is State.SENT
    [(_, written, *state), joe] = bits(on_mariadb)
    assert FORMATS["bcrypt-2b"].verify(house.carrier.secret, written)
    assert (state, joe) == ([1, 1, 0, 0], before[1])
    assert asked(on_mariadb, "SELECT id FROM sessions ORDER BY id") == [(2,), (3,)]
    house.look(after=3601)
    assert house.resets.show(SAM, request.id).state is State.LAPSED
    assert bits(on_mariadb) == before
    assert house.alarms == []
    house.database.close()


def test_inspect_proposes_bits(on_mariadb: Product) -> None:
    with_bits(on_mariadb)
    proposal = inspect(on_mariadb.engine)
    assert proposal.settings["active"] == "is_active"
    assert proposal.fits
    problems: list[str] = []
    mapping = read_mapping(tomllib.loads(proposal.as_toml())["directory"], problems)
    assert mapping is not None, problems
    assert [person.active for person in on_mariadb.directory(mapping).everybody()] == [True, False]


# --- where ----------------------------------------------------------------------------------------

WORDS = Enum("home", "work", name="kind_of_number")


def with_contacts(product: Product) -> Table:
    table = users(product)
    product.add(table, jane(), jane(2))
    contacts = product.table(
        "contacts", Column("id", Integer, primary_key=True), Column("user_id", Integer), Column("main", Boolean),
        Column("rank", Integer), Column("kind", WORDS), Column("share", Numeric(8, 2)), Column("since", Date),
        Column("number", String(40)),
    )  # fmt: skip
    row = {"kind": "work", "share": 1, "since": date(2026, 11, 23), "number": "202-555-0142"}
    other = {"kind": "home", "share": 2, "since": date(2026, 11, 24), "number": "202-555-0117"}
    for key in (1, 2):
        product.add(contacts, {"id": 2 * key, "user_id": key, "main": True, "rank": 1, **row})
        product.add(contacts, {"id": 2 * key + 1, "user_id": key, "main": False, "rank": 0, **other})
    return contacts


def where(column: str, value: str) -> Mapping:
    """As people write it."""
    text = f"""
        table = "Users"
        key = "Id"
        password = "PassWord"
        [phone_table]
        table = "contacts"
        value = "number"
        where = {{ {column} = {value} }}
        [[rows]]
        table = "contacts"
        where = {{ {column} = {value} }}
    """
    problems: list[str] = []
    mapping = read_mapping(tomllib.loads(text), problems)
    assert mapping is not None, problems
    return mapping


def test_where_is_written_as_one_likes_and_asked_as_the_column_is(product: Product) -> None:
    contacts = with_contacts(product)
    both = [(column, value) for column in ("main", "rank") for value in ("true", "1", '"1"', '"true"')]
    more = [("kind", '"work"'), ("share", "1"), ("share", '"1.00"'), ("since", '"2026-11-23"')]
    for column, value in (*both, *more):
        mapping = where(column, value)
        found = product.directory(mapping).by_keys(["1"])["1"]
        assert found.phone.e164 == "+12025550142", (column, value)
        assert not [said for said in misfits(product.engine, mapping) if "contacts" in said], (column, value)
    for value in ("false", "0", '"0"', '"false"'):
        assert product.directory(where("main", value)).by_keys(["1"])["1"].phone.e164 == "+12025550117", value
    directory = product.directory(where("main", "true"))
    reset(directory, "1", UNTIL)
    assert [row[:2] for row in sorted(product.rows(contacts))] == [(3, 1), (4, 2), (5, 2)]


@pytest.mark.parametrize(
    ("column", "value"),
    [("main", "maybe"), ("main", "2"), ("rank", "first"), ("share", "many"), ("since", "2026"), ("kind", "boat")],
)
def test_where_no_row_can_ever_be_so_the_start_says_it(product: Product, column: str, value: str) -> None:
    with_contacts(product)
    kind = product.engine.dialect.name
    said = misfits(product.engine, where(column, f'"{value}"'))
    if (column, kind) in (("kind", "sqlite"), ("kind", "mysql")) or (column, value, kind) == ("main", "2", "mysql"):
        assert "can never be" not in str(said)  # these keep them as texts and numbers
    else:
        assert said[0].startswith(f"Column '{column}' of table 'contacts' can never be '{value}'. ")


# --- keys, tokens and times that are no text ------------------------------------------------------


def test_a_random_token_in_a_uuid_column(on_postgres: Product) -> None:
    """Rehearsed as it is read back; and where the product wrote another one meanwhile, void afterwards."""
    product = on_postgres
    table = users(product, Column("token", Uuid), Column("stamp", Uuid))
    token, stamp, other = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    product.add(table, *(jane(key, token=token, stamp=stamp) for key in (1, 2)))
    directory = product.directory(replace(MAPPING, also_set=(("token", "random"), ("stamp", "uuid"))))
    for key, before in ((1, token), (2, None)):
        base, new = reset(directory, str(key), UNTIL)
        assert product.row(table, key)["token"] != token
        if before is None:
            product.set(table, key, token=other)
        assert directory.swap(str(key), new, base, restoring=True)
        after = product.row(table, key)
        assert after["stamp"] == stamp
        assert after["token"] == before if before else after["token"] not in (token, other)
    assert directory.close("1", held(directory, "1"))


def test_a_key_that_is_a_decimal_number(product: Product) -> None:
    """What cannot be one is nobody's."""
    table = users(product, key=Numeric(12, 0))
    product.add(table, jane(7))
    directory = product.directory(MAPPING)
    [key] = [person.key for person in directory.everybody()]
    assert list(directory.by_keys([key, "no number", ""])) == [key]
    assert directory.credentials("no number") is None
    reset(directory, key, UNTIL)


def test_a_day_of_the_last_change_comes_back(product: Product) -> None:
    """Emptied it makes the person choose."""
    table = users(product, Column("changed", Date))
    product.add(table, jane(changed=date(2026, 11, 23)))
    directory = product.directory(replace(MAPPING, must_change="changed", must_change_null=True))
    base, new = reset(directory, "1", UNTIL)
    assert held(directory, "1").must_change is True
    assert directory.swap("1", new, base, restoring=True)
    assert product.row(table, 1)["changed"] == date(2026, 11, 23)
