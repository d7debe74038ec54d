"""A directory in SQL tables of the product. Reads live, writes by compare-and-swap, alters no table.

Raises DirectoryUnreachable and DirectoryRefused only, `from None` (services/directory/faults.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import groupby, islice
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Engine, Row, false, func, or_, select

from services.clock import SystemClock
from services.db.session import READ_ONLY
from services.directory import writing
from services.directory.faults import connected, suit
from services.directory.formats import UNUSABLE, Sample, sample_of
from services.directory.mapping import SIGN_IN, Mapping
from services.directory.neighbours import select_stride, sum_of, within
from services.directory.people import DECIDED, person, select_people, yes
from services.directory.shape import Shape, canonical, look, python_type, text_of, value_of
from services.directory.tables import SqliteTime
from services.directory.times import time_of
from services.errors import DirectoryRefused, DirectoryUnreachable, ValueChanged
from services.model import Abilities, Person
from services.ports import Clock, Credentials, Image, Own, Sum

_BATCH = 1000
_LOOKED_AT, _SAMPLE = 200, 20
"""Of so many passwords the newest hashes of the product's format, whose parameters are taken for its present ones."""
_NAMESAKES = 20


@dataclass(frozen=True)
class Trial:
    """A transaction that will be rolled back; `swap` and `credentials` are the directory's, in it."""

    connection: Connection
    swap: Callable[..., bool]
    credentials: Callable[[str], Credentials | None]


