"""Did you mean …: people whose names or addresses are a typo or two away from what was typed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Integer, Select, bindparam, func, select, union_all
from sqlalchemy.orm import Session

from services.db.tables import SearchRow
from services.fold import fold_email, words
from services.search.entry import DOMAIN
from services.search.hit import Hit
from services.search.match import LOOKED_AT, MOST_WORDS, Matcher, Term, after, begun
from services.search.vocabulary import Vocabulary, Words, typos_between

_MEANINGS = 100
"""So many words at most may have been meant by one."""
_TYPOS, _NAMES = 2, 400
"""Of whole names that may have been meant: typos in all their words together, and how many."""
_DOMAINS = 12
_SIGNS = re.compile("[@._+]+")
"""Between the words of an address."""
_SIDE_BY_SIDE = 1000
"""Mailboxes of one domain that begin or end as the one that was typed."""
Word = tuple[str, int]
"""And how many typos away it is."""
Meanings = dict[str, int]
"""What may have been meant, padded as in `doc`, and how many typos away it is."""
Find = Callable[[Session, Sequence[Term], int], list[Hit]]
Rank = tuple[int, bool]
"""How many typos away somebody is, and whether they are called otherwise than just that."""


class Guess:
    def __init__(self, matcher: Matcher, vocabulary: Vocabulary) -> None:
        self._matcher, self._vocabulary = matcher, vocabulary

    def keys(self, session: Session, query: str, terms: Sequence[str], limit: int) -> list[str]:
        names, domains = self._vocabulary.look(session)
        email = fold_email(query)
        local, _, domain = email.rpartition("@")
        found: dict[Hit, Rank] = {}
        if local and domain and " " not in email:
            near = self._mailboxes(session, local, domain, names, domains)
            found = {hit: (typos, False) for hit, typos in near.items()}
        found = found or self._people(session, terms, names)
        ranked = sorted(found, key=lambda hit: (found[hit], hit.order))
        return [hit.person_key for hit in ranked[:limit]]

    # --- names -----------------------------------------------------------------------------------

    def _people(self, session: Session, terms: Sequence[str], names: Words) -> dict[Hit, Rank]:
        for said in _as_said(terms):
            meant = [_meanings(term, names) for term in said]
            if not all(meant):
                continue
            found = self._by_words(session, [_whole(each) for each in meant], self._matcher.whole)
            if found or (found := self._by_words(session, meant, self._matcher.hits)):
                return found
        return {}

    def _called(self, session: Session, meant: Sequence[Meanings]) -> list[Hit]:
        """Whoever is called just that, in any order: the nearest of many."""
        said = [[(piece.strip(), typos) for piece, typos in each.items() if piece.endswith(" ")] for each in meant]
        names: dict[str, int] = {}
        for at in range(len(said) if len(said) > 1 else 0):
            for words_ in _together([*said[at:], *said[:at]], _TYPOS):
                names.setdefault(" ".join(word for word, _ in words_), sum(typos for _, typos in words_))
        nearest = sorted(names, key=lambda name: (names[name], name))[:_NAMES]
        return self._matcher.called(session, nearest, LOOKED_AT)

    def _by_words(self, session: Session, meant: Sequence[Meanings], find: Find) -> dict[Hit, Rank]:
        """Whoever is called so, or has more names than those, or some in an address. `find` is the matcher's way for
        such pieces: of whole words ten times as fast as of beginnings.
        """
        if not all(meant):
            return {}
        hits = set(find(session, [list(each) for each in meant], LOOKED_AT))
        if len(hits) == LOOKED_AT:  # then the nearest may be missing
            hits.update(self._called(session, meant))
            nearest = [[piece for piece, typos in each.items() if typos == min(each.values())] for each in meant]
            hits |= set(find(session, nearest, LOOKED_AT))
        found = {hit: [_typos(each, hit.doc) for each in meant] for hit in hits}
        return {hit: (sum(typos), not _is_called(hit, meant)) for hit, typos in found.items() if max(typos) <= _TYPOS}

    # --- addresses -------------------------------------------------------------------------------

    def _mailboxes(self, session: Session, local: str, domain: str, names: Words, domains: Words) -> dict[Hit, int]:
        near = {f"{DOMAIN}{domain}": 0, **domains.near(f"{DOMAIN}{domain}")}
        found: dict[Hit, int] = {}
        for each in sorted(near, key=lambda each: (near[each], each))[:_DOMAINS]:
            if found and near[each] >= min(found.values()):
                break  # nobody there is nearer
            hits = dict.fromkeys(self._side_by_side(session, local, each.removeprefix(DOMAIN)), near[each])
            found = _close(local, hits) | found
        return found or _close(local, self._by_parts(session, local, near, names))

    def _by_parts(self, session: Session, local: str, near: dict[str, int], names: Words) -> dict[Hit, int]:
        """There is a typo in each half of it."""
        parts = [_meanings(part, names) for part in words(local.replace(".", " ").replace("_", " "))]
        hits = self._matcher.hits(session, [list(each) for each in parts], LOOKED_AT) if parts else []
        domains = {hit: f"{DOMAIN}{hit.email.rpartition('@')[2]}" for hit in hits}
        return {hit: near[domain] for hit, domain in domains.items() if domain in near}

    def _side_by_side(self, session: Session, local: str, domain: str) -> Iterable[Hit]:
        """One half of a name with one typo is as it should be."""
        half = len(local) // 2
        first, second = f"{domain}@{local[:half]}", f"{domain}@{local[half:][::-1]}"
        values: dict[str, str | int] = {"from_first": first, "to_first": after(first)}
        values |= {"from_second": second, "to_second": after(second), "letters": len(f"{domain}@{local}")}
        return (Hit(*row) for row in session.execute(_NEIGHBOURS, values))


def _meanings(term: str, names: Words) -> Meanings:
    """A word that somebody is called by need not be the beginning of another."""
    near = names.near(term)
    nearest = sorted(near, key=lambda word: (near[word], word))[:_MEANINGS]
    begun = {} if term in near else {f" {term}": 0}
    return {**begun, **{f" {word} ": near[word] for word in nearest}}


def _whole(meanings: Meanings) -> Meanings:
    return {piece: typos for piece, typos in meanings.items() if piece.endswith(" ")}


def _together(said: Sequence[Sequence[Word]], typos: int) -> Iterator[tuple[Word, ...]]:
    """One of each, with so many typos in all at most."""
    if not said:
        yield ()
        return
    for word in said[0]:
        if word[1] <= typos:
            yield from ((word, *others) for others in _together(said[1:], typos - word[1]))


def _close(local: str, hits: dict[Hit, int]) -> dict[Hit, int]:
    """Of these, with the typos in their domains, those whose name there has not too many."""
    typos = {hit: typos_between(local, hit.email.rpartition("@")[0]) for hit in hits}
    return {hit: hits[hit] + count for hit, count in typos.items() if count is not None}


def _is_called(hit: Hit, meant: Sequence[Meanings]) -> bool:
    """Just that: they have no more names, and it is no part of their address."""
    name = f" {hit.name} "
    return name.count(" ") == len(meant) + 1 and all(_typos(each, name) <= _TYPOS for each in meant)


def _typos(meanings: Meanings, doc: str) -> int:
    """Of the nearest that is there. SQLite's index takes a full stop in a piece for a space."""
    return min((typos for piece, typos in meanings.items() if piece in doc), default=_TYPOS + 1)


def _as_said(terms: Sequence[str]) -> Iterable[Sequence[str]]:
    """As it was typed; then an address by its words; then with two neighbours as one word (Mc Donald, Mary Ann)."""
    if terms:
        yield terms
    parts = [part for term in terms for part in _SIGNS.split(term) if part]
    if parts and parts != terms:
        yield parts[:MOST_WORDS]
    for at in range(len(terms) - 1):
        yield [*terms[:at], terms[at] + terms[at + 1], *terms[at + 2 :]]


def _range(column: Any, name: str) -> Select[Any]:  # noqa: ANN401  (a mapped column)
    letters = bindparam("letters", type_=Integer)
    alike = func.length(column).between(letters - _TYPOS, letters + _TYPOS)
    some = begun(column, name, alike).order_by(column).limit(_SIDE_BY_SIDE).subquery()
    return select(*some.columns)


_NEIGHBOURS = union_all(_range(SearchRow.mailbox, "first"), _range(SearchRow.mailbox_back, "second"))
"""Made once, as in services/find.py."""
