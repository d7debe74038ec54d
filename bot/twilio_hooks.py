"""What Twilio tells us over HTTP: receipts of messages and calls, keys pressed in a call (bot/twilio_voice.py), and
texts that people send to our number.

Every request is signed with the Auth Token over the address that Twilio was given, which behind a proxy is not the
one that arrives here: so the signature is checked against PUBLIC_URL. A bad one is answered the same whatever else
is wrong with it. Nothing of a request is logged: it holds a number and what somebody wrote.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from http import HTTPStatus
from threading import Lock
from urllib.parse import parse_qsl

import structlog
from twilio.request_validator import RequestValidator

from bot import twilio_voice
from bot.answer import Answer, Environ, Refusal, body_of
from services.calls import Calls
from services.counters import Counters
from services.delivery.twilio import read_receipt
from services.errors import DatabaseUnreachable, NotFound
from services.optouts import OptOuts
from services.ports import Clock
from services.receipts import Receipts

LARGEST_BODY = 64 * 1024
"""A text of 1,600 signs, each up to twelve in a form, with some thirty facts about it."""
MOST_FIELDS = 200
FORGED = "receipts:forged"
_TALLY_EVERY = timedelta(seconds=1)
_REQUEST_ID = re.compile("[0-9a-f]{32}")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_NOTHING_TO_SAY = Answer(HTTPStatus.OK, "<Response/>", "text/xml; charset=utf-8")


class Form(dict[str, str]):
    """The fields of a form; of one that comes twice the first, and all of them for its signature."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._all: dict[str, list[str]] = defaultdict(list)
        for name, value in pairs:
            self._all[name].append(value)
        super().__init__({name: values[0] for name, values in self._all.items()})

    def getlist(self, name: str) -> list[str]:
        """As RequestValidator asks for it."""
        return self._all[name]


class Tally:
    """Forged requests cost their sender nothing, so they must not cost us a write each: one a second tells enough."""

    def __init__(self, counters: Counters, clock: Clock) -> None:
        self._counters = counters
        self._clock = clock
        self._lock = Lock()
        self._waiting = 0
        self._told: datetime | None = None

    def add(self) -> None:
        with self._lock:
            self._waiting += 1
            now = self._clock.now()
            if self._told is not None and abs(now - self._told) < _TALLY_EVERY:
                return
            count, self._waiting, self._told = self._waiting, 0, now
        structlog.get_logger().warning("twilio request refused", kind="forged", count=count)
        self._counters.count(FORGED, count)


class TwilioHooks:
    """`sender`: our number, or a Messaging Service's id beginning with MG."""

    def __init__(
        self,
        public_url: str,
        auth_token: str,
        sender: str,
        *,
        receipts: Receipts,
        optouts: OptOuts,
        counters: Counters,
        clock: Clock,
        calls: Calls | None = None,
    ) -> None:
        self._calls = calls
        self._public_url = public_url
        self._validator = RequestValidator(auth_token)
        self._sender = sender
        self._receipts = receipts
        self._optouts = optouts
        self._forged = Tally(counters, clock)

    def answer(self, path: str, environ: Environ) -> Answer:
        """Raises Refusal: 400 and 413 malformed, 403 forged, 404 nothing there, 503 where Twilio shall try again."""
        form = _form(body_of(environ, LARGEST_BODY))
        self._check_signature(path, environ, form)
        try:
            match path.split("/")[2:]:
                case ["receipts", request_id]:
                    return self._receipt(request_id, form)
                case ["call", request_id] if self._calls is not None:
                    return twilio_voice.answer(self._calls, request_id, form, environ.get("QUERY_STRING", ""))
                case ["inbound"]:
                    return self._inbound(form)
        except DatabaseUnreachable:
            raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE) from None
        raise Refusal(HTTPStatus.NOT_FOUND)

    def _check_signature(self, path: str, environ: Environ, form: Form) -> None:
        query = environ.get("QUERY_STRING", "")
        address = f"{self._public_url}{path}{f'?{query}' if query else ''}"
        if not self._validator.validate(address, form, str(environ.get("HTTP_X_TWILIO_SIGNATURE", ""))):
            self._forged.add()
            raise Refusal(HTTPStatus.FORBIDDEN)

    def _receipt(self, request_id: str, form: Form) -> Answer:
        receipt = read_receipt(form)
        if receipt is None:
            raise Refusal(HTTPStatus.BAD_REQUEST)
        if not _REQUEST_ID.fullmatch(request_id):
            raise Refusal(HTTPStatus.NOT_FOUND)
        try:
            self._receipts.take(request_id, receipt)
        except NotFound as unknown:
            structlog.get_logger().warning("twilio request refused", kind=str(unknown))
            raise Refusal(HTTPStatus.NOT_FOUND) from None
        return Answer(HTTPStatus.NO_CONTENT)

    def _inbound(self, form: Form) -> Answer:
        """A text that somebody sent us: only STOP and START mean something, and Twilio answers those itself."""
        number = form.get("From", "")
        if not number or "Body" not in form:
            raise Refusal(HTTPStatus.BAD_REQUEST)
        if _E164.fullmatch(number) and self._is_ours(form):
            kind = self._optouts.heard(number, form["Body"], form.get("OptOutType", ""))
            if kind:
                structlog.get_logger().info("somebody texted us", kind=kind)
        return _NOTHING_TO_SAY

    def _is_ours(self, form: Form) -> bool:
        """STOP to another number of the same account does not hold our texts back."""
        if self._sender.startswith("MG"):
            return form.get("MessagingServiceSid", self._sender) == self._sender
        return form.get("To", "") == self._sender


def _form(body: str) -> Form:
    try:
        return Form(parse_qsl(body, keep_blank_values=True, strict_parsing=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        raise Refusal(HTTPStatus.BAD_REQUEST) from None
