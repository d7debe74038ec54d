"""Processes that stall between two steps while others go on, and threads that meet: each went wrong once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Barrier, Event, Thread, current_thread
from typing import Any

import pytest
from sqlalchemy import select

from services.db.tables import RequestRow
from services.model import Kind, Request, State
from services.ports import Credentials, Receipt
from tests.services.house import House
from tests.services.test_hard_cases import COMPROMISED, let_minutes_pass, state_of
from tests.services.test_reset import choose, old_password_is_back, opens, sign_in

LIMIT = 10.0
"""Seconds after which a thread that should have come is given up."""


@pytest.mark.parametrize("seconds", [30, 3660])
def test_no_post_after_a_stall_behind_the_intent(house: House, monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    """The process slept between its commit and the post; it woke and texted a password that was void already."""
    move = house.lifecycle.move

    def then_sleeps(request_id: str, to: State, *args: Any, **more: Any) -> Request:
        moved = move(request_id, to, *args, **more)
        if to is State.SENDING:
            for _ in range(5):
                house.look(after=seconds / 5)
        return moved

    monkeypatch.setattr(house.lifecycle, "move", then_sleeps)
    request = house.reset()
    assert house.carrier.posts == []
    assert not request.live
    assert old_password_is_back(house)


def test_a_stalled_closing_does_not_take_her_own_password(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it slept another process did the whole, and she chose her own; then it woke and closed the account."""
    close, stalled = house.directory.close, Event()

    def sleeps_once(key: str, expected: Credentials) -> bool:
        if not stalled.is_set():
            stalled.set()
            house.clock.advance(seconds=61)
            house.sender.pick_up()
            house.clock.advance(seconds=20)
            sign_in(house)
            house.clock.advance(seconds=20)
            choose(house)
            house.look(after=2)
            house.look(after=2)
        return close(key, expected)

    monkeypatch.setattr(house.directory, "close", sleeps_once)
    request = house.reset(answers=COMPROMISED)
    assert house.person()["password_hash"] == "her own"
    assert state_of(house, request.id) is State.COMPLETED
    assert len(house.carrier.posts) == 1


def test_a_settling_that_stalls_before_an_undelivered_receipt_heals(
    in_place: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stalled between asking what is wanted and looking what is there, then wrote what was not wanted any more."""
    credentials, move, armed = in_place.directory.credentials, in_place.lifecycle.move, Event()

    def receipt_first(key: str) -> Credentials | None:
        if armed.is_set():
            armed.clear()
            with in_place.database.read() as session:
                request_id = session.scalars(select(RequestRow.id)).one()
            in_place.follower.receipt(request_id, Receipt("SM1", "undelivered", "30003"))
        return credentials(key)

    def arms(request_id: str, to: State, *args: Any, **more: Any) -> Request:
        moved = move(request_id, to, *args, **more)
        if to is State.ACCEPTED:
            armed.set()
        return moved

    monkeypatch.setattr(in_place.directory, "credentials", receipt_first)
    monkeypatch.setattr(in_place.lifecycle, "move", arms)
    request = in_place.reset()
    let_minutes_pass(in_place, 1)
    assert state_of(in_place, request.id) is State.UNDELIVERED
    assert old_password_is_back(in_place)


def test_who_loses_the_race_to_write_finds_it_written(in_place: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sender and follower wrote at once; the loser took our own new hash for a stranger's and gave the request up."""
    swap, move, look = in_place.directory.swap, in_place.lifecycle.move, in_place.follower.look
    meeting, won, lost = Barrier(2), Event(), Event()
    followers: list[Thread] = []

    def both_at_once(*args: Any, **more: Any) -> bool:
        meeting.wait(LIMIT)
        if current_thread() in followers:
            assert won.wait(LIMIT)
            return swap(*args, **more)
        swapped = swap(*args, **more)
        won.set()
        assert lost.wait(LIMIT)
        return swapped

    def follow(request_id: str) -> None:
        look(request_id)
        lost.set()

    def and_somebody_follows(request_id: str, to: State, *args: Any, **more: Any) -> Request:
        moved = move(request_id, to, *args, **more)
        if to is State.ACCEPTED:
            followers.append(Thread(target=follow, args=(request_id,)))
            followers[0].start()
        return moved

    monkeypatch.setattr(in_place.directory, "swap", both_at_once)
    monkeypatch.setattr(in_place.lifecycle, "move", and_somebody_follows)
    request = in_place.reset()
    followers[0].join()
    in_place.look(after=2)
    assert state_of(in_place, request.id) is State.SENT
    assert opens(in_place, in_place.carrier.secret)


def test_a_change_that_joins_a_waiting_announcement_is_told(either: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker took the waiting row before the change was committed: it showed the state from before, for good."""
    request = either.reset()
    either.announce()
    either.lifecycle.note(request.id, "", show=True)  # a card waits
    append, announced, drained = either.audit.append, Event(), Event()

    def announce() -> None:
        either.announce()
        drained.set()

    worker = Thread(target=announce)

    def before_the_commit(*args: Any, **more: Any) -> int:
        if not announced.is_set():
            announced.set()
            worker.start()
            drained.wait(0.5)  # PostgreSQL's worker is through at once, SQLite's waits for our commit
        return append(*args, **more)

    monkeypatch.setattr(either.audit, "append", before_the_commit)
    either.lifecycle.move(request.id, State.DELIVERED, "text:delivered", source=(State.SENT,))
    worker.join()
    either.announce()
    cards = [task.request.state for task in either.notebook.tasks if task.kind is Kind.CARD]
    assert cards[-1] is State.DELIVERED


@contextmanager
def writing_on(house: House, writers: int) -> Iterator[None]:
    """Several threads append audit events until the block is left."""
    stop = Event()

    def write() -> None:
        while not stop.is_set():
            house.resets.refused("U1", "T0", "command")

    threads = [Thread(target=write) for _ in range(writers)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_verifying_while_others_append_finds_nothing_broken(either: House) -> None:
    """Rows were read after the head, or the head after the rows: a whole chain looked broken."""
    either.reset()
    with writing_on(either, 3):
        verdicts = [either.audit.verify() for _ in range(40)]
    assert [verdict.broken_at for verdict in verdicts if verdict.broken_at is not None] == []
    last = either.audit.verify()
    assert last.broken_at is None
    assert last.rows >= verdicts[-1].rows
