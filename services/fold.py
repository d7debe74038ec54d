"""Folding: the same on both sides of every comparison of names."""

from __future__ import annotations

import re
import unicodedata

_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "ß": "ss", "ı": "i", "đ": "d", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
)
_APOSTROPHES = re.compile(r"['’‘ʼ`´]")
_BREAKS = re.compile(r"[^\w@.+%&<>!*:_/#$=~|?^{}\[\]()-]|[-,]")
_IN_TWO = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "đ": "dj"})


def fold(text: str) -> str:
    """Lower case, no accents, apostrophes gone, hyphens and commas as spaces; other scripts as they are."""
    if text.isascii():
        text = text.casefold()
    else:
        text = unicodedata.normalize("NFKD", text.casefold())
        text = "".join(sign for sign in text if not unicodedata.combining(sign)).translate(_LETTERS)
    return " ".join(_BREAKS.sub(" ", _APOSTROPHES.sub("", text)).split())


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
