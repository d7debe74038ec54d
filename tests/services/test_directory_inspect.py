"""`directory inspect`: it knows each product by its tables, and what it prints is a mapping that works."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, DateTime, Integer, String, Table, Text

from services.directory.check.checking import Ground, check
from services.directory.formats import FORMATS, sample_of
from services.directory.inspect.inspecting import inspect
from services.directory.inspect.proposal import Proposal
from services.directory.inspect.regions import region_of
from services.directory.presets import PRESETS
from services.directory.written import read_mapping
from services.lookout import Check, Status
from tests.services.products import Product, open_product
from tests.services.shops import SHOPS, Shop, WordPress

PEPPER = "ground black"
_CHEAP = {
    "argon2id": "m=8,t=1,p=1",
    "bcrypt": "04",
    "werkzeug-scrypt": "16:8:1",
    "flask-security-argon2": "m=8,t=1,p=1",
}


def cheap(name: str, password: str = "marathon-in-april") -> str:
    return FORMATS[name].hash(password, _CHEAP.get(name, "04"), PEPPER)


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    made = open_product(f"sqlite:///{tmp_path / 'product.db'}")
    yield made
    made.engine.dispose()


def believed(product: Product) -> tuple[Proposal, dict[str, Check]]:
    """What is printed, read back as the file would be, and checked."""
    proposal = inspect(product.engine)
    written = tomllib.loads(proposal.as_toml())
    problems: list[str] = []
    mapping = read_mapping(written["directory"], problems, peppered=True)
    assert mapping is not None, problems
    ground = Ground(product.engine, mapping, written.get("region", "US"), pepper=PEPPER)
    checks = list(check(ground))
    for shown in (proposal.as_toml(), proposal.as_json(), *(f"{each.found} {each.mend}" for each in checks)):
        assert not [secret for secret in secrets_of(product) if secret in shown]
    return proposal, {each.name: each for each in checks}


def secrets_of(product: Product) -> list[str]:
    """Every value of a row that tells of a person: no part of a hash, no number, no address may be printed."""
    found: list[str] = []
    for table in product.metadata.tables.values():
        for row in product.rows(table):
            for value in (value for value in row if isinstance(value, str)):
                if sample_of(value).formats:
                    found += [value[-12:], value[len(value) // 2 :][:12]]
                elif "@" in value or "555" in value:
                    found.append(value)
    assert found
    return found


def failures(checks: dict[str, Check]) -> list[str]:
    return [f"{each.found} {each.mend}" for each in checks.values() if each.failed]


# --- products that we know ------------------------------------------------------------------------


@pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.preset)
def test_a_product_is_known_by_its_tables(product: Product, shop: type[Shop]) -> None:
    shop(product)
    proposal, checks = believed(product)
    assert (proposal.product, proposal.sure) == (shop.preset, "surely")
    assert proposal.settings == {"preset": shop.preset, **proposal.settings, **_told(shop)}
    assert "2 of 2 hashes are " in "".join(proposal.evidence)
    assert failures(checks) == []
    assert proposal.fits
    assert proposal.region.code == "US"


def _told(shop: type[Shop]) -> dict[str, Any]:
    """What the settings have to say beside the preset."""
    if shop.preset == "django":
        return {"phone_table": {"table": "profile", "value": "mobile", "person": "user_id"}}
    return shop.changes


@pytest.mark.parametrize("shop", [shop for shop in SHOPS if shop.database != "sqlite"], ids=lambda shop: shop.preset)
def test_on_its_own_database(request: pytest.FixtureRequest, shop: type[Shop]) -> None:
    product = open_product(
        request.getfixturevalue("empty_postgres" if shop.database == "postgresql" else "empty_mariadb")
    )
    try:
        shop(product)
        proposal, checks = believed(product)
        assert (proposal.product, proposal.sure) == (shop.preset, "surely")
        assert failures(checks) == []
    finally:
        product.engine.dispose()


def text(*names: str) -> list[Column[Any]]:
    return [Column(name, String) for name in names]


def times(*names: str) -> list[Column[Any]]:
    return [Column(name, DateTime) for name in names]


def switches(*names: str) -> list[Column[Any]]:
    return [Column(name, Boolean) for name in names]


OTHERS: dict[str, list[Column[Any]]] = {
    "rails": [*text("email_address", "phone", "name"), *times("created_at")],
    "symfony": [*text("email", "phone", "first_name", "last_name"), Column("roles", Text)],
    "werkzeug": [*text("email", "phone", "username"), *switches("is_admin")],
    "flask-security": [
        *text("email", "us_phone_number", "username", "fs_uniquifier"), *switches("active"), *times("confirmed_at"),
    ],
    "fastapi": [*text("email", "phone", "full_name"), *switches("is_active", "is_superuser", "is_verified")],
    "statstak": [
        *text("first_name", "last_name", "email", "phone", "role", "temporary_password_hash"),
        *switches("active", "must_change_password"),
        *times(
            "phone_changed_at", "last_sign_in_at", "temporary_password_expires_at", "temporary_password_used_at"
        ),
        Column("session_version", Integer),
    ],
}  # fmt: skip


def filled(product: Product, preset: str, columns: list[Column[Any]], hashed: str = "") -> Table:
    """The preset's table with one person."""
    base = PRESETS[preset]
    fresh = [Column(each.name, each.type) for each in columns]
    table = product.table(
        base.table, Column("id", Integer, primary_key=True), *fresh, Column(base.password, String(255))
    )
    row: dict[str, Any] = {base.email: "jane@acme.example", base.phone: "202-555-0142", base.password: hashed}
    row[base.password] = hashed or cheap(base.hash)
    row |= {each.name: True for each in columns if isinstance(each.type, Boolean)}
    row |= {name: "jane" for name in ("first_name", "name", "username", "full_name") if name in table.c}
    product.add(table, {"id": 1, **row} | ({"roles": '["ROLE_USER"]'} if "roles" in table.c else {}))
    return table


