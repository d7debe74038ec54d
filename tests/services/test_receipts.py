"""Receipts that come by themselves: early, late, doubled, out of order, foreign. The carrier is never asked."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import permutations
from typing import Any, NoReturn

import pytest
from sqlalchemy import select

from services.counters import Counters
from services.db.session import Database
from services.db.tables import AuditRow, RequestRow
from services.delivery.codes import Codes
from services.errors import DirectoryUnreachable, NoAnswer, NotFound, NotPosted
from services.model import Cause, Request, State
from services.optouts import OptOuts
from services.ports import Receipt
from services.receipts import Receipts
from tests.services.house import SAM, House
from tests.services.test_reset import sign_in

QUEUED, SENT, DELIVERED = (Receipt("SM1", status) for status in ("queued", "sent", "delivered"))
UNDELIVERED = Receipt("SM1", "undelivered", "30003")


class Background:
    """What is to be done elsewhere: at once, later, or never, as where a process is killed."""

    def __init__(self) -> None:
        self.held = False
        self.waiting: list[Callable[[], object]] = []

    def submit(self, work: Callable[[], object]) -> None:
        if self.held:
            self.waiting.append(work)
        else:
            work()

    def release(self) -> None:
        self.held = False
        while self.waiting:
            self.waiting.pop(0)()


@dataclass
class Desk:
    """A house where receipts arrive; its carrier does not answer questions."""

    house: House
    receipts: Receipts
    counters: Counters
    background: Background
    alarms: list[str] = field(default_factory=list)

    def take(self, request: Request, *receipts: Receipt) -> None:
        for receipt in receipts:
            self.receipts.take(request.id, receipt)

    def row(self, request: Request) -> RequestRow:
        with self.house.database.read() as session:
            return session.get_one(RequestRow, request.id)

    def state(self, request: Request) -> State:
        return State(self.row(request).state)

    def events(self, request: Request) -> list[str]:
        with self.house.database.read() as session:
            rows = session.scalars(
                select(AuditRow.event).where(AuditRow.request_id == request.id).order_by(AuditRow.seq)
            )
            return list(rows)

    def counted(self, name: str) -> int:
        return sum(each.count for each in self.counters.counts() if each.name == f"receipts:{name}")

    def posting(self, during: Callable[[], None]) -> None:
        """`during` comes to pass after the carrier took it, and before its answer is here."""
        post = self.house.carrier.post

        def post_and_then(*args: Any, **more: Any) -> Receipt:
            try:
                return post(*args, **more)
            finally:
                during()

        self.house.carrier.post = post_and_then  # type: ignore[method-assign]

    def tells_before_the_answer(self, *receipts: Receipt) -> None:
        def tell() -> None:
            with self.house.database.read() as session:
                request_id = session.scalars(select(RequestRow.id)).one()
            for receipt in receipts:
                self.receipts.take(request_id, receipt)

        self.posting(tell)

    @property
    def old_password_is_back(self) -> bool:
        person = self.house.person()
        return person["password_hash"] == "old-hash-1" and person["temporary_password_hash"] is None


def silent(*_: object) -> NoReturn:
    raise NotPosted(Cause.CARRIER_UNREACHABLE)


def desk_in(house: House, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(house.carrier, "receipt", silent)
    monkeypatch.setattr(house.carrier, "find", silent)
    background, alarms = Background(), list[str]()
    counters = Counters(house.database, house.clock)
    receipts = Receipts(
        lifecycle=house.lifecycle,
        follower=house.follower,
        optouts=OptOuts(house.database, house.seals, house.clock, Codes().failure),
        counters=counters,
        clock=house.clock,
        executor=background,
        alarm=lambda what, **_: alarms.append(what),
    )
    return Desk(house, receipts, counters, background, alarms)


@pytest.fixture
def desk(house: House, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """In both kinds of product."""
    return desk_in(house, monkeypatch)


@pytest.fixture
def either_desk(either: House, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """With both kinds of own database."""
    return desk_in(either, monkeypatch)


# --- in order and out of it -----------------------------------------------------------------------


@pytest.mark.parametrize("order", list(permutations([QUEUED, SENT, DELIVERED])))
def test_whatever_the_order_it_ends_as_delivered(either_desk: Desk, order: tuple[Receipt, ...]) -> None:
    request = either_desk.house.reset()
    either_desk.take(request, *order)
    assert either_desk.state(request) is State.DELIVERED
    assert either_desk.row(request).carrier_status == "delivered"
    assert either_desk.events(request).count("text:delivered") == 1


def test_what_was_overtaken_is_counted_and_changes_nothing(desk: Desk) -> None:
    request = desk.house.reset()
    desk.take(request, DELIVERED)
    version = desk.row(request).delivered_at
    desk.house.clock.advance(seconds=30)
    desk.take(request, SENT, QUEUED, UNDELIVERED)
    assert desk.state(request) is State.DELIVERED
    assert desk.row(request).delivered_at == version
    assert desk.counted("stale") == 3
    assert desk.house.resets.show(SAM, request.id).carrier_code == ""


def test_doubles_do_it_once(desk: Desk) -> None:
    request = desk.house.reset()
    desk.take(request, SENT, SENT, DELIVERED, DELIVERED, DELIVERED)
    assert desk.state(request) is State.DELIVERED
    assert desk.events(request).count("text:delivered") == 1
    assert desk.counted("repeated") == 3


def test_all_at_once_from_many_threads(either_desk: Desk) -> None:
    request = either_desk.house.reset()
    told = [QUEUED, SENT, DELIVERED, SENT] * 5
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda receipt: either_desk.take(request, receipt), told))
    assert either_desk.state(request) is State.DELIVERED
    assert either_desk.row(request).carrier_status == "delivered"
    assert either_desk.events(request).count("text:delivered") == 1
    assert either_desk.house.audit.verify().broken_at is None


# --- not delivered --------------------------------------------------------------------------------


def test_undelivered_puts_back_and_says_why(desk: Desk) -> None:
    request = desk.house.reset()
    desk.take(request, SENT, UNDELIVERED)
    ended = desk.house.resets.show(SAM, request.id)
    assert (ended.state, ended.cause, ended.carrier_code) == (
        State.UNDELIVERED,
        Cause.HANDSET_UNREACHABLE,
        "30003",
    )
    assert desk.old_password_is_back


def test_201_and_then_failed_is_undelivered(desk: Desk) -> None:
    """A Messaging Service takes first and refuses later."""
    request = desk.house.reset()
    desk.take(request, Receipt("SM1", "failed", "21610"))
    ended = desk.house.resets.show(SAM, request.id)
    assert (ended.state, ended.cause) == (State.UNDELIVERED, Cause.STOPPED)
    assert desk.old_password_is_back


def test_delivered_after_undelivered_changes_nothing(desk: Desk) -> None:
    request = desk.house.reset()
    desk.take(request, UNDELIVERED, DELIVERED)
    assert desk.state(request) is State.UNDELIVERED
    assert desk.old_password_is_back
    assert desk.counted("stale") == 1


def test_use_beats_it(desk: Desk) -> None:
    request = desk.house.reset()
    desk.house.clock.advance(seconds=5)
    sign_in(desk.house)
    desk.take(request, UNDELIVERED)
    desk.house.look(after=2)
    assert desk.state(request) is State.USED


def test_the_product_is_away_when_it_comes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is written down, answered, and acted on when the product is back."""
    request = desk.house.reset()
    with monkeypatch.context() as away:
        away.setattr(desk.house.directory, "credentials", raising(DirectoryUnreachable()))
        desk.take(request, UNDELIVERED)
        desk.house.look(after=2)
        assert desk.row(request).carrier_status == "undelivered"
    desk.house.look(after=5)
    assert desk.state(request) is State.UNDELIVERED
    desk.house.look(after=2)
    assert desk.old_password_is_back


