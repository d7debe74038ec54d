"""The key derivations below the formats: how each is written down, what it costs, and making and checking one.

`parameters` is a text that only its own derivation reads ("12", "m=65536,t=3,p=4"): what a hash tells of its
cost. A cost that no sane product has is not recognised, so that one planted row cannot stall a reset.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from passlib.hash import argon2, bcrypt, phpass

_SIGNS = string.ascii_letters + string.digits
BCRYPT_BYTES = 72
"""bcrypt reads no further, and its library refuses more."""


class Kdf(Protocol):
    def parameters(self, stored: str) -> str | None:
        """None where this is not of this kind."""

    def hash(self, secret: bytes, parameters: str) -> str: ...

    def verify(self, secret: bytes, stored: str) -> bool: ...

    def none(self, parameters: str) -> str:
        """Well-formed, and of no password: its digest is nothing but zeros."""


def _salt(length: int) -> str:
    return "".join(secrets.choice(_SIGNS) for _ in range(length))


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def in_hex(raw: bytes) -> str:
    return raw.hex()


def _same(one: bytes, other: bytes) -> bool:
    return hmac.compare_digest(one, other)


@dataclass(frozen=True)
class Bcrypt:
    """Of its three prefixes the PHP family reads `2y` only, Node `2b` and `2a`; Ruby and Python read all."""

    ident: str
    also: tuple[str, ...] = ()
    """Prefixes that the product reads besides the one it writes."""

    def parameters(self, stored: str) -> str | None:
        found = re.fullmatch(r"\$(2[aby])\$(0[4-9]|1[0-6])\$[./A-Za-z0-9]{53}", stored)
        return found[2] if found and found[1] in (self.ident, *self.also) else None

    def hash(self, secret: bytes, parameters: str) -> str:
        made: str = bcrypt.using(rounds=int(parameters), ident=self.ident).hash(secret[:BCRYPT_BYTES])
        return made

    def verify(self, secret: bytes, stored: str) -> bool:
        return bool(bcrypt.verify(secret[:BCRYPT_BYTES], stored))

    def none(self, parameters: str) -> str:
        return f"${self.ident}${parameters}${'.' * 53}"


@dataclass(frozen=True)
class Argon2id:
    """`readable`: 22 letters and digits as salt, as Django makes it; otherwise 16 random bytes."""

    readable: bool = False

    def parameters(self, stored: str) -> str | None:
        shape = r"\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{16,}"
        found = re.fullmatch(shape, stored)
        if not found or int(found[1]) > 1 << 20 or int(found[2]) * int(found[3]) == 0:
            return None
        return f"m={found[1]},t={found[2]},p={found[3]}"

    def hash(self, secret: bytes, parameters: str) -> str:
        memory, rounds, lanes = (int(part[2:]) for part in parameters.split(","))
        salt: dict[str, Any] = {"salt": _salt(22).encode()} if self.readable else {"salt_size": 16}
        kind = argon2.using(type="ID", memory_cost=memory, time_cost=rounds, parallelism=lanes, **salt)
        made: str = kind.hash(secret)
        return made

    def verify(self, secret: bytes, stored: str) -> bool:
        return bool(argon2.verify(secret, stored))

    def none(self, parameters: str) -> str:
        return f"$argon2id$v=19${parameters}${'A' * 22}${'A' * 43}"


_PHPASS_ROUNDS = "0123456789ABCDEFGHI"


@dataclass(frozen=True)
class Phpass:
    """WordPress before 6.8. The one sign after the prefix is the logarithm of its rounds."""

    def parameters(self, stored: str) -> str | None:
        found = re.fullmatch(r"\$[PH]\$([5-9A-I])[./A-Za-z0-9]{30}", stored)
        return str(_PHPASS_ROUNDS.index(found[1]) + 2) if found else None

    def hash(self, secret: bytes, parameters: str) -> str:
        made: str = phpass.using(rounds=int(parameters), ident="P").hash(secret)
        return made

    def verify(self, secret: bytes, stored: str) -> bool:
        return bool(phpass.verify(secret, stored))

    def none(self, parameters: str) -> str:
        return f"$P${_PHPASS_ROUNDS[int(parameters) - 2]}{'.' * 30}"


@dataclass(frozen=True)
class Pbkdf2:
    """PBKDF2 with SHA-256 as `<begin><rounds>$<salt>$<32 bytes>`."""

    begin: str
    salt_length: int
    encode: Callable[[bytes], str]

    def parameters(self, stored: str) -> str | None:
        found = self._read(stored)
        return found[1] if found else None

    def _read(self, stored: str) -> re.Match[str] | None:
        shape = re.escape(self.begin) + r"([1-9]\d{0,6})\$([^$]+)\$([A-Za-z0-9+/=]{44,64})"
        return re.fullmatch(shape, stored)

    def _derive(self, secret: bytes, salt: str, rounds: int) -> str:
        return self.encode(hashlib.pbkdf2_hmac("sha256", secret, salt.encode(), rounds))

    def hash(self, secret: bytes, parameters: str) -> str:
        salt = _salt(self.salt_length)
        return f"{self.begin}{parameters}${salt}${self._derive(secret, salt, int(parameters))}"

    def verify(self, secret: bytes, stored: str) -> bool:
        found = self._read(stored)
        return found is not None and _same(self._derive(secret, found[2], int(found[1])).encode(), found[3].encode())

    def none(self, parameters: str) -> str:
        return f"{self.begin}{parameters}${'0' * self.salt_length}${self.encode(bytes(32))}"


_SCRYPT_PARTS = {"n": r"\d{2,7}", "r": r"[1-9]\d?", "p": "[1-9]", "salt": "[^$]+", "digest": "[A-Za-z0-9+/=]+"}


@dataclass(frozen=True)
class Scrypt:
    """scrypt with 64 bytes; `shape` is how the product writes it down."""

    shape: str
    salt_length: int
    encode: Callable[[bytes], str]

    def parameters(self, stored: str) -> str | None:
        found = self._read(stored)
        if not found or int(found["n"]) > 1 << 20 or int(found["n"]).bit_count() != 1:
            return None
        return f"{found['n']}:{found['r']}:{found['p']}"

    def _read(self, stored: str) -> re.Match[str] | None:
        shape = re.escape(self.shape)
        for part, signs in _SCRYPT_PARTS.items():
            shape = shape.replace(rf"\{{{part}\}}", f"(?P<{part}>{signs})")
        return re.fullmatch(shape, stored)

    def _derive(self, secret: bytes, salt: str, n: int, r: int, p: int) -> str:
        return self.encode(
            hashlib.scrypt(secret, salt=salt.encode(), n=n, r=r, p=p, maxmem=256 * n * r * p, dklen=64)
        )

    def hash(self, secret: bytes, parameters: str) -> str:
        n, r, p = (int(part) for part in parameters.split(":"))
        salt = _salt(self.salt_length)
        return self.shape.format(n=n, r=r, p=p, salt=salt, digest=self._derive(secret, salt, n, r, p))

    def verify(self, secret: bytes, stored: str) -> bool:
        found = self._read(stored)
        if found is None:
            return False
        derived = self._derive(secret, found["salt"], int(found["n"]), int(found["r"]), int(found["p"]))
        return _same(derived.encode(), found["digest"].encode())

    def none(self, parameters: str) -> str:
        n, r, p = parameters.split(":")
        return self.shape.format(n=n, r=r, p=p, salt="0" * self.salt_length, digest=self.encode(bytes(64)))


_PRF = ("sha1", "sha256", "sha512")
_LEAST = 16
"""Bytes of salt and of subkey; ASP.NET refuses less."""


@dataclass(frozen=True)
class AspNetV3:
    """ASP.NET Core Identity: base64 of 1, then big-endian prf, rounds, length of the salt; salt; subkey."""

    def parameters(self, stored: str) -> str | None:
        found = self._read(stored)
        return f"{_PRF[found[0]]}:{found[1]}" if found else None

    @staticmethod
    def _read(stored: str) -> tuple[int, int, bytes, bytes] | None:
        """prf, rounds, salt, subkey."""
        try:
            raw = base64.b64decode(stored, validate=True)
        except ValueError:
            return None
        if len(raw) < 13 + 2 * _LEAST or raw[0] != 1:
            return None
        prf, rounds, length = (int.from_bytes(raw[at : at + 4], "big") for at in (1, 5, 9))
        salt, subkey = raw[13 : 13 + length], raw[13 + length :]
        sane = prf < len(_PRF) and 0 < rounds < 10**7 and len(salt) == length >= _LEAST and len(subkey) >= _LEAST
        return (prf, rounds, salt, subkey) if sane else None

    def hash(self, secret: bytes, parameters: str) -> str:
        name, _, rounds = parameters.partition(":")
        salt = secrets.token_bytes(16)
        return self._write(parameters, salt, hashlib.pbkdf2_hmac(name, secret, salt, int(rounds), 32))

    @staticmethod
    def _write(parameters: str, salt: bytes, subkey: bytes) -> str:
        name, _, rounds = parameters.partition(":")
        numbers = (_PRF.index(name), int(rounds), len(salt))
        return b64(b"\x01" + b"".join(number.to_bytes(4, "big") for number in numbers) + salt + subkey)

    def verify(self, secret: bytes, stored: str) -> bool:
        found = self._read(stored)
        if found is None:
            return False
        prf, rounds, salt, subkey = found
        return _same(hashlib.pbkdf2_hmac(_PRF[prf], secret, salt, rounds, len(subkey)), subkey)

    def none(self, parameters: str) -> str:
        return self._write(parameters, bytes(16), bytes(32))
