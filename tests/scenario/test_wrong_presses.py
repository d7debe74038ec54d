"""Whoever presses what is not theirs to press reads why in a small modal; the audit trail knows of it."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import delete

from services.db.tables import OutboxRow, RequestRow
from tests.scenario.moves import NOT_CHECKED, approve, ask, decline
from tests.scenario.people import APPROVALS, Person
from tests.scenario.story import Story

MAYA_HERSELF = "Maya@statstak.example"
"""Her address in Slack, in the product's own writing."""
TWO = {"privileged = 1": "privileged = 2"}
ONLY_MANAGERS = "Only managers decide here. @S0MANAGERS know of it."
_NO_THRESHOLD = re.compile(r"R-[0-9A-Z]{4}|\d\d:\d\d|@\w+")
"""References, times and mentions: no policy's numbers."""


def reads(person: Person, sentence: str) -> None:
    """In a small modal that decides nothing, and teaches no threshold."""
    assert sentence in person.modal.text.replace("\n", " ")
    assert not re.search(r"\d", _NO_THRESHOLD.sub("", person.modal.text))
    assert {button.words for button in person.modal.buttons} <= {"Back to the search"}
    person.close()


def refused(story: Story) -> list[tuple[str, str]]:
    return [(row.actor_id, json.loads(row.detail)["what"]) for row in story.audit("agent:refused")]


def test_nobody_decides_about_their_own_request(story: Story, sam: Person, maya: Person) -> None:
    story.make_manager(sam)
    ask(sam)
    sam.close()
    approve(sam)
    reads(sam, "You asked for this reset; somebody else must decide.")
    sam.press("Decline", at=sam.asked_to_decide)
    reads(sam, "You asked for this reset; somebody else must decide.")
    assert "Nothing waits for you." in sam.command("/reset-user waiting").text
    assert refused(story) == [("U0SAM", "approval:approve OwnRequest"), ("U0SAM", "approval:decline OwnRequest")]
    assert story.request.state == "awaiting_approval"
    approve(maya)
    assert len(story.texts) == 1


@pytest.fixture
def maya_herself(story: Story) -> str:
    """The e-mail by which the product knows the manager."""
    story.product.change("maya.lindqvist@statstak.example", email=MAYA_HERSELF)
    return MAYA_HERSELF


def test_nobody_decides_about_their_own_account(
    story: Story, sam: Person, maya: Person, omar: Person, maya_herself: str
) -> None:
    ask(sam, maya_herself)
    approve(maya)
    reads(maya, "This is your own account; another manager must decide.")
    assert "Nothing waits for you." in maya.command("/reset-user waiting").text
    assert "1 reset waits for you." in omar.command("/reset-user waiting").text
    assert refused(story) == [("U0MAYA", "approval:approve OwnAccount")]
    approve(omar)
    assert len(story.texts) == 1


def test_who_asks_for_their_own_account_needs_somebody_else(
    story: Story, maya: Person, omar: Person, maya_herself: str
) -> None:
    story.slack(group={"id": "S0AGENTS", "add": "U0MAYA"})
    ask(maya, maya_herself)
    assert "the account of whoever asks" in omar.asked_to_decide.text
    maya.close()
    approve(maya)
    reads(maya, "You asked for this reset; somebody else must decide.")


@pytest.mark.parametrize("changed_settings", [TWO])
def test_nobody_votes_twice(story: Story, sam: Person, maya: Person) -> None:
    ask(sam)
    approve(maya)
    story.tick(120)
    approve(maya)
    reads(maya, "You have already voted: approve, 14:42. Next: A vote cannot be changed.")
    maya.press("Decline", at=maya.asked_to_decide)
    reads(maya, "You have already voted: approve, 14:42.")
    assert story.request.approvals == 1
    assert refused(story) == [
        ("U0MAYA", "approval:approve AlreadyVoted"),
        ("U0MAYA", "approval:decline AlreadyVoted"),
    ]


def test_who_comes_second_reads_who_was_first(story: Story, sam: Person, maya: Person, omar: Person) -> None:
    ask(sam)
    omar.command("/reset-user waiting")
    decline(maya, "She is on leave.")
    story.tick(120)
    for button in ("Approve", "Decline", "Ask the agent"):
        omar.press(button)
        reads(omar, "Maya Lindqvist declined this at 19:42; nothing was sent.")  # Omar is in London
    assert [what for _, what in refused(story)] == [
        "approval:approve:listed AlreadyDecided",
        "approval:decline AlreadyDecided",
        "approval:ask AlreadyDecided",
    ]
    assert story.texts == []


