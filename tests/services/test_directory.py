"""The directory on the databases that products live in: PostgreSQL, MariaDB and SQLite."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import (
    CHAR,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Integer,
    String,
    Table,
    Text,
    Uuid,
    event,
    make_url,
    select,
)
from sqlalchemy.dialects.postgresql import CITEXT
from sqlalchemy.exc import OperationalError

from services.db.session import make_engine
from services.directory.check.fitting import misfits
from services.directory.mapping import KEY, LINK, Aside, Mapping, Rows
from services.directory.people import roles_in
from services.directory.sql import SqlDirectory
from services.errors import DirectoryRefused, DirectoryUnreachable, ValueChanged
from services.model import Cause
from services.ports import Image
from tests.services.house import START, HandClock
from tests.services.products import Product, held, open_product, reset

UNTIL = START + timedelta(hours=1)
MAPPING = Mapping("Users", key="Id", phone="mobile", password="PassWord")


def users(product: Product, *more: Column[Any], key: Any = Integer, password: Any = None) -> Table:
    """With names that need quotes."""
    return product.table(
        "Users",
        Column("Id", key, primary_key=True, autoincrement=False),
        Column("first_name", String(80)),
        Column("last_name", String(80)),
        Column("email", String(120)),
        Column("mobile", String(60)),
        Column("PassWord", password or String(255)),
        *more,
    )


def jane(key: object = 1, **more: object) -> dict[str, object]:
    return {
        "Id": key, "first_name": "Jane", "last_name": "Doe", "email": "Jane.Doe@acme.example",
        "mobile": "(202) 555-0142", "PassWord": "old-hash", **more,
    }  # fmt: skip


# --- reading --------------------------------------------------------------------------------------


def test_mixed_case_and_reserved_names(product: Product) -> None:
    table = product.table(
        "user",
        Column("Key", Integer, primary_key=True), Column("order", String(80)), Column("group", String(80)),
        Column("E-mail", String(80)), Column("select", String(80)), Column("Hash", String(80)),
    )  # fmt: skip
    product.add(
        table, dict(zip(table.columns.keys(), (7, "Jane", "Doe", "j@x.example", "2025550142", "h"), strict=True))
    )
    mapping = Mapping(
        "user", key="Key", first_name="order", last_name="group", email="E-mail", phone="select", password="Hash"
    )
    directory = product.directory(mapping)
    [person] = directory.by_email("J@X.EXAMPLE")
    assert (person.key, person.name, person.phone.e164) == ("7", "Jane Doe", "+12025550142")
    reset(directory, "7", UNTIL)
    assert product.row(table, 7)["Hash"] == "the new hash"


@pytest.mark.parametrize(
    ("kind", "key"),
    [(BigInteger, 9007199254740993), (Uuid, uuid.UUID("0b1f4e0e-7a53-4c43-9c1d-3f2a6a3f9b11")), (String(40), "AB-1")],
)
def test_keys_of_any_kind(product: Product, kind: type, key: object) -> None:
    users(product, key=kind)
    table = product.metadata.tables["Users"]
    product.add(table, jane(key))
    directory = product.directory(MAPPING)
    [person] = directory.everybody()
    assert directory.by_keys([person.key, "no such key", "999999999999999999999", "-1", ""])[person.key] == person
    base, new = reset(directory, person.key, UNTIL)
    assert directory.swap(person.key, new, base, restoring=True)
    assert held(directory, person.key).own_hash == "old-hash"
    assert directory.credentials("no such key") is None
    assert directory.credentials("999999999999999999999") is None


def test_another_schema(on_postgres: Product) -> None:
    product = on_postgres
    product.run('CREATE SCHEMA "App"')
    names = ("Id", "first_name", "last_name", "email", "mobile", "PassWord")
    table = product.table("Users2", *(Column(name, String(80)) for name in names), schema="App")
    product.add(table, jane("1"))
    directory = product.directory(replace(MAPPING, table="Users2", schema="App"))
    reset(directory, "1", UNTIL)
    assert product.row(table, "1")["PassWord"] == "the new hash"


def test_citext_and_domains(on_postgres: Product) -> None:
    product = on_postgres
    product.run("CREATE EXTENSION citext", "CREATE DOMAIN secret AS varchar(200)")
    users(product, Column("mail", CITEXT), password=CITEXT)
    product.run('ALTER TABLE "Users" ADD COLUMN pw secret')
    product.add(product.metadata.tables["Users"], jane(mail="Jane@Acme.example"))
    product.run("""UPDATE "Users" SET pw = 'old-hash'""")
    directory = product.directory(replace(MAPPING, email="mail", password="pw"))
    assert [person.email for person in directory.by_email("JANE@acme.EXAMPLE")] == ["Jane@Acme.example"]
    reset(directory, "1", UNTIL)
    unfolded = product.directory(MAPPING)
    assert not unfolded.swap("1", Image("OLD-HASH"), Image("x"))


def test_numbers_in_a_second_table(product: Product) -> None:
    users(product)
    phones = product.table(
        "phones", Column("id", Integer, primary_key=True), Column("owner", Integer), Column("kind", String(9)),
        Column("number", String(40)),
    )  # fmt: skip
    product.add(product.metadata.tables["Users"], jane(1), jane(2), jane(3), jane(4))
    product.add(
        phones,
        {"id": 1, "owner": 1, "kind": "mobile", "number": "202-555-0142"},
        {"id": 2, "owner": 1, "kind": "fax", "number": "202-555-0100"},
        {"id": 3, "owner": 2, "kind": "mobile", "number": "202-555-0142"},
        {"id": 4, "owner": 2, "kind": "mobile", "number": "202-555-0117"},
        {"id": 5, "owner": 3, "kind": "mobile", "number": ""},
    )
    aside = Aside("phones", "number", "owner", (("kind", "mobile"),))
    directory = product.directory(replace(MAPPING, asides=(("phone", aside),)))
    found = directory.by_keys(["1", "2", "3", "4"])
    assert [found[key].phone.problem for key in "1234"] == [
        None,
        Cause.NUMBER_SEVERAL,
        Cause.NO_MOBILE,
        Cause.NO_MOBILE,
    ]
    assert found["1"].phone.e164 == "+12025550142"
    assert {person.key: person for person in directory.everybody()} == found


def test_roles_through_a_table_between(product: Product) -> None:
    users(product)
    product.table("Roles", Column("Id", Integer, primary_key=True), Column("Name", String(40)))
    product.table("UserRoles", Column("UserId", Integer), Column("RoleId", Integer))
    tables = product.metadata.tables
    product.add(tables["Users"], jane(1), jane(2))
    product.add(tables["Roles"], {"Id": 1, "Name": "Member"}, {"Id": 2, "Name": "Admin"})
    product.add(
        tables["UserRoles"], {"UserId": 1, "RoleId": 1}, {"UserId": 1, "RoleId": 2}, {"UserId": 2, "RoleId": 1}
    )
    aside = Aside("Roles", "Name", "UserId", link="UserRoles", link_to="RoleId", key="Id")
    directory = product.directory(replace(MAPPING, asides=(("role", aside),), privileged_roles=("admin",)))
    found = directory.by_keys(["1", "2"])
    assert [(found[key].role, found[key].privileged) for key in "12"] == [("Admin", True), ("Member", False)]


@pytest.mark.parametrize(
    ("written", "roles"),
    [
        ("admin", ["admin"]),
        ('["ROLE_ADMIN", "ROLE_X"]', ["ROLE_ADMIN", "ROLE_X"]),
        ('{"1": "ROLE_ADMIN"}', ["ROLE_ADMIN"]),
        ("[", ["["]),
        ('a:2:{s:13:"administrator";b:1;s:6:"editor";b:0;}', ["administrator"]),
        ('a:1:{i:0;s:10:"ROLE_ADMIN";}', ["ROLE_ADMIN"]),
        ("a:0:{}", []),
    ],
)
def test_roles_as_products_write_them(written: str, roles: list[str]) -> None:
    assert roles_in(written) == roles


def test_who_may_not_sign_in(product: Product) -> None:
    columns = Column("active", Boolean), Column("gone_at", DateTime), Column("locked_until", DateTime)
    table = users(product, *columns)
    soon, late = datetime(2026, 11, 23, 20), datetime(2999, 1, 1)  # noqa: DTZ001  (columns without a zone)
    product.add(
        table,
        jane(1, active=True), jane(2, active=False), jane(3, active=True, gone_at=soon),
        jane(4, active=True, locked_until=soon), jane(5, active=True, locked_until=late), jane(6, active=None),
    )  # fmt: skip
    mapping = replace(MAPPING, active="active", deactivated_at="gone_at", locked_until="locked_until")
    directory = product.directory(mapping, clock=HandClock())
    found = directory.by_keys([str(key) for key in range(1, 7)])
    assert [key for key, person in sorted(found.items()) if person.active] == ["1", "4"]


def test_words_for_active(product: Product) -> None:
    table = users(product, Column("state", String(9)))
    product.add(table, *(jane(at, state=word) for at, word in enumerate(("active", "Y", "1", "N", "banned", "f"))))
    found = product.directory(replace(MAPPING, active="state")).by_keys([str(at) for at in range(6)])
    assert [found[str(at)].active for at in range(6)] == [True, True, True, False, False, False]


def test_a_lock_without_end_keeps_nobody_from_being_read(on_postgres: Product) -> None:
    """Npgsql writes infinity where an account was switched off for good, and psycopg knows no such time."""
    product = on_postgres
    table = users(product, Column("ends", DateTime(timezone=True)), Column("naive", DateTime))
    product.add(table, jane(1), jane(2))
    product.run("""UPDATE "Users" SET ends = 'infinity', naive = '-infinity' WHERE "Id" = 1""")
    product.engine.dispose()  # what is connected already keeps its ways
    directory = product.directory(replace(MAPPING, locked_until="ends", unlock=(("ends", "null"), ("naive", "null"))))
    assert [person.active for person in directory.everybody()] == [False, True]
    assert held(directory, "1").image.secret == "old-hash"


def test_no_statement_is_prepared_on_a_connection_that_may_be_anothers(on_postgres: Product) -> None:
    """Where PgBouncer pools transactions the next one may get another connection, or one on which another process
    has prepared its own by that name.
    """
    product = on_postgres
    table = users(product)
    product.engine.dispose()
    assert misfits(product.engine, MAPPING) == []  # it connects first
    with product.engine.connect() as connection:
        for _ in range(8):
            connection.execute(select(table).where(table.c.Id == 1))
        assert connection.exec_driver_sql("SELECT name FROM pg_prepared_statements").all() == []


def test_a_time_that_is_none_is_said_without_quoting_it(tmp_path: object) -> None:
    product = open_product(f"sqlite:///{tmp_path}/product.db")
    users(product, Column("seen", DateTime))
    product.add(product.metadata.tables["Users"], jane())
    product.run("UPDATE Users SET seen = 'oops-secret'")
    unread = held(product.directory(replace(MAPPING, last_sign_in_at="seen")), "1")
    assert (unread.own_hash, unread.last_sign_in_at) == ("old-hash", None)
    directory = product.directory(replace(MAPPING, unlock=(("seen", "null"),)))  # it could not be put back
    with pytest.raises(DirectoryRefused) as told:
        directory.credentials("1")
    assert told.value.what == "a value does not fit the type of its column"
    assert told.value.__cause__ is None
    product.engine.dispose()


def test_reading_elsewhere(tmp_path: object) -> None:
    """Everybody streams from the copy; whoever is shown or decided about is read where it is written."""
    live, copy = (open_product(f"sqlite:///{tmp_path}/{name}.db") for name in ("live", "copy"))
    for product, number in ((live, "202-555-0199"), (copy, "202-555-0142")):
        product.add(users(product), jane(mobile=number))
    directory = live.directory(MAPPING, reading=copy.engine)
    assert [person.phone.last_two for person in directory.everybody()] == ["42"]
    assert directory.by_keys(["1"])["1"].phone.last_two == "99"
    assert [person.phone.last_two for person in directory.by_email("jane.doe@acme.example")] == ["99"]
    reset(directory, "1", UNTIL)
    assert copy.row(copy.metadata.tables["Users"], 1)["PassWord"] == "old-hash"
    for product in (live, copy):
        product.engine.dispose()


# --- what is not there ----------------------------------------------------------------------------


def test_names_that_are_not_there(product: Product) -> None:
    users(product)
    for mapping, said in (
        (replace(MAPPING, table="nobody"), "there is no table 'nobody'"),
        (replace(MAPPING, role="role", team="tribe"), "table 'Users' has no column role, tribe"),
        (replace(MAPPING, unlock=(("tries", "0"),)), "table 'Users' has no column tries"),
        (replace(MAPPING, rows=(Rows("sessions"),)), "there is no table 'sessions'"),
        (replace(MAPPING, rows=(Rows("Users"),)), "table 'Users' has no column user_id"),
        (replace(MAPPING, asides=(("phone", Aside("phones", "number")),)), "there is no table 'phones'"),
    ):
        with pytest.raises(DirectoryRefused) as told:
            product.directory(mapping).by_keys(["1"])
        assert told.value.what == said


def test_what_a_preset_may_lack(product: Product) -> None:
    users(product)
    product.add(product.metadata.tables["Users"], jane())
    mapping = replace(
        MAPPING,
        role="role",
        last_sign_in_at="seen",
        also_set=(("token", "null"),),
        unlock=(("tries", "0"),),
        rows=(Rows("sessions", optional=True),),
        asides=(("team", Aside("teams", "name", optional=True)),),
        optional=("role", "seen", "token", "tries"),
    )
    directory = product.directory(mapping)
    able = directory.abilities
    assert (able.ends_sign_ins, able.shows_sign_ins, able.unlocks) == (False, False, False)
    reset(directory, "1", UNTIL)


# --- writing --------------------------------------------------------------------------------------


@pytest.mark.parametrize("own", [None, "", "!", "!Zx9", "*", "pbkdf2_sha256$1$a$b"])
def test_whatever_was_there_comes_back(product: Product, own: str | None) -> None:
    table = users(product)
    product.add(table, jane(PassWord=own), jane(2, PassWord="hers"))
    directory = product.directory(MAPPING)
    base, new = reset(directory, "1", UNTIL)
    assert base.secret == own
    assert not directory.swap("1", base, new)
    assert directory.swap("1", new, base, restoring=True)
    assert [product.row(table, key)["PassWord"] for key in (1, 2)] == [own, "hers"]


@pytest.mark.parametrize("nearly", ["OLD-HASH", "old-hash ", "old-häsh", " old-hash", "", None])
def test_nearly_the_same_is_somebody_elses(product: Product, nearly: str | None) -> None:
    """MySQL's collations know neither case nor accents nor blanks at the end."""
    table = users(product)
    product.add(table, jane())
    directory = product.directory(MAPPING)
    assert not directory.swap("1", Image(nearly), Image("x"))
    expected = replace(held(directory, "1"), own_hash=nearly)
    assert not directory.close("1", expected)
    with pytest.raises(ValueChanged):
        directory.rehearse("1", Image(nearly), Image("x"))
    assert product.row(table, 1)["PassWord"] == "old-hash"


