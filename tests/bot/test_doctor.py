"""The doctor at work: against the sandbox over real sockets, whole and with one thing broken at a time."""

from __future__ import annotations

import json
import shutil
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import structlog
import yaml
from click.testing import CliRunner
from sqlalchemy import create_engine, make_url, text, update
from sqlalchemy.pool import NullPool

from bot import demo_data, log
from bot.doctor import Report, examine, slack, staff, stores, twilio
from bot.doctor.command import doctor
from handlers import people
from sandbox.app import Running, start
from sandbox.slack import web_api
from sandbox.slack.access import writable
from sandbox.slack.arguments import Arguments
from sandbox.slack.errors import SlackError
from sandbox.slack.workspace import Workspace
from services.audit import Audit
from services.clock import SystemClock
from services.db.session import Database, make_engine
from services.db.tables import DraftRow, SearchStateRow
from services.directory.check.rights import may_write
from services.directory.presets import PRESETS
from services.directory.sql import SqlDirectory
from services.lookout import Check, Status
from services.seals import Seals, key_id
from tests.scenario.wire import Json, tell

ROOT = Path(__file__).resolve().parents[2]
KEY = "k" * 32
SECRETS = ("xoxb-sandbox", "xapp-sandbox", "sandbox-twilio-token", KEY, "+15550100100", "5550100", "oops-secret")


@dataclass(frozen=True)
class Off:
    """A clock that is wrong by so many seconds."""

    seconds: float

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.seconds)


@dataclass
class Surgery:
    """A whole installation in one folder; `break` something, then examine."""

    folder: Path
    environ: dict[str, str]
    manifest: Callable[[tuple[str, ...]], Running]
    reports: list[Report] = field(default_factory=list)

    @property
    def file(self) -> Path:
        return self.folder / "locksmith.toml"

    def point_to(self, sandbox: Running) -> None:
        self.environ |= {"SLACK_API_URL": f"{sandbox.url}/api/", "TWILIO_API_URL": sandbox.url}

    def examine(self, *, skewed: float = 0, patience: float = 20, **changes: str) -> dict[str, Check]:
        report = examine({**self.environ, **changes}, self.file, clock=Off(skewed), patience=patience)
        self.reports.append(report)
        return {check.name: check for check in report.checks}

    def sql(self, name: str, statement: str) -> None:
        with closing(sqlite3.connect(self.folder / name)) as database, database:
            database.execute(statement)

    @property
    def database(self) -> Database:
        return Database(make_engine(self.environ["DATABASE_URL"]))


@pytest.fixture(scope="module")
def filled_product(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("product") / "product.db"
    demo_data.make(f"sqlite:///{file}", 30, now=datetime.now(UTC))
    return file


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    running = start(manifest=ROOT / "manifest.yml")
    yield running
    running.close()


@pytest.fixture
def surgery(
    tmp_path: Path, filled_product: Path, migrated_file: Path, sandbox: Running, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Surgery]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)  # slack_sdk and requests obey them even for this machine
    shutil.copy(filled_product, tmp_path / "product.db")
    shutil.copy(migrated_file, tmp_path / "locksmith.db")
    shutil.copy(ROOT / "locksmith.example.toml", tmp_path / "locksmith.toml")
    started: list[Running] = []

    def with_scopes(scopes: tuple[str, ...]) -> Running:
        declared = yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))
        declared["oauth_config"]["scopes"]["bot"] = list(scopes)
        (tmp_path / "manifest.yml").write_text(yaml.safe_dump(declared), encoding="utf-8")
        started.append(start(manifest=tmp_path / "manifest.yml"))
        return started[-1]

    environ = {
        "SLACK_BOT_TOKEN": "xoxb-sandbox",
        "SLACK_APP_TOKEN": "xapp-sandbox",
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "sandbox-twilio-token",
        "TWILIO_FROM": "+15550100100",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'locksmith.db'}",
        "DIRECTORY_URL": f"sqlite:///{tmp_path / 'product.db'}",
        "SECRET_KEY": KEY,
    }
    prepared = Surgery(tmp_path, environ, with_scopes)
    prepared.point_to(sandbox)
    yield prepared
    for running in started:
        running.close()
    for report in prepared.reports:  # whatever was broken, no secret and no whole number is in any output
        for output in (report.as_text(), report.as_json()):
            assert not [secret for secret in SECRETS if secret in output]


