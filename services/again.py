""" "Send again": a new request that takes the place of one whose text did not do.

A machine never sends a second text (PROTOCOL rule 1); this is a person's decision, with a form, a check of the
caller and a decision of the policy of its own.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from services.corrections import Correction
from services.db.tables import RequestRow
from services.errors import NotAgain, NotFound
from services.lifecycle import Step, lock
from services.model import LIVE, SENDABLE_AGAIN, Actor, Again, Channel, Closing, State
from services.policy import Rules
from services.snapshot import snapshot

S = State


def earlier(session: Session, actor: Actor, request_id: str) -> RequestRow:
    """Raises NotFound, NotAgain."""
    row = session.get(RequestRow, request_id)
    if row is None or row.workspace != actor.workspace:
        raise NotFound("request")
    return _replaceable(row)


def locked(session: Session, request_id: str) -> RequestRow:
    """The same once more, in the transaction that makes the new one."""
    return _replaceable(lock(session, request_id))


def prefilled(row: RequestRow, rules: Rules) -> Again:
    """Never how the caller was checked: that is to be done anew."""
    closed = row.closed_at is not None and (row.state != S.COMPLETED or row.closing == Closing.DONE)
    likely = [one for one in rules.reasons if (one.compromised if closed else one.text == row.reason_text)]
    return Again(
        reference=row.reference,
        reason=likely[0].id if likely else "",
        ticket=row.ticket,
        voids=State(row.state) in LIVE,
        closed=closed,
    )


def replaced(row: RequestRow, by: str) -> Step:
    """What the new request `by` does to it: one that still counts ends; of one that has ended it is a fact.

    The new text says that this one is void; a second text does only if there never is a new one.
    """
    detail, changes = {"replaced_by": by}, {"replaced_by": by}
    if State(row.state) not in LIVE:
        return Step("request:replaced", changes=changes, detail=detail)
    waits = Correction.WAITS if row.channel == Channel.TEXT else Correction.NONE
    return Step("request:superseded", S.SUPERSEDED, changes | {"correction": waits}, detail)


def _replaceable(row: RequestRow) -> RequestRow:
    again = State(row.state) in SENDABLE_AGAIN and row.channel != Channel.UNLOCK
    if not again and row.closing != Closing.DONE:
        raise NotAgain(snapshot(row))
    return row
