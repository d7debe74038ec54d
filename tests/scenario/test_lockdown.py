"""What concerns no single request: the lockdown, what waits, the team's day, who may reset whom."""

from __future__ import annotations

import json

import pytest

from tests.scenario.moves import JANE, OTHER_JANE, approve, ask, decline, open_form, send, use
from tests.scenario.people import Person
from tests.scenario.story import Story

FIRST_LINE = """
[[scope]]
agents = ["U0SAM"]
roles = ["administrator"]
deny = true
ask = "the second line, #it-escalation"

[directory]"""
OUT_OF_SCOPE = "The rules do not let you reset the password of this person."
ASK_INSTEAD = "Ask instead: the second line, #it-escalation."


def test_lockdown_asks_one_more_for_everything_and_is_announced(
    story: Story, sam: Person, maya: Person, omar: Person
) -> None:
    assert "Lockdown is on." in maya.command("/reset-user lockdown on").text
    story.tick(2)
    assert "Lockdown is on, switched by Maya Lindqvist." in omar.announced[-1]
    assert "It was so already." in omar.command("/reset-user lockdown on").text

    ask(sam, JANE)
    assert "Why you: lockdown is on" in maya.asked_to_decide.text
    assert "0 of 1 approved" in maya.asked_to_decide.text
    approve(maya)
    assert len(story.texts) == 1
    ask(sam, OTHER_JANE)
    assert "0 of 2 agreed" in sam.modal.text

    assert "Lockdown is off." in omar.command("/reset-user lockdown off").text
    story.tick(2)
    assert "Lockdown is off, switched by Omar Haddad." in maya.announced[-1]
    switched = [(row.event, row.actor_name) for row in story.audit() if row.event.startswith("lockdown:")]
    assert switched == [("lockdown:switched_on", "Maya Lindqvist"), ("lockdown:switched_off", "Omar Haddad")]


def test_a_lockdown_after_the_question_makes_one_yes_too_few(
    story: Story, sam: Person, maya: Person, omar: Person
) -> None:
    ask(sam)
    maya.command("/reset-user lockdown on")
    omar.command("/reset-user waiting")
    omar.press("Approve")
    story.tick(2)
    assert story.posts == []
    assert sam.modal.title == "Not sent"
    assert "the rules ask for more now than when you asked" in sam.modal.text
    assert "Not sent · Jane Doe" in maya.approval_cards[-1].text
    assert "the rules ask for more now" in maya.approval_cards[-1].text
    assert "Their old password still works." in sam.modal.text


@pytest.mark.parametrize("words", ["lockdown", "lockdown  "])
def test_lockdown_wants_to_be_told_which(maya: Person, words: str) -> None:
    assert "Say which" in maya.command(f"/reset-user {words}").text


def test_what_waits_for_me_is_decided_from_the_list(story: Story, sam: Person, ana: Person, maya: Person) -> None:
    assert "Nothing waits for you." in maya.command("/reset-user waiting").text
    ask(sam)
    story.tick(2)
    ask(ana, "viktor.petrov@acme.example")
    listed = maya.command("/reset-user waiting")
    assert listed.only_you
    assert listed.lines[0] == "2 resets wait for you."
    first, second = (line for line in listed.lines if "(administrator)" in line)
    assert "Jane Doe" in first
    assert "Viktor Petrov" in second
    button = next(one for one in listed.buttons if "Viktor Petrov" in one.spoken and one.words == "Approve")
    maya._click(listed, button.block_id, button.action_id)
    assert "the text to ••06 goes out now." in maya.message.text
    assert "1 reset waits for you." in maya.message.text
    assert len(story.texts) == 1
    assert "Maya Lindqvist approved" in maya.thread[-2]


def test_the_teams_day(story: Story, sam: Person, ana: Person, maya: Person) -> None:
    ask(sam)
    decline(maya, "Not today.")
    send(ana)
    use(story.product, JANE, story.secret, "my own words")
    story.tick(60)
    ask(sam, "viktor.petrov@acme.example")
    said = maya.command("/reset-user status team").text
    reference = story.requests()[-1].reference
    assert said.startswith("23 Nov: 3 resets · 1 signed in, median 1 min · 0 undelivered · 0 approved · 1 declined")
    assert f"{reference} · Needs approval 0 of 1 · Viktor Petrov · by Sam Okafor" in said
    assert sam.command("/reset-user status team").text == said

    story.let_time_pass(minutes=60 * 18)
    assert maya.announced[-1:] == [
        "Yesterday 3 resets · 1 signed in, median 1 min · 0 undelivered · 0 approved · 1 declined · none open"
    ]


@pytest.mark.parametrize("changed_settings", [{"[directory]": FIRST_LINE}])
def test_out_of_scope_shows_whom_to_ask(sam: Person, ana: Person) -> None:
    row = sam.command("/reset-user jane doe").row(OTHER_JANE)
    assert "the second line, #it-escalation" in row
    assert "Ask instead" not in sam.message.row(JANE)
    sam.press("What can I do?", on=OTHER_JANE)
    assert OUT_OF_SCOPE in sam.modal.text
    assert ASK_INSTEAD in sam.modal.text
    sam.close()
    open_form(sam, JANE)
    sam.close()
    open_form(ana, OTHER_JANE)
    assert ana.modal.submit == "Ask for approval"


@pytest.mark.parametrize("changed_settings", [{"[directory]": FIRST_LINE}])
def test_who_becomes_an_administrator_while_the_form_is_open(story: Story, sam: Person) -> None:
    story.product.change(OTHER_JANE, role="member")
    story.tick(61)
    sam.command("/reset-user j.doe@acme.example")
    story.product.change(OTHER_JANE, role="administrator")
    sam.press("Reset password", on=OTHER_JANE)
    assert sam.modal.title == "Not yours to reset"
    assert OUT_OF_SCOPE in sam.modal.text
    assert ASK_INSTEAD in sam.modal.text
    (event,) = story.audit("agent:out_of_scope")
    assert (event.actor_id, json.loads(event.detail)) == ("U0SAM", {"rule": "scope 1 denies"})
