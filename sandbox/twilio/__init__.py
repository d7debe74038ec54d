"""A stand-in for Twilio, its texts and its calls, and for the phones behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from starlette.routing import BaseRoute

from sandbox.twilio.account import Account
from sandbox.twilio.callbacks import Callbacks
from sandbox.twilio.control import Control
from sandbox.twilio.message import Message
from sandbox.twilio.network import ACCOUNT, SENDER, TOKEN, Network, plain_number
from sandbox.twilio.voice import EVENTS, Call, Exchange
from sandbox.twilio.voice_control import VoiceControl
from sandbox.twilio.voice_wire import Asking, VoiceWire, progress_fields
from sandbox.twilio.wire import Wire

__all__ = ["ACCOUNT", "SENDER", "TOKEN", "Twilio"]

_TICK = 0.2  # seconds between two looks while a message is under way
_COMPANY = "StatStak Labs"


class Clock(Protocol):
    def now(self) -> float:
        """Seconds since 1970, as the sandbox counts them."""


class Twilio:
    """What the sandbox's page, control API and snapshot need of it; the rest is in its rooms."""

    def __init__(self, clock: Clock, changed: Callable[[], None], traffic: Callable[..., None]) -> None:
        self._changed = changed
        account = Account()
        self._callbacks = Callbacks(clock.now, traffic, account)
        self._network = Network(clock.now, moved=self._callbacks.add, texted=self._callbacks.add_inbound)
        self._wire = Wire(self._network, self.settle, changed, traffic, account)
        self._control = Control(self._network, self._callbacks, account, self.settle, changed)
        self._exchange = Exchange(clock.now, lambda number: number in self._network.off, self._progressed)
        self._voice = VoiceWire(self._wire, self._network, self._exchange, self.settle)
        self._voice_control = VoiceControl(self._exchange, Asking(self._exchange, traffic), self.settle, changed)
        self._ticker: asyncio.Task[None] | None = None

    def routes(self) -> list[BaseRoute]:
        return [*self._voice.routes(), *self._wire.routes()]

    def control_routes(self) -> list[BaseRoute]:
        return [*self._control.routes(), *self._voice_control.routes()]

    def settle(self) -> None:
        """Bring every message and call to the present, and keep them moving while one is under way."""
        if self._network.advance() | self._exchange.advance():
            self._changed()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # before the server runs; the first call over a wire comes back here
            return
        self._callbacks.wake()
        if self._under_way and (self._ticker is None or self._ticker.done()):
            self._ticker = loop.create_task(self._tick())

    def phones(self, people: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """These people's phones, then any other number that got a text or a call."""
        self.settle()
        known = [plain_number(person["number"]) for person in people]
        reached = [*map(_phone_of, self._network.messages), *(call.to for call in self._exchange.calls)]
        others = dict.fromkeys(number for number in reached if number not in known)
        everybody = [*people, *({"number": number, "name": "", "email": ""} for number in others)]
        return [person | self._phone(plain_number(person["number"])) for person in everybody]

    @property
    def accepted_any(self) -> bool:
        """A text was taken from the API's caller."""
        return any(message.direction == "outbound-api" for message in self._network.messages)

    @property
    def delivered_any(self) -> bool:
        self.settle()
        return any(
            message.direction == "outbound-api" and message.status == "delivered"
            for message in self._network.messages
        )

    def snapshot(self) -> dict[str, Any]:
        return self._network.snapshot() | {"voice": self._exchange.snapshot()}

    def restore(self, kept: dict[str, Any]) -> None:
        self._exchange.restore(**kept.get("voice", {}))
        self._network.restore(**{name: value for name, value in kept.items() if name != "voice"})

    def _phone(self, number: str) -> dict[str, Any]:
        return {
            "on": number not in self._network.off,
            "stopped": number in self._network.stopped,
            "messages": [_on_screen(m) for m in self._network.messages if _phone_of(m) == number],
            "calls": [_heard(call) for call in self._exchange.calls if call.to == number],
        }

    def _progressed(self, call: Call) -> None:
        event = EVENTS.get(call.status, "completed")
        if event in call.events:
            self._callbacks.add_progress(call.callback, progress_fields(call), last=call.over)
            call.told += 1

    @property
    def _under_way(self) -> bool:
        return self._network.pending or self._exchange.pending or self._callbacks.pending

    async def _tick(self) -> None:
        while self._under_way:
            await asyncio.sleep(_TICK)
            self.settle()


def _phone_of(message: Message) -> str:
    return message.sender if message.direction == "inbound" else message.to


def _heard(call: Call) -> dict[str, Any]:
    """What a phone shows of a call, and what was said in it; voicemail keeps it for later."""
    return {
        "sid": call.sid,
        "at": call.created_at,
        "from": _COMPANY,
        "status": call.status,
        "by": call.answered_by,
        "spoken": call.spoken,
        "asks": bool(call.asks),
    }


def _on_screen(message: Message) -> dict[str, Any]:
    """A phone shows a text once it has it, and keeps it whatever Twilio forgets."""
    arrived = message.status in {"delivered", "received"}
    ours = message.service or message.sender == SENDER
    return {
        "sid": message.sid,
        "at": message.updated_at if arrived else message.created_at,
        "from": _COMPANY if ours else message.sender,
        "mine": message.direction == "inbound",
        "body": message.body_as_sent if arrived else "",
        "status": message.status,
        "code": str(message.code or ""),
        "segments": message.segments,
    }
