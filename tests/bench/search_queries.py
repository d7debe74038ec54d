"""What agents type and callers say, with the person who is meant: made from people by rule, and by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from random import Random
from typing import NamedTuple

from services.fold import fold
from services.search.nicknames import table
from tests.bench.search_people import Somebody, plain

_SEED = 7
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Query(NamedTuple):
    kind: str
    text: str
    meant: Somebody


# --- one kind each, for measuring -----------------------------------------------------------------


def kinds(people: Sequence[Somebody]) -> dict[str, list[Query]]:
    chance = Random(_SEED)  # noqa: S311  (the same queries each time)
    made: dict[str, Callable[[Somebody], str]] = {
        "exact e-mail": lambda one: one.email,
        "prefix": lambda one: fold(one.last)[:4],
        "two words": lambda one: f"{fold(one.first)} {fold(one.last)}",
        "substring": _middle,
        "one typo": lambda one: f"{fold(one.first)} {typo(chance, _name(one))}",
        "two typos": lambda one: f"{fold(one.first)} {typo(chance, typo(chance, _name(one)))}",
        "one typo, last name only": lambda one: typo(chance, _name(one)),
        "e-mail, one typo": lambda one: _in_mailbox(chance, one.email),
        "miss": lambda one: f"zqx{one.id}j {one.id}vvq",
    }
    long_enough = [one for one in people if len(_name(one)) > _SHORT]
    return {
        kind: [Query(kind, make(one), one) for one in (long_enough if kind in _OF_LONG else people)]
        for kind, make in made.items()
    }


_SHORT = 5
"""Up to so many letters a word may have one typo only."""
_OF_LONG = ("two typos", "one typo, last name only")


def _name(one: Somebody) -> str:
    """The last word of the last name."""
    return fold(one.last).split()[-1]


def _middle(one: Somebody) -> str:
    """Five letters of a name, or of the e-mail, that do not begin it."""
    name = _name(one)
    return name[1:6] if len(name) > _SHORT else one.email[1:6]


def typo(chance: Random, word: str) -> str:
    at, kind = chance.randrange(len(word)), chance.randrange(4)
    letter = chance.choice(_LETTERS)
    if kind == 0 and len(word) > 1:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + letter + word[at:]
    if kind == 2 or len(word) == 1:
        return word[:at] + letter + word[at + 1 :]
    at = min(at, len(word) - 2)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _in_mailbox(chance: Random, email: str) -> str:
    local, _, domain = email.partition("@")
    if chance.random() < 0.5:
        return f"{typo(chance, local)}@{domain}"
    name, _, end = domain.rpartition(".")
    return f"{local}@{typo(chance, name)}.{end}"


# --- quality --------------------------------------------------------------------------------------

_HEARD = (
    ("ph", "f"), ("ck", "k"), ("ie", "ei"), ("ei", "ie"), ("ai", "ei"), ("th", "t"), ("sch", "sh"), ("ll", "l"),
    ("nn", "n"), ("ss", "s"), ("tt", "t"), ("ay", "ai"), ("c", "k"), ("z", "s"), ("y", "i"), ("v", "f"),
    ("w", "v"), ("d", "dt"),
)  # fmt: skip
"""How a name is written by somebody who only hears it."""
BY_HAND = (
    ("Siobhan", "O'Connor", "siobhan.oconnor", "siobhan o connor"),
    ("Siobhan", "O'Connor", "siobhan.oconnor", "Siobahn O'Conor"),
    ("Anne-Marie", "Lefèvre", "am.lefevre", "anne marie lefevre"),
    ("Anne-Marie", "Lefèvre", "am.lefevre", "annemarie"),
    ("Anne-Marie", "Lefèvre", "am.lefevre", "lefebvre, anne-marie"),
    ("Jürgen", "Großmann", "j.grossmann", "juergen grossmann"),
    ("Jürgen", "Großmann", "j.grossmann", "jurgen grosmann"),
    ("Jürgen", "Großmann", "j.grossmann", "GROßMANN"),
    ("Miguel Ángel", "de la Cruz Romero", "madelacruz", "miguel de la cruz"),
    ("Miguel Ángel", "de la Cruz Romero", "madelacruz", "cruz romero"),
    ("Miguel Ángel", "de la Cruz Romero", "madelacruz", "delacruz miguel"),
    ("Zbigniew", "Brzęczyszczykiewicz", "zb", "brzeczyszczykiewicz"),
    ("Zbigniew", "Brzęczyszczykiewicz", "zb", "zbigniew brz"),
    ("Zbigniew", "Brzęczyszczykiewicz", "zb", "zbigniew brzenczyszczykiewicz"),
    ("Katherine", "Wojciechowska-Hale", "kwhale", "katherine hale"),
    ("Katherine", "Wojciechowska-Hale", "kwhale", "kate wojciechowska"),
    ("Katherine", "Wojciechowska-Hale", "kwhale", "katharine hale"),
    ("Nguyễn", "Thị Hương", "huong.nguyen", "nguyen thi huong"),
    ("Nguyễn", "Thị Hương", "huong.nguyen", "huong nguyen"),
    ("Đorđe", "Čvorović", "dcvorovic", "dorde cvorovic"),
    ("Đorđe", "Čvorović", "dcvorovic", "djordje cvorovic"),
    ("Søren", "Kierkegård", "soren.k", "soren kierkegard"),
    ("Søren", "Kierkegård", "soren.k", "sören kierkegaard"),
    ("Bartholomew", "Featherstonehaugh", "bfeather", "bartholomew fetherstonehaugh"),
    ("Bartholomew", "Featherstonehaugh", "bfeather", "bfeather"),
    ("Bartholomew", "Featherstonehaugh", "bfeather", "feather@"),
    ("Moirin", "MacGillycuddy", "moirin.neeold", "moirin neeold"),
    ("Moirin", "MacGillycuddy", "moirin.neeold", "mac gillycuddy"),
    ("小龍", "李", "bruce.xl", "李 小龍"),
    ("小龍", "李", "bruce.xl", "bruce.xl"),
)
"""First name, last name, the e-mail's beginning, and what was typed."""
BY_HAND_DOMAIN = "handmade-quality.example"