Method = Callable[[Workspace, Arguments], Json]


@dataclass
class Scheduled:
    """Slack's scheduled messages, by what its reference says of the two methods."""

    waiting: list[str] = field(default_factory=list)
    lost: bool = False
    archived: bool = False

    def schedule(self, space: Workspace, given: Arguments) -> Json:
        given.need("channel", "post_at", "text")
        where = writable(space, given.text("channel"))
        if self.archived:
            raise SlackError("is_archived")
        if int(given.text("post_at")) <= space.now():
            raise SlackError("time_in_past")
        self.waiting.append("Q1")
        return {"channel": where.id, "scheduled_message_id": "Q1", "post_at": given.text("post_at")}

    def delete(self, _: Workspace, given: Arguments) -> Json:
        if self.lost or given.text("scheduled_message_id") not in self.waiting:
            raise SlackError("invalid_scheduled_message_id")
        self.waiting.remove(given.text("scheduled_message_id"))
        return {}


@pytest.fixture
def scheduled(monkeypatch: pytest.MonkeyPatch) -> Scheduled:
    made = Scheduled()
    add(monkeypatch, "chat.scheduleMessage", made.schedule)
    add(monkeypatch, "chat.deleteScheduledMessage", made.delete)
    return made


@pytest.fixture
def blind(surgery: Surgery) -> Running:
    """An app that may not read channels: an older installation, or a public channel."""
    running = surgery.manifest(tuple(slack.SCOPES - {"groups:read"}))
    surgery.point_to(running)
    return running


def add(monkeypatch: pytest.MonkeyPatch, name: str, method: Method) -> None:
    monkeypatch.setattr(web_api, "METHODS", {**web_api.METHODS, name: method})


def statuses(checks: dict[str, Check], status: Status) -> set[str]:
    return {name for name, check in checks.items() if check.status is status}


# --- all is well ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("scheduled")
def test_a_healthy_installation(surgery: Surgery) -> None:
    assert surgery.examine()["search"].found == "Being filled: 0 people so far."
    database = surgery.database
    with database.write() as session:
        session.execute(update(SearchStateRow).values(filled=True, in_step_at=datetime.now(UTC)))
    database.close()
    surgery.reports.clear()
    checks = surgery.examine()
    assert not statuses(checks, Status.FAILED), surgery.reports[0].as_text()
    assert statuses(checks, Status.WARNING) <= {"Twilio sender"}  # the sandbox has no list of numbers
    assert surgery.reports[0].exit_status == 0
    assert checks["Slack token"].found == "The bot is 'locksmith' in 'StatStak Labs'."
    assert checks["agents"].found == "3 may act."
    assert all(check.mend for check in checks.values() if check.status in (Status.WARNING, Status.FAILED))
    assert not any(check.mend for check in checks.values() if check.status is Status.OK)


def test_always_in_the_same_order(surgery: Surgery) -> None:
    assert list(surgery.examine()) == list(surgery.examine())


def test_scopes_are_those_of_the_manifest() -> None:
    declared = yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))
    assert set(declared["oauth_config"]["scopes"]["bot"]) == slack.SCOPES


def test_whoever_slack_edge_refuses_the_doctor_counts() -> None:
    assert set(people._NEVER) == set(staff.STANDINGS)


# --- settings -------------------------------------------------------------------------------------


def test_nothing_could_be_tried(surgery: Surgery) -> None:
    report = examine({}, surgery.folder / "none.toml")
    assert report.exit_status == 2
    assert {check.name for check in report.checks} == {"settings"}
    assert "SLACK_BOT_TOKEN is missing" in report.as_text()


def test_one_missing_setting_hides_nothing_else(surgery: Surgery) -> None:
    checks = surgery.examine(SLACK_BOT_TOKEN="", SECRET_KEY="oops-secret")
    assert surgery.reports[0].exit_status == 1
    assert checks["Slack token"].found == "Put SLACK_BOT_TOKEN right first."
    assert checks["seals"].found == "Put SECRET_KEY right first."
    for name in ("Slack socket", "Twilio account", "own database", "directory", "text", "hashing"):
        assert checks[name].status is Status.OK, name


