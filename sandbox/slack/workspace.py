"""What every part of the stand-in Slack holds on to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox import cast
from sandbox.agenda import Agenda
from sandbox.clock import Clock
from sandbox.slack.delivery import Delivery
from sandbox.slack.forms import with_ids
from sandbox.slack.limits import TierLimit
from sandbox.slack.manifest import Manifest
from sandbox.world import Conversation, Json, Message, ResponseUrl, Trigger, World, new_id

TRIGGER_SECONDS = 3.0
LOCAL_HOLD = 60.0


@dataclass
class Failure:
    """An armed fault: the next calls of a method fail in this way."""

    method: str
    error: str
    times: int = 1
    http_status: int = 200
    retry_after: int = 1
    after: bool = False


@dataclass
class Workspace:
    """The world with the rules' helpers: who may see what, what is posted, what is handed out."""

    world: World
    clock: Clock
    manifest: Manifest
    delivery: Delivery
    record: Callable[..., None]
    changed: Callable[[], None]
    url: str
    agenda: Agenda
    tiers: TierLimit
    free_plan: bool = False
    failures: list[Failure] = field(default_factory=list)

    def now(self) -> float:
        return self.clock.now()

    def next_ts(self) -> str:
        return self.world.next_ts(self.now())

    def post(self, channel: str, user: str, text: str, **more: Any) -> Message:  # noqa: ANN401 - fields of Message
        """Put a message into a channel and tell every screen."""
        blocks = with_ids(more.pop("blocks", None) or [])
        message = Message(self.next_ts(), channel, user, text, blocks, **more)
        self.world.messages[channel].append(message)
        self.changed()
        return message

    def remove(self, message: Message) -> None:
        self.world.messages[message.channel].remove(message)
        self.changed()

    def new_trigger(self, user: str, view: str | None = None) -> str:
        """A trigger as it goes out with an interaction; old ones are forgotten after a while."""
        now = self.now()
        self.world.triggers = {k: t for k, t in self.world.triggers.items() if now - t.at < LOCAL_HOLD}
        trigger = Trigger(f"{int(now * 1000)}.{int(now)}.{new_id('', 32).lower()}", user, now, view)
        self.world.triggers[trigger.id] = trigger
        return trigger.id

    def new_response_url(self, user: str, channel: str, origin: str | None = None) -> str:
        handed = ResponseUrl(new_id("", 24).lower(), user, channel, self.now(), origin)
        self.world.response_urls[handed.id] = handed
        return f"{self.url}/response/{cast.TEAM['id']}/{handed.id}"

    def notify(self, user: str, channel: str, text: str) -> None:
        self.world.notify(user, self.now(), channel, text)
        self.changed()

    def conversation_of_member(self, channel: str, user: str) -> Conversation | None:
        conversation = self.world.conversations.get(channel)
        return conversation if conversation and user in conversation.members else None

    def message_json(self, message: Message) -> Json:
        """A message as Slack sends it to an app."""
        author = self.world.members[message.user]
        sent: Json = {"type": "message", "user": message.user, "ts": message.ts, "text": message.text}
        sent["team"] = cast.TEAM["id"]
        if message.user == cast.BOT_USER:
            sent |= {"bot_id": cast.BOT_ID, "app_id": cast.APP_ID}
        elif author.bot:
            sent |= {"subtype": "bot_message", "bot_id": "B" + message.user[1:]}
        if message.blocks:
            sent["blocks"] = message.blocks
        if message.attachments:
            sent["attachments"] = message.attachments
        sent |= self._thread_json(message)
        if message.edited:
            sent["edited"] = {"user": message.user, "ts": message.ts}
        return sent

    def _thread_json(self, message: Message) -> Json:
        """A reply names its parent; a parent names itself and counts its replies."""
        if message.thread_ts:
            parent = self.world.message(message.channel, message.thread_ts)
            return {"thread_ts": message.thread_ts, "parent_user_id": parent.user if parent else message.user}
        replies = [m for m in self.world.messages[message.channel] if m.thread_ts == message.ts and not m.only_for]
        if not replies:
            return {}
        return {"thread_ts": message.ts, "reply_count": len(replies), "latest_reply": replies[-1].ts}

    def failure_for(self, method: str) -> Failure | None:
        """The armed fault for this call, counted down."""
        for failure in self.failures:
            if failure.method in {method, "*"} and failure.times > 0:
                failure.times -= 1
                return failure
        return None
