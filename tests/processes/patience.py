"""The one way to wait for what other processes do: look until it is so, or until the time is over."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_BETWEEN = 0.05


def eventually(what: str, look: Callable[[], T], seconds: float = 40.0) -> T:
    """The first answer that says yes. `what` is said where none came in time."""
    until = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < until, f"not within {seconds:g} s: {what}; at last: {found!r}"
        time.sleep(_BETWEEN)
    return found
