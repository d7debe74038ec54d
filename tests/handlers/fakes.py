"""Stand-ins for what the Slack edge touches: Slack itself over HTTP, and the two facades of services."""

from __future__ import annotations

import json
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from services.errors import NotAllowed
from services.model import (
    Actor,
    Again,
    Answers,
    Cause,
    Channel,
    Form,
    Found,
    Halt,
    HistoryLine,
    Request,
    Row,
    State,
    TeamReport,
    Vote,
)
from tests.contract.cases import HISTORY, JANE, NOW, REPORT, REQUEST, SAM, WAITING, forms, in_state

Json = dict[str, Any]


class HandClock:
    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def advance(self, **delta: float) -> None:
        self.at += timedelta(**delta)


@dataclass(frozen=True)
class Call:
    """`what` is a Web API method, or `response` for a response_url."""

    what: str
    body: Json = field(repr=False)


@dataclass(frozen=True)
class Reply:
    body: Json | str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class FakeSlack:
    """Answers `{"ok": true}` and what a test put into `answers`, in order; keeps all that it was asked."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.answers: defaultdict[str, deque[Reply]] = defaultdict(deque)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self._answer))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @property
    def api(self) -> str:
        return f"{self.url}/api/"

    @property
    def reply_url(self) -> str:
        return f"{self.url}/response"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def will(self, what: str, body: Json | str, status: int = 200, **headers: str) -> None:
        self.answers[what].append(Reply(body, status, headers))

    def fails(self, what: str, error: str, status: int = 200) -> None:
        self.will(what, {"ok": False, "error": error}, status)

    def asked(self, what: str) -> list[Json]:
        return [call.body for call in self.calls if call.what == what]

    def _answer(self, path: str, body: Json) -> Reply:
        what = path.rpartition("/")[2]
        self.calls.append(Call(what, body))
        if self.answers[what]:
            return self.answers[what].popleft()
        return Reply({"ok": True, "ts": f"{len(self.calls)}.0001", "channel": body.get("channel", "")})


def _handler(answer: Callable[[str, Json], Reply]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            reply = answer(self.path, _read(raw, self.headers.get("Content-Type", "")))
            said = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(said.encode())))
            self.end_headers()
            self.wfile.write(said.encode())

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Handler


def _read(raw: str, kind: str) -> Json:
    if kind.startswith("application/json"):
        return dict(json.loads(raw or "{}"))
    body: Json = {name: values[0] for name, values in parse_qs(raw).items()}
    return {name: json.loads(value) if name in ("view", "blocks") else value for name, value in body.items()}


class FakeStaff:
    """Agents, or managers."""

    def __init__(self, *actors: Actor) -> None:
        self.agents = {actor.id: actor for actor in actors}

    def agent(self, user_id: str, workspace: str) -> Actor:
        if user_id not in self.agents or workspace != SAM.workspace:
            raise NotAllowed("group")
        return self.agents[user_id]

    def members(self) -> frozenset[str]:
        return frozenset(self.agents)


class FakeApprovals:
    """`raises` is raised by whatever is asked next."""

    def __init__(self) -> None:
        self.raises: Exception | None = None
        self.done: list[tuple[object, ...]] = []
        self.request = WAITING
        self.told: tuple[Vote, ...] = ()
        self.waits: tuple[Request, ...] = (WAITING,)
        self.changes = True

    def approve(self, manager: Actor, request_id: str) -> Request:
        self._do("approve", manager, request_id)
        return replace(self.request, id=request_id)

    def decline(self, manager: Actor, request_id: str, why: str) -> Request:
        self._do("decline", manager, request_id, why)
        return replace(in_state(State.DECLINED), id=request_id, decided_by=manager.name, decided_why=why)

    def cancel(self, agent: Actor, request_id: str) -> Request:
        self._do("cancel", agent, request_id)
        return replace(in_state(State.CANCELLED), id=request_id)

    def ask(self, manager: Actor, request_id: str, question: str) -> None:
        self._do("ask", manager, request_id, question)

    def question(self, agent: Actor, remark_id: int) -> str:
        self._do("question", agent, remark_id)
        return "Why does she need it today?"

    def answer(self, agent: Actor, remark_id: int, text: str) -> None:
        self._do("answer", agent, remark_id, text)

    def waiting(self, manager: Actor) -> tuple[Request, ...]:
        self._do("waiting", manager)
        return self.waits

    def votes(self, request_id: str) -> tuple[Vote, ...]:  # noqa: ARG002
        return self.told

    def lockdown(self, manager: Actor, on: bool) -> bool:
        self._do("lockdown", manager, on)
        return self.changes

    def pause(self, manager: Actor, minutes: int | None) -> Halt:
        self._do("pause", manager, minutes)
        until = NOW + timedelta(minutes=minutes) if minutes else None
        return Halt(Cause.PAUSED, NOW, manager.name, until)

    def resume(self, manager: Actor) -> bool:
        self._do("resume", manager)
        return self.changes

    def team(self, actor: Actor) -> TeamReport:
        self._do("team", actor)
        return REPORT

    def _do(self, what: str, actor: Actor, *given: object) -> None:
        if self.raises is not None:
            raise self.raises
        self.done.append((what, actor.id, *given))


class FakeUndo:
    """`raises` is raised by whatever is asked next; `theirs`: only a manager may."""

    def __init__(self) -> None:
        self.raises: Exception | None = None
        self.theirs = False
        self.done: list[tuple[str, str, str, bool]] = []
        self.request = in_state(State.REVOKED)

    def withdraw(self, actor: Actor, request_id: str, *, manager: bool = False) -> Request:
        return self._do("withdraw", actor, request_id, manager)

    def close(self, actor: Actor, request_id: str, *, manager: bool = False) -> Request:
        return self._do("close", actor, request_id, manager)

    def _do(self, what: str, actor: Actor, request_id: str, manager: bool) -> Request:
        if self.raises is not None:
            raise self.raises
        if self.theirs and not manager:
            raise NotAllowed("not theirs")
        self.done.append((what, actor.id, request_id, manager))
        return replace(self.request, id=request_id, ended_by=actor.name)


class FakeCheckIns:
    def said_in(self, agent: Actor, request_id: str) -> Request:  # noqa: ARG002
        return in_state(State.SENT)

    def resolve(self, actor: Actor, request_id: str) -> Request:  # noqa: ARG002
        return in_state(State.UNDELIVERED)


class FakeFinder:
    """`raises` is raised by whatever is asked next."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []
        self.rows: tuple[Row, ...] = (Row(JANE),)
        self.raises: Exception | None = None

    def find(self, actor: Actor, query: str, offset: int = 0) -> Found:  # noqa: ARG002
        self._maybe_raise()
        self.asked.append((query, offset))
        return Found(query, self.rows, len(self.rows), offset)

    def row(self, actor: Actor, person_key: str) -> Row:  # noqa: ARG002
        self._maybe_raise()
        return next(row for row in self.rows if row.person.key == person_key)

    def _maybe_raise(self) -> None:
        if self.raises is not None:
            raise self.raises


