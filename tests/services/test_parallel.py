"""Many at once, for real: threads on one database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event, Semaphore

import pytest
from sqlalchemy import func, select

from services.db.tables import AuditRow, RequestRow
from services.delivery.codes import Codes
from services.errors import DomainError
from services.lease import Leases
from services.model import Actor
from services.ports import Image
from services.replay import Replays
from services.send import Sender
from tests.services.house import GOOD, SAM, House

CROWD = 8


def test_eight_agents_press_send_for_the_same_person(either: House) -> None:
    agents = [Actor(f"U{at}", "T0", f"Agent {at}") for at in range(CROWD)]
    forms = [either.resets.form(agent, "1", reply_url="", channel="") for agent in agents]
    start = Barrier(CROWD)

    def press(at: int) -> bool:
        start.wait()
        try:
            either.resets.submit(agents[at], forms[at].draft_id, GOOD, modal_id="")
        except DomainError:
            return False
        return True

    with ThreadPoolExecutor(CROWD) as pool:
        assert sum(pool.map(press, range(CROWD))) == 1
    assert len(either.carrier.posts) == 1
    assert either.audit.verify().broken_at is None


def test_one_form_sent_eight_times_at_once(either: House) -> None:
    form = either.resets.form(SAM, "1", reply_url="", channel="")
    start = Barrier(CROWD)

    def press(_: int) -> bool:
        start.wait()
        try:
            either.resets.submit(SAM, form.draft_id, GOOD, modal_id="")
        except DomainError:
            return False
        return True

    with ThreadPoolExecutor(CROWD) as pool:
        assert sum(pool.map(press, range(CROWD))) == 1
    assert len(either.carrier.posts) == 1
    with either.database.read() as session:
        assert session.scalar(select(func.count()).select_from(RequestRow)) == 1


def test_many_workers_pick_up_and_one_does_the_work(either: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a crash between the commit and the sending: the row waits, several processes find it.

    Whoever has it holds on in step 0 until all others looked: without a lease each of them would prepare it too.
    """
    form = either.resets.form(SAM, "1", reply_url="", channel="")
    monkeypatch.setattr(either.resets, "_executor", _Nobody())
    either.resets.submit(SAM, form.draft_id, GOOD, modal_id="")
    assert either.carrier.posts == []
    workers = [_worker(either, f"process {at}") for at in range(CROWD)]
    rehearse, start, looked, rehearsed = either.directory.rehearse, Barrier(CROWD), Semaphore(0), list[str]()

    def holds_on(key: str, present: Image, wanted: Image) -> None:
        rehearsed.append(key)
        for _ in range(CROWD - 1):
            if not looked.acquire(timeout=2):
                break
        rehearse(key, present, wanted)

    def work(worker: Sender) -> None:
        start.wait()
        worker.pick_up()
        looked.release()

    monkeypatch.setattr(either.directory, "rehearse", holds_on)
    with ThreadPoolExecutor(CROWD) as pool:
        list(pool.map(work, workers))
    assert rehearsed == ["1"]
    assert len(either.carrier.posts) == 1


def _worker(house: House, owner: str) -> Sender:
    """The sender of another process on the same databases."""
    return Sender(
        database=house.database, lifecycle=house.lifecycle, settler=house.settler, directory=house.directory,
        carrier=house.carrier, circuit=house.circuit, poster=house.poster, preparer=house.preparer,
        unlocker=house.unlocker, corrections=house.corrections, rules=house.rules, clock=house.clock,
        alarm=lambda what, **_: house.alarms.append(what), owner=owner, reading_code=Codes().failure,
        stopping=Event(),
    )  # fmt: skip


def test_no_audit_event_is_lost(either: House) -> None:
    with either.database.read() as session:
        before = session.scalar(select(func.count()).select_from(AuditRow)) or 0
    with ThreadPoolExecutor(CROWD) as pool:
        list(pool.map(lambda at: either.resets.refused(f"U{at}", "T0", "command"), range(200)))
    verdict = either.audit.verify()
    assert (verdict.rows, verdict.broken_at) == (before + 200, None)


def test_one_process_holds_a_lease_and_a_dead_one_loses_it(either: House) -> None:
    start, length = Barrier(CROWD), timedelta(minutes=1)
    leases = [Leases(either.database, either.clock, f"process {at}") for at in range(CROWD)]

    def take(lease: Leases) -> bool:
        start.wait()
        return lease.hold("search", length)

    with ThreadPoolExecutor(CROWD) as pool:
        taken = list(pool.map(take, leases))
    assert sum(taken) == 1
    holder = leases[taken.index(True)]
    other = leases[taken.index(False)]
    assert holder.hold("search", length)
    either.clock.advance(minutes=2)
    assert other.hold("search", length)
    assert not holder.hold("search", length)


def test_a_signed_request_is_answered_once(either: House) -> None:
    replays = Replays(either.database, either.clock)
    start = Barrier(CROWD)

    def ask(_: int) -> bool:
        start.wait()
        return replays.first_time("v0=abc")

    with ThreadPoolExecutor(CROWD) as pool:
        assert sum(pool.map(ask, range(CROWD))) == 1
    assert replays.first_time("v0=other")
    either.clock.advance(minutes=16)
    assert replays.forget() == 2


class _Nobody:
    def submit(self, work: object) -> None:
        """The process died before it began."""
