"""Locksmith with one rule of PROTOCOL.md taken away, and a short life in which that shows.

The unmutated code survives each of these lives (tests/services/test_protocol.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from services import approval, follow, prepare, send, settle, snapshot
from services.db.tables import RequestRow
from services.directory.sql import SqlDirectory
from services.errors import NoAnswer
from services.follow import Follower
from services.lifecycle import ARROWS, Lifecycle, lock
from services.model import State
from services.ports import Receipt
from services.posting import Poster
from services.prepare import Preparer
from services.seals import Seals
from services.send import Sender
from services.settle import Known, Settled, Settler
from tests.services.protocol import Act, Carrier, World

S = State
ASK: Act = ("ask", "1", False)
ASK_COMPROMISED: Act = ("ask", "1", True)
SIGN_IN: Act = ("sign_in", "1")
CHOOSE: Act = ("choose", "1")
UNDELIVERED: Act = ("receipt", 0, "undelivered")
A_LEASE: Act = ("time_passes", 61)


def stopped(point: str, *meanwhile: Act, after: bool = False, nth: int = 0, then: str = "goes on") -> Act:
    return ("interrupt", point, after, nth, meanwhile, then)


@dataclass(frozen=True)
class Mutant:
    name: str
    take_away: Callable[[pytest.MonkeyPatch], None]
    life: tuple[Act, ...]
    kinds: tuple[str, ...] = ("beside", "in place")
    found: str = ""
    """What the machine says of it."""


def swaps_without(*names: str) -> Callable[[pytest.MonkeyPatch], None]:
    def take_away(patch: pytest.MonkeyPatch) -> None:
        swap = SqlDirectory.swap

        def mutated(self: SqlDirectory, *args: Any, **more: Any) -> bool:
            return swap(self, *args, **{name: value for name, value in more.items() if name not in names})

        patch.setattr(SqlDirectory, "swap", mutated)

    return take_away


def foreign_is_overwritten(patch: pytest.MonkeyPatch) -> None:
    original = Settler.settle

    def mutated(self: Settler, person_key: str, **more: Any) -> Settled:
        result = original(self, person_key, **more)
        if result is Settled.FOREIGN:
            with self._database.read() as session:
                known = self.known(session, person_key)
            present = self._directory.credentials(person_key)
            assert known is not None
            assert present is not None
            self._directory.swap(person_key, present.image, known.wanted)
        return result

    patch.setattr(Settler, "settle", mutated)


def base_may_be_ours(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Settler, "base_for", lambda _self, _session, _key, now: (now.image, now.own_hash))


def the_old_comes_back(patch: pytest.MonkeyPatch) -> None:
    known = Settler.known

    def mutated(self: Settler, session: Session, person_key: str) -> Known | None:
        found = known(self, session, person_key)
        if found is None or found.wants_new:
            return found
        return replace(found, wanted=replace(found.wanted, secret="own:1:0"))

    patch.setattr(Settler, "known", mutated)


def use_is_ignored(patch: pytest.MonkeyPatch) -> None:
    swaps_without("unless_used_since")(patch)
    patch.setattr(Follower, "_used_meanwhile", lambda *_: False)
    patch.setattr(Follower, "_used_after_all", lambda *_: False)


def own_choice_is_ignored(patch: pytest.MonkeyPatch) -> None:
    swaps_without("while_own")(patch)
    patch.setattr(Settler, "_chose_her_own", lambda *_: False)


def posts_again(patch: pytest.MonkeyPatch) -> None:
    post = Poster.post

    def mutated(self: Poster, request_id: str, send: Callable[[RequestRow], Receipt]) -> Receipt:
        try:
            return post(self, request_id, send)
        except NoAnswer:
            return post(self, request_id, send)

    patch.setattr(Poster, "post", mutated)


def posts_in_any_state(patch: pytest.MonkeyPatch) -> None:
    def mutated(self: Poster, request_id: str) -> RequestRow:
        with self._database.write() as session:
            row = lock(session, request_id)
            row.post_tries += 1
            return row

    patch.setattr(Poster, "_count", mutated)


def wants_also(*states: State) -> Callable[[pytest.MonkeyPatch], None]:
    def take_away(patch: pytest.MonkeyPatch) -> None:
        original = snapshot.wants_new
        patch.setattr(settle, "wants_new", lambda state, *, beside: state in states or original(state, beside=beside))

    return take_away


def begins_unguarded(patch: pytest.MonkeyPatch, *sources: State) -> None:
    move = Lifecycle.move

    def mutated(self: Lifecycle, request_id: str, to: State, event: str, **more: Any) -> Any:
        if to is S.SENDING:
            more |= {"guard": None, "source": (*more["source"], *sources)}
        return move(self, request_id, to, event, **more)

    patch.setattr(Lifecycle, "move", mutated)


def begins_twice(patch: pytest.MonkeyPatch) -> None:
    begins_unguarded(patch, S.SENT)
    patch.setitem(ARROWS, S.SENT, ARROWS[S.SENT] | {S.SENDING})


def closes_whatever_is_there(patch: pytest.MonkeyPatch) -> None:
    close = SqlDirectory.close

    def mutated(self: SqlDirectory, key: str, _expected: Any) -> bool:
        present = self.credentials(key)
        assert present is not None
        return close(self, key, present)

    patch.setattr(SqlDirectory, "close", mutated)


def many_live(patch: pytest.MonkeyPatch) -> None:
    wire = World._wire

    def mutated(self: World) -> None:
        wire(self)
        with self.house.database.write() as session:
            session.execute(text("DROP INDEX uq_locksmith_request_live_person"))

    patch.setattr(World, "_wire", mutated)


def number_and_time_prove(patch: pytest.MonkeyPatch) -> None:
    find = Carrier.find
    patch.setattr(Carrier, "find", lambda self, number, _reference, since: find(self, number, "", since))


def secret_is_written_down(patch: pytest.MonkeyPatch) -> None:
    post = Sender._post

    def mutated(self: Sender, row: RequestRow, load: Any) -> Receipt:
        self._lifecycle.note(row.id, "", note=load.secret)
        return post(self, row, load)

    patch.setattr(Sender, "_post", mutated)


def no_aftercare(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(follow, "AFTERCARE", timedelta(0))


def any_time_will_do(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Poster, "_in_time", lambda *_: True)


def texts_before_it_closes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Preparer, "_close", lambda *_: None)


def not_rehearsed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SqlDirectory, "rehearse", lambda *_: None)


def facts_are_not_bound(patch: pytest.MonkeyPatch) -> None:
    for room in (prepare, approval):
        patch.setattr(room, "unchanged", lambda *_: True)


def seals_are_not_bound(patch: pytest.MonkeyPatch) -> None:
    seal, opening = Seals.seal, Seals.open
    patch.setattr(Seals, "seal", lambda self, clear, *_: seal(self, clear))
    patch.setattr(Seals, "open", lambda self, sealed, *_: opening(self, sealed))


def a_pause_comes_too_late(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(send, "paused", lambda _session: None)


MUTANTS = (
    Mutant("1: posted again after no answer", posts_again, (("carrier_plans", "silent"), ASK), found="posted twice"),
    Mutant(
        "1: approved -> sending more than once", begins_twice,
        (stopped("rehearse", A_LEASE, ("pick_up",), after=True), ASK),
        found="posted twice|two outcomes",
    ),
    Mutant(
        "1: posted in any state", posts_in_any_state,
        (stopped("change", ("withdraw", "1"), after=True), ASK), found="posted in revoked",
    ),
    Mutant(
        "2: number and time prove", number_and_time_prove,
        (("carrier_plans", "silent"), ASK, ("others_text", "1"), ("look", 5)),
        found="another message was taken for ours",
    ),
    Mutant(
        "3: a foreign value is overwritten", foreign_is_overwritten, (ASK, SIGN_IN, CHOOSE, ("look", 5)),
        ("in place",), found="a foreign value was overwritten",
    ),
    Mutant(
        "3: written over her choice", own_choice_is_ignored, (ASK, stopped("read", CHOOSE, after=True), ("look", 5)),
        ("beside",), found="our hash was written over what the person chose since",
    ),
    Mutant(
        "3: no aftercare", no_aftercare,
        (ASK, ("save_begins", "1"), ("withdraw", "1"), ("look", 2), ("look", 61), ("save_ends", "1"), ("calm",)),
        found="a dead password lies in the product",
    ),
    Mutant(
        "3: written before it is proven", wants_also(S.SENDING, S.UNKNOWN),
        (("carrier_plans", "silent"), ASK, ("look", 5)), ("in place",), found="nothing opens the account",
    ),
    Mutant(
        "4: the base may be ours", base_may_be_ours,
        (ASK, ("status", 0, "undelivered"), stopped("swap", then="away"), ("look", 5), ASK,
         ("withdraw", "1"), ("calm",)),
        found="a dead password lies in the product",
    ),
    Mutant(
        "4: all columns are put back", swaps_without("restoring"), (ASK, ("extend", "1"), ("withdraw", "1")),
        ("beside",), found="what an operator wrote was overwritten",
    ),
    Mutant(
        "5: a receipt beats the use", use_is_ignored, (ASK, SIGN_IN, UNDELIVERED),
        found="a password in use was taken back because of a receipt",
    ),
    Mutant(
        "5: use is not asked in the same update", swaps_without("unless_used_since"),
        (ASK, stopped("swap", SIGN_IN), UNDELIVERED), found="a password in use was taken back because of a receipt",
    ),
    Mutant(
        "6: not put back at expiry", wants_also(S.LAPSED), (ASK, ("look", 3601), ("calm",)),
        found="a dead password lies in the product",
    ),
    Mutant("7: texted before it is closed", texts_before_it_closes, (ASK_COMPROMISED,), found="texted before"),
    Mutant(
        "7: the old comes back", the_old_comes_back, (ASK_COMPROMISED, ("withdraw", "1")), ("in place",),
        found="an old password came back",
    ),
    Mutant(
        "7: closed over her choice", closes_whatever_is_there,
        (stopped("close", A_LEASE, ("pick_up",), SIGN_IN, CHOOSE, ("look", 2)), ASK_COMPROMISED),
        found="an account was closed over",
    ),
    Mutant(
        "8: not rehearsed", not_rehearsed, (("product_refuses", True), ASK), ("in place",),
        found="sent although the product does not take it",
    ),
    Mutant(
        "9: many live ones", many_live, (stopped("judge", ASK, after=True, nth=1), ASK), found="two live requests"
    ),
    Mutant(
        "11: sent at any time", begins_unguarded,
        (stopped("rehearse", ("time_passes", 3601), after=True), ASK), found="sent after its send_by",
    ),
    Mutant(
        "11: facts are not bound", facts_are_not_bound,
        (("ask", "2", False), ("number_changes", "2"), ("vote", "2")),
        found="sent to another number than it was asked for",
    ),
    Mutant(
        "11: a pause counts only at the start", a_pause_comes_too_late,
        (stopped("rehearse", ("pause", True), after=True), ASK), found="begun while managers paused",
    ),
    Mutant(
        "12: posted at any time", any_time_will_do, (stopped("change", A_LEASE, after=True), ASK),
        found="posted too late",
    ),
    Mutant(
        "13: seals are not bound", seals_are_not_bound,
        (("ask", "2", False), ("vote", "2"), ("carrier_plans", "silent but takes"), ("list_lags", True), ASK,
         ("plant", "1", "2"), ("list_lags", False), ("look", 5)),
        ("in place",), found="a hash that was planted in our tables was written",
    ),
    Mutant("14: a secret is written down", secret_is_written_down, (ASK,), found="a secret is in our tables"),
)  # fmt: skip
