"""What Twilio checks before it accepts a message."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sandbox.twilio import codes
from sandbox.twilio.message import Message
from sandbox.twilio.network import ACCOUNT, SENDER, Network, new_sid, plain_number
from sandbox.twilio.refusals import Refused
from sandbox.twilio.segments import size

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
_NAME_AS_SENDER = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")
_LONGEST = 1600
_WORDS = {
    "RiskCheck": {"enable", "disable"},
    "ContentRetention": {"retain", "discard"},
    "AddressRetention": {"retain", "obfuscate"},
    "SmartEncoded": {"true", "false"},
    "ProvideFeedback": {"true", "false"},
}


def new_message(fields: Mapping[str, str], network: Network) -> Message:
    """The message these form fields ask for, not yet accepted. Raises Refused."""
    to = _to(fields)
    sender, service = _from(fields)
    body = _body(fields)
    _check_words(fields)
    if to in network.stopped or codes.REFUSED_TO.get(to) == 21610:  # noqa: PLR2004
        raise Refused(21610)
    if to in codes.REFUSED_TO:
        raise Refused(codes.REFUSED_TO[to], to)
    measured = size(body, smart=fields.get("SmartEncoded", "").lower() == "true")
    now = network.now()
    return Message(
        sid=new_sid(),
        account=ACCOUNT,
        to=to,
        sender=sender,
        body=body,
        body_as_sent=body,
        created_at=now,
        updated_at=now,
        status="accepted" if service else "queued",
        service=service,
        validity=_validity(fields),
        callback=fields.get("StatusCallback", ""),
        segments=measured.segments,
        encoding=measured.encoding,
        hide_number=fields.get("AddressRetention") == "obfuscate",
        keep_body=fields.get("ContentRetention") != "discard",
    )


def _to(fields: Mapping[str, str]) -> str:
    given = fields.get("To", "")
    if not given:
        raise Refused(21604)
    to = plain_number(given)
    if not _E164.fullmatch(to):
        raise Refused(21211, given)
    return to


def _from(fields: Mapping[str, str]) -> tuple[str, str]:
    sender, service = fields.get("From", ""), fields.get("MessagingServiceSid", "")
    if service:
        if not _SERVICE.fullmatch(service):
            raise Refused(21705)
        return sender, service
    if not sender:
        raise Refused(21603)
    number = plain_number(sender)
    if number in codes.REFUSED_FROM:
        raise Refused(codes.REFUSED_FROM[number], sender)
    if number == SENDER or _NAME_AS_SENDER.fullmatch(sender):
        return number if number == SENDER else sender, ""
    raise Refused(21606, sender)


def _body(fields: Mapping[str, str]) -> str:
    body = fields.get("Body", "")
    if not body.strip():
        raise Refused(21602)
    if len(body) > _LONGEST:
        raise Refused(21617)
    return body


def _validity(fields: Mapping[str, str]) -> int:
    given = fields.get("ValidityPeriod", "36000")
    if not (given.isascii() and given.isdigit()) or not 1 <= int(given) <= 36000:  # noqa: PLR2004
        raise Refused(20001, f"ValidityPeriod {given!r}")
    return int(given)


def _check_words(fields: Mapping[str, str]) -> None:
    for name, allowed in _WORDS.items():
        if name in fields and fields[name].lower() not in allowed:
            raise Refused(20001, f"{name} {fields[name]!r}")
