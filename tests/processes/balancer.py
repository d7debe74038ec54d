"""A load balancer: what Slack sends to one address comes to several web servers in turn."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from threading import Barrier, Thread
from urllib.error import HTTPError

_LONGEST = 20.0
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_PASSED_ON = ("Content-Type", "X-Slack-Signature", "X-Slack-Request-Timestamp", "X-Twilio-Signature")


class Balancer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, webs: Sequence[str]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self._webs = cycle(webs)
        self._gate: Barrier | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def turn_to(self, webs: Sequence[str]) -> None:
        """From now on to these."""
        self._webs = cycle(webs)

    def together(self, number: int) -> None:
        """From now on requests are passed on in groups of so many, each to another server at the same moment."""
        self._gate = Barrier(number)

    def one_by_one(self) -> None:
        self._gate = None

    def pass_on(self, request: urllib.request.Request) -> tuple[int, str, bytes]:
        """Status, type and body of the answer."""
        if self._gate is not None:
            self._gate.wait(_LONGEST)
        try:
            with _OPENER.open(request, timeout=_LONGEST) as answer:
                return answer.status, answer.headers["Content-Type"], answer.read()
        except HTTPError as error:
            with error:
                return error.code, error.headers["Content-Type"], error.read()

    def next_web(self) -> str:
        return next(self._webs)


class _Handler(BaseHTTPRequestHandler):
    server: Balancer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name: self.headers[name] for name in _PASSED_ON if name in self.headers}
        request = urllib.request.Request(f"{self.server.next_web()}{self.path}", body, headers)  # noqa: S310  (ours)
        status, kind, answer = self.server.pass_on(request)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@contextmanager
def balancer(webs: Sequence[str]) -> Iterator[Balancer]:
    with Balancer(webs) as front:
        thread = Thread(target=front.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield front
        finally:
            front.shutdown()
            thread.join()
