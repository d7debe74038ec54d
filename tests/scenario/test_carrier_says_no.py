"""Twilio refuses, is silent, or is away: what the agent reads, and that the old password works."""

from __future__ import annotations

import pytest

from bot.demo_data import JANES_OLD_PASSWORD
from services.optouts import RememberingCarrier
from tests.scenario.moves import JANE, JANES_PHONE, send, use
from tests.scenario.people import Person
from tests.scenario.story import Story

REFUSALS = [
    pytest.param({"code": 21211}, "does not exist or cannot get texts", "21211", id="21211 no such number"),
    pytest.param({"code": 21408}, "Texts to the country of Jane Doe's number are switched off", "21408", id="21408"),
    pytest.param({"code": 21610}, "Jane Doe replied STOP to our texts", "21610", id="21610 stopped"),
    pytest.param({"code": 21614}, "is a landline", "21614", id="21614 landline"),
    pytest.param({"code": 20003}, "no text can go out to anybody", "20003", id="20003 credentials"),
    pytest.param({"code": 20429, "times": 9}, "too busy", "20429", id="20429 too many"),
    pytest.param({"code": 21617, "http_status": 429, "times": 9}, "too busy", "21617", id="429 with another code"),
    pytest.param({"code": 20005, "http_status": 400}, "suspended, empty or on trial", "20005", id="20005 account"),
    pytest.param({"code": 21606}, "lets nothing from our number through to Jane Doe", "21606", id="21606 sender"),
    pytest.param({"code": 29999}, "The carrier refused to take the text", "29999", id="an unknown code"),
]


def nothing_was_changed(story: Story) -> None:
    assert story.product.person(JANE)["temporary_password_hash"] is None
    assert not story.product.person(JANE)["must_change_password"]
    assert story.product.opens(JANE, JANES_OLD_PASSWORD)


@pytest.mark.parametrize(("fault", "happened", "code"), REFUSALS)
def test_a_refusal_is_told_with_what_to_do(
    story: Story, sam: Person, fault: dict[str, int], happened: str, code: str
) -> None:
    story.twilio(**fault)
    with story.held():  # it may be tried for five seconds, which nobody waits for
        send(sam)
    story.tick(2)
    assert sam.modal.title == "Not sent"
    assert happened in sam.modal.text
    assert "Their old password still works" in sam.modal.text
    assert "Next: " in sam.modal.text
    assert sam.modal.lines[-1].endswith(f"Carrier's code: {code}")
    assert "Not sent · Jane Doe" in sam.message.text
    nothing_was_changed(story)
    story.let_time_pass(minutes=20)
    assert story.texts == []
    assert len(story.posts) == story.request.post_tries
    assert (len(story.posts) > 1) is ("times" in fault)  # who is only busy is asked again, for five seconds
    (card,) = sam.cards
    assert card.text.startswith("Not sent")
    assert len(card.replies) == 1


def test_a_carrier_that_is_busy_for_a_moment_is_asked_again(story: Story, sam: Person) -> None:
    story.twilio(code=20429, times=2)
    with story.held():
        send(sam)
    story.tick(3)
    assert sam.modal.title == "Text delivered"
    assert (len(story.posts), len(story.texts)) == (3, 1)
    use(story.product, JANE, story.secret, "my own words")


def test_stop_and_start(story: Story, sam: Person) -> None:
    story.texts_back(JANES_PHONE, "Stop")
    send(sam)
    story.tick(2)
    assert "Ask them to text START to the number our texts come from, then try again" in sam.modal.text
    story.texts_back(JANES_PHONE, "START")
    sam.press("Send again")
    sam.choose("Why?", "Forgot or locked out")
    sam.choose("How did you check who is calling?", "Called back the number on record")
    sam.submit()
    story.tick(3)
    assert sam.modal.title == "Text delivered"
    use(story.product, JANE, story.secret, "my own words")


