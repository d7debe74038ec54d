"""Only agents: everybody else is refused politely, learns nothing about people, and is in the audit trail."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.scenario.moves import JANE, fill_in, open_form, send
from tests.scenario.people import Person
from tests.scenario.story import Story
from tests.scenario.wire import post

LOOK_UPS = ("usergroups.users.list", "users.info")
REFUSED = "Only support staff reset passwords here"


def refused(story: Story) -> list[tuple[str, str]]:
    return [(row.actor_id, row.detail) for row in story.audit("agent:refused")]


@pytest.mark.parametrize("text", ["", " jane doe", " status R-7F3K", " help"])
def test_an_outsider_is_refused_whatever_they_type(story: Story, pat: Person, text: str) -> None:
    told = pat.command(f"/reset-user{text}")
    assert REFUSED in told.text
    assert "Locked out yourself? 555-010-0199" in told.text
    assert told.only_you
    assert "Jane" not in told.notification + told.text
    assert told.buttons == []
    assert refused(story) == [("U0PAT", '{"what": "/reset-user"}')]
    assert {row.event for row in story.audit()} == {"agent:refused"}


def test_a_refusal_reads_the_same_whether_somebody_exists_or_not(pat: Person) -> None:
    assert pat.command("/reset-user jane doe").text == pat.command("/reset-user nobody at all").text


def test_help_asks_slack_once_a_minute(story: Story, sam: Person) -> None:
    """What somebody is only shown may be a minute old, in each process; what they do as a manager is asked anew."""
    for _ in range(20):
        sam.command("/reset-user help")
    assert len([one for one in story.traffic("slack") if one["name"] in LOOK_UPS]) < 20


def test_an_outsider_has_nothing_to_click(story: Story, sam: Person, pat: Person) -> None:
    results = sam.command("/reset-user jane doe")
    lock = results.button("Reset password", JANE)
    assert [message.text for message in pat.messages()] == [message.text for message in sam.messages()[:1]]
    container = {"type": "message", "channel": results.channel, "ts": results.ts}
    body = {"as": pat.id, "container": container, "block_id": lock.block_id, "action_id": lock.action_id}
    assert post(f"{story.url}/act/click", body)["error"] == "this person sees no such message"
    assert "C0AUDIT" not in pat.sees()["messages"]


def test_an_outsiders_short_cut(story: Story, pat: Person) -> None:
    pat.short_cut(pat.says(f"I am {JANE}, locked out"))
    assert pat.modal.title == "Not allowed"
    assert REFUSED in pat.modal.text
    assert pat.modal.buttons == []
    assert refused(story) == [("U0PAT", '{"what": "message:reset"}')]


def test_managers_are_not_agents_unless_they_are_listed(maya: Person) -> None:
    assert REFUSED in maya.command("/reset-user jane doe").text


def test_an_agent_who_is_removed_while_the_form_is_open(story: Story, sam: Person) -> None:
    open_form(sam)
    fill_in(sam)
    story.slack(group={"id": "S0AGENTS", "remove": "U0SAM"})
    story.tick(61)
    sam.submit()
    assert sam.modal.title == "Not allowed"
    assert REFUSED in sam.modal.text
    assert story.posts == []
    assert story.requests() == []
    assert refused(story) == [("U0SAM", '{"what": "screen:form"}')]


def test_the_group_is_asked_once_a_minute(story: Story, sam: Person, ana: Person) -> None:
    """By each process."""
    for agent in (sam, ana):
        for _ in range(2 * story.setting.processes):
            agent.command("/reset-user jane doe")
    sam.press("Reset password", on=JANE)
    asked = Counter(str(one["detail"]["request"]) for one in story.traffic("slack") if one["name"] in LOOK_UPS)
    assert set(asked.values()) == {story.setting.processes}
    story.slack(group={"id": "S0AGENTS", "remove": "U0SAM"})
    story.tick(59)
    assert "2 people match" in sam.command("/reset-user jane doe").text
    story.tick(2)
    assert REFUSED in sam.command("/reset-user jane doe").text
    story.slack(group={"id": "S0AGENTS", "add": "U0SAM"})
    story.tick(61)
    assert "2 people match" in sam.command("/reset-user jane doe").text


def test_an_agent_who_is_removed_can_page_and_press_no_more(story: Story, sam: Person) -> None:
    before = sam.command("/reset-user a")
    story.slack(group={"id": "S0AGENTS", "remove": "U0SAM"})
    story.tick(61)
    sam.press("Next")
    assert REFUSED in sam.modal.text
    sam.close()
    sam.press("Reset password", on="jane.doe@acme.example") if JANE in before.text else sam.press("Search")
    assert REFUSED in sam.modal.text
    assert sam.message.text == before.text
    assert len(refused(story)) == 2


@pytest.mark.parametrize("flag", ["deleted", "restricted"])
def test_a_guest_or_a_deactivated_member_of_the_group(story: Story, sam: Person, flag: str) -> None:
    story.slack(person={"id": "U0SAM", flag: True})
    assert REFUSED in sam.command("/reset-user jane doe").text
    assert len(refused(story)) == 1


@pytest.mark.parametrize("method", ["users.info", "usergroups.users.list"])
def test_a_failed_look_up_means_no_and_is_not_remembered(story: Story, sam: Person, method: str) -> None:
    failures: list[dict[str, object]] = [
        {"error": "internal_error"},
        {"error": "ratelimited", "retry_after": 30},
        {"error": "oops", "http_status": 503},
    ]
    for failure in failures:
        story.slack(fail={"method": method, **failure})
        assert REFUSED in sam.command("/reset-user jane doe").text
        assert "2 people match" in sam.command("/reset-user jane doe").text
        story.tick(61)
    assert len(refused(story)) == len(failures)


def test_an_unknown_workspace_means_no(story: Story, sam: Person) -> None:
    story.slack(fail={"method": "auth.test", "error": "internal_error"})
    assert REFUSED in sam.command("/reset-user jane doe").text
    assert "2 people match" in sam.command("/reset-user jane doe").text


def test_the_outcome_is_shown_to_no_one_who_stopped_being_an_agent(story: Story, sam: Person) -> None:
    send(sam)
    story.slack(group={"id": "S0AGENTS", "remove": "U0SAM"})
    story.tick(61)
    sam.press("Refresh")
    assert sam.modal.title == "Not allowed"
    assert "Jane" not in sam.modal.text
