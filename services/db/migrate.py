"""Bringing Locksmith's own tables to the present shape."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from services.db.session import patiently

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x10C4_5317
_VERSION_TABLE = "locksmith_version"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    return config


def migrate(engine: Engine) -> None:
    """Idempotent; one transaction. Two at once wait for one another (SQLite's own lock does that)."""
    config = _config()
    with engine.begin() as connection, patiently(connection):
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_current(engine: Engine) -> bool:
    head = ScriptDirectory.from_config(_config()).get_current_head()
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": _VERSION_TABLE})
        return context.get_current_revision() == head


def check(engine: Engine) -> None:
    """Raises where the tables as declared and as migrated differ (for the tests)."""
    config = _config()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.check(config)
