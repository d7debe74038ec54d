"""The audit channel: one two-line card per reset, edited as its state moves, and its history as one reply.

Many read along and phones show `text` on the lock screen: it holds no name and no number. The agent is text and
not a mention, so that nobody is pinged.
"""

from __future__ import annotations

from handlers.approval_words import title
from handlers.channel_words import cause_of, named
from handlers.views import kit
from handlers.words import event_words, is_intent
from services.model import Closing, HistoryLine, Request, State, Vote

NAME = 60
FIELD = 40
HISTORY = 40
NOTE = 500
_SID = 34


def card(request: Request, votes: tuple[Vote, ...] = ()) -> kit.Message:
    """The same in the audit channel and, where approvals have a channel of their own, in that."""
    who = kit.clip(request.person_name, NAME)
    if request.person_role:
        who += f" ({kit.clip(request.person_role, FIELD)})"
    ticket = kit.Link(f"{kit.clip(request.ticket, FIELD)}↗", request.ticket_url) if request.ticket_url else ""
    first = kit.dotted(
        [
            kit.Bold(title(request)),
            who,
            f"by {kit.clip(request.agent.name, NAME)}",
            kit.clip(request.reason, FIELD),
            ticket or kit.clip(request.ticket, FIELD),
            request.reference,
        ]
    )
    cause = request.stuck or request.held or request.cause
    why = cause_of(cause, request.channel).short if cause else ""
    checked = f"checked: {kit.clip(request.check, FIELD)}"
    second = kit.dotted(
        [checked, request.phone_tail, _decided(request, votes), why, request.carrier_code, _ended_by(request)]
    )
    return kit.message(text(request), kit.rich(first, [*second, " · ", *_span(request)]))


def text(request: Request) -> str:
    """For lock screens: what it is about, and nobody's name or number."""
    return f"{title(request)} · {named(request)}"


def history(request: Request, lines: tuple[HistoryLine, ...]) -> kit.Message:
    what = f"{title(request)} · history of {named(request)}"
    note: kit.Line = ["Note: ", kit.clip(request.note, NOTE)] if request.note else []
    return kit.message(what, kit.rich(_one_line(request, lines), note))


def told(line: HistoryLine) -> str:
    """`accepted SM…a1`, `asked by Sam`."""
    detail = line.detail
    if len(detail) == _SID and detail.startswith(("SM", "CA")):
        detail = f"{detail[:2]}…{detail[-2:]}"
    by = f"by {line.actor_name}" if line.actor_name else ""
    return " ".join(filter(None, (event_words(line.event), by, detail)))


def _one_line(request: Request, lines: tuple[HistoryLine, ...]) -> kit.Line:
    seen = [line for line in lines if not is_intent(line.event)]
    parts: list[kit.Part] = [f"… {len(seen) - HISTORY} earlier · "] if len(seen) > HISTORY else []
    for line in seen[-HISTORY:]:
        gap = " · " if len(parts) > 1 else ""
        parts += [gap, kit.When(line.at, request.agent.zone), f" {kit.clip(told(line), 2 * NAME)}"]
    return parts or ["No history was kept."]


def _decided(request: Request, votes: tuple[Vote, ...]) -> str:
    if request.state is State.DECLINED:
        return f"declined by {kit.clip(request.decided_by, NAME)}" if request.decided_by else ""
    yes = ", ".join(kit.clip(vote.manager_name, FIELD) for vote in votes if vote.approve)
    return f"approved by {yes}" if yes else ""


def _ended_by(request: Request) -> str:
    """Whose act it was, and what one reset has to do with another."""
    did = {Closing.NONE: "withdrawn", Closing.DONE: "closed"}.get(request.closing, "to be closed")
    parts = [
        f"{did} by {kit.clip(request.ended_by, NAME)}" if request.ended_by else "",
        f"replaces {request.replaces}" if request.replaces else "",
        f"then {request.replaced_by}" if request.replaced_by and request.state is not State.SUPERSEDED else "",
    ]
    return " · ".join(filter(None, parts))


def _span(request: Request) -> kit.Line:
    """When it was asked for, and when it came to what the card says or until when it waits."""
    zone = request.agent.zone
    if request.state is State.AWAITING_APPROVAL and request.decide_by:
        return [kit.When(request.created_at, zone), " · until ", kit.When(request.decide_by, zone)]
    last = request.ended_at or request.used_at or request.delivered_at or request.accepted_at
    began: list[kit.Part] = [kit.When(request.created_at, zone)]
    return [*began, " → ", kit.When(last, zone)] if last else began
