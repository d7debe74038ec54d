"""Managers decide in threads: one yes, two, a no, a question, a cancel."""

from __future__ import annotations

import pytest

from tests.scenario.moves import JANE, NOT_CHECKED, OTHER_JANE, approve, ask, decline, fill_in, open_form, use
from tests.scenario.people import Person
from tests.scenario.story import Story

OTHER_JANES_PHONE = "+12025550117"


def test_an_administrator_waits_until_maya_agrees(story: Story, sam: Person, maya: Person) -> None:
    asks_for_an_administrator(sam)
    assert story.posts == []
    reads_why_she_is_asked(maya)

    story.tick(120)
    assert "Text a temporary password for Jane Doe to ••17 now?" in str(maya.asked_to_decide.raw)
    approve(maya)
    assert not maya.has_modal
    (text,) = story.texts
    assert text["to"] == OTHER_JANES_PHONE
    assert sam.modal.title in {"Text sent", "Sending text"}

    story.tick(2)
    story.tick(2)
    assert sam.modal.title == "Text delivered"
    assert maya.asked_to_decide.lines[0] == "Approved by Maya Lindqvist 14:44"
    assert [button.words for button in maya.asked_to_decide.buttons] == ["Withdraw"]
    use(story.product, OTHER_JANE, story.secret, "my own words")
    story.tick(3)
    assert sam.modal.title == "Own password chosen"
    assert [line.split(" 14:")[0] for line in maya.thread[1:]] == [
        "Maya Lindqvist approved",
        "Text sent",
        "Text delivered",
        "Own password chosen",
    ]
    (card,) = maya.approval_cards
    assert "Own password chosen · Jane Doe (administrator) · by Sam Okafor" in card.text
    assert "approved by Maya Lindqvist" in card.text
    assert "approved by Maya Lindqvist" in sam.cards[-1].replies[0].text


def asks_for_an_administrator(sam: Person) -> None:
    sam.command("/reset-user jane doe")
    assert "administrator: needs 1 approval" in sam.message.row(OTHER_JANE)
    assert "approval" not in sam.message.row(JANE)
    sam.press("Reset password", on=OTHER_JANE)
    assert sam.modal.submit == "Ask for approval"
    assert "A manager must agree first: administrator · mobile or e-mail changed recently." in sam.modal.text
    fill_in(sam, checked=NOT_CHECKED, ticket="ZD-124", note="She is at the airport.")
    sam.submit()
    assert sam.modal.title == "Waiting for approval"
    for said in (
        "A manager must agree",
        "Their old password still works.",
        "you may hang up, the text comes by itself",
    ):
        assert said in sam.modal.text


def reads_why_she_is_asked(maya: Person) -> None:
    (card,) = maya.approval_cards
    assert card.buttons == []
    assert "Needs approval 0 of 1 · Jane Doe (administrator) · by Sam Okafor" in card.text
    assert "Jane" not in card.notification
    assert card.notification.startswith("Needs approval 0 of 1 · reset R-")
    (asked,) = card.replies
    assert asked.lines[0] == "@S0MANAGERS Your yes or no is needed."
    for said in (
        "Reset for Jane Doe (administrator), j.doe@acme.example.",
        "Asked by Sam Okafor: Forgot or locked out, ZD-124↗, not checked.",
        "Note: She is at the airport.",
        "Why you: administrator · mobile or e-mail changed recently · caller not checked",
        "If approved: text to ••17 at once",
        "0 of 1 approved, until 15:42",
    ):
        assert said in asked.text
    assert [button.words for button in asked.buttons] == ["Approve", "Decline", "Ask the agent"]


def test_an_ordinary_reset_waits_for_nobody(story: Story, sam: Person, maya: Person) -> None:
    open_form(sam)
    assert sam.modal.submit == "Send reset password"
    fill_in(sam)
    sam.submit()
    story.tick(2)
    assert sam.modal.title == "Text sent"
    assert maya.approval_cards == []


def test_not_checked_makes_an_ordinary_reset_wait(story: Story, sam: Person, maya: Person) -> None:
    open_form(sam)
    fill_in(sam, checked=NOT_CHECKED)
    sam.submit()
    assert sam.modal.title == "Waiting for approval"
    assert story.posts == []
    assert "Why you: caller not checked" in maya.asked_to_decide.text


