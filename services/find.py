"""Finding people: Locksmith's own search tables to find by, the live directory for all that is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from services.audit import Audit
from services.circuit import halted
from services.db.session import Database
from services.db.tables import RequestRow, SearchRow
from services.decision import Decision
from services.errors import DatabaseUnreachable, DirectoryUnreachable, NotFound
from services.fold import fold
from services.model import LIVE, Actor, Cause, Channel, Found, LastReset, Person, Row, State, UnderWay
from services.optouts import stopped
from services.policy import Rules
from services.ports import People
from services.seals import Seals
from services.search.query import Search, is_address

_LONGEST_QUERY = 200
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
    """Why nothing can be done for this person, if so."""
    if not person.active:
        return Cause.DEACTIVATED
    return None if person.may_be_locked or channels(person, rules) else person.phone.problem


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
        self._search = Search(nicknames_on=rules.nicknames)
        self._seals = seals
        self._database = database
        self._directory = directory
        self._audit = audit
        self._rules = rules

    def warm(self) -> None:
        """For the start of a process: of a million people the first typo would wait a second or two."""
        with suppress(DatabaseUnreachable), self._database.glance() as session:
            self._search.warm(session)

    def find(self, actor: Actor, query: str, offset: int = 0) -> Found:
        """One page. "" browses the first people by name. Raises DirectoryUnreachable.

        A whole address is its owner's alone, also where only the directory knows it yet. Otherwise every word must
        match: whole name, prefix, substring; whoever may have been meant comes after them. The directory is read
        once; twice where an address is unknown, each time for a second at most.
        """
        query = " ".join(query.split())[:_LONGEST_QUERY]
        cap, size = self._rules.found_cap, self._rules.page_size
        address = is_address(query)
        with self._database.glance() as session:
            halt = halted(session)
            if address:
                keys, others = self._search.owner(session, query, cap + 1), list[str]()
            else:
                keys, others = self._search.look(session, query, cap + 1)
        people: dict[str, Person] | None = None
        if address and not keys:
            people, keys, others = self._unknown(query)
        guessed_from = len(keys) if others else None
        keys += others
        total = min(len(keys), cap)
        offset = max(0, min(offset, total - 1)) // size * size if total else 0
        rows = self._rows(actor, keys[:total][offset : offset + size], people)
        self._audit.record("people:searched", actor, found=total, offset=offset)
        capped = len(keys) > cap
        return Found(query, rows, total, offset, size, capped, cap, halt, guessed_from)

    def _unknown(self, address: str) -> tuple[dict[str, Person] | None, list[str], list[str]]:
        """Whoever has this address since a moment ago; or else who may be meant. Of a large directory that has no
        index for it the look-up may take too long, which is no reason not to guess.
        """
        try:
            people, silent = {person.key: person for person in self._directory.by_email(address)}, False
        except DirectoryUnreachable:
            people, silent = {}, True
        if people:
            return people, list(people), []
        with self._database.glance() as session:
            keys, others = self._search.look(session, address, self._rules.found_cap + 1)
        if silent and not (keys or others):
            raise DirectoryUnreachable
        return None, keys, others

    def row(self, actor: Actor, person_key: str) -> Row:
        """One person, live. Raises NotFound, DirectoryUnreachable."""
        rows = self._rows(actor, [person_key])
        if not rows:
            raise NotFound("person")
        self._audit.record("person:viewed", actor, person_key=person_key)
        return rows[0]

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
                    only_unlock=people[key].may_be_locked and not channels(people[key], self._rules),
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


def _namesakes(session: Session, names: Sequence[str]) -> set[str]:
    """Which of these folded names more than one person has."""
    return set(session.scalars(_NAMESAKES, {"names": names}))


_NAMESAKES = (
    select(SearchRow.name)
    .where(SearchRow.name.in_(bindparam("names", expanding=True)))
    .group_by(SearchRow.name)
    .having(func.count() > 1)
)
