"""Lives of one request with one fault in it, and what must hold in them and at their end."""

from __future__ import annotations

import json
from dataclasses import dataclass

from handlers.channel_words import title_of
from handlers.sentences import CLOSING_TITLES
from services.db.tables import AuditRow, RequestRow
from services.model import Channel, Closing, State
from tests.faults.stories import KINDS, STORIES, over
from tests.faults.worker import BOOKKEEPING, Fate
from tests.faults.world import Customer, World, secrets_in
from tests.scenario.people import AUDIT
from tests.scenario.screen import Json, Message, message_of
from tests.services.protocol import OUTCOMES

ENDED_BY = OUTCOMES["text:intended"] | OUTCOMES["account:unlock_intended"] | {"request:expired", "request:cancelled"}
AFTERWARDS = (3700, 310, 61, 310, 310, 310, 61)
"""Seconds from look to look: until it is out of time, and the seals are gone."""


@dataclass
class Life:
    fate: Fate
    died: str = ""
    """The effect that it was killed after."""
    then: str = ""
    """What opened the account when it was just killed."""
    opens: str = ""
    """What opens it in the end."""
    state: str = "not asked"
    read: str = ""
    """What the agent read last."""
    texts: int = 0
    voiding: int = 0
    """Texts without a secret, which say that an earlier one is void."""
    audit: str = ""
    """Outcomes of the intents to post, a word each."""
    wrong: str = ""


def straight(world: World, story: str, kind: str) -> list[str]:
    """Once without a fault; what it did outside of itself, in order."""
    life = live(world, story, kind, Fate())
    assert (life.wrong, life.state) == ("", STORIES[story].ends.value)
    return world.workers[-1].end(world.clock.at)


def faults(effects: list[str], how: str, story: str) -> list[Fate]:
    """One at each effect from where this story begins to differ from the others."""
    from_ = STORIES[story].from_
    begin = max((n for n, name in enumerate(effects, 1) if from_ and from_ in name), default=1)
    assert begin > 1 or not from_, f"{from_} is not among {effects}"
    return [Fate(how, n, name) for n, name in enumerate(effects, 1) if name != BOOKKEEPING and n >= begin]


def live(world: World, story: str, kind: str, fate: Fate) -> Life:
    customer, life = next(world.customers), Life(fate)
    world.trusts_the_carrier()
    worker, locked_out = world.start(fate), list[str]()

    def look() -> None:
        life.then = _doors(world, customer)

    def watch() -> None:
        if world.locked_out(customer) and not _closing(world, customer):
            locked_out.append(world.clock.at.isoformat())

    world.on_death, world.after_each = look, watch
    STORIES[story].tell(world, customer, KINDS[kind])
    world.tick(*AFTERWARDS)
    world.after_each = lambda: None
    life.died = worker.died
    life.wrong = "; ".join([*(f"locked out at {at}" for at in locked_out[:1]), *_judge(world, customer, life)])
    return life


def _closing(world: World, customer: Customer) -> bool:
    """Said beforehand: that opens with nothing old, and with nothing at all until a text is used."""
    return any(
        row.event == "account:close_intended"
        for request in world.requests(customer)
        for row in world.told_to_audit(request.id)
    )


def _doors(world: World, customer: Customer) -> str:
    return ", ".join(sorted(world.doors(customer))) or "nothing"


# --- what must hold -------------------------------------------------------------------------------


