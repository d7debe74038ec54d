"""What the Slack edge needs from the house, by name. `bot/build.py` fills it; listeners get it as an argument."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from services.model import (
    Abilities,
    Actor,
    Answers,
    Channel,
    Form,
    Found,
    Halt,
    HistoryLine,
    Request,
    Row,
    TeamReport,
    Vote,
)
from services.policy import Rules
from services.ports import Clock


class Lookup(Protocol):
    """Agents, or managers."""

    def agent(self, user_id: str, workspace: str) -> Actor:
        """Raises NotAllowed, also where it could not be found out."""


class Finder(Protocol):
    def find(self, actor: Actor, query: str, offset: int = 0) -> Found: ...

    def row(self, actor: Actor, person_key: str) -> Row: ...


class Resets(Protocol):
    def form(self, actor: Actor, person_key: str, *, reply_url: str, channel: str) -> Form: ...

    def form_again(self, actor: Actor, request_id: str, by: Channel | None = None) -> Form: ...

    def form_unlock(self, actor: Actor, draft_id: str) -> Form: ...

    def submit(self, actor: Actor, draft_id: str, answers: Answers, *, modal_id: str) -> Request: ...

    def show(self, actor: Actor, request_id: str) -> Request: ...

    def status(self, actor: Actor, reference: str) -> tuple[Request, tuple[HistoryLine, ...]]: ...

    def mine(self, actor: Actor) -> tuple[Request, ...]: ...

    def modal_closed(self, request_id: str, modal_id: str) -> None: ...

    def refused(self, user_id: str, workspace: str, what: str) -> None: ...


class Approvals(Protocol):
    """What each raises is told where it is done, in `services/approval.py`."""

    def approve(self, manager: Actor, request_id: str) -> Request: ...

    def decline(self, manager: Actor, request_id: str, why: str) -> Request: ...

    def cancel(self, agent: Actor, request_id: str) -> Request: ...

    def ask(self, manager: Actor, request_id: str, question: str) -> None: ...

    def question(self, agent: Actor, remark_id: int) -> str: ...

    def answer(self, agent: Actor, remark_id: int, text: str) -> None: ...

    def waiting(self, manager: Actor) -> tuple[Request, ...]: ...

    def votes(self, request_id: str) -> tuple[Vote, ...]: ...

    def lockdown(self, manager: Actor, on: bool) -> bool: ...

    def pause(self, manager: Actor, minutes: int | None) -> Halt: ...

    def resume(self, manager: Actor) -> bool: ...

    def team(self, actor: Actor) -> TeamReport: ...


class Undo(Protocol):
    """What each raises is told where it is done, in `services/undo.py`."""

    def withdraw(self, actor: Actor, request_id: str, *, manager: bool = False) -> Request: ...

    def close(self, actor: Actor, request_id: str, *, manager: bool = False) -> Request: ...


class CheckIns(Protocol):
    def said_in(self, agent: Actor, request_id: str) -> Request: ...

    def resolve(self, actor: Actor, request_id: str) -> Request: ...


@dataclass(frozen=True)
class Edge:
    staff: Lookup
    managers: Lookup
    """Asked anew at every click: `Staff` built with `keep=timedelta(0)`."""
    managers_lately: Lookup
    """As of a minute ago at the most: for what is only shown."""
    manager_ids: tuple[str, ...]
    """As in the settings, to be named where only they may act."""
    finder: Finder
    resets: Resets
    approvals: Approvals
    checkins: CheckIns
    undo: Undo
    abilities: Callable[[], Abilities]
    """What the product does, as far as it could be asked."""
    rules: Rules
    clock: Clock
