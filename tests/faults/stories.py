"""What agents and people do in one life, whatever fault is in it; and how each ends without one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from services.model import LIVE, SENDABLE_AGAIN, WITHDRAWABLE, Closing, State
from tests.faults.world import HASHER, OWN, Customer, World


@dataclass(frozen=True)
class Kind:
    """Of product and of reset."""

    in_place: bool = False
    reason: str = "forgot"

    @property
    def compromised(self) -> bool:
        return self.reason == "compromised"


KINDS = {
    "beside": Kind(),
    "in place": Kind(in_place=True),
    "compromised": Kind(reason="compromised"),
    "compromised, in place": Kind(in_place=True, reason="compromised"),
}
THREE = tuple(KINDS)[:3]
Act = Callable[[World, Customer, Kind], None]


@dataclass(frozen=True)
class Story:
    what: str
    """In docs/reliability.md."""
    tell: Act
    ends: State
    from_: str = ""
    """The last effect of this name, without a fault, is where it begins to differ from the other stories."""
    kinds: tuple[str, ...] = tuple(KINDS)
    """The longest are told of three."""


# --- hands ----------------------------------------------------------------------------------------


def _ask(world: World, customer: Customer, kind: Kind) -> None:
    """Where the asking itself failed in words, the agent asks again."""
    for _ in range(2):
        if world.request(customer) is None:
            world.do("ask", customer.key, kind.reason)


def _press(world: World, customer: Customer, command: str, *given: str, in_: frozenset[State]) -> None:
    """A button of the newest request; pressed once more where the first press failed in words."""
    pressed = world.request(customer)
    for _ in range(2):
        request = world.request(customer)
        if request and pressed and request.id == pressed.id and request.state in in_ and not request.closing:
            world.do(command, request.id, *given)


def _sign_in(world: World, customer: Customer) -> None:
    """With what the phone shows."""
    if secret := world.arrived(customer):
        with world.product.visit() as visitor:
            visitor.sign_in(customer.email, secret)


def _comes_in(world: World, customer: Customer, kind: Kind) -> None:
    """With the text, and chooses her own; where none came yet, somewhat later."""
    for _ in range(2):
        if "own" in world.doors(customer):
            return
        if secret := world.arrived(customer):
            with world.product.visit() as visitor:
                visitor.sign_in(customer.email, secret)
                visitor.choose(OWN, secret if kind.in_place else "")
        world.tick(30, 61)


def _chooses_elsewhere(world: World, customer: Customer) -> None:
    """As the product has it where the office helps her: whatever was temporary ends."""
    world.product.change(
        customer.email,
        password_hash=HASHER.hash(OWN),
        temporary_password_hash=None,
        temporary_password_expires_at=None,
        temporary_password_used_at=None,
        must_change_password=False,
    )


# --- stories --------------------------------------------------------------------------------------


def _uses_it(world: World, customer: Customer, kind: Kind) -> None:
    _ask(world, customer, kind)
    world.tick(1, 2, 5, 61)
    _comes_in(world, customer, kind)


def _phone_is_off(world: World, customer: Customer, kind: Kind) -> None:
    world.phone(customer, on=False)
    _ask(world, customer, kind)
    world.tick(1, 5, 15, 61)
    world.phone(customer, on=True)


def _forgets_it(world: World, customer: Customer, kind: Kind) -> None:
    _ask(world, customer, kind)
    world.tick(1, 5, 61)


def _said_stop(world: World, customer: Customer, kind: Kind) -> None:
    world.stops(customer)
    _ask(world, customer, kind)
    world.tick(1, 5, 61)


def _is_withdrawn(world: World, customer: Customer, kind: Kind) -> None:
    _ask(world, customer, kind)
    world.tick(1, 5)
    _press(world, customer, "withdraw", in_=WITHDRAWABLE)
    world.tick(1, 15, 61)


def _is_sent_again(world: World, customer: Customer, kind: Kind) -> None:
    _ask(world, customer, kind)
    world.tick(1, 5, 61)
    _press(world, customer, "again", kind.reason, in_=SENDABLE_AGAIN)
    world.tick(1, 2, 5, 61)
    _comes_in(world, customer, kind)


def _is_overtaken(world: World, customer: Customer, kind: Kind) -> None:
    """Twilio never answers, and she finds another way in before its log shows the text."""
    world.silent_carrier(customer)
    _ask(world, customer, kind)
    world.tick(1, 5)
    _chooses_elsewhere(world, customer)
    world.tick(30)
    world.log_follows()
    world.tick(30, 61)


def _is_closed(world: World, customer: Customer, kind: Kind) -> None:
    """Somebody else signed in with the text."""
    _ask(world, customer, kind)
    world.tick(1, 2, 5)
    _sign_in(world, customer)
    world.tick(5)
    _press(world, customer, "close", in_=frozenset({State.USED}))
    world.tick(1, 5, 61)


def _is_unlocked(world: World, customer: Customer, _kind: Kind) -> None:
    world.locks(customer)
    for _ in range(2):
        if world.request(customer) is None:
            world.do("unlock", customer.key)
    world.tick(1, 5, 61, 61)


STORIES: Mapping[str, Story] = {
    "used": Story("She signs in with the text and chooses her own", _uses_it, State.COMPLETED),
    "undelivered": Story("Her phone is off", _phone_is_off, State.UNDELIVERED, "text:undelivered"),
    "lapsed": Story("She forgets it", _forgets_it, State.LAPSED, "password:lapsed"),
    "refused": Story("She had replied STOP", _said_stop, State.FAILED, "carrier: posted"),
    "withdrawn": Story("The agent takes it back", _is_withdrawn, State.REVOKED, "request:revoked"),
    "sent again": Story(
        "The agent sends again, and she uses the second text",
        _is_sent_again,
        State.COMPLETED,
        "request:superseded",
        THREE,
    ),
    "overtaken": Story(
        "Twilio takes it without an answer, and meanwhile she gets a password of her own elsewhere",
        _is_overtaken,
        State.SUPERSEDED,
        "text:unanswered",
        THREE,
    ),
    "closed": Story(
        "Somebody else signed in with it, and the agent has the account closed",
        _is_closed,
        State.REVOKED,
        "account:close_intended",
        THREE,
    ),
    "unlocked": Story(
        "She mistyped her password too often and is only unlocked",
        _is_unlocked,
        State.UNLOCKED,
        "request:created",
        ("beside", "in place"),
    ),
}


def over(state: str, closing: str) -> bool:
    return State(state) not in LIVE and closing != Closing.DUE
