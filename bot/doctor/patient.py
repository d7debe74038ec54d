"""What the doctor has before it: settings as far as they are usable, so that one wrong line hides nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.settings import Environment, File, Settings, SettingsError
from services.clock import SystemClock
from services.directory.presets import PRESETS
from services.policy import Rules
from services.ports import Clock

FILE = "locksmith.toml"
"""Stands for the whole file where something in it is wrong."""
_STAND_INS = {
    "SLACK_BOT_TOKEN": "xoxb-",
    "SLACK_APP_TOKEN": "xapp-",
    "TWILIO_ACCOUNT_SID": "-",
    "TWILIO_AUTH_TOKEN": "-",
    "TWILIO_FROM": "-",
    "TWILIO_VOICE_FROM": "+10000000",
    "PUBLIC_URL": "https://localhost",
    "DATABASE_URL": "sqlite://",
    "DIRECTORY_URL": "sqlite://",
    "SECRET_KEY": "-" * 32,
}
"""They make the rest readable; a look that needs a setting which has one is not taken."""


@dataclass(frozen=True)
class Patient:
    settings: Settings
    clock: Clock
    problems: tuple[str, ...] = ()
    unusable: frozenset[str] = frozenset()

    def lacks(self, *needed: str) -> str:
        """Why a look that needs these settings cannot be taken; empty where it can."""
        missing = [name for name in needed if name in self.unusable]
        return f"Put {' and '.join(missing)} right first." if missing else ""


def receive(environ: Mapping[str, str], path: Path | None = None, clock: Clock | None = None) -> Patient | list[str]:
    """A patient; or, where nothing at all could be tried, only what is wrong with the settings."""
    clock = clock or SystemClock()
    try:
        return Patient(Settings.load(environ, path), clock)
    except SettingsError as error:
        problems = error.problems
    unusable = {name for problem in problems if (name := _named(problem))}
    required = {name.upper() for name, field in Environment.model_fields.items() if field.is_required()}
    if required <= unusable:
        return problems
    usable = {name: value for name, value in environ.items() if name not in unusable}
    filled = usable | {name: _STAND_INS[name] for name in unusable if name in _STAND_INS}
    try:
        settings = Settings.load(filled, path)
    except SettingsError as error:
        if any(_named(problem) for problem in error.problems):  # a rule that no stand-in satisfies
            return problems
        settings, unusable = _without_file(filled), unusable | {FILE}
    return Patient(settings, clock, tuple(problems), frozenset(unusable))


def _named(problem: str) -> str:
    """Every sentence about the environment begins with the setting's name; one about the file does not."""
    name = problem.partition(" ")[0]
    return name if name.lower() in Environment.model_fields else ""


def _without_file(environ: Mapping[str, str]) -> Settings:
    values = {name: environ[name.upper()] for name in Environment.model_fields if environ.get(name.upper())}
    file = File(product="-", contact="-", agents=("U0",), managers=("U0",), audit_channel="C0")
    rules, policy = Rules(product="-", contact="-"), file.approval.policy(())
    return Settings(Environment.model_validate(values), file, rules, policy, PRESETS["statstak"])
