"""A backup taken in the middle of resets in every state, life going on, and the backup put back."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn, Protocol

import pytest
from sqlalchemy import make_url, select

from services.circuit import PAUSE
from services.db.tables import AuditRow, DraftRow, LeaseRow, RequestRow, SwitchRow
from services.directory.presets import PRESETS
from services.errors import DirectoryUnreachable, Halted, NoAnswer, NotFound
from services.model import Actor, Cause, Closing, Request, State
from services.restore import Opens, Outcome, Restore, Restored, StillRunning
from services.watermark import Watermark
from tests.conftest import Server
from tests.services.house import GOOD, ONE_COLUMN, QUIET, SAM, House, make_house
from tests.services.test_keys import Killed, have
from tests.services.test_reset import choose, old_password_is_back, opens, sign_in

MAYA = Actor("U0MAYA", "T0", "Maya Lindqvist")
OPERATOR = Actor("", "", "root at host")
COMPROMISED = replace(GOOD, reason="compromised")
E, T, B, N, U = Opens.EARLIER, Opens.TEXTED, Opens.BOTH, Opens.NOTHING, Opens.UNTOLD
S = State


class Nobody:
    """An executor whose process dies before it begins."""

    def submit(self, work: object) -> None:
        pass


class Backup(Protocol):
    def take(self) -> None: ...

    def put_back(self) -> None: ...


@dataclass
class Files:
    """As `sqlite3 locksmith.db ".backup copy.db"` makes them."""

    house: House
    folder: Path

    def take(self) -> None:
        with closing(sqlite3.connect(self.folder / "locksmith.db")) as here, closing(self._copy()) as there:
            here.backup(there)

    def put_back(self) -> None:
        self.house.database.close()
        with closing(self._copy()) as here, closing(sqlite3.connect(self.folder / "locksmith.db")) as there:
            here.backup(there)

    def _copy(self) -> sqlite3.Connection:
        return sqlite3.connect(self.folder / "copy.db")


@dataclass
class Templates:
    house: House
    server: Server
    name: str
    copy: str = ""

    def take(self) -> None:
        self.house.database.close()
        self.copy = self.server.new(self.name)

    def put_back(self) -> None:
        self.house.database.close()
        self.server.drop(self.name)
        self.server.restore(self.name, self.copy)


@dataclass
class Scene:
    house: House
    backup: Backup
    asked: dict[str, Request] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    """By person: what was texted to them, last."""

    @property
    def beside(self) -> bool:
        return self.house.directory.abilities.keeps_old_password

    def ask(self, key: str, **more: Any) -> Request:
        before = len(self.house.carrier.posts)
        self.asked[key] = self.house.reset(key=key, modal_id="", **more)
        self.learn(key, before)
        return self.asked[key]

    def learn(self, key: str, before: int) -> None:
        if len(self.house.carrier.posts) > before:
            self.secrets[key] = self.house.carrier.secret

    def send(self, key: str) -> None:
        before = len(self.house.carrier.posts)
        self.house.sender.send(self.asked[key].id)
        self.learn(key, before)

    def approve(self, key: str) -> None:
        before = len(self.house.carrier.posts)
        self.house.approvals.approve(MAYA, self.asked[key].id)
        self.learn(key, before)

    def sid(self, key: str) -> str:
        return self.now(key).message_id

    def now(self, key: str) -> Request:
        return self.house.lifecycle.get(self.asked[key].id)

    def restore(self) -> Restored:
        house = self.house
        return Restore(
            database=house.database, lifecycle=house.lifecycle, audit=house.audit, settler=house.settler,
            directory=house.directory, clock=house.clock,
        ).run(OPERATOR)  # fmt: skip

    def outcomes(self) -> dict[str, Outcome]:
        """By person."""
        references = {request.reference: key for key, request in self.asked.items()}
        return {references[outcome.reference]: outcome for outcome in self.restore().outcomes}

    def gets_in(self, key: str) -> bool:
        """By one of the promised passwords."""
        person = self.house.person(key)
        own = person["password_hash"] in (f"old-hash-{key}", "her own")
        return own or (key in self.secrets and opens(self.house, self.secrets[key], key))

    def live_on(self, minutes: int) -> None:
        """As the processes do."""
        for _ in range(0, minutes, 5):
            self.house.sender.pick_up()
            self.house.look(after=300)


def make_scene(folder: Path, kind: str, store: str, request: pytest.FixtureRequest) -> Scene:
    url = request.getfixturevalue("postgres") if store == "postgresql" else ""
    mapping = PRESETS["statstak"] if kind == "beside" else ONE_COLUMN
    house = make_house(folder, mapping, url, replace(QUIET, privileged=1))
    for number in range(10, 30):
        house.product_does(
            "INSERT INTO people (id, first_name, last_name, email, phone, role, active, password_hash)"
            " VALUES (:id, 'P', :name, :email, :phone, :role, 1, :hash)",
            id=number,
            name=f"N{number}",
            email=f"p{number}@acme.example",
            phone=f"+1 202-555-01{number}",
            role="administrator" if number >= 25 else "member",
            hash=f"old-hash-{number}",
        )
    house.index.sync()
    if store == "postgresql":
        name = str(make_url(url).database)
        return Scene(house, Templates(house, request.getfixturevalue("server"), name))
    return Scene(house, Files(house, folder))


@pytest.fixture(params=[("beside", "sqlite"), ("in place", "sqlite"), ("in place", "postgresql")])
def scene(request: pytest.FixtureRequest, folder: Path) -> Iterator[Scene]:
    kind, store = request.param
    made = make_scene(folder, kind, store, request)
    yield made
    made.house.database.close()
    made.house.engine.dispose()


@pytest.fixture(params=["beside", "in place"])
def on_files(request: pytest.FixtureRequest, folder: Path) -> Iterator[Scene]:
    made = make_scene(folder, request.param, "sqlite", request)
    yield made
    made.house.database.close()
    made.house.engine.dispose()


def raises(fault: BaseException) -> Callable[..., NoReturn]:
    def raise_it(*_: object, **__: object) -> NoReturn:
        raise fault

    return raise_it


# --- the whole story ------------------------------------------------------------------------------


def test_a_restore_in_the_middle_of_everything(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every account opens with a promised password, nothing is posted twice, nothing that ended comes back."""
    before_the_backup(scene, monkeypatch)
    scene.backup.take()
    after_the_backup(scene)
    held = {key: scene.house.person(key) for key in scene.asked}
    posted = len(scene.house.carrier.posts)
    scene.backup.put_back()

    told = scene.outcomes()
    expected = BESIDE if scene.beside else IN_PLACE
    assert {key: (outcome.opens, outcome.now) for key, outcome in told.items()} == expected
    closed = {"19", "20"}
    for key in expected:
        assert scene.gets_in(key) or key in closed, key
        assert scene.house.person(key) == held[key]
    for _ in range(4):
        scene.live_on(20)
        assert all(scene.gets_in(key) for key in expected if key not in closed)
    assert not any(scene.now(key).live for key in expected)
    assert len(scene.house.carrier.posts) == posted
    assert scene.house.audit.verify().broken_at is None
    assert events(scene.house).count("database:restored") == 1
    assert events(scene.house).count("database:settled") == 1
    assert scene.house.reset(key="10").state is S.SENT


