"""What a soak left, asked of the product, of Slack and of the tables: who is locked out, what is lost or doubled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import argon2

from handlers.sentences import TITLES
from sandbox.cast import im_id
from sandbox.slack.workspace import Workspace
from sandbox.world import Message
from services.model import LIVE, Kind, State
from tests.bench.crowd import Phones
from tests.processes.moves import OWN
from tests.processes.yard import Yard
from tests.scenario.people import APPROVALS, AUDIT
from tests.scenario.screen import Surface
from tests.services.protocol import OUTCOMES

OLD = "the password from before"
HASHER = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
_COMPLAINTS = (
    "work failed",
    "job failed",
    "outbox fault",
    "sending stopped by a fault",
    "a look failed",
    "Traceback",
)
"""Of a process: that something broke which nobody expected."""


@dataclass(frozen=True)
class Reset:
    id: str
    reference: str
    email: str
    agent: str
    state: str
    stuck: str
    sending: bool


def set_old_passwords(yard: Yard) -> None:
    yard.product("UPDATE people SET password_hash = :hash", hash=HASHER.hash(OLD))


def resets(yard: Yard) -> list[Reset]:
    columns = "id, reference, person_email, agent_id, state, stuck, sending_at IS NOT NULL"
    return [Reset(*row) for row in yard.own(f"SELECT {columns} FROM locksmith_request")]  # noqa: S608  (our words)


def locked_out(yard: Yard, phones: Phones, emails: Iterable[str]) -> list[str]:
    """Asked of the sign-in page: none of the earlier password, the texted ones and their own lets them in."""
    texts: dict[str, list[str]] = {}
    for one in phones.network.messages:
        if "\n" in one.body_as_sent:
            texts.setdefault(phones.emails[one.to], []).append(one.body_as_sent.split("\n")[1])

    def tried(email: str) -> str:
        likely = [OWN, OLD] if email in phones.chose else [OLD, OWN]
        with yard.visit() as visitor:
            ways = (visitor.sign_in(email, one) for one in (*likely, *texts.get(email, [])))
            return "" if any("Welcome" in said or "Choose your own" in said for said in ways) else email

    with ThreadPoolExecutor(3) as pool:
        return [email for email in pool.map(tried, emails) if email]


@dataclass(frozen=True)
class Told:
    """Requests of which Slack shows too little, too much, or not the end."""

    lost: set[str]
    doubled: set[str]
    again: set[str]
    """Doubled too, but Slack was asked again: its answer to the first time was lost, with a worker or on the way."""
    stale: set[str]


@dataclass(frozen=True)
class Shown:
    """One kind of message: how many there are, and how often Slack was asked for each that there should be."""

    there: int
    tries: list[int]

    @property
    def doubled(self) -> bool:
        return self.there > len(self.tries)

    @property
    def again(self) -> bool:
        return self.doubled and self.there <= sum(self.tries)


def told(yard: Yard, space: Workspace, found: list[Reset]) -> Told:
    """Beside what the outbox says was told: so many cards, lines and direct messages there have to be."""
    done: dict[str, list[tuple[Kind, int]]] = {}
    for request_id, kind, tries in yard.own(
        "SELECT request_id, kind, tries FROM locksmith_outbox WHERE state = 'done' AND request_id <> '' ORDER BY id"
    ):
        done.setdefault(str(request_id), []).append((Kind(kind), int(tries)))
    there = {
        channel: _by_reference(space, channel) for channel in (AUDIT, APPROVALS, *{im_id(one.agent) for one in found})
    }
    came = Told(set(), set(), set(), set())
    for one in found:
        cards = there[AUDIT].get(one.reference, [])
        rows = done.get(one.id, [])
        shown = (
            Shown(len(cards), _first(rows, Kind.CARD)),
            Shown(_replies(space, cards), _each(rows, Kind.HISTORY)),
            Shown(len(there[APPROVALS].get(one.reference, [])), _first(rows, Kind.UNRESOLVED)),
            Shown(len(there[im_id(one.agent)].get(one.reference, [])), _direct(rows)),
        )
        if any(kind.there < len(kind.tries) for kind in shown) or not shown[0].tries:
            came.lost.add(one.id)
        if any(kind.again for kind in shown):
            came.again.add(one.id)
        if any(kind.doubled and not kind.again for kind in shown):
            came.doubled.add(one.id)
        if not cards or TITLES[State(one.state)] not in Surface({}, cards[-1].blocks).text:
            came.stale.add(one.id)
    return came


def _by_reference(space: Workspace, channel: str) -> dict[str, list[Message]]:
    found: dict[str, list[Message]] = {}
    for one in space.world.messages[channel]:
        reference = next((word for word in Surface({}, one.blocks).text.split() if word.startswith("R-")), "")
        if one.thread_ts is None:
            found.setdefault(reference.strip(".,:;)"), []).append(one)
    return found


def _replies(space: Workspace, cards: list[Message]) -> int:
    roots = {card.ts for card in cards}
    return sum(one.thread_ts in roots for one in space.world.messages[AUDIT] if one.thread_ts is not None)


def _first(rows: Sequence[tuple[Kind, int]], *kinds: Kind) -> list[int]:
    """Of a message that is edited from then on."""
    return [tries for kind, tries in rows if kind in kinds][:1]


def _each(rows: Sequence[tuple[Kind, int]], kind: Kind) -> list[int]:
    return [tries for one, tries in rows if one is kind]


def _direct(rows: Sequence[tuple[Kind, int]]) -> list[int]:
    """The first is a new message in any case; then only what is news."""
    direct = [(kind, tries) for kind, tries in rows if kind in (Kind.DIRECT, Kind.NEWS)]
    return [*_first(direct[:1], Kind.DIRECT), *_each(direct, Kind.NEWS)]


def open_ends(yard: Yard, found: list[Reset]) -> list[str]:
    live = [one.reference for one in found if State(one.state) in LIVE or one.stuck]
    waiting = yard.own("SELECT kind, state, error FROM locksmith_outbox WHERE state <> 'done'")
    return [*live, *(f"{kind} {state} {error}" for kind, state, error in waiting if kind not in ("modal", "confirm"))]


def without_outcome(yard: Yard) -> list[str]:
    """Intents of the audit that nobody wrote down the outcome of."""
    events: dict[str, Counter[str]] = {}
    for request_id, event in yard.own("SELECT request_id, event FROM locksmith_audit WHERE request_id <> ''"):
        events.setdefault(str(request_id), Counter())[str(event)] += 1
    return [
        f"{intent} of {request_id}"
        for request_id, counted in events.items()
        for intent, outcomes in OUTCOMES.items()
        if counted[intent] and not any(counted[one] for one in outcomes)
    ]


def doubled_texts(found: list[Reset], messages: list[Any]) -> list[str]:
    bodies = Counter(one.reference for one in found for text in messages if one.reference in text.body_as_sent)
    return [reference for reference, number in bodies.items() if number > 1]


def complaints(logs: Path) -> list[str]:
    """Lines of the processes' logs, of those too that were killed."""
    lines = (line for file in logs.glob("*.log") for line in file.read_text(encoding="utf-8").splitlines())
    return [line[:300] for line in lines if any(f'"{one}"' in line or line.startswith(one) for one in _COMPLAINTS)]
