"""The message short cut: an address in a message leads to the same results, in threads too."""

from __future__ import annotations

import pytest

from tests.scenario.moves import JANE, fill_in
from tests.scenario.people import Person
from tests.scenario.story import Story


@pytest.mark.parametrize(
    "says",
    [
        f"{JANE} cannot get in",
        f"From: Jane <{JANE}>, please help",
        f"Write to <mailto:{JANE}|{JANE}>.",
        f"It is {JANE.upper()}, she says.",
    ],
)
def test_an_address_in_a_message(story: Story, sam: Person, pat: Person, says: str) -> None:
    sam.short_cut(pat.says(says))
    assert sam.modal.title == "Find a person"
    assert "From the message: " in sam.modal.text
    assert sam.modal.rows == ["Jane Doe"]
    modal = sam.modal.id
    sam.press("Reset password", on=JANE)
    fill_in(sam)
    sam.submit()
    story.tick(3)
    assert sam.modal.id == modal
    assert sam.modal.title == "Text delivered"
    assert len(story.posts) == 1


def test_in_a_thread_where_commands_do_not_work(story: Story, sam: Person, pat: Person) -> None:
    root = pat.says("Who can help?")
    pat.says(f"It is about {JANE}", thread=root.ts)
    (reply,) = sam.messages()[-1].replies
    sam.short_cut(reply)
    assert sam.modal.rows == ["Jane Doe"]
    sam.press("Reset password", on=JANE)
    fill_in(sam)
    sam.submit()
    sam.close()
    story.tick(3)
    assert "Text delivered" in sam.direct_messages[-1].text


def test_without_an_address_the_search_is_offered(sam: Person) -> None:
    (opening,) = sam.messages()
    sam.short_cut(opening)
    assert "There is no e-mail address in that message" in sam.modal.text
    assert len(sam.modal.rows) == 5
    sam.fill("Search people", "jane doe")
    sam.submit()
    assert sam.modal.rows == ["Jane Doe", "Jane Doe"]
    sam.press("Reset password", on=JANE)
    assert sam.modal.title == "Reset password"


def test_an_address_nobody_has(sam: Person, pat: Person) -> None:
    sam.short_cut(pat.says("nobody@nowhere.example is locked out"))
    assert "Nobody matches “nobody@nowhere.example”" in sam.modal.text
    assert sam.modal.field("Search people").value == "nobody@nowhere.example"
    sam.fill("Search people", "cher")
    sam.submit()
    assert "Cher" in sam.modal.rows


def test_paging_in_the_modal_and_the_way_back(sam: Person) -> None:
    (opening,) = sam.messages()
    sam.short_cut(opening)
    modal = sam.modal.id
    sam.fill("Search people", "jane")
    sam.submit()
    assert len(sam.modal.rows) == 3
    sam.press("What can I do?", on="jdorn@acme.example")
    assert sam.modal.title == "Not possible"
    sam.press("Back to the search")
    assert "3 people match “jane”" in sam.modal.text
    sam.fill("Search people", "example")
    sam.submit()
    sam.press("Next")
    assert "6–10 of 50" in sam.modal.text
    sam.press("Previous")
    assert "1–5 of 50" in sam.modal.text
    assert sam.modal.id == modal


def test_who_presses_the_short_cut_twice(sam: Person, pat: Person) -> None:
    message = pat.says(f"{JANE} again")
    sam.short_cut(message)
    sam.short_cut(message)
    assert len(sam.sees()["modals"]) == 1
