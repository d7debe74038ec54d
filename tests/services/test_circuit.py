"""When the carrier fails everybody, or managers pause: who is told, what waits, and how it is over."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.circuit import AGAINST_ALL, MOST_FAILURES, TRY_EVERY, halted
from services.db.tables import AuditRow, CircuitRow, OutboxRow, RequestRow
from services.errors import CarrierError, Halted, NoAnswer, NotPosted, Refused
from services.model import HELD, Actor, Cause, Halt, Kind, Request, State
from tests.services.house import GOOD, SAM, START, House
from tests.services.test_reset import old_password_is_back

MAYA = Actor("U0MAYA", "T0", "Maya Lindqvist", email="maya@statstak.example")
OMAR = Actor("U0OMAR", "T0", "Omar Haddad", email="omar@statstak.example")
UNREACHABLE = NotPosted(Cause.CARRIER_UNREACHABLE)
SILENT = NoAnswer("500")
KEY_REVOKED = Refused(Cause.CARRIER_CREDENTIALS, "20003")
HALF_A_MINUTE = TRY_EVERY.total_seconds()


def halt_of(house: House) -> Halt | None:
    with house.database.read() as session:
        return halted(session)


def row_of(house: House, request: Request) -> RequestRow:
    with house.database.read() as session:
        return session.get_one(RequestRow, request.id)


def audited(house: House, *subjects: str) -> list[str]:
    with house.database.read() as session:
        rows = session.scalars(select(AuditRow.event).order_by(AuditRow.seq))
        return [event for event in rows if event.startswith(subjects)]


def fails(house: House, answer: CarrierError, times: int = 1) -> None:
    """So many resets, one after another, each ending so."""
    house.carrier.answer = answer
    for _ in range(times):
        house.reset()
        if isinstance(answer, NoAnswer):
            house.look(after=3700)  # an unknown one ends with its time
    house.carrier.answer = None


def opened(house: House, cause: Cause = Cause.CARRIER_UNREACHABLE) -> None:
    """By what happened to other resets; it is told already."""
    for _ in range(MOST_FAILURES):
        house.circuit.outcome(cause)
    house.announce()
    assert halt_of(house)
    house.alarms.clear()
    house.notebook.notices.clear()


class Lost:
    """Work that nobody does, as after a crash."""

    def submit(self, work: Callable[[], object]) -> None:
        """Not even begun."""


def approved(house: House) -> Request:
    """Asked for before it was halted; nobody has begun with it."""
    form = house.resets.form(SAM, "1", reply_url="https://slack.example/reply", channel="C1")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(house.resets, "_executor", Lost())
        return house.resets.submit(SAM, form.draft_id, GOOD, modal_id="V1")


# --- opening --------------------------------------------------------------------------------------


def test_a_few_failures_are_an_accident_and_one_more_is_not(either: House) -> None:
    fails(either, UNREACHABLE, MOST_FAILURES - 1)
    assert halt_of(either) is None
    now = either.clock.now()
    fails(either, UNREACHABLE)
    halt = halt_of(either)
    assert halt is not None
    assert (halt.cause, halt.trying) == (Cause.CARRIER_UNREACHABLE, False)
    assert halt.since > now
    assert either.alarms == ["texts do not go out"]


def test_one_reset_is_one_failure_however_often_it_was_tried(either: House) -> None:
    fails(either, UNREACHABLE)
    assert either.carrier.tries > MOST_FAILURES
    assert halt_of(either) is None


@pytest.mark.parametrize("between", [None, Refused(Cause.STOPPED, "21610")], ids=["taken", "refused for its number"])
def test_a_carrier_that_answers_begins_the_count_anew(either: House, between: CarrierError | None) -> None:
    fails(either, UNREACHABLE, MOST_FAILURES - 1)
    either.carrier.answer = between
    either.reset("2")
    fails(either, UNREACHABLE, MOST_FAILURES - 1)
    assert halt_of(either) is None


@pytest.mark.parametrize("cause", sorted(AGAINST_ALL))
def test_all_that_speaks_against_the_carrier_counts(beside: House, cause: Cause) -> None:
    opened(beside, cause)
    halt = halt_of(beside)
    assert halt is not None
    assert halt.cause is cause


def test_silence_counts_too(beside: House) -> None:
    fails(beside, SILENT, MOST_FAILURES)
    halt = halt_of(beside)
    assert halt is not None
    assert halt.cause is Cause.CARRIER_SILENT


def test_refused_credentials_need_no_second_proof(either: House) -> None:
    fails(either, KEY_REVOKED)
    assert halt_of(either)
    assert either.alarms == ["texts do not go out"]


def test_that_we_were_too_slow_says_nothing_of_the_carrier(beside: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside.poster, "_in_time", lambda *_: False)
    for _ in range(MOST_FAILURES):
        assert beside.reset().cause is Cause.TOO_LATE
    fails(beside, UNREACHABLE, MOST_FAILURES - 1)
    monkeypatch.undo()
    assert halt_of(beside) is None


def test_it_is_told_once_however_many_fail_at_once(either: House) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(either.circuit.outcome, [Cause.CARRIER_UNREACHABLE] * 16))
    either.announce()
    assert either.alarms == ["texts do not go out"]
    assert [(notice.kind, notice.on) for notice in either.notebook.notices] == [(Kind.CARRIER, True)]
    assert audited(either, "texts:") == ["texts:stopped"]
    (notice,) = either.notebook.notices
    assert notice.halt == Halt(Cause.CARRIER_UNREACHABLE, START)


# --- while it is open -----------------------------------------------------------------------------


def test_it_is_said_above_the_results_and_in_place_of_a_form(either: House) -> None:
    opened(either)
    found = either.finder.find(SAM, "jane")
    assert found.halt == halt_of(either)
    assert found.rows
    with pytest.raises(Halted) as told:
        either.resets.form(SAM, "1", reply_url="", channel="C1")
    assert told.value.halt == halt_of(either)


def test_a_form_that_was_open_already_is_kept_and_can_be_sent_later(either: House) -> None:
    form = either.resets.form(SAM, "2", reply_url="", channel="C1")
    opened(either)
    with pytest.raises(Halted):
        either.resets.submit(SAM, form.draft_id, GOOD, modal_id="V1")
    assert either.carrier.posts == []
    either.look(after=HALF_A_MINUTE)
    assert either.circuit.probe()
    request = either.resets.submit(SAM, form.draft_id, GOOD, modal_id="V1")
    assert either.resets.show(SAM, request.id).state is State.SENT


def test_what_is_approved_waits_is_told_so_once_and_goes_out_when_it_is_over(either: House) -> None:
    request = approved(either)
    opened(either)
    for _ in range(3):
        either.clock.advance(seconds=5)
        either.sender.pick_up()
    waiting = either.resets.show(SAM, request.id)
    assert (waiting.state, waiting.held, waiting.old_password_works) == (
        State.APPROVED, Cause.CARRIER_UNREACHABLE, True,
    )  # fmt: skip
    assert either.carrier.tries == 0
    assert audited(either, "text:") == ["text:held"]
    either.announce()
    told = {task.kind for task in either.notebook.tasks if task.request.held}
    assert {Kind.CARD, Kind.MODAL, Kind.CONFIRM} <= told

    either.clock.advance(seconds=HALF_A_MINUTE)
    assert either.circuit.probe()
    either.sender.pick_up()
    done = either.resets.show(SAM, request.id)
    assert (done.state, done.held, len(either.carrier.posts)) == (State.SENT, None, 1)


def test_without_a_modal_it_is_a_direct_message(either: House) -> None:
    request = approved(either)
    either.resets.modal_closed(request.id, "V1")
    opened(either)
    either.sender.pick_up()
    either.announce()
    assert Kind.DIRECT in {task.kind for task in either.notebook.tasks if task.request.held}


def test_until_its_time_is_up_and_then_the_cause_is_told(either: House) -> None:
    request = approved(either)
    opened(either)
    either.sender.pick_up()
    either.clock.advance(minutes=10, seconds=1)
    either.sender.pick_up()
    ended = either.resets.show(SAM, request.id)
    assert (ended.state, ended.cause) == (State.EXPIRED, Cause.CARRIER_UNREACHABLE)
    assert (either.carrier.tries, ended.old_password_works) == (0, True)


def test_nobody_is_told_that_a_text_may_come_where_none_was_posted(beside: House) -> None:
    """The carrier was silent to others; of this one nothing was posted, and "no answer" would be wrong."""
    request = approved(beside)
    opened(beside, Cause.CARRIER_SILENT)
    beside.sender.pick_up()
    beside.clock.advance(minutes=11)
    beside.sender.pick_up()
    assert beside.resets.show(SAM, request.id).cause is Cause.CARRIER_UNREACHABLE


def test_the_agent_may_cancel_what_waits(either: House) -> None:
    request = approved(either)
    opened(either)
    either.sender.pick_up()
    assert either.approvals.cancel(SAM, request.id).state is State.CANCELLED


def test_a_manager_who_says_yes_meanwhile_reads_that_it_waits(asking_house: House) -> None:
    house = asking_house
    request = house.reset("2")
    opened(house)
    given = house.approvals.approve(MAYA, request.id)
    assert (given.state, given.held) == (State.APPROVED, Cause.CARRIER_UNREACHABLE)
    house.announce()
    outcomes = [task.subject for task in house.notebook.tasks if task.kind is Kind.OUTCOME]
    assert outcomes == [HELD]
    assert house.carrier.tries == 0


# --- how it is over -------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [UNREACHABLE, KEY_REVOKED])
def test_where_a_question_is_proof_the_answer_to_it_ends_it(either: House, answer: NotPosted | Refused) -> None:
    opened(either, answer.cause)
    either.carrier.probed = answer
    assert not either.circuit.probe()  # not yet
    either.clock.advance(seconds=HALF_A_MINUTE)
    assert either.circuit.probe()
    assert halt_of(either)
    either.carrier.probed = None
    either.clock.advance(seconds=HALF_A_MINUTE)
    assert either.circuit.probe()
    assert halt_of(either) is None
    assert either.alarms == ["texts go out again"]
    either.announce()
    (notice,) = either.notebook.notices
    assert (notice.kind, notice.on) == (Kind.CARRIER, False)
    assert audited(either, "texts:") == ["texts:stopped", "texts:resumed"]
    assert not either.circuit.probe()
    assert either.carrier.probes == 2
    assert either.reset("2").state is State.SENT


def test_what_it_says_now_is_what_people_read(either: House) -> None:
    opened(either)
    either.carrier.probed = KEY_REVOKED
    either.clock.advance(seconds=HALF_A_MINUTE)
    either.circuit.probe()
    halt = halt_of(either)
    assert halt is not None
    assert halt.cause is Cause.CARRIER_CREDENTIALS


def half_open(house: House) -> None:
    """It failed at texts, and answers questions."""
    house.carrier.answer = Refused(Cause.SENDER_REFUSED, "21606")
    opened(house, Cause.SENDER_REFUSED)
    house.clock.advance(seconds=HALF_A_MINUTE)
    assert house.circuit.probe()
    halt = halt_of(house)
    assert halt is not None
    assert halt.trying
    house.alarms.clear()


def test_where_it_is_no_proof_the_next_text_is(either: House) -> None:
    half_open(either)
    either.carrier.answer = None
    assert either.finder.find(SAM, "jane").halt == halt_of(either)
    assert either.reset().state is State.SENT
    assert halt_of(either) is None
    assert either.alarms == ["texts go out again"]


def test_a_trial_that_fails_leaves_it_open_and_tells_nobody_again(either: House) -> None:
    half_open(either)
    assert either.reset().state is State.FAILED
    halt = halt_of(either)
    assert halt is not None
    assert not halt.trying
    assert either.alarms == []
    with pytest.raises(Halted):
        either.resets.form(SAM, "1", reply_url="", channel="C1")
    either.clock.advance(seconds=HALF_A_MINUTE)
    assert either.circuit.probe()


def test_one_of_many_is_the_trial(either: House) -> None:
    half_open(either)
    with ThreadPoolExecutor(8) as pool:
        admitted = list(pool.map(lambda _: either.circuit.admits(), range(8)))
    assert sum(admitted) == 1


def test_who_comes_second_to_the_trial_waits(either: House) -> None:
    half_open(either)
    either.carrier.answer = None
    first = approved(either)
    assert either.circuit.admits()  # somebody else's
    either.sender.pick_up()
    waiting = row_of(either, first)
    assert (waiting.state, waiting.held, waiting.lease_until) == (State.APPROVED, Cause.SENDER_REFUSED, None)
    assert either.carrier.posts == []


def test_a_trial_that_dies_is_followed_by_another(either: House) -> None:
    half_open(either)
    assert either.circuit.admits()
    assert not either.circuit.admits()
    either.clock.advance(seconds=HALF_A_MINUTE)
    assert either.circuit.probe()
    assert either.circuit.admits()


def test_one_process_asks(either: House) -> None:
    opened(either)
    either.clock.advance(seconds=HALF_A_MINUTE)
    with ThreadPoolExecutor(8) as pool:
        asked = list(pool.map(lambda _: either.circuit.probe(), range(8)))
    assert (sum(asked), either.carrier.probes) == (1, 1)


def test_the_row_is_all_there_is(either: House) -> None:
    """Another process, which has seen nothing of it."""
    opened(either)
    with either.database.read() as session:
        row = session.scalars(select(CircuitRow)).one()
    assert (row.failures, row.cause) == (MOST_FAILURES, Cause.CARRIER_UNREACHABLE)
    assert row.try_at == (row.opened_at or START) + TRY_EVERY


# --- the pause ------------------------------------------------------------------------------------


def test_a_pause_stops_everything_new_and_is_told(either: House) -> None:
    halt = either.approvals.pause(MAYA, None)
    assert halt == halt_of(either) == Halt(Cause.PAUSED, START, "Maya Lindqvist")
    with pytest.raises(Halted):
        either.resets.form(SAM, "1", reply_url="", channel="C1")
    either.announce()
    assert either.notebook.notices[-1].halt == halt
    assert either.approvals.resume(OMAR)
    assert not either.approvals.resume(OMAR)
    either.announce()
    assert [(one.kind, one.on, one.halt and one.halt.by_name) for one in either.notebook.notices] == [
        (Kind.PAUSED, True, "Maya Lindqvist"),
        (Kind.PAUSED, False, "Omar Haddad"),
    ]
    assert audited(either, "pause:") == ["pause:switched_on", "pause:switched_off"]
    assert either.reset().state is State.SENT


def test_an_earlier_pause_goes_on(either: House) -> None:
    first = either.approvals.pause(MAYA, None)
    either.clock.advance(minutes=1)
    assert either.approvals.pause(OMAR, None) == first
    assert audited(either, "pause:") == ["pause:switched_on"]
    another = either.approvals.pause(OMAR, 10)
    assert (another.by_name, another.until) == ("Omar Haddad", either.clock.now() + timedelta(minutes=10))


def test_a_pause_for_so_long_ends_by_itself_once(either: House) -> None:
    either.approvals.pause(MAYA, 30)
    either.clock.advance(minutes=29)
    assert not either.approvals.end_pause()
    either.clock.advance(minutes=1)
    with ThreadPoolExecutor(8) as pool:
        ended = list(pool.map(lambda _: either.approvals.end_pause(), range(8)))
    assert sum(ended) == 1
    assert halt_of(either) is None
    assert audited(either, "pause:") == ["pause:switched_on", "pause:ended"]
    assert not either.approvals.end_pause()


def test_a_pause_that_is_prolonged_does_not_end_when_the_first_would_have(either: House) -> None:
    either.approvals.pause(MAYA, 10)
    either.approvals.pause(MAYA, 20)
    either.clock.advance(minutes=10)
    assert not either.approvals.end_pause()
    assert halt_of(either)


def test_what_is_approved_waits_for_the_end_of_a_pause(either: House) -> None:
    request = approved(either)
    either.approvals.pause(MAYA, None)
    either.sender.pick_up()
    assert row_of(either, request).held == Cause.PAUSED
    either.approvals.resume(MAYA)
    either.sender.pick_up()
    assert either.resets.show(SAM, request.id).state is State.SENT


def test_a_pause_just_before_the_right_to_post_is_taken_holds(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was looked at before the preparing, and came after it."""
    prepare = house.preparer.prepare

    def and_then_pauses(*given: Any) -> Any:
        load = prepare(*given)
        house.approvals.pause(MAYA, None)
        return load

    monkeypatch.setattr(house.preparer, "prepare", and_then_pauses)
    request = house.reset()
    row = row_of(house, request)
    assert (row.state, row.held, row.lease_until, row.sending_at) == (State.APPROVED, Cause.PAUSED, None, None)
    assert house.carrier.posts == []
    assert old_password_is_back(house)
    monkeypatch.undo()
    house.approvals.resume(MAYA)
    house.sender.pick_up()
    assert house.resets.show(SAM, request.id).state is State.SENT


