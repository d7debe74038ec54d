"""A request's row as what may be shown of it."""

from __future__ import annotations

import json

from services.db.tables import RequestRow
from services.model import Actor, Cause, Channel, Closing, Request, State

S = State


def wants_new(state: State, *, beside: bool) -> bool:
    """Whether the directory shall hold the temporary password in this state; otherwise the base.

    Beside the old password it is there before the text goes out; in its place only once the carrier took it.
    """
    if state in (S.SENDING, S.UNKNOWN):
        return beside
    return state in (S.ACCEPTED, S.SENT, S.DELIVERED, S.USED)


def snapshot(row: RequestRow) -> Request:
    state = State(row.state)
    return Request(
        id=row.id,
        reference=row.reference,
        state=state,
        version=row.version,
        person_key=row.person_key,
        person_name=row.person_name,
        person_email=row.person_email,
        phone_tail=row.phone_tail,
        person_role=row.person_role,
        agent=Actor(row.agent_id, row.workspace, row.agent_name, row.agent_zone),
        reason=row.reason_text,
        compromised=row.compromised,
        check=row.check_text,
        ticket=row.ticket,
        ticket_url=row.ticket_url,
        note=row.note,
        created_at=row.created_at,
        expires_at=row.expires_at,
        accepted_at=row.accepted_at,
        delivered_at=row.delivered_at,
        used_at=row.used_at,
        ended_at=row.ended_at,
        cause=Cause(row.cause) if row.cause else None,
        held=Cause(row.held) if row.held and state is S.APPROVED else None,
        send_by=row.send_by,
        carrier_code=row.carrier_code,
        message_id=row.message_id,
        old_password_works=_old_password_works(row, state),
        stuck=Cause(row.stuck) if row.stuck else None,
        modal_id=row.modal_id,
        origin_channel=row.origin_channel,
        approvals_needed=row.approvals_needed,
        approvals=row.approvals,
        facts=tuple(json.loads(row.facts)),
        decide_by=row.decide_by,
        decided_by=row.decided_by,
        decided_why=row.decided_why,
        asked=row.asked,
        said_in_at=row.said_in_at,
        unresolved_at=row.unresolved_at,
        resolved_at=row.resolved_at,
        resolved_by=row.resolved_by,
        channel=Channel(row.channel),
        read_out_at=row.read_out_at,
        closed=row.closed_at is not None,
        close_unknown=row.close_intended_at is not None and row.closed_at is None,
        closing=Closing(row.closing),
        ended_by=row.ended_by,
        replaces=row.replaces,
        replaced_by=row.replaced_by,
        correction=row.correction,
    )


def _old_password_works(row: RequestRow, state: State) -> bool:
    if row.close_intended_at is not None or row.closed_at is not None or state in (S.COMPLETED, S.SUPERSEDED):
        return False
    if row.stuck and row.written_at is not None and row.put_back_at is None and not row.beside:
        return False
    return row.beside or not wants_new(state, beside=False)
