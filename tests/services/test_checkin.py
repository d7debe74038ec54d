"""Asking whether it worked; calling for help where a text never came; use that is seen only after the end."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from services.checkin import CheckIns
from services.db.tables import AuditRow, OutboxRow
from services.errors import Refused
from services.model import Actor, Cause, Kind, State
from services.settle import Settled
from tests.services.house import SAM, House
from tests.services.test_reset import choose, sign_in

MAYA = Actor("U0MAYA", "T0", "Maya Lindqvist")


def checkins(house: House) -> CheckIns:
    return CheckIns(
        database=house.database,
        lifecycle=house.lifecycle,
        audit=house.audit,
        outbox=house.outbox,
        clock=house.clock,
    )


def told(house: House, *kinds: Kind) -> list[str]:
    house.announce()
    seen = [task.kind.value for task in house.notebook.tasks if task.kind in kinds]
    house.notebook.tasks.clear()
    return seen


def events(house: House, event: str) -> int:
    with house.database.read() as session:
        return len(session.scalars(select(AuditRow).where(AuditRow.event == event)).all())


def test_the_agent_is_asked_at_2_5_10_20_and_40_minutes_and_called_once(either: House) -> None:
    request, ask = either.reset(modal_id=""), checkins(either)
    told(either)
    seen = []
    for minute in range(59):
        ask.tick()
        ask.tick()  # another worker
        if said := told(either, Kind.NEWS, Kind.DIRECT):
            seen.append((minute, *said))
        either.clock.advance(minutes=1)
    assert seen == [(2, "news"), (5, "direct"), (10, "direct"), (20, "direct"), (40, "direct")]
    assert either.resets.show(SAM, request.id).asked == 5
    assert events(either, "agent:asked") == 1


def test_workers_that_slept_ask_once_for_all_that_was_missed(house: House) -> None:
    request, ask = house.reset(modal_id=""), checkins(house)
    told(house)
    house.clock.advance(minutes=11)
    ask.tick()
    assert told(house, Kind.NEWS, Kind.DIRECT) == ["news"]
    assert house.resets.show(SAM, request.id).asked == 3


def test_an_open_modal_asks_instead(house: House) -> None:
    house.reset(modal_id="V1")
    told(house)
    house.clock.advance(minutes=2)
    checkins(house).tick()
    assert told(house, Kind.NEWS, Kind.DIRECT, Kind.MODAL) == ["modal"]


def test_who_signed_in_is_not_asked_about(house: House) -> None:
    request = house.reset(modal_id="")
    house.clock.advance(seconds=5)
    sign_in(house)
    house.look(after=2)
    assert house.resets.show(SAM, request.id).state is State.USED
    told(house)
    house.clock.advance(minutes=30)
    assert checkins(house).tick() == 0


def test_the_agents_word_ends_the_asking_and_moves_nothing(house: House) -> None:
    request, ask = house.reset(modal_id=""), checkins(house)
    house.clock.advance(minutes=2)
    ask.tick()
    said = ask.said_in(SAM, request.id)
    again = ask.said_in(SAM, request.id)
    assert (said.state, said.said_in_at) == (again.state, again.said_in_at) == (State.SENT, house.clock.now())
    assert events(house, "password:said_used") == 1
    house.clock.advance(minutes=30)
    assert ask.tick() == 0


def test_nobody_is_asked_about_a_password_whose_time_is_over(house: House) -> None:
    house.reset()
    house.clock.advance(minutes=61)
    assert checkins(house).tick() == 0


# --- nobody got a text ----------------------------------------------------------------------------


def undelivered(house: House) -> str:
    request = house.reset(modal_id="")
    house.carrier.says("SM1", "undelivered", "30003")
    house.look(after=2)
    told(house)
    return request.id


def test_an_undelivered_text_after_which_nobody_did_anything_is_told_once(either: House) -> None:
    request_id, ask = undelivered(either), checkins(either)
    either.clock.advance(minutes=9)
    assert ask.tick() == 0
    either.clock.advance(minutes=1)
    assert (ask.tick(), ask.tick()) == (1, 0)
    assert told(either, Kind.UNRESOLVED) == ["unresolved"]
    assert ask.resolve(MAYA, request_id).resolved_by == "Maya Lindqvist"
    assert ask.resolve(SAM, request_id).resolved_by == "Maya Lindqvist"
    assert told(either, Kind.UNRESOLVED) == ["unresolved"]
    assert events(either, "request:resolved") == 1


def test_a_refused_text_needs_somebody_too(house: House) -> None:
    house.carrier.answer = Refused(Cause.COUNTRY_OFF, "21408")
    house.reset()
    house.clock.advance(minutes=10)
    assert checkins(house).tick() == 1


def test_asked_again_in_time_nobody_else_is_called(house: House) -> None:
    undelivered(house)
    house.clock.advance(minutes=5)
    house.reset(modal_id="")
    house.clock.advance(minutes=6)
    ask = checkins(house)
    ask.tick()
    assert told(house, Kind.UNRESOLVED) == []


def test_a_later_reset_that_worked_solves_it(house: House) -> None:
    request_id, ask = undelivered(house), checkins(house)
    house.clock.advance(minutes=10)
    ask.tick()
    second = house.reset(modal_id="")
    assert house.resets.show(SAM, request_id).resolved_at is None
    house.clock.advance(seconds=5)
    choose(house)
    house.look(after=2)
    ask.tick()
    solved = house.resets.show(SAM, request_id)
    assert (solved.resolved_at, solved.resolved_by) == (house.clock.now(), second.reference)


def test_what_ended_days_ago_calls_nobody(house: House) -> None:
    undelivered(house)
    house.clock.advance(days=3)
    assert checkins(house).tick() == 0


# --- use beats receipts, also late ----------------------------------------------------------------


@pytest.mark.parametrize("own", [False, True])
def test_a_use_in_the_same_moment_as_the_false_receipt_is_followed(
    house: House, monkeypatch: pytest.MonkeyPatch, own: bool
) -> None:
    """The sign-in falls between the look at the directory and the arrow: only the guarded UPDATE sees it."""
    request = house.reset()
    house.clock.advance(seconds=5)
    settle = house.settler.settle

    def used_meanwhile(*given: object, **named: object) -> Settled:
        sign_in(house)
        if own:
            choose(house)
        monkeypatch.setattr(house.settler, "settle", settle)
        return settle(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(house.settler, "settle", used_meanwhile)
    house.carrier.says("SM1", "undelivered", "30003")
    house.follower.look(request.id)
    assert house.resets.show(SAM, request.id).state is State.UNDELIVERED
    house.look(after=15)
    after = house.resets.show(SAM, request.id)
    assert after.state is (State.COMPLETED if own else State.USED)
    assert after.cause is None
    house.look(after=15)
    column = "password_hash" if own or not house.directory.abilities.keeps_old_password else "temporary_password_hash"
    held = house.person()[column]
    assert held == "her own" if own else str(held).startswith("$argon2")


def test_a_sign_in_with_the_old_password_that_was_put_back_is_no_use(house: House) -> None:
    request_id = undelivered(house)
    house.clock.advance(seconds=5)
    house.product_does(
        "UPDATE people SET last_sign_in_at = :now WHERE id = 1", now=house.clock.now().replace(tzinfo=None)
    )
    house.look(after=15)
    assert house.resets.show(SAM, request_id).state is State.UNDELIVERED


def test_what_waits_is_shown_when_the_chat_is_back(house: House) -> None:
    undelivered(house)
    house.clock.advance(minutes=10)
    checkins(house).tick()
    with house.database.read() as session:
        waiting = session.scalars(select(OutboxRow).where(OutboxRow.kind == Kind.UNRESOLVED)).all()
    assert [row.state for row in waiting] == ["ready"]
