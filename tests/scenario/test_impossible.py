"""What can I do? Where a reset is impossible the agent reads why, and what to do instead."""

from __future__ import annotations

import pytest

from tests.scenario.moves import JANE, open_form
from tests.scenario.people import Person
from tests.scenario.story import Story


@pytest.mark.parametrize(
    ("email", "why"),
    [
        ("jdorn@acme.example", "There is no mobile number on record for Jane Dorn"),
        ("gerald.hathaway@acme.example", "The number on record for Gerald Hathaway is a landline"),
        ("rita.sandoval@acme.example", "What is on record for Rita Sandoval is not a phone number"),
    ],
)
def test_a_number_that_takes_no_texts(story: Story, sam: Person, email: str, why: str) -> None:
    sam.command(f"/reset-user {email}")
    asks_what_to_do(sam, email)
    assert why in sam.modal.text
    assert "Ask their manager to have the mobile number on record corrected" in sam.modal.text
    assert story.requests() == []


def test_a_deactivated_account(story: Story, sam: Person) -> None:
    sam.command("/reset-user dana.whitlock@acme.example")
    asks_what_to_do(sam, "dana.whitlock@acme.example")
    assert "The account of Dana Whitlock is deactivated" in sam.modal.text
    assert "Have the account activated first" in sam.modal.text
    assert story.requests() == []


def test_the_row_says_it_first(sam: Person) -> None:
    small_print = {
        "jdorn@acme.example": "no mobile on record",
        "gerald.hathaway@acme.example": "landline, cannot get texts",
        "rita.sandoval@acme.example": "number on record is not readable",
        "dana.whitlock@acme.example": "deactivated",
    }
    for email, short in small_print.items():
        row = sam.command(f"/reset-user {email}").row(email)
        assert row.split("\n")[2].lower().startswith(short)


def asks_what_to_do(agent: Person, email: str) -> None:
    assert [button.words for button in agent.message.buttons if button.near] == ["What can I do?"]
    agent.press("What can I do?", on=email)
    assert agent.modal.title == "Not possible"
    assert "Nothing was sent, nothing was changed" in agent.modal.text
    assert agent.modal.submit == ""


def test_it_may_have_been_mended_meanwhile(story: Story, sam: Person) -> None:
    sam.command("/reset-user jdorn@acme.example")
    story.product.change("jdorn@acme.example", phone="+1 202-555-0199")
    sam.press("What can I do?")
    assert sam.modal.title == "Possible now"
    sam.press("Reset password")
    assert sam.modal.title == "Reset password"
    assert "••99" in sam.modal.text


def test_it_may_have_become_impossible_meanwhile(story: Story, sam: Person) -> None:
    sam.command(f"/reset-user {JANE}")
    story.product.change(JANE, phone=None)
    sam.press("Reset password")
    assert sam.modal.title == "Not possible"
    assert "no mobile number on record" in sam.modal.text
    sam.close()
    story.product.change(JANE, phone="+1 202-555-0142", active=0)
    sam.press("Reset password")
    assert "deactivated" in sam.modal.text
    assert "Traceback" not in sam.modal.text


def test_somebody_who_left_meanwhile(story: Story, sam: Person) -> None:
    sam.command("/reset-user cher@acme.example")
    story.product.remove("cher@acme.example")
    sam.press("Reset password")
    assert sam.modal.title == "Not found"
    assert "Search again" in sam.modal.text


def test_somebody_who_left_while_the_form_was_open(story: Story, sam: Person) -> None:
    open_form(sam, "cher@acme.example")
    story.product.remove("cher@acme.example")
    sam.choose("Why?", "New phone")
    sam.choose("How did you check who is calling?", "Not checked")
    sam.submit()
    assert sam.modal.title == "Not found"
    assert "Nothing was sent" in sam.modal.text
    assert story.posts == []
