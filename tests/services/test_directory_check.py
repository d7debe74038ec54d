"""`directory check`: each thing that can be wrong with a mapping is a clear sentence, and nothing is ever changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Column, DateTime, Integer, LargeBinary, String, create_engine, event

from services.db.session import make_engine
from services.directory.check.checking import Ground, check
from services.directory.check.fitting import misfits
from services.directory.formats import FORMATS
from services.directory.inspect.inspecting import inspect
from services.directory.mapping import LINK, Aside, Mapping, Rows
from services.directory.presets import PRESETS
from services.directory.written import read_mapping
from services.errors import DirectoryUnreachable
from services.lookout import Check, Status
from tests.conftest import Server, address
from tests.services.house import START, HandClock
from tests.services.products import Product, open_product, reset
from tests.services.shops import OLD, SHOPS, Shop, WordPress

HASH = FORMATS["bcrypt-2b"].hash(OLD, "04")
MAPPING = Mapping(
    "people", phone="mobile", password="pw", hash="bcrypt-2b", last_sign_in_at="seen",
    also_set=(("token", "random"),), unlock=(("tries", "0"), ("locked", "null")),
    rows=(Rows("sessions"), Rows("links", "mail", by="email", kind=LINK)),
)  # fmt: skip


def people(product: Product, *, rows: bool = True, **columns: Column[Any]) -> None:
    """A table that fits MAPPING; `columns` replace its own."""
    own: dict[str, Column[Any]] = {
        "id": Column("id", Integer, primary_key=True, autoincrement=False),
        "first_name": Column("first_name", String(80)),
        "last_name": Column("last_name", String(80)),
        "email": Column("email", String(120), unique=True),
        "mobile": Column("mobile", String(60)),
        "pw": Column("pw", String(255)),
        "seen": Column("seen", DateTime),
        "token": Column("token", String(100)),
        "tries": Column("tries", Integer),
        "locked": Column("locked", DateTime),
    }
    table = product.table("people", *(own | columns).values())
    sessions = product.table("sessions", Column("id", Integer, primary_key=True), Column("user_id", Integer))
    links = product.table("links", Column("mail", String(120)))
    for key, name in ((1, "Jane"), (2, "Joe")):
        if not rows:
            continue
        row = {
            "id": key, "first_name": name, "last_name": "Doe", "email": f"{name}@acme.example", "pw": HASH,
            "mobile": "202-555-0142", "token": "T", "tries": 3, "locked": datetime(2026, 11, 23),  # noqa: DTZ001
        }  # fmt: skip
        product.add(table, {column: value for column, value in row.items() if column in table.c})
        product.add(sessions, {"id": key, "user_id": key})
        product.add(links, {"mail": f"{name}@acme.example"})


@pytest.fixture(scope="module")
def shared_postgres(server: Server) -> Iterator[str]:
    """One database, emptied for each test: to drop one takes longer than most of them."""
    name = server.new()
    yield address(name)
    server.drop(name)


@pytest.fixture
def on_postgres(shared_postgres: str) -> Iterator[Product]:
    made = open_product(shared_postgres)
    made.run("DROP SCHEMA IF EXISTS app CASCADE", "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    yield made
    made.engine.dispose()


@pytest.fixture(params=["on_sqlite", "on_postgres", "on_mariadb"])
def product(request: pytest.FixtureRequest) -> Product:
    """On each kind of database that a product may have."""
    made: Product = request.getfixturevalue(request.param)
    return made


def look(product: Product, mapping: Mapping = MAPPING, email: str = "", **more: Any) -> list[Check]:
    return list(check(Ground(product.engine, mapping, "US", clock=HandClock(), **more), email))


def wrong(checks: list[Check]) -> list[str]:
    return [f"{each.found} {each.mend}" for each in checks if each.failed]


def of_shop(shop: type[Shop]) -> Mapping:
    problems: list[str] = []
    mapping = read_mapping({"preset": shop.preset, **shop.changes}, problems)
    assert mapping is not None, problems
    return mapping


def everything(product: Product) -> dict[str, list[tuple[Any, ...]]]:
    return {name: sorted(product.rows(table), key=str) for name, table in product.metadata.tables.items()}


# --- what fits ------------------------------------------------------------------------------------


def test_a_mapping_that_fits(product: Product) -> None:
    people(product)
    before = everything(product)
    checks = look(product, email="JANE@acme.example")
    assert wrong(checks) == []
    found = {each.name: each.found for each in checks if each.status is Status.OK}
    assert len(found) == len(checks) == 18
    assert found["directory: times"] == "Nothing stands in seen yet."
    assert found["directory: hash format"] == "2 of 2 hashes are bcrypt-2b with cost 4."
    assert found["directory: people"] == "2 people. The newest 2 read: 2 active."
    assert found["directory: numbers"] == "2 of 2 people have a number that can get texts."
    assert found["directory: hashing"] == "Made and verified: bcrypt-2b with cost 4, as the newest rows have."
    assert found["directory: a reset"].endswith(
        "Changed: pw, token, tries, locked. Rows that went with it: 1 of sessions, 1 of links."
    )
    assert found["directory: put back"].startswith("All 10 columns compared byte for byte")
    assert found["directory: rolled back"].startswith("Nothing was changed")
    assert everything(product) == before


@pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.preset)
def test_a_reset_on_a_named_person_of_every_product(on_sqlite: Product, shop: type[Shop]) -> None:
    sold = shop(on_sqlite)
    before = everything(on_sqlite)
    checks = look(on_sqlite, of_shop(shop), "jane@acme.example", pepper=sold.pepper)
    assert wrong(checks) == []
    assert [each.name for each in checks if each.status is Status.OK][-3:] == [
        "directory: a reset", "directory: put back", "directory: rolled back",
    ]  # fmt: skip
    assert everything(on_sqlite) == before
    assert sold.opens(OLD) or sold.locked()


def test_beside_an_own_password(on_sqlite: Product) -> None:
    columns = {name: Column(name, String) for name in PRESETS["statstak"].columns}
    table = on_sqlite.table("people", Column("id", Integer, primary_key=True), *(
        column for name, column in columns.items() if name != "id"
    ))  # fmt: skip
    stored = FORMATS["argon2id"].hash(OLD, "m=8,t=1,p=1")
    row = {"email": "jane@acme.example", "phone": "202-555-0142", "password_hash": stored, "active": "1"}
    on_sqlite.add(table, {"id": 1, **row})
    before = everything(on_sqlite)
    assert wrong(look(on_sqlite, PRESETS["statstak"], "jane@acme.example")) == []
    assert everything(on_sqlite) == before


# --- what does not --------------------------------------------------------------------------------


def only(product: Product, mapping: Mapping = MAPPING) -> str:
    """The one thing that keeps a process from starting."""
    [sentence] = misfits(product.engine, mapping)
    return sentence


def test_tables_and_columns_that_are_not_there(product: Product) -> None:
    """All at once, each with what it might have been."""
    people(product)
    mapping = replace(
        MAPPING, phone="mobil", last_sign_in_at="", unlock=(("attempts", "0"),),
        rows=(Rows("session"), Rows("links", "mails", by="email")),
        asides=(("team", Aside("teams", "name", "person_id")),),
    )  # fmt: skip
    seen = " that the account may see" if product.engine.dialect.name == "mysql" else ""
    mend = "Put the right name into [directory]; `python -m bot directory inspect` proposes one."
    phone = "Name the column of telephone numbers in directory.phone, or its table in [directory.phone_table]."
    assert misfits(product.engine, mapping) == [
        f"Table 'people' has no column 'mobil'; there is 'mobile'. {phone}",
        f"Table 'people' has no column 'attempts'. {mend}",
        f"There is no table 'teams'{seen}. {mend}",
        f"There is no table 'session'{seen}; there is 'sessions'. {mend}",
        f"Table 'links' has no column 'mails'; there is 'mail'. {mend}",
    ]
    assert only(product, replace(MAPPING, table="peeple")).startswith(
        f"There is no table 'peeple'{seen}; there is 'people'."
    )
    last = look(product, mapping)[-1]
    assert (last.name, last.status) == ("directory: people", Status.SKIPPED)


def test_a_table_in_another_schema(on_postgres: Product) -> None:
    product = on_postgres
    product.run("CREATE SCHEMA app")
    product.table("people", Column("id", Integer, primary_key=True), schema="app")
    said = misfits(product.engine, MAPPING)[0]
    assert said.startswith("There is no table 'people' in the default schema. ")
    assert said.endswith("There is one in 'app': set directory.schema = \"app\".")


def test_columns_that_cannot_hold_what_a_reset_writes(on_mariadb: Product) -> None:
    """Each would be found by the first reset only; the widths by nobody, on a server that cuts off silently."""
    product = on_mariadb
    people(
        product,
        pw=Column("pw", String(40)),
        locked=Column("locked", DateTime, nullable=False, server_default="2026-11-23"),
        token=Column("token", String(20)),
        tries=Column("tries", DateTime),
        rows=False,
    )
    product.run("DROP TABLE sessions", "CREATE TABLE sessions (user_id varchar(20))")
    checks = look(product, replace(MAPPING, rows=(Rows("sessions"), Rows("links", "mail", by="email"))))
    columns = [(each.found, each.mend) for each in checks if each.name == "directory: columns"]
    hint = "Choose another word for it in directory.{}, or leave the column out."
    assert columns == [
        (
            "'pw' takes 40 signs, and a bcrypt-2b hash has 60: cut off, it opens nothing.",
            "See that directory.hash is what the product writes, and that this is its column.",
        ),
        (
            "'token' cannot be set to 'random': that has 32 signs, and the column takes 20.",
            hint.format("also_set"),
        ),
        ("'tries' cannot be set to '0': it is of another type.", hint.format("unlock")),
        ("'locked' cannot be set to 'null': it must not be empty (NOT NULL).", hint.format("unlock")),
    ]
    warned = [each.found for each in checks if each.status is Status.WARNING]
    assert "'user_id' holds text, 'id' number: compared so, '1x' is 1 and no index helps." in warned
    assert checks[-1].found == "Put right what failed first; then people can be read."


def test_the_columns_of_a_temporary_password_have_to_be_empty_at_times(on_sqlite: Product) -> None:
    people(on_sqlite, seen=Column("seen", DateTime, nullable=False), rows=False)
    mapping = replace(MAPPING, temporary_password="token", temporary_used_at="seen", also_set=(), last_sign_in_at="")
    [said] = misfits(on_sqlite.engine, mapping)
    assert said.startswith("'seen' must not be empty (NOT NULL), and a reset has to leave it so.")


def test_nobody_to_be_found_or_texted(on_sqlite: Product) -> None:
    """No number, no address, nobody active, nothing that tells of a country."""
    people(on_sqlite)
    unnamed = misfits(on_sqlite.engine, replace(MAPPING, phone="", email="", rows=()))
    assert [said.partition(":")[0].partition(". ")[0] for said in unnamed] == [
        "No column of the e-mail address is named", "No column of telephone numbers is named",
    ]  # fmt: skip
    on_sqlite.run("UPDATE people SET mobile = '0171 2345678', email = 'jane', locked = NULL WHERE id = 1")
    on_sqlite.run("UPDATE people SET mobile = NULL, email = 'joe' WHERE id = 2")
    checks = look(on_sqlite, replace(MAPPING, first_name="", last_name=""))
    assert [each.found for each in checks if each.failed] == [
        "2 people. The newest 2 read: 2 active, 2 without a name. What stands for e-mail addresses are none.",
        "0 of 2 people have a number that can get texts; the others: 1 no number, 1 not readable.",
    ]
    on_sqlite.run("UPDATE people SET seen = '2026-11-23 10:00:00'")
    checks = look(on_sqlite, replace(MAPPING, deactivated_at="seen", last_sign_in_at=""))
    assert "Nobody counts as active." in wrong(checks)[0]
    on_sqlite.run("DELETE FROM people")
    checks = look(on_sqlite, replace(MAPPING, hash_parameters="04"))
    assert wrong(checks) == []
    assert [each.found for each in checks if each.status is Status.WARNING] == [
        "Nothing shows that the product writes bcrypt-2b: there is no row to tell.", "Table 'people' is empty.",
    ]  # fmt: skip


def test_a_number_that_is_nobodys_own_is_told_in_words(on_sqlite: Product) -> None:
    people(on_sqlite)
    on_sqlite.run("UPDATE people SET mobile = '1-800-356-9377' WHERE id = 2")
    [numbers] = [each.found for each in look(on_sqlite) if each.name == "directory: numbers"]
    assert numbers == "1 of 2 people have a number that can get texts; the others: 1 free, shared or personal."


def test_a_named_person_who_cannot_be_reset(on_sqlite: Product) -> None:
    people(on_sqlite, email=Column("email", String(120)))
    on_sqlite.run("UPDATE people SET email = 'both@acme.example'", "UPDATE people SET seen = '2026-11-23 10:00:00'")
    [nobody] = [each for each in look(on_sqlite, email="jane@acme.example") if each.failed]
    assert nobody.found == "Nobody has that e-mail address."
    [both] = [each for each in look(on_sqlite, email="both@acme.example") if each.failed]
    assert both.found == "2 people have that e-mail address."
    on_sqlite.run("UPDATE people SET seen = NULL, email = 'jane@acme.example' WHERE id = 1")
    mapping = replace(MAPPING, deactivated_at="seen", last_sign_in_at="")
    assert wrong(look(on_sqlite, mapping, "jane@acme.example")) == []
    [off] = [each for each in look(on_sqlite, mapping, "both@acme.example") if each.failed]
    assert off.found == "That person counts as deactivated and cannot be reset."
    warned = [each.found for each in look(on_sqlite) if each.name == "directory: rows of links"]
    assert warned == ["They are found by 'email', which is not unique: of two people who share it both lose them."]


def test_a_key_that_is_not_unique(product: Product) -> None:
    people(product)
    product.run("UPDATE people SET tries = 7")
    said = only(product, replace(MAPPING, key="tries", unlock=(), rows=()))
    assert said.startswith("Several rows share one value of 'tries': whom a reset is for cannot be told.")
    product.run("UPDATE people SET tries = id")
    [unsure] = [each for each in look(product, replace(MAPPING, key="tries", unlock=(), rows=())) if each.mend]
    assert unsure.found == "No key or index says that 'tries' is unique; it is at present."
    product.run("UPDATE people SET tries = NULL WHERE id = 2")
    assert "Rows have no value in 'tries'" in only(product, replace(MAPPING, key="tries", unlock=(), rows=()))


# --- hashes ---------------------------------------------------------------------------------------


def test_hashes_of_another_format(on_sqlite: Product) -> None:
    people(on_sqlite)
    said = only(on_sqlite, replace(MAPPING, hash="argon2id"))
    assert said == (
        "2 of 2 hashes are bcrypt-2b with cost 4: none is argon2id, so the product would refuse what Locksmith "
        "writes. See directory.hash: 'bcrypt-2b' is what they are. "
        "If it changed its format just now, set directory.hash_parameters too."
    )
    assert misfits(on_sqlite.engine, replace(MAPPING, hash="argon2id", hash_parameters="m=8,t=1,p=1")) == []
    [read] = [each for each in look(on_sqlite, replace(MAPPING, hash="bcrypt-2a")) if each.mend]
    assert (read.status, read.found.partition(". ")[2]) == (
        Status.WARNING, "Only 0 of 2 are written as bcrypt-2a is: none of them as its products write it.",
    )  # fmt: skip
    on_sqlite.run("UPDATE people SET pw = 'plain-text-password'")
    unknown = only(on_sqlite)
    assert "2 of 2 hashes are of no known format: Locksmith can write none of these" in unknown
    assert "plain-text" not in unknown
    on_sqlite.run("UPDATE people SET pw = '!'")
    [told] = [each for each in look(on_sqlite, replace(MAPPING, hash_parameters="04")) if each.mend]
    assert told.status is Status.WARNING
    assert told.found.endswith("2 of 2 hashes are marks of a password that nobody has.")


def test_a_cost_that_is_not_the_products(on_sqlite: Product) -> None:
    people(on_sqlite)
    [odd] = [each for each in look(on_sqlite, replace(MAPPING, hash_parameters="05")) if each.mend]
    assert odd.found == "Made and verified: bcrypt-2b with cost 5. Most of the newest rows have cost 4."


def test_a_pepper_cannot_be_seen(on_sqlite: Product) -> None:
    """And where one is needed and missing, no hash can be made."""
    people(on_sqlite)
    mapping = replace(MAPPING, hash="devise")
    [unseen] = [each for each in look(on_sqlite, mapping, pepper="p") if each.status is Status.SKIPPED]
    assert unseen.found.startswith("Whether DIRECTORY_PEPPER (is set) is the product's cannot be seen.")
    said = wrong(look(on_sqlite, replace(MAPPING, hash="flask-security-bcrypt")))
    assert said == ["No flask-security-bcrypt hash can be made: the product's secret is missing. See directory.hash."]


WORDPRESS = {"preset": "wordpress", "table": "shop_users"}


def written_so(**settings: str) -> Mapping:
    problems: list[str] = []
    mapping = read_mapping({**WORDPRESS, **settings}, problems)
    assert mapping is not None, problems
    return mapping


def after_an_update(product: Product, *, signed_in: bool) -> WordPress:
    """WordPress hashes anew whoever signs in, so for long most people have an older hash."""
    shop = WordPress(product)
    old = FORMATS["phpass"].hash(OLD, "7")
    row = shop.row(2)
    for key in range(3, 30):
        product.add(shop.people, {**row, "ID": key, "user_email": f"p{key}@acme.example", "user_pass": old})
    product.set(shop.people, 1, user_pass=old)
    if not signed_in:
        product.set(shop.people, 2, user_pass=old)
    return shop


def test_one_hash_shows_that_wordpress_was_updated(on_sqlite: Product) -> None:
    """With the older format a person would sign in once, be hashed anew, and the reset be taken for an own choice."""
    after_an_update(on_sqlite, signed_in=True)
    proposal = inspect(on_sqlite.engine)
    assert proposal.settings == WORDPRESS
    assert proposal.fits
    assert misfits(on_sqlite.engine, written_so()) == []
    for mapping in (written_so(hash="phpass"), written_so(hash="phpass", hash_parameters="13")):
        said = only(on_sqlite, mapping)
        assert said == (
            "28 of 29 hashes are phpass with 2^7 rounds; 1 of 29 hashes is wordpress with cost 4: wordpress is what "
            "the product writes since its update, and no longer phpass. Set directory.hash to 'wordpress'."
        )
        assert said in wrong(look(on_sqlite, mapping))
    made = on_sqlite.directory(written_so()).hash(OLD)
    assert made.startswith("$wp$2y$04$")


def test_an_unknown_product_with_both_formats(on_sqlite: Product) -> None:
    people(on_sqlite)
    old = FORMATS["phpass"].hash(OLD, "7")
    table = on_sqlite.metadata.tables["people"]
    on_sqlite.set(table, 1, pw=FORMATS["wordpress"].hash(OLD, "04"))
    on_sqlite.set(table, 2, pw=old)
    on_sqlite.add(table, *({"id": key, "email": f"p{key}@acme.example", "pw": old} for key in (3, 4)))
    proposal = inspect(on_sqlite.engine)
    assert (proposal.product, proposal.settings["hash"]) == ("", "wordpress")
    assert proposal.fits


def test_just_after_the_update_of_wordpress(on_sqlite: Product) -> None:
    """Nothing shows it before somebody signs in: who knows better says so."""
    after_an_update(on_sqlite, signed_in=False)
    said = only(on_sqlite, written_so())
    assert said.startswith(
        "29 of 29 hashes are phpass with 2^7 rounds: none is wordpress, so the product would refuse"
    )
    assert misfits(on_sqlite.engine, written_so(hash="phpass")) == []
    mapping = written_so(hash_parameters="10")
    assert misfits(on_sqlite.engine, mapping) == []
    [told] = [each for each in look(on_sqlite, mapping) if each.name == "directory: hash format"]
    assert told.status is Status.WARNING
    assert on_sqlite.directory(mapping).hash(OLD).startswith("$wp$2y$10$")


# --- writing --------------------------------------------------------------------------------------

MEDDLE = {
    "postgresql": (
        "CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.{} := {}; RETURN NEW; END $$",
        "CREATE TRIGGER meddle BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION meddle()",
    ),
    "mysql": ("CREATE TRIGGER meddle BEFORE UPDATE ON people FOR EACH ROW SET NEW.{} = {}",),
    "sqlite": (
        "CREATE TRIGGER meddle AFTER UPDATE ON people BEGIN UPDATE people SET {} = {} WHERE id = NEW.id; END",
    ),
}


def meddling(product: Product, column: str, value: str) -> None:
    product.run(*(each.format(column, value) for each in MEDDLE[product.engine.dialect.name]))


def test_a_trigger_that_alters_the_hash(product: Product) -> None:
    people(product)
    meddling(product, "pw", "upper(NEW.pw)")
    before = everything(product)
    said = wrong(look(product, email="jane@acme.example"))
    assert said[0].startswith("The database changes pw at each write (trigger meddle).")
    assert said[1].startswith("pw did not keep what was written (trigger meddle): the password that was texted")
    assert said[2].startswith("pw did not keep what was written (trigger meddle)")
    assert len(said) == 3
    assert everything(product) == before


def test_what_the_database_changes_by_itself(product: Product) -> None:
    """An `updated_at` is no fault; it is told."""
    people(product, changed=Column("changed", Integer))
    product.run("UPDATE people SET changed = 1")
    meddling(product, "changed", "NEW.changed + 1" if product.engine.dialect.name != "sqlite" else "5")
    checks = {each.name: each for each in look(product, email="jane@acme.example")}
    assert wrong(list(checks.values())) == []
    assert checks["directory: a row to itself"].found.endswith("; the database itself changed changed.")
    assert checks["directory: put back"].found.endswith("; the database itself keeps its own changed.")
    assert checks["directory: rolled back"].status is Status.OK


def test_views(product: Product) -> None:
    """Through one that can be written resets work; the other keeps the process from starting."""
    people(product)
    product.run("CREATE VIEW shown AS SELECT * FROM people", "CREATE VIEW sums AS SELECT DISTINCT * FROM people")
    unwritable = misfits(product.engine, replace(MAPPING, table="sums"))
    assert unwritable[0].startswith("The account may not write ")
    assert "a view that cannot be written" in unwritable[0]
    if product.engine.dialect.name == "sqlite":
        return  # it writes through none
    checks = look(product, replace(MAPPING, table="shown"), "jane@acme.example")
    assert wrong(checks) == []
    [told] = [each.found for each in checks if each.name == "directory: tables"]
    assert told.startswith(
        "'shown' is a view, with links, sessions beside it: what is written goes to a table behind"
    )


def test_a_standby(empty_postgres: str) -> None:
    """A function of that name found first stands for a server in recovery; a second server would take seconds."""
    on_postgres = open_product(empty_postgres)
    people(on_postgres)
    name = on_postgres.engine.url.database
    on_postgres.run(
        "CREATE FUNCTION pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS 'SELECT true'",
        f"ALTER DATABASE {name} SET search_path = public, pg_catalog",
    )
    on_postgres.engine.dispose()
    mend = "Put the primary's address into DIRECTORY_URL; the copy's may stand in DIRECTORY_READ_URL."
    standby = "Nothing can be written at DIRECTORY_URL: it is a standby, a copy for reading only."
    assert only(on_postgres) == f"{standby} {mend}"
    on_postgres.run("DROP FUNCTION public.pg_is_in_recovery()")
    on_postgres.run(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    on_postgres.engine.dispose()
    said = "its transactions are read-only (default_transaction_read_only)"
    assert only(on_postgres) == f"Nothing can be written at DIRECTORY_URL: {said}. {mend}"
    checks = look(on_postgres, email="jane@acme.example")
    assert checks[-1].found == "Nothing was written: put right what failed first."
    on_postgres.engine.dispose()


def test_a_server_that_only_reads(on_mariadb: Product) -> None:
    people(on_mariadb)
    on_mariadb.engine.dispose()

    @event.listens_for(on_mariadb.engine, "connect")
    def connect(connection: Any, _entry: object) -> None:
        connection.cursor().execute("SET SESSION TRANSACTION READ ONLY")

    said = "Nothing can be written at DIRECTORY_URL: it is set to be read only (tx_read_only), as copies are."
    assert only(on_mariadb).startswith(said)


def test_tables_that_cannot_take_back_a_write(on_mariadb: Product) -> None:
    people(on_mariadb)
    on_mariadb.run("ALTER TABLE sessions ENGINE = MyISAM")
    said = "Table 'sessions' is a MyISAM table, which cannot take back a write. Convert it: ALTER TABLE "
    assert only(on_mariadb).startswith(said)


def test_columns_that_cannot_be_compared(on_postgres: Product) -> None:
    people(on_postgres)
    on_postgres.run("ALTER TABLE sessions ALTER user_id TYPE text")
    said = "Rows of sessions may not be deleted: the columns compared are of different types."
    assert only(on_postgres).startswith(said)


def test_collations_that_cannot_be_compared(on_mariadb: Product) -> None:
    people(on_mariadb)
    on_mariadb.run("ALTER TABLE links CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
    on_mariadb.run(
        "ALTER TABLE people MODIFY email varchar(120) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci UNIQUE"
    )
    checks = look(on_mariadb)
    assert wrong(checks) == []
    on_mariadb.run("ALTER TABLE links MODIFY mail varchar(120) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci")
    said = "Rows of links may not be deleted: the columns compared have different collations."
    assert only(on_mariadb).startswith(said)


def test_hashes_as_bytes(on_sqlite: Product) -> None:
    people(on_sqlite, pw=Column("pw", LargeBinary), rows=False)
    said = only(on_sqlite)
    assert said.startswith("Column 'pw' holds bytes; a hash is expected as text. Locksmith compares hashes as text:")


# --- addresses ------------------------------------------------------------------------------------


def test_a_copy(on_sqlite: Product, tmp_path: Path) -> None:
    """The same people, people that lag, other people, none at all, and one that is away."""
    people(on_sqlite)
    other = open_product(f"sqlite:///{tmp_path / 'copy.db'}")
    people(other)

    def said() -> tuple[Status, str]:
        [found] = [each for each in look(on_sqlite, copy=other.engine) if each.name == "directory: same people"]
        return found.status, found.found

    assert said() == (Status.OK, "DIRECTORY_READ_URL shows the newest 2 people as DIRECTORY_URL does.")
    other.run("UPDATE people SET mobile = '202-555-0143' WHERE id = 1")
    assert said()[0] is Status.WARNING
    other.run("UPDATE people SET email = 'x' || email")
    assert said() == (Status.FAILED, "DIRECTORY_READ_URL shows none of the newest 2 people as DIRECTORY_URL does.")
    other.run("ALTER TABLE people RENAME TO persons")
    [refused] = misfits(on_sqlite.engine, MAPPING, other.engine)
    assert refused.startswith("DIRECTORY_READ_URL cannot show people: a table is missing.")
    other.engine.dispose()
    away = make_engine("postgresql://nobody@127.0.0.1:1/x")
    assert misfits(on_sqlite.engine, MAPPING, away) == []
    [told] = [each for each in look(on_sqlite, copy=away) if each.mend]
    assert told.found == "The copy cannot be reached: nothing listens at that address."
    away.dispose()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:///nothing/product.db", "The file of DIRECTORY_URL is not there."),
        ("postgresql://no-such-account-oops@127.0.0.1/postgres", "there is no such database, account or table."),
        ("postgresql://postgres:oops@127.0.0.1/no-such-database", "there is no such database, account or table."),
        ("mysql://nobody:oops@127.0.0.1/mysql", "the account or its password is refused."),
    ],
)
def test_an_address_that_is_wrong(url: str, said: str, maria_server: object, server: object) -> None:
    assert maria_server
    assert server
    engine = make_engine(url)
    [told] = misfits(engine, MAPPING)
    assert said in told
    assert "oops" not in told
    engine.dispose()


def test_a_database_that_is_away_is_no_mistake() -> None:
    engine = make_engine("postgresql://postgres:oops@127.0.0.1:1/x")
    with pytest.raises(DirectoryUnreachable):
        misfits(engine, MAPPING)
    [told] = check(Ground(engine, MAPPING, "US"))
    assert (told.status, told.found) == (
        Status.FAILED, "The product's database cannot be reached: nothing listens at that address.",
    )  # fmt: skip
    engine.dispose()


@pytest.mark.parametrize(
    "parameter", ["startup parameter: options", "startup parameter in options: plan_cache_mode"], ids=["1.18", "1.20"]
)
def test_a_pooler_that_refuses_our_time_outs(parameter: str) -> None:
    """In PgBouncer's own words. Waiting changes nothing: it is a mistake, and the start says so."""

    def refused() -> psycopg.Connection:
        said = f'connection to server at "127.0.0.1", port 6432 failed: FATAL:  unsupported {parameter}'
        raise psycopg.OperationalError(f"connection failed: {said}")

    engine = create_engine("postgresql+psycopg://postgres:oops@127.0.0.1:6432/x", creator=refused)
    [said] = misfits(engine, MAPPING)
    assert said == (
        "The product's database does not let us in: a pooler between us takes no time-outs (PgBouncer: "
        "ignore_startup_parameters = options). "
        "See DIRECTORY_URL: address, name of the database, account and its password."
    )


