"""The workspace as one person sees it: what the page draws."""

import json
from collections.abc import Collection
from typing import Any, Protocol

from starlette.concurrency import run_in_threadpool

from sandbox import cast
from sandbox.slack.payloads import view_json
from sandbox.slack.workspace import Workspace
from sandbox.traffic import Traffic
from sandbox.world import Conversation, Json, Member, Message, Notice, World


class Phones(Protocol):
    """What the state needs of the stand-in for Twilio."""

    def phones(self, people: list[dict[str, Any]]) -> list[dict[str, Any]]: ...

    @property
    def accepted_any(self) -> bool: ...

    @property
    def delivered_any(self) -> bool: ...


class SignIns(Protocol):
    """What the state needs of the stand-in for the product."""

    @property
    def sign_in_page(self) -> str: ...

    def people_with_phones(self) -> list[dict[str, Any]]: ...

    def story(self) -> dict[str, bool]: ...


class State:
    """Builds the state for anybody who watches."""

    def __init__(self, space: Workspace, traffic: Traffic, phones: Phones, product: SignIns | None) -> None:
        self._space = space
        self._traffic = traffic
        self._phones = phones
        self._product = product

    async def of(self, user: str, without: Collection[str] = ()) -> Json:
        """`without`: "phones" or "traffic", which are most of the work and are left empty then."""
        people = []
        if self._product and "phones" not in without:
            # The product's database may be slow; the event loop, which carries acks, must not wait for it.
            people = await run_in_threadpool(self._product.people_with_phones)
        space, world = self._space, self._space.world
        me = world.members[user]
        shown = [c for c in world.conversations.values() if user in c.members and _listed(space, c)]
        return {
            "now": space.now(),
            "offset": space.clock.offset,
            "connected": space.delivery.connected,
            "me": _person(me),
            "people": [_person(m) for m in world.members.values()],
            "groups": [{"id": g.id, "handle": g.handle} for g in world.groups.values()],
            "app": {"id": cast.APP_ID, "name": space.manifest.name, "user": cast.BOT_USER},
            **_declared(space),
            "conversations": [_conversation(world, c, user) for c in shown],
            "messages": {c.id: _messages(world.seen_by(c.id, user)) for c in shown},
            "modals": [_modal(world, i) for i in world.stacks.get(user, [])],
            "tabs": {"home": space.manifest.home_tab, "messages": space.manifest.messages_tab},
            "home": _modal(world, world.homes[user])["view"] if user in world.homes else None,
            "notices": [_notice(n) for n in world.notices if n.user == user],
            "phones": self._phones.phones(people) if "phones" not in without else [],
            "story": self._story(),
            "sign_in_page": self._product.sign_in_page if self._product else "",
            "traffic": self._traffic.shown() if "traffic" not in without else [],
        }

    def _story(self) -> list[bool]:
        """Ticks stay: a step once reached is reached."""
        world = self._space.world
        if world.submitted_at is not None and self._phones.accepted_any:
            world.story[1] = True
        if self._phones.delivered_any:
            world.story[2] = True
        if self._product and self._product.story()["own_password_chosen"]:
            world.story[3] = True
        return world.story


def _listed(space: Workspace, conversation: Conversation) -> bool:
    return conversation.kind != "im" or space.manifest.messages_tab or space.manifest.home_tab


def _person(member: Member) -> Json:
    return {"id": member.id, "name": member.name, "role": member.role, "tz": member.tz, "bot": member.bot}


def _declared(space: Workspace) -> Json:
    return {
        "commands": [
            {"command": c.command, "description": c.description, "usage_hint": c.usage_hint}
            for c in space.manifest.commands
        ],
        "shortcuts": [
            {"name": s.name, "type": s.type, "callback_id": s.callback_id} for s in space.manifest.shortcuts
        ],
    }


def _conversation(world: World, conversation: Conversation, user: str) -> Json:
    last_look = world.looked.get(user, {}).get(conversation.id, "0")
    fresh = [m for m in world.seen_by(conversation.id, user) if m.ts > last_look and m.user != user]
    return {
        "id": conversation.id,
        "name": _name(world, conversation, user),
        "kind": conversation.kind,
        "unread": len(fresh),
        "mentions": len([m for m in fresh if notifies(world, conversation, m, user)]),
    }


def _name(world: World, conversation: Conversation, user: str) -> str:
    if conversation.kind == "im":
        return world.members[cast.BOT_USER].name
    if conversation.kind == "mpim":
        return ", ".join(world.members[one].name for one in conversation.members if one != user)
    return conversation.name


def notifies(world: World, conversation: Conversation, message: Message, user: str) -> bool:
    """Whether it calls this person by a badge: every direct message does, in channels a mention does.

    An edit never does: it is the message's own time that counts. A user group calls those of its people who are in
    the channel. Source: docs.slack.dev/messaging/formatting-message-text (mentioning users and groups).
    """
    if conversation.kind in {"im", "mpim"}:
        return True
    said = message.text + json.dumps(message.all_blocks)
    groups = [f"<!subteam^{g.id}" for g in world.groups.values() if user in g.users]
    in_rich_text = [f'"user_id": "{user}"', *(f'"usergroup_id": "{g[10:]}"' for g in groups)]
    marks = [f"<@{user}>", "<!channel>", "<!here>", "<!everyone>", *groups, *in_rich_text]
    return any(mark in said for mark in marks)


def _messages(seen: list[Message]) -> list[Json]:
    """Roots in order, each with its thread."""
    roots = {m.ts: _message(m) for m in seen if m.thread_ts is None}
    for reply in (m for m in seen if m.thread_ts is not None):
        if reply.thread_ts in roots:
            roots[reply.thread_ts]["replies"].append(_message(reply))
    return list(roots.values())


def _message(message: Message) -> Json:
    return {
        "ts": message.ts,
        "user": message.user,
        "text": message.text,
        "blocks": message.blocks,
        "attachments": message.attachments,
        "ephemeral": message.only_for is not None,
        "edited": message.edited,
        "thread_ts": message.thread_ts,
        "replies": [],
        "text_missing": not message.text.strip(),
        "metadata": message.metadata,
    }


def _modal(world: World, view_id: str) -> Json:
    view = world.views[view_id]
    return {
        "id": view.id,
        "hash": view.hash,
        "view": view_json(view),
        "errors": view.errors,
        "state": {"values": view.values},
        "busy": view.busy,
        "notice": view.notice,
    }


def _notice(notice: Notice) -> Json:
    return {"id": notice.id, "at": notice.at, "channel": notice.channel, "text": notice.text}
