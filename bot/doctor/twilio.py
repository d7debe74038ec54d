"""Twilio: credentials, account, balance, sender, caller. Reading only: no text is sent or read, nobody is called."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests
from requests.auth import HTTPBasicAuth

from bot.doctor.patient import Patient
from bot.settings import Environment
from services.health import date_of, header_clock
from services.lookout import Check, failed, ok, skipped, warning

SECONDS = (3.0, 5.0)
"""To connect and to answer, each call."""
LEAST_BALANCE = 5.0
"""In the account's currency: some hundred texts."""
_OK, _UNAUTHORIZED, _FORBIDDEN, _MISSING = 200, 401, 403, 404
_CREDENTIALS = "See TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN (or TWILIO_API_KEY and TWILIO_API_SECRET)."
_AWAY = "See that this machine may reach Twilio."


@dataclass(frozen=True)
class Answer:
    status: int
    data: Mapping[str, Any]
    date: str = ""

    @property
    def said(self) -> str:
        return str(self.data.get("code") or f"HTTP {self.status}")


class Twilio:
    def __init__(self, environment: Environment) -> None:
        key, secret, token = environment.twilio_api_key, environment.twilio_api_secret, environment.twilio_auth_token
        self.by_key = bool(key and secret)
        password = secret if self.by_key else token
        user = key if self.by_key else environment.twilio_account_sid
        # As bytes: what was pasted with a sign outside Latin-1 is refused by Twilio and not by us.
        self._auth = HTTPBasicAuth(user.encode(), (password.get_secret_value() if password else "").encode())
        self._sid, self._url = environment.twilio_account_sid, environment.twilio_api_url.rstrip("/")

    def account(self, rest: str, **query: str) -> Answer:
        """`rest` is what follows the account's address. Raises RequestException."""
        return self._get(f"{self._url or 'https://api.twilio.com'}/2010-04-01/Accounts/{self._sid}{rest}", query)

    def service(self, sid: str, rest: str = "") -> Answer:
        return self._get(f"{self._url or 'https://messaging.twilio.com'}/v1/Services/{sid}{rest}", {})

    def _get(self, url: str, query: Mapping[str, str]) -> Answer:
        with requests.get(url, query, auth=self._auth, timeout=SECONDS, allow_redirects=False) as answer:
            try:
                data = answer.json()
            except ValueError:
                data = {}
            return Answer(answer.status_code, data if isinstance(data, dict) else {}, date_of(answer))


def look(patient: Patient) -> Iterator[Check]:
    name, environment = "Twilio account", patient.settings.environment
    if lacks := patient.lacks("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"):
        yield skipped(name, lacks)
        return
    twilio = Twilio(environment)
    try:
        before = patient.clock.now()
        account = twilio.account(".json")
        after = patient.clock.now()
        yield _account(name, account, by_key=twilio.by_key)
        yield header_clock("Twilio", account.date, before, after)
        if account.status == _UNAUTHORIZED and not twilio.by_key:
            return
        yield _balance(twilio)
        if lacks := patient.lacks("TWILIO_FROM"):
            yield skipped("Twilio sender", lacks)
        else:
            yield _sender(twilio, environment)
        if patient.settings.file.call.enabled:
            lacks = patient.lacks("TWILIO_VOICE_FROM")
            yield skipped("Twilio calls", lacks) if lacks else _caller(twilio, environment.caller)
    except requests.RequestException as error:
        yield failed("Twilio", f"Did not answer ({type(error).__name__}).", _AWAY)


