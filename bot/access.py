"""What the directory's commands need of the settings: addresses and `[directory]`, and nothing of Slack or Twilio.

So an engineer sees whether a product will work before anything else is set up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, SecretStr
from sqlalchemy import Engine

from bot.settings import DirectoryUrl, Region, SettingsError, from_environment, from_toml
from services.db.session import make_engine
from services.directory.check.checking import Ground
from services.directory.written import read_mapping


class Addresses(BaseModel):
    """Of the environment."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    directory_url: DirectoryUrl
    directory_read_url: DirectoryUrl | None = None
    directory_pepper: SecretStr = SecretStr("")


class _File(BaseModel):
    """Of `locksmith.toml`; the rest of it may be missing yet."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    region: Region = "US"
    directory: dict[str, Any] = {"preset": "statstak"}


@contextmanager
def product(environ: Mapping[str, str]) -> Iterator[Engine]:
    """The product's database, whatever the file says. Raises SettingsError."""
    problems: list[str] = []
    found = from_environment(Addresses, environ, problems)
    if found is None:
        raise SettingsError(problems)
    engine = make_engine(found.directory_url.get_secret_value(), ours=False)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def ground(environ: Mapping[str, str], path: Path | None = None) -> Iterator[Ground]:
    """`path` overrides LOCKSMITH_CONFIG. Raises SettingsError naming all that is wrong."""
    problems: list[str] = []
    found = from_environment(Addresses, environ, problems)
    path = path or Path(environ.get("LOCKSMITH_CONFIG") or "locksmith.toml")
    file = from_toml(_File, path, problems, ": `python -m bot directory inspect` proposes its [directory]")
    peppered = bool(environ.get("DIRECTORY_PEPPER"))
    mapping = read_mapping(file.directory, problems, peppered=peppered) if file else None
    if found is None or file is None or mapping is None:
        raise SettingsError(problems)
    engine = make_engine(found.directory_url.get_secret_value(), ours=False)
    copy = make_engine(found.directory_read_url.get_secret_value(), ours=False) if found.directory_read_url else None
    try:
        yield Ground(engine, mapping, file.region, copy, found.directory_pepper.get_secret_value())
    finally:
        for each in (engine, copy):
            if each is not None:
                each.dispose()
