"""Finding people: Locksmith's own search tables to find by, the live directory for all that is shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Protocol

from sqlalchemy import ColumnElement, and_, bindparam, case, delete, func, literal, or_, select
from sqlalchemy.orm import Session

from services.audit import Audit
from services.circuit import halted
from services.db.session import Database
from services.db.tables import RequestRow, SearchRow
from services.decision import Decision
from services.errors import NotFound
from services.fold import fold, fold_email, words
from services.model import LIVE, Actor, Cause, Channel, Found, LastReset, Person, Row, State, UnderWay
from services.optouts import stopped
from services.policy import Rules
from services.ports import Clock, Directory, People
from services.seals import Seals

_LONGEST_QUERY = 200
_MOST_WORDS = 8
_BATCH = 1000
_REALLY = (
    State.SENT,
    State.DELIVERED,
    State.USED,
    State.COMPLETED,
    State.LAPSED,
    State.REVOKED,
    State.SUPERSEDED,
)
SENT_STATES = tuple(state.value for state in _REALLY)
"""States that tell of a reset that really happened, for "last reset"; taking it back does not make it undone."""


def impossible(person: Person, rules: Rules) -> Cause | None:
    """Why this person cannot be given a temporary password, if so."""
    if not person.active:
        return Cause.DEACTIVATED
    return None if channels(person, rules) else person.phone.problem


def channels(person: Person, rules: Rules) -> tuple[Channel, ...]:
    """How a temporary password can reach the number on record, the usual way first."""
    texts = (Channel.TEXT,) if person.phone.e164 else ()
    calls = (Channel.CALL,) if rules.calls and person.phone.dial else ()
    return (*texts, *calls)


def under_way(session: Session, keys: Sequence[str]) -> dict[str, UnderWay]:
    return _standing(session, keys)[0]


def _standing(session: Session, keys: Sequence[str]) -> tuple[dict[str, UnderWay], dict[str, LastReset]]:
    """Whose reset is under way, and who was last reset when: one query."""
    running: dict[str, UnderWay] = {}
    earlier: dict[str, LastReset] = {}
    for key, reference, state, agent_id, agent_name, channel, at in session.execute(_STANDING, {"keys": keys}):
        if state in LIVE:
            running[key] = UnderWay(reference, State(state), agent_id, agent_name, Channel(channel))
        if state in SENT_STATES and at is not None and (key not in earlier or at > earlier[key].at):
            earlier[key] = LastReset(at, agent_name, reference)
    return running, earlier


_STANDING = select(
    RequestRow.person_key,
    RequestRow.reference,
    RequestRow.state,
    RequestRow.agent_id,
    RequestRow.agent_name,
    RequestRow.channel,
    RequestRow.accepted_at,
).where(
    RequestRow.person_key.in_(bindparam("keys", expanding=True)),
    RequestRow.state.in_(sorted({*LIVE, *SENT_STATES})),
)
"""Made once: to make a query anew each time takes as long as to ask it."""


class PageJudge(Protocol):
    def page(
        self, session: Session, actor: Actor, people: Sequence[Person], resets: Mapping[str, datetime]
    ) -> dict[str, Decision]:
        """What the policy says about each, by key."""


class Finder:
    """`judge` says what the policy makes of each row, before anybody fills in a form."""

    def __init__(
        self, *, database: Database, directory: People, audit: Audit, rules: Rules, judge: PageJudge, seals: Seals
    ) -> None:
        self._judge = judge
        self._seals = seals
        self._database = database
        self._directory = directory
        self._audit = audit
        self._rules = rules

    def find(self, actor: Actor, query: str, offset: int = 0) -> Found:
        """One page. "" browses the first people by name. Raises DirectoryUnreachable, which is read once at most.

        Every word must match; exact e-mail first, then whole name, prefix, substring.
        """
        query = " ".join(query.split())[:_LONGEST_QUERY]
        cap, size = self._rules.found_cap, self._rules.page_size
        with self._database.glance() as session:
            keys, halt = self._keys(session, query, cap + 1), halted(session)
        people: dict[str, Person] | None = None
        if not keys and "@" in query:
            people = {person.key: person for person in self._directory.by_email(query)}
            keys = list(people)
        total = min(len(keys), cap)
        offset = max(0, min(offset, total - 1)) // size * size if total else 0
        rows = self._rows(actor, keys[:total][offset : offset + size], people)
        self._audit.record("people:searched", actor, found=total, offset=offset)
        return Found(query, rows, total, offset, size, capped=len(keys) > cap, cap=cap, halt=halt)

    def row(self, actor: Actor, person_key: str) -> Row:
        """One person, live. Raises NotFound, DirectoryUnreachable."""
        rows = self._rows(actor, [person_key])
        if not rows:
            raise NotFound("person")
        self._audit.record("person:viewed", actor, person_key=person_key)
        return rows[0]

    def _keys(self, session: Session, query: str, limit: int) -> list[str]:
        statement = select(SearchRow.person_key)
        parts = words(query)[:_MOST_WORDS]
        if query and not parts:
            return []
        if parts:
            whole = SearchRow.email == fold_email(query)
            every = and_(*(SearchRow.doc.contains(part, autoescape=True) for part in parts))
            statement = statement.where(or_(whole, every)).order_by(_rank(parts, whole))
        statement = statement.order_by(SearchRow.active.desc(), SearchRow.last, SearchRow.first)
        return list(session.scalars(statement.order_by(SearchRow.person_key).limit(limit)))

    def _rows(self, actor: Actor, keys: Sequence[str], people: Mapping[str, Person] | None = None) -> tuple[Row, ...]:
        """`people`: where they were read just now."""
        if people is None:
            people = self._directory.by_keys(keys) if keys else {}
        if not people:
            return ()
        with self._database.glance() as session:
            running, earlier = _standing(session, keys)
            names = _namesakes(session, [fold(person.name) for person in people.values()])
            silent = stopped(session, self._seals, {each.phone.e164 for each in people.values() if each.phone.e164})
            resets = {key: reset.at for key, reset in earlier.items()}
            decisions = self._judge.page(session, actor, list(people.values()), resets)
        return tuple(
            _judged(
                Row(
                    person=people[key],
                    namesake=fold(people[key].name) in names,
                    last_reset=earlier.get(key),
                    under_way=running.get(key),
                    impossible=impossible(people[key], self._rules),
                    stopped=people[key].phone.e164 in silent,
                ),
                decisions[key],
            )
            for key in keys
            if key in people
        )


def _judged(row: Row, decision: Decision) -> Row:
    if row.impossible is not None:
        return row
    if not decision.allowed:
        return replace(row, impossible=Cause.OUT_OF_SCOPE, ask_instead=decision.ask_instead)
    return replace(row, approvals=decision.approvals)


def _rank(parts: Sequence[str], whole: ColumnElement[bool]) -> ColumnElement[int]:
    names = {" ".join(parts), " ".join(reversed(parts)), " ".join([*parts[1:], parts[0]])}
    prefix = and_(*(SearchRow.doc.contains(f" {part}", autoescape=True) for part in parts))
    return case((whole, 0), (SearchRow.name.in_(names), 1), (prefix, 2), else_=literal(3))


def _namesakes(session: Session, names: Sequence[str]) -> set[str]:
    """Which of these folded names more than one person has."""
    counted = select(SearchRow.name).where(SearchRow.name.in_(names)).group_by(SearchRow.name)
    return set(session.scalars(counted.having(func.count() > 1)))


class Index:
    """Fills the search tables from the directory and keeps them in step."""

    def __init__(self, database: Database, directory: Directory, seals: Seals, clock: Clock) -> None:
        self._database = database
        self._directory = directory
        self._seals = seals
        self._clock = clock

    def sync(self) -> int:
        """One whole pass: new and changed people are written, vanished ones removed; returns how many changed.

        Also remembers when a number or an e-mail changed, which most products cannot tell. Reads the directory as
        a stream; raises DirectoryUnreachable and then leaves the tables as they were up to the last batch.
        """
        before = self._before()
        changed, batch = 0, []
        for person in self._directory.everybody():
            known = before.pop(person.key, None)
            entry = self._entry(person)
            if known is not None:
                moved = self._contact_changed(person, known.contact, entry.contact)
                entry.contact_changed_at = self._clock.now() if moved else known.contact_changed_at
            if known is None or known != _Known.of(entry):
                batch.append(entry)
            if len(batch) >= _BATCH:
                changed += self._write(batch)
                batch = []
        return changed + self._write(batch) + self._remove(list(before))

    def _before(self) -> dict[str, _Known]:
        columns = [getattr(SearchRow, field.name) for field in fields(_Known)]
        with self._database.read() as session:
            return {row[0]: _Known(*row[1:]) for row in session.execute(select(SearchRow.person_key, *columns))}

    def _contact_changed(self, person: Person, before: str, now: str) -> bool:
        """Also across a change of keys; where the earlier key is gone nobody can tell, and nobody is accused."""
        if before == now or not self._seals.knows(before):
            return False
        return self._contact(person, like=before) != before

    def _contact(self, person: Person, like: str = "") -> str:
        return self._seals.fingerprint(person.key, person.phone.dial or "", fold_email(person.email), like=like)

    def _entry(self, person: Person) -> SearchRow:
        first, last, email = fold(person.first_name), fold(person.last_name), fold_email(person.email)
        name = f"{first} {last}".strip()
        parts = fold(person.email.replace("@", " ").replace(".", " "))
        return SearchRow(
            person_key=person.key,
            first=first[:200],
            last=last[:200],
            name=name[:400],
            email=email[:400],
            contact=self._contact(person),
            doc=f" {name} {fold(person.email)} {parts}",
            active=person.active,
        )

    def _write(self, entries: Iterable[SearchRow]) -> int:
        entries = list(entries)
        if entries:
            with self._database.write() as session:
                keys = [entry.person_key for entry in entries]
                session.execute(delete(SearchRow).where(SearchRow.person_key.in_(keys)))
                session.add_all(entries)
        return len(entries)

    def _remove(self, keys: Sequence[str]) -> int:
        for start in range(0, len(keys), _BATCH):
            with self._database.write() as session:
                session.execute(delete(SearchRow).where(SearchRow.person_key.in_(keys[start : start + _BATCH])))
        return len(keys)


@dataclass(frozen=True)
class _Known:
    """What the search tables hold of one person, to see whether anything changed."""

    first: str
    last: str
    email: str
    active: bool
    contact: str
    contact_changed_at: datetime | None

    @classmethod
    def of(cls, entry: SearchRow) -> _Known:
        return cls(*(getattr(entry, field.name) for field in fields(cls)))
