"""How often an app may call. Source: docs.slack.dev/apis/web-api/rate-limits, and each method's page for its tier."""

import math
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

BURST = 10.0
WINDOW_SECONDS = 60.0
CALLS_IN_A_MINUTE = {1: 1, 2: 20, 3: 50, 4: 100}
TIERS: Mapping[str, int] = {
    "apps.connections.open": 1,
    "usergroups.list": 2,
    "usergroups.users.list": 2,
    "users.list": 2,
    "bots.info": 3,
    "chat.delete": 3,
    "chat.deleteScheduledMessage": 3,
    "chat.scheduleMessage": 3,
    "chat.scheduledMessages.list": 3,
    "chat.update": 3,
    "conversations.info": 3,
    "conversations.open": 3,
    "chat.postEphemeral": 4,
    "conversations.members": 4,
    "users.info": 4,
    "views.open": 4,
    "views.publish": 4,
    "views.push": 4,
    "views.update": 4,
}
"""Methods that are not here have limits of their own: `chat.postMessage`, `auth.test`, `chat.getPermalink`."""


class TooFast(Exception):
    """Too many calls; try again after so many seconds."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"retry after {seconds} s")
        self.seconds = seconds


@dataclass
class PostingLimit:
    """About one message a second in a channel, short bursts allowed: a bucket that fills in real time."""

    burst: float = BURST
    now: Callable[[], float] = time.monotonic
    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict)

    def take(self, channel: str) -> None:
        now = self.now()
        left, at = self._buckets.get(channel, (self.burst, now))
        left = min(self.burst, left + now - at)
        if left < 1:
            raise TooFast(math.ceil(1 - left))
        self._buckets[channel] = (left - 1, now)


@dataclass
class TierLimit:
    """So many calls of one method in any minute of the sandbox's clock. Off until a tester wants it."""

    now: Callable[[], float]
    on: bool = False
    _calls: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def switch(self, *, on: bool) -> None:
        self.on = on
        self._calls.clear()

    def take(self, method: str) -> None:
        if not self.on or method not in TIERS:
            return
        now, calls = self.now(), self._calls[method]
        while calls and now - calls[0] >= WINDOW_SECONDS:
            calls.popleft()
        if len(calls) >= CALLS_IN_A_MINUTE[TIERS[method]]:
            raise TooFast(math.ceil(WINDOW_SECONDS - (now - calls[0])))
        calls.append(now)
