"""An app with a request URL: it takes signed requests and answers as it is told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue


@dataclass
class Answer:
    """What the app says to the next requests."""

    status: int = 200
    body: str = ""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    silent: bool = False
    knows_challenge: bool = True
    """A challenge of Slack's is answered, whatever else is said."""


@dataclass(frozen=True)
class Request:
    path: str
    headers: dict[str, str]
    body: str


class Receiver:
    """What arrives waits in `got`."""

    def __init__(self) -> None:
        self.answer = Answer()
        self.got: Queue[Request] = Queue()
        self.asked: Queue[Request] = Queue()
        """Challenges, apart from all else."""
        self.over = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                headers = {name.lower(): value for name, value in self.headers.items()}
                answer = receiver.answer
                challenge = challenge_in(body)
                if challenge and answer.knows_challenge:
                    answer = Answer(body=challenge, content_type="text/plain")
                (receiver.asked if challenge else receiver.got).put(Request(self.path, headers, body))
                if answer.silent:
                    receiver.over.wait()
                    return
                self.send_response(answer.status)
                for name, value in {"Content-Type": answer.content_type, **answer.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body.encode())))
                self.end_headers()
                self.wfile.write(answer.body.encode())

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the standard library
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/slack/events"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def next(self) -> Request:
        return self.got.get(timeout=10)

    def close(self) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def challenge_in(body: str) -> str:
    try:
        said = json.loads(body)
    except ValueError:
        return ""
    return str(said["challenge"]) if isinstance(said, dict) and said.get("type") == "url_verification" else ""


@contextmanager
def receiver() -> Iterator[Receiver]:
    opened = Receiver()
    try:
        yield opened
    finally:
        opened.close()
