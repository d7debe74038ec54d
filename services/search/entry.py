"""What the search tables hold of a person: pure, from names and e-mail alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.fold import fold, fold_email, fold_in_two, words
from services.model import Person

_LONGEST_NAME = 200
_LONGEST = 400
_BETWEEN = re.compile(r"[\0-/:-@\[-`{-\x7f]+")
"""Of a folded address: signs of ASCII alone, for the marks of other scripts are parts of words."""
_UNSPACED = re.compile(
    r"[\u1100-\u11ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff"
    r"\U0001aff0-\U0001b16f\U00020000-\U0003ffff]+"
)
"""Han, Hiragana, Katakana, Hangul: in these a whole name is written without a space."""
DOMAIN = "@"
"""Begins a domain in the vocabulary; no part of a name begins so."""


def mailbox(email: str) -> str:
    """The domain first, so that the mailboxes of one domain lie side by side."""
    local, _, domain = email.rpartition("@")
    return f"{domain}@{local}"[:_LONGEST]


def mailbox_back(email: str) -> str:
    """The same with the name from its end: where a typo is in its first half, the second is found."""
    local, _, domain = email.rpartition("@")
    return f"{domain}@{local[::-1]}"[:_LONGEST]


def entry(person: Person) -> dict[str, object]:
    """The columns of `SearchRow` by which somebody is found."""
    first, last, email = fold(person.first_name), fold(person.last_name), fold_email(person.email)
    parts = [part for part in _BETWEEN.split(fold(person.email)) if part]
    said = [*names_of(person), *_joined(person), *fold(person.email).split(), *parts]
    return {
        "first": first[:_LONGEST_NAME],
        "last": last[:_LONGEST_NAME],
        "name": f"{first} {last}".strip()[:_LONGEST],
        "email": email[:_LONGEST],
        "mailbox": mailbox(email),
        "mailbox_back": mailbox_back(email),
        "doc": f" {' '.join(dict.fromkeys(said))} ",
        "active": person.active,
    }


def names_of(person: Person) -> Iterator[str]:
    """Every word that somebody may be called by."""
    for name in (person.first_name, person.last_name):
        yield from words(name)
        if not name.isascii():
            yield from fold_in_two(name).split()


def _joined(person: Person) -> Iterator[str]:
    """Van der Berg is also typed as one word, and so is 김 민수; who was filed the wrong way round as well."""
    for name in (person.first_name, person.last_name):
        if len(spelt := words(name)) > 1:
            yield "".join(spelt)
    first, last = ("".join(words(name)) for name in (person.first_name, person.last_name))
    if first and last and _UNSPACED.fullmatch(first + last):
        yield from (last + first, first + last)


def vocabulary_of(person: Person) -> set[str]:
    """What of a person a misspelt word may have meant."""
    domain = fold_email(person.email).rpartition("@")[2]
    found = {word[:_LONGEST_NAME] for word in names_of(person)}
    return found | {f"{DOMAIN}{domain}"[:_LONGEST_NAME]} if domain else found
