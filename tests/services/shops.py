"""Products by name: their tables as their own generator or migration makes them, and how they sign somebody in.

Nothing of Locksmith's checks a password here: each product does it with the library that it uses itself, or with
the few lines of its own source.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from abc import ABC, abstractmethod
from datetime import datetime
from typing import Any, ClassVar

import bcrypt
from sqlalchemy import BigInteger, Boolean, Column, DateTime, Integer, String, Table, Text

from tests.services.products import Product

OLD, OWN = "correct horse", "battery staple"
JANE, JOE = 1, 2


class Shop(ABC):
    """One product with two people, Jane and Joe. `zoned`: its times have a zone."""

    preset: ClassVar[str]
    database: ClassVar[str]
    changes: ClassVar[dict[str, Any]] = {}
    """What the settings say beside the preset."""
    pepper: ClassVar[str] = ""
    shows_sign_ins: ClassVar[bool] = False

    def __init__(self, product: Product) -> None:
        self.product = product
        self.people = self.build()

    @abstractmethod
    def build(self) -> Table:
        """Makes and fills the tables; returns the one of people."""

    @abstractmethod
    def hash(self, password: str) -> str: ...

    @abstractmethod
    def fits(self, password: str, stored: str) -> bool:
        """Raises where the product would show a broken page."""

    @property
    def password(self) -> str:
        """Name of the column."""
        return "password"

    def row(self, key: int = JANE) -> dict[str, Any]:
        return self.product.row(self.people, key)

    def opens(self, password: str) -> bool:
        return not self.locked() and self.fits(password, self.row()[self.password])

    def locked(self) -> bool:
        return False

    def sign_in(self, now: datetime) -> None:  # noqa: B027  (most write nothing)
        """What the product writes when somebody signs in."""

    def choose(self) -> None:
        self.product.set(self.people, JANE, **{self.password: self.hash(OWN)})

    def signed_in(self) -> int:
        """How many of Jane's sign-ins are open, where tables tell."""
        return 0


def _bcrypt(secret: bytes, prefix: bytes) -> str:
    return bcrypt.hashpw(secret, bcrypt.gensalt(4)).decode().replace("$2b$", prefix.decode())


class Django(Shop):
    preset, database, shows_sign_ins = "django", "postgresql", True
    changes: ClassVar = {"phone_table": {"table": "profile", "value": "mobile"}}

    def build(self) -> Table:
        users = self.product.table(
            "auth_user",
            Column("id", Integer, primary_key=True), Column("password", String(128), nullable=False),
            Column("last_login", DateTime(timezone=True)), Column("is_superuser", Boolean, nullable=False),
            Column("username", String(150), nullable=False), Column("first_name", String(150), nullable=False),
            Column("last_name", String(150), nullable=False), Column("email", String(254), nullable=False),
            Column("is_staff", Boolean, nullable=False), Column("is_active", Boolean, nullable=False),
        )  # fmt: skip
        profile = self.product.table("profile", Column("user_id", Integer), Column("mobile", String(20)))
        for key, name in ((JANE, "Jane"), (JOE, "Joe")):
            row = {
                "id": key, "password": self.hash(OLD), "is_superuser": key == JOE, "username": name.lower(),
                "first_name": name, "last_name": "Doe", "email": f"{name}@acme.example", "is_staff": False,
                "is_active": True,
            }  # fmt: skip
            self.product.add(users, row)
            self.product.add(profile, {"user_id": key, "mobile": "202-555-0142"})
        return users

    def hash(self, password: str) -> str:
        digest = hashlib.pbkdf2_hmac("sha256", password.encode(), b"a" * 22, 1000)
        return f"pbkdf2_sha256$1000${'a' * 22}${base64.b64encode(digest).decode()}"

    def fits(self, password: str, stored: str) -> bool:
        if stored.startswith("!"):
            return False
        _, rounds, salt, digest = stored.split("$")
        assert rounds == "1000", "Django would hash it anew"
        made = hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), int(rounds))
        return base64.b64encode(made).decode() == digest

    def sign_in(self, now: datetime) -> None:
        self.product.set(self.people, JANE, last_login=now)