def test_fixed_width_columns(product: Product) -> None:
    users(product, password=CHAR(40))
    product.add(product.metadata.tables["Users"], jane())
    directory = product.directory(MAPPING)
    base, new = reset(directory, "1", UNTIL)
    assert (base.secret, held(directory, "1").own_hash) == ("old-hash", "the new hash")
    assert directory.swap("1", new, base, restoring=True)
    assert held(directory, "1").image == base


def test_a_write_that_changes_nothing_was_done(product: Product) -> None:
    """MySQL counts changed rows unless it is asked for found ones."""
    users(product)
    product.add(product.metadata.tables["Users"], jane())
    assert product.directory(MAPPING).swap("1", Image("old-hash"), Image("old-hash"))


def test_of_two_at_once_one_writes(product: Product) -> None:
    users(product)
    product.add(product.metadata.tables["Users"], jane())
    directory = product.directory(MAPPING)
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda at: directory.swap("1", Image("old-hash"), Image(f"new {at}")), range(8)))
    assert done.count(True) == 1
    assert held(directory, "1").own_hash == f"new {done.index(True)}"


def test_a_column_too_narrow_is_seen_before_anything_is_sent(product: Product) -> None:
    table = users(product, password=String(8))
    product.add(table, jane())
    directory = product.directory(MAPPING)
    if product.engine.dialect.name == "sqlite":
        return  # it knows no widths
    with pytest.raises(DirectoryRefused) as told:
        directory.rehearse("1", Image("old-hash"), Image("a much longer hash"))
    assert told.value.what == "a value is too long for its column"
    assert "longer" not in repr(told.value.__context__)
    assert product.row(table, 1)["PassWord"] == "old-hash"


