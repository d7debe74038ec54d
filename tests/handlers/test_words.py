"""Every cause, state, error and event has words; they are whole sentences and keep Slack's limits."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from handlers import approval_words, refusals, sentences, words
from handlers.views import kit
from services import errors
from services.decision import Fact
from services.directory.check.fitting import Away
from services.model import Cause, Halt, State, UnderWay
from tests.contract.cases import (
    MAYA,
    NASTY,
    NO,
    NOW,
    OMAR,
    REQUEST,
    RULES,
    SAM,
    WAITING,
    YES,
    in_state,
    requests,
)

SERVICES = Path(__file__).parents[2] / "services"
UNDER_WAY = UnderWay("R-7F3K", State.SENT, "U0ANA", "Ana Souza")
GIVEN: dict[type[errors.DomainError], errors.DomainError] = {
    errors.Impossible: errors.Impossible(Cause.NO_MOBILE),
    errors.AlreadyUnderWay: errors.AlreadyUnderWay(UNDER_WAY),
    errors.DraftUsed: errors.DraftUsed("r"),
    errors.InvalidForm: errors.InvalidForm({"note": "Write."}),
    errors.Unavailable: errors.Unavailable(Cause.CARRIER_BUSY),
    errors.DirectoryUnreachable: errors.DirectoryUnreachable(),
    Away: Away("it does not answer"),
    errors.Halted: errors.Halted(Halt(Cause.CARRIER_UNREACHABLE, NOW)),
    errors.OutOfScope: errors.OutOfScope("the platform team"),
    errors.AlreadyVoted: errors.AlreadyVoted(YES),
    errors.AlreadyDecided: errors.AlreadyDecided(in_state(State.SENT), (YES,)),
    errors.NotWithdrawable: errors.NotWithdrawable(in_state(State.LAPSED)),
    errors.NotClosable: errors.NotClosable(in_state(State.SENT)),
    errors.NotAgain: errors.NotAgain(in_state(State.USED)),
}


def every(kind: type[errors.DomainError]) -> set[type[errors.DomainError]]:
    return {kind, *(deeper for sub in kind.__subclasses__() for deeper in every(sub))}


def test_every_cause_has_words() -> None:
    assert set(sentences.CAUSES) == set(Cause)
    for cause in Cause:
        said = words.cause_words(cause, RULES, "Jane Doe")
        assert_sentences(said)
        assert said.next
        assert sentences.CAUSES[cause].short


def test_every_state_has_words() -> None:
    assert set(sentences.TITLES) == set(State)
    for request in requests():
        assert_sentences(words.state_words(request, RULES))


def assert_sentences(said: sentences.Words) -> None:
    assert 0 < len(said.title) <= kit.TITLE
    assert said.happened
    assert not re.search(r"\{(who|tail|help|contact|product)\}", said.happened + said.next + said.say) or any(
        "{" in text for text in NASTY if text in said.happened
    )
    for sentence in (said.happened, said.means, said.next, said.say):
        assert not sentence or sentence[-1] in ".!?’”" or "R-" in sentence or "555" in sentence


@pytest.mark.parametrize("kind", sorted(every(errors.DomainError), key=str))
def test_every_error_has_words(kind: type[errors.DomainError]) -> None:
    by_cause = {*every(errors.DirectoryRefused), *every(errors.Unavailable), errors.Impossible, errors.SealBroken}
    made = kind("rights") if issubclass(kind, errors.DirectoryRefused) else GIVEN.get(kind) or kind()
    said = words.explain(made, RULES, SAM)
    assert_sentences(said)
    assert said.title != refusals.ERRORS[errors.DomainError].title or kind in {errors.DomainError, *by_cause}


def test_every_event_of_a_request_has_words() -> None:
    source = "".join(path.read_text() for path in sorted(SERVICES.rglob("*.py")))
    events = set(re.findall(r'"((?:approval|request|text|password|account|correction):[a-z_]+)"', source))
    assert events
    assert {event for event in events if not words.is_intent(event)} <= set(sentences.EVENTS)


def test_an_unknown_event_reads_as_it_is_written() -> None:
    assert words.event_words("person:signed_in") == "person signed in"


@pytest.mark.parametrize("state", [State.FAILED, State.EXPIRED, State.UNDELIVERED])
def test_a_failure_says_whether_the_old_password_works(state: State) -> None:
    works = words.state_words(in_state(state), RULES)
    assert "old password" in works.means
    assert "works" in works.means
    closed = words.state_words(replace(in_state(state), compromised=True, old_password_works=False), RULES)
    assert "does not work" in closed.means


def test_stop_as_the_screens_have_it() -> None:
    request = replace(in_state(State.FAILED), cause=Cause.STOPPED, carrier_code="21610")
    said = words.state_words(request, RULES)
    assert said.title == "Not sent"
    assert said.happened == "Jane Doe replied STOP to our texts."
    assert said.means == "Their old password still works."
    assert "START" in said.next
    assert "21610" in said.code


def test_ones_own_reset_under_way_is_said_so() -> None:
    error = errors.AlreadyUnderWay(UNDER_WAY)
    assert words.explain(error, RULES, replace(SAM, id="U0ANA")).happened.startswith("You have a reset")
    assert words.explain(error, RULES, SAM).happened.startswith("Ana Souza has a reset")


def test_a_name_is_not_a_template() -> None:
    said = words.state_words(replace(REQUEST, person_name="{product} {who}", phone_tail="{help}"), RULES)
    assert "{product} {who}" in said.happened
    assert "StatStak" not in said.happened


# --- approvals ------------------------------------------------------------------------------------


def test_every_fact_has_words_and_none_names_a_threshold() -> None:
    assert set(approval_words.FACTS) == set(Fact)
    for said in approval_words.FACTS.values():
        assert not re.search(r"\d|day|hour|week|minute|times", said.replace("working hours", "")), said


def test_a_privileged_person_is_named_by_their_role() -> None:
    facts = ("privileged", "contact_changed", "of_another_release")
    assert approval_words.facts_line(facts, "administrator") == (
        "administrator · mobile or e-mail changed recently · of another release"
    )
    assert approval_words.facts_line(facts[:1]) == "privileged account"


def test_waiting_says_whose_yes_is_needed() -> None:
    one = words.state_words(WAITING, RULES)
    assert one.title == "Waiting for approval"
    assert one.happened == "A manager must agree before anything is sent."
    assert one.say == "A manager must agree; you may hang up, the text comes by itself."
    two = words.state_words(replace(WAITING, approvals_needed=2, approvals=1), RULES)
    assert two.happened == "Two managers must agree, one did, before anything is sent."


def test_declined_says_who_and_why_and_what_they_wrote_is_no_template() -> None:
    request = replace(in_state(State.DECLINED), decided_by="Omar {why}", decided_why="Ask {manager}.")
    said = words.state_words(request, RULES)
    assert said.happened == "Declined by Omar {why}; nothing was sent. Why: “Ask {manager}.”"
    assert said.next == "Talk to Omar {why} before you ask again."
    assert words.state_words(in_state(State.DECLINED), RULES).happened == "Declined by a manager; nothing was sent."


def test_undecided_says_whom_to_turn_to() -> None:
    request = replace(in_state(State.EXPIRED), cause=Cause.UNDECIDED)
    rules = replace(RULES, escalation_contact="Phone the duty manager: 555-0100.")
    said = words.state_words(request, rules)
    assert said.happened == "No manager decided about the reset of Jane Doe in time."
    assert said.next == "Phone the duty manager: 555-0100. Ask again, if it is still needed."
    assert words.state_words(request, RULES).next == "Ask again, if it is still needed."


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        ("", "Ask your team lead who may."),
        ("the platform team", "Ask instead: the platform team."),
        ("Phone 12!", "Ask instead: Phone 12!"),
    ],
)
def test_out_of_scope_says_whom_to_ask(ask: str, says: str) -> None:
    assert words.explain(errors.OutOfScope(ask), RULES).next == says


def test_times_in_a_refusal_are_the_readers() -> None:
    error = errors.AlreadyVoted(YES)
    assert "approve, 14:44." in words.explain(error, RULES, MAYA).happened
    assert "approve, 19:44." in words.explain(error, RULES, OMAR).happened


def test_ones_own_decision_is_said_so() -> None:
    declined = errors.AlreadyDecided(replace(in_state(State.DECLINED), decided_by="Omar Haddad"), (NO,))
    assert words.explain(declined, RULES, OMAR).happened.startswith("You declined this at")
    cancelled = errors.AlreadyDecided(in_state(State.CANCELLED))
    assert words.explain(cancelled, RULES, SAM).happened.startswith("You cancelled this at")
    both = errors.AlreadyDecided(in_state(State.SENT), (YES, replace(YES, manager_id="U0OMAR", manager_name="Omar")))
    assert words.explain(both, RULES, MAYA).happened == "You and Omar approved this at 14:44."


def test_a_decision_that_is_not_known_yet_is_still_an_end() -> None:
    """Its time is over, and the job that says so has not run yet."""
    assert (
        words.explain(errors.AlreadyDecided(WAITING), RULES, MAYA).happened
        == "It expired at 15:42; nothing was sent."
    )
