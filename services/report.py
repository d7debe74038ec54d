"""The desk's day in numbers, for managers."""

from __future__ import annotations

import statistics
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.db.tables import RequestRow
from services.model import LIVE, Channel, State, TeamReport
from services.snapshot import snapshot

S = State
SHOWN = 20


def team_report(session: Session, day: date, zone: ZoneInfo) -> TeamReport:
    """Requests asked for on `day` in `zone`; `open` are those that have not ended now, oldest first."""
    start = datetime.combine(day, time(), zone)
    rows = session.scalars(
        select(RequestRow).where(RequestRow.created_at >= start, RequestRow.created_at < start + timedelta(days=1))
    ).all()
    open_ = session.scalars(
        select(RequestRow).where(RequestRow.state.in_(sorted(LIVE))).order_by(RequestRow.created_at).limit(SHOWN)
    ).all()
    minutes = [(row.used_at - row.created_at).total_seconds() / 60 for row in rows if row.used_at is not None]
    return TeamReport(
        day=day,
        asked=sum(row.channel != Channel.UNLOCK for row in rows),
        signed_in=len(minutes),
        median_minutes=statistics.median(minutes) if minutes else None,
        undelivered=sum(row.state == S.UNDELIVERED for row in rows),
        approved=sum(row.approvals_needed > 0 and row.approvals >= row.approvals_needed for row in rows),
        declined=sum(row.state == S.DECLINED for row in rows),
        open=tuple(map(snapshot, open_)),
        unlocked=sum(row.state == S.UNLOCKED for row in rows),
    )
