"""Response URLs: up to five answers to one interaction, within thirty minutes."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from sandbox import cast
from sandbox.slack.blocks import interactive
from sandbox.slack.errors import SlackError
from sandbox.slack.forms import with_ids
from sandbox.slack.posting import checked_content
from sandbox.slack.workspace import Workspace
from sandbox.world import Json, Message, ResponseUrl

USES = 5
SECONDS = 30 * 60


class ResponseUrls:
    """Answers `/response/{team}/{id}`."""

    def __init__(self, space: Workspace) -> None:
        self._space = space

    async def endpoint(self, request: Request) -> Response:
        try:
            said = json.loads(await request.body())
        except ValueError:
            said = None
        response = self._answer(request.path_params["id"], said)
        note = "" if response.status_code < 400 else bytes(response.body).decode()  # noqa: PLR2004 - HTTP's own
        detail = {"request": said, "status": response.status_code}
        self._space.record("out", "response_url", "response_url", ok=not note, note=note, detail=detail)
        return response

    def _answer(self, url_id: str, said: object) -> Response:
        failure = self._space.failure_for("response_url")
        if failure and not failure.after:
            return PlainTextResponse(failure.error, status_code=max(failure.http_status, 400))
        handed = self._space.world.response_urls.get(url_id)
        refusal = self._refusal(handed)
        if refusal or handed is None:
            return JSONResponse({"ok": False, "error": refusal}, status_code=404)
        if not isinstance(said, dict):
            return PlainTextResponse("invalid_payload", status_code=400)
        try:
            self._use(handed, said)
        except SlackError as error:
            return PlainTextResponse(error.error, status_code=400)
        if failure:
            return PlainTextResponse(failure.error, status_code=max(failure.http_status, 400))
        return PlainTextResponse("ok")

    def _refusal(self, handed: ResponseUrl | None) -> str:
        if handed is None:
            return "invalid_url"
        if self._space.now() - handed.at > SECONDS:
            return "expired_url"
        return "used_url" if handed.uses >= USES else ""

    def _use(self, handed: ResponseUrl, said: Json) -> None:
        origin = self._origin(handed)
        if said.get("delete_original") is True and set(said) == {"delete_original"}:
            handed.uses += 1
            if origin:
                self._space.remove(origin)
            return
        content = checked_content(said)
        if said.get("replace_original") in {True, "true"} and origin:
            self._replace(origin, content)
        else:
            self._post(handed, said, content)
        handed.uses += 1
        if interactive(content["blocks"]):
            self._space.world.story[0] = True

    def _origin(self, handed: ResponseUrl) -> Message | None:
        return self._space.world.message(handed.channel, handed.origin) if handed.origin else None

    def _replace(self, origin: Message, content: dict[str, Any]) -> None:
        origin.text = content["text"]
        origin.blocks = with_ids(content["blocks"])
        origin.attachments = content["attachments"]
        origin.edited = origin.only_for is None
        self._space.changed()

    def _post(self, handed: ResponseUrl, said: Json, content: dict[str, Any]) -> None:
        """A new message: for the one person unless it says `in_channel`; only then may it go into a thread."""
        public = said.get("response_type") == "in_channel"
        thread = said.get("thread_ts") if public else None
        if thread and self._space.world.message(handed.channel, str(thread)) is None:
            raise SlackError("invalid_thread_ts")
        reader = None if public else handed.user
        self._space.post(handed.channel, cast.BOT_USER, only_for=reader, thread_ts=thread, **content)
