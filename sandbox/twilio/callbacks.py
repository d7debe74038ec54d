"""Signed status callbacks and inbound webhooks, to this machine only. Like Twilio's own they may be lost, late,
doubled or out of order; on demand they are, and forged ones are sent too.

Source: twilio.com/docs/messaging/guides/track-outbound-message-status, twilio.com/docs/usage/security and
twilio.com/docs/usage/webhooks/webhooks-connection-overrides.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl, urldefrag

import requests
from twilio.request_validator import RequestValidator

from sandbox.guard import is_loopback
from sandbox.twilio.account import Account
from sandbox.twilio.message import MOVING, Message
from sandbox.twilio.network import TOKEN

_PATIENCE = 5.0  # seconds
_MOST_RETRIES = 5

Signing = Literal["good", "bad", "none"]
SIGNINGS: tuple[Signing, ...] = ("good", "bad", "none")


@dataclass
class Habits:
    """How callbacks travel until a tester sets it back."""

    delay: float = 0.0
    """Seconds of the sandbox's clock."""
    twice: bool = False
    reverse: bool = False
    """The callbacks of a message wait until its last one, which then goes first."""
    lost: bool = False
    signature: Signing = "good"


@dataclass
class Letter:
    """One request that waits to be posted."""

    due: float
    name: str
    url: str
    fields: dict[str, str]
    signature: Signing
    last: bool = True
    """The message or call will not move again."""

    @property
    def retries(self) -> int:
        """`#rc=3&rp=5xx` behind an address are Twilio's "connection overrides": how often again, and after what."""
        return min(int(self._overrides.get("rc", "1")), _MOST_RETRIES) if "rp" in self._overrides else 0

    def again(self, status: int) -> bool:
        """`status` is 0 where there was no answer."""
        policies = {"all", f"{status // 100}xx"} if status else {"all", "ct", "rt"}
        bad = not 200 <= status < 300  # noqa: PLR2004
        return bad and bool(policies & set(self._overrides.get("rp", "").split(",")))

    @property
    def _overrides(self) -> dict[str, str]:
        return dict(parse_qsl(urldefrag(self.url).fragment))

    @property
    def sid(self) -> str:
        return self.fields.get("MessageSid") or self.fields["CallSid"]

    @property
    def said(self) -> str:
        return next(
            (self.fields[name] for name in ("MessageStatus", "CallStatus", "Body") if name in self.fields), ""
        )


class Callbacks:
    """One after the other, in the order in which the messages moved, unless the habits say otherwise."""

    def __init__(self, now: Callable[[], float], traffic: Callable[..., None], account: Account) -> None:
        self._now = now
        self._traffic = traffic
        self._waiting: list[Letter] = []
        self._task: asyncio.Task[None] | None = None
        self.habits = Habits()
        self._account = account
        self._ended: set[str] = set()

    def add(self, message: Message) -> None:
        """A message moved."""
        if is_loopback(message.callback) and not self.habits.lost:
            due = self._now() + self.habits.delay
            letter = Letter(
                due,
                "status callback",
                message.callback,
                status_fields(message, message.status, message.code),
                self.habits.signature,
                last=message.status not in MOVING,
            )
            self._waiting += [letter, letter] if self.habits.twice else [letter]

    def add_progress(self, address: str, fields: dict[str, str], *, last: bool) -> None:
        """A call moved."""
        if is_loopback(address) and not self.habits.lost:
            due = self._now() + self.habits.delay
            letter = Letter(due, "status callback", address, fields, self.habits.signature, last=last)
            self._waiting += [letter, letter] if self.habits.twice else [letter]

    def add_inbound(self, message: Message, opt_out: str) -> None:
        """A person texted; only a sender with a webhook hears of it."""
        if is_loopback(self._account.inbound_url) and not self.habits.lost:
            fields = _inbound_fields(message, opt_out)
            self._waiting.append(
                Letter(self._now(), "inbound webhook", self._account.inbound_url, fields, self.habits.signature)
            )

    def forge(self, message: Message, status: str, code: int | None, signature: Signing) -> None:
        """A callback that says what is not so; the message itself stays as it is."""
        if not is_loopback(message.callback):
            raise ValueError("this message has no callback on this machine")
        fields = status_fields(message, status, code)
        self._waiting.append(Letter(self._now(), "status callback", message.callback, fields, signature))

    @property
    def pending(self) -> bool:
        return bool(self._waiting)

    def wake(self) -> None:
        """Start posting what is due; needs a running event loop."""
        if self._due() and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(self._post_all())

    def _due(self) -> list[Letter]:
        now = self._now()
        due = [one for one in self._waiting if one.due <= now]
        if not self.habits.reverse:
            return due
        self._ended |= {one.sid for one in due if one.last}
        return [one for one in reversed(due) if one.sid in self._ended]

    async def _post_all(self) -> None:
        while due := self._due():
            letter = due[0]
            self._waiting.remove(letter)
            for _ in range(1 + letter.retries):
                status = await asyncio.to_thread(_post, letter)
                self._note(letter, status)
                if not letter.again(status):
                    break

    def _note(self, letter: Letter, status: int) -> None:
        self._traffic(
            way="in",
            wire="twilio",
            name=letter.name,
            ok=200 <= status < 300,  # noqa: PLR2004
            note=f"{letter.said} → {status or 'no answer'}",
            detail={"request": letter.fields, "status": status, "url": letter.url, "signature": letter.signature},
        )


def status_fields(message: Message, status: str, code: int | None) -> dict[str, str]:
    fields = {
        "AccountSid": message.account,
        "ApiVersion": "2010-04-01",
        "From": message.sender,
        "MessageSid": message.sid,
        "MessageStatus": status,
        "SmsSid": message.sid,
        "SmsStatus": status,
        "To": message.to,
    }
    if message.service:
        fields["MessagingServiceSid"] = message.service
    if code:
        fields["ErrorCode"] = str(code)
    return fields


def _inbound_fields(message: Message, opt_out: str) -> dict[str, str]:
    fields = {
        "AccountSid": message.account,
        "ApiVersion": "2010-04-01",
        "Body": message.body_as_sent,
        "From": message.sender,
        "MessageSid": message.sid,
        "NumMedia": "0",
        "NumSegments": str(message.segments),
        "SmsMessageSid": message.sid,
        "SmsSid": message.sid,
        "SmsStatus": "received",
        "To": message.to,
    }
    return fields | ({"OptOutType": opt_out} if opt_out else {})


def _post(letter: Letter) -> int:
    """The HTTP status, or 0 where there was no answer."""
    headers = {"User-Agent": "TwilioProxy/1.1"}
    if letter.signature != "none":
        token = TOKEN if letter.signature == "good" else "somebody else's"
        address = urldefrag(letter.url).url  # what stands behind it tells Twilio how to call, and is not signed
        headers["X-Twilio-Signature"] = RequestValidator(token).compute_signature(address, letter.fields)
    with requests.Session() as session:
        session.trust_env = False  # a proxy has no business between two ends of one machine
        try:
            answer = session.post(
                letter.url, data=letter.fields, headers=headers, timeout=_PATIENCE, allow_redirects=False
            )
        except requests.RequestException:
            return 0
        return answer.status_code
