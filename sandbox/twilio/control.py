"""The control API's part about phones and texts, for tests and for breaking things on purpose."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.guard import is_loopback
from sandbox.twilio import codes
from sandbox.twilio.account import Account
from sandbox.twilio.callbacks import SIGNINGS, Callbacks, Habits, Signing
from sandbox.twilio.message import STATUSES
from sandbox.twilio.network import Fault, Network, plain_number

_Body = dict[str, object]
_SILENT = {"timeout", "hang"}
_SETTINGS = {"manual", "list_lag", "clear", "callbacks", "inbound_url", "account"}


class Control:
    def __init__(
        self,
        network: Network,
        callbacks: Callbacks,
        account: Account,
        settle: Callable[[], None],
        changed: Callable[[], None],
    ) -> None:
        self._network = network
        self._callbacks = callbacks
        self._account = account
        self._settle = settle
        self._changed = changed

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/control/twilio", self._bound(self._arm), methods=["POST"]),
            Route("/control/twilio/status", self._bound(self._status), methods=["POST"]),
            Route("/control/twilio/callback", self._bound(self._forge), methods=["POST"]),
            Route("/control/twilio/messages", self._messages, methods=["GET"]),
            Route("/control/phone", self._bound(self._phone), methods=["POST"]),
            Route("/control/text", self._bound(self._text), methods=["POST"]),
        ]

    def _bound(self, work: Callable[[_Body], None]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                body = _object(await request.body())
                self._settle()
                work(body)
            except ValueError as error:
                return JSONResponse({"ok": False, "error": str(error)}, 400)
            self._changed()
            self._settle()
            return JSONResponse({"ok": True})

        return endpoint

    def _arm(self, body: _Body) -> None:
        """Settings (see `_SETTINGS`), `{clear: true}` or a fault; several at once are fine."""
        if "manual" in body:
            self._network.manual = body["manual"] is True
        if "list_lag" in body:
            self._network.list_lag = _number(body, "list_lag", 0.0)
        if "callbacks" in body:
            self._callbacks.habits = _habits(body["callbacks"])
        if "inbound_url" in body:
            self._account.inbound_url = _address(body["inbound_url"])
        if "account" in body:
            self._account.change(**_words(body["account"]))
        if body.get("clear") is True:
            self._network.faults.clear()
        if "code" in body:
            self._network.faults.append(_fault(body))
        elif not body.keys() & _SETTINGS:
            raise ValueError("code is missing")

    def _status(self, body: _Body) -> None:
        message = self._network.find(str(body.get("sid", "")))
        if message is None:
            raise ValueError("no such message")
        status = str(body.get("status", ""))
        if status not in STATUSES:
            raise ValueError(f"no such status: {status}")
        code = _whole(body, "code") if body.get("code") else None
        self._network.move_by_hand(message, status, code)

    def _forge(self, body: _Body) -> None:
        """Somebody says something of a message; by default with a signature that is none."""
        message = self._network.find(str(body.get("sid", "")))
        if message is None:
            raise ValueError("no such message")
        code = _whole(body, "code") if body.get("code") else None
        self._callbacks.forge(message, str(body.get("status", "")), code, _signing(body.get("signature", "bad")))

    def _phone(self, body: _Body) -> None:
        self._network.switch(_phone_number(body), on=body.get("on") is True)

    def _text(self, body: _Body) -> None:
        self._network.text_back(_phone_number(body), str(body.get("body", "")))

    async def _messages(self, _request: Request) -> Response:
        self._settle()
        return JSONResponse({"ok": True, "messages": [asdict(each) for each in self._network.messages]})


def _object(raw: bytes) -> _Body:
    try:
        body = json.loads(raw)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ValueError("send a JSON object")  # noqa: TRY004  (one kind of error for one kind of answer)
    return body


def _words(given: object) -> dict[str, str]:
    if not isinstance(given, dict) or set(given) - {"status", "type", "balance"}:
        raise ValueError("account takes status, type and balance")
    return {str(name): str(value) for name, value in given.items()}


def _habits(given: object) -> Habits:
    if not isinstance(given, dict) or set(given) - {"delay", "twice", "reverse", "lost", "signature"}:
        raise ValueError("callbacks takes delay, twice, reverse, lost and signature")
    return Habits(
        delay=_number(given, "delay", 0.0),
        twice=given.get("twice") is True,
        reverse=given.get("reverse") is True,
        lost=given.get("lost") is True,
        signature=_signing(given.get("signature", "good")),
    )


def _signing(given: object) -> Signing:
    for one in SIGNINGS:
        if given == one:
            return one
    raise ValueError(f"signature is one of {', '.join(SIGNINGS)}")


def _address(given: object) -> str:
    url = str(given or "")
    if url and not is_loopback(url):
        raise ValueError("the address must be on this machine")
    return url


def _fault(body: _Body) -> Fault:
    given = str(body["code"])
    code = given if given in _SILENT else _whole(body, "code")
    fault = Fault(
        code=code,
        number=plain_number(str(body.get("number") or "")),
        http_status=_whole(body, "http_status") if body.get("http_status") else None,
        when=str(body.get("when", "post")),
        times=int(_number(body, "times", 1)),
        kept=body.get("kept") is True,
    )
    if fault.when not in {"post", "delivery", "read"}:
        raise ValueError('when is "post", "delivery" or "read"')
    if fault.when == "delivery" and code not in codes.ERRORS:
        raise ValueError(f"no such delivery code: {code}")
    return fault


def _phone_number(body: _Body) -> str:
    number = plain_number(str(body.get("number", "")))
    if not number:
        raise ValueError("number is missing")
    return number


def _whole(body: _Body, name: str) -> int:
    given = str(body[name])
    if not (given.isascii() and given.isdigit()):
        raise ValueError(f"{name} is a number")
    return int(given)


def _number(body: _Body, name: str, default: float) -> float:
    given = body.get(name, default)
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise ValueError(f"{name} is a number")  # noqa: TRY004  (one kind of error for one kind of answer)
    return float(given)
