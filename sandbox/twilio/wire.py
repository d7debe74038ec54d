"""Twilio's REST API as far as a sender of texts uses it (2010-04-01); calls are in voice_wire.py."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from typing import NoReturn

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.twilio.account import SERVICE, Account, numbers_json, service_json
from sandbox.twilio.hang_up import hang_up
from sandbox.twilio.listing import page_of
from sandbox.twilio.message import Message, as_json
from sandbox.twilio.network import ACCOUNT, API_KEY, API_SECRET, TOKEN, Network, plain_number
from sandbox.twilio.posting import new_message
from sandbox.twilio.refusals import BAD_GATEWAY, Refused, Silence, from_fault

Fields = dict[str, str]
_Work = Callable[[Request, Fields], tuple[int, dict[str, object]]]
_CREDENTIALS = {ACCOUNT: TOKEN, API_KEY: API_SECRET}
_NO_CONTENT = 204


class Wire:
    """`settle` lets messages move to the present; `changed` tells the page."""

    def __init__(
        self,
        network: Network,
        settle: Callable[[], None],
        changed: Callable[[], None],
        traffic: Callable[..., None],
        account: Account,
    ) -> None:
        self._network = network
        self._settle = settle
        self._changed = changed
        self._traffic = traffic
        self._account = account

    def routes(self) -> list[BaseRoute]:
        root = "/2010-04-01/Accounts/{account}"
        one = root + "/Messages/{sid}.json"
        return [
            Route(root + "/Messages.json", self.bound(self._create), methods=["POST"]),
            Route(root + "/Messages.json", self.bound(self._list), methods=["GET"]),
            Route(one, self.bound(self._update), methods=["POST"]),
            Route(one, self.bound(self._delete), methods=["DELETE"]),
            Route(one, self.bound(self._fetch), methods=["GET"]),
            Route(root + "/Balance.json", self.bound(self._balance), methods=["GET"]),
            Route(root + "/IncomingPhoneNumbers.json", self.bound(self._numbers), methods=["GET"]),
            Route(root + ".json", self.bound(self._about), methods=["GET"]),
            Route("/v1/Services/{sid}", self.bound(self._service), methods=["GET"]),
            Route("/2010-04-01/{rest:path}", self.bound(_unknown), methods=["GET", "POST", "DELETE", "PUT"]),
        ]

    def bound(self, work: _Work) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            fields = await _fields(request)
            headers: dict[str, str] = {}
            try:
                _authenticate(request)
                self._settle()
                status, content = work(request, fields)
            except Refused as refused:
                status, content, headers = refused.status, refused.as_json(), refused.headers
            except Silence as silence:
                self._note(request, fields, 0, {"no answer": str(silence)})
                await hang_up(request, close=silence.close)
                return Response(status_code=BAD_GATEWAY)  # nobody is there to read it
            self._note(request, fields, status, content)
            return _response(status, content, headers | {"Date": formatdate(self._network.now(), usegmt=True)})

        return endpoint

    def _create(self, _request: Request, fields: Fields) -> tuple[int, dict[str, object]]:
        fault = self._network.take_fault(plain_number(fields.get("To", "")), "post")
        if fault is not None and not fault.kept:
            raise from_fault(fault)
        message = self._network.accept(new_message(fields, self._network))
        self._changed()
        self._settle()
        if fault is not None:
            raise from_fault(fault)
        return 201, as_json(message)

    def _list(self, request: Request, query: Fields) -> tuple[int, dict[str, object]]:
        self._read_fault(plain_number(query.get("To", "")))
        return 200, page_of(self._network, request.url.path, query)

    def _fetch(self, request: Request, _fields: Fields) -> tuple[int, dict[str, object]]:
        message = self._message(request)
        self._read_fault(message.to)
        return 200, as_json(message)

    def _read_fault(self, number: str) -> None:
        fault = self._network.take_fault(number, "read")
        if fault is not None:
            raise from_fault(fault)

    def _update(self, request: Request, fields: Fields) -> tuple[int, dict[str, object]]:
        """Only one change exists for a message that was not scheduled: its body is made empty."""
        message = self._message(request)
        if fields.get("Body") != "":
            raise Refused(20001, "Body must be empty; nothing else can be changed")
        self._must_be_complete(message)
        message.body = ""
        message.updated_at = self._network.now()
        return 200, as_json(message)

    def _delete(self, request: Request, _fields: Fields) -> tuple[int, dict[str, object]]:
        message = self._message(request)
        self._must_be_complete(message)
        message.deleted = True
        return _NO_CONTENT, {}

    def _must_be_complete(self, message: Message) -> None:
        if not message.may_be_changed(self._network.now()):
            raise Refused(20009)

    def _message(self, request: Request) -> Message:
        message = self._network.find(request.path_params["sid"])
        if message is None or message.deleted:
            raise Refused(20404, request.url.path)
        return message

    def _about(self, _request: Request, _fields: Fields) -> tuple[int, dict[str, object]]:
        return 200, self._account.as_json()

    def _balance(self, _request: Request, _fields: Fields) -> tuple[int, dict[str, object]]:
        return 200, self._account.balance_json()

    def _numbers(self, request: Request, query: Fields) -> tuple[int, dict[str, object]]:
        return 200, numbers_json(self._account, request.url.path, query.get("PhoneNumber", ""))

    def _service(self, request: Request, _fields: Fields) -> tuple[int, dict[str, object]]:
        if request.path_params["sid"] != SERVICE:
            raise Refused(20404, request.url.path)
        return 200, service_json(self._account, str(request.base_url).rstrip("/"))

    def _note(self, request: Request, fields: Fields, status: int, content: dict[str, object]) -> None:
        rest = request.url.path.rpartition(f"/Accounts/{ACCOUNT}")[2]
        name = f"{request.method} {'Account' if rest == '.json' else rest.lstrip('/')}"
        said = content.get("status") if "sid" in content else content.get("message", content.get("no answer", ""))
        self._traffic(
            way="out",
            wire="twilio",
            name=name,
            ok=200 <= status < 300,  # noqa: PLR2004
            note=f"{status or '-'} {said or ''}".strip(),
            detail={"request": fields, "status": status, "answer": content},
        )


def _unknown(request: Request, _fields: Fields) -> NoReturn:
    raise Refused(20404, request.url.path)


async def _fields(request: Request) -> Fields:
    """What is given more than once (`StatusCallbackEvent`) comes as its words."""
    if request.method != "POST":
        return dict(request.query_params)
    form = await request.form()
    return {name: " ".join(value for value in form.getlist(name) if isinstance(value, str)) for name in form}


def _authenticate(request: Request) -> None:
    kind, _, word = request.headers.get("authorization", "").partition(" ")
    try:
        name, _, secret = base64.b64decode(word, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise Refused(20003) from None
    known = _CREDENTIALS.get(name, "") if kind.lower() == "basic" else ""
    if not known or not secrets.compare_digest(known.encode(), secret.encode()):
        raise Refused(20003)
    if request.path_params.get("account", ACCOUNT) != ACCOUNT:
        raise Refused(20404, request.url.path)


def _response(status: int, content: dict[str, object], headers: dict[str, str]) -> Response:
    if status == _NO_CONTENT:
        return Response(status_code=status, headers=headers)
    if status == BAD_GATEWAY:  # a gateway in front of the API knows no JSON
        page = "<html><body><h1>502 Bad Gateway</h1></body></html>"
        return HTMLResponse(page, status, headers)
    return JSONResponse(content, status, headers)