def test_tables_that_cannot_take_back_a_write(empty_mariadb: str) -> None:
    """Old installations of WordPress have such: there the rehearsal would be the real thing."""
    product = open_product(empty_mariadb)
    table = users(product)
    product.add(table, jane())
    product.table("sessions", Column("user_id", Integer))
    for name, mapping in (("sessions", replace(MAPPING, rows=(Rows("sessions"),))), ("Users", MAPPING)):
        product.run(f"ALTER TABLE `{name}` ENGINE = MyISAM")
        with pytest.raises(DirectoryRefused) as told:
            product.directory(mapping).rehearse("1", Image("old-hash"), Image("x"))
        assert told.value.what == f"table '{name}' is a MyISAM table, which cannot take back a write"
    assert product.row(table, 1)["PassWord"] == "old-hash"
    product.engine.dispose()


TRIGGERS = {
    "postgresql": (
        """CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN NEW."PassWord" := upper(NEW."PassWord"); RETURN NEW; END $$""",
        'CREATE TRIGGER meddle BEFORE UPDATE ON "Users" FOR EACH ROW EXECUTE FUNCTION meddle()',
    ),
    "mysql": ("CREATE TRIGGER meddle BEFORE UPDATE ON `Users` FOR EACH ROW SET NEW.PassWord = upper(NEW.PassWord)",),
    "sqlite": (
        """CREATE TRIGGER meddle AFTER UPDATE ON "Users" BEGIN
        UPDATE Users SET PassWord = upper(PassWord) WHERE Id = NEW.Id; END""",
    ),
}


