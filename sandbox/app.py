"""Puts the sandbox together, and runs it in a thread for tests."""

import socket
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from sandbox.agenda import Agenda
from sandbox.cast import SIGNING_SECRET
from sandbox.clock import Clock
from sandbox.control import Control
from sandbox.dated import Dated
from sandbox.events import Changes, Events
from sandbox.guard import LoopbackOnly
from sandbox.product import Elsewhere, Product
from sandbox.server import Server, bind
from sandbox.slack import manifest as manifests
from sandbox.slack.acts import do
from sandbox.slack.delivery import Delivery, TransportName
from sandbox.slack.limits import BURST, PostingLimit, TierLimit
from sandbox.slack.methods_schedule import remember
from sandbox.slack.response_urls import ResponseUrls
from sandbox.slack.signed_http import SignedHttp
from sandbox.slack.socket import SocketHub
from sandbox.slack.web_api import WebApi
from sandbox.slack.wires import Faults
from sandbox.slack.workspace import Workspace
from sandbox.state import State
from sandbox.store import Store
from sandbox.traffic import Traffic
from sandbox.twilio import Twilio

PAGE = Path(__file__).parent / "page"


class Sandbox:
    """All of the sandbox, with its routes."""

    def __init__(
        self,
        url: str,
        manifest: Path,
        product: str | None = None,
        data: Path | None = None,
        *,
        ack_seconds: float = 3.0,
        transport: TransportName = "socket",
        request_url: str = "",
        signing_secret: str = SIGNING_SECRET,
        burst: float = BURST,
        start_over: Callable[[], None] = lambda: None,
        product_site: str = "",
    ) -> None:
        """`product_site`: its address, where the product is not `product`, which is ours, but a site of its own."""
        self.changes = Changes()
        self._limit = PostingLimit(burst)
        clock = Clock(data / "clock" if data else None)
        traffic = Traffic(clock, self.changes)
        declared = manifests.load(manifest)
        self._store = Store(data / "slack.json" if data else None)
        self._twilio = Twilio(clock, self.changes, traffic)
        self._product = _product(product, product_site, clock, self.changes)
        world = self._store.load(clock.now(), self._twilio, declared.name)
        faults = Faults(ack_seconds)
        agenda = Agenda(clock.now)
        hub = SocketHub(traffic, self.changes, faults, agenda, enabled=declared.socket_mode)
        http = SignedHttp(traffic, faults, signing_secret)
        http.point_at(request_url)
        delivery = Delivery(hub, http, faults, "http" if request_url else transport)
        self.space = Workspace(
            world, clock, declared, delivery, traffic, self.changes, url, agenda, TierLimit(clock.now)
        )
        self._state = State(self.space, traffic, self._twilio, self._product)
        self._control = Control(self.space, self._state, traffic, start_over)

    def app(self) -> Starlette:
        middleware = [Middleware(Dated, now=self.space.now), Middleware(LoopbackOnly)]
        return Starlette(routes=self._routes(), middleware=middleware, lifespan=self._lifespan)

    def _routes(self) -> list[BaseRoute]:
        web = WebApi(self.space, self._limit)
        events = Events(self.changes, self._state, lambda user: user in self.space.world.members)
        return [
            Route("/", _page),
            Mount("/page", StaticFiles(directory=PAGE)),
            Route("/archives/{rest:path}", _permalink),
            Route("/events", events.endpoint),
            Route("/act/{name}", self._act, methods=["POST"]),
            Route("/api/{method}", web.endpoint, methods=["GET", "POST"]),
            Route("/response/{team}/{id}", ResponseUrls(self.space).endpoint, methods=["POST"]),
            WebSocketRoute("/socket", self.space.delivery.hub.endpoint),
            *self._control.routes(),
            *self._twilio.control_routes(),
            *self._twilio.routes(),
            *(self._product.routes() if self._product else []),
        ]

    async def _act(self, request: Request) -> Response:
        """Something a person does; the answer comes when the app has acked it, or did not."""
        try:
            body = await request.json()
        except ValueError:
            return JSONResponse({"ok": False, "error": "that is not JSON"})
        return JSONResponse(await do(self.space, request.path_params["name"], body))

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        self.changes.bind()
        self.changes.listen(self._store.changed)
        self.changes.listen(self.space.agenda.look)
        for kept in self.space.world.scheduled.values():
            remember(self.space, kept)
        try:
            yield
        finally:
            self._store.save()

    async def stop(self) -> None:
        """End the streams and connections that would otherwise stay open for ever."""
        self.changes.close()
        await self.space.agenda.close()
        await self.space.delivery.close()


def _product(url: str | None, site: str, clock: Clock, changes: Changes) -> Product | Elsewhere | None:
    if site:
        return Elsewhere(site)
    return Product(url, clock, changes) if url else None


async def _page(_: Request) -> Response:
    return FileResponse(PAGE / "index.html", headers={"Cache-Control": "no-store"})


async def _permalink(request: Request) -> Response:
    """A permalink leads to the page, which shows the channel."""
    channel, _, place = request.path_params["rest"].partition("/")
    return RedirectResponse(f"/?channel={channel}&message={place}")


class Running:
    """A sandbox that runs in a thread of this process."""

    def __init__(self, sandbox: Sandbox, server: Server, listener: socket.socket, url: str) -> None:
        self.url = url
        self.sandbox = sandbox
        self._server = server
        self._thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        self._thread.start()
        server.wait_until_started()

    def close(self) -> None:
        self._server.leave()
        self._thread.join()


def start(
    port: int = 0,
    product: str | None = None,
    data: Path | None = None,
    manifest: Path = Path("manifest.yml"),
    ack_seconds: float = 3.0,
    *,
    transport: TransportName = "socket",
    request_url: str = "",
    signing_secret: str = SIGNING_SECRET,
    burst: float = BURST,
) -> Running:
    """Run a sandbox in a thread, on any free port by default; over signed HTTP once it has a request URL.

    `burst`: how many messages a channel takes at once before the rate limit; more makes long tests short.
    """
    listener, url = bind(port)
    try:
        sandbox = Sandbox(
            url,
            manifest,
            product,
            data,
            ack_seconds=ack_seconds,
            transport=transport,
            request_url=request_url,
            signing_secret=signing_secret,
            burst=burst,
        )
    except ValueError:
        listener.close()
        raise
    return Running(sandbox, Server(sandbox.app(), sandbox.stop), listener, url)
