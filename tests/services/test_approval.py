"""Managers decide: one vote each, one transition, one reset; and each wrong press is told why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import select

from services.db.tables import AuditRow, OutboxRow, RequestRow
from services.decision import Policy, Scope
from services.directory.presets import PRESETS
from services.errors import (
    AlreadyDecided,
    AlreadyVoted,
    DomainError,
    InvalidForm,
    NotAllowed,
    NotFound,
    OutOfScope,
    OwnAccount,
    OwnRequest,
    Unavailable,
)
from services.model import Actor, Cause, Kind, Request, State
from tests.services.house import GOOD, SAM, House, make_house

MAYA = Actor("U0MAYA", "T0", "Maya Lindqvist", email="maya@statstak.example")
OMAR = Actor("U0OMAR", "T0", "Omar Haddad", email="omar@statstak.example")
ADMIN = "2"
ROUNDS = 12


@pytest.fixture(params=["sqlite", "postgresql"])
def asking(request: pytest.FixtureRequest, folder: Path) -> Iterator[Callable[..., House]]:
    """Makes a house with the policy of the test."""
    made: list[House] = []

    def make(**numbers: object) -> House:
        url = request.getfixturevalue("postgres") if request.param == "postgresql" else ""
        policy = Policy(**{"privileged": 1, "repeated": 0, "contact_changed": 0, **numbers})  # type: ignore[arg-type]
        made.append(make_house(folder, PRESETS["statstak"], url, policy))
        return made[-1]

    yield make
    for house in made:
        house.database.close()
        house.engine.dispose()


def events(house: House, request: Request) -> list[str]:
    with house.database.read() as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.request_id == request.id).order_by(AuditRow.seq))
        return [row.event for row in rows]


def queued(house: House, kind: Kind) -> int:
    with house.database.read() as session:
        return len(session.scalars(select(OutboxRow).where(OutboxRow.kind == kind)).all())


def test_an_administrator_waits_for_one_yes_and_then_goes_out_at_once(asking: Callable[..., House]) -> None:
    house = asking()
    form = house.resets.form(SAM, ADMIN, reply_url="", channel="C1")
    assert (form.approvals_needed, form.approval_facts) == (1, ("privileged",))
    request = house.reset(ADMIN)
    assert (request.state, request.approvals_needed, request.facts) == (State.AWAITING_APPROVAL, 1, ("privileged",))
    assert house.carrier.posts == []
    assert [one.id for one in house.approvals.waiting(MAYA)] == [request.id]
    house.approvals.approve(MAYA, request.id)
    assert house.resets.show(SAM, request.id).state is State.SENT
    assert len(house.carrier.posts) == 1
    assert events(house, request)[:3] == ["request:created", "approval:given", "text:intended"]
    assert house.approvals.waiting(MAYA) == ()
    assert house.audit.verify().broken_at is None


def test_an_ordinary_reset_waits_for_nobody(asking: Callable[..., House]) -> None:
    assert asking().reset().state is State.SENT


def test_two_are_needed_and_two_different_ones(asking: Callable[..., House]) -> None:
    house = asking(privileged=2)
    request = house.reset(ADMIN)
    assert house.approvals.approve(MAYA, request.id).approvals == 1
    with pytest.raises(AlreadyVoted) as told:
        house.approvals.approve(MAYA, request.id)
    assert told.value.vote.approve
    with pytest.raises(AlreadyVoted):
        house.approvals.decline(MAYA, request.id, "changed my mind")
    assert house.carrier.posts == []
    house.approvals.approve(OMAR, request.id)
    assert len(house.carrier.posts) == 1
    assert [vote.manager_name for vote in house.approvals.votes(request.id)] == ["Maya Lindqvist", "Omar Haddad"]


def test_one_no_ends_it_with_its_reason(asking: Callable[..., House]) -> None:
    house = asking(privileged=2)
    request = house.reset(ADMIN)
    house.approvals.approve(MAYA, request.id)
    with pytest.raises(InvalidForm):
        house.approvals.decline(OMAR, request.id, "  ")
    ended = house.approvals.decline(OMAR, request.id, "Call her manager first.")
    assert (ended.state, ended.decided_by, ended.decided_why) == (
        State.DECLINED,
        "Omar Haddad",
        "Call her manager first.",
    )
    with pytest.raises(AlreadyDecided) as told:
        house.approvals.approve(replace(OMAR, id="U0LATE"), request.id)
    assert told.value.request.decided_by == "Omar Haddad"
    assert house.carrier.posts == []


def test_who_may_not_decide(asking: Callable[..., House]) -> None:
    house = asking()
    request = house.reset(ADMIN)
    with pytest.raises(OwnRequest):
        house.approvals.approve(SAM, request.id)
    with pytest.raises(OwnAccount):
        house.approvals.approve(replace(MAYA, email="J.Doe@acme.example"), request.id)
    with pytest.raises(NotFound):
        house.approvals.approve(replace(MAYA, workspace="T1"), request.id)
    with pytest.raises(NotFound):
        house.approvals.approve(MAYA, "no such request")
    assert house.resets.show(SAM, request.id).state is State.AWAITING_APPROVAL
    assert house.approvals.waiting(replace(MAYA, email="J.Doe@acme.example")) == ()
    assert house.approvals.waiting(SAM) == ()


def test_a_number_changed_since_makes_votes_void(asking: Callable[..., House]) -> None:
    house = asking(privileged=2)
    request = house.reset(ADMIN)
    house.approvals.approve(MAYA, request.id)
    house.product_does("UPDATE people SET phone = '+1 202-555-0199' WHERE id = 2")
    with pytest.raises(Unavailable):
        house.approvals.approve(OMAR, request.id)
    ended = house.resets.show(SAM, request.id)
    assert (ended.state, ended.cause) == (State.EXPIRED, Cause.FACTS_CHANGED)
    assert house.carrier.posts == []


def test_lockdown_while_it_waited_asks_again(asking: Callable[..., House]) -> None:
    house = asking()
    request = house.reset(ADMIN)
    assert house.approvals.lockdown(MAYA, True)
    assert not house.approvals.lockdown(OMAR, True)
    house.approvals.approve(MAYA, request.id)
    ended = house.resets.show(SAM, request.id)
    assert (ended.state, ended.cause) == (State.EXPIRED, Cause.POLICY_CHANGED)
    assert house.reset("1").state is State.AWAITING_APPROVAL
    assert house.approvals.lockdown(MAYA, False)
    assert house.approvals.locked_down() is False


def test_the_agent_cancels_and_nobody_else(asking: Callable[..., House]) -> None:
    house = asking()
    request = house.reset(ADMIN)
    with pytest.raises(NotAllowed):
        house.approvals.cancel(replace(SAM, id="U0ANA"), request.id)
    assert house.approvals.cancel(SAM, request.id).state is State.CANCELLED
    with pytest.raises(AlreadyDecided):
        house.approvals.cancel(SAM, request.id)


def test_a_question_and_its_answer(asking: Callable[..., House]) -> None:
    house = asking()
    request = house.reset(ADMIN)
    house.approvals.ask(MAYA, request.id, "Did she call from her desk?")
    house.announce()
    question = next(task.remark for task in house.notebook.tasks if task.kind is Kind.QUESTION)
    assert question is not None
    assert question.text == "Did she call from her desk?"
    assert house.approvals.question(SAM, question.id) == question.text
    with pytest.raises(NotFound):
        house.approvals.answer(replace(SAM, id="U0ANA"), question.id, "No idea")
    house.approvals.answer(SAM, question.id, "Yes, extension 12.")
    house.announce()
    answers = [task.remark.text for task in house.notebook.tasks if task.kind is Kind.ANSWER and task.remark]
    assert answers == ["Did she call from her desk?", "Yes, extension 12."]
    assert events(house, request)[-2:] == ["approval:asked", "approval:answered"]


def test_reminders_double_and_then_it_expires(asking: Callable[..., House]) -> None:
    house = asking()
    request = house.reset(ADMIN)
    reminded: list[int] = []
    for minute in range(1, 62):
        house.clock.advance(minutes=1)
        house.approvals.remind_and_expire()
        if len(reminded) < events(house, request).count("approval:reminded"):
            reminded.append(minute)
    assert reminded == [5, 10, 20, 40]
    ended = house.resets.show(SAM, request.id)
    assert (ended.state, ended.cause) == (State.EXPIRED, Cause.UNDECIDED)
    with pytest.raises(AlreadyDecided):
        house.approvals.approve(MAYA, request.id)


def test_after_its_time_no_vote_counts_even_before_the_job_ran(asking: Callable[..., House]) -> None:
    house = asking()
    request = house.reset(ADMIN)
    house.clock.advance(minutes=61)
    with pytest.raises(AlreadyDecided):
        house.approvals.approve(MAYA, request.id)


def test_many_workers_remind_once(asking: Callable[..., House]) -> None:
    house = asking()
    request = house.reset(ADMIN)
    house.clock.advance(minutes=5)
    start = Barrier(6)

    def work(_: int) -> None:
        start.wait()
        house.approvals.remind_and_expire()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert events(house, request).count("approval:reminded") == 1
    assert queued(house, Kind.REMINDER) == 1


def test_unchecked_callers_and_scopes(asking: Callable[..., House]) -> None:
    house = asking(
        not_checked=2,
        scopes=(Scope(roles=("member",), ask="the desk in Leeds"), Scope(agents=("S0LEAD",))),
    )
    unchecked = house.reset("1", replace(GOOD, check="none"))
    assert (unchecked.approvals_needed, unchecked.facts) == (2, ("not_checked",))
    row = house.finder.row(SAM, ADMIN)
    assert (row.impossible, row.ask_instead) == (Cause.OUT_OF_SCOPE, "the desk in Leeds")
    with pytest.raises(OutOfScope):
        house.resets.form(SAM, ADMIN, reply_url="", channel="")
    lead = replace(SAM, id="U0LEAD", groups=("S0LEAD",))
    assert house.finder.row(lead, ADMIN).approvals == 1
    assert house.resets.form(lead, ADMIN, reply_url="", channel="").approvals_needed == 1


def test_a_number_that_the_sync_saw_change_is_a_fact(asking: Callable[..., House]) -> None:
    house = asking(contact_changed=1)
    assert house.finder.row(SAM, "1").approvals == 0
    house.product_does("UPDATE people SET email = 'jane.new@acme.example' WHERE id = 1")
    house.index.sync()
    assert house.finder.row(SAM, "1").approvals == 1
    house.clock.advance(days=8)
    assert house.finder.row(SAM, "1").approvals == 0


def test_the_desks_day(asking: Callable[..., House]) -> None:
    house = asking()
    house.reset("1")
    declined = house.reset(ADMIN)
    house.approvals.decline(MAYA, declined.id, "no")
    report = house.approvals.team(SAM)
    assert (report.asked, report.declined, report.approved, len(report.open)) == (2, 1, 0, 1)


def test_lockdown_and_yesterday_are_told_once(asking: Callable[..., House]) -> None:
    house = asking()
    house.approvals.lockdown(MAYA, True)
    house.announce()
    assert [(one.kind, one.on, one.by_name) for one in house.notebook.notices] == [
        (Kind.SWITCHED, True, "Maya Lindqvist")
    ]
    house.reset("1")
    assert house.approvals.tell_yesterday()  # 14:42 in New York: yesterday was quiet
    assert not house.approvals.tell_yesterday()
    house.clock.advance(hours=12)
    assert not house.approvals.tell_yesterday()  # the next day, but before eight
    house.clock.advance(hours=8)
    assert house.approvals.tell_yesterday()
    house.announce()
    reports = [one.report for one in house.notebook.notices if one.report is not None]
    assert [(report.day.isoformat(), report.asked) for report in reports] == [("2026-11-22", 0), ("2026-11-23", 1)]


# --- at the same moment ---------------------------------------------------------------------------


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Runs all in the same moment; what each became: "" or the name of its refusal."""
    start = Barrier(len(acts))

    def run(act: Callable[[], object]) -> str:
        start.wait()
        try:
            act()
        except DomainError as refusal:
            return type(refusal).__name__
        return ""

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def again(house: House, request: Request) -> None:
    """The next round: as if this one had long ended."""
    with house.database.write() as session:
        session.get_one(RequestRow, request.id).state = State.COMPLETED
    house.product_does("UPDATE people SET temporary_password_hash = NULL WHERE id = 2")


