"""The load generator, a process of its own: one loop, kept connections, every request signed and new.

`python -m tests.bench.load PORT CONNECTIONS SECONDS TEXT` prints one JSON object. TEXT is a command's, or `click`.
"""

from __future__ import annotations

import hmac
import json
import selectors
import socket
import sys
import time
from dataclasses import dataclass
from itertools import count
from urllib.parse import urlencode

from sandbox.cast import SIGNING_SECRET, TEAM

WARM_UP = 0.3
"""Seconds at the start that do not count."""
EMPTY = "bench:empty"
"""A click that is acked empty."""
_HERE = "TRIGGER"
_SECRET = SIGNING_SECRET.encode()


@dataclass
class Line:
    """One connection: what it waits for, and since when."""

    socket: socket.socket
    sent_at: float = 0.0
    got: bytes = b""

    def whole(self) -> bool:
        head, found, body = self.got.partition(b"\r\n\r\n")
        if not found:
            return False
        length = next(part for part in head.lower().split(b"\r\n") if part.startswith(b"content-length:"))
        return len(body) >= int(length.partition(b":")[2])


class Requests:
    def __init__(self, text: str) -> None:
        self._numbers = count(time.time_ns())
        self._start, self._end = _click() if text == "click" else _command(text)

    def next(self) -> bytes:
        body = f"{self._start}{next(self._numbers)}{self._end}".encode()
        stamp = str(int(time.time())).encode()
        signature = hmac.new(_SECRET, b"v0:" + stamp + b":" + body, "sha256").hexdigest().encode()
        return (
            b"POST /slack/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            b"X-Slack-Request-Timestamp: " + stamp + b"\r\nX-Slack-Signature: v0=" + signature + b"\r\n"
            b"Content-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body
        )


def _command(text: str) -> tuple[str, str]:
    fields = {
        "command": "/reset-user",
        "text": text,
        "user_id": "U0SAM",
        "team_id": TEAM["id"],
        "channel_id": "C0SUPPORT",
        "response_url": "http://127.0.0.1/x",
    }
    return f"{urlencode(fields)}&trigger_id=", ".1"


def _click() -> tuple[str, str]:
    """As Slack sends it, but for the message that it hangs on."""
    whole = {
        "type": "block_actions",
        "user": {"id": "U0SAM", "username": "sam", "name": "sam", "team_id": TEAM["id"]},
        "api_app_id": "A0LOCKSMITH",
        "container": {"type": "message", "message_ts": "1.1", "channel_id": "C0SUPPORT", "is_ephemeral": True},
        "team": {"id": TEAM["id"], "domain": TEAM["domain"]},
        "channel": {"id": "C0SUPPORT", "name": "support"},
        "response_url": "http://127.0.0.1/x",
        "actions": [{"type": "button", "action_id": EMPTY, "block_id": "b", "value": "x", "action_ts": "1.1"}],
        "trigger_id": _HERE,
    }
    before, _, after = urlencode({"payload": json.dumps(whole)}).partition(_HERE)
    return before, after


def run(port: int, connections: int, seconds: float, text: str) -> dict[str, float]:
    making, selector = Requests(text), selectors.DefaultSelector()
    took: list[float] = []
    refused = answers = 0
    began = time.perf_counter()
    for _ in range(connections):
        line = Line(socket.create_connection(("127.0.0.1", port)))
        line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(line.socket, selectors.EVENT_READ, line)
        _ask(line, making)
    while (now := time.perf_counter()) < began + WARM_UP + seconds:
        for key, _ in selector.select(timeout=1):
            line = key.data
            got = line.socket.recv(65536)
            if not got:
                raise SystemExit("the server closed a connection")
            line.got += got
            if line.whole():
                now = time.perf_counter()
                answers += 1
                refused += not line.got.startswith(b"HTTP/1.1 200")
                if now > began + WARM_UP:
                    took.append(now - line.sent_at)
                _ask(line, making)
    took.sort()
    return {
        "per_second": len(took) / seconds,
        "p50": took[len(took) // 2] * 1000,
        "p99": took[int(len(took) * 0.99)] * 1000,
        "answers": answers,
        "refused": refused,
    }


def _ask(line: Line, making: Requests) -> None:
    line.got, line.sent_at = b"", time.perf_counter()
    line.socket.sendall(making.next())


if __name__ == "__main__":
    found = run(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4])
    sys.stdout.write(json.dumps(found) + "\n")
