"""The products that are asked: how each is started, what our settings say of it, what it hashes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from tests.products.talk import HERE, INSTALLED

SALT = "146585145368132386173505678016728509634"


@dataclass(frozen=True)
class Case:
    """`formats` names those that the product itself makes and checks, with the pepper that belongs to each."""

    name: str
    command: tuple[str, ...]
    formats: dict[str, str]
    database: str = "sqlite"
    settings: dict[str, Any] = field(default_factory=dict)
    pepper: str = ""
    beside: tuple[str, ...] = ()
    """What follows the database's address on the command line."""

    def __str__(self) -> str:
        return self.name


DJANGO_5 = Case(
    "django-5",
    ("python", "-m", "tests.products.ask_django"),
    dict.fromkeys(
        ("django-pbkdf2-sha256", "django-argon2", "django-bcrypt-sha256", "django-bcrypt", "django-scrypt"), ""
    ),
    database="postgresql",
    settings={"preset": "django", "phone_table": {"table": "accounts_profile", "value": "mobile"}},
)
DJANGO_6 = replace(DJANGO_5, name="django-6", command=(str(INSTALLED / "django6/python"), *DJANGO_5.command[1:]))
DJANGO_6_IN_A_FILE = replace(DJANGO_6, name="django-6-sqlite", database="sqlite")
FLASK_SECURITY = Case(
    "flask-security",
    ("python", "-m", "tests.products.ask_flask"),
    {
        "flask-security-argon2": SALT, "flask-security-bcrypt": SALT,
        "werkzeug-scrypt": "", "werkzeug-pbkdf2": "", "argon2id": "", "bcrypt-2b": "",
    },
    settings={"preset": "flask-security"},
    pepper=SALT,
)  # fmt: skip
DEVISE = Case(
    "devise",
    ("ruby", str(HERE / "devise.rb")),
    {"devise": "the pepper"},
    settings={"preset": "devise"},
    pepper="the pepper",
)
RAILS = Case("rails", ("ruby", str(HERE / "rails.rb")), {"bcrypt-2a": ""}, settings={"preset": "rails"})
LARAVEL = Case(
    "laravel",
    ("php", str(HERE / "laravel.php")),
    {"bcrypt-2y": "", "argon2id": ""},
    database="mariadb",
    settings={"preset": "laravel"},
)
SYMFONY = Case(
    "symfony",
    ("php", str(HERE / "symfony.php")),
    {"bcrypt-2y": "", "argon2id": ""},
    settings={"preset": "symfony"},
)
WORDPRESS = Case(
    "wordpress",
    ("php", str(HERE / "wordpress.php")),
    {"wordpress": "", "phpass": ""},
    database="mariadb",
    settings={"preset": "wordpress"},
    beside=(str(INSTALLED / "usr/share/wordpress"),),
)
NODE = Case("node", ("node", str(HERE / "bcrypt.js"), str(INSTALLED)), {"bcrypt-2b": ""}, database="")

DJANGOS = (DJANGO_5, DJANGO_6, DJANGO_6_IN_A_FILE)
OTHERS = (FLASK_SECURITY, DEVISE, RAILS, LARAVEL, SYMFONY, WORDPRESS)
WITH_PEOPLE = (*DJANGOS, *OTHERS)
WITH_HASHES = (DJANGO_5, DJANGO_6, *OTHERS, NODE)
