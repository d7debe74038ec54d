"""Request URLs: each payload is one signed POST, and its answer is the ack.

Sources: docs.slack.dev/authentication/verifying-requests-from-slack (the signature),
docs.slack.dev/interactivity/implementing-slash-commands and …/handling-user-interaction (forms, three seconds),
docs.slack.dev/apis/events-api (JSON, the retry headers), docs.slack.dev/reference/events/url_verification.
"""

import asyncio
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qs, urlencode

import aiohttp

from sandbox import cast
from sandbox.guard import is_loopback
from sandbox.slack.wires import Answer, Faults
from sandbox.world import Json, new_id

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
OK = 200
OLD_SECONDS = 301
LARGEST_ANSWER = 1_000_000

Trick = Literal["replay", "bad_signature", "old_timestamp", "no_signature"]
TRICKS: tuple[Trick, ...] = ("replay", "bad_signature", "old_timestamp", "no_signature")


@dataclass(frozen=True)
class Post:
    """One request as it goes over the wire."""

    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True)
class Got:
    """What came back: a status of 0 means that nothing did."""

    status: int
    content_type: str = ""
    text: str = ""
    no_retry: bool = False
    why: str = ""


def signature(secret: str, timestamp: str, body: bytes) -> str:
    signed = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), signed, "sha256").hexdigest()


