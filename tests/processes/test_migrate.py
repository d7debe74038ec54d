"""`python -m bot migrate` by two at the same moment, as two machines do that are upgraded at once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from services.db.migrate import check
from services.db.session import make_engine
from tests.processes.yard import Stores, open_yard

AT_ONCE = 3


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_several_migrate_at_once(request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> None:
    own = f"sqlite:///{tmp_path / 'own.db'}" if kind == "sqlite" else request.getfixturevalue("empty_postgres")
    with open_yard(Stores(own, f"sqlite:///{tmp_path / 'product.db'}"), tmp_path / "yard", http=False) as yard:
        started = [yard.start("migrate", f"{sys.executable} -m bot migrate") for _ in range(AT_ONCE)]
        statuses = [one.popen.wait(60) for one in started]
        assert statuses == [0] * AT_ONCE, [one.said for one in started]
        assert yard.python("migrate") == (0, "The tables are up to date.\n")
    engine = make_engine(own)
    check(engine)
    engine.dispose()
