"""Texts by Twilio's REST API, through the official synchronous client; calls too (services/delivery/voice.py).

A fresh connection per post and no retry inside, so that what surely did not happen can be told from what may
have happened (PROTOCOL rule 12): a refused connection is `NotPosted`, a connection that broke is `NoAnswer`.
All errors are our own, raised `from None`: a request's body holds the secret (rule 14).
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

import requests
from twilio.base.exceptions import TwilioRestException, TwilioServiceException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from services.delivery import voice
from services.delivery.codes import Codes
from services.errors import CarrierError, NoAnswer, NotPosted, Refused
from services.model import Cause
from services.ports import Receipt

RECEIPTS = "/twilio/receipts/"
_TRY_AGAIN = "#rc=5&rp=5xx,ct,rt"
"""Twilio's "connection overrides": without them a receipt that we answer with 5xx is never sent again. They are no
part of what is signed."""
CONNECT_SECONDS, READ_SECONDS = 3.0, 6.0
_STATUS = {
    "accepted": "queued",
    "scheduled": "queued",
    "queued": "queued",
    "sending": "queued",
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "undelivered",
    "failed": "failed",
    "canceled": "failed",
}
_MESSAGE = re.compile("[SM]M[0-9a-f]{32}")
_CODE = re.compile("[1-9][0-9]{0,9}")
_TOO_MANY = 429
_SERVER_FAULT = 500
_LISTED = 50
_AN_HOUR = 3600.0


class _OneShotClient(TwilioHttpClient):  # type: ignore[misc]  # twilio ships no types
    """A session of its own, closed after one call: a kept connection that dies on reuse looks like a lost answer."""

    def __init__(self) -> None:
        super().__init__(max_retries=None)
        self.timeout = (CONNECT_SECONDS, READ_SECONDS)  # requests takes the pair; the constructor does not
        self.after = 0.0
        """Seconds of the answer's Retry-After, which the library's errors leave out."""

    def request(self, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401  (twilio ships no types)
        answer = super().request(*arguments, **named)
        self.after = _seconds((answer.headers or {}).get("Retry-After", ""))
        return answer

    def close(self) -> None:
        self.session.close()


class TwilioCarrier:
    """`sender`: a number, or a Messaging Service's id beginning with MG. `caller`: a number that may call people."""

    def __init__(
        self,
        account_sid: str,
        username: str,
        password: str,
        sender: str,
        *,
        api_url: str = "",
        callback_url: Callable[[str], str] | None = None,
        codes: Codes | None = None,
        caller: str = "",
    ) -> None:
        self._sender = sender
        self._caller = caller
        self._codes = codes or Codes()
        self._callback_url = callback_url
        self._account_sid, self._username, self._password = account_sid, username, password
        self._api_url = api_url.rstrip("/")

    def post(self, number: str, body: str, *, request_id: str, valid_seconds: int) -> Receipt:
        fields: dict[str, Any] = {
            "to": number,
            "body": body,
            "validity_period": max(1, min(valid_seconds, 36000)),
        }
        fields["messaging_service_sid" if self._sender.startswith("MG") else "from_"] = self._sender
        if self._callback_url is not None and request_id:
            fields["status_callback"] = self._callback_url(request_id)
        message = self._call(lambda client: client.messages.create(**fields))
        return _receipt(message)

    def call(self, number: str, instructions: str, *, request_id: str, valid_seconds: int) -> Receipt:
        callback = self._callback_url(request_id) if self._callback_url is not None else ""
        return voice.receipt(
            self._call(
                lambda client: voice.place(
                    client, number, instructions, sender=self._caller, seconds=valid_seconds, callback=callback
                )
            )
        )

    def receipt(self, message_id: str) -> Receipt | None:
        try:
            if voice.is_call(message_id):
                return voice.receipt(self._call(lambda client: client.calls(message_id).fetch()))
            return _receipt(self._call(lambda client: client.messages(message_id).fetch()))
        except Refused as refused:
            if refused.code == "20404":
                return None
            raise

    def find(self, number: str, reference: str, since: datetime) -> Receipt | None:
        listed = self._call(lambda client: client.messages.list(to=number, date_sent_after=since, limit=_LISTED))
        return next((_receipt(message) for message in listed if reference in (message.body or "")), None)

    def blank(self, message_id: str) -> None:
        if voice.is_call(message_id):
            self._erase(message_id)
            return
        self._call(lambda client: client.messages(message_id).update(body=""))

    def probe(self) -> None:
        """The account itself, and whether it is active; an API key may not read that, but what lies ahead of us."""
        if self._username != self._account_sid:
            self._call(self._list_nothing)
            return
        account = self._call(lambda client: client.api.v2010.accounts(self._account_sid).fetch())
        if str(account.status) != "active":
            raise Refused(Cause.CARRIER_ACCOUNT, str(account.status))

    def _erase(self, call_id: str) -> None:
        try:
            self._call(lambda client: client.calls(call_id).delete())
        except Refused as refused:
            if refused.code != "20404":
                raise

    def _list_nothing(self, client: Client) -> None:
        """Not by the library's own listing, whose errors do not say what was answered."""
        version, where = client.api.v2010, f"/Accounts/{self._account_sid}/Messages.json"
        answer = version.request("GET", where, params={"DateSent>": "2100-01-01", "PageSize": 1})
        if answer.status_code != HTTPStatus.OK:
            raise version.exception("GET", where, answer, "")

    def _call(self, call: Callable[[Client], Any]) -> Any:  # noqa: ANN401  (twilio ships no types)
        http = _OneShotClient()
        client = Client(self._username, self._password, self._account_sid, http_client=http)
        if self._api_url:
            client.api.base_url = self._api_url
        fault: CarrierError
        try:
            return call(client)
        except (TwilioRestException, TwilioServiceException) as error:
            fault = _from_answer(error, self._codes, http.after)
        except requests.exceptions.ConnectTimeout:
            fault = NotPosted(Cause.CARRIER_UNREACHABLE)
        except requests.exceptions.ConnectionError as error:  # SSLError is one
            fault = _from_connection(error)
        except CarrierError as error:
            fault = error
        except Exception:  # noqa: BLE001  (whatever it is, its text or its document may hold the body)
            fault = NoAnswer()
        finally:
            http.close()
        raise fault  # outside the handlers: inside one Python hangs the library's error, body and all, behind it


