"""Being told to end."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from bot.build import stop_on_signals

SIGNALS = (signal.SIGTERM, signal.SIGINT)


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    before = [signal.getsignal(number) for number in SIGNALS]
    yield
    for number, handler in zip(SIGNALS, before, strict=True):
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_that_comes_just_while_the_event_is_looked_at(number: signal.Signals) -> None:
    """Whoever waits for an event holds its lock for a moment before and after."""
    stop = stop_on_signals()
    with stop._cond:  # type: ignore[attr-defined]
        signal.raise_signal(number)
        assert not stop._flag  # type: ignore[attr-defined]
    assert stop.wait(20)