def test_a_rule_over_two_settings(surgery: Surgery) -> None:
    del surgery.environ["TWILIO_FROM"], surgery.environ["TWILIO_AUTH_TOKEN"]
    checks = surgery.examine()
    assert checks["Twilio account"].status is Status.SKIPPED
    assert checks["Slack token"].status is Status.OK


def test_a_broken_file(surgery: Surgery) -> None:
    surgery.file.write_text("= broken", encoding="utf-8")
    checks = surgery.examine()
    assert checks["settings"].failed
    for name in ("audit channel", "directory", "text"):
        assert checks[name].found == "Put locksmith.toml right first.", name
    for name in ("Slack token", "Twilio account", "own database"):
        assert checks[name].status is Status.OK, name


# --- Slack ----------------------------------------------------------------------------------------


def test_a_wrong_bot_token(surgery: Surgery) -> None:
    checks = surgery.examine(SLACK_BOT_TOKEN="xoxb-oops-secret")
    assert checks["Slack token"].found == "Slack says invalid_auth."
    assert "SLACK_BOT_TOKEN" in checks["Slack token"].mend
    assert "audit channel" not in checks


def test_a_wrong_app_token(surgery: Surgery) -> None:
    checks = surgery.examine(SLACK_APP_TOKEN="xapp-oops-secret")
    assert statuses(checks, Status.FAILED) == {"Slack socket"}
    assert "connections:write" in checks["Slack socket"].mend


def test_http_mode_needs_no_app_token(surgery: Surgery) -> None:
    del surgery.environ["SLACK_APP_TOKEN"]
    checks = surgery.examine(SLACK_SIGNING_SECRET="oops-secret")
    assert checks["Slack socket"].status is Status.SKIPPED
    assert not surgery.reports[0].exit_status


def test_slack_away(surgery: Surgery) -> None:
    checks = surgery.examine(SLACK_API_URL="http://127.0.0.1:1/api/")
    assert "not reached" in checks["Slack token"].found
    assert "HTTPS_PROXY" in checks["Slack token"].mend
    assert checks["Slack socket"].failed
    assert checks["Twilio account"].status is Status.OK


def test_scopes_missing_and_superfluous(surgery: Surgery) -> None:
    surgery.point_to(surgery.manifest(("commands", "chat:write", "im:write", "users:read", "channels:history")))
    checks = surgery.examine()
    assert checks["Slack scopes"].found == "Missing: groups:read, usergroups:read, users:read.email."
    assert checks["agents"].found == "Slack says missing_scope."
    assert "manifest.yml" in checks["agents"].mend
    surgery.point_to(surgery.manifest((*slack.SCOPES, "channels:history")))
    more = surgery.examine()["Slack scopes"]
    assert (more.status, more.found) == (Status.WARNING, "More than needed: channels:history.")


# --- the audit channel ----------------------------------------------------------------------------


def test_it_is_proved_without_showing_anything(surgery: Surgery, scheduled: Scheduled, blind: Running) -> None:
    checks = surgery.examine()
    assert checks["audit channel"].status is Status.OK
    assert checks["audit channel: privacy"].status is Status.SKIPPED
    assert scheduled.waiting == []
    assert blind.sandbox.space.world.messages["C0AUDIT"] == []


@pytest.mark.usefixtures("scheduled")
def test_the_bot_is_not_in_a_private_channel(surgery: Surgery, sandbox: Running) -> None:
    membership = {"user": "U0LOCKSMITH", "channel": "C0AUDIT"}
    tell(f"{sandbox.url}/control/slack", {"membership": {**membership, "in": False}})
    checks = surgery.examine()
    tell(f"{sandbox.url}/control/slack", {"membership": {**membership, "in": True}})
    assert "the bot is not in it (channel_not_found)" in checks["audit channel"].found
    assert "/invite" in checks["audit channel"].mend


@pytest.mark.usefixtures("blind")
def test_archived(surgery: Surgery, scheduled: Scheduled) -> None:
    scheduled.archived = True
    assert surgery.examine()["audit channel"].found == "It is archived (is_archived)."


@pytest.mark.usefixtures("blind")
def test_a_trial_that_could_not_be_deleted_is_admitted(surgery: Surgery, scheduled: Scheduled) -> None:
    scheduled.lost = True
    check = surgery.examine()["audit channel"]
    assert check.status is Status.WARNING
    assert "could not be deleted" in check.found


