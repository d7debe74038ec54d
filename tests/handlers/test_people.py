"""Agents only; what cannot be found out is a no; the look-ups are kept for a minute."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from slack_sdk import WebClient

from handlers.people import Staff
from services.errors import NotAllowed
from services.model import Actor
from tests.handlers.fakes import FakeSlack, HandClock, Reply

HOME = {"ok": True, "team_id": "T0"}
GROUP = {"ok": True, "users": ["U0SAM", "U0ANA"]}


def profile(user: str = "U0SAM", **more: Any) -> dict[str, Any]:
    inner = {"real_name": "Sam Okafor", "display_name": "sammy", "email": "sam@statstak.example"}
    made = {"id": user, "team_id": "T0", "name": "sam", "tz": "America/New_York", "profile": inner}
    return {"ok": True, "user": made | more}


def always(slack: FakeSlack, **answers: dict[str, Any]) -> None:
    for method, body in answers.items():
        slack.answers[method.replace("_", ".")].extend([Reply(body)] * 50)


@pytest.fixture
def staff(slack: FakeSlack, client: WebClient, clock: HandClock) -> Staff:
    always(slack, auth_test=HOME, usergroups_users_list=GROUP, users_info=profile())
    return Staff(client, ("S0AGENTS",), clock)


def test_a_member_of_the_group_is_an_agent(staff: Staff) -> None:
    sam = Actor("U0SAM", "T0", "Sam Okafor", "America/New_York", groups=("S0AGENTS",), email="sam@statstak.example")
    assert staff.agent("U0SAM", "T0") == sam


def test_a_listed_person_is_an_agent_without_any_group(slack: FakeSlack, client: WebClient, clock: HandClock) -> None:
    always(slack, auth_test=HOME, users_info=profile("W0PAT"))
    assert Staff(client, ("W0PAT",), clock).agent("W0PAT", "T0").id == "W0PAT"
    assert slack.asked("usergroups.users.list") == []


@pytest.mark.parametrize(("user", "team"), [("U0PAT", "T0"), ("U0SAM", "T0OTHER"), ("U0SAM", ""), ("", "T0")])
def test_others_are_not(staff: Staff, user: str, team: str) -> None:
    with pytest.raises(NotAllowed):
        staff.agent(user, team)


@pytest.mark.parametrize(
    "more",
    [
        {"deleted": True},
        {"is_bot": True},
        {"is_restricted": True},
        {"is_ultra_restricted": True},
        {"is_stranger": True},
        {"team_id": "T0OTHER"},
        {"id": "U0ELSE"},
    ],
)
def test_guests_bots_deactivated_and_external_never_are(
    slack: FakeSlack, client: WebClient, clock: HandClock, more: dict[str, Any]
) -> None:
    always(slack, auth_test=HOME, usergroups_users_list=GROUP, users_info=profile(**more))
    with pytest.raises(NotAllowed):
        Staff(client, ("S0AGENTS", "U0SAM"), clock).agent("U0SAM", "T0")


@pytest.mark.parametrize("method", ["auth.test", "usergroups.users.list", "users.info"])
@pytest.mark.parametrize(
    "answer",
    [
        Reply({"ok": False, "error": "internal_error"}),
        Reply({"ok": False, "error": "ratelimited"}, 429, {"Retry_After": "30"}),
        Reply("<html>", 502),
        Reply({"ok": True}),
        Reply({"ok": True, "user": [], "users": "U0SAM", "team_id": 7}),
    ],
)
def test_a_failed_look_up_means_no_and_is_not_kept(
    slack: FakeSlack, staff: Staff, method: str, answer: Reply
) -> None:
    slack.answers[method].appendleft(answer)
    with pytest.raises(NotAllowed):
        staff.agent("U0SAM", "T0")
    assert staff.agent("U0SAM", "T0").id == "U0SAM"


def test_no_network_means_no(client: WebClient, clock: HandClock) -> None:
    client.base_url = "http://127.0.0.1:9/api/"
    with pytest.raises(NotAllowed):
        Staff(client, ("U0SAM",), clock).agent("U0SAM", "T0")


def test_an_unknown_group_means_no(slack: FakeSlack, client: WebClient, clock: HandClock) -> None:
    slack.will("auth.test", HOME)
    slack.fails("usergroups.users.list", "no_such_subteam")
    with pytest.raises(NotAllowed):
        Staff(client, ("S0GONE",), clock).agent("U0SAM", "T0")


def test_look_ups_are_kept_for_a_minute(slack: FakeSlack, staff: Staff, clock: HandClock) -> None:
    staff.agent("U0SAM", "T0")
    clock.advance(seconds=59)
    staff.agent("U0SAM", "T0")
    assert [call.what for call in slack.calls] == ["auth.test", "usergroups.users.list", "users.info"]
    clock.advance(seconds=1)
    slack.answers["usergroups.users.list"].appendleft(Reply({"ok": True, "users": []}))
    with pytest.raises(NotAllowed):
        staff.agent("U0SAM", "T0")
    assert len(slack.asked("auth.test")) == 1


def test_groups_are_those_that_the_settings_name_and_the_person_is_in(
    slack: FakeSlack, client: WebClient, clock: HandClock
) -> None:
    always(slack, auth_test=HOME, users_info=profile())
    for users in (["U0SAM"], ["U0ELSE"], ["U0SAM", "U0MAYA"]):
        slack.will("usergroups.users.list", {"ok": True, "users": users})
    groups = ("S0OTHER", "S0AGENTS", "S0TIER2", "S0OTHER")
    actor = Staff(client, ("S0AGENTS",), clock, groups=groups).agent("U0SAM", "T0")
    assert actor.groups == ("S0AGENTS", "S0TIER2")
    assert [body["usergroup"] for body in slack.asked("usergroups.users.list")] == ["S0AGENTS", "S0OTHER", "S0TIER2"]


def test_a_group_of_a_scope_that_cannot_be_looked_up_means_no(
    slack: FakeSlack, client: WebClient, clock: HandClock
) -> None:
    """It may be the one of a denial."""
    always(slack, auth_test=HOME, users_info=profile())
    slack.will("usergroups.users.list", GROUP)
    slack.fails("usergroups.users.list", "fatal_error")
    with pytest.raises(NotAllowed):
        Staff(client, ("S0AGENTS",), clock, groups=("S0DENIED",)).agent("U0SAM", "T0")


def test_without_the_scope_there_is_no_address(slack: FakeSlack, client: WebClient, clock: HandClock) -> None:
    always(slack, auth_test=HOME, usergroups_users_list=GROUP, users_info=profile(profile={"real_name": "Sam"}))
    assert Staff(client, ("S0AGENTS",), clock).agent("U0SAM", "T0").email == ""


def test_managers_are_looked_up_anew_at_every_click(slack: FakeSlack, client: WebClient, clock: HandClock) -> None:
    always(slack, auth_test=HOME, usergroups_users_list=GROUP, users_info=profile())
    managers = Staff(client, ("S0MANAGERS",), clock, keep=timedelta(0))
    managers.agent("U0SAM", "T0")
    managers.agent("U0SAM", "T0")
    assert [call.what for call in slack.calls] == ["auth.test", *["usergroups.users.list", "users.info"] * 2]
    slack.answers["usergroups.users.list"].appendleft(Reply({"ok": True, "users": []}))
    with pytest.raises(NotAllowed):
        managers.agent("U0SAM", "T0")


def test_members_are_all_who_are_listed(slack: FakeSlack, client: WebClient, clock: HandClock) -> None:
    always(slack, usergroups_users_list=GROUP)
    assert Staff(client, ("S0MANAGERS", "U0MAYA"), clock).members() == {"U0SAM", "U0ANA", "U0MAYA"}


def test_many_threads_get_the_same_answer(staff: Staff) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: staff.agent("U0SAM", "T0").name, range(40)))
    assert set(found) == {"Sam Okafor"}
