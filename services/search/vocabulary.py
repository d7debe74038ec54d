"""The words that people are called by, in memory: what a misspelt one may have meant.

One typo is allowed in words of up to five letters, two in longer ones; two letters that changed places are one typo.
A scan of all words of about the same length takes a millisecond or two for forty thousand of them (rapidfuzz), which
is faster than any index that a database has for this.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from threading import Lock

from rapidfuzz import process
from rapidfuzz.distance import OSA
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.db.tables import SearchStateRow, SearchWordRow
from services.search.entry import DOMAIN

_SHORTEST = 3
_ONE_TYPO, _MOST = 5, 2
STATE = 1
_STATE = select(SearchStateRow.learnt, SearchStateRow.forgotten).where(SearchStateRow.id == STATE)


def typos_allowed(length: int) -> int:
    """In a word of so many letters: of the one that was typed and the one that was meant, the longer."""
    return 1 if length <= _ONE_TYPO else _MOST


def typos_between(one: str, other: str) -> int | None:
    """None where there are too many."""
    most = typos_allowed(max(len(one), len(other)))
    found = OSA.distance(one, other, score_cutoff=most)
    return found if found <= most else None


class Words:
    """Never changed once others have it, but for `and_more`, which makes another."""

    def __init__(self, by_length: dict[int, list[str]] | None = None) -> None:
        self._by_length = by_length or {}

    def and_more(self, words: Iterable[str]) -> Words:
        added = defaultdict(list)
        for word in words:
            added[len(word)].append(word)
        return Words({**self._by_length, **{n: [*self._by_length.get(n, ()), *some] for n, some in added.items()}})

    def near(self, word: str) -> dict[str, int]:
        """Words that may have been meant, and how many typos away they are; the word itself has none."""
        found: dict[str, int] = {}
        if len(word) < _SHORTEST:
            return found
        for length in range(len(word) - _MOST, len(word) + _MOST + 1):
            most = typos_allowed(max(len(word), length))
            some = self._by_length.get(length, ()) if abs(len(word) - length) <= most else ()
            scored = process.extract(word, some, scorer=OSA.distance, score_cutoff=most, limit=None)
            found.update((other, int(typos)) for other, typos, _ in scored)
        return found

    def having(self, part: str) -> Iterator[str]:
        """Those that contain it, the short ones first."""
        for length in sorted(self._by_length):
            if length >= len(part):
                yield from (word for word in self._by_length[length] if part in word)


class Vocabulary:
    """Read from the tables when it is first needed, and kept in step with them whenever it is used."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._newest, self._learnt, self._forgotten = 0, -1, -1
        self._names, self._domains = Words(), Words()

    def look(self, session: Session) -> tuple[Words, Words]:
        """Parts of names, and domains (with `@`)."""
        learnt, forgotten = session.execute(_STATE).one()
        with self._lock:
            if forgotten != self._forgotten:
                self._newest, self._learnt, self._forgotten = 0, -1, forgotten
                self._names, self._domains = Words(), Words()
            if learnt != self._learnt:
                self._learnt = learnt
                self._read(session)
            return self._names, self._domains

    def _read(self, session: Session) -> None:
        wanted = select(SearchWordRow.id, SearchWordRow.word).where(SearchWordRow.id > self._newest)
        added = session.execute(wanted.order_by(SearchWordRow.id)).all()
        if added:
            self._newest = added[-1][0]
            self._domains = self._domains.and_more(word for _, word in added if word.startswith(DOMAIN))
            self._names = self._names.and_more(word for _, word in added if not word.startswith(DOMAIN))
