"""The control API: a tester's hand on the clock, the faults and the workspace."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.slack import events
from sandbox.slack.signed_http import TRICKS, Trick
from sandbox.slack.workspace import Failure, Workspace
from sandbox.state import State
from sandbox.traffic import Traffic
from sandbox.world import Json

NO_CHALLENGE = "Your URL didn't respond with the value of the challenge parameter."


@dataclass
class Control:
    """Everything under `/control` that is not the phones'."""

    space: Workspace
    state: State
    traffic: Traffic
    start_over: Callable[[], None]

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/control/state", self._show_state, methods=["GET"]),
            Route("/control/traffic", self._show_traffic, methods=["GET"]),
            Route("/control/clock", self._clock, methods=["POST"]),
            Route("/control/start-over", self._start_over, methods=["POST"]),
            Route("/control/slack", self._slack, methods=["POST"]),
        ]

    async def _show_state(self, request: Request) -> Response:
        user = request.query_params.get("as", "U0SAM")
        if user not in self.space.world.members:
            return _refused("nobody by that id")
        return JSONResponse(await self.state.of(user, request.query_params.getlist("without")))

    async def _show_traffic(self, request: Request) -> Response:
        return JSONResponse(self.traffic.everything(request.query_params.getlist("wire")))

    async def _clock(self, request: Request) -> Response:
        self.space.clock.advance(float((await request.json())["advance"]))
        self.space.changed()
        return JSONResponse({"ok": True, "now": self.space.now(), "offset": self.space.clock.offset})

    async def _start_over(self, _: Request) -> Response:
        self.start_over()
        return JSONResponse({"ok": True})

    async def _slack(self, request: Request) -> Response:
        """Each key is one fault or change; all of them are done."""
        body: Json = await request.json()
        unknown = set(body) - set(_CHANGES)
        if unknown:
            return _refused(f"unknown: {', '.join(sorted(unknown))}")
        for name, value in body.items():
            try:
                await _CHANGES[name](self.space, value)
            except (KeyError, TypeError, ValueError) as error:
                return _refused(f"{name}: {error}")
        self.space.changed()
        return JSONResponse({"ok": True})


def _refused(error: str) -> Response:
    return JSONResponse({"ok": False, "error": error})


async def _fail(space: Workspace, fault: Json) -> None:
    space.failures.append(Failure(**fault))


async def _delay_ack(space: Workspace, seconds: float) -> None:
    space.delivery.faults.delay_ack = float(seconds)


async def _duplicate(space: Workspace, on: bool) -> None:
    space.delivery.faults.duplicate = bool(on)


async def _disconnect(space: Workspace, reason: str) -> None:
    await space.delivery.hub.disconnect(reason)


async def _tiers(space: Workspace, on: bool) -> None:
    space.tiers.switch(on=bool(on))


async def _plan(space: Workspace, plan: str) -> None:
    """User groups are for paying workspaces only."""
    if plan not in {"free", "paid"}:
        raise ValueError("free or paid")
    space.free_plan = plan == "free"


async def _drop(space: Workspace, on: bool) -> None:
    if on:
        space.delivery.hub.drop()


async def _request_url(space: Workspace, url: str | None) -> None:
    """From now on deliveries are signed requests to this address; none: the socket again.

    Where the manifest subscribes to events Slack takes no address that does not answer its challenge.
    """
    http = space.delivery.http
    before = http.request_url
    http.point_at(url or "")
    if url and space.manifest.bot_events and not await http.verify():
        http.point_at(before)
        raise ValueError(NO_CHALLENGE)
    space.delivery.choose("http" if url else "socket")
    if url:
        await space.delivery.hub.disconnect("link_disabled")


async def _verify(space: Workspace, on: bool) -> None:
    """Asks the request URL as Slack does when events are switched on."""
    if on and not await space.delivery.http.verify():
        raise ValueError(NO_CHALLENGE)


async def _http(space: Workspace, trick: Trick) -> None:
    """The next delivery over HTTP is one that Slack would not send."""
    if trick not in TRICKS:
        raise ValueError(f"one of {', '.join(TRICKS)}")
    space.delivery.http.tricks.append(trick)


async def _membership(space: Workspace, change: Json) -> None:
    where, user = space.world.conversations[change["channel"]], str(change["user"])
    present = user in where.members
    if change["in"] and not present:
        where.members.append(user)
    elif not change["in"] and present:
        where.members.remove(user)
    if present != bool(change["in"]):
        await events.membership_changed(space, where, user, joined=bool(change["in"]))


async def _group(space: Workspace, change: Json) -> None:
    group = space.world.groups[change["id"]]
    added = [u for u in [change.get("add")] if u and u not in group.users]
    removed = [u for u in [change.get("remove")] if u in group.users]
    group.users = [u for u in [*group.users, *added] if u not in removed]
    if added or removed:
        await events.group_changed(space, group.id, added, removed)


async def _person(space: Workspace, change: Json) -> None:
    """Make somebody a guest or deactivate them."""
    member = space.world.members[change["id"]]
    member.deleted = bool(change.get("deleted", member.deleted))
    member.restricted = bool(change.get("restricted", member.restricted))


_CHANGES: dict[str, Callable[[Workspace, Any], Awaitable[None]]] = {
    "fail": _fail,
    "delay_ack": _delay_ack,
    "duplicate": _duplicate,
    "disconnect": _disconnect,
    "tiers": _tiers,
    "plan": _plan,
    "drop": _drop,
    "request_url": _request_url,
    "verify": _verify,
    "http": _http,
    "membership": _membership,
    "group": _group,
    "person": _person,
}
