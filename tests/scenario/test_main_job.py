"""The main job: from `/reset-user jane` to a temporary password that works."""

from __future__ import annotations

from bot.demo_data import JANES_OLD_PASSWORD
from tests.scenario.moves import JANE, JANES_PHONE, fill_in, send, use
from tests.scenario.people import Person
from tests.scenario.screen import Message, Modal
from tests.scenario.story import Story

OWN = "my own words 42"


def test_sam_resets_jane_while_she_is_on_the_line(story: Story, sam: Person, maya: Person) -> None:
    results = finds_the_right_jane(sam)
    form = fills_in_the_form(sam)
    assert sam.modal.title == "Sending text"
    assert "Texting Jane Doe ••42" in sam.modal.text
    assert [button.words for button in sam.modal.buttons] == ["Show result"]

    story.tick(2)
    assert sam.modal.title == "Text sent"
    assert "✓ 14:42 accepted   … not delivered yet" in sam.modal.text
    assert sam.message.ts == results.ts
    assert "Text sent · Jane Doe · ••42" in sam.message.text

    story.tick(2)
    assert sam.modal.id == form.id
    assert sam.modal.title == "Text delivered"
    assert "Valid until 15:42 your time" in sam.modal.text
    assert "Type the temporary password with the dashes" in sam.modal.text

    signs_in(story, sam)
    sam.submit()
    assert not sam.has_modal
    assert sam.direct_messages == []
    assert len(sam.messages()) == 2  # the front desk's line, and what was the results
    assert sam.message.ts == results.ts

    story.tick(10)
    reads_the_card(maya)
    (text,) = story.texts
    assert (text["to"], text["body"]) == (JANES_PHONE, "")
    assert (text["segments"], text["encoding"]) == (1, "GSM-7")
    assert len(story.posts) == 1


def finds_the_right_jane(sam: Person) -> Message:
    results = sam.command("/reset-user jane doe")
    assert "2 people match “jane doe”" in results.text
    assert results.only_you
    assert "same name as another: check the e-mail" in results.row(JANE)
    assert "mobile ••42" in results.row(JANE)
    sam.press("Reset password", on=JANE)
    return results


def fills_in_the_form(sam: Person) -> Modal:
    form = sam.modal
    assert (form.title, form.submit) == ("Reset password", "Send reset password")
    for said in ("Jane Doe · jane.doe@acme.example", "→ text to +1 ••• ••42", "for 60 min", "choose their own"):
        assert said in form.text
    assert all(field.value == "" for field in form.fields)
    fill_in(sam, ticket="ZD-123")
    sam.submit()
    return form


def signs_in(story: Story, sam: Person) -> None:
    """The old password works until she has chosen her own; each password's fate is the product's to tell."""
    assert story.product.opens(JANE, JANES_OLD_PASSWORD)
    with story.product.visit() as jane:
        assert "Choose your own password" in jane.sign_in(JANE, story.secret)
        story.tick(2)
        assert sam.modal.title == "Signed in"
        assert "Your new password is saved" in jane.choose(OWN)
    story.tick(2)
    assert sam.modal.title == "Own password chosen"
    assert "Jane Doe is in, with a password of their own" in sam.modal.text
    assert not story.product.opens(JANE, JANES_OLD_PASSWORD)
    assert not story.product.opens(JANE, story.secret)
    assert story.product.opens(JANE, OWN)


def reads_the_card(maya: Person) -> None:
    (card,) = maya.cards
    assert "Own password chosen · Jane Doe (member) · by Sam Okafor · Forgot or locked out · ZD-123↗" in card.text
    assert "checked: Called back the number on record · ••42 · 14:42 → 14:42" in card.text
    assert len(card.lines) == 2
    assert card.buttons == []
    (history,) = card.replies
    steps = ("asked by Sam Okafor", "accepted SM…", "delivered", "signed in", "own password chosen")
    assert all(step in history.text for step in steps)


def test_the_text_says_what_jane_needs_and_lives_no_longer_than_the_password(story: Story, sam: Person) -> None:
    send(sam, why="New phone")
    (text,) = story.texts
    first, secret, rest = text["body_as_sent"].split("\n")
    assert first == "StatStak Labs temporary password:"
    assert [len(part) for part in secret.split("-")] == [4, 4, 4, 4]
    assert "Include the dashes. Until 15:42 EST. Tell no one, not even us. Not you? 555-010-0199" in rest
    assert 3590 <= text["validity"] <= 3600


def test_jane_may_leave_the_spaces_of_her_phones_clipboard(story: Story, sam: Person) -> None:
    send(sam)
    use(story.product, JANE, f" {story.secret}\n", OWN)
    story.tick(2)
    assert story.request.state == "completed"


def test_show_result_reads_the_state_before_it_is_pushed(story: Story, sam: Person) -> None:
    send(sam)
    assert sam.modal.title == "Sending text"
    sam.press("Show result")
    assert sam.modal.title == "Text sent"
    offered = ["Refresh", "Nothing arrived? Send again", "Withdraw", "Reset another"]
    assert [button.words for button in sam.modal.buttons] == offered
    assert sam.modal.submit == "Continue"
    use(story.product, JANE, story.secret, OWN)
    story.tick(2)
    assert sam.modal.title == "Own password chosen"


def test_a_second_reset_another_day(story: Story, sam: Person) -> None:
    for number in (1, 2):
        send(sam)
        assert len(story.texts) == number
        secret = story.texts[-1]["body_as_sent"].split("\n")[1]
        use(story.product, JANE, secret, f"my own words {number}")
        story.tick(3)
        sam.submit()
        story.let_time_pass(minutes=25 * 60, looks=2)
    assert [one.state for one in story.requests()] == ["completed", "completed"]
    assert "last reset by Sam Okafor" in sam.command("/reset-user jane.doe@acme.example").row(JANE)
    assert story.product.opens(JANE, "my own words 2")
    assert len(sam.cards) == 2


def test_reset_another_goes_on_in_the_same_modal(story: Story, sam: Person) -> None:
    send(sam)
    story.tick(2)
    modal = sam.modal.id
    sam.press("Reset another")
    assert sam.modal.title == "Find a person"
    sam.fill("Search people", "nunez")
    sam.submit()
    assert "1 person matches “nunez”" in sam.modal.text
    sam.press("Reset password", on="jose.nunez@acme.example")
    assert "José Núñez" in sam.modal.text
    story.tick(2)
    assert sam.modal.title == "Reset password"  # news of Jane does not overwrite José's form
    fill_in(sam)
    sam.submit()
    story.tick(2)
    assert sam.modal.id == modal
    assert "José Núñez" in sam.modal.text
    assert len(story.texts) == 2
    (told,) = sam.direct_messages
    assert "Text delivered · Jane Doe" in told.text
