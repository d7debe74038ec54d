"""What managers see in the channel, its thread and by direct message; what cannot be told does not stop the rest."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from slack_sdk import WebClient
from structlog.testing import capture_logs

from handlers.announce import SlackAnnouncer
from handlers.ids import Act
from handlers.views.undo import PLAIN
from services.errors import Later, Undeliverable
from services.model import Cause, Halt, Kind, MessageRef, Notice, State, Task
from tests.contract.cases import ANSWER, MAYA, NO, NOW, OMAR, QUESTION, REPORT, RULES, SAM, WAITING, YES, in_state
from tests.contract.judges import shown, walk
from tests.handlers.fakes import FakeSlack, FakeStaff, HandClock

CARD = MessageRef("C0APPROVALS", "1.0001")
APPROVAL = MessageRef("C0APPROVALS", "2.0001")
ROOT = Task(1, Kind.APPROVAL, WAITING, root=CARD)


@pytest.fixture
def managers() -> FakeStaff:
    return FakeStaff(MAYA, OMAR, SAM)


@pytest.fixture
def announcer(client: WebClient, clock: HandClock, managers: FakeStaff) -> SlackAnnouncer:
    return SlackAnnouncer(
        client,
        RULES,
        clock=clock,
        audit_channel="C0AUDIT",
        approval_channel="C0APPROVALS",
        managers=managers,
        manager_ids=("S0MANAGERS", "U0IDA"),
    )


def everybody_is_there(slack: FakeSlack) -> None:
    slack.will("conversations.members", {"ok": True, "members": ["U0MAYA", "U0OMAR"], "response_metadata": {}})


def posted(slack: FakeSlack) -> Any:
    (body,) = slack.asked("chat.postMessage")
    return body


def mentioned(blocks: object) -> list[str]:
    ids = (part.get("user_id") or part.get("usergroup_id") for part in walk(blocks))
    return [str(id_) for id_ in ids if id_]


def test_its_own_card_goes_to_the_approval_channel(announcer: SlackAnnouncer, slack: FakeSlack) -> None:
    announcer.deliver(Task(1, Kind.APPROVAL_CARD, WAITING))
    card = posted(slack)
    assert (card["channel"], card["text"]) == ("C0APPROVALS", "Needs approval 0 of 1 · reset R-7F3K")
    said = shown(card["blocks"])
    assert said.startswith("Needs approval 0 of 1  ·  Jane Doe (administrator)  ·  by Sam Okafor")
    assert "until" in said
    assert mentioned(card["blocks"]) == []


def test_the_card_says_who_decided(announcer: SlackAnnouncer, slack: FakeSlack) -> None:
    declined = replace(in_state(State.DECLINED), decided_by="Omar Haddad")
    announcer.deliver(Task(1, Kind.CARD, declined, votes=(NO,)))
    announcer.deliver(Task(1, Kind.CARD, in_state(State.SENT), votes=(YES,)))
    announcer.deliver(Task(1, Kind.CARD, replace(in_state(State.EXPIRED), cause=Cause.UNDECIDED)))
    first, second, third = (shown(body["blocks"]) for body in slack.asked("chat.postMessage"))
    assert "declined by Omar Haddad" in first
    assert "approved by Maya Lindqvist" in second
    assert "not decided in time" in third


def test_the_approval_lives_in_the_thread_and_calls_the_managers(announcer: SlackAnnouncer, slack: FakeSlack) -> None:
    everybody_is_there(slack)
    ref = announcer.deliver(ROOT)
    body = posted(slack)
    assert (body["channel"], body["thread_ts"]) == ("C0APPROVALS", "1.0001")
    assert ref == MessageRef("C0APPROVALS", "1.0001")
    assert body["text"] == "Needs approval 0 of 1 · reset R-7F3K"
    assert mentioned(body["blocks"]) == ["S0MANAGERS", "U0IDA"]
    said = shown(body["blocks"])
    assert "Asked by Sam Okafor: Forgot or locked out, ZD-123↗, called back the number on record." in "".join(
        part["text"] for part in walk(body["blocks"]) if part.get("type") in ("text", "link")
    )
    assert "Why you: administrator · mobile or e-mail changed recently" in said
    assert "If approved: text to ••17 at once." in said
    approve, decline, ask = (part for part in walk(body["blocks"]) if part.get("type") == "button")
    assert [one["action_id"] for one in (approve, decline, ask)] == [Act.APPROVE, Act.DECLINE, Act.ASK]
    assert approve["confirm"]["text"]["text"] == "Text a temporary password for Jane Doe to ••17 now?"


def test_the_dialogue_says_when_another_yes_is_needed(announcer: SlackAnnouncer, slack: FakeSlack) -> None:
    everybody_is_there(slack)
    announcer.deliver(replace(ROOT, request=replace(WAITING, approvals_needed=2)))
    approve = next(part for part in walk(posted(slack)["blocks"]) if part.get("type") == "button")
    assert "One more manager must agree" in approve["confirm"]["text"]["text"]


def test_sign_ins_are_said_to_end_only_where_they_do(client: WebClient, slack: FakeSlack, clock: HandClock) -> None:
    everybody_is_there(slack)
    ends = replace(PLAIN, ends_sign_ins=True)
    announcer = SlackAnnouncer(client, RULES, clock=clock, audit_channel="C0AUDIT", abilities=lambda: ends)
    announcer.deliver(ROOT)
    assert "If approved: text to ••17 at once, open sign-ins end when it is used." in shown(posted(slack)["blocks"])


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        (replace(in_state(State.LAPSED), approvals_needed=1), "Approved  by Maya Lindqvist"),
        (replace(in_state(State.DECLINED), decided_by="Omar", decided_why="No."), "Declined  by Omar"),
        (in_state(State.CANCELLED), "Cancelled  by Sam Okafor"),
        (replace(in_state(State.EXPIRED), cause=Cause.UNDECIDED), "not decided in time; nothing was sent."),
        (replace(in_state(State.EXPIRED), cause=Cause.FACTS_CHANGED), "nothing was sent. The votes are void."),
    ],
)
def test_the_decision_takes_the_place_of_the_buttons(
    announcer: SlackAnnouncer, slack: FakeSlack, request_: Any, says: str
) -> None:
    assert announcer.deliver(Task(1, Kind.APPROVAL, request_, ref=APPROVAL, root=CARD, votes=(YES,))) == APPROVAL
    (edited,) = slack.asked("chat.update")
    assert says in shown(edited["blocks"])
    assert edited["text"] == f"{says.split(maxsplit=1)[0]} · reset R-7F3K" or request_.state is State.EXPIRED
    assert not [part for part in walk(edited["blocks"]) if part.get("type") == "button"]
    assert mentioned(edited["blocks"]) == []
    assert slack.asked("conversations.members") == []


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.SENDING, ["Withdraw"]),
        (State.SENT, ["Withdraw"]),
        (State.USED, ["Withdraw", "Close account"]),
        (State.COMPLETED, ["Close account"]),
        (State.REVOKED, []),
        (State.APPROVED, []),
    ],
)
def test_in_the_thread_what_was_approved_can_be_taken_back(
    announcer: SlackAnnouncer, slack: FakeSlack, state: State, words: list[str]
) -> None:
    request = replace(in_state(state), approvals_needed=1)
    announcer.deliver(Task(1, Kind.APPROVAL, request, ref=APPROVAL, root=CARD, votes=(YES,)))
    (edited,) = slack.asked("chat.update")
    buttons = [part for part in walk(edited["blocks"]) if part.get("type") == "button"]
    assert [button["text"]["text"] for button in buttons] == words
    assert all(button["confirm"] and button["value"] == request.id for button in buttons)


def test_a_deleted_approval_is_posted_anew_in_its_thread(announcer: SlackAnnouncer, slack: FakeSlack) -> None:
    slack.fails("chat.update", "message_not_found")
    announcer.deliver(replace(ROOT, ref=APPROVAL))
    assert posted(slack)["thread_ts"] == "1.0001"


def test_without_a_card_the_approval_stands_alone(announcer: SlackAnnouncer, slack: FakeSlack) -> None:
    everybody_is_there(slack)
    announcer.deliver(replace(ROOT, root=None))
    assert (posted(slack)["channel"], posted(slack).get("thread_ts")) == ("C0APPROVALS", None)


# --- managers who are not in the channel ----------------------------------------------------------


def test_a_manager_who_is_not_there_is_told_with_the_link(announcer: SlackAnnouncer, slack: FakeSlack) -> None:
    slack.will("conversations.members", {"ok": True, "members": [], "response_metadata": {"next_cursor": "more"}})
    slack.will("conversations.members", {"ok": True, "members": ["U0MAYA"], "response_metadata": {"next_cursor": ""}})
    slack.will("chat.getPermalink", {"ok": True, "permalink": "https://statstak.example/archives/C0/p1"})
    slack.will("conversations.open", {"ok": True, "channel": {"id": "D0OMAR"}})
    announcer.deliver(ROOT)
    assert slack.asked("conversations.open") == [{"users": "U0OMAR"}]  # not Maya, who is there; not Sam, who asked
    assert slack.asked("conversations.members")[1]["cursor"] == "more"
    told = slack.asked("chat.postMessage")[1]
    assert told["channel"] == "D0OMAR"
    assert told["text"] == "Needs approval 0 of 1 · reset R-7F3K"
    assert "/reset-user waiting" in shown(told["blocks"])
    assert "https://statstak.example/archives/C0/p1" in repr(told["blocks"])


@pytest.mark.parametrize("error", ["missing_scope", "channel_not_found", "ratelimited", "fatal_error"])
def test_where_slack_does_not_say_who_is_there_nobody_is_bothered(
    announcer: SlackAnnouncer, slack: FakeSlack, error: str
) -> None:
    slack.fails("conversations.members", error)
    with capture_logs() as logs:
        assert announcer.deliver(ROOT) == MessageRef("C0APPROVALS", "1.0001")
    assert [line["code"] for line in logs] == [error]
    assert slack.asked("conversations.open") == []


def test_one_who_cannot_be_told_does_not_stop_the_next(
    announcer: SlackAnnouncer, slack: FakeSlack, managers: FakeStaff
) -> None:
    del managers.agents["U0SAM"]
    slack.will("conversations.members", {"ok": True, "members": []})
    slack.fails("conversations.open", "user_disabled")
    slack.will("conversations.open", {"ok": True, "channel": {"id": "D0OMAR"}})
    with capture_logs() as logs:
        assert announcer.deliver(ROOT) == MessageRef("C0APPROVALS", "1.0001")
    assert [line["code"] for line in logs] == ["user_disabled"]
    assert [body["channel"] for body in slack.asked("chat.postMessage")] == ["C0APPROVALS", "D0OMAR"]


def test_no_link_no_message(announcer: SlackAnnouncer, slack: FakeSlack) -> None:
    slack.will("conversations.members", {"ok": True, "members": []})
    slack.fails("chat.getPermalink", "message_not_found")
    with capture_logs() as logs:
        announcer.deliver(ROOT)
    assert logs[0]["what"] == "link to the approval"
    assert slack.asked("conversations.open") == []


# --- lines in the thread --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "says", "text"),
    [
        ("U0MAYA", "Maya Lindqvist  approved", "Approved · reset R-7F3K"),
        ("U0OMAR", "“Not on the list.”  Nothing was sent.", "Declined · reset R-7F3K"),
    ],
)
def test_a_vote_is_a_line(announcer: SlackAnnouncer, slack: FakeSlack, subject: str, says: str, text: str) -> None:
    announcer.deliver(Task(1, Kind.VOTE, in_state(State.SENDING), root=CARD, votes=(YES, NO), subject=subject))
    assert says in shown(posted(slack)["blocks"])
    assert (posted(slack)["thread_ts"], posted(slack)["text"]) == ("1.0001", text)


def test_a_vote_that_is_not_there(announcer: SlackAnnouncer) -> None:
    with pytest.raises(Undeliverable, match="no_vote"):
        announcer.deliver(Task(1, Kind.VOTE, WAITING, root=CARD, subject="U0IDA"))


def test_a_reminder_calls_those_who_may_still_vote(
    announcer: SlackAnnouncer, slack: FakeSlack, managers: FakeStaff
) -> None:
    request = replace(WAITING, approvals=1, approvals_needed=2)
    announcer.deliver(Task(1, Kind.REMINDER, request, root=CARD, votes=(YES,), subject="300"))
    body = posted(slack)
    assert body["thread_ts"] == "1.0001"
    assert mentioned(body["blocks"]) == ["U0OMAR"]
    assert "Still waiting for 5 min: 1 of 2 approved" in shown(body["blocks"])
    assert body["text"] == "Still waiting · Needs approval 1 of 2 · reset R-7F3K"
    managers.agents = {f"U{number}": MAYA for number in range(21)}
    announcer.deliver(Task(1, Kind.REMINDER, WAITING, root=CARD))
    assert mentioned(slack.asked("chat.postMessage")[1]["blocks"]) == ["S0MANAGERS", "U0IDA"]


def test_a_reminder_when_nobody_is_left_says_so(
    announcer: SlackAnnouncer, slack: FakeSlack, managers: FakeStaff
) -> None:
    managers.agents = {"U0SAM": SAM}
    announcer.deliver(Task(1, Kind.REMINDER, WAITING, root=CARD))
    assert "No other manager may decide" in shown(posted(slack)["blocks"])


def test_a_reminder_where_the_managers_cannot_be_found_out_names_the_group(
    announcer: SlackAnnouncer, slack: FakeSlack, managers: FakeStaff, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> frozenset[str]:
        raise OSError("no network")

    monkeypatch.setattr(managers, "members", broken)
    with capture_logs():
        announcer.deliver(Task(1, Kind.REMINDER, WAITING, root=CARD))
    assert mentioned(posted(slack)["blocks"]) == ["S0MANAGERS", "U0IDA"]


def test_no_reminder_of_what_was_decided(announcer: SlackAnnouncer, slack: FakeSlack) -> None:
    assert announcer.deliver(Task(1, Kind.REMINDER, in_state(State.SENT), root=CARD)) is None
    assert slack.calls == []


def test_a_question_reaches_the_agent_and_the_thread(announcer: SlackAnnouncer, slack: FakeSlack) -> None:
    slack.will("conversations.open", {"ok": True, "channel": {"id": "D0SAM"}})
    announcer.deliver(Task(1, Kind.QUESTION, WAITING, root=CARD, remark=QUESTION, subject="7"))
    announcer.deliver(Task(1, Kind.ANSWER, WAITING, root=CARD, remark=QUESTION, subject="7"))
    direct, thread = slack.asked("chat.postMessage")
    assert slack.asked("conversations.open") == [{"users": "U0SAM"}]
    assert (direct["channel"], direct["text"]) == ("D0SAM", "Question · reset R-7F3K")
    reply, cancel = (part for part in walk(direct["blocks"]) if part.get("type") == "button")
    assert (reply["action_id"], reply["value"]) == (Act.REPLY, "7")
    assert cancel["action_id"] == Act.CANCEL
    assert thread["thread_ts"] == "1.0001"
    assert "Maya Lindqvist asks Sam Okafor: “Why today?”" in shown(thread["blocks"])


def test_an_answer_comes_into_the_thread(announcer: SlackAnnouncer, slack: FakeSlack) -> None:
    announcer.deliver(Task(1, Kind.ANSWER, WAITING, root=CARD, remark=ANSWER, subject="8"))
    assert "Sam Okafor answers: “She is on call.”" in shown(posted(slack)["blocks"])
    announcer.deliver(Task(1, Kind.ANSWER, WAITING, root=CARD, remark=replace(ANSWER, asker_id="U0MAYA")))
    assert mentioned(slack.asked("chat.postMessage")[1]["blocks"]) == ["U0MAYA"]


def test_a_remark_that_is_gone(announcer: SlackAnnouncer) -> None:
    with pytest.raises(Undeliverable, match="no_remark"):
        announcer.deliver(Task(1, Kind.ANSWER, WAITING, root=CARD))


@pytest.mark.parametrize(
    ("request_", "told", "says"),
    [
        (in_state(State.DELIVERED), "delivered", "Text delivered"),
        (in_state(State.USED), "sent", "Text sent"),
        (
            replace(in_state(State.UNDELIVERED), cause=Cause.HANDSET_UNREACHABLE),
            "undelivered",
            "Not delivered : phone off or out of reach . Their old password works.",
        ),
        (in_state(State.CANCELLED), "cancelled", "Cancelled  by Sam Okafor"),
        (replace(in_state(State.EXPIRED), cause=Cause.UNDECIDED), "expired", "nothing was sent."),
        (in_state(State.SENT), "of another release", "Text sent"),
    ],
)
def test_each_turn_is_a_line(
    announcer: SlackAnnouncer, slack: FakeSlack, request_: Any, told: str, says: str
) -> None:
    announcer.deliver(Task(1, Kind.OUTCOME, request_, root=CARD, subject=told))
    assert " ".join(says.split()) in " ".join(shown(posted(slack)["blocks"]).split())
    assert posted(slack)["thread_ts"] == "1.0001"
    assert "Jane" not in posted(slack)["text"]


# --- notices --------------------------------------------------------------------------------------


def test_lockdown_and_yesterday_are_told_in_the_approval_channel(announcer: SlackAnnouncer, slack: FakeSlack) -> None:
    announcer.notice(Notice(Kind.SWITCHED, on=True, by_name="Maya Lindqvist"))
    announcer.notice(Notice(Kind.DAILY, report=REPORT))
    switched, daily = slack.asked("chat.postMessage")
    assert (switched["channel"], daily["channel"]) == ("C0APPROVALS", "C0APPROVALS")
    assert switched["text"] == "Lockdown is on"
    assert "switched by Maya Lindqvist" in shown(switched["blocks"])
    assert daily["text"] == (
        "Yesterday 97 resets · 91 signed in, median 3 min · 4 undelivered · 3 approved · 2 declined · open: R-7F3K"
    )


def test_a_notice_may_be_later(announcer: SlackAnnouncer, slack: FakeSlack) -> None:
    slack.will("chat.postMessage", {"ok": False, "error": "ratelimited"}, 429, Retry_After="9")
    with pytest.raises(Later):
        announcer.notice(Notice(Kind.SWITCHED, on=False, by_name="Maya"))


def test_one_channel_has_one_card(client: WebClient, slack: FakeSlack, clock: HandClock) -> None:
    everybody_is_there(slack)
    announcer = SlackAnnouncer(client, RULES, clock=clock, audit_channel="C0AUDIT", manager_ids=("S0MANAGERS",))
    card = announcer.deliver(Task(1, Kind.CARD, WAITING))
    announcer.deliver(replace(ROOT, root=card))
    first, second = slack.asked("chat.postMessage")
    assert (first["channel"], first.get("thread_ts")) == ("C0AUDIT", None)
    assert (second["channel"], second["thread_ts"]) == ("C0AUDIT", "1.0001")


@pytest.mark.parametrize(
    ("notice", "says"),
    [
        (Notice(Kind.CARRIER, True, halt=Halt(Cause.CARRIER_SILENT, NOW)), "Texts are not going out (since "),
        (Notice(Kind.CARRIER, False, halt=Halt(Cause.CARRIER_SILENT, NOW)), "Texts go out again (they did not"),
        (Notice(Kind.PAUSED, True, halt=Halt(Cause.PAUSED, NOW, "Maya Lindqvist")), "Resets are paused by Maya"),
        (Notice(Kind.PAUSED, False, halt=Halt(Cause.PAUSED, NOW, "Omar")), "not paused any more , said Omar"),
        (Notice(Kind.PAUSED, False, halt=Halt(Cause.PAUSED, NOW)), "the time is over"),
    ],
)
def test_that_texts_are_halted_is_told_there_too(
    announcer: SlackAnnouncer, slack: FakeSlack, notice: Notice, says: str
) -> None:
    announcer.notice(notice)
    (told,) = slack.asked("chat.postMessage")
    assert told["channel"] == "C0APPROVALS"
    assert says in " ".join(shown(told["blocks"]).split())
    assert "Maya" not in told["text"]
