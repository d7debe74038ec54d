"""Worlds to die in: a product of each kind, on each database of Locksmith's own."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from zlib import crc32

import pytest
from sqlalchemy import text

import sandbox.clock
from bot import demo_data
from sandbox.app import start
from sandbox.cast import APP_TOKEN, BOT_TOKEN
from sandbox.twilio.network import ACCOUNT, SENDER, TOKEN
from services.db.session import make_engine
from services.phones import read_phone
from tests.conftest import Server, address
from tests.faults.stories import STORIES, THREE
from tests.faults.worker import HandClock, Place
from tests.faults.world import HASHER, Customer, World, set_old_password
from tests.scenario.product import Product
from tests.scenario.story import ROOT, START

PEOPLE = 400
CONFIG = """
product = "StatStak Labs"
contact = "555-010-0199"
agents = ["S0AGENTS"]
managers = ["S0MANAGERS"]
audit_channel = "C0AUDIT"
approval_channel = "C0APPROVALS"
zone = "America/New_York"
[approval]
privileged = 0
own_account = 0
contact_changed = 0
repeated = 0
busy_agent = 0
not_checked = 0
compromised = 0
[directory]
preset = "statstak"
"""
DATABASES = ("sqlite", "postgresql")
WorldMaker = Callable[..., World]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A life takes a second: by default a few of one story for each product and fault, in turn, on one database.

    LOCKSMITH_FAULTS=all goes through all of them, LOCKSMITH_FAULTS=write writes down what they came to, too.
    """
    match os.environ.get("LOCKSMITH_FAULTS", ""):
        case "all" | "write":
            return
        case "":
            left_out = [item for item in items if isinstance(item, pytest.Function) and not _in_turn(item)]
            items[:] = [item for item in items if item not in left_out]
            config.hook.pytest_deselected(items=left_out)
        case other:
            raise pytest.UsageError(f"LOCKSMITH_FAULTS is {other!r}; there is: all, write")


def _in_turn(item: pytest.Function) -> bool:
    if item.originalname != "test_a_fault_at_any_effect":
        return True
    given = item.callspec.params
    if given["kind"] not in THREE:
        return False
    turn = crc32(f"{given['kind']} {given['how']}".encode())
    return given["story"] == list(STORIES)[turn % len(STORIES)] and given["database"] == DATABASES[turn // 8 % 2]


class _Still:
    @staticmethod
    def time() -> float:
        return START.timestamp()


@pytest.fixture(scope="session")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("crowd") / "product.db"
    demo_data.make(f"sqlite:///{file}", PEOPLE, now=START)
    return file


@pytest.fixture
def world(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    crowd: Path,
    migrated_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[WorldMaker]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sandbox.clock, "time", _Still)
    monkeypatch.setattr("sandbox.product.accounts._HASHER", HASHER)
    with ExitStack() as worlds:

        def make(*, in_place: bool = False, postgresql: bool = False) -> World:
            own = f"sqlite:///{tmp_path / 'locksmith.db'}"
            shutil.copy(migrated_file, tmp_path / "locksmith.db")
            if postgresql:
                server: Server = request.getfixturevalue("server")
                name = server.new(request.getfixturevalue("migrated"))
                worlds.callback(server.drop, name)
                own = address(name)
            return worlds.enter_context(_world(tmp_path, crowd, own, in_place=in_place))

        yield make


@contextmanager
def _world(folder: Path, crowd: Path, own: str, *, in_place: bool) -> Iterator[World]:
    product = folder / "product" / "product.db"
    shutil.copytree(crowd.parent, product.parent)
    config = folder / "locksmith.toml"
    config.write_text(CONFIG, encoding="utf-8")
    running = start(
        product=f"sqlite:///{product}", data=folder / "sandbox", manifest=ROOT / "manifest.yml", burst=1e6
    )
    key = secrets.token_hex(32)
    environ = {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_APP_TOKEN": APP_TOKEN,
        "SLACK_API_URL": f"{running.url}/api/",
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_FROM": SENDER,
        "TWILIO_API_URL": running.url,
        "DATABASE_URL": own,
        "DIRECTORY_URL": f"sqlite:///{product}",
        "SECRET_KEY": key,
    }
    clock = HandClock()
    clock.at = START
    engine = make_engine(own)
    place = Place(environ, config, in_place)
    made = World(running, Product(running.url, product), engine, place, clock, _customers(product), key)
    try:
        yield made
    finally:
        for worker in made.workers:
            worker.end(clock.at)
        engine.dispose()
        running.close()


def _customers(product: Path) -> Iterator[Customer]:
    """People whom anybody may reset, each once, with the old password set."""
    engine = make_engine(f"sqlite:///{product}")
    found = text(
        "SELECT id, email, phone FROM people WHERE id > 27 AND active AND role = 'member' AND phone LIKE '+%'"
        " AND phone_changed_at IS NULL ORDER BY id"
    )
    with engine.connect() as connection:
        rows = connection.execute(found).all()
    engine.dispose()
    seen = set()
    for key, email, phone in rows:
        number = read_phone(phone, "US").e164
        if number is None or number in seen:
            continue  # two people with one number would read each other's texts
        seen.add(number)
        customer = Customer(str(key), email, number)
        set_old_password(product, customer)
        yield customer
