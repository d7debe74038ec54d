"""One real process, as a supervisor sees it."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.processes.patience import eventually

ROOT = Path(__file__).resolve().parents[2]
GRACE = 10.0
"""Seconds from SIGTERM to the end: what supervisors commonly give."""


def procfile() -> dict[str, str]:
    """The commands of the Procfile by their names."""
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    return {name: command.strip() for name, _, command in (line.partition(":") for line in lines if line.strip())}


@dataclass
class Process:
    name: str
    popen: subprocess.Popen[bytes]
    file: Path
    """What it says, on both streams."""

    @property
    def said(self) -> str:
        return self.file.read_text(encoding="utf-8", errors="replace")

    @property
    def lines(self) -> list[str]:
        return [line for line in self.said.splitlines() if line.strip()]

    def logged(self, event: str) -> list[dict[str, Any]]:
        """The JSON lines of this event; other lines are another test's concern."""
        found = []
        for line in self.lines:
            with suppress(ValueError):
                entry = json.loads(line)
                if isinstance(entry, dict) and entry.get("event") == event:
                    found.append(entry)
        return found

    @property
    def children(self) -> list[int]:
        command = ["pgrep", "-P", str(self.popen.pid)]
        found = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  (as it stands)
        return [int(pid) for pid in found.stdout.split()]

    def wait_for(self, event: str) -> None:
        eventually(f"{self.name} says {event!r}", lambda: self.logged(event) or self.popen.poll() is not None)
        assert self.popen.poll() is None, self.said

    def end(self) -> float:
        """By SIGTERM, in time, in order, without a traceback; how many seconds it took."""
        began = time.monotonic()
        self.popen.terminate()
        self.ends_well(GRACE)
        return time.monotonic() - began

    def ends_well(self, seconds: float) -> None:
        """It was told to end. A second signal could hit it while Python puts its things away."""
        try:
            status = self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} did not end within {GRACE:g} s:\n{self.said}") from None
        assert status == 0, f"{self.name} ended with status {status}:\n{self.said}"
        assert "Traceback" not in self.said, self.said

    def kill_all(self) -> None:
        """It and its children, whatever they do; first a runner may end those that are not in its group."""
        if self.popen.poll() is None:
            self.popen.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.popen.wait(GRACE)
        with suppress(ProcessLookupError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait(GRACE)


def start(name: str, command: str, environ: Mapping[str, str], folder: Path) -> Process:
    """As a Procfile runner does: by the shell, at the root of the code."""
    file = folder / f"{name}.log"
    with file.open("ab") as out:  # appending, because the processes of one server share it
        popen = subprocess.Popen(  # noqa: S602  (the Procfile's own commands)
            f"exec {command}",
            shell=True,
            cwd=ROOT,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    return Process(name, popen, file)


def run(command: str, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """To its end."""
    return subprocess.run(  # noqa: S603  (our own commands)
        shlex.split(command), cwd=ROOT, env=dict(environ), capture_output=True, text=True, timeout=60, check=False
    )
