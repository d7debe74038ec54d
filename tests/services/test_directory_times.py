"""Times as products write them: timestamps, texts, seconds, milliseconds; in SQLite any of these in one column."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import BigInteger, Column, Date, DateTime, Float, Integer, Numeric, String, Table, event

from services.directory.check.checking import Ground, check
from services.directory.mapping import Mapping
from services.directory.times import time_of
from services.errors import DirectoryRefused
from services.lookout import Check, Status
from tests.services.house import START, HandClock
from tests.services.products import Product, held, open_product, reset
from tests.services.test_directory import MAPPING, UNTIL, jane, users

SEEN = replace(MAPPING, last_sign_in_at="seen")
NEW_YORK = timezone(timedelta(hours=-5))
DECIDED = datetime(2037, 1, 1, tzinfo=UTC)
"""The last year whose seconds go into an INTEGER."""
Writing = tuple[Any, Callable[[datetime], Any]]
WRITINGS: dict[str, Writing] = {
    "seconds": (Integer, lambda at: int(at.timestamp())),
    "seconds and their parts": (Numeric(16, 3), lambda at: at.timestamp()),
    "milliseconds": (BigInteger, lambda at: int(at.timestamp() * 1000)),
    "milliseconds with a point": (Float(53), lambda at: at.timestamp() * 1000),
    "a text with a zone": (String(40), lambda at: at.astimezone(NEW_YORK).isoformat()),
    "Ruby's text": (String(40), lambda at: at.strftime("%Y-%m-%d %H:%M:%S UTC")),
}


# --- whether it was used --------------------------------------------------------------------------


@pytest.mark.parametrize("writing", WRITINGS)
def test_a_use_is_seen_in_each_writing(product: Product, writing: str) -> None:
    """Unused it is put back, and never over a use; who never signed in has not used it."""
    kind, written = WRITINGS[writing]
    table = users(product, Column("seen", kind))
    hour = timedelta(hours=1)
    product.add(table, *(jane(key, seen=written(START - hour)) for key in (1, 2)), jane(3))
    directory = product.directory(SEEN)
    assert held(directory, "1").last_sign_in_at == START - hour
    images = {key: reset(directory, key, UNTIL) for key in "123"}
    product.set(table, 2, seen=written(START + timedelta(minutes=1)))
    back = [
        directory.swap(key, new, base, restoring=True, unless_used_since=START) for key, (base, new) in images.items()
    ]
    assert back == [True, False, True]
    assert [product.row(table, key)["PassWord"] for key in (1, 2, 3)] == ["old-hash", "the new hash", "old-hash"]


@pytest.mark.parametrize("writing", WRITINGS)
def test_a_use_between_reading_and_writing_is_seen(product: Product, writing: str) -> None:
    kind, written = WRITINGS[writing]
    table = users(product, Column("seen", kind))
    product.add(table, jane(seen=written(START - timedelta(hours=1))))
    directory = product.directory(SEEN)
    base, new = reset(directory, "1", UNTIL)
    other = open_product(product.engine.url)
    if product.engine.dialect.name == "sqlite":
        other.engine.dispose()
        return  # where somebody is about to write, nobody else writes

    @event.listens_for(product.engine, "before_cursor_execute")
    def before(*given: Any) -> None:
        if str(given[2]).startswith("UPDATE"):
            other.set(table, 1, seen=written(START + timedelta(minutes=1)))

    assert not directory.swap("1", new, base, restoring=True, unless_used_since=START)
    assert product.row(table, 1)["PassWord"] == "the new hash"
    other.engine.dispose()


@pytest.mark.parametrize(
    "written",
    [
        lambda at: int(at.timestamp() * 1000),
        lambda at: int(at.timestamp()),
        lambda at: f"{at:%Y-%m-%dT%H:%M:%S}.000Z",
        lambda at: f"{at:%Y-%m-%d %H:%M:%S}.000 +00:00",
        lambda at: at.astimezone(NEW_YORK).isoformat(" "),
    ],
    ids=["Prisma", "seconds", "T and Z", "Sequelize", "another zone"],
)
def test_sqlite_keeps_anything_in_a_column_of_times(on_sqlite: Product, written: Callable[[datetime], Any]) -> None:
    """Read in each writing, and put back as it was: a number as that number."""
    product, minute = on_sqlite, timedelta(minutes=1)
    soon, before, after = (written(START + minutes * minute) for minutes in (5, -5, 1))
    product.run(
        "CREATE TABLE Users (Id INTEGER PRIMARY KEY, first_name TEXT, last_name TEXT, email TEXT, mobile TEXT,"
        " PassWord TEXT, seen DATETIME, ends TIMESTAMP)"
    )
    put = "INSERT INTO Users (Id, email, PassWord, seen, ends) VALUES (?, 'j@x.example', 'old-hash', ?, ?)"
    with product.engine.begin() as connection:
        for key, ends in ((1, soon), (2, soon), (3, written(DECIDED))):
            connection.exec_driver_sql(put, (key, before, ends))
    mapping = replace(SEEN, locked_until="ends", unlock=(("ends", "null"),))
    directory = product.directory(mapping, clock=HandClock())
    assert [person.active for person in directory.everybody()] == [True, True, False]
    images = {key: reset(directory, key, UNTIL) for key in "12"}
    assert directory.swap("3", held(directory, "3").image, directory.temporary("x", UNTIL))
    assert ends_of(product) == [None, None, written(DECIDED)]
    with product.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE Users SET seen = ? WHERE Id = 2", (after,))
    assert [
        directory.swap(key, new, base, restoring=True, unless_used_since=START) for key, (base, new) in images.items()
    ] == [True, False]
    [back, *_] = ends_of(product)
    assert (back, time_of(back)) == (soon if isinstance(soon, int) else back, START + 5 * minute)


def ends_of(product: Product) -> list[Any]:
    """As SQLite holds them."""
    with product.engine.connect() as connection:
        return list(connection.exec_driver_sql("SELECT ends FROM Users ORDER BY Id").scalars())


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (1795462920, START), (1795462920000, START), ("1795462920", START), ("1795462920000", START),
        ("1795462920.0", START), (1795462920.0, START), ("2026-11-23T19:42:00Z", START),
        ("2026-11-23 19:42:00.000 +00:00", START), ("2026-11-23 14:42:00 -0500", START),
        ("2026-11-23 19:42:00 UTC", START), ("2026-11-23 19:42", START),
        (date(2026, 11, 23), datetime(2026, 11, 23, tzinfo=UTC)),
        ("some day", None), ("", None), ("0", None), (0, None), (float("nan"), None), (10**18, None), (None, None),
        ("0000-00-00 00:00:00", None),
    ],
)  # fmt: skip
def test_what_can_be_read_as_a_time(value: object, moment: datetime | None) -> None:
    assert time_of(value) == moment


# --- who is let in --------------------------------------------------------------------------------


def test_whoever_was_deactivated_at_some_time(product: Product) -> None:
    """Of a time that cannot be read nobody is let in; a zero in any writing is none."""
    table = users(product, Column("text", String(40)), Column("number", BigInteger))
    texts = (None, "", "0", "0000-00-00 00:00:00", "some day", "1795462920000", "2026-11-23")
    numbers = (None, 0, 1795462920000, 1795462920)
    product.add(table, *(jane(key, text=text) for key, text in enumerate(texts)))
    product.add(table, *(jane(10 + key, number=number) for key, number in enumerate(numbers)))
    by_text, by_number = (product.directory(replace(MAPPING, deactivated_at=name)) for name in ("text", "number"))
    found = by_text.by_keys([str(key) for key in range(7)])
    assert [found[str(key)].active for key in range(7)] == [True, True, True, True, False, False, False]
    found = by_number.by_keys([str(key) for key in range(10, 14)])
    assert [found[str(key)].active for key in range(10, 14)] == [True, True, False, False]


def test_mysqls_day_zero_is_no_time(on_mariadb: Product) -> None:
    """And a lock that was none so is put back as none: strict servers take no such day."""
    product = on_mariadb
    table = users(product, Column("gone", DateTime), Column("day", Date), Column("locked", DateTime))
    product.add(table, jane(), jane(2, gone=START.replace(tzinfo=None)))
    product.run("UPDATE Users SET gone = 0, day = 0, locked = 0 WHERE Id = 1")
    for name in ("gone", "day"):
        directory = product.directory(replace(MAPPING, deactivated_at=name, unlock=(("locked", "null"),)))
        assert directory.by_keys(["1"])["1"].active
    assert not product.directory(replace(MAPPING, deactivated_at="gone")).by_keys(["2"])["2"].active
    base, new = reset(directory, "1", UNTIL)
    assert directory.swap("1", new, base, restoring=True)
    assert held(directory, "1").image == base


@pytest.mark.parametrize("kind", [Integer, Numeric(5, 0), Float, String(9)])
def test_a_status_lets_in_only_whose_it_is_one(product: Product, kind: Any) -> None:
    table = users(product, Column("status", kind))
    product.add(table, *(jane(key, status=str(key) if isinstance(kind, String) else key) for key in range(4)))
    found = product.directory(replace(MAPPING, active="status")).by_keys(["0", "1", "2", "3"])
    assert [key for key, person in found.items() if person.active] == ["1"]


@pytest.mark.parametrize("writing", [*WRITINGS, "days"])
def test_a_lock_by_somebodys_decision_stays_in_each_writing(product: Product, writing: str) -> None:
    """A counter's lock goes with a reset, and one for years does not, whatever happens meanwhile."""
    kind, written = WRITINGS.get(writing, (Date, datetime.date))
    table = users(product, Column("ends", kind))
    soon, far = written(START + timedelta(hours=1)), written(DECIDED)
    product.add(table, jane(1, ends=soon), jane(2, ends=far))
    mapping = replace(MAPPING, locked_until="ends", unlock=(("ends", "null"),))
    directory = product.directory(mapping, clock=HandClock())
    assert [person.active for person in directory.everybody()] == [True, False]
    before = [product.row(table, key)["ends"] for key in (1, 2)]
    base, new = reset(directory, "1", UNTIL)
    assert directory.swap("2", held(directory, "2").image, directory.temporary("x", UNTIL))
    assert [product.row(table, key)["ends"] for key in (1, 2)] == [None, before[1]]
    assert directory.swap("1", new, base, restoring=True)
    assert product.row(table, 1)["ends"] == before[0]
    assert directory.unlock("1")
    with pytest.raises(DirectoryRefused):
        directory.unlock("2")
    assert [product.row(table, key)["ends"] for key in (1, 2)] == [None, before[1]]


