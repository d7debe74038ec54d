"""Whether somebody's number or address is another than it was, by a keyed fingerprint that tells neither."""

from __future__ import annotations

import hashlib

import phonenumbers

from services.fold import fold_email
from services.model import Person
from services.seals import Seals

_READING = "2"
"""Counts up where services/phones.py reads a number otherwise than before."""


class Contacts:
    """A number is compared as it was read. Read for another `region`, or by later rules, it is another in the same
    column: then nobody can tell, and nobody is accused.
    """

    def __init__(self, seals: Seals, region: str) -> None:
        self._seals = seals
        reading = f"{region} {phonenumbers.__version__} {_READING}"
        self._reading = f":{hashlib.sha256(reading.encode()).hexdigest()[:4]}"

    @property
    def made(self) -> tuple[str, str]:
        """How fingerprints made now begin and end: with their key, and with the way numbers are read."""
        return f"{self._seals.newest_id}:", self._reading

    def fingerprint(self, person: Person, like: str = "") -> str:
        """`like`: by the key that this one was made with."""
        facts = person.key, person.phone.dial or "", fold_email(person.email)
        return self._seals.fingerprint(*facts, like=like) + self._reading

    def moved(self, known: str, person: Person) -> bool:
        """Also across a change of keys, as long as the earlier one is there."""
        comparable = self._seals.knows(known) and known.endswith(self._reading)
        return comparable and self.fingerprint(person, like=known) != known
