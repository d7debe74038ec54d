"""A service layer on real SQLite files, with a clock and a carrier that the test moves by hand."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

from sqlalchemy import Engine, text

from services.approval import Approvals
from services.audit import Audit
from services.calls import Calls, Script
from services.circuit import Circuit
from services.closing import Closer
from services.corrections import Corrections
from services.db.session import Database, make_engine
from services.decision import Policy
from services.delivery.codes import Codes
from services.delivery.voice import twiml
from services.directory.mapping import Mapping
from services.directory.presets import PRESETS
from services.directory.sql import SqlDirectory
from services.errors import CarrierError
from services.find import Finder
from services.follow import Follower
from services.judge import Judge
from services.lifecycle import Lifecycle
from services.model import Actor, Answers, Kind, MessageRef, Notice, Request, Task
from services.outbox import Outbox
from services.policy import Rules
from services.ports import Receipt
from services.posting import Poster
from services.prepare import Preparer
from services.reset import Resets
from services.seals import Seals
from services.search.contact import Contacts
from services.search.sync import Index
from services.send import Sender
from services.settle import Sealer, Settler
from services.undo import Undo
from services.unlock import Unlocker

SAM = Actor("U0SAM", "T0", "Sam Okafor", "America/New_York")
GOOD = Answers(reason="forgot", check="called_back", ticket="ZD-123")
START = datetime(2026, 11, 23, 19, 42, tzinfo=UTC)


class HandClock:
    def __init__(self) -> None:
        self.at = START
        self.waited: list[float] = []

    def now(self) -> datetime:
        return self.at

    def advance(self, **delta: float) -> None:
        self.at += timedelta(**delta)

    def wait(self, seconds: float) -> None:
        """As the sender does between two tries."""
        self.waited.append(seconds)
        self.advance(seconds=seconds)


@dataclass
class HandCarrier:
    """Posts are kept; `answer` is raised instead of an acceptance; statuses are set by the test.

    `tries`: every post, taken or not. `answers`: what the next ones say before `answer` counts; None takes it.
    """

    posts: list[tuple[str, str]] = field(default_factory=list)
    tries: int = 0
    answer: CarrierError | None = None
    answers: list[CarrierError | None] = field(default_factory=list)
    probes: int = 0
    probed: CarrierError | None = None
    keep_although_silent: bool = False
    statuses: dict[str, Receipt] = field(default_factory=dict)
    blanked: list[str] = field(default_factory=list)

    def post(self, number: str, body: str, *, request_id: str, valid_seconds: int) -> Receipt:  # noqa: ARG002
        self.tries += 1
        answer = self.answers.pop(0) if self.answers else self.answer
        if answer is None or self.keep_although_silent:
            self.posts.append((number, body))
            self.statuses[f"SM{len(self.posts)}"] = Receipt(f"SM{len(self.posts)}", "queued")
        if answer is not None:
            raise answer
        return self.statuses[f"SM{len(self.posts)}"]

    def call(self, number: str, instructions: str, *, request_id: str, valid_seconds: int) -> Receipt:
        """Its instructions are kept as a text's body is, and its id says that it is a call."""
        posted = self.post(number, instructions, request_id=request_id, valid_seconds=valid_seconds)
        call = replace(posted, message_id=posted.message_id.replace("SM", "CA"))
        self.statuses[call.message_id] = call
        return call

    def receipt(self, message_id: str) -> Receipt | None:
        return self.statuses.get(message_id)

    def find(self, number: str, reference: str, since: datetime) -> Receipt | None:  # noqa: ARG002
        for at, (to, body) in enumerate(self.posts, 1):
            if to == number and reference in body:
                return self.statuses[f"SM{at}"]
        return None

    def blank(self, message_id: str) -> None:
        self.blanked.append(message_id)

    def probe(self) -> None:
        self.probes += 1
        if self.probed is not None:
            raise self.probed

    def says(self, message_id: str, status: str, code: str = "") -> None:
        self.statuses[message_id] = Receipt(message_id, status, code)

    @property
    def secret(self) -> str:
        """What the last text says."""
        return self.posts[-1][1].split("\n")[1]


