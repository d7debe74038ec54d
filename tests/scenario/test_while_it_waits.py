"""While a request waits for managers: reminders, the end, what changes meanwhile, and who is told where."""

from __future__ import annotations

import pytest

from tests.scenario.moves import OTHER_JANE, approve, ask
from tests.scenario.people import APPROVALS, Person
from tests.scenario.story import Story

ESCALATION = "Nobody decided? Call the manager on duty: 555-010-0150."


def test_nobody_answers(story: Story, sam: Person, maya: Person) -> None:
    ask(sam)
    sam.close()
    story.let_time_pass(minutes=62, looks=124)
    reminders = [line for line in maya.thread if "Still waiting" in line]
    assert reminders == [
        f"@U0MAYA @U0OMAR Still waiting for {minutes} min: 0 of 1 approved, until 15:42."
        for minutes in (5, 10, 20, 40)
    ]
    assert f"Expired 15:42: not decided in time; nothing was sent. {ESCALATION}" in maya.asked_to_decide.text
    assert maya.asked_to_decide.buttons == []
    assert "Not sent · Jane Doe" in maya.approval_cards[-1].text
    assert "not decided in time" in sam.cards[-1].text
    told = sam.direct_messages[-1].text
    assert "No manager decided about the reset of Jane Doe in time." in told
    assert ESCALATION in told
    assert story.posts == []


@pytest.mark.parametrize("changed_settings", [{"privileged = 1": "privileged = 2"}])
def test_only_those_who_may_still_vote_are_reminded(story: Story, sam: Person, maya: Person) -> None:
    ask(sam)
    approve(maya)
    story.tick(301)
    assert maya.thread[-1].startswith("@U0OMAR Still waiting for 5 min: 1 of 2 approved")


def test_a_number_that_changed_meanwhile_voids_the_votes(story: Story, sam: Person, maya: Person) -> None:
    ask(sam)
    sam.close()
    story.product.change(OTHER_JANE, phone="+1 202-555-0199")
    approve(maya)
    assert maya.modal.title == "Not approved"
    assert "what you were shown is not true any more" in maya.modal.text
    assert "The votes are void and nothing was sent." in maya.modal.text
    story.tick(2)
    assert "Expired 14:42: facts changed meanwhile; nothing was sent." in maya.asked_to_decide.text
    assert "Make sure that it was them who changed it, then ask again." in sam.direct_messages[-1].text
    assert story.posts == []
    assert story.audit("request:expired")[0].actor_name == "Maya Lindqvist"


def test_a_manager_outside_the_channel_gets_a_direct_message(
    story: Story, sam: Person, maya: Person, omar: Person
) -> None:
    story.join(APPROVALS, omar, inside=False)
    ask(sam)
    story.tick(2)
    assert maya.direct_messages == []
    (told,) = omar.direct_messages
    assert "Needs approval 0 of 1" in told.text
    assert "Decide with /reset-user waiting." in told.text
    assert f"/archives/{APPROVALS}/p" in str(told.raw)
    omar.command("/reset-user waiting")
    omar.press("Approve")
    assert len(story.texts) == 1


@pytest.mark.parametrize("changed_settings", [{'"C0APPROVALS"': '"C0AUDIT"'}])
def test_where_both_channels_are_one_there_is_one_card(story: Story, sam: Person, maya: Person) -> None:
    ask(sam)
    (card,) = maya.cards
    assert maya.approval_cards == []
    maya.press("Approve", at=card.replies[0])
    story.tick(2)
    assert "approved by Maya Lindqvist" in maya.cards[0].text
    assert len(maya.cards) == 1
