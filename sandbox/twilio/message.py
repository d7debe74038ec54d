"""One text message: its facts, when it moves by itself, and how the API writes it."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import formatdate

from sandbox.twilio import codes

SENT_AFTER = 1.0
DELIVERED_AFTER = 2.5
GIVES_UP_AFTER = 8.0
"""How long the stand-in's carrier tries a phone that is off. Short, so that a demo shows the outcome."""

WAITING = frozenset({"accepted", "queued", "sending"})
MOVING = WAITING | {"sent"}
STATUSES = MOVING | {"scheduled", "delivered", "undelivered", "failed", "canceled", "received"}


@dataclass
class Message:
    sid: str
    account: str
    to: str
    sender: str
    body: str
    """What the API still tells."""
    body_as_sent: str
    """What the phone got; redaction and deletion do not touch it."""
    created_at: float
    updated_at: float
    status: str
    direction: str = "outbound-api"
    service: str = ""
    validity: int = 36000
    callback: str = ""
    segments: int = 1
    encoding: str = "GSM-7"
    sent_at: float | None = None
    code: int | None = None
    will_fail: int | None = None
    """The code its delivery was armed with."""
    by_hand: bool = False
    """Moved through the control API once: from then on only that moves it."""
    hide_number: bool = False
    keep_body: bool = True
    deleted: bool = False

    @property
    def pending(self) -> bool:
        return self.status in MOVING and not self.by_hand

    def move(self, status: str, at: float, code: int | None = None) -> None:
        self.status, self.updated_at, self.code = status, at, code
        if status not in WAITING and self.sent_at is None:
            self.sent_at = at
        if not self.keep_body and status not in MOVING:
            self.body = ""

    def may_be_changed(self, now: float) -> bool:
        """`sent` may be a carrier's last word, so it counts as complete once its validity is over."""
        return self.status not in MOVING or (self.status == "sent" and now > self.created_at + self.validity)


@dataclass(frozen=True)
class Step:
    at: float
    status: str
    code: int | None = None


def next_step(message: Message, *, phone_on: bool, switched_at: float) -> Step | None:
    """What happens next if nobody interferes. `switched_at`: when the phone was last switched on or off."""
    if not message.pending:
        return None
    if message.status in WAITING:
        at = message.created_at + SENT_AFTER
        if message.will_fail and codes.ends_before_carrier(message.will_fail):
            return Step(at, "failed", message.will_fail)
        return Step(at, "sent")
    return _outcome(message, phone_on=phone_on, switched_at=switched_at)


def _outcome(message: Message, *, phone_on: bool, switched_at: float) -> Step:
    arrives = message.created_at + DELIVERED_AFTER
    if message.will_fail:
        return Step(arrives, "undelivered", message.will_fail)
    if phone_on:
        step = Step(max(arrives, switched_at + DELIVERED_AFTER - SENT_AFTER), "delivered")
    else:
        step = Step(message.created_at + SENT_AFTER + GIVES_UP_AFTER, "undelivered", 30003)
    void = message.created_at + message.validity
    return step if step.at <= void else Step(void, "undelivered", 30036)


def as_json(message: Message) -> dict[str, object]:
    """The Message resource of the 2010-04-01 API."""
    uri = f"/2010-04-01/Accounts/{message.account}/Messages/{message.sid}"
    return {
        "account_sid": message.account,
        "api_version": "2010-04-01",
        "body": message.body,
        "date_created": _date(message.created_at),
        "date_sent": _date(message.sent_at),
        "date_updated": _date(message.updated_at),
        "direction": message.direction,
        "error_code": message.code,
        "error_message": codes.words(message.code) if message.code else None,
        "from": message.sender or None,
        "messaging_service_sid": message.service or None,
        "num_media": "0",
        "num_segments": str(message.segments),
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.to[:-4] + "XXXX" if message.hide_number else message.to,
        "uri": f"{uri}.json",
    }


def _date(at: float | None) -> str | None:
    """Twilio's RFC 2822 form."""
    return None if at is None else formatdate(at).replace("-0000", "+0000")
