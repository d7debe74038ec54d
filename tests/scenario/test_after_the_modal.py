"""Once the modal is closed the agent is told by direct message: edited for good news, a new one for bad."""

from __future__ import annotations

from bot.demo_data import JANES_OLD_PASSWORD
from tests.scenario.moves import JANE, JANES_PHONE, send
from tests.scenario.people import Person
from tests.scenario.story import Story


def test_the_direct_message_follows_the_request_without_multiplying(story: Story, sam: Person) -> None:
    send(sam)
    sam.close()
    story.tick(2)
    (told,) = sam.direct_messages
    assert "Text sent · Jane Doe · ••42" in told.text
    story.tick(2)
    (edited,) = sam.direct_messages
    assert edited.ts == told.ts
    assert "Text delivered · Jane Doe · ••42" in edited.text
    with story.product.visit() as jane:
        jane.sign_in(JANE, story.secret)
        story.tick(2)
        assert "Signed in" in sam.direct_messages[0].text
        jane.choose("my own words")
    story.tick(2)
    (edited,) = sam.direct_messages
    assert edited.ts == told.ts
    assert "Own password chosen" in edited.text
    assert not sam.has_modal


def test_a_direct_message_holds_no_name_of_hers_in_its_first_words(story: Story, sam: Person) -> None:
    send(sam)
    sam.close()
    story.tick(3)
    (told,) = sam.direct_messages
    assert told.notification.startswith("Text delivered")
    assert "2025550142" not in told.notification


def test_bad_news_is_a_new_message_and_says_that_the_old_password_works(story: Story, sam: Person) -> None:
    story.phone(JANES_PHONE, on=False)
    send(sam)
    sam.close()
    story.tick(2)
    (told,) = sam.direct_messages
    assert "Text sent" in told.text
    for _ in range(4):
        story.tick(3)
    first, news = sam.direct_messages
    assert first.ts == told.ts
    assert "Not delivered · Jane Doe" in news.text
    assert "The phone of Jane Doe is off or out of reach" in news.text
    assert "Their old password works" in news.text
    assert "Ask them to switch it on, then try again" in news.text
    assert "Carrier's code: 30003" in news.text
    assert story.product.opens(JANE, JANES_OLD_PASSWORD)
    assert not story.product.opens(JANE, story.secret)


def test_bad_news_reaches_an_agent_who_still_has_the_modal_open(story: Story, sam: Person) -> None:
    story.phone(JANES_PHONE, on=False)
    send(sam)
    for _ in range(5):
        story.tick(3)
    assert sam.modal.title == "Not delivered"
    assert [button.words for button in sam.modal.buttons] == ["Send again", "Reset another"]
    (news,) = sam.direct_messages
    assert "Not delivered" in news.text
    (card,) = sam.cards
    assert "Not delivered" in card.text
    assert "phone off or out of reach · 30003" in card.text
    story.phone(JANES_PHONE, on=True)
    sam.press("Send again")
    assert sam.modal.title == "Reset password"


def test_a_sign_in_beats_a_false_undelivered(story: Story, sam: Person) -> None:
    story.twilio(manual=True)
    send(sam)
    with story.product.visit() as jane:
        assert "Choose your own" in jane.sign_in(JANE, story.secret)
        (text,) = story.texts
        story.move(text["sid"], "undelivered", 30008)
        story.tick(2)
        assert sam.modal.title == "Signed in"
        assert "Your new password is saved" in jane.choose("my own words")
    story.tick(2)
    assert sam.modal.title == "Own password chosen"


def test_the_outcome_may_be_late_and_is_then_told_directly_too(story: Story, sam: Person) -> None:
    with story.held():
        send(sam)
        story.clock.at = story.at(seconds=70)
    story.tick(2)
    assert sam.modal.title == "Text sent"
    assert len(sam.direct_messages) == 1


def test_status_finds_it_again(story: Story, sam: Person, ana: Person) -> None:
    send(sam)
    sam.close()
    reference = story.request.reference
    sam.reload()
    mine = sam.command("/reset-user status")
    assert "Your open resets: 1" in mine.text
    assert f"Text sent · Jane Doe · ••42 · {reference}" in mine.text
    sam.press("Show result", on=reference)
    assert sam.modal.title == "Text sent"
    sam.close()
    assert reference in sam.command("/reset-user").text
    one = ana.command(f"/reset-user status {reference.lower()}")
    assert "asked by Sam Okafor · Forgot or locked out" in one.text
    assert "History" in one.text
    assert "accepted SM…" in one.text
    assert "You have no open resets" in ana.command("/reset-user status").text
