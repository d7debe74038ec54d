"""The audit trail: append-only events `subject:verb` (past tense) in a keyed hash chain.

If the event cannot be appended the act does not happen: both are one transaction (ASVS 16.5.3). The chain's
head row is locked last, so that nobody waits behind it for longer than a commit.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from services.db.session import Database
from services.db.tables import AuditHeadRow, AuditRow
from services.errors import SealBroken
from services.model import Actor, HistoryLine
from services.ports import Clock
from services.seals import Seals

HEAD = 1
_HEAD = update(AuditHeadRow).where(AuditHeadRow.id == HEAD)
_STEP = _HEAD.values(seq=AuditHeadRow.seq + 1).returning(AuditHeadRow.seq, AuditHeadRow.digest)
_END = _HEAD.values(digest=bindparam("end"), mac=bindparam("sealed"))
_ADD = insert(AuditRow)
MACHINE = Actor("", "", "")
"""The actor of what Locksmith does by itself."""


@dataclass(frozen=True)
class Verdict:
    """`broken_at` is the first row that does not fit, or None."""

    rows: int
    broken_at: int | None = None
    lost_key: str = ""
    """Id of the key that it was written with, where that is not there: then it cannot be checked."""
    anchor: str = ""
    """`seq:digest` of the end. Kept elsewhere it proves later that nothing was cut off since: somebody who can
    write the tables may put an older end back, rows and all."""


class Audit:
    def __init__(self, database: Database, seals: Seals, clock: Clock) -> None:
        self._database = database
        self._seals = seals
        self._clock = clock

    def append(
        self,
        session: Session,
        event: str,
        actor: Actor = MACHINE,
        *,
        request_id: str = "",
        person_key: str = "",
        **detail: str | int,
    ) -> int:
        """Last statement of its transaction. `detail` holds ids, states and codes; never a secret or number."""
        session.flush()
        connection = session.connection()  # three plain statements: the session's own work is as much again
        seq, previous = connection.execute(_STEP).one()
        values = {
            "seq": seq,
            "at": self._clock.now(),
            "event": event,
            "actor_id": actor.id,
            "actor_name": actor.name[:200],
            "workspace": actor.workspace,
            "request_id": request_id,
            "person_key": person_key,
            "detail": json.dumps(detail, sort_keys=True, ensure_ascii=False),
        }
        key_id, digest = self._seals.audit_digest(_payload(AuditRow(**values), previous))
        connection.execute(_ADD, {**values, "key_id": key_id, "digest": digest})
        connection.execute(_END, {"end": digest, "sealed": self._mac(seq, digest)})
        return seq

    def record(self, event: str, actor: Actor = MACHINE, *, person_key: str = "", **detail: str | int) -> None:
        """An event of its own, such as a refusal or a search."""
        with self._database.write() as session:
            self.append(session, event, actor, request_id="", person_key=person_key, **detail)

    def history(self, session: Session, request_id: str) -> tuple[HistoryLine, ...]:
        rows = session.scalars(select(AuditRow).where(AuditRow.request_id == request_id).order_by(AuditRow.seq))
        return tuple(
            HistoryLine(row.at, row.event, row.actor_name, str(json.loads(row.detail).get("code", "")))
            for row in rows
        )

    def verify(self) -> Verdict:
        """Reads the whole chain; the head must be its end, so that cutting rows off shows too."""
        previous, count = "", 0
        with self._database.read() as session:
            head = session.get_one(AuditHeadRow, HEAD)
            rows = (
                select(AuditRow).where(AuditRow.seq <= head.seq).order_by(AuditRow.seq)
            )  # not what is added meanwhile
            for row in session.scalars(rows.execution_options(yield_per=1000)):
                count += 1
                if row.seq != count or not self.fits(row, previous):
                    return Verdict(count, row.seq, "" if self._seals.checks(row.key_id) else row.key_id)
                previous = row.digest
            whole = (head.seq, head.digest) == (count, previous) and (not count or self._is_head(head))
            return Verdict(count, None if whole else count + 1, anchor=f"{count}:{previous[:16]}")

    def _mac(self, seq: int, digest: str) -> str:
        return self._seals.audit_digest(f"head {seq} {digest}".encode())[1]

    def _is_head(self, head: AuditHeadRow) -> bool:
        return self.head_key(head) is not None

    def head_key(self, head: AuditHeadRow, *, retired: bool = False) -> str | None:
        """The key that the end is written with. A retired one does not count: it may be known to somebody else."""
        payload = f"head {head.seq} {head.digest}".encode()
        keys = (*self._seals.ids, *(self._seals.retired_ids if retired else ()))
        return next((one for one in keys if self._seals.audit_digest(payload, one)[1] == head.mac), None)

    def fits(self, row: AuditRow, previous: str) -> bool:
        """Whether this row follows one with digest `previous`; False too where its key is gone."""
        try:
            return self._seals.audit_digest(_payload(row, previous), row.key_id)[1] == row.digest
        except SealBroken:
            return False


def _payload(row: AuditRow, previous: str) -> bytes:
    at: datetime = row.at
    parts = [
        previous,
        row.seq,
        at.isoformat(timespec="microseconds"),
        row.event,
        row.actor_id,
        row.actor_name,
    ]
    parts += [row.workspace, row.request_id, row.person_key, row.detail]
    return json.dumps(parts, ensure_ascii=False).encode()
