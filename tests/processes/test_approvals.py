"""Managers decide in several processes: at the same moment, and step by step."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.processes.balancer import Balancer, balancer
from tests.processes.moves import cards, ended, forms, numbers_of
from tests.processes.patience import eventually
from tests.processes.process import ROOT
from tests.processes.wire import signed
from tests.processes.yard import Yard
from tests.scenario.moves import NOT_CHECKED, OTHER_JANE, WHY, fill_in, open_form
from tests.scenario.screen import Message

PEOPLE = [OTHER_JANE, "viktor.petrov@acme.example"]
MANAGERS = ("U0MAYA", "U0OMAR")


def test_two_managers_approve_at_the_same_moment(yard: Yard) -> None:
    """One is told that it is decided; the person gets one text."""
    for email in PEOPLE:
        (press,) = forms([email], yard.person("sam"))
        assert signed(press).to(yard.webs[1])[0] == 200
        assert sorted(decide(yard, email)) == ["AlreadyDecided", "approved"]
    eventually("the texts arrive", lambda: ended(yard, PEOPLE) == {"delivered": len(PEOPLE)})
    for email, number in numbers_of(yard, PEOPLE).items():
        assert len(yard.texts_to(number)) == 1
        assert cards(yard, email)
    events = yard.own("SELECT request_id FROM locksmith_audit WHERE event = 'approval:given'")
    votes = yard.own("SELECT request_id FROM locksmith_vote")
    assert sorted(events) == sorted(votes) == sorted((yard.request_of(email),) for email in PEOPLE)
    yard.assert_audit_unbroken()


def decide(yard: Yard, email: str) -> list[str]:
    """What each manager is told."""
    request_id = yard.request_of(email)
    voters = [_voter(yard, manager, request_id) for manager in MANAGERS]
    for voter in voters:
        assert voter.stdout is not None
        assert voter.stdout.readline() == "ready\n"
    for voter in voters:
        assert voter.stdin is not None
        voter.stdin.write("now\n")
        voter.stdin.flush()
    return [voter.communicate(timeout=20)[0].strip() for voter in voters]


def _voter(yard: Yard, manager: str, request_id: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.processes.vote", manager, request_id]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, env=yard.environ, stdin=pipe, stdout=pipe, text=True)  # noqa: S603


# --- by clicks ------------------------------------------------------------------------------------


@pytest.fixture
def front(yard: Yard) -> Iterator[Balancer]:
    """Slack's requests come to the two web servers in turn."""
    with balancer(yard.webs) as front:
        yard.slack_calls(front.url)
        yield front
        yard.slack_calls(yard.webs[0])


def test_two_managers_press_approve_at_the_same_moment(yard: Yard, front: Balancer) -> None:
    email = asks(yard, 0)
    managers = yard.person("maya"), yard.person("omar")
    asked = waiting(yard, email)
    at_once(front, *(lambda who=who: who.press("Approve", at=asked) for who in managers))
    (late,) = [who for who in managers if who.has_modal]
    assert "approved this at" in late.modal.text
    late.close()
    ends_with_one_text(yard, email)
    assert votes(yard, email) == [1]


def test_one_approves_while_the_other_declines(yard: Yard, front: Balancer) -> None:
    email = asks(yard, 1)
    maya, omar = yard.person("maya"), yard.person("omar")
    asked = waiting(yard, email)
    omar.press("Decline", at=asked)
    omar.fill(WHY, "She is on leave.")
    at_once(front, lambda: maya.press("Approve", at=asked), omar.submit)
    if maya.has_modal:
        assert "declined this at" in maya.modal.text
        maya.close()
        assert yard.texts_to(numbers_of(yard, [email])[email]) == []
        assert ended(yard, [email]) == {"declined": 1}
    else:
        assert "approved this at" in omar.modal.text
        ends_with_one_text(yard, email)
    omar.close()
    assert len(votes(yard, email)) == 1


@pytest.mark.usefixtures("front")
def test_each_step_in_another_process(yard: Yard) -> None:
    """A form that one process opened is submitted to another."""
    email = asks(yard, 2)
    sam, maya, omar = (yard.person(name) for name in ("sam", "maya", "omar"))
    asked = waiting(yard, email)
    maya.press("Ask the agent", at=asked)
    maya.fill("Your question", "Why today?")
    maya.submit()
    maya.close()
    question = eventually("the agent is asked", lambda: [one for one in sam.direct_messages if "today" in one.text])[
        0
    ]
    sam.close()
    sam.press("Reply", at=question)
    sam.fill("Your answer", "She is on call tonight.")
    sam.submit()
    sam.close()
    eventually("the answer is in the thread", lambda: any("tonight" in line for line in omar.thread))
    omar.press("Approve", at=waiting(yard, email))
    ends_with_one_text(yard, email)
    assert votes(yard, email) == [1]
    yard.assert_audit_unbroken()


def asks(yard: Yard, skip: int) -> str:
    """Sam, for somebody whom nobody else asks for; their e-mail."""
    ((_, email),) = yard.ordinary(1, skip=skip)
    sam = yard.person("sam")
    sam.reload()
    open_form(sam, email)
    fill_in(sam, checked=NOT_CHECKED)
    sam.submit()
    assert sam.modal.title == "Waiting for approval"
    return email


def waiting(yard: Yard, email: str) -> Message:
    """Where managers decide about this person."""

    def look() -> list[Message]:
        replies = [reply for card in yard.person("maya").approval_cards for reply in card.replies]
        return [reply for reply in replies if email in reply.text and reply.buttons]

    return eventually("managers are asked", look)[0]


def at_once(front: Balancer, *acts: Callable[[], None]) -> None:
    front.together(len(acts))
    with ThreadPoolExecutor(len(acts)) as pool:
        for done in [pool.submit(act) for act in acts]:
            done.result()
    front.one_by_one()


def ends_with_one_text(yard: Yard, email: str) -> None:
    eventually("the text arrives", lambda: ended(yard, [email]) == {"delivered": 1})
    assert len(yard.texts_to(numbers_of(yard, [email])[email])) == 1
    assert "Approved by" in eventually("it is told", lambda: decided(yard, email))[0].text


def decided(yard: Yard, email: str) -> list[Message]:
    replies = [reply for card in yard.person("maya").approval_cards for reply in card.replies]
    return [reply for reply in replies if email in reply.text and "Approved by" in reply.text]


def votes(yard: Yard, email: str) -> list[int]:
    """Of each vote whether it was a yes."""
    return [
        int(approve)
        for (approve,) in yard.own(
            "SELECT approve FROM locksmith_vote WHERE request_id = :id", id=yard.request_of(email)
        )
    ]
