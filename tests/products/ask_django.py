"""Django, asked with its own functions: `authenticate`, its test client for sign-ins, its hashers."""

from __future__ import annotations

import os
import sys
from typing import Any

os.environ["SITE_SECRET_KEY"] = "only for this test"
os.environ["SITE_DATABASE"] = sys.argv[1]
os.environ["DJANGO_SETTINGS_MODULE"] = "sandbox.django_site.settings"

import django
from django.apps import apps
from django.contrib.auth import authenticate, get_user_model
from django.contrib.auth.hashers import check_password, get_hasher, identify_hasher
from django.core.management import call_command
from django.test import Client

from tests.products.python_side import answer

django.setup()

HASHERS = {
    "django-pbkdf2-sha256": "pbkdf2_sha256",
    "django-argon2": "argon2",
    "django-bcrypt-sha256": "bcrypt_sha256",
    "django-bcrypt": "bcrypt",
    "django-scrypt": "scrypt",
}
User, Profile = get_user_model(), apps.get_model("accounts", "Profile")
browsers: dict[str, Client] = {}


def make(people: list[dict[str, Any]]) -> None:
    get_hasher("pbkdf2_sha256").iterations = 20_000  # people have a cheap one; hashes are asked for at Django's cost
    call_command("migrate", verbosity=0)
    for each in people:
        user = User.objects.create_user(
            each["email"], each["email"], each["password"],
            first_name=each["first"], last_name=each["last"], is_staff=each["admin"], is_active=each["active"],
        )  # fmt: skip
        Profile.objects.create(user=user, mobile=each["phone"])


def opens(email: str, password: str) -> bool:
    return authenticate(username=email, password=password) is not None


def enter(email: str, password: str) -> bool:
    browsers[email] = Client()
    return browsers[email].login(username=email, password=password)


def inside(email: str) -> bool:
    return browsers[email].get("/").status_code == 200


def choose(email: str, password: str) -> None:
    user = User.objects.get(email=email)
    user.set_password(password)
    user.save()


def stale(email: str) -> bool:
    stored = User.objects.get(email=email).password
    return identify_hasher(stored).must_update(stored)


def update() -> list[int]:
    """The day of an update: which Django it is, and the rounds that it comes with and takes from now on."""
    hasher = get_hasher("pbkdf2_sha256")
    del hasher.iterations
    return [*django.VERSION[:2], hasher.iterations]


def make_hash(name: str, password: str) -> str:
    hasher = type(get_hasher(HASHERS[name]))()
    return hasher.encode(password, hasher.salt())


def check_hash(name: str, password: str, stored: str) -> list[Any]:
    fits = check_password(password, stored)
    return [fits, fits and type(get_hasher(HASHERS[name]))().must_update(stored)]


answer({each.__name__: each for each in (make, opens, enter, inside, choose, stale, update, make_hash, check_hash)})
