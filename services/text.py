"""The texts a person gets: one GSM-7 segment each, whatever the settings."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from services.policy import Rules

SEGMENT_SEPTETS = 160
PRODUCT_LENGTH = 19
CONTACT_LENGTH = 18
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""GSM 03.38 basic character set: one septet each. The extension table (two septets) is not used."""


class Opens(StrEnum):
    """What lets the person in, now that the texted password does not."""

    OLD = "Your old one works."  # as the person reads it
    OWN = "The one you chose works."
    NOTHING = "Your account is closed."


def compose(rules: Rules, secret: str, expires_at: datetime, reference: str, *, again: bool = False) -> str:
    """`reference` proves later that a listed message is this request's (PROTOCOL rule 2).

    `again`: it voids an earlier text, and says so; that leaves little room for the rest.
    """
    until = expires_at.astimezone(ZoneInfo(rules.zone))
    contact = f"Not you? {rules.contact} {reference}"
    if not again:
        return (
            f"{rules.product} temporary password:\n{secret}\n"
            f"Include the dashes. Until {until:%H:%M %Z}. Tell no one, not even us. {contact}"
        )
    head = f"{rules.product} new temporary password, the earlier one is void:\n{secret}\n"
    whole = f"{head}With dashes. Until {until:%H:%M %Z}. Tell no one. {contact}"
    return whole if len(whole) <= SEGMENT_SEPTETS else f"{head}With dashes, by {until:%H:%M}. Tell no one. {contact}"


def correction(rules: Rules, opens: Opens) -> str:
    """After a text was taken back. It holds no reference, or it would prove that the first was accepted."""
    after = f"Call {rules.contact}" if opens is Opens.NOTHING else f"Not you? {rules.contact}"
    return f"{rules.product}: the temporary password we texted is void. {opens} {after}"


def septets(body: str) -> int | None:
    """Length in GSM-7 septets, or None where a sign is outside the basic set (the text would become UCS-2)."""
    return len(body) if set(body) <= _BASIC else None


def problems(rules: Rules) -> list[str]:
    """What in the settings would make the text longer than one segment; checked at start-up."""
    found = []
    for name, value, limit in (
        ("product", rules.product, PRODUCT_LENGTH),
        ("contact", rules.contact, CONTACT_LENGTH),
    ):
        if not value:
            found.append(f"{name} is missing: it is printed in every text")
        elif len(value) > limit:
            found.append(f"{name} has {len(value)} signs; {limit} fit into the text")
        elif septets(value) is None:
            found.append(f"{name} has a sign that a plain text message cannot carry: {value!r}")
    return found
