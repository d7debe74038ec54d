"""Folding: the same on both sides of every comparison of names."""

from __future__ import annotations

import re
import unicodedata

_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "ß": "ss", "ı": "i", "đ": "d", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
)
_APOSTROPHES = re.compile(r"['’‘ʼ`´]")
_BREAKS = re.compile(r"[^\w@.+%&<>!*:_/#$=~|?^{}\[\]()-]|[-,]")


def fold(text: str) -> str:
    """Lower case, no accents, apostrophes gone, hyphens and commas as spaces; other scripts as they are."""
    text = unicodedata.normalize("NFKD", text.casefold())
    text = "".join(sign for sign in text if not unicodedata.combining(sign)).translate(_LETTERS)
    return " ".join(_BREAKS.sub(" ", _APOSTROPHES.sub("", text)).split())


def words(text: str) -> list[str]:
    return fold(text).split()


def fold_email(email: str) -> str:
    """Whole addresses are compared in lower case only: accents and dashes count there."""
    return email.strip().casefold()
