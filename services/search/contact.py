"""Whether somebody's number or address is another than it was, by a keyed fingerprint that tells neither."""

from __future__ import annotations

from services.fold import fold_email
from services.model import Person
from services.seals import Seals


def fingerprint(seals: Seals, person: Person, like: str = "") -> str:
    """`like`: by the key that this one was made with."""
    return seals.fingerprint(person.key, person.phone.dial or "", fold_email(person.email), like=like)


def moved(seals: Seals, known: str, person: Person) -> bool:
    """Also across a change of keys; where the earlier key is gone nobody can tell, and nobody is accused."""
    return seals.knows(known) and fingerprint(seals, person, like=known) != known
