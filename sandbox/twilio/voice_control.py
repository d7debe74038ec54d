"""The control API's part about calls: what the person at the phone does."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.twilio.network import plain_number
from sandbox.twilio.voice import HABITS, Call, Exchange
from sandbox.twilio.voice_wire import Asking

_Body = dict[str, object]


class VoiceControl:
    def __init__(
        self, exchange: Exchange, asking: Asking, settle: Callable[[], None], changed: Callable[[], None]
    ) -> None:
        self._exchange = exchange
        self._asking = asking
        self._settle = settle
        self._changed = changed
        self._acts: dict[str, Callable[[Call], None]] = {
            "answer": exchange.answer,
            "voicemail": lambda call: exchange.answer(call, "voicemail"),
            "decline": exchange.decline,
            "hang up": exchange.hang_up,
        }

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/control/call", self._bound(self._act), methods=["POST"]),
            Route("/control/calls", self._list, methods=["GET"]),
            Route("/control/calls/habit", self._bound(self._habit), methods=["POST"]),
        ]

    def _bound(self, work: Callable[[_Body], Awaitable[None]]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                body = json.loads(await request.body())
                await work(body if isinstance(body, dict) else {})
            except ValueError as error:
                return JSONResponse({"ok": False, "error": str(error)}, 400)
            self._changed()
            self._settle()
            return JSONResponse({"ok": True})

        return endpoint

    async def _act(self, body: _Body) -> None:
        """`{"number": …, "do": "answer" | "voicemail" | "decline" | "hang up" | "press", "key": "1"}`."""
        call = self._exchange.ringing(plain_number(str(body.get("number", ""))))
        do = str(body.get("do", ""))
        if do == "press":
            await self._asking.press(call, str(body.get("key", "")))
        elif do in self._acts:
            self._acts[do](call)
        else:
            raise ValueError(f"do is one of {', '.join(self._acts)}, press")

    async def _habit(self, body: _Body) -> None:
        """What happens whenever this number is called; `rings` waits for somebody to answer."""
        habit = str(body.get("habit", ""))
        if habit not in HABITS:
            raise ValueError(f"habit is one of {', '.join(sorted(HABITS))}")
        self._exchange.habits[plain_number(str(body.get("number", "")))] = habit

    async def _list(self, _request: Request) -> Response:
        self._settle()
        return JSONResponse({"ok": True, "calls": [asdict(call) for call in self._exchange.calls]})
