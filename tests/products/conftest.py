"""Each product is started once, makes its own tables in an empty database and signs its own people up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine

from services.db.session import make_engine
from services.directory.sql import SqlDirectory
from services.directory.written import read_mapping
from tests.conftest import MARIADB, address
from tests.products.cases import Case
from tests.products.talk import Talk

OLD = "correct horse 1"


@dataclass
class Product:
    case: Case
    talk: Talk
    directory: SqlDirectory | None = None
    engine: Engine | None = None

    def opens(self, email: str, password: str) -> bool:
        return bool(self.talk.ask("opens", email=email, password=password))

    def enter(self, email: str, password: str) -> bool:
        """In a browser of their own, which stays open."""
        return bool(self.talk.ask("enter", email=email, password=password))

    def inside(self, email: str) -> bool:
        return bool(self.talk.ask("inside", email=email))


@pytest.fixture(scope="module")
def product(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    case: Case = request.param
    folder = tmp_path_factory.mktemp(case.name)
    url = _database(request, case, folder)
    engine = make_engine(url) if url else None
    talk = Talk([*case.command, *([url] if url else []), *case.beside], folder / "said.log")
    try:
        yield Product(case, talk, _directory(case, talk, engine) if engine else None, engine)
    finally:
        talk.close()
        if engine:
            engine.dispose()


def _database(request: pytest.FixtureRequest, case: Case, folder: Path) -> str:
    match case.database:
        case "postgresql":
            return address(request.getfixturevalue("server").new())
        case "mariadb":
            name = request.getfixturevalue("maria_server").new()
            request.addfinalizer(lambda: request.getfixturevalue("maria_server").drop(name))
            return MARIADB.set(database=name).render_as_string(hide_password=False)
        case "sqlite":
            return f"sqlite:///{folder / 'product.db'}"
    return ""


def _directory(case: Case, talk: Talk, engine: Engine) -> SqlDirectory:
    """Jane, Joe and Ann; Bob is an administrator, Eve is switched off, where the product knows of such things."""
    people = [
        {
            "first": name, "last": "Doe", "email": f"{name.lower()}@acme.example",
            "phone": f"202-555-014{at}", "password": OLD, "admin": name == "Bob", "active": name != "Eve",
        }
        for at, name in enumerate(("Jane", "Joe", "Ann", "Bob", "Eve"))
    ]  # fmt: skip
    talk.ask("make", people=people)
    problems: list[str] = []
    mapping = read_mapping(case.settings, problems, peppered=bool(case.pepper))
    assert mapping is not None, problems
    return SqlDirectory(engine, mapping, "US", pepper=case.pepper)
