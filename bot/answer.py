"""What HTTP mode answers, and reading what it was sent: the part that Slack's and Twilio's requests share."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

Environ = dict[str, Any]
_DIGITS = 9
"""A longer length needs no reading to be too large."""


class Refusal(Exception):
    """What is wrong with a request, for the status line; nothing of it is logged."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


@dataclass(frozen=True)
class Answer:
    status: HTTPStatus
    body: str = ""
    content_type: str = "text/plain; charset=utf-8"


def body_of(environ: Environ, largest: int) -> str:
    """Raises Refusal: 400, or 413 before anything of it is read."""
    length = environ.get("CONTENT_LENGTH") or ""
    if not (length.isascii() and length.isdigit()):
        raise Refusal(HTTPStatus.BAD_REQUEST)
    if len(length) > _DIGITS or int(length) > largest:
        raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    raw: bytes = environ["wsgi.input"].read(int(length))
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise Refusal(HTTPStatus.BAD_REQUEST) from None
