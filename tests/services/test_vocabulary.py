"""Which words may have been meant: found by a part as if each had been compared, and kept in step with the tables."""

from __future__ import annotations

import string
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, insert, update

from services.db.tables import SearchStateRow, SearchWordRow
from services.search.vocabulary import Vocabulary, Words, typos_between
from tests.services.house import House

FEW = "abc"
WORDS = st.lists(st.text(FEW, min_size=1, max_size=10), max_size=40, unique=True)


def one_by_one(word: str, words: list[str]) -> dict[str, int]:
    near = {other: typos_between(word, other) for other in words} if len(word) > 2 else {}
    return {other: typos for other, typos in near.items() if typos is not None}


@given(WORDS, st.text(FEW, max_size=10))
def test_as_if_each_were_compared(words: list[str], word: str) -> None:
    assert Words().and_more(words).near(word) == one_by_one(word, words)


def test_each_slip_of_the_finger_is_found() -> None:
    """Two slips anywhere, two letters that changed places at a cut among them."""
    chance = Random(1)  # noqa: S311  (the same words each time)
    words = ["".join(chance.choices(string.ascii_lowercase, k=chance.randint(6, 12))) for _ in range(30)]
    known = Words().and_more(words)
    for word in words:
        for at in range(len(word) - 1):
            slipped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
            for other in range(len(slipped)):
                for again in (slipped[:other] + slipped[other + 1 :], f"{slipped[:other]}q{slipped[other + 1 :]}"):
                    assert known.near(again) == one_by_one(again, words)
                    assert word in known.near(again) or typos_between(word, again) is None


@given(WORDS, WORDS)
def test_others_know_nothing_of_a_word_that_is_gone(words: list[str], gone: list[str]) -> None:
    known = Words().and_more(words)
    rest = [word for word in words if word not in gone]
    less = known.but_for(word for word in gone if word in words)
    for word in words:
        assert less.near(word) == one_by_one(word, rest)
        assert known.near(word) == one_by_one(word, words)
        assert sorted(less.having(word)) == sorted(other for other in rest if word in other)


def test_kept_in_step_with_the_tables(either: House) -> None:
    vocabulary, state = Vocabulary(), SearchStateRow

    def change(*, learn: tuple[str, ...] = (), forget: tuple[str, ...] = ()) -> None:
        with either.database.write() as session:
            if forget:
                session.execute(delete(SearchWordRow).where(SearchWordRow.word.in_(forget)))
                session.execute(update(state).values(forgotten=state.forgotten + 1))
            if learn:
                session.execute(insert(SearchWordRow), [{"word": word} for word in learn])
                session.execute(update(state).values(learnt=state.learnt + 1))

    def near(word: str) -> list[str]:
        with either.database.glance() as session:
            names, domains = vocabulary.look(session)
        return sorted((domains if word.startswith("@") else names).near(word))

    change(learn=("wojciechowska", "@northwind.example"))
    assert near("wojciechovska") == ["wojciechowska"]
    assert near("@northwnd.example") == ["@northwind.example"]
    change(learn=("wojciehowska",))
    assert near("wojciechovska") == ["wojciechowska", "wojciehowska"]
    change(forget=("wojciehowska",), learn=("kettleborough",))  # on SQLite the same id
    assert near("wojciechovska") == ["wojciechowska"]
    assert near("ketleborough") == ["kettleborough"]
    change(forget=("wojciechowska", "@northwind.example", "kettleborough"))
    assert (near("wojciechovska"), near("@northwnd.example"), near("ketleborough")) == ([], [], [])
    change(learn=("wojciechowska",))
    assert near("wojciechovska") == ["wojciechowska"]
