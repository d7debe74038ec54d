"""Answers a second over signed HTTP, beside bare Bolt apps with the same runner, in turns of a second or so.

Other programs share the machine, so what counts is the ratio within a round, and of the rounds their median.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from itertools import product
from statistics import median

from services.clock import SystemClock
from services.db.session import Database, make_engine
from services.replay import Replays
from tests.bench.place import cpu_seconds, fill, kind, place, server, web
from tests.bench.table import Table
from tests.processes.process import ROOT, Process
from tests.processes.yard import Yard

ROUNDS, SECONDS = 7, 1.0
CONNECTIONS = (1, 16)
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
        rounds = [_round(servers) for _ in range(ROUNDS)]
        return [_table(rounds, kind(yard)), _parts(yard)]


def _round(servers: dict[str, tuple[Process, int]]) -> Round:
    return {(work.name, at): _measured(*servers[work.app], at, work.asks) for at, work in product(CONNECTIONS, WORK)}


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


def _table(rounds: list[Round], database: str) -> Table:
    head = ["answer", "connections", "a second", "p50 ms", "p99 ms", "CPU ms"]
    head += ["rate to bare", "p99 to bare", "CPU to bare", "rate to bare with a row"]
    rows = [_row(rounds, work, at) for at, work in product(CONNECTIONS, WORK)]
    return Table(f"Answers, gunicorn with 1 process of 10 threads, {database}, 5,000 people", head, rows)


def _row(rounds: list[Round], work: Work, at: int) -> list[str]:
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
        f"{to(ROW[floor], 'per_second'):.2f}",
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
