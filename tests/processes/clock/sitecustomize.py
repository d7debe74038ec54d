"""Lies on the PYTHONPATH of processes whose time a test moves: their clock is the machine's plus an offset in a file.

Python imports this by itself at the start, so that the commands of the Procfile stay as they are.
"""

from __future__ import annotations

import os
from pathlib import Path

from bot.demo import DemoClock
from services.clock import SystemClock

_moved = DemoClock(Path(os.environ["LOCKSMITH_TEST_CLOCK"]))
SystemClock.now = lambda self: _moved.now()  # type: ignore[method-assign]  # noqa: ARG005  (its signature)