@pytest.mark.parametrize("preset", OTHERS)
def test_the_other_products(product: Product, preset: str) -> None:
    assert set(OTHERS) | {shop.preset for shop in SHOPS} == set(PRESETS)
    filled(product, preset, OTHERS[preset])
    proposal, checks = believed(product)
    assert proposal.product == preset
    assert proposal.settings == {"preset": preset}
    assert failures(checks) == []


def test_an_installation_that_calls_things_differently(product: Product) -> None:
    """Another table, another name for the number, another hash, a column of the latest sign-in."""
    people = product.table(
        "members",
        Column("id", Integer, primary_key=True),
        *text("name", "email", "password", "remember_token", "mobile"),
        *times("email_verified_at", "last_login_at", "deleted_at"),
    )
    row = {"name": "Jane Doe", "email": "jane@acme.example", "password": cheap("argon2id"), "mobile": "+12025550142"}
    product.add(people, {"id": 1, **row}, {"id": 2, **row, "email": "joe@acme.example"})
    proposal, checks = believed(product)
    assert proposal.settings == {
        "preset": "laravel", "table": "members", "phone": "mobile", "last_sign_in_at": "last_login_at",
        "hash": "argon2id",
    }  # fmt: skip
    assert failures(checks) == []
    assert (proposal.region.code, proposal.region.sure) == ("US", True)


def test_what_else_it_might_be_is_told(product: Product) -> None:
    """Rails with Devise often has a second table, of administrators; `users` is the preset's own."""
    for name in ("admins", "users"):
        columns = text("email", "phone", "encrypted_password", "reset_password_token")
        table = product.table(name, Column("id", Integer, primary_key=True), *columns)
        row = {"email": f"jane@{name}.example", "phone": "202-555-0142", "encrypted_password": cheap("devise")}
        product.add(table, {"id": 1, **row})
    proposal, checks = believed(product)
    assert proposal.settings == {"preset": "devise"}
    assert proposal.others == ["devise in 'admins'"]
    assert "# It might also be: devise in 'admins'." in proposal.as_toml()
    assert failures(checks) == []


def test_no_number_anywhere(product: Product) -> None:
    """It says so, and neither invents a column nor calls it right."""
    shop = SHOPS[0](product)
    product.run("DROP TABLE profile")
    proposal = inspect(product.engine)
    assert proposal.settings == {"preset": "django"}
    assert [each for each in proposal.missing if each.startswith("telephone numbers")]
    assert not proposal.fits
    assert "#   - Table 'auth_user' has no column 'phone'." in proposal.as_toml()
    assert tomllib.loads(proposal.as_toml()) == {"directory": {"preset": "django"}}
    assert shop.row()


def test_wordpress_with_the_number_under_another_key(product: Product) -> None:
    shop = WordPress(product)
    product.run("UPDATE shop_usermeta SET meta_key = 'mobile_phone' WHERE meta_key = 'billing_phone'")
    proposal, checks = believed(product)
    assert proposal.settings["phone_table"]["where"] == {"meta_key": "mobile_phone"}
    assert failures(checks) == []
    assert checks["directory: numbers"].found.startswith("2 of 2 people")
    assert shop.row()


# --- products that we do not know -----------------------------------------------------------------


def unknown(product: Product) -> Table:
    table = product.table(
        "Klanten",
        Column("KlantNr", Integer, primary_key=True),
        *text("Voornaam", "LastName", "E-Mail", "MobileNumber", "PwHash", "user_role", "resetToken"),
        *switches("IsActive"),
        Column("failedLogins", Integer),
        *times("LockedUntil", "LastLogin"),
    )
    product.table("sessions", Column("id", Integer, primary_key=True), Column("KlantenId", Integer))
    product.table("log", Column("id", Integer, primary_key=True), *text("line", "level"))
    row = {
        "Voornaam": "Jane", "LastName": "Doe", "E-Mail": "jane@acme.example", "MobileNumber": "06 12345678",
        "PwHash": cheap("bcrypt-2b"), "user_role": "user", "IsActive": True, "failedLogins": 0,
        "LastLogin": datetime(2026, 11, 20, 9, 0),  # noqa: DTZ001  (a column without a zone)
    }  # fmt: skip
    roles = ("user", "Admin", "support", "user")
    product.add(table, *({"KlantNr": key, **row, "user_role": role} for key, role in enumerate(roles)))
    product.set(table, 3, MobileNumber="+31 6 23456789")
    return table


