"""A reset tried on a person of the product, in one transaction that is rolled back."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Column, Connection, Engine, false, func, select, update

from services.db.session import READ_ONLY
from services.directory import catalog, writing
from services.directory.catalog import Listed
from services.directory.check.rights import refusal
from services.directory.faults import connected
from services.directory.formats import Format
from services.directory.shape import Shape
from services.directory.sql import SqlDirectory, Trial
from services.lookout import Check, failed, ok, skipped, warning
from services.ports import Clock, Credentials, Image

ITSELF, WRITTEN, RESET, BACK, NOTHING = (
    f"directory: {name}" for name in ("a row to itself", "a hash written", "a reset", "put back", "rolled back")
)
_LIFE = timedelta(hours=1)


@dataclass(frozen=True)
class Made:
    """A password made for the trial, and its hash as the product writes it."""

    password: str = field(repr=False)
    stored: str = field(repr=False)
    form: Format
    pepper: str = field(default="", repr=False)

    def opens(self, stored: str | None, more: str = "") -> bool:
        return self.form.verify(self.password + more, stored or "", self.pepper)


@dataclass(frozen=True)
class Person:
    """The whole row of one person, as far as the account may read it, and how many rows go with it."""

    row: dict[str, Any] = field(repr=False)
    rows: dict[str, int]

    def differs(self, other: Person) -> list[str]:
        return [name for name, value in self.row.items() if other.row[name] != value]


class Trier:
    """Tries on the person with this key. Raises DirectoryUnreachable, DirectoryRefused."""

    def __init__(self, engine: Engine, directory: SqlDirectory, clock: Clock) -> None:
        self._engine = engine
        self._directory = directory
        self._clock = clock
        self._shape = directory.shape
        everything = list(self._shape.people.columns)
        if refusal(engine, select(*everything).where(false())):
            everything = [self._shape.column(name) for name in self._shape.mapping.columns]
        self._columns = everything

    # --- on anybody -------------------------------------------------------------------------------

    def itself(self, key: str) -> Check:
        """Real rights on a real row, and what the database changes at each write by itself."""
        shape, written = self._shape, self._shape.mapping.written_columns
        same = {name: shape.column(name) for name in written}
        with connected(self._engine) as connection:
            try:
                before = _row(connection, shape, key, self._columns)
                hit = connection.execute(update(shape.people).where(shape.is_(key)).values(same)).rowcount
                after = _row(connection, shape, key, self._columns)
            finally:
                connection.rollback()
        if hit != 1 or before is None or after is None:
            found = f"An UPDATE of one person's row hit {hit} rows: it is hidden from the account when it writes."
            return failed(ITSELF, found, "See row security, rules and triggers of the table.")
        changed = [name for name in before if before[name] != after[name]]
        if meddled := [name for name in changed if name in written]:
            return failed(
                ITSELF, f"The database changes {', '.join(meddled)} at each write{self._triggers()}.", _TRIGGER
            )
        more = f"; the database itself changed {', '.join(changed)}" if changed else ""
        return ok(ITSELF, f"An UPDATE of one person's row to itself works and was rolled back{more}.")

    def written(self, key: str, made: Made) -> Check:
        """A new hash and what goes with it, read back: nothing cuts it off or makes another of it."""
        before = self._directory.credentials(key)
        if before is None:
            return skipped(WRITTEN, "That person is gone by now.")
        wanted = self._directory.temporary(made.stored, self._clock.now() + _LIFE)
        with self._directory.trial() as trial:
            swapped = trial.swap(key, before.image, wanted, restoring=False)
            after = trial.credentials(key)
        if not swapped or after is None:
            return failed(WRITTEN, _NOT_WRITTEN, _TRIGGER)
        if lost := self._lost(wanted, after.image):
            return failed(WRITTEN, _not_kept(lost, self._triggers()), _TRIGGER)
        return ok(WRITTEN, "One person's row kept a new hash and what goes with it; it was rolled back.")

    def _lost(self, wanted: Image, held: Image) -> list[str]:
        """Columns that do not hold what was written."""
        pairs = [(self._shape.mapping.secret, wanted.secret, held.secret)]
        pairs += [(name, value, dict(held.extras)[name]) for name, value in wanted.extras]
        return [name for name, value, now in pairs if value != now]

    def _triggers(self) -> str:
        m = self._shape.mapping
        with connected(self._engine.execution_options(**{READ_ONLY: True})) as connection:
            there = catalog.listed(connection, m.schema, [m.table])
            people = catalog.find(there, m.table, m.schema) or Listed(m.table, m.schema)
            names = catalog.triggers(connection, people)
        return f" (trigger {', '.join(names)})" if names else ""

    # --- on somebody who was named ----------------------------------------------------------------

    def reset(self, key: str, made: Made) -> Iterator[Check]:
        """Written, read back, verified, put back, compared byte for byte, rolled back."""
        first, before = self._person(key), self._directory.credentials(key)
        if first is None or before is None:
            yield skipped(RESET, "That person is gone by now.")
            return
        wanted = self._directory.temporary(made.stored, self._clock.now() + _LIFE)
        with self._directory.trial() as trial:
            done = trial.swap(key, before.image, wanted, restoring=False)
            held, middle = trial.credentials(key), _person(trial.connection, self._shape, key, self._columns)
            if not done or held is None or middle is None:
                yield failed(RESET, _NOT_WRITTEN, _TRIGGER)
            elif lost := self._lost(wanted, held.image):
                yield failed(RESET, _not_kept(lost, self._triggers()), _TRIGGER)
            elif not made.opens(held.image.secret):
                yield failed(RESET, "The hash that was read back does not fit its password.", _TRIGGER)
            else:
                yield ok(RESET, _story(first, middle))
                yield self._put_back(trial, key, first, wanted, before)
        yield self._unchanged(first, self._person(key))

    def _put_back(self, trial: Trial, key: str, first: Person, ours: Image, before: Credentials) -> Check:
        back = trial.swap(key, ours, before.image, restoring=True)
        last = _person(trial.connection, self._shape, key, self._columns)
        if not back or last is None:
            return failed(BACK, "The earlier hash could not be put back: ours was not found again.", _TRIGGER)
        differs = first.differs(last)
        if wrong := [name for name in differs if name in self._shape.mapping.written_columns]:
            return failed(BACK, f"{', '.join(wrong)} did not come back as before{self._triggers()}.", _TRIGGER)
        more = f"; the database itself keeps its own {', '.join(differs)}" if differs else ""
        return ok(BACK, f"All {len(first.row)} columns compared byte for byte: as before{more}.")

    def _person(self, key: str) -> Person | None:
        with connected(self._engine.execution_options(**{READ_ONLY: True})) as connection:
            return _person(connection, self._shape, key, self._columns)

    @staticmethod
    def _unchanged(first: Person, now: Person | None) -> Check:
        if now is not None and now == first:
            rows = sum(first.rows.values())
            return ok(NOTHING, f"Nothing was changed: the row and {rows:,} rows beside it read as before.")
        return warning(
            NOTHING,
            "All was rolled back; somebody else changed that person meanwhile.",
            "Run it once more, on a person whom nobody uses.",
        )


_TRIGGER = "See triggers, generated columns and the width of the column: Locksmith has to find again what it wrote."


_NOT_WRITTEN = "The hash was not written: the row is not found by its key and its present hash."


def _story(first: Person, middle: Person) -> str:
    ended = ", ".join(f"{first.rows[name] - middle.rows[name]:,} of {name}" for name in first.rows)
    said = f"Written, read back and verified. Changed: {', '.join(first.differs(middle))}."
    return f"{said} Rows that went with it: {ended}." if ended else said


def _not_kept(lost: list[str], triggers: str) -> str:
    return f"{', '.join(lost)} did not keep what was written{triggers}: the password that was texted would not open."


def make(directory: SqlDirectory, form: Format, pepper: str) -> Made:
    """Raises ValueError where no hash can be made."""
    password = secrets.token_urlsafe(12)
    return Made(password, directory.hash(password), form, pepper)


def _row(connection: Connection, shape: Shape, key: str, columns: list[Column[Any]]) -> dict[str, Any] | None:
    found = connection.execute(select(*columns).where(shape.is_(key))).one_or_none()
    return None if found is None else dict(zip((column.name for column in columns), found, strict=True))


def _person(connection: Connection, shape: Shape, key: str, columns: list[Column[Any]]) -> Person | None:
    row = _row(connection, shape, key, columns)
    if row is None:
        return None
    counts: dict[str, int] = {}
    for rows, table in shape.rows:
        held = row[rows.by or shape.mapping.key]
        there = select(func.count()).select_from(table).where(*writing.belonging(rows, table, held))
        counts[table.name] = counts.get(table.name, 0) + (connection.scalar(there) or 0)
    return Person(row, counts)
