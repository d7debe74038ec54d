"""Twilio's requests on this machine, for the demo and the tests: the standard library's server around bot/wsgi.py.

It is there before the bot is, because the bot has to know its own address.
"""

from __future__ import annotations

import secrets
import threading
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from bot.build import Bot
from bot.wsgi import Web


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the standard library's name)
        """The address of a call's key belongs in no log."""


class HookServer(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Quiet)
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def serve(self, bot: Bot) -> None:
        """Slack does not come this way: its secret is one that nobody knows."""
        self.set_app(Web(bot.app, secrets.token_hex(32), bot.replays, bot.readiness.ready, bot.twilio_hooks))
        self._thread.start()

    def close(self) -> None:
        if self._thread.is_alive():
            self.shutdown()
            self._thread.join()
        self.server_close()