def _judge(world: World, customer: Customer, life: Life) -> list[str]:
    requests, doors, texts = world.requests(customer), world.doors(customer), world.texts(customer)
    life.opens = _doors(world, customer)
    life.texts = len(secrets_in(texts))
    life.voiding = len(texts) - life.texts
    if not requests:
        return [] if doors == {"old"} and not texts else [f"nothing was asked, yet {doors} open, {len(texts)} texts"]
    audits = {request.id: world.told_to_audit(request.id) for request in requests}
    events = [row.event for rows in audits.values() for row in rows]
    life.state, life.read = requests[-1].state, _title(requests[-1])
    life.audit = ", ".join(event for event in events if event in ENDED_BY)
    unlocking, locked = requests[-1].channel == Channel.UNLOCK, world.locked(customer)
    broken = {
        "locked out": not doors and "account:close_intended" not in events,
        f"{doors} open after the end": bool(doors - {"old", "own"}),
        "something old came back": "account:closed" in events and "old" in doors,
        "completed without a password of her own": life.state == State.COMPLETED and "own" not in doors,
        f"{life.voiding} texts that void one": life.voiding > len(requests),
        "unlocked and still locked": life.state == State.UNLOCKED and locked,
        "not unlocked and yet not locked": "account:not_unlocked" in events and not locked,
        "unlocked with a text or another password": unlocking and (bool(texts) or doors != {"old"}),
    }
    found = [what for what, so in broken.items() if so]
    screen = world.sam.screen()["messages"]
    for request in requests:
        found += _judge_request(request, audits[request.id], texts)
        found += _judge_telling(screen, request, doubled=life.fate.step.startswith("chat:"))
    return found


def _judge_request(request: RequestRow, audit: list[AuditRow], texts: list[str]) -> list[str]:
    events = [row.event for row in audit]
    sent = sum(request.reference in body for body in texts)
    broken = {
        f"{sent} texts of one request": sent > 1,
        f"still {request.state} {request.closing}": not over(request.state, request.closing),
        "seals were kept": request.base_sealed is not None or request.new_sealed is not None,
        "the audit does not begin with the request": events[0] != "request:created",
        "an arrow is missing in the audit": not _arrows_meet(audit, request.state),
        "nobody wrote down what became of the password": request.sending_at is not None
        and request.channel != Channel.UNLOCK
        and not {"password:put_back", "password:left_alone"} & set(events),
    }
    for intent, outcomes in OUTCOMES.items():
        begun, ended = events.count(intent), [event for event in events if event in outcomes]
        broken[f"{intent} more than once"] = begun > 1 and intent == "text:intended"
        broken[f"{intent} without an outcome"] = begun > 0 and not ended
        broken[f"{intent} has {ended}"] = intent != "text:intended" and len(ended) > begun
    return [f"{request.reference}: {what}" for what, so in broken.items() if so]


def _arrows_meet(audit: list[AuditRow], state: str) -> bool:
    """Each change of state begins where the one before it ended, and the last one is where the request is."""
    at = str(json.loads(audit[0].detail)["state"])
    for row in audit[1:]:
        detail = json.loads(row.detail)
        if "to" in detail:
            if detail["from"] != at:
                return False
            at = detail["to"]
    return at == state


def _judge_telling(screen: Json, request: RequestRow, *, doubled: bool) -> list[str]:
    """One card, which tells the end, and the agent was told it.

    `doubled`: the chat took a message and nobody lived to remember where it stands, so a second one may be there
    (PROTOCOL rule 16); its reference tells that it is the same.
    """
    found, title, reference = [], _title(request), request.reference
    cards = [card.text for card in _messages(screen, AUDIT) if card.text.splitlines()[0].endswith(reference)]
    if not 1 <= len(cards) <= 1 + doubled or title not in cards[-1]:
        found.append(f"{title} is not on the cards: {[card.splitlines()[0] for card in cards]}")
    direct = [one.text.splitlines()[0] for one in _messages(screen, "D0SAM") if reference in one.text]
    if not any(title in text for text in direct):
        found.append(f"instead of {title} the agent was told {direct}")
    return found


def _messages(screen: Json, channel: str) -> list[Message]:
    return [message_of(raw, channel) for raw in screen.get(channel, [])]


def _title(request: RequestRow) -> str:
    return CLOSING_TITLES.get(Closing(request.closing)) or title_of(State(request.state), Channel(request.channel))
