"""The words that people are called by, in memory: what a misspelt one may have meant.

One typo is allowed in words of up to five letters, two in longer ones; two letters that changed places are one typo.
Short words are few and compared one by one (rapidfuzz). A long one is cut into three parts: two typos leave one of
them as it is, at most so many places off, and by it the word is found (Pass-Join, Li and others 2011).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from threading import Lock
from typing import TypeVar

from rapidfuzz import process
from rapidfuzz.distance import OSA
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.db.tables import SearchStateRow, SearchWordRow
from services.search.entry import DOMAIN

_SHORTEST = 3
_ONE_TYPO, _MOST = 5, 2
_Key = TypeVar("_Key")
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


Part = tuple[int, int, str]
"""How long the word is, where in it the part begins, and the part."""


class Words:
    """Never changed once others have it, but for `and_more`, which makes another."""

    def __init__(
        self, by_length: dict[int, list[str]] | None = None, by_part: dict[Part, list[str]] | None = None
    ) -> None:
        self._by_length, self._by_part = by_length or {}, by_part or {}

    def and_more(self, words: Iterable[str]) -> Words:
        by_length, by_part = defaultdict[int, list[str]](list), defaultdict[Part, list[str]](list)
        for word in words:
            by_length[len(word)].append(word)
            for part in _parts(word) if len(word) > _ONE_TYPO else ():
                by_part[part].append(word)
        return Words(_joined(self._by_length, by_length), _joined(self._by_part, by_part))

    def near(self, word: str) -> dict[str, int]:
        """Words that may have been meant, and how many typos away they are; the word itself has none."""
        found: dict[str, int] = {}
        if len(word) < _SHORTEST:
            return found
        for length in range(len(word) - _MOST, len(word) + _MOST + 1):
            most = typos_allowed(max(len(word), length))
            if abs(len(word) - length) > most:
                continue
            some = self._by_length.get(length, ()) if length <= _ONE_TYPO else self._sharing_a_part(word, length)
            scored = process.extract(word, some, scorer=OSA.distance, score_cutoff=most, limit=None)
            found.update((other, int(typos)) for other, typos, _ in scored)
        return found

    def _sharing_a_part(self, word: str, length: int) -> set[str]:
        """Words of this length. What stands before the part is off by as many places as the part is, and what
        stands behind it by the rest of the difference; each place costs a typo."""
        found, longer = set[str](), len(word) - length
        moved = [by for by in range(-_MOST, _MOST + 1) if abs(by) + abs(longer - by) <= _MOST]
        for start, end in _cuts(length):
            for by in moved:
                if start + by >= 0:
                    found.update(self._by_part.get((length, start, word[start + by : end + by]), ()))
        return found

    def having(self, part: str) -> Iterator[str]:
        """Those that contain it, the short ones first."""
        for length in sorted(self._by_length):
            if length >= len(part):
                yield from (word for word in self._by_length[length] if part in word)


def _cuts(length: int) -> list[tuple[int, int]]:
    """Into one part more than there may be typos."""
    at = [length * part // (_MOST + 1) for part in range(_MOST + 2)]
    return list(pairwise(at))


def _parts(word: str) -> set[Part]:
    """Also as they are where the two letters at a cut changed places, which is one typo and spoils two parts."""
    cuts = _cuts(len(word))
    swapped = (word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :] for at, _ in cuts[1:])
    return {(len(word), start, each[start:end]) for each in (word, *swapped) for start, end in cuts}


def _joined(some: dict[_Key, list[str]], more: dict[_Key, list[str]]) -> dict[_Key, list[str]]:
    return {**some, **{key: [*some.get(key, ()), *words] for key, words in more.items()}}


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
