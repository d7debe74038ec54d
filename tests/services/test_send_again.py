"""Send again: a person's new request that takes an earlier one's place, and what each says of the other."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select

from services.db.tables import AuditRow
from services.decision import Policy
from services.directory.presets import PRESETS
from services.errors import AlreadyUnderWay, DomainError, DraftUsed, NoAnswer, NotAgain, NotFound, Refused
from services.model import SENDABLE_AGAIN, Actor, Answers, Cause, Closing, Form, Request, State
from services.text import SEGMENT_SEPTETS, septets
from tests.services.house import GOOD, SAM, House, make_house
from tests.services.test_hard_cases import COMPROMISED, events_of, let_minutes_pass
from tests.services.test_reset import choose, old_password_is_back, opens, sign_in
from tests.services.test_rules import Killed
from tests.services.test_undo import INTO, in_completed, in_used

ANA = Actor("U0ANA", "T0", "Ana Souza")
MAYA = Actor("U0MAYA", "T0", "Maya Lindqvist", email="maya@statstak.example")
LIMIT = 10.0
VOID = "new temporary password, the earlier one is void:"


def now(house: House, request: Request) -> Request:
    return house.resets.show(SAM, request.id)


def again(house: House, request: Request, answers: Answers = GOOD, agent: Actor = SAM) -> Request:
    form = house.resets.form_again(agent, request.id)
    sent = house.resets.submit(agent, form.draft_id, answers, modal_id="V2")
    return now(house, sent)


def ended_as(house: House, state: State) -> Request:
    if state is State.FAILED:
        house.carrier.answers = [Refused(Cause.STOPPED, "21610")]
    request = house.reset()
    house.clock.advance(seconds=1)
    if state is State.UNDELIVERED:
        house.carrier.says("SM1", "undelivered", "30003")
        house.look(after=2)
    if state is State.LAPSED:
        house.look(after=3601)
    if state is State.REVOKED:
        house.undo.withdraw(SAM, request.id)
    return now(house, request)


def passwords(house: House) -> list[str]:
    return [body for _, body in house.carrier.posts if "\n" in body]


def detail(house: House, request: Request, event: str) -> dict[str, Any]:
    with house.database.read() as session:
        row = session.scalars(
            select(AuditRow).where(AuditRow.request_id == request.id, AuditRow.event == event)
        ).one()
        return dict(json.loads(row.detail))


# --- in the place of one that still counts --------------------------------------------------------


@pytest.mark.parametrize("state", [State.UNKNOWN, State.SENT, State.DELIVERED], ids=str)
def test_the_earlier_one_ends_with_the_asking_and_the_new_text_says_so(
    every: House, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = INTO[state](every, monkeypatch)
    every.clock.advance(seconds=30)
    second = again(every, first)
    first = now(every, first)
    assert (first.state, first.replaced_by) == (State.SUPERSEDED, second.reference)
    assert (second.state, second.replaces) == (State.SENT, first.reference)
    text = every.carrier.posts[-1][1]
    assert text.startswith(f"StatStak Labs {VOID}\n")
    assert (septets(text) or 999) <= SEGMENT_SEPTETS
    assert opens(every, every.carrier.secret)
    assert not any(opens(every, body.split("\n")[1]) for body in passwords(every)[:-1])
    let_minutes_pass(every, 20)
    assert [body for _, body in every.carrier.posts if "\n" not in body] == []
    assert detail(every, first, "request:superseded")["replaced_by"] == second.reference
    assert detail(every, second, "request:created")["replaces"] == first.reference
    assert opens(every, every.carrier.secret)
    let_minutes_pass(every, 60)
    assert old_password_is_back(every)
    assert every.audit.verify().broken_at is None


@pytest.mark.parametrize("state", [State.FAILED, State.UNDELIVERED, State.LAPSED, State.REVOKED], ids=str)
def test_in_the_place_of_one_that_has_ended(house: House, state: State) -> None:
    first = ended_as(house, state)
    second = again(house, first)
    assert (now(house, first).state, now(house, first).replaced_by) == (state, second.reference)
    assert (second.state, second.replaces) == (State.SENT, first.reference)
    assert events_of(house, first.id).count("request:replaced") == 1
    assert (VOID in passwords(house)[-1]) is (state is not State.FAILED), "nothing of that one is out"
    sign_in(house)
    choose(house)
    let_minutes_pass(house, 1)
    assert now(house, second).state is State.COMPLETED


def test_after_no_answer_and_the_end_the_earlier_text_may_be_out_all_the_same(house: House) -> None:
    house.carrier.answers = [NoAnswer()]
    first = house.reset()
    let_minutes_pass(house, 62)
    assert now(house, first).state is State.FAILED
    again(house, first)
    assert VOID in passwords(house)[-1]


def test_the_base_is_inherited_through_a_row_of_them(every: House) -> None:
    request = every.reset()
    for _ in range(3):
        every.clock.advance(seconds=10)
        request = again(every, request)
    assert request.state is State.SENT
    every.undo.withdraw(SAM, request.id)
    assert old_password_is_back(every)


def test_the_earlier_one_is_taken_back_although_nobody_has_looked_at_it_yet(
    every: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own look comes while the new one is being prepared: what it puts back is not taken for her own choice."""
    first, rehearse = every.reset(), every.directory.rehearse

    def a_look_first(*args: Any) -> None:
        every.follower.look(first.id)
        rehearse(*args)

    monkeypatch.setattr(every.directory, "rehearse", a_look_first)
    every.clock.advance(seconds=5)
    second = again(every, first)
    assert second.state is State.SENT
    let_minutes_pass(every, 1)
    assert opens(every, every.carrier.secret)


