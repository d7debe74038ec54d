"""Keeping the search tables in step with the directory, five hundred people at a time.

The directory is taken in stretches of neighbours, in the order of its keys. Of each is remembered what it added up
to; a round asks the directory's database for the sums, many stretches at once, and reads only people again whose
stretch adds up to something else. Whoever comes after the last stretch is new. So the first fill is nothing but a
round with no stretches yet, and one that was interrupted goes on where it was.

A sum is asked for before the people are read: who changes between the two is read once more in the next round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select, text, update

from services.db.session import Database
from services.db.tables import SearchRow, SearchStateRow, SearchStretchRow
from services.ports import Clock, Directory, Sum
from services.seals import Seals
from services.search.vocabulary import STATE
from services.search.write import Writer

BATCH = 500
_AT_ONCE = 100
"""Stretches whose sums are asked for in one question, which is over long before the directory's one second."""
_AT_ONCE_GONE = 1000
_ANALYZE = text("ANALYZE locksmith_search, locksmith_search_word")


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

    def __init__(self, database: Database, directory: Directory, seals: Seals, clock: Clock) -> None:
        self._database = database
        self._directory = directory
        self._seals = seals
        self.clock = clock
        self._writer = Writer(database, seals, clock)
        self._key_id = ""

    def sync(self, *, go_on: Callable[[], bool] = always, tell: Callable[[int], object] = lambda _: None) -> int:
        """One round; returns how many people were new, changed or gone.

        Also remembers when a number or an e-mail changed, which most products cannot tell. `go_on` is asked after
        each piece of work, `tell` is told how many people were looked at so far. Raises DirectoryUnreachable; then
        what was done so far stays.
        """
        began, changed, looked_at = self.clock.now(), 0, 0
        self._take_up_new_key()
        for rows, different in self._pieces():
            changed, looked_at = changed + different, looked_at + rows
            tell(looked_at)
            if not go_on():
                return changed
        with self._database.read() as session:
            state = session.get_one(SearchStateRow, STATE)
            filled, rebuilt = state.filled, state.whole_from > 1
        if not filled:
            changed += self._clear_away()
            if rebuilt:
                self._writer.forget_unused()
        with self._database.write() as session:
            if not filled and session.get_bind().dialect.name == "postgresql":
                session.execute(_ANALYZE)  # or the planner knows nothing of what is in them for a while
            session.execute(update(SearchStateRow).values(filled=True, in_step_at=began))
        return changed

    def rebuild(self) -> None:
        """The next round reads everybody and writes each row anew. Until then people are found as before."""
        with self._database.write() as session:
            newest = session.scalar(select(func.max(SearchStretchRow.id))) or 0
            session.execute(update(SearchStateRow).values(filled=False, whole_from=newest + 1))
            session.execute(delete(SearchStretchRow))

    # --- a round ---------------------------------------------------------------------------------

    def _pieces(self) -> Iterator[tuple[int, int]]:
        """Of each piece of work: of how many people, and how many of them were different."""
        stretches = self._stretches()
        for start in range(0, len(stretches), _AT_ONCE):
            yield from self._look(stretches[start : start + _AT_ONCE])
        yield from self._new()

    def _look(self, some: Sequence[Stretch]) -> Iterator[tuple[int, int]]:
        expected = [stretch.sum for stretch in some if stretch.sum is not None]
        if len(expected) == len(some):
            whole = sum(expected, Sum(0, 0))
            if self._directory.sum(some[0].after, some[-1].upto) == whole:
                yield whole.rows, 0
                return
        for stretch in some:
            present = self._directory.sum(stretch.after, stretch.upto)
            if present == stretch.sum:
                yield present.rows, 0
            else:
                yield from self._read(stretch, present)

    def _read(self, stretch: Stretch, present: Sum) -> Iterator[tuple[int, int]]:
        """One that has grown is divided."""
        while present.rows > 2 * BATCH:
            upto = self._directory.stride(stretch.after, BATCH)
            if upto is None or upto == stretch.upto:
                break
            place = (stretch.before + stretch.place) / 2
            first = Stretch(self._next_id(), place, stretch.before, stretch.after, upto, None)
            yield self._write(first, self._directory.sum(first.after, upto), alone=False)
            stretch = Stretch(stretch.id, stretch.place, place, upto, stretch.upto, None)
            present = self._directory.sum(upto, stretch.upto)
        yield self._write(stretch, present)

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
            yield self._write(stretch, self._directory.sum(after, upto))
            id_, place, after = self._next_id(), place + 1, upto

    def _write(self, stretch: Stretch, present: Sum, *, alone: bool = True) -> tuple[int, int]:
        people = self._directory.between(stretch.after, stretch.upto)
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

    def _next_id(self) -> int:
        """Never one of before a rebuild."""
        with self._database.read() as session:
            newest = session.scalar(select(func.max(SearchStretchRow.id))) or 0
            return max(newest + 1, session.get_one(SearchStateRow, STATE).whole_from)

    def _take_up_new_key(self) -> None:
        """Fingerprints by an earlier key are made anew, or that key could never go."""
        if self._key_id == self._seals.newest_id:
            return
        earlier = ~SearchRow.contact.startswith(f"{self._seals.newest_id}:")
        theirs = select(SearchRow.stretch).where(earlier)
        with self._database.write() as session:
            session.execute(update(SearchStretchRow).where(SearchStretchRow.id.in_(theirs)).values(checksum=""))
        self._key_id = self._seals.newest_id
