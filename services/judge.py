"""Gathers what is known when somebody asks, and has it decided (services/decision.py)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import ColumnElement, Integer, Select, bindparam, cast, distinct, extract, func, select
from sqlalchemy.orm import Session

from services.db.session import Database
from services.db.tables import RequestRow, SearchRow, SwitchRow, UtcDateTime
from services.decision import Decision, Policy, Situation, decide
from services.find import SENT_STATES
from services.model import Actor, Person
from services.ports import Clock
from services.search.contact import Contacts

LOCKDOWN = "lockdown"
_USUAL = timedelta(weeks=4)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Asked:
    """What the agent has said so far; before the form is filled in the best is assumed."""

    checked: bool = True
    compromised: bool = False


@dataclass(frozen=True)
class _Agent:
    """What is the same for everybody whom this agent asks about."""

    actor: Actor
    at: datetime
    """When they asked."""
    last_hour: int
    usual_hour: float
    lockdown: bool


class Judge:
    def __init__(self, database: Database, policy: Policy, clock: Clock, contacts: Contacts) -> None:
        self._database = database
        self._policy = policy
        self._clock = clock
        self._contacts = contacts

    def judge(self, actor: Actor, person: Person, asked: Asked = Asked()) -> Decision:
        with self._database.glance() as session:
            return decide(self._policy, self.situation(session, actor, person, asked))

    def page(
        self, session: Session, actor: Actor, people: Sequence[Person], resets: Mapping[str, datetime]
    ) -> dict[str, Decision]:
        """Many at once, for the price of one; `resets`: when each was last reset, as `last_resets` tells."""
        agent = self._agent(session, actor, self._clock.now(), None)
        changed = self._contacts_changed_at(session, people)
        return {
            person.key: decide(
                self._policy, self._situation(agent, person, Asked(), changed.get(person.key), resets.get(person.key))
            )
            for person in people
        }

    def again(self, row: RequestRow, person: Person) -> Decision:
        """The same question just before sending: the answer may have changed (PROTOCOL rule 11)."""
        groups = tuple(json.loads(row.agent_groups))
        agent = Actor(row.agent_id, row.workspace, row.agent_name, row.agent_zone, groups, row.agent_email)
        with self._database.glance() as session:
            asked = Asked(row.checked, row.compromised)
            return decide(self._policy, self.situation(session, agent, person, asked, but=row))

    def situation(
        self, session: Session, actor: Actor, person: Person, asked: Asked, but: RequestRow | None = None
    ) -> Situation:
        """`but`: a request that is not counted, because it is the one that is asked about.

        It is judged as of the hour it was asked for: waiting for a manager into the evening makes nothing riskier.
        """
        agent = self._agent(session, actor, but.created_at if but is not None else self._clock.now(), but)
        changed = self._contacts_changed_at(session, [person])
        last_reset = _last_reset_at(session, person.key, but)
        return self._situation(agent, person, asked, changed.get(person.key), last_reset)

    def _situation(
        self, agent: _Agent, person: Person, asked: Asked, changed: datetime | None, last_reset: datetime | None
    ) -> Situation:
        actor = agent.actor
        return Situation(
            now=self._clock.now(),
            local=agent.at.astimezone(zone_of(actor.zone)),
            agent_id=actor.id,
            agent_groups=actor.groups,
            role=person.role,
            team=person.team,
            domain=person.email.rpartition("@")[2].casefold(),
            privileged=person.privileged,
            own_account=bool(actor.email) and actor.email.casefold() == person.email.casefold(),
            contact_changed_at=max((at for at in (changed, person.phone_changed_at) if at is not None), default=None),
            last_reset_at=last_reset,
            agent_last_hour=agent.last_hour,
            agent_usual_hour=agent.usual_hour,
            checked=asked.checked,
            compromised=asked.compromised,
            lockdown=agent.lockdown,
        )

    def _contacts_changed_at(self, session: Session, people: Sequence[Person]) -> dict[str, datetime]:
        """A change that the search has not seen yet is of this minute."""
        live = {person.key: person for person in people}
        found = session.execute(_CONTACTS, {"keys": list(live)})
        changed = {
            key: self._clock.now() if self._contacts.moved(contact, live[key]) else at for key, contact, at in found
        }
        return {key: at for key, at in changed.items() if at is not None}

    def _agent(self, session: Session, actor: Actor, at: datetime, but: RequestRow | None) -> _Agent:
        last_hour, usual, lockdown = _pace(session, actor, at - _HOUR, self._clock.now() - _USUAL, but)
        return _Agent(actor, at, last_hour, usual, lockdown)


def is_on(session: Session, name: str) -> bool:
    row = session.get(SwitchRow, name)
    return row is not None and row.on


def _last_reset_at(session: Session, person_key: str, but: RequestRow | None) -> datetime | None:
    return session.scalar(
        select(func.max(RequestRow.accepted_at)).where(
            RequestRow.person_key == person_key,
            RequestRow.state.in_(SENT_STATES),
            RequestRow.id != (but.id if but is not None else ""),
        )
    )


def _pace(
    session: Session, actor: Actor, hour: datetime, weeks: datetime, but: RequestRow | None
) -> tuple[int, float, bool]:
    """Their requests since `hour`, and the average of the hours before it in which they asked for anything, since
    `weeks`. Beside them whether there is a lockdown, which is a question less.
    """
    given = {
        "agent": actor.id,
        "workspace": actor.workspace,
        "hour": hour,
        "weeks": weeks,
        "since": min(hour, weeks),
        "but": but.id if but is not None else "",
    }
    last_hour, earlier, hours, lockdown = session.execute(_PACE, given).one()
    return last_hour, earlier / hours if hours else 0.0, lockdown


def _make_pace() -> Select[int, int, int, bool]:
    created, hour = RequestRow.created_at, bindparam("hour", type_=UtcDateTime())
    since, weeks = (bindparam(name, type_=UtcDateTime()) for name in ("since", "weeks"))
    before = (created > weeks) & (created <= hour)
    which: ColumnElement[int] = cast(extract("epoch", created), Integer) // 3600
    count = func.count()
    columns = count.filter(created > hour), count.filter(before), func.count(distinct(which)).filter(before)
    lockdown = select(SwitchRow.name).where(SwitchRow.name == LOCKDOWN, SwitchRow.on).exists()
    return select(*columns, lockdown).where(
        RequestRow.agent_id == bindparam("agent"),
        RequestRow.workspace == bindparam("workspace"),
        created > since,
        RequestRow.id != bindparam("but"),
    )


_CONTACTS = select(SearchRow.person_key, SearchRow.contact, SearchRow.contact_changed_at).where(
    SearchRow.person_key.in_(bindparam("keys", expanding=True))
)
_PACE = _make_pace()
"""Made once, as in services/find.py."""


def zone_of(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
