"""Numbers as products hold them, made into what a text can be sent to or what can be called, or a reason why not.

What cannot be understood is never guessed at: a password texted to a wrong number is worse than none.
"""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from services.model import Cause, Phone

_GETS_TEXTS = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
"""All other kinds are nobody's own phone, or not one at hand: landlines, free, shared and personal numbers."""
_LABEL = re.compile(
    r"\b(?:mobile?|mob|cell(?:ular|phone)?|handy|portable|gsm|phone|telephone|tel|[cmpt](?=[.:]))\b[.:]*", re.I
)
"""Words that say no more than that this is a mobile number."""
_EXTENSION = re.compile(r"[,;]?\s*(?:extension|extn?|ext|x|durchwahl|dw|poste)\.?[\s=:]*(\d{1,7})\s*$", re.I)
_SURELY_BETWEEN = re.compile(r"[;,|&\n]")
_BETWEEN = re.compile(r"[/;,|&\n]|\b(?:or|and|oder|und|ou|et|o|y|e)\b|\s+(?=\+)", re.I)
_FLOAT = re.compile(r"\A(\d{7,15})\.0\Z")
"""How a spreadsheet or a column of floating-point numbers writes one."""
_LAST_GROUP = re.compile(r"(.*?(\d+))(\D+)(\d{1,4})\D*", re.S)
_LONG_GROUP = 5
_WHOLE = 9
"""Digits. In countries whose numbers may be of any length some shorter ones are valid, and nobody's mobile."""
Read = tuple[PhoneNumber, int]
"""And its type, which takes as long to find out as whether it is valid."""


def read_phone(raw: str | None, region: str) -> Phone:
    """`region`: the country (ISO 3166) of numbers that do not name one. `raw` may hold several.

    In North America mobile and fixed numbers look alike (type FIXED_LINE_OR_MOBILE): those count as mobile and
    the carrier has the last word.
    """
    if not any(sign.isalnum() for sign in raw or ""):
        return Phone(problem=Cause.NO_MOBILE)
    text = _EXTENSION.sub(r" ext \1", _FLOAT.sub(r"\1", _LABEL.sub(" ", raw or "").strip(" ;,|&\t\r\n")))
    number = None if _SURELY_BETWEEN.search(text) else _parse(text, region)
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


def _parse(text: str, region: str) -> Read | None:
    """A valid number and nothing else; words beside it may say that it is somebody else's."""
    bare = _EXTENSION.sub("", text)
    if any(sign.isalpha() for sign in bare) or _may_end_in_more(bare, region):
        return None
    return _valid(text, region)


def _valid(text: str, region: str) -> Read | None:
    for written in (text, re.sub(r"^\s*\(?00", "+", text)):
        try:
            number = phonenumbers.parse(written, region)
        except phonenumbers.NumberParseException:
            continue
        kind = phonenumbers.number_type(number)
        if kind != PhoneNumberType.UNKNOWN:
            return number, kind
    return None


def _may_end_in_more(text: str, region: str) -> bool:
    """Whether its last digits may be an extension or another number's end: "0170 1234567-8" is not 01701234567 8.

    A last group may be no part of the number where all before it is a whole one by itself, and it is a single digit,
    or stands behind a long group or a sign that divides nothing else.
    """
    found = _LAST_GROUP.fullmatch(text)
    if found is None:
        return False
    head, before, between, last = found.groups()
    signs = set(between.replace(")", "")) - set(head)
    set_apart = "(" in between or any(not sign.isspace() for sign in signs)
    if not (set_apart or len(last) == 1 or len(before) >= _LONG_GROUP):
        return False
    whole = _valid(head, region)
    return whole is not None and len(str(whole[0].national_number)) >= _WHOLE


def _phone(read: Read) -> Phone:
    number, kind = read
    last_two = str(number.national_number)[-2:]
    if number.extension:
        return Phone(problem=Cause.NUMBER_EXTENSION, country_code=number.country_code, last_two=last_two)
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if kind not in _GETS_TEXTS:
        fixed = kind == PhoneNumberType.FIXED_LINE
        return Phone(
            landline=e164 if fixed else None,
            problem=Cause.NUMBER_LANDLINE if fixed else Cause.NUMBER_INVALID,
            country_code=number.country_code,
            last_two=last_two,
        )
    return Phone(e164=e164, country_code=number.country_code, last_two=last_two)
