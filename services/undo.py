"""Taking a reset back, and closing an account whose text was used by somebody else.

Each is one guarded write, so of two at once (another press, a sign-in, the end of its time) one comes first and
the other is told so. What the directory shows by then is looked at before, and put right at once after it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Protocol

from sqlalchemy.orm import Session

from services.closing import Closer, newer_than
from services.corrections import cut_short
from services.db.tables import RequestRow
from services.errors import (
    DirectoryRefused,
    DirectoryUnreachable,
    NotAllowed,
    NotClosable,
    NotFound,
    NotWithdrawable,
    SealBroken,
)
from services.lifecycle import Lifecycle, Moved, Step
from services.model import WITHDRAWABLE, Actor, Cause, Closing, Kind, Request, State
from services.ports import Clock
from services.settle import Settled, Settler
from services.snapshot import snapshot

S = State


class Watcher(Protocol):
    def see(self, request_id: str) -> None:
        """A use that the directory shows by now is written down; never raises."""


class Undo:
    """Only whoever asked for the reset may, and managers; who is one, the caller has found out."""

    def __init__(
        self, *, lifecycle: Lifecycle, settler: Settler, closer: Closer, watcher: Watcher, clock: Clock
    ) -> None:
        self._lifecycle = lifecycle
        self._settler = settler
        self._closer = closer
        self._watcher = watcher
        self._clock = clock

    def withdraw(self, actor: Actor, request_id: str, *, manager: bool = False) -> Request:
        """What was texted is void at once, and the product holds what it held before.

        Raises NotFound, NotAllowed, NotWithdrawable.
        """
        self._watcher.see(request_id)

        def decide(_session: Session, row: RequestRow) -> Step:
            _may(row, actor, manager)
            if State(row.state) not in WITHDRAWABLE:
                raise NotWithdrawable(snapshot(row))
            changes = {"ended_by": actor.name[:200], "correction": cut_short(row)}
            return Step("request:revoked", S.REVOKED, changes)

        self._lifecycle.change(request_id, decide, actor)
        self._put_back(request_id)
        return self._lifecycle.get(request_id)

    def _put_back(self, request_id: str) -> None:
        """Where the product is away the next look does it, and says so if that takes long (services/follow.py)."""
        with suppress(DirectoryUnreachable, DirectoryRefused, SealBroken):
            settled = self._settler.settle(self._lifecycle.get(request_id).person_key)
            if settled is Settled.FOREIGN:  # chosen a moment ago: it stays, and nobody is promised the old one
                self._lifecycle.note(request_id, "", cause=Cause.PASSWORD_CHANGED)

    def close(self, actor: Actor, request_id: str, *, manager: bool = False) -> Request:
        """No password opens the account any more. Committed first and carried out then: see services/closing.py.

        Raises NotFound, NotAllowed, NotClosable.
        """
        self._watcher.see(request_id)

        def decide(session: Session, row: RequestRow) -> Step:
            _may(row, actor, manager)
            newer = newer_than(session, row)
            if newer or not snapshot(row).closable:
                raise NotClosable(snapshot(row), newer)
            changes = {"closing": Closing.DUE, "close_intended_at": self._clock.now(), "ended_by": actor.name[:200]}
            if row.state == S.USED:
                return Step("account:close_intended", S.REVOKED, {**changes, "correction": cut_short(row)})
            told = [] if actor.id == row.agent_id else [(Kind.NEWS, "")]
            return Step("account:close_intended", changes={**changes, "look_at": self._clock.now()}, tells=told)

        self._lifecycle.change(request_id, decide, actor)
        with suppress(Moved):  # another process was faster
            self._closer.finish(request_id)
        return self._lifecycle.get(request_id)


def _may(row: RequestRow, actor: Actor, manager: bool) -> None:
    if row.workspace != actor.workspace:
        raise NotFound("request")
    if not manager and row.agent_id != actor.id:
        raise NotAllowed("neither the agent who asked nor a manager")
