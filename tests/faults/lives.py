"""Lives of one request with one fault in it, and what must hold at their end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from handlers.sentences import TITLES
from services.model import LIVE, State
from tests.faults.worker import BOOKKEEPING, Fate
from tests.faults.world import OWN, TEMPORARY, Customer, World

OUTCOMES = {"text:accepted", "text:failed", "text:unanswered", "text:unproven", "text:undelivered", "request:lapsed"}


@dataclass(frozen=True)
class Kind:
    """Of product and of reset."""

    name: str
    in_place: bool = False
    reason: str = "forgot"


KINDS = {
    "beside": Kind("own columns"),
    "in place": Kind("one column", in_place=True),
    "compromised": Kind("compromised, own columns", reason="compromised"),
    "compromised in place": Kind("compromised, one column", in_place=True, reason="compromised"),
}


@dataclass
class Life:
    fate: Fate
    died: str = ""
    """The effect that it was killed after."""
    state_then: str = ""
    doors_then: str = ""
    texts: int = 0
    ended: str = ""
    read: str = ""
    """What the agent read last."""
    wrong: str = ""


# --- stories --------------------------------------------------------------------------------------


def _ask(world: World, customer: Customer, kind: Kind) -> None:
    """Where the asking itself failed in words, the agent asks again."""
    for _ in range(2):
        world.do("ask", customer.key, kind.reason)
        if world.request(customer) is not None:
            return


def _uses_it(world: World, customer: Customer, kind: Kind) -> None:
    """She signs in with what the phone shows, and chooses her own."""
    _ask(world, customer, kind)
    world.tick(1, 2, 5, 61)
    secret = world.arrived(customer)
    if secret:
        with world.product.visit() as visitor:
            visitor.sign_in(customer.email, secret)
            visitor.choose(OWN, secret if kind.in_place else "")
    world.tick(30, 61)


def _phone_is_off(world: World, customer: Customer, kind: Kind) -> None:
    world.phone(customer, on=False)
    _ask(world, customer, kind)
    world.tick(1, 5, 15, 61)
    world.phone(customer, on=True)


def _forgets_it(world: World, customer: Customer, kind: Kind) -> None:
    _ask(world, customer, kind)
    world.tick(1, 5, 61)


Story = Callable[[World, Customer, Kind], None]
STORIES: Mapping[str, tuple[Story, State]] = {
    "used": (_uses_it, State.COMPLETED),
    "undelivered": (_phone_is_off, State.UNDELIVERED),
    "lapsed": (_forgets_it, State.LAPSED),
}
"""And how each ends without a fault."""


def straight(world: World, story: str, kind: Kind) -> list[str]:
    """Once without a fault; what it did outside of itself, in order."""
    life = live(world, story, kind, Fate())
    assert (life.wrong, life.ended) == ("", STORIES[story][1].value)
    return world.workers[-1].end(world.clock.at)


def faults(effects: list[str], how: str) -> list[Fate]:
    return [Fate(how, number, name) for number, name in enumerate(effects, 1) if name != BOOKKEEPING]


def live(world: World, story: str, kind: Kind, fate: Fate) -> Life:
    customer, life = next(world.customers), Life(fate)
    worker = world.start(fate)

    def look() -> None:
        request = world.request(customer)
        life.state_then = request.state if request is not None else "not asked"
        life.doors_then = ", ".join(sorted(world.doors(customer)))

    world.on_death = look
    STORIES[story][0](world, customer, kind)
    world.tick(3700, 310, 61, 310, 310, 61)
    life.died = worker.died
    life.texts = sum(TEMPORARY in body for body in world.texts(customer))
    life.wrong = "; ".join(_judge(world, customer, kind, life))
    return life


# --- what must hold -------------------------------------------------------------------------------


def _judge(world: World, customer: Customer, kind: Kind, life: Life) -> list[str]:
    request, doors = world.request(customer), world.doors(customer)
    if request is None:
        fine = doors == {"old"} and not life.texts
        return [] if fine else [f"nothing was asked, yet {doors} open and {life.texts} texts went out"]
    state, events = State(request.state), world.events(request.id)
    life.ended = state.value
    closed = kind.reason == "compromised" and "account:close_intended" in events
    said, life.read = _announced(world, request.reference, state, doubled=life.fate.step.startswith("chat:"))
    broken = {
        "locked out": not doors and not closed,
        f"{doors} open after the end": bool(doors - {"old", "own"}),
        "something old came back": "account:closed" in events and "old" in doors,
        "completed without a password of her own": state is State.COMPLETED and "own" not in doors,
        f"{life.texts} texts": life.texts > 1,
        f"still {state.value}": state in LIVE,
        "seals were kept": request.base_sealed is not None or request.new_sealed is not None,
        "more than one intent to post": events.count("text:intended") > 1,
        "an intent without an outcome": "text:intended" in events and not OUTCOMES & set(events),
        "the audit does not begin with the request": events[0] != "request:created",
    }
    return [*(what for what, so in broken.items() if so), *said]


def _announced(world: World, reference: str, state: State, *, doubled: bool) -> tuple[list[str], str]:
    """One card, which tells the end, and the agent was told it.

    `doubled`: the chat took a message and nobody lived to remember where it stands, so a second one may be there
    (PROTOCOL rule 16); its reference tells that it is the same.
    """
    found = []
    cards = [card.text for card in world.sam.cards if reference in card.text]
    if not 1 <= len(cards) <= 1 + doubled or TITLES[state] not in cards[-1]:
        found.append(f"cards: {[card.splitlines()[0] for card in cards]}")
    direct = [message.text.splitlines()[0] for message in world.sam.direct_messages if reference in message.text]
    if not any(TITLES[state] in text for text in direct):
        found.append(f"the agent was told {direct}")
    return found, TITLES[state] if direct else ""
