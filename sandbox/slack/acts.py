"""What people do in Slack: commands, messages, short cuts, clicks, and looking around."""

from collections.abc import Awaitable, Callable

from sandbox import cast
from sandbox.slack import events, modal_acts, payloads, suggestions
from sandbox.slack.blocks import interactive
from sandbox.slack.errors import SlackError
from sandbox.slack.forms import Refused, action_of, filled_values, with_choice
from sandbox.slack.posting import checked_content
from sandbox.slack.schema import Anything, ByType, Flag, Obj, Str
from sandbox.slack.typed import bracketed, escaped
from sandbox.slack.wires import Answer
from sandbox.slack.workspace import Workspace
from sandbox.world import Conversation, Json, Member, Message, View

Act = Callable[[Workspace, Member, Json], Awaitable[Json | None]]

TROUBLE = "{app} had some trouble with that. Nothing was changed by Slack; try again."


async def command(space: Workspace, member: Member, body: Json) -> None:
    """A slash command; its first answer travels in the ack."""
    where = _conversation(space, member, body)
    name, _, text = str(body["text"]).strip().partition(" ")
    if body.get("thread_ts"):
        raise Refused(f"{name} is not supported in threads. Sorry!")
    declared = space.manifest.command(name)
    if declared is None:
        space.notify(member.id, where.id, f"{name} is not a valid command.")
        raise Refused("not a valid command")
    said = bracketed(space.world, text.strip()) if declared.should_escape else text.strip()
    payload = payloads.command(space, member, where, declared, said)
    answer = await space.delivery.deliver("slash_commands", name, payload, takes_payload=True)
    failed = {"acked": "", "timeout": "operation_timeout"}.get(answer.kind, "dispatch_failed")
    if not failed and answer.payload:
        failed = _show_command_answer(space, member, where, answer)
    if failed:
        space.notify(member.id, where.id, f'{name} failed with the error "{failed}"')


def _show_command_answer(space: Workspace, member: Member, where: Conversation, answer: Answer) -> str:
    try:
        content = checked_content(answer.payload or {})
    except SlackError:
        return "invalid_command_response"
    public = (answer.payload or {}).get("response_type") == "in_channel"
    space.post(where.id, cast.BOT_USER, only_for=None if public else member.id, **content)
    if interactive(content["blocks"]):
        space.world.story[0] = True
    return ""


async def message(space: Workspace, member: Member, body: Json) -> None:
    """A person writes something, at the root or in a thread."""
    where = _conversation(space, member, body)
    if where.kind == "im" and (not space.manifest.messages_tab or space.manifest.messages_read_only):
        raise Refused("Sending messages to this app has been turned off.")
    text = bracketed(space.world, escaped(str(body["text"]).strip()))
    if not text:
        raise Refused("there is nothing to send")
    thread = body.get("thread_ts")
    if thread and space.world.message(where.id, thread) is None:
        raise Refused("that thread does not exist")
    sent = space.post(where.id, member.id, text, thread_ts=thread)
    await events.message_sent(space, where, sent)


async def shortcut(space: Workspace, member: Member, body: Json) -> None:
    """A message short cut from a message's menu; without a message a global one, which knows no place."""
    where = _conversation(space, member, body)
    declared = space.manifest.shortcut(str(body["callback_id"]), "message" if "ts" in body else "global")
    if declared is None or not space.manifest.interactive:
        raise Refused("no such short cut")
    if "ts" not in body:
        payload = payloads.global_shortcut(space, member, declared)
        answer = await space.delivery.deliver("interactive", f"shortcut {declared.callback_id}", payload)
        _tell_trouble(space, member, where.id, answer)
        return
    target = _message(space, where, member, str(body["ts"]))
    if target.only_for is not None:
        raise Refused("short cuts do not work on messages that only you see")
    payload = payloads.shortcut(space, member, where, target, declared)
    answer = await space.delivery.deliver("interactive", f"message_action {declared.callback_id}", payload)
    _tell_trouble(space, member, where.id, answer)


async def click(space: Workspace, member: Member, body: Json) -> None:
    """A click or choice, in a message or in the modal on top."""
    if not space.manifest.interactive:
        raise Refused("This app is not configured to handle interactive responses.")
    container = body["container"]
    if container["type"] == "view":
        await modal_acts.click(space, member, body)
        return
    where = _conversation(space, member, container)
    target = _message(space, where, member, str(container["ts"]))
    block_id, action_id = str(body["block_id"]), str(body["action_id"])
    action = action_of(target.all_blocks, block_id, action_id, body.get("chosen") or {}, space.next_ts())
    values = with_choice(filled_values(target.all_blocks, {}, body.get("values") or {}), action)
    payload = payloads.message_click(space, member, target, action, values)
    answer = await space.delivery.deliver("interactive", f"block_actions {action_id}", payload)
    _tell_trouble(space, member, where.id, answer)


