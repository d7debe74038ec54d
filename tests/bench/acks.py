"""Answers a second over signed HTTP, beside bare Bolt apps with the same runner, in turns of a second or so.

Other programs share the machine, so what counts is the ratio within a round, and of the rounds their median.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from statistics import median
from types import MappingProxyType

from services.clock import SystemClock
from services.db.session import Database, make_engine
from services.replay import Replays
from tests.bench.place import cpu_seconds, fill, kind, place, server, web
from tests.bench.table import Table
from tests.processes.process import ROOT, Process
from tests.processes.yard import Yard

ROUNDS, SECONDS = 7, 1.0
CONNECTIONS = (1, 16)
RUNNER = "gunicorn with 1 process of 10 threads"
Figures = dict[str, float]


@dataclass(frozen=True)
class Work:
    """`beside`: the work of a bare app that it is compared with; itself for the floors."""

    name: str
    app: str
    asks: str
    beside: str = ""


WORK = (
    Work("bare: empty ack", "bare", "click"),
    Work("bare: command", "bare", "help"),
    Work("bare, a row each: empty ack", "bare_row", "click", "bare: empty ack"),
    Work("bare, a row each: command", "bare_row", "help", "bare: command"),
    Work("Locksmith: empty ack", "ours", "click", "bare: empty ack"),
    Work("`/reset-user help`", "ours", "help", "bare: command"),
    Work("`/reset-user jane`", "ours", "jane", "bare: command"),
)
ROW = {"bare: empty ack": "bare, a row each: empty ack", "bare: command": "bare, a row each: command"}
Round = dict[tuple[str, int], Figures]


def measure() -> list[Table]:
    with place() as yard:
        servers = {app: web(yard, server(app))[:2] for app in ("bare", "bare_row", "ours")}
        fill(yard)
        rounds = [one_round(servers, WORK) for _ in range(ROUNDS)]
        return [table(f"Answers, {RUNNER}, {kind(yard)}, 5,000 people", rounds, WORK, ROW), _parts(yard)]


def one_round(servers: dict[str, tuple[Process, int]], works: Sequence[Work]) -> Round:
    """`servers`: process and port, by what `Work.app` says."""
    return {(work.name, at): _measured(*servers[work.app], at, work.asks) for at, work in product(CONNECTIONS, works)}


def _measured(server: Process, port: int, connections: int, asks: str) -> Figures:
    before = cpu_seconds(server)
    found = _load(port, connections, asks)
    return {**found, "cpu": (cpu_seconds(server) - before) * 1000 / found["answers"]}


def _load(port: int, connections: int, asks: str) -> Figures:
    command = [sys.executable, "-m", "tests.bench.load", str(port), str(connections), str(SECONDS), asks]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    found: Figures = json.loads(ended.stdout)
    if found["refused"]:
        raise RuntimeError(f"{found['refused']} requests were refused")
    return found


def table(
    title: str, rounds: list[Round], works: Sequence[Work], row: Mapping[str, str] = MappingProxyType({})
) -> Table:
    """Medians; `row`: of a floor, the floor with a row each."""
    head = ["answer", "connections", "a second", "p50 ms", "p99 ms", "CPU ms"]
    head += ["rate to bare", "p99 to bare", "CPU to bare", *(["rate to bare with a row"] if row else [])]
    return Table(title, head, [_row(rounds, work, at, row) for at, work in product(CONNECTIONS, works)])


def _row(rounds: list[Round], work: Work, at: int, row: Mapping[str, str]) -> list[str]:
    def of(key: str) -> float:
        return median(one[work.name, at][key] for one in rounds)

    def to(other: str, key: str) -> float:
        return median(one[work.name, at][key] / one[other, at][key] for one in rounds)

    floor = work.beside or work.name
    return [
        work.name,
        str(at),
        f"{of('per_second'):,.0f}",
        f"{of('p50'):.2f}",
        f"{of('p99'):.2f}",
        f"{of('cpu'):.2f}",
        f"{to(floor, 'per_second'):.2f}",
        f"{to(floor, 'p99'):.1f}",
        f"{to(floor, 'cpu'):.1f}",
        *([f"{to(row[floor], 'per_second'):.2f}"] if row else []),
    ]


def _parts(yard: Yard) -> Table:
    """What one request pays before its listener runs."""
    database = Database(make_engine(yard.stores.own))
    replays = Replays(database, SystemClock())
    times = []
    for at in range(500):
        began = time.perf_counter()
        replays.first_time(f"{began}{at}")
        times.append((time.perf_counter() - began) * 1000)
    database.close()
    return Table("Of that", ["part", "ms, median"], [["replay guard (one row)", f"{median(times):.2f}"]])
