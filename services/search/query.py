"""Who is meant: the best first, the same every time, and never more of the tables read than a page or two needs.

The ways are tried from the surest on, until there are enough: names beginning with what was typed, along an index in
its order; any part of any word; short forms of first names. An address is looked up by its ends. Whoever else may
have been meant comes after them, or alone (services/search/guess.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Select, bindparam, select, union_all
from sqlalchemy.orm import Session

from services.db.tables import SearchRow
from services.fold import fold_email, fold_in_two, words
from services.search import nicknames
from services.search.entry import DOMAIN, mailbox
from services.search.guess import Guess
from services.search.hit import COLUMNS, Hit, tier
from services.search.match import LOOKED_AT, MOST_WORDS, Matcher, Term, after, begun
from services.search.vocabulary import Vocabulary

_ALONG = 4
"""Names along an index are read for so many pages at most."""
_SHORT = 2
_TELLING = 4
"""Signs. A shorter word is a typo away from so many others that they would bury whoever it fits."""
_PAIR = 2
_EXPANDED = 40
_DOMAINS = 20


def is_address(query: str) -> bool:
    """Whether it may be somebody's whole e-mail address."""
    local, _, domain = query.rpartition("@")
    return bool(local) and "." in domain.strip(".") and " " not in query


class Search:
    def __init__(self, *, nicknames_on: bool = True) -> None:
        self._nicknames = nicknames.table() if nicknames_on else {}
        self._matcher, self._vocabulary = Matcher(), Vocabulary()
        self._guess = Guess(self._matcher, self._vocabulary)
        counts = range(1, MOST_WORDS + 1)
        self._walks = {(count, active): _walk(count, active) for count in counts for active in (False, True)}
        self._exactly = select(*COLUMNS).where(SearchRow.mailbox == bindparam("mailbox"))

    def warm(self, session: Session) -> None:
        """Reads the words that a misspelt one may have meant, before somebody waits for it."""
        self._vocabulary.look(session)

    def owner(self, session: Session, address: str, limit: int) -> list[str]:
        """Keys of people who have exactly this address; usually there is one."""
        email = fold_email(address)
        hits = [Hit(*row) for row in session.execute(self._exactly, {"mailbox": mailbox(email)})]
        exact = sorted((hit for hit in hits if hit.email == email), key=lambda hit: hit.order)
        return [hit.person_key for hit in exact[:limit]]

    def look(self, session: Session, query: str, limit: int) -> tuple[list[str], list[str]]:
        """Keys of whom every word fits, and of whoever may be meant beside or instead of them."""
        found = self._ending(session, query, limit) if is_address(query) else self.find(session, query, limit)
        return found, self.beside(session, query, found, limit) if found else self.guess(session, query, limit)

    def _ending(self, session: Session, address: str, limit: int) -> list[str]:
        """Of whose address this is a part: it ends so, or would with the rest of its domain."""
        local, _, domain = fold_email(address).rpartition("@")
        _, domains = self._vocabulary.look(session)
        hits: list[Hit] = []
        for each in islice(domains.having(f"{DOMAIN}{domain}"), _DOMAINS):
            start = f"{each.removeprefix(DOMAIN)}@{local[::-1]}"
            values = {"from_end": start, "to_end": after(start), "most": limit}
            hits += (Hit(*row) for row in session.execute(_ENDING, values))
        return [hit.person_key for hit in sorted(hits, key=lambda hit: hit.order)[:limit]]

    def find(self, session: Session, query: str, limit: int) -> list[str]:
        """Keys of people whom every word of `query` fits; "" browses."""
        if not query:
            return self._browse(session, limit)
        terms = words(query)[:MOST_WORDS]
        if not terms:
            return []
        found = {hit.person_key: hit for hit in self._along(session, terms, limit)}
        if len(found) >= limit > sum(hit.active for hit in found.values()):
            found |= {hit.person_key: hit for hit in self._along(session, terms, limit, active=True)}
        if len(found) < limit:
            found |= {hit.person_key: hit for hit in self._parts(session, terms)}
        if len(found) < limit and not query.isascii():
            found |= {hit.person_key: hit for hit in self._in_two(session, query, terms, limit)}
        ranked = sorted(found.values(), key=lambda hit: (tier(hit, terms), hit.order))
        if len(found) < limit:
            ranked += self._by_nickname(session, terms, but_for=found)
        return [hit.person_key for hit in ranked[:limit]]

    def _browse(self, session: Session, limit: int) -> list[str]:
        found: list[str] = []
        for active in (True, False):
            if len(found) < limit:
                found += session.scalars(_BROWSED, {"active": active, "most": limit - len(found)})
        return found

    def guess(self, session: Session, query: str, limit: int) -> list[str]:
        """Keys of people who may be meant where nobody fits: the fewest typos first."""
        return self._guess.keys(session, query, words(query)[:MOST_WORDS], limit)

    def beside(self, session: Session, query: str, found: Sequence[str], limit: int) -> list[str]:
        """Keys of people who may be meant as well, where these were found: one's typo is another's name."""
        if not 0 < len(found) < limit or "@" in query or len(query) < _TELLING:
            return []
        return [key for key in self.guess(session, query, limit) if key not in found][: limit - len(found)]

    def _along(self, session: Session, terms: Sequence[str], limit: int, *, active: bool = False) -> list[Hit]:
        """`active`: nobody else; those who were deactivated are shown last, and may be all that come first here."""
        values: dict[str, Any] = {"most": _ALONG * limit}
        for at, start in enumerate(_starts(terms)):
            values |= {f"from_{at}": start, f"to_{at}": after(start)}
        values |= {f"word_{at}": term for at, term in enumerate(terms[:_PAIR])}
        walk = self._walks[len(terms), active]
        return [Hit(*row) for row in session.execute(walk, values)]

    def _parts(self, session: Session, terms: Sequence[str]) -> list[Hit]:
        """Any part of a word; of words of one or two letters their beginnings; of letters alone those of names."""
        if not any(map(str.isalnum, "".join(terms))):
            return self._expanded(session, terms)
        if all(len(term) == 1 for term in terms):
            return self._matcher.initials(session, terms, LOOKED_AT)
        pieces = [[f" {term}" if len(term) <= _SHORT else term] for term in terms]
        found = self._matcher.hits(session, pieces, LOOKED_AT)
        if found or self._matcher.parts(session):
            return found
        return self._expanded(session, terms)

    def _expanded(self, session: Session, terms: Sequence[str]) -> list[Hit]:
        """What no index can look up, by the words that the vocabulary has for it; and beginnings, which all can."""
        names, _ = self._vocabulary.look(session)
        pieces: list[Term] = []
        for term in terms:
            having = names.having(term) if len(term) > _SHORT or not term.isalnum() else ()
            within_first = sorted((word.startswith(term), word) for word in having)
            pieces.append([f" {term}", *(f" {word} " for _, word in within_first[:_EXPANDED])])
        return self._matcher.hits(session, pieces, LOOKED_AT)

    def _in_two(self, session: Session, query: str, terms: Sequence[str], limit: int) -> list[Hit]:
        """Mueller, where müller was typed. Of whoever is written with ü both are known, so muller finds them too."""
        spelt = fold_in_two(query).split()[:MOST_WORDS]
        if spelt == terms:
            return []
        return [*self._along(session, spelt, limit), *self._parts(session, spelt)]

    def _by_nickname(self, session: Session, terms: Sequence[str], but_for: dict[str, Hit]) -> list[Hit]:
        if not any(term in self._nicknames for term in terms):
            return []
        pieces: list[Term] = []
        for term in terms:
            others = sorted(self._nicknames.get(term, ()))
            pieces.append([f" {each} " for each in (term, *others)] if others else [f" {term}"])
        found = self._matcher.hits(session, pieces, LOOKED_AT)
        return sorted((hit for hit in found if hit.person_key not in but_for), key=lambda hit: hit.order)