# --- the form -------------------------------------------------------------------------------------


def test_the_form_knows_reason_and_ticket_and_never_how_it_was_checked(house: House) -> None:
    first = house.reset()
    form = house.resets.form_again(SAM, first.id)
    assert form.again is not None
    assert (form.again.reference, form.again.reason, form.again.ticket) == (first.reference, "forgot", "ZD-123")
    assert (form.again.voids, form.again.closed) == (True, False)
    assert {field for field in vars(form.again) if "check" in field} == set()
    assert now(house, first).state is State.SENT, "an open form changes nothing"


def test_of_one_that_has_ended_nothing_is_voided_any_more(house: House) -> None:
    form = house.resets.form_again(SAM, ended_as(house, State.LAPSED).id)
    assert form.again is not None
    assert not form.again.voids


def test_a_closed_account_is_offered_as_compromised(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    first = in_used(house, monkeypatch)
    house.undo.close(SAM, first.id)
    form = house.resets.form_again(SAM, first.id)
    assert form.again is not None
    assert (form.again.reason, form.again.closed) == ("compromised", True)
    second = house.resets.submit(SAM, form.draft_id, COMPROMISED, modal_id="")
    assert now(house, second).state is State.SENT
    assert opens(house, house.carrier.secret)


@pytest.mark.parametrize("into", [in_used, in_completed])
def test_who_is_in_gets_no_second_text(
    house: House, monkeypatch: pytest.MonkeyPatch, into: Callable[[House, pytest.MonkeyPatch], Request]
) -> None:
    first = into(house, monkeypatch)
    with pytest.raises(NotAgain) as refused:
        house.resets.form_again(SAM, first.id)
    assert refused.value.request.state is first.state


def test_a_sign_in_that_nobody_has_seen_yet_keeps_its_text(house: House) -> None:
    first = house.reset()
    form = house.resets.form_again(SAM, first.id)
    house.clock.advance(seconds=20)
    sign_in(house)
    with pytest.raises(NotAgain) as refused:
        house.resets.submit(SAM, form.draft_id, GOOD, modal_id="")
    assert refused.value.request.state is State.USED
    assert len(house.carrier.posts) == 1
    assert opens(house, house.carrier.secret)


@pytest.mark.parametrize("state", [State.SENDING, State.ACCEPTED])
def test_what_is_just_being_handed_over_is_waited_for(
    in_place: House, monkeypatch: pytest.MonkeyPatch, state: State
) -> None:
    with pytest.raises(NotAgain) as refused:
        in_place.resets.form_again(SAM, INTO[state](in_place, monkeypatch).id)
    assert refused.value.request.state is state


def test_the_states_are_told_apart(house: House) -> None:
    assert {State.SENDING, State.ACCEPTED, State.USED, State.COMPLETED} & SENDABLE_AGAIN == set()
    with pytest.raises(NotFound):
        house.resets.form_again(replace(SAM, workspace="T_OTHER"), house.reset().id)
    with pytest.raises(NotFound):
        house.resets.form_again(SAM, "f" * 32)


# --- at once, doubled, killed ---------------------------------------------------------------------


def test_of_many_at_once_one_takes_its_place(either: House) -> None:
    first = either.reset()
    agents = [replace(SAM, id=f"U{number}") for number in range(6)]
    forms: list[tuple[Actor, Form]] = [(agent, either.resets.form_again(agent, first.id)) for agent in agents]
    start = Barrier(len(forms))

    def send(of: tuple[Actor, Form]) -> str:
        agent, form = of
        start.wait(LIMIT)
        try:
            return str(either.resets.submit(agent, form.draft_id, GOOD, modal_id="").replaces)
        except DomainError as refused:
            return type(refused).__name__

    with ThreadPoolExecutor(len(forms)) as pool:
        answers = sorted(pool.map(send, forms))
    assert answers == ["AlreadyUnderWay"] * (len(forms) - 1) + [first.reference]
    assert len(passwords(either)) == 2
    assert events_of(either, first.id).count("request:superseded") == 1
    assert either.audit.verify().broken_at is None


def test_a_form_sent_twice_is_one_request(every: House) -> None:
    first = every.reset()
    form = every.resets.form_again(SAM, first.id)
    every.resets.submit(SAM, form.draft_id, GOOD, modal_id="")
    with pytest.raises(DraftUsed):
        every.resets.submit(SAM, form.draft_id, GOOD, modal_id="")
    assert len(passwords(every)) == 2


def test_another_reset_of_the_same_person_is_in_the_way(house: House) -> None:
    first = ended_as(house, State.LAPSED)
    house.clock.advance(seconds=1)
    other = house.reset()
    with pytest.raises(AlreadyUnderWay) as refused:
        house.resets.form_again(SAM, first.id)
    assert refused.value.under_way.reference == other.reference


def test_its_end_and_a_second_asking_at_once(either: House) -> None:
    """Whichever comes first: one text more, and the earlier one has ended once."""
    first = either.reset()
    form = either.resets.form_again(SAM, first.id)
    either.clock.advance(minutes=29)
    start = Barrier(2)

    def end() -> None:
        start.wait(LIMIT)
        either.clock.advance(minutes=32)
        either.follower.look(first.id)

    with ThreadPoolExecutor(1) as pool:
        looked = pool.submit(end)
        start.wait(LIMIT)
        try:
            either.resets.submit(SAM, form.draft_id, GOOD, modal_id="")
        except DomainError:
            assert len(passwords(either)) == 1, "the form was too old by then"
        looked.result()
    told = events_of(either, first.id)
    assert told.count("password:lapsed") + told.count("request:superseded") == 1


def test_killed_behind_the_asking_the_new_one_is_picked_up(every: House, monkeypatch: pytest.MonkeyPatch) -> None:
    first = every.reset()
    form = every.resets.form_again(SAM, first.id)

    class Dies:
        def submit(self, _work: Callable[[], object]) -> None:
            raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(every.resets, "_executor", Dies())
        with pytest.raises(Killed):
            every.resets.submit(SAM, form.draft_id, GOOD, modal_id="")
    let_minutes_pass(every, 1)
    assert old_password_is_back(every)
    every.sender.pick_up()
    assert opens(every, every.carrier.secret)
    assert len(passwords(every)) == 2


# --- a person who found a way in meanwhile --------------------------------------------------------


def test_a_password_of_their_own_found_while_it_is_prepared_works_and_nothing_is_sent(
    every: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """She chose it after the asking: approved -> superseded."""
    first, judged = every.reset(), every.judge.again

    def and_she_is_quicker(*args: Any) -> Any:
        choose(every)
        return judged(*args)

    monkeypatch.setattr(every.judge, "again", and_she_is_quicker)
    every.clock.advance(seconds=30)
    second = again(every, first)
    assert (second.state, second.cause) == (State.SUPERSEDED, Cause.PASSWORD_CHANGED)
    assert every.person()["password_hash"] == "her own"
    assert len(passwords(every)) == 1
    assert events_of(every, second.id).count("request:superseded") == 1
    let_minutes_pass(every, 20)
    assert every.person()["password_hash"] == "her own"
    assert [body for _, body in every.carrier.posts if "The one you chose works." in body] != []


def test_asked_in_spite_of_it_the_next_one_is_sent(every: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """ "Reset again only if that fails": it failed."""
    first, judged = every.reset(), every.judge.again

    def and_she_is_quicker(*args: Any) -> Any:
        choose(every)
        return judged(*args)

    with monkeypatch.context() as quicker:
        quicker.setattr(every.judge, "again", and_she_is_quicker)
        every.clock.advance(seconds=30)
        second = again(every, first)
    assert second.state is State.SUPERSEDED
    every.clock.advance(seconds=30)
    assert again(every, second).state is State.SENT
    assert opens(every, every.carrier.secret)


# --- where the new text never comes ---------------------------------------------------------------


def asks(folder_house: House) -> Request:
    """The first goes out without anybody's yes; the second needs one."""
    first = folder_house.reset()
    form = folder_house.resets.form_again(SAM, first.id)
    unchecked = replace(GOOD, check="none")
    folder_house.resets.submit(SAM, form.draft_id, unchecked, modal_id="")
    return first


@pytest.fixture
def careful(folder: Any) -> Any:
    """Whom nobody checked waits for a manager."""
    made = make_house(folder, PRESETS["statstak"], policy=Policy(repeated=0, contact_changed=0, not_checked=1))
    yield made
    made.database.close()
    made.engine.dispose()


def test_declined_the_earlier_is_void_all_the_same_and_that_is_told(careful: House) -> None:
    first = asks(careful)
    (second,) = careful.resets.mine(SAM)
    assert second.state is State.AWAITING_APPROVAL
    let_minutes_pass(careful, 3)
    assert old_password_is_back(careful)
    assert len(careful.carrier.posts) == 1, "her text may still come, and will say it"
    careful.approvals.decline(MAYA, second.id, "Not today.")
    let_minutes_pass(careful, 1)
    assert careful.carrier.posts[-1][1].startswith("StatStak Labs: the temporary password we texted is void.")
    assert len(careful.carrier.posts) == 2
    assert now(careful, first).state is State.SUPERSEDED


def test_approved_in_time_its_text_says_it(careful: House) -> None:
    asks(careful)
    (second,) = careful.resets.mine(SAM)
    let_minutes_pass(careful, 10)
    careful.approvals.approve(MAYA, second.id)
    let_minutes_pass(careful, 10)
    assert [VOID in body for _, body in careful.carrier.posts] == [False, True]


def test_replaced_twice_before_a_text_came_the_last_one_says_it(careful: House) -> None:
    """The second ended without one and was sent again: the third text voids the first one too."""
    first = asks(careful)
    (second,) = careful.resets.mine(SAM)
    careful.approvals.cancel(SAM, second.id)
    careful.clock.advance(seconds=1)
    third = again(careful, first)
    let_minutes_pass(careful, 20)
    assert third.replaces == first.reference
    assert [VOID in body for _, body in careful.carrier.posts] == [False, True]


# --- the policy -----------------------------------------------------------------------------------


def test_taking_it_back_or_replacing_it_is_no_way_around_the_policy(folder: Any) -> None:
    """Somebody who was reset a moment ago needs a yes, whatever became of that reset."""
    house = make_house(folder, PRESETS["statstak"], policy=Policy(repeated=1, contact_changed=0))
    first = house.reset()
    assert house.resets.form_again(SAM, first.id).approval_facts == ("repeated",)
    house.undo.withdraw(SAM, first.id)
    assert house.resets.form_again(SAM, first.id).approvals_needed == 1
    form = house.resets.form(SAM, "1", reply_url="", channel="")
    assert form.approvals_needed == 1
    assert now(house, first).closing is Closing.NONE
    house.database.close()
    house.engine.dispose()
