"""What is missing or wrong in the form is said at its field, and nothing that was typed is lost."""

from __future__ import annotations

from tests.scenario.moves import CHECKED, FORGOT, OTHER, WHY, fill_in, open_form
from tests.scenario.people import Person
from tests.scenario.story import Story


def test_reason_and_check_are_required_and_nothing_is_preselected(story: Story, sam: Person) -> None:
    open_form(sam)
    assert list(sam.modal.field(WHY).options)[:2] == ["Forgot or locked out", "New phone"]
    sam.fill("Ticket", "ZD-5")
    sam.submit()
    assert set(sam.modal.says_wrong) == {WHY, CHECKED}
    assert sam.modal.field("Ticket").value == "ZD-5"
    fill_in(sam, ticket="ZD-5")
    sam.submit()
    assert sam.modal.title == "Sending text"
    assert story.request.ticket == "ZD-5"


def test_a_wrong_ticket_number(story: Story, sam: Person) -> None:
    open_form(sam)
    fill_in(sam, ticket="I do not know", note="her boss called")
    sam.submit()
    assert sam.modal.says_wrong == {"Ticket": "This does not look like a ticket number, like ZD-123."}
    kept = {field.label: field.value for field in sam.modal.fields}
    assert kept[WHY] == FORGOT
    assert kept["Note"] == "her boss called"
    assert kept["Ticket"] == "I do not know"
    assert story.requests() == []
    sam.fill("Ticket", "ZD-124")
    sam.submit()
    assert sam.modal.title == "Sending text"
    assert (story.request.ticket, story.request.note) == ("ZD-124", "her boss called")
    assert story.request.check_text == "Called back the number on record"


def test_other_needs_a_note(story: Story, sam: Person) -> None:
    open_form(sam)
    assert "Required for: Other" in sam.modal.field("Note").hint
    fill_in(sam, why=OTHER)
    sam.submit()
    assert list(sam.modal.says_wrong) == ["Note"]
    sam.fill("Note", "   ")
    sam.submit()
    assert list(sam.modal.says_wrong) == ["Note"]
    assert story.posts == []
    sam.fill("Note", "Her account was merged")
    sam.submit()
    story.tick(3)
    assert sam.modal.title == "Text delivered"
    assert "Other" in sam.cards[0].text


def test_cancel_leaves_nothing_behind(story: Story, sam: Person) -> None:
    open_form(sam)
    fill_in(sam)
    sam.close()
    story.tick(2)
    assert story.requests() == []
    assert story.posts == []
    assert sam.cards == []
    assert [row.event for row in story.audit()] == ["people:searched", "person:viewed"]
