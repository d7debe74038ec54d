"""The country of national telephone numbers, guessed from a sample of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumberType

_MOBILE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
_FIRST, _ALL = 10, 40
"""Numbers that every country is tried on, and those that the likely ones are."""
_LIKELY, _SURE, _CLOSE = 0.3, 0.5, 0.1
_FEW = 5
"""So many numbers and fewer tell little."""
_DIGITS = 6
_BIG = (
    "US", "GB", "DE", "FR", "ES", "IT", "NL", "CA", "AU", "IN", "BR", "MX", "PL", "AT", "CH", "BE", "SE", "JP", "ZA",
)  # fmt: skip
"""Whom a draw goes to; many small countries take the same numbers."""


@dataclass(frozen=True)
class Region:
    """`code` is empty where nothing tells; `why` is for people and holds no number."""

    code: str
    why: str
    sure: bool = False


def region_of(numbers: Iterable[str]) -> Region:
    written = list(dict.fromkeys(number.strip() for number in numbers if sum(map(str.isdigit, number)) >= _DIGITS))
    abroad = Counter(code for number in written if (code := _international(number)))
    national = [number for number in written if not number.startswith(("+", "00"))][:_ALL]
    if not written:
        return Region("", "there is no number to tell")
    if not national:
        [(code, count), *_] = abroad.most_common() or [("", 0)]
        why = f"all numbers name their country, {count:,} of {len(written):,} this one"
        return Region(code, why, sure=bool(code))
    likely = [code for code in phonenumbers.SUPPORTED_REGIONS if _share(national[:_FIRST], code) >= _LIKELY]
    shares = {code: _share(national, code) for code in likely}
    if not shares:
        return Region("", f"no country's rules fit most of the {len(national):,} numbers without a code")
    best = max(shares.values())
    drawn = [code for code, share in shares.items() if share >= best - _CLOSE]
    code = max(drawn, key=lambda each: (abroad[each], -_rank(each), each))
    why = f"{round(shares[code] * len(national)):,} of {len(national):,} numbers without a code are mobile ones there"
    others = sorted(set(drawn) - {code}, key=_rank)[:3]
    return Region(
        code,
        f"{why}, as in {', '.join(others)}" if others else why,
        sure=not others and best >= _SURE and len(national) > _FEW,
    )


def _rank(code: str) -> int:
    return _BIG.index(code) if code in _BIG else len(_BIG)


def _international(number: str) -> str:
    try:
        parsed = phonenumbers.parse(number.replace("00", "+", 1) if number.startswith("00") else number, None)
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.region_code_for_number(parsed) or ""


def _share(numbers: Sequence[str], code: str) -> float:
    return sum(_is_mobile(number, code) for number in numbers) / len(numbers)


def _is_mobile(number: str, code: str) -> bool:
    try:
        parsed = phonenumbers.parse(number, code)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number_for_region(parsed, code) and phonenumbers.number_type(parsed) in _MOBILE
