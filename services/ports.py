"""What the business needs from outside, as Protocols. `bot/build.py` chooses who answers them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from services.model import Abilities, MessageRef, Notice, Person, Task


class Clock(Protocol):
    """The only source of time. Everything compared or stored comes from here (PROTOCOL rule 17)."""

    def now(self) -> datetime:
        """Zone-aware, UTC."""


class Executor(Protocol):
    """Where work goes that must not hold up an answer in the chat."""

    def submit(self, work: Callable[[], object]) -> None: ...


# --- the product's people -------------------------------------------------------------------------


@dataclass(frozen=True)
class Image:
    """The columns of one person that a reset writes, as they are or shall be.

    `secret` is the hash that is compared and swapped; `extras` go with it (expiry, must-change). Never shown,
    never logged, stored only sealed.
    """

    secret: str | None = field(repr=False)
    extras: tuple[tuple[str, str | None], ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Credentials:
    """What the directory holds for one person now, read from the write URL."""

    image: Image
    own_hash: str | None = field(repr=False)
    """The person's own password hash where it lies apart from the temporary one; else the same as the image's."""
    must_change: bool | None
    last_sign_in_at: datetime | None
    temporary_used_at: datetime | None


@dataclass(frozen=True)
class Own:
    """A person's own hash, which may be none at all."""

    hash: str | None = field(repr=False)


class People(Protocol):
    """What of a directory an answer in the chat needs. Raises DirectoryUnreachable or DirectoryRefused only."""

    @property
    def abilities(self) -> Abilities:
        """What the product does by itself."""

    def by_keys(self, keys: Sequence[str]) -> dict[str, Person]:
        """Live, by primary key; keys that no longer exist are absent."""

    def by_email(self, email: str) -> list[Person]:
        """Live look-up of one whole address, any case."""


@dataclass(frozen=True)
class Sum:
    """What is known of neighbours in the directory without reading them: changes when one of them does."""

    rows: int
    checksum: int

    def __add__(self, other: Sum) -> Sum:
        return Sum(self.rows + other.rows, self.checksum + other.checksum)


class Neighbours(Protocol):
    """The directory in the order of its keys, a stretch at a time, for the search tables.

    `after` is not one of the stretch, None stands before everybody; `upto` is its last.
    """

    def stride(self, after: str | None, count: int) -> str | None:
        """The key of the last of so many people, or of the last there is; None where nobody comes."""

    def stretch(self, after: str | None, upto: str) -> tuple[Sum, list[Person]]:
        """Those between two keys, read after what they add up to and from the same server."""

    def sum(self, after: str | None, upto: str) -> Sum:
        """Over what the search tables are made of, by the directory's own database where it can."""


class Directory(People, Neighbours, Protocol):
    """Where the product's people live. All methods raise DirectoryUnreachable or DirectoryRefused only."""

    def everybody(self) -> Iterator[Person]:
        """Streams all people, in the order of their keys."""

    def credentials(self, key: str) -> Credentials | None: ...

    def temporary(self, password_hash: str, expires_at: datetime) -> Image:
        """The image that makes `password_hash` a temporary password until `expires_at`."""

    def rehearse(self, key: str, present: Image, wanted: Image) -> None:
        """UPDATE, read back, ROLLBACK: raises DirectoryRefused if the write would not stick (PROTOCOL rule 8)."""

    def swap(
        self,
        key: str,
        expected: Image,
        wanted: Image,
        *,
        restoring: bool = False,
        unless_used_since: datetime | None = None,
        while_own: Own | None = None,
    ) -> bool:
        """Compare-and-swap on the hash, byte-exact and null-safe. False where it held something else.

        `restoring`: of the extras only those are put back that still hold `expected`'s value (PROTOCOL rule 4).
        `unless_used_since`: not where the directory shows a use since then, asked in the same UPDATE (rule 5).
        `while_own`: only while the person's own hash, where it lies apart, is still this one.
        """

    def close(self, key: str, expected: Credentials) -> bool:
        """Make the account open with nothing and end its sign-ins; False where it no longer holds `expected`."""

    def unlock(self, key: str) -> bool:
        """Sets the lock counters to what they are when nobody is locked out, and nothing else; may be repeated.

        False where nobody has this key. A lock that somebody set for long is no counter's and stays.
        """

    def is_closed(self, own_hash: str | None) -> bool:
        """Whether this is what `close` writes: a hash of no password."""

    def hash(self, password: str) -> str:
        """Hash as the product does today, verified by a second look before it is returned."""


# --- the carrier ----------------------------------------------------------------------------------


ENDED = "ended"
NO_KEY = "no-key"
"""The code of a call that was answered, and in which nobody pressed the key."""


@dataclass(frozen=True)
class Receipt:
    """What the carrier says of one message. `status` is one of queued, sent, delivered, undelivered, failed; of a
    call that is over it is ENDED, and whether it was of use is ours to know (services/calls.py)."""

    message_id: str
    status: str
    code: str = ""
    number: str = field(default="", repr=False, compare=False)
    """To whom, where the carrier says so."""


@dataclass(frozen=True)
class Speech:
    """What a voice says, a pause between any two; `asked` while a key is waited for, `after` if none was pressed."""

    said: tuple[str, ...] = field(default=(), repr=False)
    asked: tuple[str, ...] = ()
    address: str = field(default="", repr=False)
    """Whom the carrier asks what to say next, once the key is pressed."""
    after: tuple[str, ...] = ()


class Carrier(Protocol):
    """Delivery of a text to a mobile number, or by a call. Raises the CarrierError family only."""

    def post(self, number: str, body: str, *, request_id: str, valid_seconds: int) -> Receipt:
        """One attempt on a fresh connection; never repeated inside. Raises Refused, NotPosted, NoAnswer.

        `request_id`: whose receipts they are; without it none are asked for.
        """

    def call(self, number: str, instructions: str, *, request_id: str, valid_seconds: int) -> Receipt:
        """As `post`, by a voice that does what `instructions` say."""

    def receipt(self, message_id: str) -> Receipt | None:
        """None where the carrier does not know the message."""

    def find(self, number: str, reference: str, since: datetime) -> Receipt | None:
        """A message to `number` whose body holds `reference`; None proves nothing (PROTOCOL rule 2)."""

    def blank(self, message_id: str) -> None:
        """Remove the body at the carrier, of a call all that is kept of it; idempotent."""

    def probe(self) -> None:
        """Whether it is there and lets us in, by a question that changes nothing. Raises as `post`."""


# --- the chat -------------------------------------------------------------------------------------


class Announcer(Protocol):
    """Shows a request's present state in the chat."""

    def deliver(self, task: Task) -> MessageRef | None:
        """The message that now stands for it, if any. Raises Later or Undeliverable."""

    def notice(self, notice: Notice) -> None:
        """Tells the managers. Raises Later or Undeliverable."""


class Alarm(Protocol):
    """Says that something needs a person who operates Locksmith."""

    def __call__(self, what: str, **ids: str) -> None: ...
