"""The rules a company sets for itself, as the services need them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from services.model import CallerCheck, Reason

REASONS = (
    Reason("forgot", "Forgot or locked out"),
    Reason("new_phone", "New phone"),
    Reason("compromised", "Compromised: somebody else may be in", compromised=True),
    Reason("other", "Other", needs_note=True),
)
CHECKS = (
    CallerCheck("called_back", "Called back the number on record"),
    CallerCheck("known", "Know them, or in person"),
    CallerCheck("none", "Not checked", checked=False),
)


@dataclass(frozen=True)
class Rules:
    """What `locksmith.toml` says about resets (see docs/settings.md)."""

    product: str
    contact: str
    """Whom a person phones when a text was not asked for; printed in every text."""
    minutes: int = 60
    """How long a temporary password lives. 60 is the default of comparable systems (Entra's TAP)."""
    zone: str = "UTC"
    """IANA zone of the time printed in the text."""
    region: str = "US"
    """Default country of numbers without a country code (ISO 3166)."""
    reasons: tuple[Reason, ...] = REASONS
    checks: tuple[CallerCheck, ...] = CHECKS
    ticket_pattern: str = ""
    ticket_url: str = ""
    """`{ticket}` in it is replaced by the ticket number."""
    ticket_example: str = ""
    no_mobile_help: str = "Ask their manager to have the number on record corrected, then try again."
    calls: bool = False
    """A call may read the secret out instead of a text."""
    send_within: timedelta = timedelta(minutes=10)
    """`send_by`: an approved request that was not sent by then expires unsent (PROTOCOL rule 11)."""
    decide_within: timedelta = timedelta(minutes=60)
    """How long a request waits for managers."""
    remind_after: timedelta = timedelta(minutes=5)
    """First reminder; then doubling."""
    escalation_contact: str = ""
    """A sentence for when nobody decided in time."""
    nicknames: bool = True
    """Bill also finds William (services/search/nicknames.py)."""
    found_cap: int = 50
    page_size: int = 5

    def reason(self, reason_id: str) -> Reason | None:
        return next((reason for reason in self.reasons if reason.id == reason_id), None)

    def check(self, check_id: str) -> CallerCheck | None:
        return next((check for check in self.checks if check.id == check_id), None)

    def ticket_fits(self, ticket: str) -> bool:
        return not self.ticket_pattern or re.fullmatch(self.ticket_pattern, ticket) is not None

    def ticket_link(self, ticket: str) -> str:
        return self.ticket_url.replace("{ticket}", quote(ticket, safe="")) if ticket and self.ticket_url else ""
