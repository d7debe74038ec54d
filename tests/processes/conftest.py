"""Databases with people in them, and yards for processes to run in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import demo_data
from tests.conftest import Server, address
from tests.processes.yard import Maker, Stores, Yard, open_yard, until_ready

PEOPLE = 120


@pytest.fixture(scope="session")
def people_postgres(server: Server) -> str:
    """A product's database, to copy."""
    name = server.new()
    demo_data.make(address(name), PEOPLE, now=datetime.now(UTC))
    return name


@pytest.fixture(scope="session")
def people_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("people") / "product.db"
    demo_data.make(f"sqlite:///{file}", PEOPLE, now=datetime.now(UTC))
    return file


@pytest.fixture(scope="session")
def stores(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Maker:
    """New databases of a kind: `postgresql` or `sqlite`."""

    def make(kind: str) -> Stores:
        if kind == "postgresql":
            server: Server = request.getfixturevalue("server")
            own = server.new(request.getfixturevalue("migrated"))
            return Stores(address(own), address(server.new(request.getfixturevalue("people_postgres"))))
        folder = tmp_path_factory.mktemp("stores")
        shutil.copy(request.getfixturevalue("migrated_file"), folder / "locksmith.db")
        shutil.copytree(request.getfixturevalue("people_file").parent, folder / "product")
        return Stores(f"sqlite:///{folder / 'locksmith.db'}", f"sqlite:///{folder / 'product' / 'product.db'}")

    return make


@pytest.fixture(scope="module")
def yard(stores: Maker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    """Signed HTTP on PostgreSQL: two web servers, three processes of them, and two workers; real time.

    Every test takes people of its own.
    """
    with open_yard(stores("postgresql"), tmp_path_factory.mktemp("yard"), http=True) as yard:
        open_for_business(yard)
        yield yard


@pytest.fixture
def moved(stores: Maker, tmp_path: Path) -> Iterator[Yard]:
    """The same, and time that a test may move."""
    with open_yard(stores("postgresql"), tmp_path / "moved", http=True, moved=True) as yard:
        open_for_business(yard)
        yield yard


def open_for_business(yard: Yard, processes: tuple[int, ...] = (2, 1)) -> None:
    """`processes`: how many each web server has; and two workers."""
    yard.webs = [yard.web(number) for number in processes]
    for _ in range(2):
        yard.start("worker")
    until_ready(*yard.webs)
    yard.until_found()
    yard.slack_calls(yard.webs[0])