class Devise(Shop):
    preset, database, shows_sign_ins, pepper = "devise", "sqlite", True, "ground black"
    password = "encrypted_password"

    def build(self) -> Table:
        users = self.product.table(
            "users",
            Column("id", BigInteger, primary_key=True), Column("email", String, nullable=False),
            Column("encrypted_password", String, nullable=False), Column("reset_password_token", String),
            Column("reset_password_sent_at", DateTime), Column("remember_created_at", DateTime),
            Column("sign_in_count", Integer), Column("current_sign_in_at", DateTime),
            Column("last_sign_in_at", DateTime),
            Column("failed_attempts", Integer, nullable=False), Column("unlock_token", String),
            Column("locked_at", DateTime), Column("first_name", String), Column("last_name", String),
            Column("phone", String),
        )  # fmt: skip
        before = datetime(2026, 11, 23, 19, 0)  # noqa: DTZ001  (Rails keeps UTC without a zone)
        for key, name in ((JANE, "Jane"), (JOE, "Joe")):
            row = {
                "id": key, "email": f"{name}@acme.example", "encrypted_password": self.hash(OLD),
                "failed_attempts": 20,
                "locked_at": before, "unlock_token": "UNLOCK", "reset_password_token": "RESET",
                "remember_created_at": before, "first_name": name, "phone": "202-555-0142",
            }  # fmt: skip
            self.product.add(users, row)
        return users

    def hash(self, password: str) -> str:
        return _bcrypt((password + self.pepper).encode(), b"$2a$")

    def fits(self, password: str, stored: str) -> bool:
        return bcrypt.checkpw((password + self.pepper).encode(), stored.encode())

    def locked(self) -> bool:
        return self.row()["locked_at"] is not None

    def sign_in(self, now: datetime) -> None:
        self.product.set(self.people, JANE, current_sign_in_at=now.replace(tzinfo=None), sign_in_count=1)


class Laravel(Shop):
    preset, database = "laravel", "mariadb"

    def build(self) -> Table:
        users = self.product.table(
            "users",
            Column("id", BigInteger, primary_key=True), Column("name", String(255), nullable=False),
            Column("email", String(255), nullable=False), Column("email_verified_at", DateTime),
            Column("password", String(255), nullable=False), Column("remember_token", String(100)),
            Column("phone", String(30)), Column("created_at", DateTime), Column("updated_at", DateTime),
        )  # fmt: skip
        self.sessions = self.product.table(
            "sessions",
            Column("id", String(255), primary_key=True), Column("user_id", BigInteger, index=True),
            Column("payload", Text, nullable=False), Column("last_activity", Integer, nullable=False),
        )  # fmt: skip
        links = self.product.table("password_reset_tokens", Column("email", String(255), primary_key=True))
        self.tokens = self.product.table(
            "personal_access_tokens",
            Column("id", BigInteger, primary_key=True), Column("tokenable_type", String(255)),
            Column("tokenable_id", BigInteger),
        )  # fmt: skip
        for key, name in ((JANE, "Jane"), (JOE, "Joe")):
            email = f"{name}@acme.example"
            row = {"id": key, "name": f"{name} Doe", "email": email, "password": self.hash(OLD)}
            self.product.add(users, row | {"remember_token": "REMEMBER", "phone": "202-555-0142"})
            self.product.add(self.sessions, {"id": name, "user_id": key, "payload": "x", "last_activity": 1})
            self.product.add(links, {"email": email})
        self.product.add(
            self.tokens,
            {"id": 1, "tokenable_type": "App\\Models\\User", "tokenable_id": JANE},
            {"id": 2, "tokenable_type": "App\\Models\\Team", "tokenable_id": JANE},
        )
        return users

    def hash(self, password: str) -> str:
        return _bcrypt(password.encode(), b"$2y$")

    def fits(self, password: str, stored: str) -> bool:
        assert stored.startswith("$2y$"), "This password does not use the Bcrypt algorithm."
        return bcrypt.checkpw(password.encode(), stored.encode())

    def signed_in(self) -> int:
        return [row[1] for row in self.product.rows(self.sessions)].count(JANE)


