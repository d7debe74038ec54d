"""Where requests to Locksmith come in: a WSGI server on a real socket, with a thread for each."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from secrets import token_hex
from socketserver import TCPServer, ThreadingMixIn
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.types import StartResponse

from bot.build import Bot
from bot.wsgi import Web

_LOOKS = 0.02
"""Seconds between two looks whether to end."""


class _Handler(WSGIRequestHandler):
    disable_nagle_algorithm = True  # head and body are two writes: the second would wait for 40 ms

    def log_message(self, format: str, *_: Any) -> None:  # noqa: A002  (its own word)
        """What is said of a request is Locksmith's to say."""


class _Server(ThreadingMixIn, WSGIServer):
    request_queue_size = 50

    def server_bind(self) -> None:
        """As its own, but without asking a name server who we are."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])
        self.setup_environ()

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):  # whoever asked may have gone
            super().handle_error(request, client_address)


class Door:
    """Each request goes to the next process, as a load balancer may have it."""

    def __init__(self) -> None:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.set_app(self._hand_on)
        self._webs: list[Web] = []
        self._turn = count()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def open(self, bots: Sequence[Bot]) -> Iterator[None]:
        """Afterwards nobody is inside any more."""
        self._webs = [_web(bot) for bot in bots]
        thread = Thread(target=self._server.serve_forever, args=(_LOOKS,), name="door")
        thread.start()
        try:
            yield
        finally:
            self._server.shutdown()
            thread.join()
            self.close()

    def close(self) -> None:
        self._server.server_close()

    def _hand_on(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        return self._webs[next(self._turn) % len(self._webs)](environ, start_response)


def _web(bot: Bot) -> Web:
    """Where Slack does not come this way, its secret is one that nobody knows."""
    secret = bot.settings.environment.slack_signing_secret
    known = secret.get_secret_value() if secret else token_hex(32)
    return Web(bot.app, known, bot.replays, bot.readiness.ready, bot.twilio_hooks)
