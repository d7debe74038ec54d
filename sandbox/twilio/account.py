"""What Twilio tells about the account itself: its standing, balance, numbers and messaging services."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import formatdate

from sandbox.twilio.network import ACCOUNT, SENDER, plain_number

SERVICE = "MG" + "0" * 32
NUMBER = "PN" + "0" * 32
_OPENED = 1767225600.0  # 2026-01-01: the stand-in's account has to have been opened some day
STATUSES = ("active", "suspended", "closed")
TYPES = ("Full", "Trial")


@dataclass
class Account:
    """Its standing can be changed by a tester."""

    status: str = "active"
    type: str = "Full"
    balance: str = "97.42"
    inbound_url: str = ""
    """Where texts from people are told to."""

    def change(self, status: str = "active", type: str = "Full", balance: str = "97.42") -> None:  # noqa: A002
        if status not in STATUSES or type not in TYPES:
            raise ValueError(f"status is one of {STATUSES}, type one of {TYPES}")
        self.status, self.type, self.balance = status, type, str(balance)

    def as_json(self) -> dict[str, object]:
        opened = formatdate(_OPENED).replace("-0000", "+0000")
        return {
            "auth_token": "",
            "date_created": opened,
            "date_updated": opened,
            "friendly_name": "StatStak Labs (stand-in)",
            "owner_account_sid": ACCOUNT,
            "sid": ACCOUNT,
            "status": self.status,
            "subresource_uris": {
                "balance": f"/2010-04-01/Accounts/{ACCOUNT}/Balance.json",
                "incoming_phone_numbers": f"/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers.json",
                "messages": f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json",
            },
            "type": self.type,
            "uri": f"/2010-04-01/Accounts/{ACCOUNT}.json",
        }

    def balance_json(self) -> dict[str, object]:
        return {"account_sid": ACCOUNT, "balance": self.balance, "currency": "USD"}


def numbers_json(account: Account, path: str, wanted: str) -> dict[str, object]:
    """`GET IncomingPhoneNumbers.json`; `wanted` is the filter PhoneNumber, any part of a number."""
    opened = formatdate(_OPENED).replace("-0000", "+0000")
    ours = {
        "account_sid": ACCOUNT,
        "api_version": "2010-04-01",
        "beta": False,
        "capabilities": {"voice": True, "sms": True, "mms": True, "fax": False},
        "date_created": opened,
        "date_updated": opened,
        "friendly_name": "Password resets",
        "origin": "twilio",
        "phone_number": SENDER,
        "sid": NUMBER,
        "sms_method": "POST",
        "sms_url": account.inbound_url,
        "status": "in-use",
        "uri": f"/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers/{NUMBER}.json",
    }
    found = [ours] if plain_number(wanted) in SENDER else []
    return {
        "end": max(0, len(found) - 1),
        "first_page_uri": f"{path}?PageSize=50&Page=0",
        "incoming_phone_numbers": found,
        "next_page_uri": None,
        "page": 0,
        "page_size": 50,
        "previous_page_uri": None,
        "start": 0,
        "uri": f"{path}?PageSize=50&Page=0",
    }


def service_json(account: Account, root: str) -> dict[str, object]:
    """`GET /v1/Services/{sid}`, which the real Twilio has on messaging.twilio.com."""
    return {
        "account_sid": ACCOUNT,
        "date_created": "2026-01-01T00:00:00Z",
        "date_updated": "2026-01-01T00:00:00Z",
        "friendly_name": "Password resets",
        "inbound_method": "POST",
        "inbound_request_url": account.inbound_url or None,
        "sid": SERVICE,
        "smart_encoding": True,
        "status_callback": None,
        "sticky_sender": True,
        "url": f"{root}/v1/Services/{SERVICE}",
        "use_inbound_webhook_on_number": False,
        "usecase": "undeclared",
        "validity_period": 36000,
    }
