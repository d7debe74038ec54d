"""Finding people the way callers say and agents type."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from services.decision import Policy
from services.directory.presets import PRESETS
from services.errors import DirectoryUnreachable, NotFound
from services.judge import Asked
from services.model import Cause, Person
from tests.services.house import SAM, House, make_house


def keys(house: House, query: str) -> list[str]:
    return [row.person.key for row in house.finder.find(SAM, query).rows]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("jane doe", ["1", "2"]),
        ("Doe, Jane", ["1", "2"]),
        ("JANE", ["1", "2", "3"]),
        ("jane do", ["1", "2", "3"]),
        ("jose", ["4"]),
        ("nunez", ["4"]),
        ("ŁUKASZ", ["5"]),
        ("oneil", ["5"]),
        ("o'neil", ["5"]),
        ("zolc oneil", ["5"]),
        ("jane.doe@acme.example", ["1"]),
        ("JANE.DOE@ACME.EXAMPLE", ["1"]),
        ("doe@acme", ["1", "2"]),
        ("payload@example.com", ["6"]),
        ("100%", ["6"]),
        ("_under", ["6"]),
        ("%", ["6"]),
        ("_", ["6"]),
        ("jane nobody", []),
        ("''", []),
        ("x" * 5000, []),
    ],
)
def test_who_is_found_in_which_order(either: House, query: str, found: list[str]) -> None:
    assert keys(either, query) == found


def test_browsing_shows_the_first_people_and_the_cap(either: House) -> None:
    page = either.finder.find(SAM, "")
    assert (page.total, len(page.rows), page.next, page.previous) == (6, 5, 5, None)
    rest = either.finder.find(SAM, "", 5)
    assert (len(rest.rows), rest.next, rest.previous) == (1, None, 0)
    assert either.finder.find(SAM, "", 999).offset == 5
    either.finder._rules = type(either.rules)(product="P", contact="c", found_cap=4)
    capped = either.finder.find(SAM, "")
    assert (capped.capped, capped.total) == (True, 4)


def test_a_page_is_judged_as_each_of_its_people_is(folder: Path) -> None:
    """One look for all of them must not say anything else than one for each."""
    house = make_house(folder, PRESETS["statstak"], policy=Policy(busy_agent=0))
    house.reset("1")
    rows = [row for row in house.finder.find(SAM, "").rows if row.impossible is None]
    assert {row.person.key: row.approvals for row in rows} == {"1": 1, "2": 1}  # a second time; an administrator
    assert [house.judge.judge(SAM, row.person).approvals for row in rows] == [row.approvals for row in rows]
    assert [house.finder.row(SAM, row.person.key) for row in rows] == rows
    house.database.close()
    house.engine.dispose()


def test_how_busy_an_agent_is(either: House) -> None:
    """Two hours with three requests, and one in the last hour; what others asked for counts for nobody."""
    for asked in (["1", "2"], ["1"]):
        for key in asked:
            either.reset(key)
        either.clock.advance(hours=3)
        either.look()
    either.reset("2")
    person = either.directory.by_keys(["1"])["1"]
    with either.database.glance() as session:
        busy = either.judge.situation(session, SAM, person, Asked())
        idle = either.judge.situation(session, replace(SAM, id="U0ANA"), person, Asked())
    assert (busy.agent_last_hour, busy.agent_usual_hour) == (1, 1.5)
    assert (idle.agent_last_hour, idle.agent_usual_hour) == (0, 0.0)


def test_what_makes_a_row_special(either: House) -> None:
    jane, other, dorn = (either.finder.row(SAM, key) for key in ("1", "2", "3"))
    assert (jane.namesake, other.namesake, dorn.namesake) == (True, True, False)
    assert other.person.privileged
    assert dorn.impossible is Cause.NO_MOBILE
    assert jane.person.phone.masked == "+1 ••• ••42"
    assert "555" not in repr(jane)
    either.reset()
    under_way = either.finder.row(SAM, "1").under_way
    assert under_way is not None
    assert under_way.agent_name == "Sam Okafor"
    either.look(after=60 * 60)
    again = either.finder.row(SAM, "1")
    assert again.under_way is None
    assert again.last_reset is not None
    assert again.last_reset.agent_name == "Sam Okafor"


def test_what_is_shown_is_read_live(either: House) -> None:
    either.product_does("UPDATE people SET email = 'new@acme.example', active = 0 WHERE id = 1")
    row = next(row for row in either.finder.find(SAM, "jane.doe").rows if row.person.key == "1")
    assert row.person.email == "new@acme.example"
    assert row.impossible is Cause.DEACTIVATED


def test_a_new_address_is_found_before_the_next_sync(either: House) -> None:
    either.product_does(
        "INSERT INTO people (id, first_name, last_name, email, role, active)"
        " VALUES (9, 'N', 'W', 'New@x.example', 'm', 1)"
    )
    assert keys(either, "new@x.example") == ["9"]
    assert keys(either, "n w") == []
    assert either.index.sync() == 1
    assert keys(either, "n w") == ["9"]


def test_a_new_address_is_not_taken_for_one_that_ends_like_it(either: House) -> None:
    """Ann came a moment ago; Joann has been there for long."""
    for key, name in ((9, "joann"), (10, "ann")):
        either.product_does(
            "INSERT INTO people (id, first_name, last_name, email, role, active)"
            " VALUES (:key, :name, 'Lee', :email, 'm', 1)",
            key=key, name=name, email=f"{name}@acme.example",
        )  # fmt: skip
        if name == "joann":
            either.index.sync()
    assert keys(either, "ann@acme.example") == ["10"]
    assert keys(either, "ann@acme.exam") == ["9"]  # a part of an address


def test_whoever_may_be_meant_is_shown_where_an_address_takes_too_long_to_look_up(
    either: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_long(_email: str) -> list[Person]:
        raise DirectoryUnreachable

    monkeypatch.setattr(either.directory, "by_email", too_long)
    found = either.finder.find(SAM, "jnae.doe@acme.example")
    assert ([row.person.key for row in found.rows], found.matching) == (["1"], 0)
    with pytest.raises(DirectoryUnreachable):  # then nobody knows whether there is such a person
        either.finder.find(SAM, "somebody.else@nowhere.example")


def test_active_people_come_first_also_where_most_were_deactivated(either: House) -> None:
    for key in range(100, 320):
        either.product_does(
            "INSERT INTO people (id, first_name, last_name, email, role, active)"
            " VALUES (:key, :first, 'Crowd', :email, 'm', :active)",
            key=key, first=f"A{key}" if key < 310 else f"Z{key}", email=f"c{key}@x.example", active=int(key >= 310),
        )  # fmt: skip
    either.index.sync()
    found = [row for offset in (0, 5, 10) for row in either.finder.find(SAM, "crowd", offset).rows]
    assert [row.person.key for row in found[:10]] == [str(key) for key in range(310, 320)]
    assert [row.person.active for row in found] == [True] * 10 + [False] * 5


def test_a_number_that_changed_a_moment_ago_counts_before_the_search_has_seen_it(either: House) -> None:
    def changed_at(key: str) -> datetime | None:
        person = either.directory.by_keys([key])[key]
        with either.database.glance() as session:
            return either.judge.situation(session, SAM, person, Asked()).contact_changed_at

    assert changed_at("1") is None
    either.clock.advance(minutes=1)
    either.product_does("UPDATE people SET phone = '+1 202-555-0177' WHERE id = 1")
    assert (changed_at("1"), changed_at("2")) == (either.clock.now(), None)
    changed = either.clock.now()
    either.index.sync()
    either.clock.advance(minutes=1)
    assert changed_at("1") == changed


def test_people_who_left_are_gone_after_a_sync(either: House) -> None:
    either.product_does("DELETE FROM people WHERE id = 4")
    assert keys(either, "jose") == []
    assert either.index.sync() == 1
    assert either.index.sync() == 0
    with pytest.raises(NotFound):
        either.finder.row(SAM, "4")
    with pytest.raises(NotFound):
        either.finder.row(SAM, "not a number")
