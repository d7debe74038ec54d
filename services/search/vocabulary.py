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
    """Never changed once others have it: `and_more` and `but_for` make another."""

    def __init__(
        self, by_length: dict[int, list[str]] | None = None, by_part: dict[Part, list[str]] | None = None
    ) -> None:
        self._by_length, self._by_part = by_length or {}, by_part or {}

    def and_more(self, words: Iterable[str]) -> Words:
        by_length, by_part = _sorted(words)
        return Words(_more(self._by_length, by_length), _more(self._by_part, by_part))

    def but_for(self, words: Iterable[str]) -> Words:
        by_length, by_part = _sorted(words)
        return Words(_less(self._by_length, by_length), _less(self._by_part, by_part))

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


def _sorted(words: Iterable[str]) -> tuple[dict[int, list[str]], dict[Part, list[str]]]:
    by_length, by_part = defaultdict[int, list[str]](list), defaultdict[Part, list[str]](list)
    for word in words:
        by_length[len(word)].append(word)
        for part in _parts(word) if len(word) > _ONE_TYPO else ():
            by_part[part].append(word)
    return by_length, by_part


def _more(some: dict[_Key, list[str]], more: dict[_Key, list[str]]) -> dict[_Key, list[str]]:
    return {**some, **{key: [*some.get(key, ()), *words] for key, words in more.items()}}


def _less(some: dict[_Key, list[str]], less: dict[_Key, list[str]]) -> dict[_Key, list[str]]:
    gone = {key: set(words) for key, words in less.items()}
    return {**some, **{key: [word for word in some.get(key, ()) if word not in gone[key]] for key in gone}}


class Vocabulary:
    """Read from the tables when it is first needed, and kept in step with them whenever it is used."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._newest, self._learnt, self._forgotten = 0, -1, -1
        self._known: dict[int, str] = {}
        self._names, self._domains = Words(), Words()

    def look(self, session: Session) -> tuple[Words, Words]:
        """Parts of names, and domains (with `@`)."""
        learnt, forgotten = session.execute(_STATE).one()
        with self._lock:
            if forgotten != self._forgotten:
                self._forgotten, self._learnt = forgotten, -1
                self._forget(session)
            if learnt != self._learnt:
                self._learnt = learnt
                self._read(session)
            return self._names, self._domains

    def _forget(self, session: Session) -> None:
        """One by one: to begin anew takes ten times as long, and somebody waits for it. SQLite gives an id again."""
        there = _ids_and_words(session, 0) if self._known else {}
        gone = [id_ for id_, word in self._known.items() if there.get(id_) != word]
        names, domains = _apart([self._known.pop(id_) for id_ in gone])
        self._newest = max(self._known, default=0)
        self._names, self._domains = self._names.but_for(names), self._domains.but_for(domains)

    def _read(self, session: Session) -> None:
        added = _ids_and_words(session, self._newest)
        self._newest = max(added, default=self._newest)
        self._known |= added
        names, domains = _apart(added.values())
        self._names, self._domains = self._names.and_more(names), self._domains.and_more(domains)


def _ids_and_words(session: Session, after: int) -> dict[int, str]:
    wanted = select(SearchWordRow.id, SearchWordRow.word).where(SearchWordRow.id > after)
    return {row.id: row.word for row in session.execute(wanted)}


def _apart(words: Iterable[str]) -> tuple[list[str], list[str]]:
    names, domains = list[str](), list[str]()
    for word in words:
        (domains if word.startswith(DOMAIN) else names).append(word)
    return names, domains