def added(first_id: int) -> list[Somebody]:
    """The people of the queries by hand, who have to be among the others."""
    named = dict.fromkeys((first, last, local) for first, last, local, _ in BY_HAND)
    return [
        Somebody(at, first, last, f"{local}@{BY_HAND_DOMAIN}", "+12025550100", True)
        for at, (first, last, local) in enumerate(named, first_id)
    ]


def quality(people: Iterable[Somebody], by_hand: Iterable[Somebody]) -> Iterator[Query]:
    """300: by rule for whoever has a name that nobody else has, so that there is one right answer; and by hand."""
    known = {(one.first, one.last): one for one in by_hand}
    for first, last, _, text in BY_HAND:
        yield Query("by hand", text, known[first, last])
    chance, nicknames = Random(_SEED), table()  # noqa: S311  (as above)
    turns: list[Callable[[Somebody], tuple[str, str]]] = [
        lambda one: ("as it is written", f"{one.first} {one.last}"),
        lambda one: ("last name first", f"{one.last}, {one.first}"),
        lambda one: ("missing accents", f"{plain(one.first)} {plain(one.last)}"),
        lambda one: ("heard", f"{one.first} {_heard(chance, fold(one.last))}"),
        lambda one: ("heard", f"{one.first} {_heard(chance, fold(one.last))}"),
        lambda one: ("swapped letters", f"{one.first} {_swapped(chance, fold(one.last))}"),
        lambda one: ("a typo", f"{typo(chance, fold(one.first))} {fold(one.last)}"),
        lambda one: ("initial and last name", f"{one.first[:1]} {one.last}"),
        lambda one: ("one of two names", f"{one.first.split()[0]} {fold(one.last).split()[-1]}"),
        lambda one: ("half an e-mail", one.email[: one.email.index("@") + 4]),
        lambda one: ("an e-mail with a typo", _in_mailbox(chance, one.email)),
        lambda one: ("name and company", f"{fold(one.last)} {one.email.partition('@')[2].partition('.')[0]}"),
        lambda one: ("short form", f"{_short(nicknames, fold(one.first))} {one.last}"),
        lambda one: ("beginnings", f"{one.first[:4]} {one.last[:5]}"),
        lambda one: ("the e-mail without its domain", one.email.partition("@")[0].replace(".", " ")),
    ]
    for at, one in enumerate(people):
        kind, text = turns[at % len(turns)](one)
        yield Query(kind, text, one)


def _heard(chance: Random, name: str) -> str:
    there = [pair for pair in _HEARD if pair[0] in name[1:]]
    if not there:
        return name
    written, sounds = chance.choice(there)
    at = name.index(written, 1)
    return name[:at] + sounds + name[at + len(written) :]


def _swapped(chance: Random, name: str) -> str:
    at = chance.randrange(max(1, len(name) - 1))
    return name[:at] + name[at : at + 2][::-1] + name[at + 2 :]


def _short(nicknames: dict[str, frozenset[str]], name: str) -> str:
    return min(nicknames.get(name, {name}))
