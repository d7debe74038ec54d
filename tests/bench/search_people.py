"""Any number of made-up people, the same each time: common names are common and rare ones many, as in life."""

from __future__ import annotations

import unicodedata
from bisect import bisect
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import accumulate
from random import Random
from typing import NamedTuple

from sqlalchemy import Connection, insert

from bot.demo_data.names import FIRST, LAST
from bot.demo_data.table import people_table

_SEED = 20261124
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "ı": "i", "ß": "ss", "æ": "ae", "đ": "d", "þ": "th"})
_COMMON = """
    Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson
    Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis
    Robinson Walker Young Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall
    Rivera Campbell Mitchell Carter Roberts O'Brien O'Neil McDonald MacGregor Müller Schmidt Schneider
    Fischer Weber Núñez Muñoz Çelik Şahin Kowalski Wójcik Ångström Jørgensen Lefèvre François Dubois Moreau
    Rossi Russo Ferrari Bianchi Silva Santos
"""
_GIVEN = """
    James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Richard Susan
    Joseph Jessica Thomas Sarah Charles Karen Christopher Lisa Daniel Nancy Matthew Betty Anthony Margaret
    Mark Sandra Donald Ashley Steven Kimberly Paul Emily Andrew Donna Joshua Michelle Kenneth Carol Kevin
    Amanda Brian Dorothy George Melissa Timothy Deborah Ronald Stephanie Edward Rebecca Jason Sharon Jeffrey
    Laura Ryan Cynthia Jacob Kathleen Gary Amy Nicholas Angela Eric Shirley Jonathan Anna Stephen Brenda
    Larry Pamela Justin Emma Scott Nicole Brandon Helen Benjamin Samantha Samuel Katherine Gregory Christine
    Frank Debra Alexander Rachel Raymond Carolyn Patrick Janet
"""
_ONSETS = """
    b br c ch d dr f fr g gr h j k kl kr l m n p pr r s sch st str t tr v w z
"""
_VOWELS = """
    a e i o u ai au ei ie ou ay
"""
_ENDS = """
    n r l s t ck ld nd rt sen son ski mann stein berg feld wood ton ley er ez ini elli ova ic
"""
_SURNAMES = 60_000
_PLACES = 8_000


class Somebody(NamedTuple):
    id: int
    first: str
    last: str
    email: str
    phone: str
    active: bool


class Names:
    """A surname's share falls with its rank, and so do a first name's and a domain's."""

    def __init__(self) -> None:
        onsets, vowels, ends = _ONSETS.split(), _VOWELS.split(), _ENDS.split()
        chance = Random(_SEED)  # noqa: S311  (made-up people, the same each time)
        made = dict.fromkeys((*_COMMON.split(), *LAST))
        while len(made) < _SURNAMES:
            middle = chance.choice(onsets) + chance.choice(vowels) if chance.random() < 0.7 else ""
            word = chance.choice(onsets) + chance.choice(vowels) + middle + chance.choice(ends)
            made[word.capitalize()] = None
        self.last, self.first = list(made), list(dict.fromkeys((*_GIVEN.split(), *FIRST)))
        self.domains = ["gmail.com", "outlook.com", "yahoo.com", "icloud.com"]
        for at in range(_PLACES):
            name = plain(self.last[at * 7 % _SURNAMES])
            self.domains.append(f"{name}{('', 'group', '-labs', 'works')[at % 4]}.example")
        self._last = list(accumulate(1 / (rank + 12) for rank in range(len(self.last))))
        self._first = list(accumulate(1 / (rank + 20) for rank in range(len(self.first))))
        self._domain = list(accumulate(1 / (rank + 3) for rank in range(len(self.domains))))

    def a_last(self, chance: Random) -> str:
        one = _drawn(chance, self.last, self._last)
        if chance.random() < 0.03:
            return f"{one}-{_drawn(chance, self.last, self._last)}"
        return f"van der {one}" if chance.random() < 0.004 else one

    def a_first(self, chance: Random) -> str:
        one = _drawn(chance, self.first, self._first)
        return f"{one} {_drawn(chance, self.first, self._first)}" if chance.random() < 0.02 else one

    def a_domain(self, chance: Random) -> str:
        return _drawn(chance, self.domains, self._domain)


def _drawn(chance: Random, some: list[str], weights: list[float]) -> str:
    return some[bisect(weights, chance.random() * weights[-1], hi=len(some) - 1)]


def put(connection: Connection, people: Iterable[Somebody], now: datetime) -> None:
    """Into a product's table as the demo has it."""
    at = now.replace(tzinfo=None)
    fixed = {"role": "member", "created_at": at, "updated_at": at}
    rows = [
        {"id": one.id, "first_name": one.first, "last_name": one.last, "email": one.email, "phone": one.phone,
         "active": one.active, **fixed}
        for one in people
    ]  # fmt: skip
    connection.execute(insert(people_table()), rows)


def crowd(count: int) -> Iterator[Somebody]:
    chance, names, taken = Random(_SEED + 1), Names(), set[str]()  # noqa: S311  (as above)
    for number in range(1, count + 1):
        first, last = names.a_first(chance), names.a_last(chance)
        local, domain = _local(chance, plain(first), plain(last)), names.a_domain(chance)
        email = f"{local}@{domain}"
        while email in taken:
            email = f"{local}{chance.randrange(10_000)}@{domain}"
        taken.add(email)
        yield Somebody(number, first, last, email, f"+1202555{number % 10_000:04}", chance.random() > 0.03)


def _local(chance: Random, first: str, last: str) -> str:
    kind = chance.random()
    if kind < 0.6:
        return f"{first}.{last}"
    if kind < 0.8:
        return f"{first[:1]}{last}"
    return f"{last}.{first}" if kind < 0.9 else f"{first}{chance.randrange(60, 100)}"


def plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.lower().translate(_LETTERS))
    return "".join(sign for sign in letters if sign.isascii() and (sign.isalnum() or sign == "-"))