def test_a_trigger_that_meddles_is_seen_before_anything_is_sent(product: Product) -> None:
    table = users(product)
    product.add(table, jane())
    product.run(*TRIGGERS[product.engine.dialect.name])
    with pytest.raises(DirectoryRefused) as told:
        product.directory(MAPPING).rehearse("1", Image("old-hash"), Image("the new hash"))
    assert told.value.what == "the table did not keep what was written"
    assert product.row(table, 1)["PassWord"] == "old-hash"


# --- what goes with it ----------------------------------------------------------------------------

EFFECTS = replace(
    MAPPING,
    also_set=(("token", "random"), ("stamp", "uuid"), ("reset_token", "null"), ("activation", "empty")),
    unlock=(("tries", "0"), ("locked_until", "null")),
    locked_until="locked_until",
    rows=(
        Rows("sessions", "user_id"),
        Rows("links", "email", by="email", kind=LINK),
        Rows("tokens", "user_id", where=(("kind", "user"),), kind=KEY),
    ),
)
LOCKED = datetime(2026, 11, 23, 20, 0, 0)  # noqa: DTZ001  (a column without a zone)


@pytest.fixture
def rich(product: Product) -> Product:
    table = users(
        product,
        Column("token", String(100)), Column("stamp", String(40)), Column("reset_token", Text),
        Column("activation", String(40), nullable=False), Column("tries", Integer), Column("locked_until", DateTime),
    )  # fmt: skip
    for name, *columns in (
        ("sessions", Column("user_id", Integer), Column("payload", Text)),
        ("links", Column("email", String(120))),
        ("tokens", Column("user_id", Integer), Column("kind", String(9))),
    ):
        product.table(name, *columns)
    for key, email in ((1, "Jane.Doe@acme.example"), (2, "joe@acme.example")):
        state = {
            "token": "T",
            "stamp": "S",
            "reset_token": "R",
            "activation": "A",
            "tries": 6,
            "locked_until": LOCKED,
        }
        product.add(table, jane(key, email=email, **state))
        product.add(product.metadata.tables["sessions"], {"user_id": key, "payload": "x"})
        product.add(product.metadata.tables["links"], {"email": email})
        product.add(product.metadata.tables["tokens"], *({"user_id": key, "kind": kind} for kind in ("user", "team")))
    return product