class WordPress(Shop):
    preset, database = "wordpress", "mariadb"
    changes: ClassVar = {"table": "shop_users"}
    password = "user_pass"

    def build(self) -> Table:
        users = self.product.table(
            "shop_users",
            Column("ID", BigInteger, primary_key=True), Column("user_login", String(60), nullable=False),
            Column("user_pass", String(255), nullable=False), Column("user_email", String(100), nullable=False),
            Column("user_activation_key", String(255), nullable=False), Column("display_name", String(250)),
        )  # fmt: skip
        self.meta = self.product.table(
            "shop_usermeta",
            Column("umeta_id", BigInteger, primary_key=True), Column("user_id", BigInteger, nullable=False),
            Column("meta_key", String(255)), Column("meta_value", Text),
        )  # fmt: skip
        for key, name, role in ((JANE, "Jane", "customer"), (JOE, "Joe", "administrator")):
            row = {"ID": key, "user_login": name, "user_pass": self.hash(OLD), "user_email": f"{name}@acme.example"}
            self.product.add(users, row | {"user_activation_key": "1:$KEY", "display_name": name})
            for at, (meta_key, value) in enumerate(
                (
                    ("first_name", name), ("last_name", "Doe"), ("billing_phone", "202-555-0142"),
                    ("shop_capabilities", f'a:1:{{s:{len(role)}:"{role}";b:1;}}'),
                    ("session_tokens", "a:1:{}"), ("_application_passwords", "a:1:{}"),
                )
            ):  # fmt: skip
                self.product.add(
                    self.meta, {"umeta_id": 10 * key + at, "user_id": key, "meta_key": meta_key, "meta_value": value}
                )
        return users

    @staticmethod
    def _prepared(password: str) -> bytes:
        return base64.b64encode(hmac.digest(b"wp-sha384", password.encode(), "sha384"))

    def hash(self, password: str) -> str:
        return "$wp" + _bcrypt(self._prepared(password), b"$2y$")

    def fits(self, password: str, stored: str) -> bool:
        assert stored.startswith("$wp$2y$04$") or password != OWN
        return bcrypt.checkpw(self._prepared(password), stored.removeprefix("$wp").encode())

    def signed_in(self) -> int:
        return [row[1:3] for row in self.product.rows(self.meta)].count((JANE, "session_tokens"))


class AspNet(Shop):
    preset, database = "aspnet", "postgresql"
    password = "PasswordHash"

    def build(self) -> Table:
        users = self.product.table(
            "AspNetUsers",
            Column("Id", String(450), primary_key=True), Column("UserName", String(256)),
            Column("Email", String(256)), Column("NormalizedEmail", String(256)), Column("PasswordHash", Text),
            Column("SecurityStamp", Text), Column("ConcurrencyStamp", Text), Column("PhoneNumber", Text),
            Column("LockoutEnd", DateTime(timezone=True)), Column("LockoutEnabled", Boolean, nullable=False),
            Column("AccessFailedCount", Integer, nullable=False),
        )  # fmt: skip
        roles = self.product.table(
            "AspNetRoles", Column("Id", String(450), primary_key=True), Column("Name", String(256))
        )
        theirs = self.product.table("AspNetUserRoles", Column("UserId", String(450)), Column("RoleId", String(450)))
        for key, name in ((JANE, "Jane"), (JOE, "Joe")):
            row = {"Id": str(key), "UserName": name, "Email": f"{name}@acme.example", "PasswordHash": self.hash(OLD)}
            state = {"SecurityStamp": "SECURITY", "ConcurrencyStamp": "CONCURRENCY", "PhoneNumber": "202-555-0142"}
            self.product.add(users, row | state | {"LockoutEnabled": True, "AccessFailedCount": 4})
        self.product.add(roles, {"Id": "a", "Name": "Admin"})
        self.product.add(theirs, {"UserId": str(JOE), "RoleId": "a"})
        return users

    def row(self, key: int = JANE) -> dict[str, Any]:
        return self.product.row(self.people, str(key))

    def choose(self) -> None:
        self.product.set(self.people, str(JANE), PasswordHash=self.hash(OWN))

    def hash(self, password: str) -> str:
        head = b"\x01" + b"".join(number.to_bytes(4, "big") for number in (2, 1000, 16))
        return base64.b64encode(
            head + b"s" * 16 + hashlib.pbkdf2_hmac("sha512", password.encode(), b"s" * 16, 1000, 32)
        ).decode()

    def fits(self, password: str, stored: str) -> bool:
        raw = base64.b64decode(stored, validate=True)
        assert raw[:5] == b"\x01\x00\x00\x00\x02"
        rounds, salt, subkey = int.from_bytes(raw[5:9], "big"), raw[13:29], raw[29:]
        return hashlib.pbkdf2_hmac("sha512", password.encode(), salt, rounds, len(subkey)) == subkey


SHOPS: tuple[type[Shop], ...] = (Django, Devise, Laravel, WordPress, AspNet)
