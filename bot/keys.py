"""`python -m bot keys`: which key holds what, and whether an earlier one may go. Never a key itself."""

from __future__ import annotations

import getpass
import os
import socket
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime

import click

from services.keys import Holding, Place, Sealed
from services.model import Actor, Request

SHOWN = 5
_WHERE = {
    Place.NEWEST: "first in SECRET_KEY",
    Place.OLDER: "in SECRET_KEY",
    Place.RETIRED: "in RETIRED_KEYS",
    Place.GONE: "NOT THERE",
}
GIVE_UP = "Erase for good what no key opens, and end its resets? Whoever has the key can still put it back."


def operator() -> Actor:
    """Who types: the account of the machine, behind sudo the one before it."""
    name = os.environ.get("SUDO_USER") or getpass.getuser()
    return Actor("", "", f"{name} at {socket.gethostname()}"[:200])


def show(holdings: list[Holding]) -> None:
    """Exit status 1 where something hangs on a key that is not where it has to be."""
    for holding in holdings:
        click.echo(f"{holding.key_id}  {_WHERE[holding.place]}")
        for line in (content(holding), advice(holding)):
            click.echo(f"          {line}")
    sys.exit(int(any(misplaced(holding) for holding in holdings)))


def given_up(ended: list[Request]) -> None:
    for request in ended:
        click.echo(
            f"{request.reference}, asked for by {request.agent.name}: the product keeps what it holds. "
            "If the person cannot get in, reset them again with “Compromised”."
        )
    click.echo(f"Resets whose seals were erased: {len(ended)}.")


def misplaced(holding: Holding) -> bool:
    lost = holding.place is Place.GONE and (holding.seals or holding.events)
    return bool(lost or (holding.place is Place.RETIRED and holding.in_use))


def content(holding: Holding) -> str:
    """What hangs on it, in numbers."""
    counts = {"seals": len(holding.seals), **holding.fingerprints, "audit events": holding.events}
    said = [f"{count:,} {what}" for what, count in counts.items() if count]
    return ", ".join([*said, *(["the end of the audit"] if holding.holds_end else [])]) or "nothing"


def advice(holding: Holding) -> str:
    """What to do about this key, in one line."""
    return next((said for place, fits, said in _advice(holding) if place is holding.place and fits), "It may go.")


def _advice(holding: Holding) -> Iterator[tuple[Place, object, str]]:
    yield Place.NEWEST, True, "Keep it."
    yield Place.OLDER, holding.in_use, f"Keep it there: {'; '.join(_waits_for(holding))}."
    yield Place.OLDER, holding.events, "It may go from SECRET_KEY into RETIRED_KEYS, which only checks the audit."
    yield Place.RETIRED, holding.in_use, "Too early: put it back into SECRET_KEY, behind the first."
    yield Place.RETIRED, holding.events, "Keep it there for as long as `audit verify` is to read its events."
    lost = f"Put it back into SECRET_KEY, for {whose(holding.seals)}. Lost for good: `python -m bot keys --give-up`."
    yield Place.GONE, holding.seals, lost
    yield Place.GONE, holding.events, "Put it into RETIRED_KEYS, or these events cannot be checked."
    yield Place.GONE, True, "Nothing to do: what was compared with it is made anew."


def _waits_for(holding: Holding) -> Iterator[str]:
    if holding.until is not None:
        yield f"the last seal or open request ends by {moment(holding.until)} if all goes well"
    if "contacts" in holding.fingerprints:
        yield "contacts are written anew within a minute, while Locksmith runs"
    if holding.holds_end:
        yield "the end of the audit is written anew with the next event, such as a search"


def moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def whose(seals: Iterable[Sealed]) -> str:
    """The resets that they are of, by reference; the first few."""
    names = sorted({sealed.of or "an open form" for sealed in seals})
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{more}"