def test_two_managers_in_the_same_millisecond(asking: Callable[..., House]) -> None:
    house = asking(privileged=2)
    for round_ in range(1, ROUNDS + 1):
        request = house.reset(ADMIN)
        told = at_once(
            partial(house.approvals.approve, MAYA, request.id),
            partial(house.approvals.approve, OMAR, request.id),
            partial(house.approvals.approve, MAYA, request.id),
        )
        assert sorted(told) in (["", "", "AlreadyVoted"], ["", "", "AlreadyDecided"])
        assert len(house.approvals.votes(request.id)) == 2
        assert len(house.carrier.posts) == round_
        again(house, request)
    assert house.audit.verify().broken_at is None


def test_approve_races_cancel_decline_and_expiry_and_exactly_one_wins(asking: Callable[..., House]) -> None:
    house = asking()
    for _ in range(ROUNDS):
        posts = len(house.carrier.posts)
        request = house.reset(ADMIN)
        told = at_once(
            partial(house.approvals.approve, MAYA, request.id),
            partial(house.approvals.decline, OMAR, request.id, "no"),
            partial(house.approvals.cancel, SAM, request.id),
        )
        state = house.resets.show(SAM, request.id).state
        sent = len(house.carrier.posts) - posts
        assert told.count("") >= 1
        assert sent == (state in (State.SENT, State.DELIVERED))
        if state in (State.DECLINED, State.CANCELLED):
            assert sent == 0
        again(house, request)
    assert house.audit.verify().broken_at is None
