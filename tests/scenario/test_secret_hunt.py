"""The temporary password is in one place only: the text. Neither tables, files, logs nor Slack ever hold it."""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Callable, Iterator

import pytest
import structlog
from sqlalchemy import update

from bot.demo_data import JANES_OLD_PASSWORD
from services.db.tables import RequestRow
from tests.scenario.ears import Listener, listening
from tests.scenario.faults import CALL_FAULTS, FAULTS, break_it
from tests.scenario.hunt import spelled
from tests.scenario.hunter import OWN, Hunter, watch
from tests.scenario.moves import COMPROMISED, JANE, JANES_PHONE, fill_in, open_form, send, use
from tests.scenario.people import Person
from tests.scenario.setting import only
from tests.scenario.story import Story
from tests.scenario.test_call import CALL, HOW, call, heard, ring, write_down

SPELLED = r"(?:\w, ){3}\w"


@pytest.fixture
def logged(request: pytest.FixtureRequest) -> Iterator[Listener]:
    with listening(getattr(request, "param", "DEBUG")) as listener:
        yield listener


@pytest.fixture
def hunter(
    story: Story, logged: Listener, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Hunter:
    return Hunter(story, watch(monkeypatch), logged, capfd)


# --- the straight path ----------------------------------------------------------------------------


def test_after_the_whole_story_the_secret_is_in_the_text_alone(story: Story, sam: Person, hunter: Hunter) -> None:
    open_form(sam)
    fill_in(sam, ticket="ZD-123", note="She called from work")
    sam.submit()
    assert hunter.finds() == []
    story.tick(3)
    (secret,) = hunter.made.secrets
    assert story.secret == secret
    assert hunter.finds() == []
    use(story.product, JANE, secret, OWN)
    story.tick(3)
    story.tick(6)
    sam.submit()
    sam.command(f"/reset-user status {story.request.reference}")
    assert story.request.state == "completed"
    assert hunter.finds() == []
    assert {one["wire"] for one in story.traffic() if secret in str(one)} == {"twilio"}
    (text_,) = story.texts
    assert (secret in text_["body"], secret in text_["body_as_sent"]) == (False, True)
    story.let_time_pass(minutes=17)
    assert hunter.finds() == []


@pytest.mark.parametrize("end", ["undelivered", "lapsed", "refused", "unknown", "compromised"])
def test_after_other_ends(story: Story, sam: Person, hunter: Hunter, end: str) -> None:
    if end == "undelivered":
        story.twilio(code=30008, when="delivery")
    if end == "refused":
        story.texts_back(JANES_PHONE, "STOP")
    if end == "unknown":
        story.twilio(code="timeout", kept=True)
    send(sam, why=COMPROMISED if end == "compromised" else "New phone")
    sam.close()
    story.tick(3)
    story.tick(3)
    assert hunter.finds() == []
    if end == "lapsed":
        story.let_time_pass(minutes=61)
    story.let_time_pass(minutes=16)
    assert hunter.finds() == []


@pytest.mark.parametrize("calls", [True])
@pytest.mark.parametrize("end", ["read out", "voicemail", "another key", "lapsed", "unknown", "withdrawn"])
def test_after_a_call_the_secret_is_in_what_was_said_alone(
    story: Story, sam: Person, hunter: Hunter, end: str
) -> None:
    if end == "unknown":
        story.twilio(code="timeout", kept=True)
    call(sam)
    assert hunter.finds() == []
    ring(story)
    if end == "withdrawn":
        sam.press("Withdraw")
    story.at_the_phone(JANES_PHONE, "voicemail" if end == "voicemail" else "answer")
    if end != "voicemail":
        story.at_the_phone(JANES_PHONE, "press", "4" if end == "another key" else "1")
    assert hunter.finds() == []
    story.tick(3)
    (secret,) = hunter.made.secrets
    assert (write_down(heard(story)) == secret) is (end in ("read out", "lapsed", "unknown"))
    assert secret not in str(story.calls)  # as it is, it is not even in the call
    if end == "read out":
        use(story.product, JANE, secret, OWN)
    sam.command(f"/reset-user status {story.request.reference}")
    story.let_time_pass(minutes=61 if end == "lapsed" else 17)
    assert hunter.finds() == []
    assert {one["wire"] for one in story.traffic() if spelled(secret) & {*re.findall(SPELLED, str(one))}} <= {
        "twilio"
    }


# --- faults at every step -------------------------------------------------------------------------


@pytest.mark.parametrize("step", FAULTS)
def test_a_fault_at_any_step_lets_nothing_out(
    story: Story, sam: Person, hunter: Hunter, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    story.faults_expected = True
    story.twilio(code=30008, when="delivery")
    open_form(sam)
    fill_in(sam)
    with monkeypatch.context() as patch:
        said = break_it(patch, *FAULTS[step])
        sam.submit()
        story.tick(3)
        story.tick(6)
        assert said, "the fault never came"
        assert hunter.finds(always=True) == []
    assert story.product.opens(JANE, JANES_OLD_PASSWORD)
    story.let_time_pass(minutes=80, looks=3)
    assert story.product.opens(JANE, JANES_OLD_PASSWORD)
    assert len(story.texts) <= 1
    assert hunter.finds(always=True) == []


@pytest.mark.parametrize("calls", [True])
@pytest.mark.parametrize("step", CALL_FAULTS)
def test_a_fault_at_any_step_of_a_call_lets_nothing_out(
    story: Story, sam: Person, hunter: Hunter, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    story.faults_expected = True
    open_form(sam)
    fill_in(sam)
    sam.choose(HOW, CALL)
    with monkeypatch.context() as patch:
        said = break_it(patch, *CALL_FAULTS[step])
        sam.submit()
        story.tick(2)
        if story.calls:
            story.at_the_phone(JANES_PHONE, "answer")
            story.at_the_phone(JANES_PHONE, "press", "1")
        story.tick(30)
        story.tick(6)
        assert said, "the fault never came"
        assert hunter.finds() == []
    story.let_time_pass(minutes=80, looks=3)
    assert story.product.opens(JANE, JANES_OLD_PASSWORD)
    assert len(story.calls) <= 1
    assert hunter.finds() == []


# --- other people's logs ---------------------------------------------------------------------------


@pytest.mark.parametrize("logged", ["DEBUG", "INFO"], indirect=True)
def test_slacks_own_libraries_log_no_bodies(sam: Person, logged: Listener) -> None:
    """They would hold names, notes and response_urls."""
    send(sam)
    sam.press("Show result")
    bodies = [line for line in logged.lines if "blocks" in line or "/response/" in line or JANE in line]
    assert bodies == []


# --- the hunt itself ------------------------------------------------------------------------------


def _in_a_table(story: Story, secret: str) -> None:
    with story.bot.database.write() as session:
        session.execute(update(RequestRow).values(note=f"told her {secret}"))


def _in_a_deleted_row(story: Story, secret: str) -> None:
    """SQLite leaves it in its file; PostgreSQL's files are not ours to read."""
    _in_a_table(story, secret)
    with story.bot.database.write() as session:
        session.execute(update(RequestRow).values(note=""))


def _in_a_log(_: Story, secret: str) -> None:
    try:
        int(secret)
    except ValueError:
        logging.getLogger("anything").exception("it failed")


def _in_a_field_of_a_log(_: Story, secret: str) -> None:
    structlog.get_logger().debug("made", what=secret.replace("-", ""))


def _on_the_terminal(_: Story, secret: str) -> None:
    print(secret)  # noqa: T201


def _in_slack(story: Story, secret: str) -> None:
    story.bot.announcer._client.chat_postMessage(channel="D0BEN", text=f"It is `{secret}`")


def _in_a_file_in_base64(story: Story, secret: str) -> None:
    (story.folder / "sandbox" / "dump").write_bytes(base64.b64encode(f"x{secret}".encode()))


def _spelled_in_a_log(_: Story, secret: str) -> None:
    structlog.get_logger().debug("said", what=", ".join(secret[:4].upper()))


@pytest.mark.parametrize(
    ("plant", "where"),
    [
        (_in_a_table, "secret in locksmith_request.note"),
        (_in_a_log, "secret in log"),
        (_in_a_field_of_a_log, "secret in stderr"),
        (_on_the_terminal, "secret in stdout"),
        (_in_slack, "secret in ben's messages"),
        (_in_a_file_in_base64, "secret in file sandbox/dump"),
        (_spelled_in_a_log, "secret in stderr"),
    ],
)
def test_the_hunt_finds_what_was_planted(
    story: Story, sam: Person, hunter: Hunter, plant: Callable[[Story, str], None], where: str
) -> None:
    send(sam)
    assert hunter.finds() == []
    plant(story, story.secret)
    assert where in hunter.finds()


@only(database="sqlite")
def test_the_hunt_finds_what_was_deleted(story: Story, sam: Person, hunter: Hunter) -> None:
    send(sam)
    _in_a_deleted_row(story, story.secret)
    assert "secret in file locksmith.db-wal" in hunter.finds()


def test_the_hunt_knows_a_hash_and_a_number_when_it_sees_them(story: Story, sam: Person, hunter: Hunter) -> None:
    send(sam)
    kept = story.product.person(JANE)["temporary_password_hash"]
    assert hunter.made.hashes == [kept]
    _in_a_table(story, f"{kept} of +1 202-555-0142 by https://hooks.example/response/T0STATSTAK/abc")
    column = "locksmith_request.note"
    assert {f"hash in {column}", f"full number in {column}", f"response_url in {column}"} <= set(hunter.finds())
