"""What a story has in hand: Locksmith's processes, the people, the carrier, and time that stands still until
somebody moves it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.build import Bot
from sandbox.app import Running
from services.db.tables import AuditRow, RequestRow
from services.errors import DomainError
from tests.scenario.people import APPROVALS, Person
from tests.scenario.product import Product
from tests.scenario.setting import Setting
from tests.scenario.wire import Json, get, tell, until

ROOT = Path(__file__).resolve().parents[2]
START = datetime(2026, 11, 23, 19, 42, tzinfo=UTC)
"""14:42 in New York, where Sam is."""
PATIENCE = 20.0
"""Seconds that Slack waits for an ack. Not its three, which a machine that does other things may not keep."""


class HandClock:
    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at


class Hands:
    """Work that is done at once, in the thread of whoever asks; later, while it is held; or lost, as in a crash."""

    def __init__(self) -> None:
        self.held = self.loses = False
        self._waiting: list[Callable[[], object]] = []

    def submit(self, work: Callable[[], object]) -> None:
        if self.held:
            self._waiting.append(work)
        elif not self.loses:
            work()

    def release(self) -> None:
        self.held = False
        while self._waiting:
            self._waiting.pop(0)()

    def drain(self) -> None:
        """Nothing is lost by not doing it: a job picks it up."""


@dataclass
class Story:
    """`bots` are Locksmith's processes. Nothing but the databases is common to them, and each press and each run of a
    job comes to another one: what a test changes inside, it changes in all of them.
    """

    setting: Setting
    bots: list[Bot]
    sandbox: Running
    address: str
    """Where Locksmith is reached over HTTP."""
    product: Product
    folder: Path
    clock: HandClock
    work: Hands
    logged: list[Any]
    """Everything Locksmith logged, as dictionaries."""
    faults_expected: bool = False
    people: dict[str, Person] = field(default_factory=dict)
    _ran: dict[str, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._turns = cycle(self.bots)

    @property
    def bot(self) -> Bot:
        """The first of them: enough for looking at what is common to all."""
        return self.bots[0]

    @property
    def url(self) -> str:
        return self.sandbox.url

    def person(self, name: str) -> Person:
        return self.people.setdefault(name, Person(self.url, f"U0{name.upper()}"))

    # --- time ------------------------------------------------------------------------------------

    def pass_time(self, **delta: float) -> None:
        """On both clocks, while Locksmith sleeps."""
        self.clock.at = self.at(**delta)
        tell(f"{self.url}/control/clock", {"advance": timedelta(**delta).total_seconds()})

    def tick(self, seconds: float) -> None:
        """So much later each job whose time has come runs once, in the process whose turn it is."""
        self.pass_time(seconds=seconds)
        for at, job in enumerate(self.bot.jobs):
            if self.clock.at - self._ran.get(job.name, START) >= timedelta(seconds=job.seconds):
                self._ran[job.name] = self.clock.at
                with suppress(DomainError):  # the scheduler logs it and goes on
                    next(self._turns).jobs[at].call()

    def let_time_pass(self, *, minutes: float, looks: int = 4) -> None:
        """The clockwork as it would run, only with fewer looks."""
        for _ in range(looks):
            self.tick(minutes * 60 / looks)

    def at(self, **later: float) -> datetime:
        return self.clock.at + timedelta(**later)

    @contextmanager
    def held(self) -> Iterator[None]:
        """What Locksmith would do in the background waits until the end of the block."""
        self.work.held = True
        yield
        self.work.release()

    # --- Twilio and phones -----------------------------------------------------------------------

    def twilio(self, **fault: object) -> None:
        tell(f"{self.url}/control/twilio", fault)

    def phone(self, number: str, *, on: bool) -> None:
        tell(f"{self.url}/control/phone", {"number": number, "on": on})

    def texts_back(self, number: str, body: str) -> None:
        tell(f"{self.url}/control/text", {"number": number, "body": body})

    def move(self, sid: str, status: str, code: int | None = None) -> None:
        """The carrier says something of one text."""
        tell(f"{self.url}/control/twilio/status", {"sid": sid, "status": status, "code": code})

    @property
    def texts(self) -> list[Json]:
        """All texts that Twilio took from Locksmith."""
        messages = get(f"{self.url}/control/twilio/messages")["messages"]
        return [one for one in messages if one["direction"] == "outbound-api"]

    @property
    def secret(self) -> str:
        """The temporary password in the one text there is."""
        (text,) = self.texts
        return str(text["body_as_sent"]).split("\n")[1]

    def at_the_phone(self, number: str, do: str, key: str = "") -> None:
        """answer, voicemail, decline, hang up, or press a key."""
        tell(f"{self.url}/control/call", {"number": number, "do": do, "key": key})

    @property
    def calls(self) -> list[Json]:
        """All calls that Twilio took from Locksmith, with what was said in each."""
        calls: list[Json] = get(f"{self.url}/control/calls")["calls"]
        return calls

    @property
    def posts(self) -> list[Json]:
        """Every attempt to hand a text to Twilio, taken or not."""
        return [one for one in self.traffic("twilio") if one["name"] == "POST Messages.json"]

    # --- Slack -----------------------------------------------------------------------------------

    def slack(self, **change: object) -> None:
        tell(f"{self.url}/control/slack", change)

    def join(self, channel: str, person: Person, *, inside: bool = True) -> None:
        self.slack(membership={"channel": channel, "user": person.id, "in": inside})

    def make_manager(self, person: Person) -> None:
        """One of the group that decides, in the channel where it does."""
        self.slack(group={"id": "S0MANAGERS", "add": person.id})
        self.join(APPROVALS, person)

    def traffic(self, *wires: str) -> list[Json]:
        """What was sent and got, over these wires."""
        found: list[Json] = get(f"{self.url}/control/traffic?{'&'.join(f'wire={wire}' for wire in wires)}")
        return found

    def until(self, there: Callable[[Json], bool]) -> Json:
        """For what arrives by itself."""
        return until(self.url, "U0SAM", there)

    @contextmanager
    def impatient(self, seconds: float) -> Iterator[None]:
        """Slack waits for acks no longer than this."""
        faults = self.sandbox.sandbox.space.delivery.faults
        faults.ack_seconds = seconds
        try:
            yield
        finally:
            faults.ack_seconds = PATIENCE

    # --- Locksmith's own -------------------------------------------------------------------------

    def requests(self) -> list[RequestRow]:
        with self.bot.database.read() as session:
            return list(session.scalars(select(RequestRow).order_by(RequestRow.created_at, RequestRow.reference)))

    @property
    def request(self) -> RequestRow:
        """The one there is."""
        (row,) = self.requests()
        return row

    def audit(self, event: str = "") -> list[AuditRow]:
        with self.bot.database.read() as session:
            rows = session.scalars(select(AuditRow).order_by(AuditRow.seq))
            return [row for row in rows if event in ("", row.event)]

    @property
    def alarms(self) -> list[str]:
        return [entry["what"] for entry in self.logged if entry["event"] == "alarm"]
