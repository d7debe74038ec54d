"""Finding people: the command's words, paging and searching in place, and names that are not what they look like."""

from __future__ import annotations

import pytest

from bot.demo_data import CAST
from tests.scenario.moves import JANE, fill_in
from tests.scenario.people import Person
from tests.scenario.story import Story

HOSTILE = [role.email for role in CAST if "hostile" in role.email or role.email.startswith(("hubert", "foxy"))]


def test_paging_replaces_the_same_message(sam: Person) -> None:
    first = sam.command("/reset-user example")
    assert "1–5 of 50" in first.text
    assert "More than 50 people match “example”" in first.text
    assert "First 50. Add a last name or e-mail." in first.text
    assert [button.words for button in first.buttons if not button.near] == ["Search", "Next"]
    sam.press("Next")
    second = sam.message
    assert second.ts == first.ts
    assert "6–10 of 50" in second.text
    assert not set(second.rows) & set(first.rows) - {"Maria Silva", "Jane Doe"}
    sam.press("Previous")
    assert sam.message.text == first.text
    for _ in range(9):
        sam.press("Next")
    assert "46–50 of 50" in sam.message.text
    assert [button.words for button in sam.message.buttons if not button.near] == ["Search", "Previous"]
    assert len(sam.messages()) == 2


def test_searching_in_the_message_by_button_and_by_enter(sam: Person) -> None:
    first = sam.command("/reset-user jxqz")
    assert "Nobody matches “jxqz”" in first.text
    box = first.field("Search people")
    assert box.element["initial_value"] == "jxqz"
    assert "the other spelling" in box.hint
    assert first.rows == []
    sam.fill("Search people", "jnae doe")
    sam.press("Search")
    assert "Nobody matches “jnae doe”. Did you mean one of these?" in sam.message.text
    assert list(sam.message.rows) == ["Jane Doe", "Jane Doe"]
    sam.fill("Search people", "jane doe")
    sam.press("Search")
    assert sam.message.ts == first.ts
    assert "2 people match “jane doe”" in sam.message.text
    sam.types_and_enters("Search people", "Núñez, José")
    assert sam.message.ts == first.ts
    assert "1 person matches “Núñez, José”" in sam.message.text
    assert sam.message.field("Search people").element["initial_value"] == "Núñez, José"


def test_browsing_without_a_text(sam: Person) -> None:
    browsed = sam.command("/reset-user")
    assert "Whom shall I look for?" in browsed.text
    assert len(browsed.rows) == 5
    assert "of 50" in browsed.text
    assert "First 50" in browsed.text
    sam.press("Next")
    assert "6–10 of 50" in sam.message.text


def test_as_callers_say_it_and_agents_type_it(sam: Person) -> None:
    expected = {
        "jose": "José Núñez",
        "NUNEZ jose": "José Núñez",
        "zolc": "Łukasz Żółć",
        "o'brien": "Sinéad O'Brien",
        "cher@": "Cher",
        "JANE.DOE@acme.example": "Jane Doe",
        "gerald.hathaway@acme.example": "Gerald Hathaway",
    }
    for typed, found in expected.items():
        assert sam.command(f"/reset-user {typed}").rows == [found]


def test_help_and_a_status_nobody_knows(sam: Person) -> None:
    for word in ("help", " HELP "):
        told = sam.command(f"/reset-user {word}")
        assert "texts a temporary password to the mobile number on record" in told.text
        assert "/reset-user status R-7F3K" in told.text
        assert told.only_you
    unknown = sam.command("/reset-user status R-ZZZZ")
    assert "is not there, or not there any more" in unknown.text


def test_nobody_else_sees_what_was_found(story: Story, sam: Person, ana: Person) -> None:
    sam.command("/reset-user jane doe")
    assert all("Jane Doe, jane.doe" not in message.notification for message in ana.messages())
    assert len(ana.messages()) == 1
    assert [row.event for row in story.audit()] == ["people:searched"]
    assert "jane" not in story.audit()[0].detail


def test_each_button_names_its_person_to_a_screen_reader(sam: Person) -> None:
    locks = [button for button in sam.command("/reset-user jane").buttons if button.near]
    assert locks[0].spoken == "Reset password of Jane Doe, jane.doe@acme.example"
    assert len({lock.spoken for lock in locks}) == len(locks) == 3


@pytest.mark.parametrize("email", HOSTILE)
def test_a_name_stays_a_name_in_every_view(story: Story, sam: Person, email: str) -> None:
    """Reading itself fails where anything but our own dates is markup (see screen.py)."""
    role = next(role for role in CAST if role.email == email)
    name = " ".join(f"{role.first} {role.last}".replace("\u202e", "").split())
    assert sam.command(f"/reset-user {email}").rows == [name]
    sam.press("Reset password", on=email)
    assert f"{name} · {email}" in sam.modal.text
    fill_in(sam, ticket="ZD-1", note=f"{name} <!here> *called*")
    sam.submit()
    assert "Texting" in sam.modal.text
    story.tick(3)
    assert f"{name} · {email}" in sam.modal.text
    assert name in sam.message.text
    sam.close()
    story.product.change(email, active=0)
    story.let_time_pass(minutes=61, looks=2)
    asked, news = sam.direct_messages
    assert name in asked.text
    assert name in news.text
    assert name[:59] in sam.cards[0].text
    assert len(sam.cards[0].replies) == 1
    status = sam.command(f"/reset-user status {story.request.reference}")
    assert name in status.text
    everything = [sam.message, asked, news, *sam.cards, *sam.cards[0].replies, status]
    for message in everything:
        assert not any(sign in message.notification for sign in ("<!", "<@", "<http", "\u202e", "\n"))
    sam.command(f"/reset-user {email}")
    sam.press("What can I do?", on=email)
    assert name[:79] in sam.modal.text


def test_what_is_typed_is_not_markup_either(sam: Person) -> None:
    assert sam.command("/reset-user <!channel>").rows == ["<!channel> Everyone"]
    assert "Nobody matches “<@U0SAM|sam> zzz”" not in sam.command("/reset-user <@U0SAM|sam> zzz").text
    assert "Nobody matches “*bold* zzz”" in sam.command("/reset-user *bold* zzz").text
    long = sam.command("/reset-user " + "x" * 500)
    assert len(long.field("Search people").element["initial_value"]) == 200


def test_in_a_modal_that_was_left_open_the_row_tells_who_is_at_it(story: Story, sam: Person, ana: Person) -> None:
    sam.command(f"/reset-user {JANE}")
    sam.press("Reset password")
    fill_in(sam)
    sam.submit()
    row = ana.command(f"/reset-user {JANE}").row(JANE)
    assert f"reset under way by Sam Okafor ({story.request.reference}): text sent" in row
    ana.press("What can I do?", on=JANE)
    assert "Sam Okafor has a reset of this person under way" in ana.modal.text
    assert f"/reset-user status {story.request.reference}" in ana.modal.text
