"""What the lives came to, kept in a file: a later run must find the same, and docs/reliability.md shows it.

`LOCKSMITH_FAULTS=write pytest tests/faults` goes through all of them and writes both anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.faults.lives import Life

FILE = Path(__file__).with_name("outcomes.json")


@dataclass(frozen=True)
class Outcome:
    state: str
    read: str
    """By the agent, at last."""
    opens: str
    texts: str
    audit: str

    @classmethod
    def of(cls, life: Life) -> Outcome:
        texts = f"{life.texts} + {life.voiding} void" if life.voiding else str(life.texts)
        return cls(life.state, life.read, life.opens, texts, life.audit)


@dataclass(frozen=True)
class Row:
    """One life: the step that was hit, what opened the account just then (a kill only), and what it came to."""

    step: str
    then: str
    outcome: Outcome


class Outcomes:
    """By story, kind of product and reset, and fault; lives that came to the same lie together, by their steps."""

    def __init__(self, file: Path = FILE) -> None:
        self._file = file
        self._kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}

    def of(self, story: str, kind: str, how: str) -> list[Row]:
        """In the order of the steps."""
        rows: dict[int, Row] = {}
        kept = self._kept.get(story, {}).get(kind, {})
        for group in kept.get(how, []):
            outcome = Outcome(**group["outcome"])
            for then, numbers in group["steps"].items():
                rows |= {n: Row(kept["steps"][n], then, outcome) for n in _numbers(numbers)}
        return [rows[n] for n in sorted(rows)]

    def keep(self, story: str, kind: str, how: str, rows: Sequence[Row]) -> None:
        steps = [row.step for row in rows]
        kept = self._kept.setdefault(story, {}).setdefault(kind, {})
        if kept.get("steps", steps) != steps:
            kept.clear()  # of another order of effects
        groups: dict[Outcome, dict[str, list[int]]] = {}
        for n, row in enumerate(rows):
            groups.setdefault(row.outcome, {}).setdefault(row.then, []).append(n)
        kept["steps"] = steps
        kept[how] = [
            {"outcome": asdict(outcome), "steps": {then: _ranges(numbers) for then, numbers in by_then.items()}}
            for outcome, by_then in groups.items()
        ]
        self._file.write_text(f"{json.dumps(self._kept, indent=1, sort_keys=True)}\n", encoding="utf-8")


def numbered(steps: Sequence[str]) -> list[str]:
    """The second of the same name is called so."""
    return [name if (n := steps[:at].count(name)) == 0 else f"{name} ({n + 1})" for at, name in enumerate(steps)]


def _ranges(numbers: Sequence[int]) -> str:
    """`0-3 7`"""
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][-1] + 1:
            found[-1] = [found[-1][0], number]
        else:
            found.append([number])
    return " ".join("-".join(map(str, one)) for one in found)


def _numbers(ranges: str) -> Iterator[int]:
    for one in ranges.split():
        first, _, last = one.partition("-")
        yield from range(int(first), int(last or first) + 1)
