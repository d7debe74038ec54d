"""Text as Slack takes it: cleaned, shortened, and made of parts, so that a name stays a name.

All text passes `clean`, so nothing can break a line, turn the reading direction or hide a sign; it goes into
`plain_text` or `rich_text`, where `*`, `_` and `:lock:` mean nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

Json = dict[str, Any]

SECTION_TEXT = 3000
URL = 3000

_BREAKS = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]+")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_WEB = re.compile(r"https?://[!#-;=?-{}~]+")


def clean(text: str) -> str:
    """One line without control signs or bidi overrides; a lone surrogate, which JSON cannot carry, becomes �."""
    if text.isprintable():
        return text
    return _SURROGATES.sub("\ufffd", _UNSEEN.sub("", _BREAKS.sub(" ", text)))


def clip(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def esc(text: str) -> str:
    """For mrkdwn, which top-level `text` always is: without this a name could ping a channel."""
    return clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# --- time -----------------------------------------------------------------------------------------


def local(at: datetime, zone: str, form: str = "%H:%M") -> str:
    """In words for one reader; an unknown zone reads as UTC and says so."""
    try:
        return at.astimezone(ZoneInfo(zone)).strftime(form)
    except (KeyError, ValueError, OSError):
        return at.astimezone(ZoneInfo("UTC")).strftime(f"{form} UTC")


@dataclass(frozen=True)
class When:
    """A time, shown in each reader's own zone; `zone` is for clients that cannot."""

    at: datetime
    zone: str
    dated: bool = False

    @property
    def fallback(self) -> str:
        return local(self.at, self.zone, "%d %b %H:%M" if self.dated else "%H:%M")

    @property
    def form(self) -> str:
        return "{date_short_pretty} {time}" if self.dated else "{time}"

    @property
    def stamp(self) -> int:
        return int(self.at.timestamp())

    def mrkdwn(self) -> str:
        return f"<!date^{self.stamp}^{self.form}|{esc(self.fallback)}>"


# --- text -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bold:
    text: str


@dataclass(frozen=True)
class Link:
    """A link where `url` is a web address; otherwise its text alone."""

    text: str
    url: str


@dataclass(frozen=True)
class Mention:
    """A user group (S…) or a person, by id: whoever is meant is notified where the message is new."""

    id: str


MENTIONS = 20
"""A message of more mentions than this is read by nobody."""

Part = str | Bold | Link | When | Mention
Line = Sequence[Part]


def plain(*lines: str, limit: int = SECTION_TEXT) -> Json:
    text = "\n".join(filter(None, map(clean, lines)))
    return {"type": "plain_text", "text": clip(text.strip(), limit) or "–", "emoji": False}


def _part(part: Part) -> Json | None:
    match part:
        case str():
            return _words(part)
        case Bold(text):
            return {"type": "text", "text": clip(clean(text), SECTION_TEXT) or "–", "style": {"bold": True}}
        case When():
            return {"type": "date", "timestamp": part.stamp, "format": part.form, "fallback": part.fallback}
        case Mention(id_) if id_.startswith("S"):
            return {"type": "usergroup", "usergroup_id": id_}
        case Mention(id_):
            return {"type": "user", "user_id": id_}
        case Link(text, url):
            web = len(url) <= URL and _WEB.fullmatch(url)
            link = {"type": "link", "url": url, "text": clip(clean(text), SECTION_TEXT) or "–"}
            return link if web else _words(text)


def _words(text: str) -> Json | None:
    text = clean(text)
    return {"type": "text", "text": clip(text, SECTION_TEXT)} if text else None


def rich(*lines: Line) -> Json:
    """Lines of parts as one rich_text block: names stay literal, times follow the reader."""
    elements: list[Json] = []
    for line in lines:
        parts = [element for part in line if (element := _part(part))]
        if parts and elements:
            elements.append({"type": "text", "text": "\n"})
        elements.extend(parts)
    elements = elements or [{"type": "text", "text": "–"}]
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}


def mentions(ids: Sequence[str]) -> list[Part]:
    return [part for id_ in ids[:MENTIONS] for part in (Mention(id_), " ")]


def dotted(parts: Iterable[Part]) -> list[Part]:
    """`a · b · c`, leaving out what is empty."""
    line: list[Part] = []
    for part in parts:
        if part:
            line += [" · ", part] if line else [part]
    return line
