"""Which key holds what: what an operator has to know before an earlier one may go, and what is lost with one.

Seals, and the fingerprints of what is open, end by themselves within minutes or hours. The search's contacts are
written anew at the next pass that keeps it in step. The audit trail keeps its keys for ever.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.audit import HEAD, Audit
from services.db.session import Database
from services.db.tables import AuditHeadRow, AuditRow, DraftRow, RequestRow, SearchRow, StoppedRow
from services.errors import SealBroken
from services.lifecycle import AFTERCARE, Lifecycle, Step
from services.model import LIVE, Actor, Cause, Request, State
from services.reset import DRAFT_LIFE, REPLY_LIFE
from services.seals import Seals, sealed_by

S = State
_ID_SIGNS = 8
STOPPED = "numbers that replied STOP"
_UNDECIDED = (S.AWAITING_APPROVAL, S.APPROVED)
"""States in which the facts are still compared with a request's fingerprint."""


class Place(StrEnum):
    NEWEST = "newest"
    OLDER = "older"
    RETIRED = "retired"
    """Only checks the audit of its time."""
    GONE = "gone"


@dataclass(frozen=True)
class Sealed:
    """One value that lies sealed in our tables."""

    of: str
    """The request's reference; empty for an open form."""
    value: bytes = field(repr=False)
    bound_to: tuple[str, str, str]
    until: datetime | None
    """When it is erased if all goes well."""

    @property
    def key_id(self) -> str:
        return sealed_by(self.value)

    def opens(self, seals: Seals) -> bool:
        try:
            seals.open(self.value, *self.bound_to)
        except SealBroken:
            return False
        return True


@dataclass(frozen=True)
class Holding:
    """All that hangs on one key."""

    key_id: str
    place: Place
    seals: tuple[Sealed, ...] = ()
    fingerprints: Mapping[str, int] = field(default_factory=dict)
    """By what they are of; only those that somebody may still compare."""
    events: int = 0
    holds_end: bool = False
    """The audit's end is written with it, until the next event."""
    until: datetime | None = None
    """When the last of what ends by itself has ended."""

    @property
    def in_use(self) -> bool:
        """Numbers that replied STOP do not count: a forgotten one is refused by the carrier, and known again."""
        return bool(self.seals or self.holds_end or set(self.fingerprints) - {STOPPED})


def survey(database: Database, audit: Audit, seals: Seals, now: datetime) -> list[Holding]:
    """Every key that is there, and every one that something still names: newest, older, retired, gone."""
    with database.read() as session:
        sealed: dict[str, list[Sealed]] = defaultdict(list)
        for one in sealed_values(session):
            sealed[one.key_id].append(one)
        prints = fingerprints(session, now)
        events = _count(session, AuditRow.key_id)
        end = audit.head_key(session.get_one(AuditHeadRow, HEAD), retired=True)
        until = _until(session, sealed, now)
    named = {*sealed, *events, *(key for counts in prints.values() for key in counts)}
    known = dict.fromkeys((*seals.ids, *seals.retired_ids))
    return [
        Holding(
            key,
            _place(seals, key),
            tuple(sealed.get(key, ())),
            {what: counts[key] for what, counts in prints.items() if counts[key]},
            events[key],
            holds_end=key == end,
            until=until.get(key),
        )
        for key in [*known, *sorted(named - set(known))]
    ]


def _place(seals: Seals, key: str) -> Place:
    if key == seals.newest_id:
        return Place.NEWEST
    if key in seals.ids:
        return Place.OLDER
    return Place.RETIRED if key in seals.retired_ids else Place.GONE


def shut(database: Database, seals: Seals) -> list[Sealed]:
    """What no key opens: made with one that is gone, moved, or not ours."""
    with database.read() as session:
        return [one for one in sealed_values(session) if not one.opens(seals)]


