"""What managers decide about: in the thread of a card with its buttons, as a reminder, and by direct message."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.approval_words import NAME, facts_line, last, quoted, tally
from handlers.channel_words import cause_of, named
from handlers.ids import Act
from handlers.views import kit
from handlers.views.card import text
from handlers.views.undo import PLAIN, Reader, undo
from services.model import Abilities, Cause, Channel, Request, State, Vote
from services.policy import Rules

FIELD = 80
LONG = 1000
_DECIDED = {State.DECLINED: "Declined", State.CANCELLED: "Cancelled", State.EXPIRED: "Expired"}
"""Anything else was approved: it does not follow what came of it, the card does."""


def approval_message(
    request: Request, votes: tuple[Vote, ...], managers: Sequence[str], rules: Rules, abilities: Abilities = PLAIN
) -> kit.Message:
    """While it waits: whom it concerns, the facts, the buttons. Afterwards the decision, and what can be undone."""
    if request.state is not State.AWAITING_APPROVAL:
        decided = f"{_DECIDED.get(request.state, 'Approved')} · {named(request)}"
        undoing = undo(request, Reader(agent=False, own=False, manager=True, abilities=abilities))
        below = [kit.actions(*undoing)] if undoing else []
        return kit.message(decided, kit.rich(decision(request, votes, rules), *summary(request)), *below)
    whom: kit.Line = [*kit.mentions(managers), "Your yes or no is needed."]
    lines = [whom, *summary(request), _if_approved(request, abilities), _until(request, votes)]
    return kit.message(text(request), kit.rich(*lines), buttons(request))


def reminder_message(request: Request, still: Sequence[str], waited_minutes: int) -> kit.Message:
    """`still`: who may still vote. A new reply, because an edit notifies nobody."""
    since = f" for {waited_minutes} min" if waited_minutes else ""
    lead: kit.Line = [*kit.mentions(still), f"Still waiting{since}: {tally(request)} approved"]
    nobody = "" if still else " No other manager may decide about this one."
    until: kit.Line = [", until ", kit.When(request.decide_by, request.agent.zone)] if request.decide_by else []
    return kit.message(f"Still waiting · {text(request)}", kit.rich([*lead, *until, f".{nobody}"]))


def summoning_message(request: Request, link: str) -> kit.Message:
    """To a manager who is not in the approval channel: the way to decide that is open to them."""
    return kit.message(
        text(request),
        kit.rich([kit.Bold(f"Needs approval {tally(request)}")], *summary(request), _until(request, ())),
        kit.rich(
            ["Decide with /reset-user waiting."],
            [
                "You are not in the approval channel: ask to be invited, then this opens ",
                kit.Link("the thread", link),
            ],
        ),
    )


def summary(request: Request) -> list[kit.Line]:
    """Whom, who asks, and why a manager is asked at all."""
    role = f" ({kit.clip(request.person_role, FIELD)})" if request.person_role else ""
    ticket: kit.Part = kit.clip(request.ticket, FIELD)
    if request.ticket_url and request.ticket:
        ticket = kit.Link(f"{ticket}↗", request.ticket_url)
    lines: list[kit.Line] = [
        [
            "Unlock " if request.channel is Channel.UNLOCK else "Reset for ",
            kit.Bold(kit.clip(request.person_name, NAME)),
            f"{role}, {kit.clip(request.person_email, NAME)}.",
        ],
        [f"Asked by {kit.clip(request.agent.name, NAME)}: ", *_said(request, ticket), "."],
    ]
    if request.note:
        lines.append(["Note: ", kit.clip(request.note, LONG)])
    if request.facts:
        lines.append([f"Why you: {facts_line(request.facts, request.person_role)}"])
    return lines


def buttons(request: Request, *, listed: bool = False) -> kit.Json:
    who = f"{request.reference}, {request.person_name}"
    approve = Act.APPROVE_LISTED if listed else Act.APPROVE
    return kit.actions(
        kit.button("Approve", approve, request.id, label=f"Approve {who}", style="primary", confirm=_sure(request)),
        kit.button("Decline", Act.DECLINE, request.id, label=f"Decline {who}"),
        kit.button("Ask the agent", Act.ASK, request.id, label=f"Ask the agent about {who}"),
    )


def decision(request: Request, votes: tuple[Vote, ...], rules: Rules) -> kit.Line:
    """Who decided what, when; or how it ended without a decision."""
    when: list[kit.Part] = [" ", kit.When(request.ended_at, request.agent.zone)] if request.ended_at else []
    match request.state:
        case State.DECLINED:
            why = f": {quoted(kit.clip(request.decided_why, LONG))}" if request.decided_why else "."
            return [kit.Bold(_DECIDED[request.state]), f" by {_by(request.decided_by)}", *when, why]
        case State.CANCELLED:
            return [kit.Bold(_DECIDED[request.state]), f" by {_by(request.agent.name)}", *when, "; nothing was sent."]
        case State.EXPIRED:
            why = cause_of(request.cause or Cause.UNDECIDED, request.channel).short
            void = " The votes are void." if votes and request.cause is Cause.FACTS_CHANGED else ""
            further = f" {rules.escalation_contact}" if request.cause is Cause.UNDECIDED else ""
            return [kit.Bold(_DECIDED[request.state]), *when, f": {why}; nothing was sent.{void}{further}"]
    yes = [vote for vote in votes if vote.approve]
    if not yes:
        return [kit.Bold("Approved")]
    names = " and ".join(_by(vote.manager_name) for vote in yes)
    return [kit.Bold("Approved"), f" by {names} ", kit.When(last(yes), request.agent.zone)]


def _said(request: Request, ticket: kit.Part) -> list[kit.Part]:
    check = request.check[:1].lower() + request.check[1:]
    parts: list[kit.Part] = []
    for part in (kit.clip(request.reason, FIELD), ticket, kit.clip(check, FIELD)):
        if part:
            parts += [", ", part] if parts else [part]
    return parts


def _if_approved(request: Request, abilities: Abilities) -> kit.Line:
    if request.channel is Channel.UNLOCK:
        return ["If approved: the account is unlocked at once. Nobody gets a new password, nothing is sent."]
    to = request.phone_tail or "the number on record"
    if request.compromised:
        only = "the call" if request.channel is Channel.CALL else "the text"
        return [f"If approved: the account closes at once, open sign-ins end, and only {only} to {to} opens it."]
    when = "with it" if abilities.ends_at_write else "when it is used"
    ends = f", open sign-ins end {when}" if abilities.ends_sign_ins else ""
    reaches = f"a call to {to} reads it out at once" if request.channel is Channel.CALL else f"text to {to} at once"
    return [f"If approved: {reaches}{ends}."]


def _until(request: Request, votes: tuple[Vote, ...]) -> kit.Line:
    line: list[kit.Part] = [f"{tally(request)} approved"]
    names = " and ".join(_by(vote.manager_name) for vote in votes if vote.approve)
    line += [f" ({names})"] if names else []
    return [*line, ", until ", kit.When(request.decide_by, request.agent.zone)] if request.decide_by else line


def _sure(request: Request) -> kit.Confirm:
    name = kit.clip(request.person_name, NAME)
    to = request.phone_tail or "the number on record"
    calls = request.channel is Channel.CALL
    if request.channel is Channel.UNLOCK:
        one_more = request.approvals + 1 < request.approvals_needed
        last_ = "Agree to it? One more manager must agree." if one_more else "It is done at once."
        return kit.Confirm(
            "Approve this unlocking?", f"Unlock the account of {name}, password unchanged? {last_}", "Approve"
        )
    if request.approvals + 1 < request.approvals_needed:
        before = f"{to} is called" if calls else f"a text goes to {to}"
        asked = f"Agree to a reset for {name}? One more manager must agree before {before}."
    elif request.compromised:
        sends = f"call {to} to read a temporary password out" if calls else f"text a temporary password to {to}"
        asked = f"Close the account of {name} and {sends} now?"
    else:
        calling = f"Call {to} now and read a temporary password for {name} out?"
        asked = calling if calls else f"Text a temporary password for {name} to {to} now?"
    return kit.Confirm("Approve this reset?", asked, "Approve")


def _by(name: str) -> str:
    return kit.clip(name, FIELD) or "a manager"