# --- what `check` says of them --------------------------------------------------------------------


def said(product: Product, mapping: Mapping) -> list[Check]:
    checks = list(check(Ground(product.engine, mapping, "US", clock=HandClock())))
    return [each for each in checks if each.name == "directory: times"]


def test_times_that_cannot_be_read_are_said_by_name(product: Product) -> None:
    names = ("seen", "changed", "ends", "gone")
    table = users(product, *(Column(name, String(40)) for name in names))
    good, bad = dict.fromkeys(names, "2026-11-23 19:42"), dict.fromkeys(names, "oops-secret")
    product.add(table, jane(1, **good), jane(2, **bad), jane(3, **dict.fromkeys(names, "0")), jane(4))
    mapping = replace(
        MAPPING, last_sign_in_at="seen", phone_changed_at="changed", locked_until="ends", deactivated_at="gone"
    )
    found = said(product, mapping)
    assert [(each.status, each.found.partition(":")[0]) for each in found] == [
        (Status.FAILED, "1 of 2 values in 'seen' (directory.last_sign_in_at) are no times"),
        (Status.FAILED, "1 of 2 values in 'changed' (directory.phone_changed_at) are no times"),
        (Status.FAILED, "1 of 2 values in 'ends' (directory.locked_until) are no times"),
        (Status.WARNING, "1 of 2 values in 'gone' (directory.deactivated_at) are no times"),
    ]
    assert found[0].mend.endswith('name such a column, or set directory.last_sign_in_at = "".')
    assert "oops-secret" not in str(found)
    product.set(table, 2, **good)
    [fine] = said(product, mapping)
    assert (fine.status, fine.found) == (Status.OK, "8 times in seen, changed, ends, gone can be read.")
    assert said(product, MAPPING) == []


@pytest.mark.parametrize(
    ("kind", "value"),
    [(BigInteger, 1795462920000000), (BigInteger, 20261123194200), (Date, date(2026, 11, 23)), (Integer, 7)],
    ids=["microseconds", "digits of a date", "days", "fine"],
)
def test_times_that_tell_no_use(product: Product, kind: Any, value: object) -> None:
    """Far ahead lies no sign-in: such numbers count something else."""
    table: Table = users(product, Column("seen", kind))
    product.add(table, jane(seen=value))
    [found] = said(product, SEEN)
    assert found.status is (Status.OK if value == 7 else Status.FAILED)