def left(product: Product) -> list[int]:
    """How many rows there are of sessions, links and tokens."""
    return [len(product.rows(product.metadata.tables[name])) for name in ("sessions", "links", "tokens")]


def test_all_that_goes_with_it_goes_and_comes_back_together(rich: Product) -> None:
    table, directory = rich.metadata.tables["Users"], rich.directory(EFFECTS, clock=HandClock())
    before, other = rich.row(table, 1), rich.row(table, 2)
    base, new = reset(directory, "1", UNTIL)
    now = rich.row(table, 1)
    assert (now["reset_token"], now["activation"], now["tries"], now["locked_until"]) == (None, "", 0, None)
    assert len(now["token"]) == 32
    assert uuid.UUID(now["stamp"])
    assert left(rich) == [1, 1, 4]
    assert directory.swap("1", new, base, restoring=True)
    assert rich.row(table, 1) == before
    assert rich.row(table, 2) == other
    assert left(rich) == [1, 1, 4]


def test_of_what_went_with_it_only_ours_comes_back(rich: Product) -> None:
    table, directory = rich.metadata.tables["Users"], rich.directory(EFFECTS, clock=HandClock())
    base, new = reset(directory, "1", UNTIL)
    rich.set(table, 1, tries=2, activation="A2")
    assert directory.swap("1", new, base, restoring=True)
    after = rich.row(table, 1)
    assert [after[name] for name in ("PassWord", "tries", "activation", "stamp", "reset_token")] == [
        "old-hash", 2, "A2", "S", "R",
    ]  # fmt: skip


def test_a_token_made_by_a_sign_in_with_the_temporary_password_is_void_afterwards(rich: Product) -> None:
    """Laravel writes one for "remember me"; left as it is, whoever had the text would stay signed in."""
    table, directory = rich.metadata.tables["Users"], rich.directory(EFFECTS, clock=HandClock())
    before = rich.row(table, 1)["token"]
    base, new = reset(directory, "1", UNTIL)
    rich.set(table, 1, token="REMEMBERED", stamp="THE PRODUCT'S")
    assert directory.swap("1", new, base, restoring=True)
    after = rich.row(table, 1)
    assert after["token"] not in ("REMEMBERED", before, dict(new.extras)["token"])
    assert after["stamp"] == "THE PRODUCT'S"


def test_a_rehearsal_ends_nobodys_sign_in(rich: Product) -> None:
    directory = rich.directory(EFFECTS, clock=HandClock())
    directory.rehearse("1", held(directory, "1").image, directory.temporary("x", UNTIL))
    assert left(rich) == [2, 2, 4]


