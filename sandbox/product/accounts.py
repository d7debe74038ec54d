"""The product's own view of its people: who may sign in with what.

Written against the table alone, with argon2-cffi: a second opinion on everything Locksmith writes there.
Times in this database are naive UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from pathlib import Path
from typing import Any

import argon2
from sqlalchemy import Connection, MetaData, Row, Table, create_engine, func, make_url, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

SHORTEST = 8
WRONG_TRIES = 5
LOCKED_FOR = timedelta(hours=1)
_HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


class Unavailable(Exception):
    """The database or its table is not there (yet)."""


class No(Enum):
    """Why a sign-in or a change of password was not done."""

    WRONG = auto()
    LOCKED = auto()
    DEACTIVATED = auto()
    EXPIRED = auto()
    USED = auto()
    TOO_SHORT = auto()
    IS_TEMPORARY = auto()
    ENDED = auto()


@dataclass(frozen=True)
class Session:
    """One browser's sign-in. Dies when the person's session version moves on."""

    person: int
    version: int
    temporary: bool
    """Opened with a temporary password: good for choosing an own one, and for nothing else before that."""


@dataclass(frozen=True)
class Member:
    """A signed-in person, as the pages show them."""

    name: str
    email: str
    role: str
    must_choose: bool


class Accounts:
    def __init__(self, url: str, now: Callable[[], float]) -> None:
        self._url = make_url(url)
        self._now = now
        # A pool would outlive the file when a demo starts over.
        self._engine = create_engine(self._url, poolclass=NullPool, hide_parameters=True)
        self._unknown_person = _HASHER.hash("nobody has this password")

    def sign_in(self, email: str, password: str) -> Session | No:
        with self._people() as (connection, people):
            query = select(people).where(func.lower(people.c.email) == email.strip().lower())
            row = connection.execute(query).first()
            if row is None:
                _fits(self._unknown_person, password)  # an unknown address takes as long as a wrong password
                return No.WRONG
            if row.locked_until is not None and row.locked_until > self._moment():
                return No.LOCKED
            if _fits(row.password_hash, password):
                return self._open_with_own(connection, people, row)
            if _fits(row.temporary_password_hash, password.strip()):
                return self._open_with_temporary(connection, people, row)
            return self._count(connection, people, row)

    def member(self, session: Session) -> Member | None:
        """Who that session belongs to, or None where it has ended."""
        with self._people() as (connection, people):
            row = connection.execute(select(people).where(*_open(people, session))).first()
        if row is None:
            return None
        name = " ".join(part for part in (row.first_name, row.last_name) if part)
        return Member(name, row.email, row.role, session.temporary and bool(row.must_change_password))

    def choose_password(self, session: Session, current: str, new: str) -> Session | No:
        """Set the person's own password. After a temporary sign-in `current` is not asked for."""
        if len(new) < SHORTEST:
            return No.TOO_SHORT
        with self._people() as (connection, people):
            row = connection.execute(select(people).where(*_open(people, session))).first()
            if row is None:
                return No.ENDED
            if not session.temporary and not _fits(row.password_hash, current):
                return No.WRONG
            if _fits(row.temporary_password_hash, new) or _fits(row.temporary_password_hash, new.strip()):
                return No.IS_TEMPORARY
            change = update(people).where(*_open(people, session)).values(self._own_password(people, new))
            if not connection.execute(change).rowcount:
                return No.ENDED
            return Session(session.person, session.version + 1, temporary=False)

    def first_people(self, count: int) -> list[dict[str, Any]]:
        """The people with the lowest ids who are active and have some number on record."""
        with self._people() as (connection, people):
            query = (
                select(people.c.first_name, people.c.last_name, people.c.email, people.c.phone)
                .where(people.c.active.is_(True), people.c.phone.is_not(None))
                .order_by(people.c.id)
                .limit(count)
            )
            return [dict(row._mapping) for row in connection.execute(query)]

    def _open_with_own(self, connection: Connection, people: Table, row: Row[Any]) -> Session | No:
        if not row.active:
            return No.DEACTIVATED
        signed_in = {"last_sign_in_at": self._moment(), "failed_sign_ins": 0, "locked_until": None}
        connection.execute(update(people).where(people.c.id == row.id).values(signed_in))
        return Session(row.id, row.session_version, temporary=False)

    def _open_with_temporary(self, connection: Connection, people: Table, row: Row[Any]) -> Session | No:
        """One conditional UPDATE decides: of two who try at once, one comes in."""
        moment = self._moment()
        if not row.active:
            return No.DEACTIVATED
        use = (
            update(people)
            .where(
                people.c.id == row.id,
                people.c.temporary_password_hash == row.temporary_password_hash,
                people.c.temporary_password_used_at.is_(None),
                people.c.temporary_password_expires_at > moment,
                people.c.session_version == row.session_version,
            )
            .values(
                temporary_password_used_at=moment,
                last_sign_in_at=moment,
                session_version=people.c.session_version + 1,
            )
        )
        if connection.execute(use).rowcount:
            return Session(row.id, row.session_version + 1, temporary=True)
        return No.EXPIRED if row.temporary_password_used_at is None else No.USED

    def _count(self, connection: Connection, people: Table, row: Row[Any]) -> No:
        """The last try that is allowed locks."""
        locks = row.failed_sign_ins + 1 >= WRONG_TRIES
        values: dict[str, Any] = {"failed_sign_ins": people.c.failed_sign_ins + 1}
        if locks:
            values = {"failed_sign_ins": 0, "locked_until": self._moment() + LOCKED_FOR}
        connection.execute(update(people).where(people.c.id == row.id).values(values))
        return No.LOCKED if locks else No.WRONG

    def _own_password(self, people: Table, new: str) -> dict[str, Any]:
        """Whatever was temporary ends with the person's own choice, and so does every other sign-in."""
        moment = self._moment()
        return {
            "password_hash": _HASHER.hash(new),
            "password_changed_at": moment,
            "temporary_password_hash": None,
            "temporary_password_expires_at": None,
            "temporary_password_used_at": None,
            "must_change_password": False,
            "session_version": people.c.session_version + 1,
            "updated_at": moment,
        }

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self._now(), UTC).replace(tzinfo=None)

    @contextmanager
    def _people(self) -> Iterator[tuple[Connection, Table]]:
        """One transaction and the table as it is. Raises Unavailable only."""
        path = self._url.database or ""
        if self._url.get_backend_name() == "sqlite" and not Path(path).is_file():
            raise Unavailable  # to connect would make an empty file
        try:
            with self._engine.begin() as connection:
                yield connection, Table("people", MetaData(), autoload_with=connection, resolve_fks=False)
        except SQLAlchemyError:
            raise Unavailable from None


def _open(people: Table, session: Session) -> list[Any]:
    """The condition under which a session still stands.

    One that a temporary password opened ends also when that password is withdrawn or replaced, until the
    person has chosen their own.
    """
    conditions = [
        people.c.id == session.person,
        people.c.session_version == session.version,
        people.c.active.is_(True),
    ]
    if session.temporary:
        conditions.append(people.c.temporary_password_used_at.is_not(None))
    return conditions


def _fits(kept: str | None, password: str) -> bool:
    try:
        return bool(kept) and _HASHER.verify(str(kept), password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False
