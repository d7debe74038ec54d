"""auth, users, user groups, conversations, bots."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sandbox import cast
from sandbox.slack.access import member, need_scope, readable
from sandbox.slack.arguments import Arguments
from sandbox.slack.errors import SlackError
from sandbox.slack.paging import page
from sandbox.slack.workspace import Workspace
from sandbox.world import Conversation, Group, Json, Member, new_id

CREATED = 1_700_000_000
MOST_IN_A_GROUP = 8


def auth_test(space: Workspace, _: Arguments) -> Json:
    return {
        "url": f"https://{cast.TEAM['domain']}.slack.com/",
        "team": cast.TEAM["name"],
        "user": space.world.members[cast.BOT_USER].username,
        "team_id": cast.TEAM["id"],
        "user_id": cast.BOT_USER,
        "bot_id": cast.BOT_ID,
        "is_enterprise_install": False,
    }


def users_info(space: Workspace, given: Arguments) -> Json:
    need_scope(space, "users:read")
    given.need("user")
    return {"user": user_json(space, member(space, given.text("user")))}


def users_list(space: Workspace, given: Arguments) -> Json:
    """Everybody, also who has left. Source: docs.slack.dev/reference/methods/users.list."""
    need_scope(space, "users:read")
    shown, metadata = page([user_json(space, one) for one in space.world.members.values()], given)
    return {"members": shown, "cache_ts": int(space.now()), "response_metadata": metadata}


def user_json(space: Workspace, one: Member) -> Json:
    """A user object; the address only with `users:read.email`."""
    profile: Json = {
        "real_name": one.name,
        "real_name_normalized": one.name,
        "display_name": one.username,
        "display_name_normalized": one.username,
        "first_name": one.name.partition(" ")[0],
        "last_name": one.name.partition(" ")[2],
        "title": "",
        "phone": "",
        "status_text": "",
        "status_emoji": "",
        "team": cast.TEAM["id"],
    }
    if "users:read.email" in space.manifest.scopes and not one.bot:
        profile["email"] = one.email
    if one.bot:
        profile |= {"api_app_id": cast.APP_ID if one.id == cast.BOT_USER else "A0DESK", "bot_id": "B" + one.id[1:]}
    known: Json = {"id": one.id, "team_id": cast.TEAM["id"], "name": one.username, "deleted": one.deleted}
    if not one.deleted:
        known |= _zone_json(space, one) | _standing_json(one)
    return known | {
        "real_name": one.name,
        "profile": profile,
        "is_bot": one.bot,
        "is_app_user": False,
        "updated": CREATED,
    }


def _zone_json(space: Workspace, one: Member) -> Json:
    local = datetime.fromtimestamp(space.now(), UTC).astimezone(ZoneInfo(one.tz))
    offset = local.utcoffset() or timedelta()
    return {"tz": one.tz, "tz_label": local.tzname(), "tz_offset": int(offset.total_seconds())}


def _standing_json(one: Member) -> Json:
    standing = {f"is_{role}": False for role in ("admin", "owner", "primary_owner", "ultra_restricted")}
    return {**standing, "is_restricted": one.restricted, "color": "9f69e7", "is_email_confirmed": not one.bot}


def _group(space: Workspace, given: Arguments) -> Group:
    found = space.world.groups.get(given.text("usergroup"))
    if found is None:
        raise SlackError("no_such_subteam")
    return found


def _need_groups(space: Workspace) -> None:
    need_scope(space, "usergroups:read")
    if space.free_plan:
        raise SlackError("plan_upgrade_required")


def usergroups_users_list(space: Workspace, given: Arguments) -> Json:
    _need_groups(space)
    given.need("usergroup")
    return {"users": list(_group(space, given).users)}


def usergroups_list(space: Workspace, given: Arguments) -> Json:
    _need_groups(space)
    groups = []
    for one in space.world.groups.values():
        shown: Json = {
            "id": one.id,
            "team_id": cast.TEAM["id"],
            "is_usergroup": True,
            "name": one.name,
            "handle": one.handle,
            "description": "",
            "is_external": False,
            "date_create": CREATED,
            "date_update": CREATED,
            "date_delete": 0,
            "user_count": len(one.users),
        }
        if given.flag("include_users"):
            shown["users"] = list(one.users)
        groups.append(shown)
    return {"usergroups": groups}


def conversations_info(space: Workspace, given: Arguments) -> Json:
    given.need("channel")
    found = readable(space, given.text("channel"))
    shown = conversation_json(found)
    if given.flag("include_num_members"):
        shown["num_members"] = len(found.members)
    return {"channel": shown}


def conversation_json(one: Conversation) -> Json:
    if one.kind == "im":
        user = next(m for m in one.members if m != cast.BOT_USER)
        return {"id": one.id, "created": CREATED, "is_im": True, "is_archived": False, "user": user}
    return {
        "id": one.id,
        "name": one.name,
        "name_normalized": one.name,
        "is_channel": True,
        "is_group": False,
        "is_im": False,
        "is_mpim": one.kind == "mpim",
        "is_private": one.kind != "public",
        "is_archived": False,
        "is_general": False,
        "is_shared": False,
        "is_ext_shared": False,
        "is_member": cast.BOT_USER in one.members,
        "created": CREATED,
        "creator": "U0MAYA",
        "context_team_id": cast.TEAM["id"],
    }


def conversations_members(space: Workspace, given: Arguments) -> Json:
    given.need("channel")
    found = readable(space, given.text("channel"))
    shown, metadata = page(list(found.members), given)
    return {"members": shown, "response_metadata": metadata}


def conversations_open(space: Workspace, given: Arguments) -> Json:
    """Open the direct message with one person, or with up to eight.

    Source: docs.slack.dev/reference/methods/conversations.open.
    """
    if not given.text("users") and not given.text("channel"):
        raise SlackError("users_list_not_supplied")
    users = list(dict.fromkeys(u for u in given.text("users").split(",") if u))
    need_scope(space, "im:write" if len(users) < 2 else "mpim:write")  # noqa: PLR2004 - one person or several
    found = _existing(space, given.text("channel")) if given.text("channel") else None
    already = found is not None
    if found is None:
        people = [_reachable(space, user) for user in users]
        found, already = _direct_message(space, people)
    channel = conversation_json(found) if given.flag("return_im") else {"id": found.id}
    return {"channel": channel, **({"no_op": True, "already_open": True} if already else {})}


def _existing(space: Workspace, channel: str) -> Conversation:
    found = space.world.conversations.get(channel)
    if found is None or found.kind not in {"im", "mpim"}:
        raise SlackError("channel_not_found")
    return found


def _reachable(space: Workspace, user: str) -> Member:
    one = member(space, user)
    if one.bot:
        raise SlackError("cannot_dm_bot")
    if one.deleted:
        raise SlackError("user_disabled")
    return one


def _direct_message(space: Workspace, people: list[Member]) -> tuple[Conversation, bool]:
    """The conversation, and whether it was there before."""
    if len(people) > MOST_IN_A_GROUP:
        raise SlackError("too_many_users")
    if len(people) == 1:
        return space.world.conversations[cast.im_id(people[0].id)], True
    members = {cast.BOT_USER, *(one.id for one in people)}
    for one in space.world.conversations.values():
        if one.kind == "mpim" and set(one.members) == members:
            return one, True
    names = sorted([*(one.username for one in people), space.world.members[cast.BOT_USER].username])
    opened = Conversation(new_id("G"), f"mpdm-{'--'.join(names)}-1", "mpim", sorted(members))
    space.world.conversations[opened.id] = opened
    space.world.messages[opened.id] = []
    space.changed()
    return opened, False


def bots_info(space: Workspace, given: Arguments) -> Json:
    need_scope(space, "users:read")
    if given.text("bot") not in {"", cast.BOT_ID}:
        raise SlackError("bot_not_found")
    name = space.world.members[cast.BOT_USER].name
    bot = {"id": cast.BOT_ID, "deleted": False, "name": name, "updated": CREATED}
    return {"bot": bot | {"app_id": cast.APP_ID, "user_id": cast.BOT_USER, "icons": {}}}


PEOPLE: Mapping[str, Callable[[Workspace, Arguments], Json]] = {
    "auth.test": auth_test,
    "users.info": users_info,
    "users.list": users_list,
    "usergroups.users.list": usergroups_users_list,
    "usergroups.list": usergroups_list,
    "conversations.info": conversations_info,
    "conversations.members": conversations_members,
    "conversations.open": conversations_open,
    "bots.info": bots_info,
}