BESIDE: dict[str, tuple[Opens, State]] = {
    "10": (U, S.EXPIRED),  # approved by then; texted since
    "11": (E, S.EXPIRED),  # approved by then; and never sent
    "12": (B, S.SENDING),  # handed over by then; proven since
    "13": (E, S.FAILED),  # no answer by then; withdrawn since
    "14": (Opens.OWN, S.COMPLETED),  # sent by then; she chose her own since
    "15": (E, S.LAPSED),  # sent by then; not delivered since, so put back
    "16": (E, S.LAPSED),  # delivered by then; withdrawn since
    "17": (B, S.DELIVERED),  # delivered by then; nothing since
    "18": (E, S.LAPSED),  # sent by then; withdrawn since, and in place asked for again
    "19": (N, S.LAPSED),  # compromised, sent by then; withdrawn since
    "20": (N, S.EXPIRED),  # compromised, about to be closed by then; closed since, and not sent
    "25": (U, S.EXPIRED),  # waited for approval by then; approved and texted since
    "26": (E, S.EXPIRED),  # waited for approval by then; and still did
}
"""What opens each account, and where the reset goes on from; in place the product tells less."""
IN_PLACE = BESIDE | {
    "11": (U, S.EXPIRED),
    "12": (T, S.SENT),
    "17": (T, S.DELIVERED),
    "18": (U, S.LAPSED),
    "26": (U, S.EXPIRED),
}


