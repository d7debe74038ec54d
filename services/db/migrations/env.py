"""Alembic's entry: called by services/db/migrate.py with a connection; touches only Locksmith's tables."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from services.db.tables import Base

VERSION_TABLE = "locksmith_version"


def _ours(name: str | None, kind: str, _parents: object) -> bool:
    """Full-text indexes are of one database's kind each; the migrations alone make them."""
    if kind == "index":
        return not (name or "").startswith("gin_")
    return kind != "table" or (name or "").startswith("locksmith_")


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        version_table=VERSION_TABLE,
        render_as_batch=True,
        include_name=_ours,
    )
    with context.begin_transaction():
        context.run_migrations()


_run(context.config.attributes["connection"])