@pytest.mark.parametrize("fault", [500, "timeout"])
def test_without_an_answer_nothing_is_sent_again_and_time_ends_it(story: Story, sam: Person, fault: object) -> None:
    story.twilio(code=fault)
    send(sam)
    story.tick(2)
    assert sam.modal.title == "No answer yet"
    assert "nobody knows yet whether the text to Jane Doe is on its way" in sam.modal.text
    assert "wait two minutes" in sam.modal.text
    assert "Their old password still works" in sam.modal.text
    assert story.product.opens(JANE, JANES_OLD_PASSWORD)
    assert "No answer yet · Jane Doe" in sam.message.text
    row = sam.command(f"/reset-user {JANE}").row(JANE)
    assert "reset under way by Sam Okafor" in row
    sam.close()
    story.let_time_pass(minutes=61)
    assert story.request.state == "failed"
    assert len(story.posts) == 1
    assert "Not sent · Jane Doe" in sam.direct_messages[-1].text
    nothing_was_changed(story)


@pytest.mark.parametrize("fault", [500, "timeout"])
def test_a_text_that_left_although_the_answer_was_lost_is_proven_by_the_list(
    story: Story, sam: Person, fault: object
) -> None:
    story.twilio(code=fault, kept=True)
    send(sam)
    story.tick(2)
    story.tick(4)
    assert sam.modal.title == "Text delivered"
    use(story.product, JANE, story.secret, "my own words")
    story.tick(3)
    assert sam.modal.title == "Own password chosen"
    assert len(story.posts) == 1
    story.tick(5)
    assert story.texts[0]["body"] == ""


def test_while_unknown_her_text_works_already(story: Story, sam: Person) -> None:
    story.twilio(code="timeout", kept=True)
    story.twilio(list_lag=3600.0)
    send(sam)
    story.tick(2)
    assert sam.modal.title == "No answer yet"
    use(story.product, JANE, story.secret, "my own words")
    story.tick(10)
    story.let_time_pass(minutes=62)
    assert story.product.opens(JANE, "my own words")
    assert not story.product.opens(JANE, story.secret)


def test_twilio_cannot_be_reached_at_all(story: Story, sam: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    for bot in story.bots:
        carrier = bot.sender._carrier
        assert isinstance(carrier, RememberingCarrier)
        monkeypatch.setattr(carrier._carrier, "_api_url", "http://127.0.0.1:9")
    with story.held():
        send(sam)
    story.tick(2)
    assert sam.modal.title == "Not sent"
    assert "The carrier could not be reached" in sam.modal.text
    assert "Try again in a few minutes" in sam.modal.text
    nothing_was_changed(story)


@pytest.mark.parametrize(
    ("code", "happened"),
    [
        (30003, "off or out of reach"),
        (30005, "does not exist or cannot get texts"),
        (30006, "is a landline"),
        (30007, "was blocked on its way"),
    ],
)
def test_accepted_and_then_not_delivered(story: Story, sam: Person, code: int, happened: str) -> None:
    story.twilio(code=code, when="delivery")
    send(sam)
    story.tick(3)
    assert sam.modal.title == "Not delivered"
    assert happened in sam.modal.text
    assert "Their old password works" in sam.modal.text
    assert f"Carrier's code: {code}" in sam.modal.text
    nothing_was_changed(story)
    assert not story.product.opens(JANE, story.secret)
    story.tick(6)
    assert story.texts[0]["body"] == ""


def test_a_delivery_that_is_reported_after_undelivered_changes_nothing_for_jane(story: Story, sam: Person) -> None:
    story.twilio(manual=True)
    send(sam)
    sid = story.texts[0]["sid"]
    story.move(sid, "undelivered", 30008)
    story.tick(2)
    assert sam.modal.title == "Not delivered"
    story.move(sid, "delivered")
    story.let_time_pass(minutes=16)
    assert story.request.state == "undelivered"
    nothing_was_changed(story)
