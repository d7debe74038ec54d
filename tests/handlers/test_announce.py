"""The answering side of the outbox, against Slack over HTTP: what is posted, edited, put off or given up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from slack_sdk import WebClient

from handlers.announce import SlackAnnouncer
from handlers.ids import Screen
from services.errors import Later, Undeliverable
from services.model import Kind, MessageRef, State, Task
from tests.contract.cases import HISTORY, REQUEST, RULES, in_state
from tests.contract.judges import shown
from tests.handlers.fakes import FakeSlack, HandClock

CARD = MessageRef("C0AUDIT", "1.0001")


@pytest.fixture
def announcer(client: WebClient, clock: HandClock) -> SlackAnnouncer:
    return SlackAnnouncer(client, RULES, "C0AUDIT", clock)


def test_the_first_card_is_posted_and_stands_for_the_request(announcer: SlackAnnouncer, slack: FakeSlack) -> None:
    ref = announcer.deliver(Task(1, Kind.CARD, REQUEST))
    (posted,) = slack.asked("chat.postMessage")
    assert ref == MessageRef("C0AUDIT", "1.0001")
    assert posted["text"] == "Text sent · reset R-7F3K"
    assert (posted["unfurl_links"], posted["unfurl_media"]) == (False, False)


def test_later_the_same_card_is_edited(announcer: SlackAnnouncer, slack: FakeSlack) -> None:
    assert announcer.deliver(Task(1, Kind.CARD, in_state(State.USED), ref=CARD)) == CARD
    (edited,) = slack.asked("chat.update")
    assert (edited["channel"], edited["ts"]) == ("C0AUDIT", "1.0001")
    assert shown(edited["blocks"]).startswith("Signed in  ·  Jane Doe  ·  by Sam Okafor")


def test_a_card_that_was_deleted_is_posted_anew(announcer: SlackAnnouncer, slack: FakeSlack) -> None:
    slack.fails("chat.update", "message_not_found")
    ref = announcer.deliver(Task(1, Kind.CARD, REQUEST, ref=CARD))
    assert ref == MessageRef("C0AUDIT", "2.0001")


def test_the_history_is_one_reply_below_the_card(announcer: SlackAnnouncer, slack: FakeSlack) -> None:
    announcer.deliver(Task(1, Kind.HISTORY, in_state(State.USED), HISTORY, CARD))
    (posted,) = slack.asked("chat.postMessage")
    assert posted["thread_ts"] == "1.0001"
    text = shown(posted["blocks"])
    assert "asked by Sam Okafor" in text
    assert "accepted SM…ef" in text
    assert "intended" not in text


def test_without_a_card_there_is_no_history(announcer: SlackAnnouncer) -> None:
    with pytest.raises(Undeliverable, match="no_card"):
        announcer.deliver(Task(1, Kind.HISTORY, REQUEST, HISTORY))


def test_the_modal_shows_the_outcome(announcer: SlackAnnouncer, slack: FakeSlack) -> None:
    assert announcer.deliver(Task(1, Kind.MODAL, in_state(State.DELIVERED))) is None
    (update,) = slack.asked("views.update")
    assert update["view_id"] == "V1"
    assert update["view"]["callback_id"] == Screen.OUTCOME


@pytest.mark.parametrize("modal", ["", "V1"])
def test_a_closed_modal_is_gone(announcer: SlackAnnouncer, slack: FakeSlack, modal: str) -> None:
    slack.fails("views.update", "not_found")
    with pytest.raises(Undeliverable, match="modal_gone"):
        announcer.deliver(Task(1, Kind.MODAL, replace(REQUEST, modal_id=modal)))


def test_the_results_become_the_confirmation(announcer: SlackAnnouncer, slack: FakeSlack) -> None:
    slack.will("response", "ok")
    announcer.deliver(Task(1, Kind.CONFIRM, REQUEST, reply_url=slack.reply_url))
    (replaced,) = slack.asked("response")
    assert (replaced["replace_original"], replaced["response_type"]) == (True, "ephemeral")
    assert replaced["text"].startswith("Text sent · Jane Doe · R-7F3K.")
    assert len(slack.calls) == 1


@pytest.mark.parametrize(("status", "body"), [(404, "used_url"), (404, "expired_url"), (200, '{"ok": false}')])
def test_a_used_up_url_leaves_a_new_ephemeral(
    announcer: SlackAnnouncer, slack: FakeSlack, status: int, body: str
) -> None:
    slack.will("response", body, status)
    announcer.deliver(Task(1, Kind.CONFIRM, REQUEST, reply_url=slack.reply_url))
    (posted,) = slack.asked("chat.postEphemeral")
    assert (posted["channel"], posted["user"]) == ("C0SUPPORT", "U0SAM")


def test_an_agent_who_left_the_channel_cannot_be_confirmed(announcer: SlackAnnouncer, slack: FakeSlack) -> None:
    slack.fails("chat.postEphemeral", "user_not_in_channel")
    with pytest.raises(Undeliverable, match="user_not_in_channel"):
        announcer.deliver(Task(1, Kind.CONFIRM, REQUEST))


def test_a_confirmation_long_after_is_left_to_the_direct_message(announcer: SlackAnnouncer, clock: HandClock) -> None:
    clock.advance(hours=1)
    with pytest.raises(Undeliverable, match="too_late"):
        announcer.deliver(Task(1, Kind.CONFIRM, REQUEST))


def test_a_reset_from_a_modal_has_nothing_to_replace(announcer: SlackAnnouncer, slack: FakeSlack) -> None:
    announcer.deliver(Task(1, Kind.CONFIRM, replace(REQUEST, origin_channel="")))
    assert slack.calls == []
    with pytest.raises(Undeliverable, match="no_channel"):
        announcer.deliver(Task(1, Kind.CONFIRM, replace(REQUEST, origin_channel="", modal_id="")))


def test_a_direct_message_is_opened_then_edited(announcer: SlackAnnouncer, slack: FakeSlack) -> None:
    slack.will("conversations.open", {"ok": True, "channel": {"id": "D0SAM"}})
    ref = announcer.deliver(Task(1, Kind.DIRECT, REQUEST))
    assert slack.asked("conversations.open") == [{"users": "U0SAM"}]
    assert ref == MessageRef("D0SAM", "2.0001")
    assert announcer.deliver(Task(2, Kind.DIRECT, in_state(State.USED), ref=ref)) == ref
    assert slack.asked("chat.update")[0]["text"].startswith("Signed in")


def test_news_is_a_new_message(announcer: SlackAnnouncer, slack: FakeSlack) -> None:
    slack.will("conversations.open", {"ok": True, "channel": {"id": "D0SAM"}})
    ref = announcer.deliver(Task(1, Kind.NEWS, in_state(State.UNDELIVERED), ref=MessageRef("D0SAM", "0.1")))
    assert ref == MessageRef("D0SAM", "2.0001")
    assert slack.asked("chat.update") == []


# --- later, or never ------------------------------------------------------------------------------


def test_too_many_waits_as_long_as_slack_says(announcer: SlackAnnouncer, slack: FakeSlack) -> None:
    slack.will("chat.postMessage", {"ok": False, "error": "ratelimited"}, 429, Retry_After="17")
    with pytest.raises(Later) as later:
        announcer.deliver(Task(1, Kind.CARD, REQUEST))
    assert later.value.seconds == 17
    slack.will("response", "slow down", 429, Retry_After="8")
    with pytest.raises(Later) as later:
        announcer.deliver(Task(1, Kind.CONFIRM, REQUEST, reply_url=slack.reply_url))
    assert later.value.seconds == 8


@pytest.mark.parametrize(
    ("status", "error"), [(200, "fatal_error"), (200, "internal_error"), (500, "internal_error"), (503, "x")]
)
def test_slacks_own_trouble_passes(announcer: SlackAnnouncer, slack: FakeSlack, status: int, error: str) -> None:
    slack.fails("chat.postMessage", error, status)
    with pytest.raises(Later):
        announcer.deliver(Task(1, Kind.CARD, REQUEST))


def test_a_gateways_page_and_a_failing_url_pass_too(announcer: SlackAnnouncer, slack: FakeSlack) -> None:
    slack.will("chat.postMessage", "<html>Bad gateway</html>", 502)
    with pytest.raises(Later):
        announcer.deliver(Task(1, Kind.CARD, REQUEST))
    slack.will("response", "oops", 500)
    with pytest.raises(Later):
        announcer.deliver(Task(1, Kind.CONFIRM, REQUEST, reply_url=slack.reply_url))


def test_no_network_passes(announcer: SlackAnnouncer, client: WebClient) -> None:
    client.base_url = "http://127.0.0.1:9/api/"
    for task in (
        Task(1, Kind.CARD, REQUEST),
        Task(1, Kind.CONFIRM, REQUEST, reply_url="http://127.0.0.1:9/response"),
    ):
        with pytest.raises(Later):
            announcer.deliver(task)


@pytest.mark.parametrize("error", ["is_archived", "channel_not_found", "not_in_channel", "invalid_blocks"])
def test_the_rest_is_for_ever(announcer: SlackAnnouncer, slack: FakeSlack, error: str) -> None:
    slack.fails("chat.postMessage", error)
    with pytest.raises(Undeliverable) as never:
        announcer.deliver(Task(1, Kind.CARD, REQUEST))
    assert never.value.code == error
