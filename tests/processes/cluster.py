"""A PostgreSQL server of the test's own, which it may stop and start: the one on the machine is everybody's."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from tests.processes.yard import free_port

SERVANT = "postgres"
"""PostgreSQL does not run as root; this account comes with its package."""
_BINS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: float(one.parent.name), reverse=True)
_SETTINGS = ("fsync=off", "listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=60")
"""fsync: the machine does not fall over here, only the server does."""
Mode = Literal["fast", "immediate"]


@dataclass(frozen=True)
class Cluster:
    folder: Path
    port: int

    def address(self, database: str = "postgres") -> str:
        return f"postgresql://{SERVANT}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        settings = " ".join(f"-c {one}" for one in (*_SETTINGS, f"port={self.port}"))
        self._control("start", "-o", settings, "-l", str(self.folder / "log"))

    def stop(self, mode: Mode) -> None:
        """`fast`: in order, connections are cut. `immediate`: as by a crash; the next start recovers."""
        self._control("stop", "-m", mode)

    def _control(self, verb: str, *more: str) -> None:
        run("pg_ctl", verb, "-w", "-t", "30", "-D", str(self.folder / "data"), *more)


@contextmanager
def open_cluster() -> Iterator[Cluster]:
    """Started; gone at the end, whatever happened."""
    folder = Path(tempfile.mkdtemp(prefix="locksmith-postgres-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, SERVANT)
        run("initdb", "--no-sync", "-A", "trust", "-U", SERVANT, "-D", str(folder / "data"))
        cluster = Cluster(folder, free_port())
        cluster.start()
        try:
            yield cluster
        finally:
            if (folder / "data" / "postmaster.pid").exists():
                cluster.stop("immediate")
    finally:
        shutil.rmtree(folder)


def run(program: str, *arguments: str) -> None:
    """As an account that may run a server. What it says goes into a file: the server would keep a pipe open."""
    command, root = [_path(program), *arguments], os.geteuid() == 0
    with tempfile.TemporaryFile() as said:
        ended = subprocess.run(  # noqa: S603  (our own commands)
            command,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            timeout=60,
            check=False,
            cwd="/",
            user=SERVANT if root else None,
            group=pwd.getpwnam(SERVANT).pw_gid if root else None,
            extra_groups=[] if root else None,
        )
        said.seek(0)
        assert ended.returncode == 0, (program, arguments, said.read().decode(errors="replace"))


def _path(program: str) -> str:
    found = next((str(folder / program) for folder in _BINS if (folder / program).exists()), shutil.which(program))
    if found is None:
        pytest.skip("PostgreSQL's own programs are not on this machine")
    return found
