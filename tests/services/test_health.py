"""What readiness and the doctor look at, on real databases and sockets."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from services.clock import SystemClock
from services.db.session import make_engine
from services.directory.presets import PRESETS
from services.directory.sql import SqlDirectory
from services.health import (
    Readiness,
    Vitals,
    database_clock,
    header_clock,
    own_database,
    people_table,
    sending,
    skew,
    twilio_clock,
)
from services.lookout import Check, Lookout, Probe, Status, ok
from services.model import Actor, Cause, Person
from tests.services.house import House, make_people

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NOWHERE = "postgresql://locksmith:oops-secret@127.0.0.1:1/none"
MAPPING = PRESETS["statstak"]


@dataclass(frozen=True)
class Off:
    """A clock that is wrong by so many seconds."""

    seconds: float

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.seconds)


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Engine]:
    engine = make_engine(f"sqlite:///{tmp_path / 'product.db'}")
    make_people(engine)
    yield engine
    engine.dispose()


def directory(engine: Engine) -> SqlDirectory:
    return SqlDirectory(engine, MAPPING, "US")


def change(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement))


# --- looking --------------------------------------------------------------------------------------


def test_looks_come_in_their_order_and_a_hanging_one_hides_none() -> None:
    release = threading.Event()

    def hang() -> Iterator[Check]:
        yield ok("first half", "fine")
        release.wait(30)

    probes = [
        Probe("slow", 0.3, hang),
        Probe("quick", 5, lambda: [ok("quick", "fine")]),
        Probe("broken", 5, lambda: [ok("", "")][1:2] or [ok(str(1 // 0), "oops-secret")]),
    ]
    checks = Lookout().look(probes)
    release.set()
    assert [(check.name, check.status) for check in checks] == [
        ("first half", Status.OK),
        ("slow", Status.FAILED),
        ("quick", Status.OK),
        ("broken", Status.FAILED),
    ]
    assert checks[1].found == "No answer within 0.3 s."
    assert checks[3].found == "The look itself broke (ZeroDivisionError)."


def test_what_hangs_is_not_started_again() -> None:
    release, started = threading.Event(), list[int]()

    def hang() -> list[Check]:
        started.append(1)
        release.wait(30)
        return []

    lookout, probe = Lookout(), Probe("slow", 0.02, hang)
    assert [lookout.look([probe])[0].failed for _ in range(3)] == [True] * 3
    assert len(started) == 1
    release.set()


# --- the own database -----------------------------------------------------------------------------


def test_own_database_migrated(tmp_path: Path, migrated_file: Path) -> None:
    engine = make_engine(f"sqlite:///{migrated_file}")
    assert own_database(engine).status is Status.OK
    engine.dispose()
    bare = make_engine(f"sqlite:///{tmp_path / 'bare.db'}")
    change(bare, "CREATE TABLE something (id INTEGER)")
    check = own_database(bare)
    assert (check.status, check.found) == (Status.FAILED, "Its tables are not of this version.")
    assert "python -m bot migrate" in check.mend
    bare.dispose()


def test_looking_does_not_wait_for_a_writer(migrated_file: Path) -> None:
    engine = make_engine(f"sqlite:///{migrated_file}", wait_ms=50)
    with engine.begin():
        assert own_database(engine).status is Status.OK
    engine.dispose()


def test_a_missing_file_is_said_and_not_made(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'none.db'}")
    assert own_database(engine).failed
    assert people_table(directory(engine), engine, MAPPING).failed
    assert not list(tmp_path.iterdir())


def test_nobody_listens() -> None:
    engine = make_engine(NOWHERE)
    check = own_database(engine)
    assert check.found == "Not reachable: nothing listens at that address."
    assert people_table(directory(engine), engine, MAPPING).failed
    assert database_clock("own database", engine, SystemClock()).failed


def test_own_database_on_postgresql(postgres: str, empty_postgres: str) -> None:
    full, empty = make_engine(postgres), make_engine(empty_postgres)
    assert own_database(full).status is Status.OK
    assert own_database(empty).failed
    full.dispose()
    empty.dispose()


# --- the directory --------------------------------------------------------------------------------


def test_a_table_that_fits(product: Engine) -> None:
    assert people_table(directory(product), product, MAPPING).status is Status.OK


@pytest.mark.parametrize(
    ("statement", "status", "found"),
    [
        ("ALTER TABLE people RENAME TO persons", Status.FAILED, "there is no table 'people'"),
        ("ALTER TABLE people DROP COLUMN session_version", Status.FAILED, "has no column session_version"),
        ("DELETE FROM people", Status.WARNING, "is empty"),
    ],
)
def test_a_table_that_does_not(product: Engine, statement: str, status: Status, found: str) -> None:
    change(product, statement)
    check = people_table(directory(product), product, MAPPING)
    assert check.status is status
    assert found in check.found
    assert check.mend


# --- clocks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "took", "grain", "status"),
    [
        (0.0, 0.1, 0.0, Status.OK),
        (2.0, 0.1, 0.0, Status.OK),
        (-2.0, 0.1, 0.0, Status.OK),
        (2.3, 0.1, 0.0, Status.FAILED),
        (-2.3, 0.1, 0.0, Status.FAILED),
        (-2.9, 0.1, 1.0, Status.OK),  # it may have been as late as -1.9
        (-3.2, 0.1, 1.0, Status.FAILED),
        (5.0, 4.0, 0.0, Status.OK),  # a slow answer may explain it
    ],
)
def test_only_what_cannot_be_explained_is_skew(told: float, took: float, grain: float, status: Status) -> None:
    check = skew(
        "Twilio",
        NOON + timedelta(seconds=told),
        NOON,
        NOON + timedelta(seconds=took),
        grain=timedelta(seconds=grain),
    )
    assert check.status is status


def test_skew_names_the_side() -> None:
    behind = header_clock("Twilio", "Mon, 23 Nov 2026 12:00:10 GMT", NOON, NOON)
    assert (behind.name, behind.found) == ("clock of Twilio", "This machine's clock is 10 s behind it.")
    ahead = header_clock("Twilio", "Mon, 23 Nov 2026 11:59:49 GMT", NOON, NOON)
    assert ahead.found == "This machine's clock is 10 s ahead of it."
    assert header_clock("Twilio", "soon", NOON, NOON).status is Status.SKIPPED


def test_a_databases_own_clock(empty_postgres: str, product: Engine) -> None:
    engine = make_engine(empty_postgres)
    assert database_clock("own database", engine, SystemClock()).status is Status.OK
    assert database_clock("own database", engine, Off(10)).failed
    assert "Same machine" in database_clock("directory", product, Off(10)).found
    engine.dispose()


def test_twilio_out_of_reach_is_no_reason_not_to_be_ready() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert twilio_clock(url, SystemClock(), 0.05).status is Status.WARNING
    assert twilio_clock(url, SystemClock(), 0.05).status is Status.WARNING


# --- whether texts go out -------------------------------------------------------------------------


def test_texts_that_do_not_go_out_are_a_warning_with_what_to_do(either: House) -> None:
    assert sending(either.database.engine).status is Status.OK
    either.circuit.outcome(Cause.CARRIER_CREDENTIALS)
    check = sending(either.database.engine)
    assert check.status is Status.WARNING
    assert check.found == "Texts do not go out since 2026-11-23 19:42 UTC: carrier credentials."
    assert "docs/operators.md" in check.mend
    either.approvals.pause(Actor("U0MAYA", "T0", "Maya Lindqvist"), None)
    check = sending(either.database.engine)
    assert check.status is Status.WARNING
    assert check.found == "Resets are paused by Maya Lindqvist since 2026-11-23 19:42 UTC."


def test_where_the_tables_are_not_there_yet_nothing_is_claimed(product: Engine) -> None:
    assert sending(product).status is Status.SKIPPED


# --- readiness ------------------------------------------------------------------------------------


class Hanging(SqlDirectory):
    """A product whose database takes its time."""

    release: threading.Event

    def by_keys(self, keys: Sequence[str]) -> dict[str, Person]:
        self.release.wait(30)
        return super().by_keys(keys)


def test_ready_answers_although_the_product_hangs(product: Engine, migrated_file: Path) -> None:
    own = make_engine(f"sqlite:///{migrated_file}")
    slow = Hanging(product, MAPPING, "US")
    slow.release = threading.Event()
    readiness = Readiness(Vitals(own, product, slow, MAPPING, SystemClock(), "http://127.0.0.1:1"), seconds=1.5)
    started = time.monotonic()
    checks = {check.name: check for check in readiness.ready()}
    assert time.monotonic() - started < 10
    slow.release.set()
    assert [name for name, check in checks.items() if check.failed] == ["directory"]
    assert list(checks) == [
        "own database",
        "sending",
        "search",
        "directory",
        "clock of own database",
        "clock of directory",
        "clock of Twilio",
    ]
    own.dispose()


def test_nothing_says_a_secret() -> None:
    engine = make_engine(NOWHERE)
    readiness = Readiness(
        Vitals(engine, engine, directory(engine), MAPPING, SystemClock(), "http://127.0.0.1:1"), seconds=5
    )
    assert "oops-secret" not in repr(readiness.ready())
    engine.dispose()
