"""What Twilio tells us by itself: whether it is told to, whether it finds us, and whether somebody else pretends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urldefrag

import requests
from sqlalchemy.exc import SQLAlchemyError

from bot.doctor.patient import Patient
from bot.doctor.twilio import Answer, Twilio
from bot.settings import Environment
from bot.twilio_hooks import FORGED
from services.counters import Counters
from services.db.session import Database, make_engine
from services.errors import DatabaseUnreachable
from services.health import lacks_file
from services.lookout import Check, ok, skipped, warning

RECENT = timedelta(days=1)
INBOUND = "/twilio/inbound"
_OK = 200


def look(patient: Patient) -> Iterator[Check]:
    name, environment = "Twilio receipts", patient.settings.environment
    if lacks := patient.lacks("PUBLIC_URL"):
        yield skipped(name, lacks)
        return
    if not environment.public_url:
        yield ok(name, "By polling: PUBLIC_URL is not set. STOP shows when a text is refused for it.")
        return
    yield _receipts(name, patient)
    if lacks := patient.lacks("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM"):
        yield skipped("Twilio inbound", lacks)
    else:
        yield _inbound("Twilio inbound", environment)


def _receipts(name: str, patient: Patient) -> Check:
    """Only what was counted: whether Twilio reaches us, it alone can tell."""
    if lacks := patient.lacks("DATABASE_URL"):
        return skipped(name, lacks)
    database = Database(make_engine(patient.settings.environment.database_url.get_secret_value()))
    try:
        if lacks_file(database.engine):
            return skipped(name, "Its counts could not be read.")
        counts = {count.name: count for count in Counters(database, patient.clock).counts("receipts:")}
    except (DatabaseUnreachable, SQLAlchemyError):
        return skipped(name, "Its counts could not be read.")
    finally:
        database.close()
    forged = counts.get(FORGED)
    if forged is not None and forged.last_at > patient.clock.now() - RECENT:
        found = f"{forged.count} were refused for their signature so far, the last one within a day."
        mend = (
            "See that PUBLIC_URL is the address that Twilio calls, and TWILIO_AUTH_TOKEN the account's primary one. "
            "If both are right, somebody else calls it: nothing of that counts."
        )
        return warning(name, found, mend)
    told = ", ".join(f"{each.name.partition(':')[2]} {each.count}" for each in counts.values())
    return ok(name, f"To {patient.settings.environment.public_url}. Out of the ordinary so far: {told or 'none'}.")


def _inbound(name: str, environment: Environment) -> Check:
    """Whether texts that people send, such as STOP, are told to us."""
    wanted = f"{environment.public_url}{INBOUND}"
    try:
        told = _told(Twilio(environment), environment)
    except requests.RequestException as error:
        return skipped(name, f"Twilio did not answer ({type(error).__name__}).")
    if told is None:
        return skipped(name, f"Could not be read. See in Twilio's console that texts to the sender go to {wanted}.")
    if urldefrag(told).url != wanted:
        found = "Texts that people send us go elsewhere, so STOP and START are not heard."
        return warning(name, found, f'Put {wanted} (POST) behind "A message comes in" of the sender.')
    return ok(name, "Texts that people send us come to us: STOP and START are heard.")


def _told(twilio: Twilio, environment: Environment) -> str | None:
    if service := environment.twilio_messaging_service_sid:
        answer = twilio.service(service)
        of_number = bool(answer.data.get("use_inbound_webhook_on_number"))
        return None if of_number else _address(answer, [answer.data], "inbound_request_url")
    answer = twilio.account("/IncomingPhoneNumbers.json", PhoneNumber=environment.twilio_from)
    return _address(answer, answer.data.get("incoming_phone_numbers") or [], "sms_url")


def _address(answer: Answer, found: list[object], field: str) -> str | None:
    """None where it cannot be known; empty where nobody is told."""
    if answer.status != _OK or not found or not isinstance(first := found[0], dict):
        return None
    return str(first.get(field) or "")
