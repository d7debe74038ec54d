"""What the directory's commands need of the settings: addresses and `[directory]`, and nothing of Slack or Twilio.

So an engineer sees whether a product will work before anything else is set up.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from sqlalchemy import Engine

from bot.settings import DirectoryUrl, SettingsError, sentence
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

    region: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "US"
    directory: dict[str, Any] = {"preset": "statstak"}


@dataclass
class _Problems:
    said: list[str] = field(default_factory=list)

    def of(self, error: ValidationError, place: str = "") -> None:
        for part in error.errors():
            name = ".".join(str(step) for step in part["loc"])
            self.said.append(f"{place}{sentence(name if place else name.upper(), part)}")


@contextmanager
def product(environ: Mapping[str, str]) -> Iterator[Engine]:
    """The product's database, whatever the file says. Raises SettingsError."""
    problems = _Problems()
    found = _addresses(environ, problems)
    if found is None:
        raise SettingsError(problems.said)
    engine = make_engine(found.directory_url.get_secret_value())
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def ground(environ: Mapping[str, str], path: Path | None = None) -> Iterator[Ground]:
    """`path` overrides LOCKSMITH_CONFIG. Raises SettingsError naming all that is wrong."""
    problems = _Problems()
    found = _addresses(environ, problems)
    file = _read(path or Path(environ.get("LOCKSMITH_CONFIG") or "locksmith.toml"), problems)
    peppered = bool(environ.get("DIRECTORY_PEPPER"))
    mapping = read_mapping(file.directory, problems.said, peppered=peppered) if file else None
    if found is None or file is None or mapping is None:
        raise SettingsError(problems.said)
    engine = make_engine(found.directory_url.get_secret_value())
    copy = make_engine(found.directory_read_url.get_secret_value()) if found.directory_read_url else None
    try:
        yield Ground(engine, mapping, file.region, copy, found.directory_pepper.get_secret_value())
    finally:
        for each in (engine, copy):
            if each is not None:
                each.dispose()


def _addresses(environ: Mapping[str, str], problems: _Problems) -> Addresses | None:
    values = {name: environ[name.upper()] for name in Addresses.model_fields if environ.get(name.upper())}
    try:
        return Addresses.model_validate(values)
    except ValidationError as error:
        problems.of(error)
        return None


def _read(path: Path, problems: _Problems) -> _File | None:
    try:
        return _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        problems.said.append(f"{path} is missing: `python -m bot directory inspect` proposes its [directory]")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.said.append(f"{path} cannot be read: {error}")
    except ValidationError as error:
        problems.of(error, f"{path}: ")
    return None
