"""The buttons that take a reset back, close an account and send again, each with what it does said before.

A button carries the request's id and no authority: the services look who presses and what is so by then.
"""

from __future__ import annotations

from dataclasses import dataclass

from handlers.approval_words import NAME
from handlers.call_words import being_read, call_helps
from handlers.ids import Act
from handlers.views import kit
from services.model import SENDABLE_AGAIN, WITHDRAWABLE, Abilities, Channel, Closing, Request, State

S = State
PLAIN = Abilities(
    keeps_old_password=False, must_change=False, ends_sign_ins=False, knows_expiry=False, shows_sign_ins=False
)


def plain() -> Abilities:
    return PLAIN


_MAY_ARRIVE = frozenset({S.SENDING, S.UNKNOWN})


@dataclass(frozen=True)
class Reader:
    """Who looks at a request: keeps buttons away that would only be refused."""

    agent: bool = True
    own: bool = True
    """They asked for it."""
    manager: bool = False
    abilities: Abilities = PLAIN
    """What the product does, for the words of a confirmation."""


def withdraw(request: Request, reader: Reader) -> list[kit.Json]:
    if request.state not in WITHDRAWABLE or not (reader.own or reader.manager):
        return []
    sure = kit.Confirm("Withdraw this reset?", withdrawing(request, reader.abilities), "Withdraw", "Keep it")
    label = f"Withdraw {request.reference}, {request.person_name}"
    return [kit.button("Withdraw", Act.WITHDRAW, request.id, label=label, confirm=sure)]


def close_account(request: Request, reader: Reader) -> list[kit.Json]:
    if not request.closable or not (reader.own or reader.manager):
        return []
    sure = kit.Confirm("Close this account?", closing(request, reader.abilities), "Close account", "Keep it open")
    label = f"Close the account of {request.person_name}, {request.reference}"
    return [kit.button("Close account", Act.CLOSE, request.id, label=label, confirm=sure)]


def send_again(request: Request, reader: Reader, *, calls: bool) -> list[kit.Json]:
    """After a closing it is the way back in. `calls`: what cannot be texted can be read out."""
    if being_read(request) or request.channel is Channel.UNLOCK:
        return []
    if not reader.agent or (request.state not in SENDABLE_AGAIN and request.closing is not Closing.DONE):
        return []
    if calls and (request.channel is Channel.CALL or call_helps(request)):
        again = "It did not ring? Call again" if request.live else "Call again"
        words = again if request.channel is Channel.CALL else "Call and read it out"
        label = f"{words}, in place of {request.reference}"
        return [kit.button(words, Act.CALL, request.id, label=label)]
    words = "Nothing arrived? Send again" if request.live else "Send again"
    label = f"Send again, in place of {request.reference}"
    return [kit.button(words, Act.AGAIN, request.id, label=label)]


def undo(request: Request, reader: Reader) -> list[kit.Json]:
    return [*withdraw(request, reader), *close_account(request, reader)]


def withdrawing(request: Request, abilities: Abilities) -> str:
    """What it does, by what the product does and how far the reset is."""
    name = kit.clip(request.person_name, NAME)
    called = request.channel is Channel.CALL
    texted = f"What was {'read out' if called else 'texted'} to {name} stops working."
    if request.state in _MAY_ARRIVE:
        texted = f"A {'call' if called else 'text'} to {name} may still arrive; it is void then."
    if request.closed or request.close_unknown:
        old = "The account stays closed until a new reset."
    elif request.old_password_works:
        old = "Their old password goes on working."
    else:
        old = "Their old password works again."
    ends = "Open sign-ins made with it end."
    stays = "Whoever signed in with it stays signed in: the product does not end that."
    sign_ins = "" if request.state in _MAY_ARRIVE else ends if abilities.ends_sign_ins else stays
    tells = "" if called else "A second text tells them so."
    return " ".join(filter(None, (texted, old, sign_ins, tells)))


def closing(request: Request, abilities: Abilities) -> str:
    name = kit.clip(request.person_name, NAME)
    opens = f"No password opens the account of {name} any more: not the old, not the new, not one they chose."
    ends = "Open sign-ins end." if abilities.closing_ends_sign_ins else "Whoever is signed in stays signed in."
    return f"{opens} {ends} Only a new reset opens it again."
