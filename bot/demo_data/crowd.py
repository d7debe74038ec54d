"""Rows of the table `people`: the cast's and those of as many ordinary people as wanted."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from bot.demo_data.cast import CAST, Role
from bot.demo_data.names import DOMAINS, FIRST, LAST
from bot.demo_data.phones import a_mobile

_SEED = 20260117
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "ı": "i", "ß": "ss", "æ": "ae", "đ": "d", "þ": "th"})
_WITHOUT_MOBILE = 0.06
_DEACTIVATED = 0.03
_CHANGED_PHONE = 0.15
_NEVER_SIGNED_IN = 0.04
_ROLES = ("member", "coach", "analyst", "administrator")
_ROLE_WEIGHTS = (84, 9, 6, 1)
_OLDEST_DAYS = 1500


def filled(number: int, role: Role, password_hash: str, now: datetime) -> dict[str, Any]:
    """A whole row for one member of the cast."""
    changed = role.phone_changed_days_ago
    return {
        "id": number,
        "first_name": role.first,
        "last_name": role.last,
        "email": role.email,
        "phone": role.phone,
        "phone_changed_at": None if changed is None else now - timedelta(days=changed),
        "role": role.role,
        "active": role.active,
        "password_hash": password_hash,
        "password_changed_at": now - timedelta(days=400 + number),
        "last_sign_in_at": now - timedelta(days=30 + number),
        "created_at": now - timedelta(days=800 + number),
        "updated_at": now - timedelta(days=changed or 30 + number),
    }


def crowd(first: int, last: int, hashes: Sequence[str], now: datetime) -> Iterator[dict[str, Any]]:
    """People with the ids `first` to `last`."""
    chance = Random(_SEED)  # noqa: S311  (made-up people, the same each time)
    taken = {role.email for role in CAST}
    for number in range(first, last + 1):
        name, surname = chance.choice(FIRST), chance.choice(LAST)
        created = now - timedelta(days=chance.uniform(30, _OLDEST_DAYS))
        changed = _after(chance, created, now) if chance.random() < _CHANGED_PHONE else None
        signed_in = _after(chance, created, now) if chance.random() > _NEVER_SIGNED_IN else None
        yield {
            "id": number,
            "first_name": name,
            "last_name": surname,
            "email": _email(chance, name, surname, taken),
            "phone": a_mobile(chance) if chance.random() > _WITHOUT_MOBILE else None,
            "phone_changed_at": changed,
            "role": chance.choices(_ROLES, _ROLE_WEIGHTS)[0],
            "active": chance.random() > _DEACTIVATED,
            "password_hash": chance.choice(hashes),
            "password_changed_at": created,
            "last_sign_in_at": signed_in,
            "created_at": created,
            "updated_at": max(each for each in (created, changed, signed_in) if each is not None),
        }


def _after(chance: Random, start: datetime, end: datetime) -> datetime:
    return start + (end - start) * chance.random()


def _email(chance: Random, name: str, surname: str, taken: set[str]) -> str:
    local, domain = f"{_plain(name)}.{_plain(surname)}", chance.choice(DOMAINS)
    email, count = f"{local}@{domain}", 1
    while email in taken:
        count += 1
        email = f"{local}{count}@{domain}"
    taken.add(email)
    return email


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.lower().translate(_LETTERS))
    return "".join(sign for sign in letters if sign.isascii() and (sign.isalnum() or sign == "-"))
