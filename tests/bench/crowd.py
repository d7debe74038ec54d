"""Agents who reset one person after another over Slack, and people who use what they are texted."""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread

from sandbox.cast import BOT_USER, im_id
from sandbox.slack.workspace import Workspace
from sandbox.twilio.network import Network
from sandbox.world import Conversation, Member
from tests.processes.moves import OWN
from tests.processes.yard import Yard
from tests.scenario.moves import CALLED_BACK, CHECKED, FORGOT, WHY
from tests.scenario.people import AUDIT, SUPPORT
from tests.scenario.screen import Json, Message, Surface
from tests.scenario.wire import post

TRIES = 40
USERS = 6
"""People at the sign-in page at once."""
PAUSE = 0.5
"""Seconds until somebody tries again, and between two looks at the phones."""
_ALIVE = ("accepted", "queued", "sending", "sent")


def hire(space: Workspace, number: int) -> list[str]:
    """So many agents, as far as there are not enough; their Slack ids."""
    world = space.world
    agents = world.groups["S0AGENTS"].users
    for n in range(number - len(agents)):
        one = Member(f"U0AGENT{n}", f"Agent {n}", f"agent{n}", "agent", "America/New_York")
        world.members[one.id] = one
        agents.append(one.id)
        for channel in (SUPPORT, AUDIT):
            world.conversations[channel].members.append(one.id)
        own = Conversation(im_id(one.id), one.id, "im", [one.id, BOT_USER])
        world.conversations[own.id] = own
        world.messages[own.id] = []
    return agents[:number]


@dataclass
class Desk:
    """What all agents work off."""

    yard: Yard
    space: Workspace
    waiting: deque[str]
    asked: dict[str, float] = field(default_factory=dict)
    """When, by e-mail."""
    gave_up: list[str] = field(default_factory=list)
    tries: int = 0
    stop: Event = field(default_factory=Event)

    @contextmanager
    def open(self, agents: Sequence[str], chance: random.Random) -> Iterator[list[Thread]]:
        threads = [Thread(target=Agent(self, one, chance).work) for one in agents]
        for thread in threads:
            thread.start()
        try:
            yield threads
        finally:
            self.stop.set()
            for thread in threads:
                thread.join()


@dataclass
class Agent:
    desk: Desk
    id: str
    chance: random.Random

    def work(self) -> None:
        while not self.desk.stop.is_set():
            try:
                email = self.desk.waiting.popleft()
            except IndexError:
                return
            self._reset(email)

    def _reset(self, email: str) -> None:
        """Again and again, as somebody would who has the person on the phone."""
        for _ in range(TRIES):
            self.desk.tries += 1
            pressed = time.monotonic()
            if self._ask(email) or self._known(email):
                self.desk.asked[email] = pressed
                return
            time.sleep(PAUSE)
        self.desk.gave_up.append(email)

    def _known(self, email: str) -> bool:
        """The answer may have been lost, and not the request."""
        found = self.desk.yard.own("SELECT id FROM locksmith_request WHERE person_email = :email", email=email)
        return bool(found)

    def _ask(self, email: str) -> bool:
        self._tidy()
        self._act("command", channel=SUPPORT, text=f"/reset-user {email}")
        with suppress(AssertionError):  # no such button or field: Slack, the web server or the carrier was away
            results = self._results()
            button = results.button("Reset password", email)
            place = {"type": "message", "channel": SUPPORT, "ts": results.ts}
            ids = {"block_id": button.block_id, "action_id": button.action_id}
            self._act("click", container=place, **ids, chosen={}, values={})
            form = self._modal()
            fields = ((form.field(WHY), FORGOT), (form.field(CHECKED), CALLED_BACK))
            values = {
                box.block_id: {
                    box.element["action_id"]: {"type": box.element["type"], "selected_option": box.options[words]}
                }
                for box, words in fields
            }
            self._act("submit", view_id=form.raw["id"], values=values)
            return not self._modal().fields
        return False

    def _results(self) -> Message:
        for one in reversed(self.desk.space.world.messages[SUPPORT]):
            if one.only_for == self.id:
                return Message({"ts": one.ts}, one.blocks, channel=SUPPORT)
        raise AssertionError("nothing was answered")

    def _modal(self) -> Surface:
        stack = self.desk.space.world.stack(self.id)
        assert stack, "no modal is open"
        return Surface({"id": stack[-1].id}, stack[-1].body["blocks"])

    def _tidy(self) -> None:
        """Half of them close the modal, half reload Slack: then nobody tells the app."""
        for view in reversed(self.desk.space.world.stack(self.id)):
            if self.chance.random() < 0.5:
                self._act("close", view_id=view.id)
        self._act("reload")

    def _act(self, act: str, **body: object) -> Json:
        return post(f"{self.desk.yard.url}/act/{act}", {"as": self.id, **body})


@dataclass
class Phones:
    """Whoever gets a temporary password signs in with it at once, and chooses their own."""

    yard: Yard
    network: Network
    emails: dict[str, str]
    """By number."""
    came_in: dict[str, float] = field(default_factory=dict)
    """When, by e-mail."""
    chose: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    """Who came with a text that the product did not take."""
    _read: int = 0
    _open: list[int] = field(default_factory=list)
    _stop: Event = field(default_factory=Event)

    @property
    def under_way(self) -> bool:
        return bool(self._open) or self._read < len(self.network.messages)

    @contextmanager
    def are_read(self) -> Iterator[None]:
        thread = Thread(target=self._watch)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def _watch(self) -> None:
        with ThreadPoolExecutor(USERS) as pool:
            while not self._stop.wait(PAUSE / 2):
                for text in self._arrived():
                    pool.submit(self._use, text)

    def _arrived(self) -> list[tuple[str, str]]:
        """E-mail and password of each text that came since."""
        messages = self.network.messages
        looked, self._read = [*self._open, *range(self._read, len(messages))], len(messages)
        self._open = [at for at in looked if messages[at].status in _ALIVE]
        here = [messages[at] for at in looked if messages[at].status == "delivered"]
        return [(self.emails[one.to], one.body_as_sent.split("\n")[1]) for one in here if "\n" in one.body_as_sent]

    def _use(self, text: tuple[str, str]) -> None:
        email, secret = text
        with self.yard.visit() as visitor:
            if "Choose your own password" not in visitor.sign_in(email, secret):
                self.refused.append(email)
                return
            self.came_in[email] = time.monotonic()
            if "Your new password is saved" in visitor.choose(OWN, secret):
                self.chose.add(email)
