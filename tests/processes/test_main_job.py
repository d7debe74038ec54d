"""The main job in every way to run Locksmith: both transports, both databases, one process and several.

Several web processes with several workers are in test_procfile.py and test_many_at_once.py.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.processes.moves import main_job
from tests.processes.patience import eventually
from tests.processes.yard import Maker, Yard, open_yard, until_ready

RUN = f"{sys.executable} -m bot run"


def over_the_socket(yard: Yard, processes: int) -> None:
    started = [yard.start("run", RUN) for _ in range(processes)]
    for one in started:
        one.wait_for("running")
    eventually("Slack is connected", lambda: yard.person("sam").sees()["connected"])


def over_http(yard: Yard, processes: int) -> None:
    url = yard.web(processes)
    for _ in range(processes):
        yard.start("worker")
    until_ready(url)
    yard.until_found()
    yard.slack_calls(url)


USUAL = [("socket", "sqlite", 1), ("socket", "postgresql", 2), ("http", "postgresql", 1)]
ALL = [*USUAL, ("socket", "postgresql", 1), ("http", "sqlite", 1), ("http", "sqlite", 2)]
"""With LOCKSMITH_MATRIX=all, as the stories (tests/scenario/setting.py)."""


@pytest.mark.parametrize(
    ("transport", "database", "processes"), ALL if os.environ.get("LOCKSMITH_MATRIX") == "all" else USUAL
)
def test_the_main_job(stores: Maker, tmp_path: Path, transport: str, database: str, processes: int) -> None:
    http = transport == "http"
    with open_yard(stores(database), tmp_path / "yard", http=http) as yard:
        (over_http if http else over_the_socket)(yard, processes)
        main_job(yard, yard.person("sam"))
        yard.assert_audit_unbroken()