def test_a_pause_that_lasts_too_long_ends_what_waits(either: House) -> None:
    request = approved(either)
    either.approvals.pause(MAYA, None)
    either.sender.pick_up()
    either.clock.advance(minutes=11)
    either.sender.pick_up()
    assert either.resets.show(SAM, request.id).cause is Cause.PAUSED


def test_what_is_under_way_goes_on_in_a_pause(house: House) -> None:
    request = house.reset()
    house.approvals.pause(MAYA, None)
    house.carrier.says("SM1", "delivered")
    house.look(after=2)
    assert house.resets.show(SAM, request.id).state is State.DELIVERED


def test_switched_on_and_off_and_on_while_the_chat_is_down_is_told_in_order(either: House) -> None:
    """Two rows that say the same could not wait side by side: the second switching failed."""
    for _ in range(2):
        either.approvals.pause(MAYA, None)
        either.approvals.resume(MAYA)
        either.approvals.lockdown(MAYA, True)
        either.approvals.lockdown(MAYA, False)
        either.clock.advance(seconds=1)
    with either.database.read() as session:
        waiting = session.scalars(select(OutboxRow.kind).where(OutboxRow.request_id == "")).all()
    assert len(waiting) == 8
    either.announce()
    for kind in (Kind.PAUSED, Kind.SWITCHED):
        assert [one.on for one in either.notebook.notices if one.kind is kind] == [True, False] * 2


# --- interrupted ----------------------------------------------------------------------------------


def test_a_claim_that_somebody_died_over_is_told_of_and_taken_over(either: House) -> None:
    request = approved(either)
    assert either.sender._claim(request.id, "dead:1")
    either.clock.advance(seconds=10)
    either.sender.pick_up()
    assert either.resets.show(SAM, request.id).held is None
    either.clock.advance(seconds=10)
    either.sender.pick_up()
    assert either.resets.show(SAM, request.id).held is Cause.INTERRUPTED
    either.sender.pick_up()
    assert audited(either, "text:held") == ["text:held"]
    either.clock.advance(seconds=45)
    either.sender.pick_up()
    assert either.resets.show(SAM, request.id).state is State.SENT
