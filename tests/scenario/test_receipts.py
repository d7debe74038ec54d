"""Receipts that Twilio tells by itself, and STOP, over real sockets. Asking it fails: only what it tells counts."""

from __future__ import annotations

from threading import current_thread, main_thread
from typing import Any

import pytest

from bot.demo_data import JANES_OLD_PASSWORD
from services.counters import Counters
from services.errors import DatabaseUnreachable
from services.lifecycle import Lifecycle
from tests.scenario.moves import JANE, JANES_PHONE, OTHER_JANE, fill_in, open_form, send, use
from tests.scenario.people import Person
from tests.scenario.story import Story
from tests.scenario.wire import Json, tell


@pytest.fixture
def hooks() -> bool:
    return True


@pytest.fixture(autouse=True)
def unasked(story: Story) -> None:
    """Twilio answers none of Locksmith's questions about messages."""
    story.twilio(code=500, when="read", times=1_000_000)


def told(state: Json, name: str = "status callback") -> list[str]:
    """What Twilio told, and how it was answered: `delivered → 204`."""
    return [one["note"] for one in state["traffic"] if one["name"] == name]


def forged(story: Story) -> int:
    return sum(one.count for one in Counters(story.bot.database, story.clock).counts("receipts:forged"))


def test_delivered_shows_by_itself(story: Story, sam: Person) -> None:
    send(sam)
    story.tick(3)
    sam.waits_for("Text delivered")
    assert told(story.until(lambda state: len(told(state)) == 2)) == ["sent → 204", "delivered → 204"]
    use(story.product, JANE, story.secret, "my own words")
    story.tick(3)
    assert sam.modal.title == "Own password chosen"
    assert story.texts[0]["body"] == ""


def test_not_delivered_shows_by_itself_and_the_old_password_works(story: Story, sam: Person) -> None:
    story.phone(JANES_PHONE, on=False)
    send(sam)
    story.tick(2)
    story.tick(10)
    sam.waits_for_modal("Not delivered")
    assert told(story.until(lambda state: len(told(state)) == 2)) == ["sent → 204", "undelivered → 204"]
    assert "off or out of reach" in sam.modal.text
    assert story.product.opens(JANE, JANES_OLD_PASSWORD)
    assert not story.product.opens(JANE, story.secret)


def test_doubled_and_the_last_one_first(story: Story, sam: Person) -> None:
    story.twilio(callbacks={"twice": True, "reverse": True})
    send(sam)
    story.tick(3)
    state = story.until(lambda state: len(told(state)) == 4)
    assert told(state) == ["delivered → 204", "delivered → 204", "sent → 204", "sent → 204"]
    assert story.request.state == "delivered"
    assert len(story.audit("text:delivered")) == 1


def test_a_receipt_proves_what_the_answer_did_not_say(story: Story, sam: Person) -> None:
    """The answer to the post was lost, and the list cannot be read either."""
    story.twilio(code="timeout", kept=True)
    send(sam)
    assert story.request.state == "unknown"
    story.tick(3)
    sam.waits_for("Text delivered")
    assert len(story.posts) == 1
    use(story.product, JANE, story.secret, "my own words")


def test_a_late_one_after_its_end(story: Story, sam: Person) -> None:
    story.twilio(callbacks={"delay": 7200.0})
    send(sam)
    story.let_time_pass(minutes=70)
    assert story.request.state == "lapsed"
    story.let_time_pass(minutes=90)
    story.until(lambda state: len(told(state)) == 2)
    assert story.request.state == "lapsed"
    assert story.product.opens(JANE, JANES_OLD_PASSWORD)


def test_forged_ones_change_nothing_and_are_counted(story: Story, sam: Person) -> None:
    story.twilio(manual=True)
    send(sam)
    (text,) = story.texts
    for at, signature in enumerate(("bad", "none"), 1):
        forgery = {"sid": text["sid"], "status": "undelivered", "code": 30003, "signature": signature}
        tell(f"{story.url}/control/twilio/callback", forgery)
        story.until(lambda state, at=at: told(state) == ["undelivered → 403"] * at)  # type: ignore[misc]
        story.pass_time(seconds=2)
    story.tick(1)
    assert story.request.state == "sent"
    assert forged(story) == 2
    assert story.product.opens(JANE, story.secret)


def test_our_database_is_away_for_a_moment(story: Story, sam: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twilio is asked to try again, and does."""
    learn, away = Lifecycle.learn, [1, 2]

    def away_twice(*args: Any) -> None:
        if away and current_thread() is not main_thread():  # Twilio's requests come beside the clockwork
            away.pop()
            raise DatabaseUnreachable
        learn(*args)

    monkeypatch.setattr(Lifecycle, "learn", away_twice)
    send(sam)
    story.tick(3)
    sam.waits_for("Text delivered")
    answers = told(story.until(lambda state: "delivered → 204" in told(state)))
    assert answers == ["sent → 503", "sent → 503", "sent → 204", "delivered → 204"]


def test_stop_and_start_show_on_the_row_and_in_the_form(story: Story, sam: Person) -> None:
    story.twilio(inbound_url=f"{story.address}/twilio/inbound")
    story.texts_back(JANES_PHONE, "Stop")
    story.until(lambda state: told(state, "inbound webhook") == ["Stop → 200"])
    results = sam.command("/reset-user jane doe")
    assert "Replied STOP to our texts" in results.row(JANE)
    assert "STOP" not in results.row(OTHER_JANE)
    open_form(sam)
    assert "They replied STOP to our texts" in sam.modal.text
    assert "ask them to text START" in sam.modal.text
    story.texts_back(JANES_PHONE, "START")
    story.until(lambda state: len(told(state, "inbound webhook")) == 2)
    fill_in(sam)
    sam.submit()
    story.tick(3)
    sam.waits_for("Text delivered")
    assert "STOP" not in sam.command("/reset-user jane doe").row(JANE)


def test_a_refusal_marks_and_an_arrived_text_takes_it_away(story: Story, sam: Person) -> None:
    """Texts from people are not told to us here: the mark comes from Twilio's refusal and goes with a receipt."""
    story.texts_back(JANES_PHONE, "STOP")
    send(sam)
    story.tick(2)
    assert "Jane Doe replied STOP to our texts" in sam.modal.text
    sam.close()
    assert "Replied STOP" in sam.command("/reset-user jane doe").row(JANE)
    story.texts_back(JANES_PHONE, "START")
    send(sam)
    story.tick(3)
    sam.waits_for("Text delivered")
    sam.close()
    assert "Replied STOP" not in sam.command("/reset-user jane doe").row(JANE)
