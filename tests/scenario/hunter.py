"""Who hunts: knows what was made in secret during a story, and looks for it everywhere."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from bot.demo_data import JANES_OLD_PASSWORD
from sandbox.cast import SIGNING_SECRET
from services.directory.sql import SqlDirectory
from services.passwords import make_secret
from tests.scenario import hunt as places
from tests.scenario.ears import Listener
from tests.scenario.hunt import Quarry, hash_quarry, hunt, number_quarry, quarry
from tests.scenario.moves import JANES_PHONE
from tests.scenario.story import Story

OWN = "my own words 42"


@dataclass
class Made:
    """What was made in secret during a story."""

    secrets: list[str] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)

    @property
    def quarries(self) -> list[Quarry]:
        found = [quarry("secret", secret) for secret in self.secrets]
        return [*found, *(hash_quarry(one) for one in self.hashes), *ALWAYS]


ALWAYS = [
    number_quarry(JANES_PHONE),
    quarry("own password", OWN),
    quarry("old password", JANES_OLD_PASSWORD),
    quarry("bot token", "xoxb-sandbox"),
    quarry("app token", "xapp-sandbox"),
    quarry("signing secret", SIGNING_SECRET),
    quarry("carrier's token", "sandbox-twilio-token"),
]
REPLY_ADDRESS = quarry("response_url", "/response/T0STATSTAK/")


def watch(monkeypatch: pytest.MonkeyPatch) -> Made:
    """Looks over the shoulder of whoever makes secrets and hashes."""
    made = Made()
    hash_ = SqlDirectory.hash

    def watched() -> str:
        made.secrets.append(make_secret())
        return made.secrets[-1]

    def watched_hash(directory: SqlDirectory, password: str) -> str:
        made.hashes.append(hash_(directory, password))
        return made.hashes[-1]

    monkeypatch.setattr("services.prepare.make_secret", watched)
    monkeypatch.setattr(SqlDirectory, "hash", watched_hash)
    return made


@dataclass
class Hunter:
    story: Story
    made: Made
    listener: Listener
    capfd: pytest.CaptureFixture[str]

    def finds(self, *, always: bool = False) -> list[str]:
        """Everything secret that lies anywhere it should not. `always`: also if nothing secret was made yet."""
        out, err = self.capfd.readouterr()
        story = self.story
        spoken = list(places.logs(self.listener.lines, out, err + self.listener.stderr.getvalue()))
        written = [*places.tables(story), *places.files(story)]
        assert always or self.made.secrets, "nothing secret was made: the hunt would prove nothing"
        found = hunt(self.made.quarries, [*spoken, *written, *places.slack(story)])
        ours = [(where, content) for where, content in written if "slack.json" not in where]
        return found + hunt([REPLY_ADDRESS], [*spoken, *ours])