def test_time_runs_out_although_the_product_is_away_and_the_receipt_was_bad(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = desk.house.reset()
    monkeypatch.setattr(desk.house.directory, "credentials", raising(DirectoryUnreachable()))
    desk.take(request, UNDELIVERED)
    for _ in range(70):
        desk.house.look(after=60)
    assert desk.state(request) is State.LAPSED


# --- committed first, done later ------------------------------------------------------------------


@pytest.mark.parametrize(("receipt", "state"), [(DELIVERED, State.DELIVERED), (UNDELIVERED, State.UNDELIVERED)])
def test_it_is_committed_before_it_is_answered_and_done_elsewhere(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, receipt: Receipt, state: State
) -> None:
    request = desk.house.reset()
    desk.background.held = True
    with monkeypatch.context() as nobody:
        nobody.setattr(desk.house.directory, "credentials", raising(AssertionError("in the request's thread")))
        desk.take(request, receipt)
    assert desk.row(request).carrier_status == receipt.status
    desk.background.release()
    assert desk.state(request) is state


@pytest.mark.parametrize(("receipt", "state"), [(DELIVERED, State.DELIVERED), (UNDELIVERED, State.UNDELIVERED)])
def test_a_process_that_dies_in_between_leaves_it_to_the_job(desk: Desk, receipt: Receipt, state: State) -> None:
    request = desk.house.reset()
    desk.background.held = True
    desk.take(request, receipt)
    desk.background.waiting.clear()
    desk.house.look()  # at once: not when the next look was planned
    assert desk.state(request) is state


def test_a_sender_that_died_over_the_post_holds_nobody_up(desk: Desk) -> None:
    """Its lease runs for most of a minute more; the receipt proves that the text is out."""

    def killed() -> NoReturn:
        raise KeyboardInterrupt

    desk.posting(killed)
    with pytest.raises(KeyboardInterrupt):
        desk.house.reset()
    with desk.house.database.write() as session:
        row = session.scalars(select(RequestRow)).one()
        row.lease_until = desk.house.clock.now() + timedelta(seconds=50)
    request = desk.house.resets.show(SAM, row.id)
    assert request.state is State.SENDING
    desk.background.held = True
    desk.take(request, DELIVERED)
    desk.background.waiting.clear()
    desk.house.look()
    assert desk.state(request) is State.DELIVERED


# --- before the answer ----------------------------------------------------------------------------


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("told", [(QUEUED,), (SENT,), (SENT, DELIVERED), (DELIVERED, SENT)])
def test_a_receipt_before_the_answer_is_proof(desk: Desk, told: tuple[Receipt, ...], held: bool) -> None:
    desk.background.held = held
    desk.tells_before_the_answer(*told)
    request = desk.house.reset()
    desk.background.release()
    assert desk.state(request) is (State.DELIVERED if DELIVERED in told else State.SENT)
    assert desk.counted("early") == 1
    assert desk.alarms == desk.house.alarms == []
    events = desk.events(request)
    assert events.count("text:accepted") == events.count("text:intended") == 1
    assert "text:accepted_late" not in events
    assert desk.row(request).message_id == "SM1"
    assert len(desk.house.carrier.posts) == 1
    assert not desk.old_password_is_back


@pytest.mark.parametrize("held", [False, True])
def test_undelivered_before_the_answer(desk: Desk, held: bool) -> None:
    desk.background.held = held
    desk.tells_before_the_answer(UNDELIVERED)
    request = desk.house.reset()
    desk.background.release()
    assert desk.state(request) is State.UNDELIVERED
    assert desk.old_password_is_back
    assert desk.alarms == desk.house.alarms == []
    assert not {"text:accepted", "text:accepted_late"} & set(desk.events(request))


def test_a_receipt_instead_of_the_answer(desk: Desk) -> None:
    desk.house.carrier.answer, desk.house.carrier.keep_although_silent = NoAnswer("502"), True
    request = desk.house.reset()
    assert request.state is State.UNKNOWN
    desk.take(request, SENT)
    assert desk.state(request) is State.SENT
    desk.take(request, DELIVERED)
    shown = desk.house.resets.show(SAM, request.id)
    assert (shown.state, shown.cause, shown.carrier_code) == (State.DELIVERED, None, "")
    assert not desk.old_password_is_back


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize(("receipt", "texts"), [(SENT, 2), (UNDELIVERED, 1)])
def test_taken_back_while_it_is_handed_over_and_then_its_receipt_is_the_first(
    desk: Desk, receipt: Receipt, texts: int, held: bool
) -> None:
    """Whether somebody has to be told that it is void, the receipt says as well as the answer."""

    def withdrawn() -> None:
        if len(desk.house.carrier.posts) == 1:
            with desk.house.database.read() as session:
                request_id = session.scalars(select(RequestRow.id)).one()
            desk.house.undo.withdraw(SAM, request_id)
            desk.receipts.take(request_id, receipt)

    desk.background.held = held
    desk.posting(withdrawn)
    request = desk.house.reset()
    desk.background.release()
    for _ in range(6):
        desk.house.look(after=30)
    assert desk.state(request) is State.REVOKED
    assert desk.old_password_is_back
    assert desk.events(request).count("text:accepted_late") == 1
    assert len(desk.house.carrier.posts) == texts
    assert desk.alarms == desk.house.alarms == []


# --- after the end --------------------------------------------------------------------------------


def test_after_the_end_it_is_only_noted(desk: Desk) -> None:
    request = desk.house.reset()
    desk.house.look(after=3601)
    assert desk.state(request) is State.LAPSED
    desk.take(request, DELIVERED)
    assert desk.state(request) is State.LAPSED
    assert desk.house.resets.show(SAM, request.id).delivered_at is not None
    desk.house.look(after=2)
    assert desk.old_password_is_back


def test_the_first_that_is_heard_of_a_text_comes_after_the_end(desk: Desk) -> None:
    """It did go out, and is void: somebody must know, and its body is blanked."""
    desk.house.carrier.answer, desk.house.carrier.keep_although_silent = NoAnswer(), True
    request = desk.house.reset()
    for _ in range(62):
        desk.house.look(after=60)
    assert desk.state(request) is State.FAILED
    desk.take(request, DELIVERED)
    assert desk.state(request) is State.FAILED
    assert desk.alarms == ["a text was accepted after its end"]
    assert desk.events(request).count("text:accepted_late") == 1
    assert desk.counted("late") == 1
    desk.house.look()
    assert desk.house.carrier.blanked == ["SM1"]


# --- not ours -------------------------------------------------------------------------------------


def test_a_receipt_of_another_message_is_refused_and_counted(desk: Desk) -> None:
    request = desk.house.reset()
    with pytest.raises(NotFound):
        desk.take(request, Receipt("SM9", "undelivered", "30003"))
    assert desk.state(request) is State.SENT
    assert desk.row(request).message_id == "SM1"
    assert desk.counted("foreign") == 1


def test_a_request_that_was_never_posted_has_no_receipts(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk.house.sender, "send", lambda _request_id: None)
    request = desk.house.reset()
    assert request.state is State.APPROVED
    with pytest.raises(NotFound):
        desk.take(request, DELIVERED)
    assert desk.state(request) is State.APPROVED
    assert desk.counted("foreign") == 1


def test_an_unknown_request_is_refused_and_counted(either_desk: Desk) -> None:
    for _ in range(2):
        with pytest.raises(NotFound):
            either_desk.receipts.take("f" * 32, DELIVERED)
    assert either_desk.counted("unknown") == 2


# --- counting -------------------------------------------------------------------------------------


def test_many_processes_count_together(either: House) -> None:
    others = [Counters(Database(either.database.engine), either.clock) for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda at: others[at % 4].count("receipts:forged", 2), range(40)))
    (counted,) = others[0].counts("receipts:")
    assert (counted.name, counted.count, counted.last_at) == ("receipts:forged", 80, either.clock.now())
    assert others[0].counts("else") == ()


# --- helpers --------------------------------------------------------------------------------------


def raising(fault: Exception) -> Callable[..., NoReturn]:
    def fails(*_: object, **__: object) -> NoReturn:
        raise fault

    return fails
