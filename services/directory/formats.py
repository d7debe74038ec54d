"""The one registry of password hashes as products write them today.

What a format costs is read off the product's own rows, so that it neither refuses nor rehashes what we write.
Peppers and salts of the whole product come from the environment, never from the file.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from services.directory.kdf import Argon2id, AspNetV3, Bcrypt, Kdf, Pbkdf2, Phpass, Scrypt, b64, in_hex


class Pepper(StrEnum):
    """Whether the product mixes a secret of its own into every hash."""

    NONE = "none"
    OPTIONAL = "optional"
    NEEDED = "needed"


def _plain(password: str, _pepper: str) -> bytes:
    return password.encode()


def _devise(password: str, pepper: str) -> bytes:
    return (password + pepper).encode()


def _django_sha256(password: str, _pepper: str) -> bytes:
    return hashlib.sha256(password.encode()).hexdigest().encode()


def _wordpress(password: str, _pepper: str) -> bytes:
    return base64.b64encode(hmac.digest(b"wp-sha384", password.strip(" \t\n\r\0\x0b").encode(), "sha384"))


def _flask_security(password: str, pepper: str) -> bytes:
    return base64.b64encode(hmac.digest(pepper.encode(), password.encode(), "sha512"))


@dataclass(frozen=True)
class Format:
    name: str
    kdf: Kdf
    default: str
    """Parameters where no row tells: the product's own default."""
    prefix: str = ""
    """What the product writes before the derivation's own text."""
    prepare: Callable[[str, str], bytes] = _plain
    """Password and pepper as the product feeds them to the derivation."""
    pepper: Pepper = Pepper.NONE
    mark: str = ""
    """The product's own mark of a password that nobody has."""
    follows: str = ""
    """The format that the product wrote before, for good: who has not signed in since still has that one."""

    @property
    def closed(self) -> str:
        """What closes an account. Without a mark a well-formed hash of no password: many products raise an error
        at anything else, and the person would see a broken page instead of "wrong password"."""
        return self.mark or self.prefix + self.kdf.none(self.default)

    def parameters(self, stored: str) -> str | None:
        """What this hash cost; None where it is not of this format."""
        if not stored.startswith(self.prefix) or stored == self.closed:
            return None
        return self.kdf.parameters(stored.removeprefix(self.prefix))

    def writes(self, stored: str) -> bool:
        """Whether its products write one like this: of bcrypt's prefixes they read several and write one."""
        own = not isinstance(self.kdf, Bcrypt) or stored.startswith(f"{self.prefix}${self.kdf.ident}$")
        return own and self.parameters(stored) is not None

    def verify(self, password: str, stored: str, pepper: str = "") -> bool:
        if self.parameters(stored) is None:
            return False
        return self.kdf.verify(self.prepare(password, pepper), stored.removeprefix(self.prefix))

    def hash(self, password: str, parameters: str = "", pepper: str = "") -> str:
        """Raises ValueError where the written hash does not open again (a broken backend, a cut password)."""
        parameters = parameters or self.default
        if self.pepper is Pepper.NEEDED and not pepper:
            raise ValueError("the product's secret is missing")
        made = self.prefix + self.kdf.hash(self.prepare(password, pepper), parameters)
        if self.parameters(made) != parameters or not self.verify(password, made, pepper):
            raise ValueError("the hash does not verify")
        return made

    def can(self, parameters: str) -> bool:
        """Whether these are parameters of this format, and no more than anybody's."""
        try:
            return self.kdf.parameters(self.kdf.none(parameters)) == parameters
        except (ValueError, IndexError):
            return False


_RUBY = Bcrypt("2a", ("2b", "2y"))

FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        Format("argon2id", Argon2id(), "m=19456,t=2,p=1"),  # OWASP's smallest, and what StatStak Labs writes
        Format("bcrypt-2a", _RUBY, "12"),
        Format("bcrypt-2b", Bcrypt("2b", ("2a",)), "12"),
        Format("bcrypt-2y", Bcrypt("2y"), "12"),
        Format("devise", _RUBY, "12", "", _devise, Pepper.OPTIONAL),
        Format("django-pbkdf2-sha256", Pbkdf2("pbkdf2_sha256$", 22, b64), "1000000", mark="!"),
        Format("django-argon2", Argon2id(readable=True), "m=102400,t=2,p=8", "argon2", mark="!"),
        Format("django-bcrypt-sha256", Bcrypt("2b"), "12", "bcrypt_sha256$", _django_sha256, mark="!"),
        Format("django-bcrypt", Bcrypt("2b"), "12", "bcrypt$", mark="!"),
        Format("django-scrypt", Scrypt("scrypt${n}${salt}${r}${p}${digest}", 22, b64), "16384:8:5", mark="!"),
        Format("werkzeug-scrypt", Scrypt("scrypt:{n}:{r}:{p}${salt}${digest}", 16, in_hex), "32768:8:1"),
        Format("werkzeug-pbkdf2", Pbkdf2("pbkdf2:sha256:", 16, in_hex), "1000000"),
        Format("flask-security-argon2", Argon2id(), "m=65536,t=3,p=4", "", _flask_security, Pepper.NEEDED),
        Format("flask-security-bcrypt", Bcrypt("2b", ("2a", "2y")), "12", "", _flask_security, Pepper.NEEDED),
        Format("wordpress", Bcrypt("2y"), "10", "$wp", _wordpress, follows="phpass"),
        Format("phpass", Phpass(), "13"),
        Format("aspnet-v3", AspNetV3(), "sha512:100000"),
    )
}
"""By the name used in `[directory] hash`."""


UNUSABLE = ("!", "*")
"""What a mark of a password that nobody has begins with, in Django and in many others."""


def identify(stored: str) -> tuple[str, ...]:
    """Every format that this hash may be of: a pepper, for one, cannot be seen."""
    return tuple(name for name, each in FORMATS.items() if each.parameters(stored) is not None)


@dataclass(frozen=True)
class Sample:
    """What can be said of a hash without its password. `formats` is empty where it is none, and `note` says what."""

    formats: tuple[str, ...] = ()
    parameters: str = ""
    note: str = ""
    writers: tuple[str, ...] = ()
    """Those of `formats` whose products write such a hash, and do not only read it."""


def sample_of(stored: str | None) -> Sample:
    if not stored:
        return Sample(note="none")
    if formats := identify(stored):
        writers = tuple(name for name in formats if FORMATS[name].writes(stored))
        return Sample(formats, FORMATS[formats[0]].parameters(stored) or "", writers=writers)
    return Sample(note="unusable" if stored.startswith(UNUSABLE) else "unknown")
