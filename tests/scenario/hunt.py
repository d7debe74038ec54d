"""The hunt: where, of all places that Locksmith writes to or speaks into, something secret can be read."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import quote

from sqlalchemy import MetaData, select

from services.calls import WORDS
from tests.scenario.people import Person
from tests.scenario.story import Story
from tests.scenario.wire import Json

_CAST = ("sam", "ana", "ben", "maya", "omar", "pat")


@dataclass(frozen=True)
class Quarry:
    """Something that may be nowhere, and how it may be written. `name` is what a report says of it."""

    name: str
    forms: frozenset[bytes]


def quarry(name: str, value: str) -> Quarry:
    """As it is, quoted for JSON or a URL, as a program prints bytes, in base64, hex, UTF-16, undashed, spelled."""
    plain = {
        *spelled(value),
        value,
        value.upper(),
        value.replace("-", ""),
        quote(value, safe=""),
        json.dumps(value)[1:-1],
    }
    encoded = value.encode()
    forms = {form.encode() for form in plain}
    forms |= {encoded.hex().encode(), value.encode("utf-16-le"), value.encode("utf-16-be"), encoded[::-1]}
    forms |= {_in_base64(encoded, before) for before in range(3)}
    return Quarry(name, frozenset(forms))


def spelled(secret: str) -> set[str]:
    """A group of it as a voice says it, one sign after the other or with a word for each."""
    found = set()
    for group in secret.split("-") if re.fullmatch("[a-z2-9]{4}(-[a-z2-9]{4}){3}", secret) else ():
        said = [between.join(group) for between in (" ", ", ", ". ", "</Say><Say>")]
        found |= {*said, *map(str.upper, said)}
        letters = [sign for sign in group if sign.isalpha()]
        found |= {f"{one.upper()} for {WORDS[one]}, {two.upper()} for {WORDS[two]}" for one, two in pairwise(letters)}
    return found


def hash_quarry(written: str) -> Quarry:
    """An argon2 hash by its digest, which no other hash shares."""
    return Quarry("hash", quarry("", written.rpartition("$")[2]).forms)


def number_quarry(e164: str) -> Quarry:
    """An American number with and without the ways people write it."""
    area, exchange, line = e164[2:5], e164[5:8], e164[8:]
    written = {
        f"{area}{exchange}{line}",
        f"{area}-{exchange}-{line}",
        f"({area}) {exchange}-{line}",
        f"{area}.{exchange}.{line}",
        f"{area} {exchange} {line}",
        f"{exchange}{line}",
        f"{exchange}-{line}",
    }
    return Quarry("full number", frozenset(form.encode() for form in written))


def hunt(wanted: Iterable[Quarry], places: Iterable[tuple[str, bytes]]) -> list[str]:
    """`what in where`, for all that was found."""
    wanted = list(wanted)
    return [
        f"{one.name} in {where}"
        for where, content in places
        for one in wanted
        if any(f in content for f in one.forms)
    ]


# --- places ---------------------------------------------------------------------------------------


def tables(story: Story) -> Iterator[tuple[str, bytes]]:
    """Every column of every table of Locksmith's own database, with the audit among them."""
    engine, found = story.bot.database.engine, MetaData()
    found.reflect(engine)
    with engine.connect() as connection:
        for table in found.sorted_tables:
            rows = connection.execute(select(table)).all()
            for at, column in enumerate(table.columns):
                yield f"{table.name}.{column.name}", b"\n".join(_bytes(row[at]) for row in rows)


def files(story: Story) -> Iterator[tuple[str, bytes]]:
    """The raw bytes of all that lies about, the write-ahead log included. Left out are the product's own
    database and, of the sandbox's file, Twilio's and the phones' part."""
    for file in sorted(story.folder.rglob("*")):
        inside = file.relative_to(story.folder)
        if not file.is_file() or inside.parts[0] == "product":
            continue
        content = file.read_bytes()
        if file.name == "slack.json":
            content = json.dumps(json.loads(content)["slack"]).encode()
        yield f"file {inside}", content


def slack(story: Story) -> Iterator[tuple[str, bytes]]:
    """All that Slack was told and all that anybody in it can see."""
    for at, one in enumerate(story.traffic("slack", "socket", "http", "response_url")):
        yield f"traffic {at} {one['way']} {one['wire']} {one['name']}", _json(one)
    for name in _CAST:
        seen = Person(story.url, f"U0{name.upper()}").screen()
        for part in ("messages", "modals", "home", "notices"):
            yield f"{name}'s {part}", _json(seen[part])


def logs(entries: Iterable[str], out: str, err: str) -> Iterator[tuple[str, bytes]]:
    yield "log", "\n".join(entries).encode()
    yield "stdout", out.encode()
    yield "stderr", err.encode()


def _bytes(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    return str(value).encode("utf-8", "surrogatepass")


def _json(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _in_base64(value: bytes, before: int) -> bytes:
    """The part of it that does not depend on what stands around it, `before` bytes into a group of three."""
    whole = base64.b64encode(b"\0" * before + value + b"\0" * 3)
    first = {0: 0, 1: 2, 2: 3}[before]
    last = (before + len(value)) * 8 // 6
    return whole[first:last]
