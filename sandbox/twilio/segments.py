"""How many text-message segments a body takes, counted as GSM 03.38 and UCS-2 demand."""

from __future__ import annotations

from dataclasses import dataclass

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
_SMART = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " "})


@dataclass(frozen=True)
class Size:
    encoding: str
    """`GSM-7` or `UCS-2`."""
    units: int
    """Septets or 16-bit units."""
    segments: int


def size(body: str, *, smart: bool = False) -> Size:
    """`smart` replaces typographic signs first, as SmartEncoded does."""
    text = body.translate(_SMART) if smart else body
    if all(sign in _BASIC or sign in _EXTENDED for sign in text):
        units = len(text) + sum(sign in _EXTENDED for sign in text)
        return Size("GSM-7", units, _segments(units, single=160, joined=153))
    units = len(text.encode("utf-16-le")) // 2
    return Size("UCS-2", units, _segments(units, single=70, joined=67))


def _segments(units: int, *, single: int, joined: int) -> int:
    return 1 if units <= single else -(-units // joined)
