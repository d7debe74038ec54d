"""The products by name: where each keeps its people, what it hashes, and what it cannot do.

Tables and columns are those of the product's own generator or default migration; what installations add to it
(`phone`, names, a role) goes by its usual name. `optional` is what some installations lack: it is used where it
is there. docs/directories.md has a section for each (a test holds that).
"""

from __future__ import annotations

from services.directory.mapping import EMPTY, KEY, LINK, NULL, RANDOM, UUID, ZERO, Aside, Mapping, Rows

_MAILBOX = "The product's own “Forgot password” mail goes on working: with their mailbox somebody can still get in."
_API_KEYS = "Keys for programs go on working, unless the reason closes the account."
_LARAVEL_USER = "App\\Models\\User"
"""The class name that Laravel writes beside an id where one table serves several kinds of owners."""

STATSTAK = Mapping(
    table="people",
    phone_changed_at="phone_changed_at",
    active="active",
    role="role",
    privileged_roles=("administrator",),
    last_sign_in_at="last_sign_in_at",
    temporary_password="temporary_password_hash",  # noqa: S106  (a column's name)
    temporary_expires_at="temporary_password_expires_at",
    temporary_used_at="temporary_password_used_at",
    must_change="must_change_password",
    session_version="session_version",
    ends_sign_ins=True,
    locked_until="locked_until",
    unlock=(("failed_sign_ins", ZERO), ("locked_until", NULL)),
    unusable="!",
    optional=("failed_sign_ins", "locked_until"),
)

DJANGO = Mapping(
    table="auth_user",
    display_name="username",
    active="is_active",
    role_flags=(("is_superuser", "superuser"), ("is_staff", "staff")),
    privileged_roles=("superuser", "staff"),
    last_sign_in_at="last_login",
    password="password",  # noqa: S106
    ends_sign_ins=True,  # a session keeps an HMAC of the hash
    rows=(Rows("authtoken_token", kind=KEY, optional=True), Rows("knox_authtoken", kind=KEY, optional=True)),
    hash="django-pbkdf2-sha256",
    optional=("username", "last_login", "is_superuser", "is_staff"),
    cannot=("JSON web tokens live on until their own end.",),
)

_RECOVERABLE = (("reset_password_token", NULL), ("reset_password_sent_at", NULL), ("remember_created_at", NULL))
_LOCKABLE = (("failed_attempts", ZERO), ("locked_at", NULL), ("unlock_token", NULL))

DEVISE = Mapping(
    table="users",
    display_name="name",
    role="role",
    role_flags=(("admin", "admin"),),
    privileged_roles=("admin", "administrator", "owner", "superadmin"),
    deactivated_at="discarded_at",
    last_sign_in_at="current_sign_in_at",  # `last_sign_in_at` is the time of the sign-in before that
    password="encrypted_password",  # noqa: S106
    ends_sign_ins=True,  # a session keeps the first 29 signs of the hash
    also_set=_RECOVERABLE,
    unlock=_LOCKABLE,
    hash="devise",
    optional=(
        "first_name", "last_name", "name", "role", "admin", "discarded_at", "current_sign_in_at",
        *(column for column, _ in (*_RECOVERABLE, *_LOCKABLE)),
    ),
    cannot=(_MAILBOX,),
)  # fmt: skip

RAILS = Mapping(
    table="users",
    display_name="name",
    email="email_address",
    role="role",
    role_flags=(("admin", "admin"),),
    privileged_roles=("admin", "administrator", "owner"),
    deactivated_at="discarded_at",
    password="password_digest",  # noqa: S106
    rows=(Rows("sessions", optional=True),),
    hash="bcrypt-2a",
    optional=("first_name", "last_name", "name", "role", "admin", "discarded_at"),
    cannot=(_MAILBOX,),
)

LARAVEL = Mapping(
    table="users",
    first_name="name",
    last_name="",
    deactivated_at="deleted_at",
    privileged_roles=("admin", "administrator", "super-admin", "super admin", "owner"),
    asides=(
        (
            "role",
            Aside(
                "roles", "name", "model_id", (("model_type", _LARAVEL_USER),),
                link="model_has_roles", link_to="role_id", optional=True,
            ),
        ),
    ),
    password="password",  # noqa: S106
    also_set=(("remember_token", RANDOM),),
    rows=(
        Rows("sessions", optional=True),
        Rows("password_reset_tokens", "email", by="email", kind=LINK, optional=True),
        Rows(
            "personal_access_tokens", "tokenable_id", where=(("tokenable_type", _LARAVEL_USER),),
            kind=KEY, optional=True,
        ),
    ),
    hash="bcrypt-2y",
    optional=("deleted_at", "remember_token"),
    cannot=(_MAILBOX, _API_KEYS),
)  # fmt: skip


