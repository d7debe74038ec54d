"""`python -m bot directory sync`: what it says, who does the work, and where it stops."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from bot import __main__ as main
from bot import demo, demo_data, search_commands
from bot.build import Bot, Parts, build
from services.db.tables import SearchRow, SearchStateRow
from services.search import sync

PEOPLE = 60


@pytest.fixture
def bots(tmp_path: Path, migrated_file: Path) -> Callable[[str], Bot]:
    """As many processes as a test wants, of one installation that has not filled its search yet."""
    shutil.copy(migrated_file, tmp_path / "locksmith.db")
    product = f"sqlite:///{tmp_path / 'product.db'}"
    demo_data.make(product, PEOPLE, now=datetime.now(UTC))
    settings = demo.settings(tmp_path, 0, product)
    return lambda name: build(settings, Parts(name=name))


def test_sync(bots: Callable[[str], Bot], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main, "load", lambda: None)
    monkeypatch.setattr(main, "build", lambda _: bots("command"))
    stop = threading.Event()
    monkeypatch.setattr(main, "stop_on_signals", lambda: stop)
    monkeypatch.setattr(sync, "BATCH", 20)

    def said(*options: str) -> str:
        result = CliRunner().invoke(main.cli, ["directory", "sync", *options])
        assert result.exit_code == 0, result.output
        return result.output

    stop.set()
    assert said() == "Stopped at 20 people. What was done stays; the next one goes on from there.\n"
    stop.clear()
    assert said() == "In step: 60 people, 40 of them new, changed or gone.\n"
    assert said() == "In step: 60 people, 0 of them new, changed or gone.\n"
    anew = "Everybody is read anew. Until then people are found as before.\n"
    assert said("--rebuild") == f"{anew}In step: 60 people, 60 of them new, changed or gone.\n"


def test_where_another_process_keeps_the_search(bots: Callable[[str], Bot], monkeypatch: pytest.MonkeyPatch) -> None:
    """It does the work; the command waits, says how far that is, and can be stopped."""
    worker, command, lines, stop = bots("worker"), bots("command"), list[str](), threading.Event()
    assert worker.leases.hold("search", timedelta(minutes=2))

    def meanwhile(seconds: float) -> bool:
        """The first time nothing happens, the second time the worker's job comes."""
        assert seconds == search_commands._TELL_SECONDS
        if len(lines) > 2:
            return True
        next(job for job in worker.jobs if job.name == "keep search in step").call()
        return False

    monkeypatch.setattr(stop, "wait", meanwhile)
    search_commands.sync(command, stop, lines.append, rebuild=False)
    waiting = "Another process keeps the search in step, once a minute. Waiting for it …"
    assert lines == [waiting, "0 people …", "In step."]
    with worker.database.write() as session:
        assert len(session.scalars(select(SearchRow)).all()) == PEOPLE
        session.execute(update(SearchStateRow).values(filled=False))
    search_commands.sync(command, stop, lines.append, rebuild=False)
    assert lines[3:] == [waiting, f"{PEOPLE} people …"]
    for bot in (worker, command):
        bot.close()


def test_how_far_it_is_comes_every_two_seconds() -> None:
    moments, lines = iter([0.0, 1.0, 2.5, 3.0, 5.0]), list[str]()
    told = search_commands.Teller(lines.append, lambda: next(moments))
    for people in (500, 1000, 1500, 20_000):
        told(people)
    assert lines == ["1,000 people, 400 a second …", "20,000 people, 4,000 a second …"]
