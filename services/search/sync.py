"""Keeping the search tables in step with the directory, five hundred people at a time.

The directory is taken in stretches of neighbours, in the order of its keys. Of each is remembered what it added up
to; a round asks the directory's database for the sums, many stretches at once, and reads only people again whose
stretch adds up to something else. Whoever comes after the last stretch is new. So the first fill is nothing but a
round with no stretches yet, and one that was interrupted goes on where it was.

A sum is asked for before the people are read, of the same server: who changes between the two is read once more in
the next round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, text, update

from services.db.session import Database
from services.db.tables import SearchRow, SearchStateRow, SearchStretchRow
from services.errors import DirectoryUnreachable
from services.ports import Clock, Directory, Sum
from services.search.contact import Contacts
from services.search.vocabulary import STATE
from services.search.write import BegunAnew, Writer

BATCH = 500
_AT_ONCE = 100
"""Stretches whose sums are asked for in one question, usually over long before the directory's one second."""
_NEAR = 1e-6
"""Places of stretches that are no farther apart are given anew: each time one is divided its parts share its room."""
_AT_ONCE_GONE = 1000
_ANALYZE = text("ANALYZE locksmith_search, locksmith_search_word")
_FLUSH = text(
    "SELECT gin_clean_pending_list(i.indexrelid) FROM pg_index i"
    " JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam"
    " WHERE i.indrelid = 'locksmith_search'::regclass AND a.amname = 'gin' AND pg_has_role(c.relowner, 'USAGE')"
)
"""What an index of PostgreSQL's has put off: until it is sorted in, every search goes through all of it."""


@dataclass(frozen=True)
class Stretch:
    """`before`: the place of the one before it. `sum`: None where it has to be read again."""

    id: int
    place: float
    before: float
    after: str | None
    upto: str
    sum: Sum | None


def always() -> bool:
    return True


