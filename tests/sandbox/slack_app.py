"""What the tests hold in their hands: an app built on slack_sdk alone, and a person who acts."""

import json
import socket
import ssl
import threading
import urllib.request
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from queue import Queue
from typing import Any
from urllib.error import HTTPError

import yaml
from slack_sdk import WebClient
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.interval_runner import IntervalRunner
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

Json = dict[str, Any]
WAIT = 10.0

MANIFEST: Json = {
    "display_information": {"name": "Locksmith"},
    "features": {
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
        "slash_commands": [
            {"command": "/reset-user", "description": "Find a person", "usage_hint": "[name]"},
            {"command": "/escaped", "description": "Escapes", "should_escape": True},
        ],
        "shortcuts": [{"name": "Reset", "type": "message", "callback_id": "reset", "description": "Reset"}],
    },
    "oauth_config": {
        "scopes": {
            "bot": [
                "commands", "chat:write", "im:write", "usergroups:read", "users:read", "users:read.email",
                "channels:read", "groups:read", "im:read", "mpim:write", "mpim:read",
            ]
        }
    },
    "settings": {
        "interactivity": {"is_enabled": True},
        "socket_mode_enabled": True,
        "event_subscriptions": {
            "bot_events": ["message.im", "app_home_opened", "member_joined_channel", "subteam_members_changed"]
        },
    },
}  # fmt: skip


def write_manifest(file: Path, change: Callable[[Json], None] = lambda _: None) -> Path:
    """The tests' manifest, changed where a test needs it."""
    declared = deepcopy(MANIFEST)
    change(declared)
    file.write_text(yaml.safe_dump(declared), encoding="utf-8")
    return file


class Silence:
    """An answer that is never sent."""


SILENCE = Silence()
Answer = Json | Silence | None


class SlackApp:
    """An app that is connected: what it gets waits in `got`, `answer` says what it acks with."""

    def __init__(self, url: str) -> None:
        # Nothing here speaks TLS; without a context of ours each client reads the machine's certificates for 25 ms.
        unused = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.web = WebClient("xoxb-sandbox", base_url=f"{url}/api/", ssl=unused)
        self.got: Queue[Json] = Queue()
        self.envelopes: list[SocketModeRequest] = []
        self.answer: Callable[[SocketModeRequest], Answer] = lambda _: None
        self._hello = threading.Event()
        self._client = SocketModeClient("xapp-sandbox", web_client=self.web)
        self._client.on_message_listeners.append(self._saw)
        self._client.socket_mode_request_listeners.append(self._take)
        # The reader looks for a connection ten times a second; started afterwards it finds one at its first look.
        self._client.current_session_runner.shutdown()  # type: ignore[no-untyped-call]  # slack_sdk's
        self._client.connect()
        assert self._client.current_session is not None
        assert self._client.current_session.sock is not None
        self._client.current_session.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._client.current_session_runner = IntervalRunner(self._client._run_current_session, 0.1).start()
        assert self._hello.wait(WAIT)

    def next(self) -> Json:
        """The next payload that arrives."""
        return self.got.get(timeout=WAIT)

    def answers(self, answer: Answer) -> None:
        self.answer = lambda _: answer

    def _saw(self, text: str) -> None:
        if json.loads(text).get("type") == "hello":
            self._hello.set()

    def _take(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        self.envelopes.append(request)
        self.got.put(request.payload)  # before the ack, so that it is here when the act is over
        answer = self.answer(request)
        if not isinstance(answer, Silence):
            client.send_socket_mode_response(SocketModeResponse(request.envelope_id, answer))

    def close(self) -> None:
        """End the client at once: its reader sits in recv() until the server says something."""
        self._client.auto_reconnect_enabled = False
        self._client.closed = True
        self._client.current_session_state.terminated = True  # or the reader goes back into recv() for 3 s
        self._client.message_queue.put("")
        session = self._client.current_session
        if session is not None:
            session.ping("over")
        self._client.close()


class Person:
    """Somebody at the page."""

    def __init__(self, url: str, user: str) -> None:
        self._url = url
        self.user = user

    def act(self, name: str, **body: Any) -> Json:
        done = self.try_to(name, **body)
        assert done["ok"], done
        return done

    def try_to(self, name: str, **body: Any) -> Json:
        done: Json = call(f"{self._url}/act/{name}", {"as": self.user, **body})
        return done

    def command(self, text: str, channel: str = "C0SUPPORT") -> Json:
        return self.act("command", channel=channel, text=text)

    @property
    def state(self) -> Json:
        now: Json = call(f"{self._url}/control/state?as={self.user}")
        return now

    def messages(self, channel: str = "C0SUPPORT") -> list[Json]:
        found: list[Json] = self.state["messages"][channel]
        return found

    @property
    def modal(self) -> Json:
        """The modal on top."""
        top: Json = self.state["modals"][-1]
        return top


def control(url: str, **body: Any) -> Json:
    done: Json = call(f"{url}/control/slack", body)
    assert done["ok"], done
    return done


def call(url: str, body: Json | None = None, headers: dict[str, str] | None = None) -> Any:
    """GET, or POST of JSON; the answer read as JSON."""
    return json.loads(fetch(url, body, headers)[1])


def fetch(url: str, body: Json | bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, str]:
    """The status and body, whatever the status; never through a proxy."""
    data = json.dumps(body).encode() if isinstance(body, dict) else body
    headers = {"Content-Type": "application/json", **(headers or {})}
    request = urllib.request.Request(url, data, headers)  # noqa: S310 - always the sandbox's own address
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=WAIT) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def until(url: str, user: str, condition: Callable[[Json], bool]) -> Json:
    """The first pushed state in which the condition holds: the page's own way of waiting."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{url}/events?as={user}", timeout=WAIT) as stream:
        for line in stream:
            if line.startswith(b"data: "):
                state: Json = json.loads(line[len("data: ") :])
                if condition(state):
                    return state
    raise AssertionError("the stream ended first")


def noted(state: Json, note: str) -> list[Json]:
    return [one for one in state["traffic"] if note in one["note"]]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def button(action_id: str = "go", **more: Any) -> Json:
    return {"type": "button", "text": plain("Go"), "action_id": action_id, **more}


def actions(*elements: Json, block_id: str = "row") -> Json:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def text_input(block_id: str = "note", action_id: str = "text", optional: bool = False, **more: Any) -> Json:
    element = {"type": "plain_text_input", "action_id": action_id, **more}
    label = plain("Note")
    return {"type": "input", "block_id": block_id, "label": label, "optional": optional, "element": element}


def option(value: str, text: str = "") -> Json:
    return {"text": plain(text or value), "value": value}


def modal(*blocks: Json, **more: Any) -> Json:
    submit = {"submit": plain("Send")} if any(b["type"] == "input" for b in blocks) else {}
    return {"type": "modal", "title": plain("Reset"), "blocks": list(blocks), **submit, **more}


def section(text: str = "Hello", **more: Any) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}
