"""Slack refuses, slows down or loses things: the reset goes on, and nothing that was to be told is lost."""

from __future__ import annotations

import pytest

from tests.scenario.moves import JANE, fill_in, open_form, send, use
from tests.scenario.people import Person
from tests.scenario.setting import only
from tests.scenario.story import Story


def test_an_audit_channel_that_the_bot_is_not_in(story: Story, sam: Person) -> None:
    story.slack(fail={"method": "chat.postMessage", "error": "not_in_channel", "times": 99})
    send(sam)
    story.tick(3)
    assert sam.modal.title == "Text delivered"
    use(story.product, JANE, story.secret, "my own words")
    story.tick(3)
    assert sam.modal.title == "Own password chosen"
    assert set(story.alarms) == {"announcement parked"}
    assert {row.detail for row in story.audit("announcement:parked")} >= {
        '{"code": "not_in_channel", "kind": "card"}'
    }
    assert sam.cards == []


def test_a_bot_that_was_thrown_out_and_invited_again(story: Story, sam: Person) -> None:
    story.slack(membership={"channel": "C0AUDIT", "user": "U0LOCKSMITH", "in": False})
    send(sam)
    assert story.alarms
    story.slack(membership={"channel": "C0AUDIT", "user": "U0LOCKSMITH", "in": True})
    story.tick(3)
    (card,) = sam.cards
    assert card.text.startswith("Text delivered")


def test_too_many_messages_are_told_later_and_not_lost(story: Story, sam: Person) -> None:
    story.slack(fail={"method": "chat.postMessage", "error": "ratelimited", "retry_after": 30, "times": 1})
    send(sam)
    story.tick(2)
    assert sam.cards == []
    assert sam.modal.title == "Text sent"
    story.tick(20)
    assert sam.cards == []
    story.tick(10)
    (card,) = sam.cards
    assert card.text.startswith("Text delivered")
    assert story.alarms == []


@pytest.mark.parametrize("failure", [{"error": "internal_error"}, {"error": "bad gateway", "http_status": 502}])
def test_a_fault_of_slacks_is_tried_again(story: Story, sam: Person, failure: dict[str, object]) -> None:
    story.slack(fail={"method": "chat.postMessage", "times": 1, **failure})
    send(sam)
    story.tick(6)
    assert len(sam.cards) == 1
    assert story.alarms == []


def test_a_modal_that_is_gone_gives_way_to_a_direct_message(story: Story, sam: Person) -> None:
    story.slack(fail={"method": "views.update", "error": "not_found", "times": 1})
    send(sam)
    story.tick(2)
    (told,) = sam.direct_messages
    assert "Text sent · Jane Doe" in told.text
    story.tick(2)
    assert "Text delivered" in sam.direct_messages[0].text
    assert len(sam.direct_messages) == 1
    assert story.alarms == []


def test_a_response_url_that_refuses_gives_way_to_a_new_message(story: Story, sam: Person) -> None:
    story.slack(fail={"method": "response_url", "error": "used_url", "http_status": 404, "times": 1})
    send(sam)
    story.tick(2)
    assert "Text sent · Jane Doe" in sam.message.text
    assert sam.message.only_you
    assert len(sam.messages()) == 3


def test_a_lost_answer_of_a_post_may_double_a_card_but_loses_none(story: Story, sam: Person) -> None:
    story.slack(fail={"method": "chat.postMessage", "error": "internal_error", "after": True, "times": 1})
    send(sam)
    story.tick(6)
    assert sam.cards[-1].text.startswith("Text delivered")


def test_a_card_that_somebody_deleted_is_posted_anew(story: Story, sam: Person) -> None:
    send(sam)
    story.slack(fail={"method": "chat.update", "error": "message_not_found", "times": 1})
    story.tick(3)
    assert [card.text.startswith("Text delivered") for card in sam.cards] == [False, True]


def test_an_edited_card_keeps_its_two_lines(story: Story, sam: Person) -> None:
    send(sam)
    first = sam.cards[0].ts
    story.tick(3)
    (card,) = sam.cards
    assert (card.ts, len(card.lines)) == (first, 2)


def test_a_form_that_slack_would_not_open(story: Story, sam: Person) -> None:
    story.faults_expected = True
    sam.command(f"/reset-user {JANE}")
    story.slack(fail={"method": "views.open", "error": "expired_trigger_id", "times": 1})
    sam.press("Reset password")
    assert not sam.has_modal
    assert "That took too long" in sam.message.notification
    assert "Click again" in sam.message.text
    results = sam.messages()[-2]
    sam.press("Reset password", on=JANE, at=results)
    assert sam.modal.title == "Reset password"


@only(transport="socket")
def test_slack_takes_the_connection_away_and_gives_another(story: Story, sam: Person) -> None:
    story.slack(disconnect="refresh_requested")
    story.until(lambda state: bool(state["connected"]))
    send(sam)
    story.tick(3)
    assert sam.modal.title == "Text delivered"


def test_an_ack_that_is_late_does_not_send_twice(story: Story, sam: Person) -> None:
    """Slack says that it had trouble; what was sent shows by the direct message, and Send again sends nothing."""
    open_form(sam)
    fill_in(sam)
    story.slack(delay_ack=0.3)
    with story.impatient(0.2):
        sam.submit()
    story.slack(delay_ack=0)
    assert "trouble" in sam.modal.trouble
    story.until(lambda state: any(one["name"] == "POST Messages.json" for one in state["traffic"]))
    fill_in(sam)
    sam.submit()
    assert sam.modal.title in ("Sending text", "Text sent")
    assert len(story.posts) == 1
    assert len(story.requests()) == 1
