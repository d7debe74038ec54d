"""The session cookie: whose, which version, opened how; signed with a key that lives as long as the process."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from sandbox.product.accounts import Session

NAME = "statstak"


class Seal:
    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def write(self, session: Session) -> str:
        said = f"{session.person}.{session.version}.{'temporary' if session.temporary else 'own'}"
        return f"{said}.{self._sign(said)}"

    def read(self, cookie: str) -> Session | None:
        said, _, signature = cookie.rpartition(".")
        if not hmac.compare_digest(self._sign(said).encode(), signature.encode()):
            return None
        person, version, how = said.split(".")
        return Session(int(person), int(version), temporary=how == "temporary")

    def _sign(self, said: str) -> str:
        return hmac.new(self._key, said.encode(), hashlib.sha256).hexdigest()
