"""Leaving a caller without an answer, which ASGI has no word for."""

from __future__ import annotations

from starlette.requests import Request


async def hang_up(request: Request, *, close: bool) -> None:
    """Return only when the caller is gone.

    uvicorn's `receive` is a method of an object that holds the connection; cutting it there is what a caller
    sees when a network dies. Behind a middleware that hides it, the call hangs until the caller's own
    time-out: the same outcome, later.
    """
    transport = getattr(getattr(request.receive, "__self__", None), "transport", None)
    if close and transport is not None:
        transport.abort()
    while (await request.receive())["type"] != "http.disconnect":
        pass
