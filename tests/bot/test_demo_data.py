"""The demo's database: the cast is as the stories need it, the crowd is plausible and always the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import phonenumbers
import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import VerifyMismatchError
from phonenumbers import PhoneNumberType
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateTable

from bot.demo_data import CAST, JANES_OLD_PASSWORD, make
from bot.demo_data.table import people_table

NOW = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
TEXTABLE = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}


def rows_of(url: str) -> Sequence[Any]:
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        return connection.execute(people_table().select().order_by(text("id"))).all()


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Any]:
    url = f"sqlite:///{tmp_path_factory.mktemp('demo') / 'product.db'}"
    assert make(url, 3000, now=NOW) == 3000
    return rows_of(url)


def named(people: Sequence[Any], email: str) -> Any:
    return next(person for person in people if person.email == email)


def kind(phone: str) -> int | None:
    """What sort of number it is to somebody in the United States; None where it is none."""
    try:
        number = phonenumbers.parse(phone, "US")
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.number_type(number) if phonenumbers.is_valid_number(number) else None


# --- the cast -------------------------------------------------------------------------------------


def test_jane_is_the_first_and_forgot_a_password_that_still_works(people: Sequence[Any]) -> None:
    jane = people[0]
    assert (jane.id, jane.email, jane.role) == (1, "jane.doe@acme.example", "member")
    assert jane.phone.endswith("42")
    assert PasswordHasher().verify(jane.password_hash, JANES_OLD_PASSWORD)
    assert jane.temporary_password_hash is None
    assert (jane.must_change_password, jane.session_version) == (False, 1)


def test_nobody_else_has_that_password(people: Sequence[Any]) -> None:
    for person in people[1 : len(CAST)]:
        with pytest.raises(VerifyMismatchError):
            PasswordHasher().verify(person.password_hash, JANES_OLD_PASSWORD)


def test_the_other_jane_is_an_administrator_with_a_new_number(people: Sequence[Any]) -> None:
    other = people[1]
    assert (other.first_name, other.last_name, other.role) == ("Jane", "Doe", "administrator")
    assert other.phone.endswith("17")
    assert other.phone_changed_at == (NOW - timedelta(days=1)).replace(tzinfo=None)


def test_the_third_jane_has_no_mobile(people: Sequence[Any]) -> None:
    assert (people[2].last_name, people[2].phone) == ("Dorn", None)


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("gerald.hathaway@acme.example", PhoneNumberType.FIXED_LINE),
        ("rita.sandoval@acme.example", None),
    ],
)
def test_numbers_that_take_no_text(people: Sequence[Any], email: str, expected: int | None) -> None:
    assert kind(named(people, email).phone) == expected


def test_all_other_numbers_of_the_cast_take_texts(people: Sequence[Any]) -> None:
    without = {"jdorn@acme.example", "gerald.hathaway@acme.example", "rita.sandoval@acme.example"}
    assert {person.email for person in people[: len(CAST)] if kind(person.phone or "") not in TEXTABLE} == without


def test_special_people(people: Sequence[Any]) -> None:
    cast = people[: len(CAST)]
    assert [person.email for person in cast if not person.active] == ["dana.whitlock@acme.example"]
    assert sum(person.role == "administrator" for person in cast) == 3
    assert Counter((p.first_name, p.last_name) for p in cast)["Maria", "Silva"] == 3


def test_hard_names_arrive_as_written(people: Sequence[Any]) -> None:
    names = {person.first_name + "|" + person.last_name for person in people[: len(CAST)]}
    for hard in ("<!channel>|Everyone", "*bold* _it_ ~s~|`code``", ":lock:|:fire:", "Cher|", "José|Núñez"):
        assert hard in names
    assert "&amp; <@U0SAM>|<http://evil.example|click>" in names
    assert "Line\nBreak|Tab\tStop" in names
    assert any("\u202e" in name for name in names)
    assert any("🦊" in name for name in names)
    assert max(len(name) for name in names) == 120


# --- the crowd ------------------------------------------------------------------------------------


def test_the_crowd_is_plausible(people: Sequence[Any]) -> None:
    crowd = people[len(CAST) :]

    def share(count: int) -> float:
        return count / len(crowd)

    assert 0.04 < share(sum(person.phone is None for person in crowd)) < 0.08
    assert 0.02 < share(sum(not person.active for person in crowd)) < 0.045
    assert 0.004 < share(sum(person.role == "administrator" for person in crowd)) < 0.02
    assert {person.role for person in crowd} == {"member", "coach", "analyst", "administrator"}
    assert len({(person.first_name, person.last_name) for person in crowd}) > 0.9 * len(crowd)


def test_every_number_of_the_crowd_takes_texts(people: Sequence[Any]) -> None:
    phones = [person.phone for person in people[len(CAST) :] if person.phone]
    assert {kind(phone) for phone in phones} <= TEXTABLE
    assert {phone[0] for phone in phones} >= {"+", "("}


def test_the_crowd_shares_sixteen_hashes_of_the_products_kind(people: Sequence[Any]) -> None:
    hashes = {person.password_hash for person in people[len(CAST) :]}
    assert len(hashes) == 16
    for each in hashes | {people[0].password_hash}:
        found = extract_parameters(each)
        assert (each[:9], found.memory_cost, found.time_cost, found.parallelism) == ("$argon2id", 19456, 2, 1)


def test_dates_are_in_order_and_in_the_past(people: Sequence[Any]) -> None:
    now = NOW.replace(tzinfo=None)
    for person in people:
        assert person.created_at <= person.updated_at <= now
        assert person.last_sign_in_at is None or person.created_at <= person.last_sign_in_at <= now


def test_two_runs_show_the_same_people(people: Sequence[Any], tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'again.db'}"
    make(url, 500, now=NOW)

    def faces(rows: Sequence[Any]) -> list[Any]:
        return [tuple(v for k, v in row._mapping.items() if k != "password_hash") for row in rows[:500]]

    assert faces(rows_of(url)) == faces(people)


# --- making it ------------------------------------------------------------------------------------


def test_it_tells_how_far_it_is(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    make(f"sqlite:///{tmp_path / 'p.db'}", 1200, now=NOW, progress=lambda *step: told.append(step))
    assert told == [(500, 1200), (1000, 1200), (1200, 1200)]


def test_the_cast_is_always_whole(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'p.db'}"
    assert make(url, 3, now=NOW) == len(CAST) == len(rows_of(url))


def test_an_empty_table_is_filled_and_a_full_one_is_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'p.db'}"
    engine = create_engine(url, poolclass=NullPool)
    people_table().create(engine)
    make(url, 0, now=NOW)
    before = rows_of(url)
    with pytest.raises(ValueError, match='"people" already holds people; nothing was changed'):
        make(url, 0, now=NOW)
    assert rows_of(url) == before


@pytest.mark.parametrize("scheme", ["postgresql+psycopg", "mysql"])
def test_other_databases_understand_the_table(scheme: str) -> None:
    dialect = make_url(f"{scheme}://").get_dialect()()
    ddl = str(CreateTable(people_table()).compile(dialect=dialect))
    assert "SERIAL" not in ddl
    assert "AUTO_INCREMENT" not in ddl
    assert "must_change_password BOOL" in ddl
    if scheme == "mysql":
        assert "DATETIME(6)" in ddl
        assert "CHARSET=utf8mb4" in ddl
