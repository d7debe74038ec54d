"""What is outside of the processes that die: the chat, the carrier, phones and the product, and time."""

from __future__ import annotations

import multiprocessing
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import argon2
from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from sandbox.app import Running
from services.audit import Audit, Verdict
from services.db.session import Database
from services.db.tables import AuditRow, CircuitRow, RequestRow
from services.seals import Seals
from tests.faults.worker import Fate, HandClock, Place, serve
from tests.scenario.people import Person as Screen
from tests.scenario.product import Product
from tests.scenario.wire import get, tell

OLD, OWN = "the password from before", "one of her own choosing"
HASHER = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
_HEAVY = ["pytest", "twilio.rest.api.v2010", "tests.faults.worker"]
"""Imported once, and not by every process anew: pytest, because a new process runs the main module's imports."""


@dataclass(frozen=True)
class Customer:
    key: str
    email: str
    number: str


class Worker:
    """One process. `died`: what it had done last, once it was killed."""

    def __init__(self, place: Place, fate: Fate) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(_HEAVY)
        ours, theirs = context.Pipe()
        self._pipe: Connection = ours
        self._process = context.Process(target=serve, args=(theirs, place, fate), daemon=True)
        self._process.start()
        theirs.close()
        self.died = ""

    def do(self, command: str, now: datetime, *given: object) -> Any:
        """The answer; None where it was refused in words, or where the process died of it."""
        try:
            self._pipe.send((command, now, *given))
            kind, answer = self._pipe.recv()
            if kind == "killed":
                self.died = answer
                self._pipe.recv()  # the kernel closes its end: now it is really gone
        except (EOFError, ConnectionError):
            self._process.join()
            assert self.died, "it ended, and not by its fate"
            return None
        return answer if kind == "ok" else None

    def end(self, now: datetime) -> list[str]:
        """What it did outside of itself, in order; nothing where it is gone already."""
        if not self._process.is_alive():
            self._pipe.close()
            return []
        names: list[str] = self.do("end", now)
        self._process.join()
        self._pipe.close()
        return names


