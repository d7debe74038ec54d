"""`python -m bot directory …`, and a start that refuses settings which do not fit the product's database."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tomllib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner, Result

from bot import demo_data, wsgi
from bot.__main__ import cli
from bot.build import build
from bot.doctor import stores
from bot.doctor.patient import Patient
from bot.settings import Settings, SettingsError
from services.clock import SystemClock
from tests.bot.test_settings import FILE, GOOD

AWAY = "postgresql://locksmith:oops-secret@127.0.0.1:1/product"
UNFIT = '[directory]\npreset = "statstak"\nphone = "mobile"\nteam = "squad"\nhash = "bcrypt-2b"\n'
_HINT = "Put the right name into [directory]; `python -m bot directory inspect` proposes one."
_PHONE = "Name the column of telephone numbers in directory.phone, or its table in [directory.phone_table]."
MISFITS = [f"Table 'people' has no column 'mobile'. {_PHONE}", f"Table 'people' has no column 'squad'. {_HINT}"]


@dataclass
class Desk:
    """A folder with a product in it, and settings that name it."""

    folder: Path
    environ: dict[str, str]

    def write(self, text: str) -> None:
        (self.folder / "locksmith.toml").write_text(text, encoding="utf-8")

    def run(self, *words: str, **changes: str) -> Result:
        found = CliRunner().invoke(cli, words, env={**self.environ, **changes})
        assert "oops-secret" not in found.output
        return found

    @property
    def settings(self) -> Settings:
        return Settings.load(self.environ, self.folder / "locksmith.toml")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("product") / "product.db"
    demo_data.make(f"sqlite:///{file}", 30, now=datetime.now(UTC))
    return file


@pytest.fixture
def desk(tmp_path: Path, filled: Path) -> Iterator[Desk]:
    shutil.copy(filled, tmp_path / "product.db")
    environ = GOOD | {
        "DIRECTORY_URL": f"sqlite:///{tmp_path / 'product.db'}",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'locksmith.db'}",
        "LOCKSMITH_CONFIG": str(tmp_path / "locksmith.toml"),
        "SLACK_API_URL": "http://127.0.0.1:1/api/",
    }
    yield Desk(tmp_path, environ)
    structlog.reset_defaults()


# --- the commands ---------------------------------------------------------------------------------


def test_from_an_address_to_a_proof(desk: Desk) -> None:
    """What inspect prints is put into the file as it is; nothing of Slack or Twilio is needed."""
    desk.environ = {name: desk.environ[name] for name in ("DIRECTORY_URL", "LOCKSMITH_CONFIG")}
    printed = desk.run("directory", "inspect")
    assert printed.exit_code == 0
    assert tomllib.loads(printed.output)["directory"] == {"preset": "statstak"}
    desk.write(printed.output)
    before = (desk.folder / "product.db").read_bytes()
    proven = desk.run("directory", "check", "--person", demo_data.CAST[0].email)
    assert proven.exit_code == 0, proven.output
    assert "Nothing was changed" in " ".join(proven.output.split())
    assert (desk.folder / "product.db").read_bytes() == before
    report = json.loads(desk.run("directory", "check", "--json").output)
    assert report["ok"] is True
    assert {check["name"] for check in report["checks"]} >= {"directory: people", "directory: hash format"}
    told = json.loads(desk.run("directory", "inspect", "--json").output)
    assert (told["product"], told["sure"], told["fits"]) == ("statstak", "surely", True)
    assert tomllib.loads(told["toml"])["directory"] == told["directory"]


def test_settings_that_do_not_fit(desk: Desk) -> None:
    desk.write(UNFIT)
    found = desk.run("directory", "check", "--json")
    assert found.exit_code == 1
    checks = [check for check in json.loads(found.output)["checks"] if check["status"] == "failed"]
    assert [f"{check['found']} {check['mend']}" for check in checks] == MISFITS
    assert desk.run("directory", "check").exit_code == 1
    refused = desk.run("directory", "grants")
    assert refused.exit_code == 1
    assert "refuses: table 'people' has no column" in refused.output


def test_settings_that_cannot_be_read(desk: Desk) -> None:
    """All at once, as everywhere."""
    desk.write('region = "germany"\n[directory]\npreset = "django"\ncolour = "red"\n')
    found = desk.run("directory", "check", DIRECTORY_URL="oops-secret", DIRECTORY_READ_URL="oops-secret")
    assert found.exit_code == 2
    for said in (
        "DIRECTORY_URL is not a database",
        "DIRECTORY_READ_URL is not a database",
        "locksmith.toml: region ",
    ):
        assert said in found.output
    desk.write('[directory]\npreset = "django"\ncolour = "red"\n')
    assert "directory.colour is not a setting" in desk.run("directory", "check").output
    desk.write("= broken")
    assert "cannot be read" in desk.run("directory", "grants").output
    gone = desk.run("directory", "check", LOCKSMITH_CONFIG=str(desk.folder / "none.toml"), DIRECTORY_URL="")
    assert "DIRECTORY_URL is missing" in gone.output
    assert "`python -m bot directory inspect` proposes its [directory]" in gone.output
    assert desk.run("directory", "inspect", DIRECTORY_URL="").exit_code == 2


def test_a_database_that_is_away_or_not_there(desk: Desk) -> None:
    desk.write(UNFIT)
    away = desk.run("directory", "inspect", DIRECTORY_URL=AWAY)
    assert (away.exit_code, away.output) == (
        1, "Error: The product's database (DIRECTORY_URL) cannot be reached: nothing listens at that address.\n",
    )  # fmt: skip
    assert desk.run("directory", "check", DIRECTORY_URL=AWAY).exit_code == 1
    assert "cannot be reached" in desk.run("directory", "grants", DIRECTORY_URL=AWAY).output
    gone = desk.run("directory", "inspect", DIRECTORY_URL=f"sqlite:///{desk.folder / 'none.db'}")
    assert "The file of DIRECTORY_URL is not there" in gone.output
    assert not (desk.folder / "none.db").exists()
    (desk.folder / "empty.db").touch()
    empty = desk.run("directory", "inspect", DIRECTORY_URL=f"sqlite:///{desk.folder / 'empty.db'}")
    assert empty.exit_code == 1
    assert tomllib.loads(empty.output) == {}


def test_grants_are_printed_with_nobodys_password(desk: Desk, empty_postgres: str) -> None:
    assert "SQLite knows no rights" in desk.run("directory", "grants", LOCKSMITH_CONFIG=written(desk)).output
    demo_data.make(empty_postgres, 30, now=datetime.now(UTC))
    url = empty_postgres.replace("postgres@", "postgres:oops-secret@")
    both = desk.run("directory", "grants", DIRECTORY_URL=url, DIRECTORY_READ_URL=url)
    assert both.exit_code == 0
    assert both.output.count("PASSWORD '<a long random password>';") == 2
    assert 'TO "locksmith_read";' in both.output
    one = desk.run("directory", "grants", "--account", "bot", DIRECTORY_URL=url)
    assert 'TO "bot";' in one.output
    assert "locksmith_read" not in one.output


def written(desk: Desk) -> str:
    desk.write('[directory]\npreset = "statstak"\n')
    return desk.environ["LOCKSMITH_CONFIG"]


# --- the start ------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["run", "worker"])
def test_a_process_does_not_start_half_working(desk: Desk, command: str) -> None:
    """All mistakes at once, before anything was made or anybody was asked."""
    desk.write(FILE + UNFIT)
    found = desk.run(command)
    assert found.exit_code == 2
    assert found.output.splitlines() == [
        "Locksmith cannot start:",
        *(f"  - {sentence}" for sentence in MISFITS),
        "Each setting is explained in docs/settings.md.",
    ]
    assert not (desk.folder / "locksmith.db").exists()


def test_nor_does_a_web_process(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.write(FILE + UNFIT.replace('phone = "mobile"\nteam = "squad"\n', 'phone = ""\n'))
    for name, value in (desk.environ | {"SLACK_SIGNING_SECRET": "s"}).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as told:
        wsgi.make()
    [phone, hashes] = told.value.problems
    assert phone.startswith("No column of telephone numbers is named: nobody could be sent a text.")
    assert "hashes are argon2id with m=19456,t=2,p=1: none is bcrypt-2b" in hashes


def test_a_product_that_is_away_keeps_nobody_from_starting(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.write(FILE + UNFIT)
    desk.environ["DIRECTORY_URL"] = AWAY
    bot = build(desk.settings)
    bot.refuse_misfits()
    assert "the directory cannot be reached at start; its settings were not checked" in capsys.readouterr().out
    bot.close()


def test_settings_that_fit_start(desk: Desk) -> None:
    desk.write(FILE + '[directory]\npreset = "statstak"\n')
    bot = build(desk.settings)
    bot.refuse_misfits()
    bot.close()


def test_a_file_that_may_only_be_read_ends_the_start(desk: Desk) -> None:
    """Nothing mends that but somebody: it is no product that is away."""
    desk.write(FILE + '[directory]\npreset = "statstak"\n')
    desk.environ["DIRECTORY_URL"] = f"sqlite:///file:{desk.folder / 'product.db'}?mode=ro&uri=true"
    bot = build(desk.settings)
    with pytest.raises(SettingsError) as told:
        bot.refuse_misfits()
    [said] = told.value.problems
    assert "it may only be read. Let the account under which Locksmith runs write that file" in said
    bot.close()


def test_the_products_file_keeps_its_journal(desk: Desk) -> None:
    """Looking, proving, starting and the doctor leave it as the product has it."""
    file = desk.folder / "product.db"

    def journal(wanted: str = "") -> str:
        with closing(sqlite3.connect(file)) as connection:
            return str(connection.execute(f"PRAGMA journal_mode{wanted}").fetchone()[0])

    assert journal(" = delete") == "delete"
    desk.write(FILE + '[directory]\npreset = "statstak"\n')
    assert desk.run("directory", "inspect").exit_code == 0
    assert desk.run("directory", "check", "--person", demo_data.CAST[0].email).exit_code == 0
    bot = build(desk.settings)
    bot.refuse_misfits()
    assert bot.directory.by_keys(["1"])
    bot.close()
    assert list(stores.product(Patient(desk.settings, SystemClock())))
    assert journal() == "delete"
    assert not list(desk.folder.glob("product.db-*"))


def test_a_region_that_is_no_country(desk: Desk) -> None:
    """With one that does not exist, no number of the country could be read."""
    desk.write('region = "UK"\n[directory]\npreset = "statstak"\n')
    found = desk.run("directory", "check")
    assert found.exit_code == 2
    assert "locksmith.toml: region must be a country's two letters by ISO 3166" in found.output


def test_the_doctor_says_the_same(desk: Desk) -> None:
    desk.write(FILE + UNFIT)

    def said() -> list[str]:
        checks = stores.product(Patient(desk.settings, SystemClock()))
        return [f"{check.found} {check.mend}".strip() for check in checks]

    assert said()[1:] == MISFITS
    desk.write(FILE + '[directory]\npreset = "statstak"\n')
    assert "30 of 30 hashes are argon2id with m=19456,t=2,p=1." in said()
    desk.environ["DIRECTORY_URL"] = AWAY
    [away] = said()
    assert away.startswith("Not reachable")
