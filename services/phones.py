"""Numbers as products hold them, made into what a text can be sent to or what can be called, or a reason why not.

What cannot be understood is never guessed at: a password texted to a wrong number is worse than none.
"""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from services.model import Cause, Phone

_NO_TEXTS = frozenset(
    {PhoneNumberType.FIXED_LINE, PhoneNumberType.TOLL_FREE, PhoneNumberType.PREMIUM_RATE, PhoneNumberType.UAN}
)
_LABEL = re.compile(
    r"\b(?:mobile?|mob|cell(?:ular|phone)?|handy|portable|gsm|phone|telephone|tel|[cmpt](?=[.:]))\b[.:]*", re.I
)
"""Words that say no more than that this is a mobile number."""
_EXTENSION = re.compile(r"[,;]?\s*(?:extension|extn?|ext|x|durchwahl|dw|poste)\.?[\s=:]*\d{1,7}\s*$", re.I)
_BETWEEN = re.compile(r"[/;,|&\n]|\b(?:or|and|oder|und|ou|et|o|y|e)\b|\s+(?=\+)", re.I)


def read_phone(raw: str | None, region: str) -> Phone:
    """`region`: the country (ISO 3166) of numbers that do not name one. `raw` may hold several.

    In North America mobile and fixed numbers look alike (type FIXED_LINE_OR_MOBILE): those count as mobile and
    the carrier has the last word.
    """
    if not any(sign.isalnum() for sign in raw or ""):
        return Phone(problem=Cause.NO_MOBILE)
    text = _LABEL.sub(" ", raw or "").strip()
    number = _parse(text, region)
    if number is not None:
        return _phone(number)
    pieces = [piece for piece in _BETWEEN.split(text) if any(sign.isdigit() for sign in piece)]
    numbers = [_parse(piece, region) for piece in pieces]
    read = [_phone(each) for each in numbers if each is not None]
    if len(read) < max(2, len(pieces)):
        return Phone(problem=Cause.NUMBER_UNREADABLE)
    return _the_one(read)


def _the_one(phones: list[Phone]) -> Phone:
    """The one mobile number among several; two are one too many."""
    kinds = [
        list(dict.fromkeys(phone for phone in phones if phone.problem is each))
        for each in (None, Cause.NUMBER_LANDLINE)
    ]
    for same in kinds:
        if same:
            return same[0] if len(same) == 1 else Phone(problem=Cause.NUMBER_SEVERAL)
    return phones[0]


def _parse(text: str, region: str) -> PhoneNumber | None:
    """A valid number and nothing else; words beside it may say that it is somebody else's."""
    if any(sign.isalpha() for sign in _EXTENSION.sub("", text)):
        return None
    for written in (text, re.sub(r"^\s*\(?00", "+", text)):
        try:
            number = phonenumbers.parse(written, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return number
    return None


def _phone(number: PhoneNumber) -> Phone:
    kind, last_two = phonenumbers.number_type(number), str(number.national_number)[-2:]
    if number.extension:
        return Phone(problem=Cause.NUMBER_EXTENSION, country_code=number.country_code, last_two=last_two)
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if kind in _NO_TEXTS:
        landline = e164 if kind == PhoneNumberType.FIXED_LINE else None  # the others are nobody's own, and cost
        return Phone(
            landline=landline, problem=Cause.NUMBER_LANDLINE, country_code=number.country_code, last_two=last_two
        )
    return Phone(e164=e164, country_code=number.country_code, last_two=last_two)
