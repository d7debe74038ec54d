"""Closing an account: no password opens it any more, and its sign-ins end.

The one writer of the directory beside `settle()`, and why there are two: settle puts a value of ours, or the one
from before, where a value of ours is, and may do so at any time. Closing takes away whatever is there, the
person's own password too, because somebody decided just that; it is done once, between an intent and an outcome
in the audit, and only upon what was read before it was seen that the decision still stands. Afterwards settle
holds what closing wrote.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.db.session import Database
from services.db.tables import RequestRow
from services.errors import DirectoryRefused, DirectoryUnreachable
from services.lifecycle import Lifecycle, Moved, Step
from services.model import Cause, Channel, Closing, Kind, State
from services.ports import Alarm, Clock, Directory
from services.settle import BASE, Sealer

GIVE_UP = timedelta(minutes=10)
"""So long a closing is tried where the product does not answer; then people have to know."""
TOLD = "closed"
"""Subject of the line in an approval's thread."""
_ROUNDS = 3


class CloseUnanswered(Exception):
    """Whether the account is closed is not known."""


class NotClosed(Exception):
    """It surely was not closed by this."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.value)
        self.cause = cause


class Closer:
    def __init__(
        self,
        *,
        database: Database,
        lifecycle: Lifecycle,
        sealer: Sealer,
        directory: Directory,
        clock: Clock,
        alarm: Alarm,
    ) -> None:
        self._database = database
        self._lifecycle = lifecycle
        self._sealer = sealer
        self._directory = directory
        self._clock = clock
        self._alarm = alarm

    def shut(self, person_key: str, hold_on: Callable[[], None]) -> None:
        """Closes what was read before `hold_on` said that it still shall be: a process that slept in between
        finds its right gone there, or the password changed, and closes nothing that somebody chose since.

        Raises NotClosed, CloseUnanswered, DirectoryUnreachable (nothing was written), DirectoryRefused, and what
        `hold_on` raises.
        """
        for _ in range(_ROUNDS):
            present = self._directory.credentials(person_key)
            if present is None:
                raise NotClosed(Cause.GONE)
            hold_on()
            try:
                if self._directory.close(person_key, present):
                    return
            except DirectoryUnreachable:
                raise CloseUnanswered from None
        raise NotClosed(Cause.PASSWORD_CHANGED)

    # --- because somebody asked for it (services/undo.py) ----------------------------------------

    def finish(self, request_id: str) -> None:
        """Carries out a closing whose intent is committed: at once, or at a later look where that was not possible.

        Twice does no harm: the second finds it done, or closes what the first has closed.
        """
        row = self._row(request_id)
        if row.closing != Closing.DUE:
            return
        if row.close_intended_at is None or self._clock.now() - row.close_intended_at > GIVE_UP:
            self._fail(row, "account:close_unknown", Closing.UNKNOWN, Cause.DIRECTORY_UNREACHABLE)
            return
        try:
            self.shut(row.person_key, lambda: self._still_due(request_id))
        except NotClosed as no:
            self._fail(row, "account:not_closed", Closing.FAILED, no.cause)
        except DirectoryRefused:
            self._fail(row, "account:not_closed", Closing.FAILED, Cause.DIRECTORY_REFUSED)
        except (CloseUnanswered, DirectoryUnreachable):
            return  # the next look tries again
        else:
            self._done(row)

    def _still_due(self, request_id: str) -> None:
        """Raises Moved where another process was faster, NotClosed where a newer reset has the account now."""
        row = self._row(request_id)
        if row.closing != Closing.DUE:
            raise Moved(State(row.state))
        with self._database.read() as session:
            if newer_than(session, row):
                raise NotClosed(Cause.PASSWORD_CHANGED)

    def _done(self, row: RequestRow) -> None:
        sealed = self._closed_base(row)
        changes = {"closing": Closing.DONE, "closed_at": self._clock.now(), **sealed}
        direct = [] if row.modal_id else [(Kind.DIRECT, "")]
        self._outcome(row, Step("account:closed", changes=changes, tells=[*direct, *_tells(row)]))

    def _closed_base(self, row: RequestRow) -> dict[str, bytes]:
        """From now on what settle puts back is the closed account, and not the password from before."""
        if row.base_sealed is None:
            return {}
        try:
            present = self._directory.credentials(row.person_key)
        except (DirectoryUnreachable, DirectoryRefused):
            return {}  # settle finds a value that it does not know, and leaves it alone
        if present is None or not self._directory.is_closed(present.own_hash):
            return {}
        if present.image.secret is not None and not self._directory.is_closed(present.image.secret):
            return {}  # a newer reset has written already
        return {"base_sealed": self._sealer.seal(present.image, present.own_hash, row.id, row.person_key, BASE)}

    def _fail(self, row: RequestRow, event: str, closing: Closing, cause: Cause) -> None:
        """Not closed, or nobody knows: told as news, because somebody relied on it."""
        open_again = {} if closing is Closing.UNKNOWN else {"close_intended_at": None}
        changes = {"closing": closing, **(open_again if row.closed_at is None else {})}
        detail = {"cause": cause.value}
        self._outcome(row, Step(event, changes=changes, detail=detail, tells=[(Kind.NEWS, ""), *_tells(row)]))
        self._alarm("an account was not closed", request_id=row.id, cause=cause.value)

    def _outcome(self, row: RequestRow, step: Step) -> None:
        def decide(_session: Session, row: RequestRow) -> Step:
            if row.closing != Closing.DUE:
                raise Moved(State(row.state))  # each intent has one outcome
            return step

        self._lifecycle.change(row.id, decide)

    def _row(self, request_id: str) -> RequestRow:
        with self._database.read() as session:
            return session.get_one(RequestRow, request_id)


def newer_than(session: Session, row: RequestRow) -> str:
    """Reference of a later reset of the same person that got as far as the product, or that may yet."""
    later = session.scalars(
        select(RequestRow)
        .where(
            RequestRow.person_key == row.person_key,
            RequestRow.created_at > row.created_at,
            RequestRow.channel != Channel.UNLOCK,
        )
        .order_by(RequestRow.created_at.desc())
    )
    untouched = (State.DECLINED, State.CANCELLED, State.EXPIRED)
    return next((one.reference for one in later if State(one.state) not in untouched or one.sending_at), "")


def _tells(row: RequestRow) -> list[tuple[Kind, str]]:
    """The card's thread, and the approval's where there is one."""
    thread = [(Kind.APPROVAL, ""), (Kind.OUTCOME, TOLD)] if row.approvals_needed else []
    return [(Kind.HISTORY, ""), *thread]
