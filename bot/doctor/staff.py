"""Who may act: user groups that exist, are enabled and hold somebody; people who are colleagues."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from bot.doctor.slack_call import Said, Slack
from services.lookout import Check, failed, ok, warning

MOST_LOOKED_AT = 60
"""users.info allows about 100 calls a minute."""
STANDINGS = {
    "deleted": "deactivated",
    "is_bot": "bots",
    "is_restricted": "guests",
    "is_ultra_restricted": "guests",
    "is_stranger": "from another company",
    "is_invited_user": "invited and not here yet",
}


def look(slack: Slack, name: str, ids: tuple[str, ...], workspace: str, needed: int = 1) -> Iterator[Check]:
    """User groups that exist, are enabled and hold somebody; at least `needed` people who may act."""
    groups = [one for one in ids if one.startswith("S")]
    people = {one for one in ids if not one.startswith("S")}
    try:
        if groups:
            listed = slack("usergroups.list", include_disabled="true", include_users="true").data
            known = {group.get("id"): group for group in listed.get("usergroups") or []}
            yield from (_group(name, group, known.get(group)) for group in groups)
            enabled = [known[one] for one in groups if one in known and not known[one].get("date_delete")]
            people |= {user for group in enabled for user in group.get("users") or []}
        yield _people(slack, name, sorted(people), workspace, needed)
    except Said as said:
        yield failed(name, said.sentence, said.mend)


def _group(name: str, group_id: str, group: Mapping[str, Any] | None) -> Check:
    label = f"{name}: {group_id}"
    if group is None:
        return failed(label, "There is no such user group.", f"See {name} in the file.")
    handle = f"@{group.get('handle')}"
    if group.get("date_delete"):
        return failed(label, f"{handle} is disabled.", "Enable it in Slack, or name another.")
    if not group.get("users"):
        return failed(label, f"{handle} is empty.", "Put people into it in Slack.")
    return ok(label, f"{handle} has {len(group['users'])} members.")


def _people(slack: Slack, name: str, people: list[str], workspace: str, needed: int) -> Check:
    looked = people[:MOST_LOOKED_AT]
    standings = Counter(_kind(slack, user, workspace) for user in looked)
    able = standings.pop("able", 0)
    others = ", ".join(f"{count} {kind}" for kind, count in sorted(standings.items()))
    rest = f" ({len(looked)} of {len(people)} looked at)" if len(looked) < len(people) else ""
    if not able:
        return failed(name, f"Nobody may act{f': {others}' if others else ''}.", f"See {name} in the file.")
    if able < needed and len(looked) == len(people):
        found = f"{able} may act, and the policy asks for {needed} of them: what needs them all is never sent."
        return failed(name, found, f"Add to {name}, or ask for fewer in [approval] of the file.")
    if others:
        found = f"{able} may act; refused are {others}{rest}."
        return warning(name, found, f"Take them out of the groups, or out of {name} in the file.")
    return ok(name, f"{able} may act{rest}.")


def _kind(slack: Slack, user: str, workspace: str) -> str:
    try:
        profile = slack("users.info", user=user).data.get("user") or {}
    except Said as said:
        if said.code in ("user_not_found", "user_not_visible"):
            return "unknown to Slack"
        raise
    if profile.get("team_id", workspace) != workspace:
        return "from another workspace"
    return next((word for flag, word in STANDINGS.items() if profile.get(flag)), "able")