def _starts(terms: Sequence[str]) -> list[str]:
    """What a name begins with, in the order of the walks of `_walk`."""
    if len(terms) == 1:
        return [terms[0], terms[0]]
    turned = [" ".join((*terms[at:], *terms[:at])) for at in range(len(terms))]
    return [*terms, *turned] if len(terms) == _PAIR else turned


def _walk(count: int, active: bool) -> Any:  # noqa: ANN401  (a Select or a CompoundSelect)
    """Along indexes, each in its order, for so many words; `active`: of nobody else.

    One: the last name or the first begins with it. Two: one is the last name and the first begins with the other, or
    they are the beginning of the whole name in either order; so is it for more.
    """
    only = (SearchRow.active,) if active else ()
    ranges: list[Select[Any]] = []
    if count == 1:
        ranges = [_range(SearchRow.last, 0, *only), _range(SearchRow.name, 1, *only)]
    elif count == _PAIR:
        ranges = [_range(SearchRow.first, 0, SearchRow.last == bindparam("word_1"), *only)]
        ranges += [_range(SearchRow.first, 1, SearchRow.last == bindparam("word_0"), *only)]
        ranges += [_range(SearchRow.name, 2, *only), _range(SearchRow.name, 3, *only)]
    else:
        ranges = [_range(SearchRow.name, at, *only) for at in range(count)]
    return union_all(*(select(*each.subquery().columns) for each in ranges))


def _range(column: Any, at: int, *conditions: Any) -> Select[Any]:  # noqa: ANN401  (a mapped column)
    order = (SearchRow.last, SearchRow.first) if column is SearchRow.last else (column,)
    return begun(column, str(at), *conditions).order_by(*order, SearchRow.person_key).limit(bindparam("most"))


_ENDING = begun(SearchRow.mailbox_back, "end").order_by(SearchRow.mailbox_back).limit(bindparam("most"))
_BROWSED = (
    select(SearchRow.person_key)
    .where(SearchRow.active == bindparam("active"))
    .order_by(SearchRow.last, SearchRow.first, SearchRow.person_key)
    .limit(bindparam("most"))
)
