"""The facts a request is bound to."""

from __future__ import annotations

from services.model import Person
from services.seals import Seals


def fingerprint(seals: Seals, person: Person, like: str = "") -> str:
    """Keyed, of number, e-mail, role and active flag: what was shown when somebody decided (PROTOCOL rule 11)."""
    facts = (person.key, person.phone.dial or "", person.email.casefold(), person.role, str(person.active))
    return seals.fingerprint(*facts, like=like)


def unchanged(seals: Seals, person: Person, before: str) -> bool:
    """Whether these are still the facts of that fingerprint, also across a change of keys."""
    return fingerprint(seals, person, like=before) == before
