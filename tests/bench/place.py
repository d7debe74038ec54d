"""Servers and databases for a measurement: PostgreSQL where there is one; all on this machine, gone afterwards."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.exc import OperationalError

from bot import demo_data
from services.db.migrate import migrate
from services.db.session import make_engine
from tests.conftest import Server, address
from tests.processes.patience import eventually
from tests.processes.process import Process, procfile
from tests.processes.wire import get
from tests.processes.yard import Stores, Yard, free_port, open_yard

PEOPLE = 5000
_APPS = {"bare": "tests.bench.bare:app", "bare_row": "tests.bench.bare:row", "ours": "tests.bench.ours:app"}


@contextmanager
def place(*, people: int = PEOPLE, moved: bool = False, burst: float = 1000.0, **environ: str) -> Iterator[Yard]:
    """A yard with so many people; LOG_LEVEL is WARNING, as the bare app logs nothing either."""
    with tempfile.TemporaryDirectory() as name, _stores(Path(name), people) as stores:
        engine = make_engine(stores.own)
        migrate(engine)
        engine.dispose()
        values = {"LOG_LEVEL": "WARNING", **environ}
        with open_yard(stores, Path(name) / "yard", http=True, moved=moved, burst=burst, **values) as yard:
            yield yard


@contextmanager
def _stores(folder: Path, people: int) -> Iterator[Stores]:
    server = Server()
    try:
        stores = Stores(address(server.new()), address(server.new()))
    except OperationalError:
        stores = Stores(f"sqlite:///{folder / 'locksmith.db'}", f"sqlite:///{folder / 'product.db'}")
    try:
        demo_data.make(stores.product, people, now=datetime.now(UTC))
        yield stores
    finally:
        server.close()


def server(app: str) -> str:
    """The Procfile's line for the web, with another app."""
    return procfile()["web"].replace("bot.wsgi:app", _APPS[app])


BARE = server("bare")


def kind(yard: Yard) -> str:
    return yard.stores.own.partition(":")[0]


def web(yard: Yard, command: str) -> tuple[Process, int, float]:
    """A server, its port, and the seconds from its start to its first answer: of `/readyz`, where it has that."""
    port = free_port()
    began = time.perf_counter()
    process = yard.start("web", command, PORT=str(port), WEB_CONCURRENCY="1")
    good = (404,) if "tests.bench.bare" in command else (200,)
    while get(f"http://127.0.0.1:{port}/readyz")[0] not in good:
        if process.popen.poll() is not None or time.perf_counter() - began > 30:
            raise RuntimeError(process.said)
        time.sleep(0.002)
    return process, port, time.perf_counter() - began


def fill(yard: Yard, *, seconds: float = 120) -> None:
    """The search knows everybody; the worker that filled it has ended, so that it takes no time from the others."""
    worker = yard.start("worker")
    (people,) = yard.product("SELECT count(*) FROM people")
    eventually("the search is filled", lambda: yard.own("SELECT count(*) FROM locksmith_search") == [people], seconds)
    worker.end()
    yard.processes.remove(worker)


def cpu_seconds(process: Process) -> float:
    """What the processes of a server have used so far."""
    files = [file for pid in process.children for file in Path(f"/proc/{pid}/task").glob("*/schedstat")]
    spent = 0
    for file in files:
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread that ended since, maybe while it was read
            spent += int(file.read_text(encoding="ascii").split()[0])
    return spent / 1e9


def memory(pid: int) -> float:
    """Resident, in MB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024