@pytest.mark.usefixtures("blind")
def test_what_could_not_be_tried_is_not_called_good(surgery: Surgery, monkeypatch: pytest.MonkeyPatch) -> None:
    without = {name: method for name, method in web_api.METHODS.items() if name != "chat.scheduleMessage"}
    monkeypatch.setattr(web_api, "METHODS", without)
    assert surgery.examine()["audit channel"].status is Status.WARNING


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        ({}, Check("audit channel", Status.OK, "The bot is a member.")),
        ({}, Check("audit channel: privacy", Status.OK, "Private")),
        ({"is_private": False}, Check("audit channel: privacy", Status.WARNING, "public")),
        ({"is_archived": True}, Check("audit channel", Status.FAILED, "archived")),
        ({"is_member": False}, Check("audit channel", Status.FAILED, "not in it")),
        ({"is_ext_shared": True}, Check("audit channel: privacy", Status.FAILED, "another company")),
        ({"is_pending_ext_shared": True}, Check("audit channel: privacy", Status.FAILED, "another company")),
        ({"is_org_shared": True}, Check("audit channel: privacy", Status.FAILED, "other workspaces")),
    ],
)
def test_an_app_that_may_read_channels_learns_all(
    surgery: Surgery, monkeypatch: pytest.MonkeyPatch, about: Json, expected: Check
) -> None:
    surgery.point_to(surgery.manifest(tuple(slack.SCOPES)))
    info = web_api.METHODS["conversations.info"]

    def changed(space: Workspace, given: Arguments) -> Json:
        return {"channel": {**info(space, given)["channel"], **about}}

    add(monkeypatch, "conversations.info", changed)
    check = surgery.examine()[expected.name]
    assert check.status is expected.status
    assert expected.found in check.found


# --- agents ---------------------------------------------------------------------------------------


def test_agents_who_may_not_act_are_counted(surgery: Surgery) -> None:
    running = surgery.manifest(tuple(slack.SCOPES))
    surgery.point_to(running)
    for change in (
        {"person": {"id": "U0ANA", "deleted": True}},
        {"person": {"id": "U0BEN", "restricted": True}},
        {"group": {"id": "S0AGENTS", "add": "U0DESK"}},
    ):
        tell(f"{running.url}/control/slack", change)
    check = surgery.examine()["agents"]
    assert (check.status, check.found) == (
        Status.WARNING,
        "1 may act; refused are 1 bots, 1 deactivated, 1 guests.",
    )


def test_an_empty_group_leaves_nobody(surgery: Surgery) -> None:
    running = surgery.manifest(tuple(slack.SCOPES))
    surgery.point_to(running)
    for user in ("U0SAM", "U0ANA", "U0BEN"):
        tell(f"{running.url}/control/slack", {"group": {"id": "S0AGENTS", "remove": user}})
    checks = surgery.examine()
    assert checks["agents: S0AGENTS"].found == "@support-agents is empty."
    assert checks["agents"].found == "Nobody may act."


def test_the_approval_channel_is_looked_at_too(surgery: Surgery, sandbox: Running) -> None:
    assert surgery.examine()["approval channel: privacy"].status is Status.OK
    membership = {"user": "U0LOCKSMITH", "channel": "C0APPROVALS"}
    tell(f"{sandbox.url}/control/slack", {"membership": {**membership, "in": False}})
    checks = surgery.examine()
    tell(f"{sandbox.url}/control/slack", {"membership": {**membership, "in": True}})
    assert "the bot is not in it (channel_not_found)" in checks["approval channel"].found
    assert checks["audit channel"].status is Status.OK


def test_fewer_managers_than_the_policy_asks_for(surgery: Surgery) -> None:
    running = surgery.manifest(tuple(slack.SCOPES))
    surgery.point_to(running)
    words = surgery.file.read_text(encoding="utf-8")
    surgery.file.write_text(words.replace("[approval]", "[approval]\nalways = 2\n", 1), encoding="utf-8")
    assert surgery.examine()["managers"].status is Status.OK
    tell(f"{running.url}/control/slack", {"group": {"id": "S0MANAGERS", "remove": "U0OMAR"}})
    check = surgery.examine()["managers"]
    assert (check.status, "1 may act, and the policy asks for 2" in check.found) == (Status.FAILED, True)


