"""Pushes the state to every open page, soon after anything changed."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from sandbox.state import State

COALESCE_SECONDS = 0.05
KEEP_ALIVE_SECONDS = 15.0


class Changes:
    """Says that something changed, from any thread, to whoever listens on the event loop."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Event] = set()
        self._listeners: list[Callable[[], None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: int | None = None
        self.closed = False

    def bind(self) -> None:
        """From now on changes are told on this loop."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()

    def listen(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def __call__(self) -> None:
        if self._loop is None or self._loop.is_closed():
            return
        if threading.get_ident() == self._thread:
            self._tell()
        else:
            self._loop.call_soon_threadsafe(self._tell)

    def _tell(self) -> None:
        for event in self._waiting:
            event.set()
        for listener in self._listeners:
            listener()

    def close(self) -> None:
        """End every stream."""
        self.closed = True
        self._tell()

    async def stream(self) -> AsyncIterator[bool]:
        """True when there is something new (at once for the first time), False when it was quiet for long."""
        event = asyncio.Event()
        event.set()
        self._waiting.add(event)
        try:
            while not self.closed:
                with suppress(TimeoutError):
                    await asyncio.wait_for(event.wait(), KEEP_ALIVE_SECONDS)
                if self.closed:
                    return
                fresh = event.is_set()
                event.clear()
                yield fresh
                await asyncio.sleep(COALESCE_SECONDS)
        finally:
            self._waiting.discard(event)


class Events:
    """Answers `/events?as=…`."""

    def __init__(self, changes: Changes, state: State, known: Callable[[str], bool]) -> None:
        self._changes = changes
        self._state = state
        self._known = known

    async def endpoint(self, request: Request) -> Response:
        user = request.query_params.get("as", "")
        if not self._known(user):
            return PlainTextResponse("nobody by that id", status_code=404)
        return StreamingResponse(
            self._lines(user), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )

    async def _lines(self, user: str) -> AsyncIterator[str]:
        async for fresh in self._changes.stream():
            yield f"data: {json.dumps(await self._state.of(user))}\n\n" if fresh else ": still here\n\n"
