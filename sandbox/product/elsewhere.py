"""A product that is a site of its own, on another port of this machine: the page shows it in its browser window."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from starlette.routing import BaseRoute

from sandbox.product.phones import phones_of

_SECONDS = 2.0


class Elsewhere:
    """`address` of the site, which has `/sign-in/` and tells at `/shown/` whom to show."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._told: dict[str, Any] = {"people": [], "own_password_chosen": False}

    @property
    def sign_in_page(self) -> str:
        return f"{self._address}/sign-in/"

    def routes(self) -> list[BaseRoute]:
        return []

    def people_with_phones(self) -> list[dict[str, Any]]:
        """As the site has them now, or as it had them when it last answered."""
        try:
            with urllib.request.urlopen(f"{self._address}/shown/", timeout=_SECONDS) as answer:  # noqa: S310  (loopback)
                self._told = json.load(answer)
        except (OSError, ValueError):
            pass
        return phones_of(self._told["people"])

    def story(self) -> dict[str, bool]:
        return {"own_password_chosen": self._told["own_password_chosen"]}
