"""Somebody who may be meant, and the order in which they are shown: pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from services.db.tables import SearchRow


class Hit(NamedTuple):
    """What is known of them without asking the directory."""

    person_key: str
    first: str
    last: str
    email: str
    doc: str
    active: bool

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}".strip()

    @property
    def order(self) -> tuple[bool, str, str, str]:
        """Whoever is deactivated last; then by name."""
        return not self.active, self.last, self.first, self.person_key


COLUMNS = tuple(getattr(SearchRow, name) for name in Hit._fields)


def tier(hit: Hit, terms: Sequence[str]) -> int:
    """How well somebody fits of whom every term is a part: 0 for the whole name, in any order."""
    names = hit.name.split()
    if sorted(names) == sorted(terms):
        return 0
    if all(any(name.startswith(term) for name in names) for term in terms):
        return 1
    return 2 if all(f" {term}" in hit.doc for term in terms) else 3