def before_the_backup(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    house = scene.house
    with monkeypatch.context() as nobody:
        nobody.setattr(house.resets, "_executor", Nobody())
        for key in ("10", "11", "12"):
            scene.ask(key)
        scene.ask("20", answers=COMPROMISED)
    scene.ask("25")
    scene.ask("26")
    post = house.carrier.post

    def kept_and_killed(*args: Any, **more: Any) -> NoReturn:
        post(*args, **more)
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(house.carrier, "post", kept_and_killed)
        with pytest.raises(Killed):
            scene.send("12")
    scene.secrets["12"] = house.carrier.secret
    house.carrier.answer = NoAnswer()
    scene.ask("13")
    house.carrier.answer = None
    for key in ("14", "15", "16", "17", "18"):
        scene.ask(key)
    scene.ask("19", answers=COMPROMISED)
    for key in ("16", "17"):
        house.carrier.says(scene.sid(key), "delivered")
    house.look(after=2)
    with monkeypatch.context() as away:
        away.setattr(house.directory, "close", raises(DirectoryUnreachable()))
        scene.send("20")
    states = {key: scene.now(key).state for key in scene.asked}
    assert states["12"] is S.SENDING
    assert states["13"] is S.UNKNOWN
    assert {states[key] for key in ("10", "11", "20")} == {S.APPROVED}
    assert {states[key] for key in ("25", "26")} == {S.AWAITING_APPROVAL}
    assert {states[key] for key in ("14", "15", "18", "19")} == {S.SENT}
    assert {states[key] for key in ("16", "17")} == {S.DELIVERED}


def after_the_backup(scene: Scene) -> None:
    house = scene.house
    house.clock.advance(seconds=30)
    scene.send("10")
    scene.approve("25")
    house.carrier.says(scene.sid("15"), "undelivered", "30003")
    house.undo.withdraw(SAM, scene.asked["16"].id)
    house.undo.withdraw(SAM, scene.asked["18"].id)
    house.undo.withdraw(SAM, scene.asked["19"].id)
    house.look(after=3)
    house.clock.advance(minutes=2)
    house.look()
    assert scene.now("12").state is S.SENT
    house.directory.close("20", present(house, "20"))
    sign_in(house, "14")
    choose(house, "14")
    house.look(after=6)
    if not scene.beside:
        earlier = scene.asked["18"]
        scene.ask("18")
        scene.asked["18"] = earlier
    house.undo.withdraw(SAM, scene.asked["13"].id)
    assert scene.now("14").state is S.COMPLETED
    assert scene.now("15").state is S.UNDELIVERED


def present(house: House, key: str) -> Any:
    found = house.directory.credentials(key)
    assert found is not None
    return found


def events(house: House) -> list[str]:
    with house.database.read() as session:
        return list(session.scalars(select(AuditRow.event).order_by(AuditRow.seq)))


# --- until it is finished -------------------------------------------------------------------------


def test_nothing_is_sent_or_followed_until_it_is_finished(on_files: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The product is away for the first run; whoever starts Locksmith all the same does no harm."""
    scene, house = on_files, on_files.house
    scene.ask("10")
    held = house.person("10")
    with monkeypatch.context() as nobody:
        nobody.setattr(house.resets, "_executor", Nobody())
        scene.ask("11")
    with monkeypatch.context() as away:
        away.setattr(house.directory, "credentials", raises(DirectoryUnreachable()))
        first = scene.restore()
    assert not first.done
    assert {outcome.stuck for outcome in first.outcomes} == {Cause.DIRECTORY_UNREACHABLE}
    with pytest.raises(Halted) as told:
        scene.ask("12")
    assert told.value.halt.cause is Cause.RESTORING
    house.clock.advance(minutes=5)
    house.sender.pick_up()
    assert (scene.now("11").state, scene.now("11").held) == (S.APPROVED, Cause.RESTORING)
    house.clock.advance(minutes=56)
    assert house.follower.look_all() == 0
    assert scene.now("10").state is S.SENT
    assert house.person("10") == held
    assert len(house.carrier.posts) == 1

    second = scene.restore()
    assert second.done
    assert second.newest == first.newest
    assert (scene.now("10").state, scene.now("11").state) == (S.LAPSED, S.EXPIRED)
    assert old_password_is_back(house, "10")
    assert scene.ask("12").state is S.SENT
    assert events(house).count("database:restored") == 1


def test_what_no_pause_of_managers_ends(on_files: Scene) -> None:
    house = on_files.house
    house.approvals.pause(MAYA, None)
    with house.database.write() as session:
        session.merge(SwitchRow(name="restore", on=True, by_name="root", at=house.clock.now()))
    house.approvals.resume(MAYA)
    with pytest.raises(Halted) as told:
        house.reset(key="12")
    assert told.value.halt.cause is Cause.RESTORING
    house.clock.advance(minutes=1)
    house.approvals.pause(MAYA, None)
    assert on_files.restore().switches == (PAUSE,)


def test_an_approved_reset_is_not_sent_by_a_process_that_began_before(
    on_files: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mark is set while somebody prepares: the one right to send is not given any more."""
    scene, house = on_files, on_files.house
    rehearse = house.directory.rehearse

    def meanwhile(*args: Any) -> None:
        rehearse(*args)
        with house.database.write() as session:
            session.merge(SwitchRow(name="restore", on=True, by_name="", at=house.clock.now()))

    monkeypatch.setattr(house.directory, "rehearse", meanwhile)
    scene.ask("10")
    assert (scene.now("10").state, scene.now("10").held) == (S.APPROVED, Cause.RESTORING)
    assert house.carrier.posts == []
    assert scene.restore().done
    assert scene.now("10").state is S.EXPIRED


def test_again_it_finds_nothing_to_do(on_files: Scene) -> None:
    on_files.ask("10")
    on_files.restore()
    held = on_files.house.person("10")
    (again,) = on_files.restore().outcomes
    assert (again.was, again.now) == (S.SENT, S.SENT)
    assert on_files.house.person("10") == held


def test_not_while_a_process_runs(on_files: Scene) -> None:
    house = on_files.house
    until = house.clock.now().replace(minute=59)
    with house.database.write() as session:
        session.add(LeaseRow(name="search", owner="host:1", until=until))
    with pytest.raises(StillRunning) as told:
        on_files.restore()
    assert (told.value.owner, told.value.until) == ("host:1", until)
    assert "database:restored" not in events(house)
    house.clock.advance(minutes=30)
    assert on_files.restore().done


# --- what is easily overlooked --------------------------------------------------------------------


def test_a_form_that_may_have_been_sent_since_is_void(on_files: Scene) -> None:
    house = on_files.house
    form = house.resets.form(SAM, "10", reply_url="", channel="")
    on_files.restore()
    with pytest.raises(NotFound):
        house.resets.submit(SAM, form.draft_id, GOOD, modal_id="")
    with house.database.read() as session:
        assert session.scalars(select(DraftRow)).all() == []


def test_a_correction_that_was_due_is_not_texted(on_files: Scene) -> None:
    """It may have been, after the backup."""
    scene, house = on_files, on_files.house
    scene.ask("10")
    house.undo.withdraw(SAM, scene.asked["10"].id)
    scene.restore()
    scene.live_on(20)
    assert len(house.carrier.posts) == 1
    assert "correction:unknown" in events(house)


@pytest.mark.parametrize("closed_since", [True, False])
def test_a_closing_that_was_due_is_not_carried_out(
    on_files: Scene, monkeypatch: pytest.MonkeyPatch, closed_since: bool
) -> None:
    """The account may have been closed after the backup and opened again: then closing it would lock her out."""
    scene, house = on_files, on_files.house
    scene.ask("10")
    house.clock.advance(seconds=5)
    sign_in(house, "10")
    house.look(after=2)
    with monkeypatch.context() as away:
        away.setattr(house.directory, "close", raises(DirectoryUnreachable()))
        house.undo.close(SAM, scene.asked["10"].id)
    if closed_since:
        house.directory.close("10", present(house, "10"))
    else:
        choose(house, "10")
    held = house.person("10")
    (outcome,) = scene.restore().outcomes
    assert outcome.not_closed is not closed_since
    scene.live_on(20)
    assert scene.now("10").closing is (Closing.DONE if closed_since else Closing.UNKNOWN)
    assert house.person("10") == held


def test_what_is_sealed_with_a_lost_key_holds_it_up(on_files: Scene) -> None:
    scene, house = on_files, on_files.house
    scene.ask("10")
    have(house, "n" * 32)
    held = house.person("10")
    restored = scene.restore()
    assert [outcome.stuck for outcome in restored.outcomes] == [Cause.SEAL_BROKEN]
    assert not restored.done
    assert house.person("10") == held
    have(house, "n" * 32, "k" * 32)
    assert scene.restore().done


def test_somebody_who_is_gone(on_files: Scene) -> None:
    scene, house = on_files, on_files.house
    scene.ask("10")
    scene.ask("25")
    house.product_does("DELETE FROM people WHERE id IN (10, 25)")
    outcomes = scene.outcomes()
    assert {outcome.opens for outcome in outcomes.values()} == {Opens.GONE}
    assert (scene.now("10").state, scene.now("25").state) == (S.LAPSED, S.EXPIRED)


# --- put back under a running process -------------------------------------------------------------


def test_a_process_notices_that_the_database_went_back(scene: Scene) -> None:
    house, alarms = scene.house, list[str]()
    watermark = Watermark(house.database, house.audit, house.clock, lambda what, **_: alarms.append(what))
    scene.ask("10")
    assert watermark.steady()
    scene.backup.take()
    scene.ask("11")
    assert watermark.steady()
    scene.backup.put_back()
    assert not watermark.steady()
    assert alarms == ["the database went back in time"]
    assert house.follower.look_all() == 0
    with pytest.raises(Halted):
        scene.ask("12")
    assert watermark.steady()  # it is marked for everybody now
    assert scene.restore().done
    assert scene.ask("12").state is S.SENT
    assert [event for event in events(house) if event.startswith("database:")] == [
        "database:went_back", "database:restored", "database:settled",
    ]  # fmt: skip


def test_two_jobs_at_once_see_no_going_back(on_files: Scene) -> None:
    house, alarms = on_files.house, list[str]()
    watermark = Watermark(house.database, house.audit, house.clock, lambda what, **_: alarms.append(what))

    def write_on() -> None:
        for _ in range(60):
            house.audit.record("people:searched")

    with ThreadPoolExecutor(3) as pool:
        writing = pool.submit(write_on)
        looks = [pool.submit(watermark.steady) for _ in range(300)]
        assert all(look.result() for look in looks)
        writing.result()
    assert alarms == []


def test_rows_are_read_as_they_are_by_then(on_files: Scene) -> None:
    """An agent who was told of the end reads why, and no false promise."""
    scene, house = on_files, on_files.house
    scene.ask("25")
    scene.restore()
    request = scene.now("25")
    assert (request.state, request.cause) == (S.EXPIRED, Cause.RESTORED)
    with house.database.read() as session:
        (row,) = session.scalars(select(RequestRow))
        assert row.remind_at is None
