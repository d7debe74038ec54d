"""Whose phones the demo shows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import phonenumbers

_SHOWN = 5
_LANDLINE = phonenumbers.PhoneNumberType.FIXED_LINE


def phones_of(people: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first few whose number takes texts."""
    shown = []
    for person in people:
        if number := _mobile(person["phone"]):
            name = " ".join(part for part in (person["first_name"], person["last_name"]) if part)
            shown.append({"number": number, "name": name, "email": person["email"]})
    return shown[:_SHOWN]


def _mobile(written: str) -> str | None:
    """The number in E.164 where a text can be sent to it."""
    try:
        number = phonenumbers.parse(written, "US")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) == _LANDLINE:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
