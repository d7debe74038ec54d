"""settle(): the only writer of the directory (PROTOCOL rule 3).

It makes the directory hold what the person's newest request wants, and never touches what is not ours. It is
idempotent and may run at any time, from any process, any number of times.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.db.session import Database
from services.db.tables import RequestRow
from services.model import LIVE, State
from services.ports import Credentials, Directory, Image, Own
from services.seals import Seals
from services.snapshot import wants_new

BASE, NEW = "base", "new"
_ROUNDS = 4


class Settled(StrEnum):
    HELD = "held"
    """The directory holds the wanted value already."""
    WRITTEN = "written"
    FOREIGN = "foreign"
    """Somebody else's value: the person's own, or another system's. Untouched."""
    GONE = "gone"
    """The person is no longer in the directory."""


@dataclass(frozen=True)
class Known:
    """What Locksmith knows of one person's values, from requests whose seals are not erased yet."""

    wanted: Image = field(repr=False)
    wants_new: bool
    images: dict[str | None, Image] = field(repr=False)
    """By hash: every base and every temporary one."""
    ours: frozenset[str | None] = field(repr=False)
    """The hashes that Locksmith made."""
    own_hash: str | None = field(repr=False)
    """The person's own hash when the newest request began."""


class Sealer:
    """Images in and out of a request's sealed columns."""

    def __init__(self, seals: Seals) -> None:
        self._seals = seals

    def seal(self, image: Image, own_hash: str | None, request_id: str, person_key: str, role: str) -> bytes:
        clear = json.dumps([image.secret, image.extras, own_hash])
        return self._seals.seal(clear, request_id, person_key, role)

    def image(self, row: RequestRow, role: str) -> Image:
        return self._open(row, role)[0]

    def own_hash(self, row: RequestRow) -> str | None:
        """The person's own hash as it was before this request."""
        return self._open(row, BASE)[1]

    def _open(self, row: RequestRow, role: str) -> tuple[Image, str | None]:
        sealed = row.base_sealed if role == BASE else row.new_sealed
        if sealed is None:
            raise ValueError("nothing sealed")
        secret, extras, own = json.loads(self._seals.open(sealed, row.id, row.person_key, role))
        return Image(secret, tuple((name, value) for name, value in extras)), own


class Settler:
    def __init__(self, database: Database, directory: Directory, sealer: Sealer) -> None:
        self._database = database
        self._directory = directory
        self.sealer = sealer

    def known(self, session: Session, person_key: str) -> Known | None:
        """None where no request of this person ever reached the point of writing. Raises SealBroken."""
        rows = session.scalars(
            select(RequestRow)
            .where(RequestRow.person_key == person_key, RequestRow.base_sealed.is_not(None))
            .order_by(RequestRow.sending_at)
        ).all()
        if not rows:
            return None
        images: dict[str | None, Image] = {}
        ours = []
        for row in rows:
            base, new = self.sealer.image(row, BASE), self.sealer.image(row, NEW)
            images[base.secret], images[new.secret] = base, new
            ours.append(new.secret)
        # A live one is the newest whatever the clock said: there is never more than one.
        newest = max(rows, key=lambda row: (State(row.state) in LIVE, row.sending_at or row.created_at))
        new_wanted = wants_new(State(newest.state), beside=newest.beside)
        wanted = self.sealer.image(newest, NEW if new_wanted else BASE)
        return Known(wanted, new_wanted, images, frozenset(ours), self.sealer.own_hash(newest))

    def settle(self, person_key: str, *, unless_used_since: datetime | None = None) -> Settled:
        """Raises DirectoryUnreachable, DirectoryRefused, SealBroken; where an answer was lost, the next one tells.

        Who loses a race reads again: the winner may have written just what we want, and what we want may have
        changed while we wrote. `unless_used_since`: nothing is put back over a use since then.
        """
        result = Settled.HELD
        for _ in range(_ROUNDS):
            with self._database.read() as session:
                known = self.known(session, person_key)
            if known is None:
                return result
            now = self._directory.credentials(person_key)
            if now is None:
                return Settled.GONE
            if now.image.secret == known.wanted.secret:
                return result
            present = known.images.get(now.image.secret)
            if present is None:
                return Settled.FOREIGN
            if self._chose_her_own(known, now):
                return Settled.FOREIGN
            restoring = not known.wants_new and present.secret in known.ours
            used_since = unless_used_since if restoring else None
            if self._directory.swap(
                person_key,
                present,
                known.wanted,
                restoring=restoring,
                unless_used_since=used_since,
                while_own=Own(known.own_hash) if known.wants_new else None,
            ):
                result = Settled.WRITTEN
        return Settled.FOREIGN

    def _chose_her_own(self, known: Known, now: Credentials) -> bool:
        """Beside the own password an own choice leaves the same emptiness as the base: the own hash tells.

        Without this a settle between her choice and the next look would write the used password again.
        """
        return (
            known.wants_new
            and self._directory.abilities.keeps_old_password
            and now.image.secret not in known.ours
            and now.own_hash != known.own_hash
        )

    def base_for(self, session: Session, person_key: str, present: Credentials) -> tuple[Image, str | None]:
        """The base of a new request: never a hash that Locksmith made; then the earlier request's is inherited."""
        known = self.known(session, person_key)
        if known is None or present.image.secret not in known.ours:
            return present.image, present.own_hash
        rows = session.scalars(
            select(RequestRow)
            .where(RequestRow.person_key == person_key, RequestRow.base_sealed.is_not(None))
            .order_by(RequestRow.sending_at.desc())
        )
        for row in rows:
            if self.sealer.image(row, NEW).secret == present.image.secret:
                return self.sealer.image(row, BASE), self.sealer.own_hash(row)
        raise AssertionError("a known hash has its request")
