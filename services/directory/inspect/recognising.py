"""Which product's tables these are, with the evidence; the likeliest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.directory import evidence
from services.directory.catalog import Listed
from services.directory.formats import Sample
from services.directory.inspect.contents import Reader
from services.directory.inspect.marks import MARKS, Marks
from services.directory.mapping import Mapping
from services.directory.presets import PRESETS, wordpress

SURELY, PROBABLY = "surely", "probably"
_COLUMN, _TABLE, _MOST_TABLES, _HASHES, _OTHER_HASHES, _LEAST = 2, 1, 3, 4, -6, 3
"""Points for each mark."""
_WORDPRESS = "wordpress"


@dataclass(frozen=True)
class Candidate:
    """A product that these tables may be of. `base`: its preset, for this table's names."""

    preset: str
    base: Mapping
    table: Listed
    survey: Counter[Sample]
    score: int
    sure: str
    evidence: tuple[str, ...]


def recognise(reader: Reader, tables: Sequence[Listed]) -> list[Candidate]:
    found = [
        candidate
        for preset, marks in MARKS.items()
        for table in tables
        if (candidate := _candidate(reader, tables, preset, marks, table)) is not None
    ]
    return sorted(found, key=lambda each: (each.sure != SURELY, -each.score))


def _candidate(
    reader: Reader, tables: Sequence[Listed], preset: str, marks: Marks, table: Listed
) -> Candidate | None:
    base = _base(preset, table)
    if base is None or base.password not in table.fields:
        return None
    there = [name for name in marks.columns if name in table.fields]
    beside = [each.name for each in tables if each.name in _beside(marks, preset, base)]
    if 2 * len(there) < len(marks.columns):
        return None
    survey = reader.contents(table).survey(base.password)
    known = evidence.recognised(survey)
    fitting = sum(count for sample, count in survey.items() if set(marks.formats) & set(sample.writers))
    alike = 2 * fitting > known
    score = _COLUMN * len(there) + _TABLE * min(len(beside), _MOST_TABLES) + _TABLE * (table.name == base.table)
    score += (_HASHES if alike else _OTHER_HASHES) if known else 0
    if score < _LEAST:
        return None
    whole = len(there) == len(marks.columns)
    sure = SURELY if whole and alike and (len(there) > 1 or beside) else PROBABLY
    return Candidate(preset, base, table, survey, score, sure, tuple(_said(table, base, there, beside, survey)))


def _base(preset: str, table: Listed) -> Mapping | None:
    if preset != _WORDPRESS:
        return PRESETS[preset]
    return wordpress(table.name.removesuffix("users")) if table.name.endswith("users") else None


def _beside(marks: Marks, preset: str, base: Mapping) -> Iterable[str]:
    if preset != _WORDPRESS:
        return marks.tables
    prefix = base.table.removesuffix("users")
    return [prefix + name.removeprefix("wp_") for name in marks.tables]


def _said(
    table: Listed, base: Mapping, there: list[str], beside: list[str], survey: Counter[Sample]
) -> Iterable[str]:
    yield f"table {table.name!r} has the columns {', '.join(dict.fromkeys((base.password, *there)))}"
    if beside:
        yield f"beside it there are {', '.join(beside)}"
    if survey:
        yield evidence.said(survey, base.hash)
