"""What the bot sent and got, for the page and for tests."""

from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sandbox.cast import APP_TOKEN, BOT_TOKEN, VERIFICATION_TOKEN
from sandbox.clock import Clock

KEPT = 10_000
SHOWN = 100
_SECRETS = (BOT_TOKEN, APP_TOKEN, VERIFICATION_TOKEN)


@dataclass(frozen=True)
class Exchange:
    """One thing the bot sent (`out`) or got (`in`)."""

    at: float
    way: str
    wire: str
    name: str
    ok: bool
    note: str
    detail: dict[str, Any]


class Traffic:
    """Keeps the latest exchanges, whole except for tokens."""

    def __init__(self, clock: Clock, changed: Callable[[], None]) -> None:
        self._clock = clock
        self._changed = changed
        self._kept: deque[Exchange] = deque(maxlen=KEPT)

    def __call__(
        self,
        way: Literal["in", "out"],
        wire: str,
        name: str,
        *,
        ok: bool = True,
        note: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        clean = _without_tokens(dict(detail or {}))
        self._kept.append(Exchange(self._clock.now(), way, wire, name, ok, note, clean))
        self._changed()

    def shown(self) -> list[dict[str, Any]]:
        return [vars(one) for one in list(self._kept)[-SHOWN:]]

    def everything(self, wires: Collection[str] = ()) -> list[dict[str, Any]]:
        """`wires`: of these alone."""
        return [vars(one) for one in list(self._kept) if not wires or one.wire in wires]


def _without_tokens(value: Any) -> Any:  # noqa: ANN401 - walks any JSON
    if isinstance(value, dict):
        return {k: _without_tokens(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_without_tokens(v) for v in value]
    if isinstance(value, str):
        for secret in _SECRETS:
            value = value.replace(secret, "[token]")
    return value
