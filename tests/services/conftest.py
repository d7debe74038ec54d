"""Both kinds of product as fixtures, and products of any kind to be."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.directory.formats import FORMATS
from services.directory.presets import PRESETS
from tests.services.house import ONE_COLUMN, QUIET, House, make_house
from tests.services.products import Product, open_product


@pytest.fixture(autouse=True, scope="session")
def cheap_hashes() -> Iterator[None]:
    """Of the same format with less work in it: a fifth of these tests' time, and nothing they ask about."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(FORMATS, "argon2id", replace(FORMATS["argon2id"], default="m=64,t=1,p=1"))
        yield


@pytest.fixture
def folder(tmp_path: Path, migrated_file: Path) -> Path:
    """Holds Locksmith's empty tables."""
    shutil.copy(migrated_file, tmp_path / "locksmith.db")
    return tmp_path


@pytest.fixture(params=["beside", "in place"])
def house(request: pytest.FixtureRequest, folder: Path) -> Iterator[House]:
    """Both kinds of product: own columns for a temporary password, and one column."""
    made = make_house(folder, PRESETS["statstak"] if request.param == "beside" else ONE_COLUMN)
    yield made
    made.database.close()
    made.engine.dispose()


@pytest.fixture
def beside(folder: Path) -> Iterator[House]:
    made = make_house(folder, PRESETS["statstak"])
    yield made
    made.database.close()
    made.engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, folder: Path) -> Iterator[House]:
    """Both databases that Locksmith keeps its own state in."""
    url = request.getfixturevalue("postgres") if request.param == "postgresql" else ""
    made = make_house(folder, PRESETS["statstak"], url)
    yield made
    made.database.close()
    made.engine.dispose()


@pytest.fixture(params=["beside", "in place", "beside on postgresql", "in place on postgresql"])
def every(request: pytest.FixtureRequest, folder: Path) -> Iterator[House]:
    """Both kinds of product on both databases."""
    kind, _, other = str(request.param).partition(" on ")
    url = request.getfixturevalue("postgres") if other else ""
    made = make_house(folder, PRESETS["statstak"] if kind == "beside" else ONE_COLUMN, url)
    yield made
    made.database.close()
    made.engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of each kind that a product may have."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'product.db'}"
    url: str = request.getfixturevalue("empty_postgres" if request.param == "postgresql" else "empty_mariadb")
    return url


@pytest.fixture
def in_place(folder: Path) -> Iterator[House]:
    made = make_house(folder, ONE_COLUMN)
    yield made
    made.database.close()
    made.engine.dispose()


@pytest.fixture
def asking_house(folder: Path) -> Iterator[House]:
    """An administrator's reset waits for one yes."""
    made = make_house(folder, PRESETS["statstak"], policy=replace(QUIET, privileged=1))
    yield made
    made.database.close()
    made.engine.dispose()


# --- products in an empty database ----------------------------------------------------------------


@pytest.fixture
def product(anywhere: str) -> Iterator[Product]:
    made = open_product(anywhere)
    yield made
    made.engine.dispose()


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Iterator[Product]:
    made = open_product(f"sqlite:///{tmp_path / 'product.db'}")
    yield made
    made.engine.dispose()


@pytest.fixture
def on_mariadb(empty_mariadb: str) -> Iterator[Product]:
    made = open_product(empty_mariadb)
    yield made
    made.engine.dispose()


@pytest.fixture
def on_postgres(empty_postgres: str) -> Iterator[Product]:
    made = open_product(empty_postgres)
    yield made
    made.engine.dispose()
