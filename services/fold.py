"""Folding: the same on both sides of every comparison of names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "ß": "ss", "ı": "i", "đ": "d", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
)
_SILENT = re.compile(
    r"['`´ʹʻʼʽʾʿˊˋ՚׳‘’‛′‵Ꞌꞌ＇｀\u0384\u1fbd\u1fbf\u1fef\u1ffd\u1ffe"
    r"\u00ad\u034f\u061c\u0640\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e01ef]"
)
"""Apostrophes; and what nobody sees or types: joiners, soft hyphens, directions, variants, tatweel."""
_ASCII = str.maketrans(dict.fromkeys("'`") | dict.fromkeys([*map(chr, range(32)), *' ",-;\\\x7f'], " "))
_ACCENTED = re.compile(
    r"[\0-\u052f\u0590-\u06ff\u0750-\u077f\u0870-\u08ff\u1c80-\u1c8f\u1d00-\u1dbf\u1e00-\u1fff\u2184\u2c60-\u2c7f"
    r"\ua640-\ua69f\ua720-\ua7ff\uab30-\uab6f\ufe73\U0001df00-\U0001df2f]"
)
"""Latin, Greek, Cyrillic, Hebrew, Arabic. A mark over one of these is an accent, or a vowel that most leave out. In
other scripts it is a letter like any other: प्रिया without its marks is another name, and so is か instead of が."""
_IN_TWO = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "đ": "dj"})


def fold(text: str) -> str:
    """Lower case, no accents, apostrophes gone, hyphens and commas as spaces; other scripts as they are."""
    if text.isascii():
        text = text.casefold()
    else:
        # An accent that stands by itself is an apostrophe to whoever typed it, and to NFKD it is a space.
        text = _SILENT.sub("", unicodedata.normalize("NFKD", _SILENT.sub("", text)))
        text = unicodedata.normalize("NFC", "".join(_signs(text.casefold().translate(_LETTERS))))
    return " ".join(text.translate(_ASCII).split())


def _signs(text: str) -> Iterator[str]:
    letter = " "
    for sign in text:
        if sign.isascii() or sign.isalnum():
            letter = sign
            yield sign
        elif not unicodedata.category(sign).startswith("M"):
            letter = " "
            yield letter
        elif not _ACCENTED.match(letter):
            yield sign


def fold_in_two(text: str) -> str:
    """As `fold`, but with ä as ae and its like: so whoever has no such key writes Müller."""
    if text.isascii():
        return fold(text)
    return fold(unicodedata.normalize("NFC", text).casefold().translate(_IN_TWO))


def words(text: str) -> list[str]:
    return fold(text).split()


def fold_email(email: str) -> str:
    """Whole addresses are compared in lower case only: accents and dashes count there."""
    return email.strip().casefold()
