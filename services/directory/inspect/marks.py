"""By what each product is told from the others, and by which names columns usually go."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.directory.catalog import FLAG, NUMBER, TEXT, TIME, Field
from services.directory.formats import FORMATS

_DJANGO = tuple(name for name in FORMATS if name.startswith("django-"))


@dataclass(frozen=True)
class Marks:
    """`columns` of the people's table that all of them have and few others; `tables` that lie beside it."""

    columns: tuple[str, ...]
    tables: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    """What its versions write, the present one first."""


MARKS: Mapping[str, Marks] = {
    "django": Marks(
        ("is_superuser", "is_staff", "last_login"),
        ("django_migrations", "django_session", "django_content_type", "auth_permission"),
        _DJANGO,
    ),
    "devise": Marks(
        ("encrypted_password", "reset_password_token"), ("schema_migrations", "ar_internal_metadata"), ("devise",)
    ),
    "rails": Marks(("password_digest",), ("schema_migrations", "ar_internal_metadata"), ("bcrypt-2a",)),
    "laravel": Marks(
        ("remember_token", "email_verified_at"),
        ("migrations", "password_reset_tokens", "personal_access_tokens", "failed_jobs"),
        ("bcrypt-2y", "argon2id"),
    ),
    "wordpress": Marks(
        ("user_login", "user_email", "user_activation_key"),
        ("wp_usermeta", "wp_options", "wp_posts"),
        ("wordpress", "phpass"),
    ),
    "symfony": Marks(
        ("roles",),
        ("doctrine_migration_versions", "messenger_messages", "reset_password_request", "rememberme_token"),
        ("bcrypt-2y", "argon2id"),
    ),
    "werkzeug": Marks((), ("alembic_version",), ("werkzeug-scrypt", "werkzeug-pbkdf2")),
    "flask-security": Marks(
        ("fs_uniquifier", "active"),
        ("role", "roles_users", "alembic_version"),
        ("flask-security-argon2", "flask-security-bcrypt", "argon2id", "bcrypt-2b"),
    ),
    "fastapi": Marks(("hashed_password", "is_superuser"), ("alembic_version",), ("argon2id", "bcrypt-2b")),
    "aspnet": Marks(
        ("SecurityStamp", "ConcurrencyStamp", "AccessFailedCount"),
        ("AspNetRoles", "AspNetUserRoles", "AspNetUserClaims", "__EFMigrationsHistory"),
        ("aspnet-v3",),
    ),
    "statstak": Marks(
        ("temporary_password_hash", "temporary_password_expires_at", "must_change_password"), (), ("argon2id",)
    ),
}

_TEXTS, _SWITCHES, _NUMBERS, _TIMES = {TEXT}, {FLAG, NUMBER, TEXT}, {NUMBER}, {TIME}
USUAL: Mapping[str, tuple[set[str], tuple[str, ...]]] = {
    "password": (_TEXTS, (
        "password_hash", "hashed_password", "encrypted_password", "password_digest", "password", "passwordhash",
        "user_pass", "passwd", "pwd_hash", "pwd", "pw_hash", "pw", "pass_hash", "pass", "hash",
    )),
    "email": (_TEXTS, (
        "email", "email_address", "e_mail", "mail", "user_email", "login_email", "contact_email", "mail_address",
        "emailaddress",
    )),
    "phone": (_TEXTS | _NUMBERS, (
        "mobile", "mobile_phone", "mobile_number", "mobile_no", "cell", "cell_phone", "cellphone", "cell_number",
        "handy", "handynummer", "gsm", "msisdn", "us_phone_number", "phone", "phone_number", "phone_no",
        "telephone", "telephone_number", "tel", "telefon", "telefono", "contact_number", "billing_phone",
    )),
    "phone_changed_at": (_TIMES, ("phone_changed_at", "mobile_changed_at", "phone_updated_at")),
    "first_name": (_TEXTS, ("first_name", "firstname", "given_name", "forename", "fname", "vorname", "prenom")),
    "last_name": (_TEXTS, ("last_name", "lastname", "surname", "family_name", "lname", "nachname", "nom")),
    "display_name": (_TEXTS, (
        "display_name", "full_name", "fullname", "name", "real_name", "username", "user_name", "login", "nickname",
    )),
    "active": (_SWITCHES, ("is_active", "active", "enabled", "is_enabled")),
    "deactivated_at": (_TIMES, (
        "deactivated_at", "disabled_at", "discarded_at", "deleted_at", "suspended_at", "blocked_at", "archived_at",
    )),
    "locked_until": (_TIMES, ("locked_until", "lockout_until", "lockout_end", "blocked_until")),
    "last_sign_in_at": (_TIMES, (
        "current_sign_in_at", "current_login_at", "last_login_at", "last_login", "last_sign_in_at", "last_signin_at",
        "last_logged_in_at", "last_signed_in_at", "signed_in_at", "logged_in_at", "last_seen_at", "last_seen",
        "seen_at",
    )),
    "role": (_TEXTS, ("role", "user_role", "user_type", "account_type")),
    "team": (_TEXTS, ("team", "department", "organisation", "organization")),
    "must_change": (_SWITCHES - _TEXTS, (
        "must_change_password", "force_password_change", "force_password_reset", "password_change_required",
        "must_reset_password", "require_password_change", "password_must_change",
    )),
}  # fmt: skip
"""Types and names by which a fact usually goes, the likeliest first."""
UNLOCK: Mapping[str, tuple[set[str], re.Pattern[str]]] = {
    "0": (_NUMBERS, re.compile(r"(access_)?failed_(attempts?|logins?|login_(attempts|count)|count)|login_attempts")),
    "null": (_TIMES, re.compile(r"locked_(at|until)|lockout_(until|end)")),
}
RESET_TOKEN = re.compile(r"(password_)?reset(_password)?_(token|code|key|digest)|forgot(ten)?_password_(token|code)")
REMEMBER_TOKEN = re.compile(r"remember_(me_)?(token|key|digest)")
SESSIONS = re.compile(r"(user_|login_|web_)?sessions?|(user_)?refresh_tokens?")
LINKS = re.compile(r"password_resets?(_tokens?|_requests?)?")
OWNER = (
    "user_id", "person_id", "people_id", "customer_id", "member_id", "account_id", "employee_id", "owner_id", "uid",
)  # fmt: skip
"""How a second table calls the person that its rows are of."""
HIGH_ROLES = re.compile(r"(super[_ -]?)?admin(istrator)?s?|owner|root|super[_ -]?user|staff|manager", re.I)


def plain(name: str) -> str:
    """`PhoneNumber` and `phone-number` as `phone_number`."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", snake.lower()).strip("_")


def by_name(fields: Iterable[Field], fact: str) -> list[Field]:
    """Columns that go by a usual name of this fact and are of a fitting type, the likeliest first."""
    families, names = USUAL[fact]
    fitting = [each for each in fields if each.family in families and plain(each.name) in names]
    return sorted(fitting, key=lambda each: names.index(plain(each.name)))