@dataclass
class SignedHttp:
    """Posts to the app's one request URL, which is on this machine."""

    record: Callable[..., None]
    faults: Faults
    secret: str
    request_url: str = ""
    seconds_now: Callable[[], float] = time.time
    """The machine's time, not the sandbox's: receivers compare the timestamp with their own clock."""
    tricks: list[Trick] = field(default_factory=list)
    _client: aiohttp.ClientSession | None = None

    def point_at(self, url: str) -> None:
        if url and not is_loopback(url):
            raise ValueError("the request URL must be on this machine")
        self.request_url = url

    async def verify(self) -> bool:
        """Whether the request URL answers the challenge with which Slack makes sure whose it is."""
        challenge = new_id("", 48)
        asked = {"token": cast.VERIFICATION_TOKEN, "challenge": challenge, "type": "url_verification"}
        post = self._signed(JSON, json.dumps(asked).encode(), {}, None)
        self.record("in", "http", "url_verification", detail={"headers": _shown(post), "payload": asked})
        try:
            async with asyncio.timeout(self.faults.ack_seconds):
                got = await self._send(post)
        except TimeoutError:
            got = Got(0, why="no answer in time")
        self._note("url_verification", got)
        return got.status == OK and challenge in _challenges(got)

    async def deliver(
        self,
        kind: str,
        name: str,
        payload: Json,
        *,
        takes_payload: bool = False,
        retry: int = 0,
        reason: str = "",
    ) -> Answer:
        """Post one payload; anything but a 200 within the time is no ack."""
        if not self.request_url:
            self.record("in", "http", name, ok=False, note="there is no request URL", detail={"payload": payload})
            return Answer("nobody", reason="connection_failed")
        content_type, body = _encoded(kind, payload)
        more = {"x-slack-retry-num": str(retry), "x-slack-retry-reason": reason} if retry else {}
        trick = self.tricks.pop(0) if self.tricks else None
        post = self._signed(content_type, body, more, trick)
        self.record("in", "http", name, note=trick or "", detail={"headers": _shown(post), "payload": payload})
        answer = await self._answer_to(name, post, takes_payload)
        if trick == "replay":
            await self._again(name, post, "replay")
        elif self.faults.duplicate:  # a second later, or nothing would tell it from a replay
            await self._again(name, self._signed(content_type, body, more, None, later=1), "duplicate")
        return answer

    async def _answer_to(self, name: str, post: Post, takes_payload: bool) -> Answer:
        try:
            async with asyncio.timeout(self.faults.ack_seconds):
                got = await self._send(post)
                await asyncio.sleep(self.faults.delay_ack)
        except TimeoutError:
            self.record("out", "http", f"ack {name}", ok=False, note="no ack in time", detail={})
            return Answer("timeout", reason="http_timeout")
        self._note(name, got)
        if got.status != OK:
            reason = "http_error" if got.status else "connection_failed"
            kind: Literal["refused", "nobody"] = "refused" if got.status else "nobody"
            return Answer(kind, reason=reason, may_retry=not got.no_retry)
        return Answer("acked", _payload(got) if takes_payload else None)

    async def _again(self, name: str, post: Post, why: str) -> None:
        """A copy whose answer nobody looks at, except in the traffic."""
        self.record("in", "http", name, note=why, detail={"headers": _shown(post)})
        try:
            async with asyncio.timeout(self.faults.ack_seconds):
                self._note(name, await self._send(post), why)
        except TimeoutError:
            self.record("out", "http", f"ack {name}", ok=False, note=f"{why}: no ack in time", detail={})

    def _note(self, name: str, got: Got, why: str = "") -> None:
        said = got.why or ("" if got.status == OK else f"HTTP {got.status}")
        note = ": ".join(part for part in (why, said) if part)
        detail = {"status": got.status, "payload": _payload(got)}
        self.record("out", "http", f"ack {name}", ok=got.status == OK, note=note, detail=detail)

    def _signed(
        self, content_type: str, body: bytes, more: dict[str, str], trick: Trick | None, later: int = 0
    ) -> Post:
        stamp = str(int(self.seconds_now()) + later - (OLD_SECONDS if trick == "old_timestamp" else 0))
        secret = "somebody else's" if trick == "bad_signature" else self.secret
        headers = {
            "Content-Type": content_type,
            "Accept": "application/json,*/*",
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": signature(secret, stamp, body),
            **more,
        }
        if trick == "no_signature":
            del headers["X-Slack-Signature"]
        return Post(body, headers)

    async def _send(self, post: Post) -> Got:
        if self._client is None:
            # A connection each: a kept one may be closed by the app just as the next request goes out.
            connector = aiohttp.TCPConnector(force_close=True, limit=0)
            self._client = aiohttp.ClientSession(connector=connector, auto_decompress=False)
        try:
            async with self._client.post(
                self.request_url, data=post.body, headers=post.headers, allow_redirects=False
            ) as response:
                raw = await response.content.read(LARGEST_ANSWER)
        except aiohttp.ClientError as error:
            return Got(0, why=f"no answer: {type(error).__name__}")
        no_retry = response.headers.get("x-slack-no-retry") == "1"
        return Got(response.status, response.content_type, raw.decode(errors="replace"), no_retry)

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()


def _encoded(kind: str, payload: Json) -> tuple[str, bytes]:
    """Commands are form fields, interactions one field with JSON, events JSON."""
    if kind == "slash_commands":
        return FORM, urlencode(payload).encode()
    if kind == "events_api":
        return JSON, json.dumps(payload).encode()
    return FORM, urlencode({"payload": json.dumps(payload)}).encode()


def _challenges(got: Got) -> list[object]:
    """What the answer says the challenge is, in each of the three ways that Slack reads it."""
    try:
        said = json.loads(got.text)
    except ValueError:
        said = None
    as_json = said.get("challenge") if isinstance(said, dict) else None
    return [got.text.strip(), as_json, *parse_qs(got.text).get("challenge", [])]


def _payload(got: Got) -> Json | None:
    """The body as Slack reads it: JSON where the app says so, else words."""
    if not got.text.strip():
        return None
    if got.content_type != JSON:
        return {"text": got.text}
    try:
        said: Any = json.loads(got.text)
    except ValueError:
        return {"unreadable": got.text}
    return said if isinstance(said, dict) else {"unreadable": got.text}


def _shown(post: Post) -> dict[str, str]:
    return {name: value for name, value in post.headers.items() if name.lower().startswith("x-slack")}
