"""What a few hundred rows of a table hold. They are never shown: only shares and counts leave this room."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, Select, column, func, select, table

from services.db.session import READ_ONLY
from services.directory import catalog
from services.directory.catalog import BYTES, TEXT, Listed
from services.directory.faults import connected
from services.directory.formats import Sample, sample_of
from services.errors import DirectoryRefused, DirectoryUnreachable

MOST = 200
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_LEAST_DIGITS, _MOST_DIGITS = 7, 20


@dataclass(frozen=True)
class Contents:
    """A sample of a table's newest rows, column by column; empty where it could not be read."""

    table: Listed
    values: Mapping[str, list[Any]] = field(repr=False)

    def texts(self, name: str) -> list[str]:
        return [text for value in self.values.get(name, ()) if value is not None and (text := str(value).strip())]

    def share(self, name: str, test: Callable[[str], bool]) -> float | None:
        """Of what is not empty; None where nothing is there to tell."""
        texts = self.texts(name)
        return sum(map(test, texts)) / len(texts) if texts else None

    def survey(self, name: str) -> Counter[Sample]:
        return Counter(sample_of(None if value is None else str(value)) for value in self.values.get(name, ()))

    def hash_columns(self) -> list[str]:
        """Where most of what is not empty is a hash of a known format, whatever the column's name."""
        texts = [each.name for each in self.table.fields.values() if each.family == TEXT]
        return [name for name in texts if (self.share(name, is_hash) or 0) > 1 / 2]


def is_hash(text: str) -> bool:
    return bool(sample_of(text).formats)


def is_email(text: str) -> bool:
    return EMAIL.fullmatch(text) is not None


def is_number(text: str) -> bool:
    """Looks like a telephone number, be it a right one or not."""
    digits = sum(map(str.isdigit, text))
    return _LEAST_DIGITS <= digits <= _MOST_DIGITS and "@" not in text and 2 * digits >= len(text)


class Reader:
    """Reads samples of a product whose mapping is not known yet."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(**{READ_ONLY: True})
        self._read: dict[tuple[str, str], Contents] = {}

    def tables(self) -> list[Listed]:
        """Raises DirectoryUnreachable, DirectoryRefused."""
        with connected(self._engine) as connection:
            return catalog.listed(connection)

    def key_of(self, place: Listed) -> str:
        """Its primary key where that is one column; empty otherwise."""
        with connected(self._engine) as connection:
            found = [columns for columns in catalog.unique(connection, place) if len(columns) == 1]
        single = [next(iter(columns)) for columns in found]
        return next((name for name in single if name in place.fields), "")

    def contents(self, place: Listed) -> Contents:
        """By the newest first, where there is a key."""
        known = self._read.get((place.schema, place.name))
        if known is None:
            known = self._read[place.schema, place.name] = self._contents(place)
        return known

    def _contents(self, place: Listed) -> Contents:
        names = [each.name for each in place.fields.values() if each.family != BYTES]
        try:
            key = self.key_of(place)
            statement: Select[Any] = select(*_columns(names)).select_from(_from(place)).limit(MOST)
            with connected(self._engine) as connection:
                rows = connection.execute(statement.order_by(column(key).desc()) if key else statement).all()
        except (DirectoryRefused, DirectoryUnreachable):
            return Contents(place, {})  # no right, or too slow: nothing is said of it
        return Contents(place, {name: [row[at] for row in rows] for at, name in enumerate(names)})

    def count(self, place: Listed) -> int:
        with connected(self._engine) as connection:
            return connection.scalar(select(func.count()).select_from(_from(place))) or 0

    def kinds(self, place: Listed, name: str, sign: str) -> list[tuple[str, int]]:
        """Different values like `sign` with their counts, for the names under which a table of facts keeps them."""
        kind: Any = column(name)
        statement: Select[Any] = (
            select(kind, func.count()).select_from(_from(place)).where(func.lower(kind).like(sign)).group_by(kind)
        )
        try:
            with connected(self._engine) as connection:
                rows = connection.execute(statement.order_by(func.count().desc()).limit(MOST)).all()
        except (DirectoryRefused, DirectoryUnreachable):
            return []
        return [(str(value), int(count)) for value, count in rows]

    def values_of(self, place: Listed, value: str, name: str, kind: str) -> list[str]:
        """What a table of facts holds under one name."""
        statement: Select[Any] = (
            select(column(value)).select_from(_from(place)).where(column(name) == kind).limit(MOST)
        )
        try:
            with connected(self._engine) as connection:
                return [str(found) for found in connection.scalars(statement) if found is not None]
        except (DirectoryRefused, DirectoryUnreachable):
            return []


def _from(place: Listed) -> Any:  # noqa: ANN401  (a TableClause)
    return table(place.name, *_columns(place.fields), schema=None if place.named else place.schema)


def _columns(names: Iterable[str]) -> list[Any]:
    return [column(name) for name in names]