def test_a_disabled_group(surgery: Surgery, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = web_api.METHODS["usergroups.list"]

    def disabled(space: Workspace, given: Arguments) -> Json:
        return {"usergroups": [{**group, "date_delete": 1} for group in listed(space, given)["usergroups"]]}

    add(monkeypatch, "usergroups.list", disabled)
    checks = surgery.examine()
    assert checks["agents: S0AGENTS"].found == "@support-agents is disabled."
    assert checks["agents"].failed


def test_unknown_groups_and_people(surgery: Surgery) -> None:
    words = surgery.file.read_text(encoding="utf-8")
    surgery.file.write_text(words.replace('["S0AGENTS"]', '["S0NONE", "U0SAM", "U0NONE"]'), encoding="utf-8")
    checks = surgery.examine()
    assert checks["agents: S0NONE"].failed
    assert checks["agents"].found == "1 may act; refused are 1 unknown to Slack."


# --- Twilio ---------------------------------------------------------------------------------------


def test_wrong_twilio_credentials(surgery: Surgery) -> None:
    checks = surgery.examine(TWILIO_AUTH_TOKEN="oops-secret")
    assert statuses(checks, Status.FAILED) == {"Twilio account"}
    assert "(20003)" in checks["Twilio account"].found
    assert "TWILIO_AUTH_TOKEN" in checks["Twilio account"].mend


def test_hanging_twilio_hides_nothing(surgery: Surgery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twilio, "SECONDS", (3, 0.2))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        checks = surgery.examine(TWILIO_API_URL=f"http://127.0.0.1:{silent.getsockname()[1]}")
    assert statuses(checks, Status.FAILED) == {"Twilio"}
    assert checks["Twilio"].found == "Did not answer (ReadTimeout)."
    assert checks["hashing"].status is Status.OK


def test_twilio_away(surgery: Surgery) -> None:
    checks = surgery.examine(TWILIO_API_URL="http://127.0.0.1:1")
    assert statuses(checks, Status.FAILED) == {"Twilio"}


def test_a_sender_that_is_in_no_list(surgery: Surgery) -> None:
    assert surgery.examine(TWILIO_FROM="StatStak")["Twilio sender"].status is Status.SKIPPED


ACCOUNT = f"/2010-04-01/Accounts/AC{'0' * 32}"
ACTIVE = {"status": "active", "type": "Full"}
OURS = {"phone_number": "+15550100100", "capabilities": {"sms": True}}


@pytest.fixture
def carrier() -> Iterator[Carrier]:
    """Twilio's answers as its reference shows them, for what the sandbox does not have."""
    with Carrier() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        server.answers = {
            f"{ACCOUNT}.json": (200, ACTIVE),
            f"{ACCOUNT}/Balance.json": (200, {"balance": "97.42", "currency": "USD"}),
            f"{ACCOUNT}/IncomingPhoneNumbers.json": (200, {"incoming_phone_numbers": [OURS]}),
        }
        yield server
        server.shutdown()
        thread.join()


class Carrier(ThreadingHTTPServer):
    answers: dict[str, tuple[int, Json]]

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answering(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Carrier)
        status, said = self.server.answers.get(self.path.partition("?")[0], (404, {"code": 20404}))
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


def test_all_is_well_at_twilio(surgery: Surgery, carrier: Carrier) -> None:
    checks = surgery.examine(TWILIO_API_URL=carrier.url)
    for name in ("Twilio account", "clock of Twilio", "Twilio balance", "Twilio sender"):
        assert checks[name].status is Status.OK, checks[name]
    assert checks["Twilio sender"].found == "The number ending in 00 is the account's."


@pytest.mark.parametrize(
    ("path", "answer", "expected"),
    [
        (".json", (200, {**ACTIVE, "type": "Trial"}), Check("Twilio account", Status.WARNING, "verified numbers")),
        (".json", (200, {**ACTIVE, "status": "suspended"}), Check("Twilio account", Status.FAILED, "is suspended")),
        (".json", (503, {}), Check("Twilio account", Status.FAILED, "HTTP 503")),
        ("/Balance.json", (200, {"balance": "4.99"}), Check("Twilio balance", Status.WARNING, "4.99 is left")),
        ("/Balance.json", (404, {"code": 20404}), Check("Twilio balance", Status.SKIPPED, "subaccount")),
        (
            "/IncomingPhoneNumbers.json",
            (200, {"incoming_phone_numbers": []}),
            Check("Twilio sender", Status.FAILED, "is not one of the account's"),
        ),
        (
            "/IncomingPhoneNumbers.json",
            (200, {"incoming_phone_numbers": [{"capabilities": {"sms": False}}]}),
            Check("Twilio sender", Status.FAILED, "cannot send texts"),
        ),
        ("/IncomingPhoneNumbers.json", (404, {}), Check("Twilio sender", Status.WARNING, "could not be read")),
    ],
)
def test_one_thing_wrong_at_twilio(
    surgery: Surgery, carrier: Carrier, path: str, answer: tuple[int, Json], expected: Check
) -> None:
    carrier.answers[f"{ACCOUNT}{path}"] = answer
    check = surgery.examine(TWILIO_API_URL=carrier.url)[expected.name]
    assert check.status is expected.status
    assert expected.found in check.found


@pytest.mark.parametrize(
    ("numbers", "status", "found"),
    [
        ([{"capabilities": {"voice": True}}], Status.OK, "The number ending in 00 is the account's and can call."),
        ([{"capabilities": {"voice": False}}], Status.FAILED, "The number ending in 00 cannot call."),
        ([], Status.WARNING, "is not one of the account's"),
        (None, Status.WARNING, "could not be read"),
    ],
)
def test_the_number_that_people_are_called_from(
    surgery: Surgery, carrier: Carrier, numbers: list[Json] | None, status: Status, found: str
) -> None:
    words = surgery.file.read_text(encoding="utf-8")
    assert "Twilio calls" not in surgery.examine(TWILIO_API_URL=carrier.url)
    surgery.file.write_text(f"{words}\n[call]\nenabled = true\n", encoding="utf-8")
    listed = (404, {}) if numbers is None else (200, {"incoming_phone_numbers": numbers})
    carrier.answers[f"{ACCOUNT}/IncomingPhoneNumbers.json"] = listed
    check = surgery.examine(TWILIO_API_URL=carrier.url, PUBLIC_URL="https://locksmith.example.com")["Twilio calls"]
    assert check.status is status
    assert found in check.found


def test_calls_without_an_address_hide_nothing_else(surgery: Surgery) -> None:
    words = surgery.file.read_text(encoding="utf-8")
    surgery.file.write_text(f"{words}\n[call]\nenabled = true\n", encoding="utf-8")
    checks = surgery.examine(PUBLIC_URL="")
    assert checks["settings"].failed
    assert "PUBLIC_URL is missing" in checks["settings"].found
    assert checks["Twilio account"].status is Status.OK
    assert checks["Twilio calls"].status is Status.OK


def test_an_api_key_may_not_read_the_account(surgery: Surgery, carrier: Carrier) -> None:
    surgery.environ |= {"TWILIO_API_KEY": "SK1", "TWILIO_API_SECRET": "oops-secret", "TWILIO_AUTH_TOKEN": ""}
    carrier.answers[f"{ACCOUNT}.json"] = (401, {"code": 20003})
    checks = surgery.examine(TWILIO_API_URL=carrier.url)
    assert checks["Twilio account"].status is Status.SKIPPED
    assert checks["Twilio sender"].status is Status.OK
    carrier.answers[f"{ACCOUNT}/IncomingPhoneNumbers.json"] = (401, {"code": 20003})
    assert surgery.examine(TWILIO_API_URL=carrier.url)["Twilio sender"].failed


def test_a_messaging_service(surgery: Surgery, carrier: Carrier) -> None:
    surgery.environ |= {"TWILIO_FROM": "", "TWILIO_MESSAGING_SERVICE_SID": "MG1"}

    def sender() -> Check:
        return surgery.examine(TWILIO_API_URL=carrier.url)["Twilio sender"]

    assert sender().found == "There is no such Messaging Service."
    carrier.answers["/v1/Services/MG1/PhoneNumbers"] = (200, {"phone_numbers": []})
    assert sender().status is Status.WARNING
    carrier.answers["/v1/Services/MG1/PhoneNumbers"] = (200, {"phone_numbers": [OURS]})
    assert sender().status is Status.OK


# --- databases ------------------------------------------------------------------------------------


def test_an_unmigrated_database(surgery: Surgery) -> None:
    with closing(sqlite3.connect(surgery.folder / "bare.db")) as bare, bare:
        bare.execute("CREATE TABLE something (id INTEGER)")
    checks = surgery.examine(DATABASE_URL=f"sqlite:///{surgery.folder / 'bare.db'}")
    assert statuses(checks, Status.FAILED) == {"own database"}
    assert "migrate" in checks["own database"].mend


def test_texts_that_do_not_go_out_are_a_warning(surgery: Surgery) -> None:
    assert surgery.examine()["sending"].status is Status.OK
    surgery.sql(
        "locksmith.db",
        "INSERT INTO locksmith_circuit (name, failures, opened_at, cause)"
        " VALUES ('texts', 3, '2026-11-23 19:42:00.000000', 'carrier_unreachable')",
    )
    checks = surgery.examine()
    assert checks["sending"].status is Status.WARNING
    assert "since 2026-11-23 19:42 UTC: carrier unreachable. The carrier answers again" in checks["sending"].found
    assert surgery.reports[-1].exit_status == 0


def test_a_missing_table_of_people(surgery: Surgery) -> None:
    surgery.sql("product.db", "ALTER TABLE people RENAME TO persons")
    checks = surgery.examine()
    assert checks["directory"].found == "Cannot be read: there is no table 'people'."
    assert "directory: writing" not in checks


def test_nothing_is_written_by_the_rehearsal(surgery: Surgery) -> None:
    before = (surgery.folder / "product.db").read_bytes()
    assert surgery.examine()["directory: writing"].status is Status.OK
    with closing(sqlite3.connect(surgery.folder / "product.db")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert (surgery.folder / "product.db").read_bytes() == before


def test_a_column_that_the_account_may_not_write_is_named(empty_postgres: str) -> None:
    demo_data.make(empty_postgres, 30, now=datetime.now(UTC))
    role = make_url(empty_postgres).database
    owner = create_engine(empty_postgres, poolclass=NullPool)
    columns = "password_hash, temporary_password_hash, temporary_password_expires_at, temporary_password_used_at"
    columns += ", must_change_password, failed_sign_ins, locked_until"
    with owner.begin() as connection:
        for statement in (
            f"CREATE ROLE {role} LOGIN",
            f"GRANT SELECT, UPDATE ({columns}) ON people TO {role}",
        ):
            connection.execute(text(statement))
    account = make_engine(make_url(empty_postgres).set(username=role).render_as_string(hide_password=False))
    try:
        shape = SqlDirectory(account, PRESETS["statstak"], "US").shape
        check = may_write(account, shape)
        assert check.found == "The account may not write session_version: the account lacks a right."
        with owner.begin() as connection:
            connection.execute(text(f"GRANT UPDATE (session_version) ON people TO {role}"))
        assert may_write(account, shape).status is Status.OK
    finally:
        account.dispose()
        with owner.begin() as connection:
            connection.execute(text(f"DROP OWNED BY {role}"))
            connection.execute(text(f"DROP ROLE {role}"))


def test_clocks_ten_seconds_apart(surgery: Surgery) -> None:
    checks = surgery.examine(skewed=10)
    assert statuses(checks, Status.FAILED) == {"clock of Slack", "clock of Twilio"}
    assert "ahead of it" in checks["clock of Twilio"].found


def draft(number: int, seals: Seals) -> DraftRow:
    """An open form with a sealed response address."""
    key = str(number)
    return DraftRow(
        id=key,
        agent_id="U0SAM",
        workspace="T0",
        person_key=key,
        fingerprint="",
        created_at=SystemClock().now(),
        reply_sealed=seals.seal("address", key, key, "reply"),
    )


def test_a_key_that_opens_not_every_seal(surgery: Surgery) -> None:
    database = surgery.database
    with database.write() as session:
        session.add_all([draft(1, Seals([KEY])), draft(2, Seals(["j" * 32]))])
    database.close()
    check = surgery.examine()["seals"]
    assert (check.status, check.found) == (Status.FAILED, "1 do not open with SECRET_KEY: an open form.")
    assert "python -m bot keys" in check.mend
    assert surgery.examine(SECRET_KEY=f"{'n' * 32},{KEY},{'j' * 32}")["seals"].status is Status.OK


def test_a_key_that_is_not_where_it_is_needed(eventful: Surgery) -> None:
    new = "n" * 32
    assert eventful.examine()["keys"].found == "Each has its key."
    lost = eventful.examine(SECRET_KEY=new)["keys"]
    assert lost.found == f"Not where they are needed are the keys of {key_id(KEY).hex()}: 5 audit events."
    early = eventful.examine(SECRET_KEY=new, RETIRED_KEYS=KEY)["keys"]
    assert early.found.endswith("5 audit events, the end of the audit.")
    Audit(eventful.database, Seals([new, KEY]), SystemClock()).record("search:made")
    assert "An earlier key may go" in eventful.examine(SECRET_KEY=f"{new}, {KEY}")["keys"].found
    assert eventful.examine(SECRET_KEY=new, RETIRED_KEYS=KEY)["keys"].found == "Each has its key."
    assert eventful.examine(SECRET_KEY=new, RETIRED_KEYS=KEY)["audit chain"].status is Status.OK


@pytest.fixture
def eventful(surgery: Surgery) -> Surgery:
    database = surgery.database
    audit = Audit(database, Seals([KEY]), SystemClock())
    for number in range(5):
        audit.record("search:made", count=number)
    database.close()
    return surgery


def test_the_newest_audit_events(eventful: Surgery, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "The newest 5 events fit" in eventful.examine()["audit chain"].found
    monkeypatch.setattr(stores, "TAIL", 3)
    assert "The newest 3 events fit" in eventful.examine()["audit chain"].found


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE locksmith_audit SET event = 'x' WHERE seq = 1", 1),
        ("UPDATE locksmith_audit SET event = 'x' WHERE seq = 4", 4),
        ("DELETE FROM locksmith_audit WHERE seq = 3", 4),
        ("DELETE FROM locksmith_audit WHERE seq = 5", 5),
        ("DELETE FROM locksmith_audit", 5),
        ("UPDATE locksmith_audit_head SET mac = 'x'", 5),
    ],
)
def test_a_changed_audit_trail(eventful: Surgery, statement: str, broken: int) -> None:
    eventful.sql("locksmith.db", statement)
    check = eventful.examine()["audit chain"]
    assert check.failed
    assert f"broken at event {broken}," in check.found


# --- text and hash --------------------------------------------------------------------------------


def test_a_zone_with_a_long_name_makes_two_messages(surgery: Surgery, monkeypatch: pytest.MonkeyPatch) -> None:
    check = surgery.examine()["text"]
    assert check.found.endswith("of 160 signs, summer and winter: one message.")
    monkeypatch.setattr("services.text.SEGMENT_SEPTETS", 140)
    assert surgery.examine()["text"].failed


def test_a_broken_hash_library(surgery: Surgery, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> str:
        raise ValueError("oops-secret")

    monkeypatch.setattr("services.directory.formats.Format.hash", broken)
    assert surgery.examine()["hashing"].found == "Hashing as argon2id does not work (ValueError)."


# --- the command ----------------------------------------------------------------------------------


@pytest.fixture
def run(surgery: Surgery, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    monkeypatch.setattr(log, "configure", lambda _level: None)  # it would take pytest's handlers away
    environ = {**surgery.environ, "LOCKSMITH_CONFIG": str(surgery.file)}
    yield lambda *arguments, **changes: CliRunner().invoke(doctor, arguments, env={**environ, **changes})
    structlog.reset_defaults()


def test_on_a_terminal(run: Callable[..., Any]) -> None:
    good = run()
    assert good.exit_code == 0
    assert good.output.startswith("ok           settings")
    assert "Locksmith can work." in good.output
    bad = run(TWILIO_AUTH_TOKEN="oops-secret")
    assert bad.exit_code == 1
    assert "FAILED       Twilio account" in bad.output
    assert "To do: See TWILIO_ACCOUNT_SID" in bad.output
    assert max(map(len, bad.output.splitlines())) <= 100


def test_for_machines(run: Callable[..., Any]) -> None:
    answer = run("--json", SLACK_BOT_TOKEN="xoxb-oops-secret")
    assert answer.exit_code == 1
    said = json.loads(answer.output)
    assert said["ok"] is False
    assert {"name": "Slack token", "status": "failed", "found": "Slack says invalid_auth."}.items() <= next(
        check for check in said["checks"] if check["name"] == "Slack token"
    ).items()
