"""What an operator types after a change of keys and after a restore, and what they read."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import pytest
import structlog
from click.testing import CliRunner, Result
from sqlalchemy import select

from bot import demo_data, keys, log
from bot.__main__ import cli
from bot.doctor import restored
from services.audit import Audit
from services.clock import SystemClock
from services.db.session import Database, make_engine
from services.db.tables import AuditRow, LeaseRow, RequestRow, SwitchRow
from services.errors import DatabaseUnreachable
from services.keys import Holding, Place, Sealed
from services.model import Cause, State
from services.restore import Opens, Outcome, Restore
from services.seals import Seals, key_id
from tests.bot.test_settings import GOOD

ROOT = Path(__file__).resolve().parents[2]
OLD, NEW = "k" * 32, "n" * 32
OLD_ID, NEW_ID = key_id(OLD).hex(), key_id(NEW).hex()
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def filled_product(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("product") / "product.db"
    demo_data.make(f"sqlite:///{file}", 50, now=datetime.now(UTC))
    return file


@pytest.fixture
def database(tmp_path: Path, migrated_file: Path) -> Iterator[Database]:
    shutil.copy(migrated_file, tmp_path / "locksmith.db")
    opened = Database(make_engine(f"sqlite:///{tmp_path / 'locksmith.db'}"))
    yield opened
    opened.close()


@pytest.fixture
def run(tmp_path: Path, filled_product: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setattr(log, "configure", lambda _level: None)  # it would take pytest's handlers away
    assert database.engine.url.database
    environ = {
        **GOOD,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'locksmith.db'}",
        "DIRECTORY_URL": f"sqlite:///{filled_product}",
        "LOCKSMITH_CONFIG": str(ROOT / "locksmith.example.toml"),
    }

    def invoke(*arguments: str, answer: str = "", **changes: str) -> Result:
        result = CliRunner().invoke(cli, arguments, input=answer, env={**environ, **changes})
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        assert OLD not in result.output
        assert NEW not in result.output
        return result

    yield invoke
    structlog.reset_defaults()


def request_row(seals: Seals, state: State, **more: Any) -> RequestRow:
    now = SystemClock().now()
    values = {
        "id": "1" * 32, "reference": "R-7F3K", "state": state, "person_key": "1", "person_name": "Jane Doe",
        "person_email": "j@x.example", "person_role": "", "phone_tail": "", "fingerprint": seals.fingerprint("x"),
        "agent_id": "U0SAM", "workspace": "T0", "agent_name": "Sam Okafor", "agent_zone": "UTC",
        "reason_text": "", "compromised": False, "check_text": "", "created_at": now, "send_by": now,
        "decide_by": now + timedelta(minutes=30),
    }  # fmt: skip
    return RequestRow(**values | more)


def sealed_row(seals: Seals) -> RequestRow:
    row = request_row(seals, State.SENT, sending_at=SystemClock().now())
    image = json.dumps(["old-hash", [], "old-hash"])
    row.base_sealed = seals.seal(image, row.id, row.person_key, "base")
    row.new_sealed = seals.seal(image, row.id, row.person_key, "new")
    return row


# --- keys -----------------------------------------------------------------------------------------


def test_what_hangs_on_each_key_and_what_may_go(run: Run, database: Database) -> None:
    old = Seals([OLD])
    Audit(database, old, SystemClock()).record("people:searched")
    with database.write() as session:
        session.add(request_row(old, State.AWAITING_APPROVAL))
    told = run("keys", SECRET_KEY=OLD)
    assert (told.exit_code, told.output.splitlines()) == (0, [
        f"{OLD_ID}  first in SECRET_KEY",
        "          1 open requests, 1 audit events, the end of the audit",
        "          Keep it.",
    ])  # fmt: skip

    told = run("keys", SECRET_KEY=f"{NEW}, {OLD}")
    assert told.exit_code == 0
    assert told.output.startswith(f"{NEW_ID}  first in SECRET_KEY\n          nothing\n          Keep it.\n{OLD_ID}")
    assert "Keep it there: the last seal or open request ends by " in told.output
    assert "; the end of the audit is written anew with the next event" in told.output

    told = run("keys", SECRET_KEY=NEW, RETIRED_KEYS=OLD)
    assert (told.exit_code, "Too early: put it back into SECRET_KEY" in told.output) == (1, True)

    with database.write() as session:
        session.get_one(RequestRow, "1" * 32).state = State.DECLINED
    Audit(database, Seals([NEW, OLD]), SystemClock()).record("people:searched")
    told = run("keys", SECRET_KEY=f"{NEW},{OLD}")
    assert "It may go from SECRET_KEY into RETIRED_KEYS, which only checks the audit." in told.output
    told = run("keys", SECRET_KEY=NEW, RETIRED_KEYS=OLD)
    assert (told.exit_code, "Keep it there for as long as `audit verify`" in told.output) == (0, True)
    assert "2 events, unbroken" in run("audit", "verify", SECRET_KEY=NEW, RETIRED_KEYS=OLD).output

    told = run("audit", "verify", SECRET_KEY=NEW)
    assert told.exit_code == 1
    assert f"The key of event 1 ({OLD_ID}) is in neither SECRET_KEY nor RETIRED_KEYS." in told.output
    told = run("keys", SECRET_KEY=NEW)
    assert (told.exit_code, "Put it into RETIRED_KEYS" in told.output) == (1, True)


def test_a_lost_key_is_named_with_what_it_holds_and_given_up_only_after_a_yes(run: Run, database: Database) -> None:
    with database.write() as session:
        session.add(sealed_row(Seals([OLD])))
    told = run("keys", SECRET_KEY=NEW)
    assert told.exit_code == 1
    assert f"{OLD_ID}  NOT THERE\n          2 seals" in told.output
    assert "Put it back into SECRET_KEY, for R-7F3K. Lost for good: `python -m bot keys --give-up`." in told.output

    assert run("keys", "--give-up", answer="n\n", SECRET_KEY=NEW).exit_code == 1
    assert run("keys", SECRET_KEY=NEW).exit_code == 1
    told = run("keys", "--give-up", answer="y\n", SECRET_KEY=NEW)
    assert told.exit_code == 0
    assert "R-7F3K, asked for by Sam Okafor: the product keeps what it holds." in told.output
    assert run("keys", SECRET_KEY=NEW).exit_code == 0
    with database.read() as session:
        (event,) = session.scalars(select(AuditRow).where(AuditRow.event == "seals:given_up"))
    assert event.actor_name == keys.operator().name


@pytest.mark.parametrize("place", list(Place))
@pytest.mark.parametrize("holds", [{}, {"events": 3}, {"holds_end": True}, {"fingerprints": {"contacts": 9}}])
def test_there_is_advice_for_every_case(place: Place, holds: dict[str, Any]) -> None:
    said = keys.advice(Holding("00000000", place, **holds))
    assert said.endswith(".")
    assert ("It may go." in said) == (not holds and place not in (Place.NEWEST, Place.GONE))


def test_only_the_first_few_are_named() -> None:
    many = [Sealed(f"R-{number}", b"", ("", "", ""), None) for number in range(9)]
    assert keys.whose(many) == "R-0, R-1, R-2, R-3, R-4 and 4 more"


# --- after a restore ------------------------------------------------------------------------------


def test_what_was_open_is_settled_and_told(run: Run, database: Database) -> None:
    seals = Seals([OLD])
    Audit(database, seals, SystemClock()).record("people:searched")
    with database.write() as session:
        session.add(request_row(seals, State.AWAITING_APPROVAL, person_key="2"))
        session.add(SwitchRow(name="lockdown", on=True, by_name="Maya", at=SystemClock().now()))
    told = run("doctor", "--after-restore", SECRET_KEY=OLD)
    assert told.exit_code == 0, told.output
    said = " ".join(told.output.split())
    assert "ok restore Done; 1 open resets. Start Locksmith now." in said
    assert "is unknown here: nobody will take those passwords back." in said
    assert "Managers had switched on the lockdown by then." in said
    assert "warning R-7F3K The password from before opens the account" in said
    assert "Tell Sam Okafor: ask the person" in said
    with database.read() as session:
        assert session.get_one(RequestRow, "1" * 32).state == State.EXPIRED
        events = session.execute(select(AuditRow.event, AuditRow.actor_name).order_by(AuditRow.seq)).all()
    assert [event for event, _ in events] == [
        "people:searched", "database:restored", "request:expired", "database:settled",
    ]  # fmt: skip
    assert events[1][1] == keys.operator().name


def test_for_machines_and_not_while_a_process_runs(run: Run, database: Database) -> None:
    with database.write() as session:
        until = SystemClock().now() + timedelta(minutes=1)
        session.add(LeaseRow(name="search", owner="host:1", until=until))
    told = run("doctor", "--after-restore", "--json")
    said = json.loads(told.output)
    assert (told.exit_code, said["ok"]) == (1, False)
    assert "A process works on this database (host:1)" in said["checks"][0]["found"]
    with database.read() as session:
        assert session.get(SwitchRow, "restore") is None


def test_only_with_settings_that_are_right(run: Run, database: Database) -> None:
    told = run("doctor", "--after-restore", SLACK_BOT_TOKEN="")
    assert told.exit_code == 2
    assert "SLACK_BOT_TOKEN is missing" in told.output
    with database.read() as session:
        assert session.get(SwitchRow, "restore") is None


def test_what_could_not_be_settled_holds_it_up(run: Run, database: Database) -> None:
    with database.write() as session:
        session.add(sealed_row(Seals([OLD])))
    told = run("doctor", "--after-restore", SECRET_KEY=NEW)
    assert told.exit_code == 1
    assert "Not all is settled yet; nothing is sent until it is." in told.output
    assert "Not settled: seal broken." in told.output
    told = run("doctor", "--after-restore", SECRET_KEY=f"{NEW},{OLD}")
    assert told.exit_code == 0


def test_a_database_that_is_not_there_or_of_another_version(run: Run, database: Database) -> None:
    told = run("doctor", "--after-restore", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert (told.exit_code, "FAILED       own database" in told.output) == (1, True)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE locksmith_version SET version_num = '0001'")
    told = run("doctor", "--after-restore")
    assert (told.exit_code, "python -m bot migrate" in told.output) == (1, True)


def test_a_database_that_goes_away_in_the_middle(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> NoReturn:
        raise DatabaseUnreachable

    monkeypatch.setattr(Restore, "run", gone)
    told = run("doctor", "--after-restore")
    assert (told.exit_code, "Run this again." in told.output) == (1, True)


@pytest.mark.parametrize("opens", list(Opens))
@pytest.mark.parametrize("now", [State.SENT, State.LAPSED])
def test_every_outcome_has_its_line(opens: Opens, now: State) -> None:
    check = restored._line(Outcome("R-1", "Sam", State.SENT, now, opens))
    assert check.found
    assert not check.failed
    assert bool(check.mend) == (now is State.LAPSED and opens in (Opens.EARLIER, Opens.UNTOLD, Opens.NOTHING))
    closing = restored._line(Outcome("R-1", "Sam", State.USED, State.LAPSED, opens, not_closed=True))
    assert "close it again" in closing.mend


@pytest.mark.parametrize("cause", [Cause.SEAL_BROKEN, Cause.DIRECTORY_REFUSED, Cause.DIRECTORY_UNREACHABLE])
def test_every_hindrance_has_its_line(cause: Cause) -> None:
    check = restored._line(Outcome("R-1", "Sam", State.SENT, State.SENT, stuck=cause))
    assert check.failed
    assert "run this again" in check.mend
