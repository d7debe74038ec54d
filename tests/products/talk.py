"""Asking a product that runs in a process of its own, in its own language: a line of JSON out, a line of JSON in.

One process serves all questions; starting PHP, Ruby or Django for each would take most of the time.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
INSTALLED = ROOT / ".products"
"""What `.ci/run` lays beside the tree: WordPress as Debian packs it, what package.json names, Django 6."""
_MISSING = ("Failed opening required", "LoadError", "Cannot find module")
"""What PHP, Ruby and Node say where a package is not there."""


class Talk:
    """Skips the test where the runtime, or a package that it needs, is not on this machine."""

    def __init__(self, command: Sequence[str], log: Path) -> None:
        program = sys.executable if command[0] == "python" else shutil.which(command[0])
        if program is None:
            pytest.skip(f"no {command[0]} on this machine (.ci/run installs it)")
        self._log = log
        with log.open("wb") as errors:
            self._process = subprocess.Popen(  # noqa: S603  (our own command)
                [program, *command[1:]], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                env={**os.environ, "PYTHONWARNINGS": "ignore"},  # a product's warnings are its makers' matter
            )  # fmt: skip

    def ask(self, what: str, **facts: object) -> Any:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(json.dumps({"ask": what, **facts}).encode() + b"\n")
            stdin.flush()
            line = stdout.readline()
        except BrokenPipeError:
            line = b""
        if not line:
            self._ended(self._log.read_text(encoding="utf-8", errors="replace"))
        told = json.loads(line)
        assert "broken" not in told, f"{what}: {told['broken']}"
        return told["answer"]

    def _ended(self, said: str) -> None:
        if missing := next((each for each in said.splitlines() if any(sign in each for sign in _MISSING)), ""):
            pytest.skip(f"a package is not on this machine (.ci/run installs it): {missing[:200]}")
        raise AssertionError(f"the product's process ended: {said[-2000:]}")

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._process.stdout.close()