@pytest.mark.parametrize("changed_settings", [{"privileged = 1": "privileged = 2"}])
def test_where_two_are_needed_the_first_sends_nothing(story: Story, sam: Person, maya: Person, omar: Person) -> None:
    ask(sam)
    assert "Two managers must agree" in sam.modal.text
    approve(maya)
    story.tick(2)
    assert story.posts == []
    assert "1 of 2 agreed" in sam.modal.text
    assert "Needs approval 1 of 2" in maya.approval_cards[-1].text
    assert "1 of 2 approved (Maya Lindqvist)" in omar.asked_to_decide.text
    assert maya.thread[-1] == "Maya Lindqvist approved 14:42 · 1 of 2, one more yes is needed"
    approve(omar)
    story.tick(2)
    assert len(story.texts) == 1
    assert "Approved by Maya Lindqvist and Omar Haddad 14:42" in omar.asked_to_decide.text
    assert "approved by Maya Lindqvist, Omar Haddad" in sam.cards[-1].text


@pytest.mark.parametrize("changed_settings", [{"privileged = 1": "privileged = 2"}])
def test_one_no_ends_what_one_yes_began(story: Story, sam: Person, maya: Person, omar: Person) -> None:
    ask(sam)
    approve(maya)
    decline(omar, "She is on leave.")
    story.tick(2)
    assert sam.modal.title == "Declined"
    assert story.posts == []
    assert story.request.state == "declined"


def test_a_no_needs_a_sentence_and_it_reaches_the_agent(story: Story, sam: Person, maya: Person) -> None:
    ask(sam)
    sam.close()
    maya.press("Decline", at=maya.asked_to_decide)
    assert maya.modal.title == "Decline this reset"
    assert "One no ends the request, and it cannot be changed. Nothing is sent." in maya.modal.text
    maya.fill("Why?", "   ")
    maya.submit()
    assert maya.modal.says_wrong == {"Why?": "Say why in a few words: the agent reads it."}
    maya.fill("Why?", "Jane is *on leave*. <!channel>")
    maya.submit()
    assert "nothing was sent. Next: Sam Okafor is told why." in maya.modal.text.replace("\n", " ")
    maya.close()
    story.tick(2)
    told = sam.direct_messages[-1].text
    assert "Declined by Maya Lindqvist; nothing was sent. Why: “Jane is *on leave*. <!channel>”" in told
    assert "Their old password still works." in told
    assert maya.thread[-1] == "Maya Lindqvist declined 14:42: “Jane is *on leave*. <!channel>” Nothing was sent."
    assert maya.asked_to_decide.buttons == []
    assert "Declined · Jane Doe" in maya.approval_cards[-1].text
    assert story.texts == []


def test_a_question_and_its_answer(story: Story, sam: Person, maya: Person) -> None:
    ask(sam)
    sam.close()
    maya.press("Ask the agent", at=maya.asked_to_decide)
    maya.fill("Your question", "Why today?")
    maya.submit()
    assert "The answer comes into the thread." in maya.modal.text
    maya.close()
    story.tick(2)
    question = sam.direct_messages[-1]
    assert "Maya Lindqvist: “Why today?”" in question.text
    assert maya.thread[-1] == "Maya Lindqvist asks Sam Okafor: “Why today?”"

    sam.press("Reply", at=question)
    assert "They ask: Why today?" in sam.modal.text
    sam.fill("Your answer", "On call tonight.")
    sam.submit()
    assert "Your answer is in the managers' thread." in sam.modal.text
    sam.close()
    story.tick(2)
    assert maya.thread[-1].endswith("Sam Okafor answers: “On call tonight.”")
    events = [(row.event, row.actor_name) for row in story.audit() if row.event.startswith("approval:")]
    assert events == [("approval:asked", "Maya Lindqvist"), ("approval:answered", "Sam Okafor")]
    assert not any("today" in row.detail or "tonight" in row.detail for row in story.audit())
    approve(maya)
    story.tick(2)
    assert "Text sent · Jane Doe" in sam.direct_messages[-1].text


def test_the_agent_cancels(story: Story, sam: Person, maya: Person) -> None:
    ask(sam)
    sam.press("Cancel request")
    assert sam.modal.title == "Cancelled"
    assert "nothing was sent" in sam.modal.text
    story.tick(2)
    assert "Cancelled by Sam Okafor 14:42; nothing was sent." in maya.asked_to_decide.text
    assert maya.asked_to_decide.buttons == []
    assert "Cancelled · Jane Doe" in maya.approval_cards[-1].text
    assert story.texts == []
    ask(sam)  # and may ask anew
