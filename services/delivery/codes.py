"""Twilio's error codes and what they mean to us (twilio.com/docs/api/errors).

Twilio splits and renames codes now and then: one that is not here stays what it is, a refusal or a text that did
not arrive, with its number shown; the settings may say what it means (`[carrier.codes]`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from services.model import Cause


class Mends(StrEnum):
    """Who can put it right."""

    RECORD = "the number on record"
    PERSON = "the person"
    OPERATOR = "whoever runs Locksmith"
    TIME = "time"
    UNKNOWN = "not known"


MENDS: Mapping[Cause, Mends] = MappingProxyType(
    {
        Cause.NUMBER_INVALID: Mends.RECORD,
        Cause.NUMBER_LANDLINE: Mends.RECORD,
        Cause.STOPPED: Mends.PERSON,
        Cause.HANDSET_UNREACHABLE: Mends.PERSON,
        Cause.MESSAGE_BLOCKED: Mends.PERSON,
        Cause.LINE_BUSY: Mends.PERSON,
        Cause.NOT_ANSWERED: Mends.PERSON,
        Cause.NO_KEY: Mends.PERSON,
        Cause.COUNTRY_OFF: Mends.OPERATOR,
        Cause.CARRIER_CREDENTIALS: Mends.OPERATOR,
        Cause.CARRIER_ACCOUNT: Mends.OPERATOR,
        Cause.SENDER_REFUSED: Mends.OPERATOR,
        Cause.CARRIER_BUSY: Mends.TIME,
        Cause.CARRIER_REFUSED: Mends.UNKNOWN,
        Cause.NOT_CONNECTED: Mends.UNKNOWN,
        Cause.NOT_DELIVERED: Mends.UNKNOWN,
    }
)
"""The causes that a code may have."""

CODES: Mapping[Cause, Mapping[str, str]] = MappingProxyType(
    {
        Cause.NUMBER_INVALID: {
            "13224": "cannot be called",
            "21202": "a premium number",
            "21211": "not a number",
            "21214": "cannot be reached",
            "21217": "not a number",
            "21265": "a short code",
            "21266": "our own number",
            "21401": "not a number for texts",
            "30005": "no such phone",
        },
        Cause.NUMBER_LANDLINE: {
            "21614": "not a mobile number",
            "21635": "a landline",
            "30006": "a landline, or no way to its network",
        },
        Cause.STOPPED: {"21610": "replied STOP"},
        Cause.HANDSET_UNREACHABLE: {"30003": "off or out of reach"},
        Cause.MESSAGE_BLOCKED: {
            "21216": "call blocked",
            "30004": "blocked",
            "30007": "filtered",
            "30038": "filtered as a password",
            "30039": "taken for a loop",
            "30450": "taken for fraud",
        },
        Cause.LINE_BUSY: {"busy": "a call"},
        Cause.NOT_ANSWERED: {"no-answer": "a call"},
        Cause.NO_KEY: {"no-key": "a call"},
        Cause.COUNTRY_OFF: {"21215": "calls to that country are off", "21408": "texts to that country are off"},
        Cause.CARRIER_CREDENTIALS: {
            "401": "refused",
            "403": "refused",
            "20003": "wrong key or token",
            "20008": "test credentials",
            "20404": "no such account",
            "70051": "the key lacks a permission",
        },
        Cause.CARRIER_ACCOUNT: {
            "10001": "not active",
            "20005": "not active",
            "20403": "suspended or closed",
            "21219": "a trial: calls to verified numbers only",
            "21608": "a trial: texts to verified numbers only",
            "30002": "suspended",
            "30037": "sending is switched off",
            "30454": "over its limit",
            "90010": "not active",
        },
        Cause.SENDER_REFUSED: {
            "21210": "may not call",
            "21212": "not a sender",
            "21601": "cannot text",
            "21603": "missing",
            "21606": "cannot text there",
            "21612": "no way to that number",
            "21616": "more than one number",
            "21659": "not Twilio's, or of another country",
            "21660": "another account's",
            "21661": "cannot text",
            "21701": "no such Messaging Service",
            "21703": "the Messaging Service has no number",
            "21705": "not a Messaging Service",
            "21709": "name not allowed",
            "30023": "over its day's limit",
            "30024": "not known to that network",
            "30027": "over its day's limit",
            "30032": "toll-free number not verified",
            "30034": "US number not registered",
            "30040": "not registered in that country",
            "30041": "not registered in the UK",
            "30042": "name not allowed",
        },
        Cause.CARRIER_BUSY: {
            "429": "too many requests",
            "20429": "too many requests",
            "21611": "too many waiting",
            "21730": "under maintenance",
            "30001": "too many waiting",
            "30017": "network full",
            "30022": "too fast",
            "30036": "waited too long",
            "30410": "network did not answer",
        },
        Cause.CARRIER_REFUSED: {
            "20001": "wrong parameter",
            "21602": "no text",
            "21604": "no number",
            "21609": "wrong callback address: see PUBLIC_URL",
            "21617": "text too long",
        },
        Cause.NOT_CONNECTED: {"failed": "a call", "canceled": "a call"},
        Cause.NOT_DELIVERED: {"30008": "not said why", "30021": "a fault at Twilio", "30485": "not said why"},
    }
)

_CAUSES = {code: cause for cause, codes in CODES.items() for code in codes}


@dataclass(frozen=True)
class Codes:
    """`own`: what the settings say, which wins."""

    own: Mapping[str, Cause] = field(default_factory=dict)

    def refusal(self, code: str) -> Cause:
        return self._cause(code, Cause.CARRIER_REFUSED)

    def failure(self, code: str) -> Cause:
        """For a message that was accepted and then not delivered."""
        return self._cause(code, Cause.NOT_DELIVERED)

    def _cause(self, code: str, otherwise: Cause) -> Cause:
        return self.own.get(code) or _CAUSES.get(code, otherwise)
