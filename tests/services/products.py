"""Tables as products make them, on any database, and what a product does with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import URL, Column, Engine, MetaData, Table, select, text, update

from services.db.session import make_engine
from services.directory.mapping import Mapping
from services.directory.sql import SqlDirectory
from services.ports import Credentials, Image


@dataclass
class Product:
    """`people` is its table of people, with the key in the first column."""

    engine: Engine
    metadata: MetaData = field(default_factory=MetaData)

    def table(self, name: str, *columns: Column[Any], schema: str | None = None) -> Table:
        made = Table(name, self.metadata, *columns, schema=schema)
        made.create(self.engine)
        return made

    def add(self, table: Table, *rows: dict[str, Any]) -> None:
        with self.engine.begin() as connection:
            for row in rows:
                connection.execute(table.insert().values(row))

    def row(self, table: Table, key: Any) -> dict[str, Any]:
        with self.engine.connect() as connection:
            return dict(connection.execute(select(table).where(next(iter(table.columns)) == key)).one()._mapping)

    def rows(self, table: Table) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(select(table))]

    def set(self, table: Table, key: Any, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(update(table).where(next(iter(table.columns)) == key).values(values))

    def run(self, *statements: str) -> None:
        with self.engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))

    def directory(self, mapping: Mapping, **more: Any) -> SqlDirectory:
        return SqlDirectory(self.engine, mapping, "US", **more)


def open_product(url: str | URL) -> Product:
    return Product(make_engine(url if isinstance(url, str) else url.render_as_string(hide_password=False)))


def held(directory: SqlDirectory, key: str) -> Credentials:
    credentials = directory.credentials(key)
    assert credentials is not None
    return credentials


def reset(directory: SqlDirectory, key: str, until: datetime, secret: str = "the new hash") -> tuple[Image, Image]:
    """Rehearsed and written as the sender does: (what was there, what is there now)."""
    base, new = held(directory, key).image, directory.temporary(secret, until)
    directory.rehearse(key, base, new)
    assert held(directory, key).image == base
    assert directory.swap(key, base, new)
    return base, new