def test_a_sign_in_made_with_it_ends_with_it(rich: Product) -> None:
    directory = rich.directory(EFFECTS, clock=HandClock())
    base, new = reset(directory, "1", UNTIL)
    rich.add(rich.metadata.tables["sessions"], {"user_id": 1, "payload": "by the temporary one"})
    assert directory.swap("1", new, base, restoring=True)
    assert left(rich) == [1, 1, 4]


def test_a_lock_by_somebodys_decision_is_not_lifted(rich: Product) -> None:
    """Between asking and writing an administrator may switch the account off; one lock looks like another."""
    table, directory = rich.metadata.tables["Users"], rich.directory(EFFECTS, clock=HandClock())
    base, new = held(directory, "1").image, directory.temporary("x", UNTIL)
    for_good = datetime(2999, 1, 1)  # noqa: DTZ001
    rich.set(table, 1, locked_until=for_good)
    assert directory.swap("1", base, new)
    assert rich.row(table, 1)["locked_until"] == for_good


def test_closing_ends_everything_that_opens(rich: Product) -> None:
    table, directory = rich.metadata.tables["Users"], rich.directory(EFFECTS, clock=HandClock())
    assert directory.close("1", held(directory, "1"))
    now = rich.row(table, 1)
    assert directory.is_closed(now["PassWord"])
    assert now["reset_token"] is None
    assert now["token"] != "T"
    assert now["tries"] == 6
    assert left(rich) == [1, 1, 3]


def test_must_change_where_none_says_so(product: Product) -> None:
    """As devise-security has it: the time of the last change, and none there makes the person choose."""
    table = users(product, Column("changed_at", DateTime))
    product.add(table, jane(changed_at=LOCKED))
    directory = product.directory(replace(MAPPING, must_change="changed_at", must_change_null=True))
    assert held(directory, "1").must_change is False
    base, new = reset(directory, "1", UNTIL)
    assert held(directory, "1").must_change is True
    assert directory.swap("1", new, base, restoring=True)
    assert product.row(table, 1)["changed_at"] == LOCKED
    assert directory.close("1", held(directory, "1"))
    assert product.row(table, 1)["changed_at"] == LOCKED


def test_unlocking_clears_the_counters_and_nothing_else(rich: Product) -> None:
    table, directory = rich.metadata.tables["Users"], rich.directory(EFFECTS, clock=HandClock())
    before, other = rich.row(table, 1), rich.row(table, 2)
    assert directory.by_keys(["1"])["1"].may_be_locked
    assert directory.unlock("1")
    assert rich.row(table, 1) == before | {"tries": 0, "locked_until": None}
    assert rich.row(table, 2) == other
    assert left(rich) == [2, 2, 4]
    assert not directory.by_keys(["1"])["1"].may_be_locked
    assert directory.unlock("1"), "again is no harm"
    assert not directory.unlock("99")
    assert not directory.unlock("no number")
    with pytest.raises(DirectoryRefused):
        rich.directory(MAPPING).unlock("1")


@pytest.mark.parametrize(
    ("kind", "word", "value", "locks"),
    [
        (Integer, "0", 3, True), (Integer, "0", 0, False), (Integer, "0", None, False),
        (String(9), "0", "2", True), (String(9), "0", "0", False), (String(9), "empty", "x", True),
        (String(9), "null", "x", True), (String(9), "null", None, False), (Boolean, "0", True, True),
        (Boolean, "0", False, False), (String(9), "random", "x", False),
        (DateTime, "null", LOCKED - timedelta(days=999), True),
    ],
)  # fmt: skip
def test_what_a_lock_counter_tells(product: Product, kind: Any, word: str, value: object, locks: bool) -> None:
    table = users(product, Column("lock", kind))
    product.add(table, jane(lock=value))
    directory = product.directory(replace(MAPPING, unlock=(("lock", word),)))
    assert directory.by_keys(["1"])["1"].may_be_locked is locks
    if locks:
        assert directory.unlock("1")
        assert not directory.by_keys(["1"])["1"].may_be_locked


def test_a_lock_whose_time_is_over_locks_nobody_and_one_for_long_stays(product: Product) -> None:
    table = users(product, Column("ends", DateTime))
    hand = HandClock()
    directory = product.directory(replace(MAPPING, locked_until="ends", unlock=(("ends", "null"),)), clock=hand)
    far = (hand.now() + timedelta(days=31)).replace(tzinfo=None)
    product.add(table, jane(ends=LOCKED - timedelta(hours=2)), jane(2, ends=far))
    assert not directory.by_keys(["1"])["1"].may_be_locked
    with pytest.raises(DirectoryRefused):
        directory.unlock("2")
    assert product.row(table, 2)["ends"] == far