class FakeResets:
    def __init__(self, form: Form) -> None:
        self.made = form
        self.raises: Exception | None = None
        self.forms: list[tuple[str, str, str]] = []
        self.submitted: list[tuple[str, Answers, str]] = []
        self.closed: list[tuple[str, str]] = []
        self.refusals: list[tuple[str, str, str]] = []
        self.request = in_state(State.SENDING)

    def form(self, actor: Actor, person_key: str, *, reply_url: str, channel: str) -> Form:  # noqa: ARG002
        self._maybe_raise()
        self.forms.append((person_key, reply_url, channel))
        return self.made

    def submit(self, actor: Actor, draft_id: str, answers: Answers, *, modal_id: str) -> Request:  # noqa: ARG002
        self.submitted.append((draft_id, answers, modal_id))
        self._maybe_raise()
        return self.request

    def form_again(self, actor: Actor, request_id: str, by: Channel | None = None) -> Form:  # noqa: ARG002
        self._maybe_raise()
        self.forms.append((request_id, "", ""))
        return replace(self.made, again=Again("R-7F3K", "forgot", "ZD-123", voids=True))

    def form_unlock(self, actor: Actor, draft_id: str) -> Form:  # noqa: ARG002
        self._maybe_raise()
        self.forms.append((draft_id, "", ""))
        return replace(self.made, channels=(Channel.UNLOCK,))

    def show(self, actor: Actor, request_id: str) -> Request:  # noqa: ARG002
        return replace(self.request, id=request_id)

    def status(self, actor: Actor, reference: str) -> tuple[Request, tuple[HistoryLine, ...]]:  # noqa: ARG002
        self._maybe_raise()
        return replace(self.request, reference=reference), HISTORY

    def mine(self, actor: Actor) -> tuple[Request, ...]:  # noqa: ARG002
        return (REQUEST,)

    def modal_closed(self, request_id: str, modal_id: str) -> None:
        self.closed.append((request_id, modal_id))

    def refused(self, user_id: str, workspace: str, what: str) -> None:
        self.refusals.append((user_id, workspace, what))

    def _maybe_raise(self) -> None:
        if self.raises is not None:
            raise self.raises


DRAFT = "d" * 32


def make_form() -> Form:
    return replace(next(forms()), draft_id=DRAFT)
