"""Uvicorn, bound to this machine, quiet, and quick to end."""

import asyncio
import contextlib
import signal
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

HOST = "127.0.0.1"
GRACE_SECONDS = 1.0


def bind(port: int) -> tuple[socket.socket, str]:
    """A listening socket and its address; raises OSError when the port is taken."""
    listener = socket.create_server((HOST, port))
    # asyncio does this only for sockets that it made itself; without it each answer on a kept connection takes 40 ms
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener, f"http://{HOST}:{listener.getsockname()[1]}"


class Server(uvicorn.Server):
    """A server that ends its open streams first, so that it never waits for a browser."""

    def __init__(
        self, app: ASGIApp, stop: Callable[[], Awaitable[None]], ended: Callable[[], None] = lambda: None
    ) -> None:
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            date_header=False,  # each wire dates its answers by the sandbox's clock
            ws="websockets-sansio",
            lifespan="on",
        )
        super().__init__(config)
        self._stop = stop
        self._ended = ended
        self._ready = threading.Event()
        self._leaving = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def wait_until_started(self) -> None:
        """For the thread that waits; raises when the server could not start."""
        self._ready.wait()
        if not self.started:
            raise RuntimeError("the sandbox could not start")

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        finally:
            self._ready.set()

    def leave(self) -> None:
        """End soon; from any thread or signal."""
        self.should_exit = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._leaving.set)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self.leave()

    async def main_loop(self) -> None:
        """Uvicorn's own looks ten times a second whether it should end; here somebody says so."""
        self._loop = asyncio.get_running_loop()
        await self.on_tick(0)
        if not self.should_exit:
            await self._leaving.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As Uvicorn's own, but looking more often: tests end many servers."""
        await self._stop()
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        deadline = time.monotonic() + GRACE_SECONDS
        while (self.server_state.connections or self.server_state.tasks) and time.monotonic() < deadline:
            await asyncio.sleep(0.005)
        for task in self.server_state.tasks:
            task.cancel()
        await self.lifespan.shutdown()
        self._ended()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals end the server; unlike Uvicorn's own way they are not raised again afterwards."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {one: signal.signal(one, self.handle_exit) for one in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)
