"""Writing people into the search tables, and the words they are called by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, select, update
from sqlalchemy import insert as plain_insert
from sqlalchemy.orm import Session

from services.db.session import Database, insert
from services.db.tables import SearchRow, SearchStateRow, SearchStretchRow, SearchWordRow
from services.model import Person
from services.ports import Clock
from services.search.contact import Contacts
from services.search.entry import DOMAIN, entry, vocabulary_of
from services.search.match import Matcher, after
from services.search.vocabulary import STATE
from services.search.wipe import wipe

_CHUNK = 500
"""People who are removed, or words that are looked for, in one statement."""
_FOUND_BY = ("first", "last", "name", "email", "mailbox", "mailbox_back", "doc")
_BESIDE = ("stretch", "active", "contact", "contact_changed_at")
Values = dict[str, Any]
_COLUMNS = [getattr(SearchRow, name) for name in ("id", "person_key", *_FOUND_BY, *_BESIDE)]
_KNOWN = select(*_COLUMNS).where(SearchRow.person_key.in_(bindparam("keys", expanding=True)))
_OF_STRETCH = select(*_COLUMNS).where(SearchRow.stretch == bindparam("stretch"))


@dataclass
class _Sorted:
    """`moved`: nothing but the stretch is another. `gone`: was of the stretch, and is not there any more."""

    new: list[Values] = field(default_factory=list)
    whole: list[Values] = field(default_factory=list)
    beside: list[Values] = field(default_factory=list)
    moved: list[Values] = field(default_factory=list)
    gone: list[Row[Any]] = field(default_factory=list)
    before: list[Row[Any]] = field(default_factory=list)
    """The rows of whoever is called otherwise now, or is gone."""

    @property
    def changed(self) -> int:
        return len(self.new) + len(self.whole) + len(self.beside) + len(self.gone)


class BegunAnew(Exception):
    """Everybody is to be read anew since this round began; what it knows of stretches is over."""


class Writer:
    def __init__(self, database: Database, contacts: Contacts, clock: Clock) -> None:
        self._database = database
        self._contacts = contacts
        self._clock = clock
        self._matcher = Matcher()
        self._filling = 0

    def begin(self, go_on: Callable[[], bool]) -> bool:
        """A round: what it writes from now on is of this filling and of none that comes later. False where it was
        told to end meanwhile.
        """
        with self._database.read() as session:
            state = session.get_one(SearchStateRow, STATE)
            self._filling, left_over = state.whole_from, state.left_over
        if left_over:  # by a round that was stopped, maybe between removing a person and forgetting their words
            if not self._forget_unused(go_on):
                return False
            self.wipe()
        return True

    def check(self, session: Session) -> SearchStateRow:
        """Nobody begins anew until this transaction ends. Raises BegunAnew where somebody did."""
        state = session.get_one(SearchStateRow, STATE, with_for_update=True)
        if state.whole_from != self._filling:
            raise BegunAnew
        return state

    def write(self, people: Sequence[Person], stretch: SearchStretchRow, *, alone: bool = True) -> int:
        """These are of this stretch, and `alone`; in one transaction. Returns how many were different."""
        with self._database.write() as session:
            state = self.check(session)
            found = self._sort(session, people, stretch.id, state.whole_from)
            if alone:
                keys = {person.key for person in people}
                rows = session.execute(_OF_STRETCH, {"stretch": stretch.id})
                found.gone = [row for row in rows if row.person_key not in keys]
            _put(session, found)
            written = {values["person_key"] for values in (*found.new, *found.whole)}
            learnt = [person for person in people if person.key in written or not state.filled]
            _learn(session, set().union(*map(vocabulary_of, learnt)))
            session.merge(stretch)
            state.left_over = state.left_over or bool(found.before or found.gone)
        still = set().union(*(_words(values["doc"], values["email"]) for values in found.whole))
        self._forget(_words_of([*found.before, *found.gone]) - still)
        return found.changed

    def remove(self, rows: Sequence[Any]) -> int:
        """Whoever is of no stretch."""
        with self._database.write() as session:
            self.check(session).left_over = True
            _put(session, _Sorted(gone=list(rows)))
        self._forget(_words_of(rows))
        return len(rows)

    def wipe(self) -> None:
        """Nothing is left in the file of whoever is gone or called otherwise. Once for a round, and not for each of
        its pieces: it may have to go through all there is."""
        with self._database.read() as session:
            left_over = session.get_one(SearchStateRow, STATE).left_over
        if left_over:
            wipe(self._database)
            with self._database.write() as session:
                self.check(session).left_over = False

    def _sort(self, session: Session, people: Iterable[Person], stretch: int, whole_from: int) -> _Sorted:
        people = list(people)
        rows = session.execute(_KNOWN, {"keys": [person.key for person in people]})
        known = {row.person_key: row for row in rows}
        found = _Sorted()
        for person in people:
            row = known.get(person.key)
            values = {"person_key": person.key, "stretch": stretch, **entry(person), **self._contact(person, row)}
            if row is None:
                found.new.append(values)
                continue
            values["id"] = row.id
            differs = {name for name in (*_FOUND_BY, *_BESIDE) if getattr(row, name) != values[name]}
            if row.stretch < whole_from or differs & set(_FOUND_BY):
                found.whole.append(values)
                found.before.append(row)
            elif differs:
                (found.moved if differs == {"stretch"} else found.beside).append(values)
        return found

    def _contact(self, person: Person, row: Row[Any] | None) -> Mapping[str, str | datetime | None]:
        contact = self._contacts.fingerprint(person)
        if row is None or contact == row.contact:
            return {"contact": contact, "contact_changed_at": row.contact_changed_at if row else None}
        moved = self._contacts.moved(row.contact, person)
        return {"contact": contact, "contact_changed_at": self._clock.now() if moved else row.contact_changed_at}

    # --- vocabulary ------------------------------------------------------------------------------

    def _forget_unused(self, go_on: Callable[[], bool]) -> bool:
        """Words of nobody. Each is looked up, which takes seconds for all names of a million people."""
        with self._database.read() as session:
            words = session.scalars(select(SearchWordRow.word)).all()
        for start in range(0, len(words), _CHUNK):
            self._forget(words[start : start + _CHUNK])
            if start + _CHUNK < len(words) and not go_on():
                return False
        return True

    def _forget(self, words: Iterable[str]) -> None:
        """Of whoever is gone or called otherwise nothing is kept that nobody else is called."""
        words = sorted(words)
        for start in range(0, len(words), _CHUNK):
            some = words[start : start + _CHUNK]
            with self._database.read() as session:
                there = session.scalars(select(SearchWordRow.word).where(SearchWordRow.word.in_(some))).all()
                unused = [word for word in there if not self._used(session, word)]
            if unused:
                with self._database.write() as session:
                    session.execute(delete(SearchWordRow).where(SearchWordRow.word.in_(unused)))
                    session.execute(update(SearchStateRow).values(forgotten=SearchStateRow.forgotten + 1))

    def _used(self, session: Session, word: str) -> bool:
        if not word.startswith(DOMAIN):
            return bool(self._matcher.whole(session, [[f" {word} "]], 1))
        start = f"{word.removeprefix(DOMAIN)}@"
        beside = select(SearchRow.id).where(SearchRow.mailbox >= start, SearchRow.mailbox < after(start))
        return session.scalar(beside.limit(1)) is not None


def _put(session: Session, found: _Sorted) -> None:
    if found.new:
        newest = session.scalar(select(func.max(SearchRow.id))) or 0
        new = [{**values, "id": id_} for id_, values in enumerate(found.new, newest + 1)]
        session.execute(plain_insert(SearchRow), new)
    if found.whole:
        session.execute(update(SearchRow), found.whole)
    if beside := [*found.beside, *found.moved]:
        only = [{name: values[name] for name in ("id", *_BESIDE)} for values in beside]
        session.execute(update(SearchRow), only)
    for start in range(0, len(found.gone), _CHUNK):
        ids = [row.id for row in found.gone[start : start + _CHUNK]]
        session.execute(delete(SearchRow).where(SearchRow.id.in_(ids)))


def _learn(session: Session, words: set[str]) -> None:
    if not words:
        return
    known = set(session.scalars(select(SearchWordRow.word).where(SearchWordRow.word.in_(words))))
    if new := sorted(words - known):
        statement = insert(session, SearchWordRow).on_conflict_do_nothing(index_elements=["word"])
        session.execute(statement, [{"word": word} for word in new])
        session.execute(update(SearchStateRow).values(learnt=SearchStateRow.learnt + 1))


def _words_of(rows: Iterable[Any]) -> set[str]:
    """Whatever of them may be in the vocabulary."""
    found: set[str] = set()
    for row in rows:
        found |= _words(row.doc, row.email)
    return found


def _words(doc: str, email: str) -> set[str]:
    return {*doc.split(), f"{DOMAIN}{email.rpartition('@')[2]}"}
