"""Somebody else may be in: the account is closed at once, and only the texted password opens it again."""

from __future__ import annotations

from bot.demo_data import JANES_OLD_PASSWORD
from tests.scenario.moves import COMPROMISED, JANE, JANES_PHONE, fill_in, open_form, send, use
from tests.scenario.people import Person
from tests.scenario.story import Story


def test_the_account_is_closed_and_the_text_opens_it(story: Story, sam: Person) -> None:
    with story.product.visit() as intruder:
        assert "Welcome" in intruder.sign_in(JANE, JANES_OLD_PASSWORD)
        open_form(sam)
        assert "Closes the account at once; only the text opens it again." in str(sam.modal.field("Why?").element)
        fill_in(sam, why=COMPROMISED)
        sam.submit()
        assert "Sign in" in intruder.home()
    assert not story.product.opens(JANE, JANES_OLD_PASSWORD)
    story.tick(3)
    assert sam.modal.title == "Text delivered"
    assert "Their old password does not work and never will again" in sam.modal.text
    use(story.product, JANE, story.secret, "my own words")
    story.tick(3)
    assert sam.modal.title == "Own password chosen"
    assert not story.product.opens(JANE, JANES_OLD_PASSWORD)
    assert story.product.opens(JANE, "my own words")
    events = [row.event for row in story.audit() if row.request_id]
    assert events.index("account:close_intended") < events.index("account:closed") < events.index("text:intended")
    assert "account closed" in sam.cards[0].replies[0].text


def test_a_text_that_does_not_arrive_leaves_it_closed(story: Story, sam: Person) -> None:
    story.twilio(code=30008, when="delivery")
    send(sam, why=COMPROMISED)
    story.tick(3)
    assert sam.modal.title == "Not delivered"
    assert "The account stays closed" in sam.modal.text
    assert not story.product.opens(JANE, JANES_OLD_PASSWORD)
    assert not story.product.opens(JANE, story.secret)
    sam.press("Send again")
    fill_in(sam, why=COMPROMISED)
    sam.submit()
    use(story.product, JANE, story.texts[-1]["body_as_sent"].split("\n")[1], "my own words")


def test_a_refused_text_leaves_it_closed_and_says_so(story: Story, sam: Person) -> None:
    story.texts_back(JANES_PHONE, "STOP")
    send(sam, why=COMPROMISED)
    story.tick(2)
    assert sam.modal.title == "Not sent"
    assert "Their old password does not work and never will again" in sam.modal.text
    assert not story.product.opens(JANE, JANES_OLD_PASSWORD)


def test_not_used_in_time_it_stays_closed(story: Story, sam: Person) -> None:
    send(sam, why=COMPROMISED)
    sam.close()
    story.let_time_pass(minutes=61)
    assert story.request.state == "lapsed"
    assert "The account stays closed" in sam.direct_messages[-1].text
    assert not story.product.opens(JANE, JANES_OLD_PASSWORD)
    assert not story.product.opens(JANE, story.secret)
    story.let_time_pass(minutes=25 * 60, looks=2)
    send(sam)
    story.tick(3)
    secret = story.texts[-1]["body_as_sent"].split("\n")[1]
    use(story.product, JANE, secret, "my own words")


def test_a_product_that_is_away_closes_nothing_and_it_is_said(story: Story, sam: Person) -> None:
    with story.held():
        send(sam, why=COMPROMISED)
        story.product.goes_away()
    story.tick(2)
    story.product.comes_back()
    assert sam.modal.title == "Not sent"
    assert "Their old password still works" in sam.modal.text
    assert story.product.opens(JANE, JANES_OLD_PASSWORD)