class Index:
    """Fills the search tables from the directory and keeps them in step. For one process at a time."""

    def __init__(self, database: Database, directory: Directory, contacts: Contacts, clock: Clock) -> None:
        self._database = database
        self._directory = directory
        self._contacts = contacts
        self.clock = clock
        self._writer = Writer(database, contacts, clock)
        self._current = ("", "")
        self._at_once, self._changed = _AT_ONCE, 0

    def sync(self, *, go_on: Callable[[], bool] = always, tell: Callable[[int], object] = lambda _: None) -> int:
        """One round; returns how many people were new, changed or gone.

        Also remembers when a number or an e-mail changed, which most products cannot tell. `go_on` is asked after
        each piece of work, `tell` is told how many people were looked at so far. Raises DirectoryUnreachable; then
        what was done so far stays. Ends early where everything was begun anew meanwhile.
        """
        began, self._changed = self.clock.now(), 0
        try:
            if self._round(go_on, tell):
                self._finish(began)
        except BegunAnew:
            pass
        return self._changed

    def _round(self, go_on: Callable[[], bool], tell: Callable[[int], object]) -> bool:
        """Whether it came to its end."""
        looked_at = 0
        self._at_once = min(_AT_ONCE, 2 * self._at_once)
        self._make_contacts_current()
        if not self._writer.begin(go_on):
            return False
        for rows, different in self._pieces():
            self._changed, looked_at = self._changed + different, looked_at + rows
            tell(looked_at)
            if not go_on():
                return False
        return True

    def _finish(self, began: datetime) -> None:
        with self._database.read() as session:
            filled = session.get_one(SearchStateRow, STATE).filled
        if not filled:
            self._changed += self._clear_away()
        self._writer.wipe()
        with self._database.write() as session:
            self._writer.check(session)
            if (self._changed or not filled) and session.get_bind().dialect.name == "postgresql":
                session.execute(_FLUSH)
                if not filled:
                    session.execute(_ANALYZE)  # or the planner knows nothing of what is in them for a while
            session.execute(update(SearchStateRow).values(filled=True, in_step_at=began))

    def rebuild(self) -> None:
        """The next round reads everybody and writes each row anew. Until then people are found as before.

        A round that goes on meanwhile, in whichever process, ends without another write.
        """
        with self._database.write() as session:
            state = session.get_one(SearchStateRow, STATE, with_for_update=True)
            newest = session.scalar(select(func.max(SearchStretchRow.id))) or 0
            state.filled, state.whole_from, state.left_over = False, max(newest, state.whole_from) + 1, True
            session.execute(delete(SearchStretchRow))

    # --- a round ---------------------------------------------------------------------------------

    def _pieces(self) -> Iterator[tuple[int, int]]:
        """Of each piece of work: of how many people, and how many of them were different."""
        stretches = self._stretches()
        if any(each.place - each.before <= _NEAR for each in stretches):
            stretches = self._spread()
        at = 0
        while some := stretches[at : at + self._at_once]:
            yield from self._look(some)
            at += len(some)
        yield from self._new()

    def _look(self, some: Sequence[Stretch]) -> Iterator[tuple[int, int]]:
        expected = [stretch.sum for stretch in some if stretch.sum is not None]
        if len(expected) == len(some):
            whole = sum(expected, Sum(0, 0))
            if self._sum_of(some) == whole:
                yield whole.rows, 0
                return
        for stretch in some:
            present = self._directory.sum(stretch.after, stretch.upto)
            if present == stretch.sum:
                yield present.rows, 0
            else:
                yield from self._read(stretch, present)

    def _sum_of(self, some: Sequence[Stretch]) -> Sum | None:
        """None where the directory takes too long for so many; from now on it is asked for fewer at once."""
        try:
            return self._directory.sum(some[0].after, some[-1].upto)
        except DirectoryUnreachable:
            if len(some) == 1:
                raise
            self._at_once = max(1, len(some) // 2)
            return None

    def _read(self, stretch: Stretch, present: Sum) -> Iterator[tuple[int, int]]:
        """One that has grown is divided, and its parts share its room; who comes meanwhile waits for a round."""
        parts = present.rows // BATCH if present.rows > 2 * BATCH else 1
        room = (stretch.place - stretch.before) / parts
        for _ in range(1, parts):
            upto = self._directory.stride(stretch.after, BATCH)
            if upto is None or upto == stretch.upto:
                break
            place = stretch.before + room
            first = Stretch(self._next_id(), place, stretch.before, stretch.after, upto, None)
            yield self._write(first, alone=False)
            stretch = Stretch(stretch.id, stretch.place, place, upto, stretch.upto, None)
        yield self._write(stretch)

    def _new(self) -> Iterator[tuple[int, int]]:
        """Whoever comes after the last stretch; one that is not full yet is filled up."""
        stretches = self._stretches()
        last = stretches[-1] if stretches else None
        id_, place, after = self._next_id(), 1.0, None
        if last is not None:
            place, after = last.place + 1, last.upto
            if self._directory.stride(after, 1) is None:
                return
            if last.sum is not None and last.sum.rows <= BATCH // 2:
                id_, place, after = last.id, last.place, last.after
        while (upto := self._directory.stride(after, BATCH)) is not None:
            stretch = Stretch(id_, place, place - 1, after, upto, None)
            yield self._write(stretch)
            id_, place, after = self._next_id(), place + 1, upto

    def _write(self, stretch: Stretch, *, alone: bool = True) -> tuple[int, int]:
        present, people = self._directory.stretch(stretch.after, stretch.upto)
        row = SearchStretchRow(
            id=stretch.id,
            place=stretch.place,
            upto=stretch.upto,
            rows=present.rows,
            checksum=str(present.checksum),
        )
        return len(people), self._writer.write(people, row, alone=alone)

    def _clear_away(self) -> int:
        """Whoever is of no stretch: left over from before the first fill, or from before it began again."""
        gone = 0
        ours = select(SearchStretchRow.id).where(SearchStretchRow.id == SearchRow.stretch).exists()
        left_over = select(SearchRow.id, SearchRow.doc, SearchRow.email).where(~ours).limit(_AT_ONCE_GONE)
        while True:
            with self._database.read() as session:
                rows = session.execute(left_over).all()
            if not rows:
                return gone
            gone += self._writer.remove(rows)

    # --- what is known ---------------------------------------------------------------------------

    def _stretches(self) -> list[Stretch]:
        row = SearchStretchRow
        columns = (row.id, row.place, row.upto, row.rows, row.checksum)
        found: list[Stretch] = []
        with self._database.read() as session:
            for id_, place, upto, rows, checksum in session.execute(select(*columns).order_by(row.place)):
                before, after = (found[-1].place, found[-1].upto) if found else (0.0, None)
                found.append(Stretch(id_, place, before, after, upto, Sum(rows, int(checksum)) if checksum else None))
        return found

    def _spread(self) -> list[Stretch]:
        with self._database.write() as session:
            self._writer.check(session)
            ids = session.scalars(select(SearchStretchRow.id).order_by(SearchStretchRow.place)).all()
            session.execute(
                update(SearchStretchRow), [{"id": id_, "place": float(at)} for at, id_ in enumerate(ids, 1)]
            )
        return self._stretches()

    def _next_id(self) -> int:
        """Never one of before a rebuild."""
        with self._database.read() as session:
            newest = session.scalar(select(func.max(SearchStretchRow.id))) or 0
            return max(newest + 1, session.get_one(SearchStateRow, STATE).whole_from)

    def _make_contacts_current(self) -> None:
        """Fingerprints by an earlier key are made anew, or that key could never go; so are those of numbers as they
        were read by other rules, which cannot be compared.
        """
        if self._current == self._contacts.made:
            return
        begin, end = self._contacts.made
        earlier = ~(SearchRow.contact.startswith(begin) & SearchRow.contact.endswith(end))
        theirs = select(SearchRow.stretch).where(earlier)
        with self._database.write() as session:
            session.execute(update(SearchStretchRow).where(SearchStretchRow.id.in_(theirs)).values(checksum=""))
        self._current = self._contacts.made
