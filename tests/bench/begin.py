"""How long a process takes to be ready, and how much memory it then needs."""

from __future__ import annotations

import time
from statistics import median

from tests.bench.place import BARE, kind, memory, place, web
from tests.bench.table import Table
from tests.processes.process import Process, procfile
from tests.processes.wire import command, signed
from tests.processes.yard import Yard

STARTS, COMMANDS = 5, 100


def measure() -> list[Table]:
    with place() as yard:
        yard.start("worker")
        yard.until_found()
        rows = [_web(yard, "bare Bolt app", BARE), _web(yard, "`web`", procfile()["web"])]
        rows.append(_worker(yard))
        return [
            Table(
                f"Start and memory, {kind(yard)}", ["process", "ready after ms", "memory MB", "its server MB"], rows
            )
        ]


def _web(yard: Yard, name: str, line: str) -> list[str]:
    times: list[float] = []
    for left in reversed(range(STARTS)):
        process, port, seconds = web(yard, line)
        times.append(seconds * 1000)
        if not left:
            for at in range(COMMANDS):
                post = signed(command(yard.person("sam"), "help" if at % 2 else "jane"))
                assert post.to(f"http://127.0.0.1:{port}")[0] == 200
            (child,) = process.children
            sizes = [f"{memory(child):.0f}", f"{memory(process.popen.pid):.0f}"]
        _end(yard, process)
    return [name, f"{median(times):.0f}", *sizes]


def _worker(yard: Yard) -> list[str]:
    times: list[float] = []
    for _ in range(STARTS):
        began = time.perf_counter()
        process = yard.start("worker", LOG_LEVEL="INFO")
        while not process.logged("running"):
            time.sleep(0.002)
        times.append((time.perf_counter() - began) * 1000)
        size = memory(process.popen.pid)
        _end(yard, process)
    old = memory(yard.named("worker")[0].popen.pid)
    return ["`worker`", f"{median(times):.0f}", f"{max(size, old):.0f}", "-"]


def _end(yard: Yard, process: Process) -> None:
    process.end()
    yard.processes.remove(process)