def test_a_reason_written_in_vain(story: Story, sam: Person, maya: Person, omar: Person) -> None:
    ask(sam)
    omar.press("Decline", at=omar.asked_to_decide)
    omar.fill("Why?", "I do not know her.")
    approve(maya)
    omar.submit()
    reads(omar, "Maya Lindqvist approved this at 19:42.")
    assert len(story.texts) == 1


def test_what_the_agent_cancelled_is_approved_by_nobody(story: Story, sam: Person, omar: Person) -> None:
    ask(sam)
    omar.command("/reset-user waiting")
    sam.press("Cancel request")
    omar.press("Approve")
    reads(omar, "Sam Okafor cancelled this at 19:42; nothing was sent. Next: Ask again if still needed.")
    assert story.texts == []


def test_what_is_approved_is_cancelled_in_vain(story: Story, sam: Person, maya: Person) -> None:
    ask(sam)
    story.work.held = True  # the news of it reaches nobody's screen
    approve(maya)
    story.bot.sender.send(story.request.id)
    sam.press("Cancel request")
    reads(sam, "Maya Lindqvist approved this at 14:42. Now: text sent.")
    story.work.release()
    assert len(story.texts) == 1


def test_a_minute_too_late(story: Story, sam: Person, maya: Person) -> None:
    ask(sam)
    story.pass_time(minutes=60)
    approve(maya)
    reads(maya, "It expired at 15:42; nothing was sent. Next: Ask again if still needed.")
    maya.press("Decline", at=maya.asked_to_decide)
    reads(maya, "It expired at 15:42; nothing was sent.")
    assert story.texts == []


def test_an_agent_who_sees_the_thread_is_no_manager(story: Story, sam: Person, ana: Person) -> None:
    story.join(APPROVALS, ana)
    ask(sam)
    for button in ("Approve", "Decline", "Ask the agent"):
        ana.press(button, at=ana.asked_to_decide)
        reads(ana, ONLY_MANAGERS)
    assert refused(story) == [("U0ANA", f"approval:{what}") for what in ("approve", "decline", "ask")]
    assert story.request.state == "awaiting_approval"


@pytest.mark.parametrize("flag", ["deleted", "restricted"])
def test_a_guest_or_deactivated_manager_is_none(story: Story, sam: Person, maya: Person, flag: str) -> None:
    ask(sam)
    story.slack(person={"id": "U0MAYA", flag: True})
    approve(maya)
    reads(maya, ONLY_MANAGERS)
    assert story.texts == []


def test_who_left_the_managers_a_moment_ago_is_none(story: Story, sam: Person, maya: Person) -> None:
    ask(sam)
    assert "1 reset waits" in maya.command("/reset-user waiting").text
    story.slack(group={"id": "S0MANAGERS", "remove": "U0MAYA"})
    approve(maya)
    reads(maya, ONLY_MANAGERS)


@pytest.mark.parametrize("method", ["users.info", "usergroups.users.list"])
def test_a_failed_look_up_means_no(story: Story, sam: Person, maya: Person, method: str) -> None:
    ask(sam)
    story.slack(fail={"method": method, "error": "internal_error"})
    approve(maya)
    reads(maya, ONLY_MANAGERS)
    assert story.texts == []
    approve(maya)  # Slack answers again
    assert len(story.texts) == 1


def test_a_request_that_is_gone(story: Story, sam: Person, maya: Person) -> None:
    ask(sam)
    with story.bot.database.write() as session:
        session.execute(delete(OutboxRow))
        session.execute(delete(RequestRow))
    for button in ("Approve", "Decline", "Ask the agent"):
        maya.press(button, at=maya.asked_to_decide)
        reads(maya, "This request no longer exists.")


def test_the_facts_are_told_without_their_thresholds(sam: Person, maya: Person) -> None:
    ask(sam, checked=NOT_CHECKED)
    for surface in (sam.modal, maya.asked_to_decide):
        (facts,) = [line for line in surface.lines if "changed recently" in line]
        assert not re.search(r"\d", re.sub(r"0 of 1|until \d\d:\d\d", "", facts))


@pytest.mark.parametrize("words", ["waiting", "lockdown", "lockdown on"])
def test_managers_words_are_for_managers(story: Story, sam: Person, pat: Person, words: str) -> None:
    for person in (sam, pat):
        assert "Only managers can do that here." in person.command(f"/reset-user {words}").text
    assert [actor for actor, _ in refused(story)] == ["U0SAM", "U0PAT"]
    assert not story.bot.approvals.locked_down()
