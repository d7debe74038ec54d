"""Sealing (AEAD): what we must keep of hashes and response addresses, bound to where it belongs.

Whoever can write our tables must not be able to plant a hash, or move one from a person to another: the seal
covers request, person and role (PROTOCOL rule 13). Several keys: the first seals, all open; a retired one only
checks the audit of its time.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.errors import SealBroken

_KEY_ID_BYTES = 4
_NONCE_BYTES = 12


def _derive(secret: str, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=f"locksmith {purpose}".encode()).derive(secret.encode())


def key_id(secret: str) -> bytes:
    """Names a key in our tables and to operators; nothing can be made of it."""
    return _derive(secret, "key id")[:_KEY_ID_BYTES]


def sealed_by(sealed: bytes) -> str:
    """The id of the key that made it, as it claims."""
    return sealed[:_KEY_ID_BYTES].hex()


class Seals:
    """`secrets`: the newest first; each at least 32 characters (settings check it).

    `retired`: earlier ones that open nothing any more, so that one that leaked cannot plant a hash.
    """

    def __init__(self, secrets: Sequence[str], retired: Sequence[str] = ()) -> None:
        self._ciphers = {key_id(secret): AESGCM(_derive(secret, "seal")) for secret in secrets}
        self._newest = key_id(secrets[0])
        self._fingerprint_keys = {key_id(secret).hex(): _derive(secret, "fingerprint") for secret in secrets}
        self._audit_keys = {key_id(secret).hex(): _derive(secret, "audit") for secret in (*secrets, *retired)}

    @property
    def newest_id(self) -> str:
        return self._newest.hex()

    @property
    def ids(self) -> tuple[str, ...]:
        """Of the keys that open seals and compare fingerprints, the newest first."""
        return tuple(self._fingerprint_keys)

    @property
    def retired_ids(self) -> tuple[str, ...]:
        return tuple(one for one in self._audit_keys if one not in self._fingerprint_keys)

    def seal(self, clear: str, *bound_to: str) -> bytes:
        """`bound_to`: request id, person key, role of the value; the same are needed to open it."""
        nonce = os.urandom(_NONCE_BYTES)
        cipher = self._ciphers[self._newest]
        return self._newest + nonce + cipher.encrypt(nonce, clear.encode(), _context(bound_to))

    def open(self, sealed: bytes, *bound_to: str) -> str:
        """Raises SealBroken where the value is not ours, was moved, or its key is gone."""
        cipher = self._ciphers.get(sealed[:_KEY_ID_BYTES])
        rest = sealed[_KEY_ID_BYTES:]
        if cipher is None or len(rest) <= _NONCE_BYTES:
            raise SealBroken("unknown key")
        try:
            return cipher.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], _context(bound_to)).decode()
        except InvalidTag:
            raise SealBroken("does not belong here") from None

    def fingerprint(self, *facts: str, like: str = "") -> str:
        """Keyed, so that a reader of our tables cannot try out numbers; begins with the key's id.

        `like`: an earlier fingerprint to be compared with, whose key is used if it is still there.
        """
        by = like.partition(":")[0]
        by = by if by in self._fingerprint_keys else self.newest_id
        return f"{by}:{hmac.new(self._fingerprint_keys[by], _context(facts), hashlib.sha256).hexdigest()}"

    def knows(self, fingerprint: str) -> bool:
        """Whether the key of this fingerprint is still there, so that it can be compared at all."""
        return fingerprint.partition(":")[0] in self._fingerprint_keys

    def fingerprints(self, *facts: str) -> tuple[str, ...]:
        """By each key, the newest first: to look up what may have been stored under an earlier one."""
        return tuple(self.fingerprint(*facts, like=one) for one in self._fingerprint_keys)

    def checks(self, by: str) -> bool:
        """Whether audit rows written with this key can be checked."""
        return by in self._audit_keys

    def audit_digest(self, payload: bytes, by: str | None = None) -> tuple[str, str]:
        """(key id, digest) of an audit row. Raises SealBroken for a key that is gone."""
        by = by or self.newest_id
        key = self._audit_keys.get(by)
        if key is None:
            raise SealBroken("unknown key")
        return by, hmac.new(key, payload, hashlib.sha256).hexdigest()


def _context(parts: Sequence[str]) -> bytes:
    """Unambiguous: lengths first, so that ("ab", "c") is not ("a", "bc")."""
    return b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