def test_an_unknown_product_is_guessed_column_by_column(product: Product) -> None:
    unknown(product)
    proposal, checks = believed(product)
    assert proposal.product == ""
    assert proposal.settings == {
        "table": "Klanten", "key": "KlantNr", "email": "E-Mail", "password": "PwHash", "first_name": "",
        "last_name": "LastName", "active": "IsActive", "locked_until": "LockedUntil", "last_sign_in_at": "LastLogin",
        "role": "user_role", "privileged_roles": ["Admin"], "phone": "MobileNumber", "hash": "bcrypt-2b",
        "also_set": {"resetToken": "null"}, "unlock": {"failedLogins": "0", "LockedUntil": "null"},
        "rows": [{"table": "sessions", "person": "KlantenId", "kind": "sign-in"}],
    }  # fmt: skip
    assert proposal.why["email"] == "sure: by its name, and 100% of its values are e-mail addresses"
    assert "4 of 4 hashes are bcrypt-2b with cost 4" in proposal.why["hash"]
    assert proposal.region.code == "NL"
    assert failures(checks) == []
    assert checks["directory: people"].status is Status.OK


def test_columns_whose_names_say_nothing(product: Product) -> None:
    table = product.table("t1", Column("c1", Integer, primary_key=True), *text("c2", "c3", "c4", "c5"))
    hashes = [cheap("bcrypt-2y", f"password {key}") for key in range(3)]
    for key, hashed in enumerate(hashes):
        row = {"c1": key, "c2": f"p{key}@acme.example", "c3": hashed, "c4": f"+1 202 555 014{key}", "c5": "red"}
        product.add(table, row)
    proposal, checks = believed(product)
    names = ("email", "password", "phone", "key", "hash")
    assert [proposal.settings[name] for name in names] == ["c2", "c3", "c4", "c1", "bcrypt-2y"]
    assert proposal.why["phone"].startswith("a guess: ")
    assert failures(checks) == []


def test_a_database_without_people(product: Product) -> None:
    product.run("CREATE TABLE x (id int)", "DROP TABLE x")
    assert "sees no table" in inspect(product.engine).as_toml()
    product.table("orders", Column("id", Integer), *text("name", "state"))
    proposal = inspect(product.engine)
    assert proposal.settings == {}
    assert proposal.missing
    assert tomllib.loads(proposal.as_toml()) == {}


def test_names_cannot_break_out_of_their_line(product: Product) -> None:
    name = 'pe"ople\n[directory]\x07\nhash = "phpass'
    table = product.table(name, Column("id", Integer, primary_key=True), *text("email", "password", "mobile"))
    row = {"email": "a@acme.example", "password": cheap("argon2id"), "mobile": "202-555-0142"}
    product.add(table, {"id": 1, **row})
    _, checks = believed(product)
    assert tomllib.loads(inspect(product.engine).as_toml())["directory"]["table"] == name
    assert failures(checks) == []


GERMAN = ("51 23456789", "52 23456789", "57 23456789", "76 23456789", "71 2345678", "60 2345678", "75 2345678")

# --- evidence -------------------------------------------------------------------------------------


def test_two_kinds_of_hashes_are_told_apart(product: Product) -> None:
    """As the issue says it: 198 of 200."""
    table = filled(product, "werkzeug", OTHERS["werkzeug"])
    product.run("UPDATE user SET password_hash = ''")
    stored = f"pbkdf2:sha256:1000000${'a' * 16}${'0' * 64}"
    for key in range(2, 200):
        product.add(table, {"id": key, "email": f"p{key}@acme.example", "password_hash": stored})
    product.add(table, {"id": 200, "email": "p@acme.example", "password_hash": "!"})
    proposal = inspect(product.engine)
    assert proposal.settings["hash"] == "werkzeug-pbkdf2"
    said = "198 of 200 hashes are pbkdf2_sha256 (werkzeug-pbkdf2) with 1,000,000 rounds; 1 of 200 hashes is"
    assert proposal.evidence[-1].startswith(said)


@pytest.mark.parametrize(
    ("numbers", "code", "sure"),
    [
        ([f"01{rest}" for rest in GERMAN], "DE", True),
        ([f"07{net} 900540" for net in (400, 500, 711, 733, 790, 810, 850)], "GB", False),  # India takes them, too
        (["+49 171 2345678", "0049 151 23456789"], "DE", True),
        ([f"({area}) 555-0142" for area in (202, 212, 312, 415, 503, 617, 713)], "US", True),
        (["06 12345678", "06 23456789"], "FR", False),
        (["06 12345678", "06 23456789", "+31 6 12345678"], "NL", False),
        (["12", "reception"], "", False),
        ([], "", False),
    ],
)
def test_the_country_of_numbers(numbers: list[str], code: str, sure: bool) -> None:
    region = region_of(numbers)
    assert (region.code, region.sure) == (code, sure), region.why
    assert not any(number in region.why for number in numbers if len(number) > 2)
