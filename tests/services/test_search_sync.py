"""The search follows the directory: whoever is new, renamed or gone, with no more reading than that needs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import func, insert, select, text

from bot.demo_data.table import people_table
from services.db import migrate as migrations
from services.db.session import Database, make_engine
from services.db.tables import SearchRow, SearchStateRow, SearchStretchRow, SearchWordRow
from services.decision import Policy
from services.directory.presets import PRESETS
from services.directory.sql import SqlDirectory
from services.errors import DirectoryUnreachable
from services.health import search
from services.judge import Asked, Judge
from services.lookout import Status
from services.model import Person
from services.ports import Sum
from services.search import sync
from services.search.contact import Contacts
from tests.services.house import SAM, START, House


class Counted(SqlDirectory):
    """Remembers how many people were read, and how many sums were asked for."""

    read, sums = 0, 0

    def stretch(self, after: str | None, upto: str) -> tuple[Sum, list[Person]]:
        total, found = super().stretch(after, upto)
        self.read += len(found)
        return total, found

    def sum(self, after: str | None, upto: str) -> Sum:
        self.sums += 1
        return super().sum(after, upto)


@pytest.fixture
def counted(either: House) -> Counted:
    directory = Counted(either.engine, PRESETS["statstak"], "US", clock=either.clock)
    either.index._directory = directory
    return directory


@pytest.fixture
def in_threes(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with five hundred, with three."""
    monkeypatch.setattr(sync, "BATCH", 3)
    monkeypatch.setattr(sync, "_AT_ONCE", 2)
    monkeypatch.setattr(sync, "_AT_ONCE_GONE", 2)


def add(house: House, *keys: int, last: str = "Newcomer") -> None:
    for key in keys:
        house.product_does(
            "INSERT INTO people (id, first_name, last_name, email, role, active, password_hash)"
            " VALUES (:key, 'Nora', :last, :email, 'member', 1, 'old')",
            key=key, last=last, email=f"nora{key}@new.example",
        )  # fmt: skip


def found(house: House, query: str) -> list[str]:
    return [row.person.key for row in house.finder.find(SAM, query).rows]


def known(house: House) -> set[str]:
    with house.database.read() as session:
        return set(session.scalars(select(SearchRow.person_key)))


def there(house: House) -> set[str]:
    with house.engine.connect() as connection:
        return {str(key) for key in connection.scalars(text("SELECT id FROM people"))}


def sizes(house: House) -> list[int]:
    with house.database.read() as session:
        return list(session.scalars(select(SearchStretchRow.rows).order_by(SearchStretchRow.place)))


def everything(house: House) -> str:
    """All that the search tables hold, full-text tables included."""
    with house.database.read() as session:
        rows = [list(session.execute(select(row.__table__))) for row in (SearchRow, SearchWordRow, SearchStretchRow)]
        if house.database.engine.dialect.name == "sqlite":
            for name in ("fts_locksmith_search", "fts_locksmith_search_words"):
                session.execute(text(f"INSERT INTO {name} ({name}) VALUES ('integrity-check')"))  # noqa: S608  (names of our own)
        return str(rows)


def changed_contacts(house: House) -> dict[str, datetime]:
    changed = select(SearchRow.person_key, SearchRow.contact_changed_at)
    with house.database.read() as session:
        rows = session.execute(changed.where(SearchRow.contact_changed_at.is_not(None)))
        return {key: at for key, at in rows if at is not None}


@pytest.mark.usefixtures("in_threes")
def test_a_round_reads_only_who_is_different(either: House, counted: Counted) -> None:
    house = either
    house.index.rebuild()
    assert house.index.sync() == 6  # written anew
    assert (sizes(house), counted.read) == ([3, 3], 6)
    counted.read = counted.sums = 0
    assert house.index.sync() == 0
    assert (counted.read, counted.sums) == (0, 1)
    house.product_does("UPDATE people SET last_sign_in_at = '2026-01-01 00:00:00', role = 'coach' WHERE id = 1")
    assert (house.index.sync(), counted.read) == (0, 0)
    house.product_does("UPDATE people SET last_name = 'Umbrella' WHERE id = 4")
    assert (house.index.sync(), counted.read) == (1, 3)
    assert (found(house, "umbrella"), found(house, "nunez")) == (["4"], [])
    counted.read = 0
    add(house, 10, 20, 30)
    assert (house.index.sync(), counted.read, sizes(house)) == (3, 3, [3, 3, 3])
    add(house, 40)
    house.index.sync()
    counted.read = 0
    add(house, 50)  # the last stretch is filled up before there is another
    assert (house.index.sync(), counted.read, sizes(house)) == (1, 2, [3, 3, 3, 2])
    add(house, *range(11, 19))  # one that has grown is divided
    assert (house.index.sync(), sizes(house)) == (8, [3, 3, 3, 3, 5, 2])
    house.product_does("DELETE FROM people WHERE id BETWEEN 10 AND 30")
    assert house.index.sync() == 11
    assert known(house) == there(house)
    assert house.index.sync() == 0
    everything(house)


