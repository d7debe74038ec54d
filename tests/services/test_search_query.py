"""Whoever is meant is found, whatever was typed: ranking, typos, short forms, on every kind of database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.pool import NullPool

from services.db.migrate import migrate
from services.db.session import make_engine
from services.db.tables import SearchRow
from services.directory.presets import PRESETS
from services.find import Finder
from services.search.match import after
from services.search.query import Search
from tests.conftest import Server, address
from tests.services.house import SAM, House, make_house

PEOPLE = [
    (10, "William", "Smith", "w.smith@acme.example", 1),
    (11, "Bill", "Smith", "bill@acme.example", 1),
    (12, "Bill", "Smithson", "bsmithson@acme.example", 1),
    (13, "Anna", "Smith", "asmith@gone.example", 0),
    (14, "Zoe", "Smith", "zoe@acme.example", 1),
    (20, "Magdalena", "Wojciechowska", "magda.w@northwind.example", 1),
    (21, "Angus", "McDonald", "angus@northwind.example", 1),
    (22, "Jürgen", "Müller", "jm@northwind.example", 1),
    (23, "Piet", "van der Berg", "pvdb@northwind.example", 1),
    (24, "小龍", "李", "xl@northwind.example", 1),
    (25, "Rosalind", "Kettleborough", "rosalind.kettleborough@northwind.example", 1),
    (26, "Xavier", "Quill", "moirin.neeold@northwind.example", 1),
    (27, "Marta", "Kruse", "m.kruse@acme.example", 1),
    (28, "Martha", "Kruse", "kruse@acme.example", 1),
    (29, "Marta", "Krause", "mk@acme.example", 1),
    (30, "Marta Luise", "Kraus", "mlk@acme.example", 1),
]
FOUND = {
    "smith": ["11", "10", "14", "12", "13"],  # by last name, then first; whoever is deactivated last
    "smith bill": ["11", "12", "10"],  # the whole name, its beginning, then who is called so for short
    "bill smith": ["11", "12", "10"],
    "bill@acme.example": ["11"],
    "mithso": ["12"],
    "berg van der": ["23"],
    "vanderberg": ["23"],
    "muller": ["22"],
    "mueller": ["22"],
    "neeold": ["26"],
    "x": ["26"],
    "q x": ["26"],
    "李": ["24"],
    "小龍 李": ["24"],
    "x northwind": ["26", "24"],
    "a smith": ["13", "11", "10", "14", "12"],
    "zz": [],
    "'": [],
    '"': [],
    "\\ ' \" *": [],
}
GUESSED = {
    "jnae doe": ["1", "2"],
    "jane deo": ["1", "2"],
    "jan doe": None,
    "jaen do": ["1", "2", "3"],
    "jxne dxe": ["1", "2"],
    "jxxe doe": [],
    "wojcehowska": ["20"],
    "wojcehovsca": [],
    "magdalena wojciehowsak": ["20"],
    "mc donald": None,
    "mac donald": ["21"],
    "mc donld": ["21"],
    "rosalind.ketleborough@northwind.example": ["25"],
    "rosalind.kettleborough@nortwhind.example": ["25"],
    "roaslind.kettleborouhg@northwind.example": ["25"],
    "rosalind.kettleborough@elsewhere.example": [],
    "roaslind.kettleborouhg": ["25"],
    "rosalind.ketleborough@northw": ["25"],
    "ketleborough@": ["25"],
    "nobody whatsoever": [],
    "@": [],
    "@acme.example": None,
}


@pytest.fixture
def crowded(either: House) -> House:
    settle(either)
    return either


def settle(house: House) -> None:
    for key, first, last, email, active in PEOPLE:
        house.product_does(
            "INSERT INTO people (id, first_name, last_name, email, role, active, password_hash)"
            " VALUES (:key, :first, :last, :email, 'member', :active, 'old')",
            key=key, first=first, last=last, email=email, active=active,
        )  # fmt: skip
    house.index.sync()


def ask(house: House, query: str, finder: Finder | None = None) -> tuple[list[str], bool]:
    """Whoever matches, on every page; where nobody does, who may be meant, and that they are guesses."""
    keys, matching = pages(house, query, finder)
    return keys[:matching] if matching else keys, bool(keys) and not matching


def pages(house: House, query: str, finder: Finder | None = None) -> tuple[list[str], int]:
    """All who are listed, and how many of them match."""
    finder, keys, offset = finder or house.finder, list[str](), 0
    while True:
        found = finder.find(SAM, query, offset)
        keys += [row.person.key for row in found.rows]
        if found.next is None:
            return keys, found.matching
        offset = found.next


def test_whoever_is_meant_is_found(crowded: House) -> None:
    assert {query: ask(crowded, query)[0] for query in FOUND} == FOUND
    assert not any(ask(crowded, query)[1] for query in FOUND)
    for query, keys in GUESSED.items():
        found, guessed = ask(crowded, query)
        if keys is None:  # it matches as it is
            assert (bool(found), guessed) == (True, False), query
        else:
            assert (found, guessed) == (keys, bool(keys)), query


def test_a_misspelt_name_may_be_the_name_of_somebody_else(crowded: House) -> None:
    """Whoever has more names than were said comes after those who have just these."""
    assert pages(crowded, "marta kruse") == (["27", "29", "28"], 1)
    assert pages(crowded, "krause marta") == (["29", "27", "30", "28"], 1)
    assert pages(crowded, "kruse") == (["27", "28", "29"], 2)
    assert pages(crowded, "marta m.kruse@acme.example") == (["27"], 1)
    assert pages(crowded, "marta luise krausse") == (["30"], 0)


def test_short_forms_are_off_by_one_setting(crowded: House) -> None:
    rules = type(crowded.rules)(product="P", contact="c", nicknames=False)
    finder = Finder(
        database=crowded.database, directory=crowded.directory, audit=crowded.audit, rules=rules,
        judge=crowded.judge, seals=crowded.seals,
    )  # fmt: skip
    assert ask(crowded, "bill smith", finder)[0] == ["11", "12"]


def test_every_part_of_every_word_finds_the_same_everywhere(crowded: House) -> None:
    """As if each row were looked at one by one."""
    with crowded.database.read() as session:
        docs = {row.person_key: row.doc for row in session.scalars(select(SearchRow))}
    chance = Random(4)  # noqa: S311  (the same parts each time)
    for _ in range(60):
        doc = chance.choice(list(docs.values()))
        parts = [word[at : at + 5] for word in chance.sample(doc.split(), 2) for at in [chance.randrange(2)]]
        parts = [part for part in parts if len(part) > 2]
        if not parts:
            continue
        expected = {key for key, other in docs.items() if all(part in other for part in parts)}
        found, guessed = ask(crowded, " ".join(parts))
        assert (set(found) >= expected, guessed) == (True, False), parts
        nicknamed = set(found) - expected
        assert nicknamed <= {"10", "11", "12"}, parts


@pytest.fixture
def without_extension(server: Server, folder: Path) -> Iterator[House]:
    """Locksmith's account may make tables, and no extension."""
    name = server.new()
    admin = create_engine(address(name), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    role = f"{name}_plain"
    with admin.connect() as connection:
        connection.execute(text(f"CREATE ROLE {role} LOGIN"))
        connection.execute(text(f"GRANT ALL ON SCHEMA public TO {role}"))
    engine = make_engine(address(name).replace("postgres@", f"{role}@", 1))
    migrate(engine)
    house = make_house(folder, PRESETS["statstak"], engine.url.render_as_string(hide_password=False))
    yield house
    for each in (engine, house.engine):
        each.dispose()
    house.database.close()
    with admin.connect() as connection:
        connection.execute(text(f"DROP OWNED BY {role}"))
        connection.execute(text(f"DROP ROLE {role}"))
    server.drop(name)


def test_without_the_extension_names_are_found_all_the_same(without_extension: House) -> None:
    house = without_extension
    settle(house)
    with house.database.read() as session:
        indexes = set(session.scalars(text("SELECT indexname FROM pg_indexes WHERE tablename = 'locksmith_search'")))
    assert ("gin_locksmith_search_words" in indexes, "gin_locksmith_search_doc" in indexes) == (True, False)
    assert {query: ask(house, query)[0] for query in FOUND} == FOUND
    for query, keys in GUESSED.items():
        assert keys is None or ask(house, query)[0] == keys, query


def test_what_comes_after_a_beginning() -> None:
    assert [after(start) for start in ("ab", "z", "\ud7ff", "a\U0001f600")] == ["ac", "{", "\ue000", "a\U0001f601"]


def add(house: House, *names: tuple[str, str]) -> None:
    for key, (first, last) in enumerate(names, 100):
        house.product_does(
            "INSERT INTO people (id, first_name, last_name, email, role, active, password_hash)"
            " VALUES (:key, :first, :last, :email, 'member', 1, 'old')",
            key=key, first=first, last=last, email=f"k{key}@scripts.example",
        )  # fmt: skip
    house.index.sync()


def test_a_name_is_found_in_its_own_script(either: House) -> None:
    add(
        either,
        ("प्रिया", "शर्मा"), ("परय", "शरम"), ("민수", "김"), ("太郎", "田中"), ("ศิริพร", "ใจดี"), ("ジョン", "スミス"),
        ("Siân", "O´Brien"), ("Anne\u2011Marie", "Dupont\u2212Roy"),
    )  # fmt: skip
    expected = {
        "प्रिया": ["100"],
        "परय": ["101"],
        "शर्": ["100"],
        "김민수": ["102"],
        "민수김": ["102"],
        "김민": ["102"],
        "김 민수": ["102"],
        "田中太郎": ["103"],
        "中太": [],
        "ศิริ": ["104"],
        "ริพ": ["104"],
        "ｽﾐｽ": ["105"],
        "obrien": ["106"],
        "sian o’brien": ["106"],
        "marie roy": ["107"],
    }
    assert {query: pages(either, query)[0] for query in expected} == expected


def test_who_is_written_with_two_letters_is_found_by_the_one(either: House) -> None:
    add(either, ("Anna", "Mueller"), ("Bert", "Müller"), ("Carl", "Muller"), ("Aase", "Djordjevic"))
    expected = {
        "müller": ["101", "102", "100"],  # who is written so comes first
        "anna müller": ["100"],
        "mueller": ["100", "101"],
        "åse": ["103"],
        "åse đorđević": ["103"],
    }
    assert {query: ask(either, query)[0] for query in expected} == expected


def test_of_one_or_two_letters_everybody_is_found_who_begins_so(either: House) -> None:
    """However many words begin so."""
    chance = Random(8)  # noqa: S311  (the same names each time)
    made = [f"{start}{chance.choice('aeiou')}{chance.randrange(10**6)}" for start in "ABBC" for _ in range(60)]
    add(either, *((one, other) for one, other in zip(made, reversed(made), strict=True)))
    with either.database.read() as session:
        rows = session.scalars(select(SearchRow)).all()
        for terms in (["a", "c"], ["b"], ["c", "k"], ["ba", "be"], ["ce", "a"], ["b", "b", "bi"], ["z", "a"], ["k1"]):
            letters = all(len(term) == 1 for term in terms)
            texts = {row.person_key: f" {row.name}" if letters else row.doc for row in rows}
            expected = {key for key, words in texts.items() if all(f" {term}" in words for term in terms)}
            assert set(Search().find(session, " ".join(terms), 400)) == expected, terms
