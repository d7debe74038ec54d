"""Socket Mode: envelopes out to one connection each, acks back by envelope id."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import uuid4

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from sandbox import cast
from sandbox.agenda import Agenda
from sandbox.slack.wires import Answer, Faults
from sandbox.world import Json, new_id

MOST_CONNECTIONS = 10
CONNECTION_SECONDS = 18_060
GOING_AWAY = 1001
WARNING_SECONDS = 10.0
GONE = (RuntimeError, WebSocketDisconnect)
"""How it shows that the app went away first."""


@dataclass
class Pending:
    """An envelope that is out."""

    name: str
    takes_payload: bool
    answer: "asyncio.Future[Json | None]"


@dataclass
class SocketHub:
    """All open connections of the app."""

    record: Callable[..., None]
    changed: Callable[[], None]
    faults: Faults
    agenda: Agenda
    enabled: bool = True
    _connections: list[WebSocket] = field(default_factory=list)
    _tickets: set[str] = field(default_factory=set)
    _pending: dict[str, Pending] = field(default_factory=dict)
    _turn: int = 0

    @property
    def connected(self) -> bool:
        return bool(self._connections)

    def new_ticket(self) -> str:
        ticket = new_id("", 32).lower()
        self._tickets.add(ticket)
        return ticket

    async def endpoint(self, socket: WebSocket) -> None:
        """One connection of the app, from hello to the end."""
        ticket = socket.query_params.get("ticket", "")
        if ticket not in self._tickets:
            await socket.close(code=1008)
            return
        self._tickets.discard(ticket)
        await socket.accept()
        refused = self._refusal()
        if refused:
            await self._disconnect(socket, refused)
            return
        self._connections.append(socket)
        try:
            await self._greet(socket)
            while True:
                self._take(await socket.receive_text())
        except WebSocketDisconnect:
            pass
        finally:
            if socket in self._connections:
                self._connections.remove(socket)
            self.changed()

    def _refusal(self) -> str:
        if not self.enabled:
            return "link_disabled"
        return "too_many_websockets" if len(self._connections) >= MOST_CONNECTIONS else ""

    async def _greet(self, socket: WebSocket) -> None:
        hello = {
            "type": "hello",
            "num_connections": len(self._connections),
            "debug_info": {
                "host": "sandbox",
                "build_number": 1,
                "approximate_connection_time": CONNECTION_SECONDS,
            },
            "connection_info": {"app_id": cast.APP_ID},
        }
        await socket.send_text(json.dumps(hello))
        self.record("in", "socket", "hello", detail=hello)

    async def disconnect(self, reason: str) -> None:
        """Tell the app to come back by a new connection, as Slack does every few hours.

        After a `warning` the old one serves for about ten seconds more.
        Source: docs.slack.dev/apis/events-api/using-socket-mode ("disconnect" messages).
        """
        for socket in list(self._connections):
            if reason == "warning":
                await self._tell(socket, reason)
                self.agenda.after(WARNING_SECONDS, partial(self._end, socket))
            else:
                self._connections.remove(socket)
                await self._disconnect(socket, reason)

    async def _end(self, socket: WebSocket) -> None:
        if socket in self._connections:
            self._connections.remove(socket)
            await hang_up(socket)

    def drop(self) -> None:
        """Cut every connection without a word, as a network does."""
        for socket in list(self._connections):
            self._connections.remove(socket)
            cut(socket)
        self.changed()

    async def _tell(self, socket: WebSocket, reason: str) -> None:
        notice = {"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}}
        self.record("in", "socket", "disconnect", detail=notice)
        with suppress(*GONE):
            await socket.send_text(json.dumps(notice))

    async def _disconnect(self, socket: WebSocket, reason: str) -> None:
        await self._tell(socket, reason)
        await hang_up(socket)

    async def close(self) -> None:
        """End every connection, as Slack does when it goes away."""
        for socket in list(self._connections):
            await hang_up(socket, GOING_AWAY)

    async def deliver(
        self,
        kind: str,
        name: str,
        payload: Json,
        *,
        takes_payload: bool = False,
        retry: int = 0,
        reason: str = "",
    ) -> Answer:
        """Send one envelope and wait for its ack."""
        if not self._connections:
            self.record("in", "socket", name, ok=False, note="nobody is connected", detail=payload)
            return Answer("nobody")
        envelope: Json = {
            "envelope_id": str(uuid4()),
            "type": kind,
            "accepts_response_payload": takes_payload,
            "payload": payload,
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": retry, "retry_reason": reason}
        pending = Pending(name, takes_payload, asyncio.get_running_loop().create_future())
        self._pending[envelope["envelope_id"]] = pending
        for _ in range(2 if self.faults.duplicate else 1):
            await self._send(name, envelope)
        try:
            return Answer("acked", await asyncio.wait_for(pending.answer, self.faults.ack_seconds))
        except TimeoutError:
            self.record("in", "socket", name, ok=False, note="no ack in time", detail={"payload": payload})
            return Answer("timeout", reason="timeout")

    async def _send(self, name: str, envelope: Json) -> None:
        if not self._connections:
            return  # it went away between two copies
        self._turn += 1
        socket = self._connections[self._turn % len(self._connections)]
        self.record("in", "socket", name, detail=envelope)
        try:
            await socket.send_text(json.dumps(envelope))
        except GONE:
            self.record("in", "socket", name, ok=False, note="the connection was gone", detail={})

    def _take(self, text: str) -> None:
        """One message from the app: only acks are expected."""
        try:
            said = json.loads(text)
            pending = self._pending.pop(said["envelope_id"], None)
        except (ValueError, TypeError, KeyError):
            self.record("out", "socket", "?", ok=False, note="not an ack", detail={"text": text})
            return
        if pending is None:
            self.record("out", "socket", "ack", ok=False, note="already acked or unknown", detail=said)
        elif self.faults.delay_ack:
            loop = asyncio.get_running_loop()
            loop.call_later(self.faults.delay_ack, self._resolve, pending, said)
        else:
            self._resolve(pending, said)

    def _resolve(self, pending: Pending, said: dict[str, Any]) -> None:
        late = pending.answer.done()
        note = "too late: dropped" if late else ""
        self.record("out", "socket", f"ack {pending.name}", ok=not late, note=note, detail=said)
        if not late:
            payload = said.get("payload") if pending.takes_payload else None
            pending.answer.set_result(payload if isinstance(payload, dict) else None)


async def hang_up(socket: WebSocket, code: int = 1000) -> None:
    """Close a connection that the app may have closed already."""
    if socket.application_state is WebSocketState.CONNECTED:
        with suppress(*GONE):
            await socket.close(code=code)


def cut(socket: WebSocket) -> None:
    """ASGI has no word for this; uvicorn's `receive` is a method of the object that holds the connection."""
    transport = getattr(getattr(socket._receive, "__self__", None), "transport", None)
    if transport is None:
        raise RuntimeError("this server hides its connections")
    transport.abort()
