"""Managers pause everything: who is told, what waits, and how it ends."""

from __future__ import annotations

import pytest

from tests.scenario.moves import JANE, WHY, approve, ask, fill_in, open_form, send
from tests.scenario.people import Person
from tests.scenario.story import Story

PAUSED = "Resets are paused by Maya Lindqvist since 14:42."


def test_a_pause_until_somebody_ends_it(story: Story, sam: Person, maya: Person, omar: Person) -> None:
    answer = maya.command("/reset-user pause on")
    assert PAUSED in answer.text
    assert "End it with /reset-user pause off" in answer.text
    story.tick(2)
    assert PAUSED in omar.announced[-1]
    assert "Resets are paused by Maya Lindqvist since 19:42." in omar.command("/reset-user pause on").text  # London

    results = sam.command(f"/reset-user {JANE}")
    assert results.lines[0] == f"{PAUSED} Nothing can be sent until a manager ends it."
    sam.press("Reset password")
    assert sam.modal.title == "Resets are paused"
    assert PAUSED in sam.modal.text
    assert "If it cannot wait: ask Maya Lindqvist." in sam.modal.text
    sam.close()
    assert story.requests() == []

    assert "Resets are not paused." in omar.command("/reset-user pause off").text
    assert "They were not before." in omar.command("/reset-user pause off").text
    story.tick(2)
    assert "Resets are not paused any more, said Omar Haddad." in maya.announced[-1]
    send(sam)
    story.tick(3)
    assert sam.modal.title == "Text delivered"
    switched = [(row.event, row.actor_name) for row in story.audit() if row.event.startswith("pause:")]
    assert switched == [("pause:switched_on", "Maya Lindqvist"), ("pause:switched_off", "Omar Haddad")]


def test_a_pause_for_so_many_minutes(story: Story, sam: Person, maya: Person) -> None:
    assert "since 14:42, until 15:12." in maya.command("/reset-user pause on 30").text
    assert "until 15:12. Nothing can be sent until then." in sam.command(f"/reset-user {JANE}").lines[0]
    story.let_time_pass(minutes=29)
    assert "paused" in sam.command(f"/reset-user {JANE}").lines[0]
    story.let_time_pass(minutes=2)
    assert "Resets are not paused any more: the time is over." in maya.announced[-1]
    assert "paused" not in sam.command(f"/reset-user {JANE}").lines[0]


def test_a_form_that_was_open_can_be_sent_afterwards(story: Story, sam: Person, maya: Person) -> None:
    open_form(sam)
    fill_in(sam)
    maya.command("/reset-user pause on")
    sam.submit()
    assert "Leave this form open and send it again when that is over." in sam.modal.says_wrong[WHY]
    assert story.requests() == []
    maya.command("/reset-user pause off")
    sam.submit()
    story.tick(3)
    assert sam.modal.title == "Text delivered"


def test_what_is_approved_waits_until_its_end(story: Story, sam: Person, maya: Person) -> None:
    ask(sam)
    maya.command("/reset-user pause on")
    approve(maya)
    story.tick(2)
    assert sam.modal.title == "Waiting to send"
    assert "A manager paused resets. Nothing was sent yet." in sam.modal.text
    assert story.posts == []
    maya.command("/reset-user pause off")
    story.tick(5)
    story.tick(3)
    assert sam.modal.title == "Text delivered"


def test_what_waits_can_be_cancelled(story: Story, sam: Person, maya: Person) -> None:
    ask(sam)
    maya.command("/reset-user pause on")
    approve(maya)
    story.tick(2)
    sam.press("Cancel request")
    assert sam.modal.title == "Cancelled"
    maya.command("/reset-user pause off")
    story.let_time_pass(minutes=1)
    assert story.posts == []


@pytest.mark.parametrize("word", ["pause", "pause on", "pause off", "pause on 30"])
def test_agents_may_not(story: Story, sam: Person, word: str) -> None:
    assert "Only managers can do that here." in sam.command(f"/reset-user {word}").text
    assert story.audit("pause:switched_on") == []


@pytest.mark.parametrize("word", ["pause", "pause on 0", "pause on 1441"])
def test_it_says_what_it_wants_to_hear(story: Story, maya: Person, word: str) -> None:
    assert "Say which: /reset-user pause on" in maya.command(f"/reset-user {word}").text
    assert story.audit("pause:switched_on") == []


def test_help_names_it_to_managers_alone(sam: Person, maya: Person) -> None:
    assert "/reset-user pause on 30" in maya.command("/reset-user help").text
    assert "pause" not in sam.command("/reset-user help").text
