"""Whoever was erased cannot be read out of the file either, where the database is a file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from sqlalchemy import text

from services.search import wipe
from services.search.contact import Contacts
from services.search.sync import Index
from services.search.write import Writer
from tests.services.house import House

ERASED = "\U00010330\U00010331\U00010332\U00010333"
"""A surname of letters that nothing else in the file can be: each by itself would be a trace."""
TRACES = [letter.encode() for letter in ERASED] + [b"only.example"]


def add(house: House, first_key: int, count: int, last: str, domain: str = "many.example") -> None:
    for key in range(first_key, first_key + count):
        house.product_does(
            "INSERT INTO people (id, first_name, last_name, email, role, active, password_hash)"
            " VALUES (:key, 'Nora', :last, :email, 'member', 1, 'old')",
            key=key, last=f"{last}{key}" if count > 1 else last, email=f"n{key}@{domain}",
        )  # fmt: skip


def traces(house: House) -> list[bytes]:
    with house.database.engine.connect() as connection:
        file = Path(str(connection.engine.url.database))
        connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert file.with_name(f"{file.name}-wal").stat().st_size == 0
    whole = file.read_bytes()
    return [trace for trace in TRACES if trace in whole]


def in_order(house: House) -> None:
    with house.database.write() as session:
        for index in wipe._INDEXES:
            session.execute(text(f"INSERT INTO {index} ({index}) VALUES ('integrity-check')"))  # noqa: S608


@pytest.mark.parametrize("pages", [1, 500])
@pytest.mark.parametrize(
    "change", ["DELETE FROM people", "UPDATE people SET last_name = 'Doe', email = 'd@x.example'"]
)
def test_nothing_of_an_erased_person_is_left_in_the_file(
    beside: House, monkeypatch: pytest.MonkeyPatch, pages: int, change: str
) -> None:
    house = beside
    monkeypatch.setattr(wipe, "_PAGES", pages)
    for start in (100, 200, 300):
        add(house, start, 40, "Many")
        house.index.sync()
    add(house, 1000, 1, ERASED, "only.example")
    house.index.sync()
    add(house, 400, 40, "More")
    house.index.sync()
    assert traces(house) == TRACES
    house.product_does(f"{change} WHERE id = 1000")
    house.index.sync()
    assert traces(house) == []
    in_order(house)


def test_what_an_earlier_process_left_goes_with_the_first_round_of_the_next(
    beside: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It died between removing somebody and forgetting their words."""
    house = beside
    add(house, 1000, 1, ERASED, "only.example")
    house.index.sync()
    house.product_does("DELETE FROM people WHERE id = 1000")
    monkeypatch.setattr(Writer, "_forget", _dies)
    with pytest.raises(KeyboardInterrupt):
        house.index.sync()
    monkeypatch.undo()
    assert traces(house) != []
    Index(house.database, house.directory, Contacts(house.seals, "US"), house.clock).sync()
    assert traces(house) == []


def _dies(_writer: Writer, _words: Iterable[str]) -> None:
    raise KeyboardInterrupt
