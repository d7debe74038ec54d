"""Signing people up, as the site would: by its own models, with its own hashes."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.db import transaction

from sandbox.django_site.models import Profile

_BATCH = 500
_POOL = 3
"""Hashes that those share whose password nobody in the story knows: each takes Django a third of a second."""


@transaction.atomic
def sign_up(lines: Iterable[str]) -> Iterator[int]:
    """Each line is a person in JSON. Tells how many there are after each batch."""
    hashes = [make_password(secrets.token_urlsafe(16)) for _ in range(_POOL)]
    people = (json.loads(line) for line in lines)
    done = 0
    while batch := list(islice(people, _BATCH)):
        made = User.objects.bulk_create([_user(each, hashes[done % _POOL]) for each in batch])
        Profile.objects.bulk_create(
            [Profile(user=user, mobile=each["phone"] or "") for user, each in zip(made, batch, strict=True)]
        )
        done += len(made)
        yield done


def _user(person: dict[str, Any], somebodys: str) -> User:
    seen = person["last_sign_in_at"]
    return User(
        username=person["email"],
        email=person["email"],
        first_name=person["first_name"],
        last_name=person["last_name"],
        is_active=person["active"],
        is_staff=person["role"] == "administrator",
        password=make_password(person["password"]) if person["password"] else somebodys,
        last_login=seen and datetime.fromisoformat(seen),
        date_joined=datetime.fromisoformat(person["created_at"]),
    )
