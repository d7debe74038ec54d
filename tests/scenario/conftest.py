"""A story for each test, told to people by their names."""

from __future__ import annotations

import shutil
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import argon2
import pytest
import structlog
from sqlalchemy import select
from structlog.testing import LogCapture

import sandbox.clock
from bot import demo, demo_data
from bot.build import Parts, build
from services.db.tables import Base, SearchRow, SearchWordRow
from services.directory.formats import FORMATS
from services.directory.prompt import Prompt
from tests.conftest import Reused
from tests.scenario.people import Person
from tests.scenario.setting import Setting, chosen, in_turn
from tests.scenario.story import PATIENCE, START, HandClock, Story
from tests.scenario.telling import Place, tell_story

PEOPLE = 60
SEARCH = Base.metadata.tables[SearchRow.__tablename__]
WORDS = Base.metadata.tables[SearchWordRow.__tablename__]
_FAULTS = {
    "listener fault", "outbox fault", "work failed", "job failed", "sending stopped by a fault", "a look failed",
    "request failed",
}  # fmt: skip
_MALFORMED = ("invalid_", "missing_", "unknown_", "not_allowed", "too_long", "too_large", "no_text", "text_missing")


def make_cheap(patch: pytest.MonkeyPatch) -> None:
    """What costs a fifth of these stories' time and is no part of them.

    Hashes have the same format with less work in it; slack_sdk reads the machine's whole list of certificates for
    every socket, and nobody here speaks TLS.
    """
    hasher = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    patch.setitem(FORMATS, "argon2id", replace(FORMATS["argon2id"], default="m=64,t=1,p=1"))
    patch.setattr("bot.demo_data._HASHER", hasher)
    patch.setattr("sandbox.product.accounts._HASHER", hasher)
    patch.setattr("tests.scenario.product.HASHER", hasher)
    patch.setattr(ssl.SSLContext, "load_default_certs", lambda *_: None)


@pytest.fixture(scope="session")
def closing() -> Iterator[ThreadPoolExecutor]:
    """Ends sandboxes while the next story begins: each takes a while to say good-bye."""
    with ThreadPoolExecutor(2) as pool:
        yield pool


@dataclass(frozen=True)
class MadeBefore:
    """What each story begins with: files to be copied, and rows for where a file is of no use."""

    product: Path
    key: Path
    own: Path
    search: list[dict[str, Any]]
    words: list[dict[str, Any]]


@pytest.fixture(scope="session")
def made_before(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> MadeBefore:
    """A product full of people, and Locksmith that knows them."""
    folder = tmp_path_factory.mktemp("made_before")
    product, own = folder / "product" / "product.db", Path(shutil.copy(migrated_file, folder))
    product.parent.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        make_cheap(patch)
        demo_data.make(f"sqlite:///{product}", PEOPLE, now=START)
        bot = build(demo.settings(folder, 0, f"sqlite:///{product}"), Parts(clock=HandClock()))
    bot.index.sync()
    with bot.database.read() as session:
        search = [dict(row) for row in session.execute(SEARCH.select()).mappings()]
        words = [{"word": word} for word in session.scalars(select(WORDS.c.word))]
    bot.close()
    return MadeBefore(product, folder / "secret_key", own, search, words)


@pytest.fixture
def logged() -> Iterator[LogCapture]:
    capture = LogCapture()
    structlog.configure(processors=[capture])
    yield capture
    structlog.reset_defaults()


@pytest.fixture
def changed_settings() -> dict[str, str]:
    """What a story has otherwise in `locksmith.toml`: lines of the example and what stands in their place."""
    return {}


@pytest.fixture(autouse=True)
def settings_file(tmp_path: Path, changed_settings: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "settings" / "locksmith.example.toml"
    text = (demo.ROOT / file.name).read_text(encoding="utf-8")
    for line, other in changed_settings.items():
        assert line in text
        text = text.replace(line, other)
    file.parent.mkdir()
    file.write_text(text, encoding="utf-8")
    monkeypatch.setattr(demo, "ROOT", file.parent)


@pytest.fixture
def calls() -> bool:
    """Whether people can be called in a story."""
    return False


@pytest.fixture
def hooks(*, calls: bool) -> bool:
    """Whether Twilio reaches Locksmith in a story."""
    return calls


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = in_turn(items)
    gone = set(map(id, left_out))
    items[:] = [item for item in items if id(item) not in gone]
    if left_out:
        config.hook.pytest_deselected(items=left_out)


@pytest.fixture(params=chosen(), ids=str)
def setting(request: pytest.FixtureRequest) -> Setting:
    """Every story is told in one of them, in both, or in all: LOCKSMITH_MATRIX (docs/contributing.md)."""
    setting: Setting = request.param
    return setting


@pytest.fixture
def own_database(request: pytest.FixtureRequest, setting: Setting, tmp_path: Path, made_before: MadeBefore) -> str:
    """The address of Locksmith's own, in which it has found everybody."""
    if setting.database == "sqlite":
        return f"sqlite:///{shutil.copy(made_before.own, tmp_path)}"
    reused: Reused = request.getfixturevalue("reused")
    reused.empty({SEARCH: made_before.search, WORDS: made_before.words})
    return reused.address


@pytest.fixture
def place(
    setting: Setting, tmp_path: Path, own_database: str, made_before: MadeBefore, *, calls: bool, hooks: bool
) -> Place:
    shutil.copytree(made_before.product.parent, tmp_path / "product")
    shutil.copy(made_before.key, tmp_path)
    return Place(setting, tmp_path, tmp_path / "product" / "product.db", own_database, calls, hooks)


@pytest.fixture
def directory_seconds() -> float:
    """How long an answer waits for the directory: not its one second, which a busy machine may not keep."""
    return 15.0


@pytest.fixture
def story(
    place: Place,
    logged: LogCapture,
    closing: ThreadPoolExecutor,
    directory_seconds: float,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Story]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)  # slack_sdk and Twilio obey them even for this machine
    make_cheap(monkeypatch)
    defaults = Prompt.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "seconds", directory_seconds)
    monkeypatch.setattr("bot.build.SLACK_SECONDS", PATIENCE)
    monkeypatch.setattr(sandbox.clock, "time", SimpleNamespace(time=START.timestamp))
    with tell_story(place, logged.entries, closing) as told:
        yield told
        malformed = [one for one in told.traffic("slack", "response_url") if one["note"].startswith(_MALFORMED)]
        assert not malformed, malformed
    faults = [entry for entry in logged.entries if {entry["event"], entry.get("what")} & _FAULTS]
    assert told.faults_expected or not faults, faults


@pytest.fixture
def sam(story: Story) -> Person:
    return story.person("sam")


@pytest.fixture
def ana(story: Story) -> Person:
    return story.person("ana")


@pytest.fixture
def maya(story: Story) -> Person:
    return story.person("maya")


@pytest.fixture
def omar(story: Story) -> Person:
    return story.person("omar")


@pytest.fixture
def pat(story: Story) -> Person:
    return story.person("pat")
