"""A whole house for one story: the sandbox on a real socket, and Locksmith's processes connected to it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from slack_bolt.adapter.socket_mode import SocketModeHandler

from bot import demo
from bot.build import Bot, Parts, build
from sandbox.app import start
from tests.scenario.door import Door
from tests.scenario.product import Product
from tests.scenario.setting import Setting
from tests.scenario.story import PATIENCE, ROOT, HandClock, Hands, Story
from tests.scenario.wire import Json, tell, until


@dataclass(frozen=True)
class Place:
    """Where a story is told."""

    setting: Setting
    folder: Path
    """The story's own; the sandbox's files lie in `sandbox`."""
    product: Path
    own: str
    """The address of Locksmith's own migrated database."""
    calls: bool
    """Whether people can be called."""
    hooks: bool
    """Whether Twilio reaches Locksmith."""


@contextmanager
def tell_story(place: Place, logged: list[Any], closing: ThreadPoolExecutor) -> Iterator[Story]:
    setting, product = place.setting, f"sqlite:///{place.product}"
    clock, work = HandClock(), Hands()
    with ExitStack() as ends:
        door = Door()
        ends.callback(door.close)
        running = start(
            product=product,
            data=place.folder / "sandbox",
            manifest=ROOT / "manifest.yml",
            ack_seconds=PATIENCE,
            request_url=f"{door.url}/slack/events" if setting.over_http else "",
        )
        ends.callback(closing.submit, running.close)

        def pause(seconds: float) -> None:
            """What Locksmith waits between two tries passes for everybody, and at once."""
            clock.at += timedelta(seconds=seconds)
            tell(f"{running.url}/control/clock", {"advance": seconds})

        port = int(running.url.rpartition(":")[2])
        settings = demo.settings(place.folder, port, product, door.url if place.calls else "")
        settings = setting.of(settings, place.own, door.url if place.hooks else "")
        its_product = Product(running.url, place.product)
        bots = []
        for number in range(setting.processes):
            parts = Parts(clock=clock, work=work, pause=pause, name=f"process {number}")
            bots.append(build(settings, parts))
            ends.callback(bots[-1].close)
            its_product.may_cut_off(bots[-1].directory._engine)  # type: ignore[attr-defined]
        if setting.over_http or place.hooks:
            ends.enter_context(door.open(bots))
        if not setting.over_http:
            ends.enter_context(_connected(bots, running.url))
        yield Story(setting, bots, running, door.url, its_product, place.folder, clock, work, logged)


@contextmanager
def _connected(bots: list[Bot], url: str) -> Iterator[None]:
    """Each by a socket of its own; Slack gives every envelope to one of them, in turn."""
    handlers = []
    try:
        for bot in bots:
            token = bot.settings.environment.slack_app_token
            assert token is not None
            handlers.append(SocketModeHandler(bot.app, token.get_secret_value()))
            handlers[-1].connect()  # type: ignore[no-untyped-call]
        until(url, "U0SAM", lambda state: _hellos(state) == len(bots))
        yield
    finally:
        for handler in handlers:
            _hang_up(handler)


def _hellos(state: Json) -> int:
    return sum(1 for one in state["traffic"] if one["name"] == "hello")


def _hang_up(handler: SocketModeHandler) -> None:
    """Its reader sits in recv() until the server says something, its processor waits for a message."""
    client = handler.client
    client.auto_reconnect_enabled = False
    client.closed = True
    client.current_session_state.terminated = True
    client.message_queue.put("")
    if client.current_session is not None:
        client.current_session.ping("over")
    handler.close()  # type: ignore[no-untyped-call]