def test_beside_an_own_password_only_the_use_ends_sign_ins(product: Product) -> None:
    table = users(
        product,
        Column("temp", String(80)),
        Column("used_at", DateTime),
        Column("version", Integer),
        Column("tries", Integer),
    )
    sessions = product.table("sessions", Column("user_id", Integer))
    product.add(table, jane(version=1, tries=5))
    product.add(sessions, {"user_id": 1})
    mapping = replace(
        MAPPING, temporary_password="temp", temporary_used_at="used_at", session_version="version",
        unlock=(("tries", "0"),), also_set=(("first_name", "empty"),), rows=(Rows("sessions"),),
    )  # fmt: skip
    directory = product.directory(mapping)
    base, new = reset(directory, "1", UNTIL)
    assert product.row(table, 1)["tries"] == 0
    assert len(product.rows(sessions)) == 1
    product.set(table, 1, used_at=LOCKED)
    assert directory.swap("1", new, base, restoring=True)
    after = product.row(table, 1)
    assert (after["temp"], after["used_at"], after["version"], after["tries"]) == (None, None, 2, 5)
    assert after["first_name"] == "Jane"


# --- what it costs --------------------------------------------------------------------------------


def pbkdf2(rounds: int) -> str:
    return f"pbkdf2_sha256${rounds}$aaaaaaaaaaaaaaaaaaaaaa${'A' * 43}="


def test_the_cost_is_that_of_the_latest_sign_ins(product: Product) -> None:
    """A product that was updated hashes anew at a sign-in, whoever is older; and then at ours too."""
    table = users(product, Column("seen", DateTime))
    for key in range(30):
        fresh = key < 20
        seen = LOCKED - timedelta(days=1 if fresh else 9)
        product.add(table, jane(key, PassWord=pbkdf2(1500 if fresh else 1000), seen=seen))
    mapping = replace(MAPPING, hash="django-pbkdf2-sha256")
    assert product.directory(mapping).hash("x").split("$")[1] == "1000"
    assert product.directory(replace(mapping, last_sign_in_at="seen")).hash("x").split("$")[1] == "1500"
    assert product.directory(replace(mapping, hash_parameters="1200")).hash("x").split("$")[1] == "1200"


def test_what_is_no_hash_tells_no_cost(product: Product) -> None:
    table = users(product)
    rows = [None, "", "!", "old-hash", pbkdf2(900), pbkdf2(900), pbkdf2(10**8)]
    product.add(table, *(jane(key, PassWord=stored) for key, stored in enumerate(rows)))
    directory = product.directory(replace(MAPPING, hash="django-pbkdf2-sha256"))
    assert directory.hash("x").split("$")[1] == "900"
    survey = directory.survey()
    assert {(sample.formats, sample.parameters or sample.note): count for sample, count in survey.items()} == {
        (("django-pbkdf2-sha256",), "900"): 2,
        ((), "none"): 2,
        ((), "unusable"): 1,
        ((), "unknown"): 2,
    }


def test_the_cost_is_that_of_people_who_have_a_password(product: Product) -> None:
    """Where most sign in elsewhere, all the newest are without one, and signed in last, too."""
    table = users(product, Column("seen", DateTime))
    product.add(table, *(jane(key, PassWord=pbkdf2(900 if key < 3 else 1000), seen=LOCKED) for key in range(9)))
    elsewhere = [None, "", "!", "!Zx9", "*"] * 8
    later = LOCKED + timedelta(days=1)
    product.add(table, *(jane(9 + at, PassWord=stored, seen=later) for at, stored in enumerate(elsewhere)))
    mapping = replace(MAPPING, hash="django-pbkdf2-sha256")
    assert product.directory(mapping).hash("x").split("$")[1] == "1000"
    assert product.directory(replace(mapping, last_sign_in_at="seen")).hash("x").split("$")[1] == "1000"


def test_looking_for_a_cost_that_takes_too_long_keeps_nobody_from_a_reset(product: Product) -> None:
    """Millions of people without a password before the first who has one: then whoever is newest counts."""
    table = users(product, Column("seen", DateTime))
    product.add(table, jane(PassWord=pbkdf2(900), seen=LOCKED))
    directory = product.directory(replace(MAPPING, hash="django-pbkdf2-sha256", last_sign_in_at="seen"))
    assert directory.by_keys(["1"])

    @event.listens_for(product.engine, "before_cursor_execute")
    def slow(*given: Any) -> None:
        if " LIKE " in str(given[2]):
            raise OperationalError("", None, Exception("canceling statement due to statement timeout"))

    assert directory.hash("x").split("$")[1] == "900"


# --- rights and outages ---------------------------------------------------------------------------


