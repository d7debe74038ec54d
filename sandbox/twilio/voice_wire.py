"""Twilio's Calls API as far as it is used (2010-04-01), and the asking of an app what comes after a key.

Source: twilio.com/docs/voice/api/call-resource and twilio.com/docs/voice/twiml/gather.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from email.utils import formatdate
from urllib.parse import urldefrag

import requests
from starlette.requests import Request
from starlette.routing import BaseRoute, Route
from twilio.request_validator import RequestValidator

from sandbox.guard import is_loopback
from sandbox.twilio import codes
from sandbox.twilio.callbacks import Letter
from sandbox.twilio.network import ACCOUNT, SENDER, TOKEN, Network, plain_number
from sandbox.twilio.refusals import Refused, from_fault
from sandbox.twilio.script import LONGEST, read
from sandbox.twilio.voice import Call, Exchange, new_call_sid
from sandbox.twilio.wire import Fields, Wire

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})
_PATIENCE = 15.0
"""Seconds for an app's instructions; Twilio's own limit."""
_NO_CONTENT = 204


class VoiceWire:
    """`settle` lets calls move to the present."""

    def __init__(self, wire: Wire, network: Network, exchange: Exchange, settle: Callable[[], None]) -> None:
        self._wire = wire
        self._network = network
        self._exchange = exchange
        self._settle = settle

    def routes(self) -> list[BaseRoute]:
        root = "/2010-04-01/Accounts/{account}/Calls"
        one = root + "/{sid}.json"
        return [
            Route(root + ".json", self._wire.bound(self._create), methods=["POST"]),
            Route(one, self._wire.bound(self._fetch), methods=["GET"]),
            Route(one, self._wire.bound(self._delete), methods=["DELETE"]),
        ]

    def _create(self, _request: Request, fields: Fields) -> tuple[int, dict[str, object]]:
        fault = self._network.take_fault(plain_number(fields.get("To", "")), "post")
        if fault is not None and not fault.kept:
            raise from_fault(fault)
        call = self._exchange.place(_new_call(fields, self._exchange.now()))
        self._settle()
        if fault is not None:
            raise from_fault(fault)
        return 201, as_json(call)

    def _fetch(self, request: Request, _fields: Fields) -> tuple[int, dict[str, object]]:
        return 200, as_json(self._call(request))

    def _delete(self, request: Request, _fields: Fields) -> tuple[int, dict[str, object]]:
        call = self._call(request)
        if not call.over:
            raise Refused(20001, "the call is not over")
        call.deleted = True
        return _NO_CONTENT, {}

    def _call(self, request: Request) -> Call:
        call = self._exchange.find(request.path_params["sid"])
        if call is None:
            raise Refused(20404, request.url.path)
        return call


def _new_call(fields: Mapping[str, str], now: float) -> Call:
    """Raises Refused."""
    to = plain_number(fields.get("To", ""))
    if not to:
        raise Refused(21201)
    if not _E164.fullmatch(to):
        raise Refused(21211, to)
    if to in codes.NOT_CALLED:
        raise Refused(codes.NOT_CALLED[to], to)
    if plain_number(fields.get("From", "")) != SENDER:
        raise Refused(21210 if fields.get("From") else 21213)
    document = fields.get("Twiml", "")
    if not document:
        raise Refused(21205, "the stand-in plays instructions that come with the call (Twiml), not a Url")
    if len(document) > LONGEST:
        raise Refused(20001, f"Twiml has more than {LONGEST} signs")
    try:
        read(document)
    except ValueError as error:
        raise Refused(20001, f"Twiml: {error}") from None
    return Call(
        sid=new_call_sid(),
        account=ACCOUNT,
        to=to,
        sender=SENDER,
        document=document,
        created_at=now,
        updated_at=now,
        callback=fields.get("StatusCallback", ""),
        events=_events(fields),
        rings_for=_whole(fields, "Timeout", 60, 600),
        limit=_whole(fields, "TimeLimit", 14400, 86400),
    )


def _events(fields: Mapping[str, str]) -> list[str]:
    asked = fields.get("StatusCallbackEvent", "completed").split()
    if not set(asked) <= _EVENTS:
        raise Refused(21626, " ".join(asked))
    return asked


def _whole(fields: Mapping[str, str], name: str, default: int, most: int) -> int:
    given = fields.get(name, str(default))
    if not (given.isascii() and given.isdigit()) or not 1 <= int(given) <= most:
        raise Refused(20001, f"{name} {given!r}")
    return int(given)


def as_json(call: Call) -> dict[str, object]:
    """The Call resource. `queued` until the network has it: `initiated` is for callbacks alone."""
    uri = f"/2010-04-01/Accounts/{call.account}/Calls/{call.sid}"
    return {
        "account_sid": call.account,
        "annotation": None,
        "answered_by": None,
        "api_version": "2010-04-01",
        "caller_name": None,
        "date_created": _date(call.created_at),
        "date_updated": _date(call.updated_at),
        "direction": "outbound-api",
        "duration": str(call.seconds) if call.over else None,
        "end_time": _date(call.ended_at),
        "forwarded_from": None,
        "from": call.sender,
        "from_formatted": call.sender,
        "group_sid": None,
        "parent_call_sid": None,
        "phone_number_sid": "PN" + "0" * 32,
        "price": None,
        "price_unit": "USD",
        "queue_time": "0",
        "sid": call.sid,
        "start_time": _date(call.answered_at),
        "status": "queued" if call.status == "initiated" else call.status,
        "subresource_uris": {"events": f"{uri}/Events.json", "recordings": f"{uri}/Recordings.json"},
        "to": call.to,
        "to_formatted": call.to,
        "trunk_sid": None,
        "uri": f"{uri}.json",
    }


def _date(at: float | None) -> str | None:
    return None if at is None else formatdate(at).replace("-0000", "+0000")


def call_fields(call: Call) -> dict[str, str]:
    """What every request about a call says of it."""
    return {
        "AccountSid": call.account,
        "ApiVersion": "2010-04-01",
        "CallSid": call.sid,
        "CallStatus": call.status,
        "Called": call.to,
        "Caller": call.sender,
        "Direction": "outbound-api",
        "From": call.sender,
        "To": call.to,
    }


def progress_fields(call: Call) -> dict[str, str]:
    """A status callback's."""
    fields = call_fields(call) | {
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(call.told),
        "Timestamp": _date(call.updated_at) or "",
    }
    return fields | ({"CallDuration": str(call.seconds), "Duration": "1"} if call.over else {})


