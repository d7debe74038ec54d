"""The databases' own ways of finding a row by parts of its words; no row is read that is not one of the first few.

A piece is a text to be found in `doc`: ` jane ` is a whole word, ` jan` the beginning of one, `an` any part. A term
is fulfilled by any of its pieces; all terms have to be.

SQLite: two FTS5 tables, of trigrams and of words. PostgreSQL: an index over trigrams where the extension is, one over
words and their beginnings and one over whole words, which every server can (then a part of a word that is not its
beginning is looked for in the vocabulary, see services/search/query.py). Words are for many pieces: of each trigram a
common one would be read anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    Text,
    any_,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from services.db.tables import SearchRow
from services.search.hit import COLUMNS, Hit

Term = Sequence[str]
Values = dict[str, Any]
MOST_WORDS = 8
"""Of what was typed; more make nobody easier to find."""
LOOKED_AT = 400
"""So many hits are put in order. Where there are more, any of them do: whoever asks is told to add a word."""
_TOO_SHORT = 2
"""Of a piece with its spaces: one letter begins a tenth of all words. Whoever else fits is looked through for it."""
_LONG, _ENOUGH = 3, 5
"""Letters. Shorter than a trigram is not looked up by itself, and the beginnings of two names fit few people."""
_INDEXED: ColumnElement[Any] = literal_column("array_to_tsvector(string_to_array(btrim(locksmith_search.doc), ' '))")
"""An index over an expression is used for exactly this expression."""
_WHOLE: ColumnElement[Any] = literal_column(
    "string_to_array(btrim(locksmith_search.doc), ' ')", postgresql.ARRAY(Text)
)
_PADDED_NAME: ColumnElement[str] = literal_column("' '", Text).concat(SearchRow.name)
_PARTS = table("fts_locksmith_search", column("rowid"))
_WORDS = table("fts_locksmith_search_words", column("rowid"))
_FIRST_SURROGATE, _AFTER_SURROGATES = "\ud800", "\ue000"
_HAS_TRIGRAMS = text("SELECT 1 FROM pg_indexes WHERE indexname = 'gin_locksmith_search_doc'")


class Matcher:
    def __init__(self) -> None:
        self._parts: bool | None = None
        self._made: dict[tuple[bool, bool, int, int, bool], Select[Any]] = {}
        self._wholes: dict[int, Select[Any]] = {}

    def parts(self, session: Session) -> bool:
        """Whether any part of a word can be looked for, or only its beginning."""
        if self._parts is None:
            self._parts = _on_sqlite(session) or session.scalar(_HAS_TRIGRAMS) is not None
        return self._parts

    def hits(self, session: Session, terms: Sequence[Term], limit: int) -> list[Hit]:
        """At most `limit`, in no order that means anything. Nobody where all terms are too short to be looked up.

        Where a term has several pieces, all of all terms are words or beginnings of words.
        """
        beside = [term[0] for term in terms if len(term) == 1 and len(term[0]) <= _TOO_SHORT]
        terms = [term for term in terms if term[0] not in beside]
        if not terms:
            return []
        by_words = all(piece.startswith(" ") for term in terms for piece in term) or not self.parts(session)
        sqlite = _on_sqlite(session)
        values: Values = {"most": limit}
        if by_words:
            values["wanted"] = _fts(terms) if sqlite else _tsquery(terms)
        else:
            rare = [_rare(term[0], _ENOUGH if len(terms) > 1 else None) for term in terms]
            beside += [piece for [piece], part in zip(terms, rare, strict=True) if piece != part]
            if sqlite:
                values["wanted"] = " AND ".join(map(_quoted, rare))
            else:
                values |= {f"like_{at}": f"%{_LIKE.sub(_ESCAPED, part)}%" for at, part in enumerate(rare)}
        values |= {f"beside_{at}": piece for at, piece in enumerate(beside)}
        statement = self._statement(sqlite, by_words, len(terms), len(beside))
        return [Hit(*row) for row in session.execute(statement, values)]

    def whole(self, session: Session, terms: Sequence[Term], limit: int) -> list[Hit]:
        """As `hits`, where all pieces are whole words: forty for each term cost little more than one."""
        if _on_sqlite(session) or not terms:
            return self.hits(session, terms, limit)
        values: Values = {f"any_{at}": [piece.strip() for piece in term] for at, term in enumerate(terms)}
        if len(terms) not in self._wholes:
            asked = (_WHOLE.overlap(bindparam(f"any_{at}", type_=ARRAY(Text))) for at in range(len(terms)))
            self._wholes[len(terms)] = _first(select(*COLUMNS).where(*asked))
        return [Hit(*row) for row in session.execute(self._wholes[len(terms)], {**values, "most": limit})]

    def initials(self, session: Session, letters: Sequence[str], limit: int) -> list[Hit]:
        """At most `limit` people of whom each of these letters begins a name. In addresses a letter tells nothing."""
        begun = [[f" {letter}"] for letter in letters if letter.isalnum()]
        if not begun:
            return []
        sqlite = _on_sqlite(session)
        values: Values = {"most": limit, "wanted": _fts(begun) if sqlite else _tsquery(begun)}
        values |= {f"beside_{at}": f" {letter}" for at, letter in enumerate(letters)}
        statement = self._statement(sqlite, True, len(begun), len(letters), names=True)
        return [Hit(*row) for row in session.execute(statement, values)]

    def called(self, session: Session, names: Sequence[str], limit: int) -> list[Hit]:
        """At most `limit` people who have one of these whole names, of which there may be hundreds."""
        if not names:
            return []
        sqlite = _on_sqlite(session)
        values: Values = {"names": json.dumps(names) if sqlite else names, "most": limit}
        return [Hit(*row) for row in session.execute(_CALLED_SQLITE if sqlite else _CALLED, values)]

    def _statement(
        self, sqlite: bool, by_words: bool, terms: int, beside: int, *, names: bool = False
    ) -> Select[Any]:
        """Made once of each kind: to make one takes as long as to ask it."""
        kind = sqlite, by_words, 1 if sqlite or by_words else terms, beside, names
        if kind not in self._made:
            self._made[kind] = _made(*kind)
        return self._made[kind]


def _on_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def _made(sqlite: bool, by_words: bool, terms: int, beside: int, names: bool) -> Select[Any]:
    """`names`: what is beside it stands in the names, and not only anywhere."""
    found = select(*COLUMNS)
    if sqlite:
        full_text = _WORDS if by_words else _PARTS
        found = found.join(full_text, full_text.c.rowid == SearchRow.id)
        found = found.where(literal_column(full_text.name).op("MATCH")(bindparam("wanted")))
    elif by_words:
        found = found.where(_INDEXED.op("@@")(cast(bindparam("wanted"), TSQUERY)))
    else:
        found = found.where(*(SearchRow.doc.like(bindparam(f"like_{at}"), escape="/") for at in range(terms)))
    position, place = func.instr if sqlite else func.strpos, _PADDED_NAME if names else SearchRow.doc
    return _first(found.where(*(position(place, bindparam(f"beside_{at}")) > 0 for at in range(beside))))


def _rare(piece: str, letters: int | None) -> str:
    """What of it is looked up, for each trigram has a list to be read: of an address the part that few share, and so
    many `letters` where other pieces have to be there too."""
    local, at, _ = piece.partition("@")
    return (f"{local}@" if at and len(local) >= _LONG else piece)[:letters]


def _fts(terms: Sequence[Term]) -> str:
    return " AND ".join("({})".format(" OR ".join(map(_token, term))) for term in terms)


def _token(piece: str) -> str:
    return _quoted(piece.strip()) + ("" if piece.endswith(" ") else "*")


def _quoted(text_: str) -> str:
    return '"' + text_.replace('"', '""') + '"'


def _tsquery(terms: Sequence[Term]) -> str:
    return " & ".join("({})".format(" | ".join(map(_lexeme, term))) for term in terms)


def _lexeme(piece: str) -> str:
    word = piece.strip().replace("\\", "\\\\").replace("'", "''")
    return f"'{word}'" if piece.endswith(" ") else f"'{word}':*"


_LIKE, _ESCAPED = re.compile("[/%_]"), r"/\g<0>"
_MOST: BindParameter[int] = bindparam("most", type_=Integer)


def _first(found: Select[Any]) -> Select[Any]:
    """Of an index's hits, as the planner finds them all. With a LIMIT of its own it would go through the whole table
    in hope of meeting enough of them soon, and for a miss that is the slowest way. As it is, the rest is never read.
    """
    hits = found.cte("hits").prefix_with("MATERIALIZED", dialect="postgresql")
    return select(*hits.columns).limit(_MOST)


_CALLED = select(*COLUMNS).where(SearchRow.name == any_(bindparam("names", type_=ARRAY(Text)))).limit(_MOST)
_NAMES = func.json_each(bindparam("names")).table_valued("value")
_CALLED_SQLITE = select(*COLUMNS).where(SearchRow.name.in_(select(_NAMES.c.value))).limit(_MOST)
"""One parameter for all of them: hundreds of parameters take longer than the rest."""


def begun(column: Any, name: str, *conditions: Any) -> Select[Any]:  # noqa: ANN401  (a mapped column, conditions)
    """Along an index, whatever begins as `from_{name}` says: up to `to_{name}`, which is `after` it."""
    within = column >= bindparam(f"from_{name}"), column < bindparam(f"to_{name}")
    return select(*COLUMNS).where(*within, *conditions)


def after(start: str) -> str:
    """The least text that is greater than all that begin with `start`."""
    following = chr(ord(start[-1]) + 1)
    return start[:-1] + (_AFTER_SURROGATES if following == _FIRST_SURROGATE else following)