class SqlDirectory:
    """`engine` writes, and reads whatever is shown of one person or decided by; so nothing of that comes from a
    copy that lags. `reading`, where there is one, streams everybody and looks up addresses.
    """

    def __init__(
        self,
        engine: Engine,
        mapping: Mapping,
        region: str,
        *,
        reading: Engine | None = None,
        pepper: str = "",
        clock: Clock | None = None,
    ) -> None:
        self._engine = engine
        self._live = engine.execution_options(**{READ_ONLY: True})
        self._reading = (reading or engine).execution_options(**{READ_ONLY: True})
        self._mapping = mapping
        self._region = region
        self._pepper = pepper
        self._clock = clock or SystemClock()
        self._looked: Shape | None = None
        for each in (engine, reading):
            if each is not None:
                suit(each)

    @property
    def shape(self) -> Shape:
        """The tables as they are, looked at once. Raises DirectoryUnreachable, DirectoryRefused."""
        if self._looked is None:
            with connected(self._live) as connection:
                self._looked = look(connection, self._mapping)
        return self._looked

    @property
    def abilities(self) -> Abilities:
        """Needs the database once: what an installation lacks is seen in its tables."""
        m = self.shape.mapping
        in_rows = any(rows.kind == SIGN_IN for rows in m.rows)
        ends = m.ends_sign_ins or (in_rows and not m.temporary_password)
        return Abilities(
            keeps_old_password=bool(m.temporary_password),
            must_change=bool(m.must_change),
            ends_sign_ins=ends,
            knows_expiry=bool(m.temporary_expires_at),
            shows_sign_ins=bool(m.last_sign_in_at or m.temporary_used_at),
            closing_ends_sign_ins=ends or in_rows or bool(m.session_version),
            ends_at_write=ends and not m.temporary_password,
            unlocks=bool(m.unlock),
            cannot=m.cannot,
        )

    # --- people ----------------------------------------------------------------------------------

    def by_keys(self, keys: Sequence[str]) -> dict[str, Person]:
        shape = self.shape
        typed = [value for key in keys if (value := shape.key_value(key)) is not None]
        if not typed:
            return {}
        found: dict[str, list[Row[Any]]] = {}
        with connected(self._live) as connection:
            for row in connection.execute(select_people(shape).where(shape.key.in_(typed))):
                found.setdefault(self._key(row.key), []).append(row)
        now = self._clock.now()
        return {key: person(shape, key, rows, self._region, now) for key, rows in found.items()}

    def by_email(self, email: str) -> list[Person]:
        shape = self.shape
        column, typed = shape.column(shape.mapping.email), email.strip()
        as_written = column.in_({typed, typed.lower()})  # an ordinary index knows these, and not the others
        for wanted in (as_written, func.lower(column) == typed.lower()):
            with connected(self._reading) as connection:
                found = connection.scalars(select(shape.key).where(wanted).limit(_NAMESAKES))
                keys = [self._key(key) for key in found]
            if keys:
                return list(self.by_keys(keys).values())
        return []

    def everybody(self) -> Iterator[Person]:
        shape, now = self.shape, self._clock.now()
        with connected(self._reading) as connection:
            rows = connection.execution_options(yield_per=_BATCH).execute(select_people(shape).order_by(shape.key))
            for key, theirs in groupby(rows, lambda row: self._key(row.key)):
                yield person(shape, key, list(theirs), self._region, now)

    def stride(self, after: str | None, count: int) -> str | None:
        shape = self.shape
        with connected(self._reading) as connection:
            keys = connection.scalars(select_stride(shape, after, count)).all()
        return self._key(keys[-1]) if keys else None

    def stretch(self, after: str | None, upto: str) -> tuple[Sum, list[Person]]:
        with connected(self._reading) as connection:
            return sum_of(self.shape, connection, after, upto), self._between(connection, after, upto)

    def between(self, after: str | None, upto: str) -> list[Person]:
        with connected(self._reading) as connection:
            return self._between(connection, after, upto)

    def _between(self, connection: Connection, after: str | None, upto: str) -> list[Person]:
        shape, now = self.shape, self._clock.now()
        wanted = select_people(shape).where(*within(shape, after, upto)).order_by(shape.key)
        found = groupby(connection.execute(wanted), lambda row: self._key(row.key))
        return [person(shape, key, list(rows), self._region, now) for key, rows in found]

    def sum(self, after: str | None, upto: str) -> Sum:
        with connected(self._reading) as connection:
            return sum_of(self.shape, connection, after, upto)

    def _key(self, value: object) -> str:
        return text_of(self.shape.key, value) or ""

    # --- credentials -----------------------------------------------------------------------------

    def hash(self, password: str) -> str:
        m = self._mapping
        return m.format.hash(password, m.hash_parameters or self._usual_parameters(), self._pepper)

    def _usual_parameters(self) -> str:
        """Of the newest hashes in the product's format; empty where there is none. A product that finds others than
        its own at a sign-in hashes anew, and then nobody can tell whether the person chose a password.
        """
        costs = (self._mapping.format.parameters(stored or "") for stored in self._newest(_LOOKED_AT, usable=True))
        seen = Counter(islice((cost for cost in costs if cost is not None), _SAMPLE))
        return seen.most_common(1)[0][0] if seen else ""

    def survey(self, limit: int = 200) -> Counter[Sample]:
        """What the newest hashes are, and how many of each kind: the evidence for a mapping."""
        return Counter(map(sample_of, self._newest(limit)))

    def _newest(self, limit: int, *, usable: bool = False) -> list[str | None]:
        """By last sign-in, when a product hashes anew what is out of date; by key where that is not known or slow.

        `usable`: not of people without a password here, who may be all the latest where most sign in elsewhere.
        """
        shape = self.shape
        password = shape.column(shape.mapping.password)
        which = [~or_(password == "", *map(password.startswith, UNUSABLE))] if usable else []
        ways: list[tuple[Column[Any], list[ColumnElement[bool]]]] = []
        if seen := shape.mapping.last_sign_in_at:
            column = shape.column(seen)
            ways.append((column, [column.is_not(None), *which]))
        if which:
            ways.append((shape.key, which))
        for newest, conditions in ways:
            with suppress(DirectoryUnreachable):
                if found := self._hashes(limit, newest, *conditions):
                    return found
        return self._hashes(limit, shape.key)

    def _hashes(self, limit: int, newest: Column[Any], *which: ColumnElement[bool]) -> list[str | None]:
        password = self.shape.column(self.shape.mapping.password)
        with connected(self._live) as connection:
            found = connection.scalars(select(password).where(*which).order_by(newest.desc()).limit(limit))
            return [text_of(password, stored) for stored in found]

    def temporary(self, password_hash: str, expires_at: datetime) -> Image:
        m = self.shape.mapping
        extras: list[tuple[str, str | None]] = []
        if m.temporary_expires_at:
            extras.append((m.temporary_expires_at, expires_at.astimezone(UTC).replace(microsecond=0).isoformat()))
        if m.temporary_used_at:
            extras.append((m.temporary_used_at, None))
        if m.must_change:
            extras.append((m.must_change, None if m.must_change_null else "1"))
        extras += [(name, canonical(self.shape.column(name), writing.fresh(word))) for name, word in m.set_with]
        return Image(password_hash, tuple(extras))

    def credentials(self, key: str) -> Credentials | None:
        shape = self.shape
        with connected(self._live) as connection:
            return self._credentials(shape, connection, key)

    def rehearse(self, key: str, present: Image, wanted: Image) -> None:
        shape = self.shape
        with connected(self._engine) as connection:
            try:
                if not self._swap(shape, connection, key, present, wanted, restoring=False):
                    raise ValueChanged("the value changed under our hands")
                after = self._credentials(shape, connection, key)
                if after is None or after.image != wanted:
                    raise DirectoryRefused("the table did not keep what was written")
            finally:
                connection.rollback()

    @contextmanager
    def trial(self) -> Iterator[Trial]:
        """All that is written in it is taken back at its end."""
        shape = self.shape
        with connected(self._engine) as connection:
            try:
                swap = partial(self._swap, shape, connection)
                yield Trial(connection, swap, partial(self._credentials, shape, connection))
            finally:
                connection.rollback()

    def swap(
        self,
        key: str,
        expected: Image,
        wanted: Image,
        *,
        restoring: bool = False,
        unless_used_since: datetime | None = None,
        while_own: Own | None = None,
    ) -> bool:
        shape = self.shape
        with connected(self._engine) as connection:
            conditions = _unused_since(shape, connection, key, unless_used_since)
            if while_own is not None and shape.mapping.temporary_password:
                conditions.append(shape.holds(shape.column(shape.mapping.password), while_own.hash))
            swapped = self._swap(shape, connection, key, expected, wanted, *conditions, restoring=restoring)
            if swapped:  # and not where a key that is not unique found several people
                connection.commit()
            return swapped

    def _swap(
        self,
        shape: Shape,
        connection: Connection,
        key: str,
        expected: Image,
        wanted: Image,
        *conditions: ColumnElement[bool],
        restoring: bool,
    ) -> bool:
        decided = self._clock.now() + DECIDED
        statement = writing.swap(shape, key, expected, wanted, *conditions, restoring=restoring, decided=decided)
        if connection.execute(statement).rowcount != 1:
            return False
        if not shape.mapping.temporary_password:  # beside an own password the product ends them itself, at use
            kinds = writing.AT_RETURN if restoring else writing.AT_WRITE
            writing.drop_rows(connection, shape, key, kinds)
        return True

    def unlock(self, key: str) -> bool:
        shape = self.shape
        if not shape.mapping.unlock:
            raise DirectoryRefused("no lock counters are named in its settings")
        with connected(self._engine) as connection:
            if connection.execute(writing.unlock(shape, key, self._clock.now() + DECIDED)).rowcount != 1:
                connection.rollback()  # also where a key that is not unique found several people
                return False
            rows = connection.execute(select_people(shape).where(shape.is_(key))).all()
            if person(shape, key, rows, self._region, self._clock.now()).may_be_locked:
                connection.rollback()
                raise DirectoryRefused("the table did not keep what was written")
            connection.commit()
            return True

    def is_closed(self, own_hash: str | None) -> bool:
        return own_hash is not None and (own_hash == self._mapping.closed or own_hash.startswith(UNUSABLE))

    def close(self, key: str, expected: Credentials) -> bool:
        shape = self.shape
        with connected(self._engine) as connection:
            closed = connection.execute(writing.close(shape, key, expected)).rowcount == 1
            if closed:
                writing.drop_rows(connection, shape, key, writing.AT_CLOSE)
            connection.commit()
            return closed

    @staticmethod
    def _credentials(shape: Shape, connection: Connection, key: str) -> Credentials | None:
        m = shape.mapping
        kept = (m.secret, m.password, *m.image_columns)
        columns = [shape.column(name) for name in dict.fromkeys((*kept, m.last_sign_in_at)) if name]
        row = connection.execute(select(*columns).where(shape.is_(key))).one_or_none()
        if row is None:
            return None
        values = {column.name: value for column, value in zip(columns, row, strict=True)}
        texts = {name: text_of(shape.column(name), values[name]) for name in kept}
        return Credentials(
            image=Image(texts[m.secret], tuple((name, texts[name]) for name in m.image_columns)),
            own_hash=texts[m.password],
            must_change=_must_change(m, values),
            last_sign_in_at=time_of(values.get(m.last_sign_in_at)),
            temporary_used_at=time_of(values.get(m.temporary_used_at)),
        )


def _must_change(mapping: Mapping, values: dict[str, Any]) -> bool | None:
    if not mapping.must_change:
        return None
    value = values[mapping.must_change]
    return value is None if mapping.must_change_null else yes(value)


def _unused_since(
    shape: Shape, connection: Connection, key: str, moment: datetime | None
) -> list[ColumnElement[bool]]:
    """In the statement itself (PROTOCOL rule 5). A time kept as a number or a text is no time to the database: it is
    read before, and then has to be the same still. SQLite has no other times.
    """
    m = shape.mapping
    if moment is None:
        return []
    if m.temporary_used_at:
        return [shape.column(m.temporary_used_at).is_(None)]
    if not m.last_sign_in_at:
        return []
    column = shape.column(m.last_sign_in_at)
    if python_type(column) is datetime and not isinstance(column.type, SqliteTime):
        return [or_(column.is_(None), column <= value_of(column, moment.astimezone(UTC).isoformat()))]
    seen = connection.scalar(select(column).where(shape.is_(key)))
    at = time_of(seen)
    return [false()] if at is not None and at > moment else [column.is_not_distinct_from(seen)]
