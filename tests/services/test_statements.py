"""What one search page asks the databases, statement by statement, so that it does not creep up again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from tests.services.house import SAM, House

_TABLE = re.compile(r"(?:FROM|INTO|UPDATE) (locksmith_\w+|people)\b")
_VERB = re.compile("SELECT|INSERT|UPDATE|DELETE")
PAGE = [
    "SELECT locksmith_circuit, locksmith_switch",  # why no text goes out
    "SELECT locksmith_search",  # names that begin so
    "SELECT locksmith_search",  # any part of a word
    "SELECT people",  # live
    "SELECT locksmith_request",  # under way, and the last reset
    "SELECT locksmith_search",  # others of the same name
    "SELECT locksmith_stopped",
    "SELECT locksmith_request, locksmith_switch",  # how busy the agent is, and the lockdown
    "SELECT locksmith_search",  # when a number changed
    "UPDATE locksmith_audit_head",
    "INSERT locksmith_audit",
    "UPDATE locksmith_audit_head",
]
PAGE_AND_GUESSES = [
    *PAGE[:3],
    "SELECT locksmith_search_state",  # whether the words in memory are all there are
    "SELECT locksmith_search",  # people of names nearly like it
    *PAGE[3:],
]


@contextmanager
def statements(house: House) -> Iterator[list[str]]:
    """Fills as they are executed: verb and tables. The row by which a request is answered once goes by the driver."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if verb := _VERB.search(statement):
            seen.append(f"{verb[0]} {', '.join(sorted(set(_TABLE.findall(statement))))}")

    engines = {house.engine, house.database.engine, house.database.light}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize(("query", "people", "asked"), [("doe", 2, PAGE), ("jane", 3, PAGE_AND_GUESSES)])
def test_a_page_costs_the_same_statements_however_many_are_on_it(
    either: House, query: str, people: int, asked: list[str]
) -> None:
    either.finder.find(SAM, "jane")  # the tables are looked at once
    with statements(either) as seen:
        found = either.finder.find(SAM, query)
    assert len(found.rows) == people
    assert seen == asked


def test_who_mistypes_first_does_not_wait_for_all_words_to_be_read(either: House) -> None:
    words = "SELECT locksmith_search_word"
    with statements(either) as seen:
        either.finder.warm()
        assert words in seen
        seen.clear()
        assert len(either.finder.find(SAM, "jnae doe").rows) == 2
        assert words not in seen
