"""What the demo says where its second product cannot be had."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest

from bot import demo, demo_products


def start(folder: Path) -> None:
    demo.run(folder, 0, 50, Event(), lambda _: None, directory="django")


def test_without_django_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_products, "find_spec", lambda _name: None)
    with pytest.raises(demo.DemoError, match="make demo DIRECTORY=django"):
        start(tmp_path / "demo")


def test_a_database_that_django_cannot_make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends at once, whatever we still have to say to it; nothing half is left for the next start."""
    monkeypatch.setattr(demo_products, "ROOT", tmp_path)  # no site to be found there
    with pytest.raises(demo.DemoError, match="could not make its database"):
        start(tmp_path / "demo")
    assert list((tmp_path / "demo").iterdir()) == []
