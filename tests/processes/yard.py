"""Where Locksmith's processes run for a test: a stand-in for all that is outside, two databases, and the Procfile."""

from __future__ import annotations

import os
import secrets
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from sandbox.app import Running
from sandbox.app import start as start_sandbox
from sandbox.cast import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET
from sandbox.twilio.network import ACCOUNT, SENDER, TOKEN
from tests.processes.patience import eventually
from tests.processes.process import GRACE, ROOT, Process, procfile, run, start
from tests.processes.wire import get
from tests.scenario.people import Person
from tests.scenario.product import Visitor
from tests.scenario.story import PATIENCE
from tests.scenario.wire import Json, tell
from tests.scenario.wire import get as ask

Values = Mapping[str, object]


@dataclass(frozen=True)
class Stores:
    """Addresses of Locksmith's own database and of the product's."""

    own: str
    product: str


Maker = Callable[[str], Stores]


@dataclass
class Yard:
    stores: Stores
    folder: Path
    sandbox: Running
    environ: dict[str, str]
    processes: list[Process] = field(default_factory=list)
    webs: list[str] = field(default_factory=list)
    """Addresses of the web servers."""
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    # --- processes -------------------------------------------------------------------------------

    def start(self, name: str, command: str = "", **environ: str) -> Process:
        """A line of the Procfile, or another command."""
        label = f"{name}.{next(self._numbers)}"
        made = start(label, command or procfile()[name], {**self.environ, **environ}, self.folder)
        self.processes.append(made)
        return made

    def web(self, processes: int) -> str:
        """A started web server of so many processes; its address."""
        port = free_port()
        self.start("web", PORT=str(port), WEB_CONCURRENCY=str(processes))
        return f"http://127.0.0.1:{port}"

    def python(self, command: str, **environ: str) -> tuple[int, str]:
        """`python -m bot …` to its end: its status, and all that it said."""
        ended = run(f"{sys.executable} -m bot {command}", {**self.environ, **environ})
        return ended.returncode, ended.stdout + ended.stderr

    def named(self, name: str) -> list[Process]:
        return [one for one in self.processes if one.name.startswith(f"{name}.")]

    def end(self) -> None:
        """All of them, in order and in time."""
        ending, self.processes = self.processes, []
        try:
            for one in ending:
                one.popen.terminate()
            until = time.monotonic() + GRACE
            for one in ending:
                one.ends_well(max(0.1, until - time.monotonic()))
        finally:
            for one in ending:
                one.kill_all()

    # --- people, phones, the product -------------------------------------------------------------

    @property
    def url(self) -> str:
        return self.sandbox.url

    def person(self, name: str) -> Person:
        return Person(self.url, f"U0{name.upper()}")

    def slack_calls(self, url: str) -> None:
        """Slack sends its signed requests there."""
        tell(f"{self.url}/control/slack", {"request_url": f"{url}/slack/events"})

    def twilio(self, **fault: object) -> None:
        tell(f"{self.url}/control/twilio", fault)

    def pass_time(self, seconds: float) -> None:
        """For the stand-in, and for processes with a clock that can be moved."""
        tell(f"{self.url}/control/clock", {"advance": seconds})

    @property
    def texts(self) -> list[Json]:
        messages = ask(f"{self.url}/control/twilio/messages")["messages"]
        return [one for one in messages if one["direction"] == "outbound-api"]

    def texts_to(self, number: str) -> list[Json]:
        return [one for one in self.texts if one["to"] == number]

    def visit(self) -> Visitor:
        return Visitor(self.url)

    # --- databases -------------------------------------------------------------------------------

    def own(self, query: str, **values: object) -> list[Any]:
        return rows(self.stores.own, query, values)

    def product(self, query: str, **values: object) -> list[Any]:
        return rows(self.stores.product, query, values)

    def ordinary(self, number: int, skip: int = 0) -> list[tuple[str, str]]:
        """So many people whom anybody may reset without asking: key and e-mail."""
        rows = self.product(
            "SELECT id, email FROM people WHERE id > 27 AND active AND role = 'member' AND phone IS NOT NULL"
            " AND phone_changed_at IS NULL ORDER BY id LIMIT :number OFFSET :skip",
            number=number,
            skip=skip,
        )
        assert len(rows) == number, "the product has too few people"
        return [(str(row[0]), row[1]) for row in rows]

    def request_of(self, email: str) -> str:
        ((found,),) = self.own("SELECT id FROM locksmith_request WHERE person_email = :email", email=email)
        return str(found)

    def until_found(self) -> None:
        """Until the search knows everybody."""
        (people,) = self.product("SELECT count(*) FROM people")
        eventually("the search is filled", lambda: self.own("SELECT count(*) FROM locksmith_search") == [people])

    def assert_audit_unbroken(self) -> None:
        status, said = self.python("audit verify")
        assert (status, "unbroken" in said) == (0, True), said


@contextmanager
def open_yard(
    stores: Stores, folder: Path, *, http: bool, moved: bool = False, burst: float = 1000.0, **environ: str
) -> Iterator[Yard]:
    """Nothing runs in it yet. `moved`: its processes follow the stand-in's clock. `burst`: messages of a channel."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "locksmith.toml"
    example = (ROOT / "locksmith.example.toml").read_text(encoding="utf-8")
    config.write_text(example.replace("[approval]", "[approval]\nbusy_agent = 0\n", 1), encoding="utf-8")
    # One message a second and three seconds for an ack, as Slack has it, would make these stories long, and short on
    # a busy machine; those rules have their own tests.
    sandbox = start_sandbox(
        product=stores.product,
        data=folder / "sandbox",
        manifest=ROOT / "manifest.yml",
        ack_seconds=PATIENCE,
        burst=burst,
    )
    values = _environ(stores, sandbox.url, config, http=http)
    if moved:
        values["LOCKSMITH_TEST_CLOCK"] = str(folder / "sandbox" / "clock")
        values["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(Path(__file__).parent / "clock")])
    yard = Yard(stores, folder, sandbox, {**values, **environ})
    try:
        yield yard
        yard.end()
    finally:
        for one in yard.processes:
            one.kill_all()
        sandbox.close()


def free_port() -> int:
    """Of those that the system hands to nobody by itself, so that it is still free when a process takes it."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def ready(url: str) -> bool:
    return get(f"{url}/readyz")[0] == 200


def until_ready(*urls: str) -> None:
    for url in urls:
        eventually(f"{url} is ready", lambda url=url: ready(url))  # type: ignore[misc]


def _environ(stores: Stores, url: str, config: Path, *, http: bool) -> dict[str, str]:
    """A clean one: nothing of the machine but where programs are."""
    wire = {"SLACK_SIGNING_SECRET": SIGNING_SECRET} if http else {"SLACK_APP_TOKEN": APP_TOKEN}
    return {
        **wire,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_API_URL": f"{url}/api/",
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_FROM": SENDER,
        "TWILIO_API_URL": url,
        "DATABASE_URL": stores.own,
        "DIRECTORY_URL": stores.product,
        "SECRET_KEY": secrets.token_hex(32),
        "LOG_LEVEL": "INFO",
        "LOCKSMITH_CONFIG": str(config),
    }


def rows(url: str, query: str, values: Values = MappingProxyType({}), *, outside: bool = False) -> list[Any]:
    """What a query finds; `outside` of a transaction, for what PostgreSQL does not do in one."""
    engine = create_engine(url, poolclass=NullPool, **({"isolation_level": "AUTOCOMMIT"} if outside else {}))
    with engine.begin() as connection:
        found = connection.execute(text(query), dict(values))
        return [tuple(row) for row in found] if found.returns_rows else []
