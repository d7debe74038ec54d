"""The ways in which the same stories are told: Slack's transport, the database of Locksmith's own, processes."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from itertools import product
from zlib import crc32

import pytest
from pydantic import SecretStr

from bot.settings import Settings
from sandbox.cast import APP_TOKEN, SIGNING_SECRET


@dataclass(frozen=True)
class Setting:
    transport: str
    database: str
    processes: int

    def __str__(self) -> str:
        return f"{self.transport}-{self.database}-{self.processes}"

    @property
    def over_http(self) -> bool:
        return self.transport == "http"

    def of(self, settings: Settings, own: str, public_url: str) -> Settings:
        """With the secret of this transport alone; `own` is where Locksmith's state lies."""
        secret = SecretStr(SIGNING_SECRET if self.over_http else APP_TOKEN)
        environment = settings.environment.model_copy(
            update={
                "slack_app_token": None if self.over_http else secret,
                "slack_signing_secret": secret if self.over_http else None,
                "database_url": SecretStr(own),
                "public_url": public_url,
            }
        )
        return replace(settings, environment=environment)


ALL = tuple(Setting(*one) for one in product(("socket", "http"), ("sqlite", "postgresql"), (1, 4)))
USUAL = (Setting("socket", "sqlite", 1), Setting("http", "postgresql", 4))
"""They differ in everything."""


def chosen() -> tuple[Setting, ...]:
    match os.environ.get("LOCKSMITH_MATRIX", ""):
        case "" | "both":
            return USUAL
        case "all":
            return ALL
        case other:
            raise pytest.UsageError(f"LOCKSMITH_MATRIX is {other!r}; there is: both, all")


def in_turn(items: list[pytest.Item]) -> list[pytest.Item]:
    """What is left out by default: each story is told in one of the two settings, by a fixed toss of its name."""
    if os.environ.get("LOCKSMITH_MATRIX"):
        return []
    told: dict[str, list[pytest.Item]] = {}
    for item in items:
        callspec = getattr(item, "callspec", None)
        if callspec is not None and isinstance(setting := callspec.params.get("setting"), Setting):
            told.setdefault(item.nodeid.replace(str(setting), ""), []).append(item)
    return [pair[crc32(name.encode()) % 2] for name, pair in told.items() if len(pair) == len(USUAL)]


def only(**these: object) -> pytest.MarkDecorator:
    """For a story about one transport, one database or one number of processes: `@only(transport="socket")`."""
    fitting = [one for one in ALL if all(getattr(one, name) == value for name, value in these.items())]
    told = [one for one in chosen() if one in fitting] or fitting[:1]
    return pytest.mark.parametrize("setting", told, ids=str, indirect=True)