def test_a_lock_without_end(on_postgres: Product) -> None:
    people(on_postgres)
    on_postgres.run("UPDATE people SET locked = 'infinity' WHERE id = 2")
    on_postgres.engine.dispose()
    assert wrong(look(on_postgres, replace(MAPPING, locked_until="locked"), "jane@acme.example")) == []


def journal(file: Path) -> str:
    with closing(sqlite3.connect(file)) as connection:
        return str(connection.execute("PRAGMA journal_mode").fetchone()[0])


def test_the_products_file_keeps_its_journal(tmp_path: Path) -> None:
    """Another kind would change for the product, too, and for whoever copies the file."""
    file = tmp_path / "product.db"
    product = Product(make_engine(f"sqlite:///{file}", ours=False))
    people(product)
    assert journal(file) == "delete"
    assert inspect(product.engine).settings
    assert wrong(look(product, email="jane@acme.example")) == []
    directory = product.directory(MAPPING, clock=HandClock())
    base, new = reset(directory, "1", START)
    assert directory.swap("1", new, base, restoring=True)
    product.engine.dispose()
    assert journal(file) == "delete"
    assert [each.name for each in tmp_path.iterdir()] == ["product.db"]


def test_a_file_that_may_only_be_read_is_a_mistake(tmp_path: Path) -> None:
    file = tmp_path / "product.db"
    product = Product(make_engine(f"sqlite:///{file}", ours=False))
    people(product)
    product.engine.dispose()
    engine = make_engine(f"sqlite:///file:{file}?mode=ro&uri=true", ours=False)
    [said] = misfits(engine, MAPPING)
    assert said == (
        "The account may not write pw, token, tries, locked: it may only be read. "
        "Let the account under which Locksmith runs write that file and its folder."
    )
    engine.dispose()


def test_a_table_that_somebody_keeps_locked_is_no_mistake(on_postgres: Product) -> None:
    """A migration of the product at the moment of our start."""
    people(on_postgres)
    hurried = make_engine(on_postgres.engine.url.render_as_string(hide_password=False), wait_ms=50)
    with on_postgres.engine.begin() as connection:
        connection.exec_driver_sql("LOCK TABLE people IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(DirectoryUnreachable):
            misfits(hurried, MAPPING)
    assert misfits(hurried, MAPPING) == []
    hurried.dispose()
