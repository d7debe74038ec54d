"""HTTP mode: `gunicorn bot.wsgi:app`. Slack's requests, Twilio's (bot/twilio_hooks.py), `/healthz`, `/readyz`.

We check the signature and parse the body ourselves and hand Bolt a finished payload: its own parser drops every
command whose text holds the word "payload", its own check logs the body of a bad request, and a malformed body
or timestamp would be a 500. None of the caller's headers reach it.
"""

from __future__ import annotations

import atexit
import json
import os
import re
import signal
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from http import HTTPStatus
from threading import Event
from types import FrameType
from typing import Any
from urllib.parse import parse_qsl

import structlog
from slack_bolt import App, BoltRequest
from slack_sdk.signature import SignatureVerifier

from bot import log
from bot.answer import Answer, Environ, Refusal, body_of
from bot.build import build
from bot.settings import Settings, SettingsError
from bot.twilio_hooks import TwilioHooks
from services.errors import DatabaseUnreachable
from services.lookout import Check
from services.replay import Replays

LARGEST_BODY = 1024 * 1024
"""A view is 250 kB at most (docs: views.update); its submission carries it once, form-encoded."""
MOST_FIELDS = 100
GIVE_UP = 3
"""gunicorn starts a worker again and again, unless it ends with this."""
_TIMESTAMP = re.compile("[0-9]{1,12}")
_SIGNATURE = re.compile("v0=[0-9a-f]{64}")
StartResponse = Callable[[str, list[tuple[str, str]]], object]


class Web:
    """A WSGI application. `ready` is asked at every `/readyz`; without `twilio` nobody answers Twilio."""

    def __init__(
        self,
        app: App,
        signing_secret: str,
        replays: Replays,
        ready: Callable[[], list[Check]],
        twilio: TwilioHooks | None = None,
    ) -> None:
        self._app = app
        self._verifier = SignatureVerifier(signing_secret)
        self._replays = replays
        self._ready = ready
        self._twilio = twilio

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        try:
            answer = self._route(environ)
        except Refusal as refusal:
            answer = Answer(refusal.status, refusal.status.phrase)
        except Exception as fault:  # noqa: BLE001  (the last line before the server, which would log a traceback)
            structlog.get_logger().error("request failed", fault=type(fault).__name__, places=log.places(fault))
            answer = Answer(HTTPStatus.SERVICE_UNAVAILABLE, "Try again in a minute.")
        body = answer.body.encode()
        headers = [("Content-Type", answer.content_type), ("Content-Length", str(len(body)))]
        if answer.status is HTTPStatus.NO_CONTENT:
            headers = []
        start_response(f"{answer.status.value} {answer.status.phrase}", headers)
        return [body]

    def _route(self, environ: Environ) -> Answer:
        match environ["REQUEST_METHOD"], environ.get("PATH_INFO", ""):
            case "POST", "/slack/events":
                return self._slack(environ)
            case "POST", path if path.startswith("/twilio/") and self._twilio is not None:
                return self._twilio.answer(path, environ)
            case "GET", "/healthz":
                return Answer(HTTPStatus.OK, "ok")
            case "GET", "/readyz":
                return self._readiness()
        raise Refusal(HTTPStatus.NOT_FOUND)

    def _readiness(self) -> Answer:
        checks = self._ready()
        failed = [check for check in checks if check.failed]
        # Anybody may ask: names and states only. What exactly, `python -m bot doctor` says.
        lines = "".join(f"{check.name}: {check.status.value}\n" for check in checks)
        return Answer(HTTPStatus.SERVICE_UNAVAILABLE if failed else HTTPStatus.OK, lines)

    def _slack(self, environ: Environ) -> Answer:
        body = body_of(environ, LARGEST_BODY)
        self._check_signature(body, environ)
        payload = parse(body, environ.get("CONTENT_TYPE", ""))
        # "socket_mode": a payload that was checked and parsed before it came to Bolt, which ours now is.
        response = self._app.dispatch(BoltRequest(body=payload, mode="socket_mode"))
        if response.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Refusal(HTTPStatus.BAD_REQUEST)  # our listeners never raise: Bolt itself could not read it
        content_type = response.headers.get("content-type", ["text/plain; charset=utf-8"])[0]
        return Answer(HTTPStatus(response.status), response.body, content_type)

    def _check_signature(self, body: str, environ: Environ) -> None:
        timestamp = str(environ.get("HTTP_X_SLACK_REQUEST_TIMESTAMP", ""))
        signature = str(environ.get("HTTP_X_SLACK_SIGNATURE", ""))
        if not _TIMESTAMP.fullmatch(timestamp) or not _SIGNATURE.fullmatch(signature):
            raise Refusal(HTTPStatus.UNAUTHORIZED)
        if not self._verifier.is_valid(body, timestamp, signature):
            raise Refusal(HTTPStatus.UNAUTHORIZED)
        try:
            first = self._replays.first_time(signature)
        except DatabaseUnreachable:
            return  # without our database nothing can be changed, and the listener says so in words
        if not first:
            raise Refusal(HTTPStatus.UNAUTHORIZED)


def parse(body: str, content_type: str) -> dict[str, Any]:
    """Slack's three forms: a command's fields, an interaction's `payload`, an event's JSON. Raises Refusal (400)."""
    try:
        if content_type.startswith("application/json"):
            payload = json.loads(body)
        else:
            fields = dict(parse_qsl(body, keep_blank_values=True, strict_parsing=True, max_num_fields=MOST_FIELDS))
            payload = json.loads(fields["payload"]) if "payload" in fields and "command" not in fields else fields
    except (ValueError, RecursionError):
        raise Refusal(HTTPStatus.BAD_REQUEST) from None
    if not isinstance(payload, dict):
        raise Refusal(HTTPStatus.BAD_REQUEST)
    return payload


def make() -> Web:
    """From this process's environment. Raises SettingsError."""
    settings = Settings.load(os.environ)
    secret = settings.environment.slack_signing_secret
    if secret is None:
        raise SettingsError(["SLACK_SIGNING_SECRET is missing: HTTP mode checks Slack's signatures with it"])
    log.configure(settings.environment.log_level)
    bot = build(settings)
    bot.refuse_misfits()
    bot.work.submit(bot.finder.warm)
    atexit.register(bot.close)
    stop_at_signal(bot.stopping)
    return Web(bot.app, secret.get_secret_value(), bot.replays, bot.readiness.ready, bot.twilio_hooks)


def stop_at_signal(stopping: Event) -> None:
    """Before the server's own answer to SIGTERM: Python waits for the pool's threads before anything that is
    registered for its end, and one of them may have a long queue of announcements in hand, which workers take over.
    """
    servers = signal.getsignal(signal.SIGTERM)
    if not callable(servers):
        return  # nobody serves

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.set()
        servers(number, frame)

    with suppress(ValueError):  # not in the main thread: such a server ends in its own way
        signal.signal(signal.SIGTERM, stop)


def __getattr__(name: str) -> Web:
    """`bot.wsgi:app` is made when the server asks for it, so that an import alone starts nothing."""
    if name != "app":
        raise AttributeError(name)
    try:
        return make()
    except SettingsError as error:
        sys.stderr.write("Locksmith cannot start:\n" + "".join(f"  - {problem}\n" for problem in error.problems))
        sys.exit(GIVE_UP)