def _account(name: str, answer: Answer, *, by_key: bool) -> Check:
    if by_key and answer.status in (_UNAUTHORIZED, _FORBIDDEN):
        return skipped(name, "An API key may not read the account itself; the sender below shows whether it is good.")
    if answer.status in (_UNAUTHORIZED, _FORBIDDEN, _MISSING):
        return failed(name, f"Twilio refuses the credentials ({answer.said}).", _CREDENTIALS)
    if answer.status != _OK:
        return failed(name, f"Twilio answered {answer.said}.", "See status.twilio.com, then ask again.")
    if (status := answer.data.get("status")) != "active":
        return failed(name, f"The account is {status}.", "Open it again in Twilio's console.")
    if str(answer.data.get("type")).lower() == "trial":
        return warning(name, "A trial account texts verified numbers only.", "Upgrade it in Twilio's console.")
    return ok(name, "The credentials are good, the account is active.")


def _balance(twilio: Twilio) -> Check:
    name, answer = "Twilio balance", twilio.account("/Balance.json")
    try:
        amount = float(answer.data["balance"])
    except (KeyError, TypeError, ValueError):
        return skipped(name, f"Could not be read ({answer.said}); a subaccount or an API key may not.")
    shown = f"{amount:.2f} {answer.data.get('currency', '')}".strip()
    if amount < LEAST_BALANCE:
        return warning(name, f"{shown} is left.", "Add credit, or switch on automatic recharge.")
    return ok(name, f"{shown} is left.")


def _sender(twilio: Twilio, environment: Environment) -> Check:
    if service := environment.twilio_messaging_service_sid:
        return _service(twilio, service)
    name, sender = "Twilio sender", environment.twilio_from
    if not re.fullmatch(r"\+?[0-9]+", sender):
        return skipped(name, "A name as sender is in no list; see that the countries you text to allow it.")
    short = not sender.startswith("+")
    rest, field, group = (
        ("/SMS/ShortCodes.json", "ShortCode", "short_codes")
        if short
        else ("/IncomingPhoneNumbers.json", "PhoneNumber", "incoming_phone_numbers")
    )
    answer = twilio.account(rest, **{field: sender})
    if refused := _refused(name, answer):
        return refused
    numbers = answer.data.get(group) or []
    if not numbers:
        return failed(name, f"The number ending in {sender[-2:]} is not one of the account's.", "See TWILIO_FROM.")
    if (numbers[0].get("capabilities") or {}).get("sms") is False:
        return failed(
            name, f"The number ending in {sender[-2:]} cannot send texts.", "Put one that can in TWILIO_FROM."
        )
    return ok(name, f"The number ending in {sender[-2:]} is the account's.")


def _caller(twilio: Twilio, number: str) -> Check:
    name, whose = "Twilio calls", f"The number ending in {number[-2:]}"
    answer = twilio.account("/IncomingPhoneNumbers.json", PhoneNumber=number)
    if refused := _refused(name, answer):
        return refused
    numbers = answer.data.get("incoming_phone_numbers") or []
    if not numbers:
        return warning(name, f"{whose} is not one of the account's.", "See that it is a verified caller id there.")
    if (numbers[0].get("capabilities") or {}).get("voice") is False:
        return failed(name, f"{whose} cannot call.", "Put one that can in TWILIO_VOICE_FROM.")
    return ok(name, f"{whose} is the account's and can call.")


def _service(twilio: Twilio, sid: str) -> Check:
    name, answer = "Twilio sender", twilio.service(sid, "/PhoneNumbers?PageSize=1")
    if answer.said == "20404":
        return failed(name, "There is no such Messaging Service.", "See TWILIO_MESSAGING_SERVICE_SID.")
    if refused := _refused(name, answer):
        return refused
    if not answer.data.get("phone_numbers"):
        found = "The Messaging Service has no telephone number."
        return warning(name, found, "See that it has another sender (short code, name), or add a number.")
    return ok(name, "The Messaging Service exists and has a number.")


def _refused(name: str, answer: Answer) -> Check | None:
    if answer.status in (_UNAUTHORIZED, _FORBIDDEN):
        return failed(name, f"Twilio refuses the credentials ({answer.said}).", _CREDENTIALS)
    if answer.status != _OK:
        found = f"The list of senders could not be read ({answer.said})."
        return warning(name, found, "See in Twilio's console that the sender is the account's.")
    return None