@dataclass
class Notebook:
    """An announcer that writes down; `fault` is raised instead, for `only` this kind if named."""

    tasks: list[Task] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    fault: Exception | None = None
    only: Kind | None = None

    def deliver(self, task: Task) -> MessageRef | None:
        if self.fault is not None and self.only in (None, task.kind):
            raise self.fault
        self.tasks.append(task)
        edited = task.kind in (Kind.CARD, Kind.DIRECT) and task.ref is not None
        return task.ref if edited else MessageRef("C0", f"{len(self.tasks)}.0")

    def notice(self, notice: Notice) -> None:
        self.notices.append(notice)

    def kinds(self) -> list[str]:
        return [task.kind.value for task in self.tasks]


class Now:
    def submit(self, work: object) -> None:
        assert callable(work)
        work()


@dataclass
class House:
    """Everything, wired as bot/build.py wires it."""

    clock: HandClock
    carrier: HandCarrier
    engine: Engine
    database: Database
    directory: SqlDirectory
    audit: Audit
    seals: Seals
    outbox: Outbox
    settler: Settler
    lifecycle: Lifecycle
    circuit: Circuit
    poster: Poster
    preparer: Preparer
    unlocker: Unlocker
    sender: Sender
    follower: Follower
    resets: Resets
    undo: Undo
    closer: Closer
    corrections: Corrections
    finder: Finder
    index: Index
    judge: Judge
    approvals: Approvals
    calls: Calls
    rules: Rules
    notebook: Notebook
    alarms: list[str]

    def reset(self, key: str = "1", answers: Answers = GOOD, modal_id: str = "V1") -> Request:
        """The whole asking: form, submission, sending (inline)."""
        form = self.resets.form(SAM, key, reply_url="https://slack.example/reply", channel="C1")
        request = self.resets.submit(SAM, form.draft_id, answers, modal_id=modal_id)
        return self.resets.show(SAM, request.id)

    def look(self, *, after: float = 0) -> None:
        """`after` seconds later all looks and announcements that are due then."""
        self.clock.advance(seconds=after)
        self.follower.look_all()
        self.announce()

    def announce(self) -> None:
        self.outbox.drain(self.notebook, lambda what, **_: self.alarms.append(what))

    def person(self, key: str = "1") -> dict[str, object]:
        with self.engine.connect() as connection:
            row = connection.execute(text("SELECT * FROM people WHERE id = :key"), {"key": int(key)}).one()
            return dict(row._mapping)

    def product_does(self, statement: str, **values: object) -> None:
        """The product, or its operator, writes into its own table."""
        with self.engine.begin() as connection:
            connection.execute(text(statement), values)


QUIET = Policy(privileged=0, own_account=0, contact_changed=0, repeated=0, busy_agent=0, not_checked=0)
"""Asks for nobody's approval."""
ONE_COLUMN = replace(
    PRESETS["statstak"],
    temporary_password="",
    temporary_expires_at="",
    temporary_used_at="",
)
"""A product with one password column and a must-change flag."""