def test_the_smallest_rights_are_enough(rich: Product) -> None:
    """Rights on single columns: MariaDB then does not even show the table's statement."""
    kind, name = rich.engine.dialect.name, f"w_{uuid.uuid4().hex[:12]}"
    if kind == "sqlite":
        return  # it knows no rights
    mark = '"' if kind == "postgresql" else "`"
    shape = rich.directory(EFFECTS).shape
    written = [f"{mark}{column}{mark}" for column in shape.mapping.written_columns]
    read = [f"{mark}{column}{mark}" for column in shape.mapping.columns]
    who = name if kind == "postgresql" else f"'{name}'@'%'"
    rich.run(
        f"CREATE ROLE {name} LOGIN" if kind == "postgresql" else f"CREATE USER {who} IDENTIFIED BY 'w'",
        f"GRANT SELECT ({', '.join(read)}), UPDATE ({', '.join(written)}) ON {mark}Users{mark} TO {who}",
        f"GRANT SELECT (user_id), DELETE ON sessions TO {who}",
        f"GRANT SELECT (email), DELETE ON links TO {who}",
        f"GRANT SELECT (user_id, kind), DELETE ON tokens TO {who}",
    )
    url = rich.engine.url.set(username=name, password=None if kind == "postgresql" else "w")
    account = open_product(make_url(url))
    try:
        directory = account.directory(EFFECTS, clock=HandClock())
        assert [person.key for person in directory.everybody()] == ["1", "2"]
        base, new = reset(directory, "1", UNTIL)
        assert directory.swap("1", new, base, restoring=True)
        assert directory.unlock("1")
        assert directory.close("1", held(directory, "1"))
        rich.run(f"REVOKE UPDATE ({mark}tries{mark}) ON {mark}Users{mark} FROM {who}")
        with pytest.raises(DirectoryRefused) as told:
            directory.rehearse("2", held(directory, "2").image, directory.temporary("x", UNTIL))
        assert told.value.what == "the account lacks a right"
    finally:
        account.engine.dispose()
        rich.run(*([f"DROP OWNED BY {name}", f"DROP ROLE {name}"] if kind == "postgresql" else [f"DROP USER {who}"]))


def test_a_database_that_may_only_be_read(on_postgres: Product) -> None:
    product = on_postgres
    users(product)
    product.add(product.metadata.tables["Users"], jane())
    product.run(f"ALTER DATABASE {product.engine.url.database} SET default_transaction_read_only = on")
    product.engine.dispose()
    directory = product.directory(MAPPING)
    assert directory.by_keys(["1"])
    with pytest.raises(DirectoryRefused) as told:
        directory.rehearse("1", Image("old-hash"), Image("x"))
    assert "read" in told.value.what


def test_a_view_over_the_table(product: Product) -> None:
    """Where the database can write through it, it is as good as the table."""
    users(product)
    product.add(product.metadata.tables["Users"], jane())
    product.run(
        "CREATE VIEW people AS SELECT * FROM `Users`"
        if product.engine.dialect.name == "mysql"
        else 'CREATE VIEW people AS SELECT * FROM "Users"'
    )
    directory = product.directory(replace(MAPPING, table="people"))
    if product.engine.dialect.name == "sqlite":
        with pytest.raises(DirectoryRefused):
            directory.rehearse("1", Image("old-hash"), Image("x"))
        return
    reset(directory, "1", UNTIL)
    assert held(directory, "1").own_hash == "the new hash"


def test_a_row_that_somebody_else_keeps_locked(product: Product) -> None:
    """Waited for a moment, not for the 50 seconds of MySQL's default."""
    table = users(product)
    product.add(table, jane())
    engine = make_engine(product.engine.url.render_as_string(hide_password=False), wait_ms=1000)
    directory = SqlDirectory(engine, MAPPING, "US")
    assert directory.by_keys(["1"])
    with product.engine.begin() as connection:
        connection.execute(table.update().values(first_name="busy"))
        with pytest.raises(DirectoryUnreachable):
            directory.swap("1", Image("old-hash"), Image("x"))
    assert directory.swap("1", Image("old-hash"), Image("x"))
    engine.dispose()


def test_times_are_utc_wherever_the_server_is(product: Product) -> None:
    table = users(product, Column("seen", DateTime(timezone=True)))
    product.add(table, jane(seen=datetime(2026, 11, 23, 19, 42, tzinfo=UTC)))
    directory = product.directory(replace(MAPPING, last_sign_in_at="seen"))
    assert held(directory, "1").last_sign_in_at == START
    expected, other = Image("old-hash"), Image("x")
    assert not directory.swap("1", expected, other, unless_used_since=START - timedelta(seconds=1))
    assert directory.swap("1", expected, other, unless_used_since=START)
