"""A temporary password that nobody uses ends at its time, and the old one goes on working."""

from __future__ import annotations

from bot.demo_data import JANES_OLD_PASSWORD
from tests.scenario.moves import JANE, send, use
from tests.scenario.people import Person
from tests.scenario.story import Story


def test_after_an_hour_it_is_void_and_the_agent_is_told(story: Story, sam: Person) -> None:
    send(sam)
    sam.close()
    story.let_time_pass(minutes=59)
    assert "Text delivered" in sam.direct_messages[-1].text
    story.let_time_pass(minutes=2)
    assert story.request.state == "lapsed"
    news = sam.direct_messages[-1]
    assert "Not used in time · Jane Doe" in news.text
    assert "was not used in time and is void" in news.text
    assert "Their old password works" in news.text
    assert "Reset again, if it is still needed" in news.text
    assert not story.product.opens(JANE, story.secret)
    assert story.product.opens(JANE, JANES_OLD_PASSWORD)
    row = story.product.person(JANE)
    assert (row["temporary_password_hash"], row["must_change_password"]) == (None, 0)
    (card,) = sam.cards
    assert card.text.startswith("Not used in time")
    assert "not used in time" in card.replies[0].text
    assert story.texts[0]["body"] == ""


def test_the_product_itself_refuses_it_while_locksmith_sleeps(story: Story, sam: Person) -> None:
    send(sam)
    story.pass_time(minutes=61)
    with story.product.visit() as jane:
        assert "This temporary password has expired" in jane.sign_in(JANE, story.secret)
    story.tick(1)
    assert story.request.state == "lapsed"


def test_in_its_last_minute_it_still_works(story: Story, sam: Person) -> None:
    send(sam)
    story.let_time_pass(minutes=59)
    use(story.product, JANE, story.secret, "my own words")
    story.tick(60)
    assert story.request.state == "completed"
    story.let_time_pass(minutes=20)
    assert story.product.opens(JANE, "my own words")


def test_who_signs_in_but_chooses_nothing_loses_it_at_the_hour(story: Story, sam: Person) -> None:
    send(sam)
    with story.product.visit() as jane:
        jane.sign_in(JANE, story.secret)
        story.tick(3)
        assert sam.modal.title == "Signed in"
        story.let_time_pass(minutes=61)
        assert story.request.state == "lapsed"
        assert "Sign in" in jane.home()
    assert story.product.opens(JANE, JANES_OLD_PASSWORD)


def test_the_seals_are_erased_a_quarter_of_an_hour_after_the_end(story: Story, sam: Person) -> None:
    send(sam)
    assert story.request.new_sealed
    use(story.product, JANE, story.secret, "my own words")
    story.tick(3)
    story.let_time_pass(minutes=17)
    row = story.request
    assert (row.base_sealed, row.new_sealed, row.reply_sealed) == (None, None, None)
    assert story.audit("request:closed")
    assert story.bot.audit.verify().broken_at is None
