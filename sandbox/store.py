"""Keeps the workspace and the phones over a restart, in one JSON file."""

import asyncio
import json
from pathlib import Path
from typing import Any, Protocol

from sandbox.cast import new_world
from sandbox.world import World, from_json

SAVE_AFTER_SECONDS = 1.0


class Keeps(Protocol):
    """Something with a state to keep."""

    def snapshot(self) -> dict[str, Any]: ...

    def restore(self, kept: dict[str, Any]) -> None: ...


class Store:
    """Writes a second after a change, and at the end."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._timer: asyncio.TimerHandle | None = None
        self._world: World | None = None
        self._phones: Keeps | None = None

    def load(self, now: float, phones: Keeps, app_name: str) -> World:
        """What was kept, or a fresh world."""
        self._phones = phones
        if self._file and self._file.exists():
            kept = json.loads(self._file.read_text(encoding="utf-8"))
            self._world = from_json(kept["slack"])
            phones.restore(kept["twilio"])
            for view in self._world.views.values():
                view.busy = False
        else:
            self._world = new_world(now, app_name)
        return self._world

    def changed(self) -> None:
        if self._file and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(SAVE_AFTER_SECONDS, self.save)

    def save(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self._file and self._world and self._phones:
            kept = {"slack": self._world.to_json(), "twilio": self._phones.snapshot()}
            self._file.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._file.with_suffix(".new")
            fresh.write_text(json.dumps(kept), encoding="utf-8")
            fresh.replace(self._file)
