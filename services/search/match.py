"""The databases' own ways of finding a row by parts of its words; no row is read that is not one of the first few.

A piece is a text to be found in `doc`: ` jane ` is a whole word, ` jan` the beginning of one, `an` any part. A term
is fulfilled by any of its pieces; all terms have to be.

SQLite: two FTS5 tables, of trigrams and of words. PostgreSQL: an index over trigrams where the extension is, and one
over words, which every server can (then a part of a word that is not its beginning is looked for in the vocabulary,
see services/search/query.py). Words are for many pieces: of each trigram a common one would be read anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    TableClause,
    cast,
    column,
    func,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from services.db.tables import SearchRow
from services.search.hit import COLUMNS, Hit

Term = Sequence[str]
_TOO_SHORT = 2
"""Of a piece with its spaces: one letter begins a tenth of all words. Whoever else fits is looked through for it."""
_INDEXED: ColumnElement[Any] = literal_column("array_to_tsvector(string_to_array(btrim(locksmith_search.doc), ' '))")
"""An index over an expression is used for exactly this expression."""
_PARTS = table("fts_locksmith_search", column("rowid"))
_WORDS = table("fts_locksmith_search_words", column("rowid"))
_FIRST_SURROGATE, _AFTER_SURROGATES = "\ud800", "\ue000"
_HAS_TRIGRAMS = text("SELECT 1 FROM pg_indexes WHERE indexname = 'gin_locksmith_search_doc'")


class Matcher:
    def __init__(self) -> None:
        self._parts: bool | None = None

    def parts(self, session: Session) -> bool:
        """Whether any part of a word can be looked for, or only its beginning."""
        if self._parts is None:
            sqlite = session.get_bind().dialect.name == "sqlite"
            self._parts = sqlite or session.scalar(_HAS_TRIGRAMS) is not None
        return self._parts

    def hits(self, session: Session, terms: Sequence[Term], limit: int) -> list[Hit]:
        """At most `limit`, in no order that means anything. Nobody where all terms are too short to be looked up.

        Where a term has several pieces, they are words or beginnings of words.
        """
        sqlite = session.get_bind().dialect.name == "sqlite"
        short = [term[0] for term in terms if len(term) == 1 and len(term[0]) <= _TOO_SHORT]
        terms = [term for term in terms if term[0] not in short]
        if not terms:
            return []
        if any(len(term) > 1 for term in terms) or not self.parts(session):
            statement = _sqlite_words(terms) if sqlite else _words(terms)
        else:
            pieces = [term[0] for term in terms]
            statement = _sqlite_parts(pieces) if sqlite else _trigrams(pieces)
        position = func.instr if sqlite else func.strpos
        beside = (position(SearchRow.doc, piece) > 0 for piece in short)
        return [Hit(*row) for row in session.execute(_first(statement.where(*beside), limit))]


def _sqlite_parts(pieces: Sequence[str]) -> Select[Any]:
    return _full_text(_PARTS, " AND ".join(map(_quoted, pieces)))


def _sqlite_words(terms: Sequence[Term]) -> Select[Any]:
    wanted = " AND ".join("({})".format(" OR ".join(map(_token, term))) for term in terms)
    return _full_text(_WORDS, wanted)


def _full_text(table_: TableClause, wanted: str) -> Select[Any]:
    found = select(*COLUMNS).join(table_, table_.c.rowid == SearchRow.id)
    return found.where(literal_column(table_.name).op("MATCH")(wanted))


def _token(piece: str) -> str:
    return _quoted(piece.strip()) + ("" if piece.endswith(" ") else "*")


def _quoted(text_: str) -> str:
    return '"' + text_.replace('"', '""') + '"'


def _trigrams(pieces: Sequence[str]) -> Select[Any]:
    return select(*COLUMNS).where(*(SearchRow.doc.contains(piece, autoescape=True) for piece in pieces))


def _words(terms: Sequence[Term]) -> Select[Any]:
    wanted = " & ".join("({})".format(" | ".join(map(_lexeme, term))) for term in terms)
    return select(*COLUMNS).where(_INDEXED.op("@@")(cast(wanted, TSQUERY)))


def _lexeme(piece: str) -> str:
    word = piece.strip().replace("\\", "\\\\").replace("'", "''")
    return f"'{word}'" if piece.endswith(" ") else f"'{word}':*"


def _first(found: Select[Any], limit: int) -> Select[Any]:
    """Of an index's hits, as the planner finds them all. With a LIMIT of its own it would go through the whole table
    in hope of meeting enough of them soon, and for a miss that is the slowest way. As it is, the rest is never read.
    """
    hits = found.cte("hits").prefix_with("MATERIALIZED", dialect="postgresql")
    return select(*hits.columns).limit(limit)


def after(start: str) -> str:
    """The least text that is greater than all that begin with `start`."""
    following = chr(ord(start[-1]) + 1)
    return start[:-1] + (_AFTER_SURROGATES if following == _FIRST_SURROGATE else following)