@dataclass
class World:
    sandbox: Running
    product: Product
    engine: Engine
    place: Place
    clock: HandClock
    customers: Iterator[Customer]
    key: str
    """SECRET_KEY, to verify the audit with."""
    workers: list[Worker] = field(default_factory=list)
    on_death: Callable[[], None] = lambda: None
    """Looks at what is so before anybody recovers anything."""
    after_each: Callable[[], None] = lambda: None
    """Looks after every command."""

    # --- processes and time ----------------------------------------------------------------------

    def start(self, fate: Fate = Fate()) -> Worker:  # noqa: B008  (frozen)
        """There is one at a time."""
        if self.workers:
            self.workers[-1].end(self.clock.at)
        self.workers.append(Worker(self.place, fate))
        return self.workers[-1]

    def do(self, command: str, *given: object) -> Any:
        """By the process that lives; when it dies of it another one stands up, and nobody repeats the command."""
        worker = self.workers[-1]
        answer = worker.do(command, self.clock.at, *given)
        if worker.died:
            self.on_death()
            self.start()
        self.after_each()
        return answer

    def tick(self, *later: float) -> None:
        for seconds in later:
            self.clock.at += timedelta(seconds=seconds)
            tell(f"{self.sandbox.url}/control/clock", {"advance": seconds})
            self.do("tick")

    # --- what is so ------------------------------------------------------------------------------

    def phone(self, customer: Customer, *, on: bool) -> None:
        tell(f"{self.sandbox.url}/control/phone", {"number": customer.number, "on": on})

    def silent_carrier(self, customer: Customer) -> None:
        """The next text to them is taken without an answer, and its log shows nothing for now."""
        self._carrier(code="timeout", kept=True, number=customer.number, list_lag=3600)

    def log_follows(self) -> None:
        self._carrier(list_lag=0)

    def stops(self, customer: Customer) -> None:
        """They reply STOP to what others texted them."""
        tell(f"{self.sandbox.url}/control/text", {"number": customer.number, "body": "STOP"})

    def _carrier(self, **change: object) -> None:
        tell(f"{self.sandbox.url}/control/twilio", change)

    def trusts_the_carrier(self) -> None:
        """What became of other people's texts is forgotten."""
        with Session(self.engine) as session, session.begin():
            session.execute(delete(CircuitRow))

    def texts(self, customer: Customer, status: str = "") -> list[str]:
        """All that the carrier ever took for this number, as it was sent."""
        messages = get(f"{self.sandbox.url}/control/twilio/messages")["messages"]
        return [
            one["body_as_sent"]
            for one in messages
            if one["to"] == customer.number and status in ("", one["status"]) and one["direction"] == "outbound-api"
        ]

    def arrived(self, customer: Customer) -> str:
        """The newest temporary password on the phone, if one is there."""
        return next(reversed(secrets_in(self.texts(customer, "delivered"))), "")

    def locks(self, customer: Customer) -> None:
        """Wrong passwords, until the product has had enough of them."""
        until = (self.clock.at + timedelta(days=9)).replace(tzinfo=None).isoformat(sep=" ")
        self.product.change(customer.email, failed_sign_ins=5, locked_until=until)

    def locked(self, customer: Customer) -> bool:
        row = self.product.person(customer.email)
        return bool(row["failed_sign_ins"] or row["locked_until"])

    def doors(self, customer: Customer) -> set[str]:
        """Which passwords would open the account now, by the product's own table and rules; nothing is used up."""
        sent = secrets_in(self.texts(customer))
        tried = {"old": OLD, "own": OWN, **{f"text {n}": secret for n, secret in enumerate(sent, 1)}}
        return {name for name, password in tried.items() if self._opens(customer, password)}

    def locked_out(self, customer: Customer) -> bool:
        return not any(self._opens(customer, one) for one in (OLD, OWN)) and not self.doors(customer)

    def _opens(self, customer: Customer, password: str) -> bool:
        row = self.product.person(customer.email)
        now = self.clock.at.replace(tzinfo=None).isoformat(sep=" ")
        fresh = row["temporary_password_used_at"] is None and (row["temporary_password_expires_at"] or "") > now
        beside = row["temporary_password_hash"] if fresh else None
        return any(_fits(kept, password) for kept in (row["password_hash"], beside))

    def requests(self, customer: Customer) -> list[RequestRow]:
        """The newest last."""
        with Session(self.engine) as session:
            rows = select(RequestRow).where(RequestRow.person_key == customer.key)
            return list(session.scalars(rows.order_by(RequestRow.created_at, RequestRow.sending_at)))

    def request(self, customer: Customer) -> RequestRow | None:
        return next(reversed(self.requests(customer)), None)

    def told_to_audit(self, request_id: str) -> list[AuditRow]:
        with Session(self.engine) as session:
            rows = select(AuditRow).where(AuditRow.request_id == request_id).order_by(AuditRow.seq)
            return list(session.scalars(rows))

    def audit(self) -> Verdict:
        return Audit(Database(self.engine), Seals([self.key]), self.clock).verify()

    @property
    def sam(self) -> Screen:
        return Screen(self.sandbox.url, "U0SAM")


def secrets_in(texts: list[str]) -> list[str]:
    """Of those that hold one; the second text, which says that the first is void, has no line of its own for it."""
    return [body.split("\n")[1] for body in texts if "\n" in body]


def set_old_password(product: Path, customer: Customer) -> None:
    with closing(sqlite3.connect(product)) as database, database:
        change = "UPDATE people SET password_hash = ? WHERE id = ?"
        database.execute(change, (HASHER.hash(OLD), int(customer.key)))


def _fits(kept: str | None, password: str) -> bool:
    try:
        return bool(kept) and HASHER.verify(str(kept), password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False
