"""Faults at every step of a reset, each saying the worst that somebody else's exception can say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
from twilio.http.http_client import TwilioHttpClient

from handlers.announce import SlackAnnouncer
from services import prepare as preparing
from services import text
from services.audit import Audit
from services.calls import Script
from services.delivery import voice
from services.delivery.twilio import TwilioCarrier
from services.directory.sql import SqlDirectory
from services.lifecycle import Lifecycle
from services.outbox import Outbox
from services.ports import Image
from services.settle import Sealer, Settler

Broken = Callable[..., Any]


def _says(*found: object) -> str:
    """The worst that somebody else's exception can say."""
    told = " ".join(f"{one.secret} {one.extras}" if isinstance(one, Image) else str(one) for one in found)
    return f"DETAIL: Failing row contains ({told})"


def at_once(_: Broken) -> Broken:
    def broken(*arguments: Any, **named: Any) -> Any:
        raise RuntimeError(_says(*arguments, *named.values()))

    return broken


def when_done(method: Broken) -> Broken:
    def broken(*arguments: Any, **named: Any) -> Any:
        raise RuntimeError(_says(*arguments, *named.values(), method(*arguments, **named)))

    return broken


def as_a_network(_: Broken) -> Broken:
    def broken(*arguments: Any, **named: Any) -> Any:
        raise requests.exceptions.ConnectionError(_says(*arguments, *named.values()))

    return broken


def at_event(event: str) -> Callable[[Broken], Broken]:
    """For one audit event, when all else of its transaction is done."""

    def breaks(method: Broken) -> Broken:
        def broken(*arguments: Any, **named: Any) -> Any:
            if event in arguments:
                raise RuntimeError(_says(*arguments, *named.values()))
            return method(*arguments, **named)

        return broken

    return breaks


FAULTS: dict[str, tuple[object, str, Callable[[Broken], Broken]]] = {
    "making the secret": (preparing, "make_secret", when_done),
    "making the hash": (SqlDirectory, "hash", when_done),
    "making the image": (SqlDirectory, "temporary", at_once),
    "reading the directory": (SqlDirectory, "credentials", when_done),
    "the rehearsal": (SqlDirectory, "rehearse", at_once),
    "sealing": (Sealer, "seal", at_once),
    "opening a seal": (Sealer, "image", when_done),
    "the intent": (Audit, "append", at_event("text:intended")),
    "the write": (SqlDirectory, "swap", at_once),
    "the write, done": (SqlDirectory, "swap", when_done),
    "settling": (Settler, "settle", at_once),
    "composing the text": (text, "compose", when_done),
    "handing it over": (TwilioCarrier, "post", at_once),
    "handing it over, done": (TwilioCarrier, "post", when_done),
    "the carrier's own client": (TwilioHttpClient, "request", at_once),
    "the network": (requests.Session, "send", as_a_network),
    "the acceptance": (Audit, "append", at_event("text:accepted")),
    "every step of the request": (Lifecycle, "move", at_once),
    "the receipt": (TwilioCarrier, "receipt", when_done),
    "erasing the text": (TwilioCarrier, "blank", at_once),
    "announcing": (SlackAnnouncer, "deliver", at_once),
    "queueing the announcement": (Outbox, "announce", at_once),
}


CALL_FAULTS: dict[str, tuple[object, str, Callable[[Broken], Broken]]] = {
    "the call's opening": (Script, "opening", when_done),
    "handing the call over": (TwilioCarrier, "call", at_once),
    "handing the call over, done": (TwilioCarrier, "call", when_done),
    "the network": (requests.Session, "send", as_a_network),
    "the call's instructions": (voice, "place", at_once),
    "opening what came back": (Script, "secret", when_done),
    "what is read out": (Script, "reading", when_done),
    "writing down that it is": (Audit, "append", at_event("call:read_out")),
    "the call's receipt": (TwilioCarrier, "receipt", when_done),
    "erasing the call": (TwilioCarrier, "blank", at_once),
}
"""The same for a call: some before it rings, some in it, some after it."""


def break_it(patch: pytest.MonkeyPatch, owner: Any, name: str, breaks: Callable[[Broken], Broken]) -> list[str]:
    """What the faults said, as they come."""
    said: list[str] = []
    broken = breaks(getattr(owner, name))

    def heard(*arguments: Any, **named: Any) -> Any:
        try:
            return broken(*arguments, **named)
        except Exception as fault:
            said.append(str(fault))
            raise

    patch.setattr(owner, name, heard)
    return said
