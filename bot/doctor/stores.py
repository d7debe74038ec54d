"""Both databases: reachable, in shape, writable where a reset writes, seals that open, a chain that holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from sqlalchemy import Engine, select

from bot.doctor.patient import FILE, Patient
from bot.keys import content, misplaced, whose
from services.audit import HEAD, Audit
from services.db.session import Database, make_engine
from services.db.tables import AuditHeadRow, AuditRow
from services.directory.check.fitting import CONNECTION, fit
from services.directory.mapping import Mapping
from services.directory.sql import SqlDirectory
from services.errors import DirectoryUnreachable
from services.health import database_clock, own_database, people_table, search, sending
from services.keys import Place, shut, survey
from services.lookout import Check, failed, ok, skipped
from services.seals import Seals

READ_MS = 1000
"""A directory read before an answer in Slack has this long (PROTOCOL rule 18)."""
TAIL = 1000
"""So many of the newest audit events are verified; `audit verify` reads all."""


def own(patient: Patient) -> Iterator[Check]:
    if lacks := patient.lacks("DATABASE_URL"):
        yield skipped("own database", lacks)
        return
    database = Database(make_engine(patient.settings.environment.database_url.get_secret_value()))
    try:
        reachable = own_database(database.engine)
        yield reachable
        if reachable.failed:
            return
        yield database_clock("own database", database.engine, patient.clock)
        yield sending(database.engine)
        yield search(database.engine, patient.clock)
        if lacks := patient.lacks("SECRET_KEY"):
            yield skipped("seals", lacks)
            return
        keys = patient.settings.seals
        audit = Audit(database, keys, patient.clock)
        yield seals(database, keys)
        yield fingerprints(database, audit, keys, patient.clock.now())
        yield chain(database, audit)
    finally:
        database.close()


def product(patient: Patient) -> Iterator[Check]:
    if lacks := patient.lacks("DIRECTORY_URL", FILE):
        yield skipped("directory", lacks)
        return
    settings = patient.settings
    engine = make_engine(settings.environment.directory_url.get_secret_value(), wait_ms=READ_MS, ours=False)
    read_url = settings.environment.directory_read_url
    copy = make_engine(read_url.get_secret_value(), wait_ms=READ_MS, ours=False) if read_url else None
    try:
        people = SqlDirectory(engine, settings.mapping, settings.rules.region)
        readable = people_table(people, engine, settings.mapping)
        yield readable
        yield from _fit(engine, settings.mapping, copy, only_failed=readable.failed)
        if not readable.failed:
            yield database_clock("directory", engine, patient.clock)
    finally:
        engine.dispose()
        if copy is not None:
            copy.dispose()


def _fit(engine: Engine, mapping: Mapping, copy: Engine | None, *, only_failed: bool) -> Iterator[Check]:
    """What a start looks at too, and refuses."""
    try:
        found = [check for check in fit(engine, mapping, copy) if check.failed or not only_failed]
    except DirectoryUnreachable:
        return  # the look before this one has said so
    yield from (check for check in found if check.failed or check.name != CONNECTION)


# --- seals and audit ------------------------------------------------------------------------------


def seals(database: Database, keys: Seals) -> Check:
    """Every seal that is still there has to open: a hash to be put back may lie in it."""
    closed = shut(database, keys)
    if closed:
        return failed(
            "seals",
            f"{len(closed)} do not open with SECRET_KEY: {whose(closed)}.",
            "See `python -m bot keys`: put the earlier key behind the present one, with a comma between.",
        )
    return ok("seals", "All open with SECRET_KEY.")


def fingerprints(database: Database, audit: Audit, keys: Seals, now: datetime) -> Check:
    """Whether all that was made with a key can still be compared or checked with it."""
    name, mend = "keys", "See `python -m bot keys`."
    holdings = survey(database, audit, keys, now)
    lost = {holding.key_id: content(holding) for holding in holdings if misplaced(holding)}
    if lost:
        said = "; ".join(f"{key}: {what}" for key, what in lost.items())
        return failed(name, f"Not where they are needed are the keys of {said}.", mend)
    free = sum(holding.place is Place.OLDER and not holding.in_use for holding in holdings)
    return ok(name, f"Each has its key.{' An earlier key may go: see `python -m bot keys`.' if free else ''}")


def chain(database: Database, audit: Audit) -> Check:
    """Rows up to the head as it was first read: what is appended meanwhile does not look like a break."""
    with database.read() as session:
        head = session.get_one(AuditHeadRow, HEAD)
        newest = select(AuditRow).where(AuditRow.seq <= head.seq).order_by(AuditRow.seq.desc()).limit(TAIL + 1)
        rows = list(session.scalars(newest))[::-1]
        broken = _first_break(audit, rows, head)
    if broken is not None:
        mend = "Run `python -m bot audit verify`, and find out who wrote to the table."
        return failed("audit chain", f"It is broken at event {broken}, or its key is gone from SECRET_KEY.", mend)
    return ok("audit chain", f"The newest {min(len(rows), TAIL)} events fit (`audit verify` reads all).")


def _first_break(audit: Audit, rows: list[AuditRow], head: AuditHeadRow) -> int | None:
    if not rows:
        return head.seq or None
    if rows[0].seq == 1 and not audit.fits(rows[0], ""):  # the one rule of the chain is there, not written twice
        return 1
    for before, row in pairwise(rows):
        if row.seq != before.seq + 1 or not audit.fits(row, before.digest):
            return row.seq
    whole = (rows[-1].seq, rows[-1].digest) == (head.seq, head.digest) and audit.head_key(head) is not None
    return None if whole else head.seq