def make_people(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE people (id INTEGER PRIMARY KEY, first_name TEXT, last_name TEXT, email TEXT UNIQUE,"
            " phone TEXT, phone_changed_at DATETIME, role TEXT, active BOOLEAN, password_hash TEXT,"
            " temporary_password_hash TEXT, temporary_password_expires_at DATETIME,"
            " temporary_password_used_at DATETIME, must_change_password BOOLEAN NOT NULL DEFAULT 0,"
            " session_version INTEGER NOT NULL DEFAULT 1, last_sign_in_at DATETIME,"
            " failed_sign_ins INTEGER NOT NULL DEFAULT 0, locked_until DATETIME)"
        )
        people = [
            (1, "Jane", "Doe", "jane.doe@acme.example", "+1 202-555-0142", "member", 1),
            (2, "Jane", "Doe", "j.doe@acme.example", "+1 202-555-0117", "administrator", 1),
            (3, "Jane", "Dorn", "jdorn@acme.example", None, "member", 1),
            (4, "José", "Núñez", "jose@acme.example", "020 7946 0000", "member", 1),
            (5, "Łukasz", "Żółć-O’Neil", "lz@acme.example", "+48 512 345 678", "member", 0),
            (6, "100%", "_Under", "payload@example.com", "call reception", "member", 1),
        ]
        for person in people:
            connection.exec_driver_sql(
                "INSERT INTO people (id, first_name, last_name, email, phone, role, active, password_hash)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, 'old-hash-' || ?)",
                (*person, person[0]),
            )


def make_house(
    folder: Path,
    mapping: Mapping,
    own_url: str = "",
    policy: Policy = QUIET,
    *,
    calls: bool = False,
    product: Engine | None = None,
    pepper: str = "",
) -> House:
    """`own_url`: Locksmith's own, migrated database; by default the SQLite file in `folder`. `calls`: are made.

    `product`: a database with people in it, by default a new one as StatStak Labs has it.
    """
    clock, carrier, notebook, alarms = HandClock(), HandCarrier(), Notebook(), list[str]()
    engine = product or make_engine(f"sqlite:///{folder / 'product.db'}")
    if product is None:
        make_people(engine)
    database = Database(make_engine(own_url or f"sqlite:///{folder / 'locksmith.db'}", most=10))
    seals = Seals(["k" * 32])
    rules = Rules(
        product="StatStak Labs",
        contact="555-010-0199",
        zone="America/New_York",
        ticket_pattern="ZD-[0-9]+",
        ticket_url="https://t.example/{ticket}",
        ticket_example="ZD-1",
        calls=calls,
    )
    audit = Audit(database, seals, clock)
    directory = SqlDirectory(engine, mapping, "US", pepper=pepper, clock=clock)
    outbox = Outbox(database, audit, seals, clock, "test")
    lifecycle = Lifecycle(database, audit, outbox, clock)
    settler = Settler(database, directory, Sealer(seals))

    def alarm(what: str, **_: str) -> None:
        alarms.append(what)

    contacts = Contacts(seals, "US")
    judge = Judge(database, policy, clock, contacts)
    closer = Closer(
        database=database, lifecycle=lifecycle, sealer=settler.sealer, directory=directory, clock=clock, alarm=alarm
    )
    corrections = Corrections(
        database=database, lifecycle=lifecycle, sealer=settler.sealer, directory=directory, carrier=carrier,
        seals=seals, rules=rules, clock=clock,
    )  # fmt: skip
    preparer = Preparer(
        database=database, lifecycle=lifecycle, settler=settler, closer=closer, directory=directory, judge=judge,
        seals=seals, rules=rules, clock=clock, alarm=alarm,
    )  # fmt: skip
    unlocker = Unlocker(database=database, lifecycle=lifecycle, preparer=preparer, directory=directory, clock=clock)
    stopping = Event()
    script = Script(seals, rules, "https://locksmith.example.com", twiml)
    circuit = Circuit(database=database, audit=audit, outbox=outbox, carrier=carrier, clock=clock, alarm=alarm)
    poster = Poster(database=database, clock=clock, pause=clock.wait, stopping=stopping)
    sender = Sender(
        database=database, lifecycle=lifecycle, settler=settler, directory=directory, carrier=carrier,
        circuit=circuit, poster=poster, preparer=preparer, unlocker=unlocker, corrections=corrections, rules=rules,
        clock=clock, alarm=alarm, owner="test",
        reading_code=Codes().failure,
        stopping=stopping,
        script=script if calls else None,
    )  # fmt: skip
    follower = Follower(
        database=database, lifecycle=lifecycle, settler=settler, sender=sender, closer=closer,
        corrections=corrections, directory=directory, carrier=carrier, clock=clock, alarm=alarm, owner="test",
        stopping=Event(),
    )  # fmt: skip
    undo = Undo(lifecycle=lifecycle, settler=settler, closer=closer, watcher=follower, clock=clock)
    resets = Resets(
        database=database, lifecycle=lifecycle, audit=audit, directory=directory, sender=sender, seals=seals,
        rules=rules, judge=judge, clock=clock, executor=Now(), watch=follower.see,
    )  # fmt: skip
    approvals = Approvals(
        database=database, lifecycle=lifecycle, audit=audit, outbox=outbox, directory=directory, sender=sender,
        seals=seals, rules=rules, clock=clock, executor=Now(),
    )  # fmt: skip
    index = Index(database, directory, contacts, clock)
    index.sync()
    return House(
        clock=clock, carrier=carrier, engine=engine, database=database, directory=directory, audit=audit,
        seals=seals, outbox=outbox, settler=settler, lifecycle=lifecycle, circuit=circuit, poster=poster,
        preparer=preparer, unlocker=unlocker, sender=sender, follower=follower, resets=resets, undo=undo,
        closer=closer, corrections=corrections,
        finder=Finder(database=database, directory=directory, audit=audit, rules=rules, judge=judge, seals=seals),
        index=index, judge=judge, approvals=approvals, rules=rules,
        calls=Calls(database=database, lifecycle=lifecycle, sender=sender, script=script, clock=clock),
        notebook=notebook, alarms=alarms,
    )  # fmt: skip
