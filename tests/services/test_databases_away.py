"""Databases that are away, locked, read-only or silent: no answer waits for them, and nothing is left half done."""

from __future__ import annotations

import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from select import select as ready
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from services.db import session as sessions
from services.db.session import Database, make_engine
from services.db.tables import RequestRow
from services.directory.presets import PRESETS
from services.directory.prompt import MOST, Prompt
from services.directory.sql import SqlDirectory
from services.errors import (
    CommitUnanswered,
    DatabaseUnreachable,
    DirectoryRefused,
    DirectoryUnreachable,
)
from services.model import Abilities, Answers, Cause, Person, Phone, State
from tests.conftest import POSTGRES
from tests.services.house import GOOD, SAM, START, House, make_people
from tests.services.test_hard_cases import COMPROMISED
from tests.services.test_reset import old_password_is_back

SHORT = 0.2
LIMIT = 10.0
JANE = Person("1", "Jane", "Doe", "jane.doe@acme.example", Phone())
MAPPING = PRESETS["statstak"]


# --- a server that takes connections and says nothing ---------------------------------------------


class Mute:
    """Stands before PostgreSQL and passes everything on, until it is told to keep it to itself."""

    def __init__(self, url: str) -> None:
        self._real = make_url(url)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._ended, self.silent = threading.Event(), threading.Event()
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        host, port = self._listening.getsockname()
        there = self._real.set(host=host, port=port, query={})
        return there.render_as_string(hide_password=False)

    def close(self) -> None:
        self._ended.set()
        for one in (self._listening, *self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                here, _ = self._listening.accept()
            except OSError:
                return
            self._open.append(here)
            if not self.silent.is_set():
                there = self._connect()
                self._open.append(there)
                threading.Thread(target=self._pass_on, args=(here, there), daemon=True).start()

    def _connect(self) -> socket.socket:
        host = self._real.query.get("host", self._real.host) or "127.0.0.1"
        port = self._real.port or 5432
        if str(host).startswith("/"):
            there = socket.socket(socket.AF_UNIX)
            there.connect(f"{host}/.s.PGSQL.{port}")
            return there
        return socket.create_connection((str(host), port))

    def _pass_on(self, here: socket.socket, there: socket.socket) -> None:
        with suppress(OSError):
            while not self._ended.is_set():
                for one in ready([here, there], [], [], SHORT)[0]:
                    data = one.recv(65536)
                    if self.silent.is_set():
                        continue
                    if not data:
                        return
                    (there if one is here else here).sendall(data)


@pytest.fixture
def mute(postgres: str) -> Iterator[Mute]:
    made = Mute(postgres)
    yield made
    made.close()


@pytest.fixture
def engine(mute: Mute, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setattr(sessions, "GRACE", SHORT)
    made = make_engine(mute.url, wait_ms=100)
    yield made
    made.dispose()


def test_a_silent_server_is_given_up_and_its_connection_with_it(mute: Mute, engine: Engine) -> None:
    """libpq waits without end: keepalives are answered by the machine, whose database hangs."""
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
        mute.silent.set()
        with pytest.raises(OperationalError, match="no answer in time") as told:
            connection.execute(text("SELECT 1"))
        assert told.value.connection_invalidated
    mute.silent.clear()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1


def test_our_own_words_for_it(mute: Mute, engine: Engine) -> None:
    database = Database(engine)
    with database.read():
        pass
    mute.silent.set()
    with pytest.raises(DatabaseUnreachable), database.read() as session:
        session.execute(text("SELECT 1"))
    mute.silent.clear()
    with database.read() as session:
        assert session.scalar(text("SELECT 1")) == 1
    database.close()


def test_nobody_waits_long_for_a_lock(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "LOCKED_MS", 100)
    database, other = Database(make_engine(postgres)), make_engine(postgres)
    with other.connect() as holder:
        holder.execute(text("LOCK TABLE locksmith_audit_head"))
        with pytest.raises(DatabaseUnreachable), database.write() as session:
            session.execute(text("UPDATE locksmith_audit_head SET seq = seq"))
    with database.write() as session:
        session.execute(text("UPDATE locksmith_audit_head SET seq = seq"))
    database.close()
    other.dispose()


def test_who_falls_asleep_in_a_transaction_loses_it(postgres: str) -> None:
    """Or the row it had locked, the product's own among them, would be locked until somebody finds the process."""
    engine = make_engine(postgres)
    with engine.connect() as connection:
        limit = connection.execute(text("SHOW idle_in_transaction_session_timeout")).scalar()
    engine.dispose()
    assert limit == "30s"


# --- a commit without an answer -------------------------------------------------------------------


def test_a_commit_without_an_answer_is_not_known(mute: Mute, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    database, commit = Database(engine), Session.commit

    def cut(session: Session) -> None:
        mute.silent.set()
        commit(session)

    monkeypatch.setattr(Session, "commit", cut)
    with pytest.raises(CommitUnanswered), database.write() as session:
        session.execute(text("UPDATE locksmith_audit_head SET seq = seq"))
    monkeypatch.undo()
    database.close()


def test_what_fails_before_the_commit_is_known_to_be_undone(either: House) -> None:
    request = either.reset()

    def away(*_: Any) -> None:
        raise OperationalError("", {}, Exception())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Session, "flush", away)
        with pytest.raises(DatabaseUnreachable) as told, either.database.write() as session:
            session.get_one(RequestRow, request.id).person_name = "somebody else"
    assert type(told.value) is DatabaseUnreachable
    assert either.resets.show(SAM, request.id).person_name == "Jane Doe"


def test_a_form_whose_commit_counted_all_the_same_is_sent_once(
    either: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The agent reads that it is not known; the job finds it, and the same form again shows what became of it."""
    form = either.resets.form(SAM, "1", reply_url="", channel="C1")
    commit = Session.commit

    def lost(session: Session) -> None:
        commit(session)
        raise OperationalError("", {}, Exception())

    with monkeypatch.context() as patch:
        patch.setattr(Session, "commit", lost)
        with pytest.raises(CommitUnanswered):
            either.resets.submit(SAM, form.draft_id, GOOD, modal_id="V1")
    assert either.carrier.posts == []
    either.sender.pick_up()
    assert len(either.carrier.posts) == 1


# --- SQLite, locked by another program ------------------------------------------------------------


def test_a_locked_file_is_told_in_time_and_is_no_harm(house: House, folder: Path) -> None:
    with closing(sqlite3.connect(folder / "locksmith.db", isolation_level=None)) as other:
        with house.database.engine.connect() as connection:
            waits = connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one()
        assert waits <= sessions.LOCKED_MS
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseUnreachable):
            house.resets.form(SAM, "1", reply_url="", channel="C1")
        other.execute("ROLLBACK")
    assert house.reset().state is State.SENT


def test_locked_just_before_the_post_nothing_is_posted(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The post is counted first, and where it cannot be it does not happen; a minute later that is told."""
    count = house.poster._count

    def locked(_request_id: str) -> RequestRow:
        monkeypatch.setattr(house.poster, "_count", count)
        raise DatabaseUnreachable

    monkeypatch.setattr(house.poster, "_count", locked)
    request = house.reset()
    assert (request.state, house.carrier.tries) == (State.SENDING, 0)
    house.look(after=61)
    ended = house.resets.show(SAM, request.id)
    assert (ended.state, ended.cause, house.carrier.tries) == (State.FAILED, Cause.INTERRUPTED, 0)
    house.look(after=20)
    assert old_password_is_back(house)


def test_locked_just_after_the_post_the_text_is_found_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    accepted = house.sender.accepted

    def locked(*_: Any) -> None:
        monkeypatch.setattr(house.sender, "accepted", accepted)
        raise DatabaseUnreachable

    monkeypatch.setattr(house.sender, "accepted", locked)
    request = house.reset()
    assert request.state is State.SENDING
    house.look(after=61)
    assert house.resets.show(SAM, request.id).state in (State.SENT, State.DELIVERED)
    assert house.carrier.tries == 1


# --- the product: away before an answer -----------------------------------------------------------


class Slow:
    """People whom nobody can read until `go`; how many read at once is counted."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.reading = 0
        self.fault: Exception | None = None

    @property
    def abilities(self) -> Abilities:
        self._wait()
        return Abilities(True, True, True, True, True)

    def by_keys(self, keys: Sequence[str]) -> dict[str, Person]:
        self._wait()
        return dict.fromkeys(keys, JANE)

    def by_email(self, email: str) -> list[Person]:  # noqa: ARG002
        self._wait()
        return [JANE]

    def _wait(self) -> None:
        self.reading += 1
        assert self.go.wait(LIMIT)
        self.reading -= 1
        if self.fault is not None:
            raise self.fault


@pytest.fixture
def slow() -> Iterator[Slow]:
    made = Slow()
    yield made
    made.go.set()


READS: dict[str, Callable[[Prompt], object]] = {
    "by key": lambda prompt: prompt.by_keys(["1"]),
    "by address": lambda prompt: prompt.by_email("jane.doe@acme.example"),
    "abilities": lambda prompt: prompt.abilities,
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_an_answer_does_not_wait_for_the_product(slow: Slow, read: Callable[[Prompt], object]) -> None:
    prompt = Prompt(slow, seconds=SHORT)
    with pytest.raises(DirectoryUnreachable):
        read(prompt)
    slow.go.set()
    assert read(prompt)


def test_only_so_many_are_left_behind(slow: Slow) -> None:
    prompt = Prompt(slow, seconds=0.01, most=3)
    for _ in range(10):
        with pytest.raises(DirectoryUnreachable):
            prompt.by_keys(["1"])
    assert slow.reading == 3
    slow.go.set()
    assert Prompt(slow).by_keys(["1"]) == {"1": JANE}
    assert MOST == 10


def test_what_it_says_is_passed_on_as_it_is(slow: Slow) -> None:
    slow.go.set()
    slow.fault = DirectoryRefused("a column is missing")
    with pytest.raises(DirectoryRefused, match="a column is missing"):
        Prompt(slow).by_keys(["1"])


def test_what_the_answer_can_do_without_is_not_waited_for(slow: Slow) -> None:
    Prompt(slow, seconds=SHORT).try_to(lambda: slow.abilities)


def test_whom_a_copy_finds_is_read_again_live(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    slow.go.set()
    monkeypatch.setattr(slow, "by_keys", lambda _keys: {})
    assert Prompt(slow).by_email("jane.doe@acme.example") == []


# --- the product: read-only -----------------------------------------------------------------------


@pytest.fixture(params=["sqlite", "postgresql"])
def product(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Engine, Callable[[bool], None]]]:
    """A product's database, and what makes it read-only as a fail-over does: for every connection opened then."""
    if request.param == "postgresql":
        url = request.getfixturevalue("empty_postgres")
        _people_in(url)
        name = make_url(url).database
        admin = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
        engine = make_engine(url, wait_ms=1000)

        def switch(on: bool) -> None:
            with admin.connect() as connection:
                connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = {on}"))

        yield engine, switch
        admin.dispose()
    else:
        file = tmp_path / "product.db"
        writable = make_engine(f"sqlite:///{file}")
        make_people(writable)
        writable.dispose()
        engine = make_engine(f"sqlite:///file:{file}?mode=ro&uri=true")
        yield engine, lambda _on: None
    engine.dispose()


def _people_in(url: str) -> None:
    engine = make_engine(url)
    with engine.begin() as connection:
        connection.execute(text(
            "CREATE TABLE people (id int PRIMARY KEY, first_name text, last_name text, email text, phone text,"
            " phone_changed_at timestamptz, role text, active boolean, password_hash text,"
            " temporary_password_hash text, temporary_password_expires_at timestamptz,"
            " temporary_password_used_at timestamptz, must_change_password boolean NOT NULL DEFAULT false,"
            " session_version int NOT NULL DEFAULT 1, last_sign_in_at timestamptz)"
        ))  # fmt: skip
        connection.execute(text(
            "INSERT INTO people (id, first_name, email, phone, active, password_hash)"
            " VALUES (1, 'Jane', 'jane.doe@acme.example', '+1 202-555-0142', true, 'old-hash-1')"
        ))  # fmt: skip
    engine.dispose()


def rehearsed(directory: SqlDirectory) -> None:
    present = directory.credentials("1")
    assert present is not None
    directory.rehearse("1", present.image, directory.temporary("$argon2id$", START))


def test_a_product_that_can_only_be_read_says_so_before_anything_is_written(
    product: tuple[Engine, Callable[[bool], None]],
) -> None:
    engine, switch = product
    switch(True)
    directory = SqlDirectory(engine, MAPPING, "US")
    assert directory.by_keys(["1"])["1"].first_name == "Jane"
    with pytest.raises(DirectoryRefused, match="it may only be read"):
        rehearsed(directory)


@pytest.mark.parametrize("product", ["postgresql"], indirect=True)
def test_after_the_fail_over_it_is_written_again_by_itself(
    product: tuple[Engine, Callable[[bool], None]],
) -> None:
    """A connection that was opened meanwhile stays read-only for as long as it is kept."""
    engine, switch = product
    switch(True)
    directory = SqlDirectory(engine, MAPPING, "US")
    with pytest.raises(DirectoryRefused):
        rehearsed(directory)
    switch(False)
    rehearsed(directory)


@pytest.mark.parametrize("answers", [GOOD, COMPROMISED], ids=["forgot", "compromised"])
def test_a_reset_in_a_read_only_product_ends_unsent_and_unchanged(
    house: House, monkeypatch: pytest.MonkeyPatch, answers: Answers
) -> None:
    read_only = SqlDirectory(
        make_engine(f"sqlite:///file:{_file(house)}?mode=ro&uri=true"), house.directory.shape.mapping, "US"
    )
    for verb in ("close", "swap", "rehearse"):
        monkeypatch.setattr(house.directory, verb, getattr(read_only, verb))
    request = house.reset(answers=answers)
    assert (request.state, request.cause) == (State.EXPIRED, Cause.DIRECTORY_REFUSED)
    assert request.old_password_works
    assert house.carrier.tries == 0
    assert old_password_is_back(house)
    assert house.audit.verify().broken_at is None
    read_only._engine.dispose()


def _file(house: House) -> str:
    return str(house.engine.url.database)
