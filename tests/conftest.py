"""Rules for the whole suite."""

from __future__ import annotations

import os
import secrets
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import hypothesis
import pytest
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import Table, create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from services.db.migrate import migrate
from services.db.session import make_engine, parse_url
from services.db.tables import Base
from tests.chromium import CHROMIUM, FLAGS

_TABLES = Base.metadata.sorted_tables
Rows = Mapping[Table, list[dict[str, Any]]]
MARIADB = parse_url(os.environ.get("LOCKSMITH_TEST_MARIADB", "mysql://root@127.0.0.1:3306/mysql"))
POSTGRES = os.environ.get("LOCKSMITH_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")


def pytest_configure() -> None:
    """Hypothesis judges by the wall clock how fast examples come, which tells of the machine and not of our code."""
    hypothesis.settings.register_profile(
        "house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
    )
    hypothesis.settings.load_profile("house")


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]  # it ships no types
    """Each test by itself, but together in one worker what shares something dear to begin: a browser, a yard, a
    product."""

    def _split_scope(self, nodeid: str) -> str:
        file, _, _ = nodeid.partition("::")
        if file.startswith("tests/browser/"):
            return "browser"
        if file.startswith("tests/products/") and "[" in nodeid:
            return nodeid[nodeid.rindex("[") :]
        return file if file.startswith("tests/processes/") else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling | None:
    return Scheduling(config, log) if config.getvalue("dist") == "loadscope" else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a test that was skipped has failed: what it needs is to be installed by `.ci/run`."""
    report = yield
    if os.environ.get("LOCKSMITH_NO_SKIPS") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
    return report


class Server:
    """A PostgreSQL server to make databases on."""

    def __init__(self) -> None:
        self._admin = create_engine(POSTGRES, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 2})
        self.made: list[str] = []

    def new(self, template: str = "template1") -> str:
        name = f"locksmith_test_{secrets.token_hex(6)}"
        self.restore(name, template)
        self.made.append(name)
        return name

    def restore(self, name: str, template: str) -> None:
        """A database of this name, as the other one is. Nobody waits for the disk: no test pulls the plug."""
        self._run(f"CREATE DATABASE {name} TEMPLATE {template}")
        self._run(f"ALTER DATABASE {name} SET synchronous_commit = off")

    def drop(self, name: str) -> None:
        self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def hang_up(self, name: str) -> None:
        self._run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")  # noqa: S608

    def close(self) -> None:
        for name in self.made:
            self.drop(name)
        self._admin.dispose()

    def _run(self, statement: str) -> None:
        with self._admin.connect() as connection:
            connection.execute(text(statement))


def address(name: str) -> str:
    return make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    server = Server()
    try:
        server.new()
    except OperationalError:
        pytest.skip("no PostgreSQL on this machine (LOCKSMITH_TEST_POSTGRES names another)")
    yield server
    server.close()


class MariaServer:
    """A MariaDB (or MySQL) server to make databases on, for products only."""

    def __init__(self) -> None:
        self._admin = create_engine(MARIADB, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 2})
        self.made: list[str] = []

    def new(self) -> str:
        name = f"locksmith_test_{secrets.token_hex(6)}"
        self.run(f"CREATE DATABASE {name}")
        self.made.append(name)
        return name

    def drop(self, name: str) -> None:
        self.run(f"DROP DATABASE IF EXISTS {name}")

    def close(self) -> None:
        for name in self.made:
            self.drop(name)
        self._admin.dispose()

    def run(self, statement: str) -> None:
        with self._admin.connect() as connection:
            connection.exec_driver_sql(statement)


@pytest.fixture(scope="session")
def maria_server() -> Iterator[MariaServer]:
    server = MariaServer()
    try:
        server.new()
    except OperationalError:
        pytest.skip("no MariaDB on this machine (LOCKSMITH_TEST_MARIADB names another)")
    yield server
    server.close()


@pytest.fixture
def empty_mariadb(maria_server: MariaServer) -> Iterator[str]:
    name = maria_server.new()
    yield MARIADB.set(database=name).render_as_string(hide_password=False)
    maria_server.drop(name)


@pytest.fixture(scope="session")
def migrated(server: Server) -> str:
    """A database with Locksmith's tables, to copy: much faster than migrating for every test."""
    name = server.new()
    engine = make_engine(address(name))
    migrate(engine)
    engine.dispose()
    return name


class Reused:
    """One database for many tests, emptied for each: making a new one takes longer than most of them."""

    def __init__(self, server: Server, migrated: str) -> None:
        self._server = server
        self._name = server.new(migrated)
        self.address = address(self._name)
        self._engine = create_engine(self.address, poolclass=NullPool)
        with self._engine.connect() as connection:
            found = {table: connection.execute(table.select()).mappings().all() for table in _TABLES}
        self._first_rows = {table: [dict(row) for row in rows] for table, rows in found.items() if rows}

    def empty(self, but_for: Rows = MappingProxyType({})) -> None:
        """As the migrations left it, and these rows; whoever is still connected is not any more."""
        self._server.hang_up(self._name)
        with self._engine.begin() as connection:
            for table in reversed(_TABLES):
                connection.execute(table.delete())
            for table, rows in (*self._first_rows.items(), *but_for.items()):
                connection.execute(table.insert(), rows)


@pytest.fixture(scope="session")
def reused(server: Server, migrated: str) -> Reused:
    return Reused(server, migrated)


@pytest.fixture
def postgres(reused: Reused) -> str:
    """The address of a PostgreSQL database with Locksmith's empty tables."""
    reused.empty()
    return reused.address


@pytest.fixture
def empty_postgres(server: Server) -> Iterator[str]:
    name = server.new()
    yield address(name)
    server.drop(name)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as a SQLite file."""
    file = tmp_path_factory.mktemp("migrated") / "locksmith.db"
    engine = make_engine(f"sqlite:///{file}")
    migrate(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
    engine.dispose()
    return file


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One for the whole run: Playwright allows no second one beside it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
