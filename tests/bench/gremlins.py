"""What goes wrong in a soak: faults on both wires, workers killed, web servers restarted one after the other."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread

from sandbox.app import Sandbox
from sandbox.slack.workspace import Failure
from sandbox.twilio.network import Fault, Network
from tests.processes.balancer import Balancer
from tests.processes.yard import Yard, until_ready

_SLACK = (
    Failure("*", "ratelimited"),
    Failure("*", "internal_error"),
    Failure("*", "upstream", http_status=503),
    Failure("*", "internal_error", after=True),
)
DRAIN = 0.5
"""Seconds that a load balancer gives to what it has passed on already."""
_NEW = "chat.postMessage"
"""Done, and the answer lost: of this one a message more would be right (PROTOCOL rule 16), so it is not done."""
_TWILIO = {
    "post": [Fault(500), Fault(503, kept=True), Fault("timeout"), Fault("timeout", kept=True), Fault(20429)],
    "read": [Fault(500, when="read"), Fault("timeout", when="read")],
    "delivery": [Fault(30003, when="delivery"), Fault(30008, when="delivery")],
}


@dataclass
class Faults:
    """So many of a hundred calls on each wire fail, each in one of several ways."""

    sandbox: Sandbox
    percent: float
    chance: random.Random
    asked: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)
    on: bool = True

    def arm(self) -> None:
        self.sandbox.space.failure_for = self._slack  # type: ignore[method-assign]
        self.network.take_fault = self._twilio  # type: ignore[method-assign]

    @property
    def network(self) -> Network:
        return self.sandbox._twilio._network

    def _slack(self, method: str) -> Failure | None:
        ways = [one for one in _SLACK if not (one.after and method == _NEW)]
        return self.chance.choice(ways) if self._hit("Slack") else None

    def _twilio(self, number: str, when: str) -> Fault | None:  # noqa: ARG002  (its signature)
        """Anybody's `number`."""
        return self.chance.choice(_TWILIO[when]) if self._hit("Twilio") else None

    def _hit(self, wire: str) -> bool:
        if not self.on:
            return False
        self.asked[wire] += 1
        hit = self.chance.random() * 100 < self.percent
        self.met[wire] += hit
        return hit


@dataclass
class Troubles:
    yard: Yard
    front: Balancer
    chance: random.Random
    killed: int = 0
    restarted: int = 0
    wrong: list[str] = field(default_factory=list)
    _stop: Event = field(default_factory=Event)

    @contextmanager
    def go_on(self, *, kill_every: float, restart_every: float) -> Iterator[None]:
        """Meanwhile."""
        acts = ((kill_every, self.kill), (restart_every, self.restart))
        threads = [Thread(target=self._repeat, args=one) for one in acts]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def _repeat(self, seconds: float, act: Callable[[], None]) -> None:
        while not self._stop.wait(seconds * self.chance.uniform(0.5, 1.5)):
            try:
                act()
            except Exception as fault:  # noqa: BLE001  (told at the end; a thread would die of it in silence)
                self.wrong.append(f"{type(fault).__name__}: {fault}")

    def kill(self) -> None:
        """SIGKILL, and another worker takes its place."""
        doomed = self.chance.choice(self.yard.named("worker"))
        self.yard.start("worker")
        os.kill(doomed.popen.pid, signal.SIGKILL)
        doomed.popen.wait()
        self.yard.processes.remove(doomed)
        self.killed += 1

    def restart(self) -> None:
        """One web server after the other: a new one first, then the oldest ends in order."""
        for old in self.yard.named("web"):
            fresh = self.yard.web(1)
            until_ready(fresh)
            self.yard.webs[:] = [*self.yard.webs[1:], fresh]
            self.front.turn_to(self.yard.webs)
            time.sleep(DRAIN)
            old.end()
            self.yard.processes.remove(old)
        self.restarted += 1
