"""The whole story in products with one password column: reset, sign in, choose one's own, or put back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.directory.written import read_mapping
from services.errors import Refused
from services.model import Cause, State
from tests.services.house import GOOD, SAM, House, make_house
from tests.services.products import open_product
from tests.services.shops import JOE, OLD, OWN, SHOPS, AspNet, Devise, Laravel, Shop, WordPress


@pytest.fixture(params=SHOPS, ids=lambda shop: shop.preset)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    kind = request.param.database
    url = (
        f"sqlite:///{tmp_path / 'shop.db'}"
        if kind == "sqlite"
        else request.getfixturevalue("empty_postgres" if kind == "postgresql" else "empty_mariadb")
    )
    product = open_product(url)
    yield request.param(product)
    product.engine.dispose()


@pytest.fixture
def house(shop: Shop, folder: Path) -> Iterator[House]:
    problems: list[str] = []
    mapping = read_mapping({"preset": shop.preset, **shop.changes}, problems)
    assert mapping is not None, problems
    made = make_house(folder, mapping, product=shop.product.engine, pepper=shop.pepper)
    yield made
    made.database.close()


def state_of(house: House, request_id: str) -> State:
    return house.resets.show(SAM, request_id).state


def test_who_is_there(house: House) -> None:
    jane, joe = (house.directory.by_keys(["1", "2"])[key] for key in "12")
    assert (jane.name.split()[0], jane.phone.e164) == ("Jane", "+12025550142")
    assert not jane.privileged
    assert [row.person.key for row in house.finder.find(SAM, "jane@acme.example").rows] == ["1"]
    if house.directory.shape.mapping.role_flags or house.directory.shape.joined.get("role"):
        assert joe.privileged


def test_she_signs_in_and_chooses_her_own(shop: Shop, house: House) -> None:
    others = shop.row(JOE)
    request = house.reset()
    assert request.state is State.SENT
    secret = house.carrier.secret
    assert shop.opens(secret)
    assert not shop.opens(OLD)
    assert shop.signed_in() == 0
    house.carrier.says("SM1", "delivered")
    house.look(after=2)
    house.clock.advance(seconds=5)
    shop.sign_in(house.clock.now())
    house.look(after=2)
    assert state_of(house, request.id) is (State.USED if shop.shows_sign_ins else State.DELIVERED)
    shop.choose()
    house.look(after=5)
    assert state_of(house, request.id) is State.COMPLETED
    house.look(after=3600)
    assert shop.opens(OWN)
    assert shop.row(JOE) == others
    assert house.alarms == []


def test_unused_it_leaves_no_trace(shop: Shop, house: House) -> None:
    before = shop.row()
    request = house.reset()
    house.look(after=3601)
    assert state_of(house, request.id) is State.LAPSED
    assert shop.row() == before


def test_refused_by_the_carrier_nothing_was_touched(shop: Shop, house: House) -> None:
    before, signed_in = shop.row(), shop.signed_in()
    house.carrier.answer = Refused(Cause.STOPPED, "21610")
    assert house.reset().state is State.FAILED
    assert (shop.row(), shop.signed_in()) == (before, signed_in)


def test_what_the_product_wrote_meanwhile_is_not_ours_to_put_back(shop: Shop, house: House) -> None:
    house.reset()
    shop.choose()
    now = shop.row()
    house.look(after=3601)
    house.look(after=3601)
    assert shop.row() == now


def test_compromised_opens_with_nothing_until_the_text(shop: Shop, house: House) -> None:
    house.carrier.answer = Refused(Cause.STOPPED, "21610")
    house.reset(answers=replace(GOOD, reason="compromised"))
    assert not shop.fits(OLD, shop.row()[shop.password])
    assert house.directory.is_closed(shop.row()[shop.password])
    assert shop.signed_in() == 0
    house.carrier.answer = None
    house.clock.advance(seconds=1)
    assert house.reset(answers=replace(GOOD, reason="compromised")).state is State.SENT
    assert shop.opens(house.carrier.secret)
    house.look(after=3601)
    assert not shop.fits(house.carrier.secret, shop.row()[shop.password])
    assert house.directory.is_closed(shop.row()[shop.password])


def test_what_each_product_changes_with_it(shop: Shop, house: House) -> None:
    house.reset()
    row = shop.row()
    match shop:
        case Devise():
            cleared = ("reset_password_token", "remember_created_at", "locked_at", "unlock_token")
            assert [row[name] for name in cleared] == [None] * 4
            assert row["failed_attempts"] == 0
        case Laravel():
            assert row["remember_token"] != "REMEMBER"
            assert len(shop.product.rows(shop.tokens)) == 2
        case WordPress():
            assert row["user_activation_key"] == ""
            kept = [key for _, _, key, _ in shop.product.rows(shop.meta)]
            assert kept.count("_application_passwords") == 2
        case AspNet():
            assert row["SecurityStamp"] != "SECURITY"
            assert row["ConcurrencyStamp"] != "CONCURRENCY"
            assert row["AccessFailedCount"] == 0


def test_closing_stops_programs_too(shop: Shop, house: House) -> None:
    house.reset(answers=replace(GOOD, reason="compromised"))
    match shop:
        case Laravel():
            assert [kind for _, kind, _ in shop.product.rows(shop.tokens)] == ["App\\Models\\Team"]
        case WordPress():
            assert [row[1] for row in shop.product.rows(shop.meta) if row[2] == "_application_passwords"] == [JOE]
