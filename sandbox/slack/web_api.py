"""Slack's Web API: tokens, scopes, faults and the table of methods."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from sandbox import cast
from sandbox.slack.arguments import Arguments, read_arguments
from sandbox.slack.errors import SlackError
from sandbox.slack.limits import PostingLimit, TooFast
from sandbox.slack.methods_chat import CHAT
from sandbox.slack.methods_people import PEOPLE
from sandbox.slack.methods_schedule import SCHEDULE
from sandbox.slack.methods_views import VIEWS
from sandbox.slack.workspace import Failure, Workspace
from sandbox.world import Json

Method = Callable[[Workspace, Arguments], Json]
APP_METHODS = ("apps.connections.open",)
TOKENLESS = ("api.test",)


def _api_test(_: Workspace, given: Arguments) -> Json:
    if given.text("error"):
        raise SlackError(given.text("error"), args=dict(given.values))
    return {"args": dict(given.values)}


def _connections_open(space: Workspace, _: Arguments) -> Json:
    address = space.url.replace("http://", "ws://", 1)
    return {"url": f"{address}/socket?ticket={space.delivery.hub.new_ticket()}&app_id={cast.APP_ID}"}


METHODS: Mapping[str, Method] = {
    "api.test": _api_test,
    "apps.connections.open": _connections_open,
    **PEOPLE,
    **CHAT,
    **SCHEDULE,
    **VIEWS,
}


@dataclass
class WebApi:
    """Answers `/api/{method}`."""

    space: Workspace
    limit: PostingLimit

    async def endpoint(self, request: Request) -> Response:
        name = request.path_params["method"]
        given = Arguments({})
        try:
            given = await read_arguments(request)
            response = self._answer(name, given, _token(request, given))
        except TooFast as error:
            response = _ratelimited(error.seconds)
        except SlackError as error:
            response = JSONResponse(error.body())
        response.headers["x-oauth-scopes"] = ",".join(self.space.manifest.scopes)
        self._note(name, given, response)
        return response

    def _answer(self, name: str, given: Arguments, token: str) -> Response:
        method = METHODS.get(name)
        if method is None:
            raise SlackError("unknown_method", req_method=name)
        _check_token(name, token)
        failure = self.space.failure_for(name)
        if failure and not failure.after:
            return _failed(failure)
        self.space.tiers.take(name)
        if name == "chat.postMessage":
            self.limit.take(given.text("channel"))
        body = {"ok": True, **method(self.space, given)}
        return _failed(failure) if failure else JSONResponse(body)

    def _note(self, name: str, given: Arguments, response: Response) -> None:
        try:
            said = json.loads(bytes(response.body))
        except ValueError:
            said = {"ok": False, "error": f"HTTP {response.status_code}"}
        detail = {"request": dict(given.values), "response": said}
        self.space.record("out", "slack", name, ok=said["ok"], note=said.get("error", ""), detail=detail)


def _token(request: Request, given: Arguments) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else given.text("token")


def _check_token(name: str, token: str) -> None:
    if name in TOKENLESS:
        return
    if not token:
        raise SlackError("not_authed")
    wanted, other = cast.BOT_TOKEN, cast.APP_TOKEN
    if name in APP_METHODS:
        wanted, other = other, wanted
    if token == other:
        raise SlackError("not_allowed_token_type")
    if token != wanted:
        raise SlackError("invalid_auth")


def _failed(failure: Failure) -> Response:
    if failure.error == "ratelimited":
        return _ratelimited(failure.retry_after)
    if failure.http_status != 200:  # noqa: PLR2004 - HTTP's own number
        return PlainTextResponse(failure.error, status_code=failure.http_status)
    return JSONResponse(SlackError(failure.error).body())


def _ratelimited(seconds: int) -> Response:
    body: dict[str, Any] = {"ok": False, "error": "ratelimited"}
    return JSONResponse(body, status_code=429, headers={"Retry-After": str(seconds)})