def _from_answer(error: TwilioRestException | TwilioServiceException, codes: Codes, after: float) -> CarrierError:
    status, code = int(error.status), str(error.code or error.status)
    if status == _TOO_MANY:
        return NotPosted(Cause.CARRIER_BUSY, code, after)
    if status >= _SERVER_FAULT:
        return NoAnswer(code)
    return Refused(codes.refusal(code), code)


def _seconds(retry_after: str) -> float:
    """A date, or what is no number, is as good as nothing: we then wait as long as we would anyway."""
    return min(float(retry_after), _AN_HOUR) if retry_after.isascii() and retry_after.isdigit() else 0.0


def _from_connection(error: requests.exceptions.ConnectionError) -> CarrierError:
    """DNS failures, refused connections and a certificate that is not Twilio's: nothing was said yet.

    All else may have got there: a reset, an early end, and TLS faults too, which also come after the request.
    """
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    chain = [reason, *(getattr(reason, "args", None) or ()), getattr(reason, "__cause__", None)]
    if any(isinstance(one, ssl.SSLCertVerificationError) for one in chain):
        return NotPosted(Cause.CARRIER_UNREACHABLE)
    if type(reason).__name__ in ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError"):
        return NotPosted(Cause.CARRIER_UNREACHABLE)
    return NoAnswer()


def _receipt(message: Any) -> Receipt:  # noqa: ANN401  (as above)
    """Raises NoAnswer for an answer that names no message."""
    if not _MESSAGE.fullmatch(str(message.sid or "")):
        raise NoAnswer
    code = "" if message.error_code in (None, 0) else str(message.error_code)
    return Receipt(str(message.sid), _STATUS.get(str(message.status), "queued"), code, str(message.to or ""))


def receipt_url(public_url: str, request_id: str) -> str:
    """Where the receipts of this request's message go."""
    return f"{public_url}{RECEIPTS}{request_id}{_TRY_AGAIN}"


def read_receipt(fields: Mapping[str, str]) -> Receipt | None:
    """A status callback; None where it names no message of ours or no status."""
    if voice.is_call(fields.get("CallSid", "")) and fields.get("CallStatus"):
        return voice.call_receipt(fields["CallSid"], fields["CallStatus"])
    message_id, status, code = (fields.get(name, "") for name in ("MessageSid", "MessageStatus", "ErrorCode"))
    if not _MESSAGE.fullmatch(message_id) or not status:
        return None
    known = code if _CODE.fullmatch(code) else ""
    return Receipt(message_id, _STATUS.get(status, "queued"), known, fields.get("To", ""))