def wordpress(prefix: str = "wp_") -> Mapping:
    """`prefix` of all its tables: `$table_prefix` in wp-config.php."""

    def meta(key: str) -> Aside:
        return Aside(f"{prefix}usermeta", "meta_value", where=(("meta_key", key),))

    return Mapping(
        table=f"{prefix}users",
        key="ID",
        display_name="display_name",
        email="user_email",
        privileged_roles=("administrator", "editor", "shop_manager"),
        asides=(
            ("first_name", meta("first_name")),
            ("last_name", meta("last_name")),
            ("phone", meta("billing_phone")),
            ("role", meta(f"{prefix}capabilities")),
        ),
        password="user_pass",  # noqa: S106
        ends_sign_ins=True,  # the cookie carries four signs of the hash
        also_set=(("user_activation_key", EMPTY),),
        rows=(
            Rows(f"{prefix}usermeta", where=(("meta_key", "session_tokens"),)),
            Rows(f"{prefix}usermeta", where=(("meta_key", "_application_passwords"),), kind=KEY),
        ),
        hash="wordpress",
        cannot=(
            _MAILBOX,
            "Application passwords go on working, unless the reason closes the account.",
            "A site with an object cache (Redis, Memcached) may not know the new password at once.",
        ),
    )


SYMFONY = Mapping(
    table="user",
    role="roles",
    privileged_roles=("ROLE_ADMIN", "ROLE_SUPER_ADMIN"),
    password="password",  # noqa: S106
    ends_sign_ins=True,  # each request compares the hash with the one of the sign-in
    rows=(
        Rows("rememberme_token", "username", by="email", optional=True),
        Rows("reset_password_request", kind=LINK, optional=True),
    ),
    hash="bcrypt-2y",
    optional=("first_name", "last_name", "roles"),
    cannot=(_MAILBOX,),
)

WERKZEUG = Mapping(
    table="user",
    display_name="username",
    active="is_active",
    role="role",
    role_flags=(("is_admin", "admin"),),
    privileged_roles=("admin", "administrator"),
    last_sign_in_at="last_login",
    hash="werkzeug-scrypt",
    optional=("first_name", "last_name", "username", "is_active", "role", "is_admin", "last_login"),
)

FLASK_SECURITY = Mapping(
    table="user",
    display_name="username",
    phone="us_phone_number",
    active="active",
    last_sign_in_at="current_login_at",  # `last_login_at` is the time of the sign-in before that
    privileged_roles=("admin", "administrator", "superuser"),
    asides=(("role", Aside("role", "name", link="roles_users", link_to="role_id", optional=True)),),
    password="password",  # noqa: S106
    ends_sign_ins=True,  # sessions and tokens carry the unique sign that is set anew
    also_set=(("fs_uniquifier", RANDOM), ("fs_token_uniquifier", RANDOM)),
    hash="flask-security-argon2",
    optional=("first_name", "last_name", "username", "current_login_at", "fs_token_uniquifier"),
    cannot=(_MAILBOX,),
)

FASTAPI = Mapping(
    table="user",
    display_name="full_name",
    active="is_active",
    role_flags=(("is_superuser", "superuser"),),
    privileged_roles=("superuser",),
    password="hashed_password",  # noqa: S106
    rows=(Rows("accesstoken", optional=True),),
    hash="argon2id",
    optional=("first_name", "last_name", "full_name", "is_superuser"),
    cannot=("JSON web tokens live on until their own end.",),
)

ASPNET = Mapping(
    table="AspNetUsers",
    key="Id",
    first_name="FirstName",
    last_name="LastName",
    display_name="UserName",
    email="Email",
    phone="PhoneNumber",
    locked_until="LockoutEnd",
    privileged_roles=("Admin", "Administrator", "Administrators", "SuperAdmin"),
    asides=(
        (
            "role",
            Aside("AspNetRoles", "Name", "UserId", link="AspNetUserRoles", link_to="RoleId", key="Id", optional=True),
        ),
    ),
    password="PasswordHash",  # noqa: S106
    ends_sign_ins=True,  # cookies are compared with the stamp, every 30 minutes unless set otherwise
    also_set=(("SecurityStamp", RANDOM), ("ConcurrencyStamp", UUID)),
    unlock=(("AccessFailedCount", ZERO), ("LockoutEnd", NULL)),
    hash="aspnet-v3",
    optional=("FirstName", "LastName"),
    cannot=("Open sign-ins end within half an hour, not at once.", _MAILBOX),
)

PRESETS: dict[str, Mapping] = {
    "django": DJANGO,
    "devise": DEVISE,
    "rails": RAILS,
    "laravel": LARAVEL,
    "wordpress": wordpress(),
    "symfony": SYMFONY,
    "werkzeug": WERKZEUG,
    "flask-security": FLASK_SECURITY,
    "fastapi": FASTAPI,
    "aspnet": ASPNET,
    "statstak": STATSTAK,
}
