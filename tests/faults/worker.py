"""A process of Locksmith that dies, or meets a fault, at a chosen one of its effects.

An effect is whatever leaves a mark outside the process: a commit in Locksmith's own database, a write in the
product, a post at the carrier, a message in the chat. They are counted as they come, so no step can be
forgotten: a first run without a fault lists them, and then each has its turn.
"""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.orm import Session

from bot.build import Bot, Parts, build
from bot.settings import Settings
from bot.work import Inline
from services.directory.formats import FORMATS
from services.errors import DatabaseUnreachable, DirectoryUnreachable, DomainError, Later, NoAnswer, NotPosted
from services.model import Actor, Answers, Cause
from services.undo import Undo
from tests.services.house import ONE_COLUMN

SAM = Actor("U0SAM", "T0STATSTAK", "Sam Okafor", "America/New_York")
OWN = "own database:"
BOOKKEEPING = "bookkeeping"
"""A commit without an event: a lease, what the outbox remembers."""
NOT_NOW = frozenset({"keep search in step", "tell yesterday"})
"""Jobs that have nothing to do with one request."""


@dataclass(frozen=True)
class Fate:
    """`how`: kill (after the effect), refuse (a fault instead of it), lose (done, but the answer is a fault)."""

    how: str = ""
    at: int = 0
    step: str = ""
    """The name of that effect, for whoever reads the result."""


@dataclass(frozen=True)
class Place:
    environ: Mapping[str, str]
    config: Path
    in_place: bool
    """The product has one password column."""


class HandClock:
    at: datetime

    def now(self) -> datetime:
        return self.at


@dataclass
class Effects:
    fate: Fate
    pipe: Connection
    names: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    """Of the audit, in the transaction that is open."""

    @contextmanager
    def around(self, name: str, instead: Exception, lost: Exception | None = None) -> Iterator[None]:
        number = len(self.names) + 1
        hit = number == self.fate.at
        self.names.append(name)
        self.events.clear()
        if hit and self.fate.how == "refuse":
            raise instead
        try:
            yield
        finally:
            if name == OWN:
                self.names[number - 1] = f"{OWN} {', '.join(self.events)}" if self.events else BOOKKEEPING
            if hit and self.fate.how == "kill":
                self.pipe.send(("killed", self.names[number - 1]))
                os.kill(os.getpid(), signal.SIGKILL)
        if hit and self.fate.how == "lose":
            raise lost or instead


def watch(bot: Bot, effects: Effects) -> None:
    """From here on everything that this process does outside of itself is an effect."""
    write, append = bot.database.write, bot.audit.append
    carrier = bot.sender._carrier

    @contextmanager
    def writing() -> Iterator[Session]:
        with effects.around(OWN, DatabaseUnreachable()), write() as session:
            yield session

    def appending(session: Session, event: str, *given: Any, **named: Any) -> int:
        effects.events.append(event)
        return append(session, event, *given, **named)

    def wrapped(work: Callable[..., Any], name: str, instead: Exception, lost: Exception | None = None) -> Any:
        def call(*given: Any, **named: Any) -> Any:
            with effects.around(name, instead, lost):
                return work(*given, **named)

        return call

    def put(owner: object, name: str, work: object) -> None:
        setattr(owner, name, work)

    put(bot.database, "write", writing)
    put(bot.audit, "append", appending)
    unreached = NotPosted(Cause.CARRIER_UNREACHABLE)
    put(carrier, "post", wrapped(carrier.post, "carrier: posted", unreached, NoAnswer()))
    put(carrier, "blank", wrapped(carrier.blank, "carrier: blanked", unreached, NoAnswer()))
    for name, what in (
        ("swap", "product: swapped"),
        ("close", "product: closed"),
        ("unlock", "product: unlocked"),
        ("rehearse", "product: rehearsed"),
    ):
        put(bot.directory, name, wrapped(getattr(bot.directory, name), what, DirectoryUnreachable()))
    deliver = bot.announcer.deliver

    def delivering(task: Any) -> Any:
        with effects.around(f"chat: {task.kind.value}", Later(1.0, "down")):
            return deliver(task)

    put(bot.announcer, "deliver", delivering)


def settings_of(place: Place) -> Settings:
    settings = Settings.load(place.environ, place.config)
    return replace(settings, mapping=ONE_COLUMN) if place.in_place else settings


def serve(pipe: Connection, place: Place, fate: Fate) -> None:
    """The process: takes commands until it is told to end, or until its fate."""
    logging.disable(logging.CRITICAL)
    structlog.configure(processors=[structlog.processors.KeyValueRenderer()], logger_factory=lambda *_: _Silent())
    FORMATS["argon2id"] = replace(FORMATS["argon2id"], default="m=64,t=1,p=1")
    clock = HandClock()
    bot = build(settings_of(place), Parts(clock=clock, work=Inline()))
    effects = Effects(fate, pipe)
    watch(bot, effects)
    while True:
        command, now, *given = pipe.recv()
        clock.at = now
        if command == "end":
            pipe.send(("ok", effects.names))
            return
        try:
            _COMMANDS[command](bot, *given)
        except DomainError as error:
            pipe.send(("refused", type(error).__name__))
        else:
            pipe.send(("ok", None))


def _ask(bot: Bot, key: str, reason: str) -> None:
    _submit(bot, bot.resets.form(SAM, key, reply_url="", channel="").draft_id, reason)


def _unlock(bot: Bot, key: str) -> None:
    form = bot.resets.form_unlock(SAM, bot.resets.form(SAM, key, reply_url="", channel="").draft_id)
    answers = Answers(reason="forgot", check="called_back", channel="unlock")
    bot.resets.submit(SAM, form.draft_id, answers, modal_id="")


def _again(bot: Bot, request_id: str, reason: str) -> None:
    _submit(bot, bot.resets.form_again(SAM, request_id).draft_id, reason)


def _submit(bot: Bot, draft_id: str, reason: str) -> None:
    bot.resets.submit(SAM, draft_id, Answers(reason=reason, check="called_back"), modal_id="")


def _withdraw(bot: Bot, request_id: str) -> None:
    _undo(bot).withdraw(SAM, request_id)


def _close(bot: Bot, request_id: str) -> None:
    _undo(bot).close(SAM, request_id)


def _undo(bot: Bot) -> Undo:
    """As bot/build.py makes it for the buttons."""
    follower, lifecycle = bot.follower, bot.sender._lifecycle
    return Undo(
        lifecycle=lifecycle,
        settler=bot.settler,
        closer=follower._closer,
        watcher=follower,
        clock=lifecycle._clock,
    )


def _tick(bot: Bot) -> None:
    for job in bot.jobs:
        if job.name not in NOT_NOW:
            with suppress(DomainError):  # the scheduler logs it and goes on
                job.call()


_COMMANDS: Mapping[str, Callable[..., None]] = {
    "ask": _ask,
    "unlock": _unlock,
    "again": _again,
    "withdraw": _withdraw,
    "close": _close,
    "tick": _tick,
}


class _Silent:
    def msg(self, _message: str) -> None:
        """What is logged has tests of its own."""

    debug = info = warning = error = critical = exception = msg
