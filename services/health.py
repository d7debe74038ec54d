"""Whether what Locksmith stands on is there: pure looks at databases and clocks, for readiness and the doctor.

Of a driver's error only its kind is told (PROTOCOL rule 14).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import ColumnClause, Engine, column, func, select, table
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from services.circuit import halted
from services.db.migrate import is_current
from services.db.session import READ_ONLY
from services.db.tables import SearchStateRow, SearchStretchRow
from services.directory.faults import kind_of
from services.directory.mapping import Mapping
from services.errors import DirectoryRefused, DirectoryUnreachable
from services.lookout import Check, Lookout, Probe, failed, ok, skipped, warning
from services.model import Cause
from services.ports import Clock, Directory

MOST_SKEW = timedelta(seconds=2)
"""More than this makes expiry in text, column and carrier differ (PROTOCOL rule 17)."""
MOST_LAG = timedelta(minutes=5)
"""A round comes every minute."""
READY_SECONDS = 0.9
WHOLE_SECOND = timedelta(seconds=1)
"""A `Date` header has no fractions."""


# --- readiness ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Vitals:
    """What readiness looks at; `product` is the engine below `directory`."""

    own: Engine
    product: Engine
    directory: Directory
    mapping: Mapping
    clock: Clock
    twilio_url: str = ""
    """Empty: Twilio itself."""


@dataclass(frozen=True)
class Readiness:
    """One per process: it knows which looks of the round before still hang."""

    vitals: Vitals
    seconds: float = READY_SECONDS
    lookout: Lookout = field(default_factory=Lookout)

    def ready(self) -> list[Check]:
        """Live, within a second. Ready is: none of it failed."""
        v = self.vitals
        looks: list[tuple[str, Callable[[], Check]]] = [
            ("own database", lambda: own_database(v.own)),
            ("sending", lambda: sending(v.own)),
            ("search", lambda: search(v.own, v.clock)),
            ("directory", lambda: people_table(v.directory, v.product, v.mapping)),
            ("clock of own database", lambda: database_clock("own database", v.own, v.clock)),
            ("clock of directory", lambda: database_clock("directory", v.product, v.clock)),
            ("clock of Twilio", lambda: twilio_clock(v.twilio_url, v.clock, self.seconds)),
        ]
        return self.lookout.look([Probe(name, self.seconds, _one(look)) for name, look in looks])


def _one(look: Callable[[], Check]) -> Callable[[], list[Check]]:
    return lambda: [look()]


# --- databases ------------------------------------------------------------------------------------


def own_database(engine: Engine) -> Check:
    """Reachable, and its tables in the shape of this version."""
    name = "own database"
    if lacks_file(engine):
        return failed(name, "The file of DATABASE_URL is not there.", "Run `python -m bot migrate`, which makes it.")
    try:
        current = is_current(engine.execution_options(**{READ_ONLY: True}))
    except SQLAlchemyError as error:
        return failed(name, f"Not reachable: {kind_of(error)}.", "See DATABASE_URL, and that the database is up.")
    if not current:
        return failed(name, "Its tables are not of this version.", "Run `python -m bot migrate`.")
    return ok(name, f"Reachable ({engine.dialect.name}), tables up to date.")


def sending(engine: Engine) -> Check:
    """A warning only: people are told in words, which needs us to be ready."""
    name = "sending"
    try:
        with Session(engine.execution_options(**{READ_ONLY: True})) as session:
            halt = halted(session)
    except SQLAlchemyError as error:
        return skipped(name, f"Locksmith's own database could not be asked: {kind_of(error)}.")
    if halt is None:
        return ok(name, "Nothing keeps texts from going out.")
    since = f"{halt.since:%Y-%m-%d %H:%M} UTC"
    if halt.cause is Cause.PAUSED:
        mend = "It ends with `/reset-user pause off`, by a manager."
        return warning(name, f"Resets are paused by {halt.by_name} since {since}.", mend)
    again = " The carrier answers again; the next text decides." if halt.trying else ""
    found = f"Texts do not go out since {since}: {halt.cause.value.replace('_', ' ')}.{again}"
    return warning(name, found, "See docs/operators.md, texts do not go out. It is tried again every half minute.")


def search(engine: Engine, clock: Clock) -> Check:
    """A warning only: whom it does not know yet is found by the whole e-mail, and whoever is shown is read live."""
    name = "search"
    try:
        with Session(engine.execution_options(**{READ_ONLY: True})) as session:
            state = session.execute(select(SearchStateRow.filled, SearchStateRow.in_step_at)).first()
            known = session.scalar(select(func.sum(SearchStretchRow.rows))) or 0
    except SQLAlchemyError as error:
        return skipped(name, f"Locksmith's own database could not be asked: {kind_of(error)}.")
    if state is None or not state.filled:
        mend = "A worker fills it; `python -m bot directory sync` shows how far it is."
        return warning(name, f"Being filled: {known:,} people so far.", mend)
    lag = clock.now() - state.in_step_at if state.in_step_at else None
    if lag is None or lag > MOST_LAG:
        since = f"{state.in_step_at:%Y-%m-%d %H:%M} UTC" if state.in_step_at else "long ago"
        mend = "See that a worker runs and reaches the product; docs/operators.md, search."
        return warning(name, f"Not compared with the directory since {since}.", mend)
    return ok(name, f"{known:,} people, as the directory had them {max(0, int(lag.total_seconds()))} s ago.")


def people_table(directory: Directory, engine: Engine, mapping: Mapping) -> Check:
    """The mapping fits the table, and one person can be read live, with what a reset needs of them."""
    name = "directory"
    if lacks_file(engine):
        return failed(
            name, "The file of DIRECTORY_URL is not there.", "Put the product's database into DIRECTORY_URL."
        )
    try:
        key = _any_key(engine, mapping)
        if key is None:
            return warning(
                name, f"Table {mapping.table!r} is empty.", "See that DIRECTORY_URL is the right database."
            )
        if not directory.by_keys([key]) or directory.credentials(key) is None:
            return failed(name, "A person of the table was not found again by key.", "See directory.key in the file.")
    except DirectoryUnreachable:
        return failed(name, "Not reachable, or slower than its time limit.", "See DIRECTORY_URL and the database.")
    except DirectoryRefused as refused:
        return failed(
            name,
            f"Cannot be read: {refused.what}.",
            "Compare [directory] in the file with the table; the account needs SELECT on the columns named there.",
        )
    return ok(name, f"Table {mapping.table!r} fits its mapping ({engine.dialect.name}); one person read live.")


def _any_key(engine: Engine, mapping: Mapping) -> str | None:
    key: ColumnClause[Any] = column(mapping.key)
    statement = select(key).select_from(table(mapping.table, key, schema=mapping.schema or None)).limit(1)
    try:
        with engine.execution_options(**{READ_ONLY: True}).connect() as connection:
            found = connection.execute(statement).scalar()
    except SQLAlchemyError:
        return "0"  # whatever is wrong, the directory names it when it is asked for somebody
    return None if found is None else str(found)


def lacks_file(engine: Engine) -> bool:
    """SQLite would make an empty file where there is none, and looking must change nothing."""
    if engine.dialect.name != "sqlite":
        return False
    path = engine.url.database or ":memory:"
    return path != ":memory:" and not path.startswith("file:") and not Path(path).exists()


# --- clocks ---------------------------------------------------------------------------------------


def database_clock(whose: str, engine: Engine, clock: Clock) -> Check:
    moment = {
        "postgresql": func.clock_timestamp(),
        "mysql": func.utc_timestamp(6),
        "mariadb": func.utc_timestamp(6),
    }.get(engine.dialect.name)
    if moment is None:
        return skipped(f"clock of {whose}", "Same machine: this kind of database has no clock of its own.")
    try:
        with engine.connect() as connection:
            connection.execute(select(1))  # connecting takes time that the comparison must not count
            before = clock.now()
            told: datetime = connection.execute(select(moment)).scalar_one()
            return skew(whose, told.replace(tzinfo=told.tzinfo or UTC), before, clock.now())
    except SQLAlchemyError as error:
        said = f"Could not be asked for the time: {kind_of(error)}."
        return failed(f"clock of {whose}", said, "See that the database is up.")


def twilio_clock(api_url: str, clock: Clock, seconds: float) -> Check:
    """By the `Date` of an answer to nobody in particular: no credentials are sent.

    Twilio out of reach is a warning only: people are then told so in words, which needs us to be ready.
    """
    address = f"{api_url.rstrip('/') or 'https://api.twilio.com'}/2010-04-01/Accounts.json"
    before = clock.now()
    try:
        with requests.head(address, timeout=seconds, allow_redirects=False) as answer:
            return header_clock("Twilio", date_of(answer), before, clock.now())
    except requests.RequestException:
        return warning("clock of Twilio", "Twilio could not be reached.", "See that this machine may reach it.")


def date_of(answer: requests.Response) -> str:
    """The last one, should a gateway have put its own before it."""
    dates = answer.raw.headers.getlist("Date")
    return str(dates[-1]) if dates else ""


def header_clock(whose: str, date: str, before: datetime, after: datetime) -> Check:
    try:
        told = parsedate_to_datetime(date).astimezone(UTC)
    except ValueError:
        return skipped(f"clock of {whose}", "The answer had no date.")
    return skew(whose, told, before, after, grain=WHOLE_SECOND)


def skew(whose: str, told: datetime, before: datetime, after: datetime, *, grain: timedelta = timedelta()) -> Check:
    """`told` was read between `before` and `after` of our clock; only what this cannot explain is skew."""
    name = f"clock of {whose}"
    ahead, behind = before - (told + grain), told - after
    off = max(ahead, behind)
    if off <= MOST_SKEW:
        return ok(name, "Agrees within 2 s.")
    side = "ahead of" if ahead > behind else "behind"
    return failed(
        name,
        f"This machine's clock is {off.total_seconds():.0f} s {side} it.",
        "Set both by NTP; with more than 2 s between them passwords end at another time than the text says.",
    )