def test_what_a_dead_process_left_of_an_erased_person_goes_with_a_rebuild(either: House) -> None:
    house = either
    words = select(SearchWordRow.word).order_by(SearchWordRow.word)
    with house.database.write() as session:
        before = session.scalars(words).all()
        session.execute(insert(SearchWordRow), [{"word": "erasmus"}, {"word": "@erased.example"}])
    house.index.rebuild()
    house.index.sync()
    with house.database.read() as session:
        assert session.scalars(words).all() == before


@pytest.mark.usefixtures("in_threes")
def test_a_first_fill_that_is_stopped_goes_on_where_it_was(either: House, counted: Counted) -> None:
    house, told = either, list[int]()
    house.index.rebuild()
    checked = search(house.database.engine, house.clock)
    assert (checked.status, checked.found) == (Status.WARNING, "Being filled: 0 people so far.")
    house.index.sync(go_on=lambda: False, tell=told.append)
    assert (told, counted.read) == ([3], 3)
    assert search(house.database.engine, house.clock).found == "Being filled: 3 people so far."
    assert found(house, "zolc") == ["5"]  # as it was before
    house.product_does("DELETE FROM people WHERE id IN (1, 5)")
    house.clock.advance(seconds=30)
    house.index.sync(tell=told.append)
    assert (told[-1], counted.read) == (4, 7)  # two left of the first three, who were read again, and two more
    assert known(house) == there(house) == {"2", "3", "4", "6"}
    house.clock.advance(seconds=40)
    checked = search(house.database.engine, house.clock)
    assert (checked.status, checked.found) == (Status.OK, "4 people, as the directory had them 40 s ago.")
    house.clock.advance(minutes=5)
    checked = search(house.database.engine, house.clock)
    assert (checked.status, "since 2026-11-23 19:42 UTC" in checked.found) == (Status.WARNING, True)


def test_of_an_erased_person_nothing_is_left(either: House) -> None:
    house = either
    assert "nunez" in everything(house)
    house.product_does("UPDATE people SET email = 'j@only.example' WHERE id = 4")
    house.index.sync()
    assert found(house, "nunze") == ["4"]  # who has the vocabulary in memory
    house.product_does("DELETE FROM people WHERE id = 4")
    assert house.index.sync() == 1
    left = everything(house)
    assert [word for word in ("nunez", "jose", "only.example", "núñez") if word in left] == []
    assert "doe" in left
    assert (found(house, "nunze"), found(house, "j@only.exmaple")) == ([], [])


def test_a_changed_number_is_remembered_through_everything(either: House) -> None:
    house = either
    house.product_does("UPDATE people SET phone = '+1 202-555-0177' WHERE id = 2")
    house.clock.advance(minutes=1)
    house.index.sync()
    changed = changed_contacts(house)
    assert list(changed) == ["2"]
    house.clock.advance(minutes=1)
    house.product_does("UPDATE people SET last_name = 'Married' WHERE id = 2")
    house.index.sync()
    house.index.rebuild()
    house.index.sync()
    assert changed_contacts(house) == changed


@pytest.fixture
def shop(anywhere: str) -> Iterator[SqlDirectory]:
    """A product with ten people, on each kind of database."""
    engine, table = make_engine(anywhere), people_table()
    table.create(engine)
    now = START.replace(tzinfo=None)
    rows = [
        {"id": key, "first_name": "Jane", "last_name": f"Doe{key}", "email": f"j{key}@x.example", "phone": None,
         "role": "member", "active": True, "created_at": now, "updated_at": now}
        for key in range(1, 11)
    ]  # fmt: skip
    with engine.begin() as connection:
        connection.execute(insert(table), rows)
    yield SqlDirectory(engine, PRESETS["statstak"], "US")
    engine.dispose()


def test_neighbours_add_up_to_something_else_when_one_is(shop: SqlDirectory) -> None:
    assert [shop.stride(after, 4) for after in (None, "4", "8", "10")] == ["4", "8", "10", None]
    assert [person.key for person in shop.between("8", "10")] == ["9", "10"]
    whole = shop.sum(None, "10")
    assert whole.rows == 10
    assert shop.sum(None, "4") + shop.sum("4", "10") == whole
    assert shop.sum("10", "11") == Sum(0, 0)
    seen = {whole}
    for change in (
        "phone = ''",
        "phone = '+12025550142'",
        "first_name = 'Jané'",
        "active = (1 = 0)",
        "email = 'a@x.example'",
    ):
        with shop._engine.begin() as connection:
            connection.execute(text(f"UPDATE people SET {change} WHERE id = 7"))  # noqa: S608  (names of our own)
        seen.add(shop.sum(None, "10"))
        assert shop.sum("7", "10").rows == 3
    assert len(seen) == 6
    with shop._engine.begin() as connection:
        connection.execute(text("UPDATE people SET last_sign_in_at = '2026-01-01 00:00:00' WHERE id = 7"))
    assert shop.sum(None, "10") in seen


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_an_upgrade_keeps_what_is_known_nowhere_else(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    url = f"sqlite:///{tmp_path / 'own.db'}" if kind == "sqlite" else request.getfixturevalue("empty_postgres")
    engine, config = make_engine(url), migrations._config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        connection.execute(
            text(
                "INSERT INTO locksmith_search"
                " (person_key, first, last, name, email, contact, contact_changed_at, doc, active)"
                " VALUES ('7', 'j', 'doe', 'j doe', 'j@x.example', 'k:1', '2026-11-01 00:00:00', ' j doe', true)"
            )
        )
        command.upgrade(config, "head")
    database = Database(engine)
    with database.read() as session:
        row = session.scalars(select(SearchRow)).one()
        assert (row.person_key, row.contact, row.contact_changed_at) == ("7", "k:1", START.replace(2026, 11, 1, 0, 0))
        assert session.get_one(SearchStateRow, 1).filled is False
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0003")
        kept = connection.execute(text("SELECT person_key, contact FROM locksmith_search")).all()
        assert [tuple(one) for one in kept] == [("7", "k:1")]
        command.upgrade(config, "head")
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(SearchRow)) == 1
    database.close()


