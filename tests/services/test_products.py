"""The whole story in products with one password column: reset, sign in, choose one's own, or put back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, Integer, String, Table

from services.directory.presets import PRESETS
from services.directory.written import read_mapping
from services.errors import DirectoryRefused, Refused
from services.model import Cause, Channel, State
from tests.services.house import GOOD, SAM, House, make_house
from tests.services.products import Product, open_product
from tests.services.shops import JANE, JOE, OLD, OWN, SHOPS, AspNet, Devise, Laravel, Shop, WordPress


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


# --- what only some of them have ------------------------------------------------------------------


def test_aspnet_is_unlocked_without_a_new_password(empty_postgres: str, folder: Path) -> None:
    """Identity locks by a time and begins to count anew; between two locks only the counter says something."""
    shop = AspNet(open_product(empty_postgres))
    house = make_house(folder, PRESETS["aspnet"], product=shop.product.engine)
    before = shop.row()
    for count, minutes in ((4, 0), (0, 5)):
        until = house.clock.now() + timedelta(minutes=minutes) if minutes else None
        shop.product.set(shop.people, "1", AccessFailedCount=count, LockoutEnd=until)
        assert house.directory.by_keys(["1"])["1"].may_be_locked
        form = house.resets.form_unlock(
            SAM, house.resets.form(SAM, "1", reply_url="https://x", channel="C1").draft_id
        )
        answers = replace(GOOD, channel=Channel.UNLOCK)
        request = house.resets.submit(SAM, form.draft_id, answers, modal_id=f"V{count}")
        assert state_of(house, request.id) is State.UNLOCKED
        assert shop.row() == before | {"AccessFailedCount": 0, "LockoutEnd": None}
        assert shop.opens(OLD)
        house.clock.advance(minutes=30)
    assert house.carrier.tries == 0
    for_good = {"LockoutEnd": datetime(9999, 12, 31, tzinfo=UTC)}
    shop.product.set(shop.people, "1", **for_good)
    assert not house.directory.by_keys(["1"])["1"].active
    with pytest.raises(DirectoryRefused):
        house.directory.unlock("1")
    assert shop.row()["LockoutEnd"] == for_good["LockoutEnd"]
    house.database.close()
    shop.product.engine.dispose()


def sold(folder: Path, preset: str, *columns: Column[Any], row: dict[str, Any]) -> tuple[Product, Table]:
    """Jane and Joe in the preset's table."""
    base, product = PRESETS[preset], open_product(f"sqlite:///{folder / 'shop.db'}")
    table = product.table(
        base.table, Column("id", Integer, primary_key=True), Column("email", String(80)),
        Column(base.phone, String(40)), Column(base.password, String(255)), *columns,
    )  # fmt: skip
    stored = base.format.hash(OLD, "m=8,t=1,p=1", "ground black")
    for key, name in ((JANE, "jane"), (JOE, "joe")):
        own = {"email": f"{name}@acme.example", base.phone: "202-555-0142", base.password: stored}
        product.add(table, {"id": key, **own, **row})
    return product, table


def test_fastapi_users_tokens_in_the_database_end(folder: Path) -> None:
    """Where its sign-ins lie in a table; without one they are web tokens, which nobody can end."""
    product, _ = sold(folder, "fastapi", Column("is_active", Boolean), row={"is_active": True})
    without = make_house(folder, PRESETS["fastapi"], product=product.engine)
    assert not without.directory.abilities.ends_sign_ins
    without.database.close()
    tokens = product.table("accesstoken", Column("token", String(43), primary_key=True), Column("user_id", Integer))
    product.add(
        tokens, {"token": "a", "user_id": JANE}, {"token": "b", "user_id": JANE}, {"token": "c", "user_id": JOE}
    )
    house = make_house(folder, PRESETS["fastapi"], product=product.engine)
    assert house.directory.abilities.ends_sign_ins
    assert house.reset().state is State.SENT
    assert product.rows(tokens) == [("c", JOE)]
    product.add(tokens, {"token": "d", "user_id": JANE})
    house.look(after=3601)
    assert product.rows(tokens) == [("c", JOE)]
    house.database.close()
    product.engine.dispose()


@pytest.mark.parametrize("tokens", [True, False], ids=["tokens with a sign of their own", "none"])
def test_flask_security_renews_the_sign_of_its_tokens(folder: Path, tokens: bool) -> None:
    signs = ("fs_uniquifier", *(("fs_token_uniquifier",) if tokens else ()))
    columns = [Column("active", Boolean), *(Column(name, String(64), unique=True) for name in signs)]
    product, table = sold(folder, "flask-security", *columns, row={"active": True})
    for key in (JANE, JOE):
        product.set(table, key, **{name: f"{name} {key}" for name in signs})
    before, joe = product.row(table, JANE), product.row(table, JOE)
    house = make_house(folder, PRESETS["flask-security"], product=product.engine, pepper="ground black")
    assert house.reset().state is State.SENT
    during = product.row(table, JANE)
    assert [len(during[name]) for name in signs] == [32] * len(signs)
    assert len({during[name] for name in signs}) == len(signs)
    house.look(after=3601)
    assert product.row(table, JANE) == before
    assert product.row(table, JOE) == joe
    house.database.close()
    product.engine.dispose()