async def suggest(space: Workspace, member: Member, body: Json) -> Json:
    """Somebody types into a menu; the options come from the app."""
    if not space.manifest.interactive:
        raise Refused("This app is not configured to handle interactive responses.")
    container = body["container"]
    if container["type"] == "view":
        place: Message | View = modal_acts.on_top(space, member, str(container["view_id"]), homes=True)
    else:
        place = _message(space, _conversation(space, member, container), member, str(container["ts"]))
    return await suggestions.ask(space, member, place, body)


def _tell_trouble(space: Workspace, member: Member, channel: str, answer: Answer) -> None:
    if answer.kind != "acked":
        space.notify(member.id, channel, TROUBLE.format(app=space.manifest.name))


async def reload(space: Workspace, member: Member, _: Json) -> None:
    """The person reloads Slack: ephemerals, open modals and notices are gone."""
    world = space.world
    for channel, kept in world.messages.items():
        world.messages[channel] = [m for m in kept if m.only_for != member.id]
    world.close_views(member.id, list(world.stacks.get(member.id, [])))
    world.notices = [n for n in world.notices if n.user != member.id]
    space.changed()


async def look(space: Workspace, member: Member, body: Json) -> None:
    """A channel comes on screen."""
    where = _conversation(space, member, body)
    seen = space.world.seen_by(where.id, member.id)
    space.world.looked.setdefault(member.id, {})[where.id] = seen[-1].ts if seen else "0"
    if where.id == cast.AUDIT and space.world.story[3]:
        space.world.story[4] = True
    space.changed()
    if where.kind == "im":
        await events.home_opened(space, member, where, str(body.get("tab", "messages")))


def _conversation(space: Workspace, member: Member, body: Json) -> Conversation:
    found = space.conversation_of_member(str(body["channel"]), member.id)
    if found is None:
        raise Refused("this person is not in that channel")
    return found


def _message(space: Workspace, where: Conversation, member: Member, ts: str) -> Message:
    found = next((m for m in space.world.seen_by(where.id, member.id) if m.ts == ts), None)
    if found is None:
        raise Refused("this person sees no such message")
    return found


_WORDS, _ANY_OBJECT = Str(), Anything()
_MESSAGE_RULE = Obj({"type": Str(), "channel": _WORDS, "ts": _WORDS})
_VIEW_RULE = Obj({"type": Str(), "view_id": _WORDS})
_CONTAINER = ByType({"message": _MESSAGE_RULE, "view": _VIEW_RULE}, ("message", "view"))

ACTS: dict[str, tuple[Act, Obj]] = {
    "command": (command, Obj({"channel": _WORDS, "text": _WORDS}, {"thread_ts": _WORDS})),
    "message": (message, Obj({"channel": _WORDS, "text": _WORDS}, {"thread_ts": _WORDS})),
    "shortcut": (shortcut, Obj({"channel": _WORDS, "callback_id": _WORDS}, {"ts": _WORDS})),
    "click": (
        click,
        Obj(
            {
                "container": _CONTAINER,
                "block_id": _WORDS,
                "action_id": _WORDS,
            },
            {"chosen": _ANY_OBJECT, "values": _ANY_OBJECT},
        ),
    ),
    "suggest": (
        suggest,
        Obj({"container": _CONTAINER, "block_id": _WORDS, "action_id": _WORDS, "value": Str()}),
    ),
    "submit": (modal_acts.submit, Obj({"view_id": _WORDS}, {"values": _ANY_OBJECT})),
    "close": (modal_acts.close, Obj({"view_id": _WORDS}, {"all": Flag()})),
    "reload": (reload, Obj()),
    "look": (look, Obj({"channel": _WORDS}, {"tab": Str(one_of=("home", "messages"))})),
}


async def do(space: Workspace, name: str, body: Json) -> Json:
    """Let a person act; answers `ok` with what the act tells its screen, or why they cannot."""
    given = {key: value for key, value in body.items() if value is not None}
    member = space.world.members.get(str(given.pop("as", "")))
    if name not in ACTS or member is None or member.bot:
        return _no("no such act or person")
    act, rule = ACTS[name]
    problems = list(rule.check(given, ""))
    if problems:
        return _no("; ".join(str(p) for p in problems))
    try:
        return {"ok": True, **(await act(space, member, given) or {})}
    except Refused as refusal:
        return _no(str(refusal))


def _no(why: str) -> Json:
    return {"ok": False, "error": why}