@pytest.mark.usefixtures("in_threes")
def test_a_rebuild_ends_a_round_that_goes_on(either: House) -> None:
    """It knew stretches that are no more: whoever it did not meet was thrown out, and when their numbers changed."""
    house = either
    house.product_does("UPDATE people SET phone = '+1 202-555-0177' WHERE id = 2")
    house.index.sync()
    changed = changed_contacts(house)
    other = sync.Index(house.database, house.directory, Contacts(house.seals, "US"), house.clock)

    def rebuilds() -> bool:
        other.rebuild()
        return True

    house.product_does("UPDATE people SET last_name = 'Umbrella' WHERE id = 1")
    house.index.sync(go_on=rebuilds)
    assert (known(house), changed_contacts(house)) == (there(house), changed)
    assert search(house.database.engine, house.clock).status is Status.WARNING  # and nothing is called in step
    house.index.sync()
    assert (known(house), changed_contacts(house), found(house, "umbrella")) == (there(house), changed, ["1"])
    assert search(house.database.engine, house.clock).status is Status.OK


@pytest.mark.usefixtures("in_threes")
def test_newcomers_always_at_the_same_place_never_use_up_its_room(beside: House) -> None:
    """Ids that grow below somebody's who came with a high one: each round divides the same stretch again."""
    house, counted = beside, Counted(beside.engine, PRESETS["statstak"], "US", clock=beside.clock)
    house.index._directory = counted
    add(house, 10_000)
    for at in range(56):
        add(house, *range(100 + 7 * at, 107 + 7 * at))
        house.index.sync()
    assert known(house) == there(house)
    with house.database.read() as session:
        places = list(session.scalars(select(SearchStretchRow.place).order_by(SearchStretchRow.place)))
        ends = list(session.scalars(select(SearchStretchRow.upto).order_by(SearchStretchRow.place)))
    assert len(set(places)) == len(places)
    assert ends == sorted(ends, key=int)
    counted.read = counted.sums = 0
    assert house.index.sync() == 0
    assert (counted.read, counted.sums) == (0, -(-len(places) // 2))


@pytest.mark.usefixtures("in_threes")
def test_a_directory_that_adds_up_slowly_is_asked_for_less_at_once(
    either: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, add_up = either, either.directory.sum
    add(house, *range(10, 22))
    house.index.sync()

    def slow(after: str | None, upto: str) -> Sum:
        found = add_up(after, upto)
        if found.rows > 3:
            raise DirectoryUnreachable
        return found

    monkeypatch.setattr(house.directory, "sum", slow)
    house.product_does("UPDATE people SET last_name = 'Umbrella' WHERE id = 12")
    assert house.index.sync() == 1
    house.product_does("DELETE FROM people WHERE id = 12")
    assert house.index.sync() == 1
    assert known(house) == there(house)
    monkeypatch.setattr(house.directory, "sum", _away)
    with pytest.raises(DirectoryUnreachable):
        house.index.sync()


def _away(_after: str | None, _upto: str) -> Sum:
    raise DirectoryUnreachable


def test_a_number_that_is_read_by_other_rules_is_no_changed_number(either: House) -> None:
    """As after a change of `region`, or with other tables of the phone numbers of the world."""
    house = either
    house.product_does("UPDATE people SET phone = '0171 1234567' WHERE id = 2")
    house.index.sync()
    house.clock.advance(minutes=1)
    before = changed_contacts(house)
    directory = SqlDirectory(house.engine, PRESETS["statstak"], "DE", clock=house.clock)
    contacts = Contacts(house.seals, "DE")
    [person] = directory.by_keys(["2"]).values()
    assert person.phone.e164 == "+491711234567"
    judge = Judge(house.database, Policy(), house.clock, contacts)
    with house.database.glance() as session:
        assert judge.situation(session, SAM, person, Asked()).contact_changed_at == before.get("2")
    index = sync.Index(house.database, directory, contacts, house.clock)
    index.sync()
    assert changed_contacts(house) == before
    house.clock.advance(minutes=1)
    house.product_does("UPDATE people SET phone = '0171 1234568' WHERE id = 2")
    index.sync()
    assert changed_contacts(house)["2"] == house.clock.now()
