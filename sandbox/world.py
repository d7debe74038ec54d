"""The state of the stand-in workspace. Plain data: the rules about it are in `sandbox.slack`."""

import secrets
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
Values = dict[str, dict[str, Json]]
NOTICES_KEPT = 50


@dataclass
class Member:
    """Somebody in Slack: a human, the bot's own user or another app's."""

    id: str
    name: str
    username: str
    role: str
    tz: str
    bot: bool = False
    deleted: bool = False
    restricted: bool = False

    @property
    def email(self) -> str:
        return f"{self.username}@statstak.example"


@dataclass
class Group:
    """A user group."""

    id: str
    handle: str
    name: str
    users: list[str]


@dataclass
class Conversation:
    """A channel or a direct message, which is named after its person, or of several people."""

    id: str
    name: str
    kind: Literal["public", "private", "im", "mpim"]
    members: list[str]


@dataclass
class Message:
    """One message; `only_for` makes it ephemeral for that one reader."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    only_for: str | None = None
    edited: bool = False
    metadata: Json | None = None

    @property
    def all_blocks(self) -> list[Json]:
        """Its blocks, then those inside its attachments."""
        inside = [block for one in self.attachments for block in one.get("blocks", ())]
        return [*self.blocks, *inside]


@dataclass
class View:
    """A modal or a Home tab that is on somebody's screen."""

    id: str
    user: str
    hash: str
    body: Json
    values: Values
    root: str
    previous: str | None = None
    errors: dict[str, str] = field(default_factory=dict)
    notice: str = ""
    busy: bool = False


@dataclass
class Trigger:
    """The right to open one view, for three seconds."""

    id: str
    user: str
    at: float
    view: str | None = None
    used: bool = False


@dataclass
class ResponseUrl:
    """The right to answer one interaction; `origin` is the message that it may replace."""

    id: str
    user: str
    channel: str
    at: float
    origin: str | None = None
    uses: int = 0


@dataclass
class Scheduled:
    """A message that waits for its time."""

    id: str
    channel: str
    post_at: int
    content: Json
    thread_ts: str | None = None
    metadata: Json | None = None


@dataclass
class Notice:
    """Something Slack itself tells one person, outside any message."""

    id: int
    user: str
    at: float
    channel: str
    text: str


@dataclass
class World:
    """Everything that has happened in the workspace and is still remembered."""

    members: dict[str, Member] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    conversations: dict[str, Conversation] = field(default_factory=dict)
    messages: dict[str, list[Message]] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    stacks: dict[str, list[str]] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    response_urls: dict[str, ResponseUrl] = field(default_factory=dict)
    scheduled: dict[str, Scheduled] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    looked: dict[str, dict[str, str]] = field(default_factory=dict)
    story: list[bool] = field(default_factory=lambda: [False] * 5)
    submitted_at: float | None = None
    last_ts: int = 0
    last_notice: int = 0

    def next_ts(self, now: float) -> str:
        """A timestamp later than any before it: Slack's message key."""
        self.last_ts = max(int(now * 1_000_000), self.last_ts + 1)
        return f"{self.last_ts // 1_000_000}.{self.last_ts % 1_000_000:06d}"

    def message(self, channel: str, ts: str) -> Message | None:
        return next((m for m in self.messages.get(channel, []) if m.ts == ts), None)

    def seen_by(self, channel: str, user: str) -> list[Message]:
        """What this person sees in a channel: everybody's messages and their own ephemerals."""
        return [m for m in self.messages.get(channel, []) if m.only_for in {None, user}]

    def stack(self, user: str) -> list[View]:
        return [self.views[i] for i in self.stacks.get(user, [])]

    def close_views(self, user: str, ids: list[str]) -> None:
        self.stacks[user] = [i for i in self.stacks.get(user, []) if i not in ids]
        for view_id in ids:
            self.views.pop(view_id, None)

    def notify(self, user: str, now: float, channel: str, text: str) -> None:
        self.last_notice += 1
        self.notices.append(Notice(self.last_notice, user, now, channel, text))
        del self.notices[:-NOTICES_KEPT]

    def to_json(self) -> Json:
        return asdict(self)


def from_json(saved: Json) -> World:
    """The world that `World.to_json` wrote."""
    world = World(**saved)
    world.members = {k: Member(**v) for k, v in saved["members"].items()}
    world.groups = {k: Group(**v) for k, v in saved["groups"].items()}
    world.conversations = {k: Conversation(**v) for k, v in saved["conversations"].items()}
    world.messages = {k: [Message(**m) for m in v] for k, v in saved["messages"].items()}
    world.views = {k: View(**v) for k, v in saved["views"].items()}
    world.triggers = {k: Trigger(**v) for k, v in saved["triggers"].items()}
    world.response_urls = {k: ResponseUrl(**v) for k, v in saved["response_urls"].items()}
    world.scheduled = {k: Scheduled(**v) for k, v in saved.get("scheduled", {}).items()}
    world.notices = [Notice(**n) for n in saved["notices"]]
    return world


def new_id(prefix: str, length: int = 10) -> str:
    """An id as Slack makes them: a letter for the kind, then signs without meaning."""
    return prefix + secrets.token_hex(length)[:length].upper()