def give_up(database: Database, lifecycle: Lifecycle, seals: Seals, by: Actor) -> list[Request]:
    """Erases what no key opens, and ends its requests: the product keeps what it holds. Returns them.

    An operator's word only: until then nothing is overwritten and nothing forgotten.
    """

    def erase(_session: Session, row: RequestRow) -> Step:
        changes: dict[str, object] = {
            f"{role}_sealed": None for role, sealed in _of_request(row) if not sealed.opens(seals)
        }
        if not {"base_sealed", "new_sealed"} & set(changes):
            return Step("seals:given_up", changes=changes)
        changes |= {"base_sealed": None, "new_sealed": None, "stuck": ""}
        if row.put_back_at is None:
            changes["cause"] = Cause.KEY_LOST
        state = State(row.state)
        end = S.FAILED if state in (S.SENDING, S.UNKNOWN) else S.LAPSED
        return Step("seals:given_up", end if state in LIVE else None, changes)

    lost = {sealed.bound_to[0] for sealed in shut(database, seals)}
    with database.read() as session:
        requests = list(session.scalars(select(RequestRow.id).where(RequestRow.id.in_(lost))))
        drafts = lost - set(requests)
    with database.write() as session:
        session.execute(update(DraftRow).where(DraftRow.id.in_(drafts)).values(reply_sealed=None))
    return [lifecycle.change(request_id, erase, by) for request_id in requests]


# --- what there is --------------------------------------------------------------------------------


def sealed_values(session: Session) -> Iterator[Sealed]:
    """Every sealed column that is not erased; tests/services/test_keys.py holds that none is missing."""
    kept = RequestRow.base_sealed.is_not(None) | RequestRow.reply_sealed.is_not(None)
    for row in session.scalars(select(RequestRow).where(kept).execution_options(yield_per=500)):
        yield from (sealed for _, sealed in _of_request(row))
    forms = select(DraftRow).where(DraftRow.reply_sealed.is_not(None))
    for draft in session.scalars(forms.execution_options(yield_per=500)):
        if draft.reply_sealed is not None:
            bound = (draft.id, draft.person_key, "reply")
            yield Sealed("", draft.reply_sealed, bound, draft.created_at + REPLY_LIFE)


def _of_request(row: RequestRow) -> Iterator[tuple[str, Sealed]]:
    end = row.ended_at or row.expires_at
    aftercare = end + AFTERCARE if end is not None else None
    roles = (("base", row.base_sealed, aftercare), ("new", row.new_sealed, aftercare))
    for role, value, until in (*roles, ("reply", row.reply_sealed, row.reply_until)):
        if value is not None:
            yield role, Sealed(row.reference, value, (row.id, row.person_key, role), until)


def fingerprints(session: Session, now: datetime) -> dict[str, Counter[str]]:
    """By what they are of: how many that may still be compared were made with each key."""
    return {
        "open requests": _count(session, RequestRow.fingerprint, RequestRow.state.in_(_UNDECIDED)),
        "open forms": _count(
            session, DraftRow.fingerprint, DraftRow.request_id == "", DraftRow.created_at > now - DRAFT_LIFE
        ),
        "contacts": _count(session, SearchRow.contact, SearchRow.contact != ""),
        STOPPED: _count(session, StoppedRow.number),
    }


def _count(session: Session, column: InstrumentedAttribute[str], *where: ColumnElement[bool]) -> Counter[str]:
    """By key: its id is what these values begin with."""
    key = func.substr(column, 1, _ID_SIGNS)
    counted = session.execute(select(key, func.count()).where(*where).group_by(key))
    return Counter({str(one): int(count) for one, count in counted})


def _until(session: Session, sealed: Mapping[str, Iterable[Sealed]], now: datetime) -> dict[str, datetime]:
    """When the last that hangs on each key has ended by itself."""
    moments: dict[str, list[datetime]] = defaultdict(list)
    for key, values in sealed.items():
        moments[key] += [one.until for one in values if one.until is not None]
    for row in session.scalars(select(RequestRow).where(RequestRow.state.in_(_UNDECIDED))):
        waits = row.state == S.AWAITING_APPROVAL and row.decide_by
        moments[row.fingerprint[:_ID_SIGNS]].append(waits or row.send_by)
    forms = select(DraftRow).where(DraftRow.request_id == "", DraftRow.created_at > now - DRAFT_LIFE)
    for draft in session.scalars(forms):
        moments[draft.fingerprint[:_ID_SIGNS]].append(draft.created_at + DRAFT_LIFE)
    return {key: max(found) for key, found in moments.items() if found}
