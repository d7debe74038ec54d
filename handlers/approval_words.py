"""What is said about approvals: the facts that call for them, the votes, and each wrong press in its own words.

No sentence names a threshold: whoever wants to stay below one must not learn it here.
"""

from __future__ import annotations

from datetime import datetime

from handlers.channel_words import request_title
from handlers.sentences import CLOSING_TITLES, Words
from handlers.views.kit import clip, local
from services.decision import Fact
from services.errors import AlreadyDecided, AlreadyVoted, OutOfScope
from services.model import Actor, Channel, Request, State, Vote

NAME = 80
FACTS: dict[Fact, str] = {
    Fact.ALWAYS: "every reset needs a yes here",
    Fact.PRIVILEGED: "privileged account",
    Fact.OWN_ACCOUNT: "the account of whoever asks",
    Fact.CONTACT_CHANGED: "mobile or e-mail changed recently",
    Fact.REPEATED: "was reset not long ago",
    Fact.BUSY_AGENT: "many more resets than this agent usually asks for",
    Fact.OFF_HOURS: "outside working hours",
    Fact.NOT_CHECKED: "caller not checked",
    Fact.COMPROMISED: "somebody else may be in the account",
    Fact.LOCKDOWN: "lockdown is on",
}
WAITING = "Waiting to send"
"""Approved, and kept from going out."""
WAITING_TO_UNLOCK = "Waiting to unlock"
_NUMBERS = {1: "one", 2: "two"}


def fact_words(fact: str, role: str = "") -> str:
    """A privileged person is named by their role; a fact of another release reads as it is written."""
    if fact == Fact.PRIVILEGED and role:
        return clip(role, NAME)
    return FACTS[Fact(fact)] if fact in set(Fact) else fact.replace("_", " ")


def facts_line(facts: tuple[str, ...], role: str = "") -> str:
    return " · ".join(fact_words(fact, role) for fact in facts)


def needs(approvals: int) -> str:
    """`needs 1 approval`."""
    return f"needs {approvals} approval{'' if approvals == 1 else 's'}"


def tally(request: Request) -> str:
    """`0 of 1`."""
    return f"{request.approvals} of {request.approvals_needed}"


def needed(request: Request) -> str:
    """`A manager must agree`, `Two managers must agree, one did`."""
    if request.approvals_needed <= 1:
        return "A manager must agree"
    many = _NUMBERS.get(request.approvals_needed, str(request.approvals_needed)).capitalize()
    did = f", {_NUMBERS.get(request.approvals, str(request.approvals))} did," if request.approvals else ""
    return f"{many} managers must agree{did}"


def title(request: Request) -> str:
    """Of cards: the state first."""
    if request.state is State.AWAITING_APPROVAL:
        return f"Needs approval {tally(request)}"
    if request.held:
        return WAITING_TO_UNLOCK if request.channel is Channel.UNLOCK else WAITING
    if request.closing:
        return CLOSING_TITLES[request.closing]
    if request.state is State.SUPERSEDED and request.replaced_by:
        return f"Replaced by {request.replaced_by}"
    return request_title(request)


def quoted(text: str) -> str:
    return f"“{text}”"


# --- refusals -------------------------------------------------------------------------------------


Refusal = OutOfScope | AlreadyVoted | AlreadyDecided


def refusal(error: Refusal, reader: Actor) -> Words:
    """Times are the reader's."""
    match error:
        case OutOfScope():
            return _out_of_scope(error)
        case AlreadyVoted():
            return _already_voted(error, reader)
    return _already_decided(error, reader)


def _out_of_scope(error: OutOfScope) -> Words:
    ask = error.ask_instead.strip()
    return Words(
        "Not yours to reset",
        "The rules do not let you reset the password of this person.",
        "Nothing was sent, nothing was changed.",
        ask_instead(ask) if ask else "Ask your team lead who may.",
    )


def ask_instead(ask: str) -> str:
    return _ended(f"Ask instead: {ask}")


def _already_voted(error: AlreadyVoted, reader: Actor) -> Words:
    vote = error.vote
    how = "approve" if vote.approve else "decline"
    return Words(
        "Already voted",
        f"You have already voted: {how}, {local(vote.at, reader.zone)}.",
        next="A vote cannot be changed."
        + (" To stop it, let another manager decline, or the agent cancel." if vote.approve else ""),
    )


def _already_decided(error: AlreadyDecided, reader: Actor) -> Words:
    """Who was first, and what became of it."""
    request, zone = error.request, reader.zone
    ended = f" at {local(request.ended_at, zone)}" if request.ended_at else ""
    again = "Ask again if still needed."
    match request.state:
        case State.DECLINED:
            who = _who(request.decided_by, any(v.manager_id == reader.id for v in error.votes if not v.approve))
            return Words("Already declined", f"{who} declined this{ended}; nothing was sent.")
        case State.CANCELLED:
            who = _who(request.agent.name, request.agent.id == reader.id)
            return Words("Already cancelled", f"{who} cancelled this{ended}; nothing was sent.", next=again)
        case State.EXPIRED | State.AWAITING_APPROVAL:
            at = request.ended_at or request.decide_by
            when = f" at {local(at, zone)}" if at else ""
            return Words("Expired", f"It expired{when}; nothing was sent.", next=again)
    said = _approved(error.votes, zone, reader) or "This was decided meanwhile."
    return Words("Already decided", said, f"Now: {request_title(request).lower()}.")


def _approved(votes: tuple[Vote, ...], zone: str, reader: Actor) -> str:
    yes = [vote for vote in votes if vote.approve]
    if not yes:
        return ""
    names = " and ".join(_who(vote.manager_name, vote.manager_id == reader.id) for vote in yes)
    return f"{names} approved this at {local(last(yes), zone)}."


def last(votes: list[Vote]) -> datetime:
    return max(vote.at for vote in votes)


def _who(name: str, own: bool) -> str:
    return "You" if own else clip(name, NAME) or "A manager"


def _ended(sentence: str) -> str:
    return sentence if sentence[-1:] in ".!?" else f"{sentence}."
