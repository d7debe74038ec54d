"""Reading a temporary password out by a call: what the voice says, and who may hear it.

The secret goes from the sender's memory into the call's own instructions and no further: sealed, in the address
that the carrier calls back once the key is pressed. No table and no log can open it, and nobody else is told it.
Voicemail never hears it: it is said only after the key, and answering alone is no key.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from urllib.parse import quote

import structlog
from sqlalchemy.orm import Session

from services.db.session import Database
from services.db.tables import RequestRow
from services.errors import NotFound, SealBroken
from services.lifecycle import Lifecycle, Moved, Step
from services.model import Channel, State
from services.policy import Rules
from services.ports import Clock, Receipt, Speech
from services.seals import Seals

KEY = "1"
"""One key and not any: a greeting's voice is sometimes taken for a key, and hardly ever for this one."""
MOST_ROUNDS = 3
PATH = "/twilio/call/"
_ROLE = "call"
WORDS = dict(zip("abcdefghjkmnpqrstuvwxyz", (
    "Alfa", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf", "Hotel", "Juliett", "Kilo", "Mike", "November",
    "Papa", "Quebec", "Romeo", "Sierra", "Tango", "Uniform", "Victor", "Whiskey", "X-ray", "Yankee", "Zulu",
), strict=True))  # fmt: skip
"""The spelling alphabet: on a telephone b, d, p and t sound alike."""


class Script:
    """`public_url`: where the carrier reaches us. `render`: the carrier's own way to write down what is said."""

    def __init__(self, seals: Seals, rules: Rules, public_url: str, render: Callable[[Speech], str]) -> None:
        self._seals = seals
        self._rules = rules
        self._public_url = public_url.rstrip("/")
        self._render = render

    def opening(self, row: RequestRow, secret: str) -> str:
        """What the call begins with; `secret` is in it for nobody but us."""
        sealed = self._seals.seal(secret, row.id, row.person_key, _ROLE)
        return self.prompt(row, base64.urlsafe_b64encode(sealed).decode(), 1)

    def prompt(self, row: RequestRow, token: str, number: int) -> str:
        """What to press is said twice: a phone has to be taken from the ear to find its keys."""
        goodbye = (f"Nobody pressed {KEY}, so nothing is read out. Goodbye.",)
        if number > MOST_ROUNDS:
            return self._render(Speech(after=goodbye))
        hear = f"To hear your temporary password, press {KEY}."
        not_you = f"If you did not ask for it, hang up and call {self._rules.contact}."
        return self._render(
            Speech(
                asked=(f"Hello. This is an automated call from {self._rules.product}.", hear, not_you, hear),
                address=self._address(row, token, number),
                after=goodbye,
            )
        )

    def secret(self, row: RequestRow, token: str) -> str:
        """Raises SealBroken for what is not this request's."""
        try:
            sealed = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
        except (binascii.Error, UnicodeEncodeError):
            raise SealBroken("no token") from None
        return self._seals.open(sealed, row.id, row.person_key, _ROLE)

    def reading(self, row: RequestRow, token: str, number: int, now: datetime) -> str:
        """`number`: the round that was just asked for. Raises SealBroken."""
        secret = self.secret(row, token)
        minutes = max(1, int((row.expires_at - now).total_seconds() // 60)) if row.expires_at else 1
        works = f"It works for {minutes} more minute{'' if minutes == 1 else 's'}."
        again = number < MOST_ROUNDS
        return self._render(
            Speech(
                said=(
                    *(["This one replaces any that you got before."] if row.replaces else []),
                    "Take something to write with. All letters are small, and the dashes are part of it.",
                    *spelled(secret),
                    "Once more, with a word for each letter.",
                    *spelled(secret, WORDS),
                ),
                asked=(f"To hear it again, press {KEY}.",) if again else (),
                address=self._address(row, token, number + 1) if again else "",
                after=(
                    "Type it with the dashes where you sign in, then choose your own password.",
                    f"{works} Tell it to no one, not even to us. Goodbye.",
                ),
            )
        )

    def void(self) -> str:
        """Whatever is the matter: it is over, or it cannot be read out now."""
        sorry = "Sorry, there is no temporary password to read out any more."
        return self._render(Speech(after=(sorry, f"If you still need one, call {self._rules.contact}. Goodbye.")))

    def _address(self, row: RequestRow, token: str, number: int) -> str:
        return f"{self._public_url}{PATH}{row.id}?s={quote(token, safe='')}&n={number}"


def spelled(secret: str, words: dict[str, str] | None = None) -> tuple[str, ...]:
    """Group by group: `M, K, 7, P, dash`. A letter alone is capital, or the voice would read it as a word."""
    groups = [
        ", ".join(sign.upper() + (f" for {words[sign]}" if words and sign in words else "") for sign in group)
        for group in secret.split("-")
    ]
    return (*(f"{group}, dash" for group in groups[:-1]), groups[-1])


@dataclass(frozen=True)
class Pressed:
    """What the carrier tells when somebody pressed a key."""

    call_id: str
    digits: str
    under_way: bool
    """The call was not over when it was told."""
    token: str = field(default="", repr=False)
    number: int = 1


class Proven(Protocol):
    def accepted(self, request_id: str, receipt: Receipt) -> None:
        """The carrier has it, as this receipt proves. Raises Moved."""


class Calls:
    """Answers the carrier, signed requests only."""

    def __init__(
        self, *, database: Database, lifecycle: Lifecycle, sender: Proven, script: Script, clock: Clock
    ) -> None:
        self._database = database
        self._lifecycle = lifecycle
        self._sender = sender
        self._script = script
        self._clock = clock

    def answer(self, request_id: str, pressed: Pressed) -> str:
        """What is said next. Reading out is committed before it is answered, so that it cannot be forgotten."""
        try:
            row = self._row(request_id)
            self._script.secret(row, pressed.token)
            if pressed.digits != KEY or pressed.number > MOST_ROUNDS:
                return self._script.prompt(row, pressed.token, pressed.number + 1)
            said = self._script.reading(row, pressed.token, pressed.number, self._clock.now())
            self._hear(row, pressed)
        except (NotFound, SealBroken, Moved) as refused:
            structlog.get_logger().warning("call refused", request_id=request_id, fault=type(refused).__name__)
            return self._script.void()
        return said

    def _hear(self, row: RequestRow, pressed: Pressed) -> None:
        """Raises Moved where there is nothing to hear any more."""
        if State(row.state) in (State.SENDING, State.UNKNOWN):  # a key pressed in the call proves that there is one
            with suppress(Moved):  # its ringing may have proven it just now
                self._sender.accepted(row.id, Receipt(pressed.call_id, "sent"))
        now = self._clock.now()

        def decide(_session: Session, row: RequestRow) -> Step:
            live = State(row.state) in (State.ACCEPTED, State.SENT) and row.message_id == pressed.call_id
            if not (live and pressed.under_way and row.expires_at is not None and row.expires_at > now):
                raise Moved(State(row.state))
            event = "call:heard_again" if row.read_out_at else "call:read_out"
            return Step(event, changes={"read_out_at": row.read_out_at or now})

        self._lifecycle.change(row.id, decide)

    def _row(self, request_id: str) -> RequestRow:
        with self._database.read() as session:
            row = session.get(RequestRow, request_id)
        if row is None or row.channel != Channel.CALL:
            raise NotFound("call")
        return row
