"""Serving some of the sandbox's routes on a real socket, with a clock that the test holds."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send


@dataclass
class HeldClock:
    at: float = 1_800_000_000.0

    def now(self) -> float:
        return self.at


@dataclass
class Listener:
    """Stands where the page and the traffic log will be."""

    exchanges: list[dict[str, Any]] = field(default_factory=list)
    event: threading.Event = field(default_factory=threading.Event)

    def changed(self) -> None:
        self.event.set()

    def traffic(self, **exchange: Any) -> None:
        self.exchanges.append(exchange)


class Stage:
    """A server that stays while the tests of a module come and go, each with its own routes."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._app = Starlette()

    def show(self, routes: Sequence[BaseRoute]) -> None:
        self._app = Starlette(routes=list(routes))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


@contextmanager
def stage() -> Iterator[Stage]:
    """Listening starts before the server does, so nobody has to wait."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        # asyncio does this only for sockets it made itself; without it each answer takes 40 ms
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened = Stage(f"http://127.0.0.1:{listening.getsockname()[1]}")
        config = uvicorn.Config(opened, date_header=False, log_level="error", lifespan="off", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield opened
        finally:
            server.should_exit = True
            thread.join(timeout=10)