class Asking:
    """Asks the app what to say next, signed as Twilio signs."""

    def __init__(self, exchange: Exchange, traffic: Callable[..., None]) -> None:
        self._exchange = exchange
        self._traffic = traffic

    async def press(self, call: Call, key: str) -> None:
        """A key; what comes of it has been said when this returns."""
        address = self._exchange.press(call, key)
        if not address:
            return
        fields = call_fields(call) | {"Digits": key, "FinishedOnKey": "", "msg": "Gather End"}
        letter = Letter(0.0, "call instructions", address, fields, "good")
        for _ in range(1 + letter.retries):
            status, said = await asyncio.to_thread(_ask, address, fields)
            self._traffic(
                way="in",
                wire="twilio",
                name=letter.name,
                ok=200 <= status < 300,  # noqa: PLR2004
                note=f"{key} → {status or 'no answer'}",
                detail={"request": fields, "status": status, "url": address, "answer": said},
            )
            if not letter.again(status):
                break
        self._exchange.goes_on(call, said if 200 <= status < 300 else None)  # noqa: PLR2004


def _ask(address: str, fields: dict[str, str]) -> tuple[int, str]:
    """The HTTP status and body, or 0 where there was no answer."""
    if not is_loopback(address):
        return 0, ""
    signature = RequestValidator(TOKEN).compute_signature(urldefrag(address).url, fields)
    headers = {"User-Agent": "TwilioProxy/1.1", "X-Twilio-Signature": signature}
    with requests.Session() as session:
        session.trust_env = False  # a proxy has no business between two ends of one machine
        try:
            answer = session.post(address, data=fields, headers=headers, timeout=_PATIENCE, allow_redirects=False)
        except requests.RequestException:
            return 0, ""
        return answer.status_code, answer.text
