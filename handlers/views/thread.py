"""What happens to a request that managers decide: a line each in the thread, and the question to the agent."""

from __future__ import annotations

from datetime import datetime

from handlers.approval_words import NAME, quoted, tally
from handlers.approval_words import title as title_now
from handlers.channel_words import cause_of, named, request_title, title_of
from handlers.ids import Act
from handlers.sentences import CAUSE_TELLS
from handlers.views import kit
from handlers.views.approval import decision
from handlers.views.outcome import cancel
from handlers.words import old_password, state_words
from services.closing import TOLD
from services.model import HELD, Remark, Request, State, Vote
from services.policy import Rules

LONG = 1000
_ENDED_UNSENT = frozenset({State.DECLINED, State.CANCELLED, State.EXPIRED})


def vote_message(request: Request, vote: Vote) -> kit.Message:
    """`Maya approved 14:44`."""
    did = "approved" if vote.approve else "declined"
    line: list[kit.Part] = [kit.clip(vote.manager_name, NAME), f" {did} ", kit.When(vote.at, request.agent.zone)]
    if not vote.approve:
        line += [f": {quoted(kit.clip(vote.why, LONG))}", " Nothing was sent."]
    elif request.state is State.AWAITING_APPROVAL:
        line.append(f" · {tally(request)}, one more yes is needed")
    return kit.message(f"{did.capitalize()} · {named(request)}", kit.rich(line))


def remark_message(request: Request, remark: Remark, asker: str = "") -> kit.Message:
    """A question or its answer, in the thread. `asker`: id of whoever waits for the answer, to be notified."""
    who, words = kit.clip(remark.author_name, NAME), quoted(kit.clip(remark.text, LONG))
    if remark.answers is None:
        line: kit.Line = [f"{who} asks {kit.clip(request.agent.name, NAME)}: {words}"]
        return kit.message(f"Question · {named(request)}", kit.rich(line))
    line = [*kit.mentions([asker] if asker else []), f"{who} answers: {words}"]
    return kit.message(f"Answer · {named(request)}", kit.rich(line))


def question_message(request: Request, remark: Remark) -> kit.Message:
    """To the agent. The button carries the question's number, which opens nothing by itself."""
    about = kit.dotted([kit.Bold("Question from a manager"), kit.clip(request.person_name, NAME), request.reference])
    asked = f"{kit.clip(remark.author_name, NAME)}: {quoted(kit.clip(remark.text, LONG))}"
    waits = request.state is State.AWAITING_APPROVAL
    means = "They decide when they have your answer." if waits else f"Meanwhile: {request_title(request).lower()}."
    reply = kit.button("Reply", Act.REPLY, str(remark.id), style="primary", label=f"Reply about {request.reference}")
    return kit.message(
        f"Question · {named(request)}",
        kit.rich(about, [asked], [means]),
        kit.actions(reply, *([cancel(request)] if waits else [])),
    )


def turn_message(request: Request, told: str, rules: Rules) -> kit.Message:
    """`Text delivered 14:45.`; of what went wrong also why, and whether the old password works."""
    if told == HELD and request.held:
        words = state_words(request, rules)
        head = f"{words.title} · {named(request)}"
        return kit.message(head, kit.rich([kit.Bold(words.title)], [words.happened], [words.next]))
    state = State(told) if told in set(State) else request.state
    title = title_of(state, request.channel)
    by = ""
    if told == TOLD or state is request.state is State.SUPERSEDED:
        title = title_now(request)
    if told == TOLD or state is request.state is State.REVOKED:
        by = f" by {kit.clip(request.ended_by, NAME)}" if request.ended_by else ""
    what = f"{title} · {named(request)}"
    if state in _ENDED_UNSENT and state is request.state:
        return kit.message(what, kit.rich(decision(request, (), rules)))
    at = _when(request, state)
    line: list[kit.Part] = [title]
    if at is not None:
        line += [" ", kit.When(at, request.agent.zone)]
    line += [by] if by else []
    if state is request.state and state in CAUSE_TELLS and request.cause:
        line.append(f": {cause_of(request.cause, request.channel).short}")
    works = f" {old_password(request)}" if state is request.state and state in CAUSE_TELLS else ""
    return kit.message(what, kit.rich([*line, f".{works}"]))


def unresolved_message(request: Request, rules: Rules, mention: tuple[str, ...] = ()) -> kit.Message:
    """Nobody got a text and nobody did anything more: what is known, and a button for whoever took care of it."""
    words = state_words(request, rules)
    what = "Solved" if request.resolved_at else "Needs somebody"
    first = kit.dotted(
        [
            kit.Bold(what),
            kit.clip(request.person_name, NAME),
            request_title(request).lower(),
            f"asked by {kit.clip(request.agent.name, NAME)}",
            request.reference,
        ]
    )
    head = f"{what} · {named(request)}"
    if request.resolved_at:
        by = f" · {kit.clip(request.resolved_by, NAME)}" if request.resolved_by else ""
        return kit.message(head, kit.rich(first, [kit.When(request.resolved_at, request.agent.zone), by]))
    why: kit.Line = [f"{words.happened} {words.means} Nobody has asked again since."]
    label = f"Solved: {named(request)}"
    return kit.message(
        head,
        kit.rich(first, why, *([[*kit.mentions(mention)]] if mention else [])),
        kit.actions(kit.button("Solved", Act.SOLVED, request.id, label=label)),
        kit.context(request.phone_tail, words.code),
    )


def switched_message(on: bool, by: str) -> kit.Message:
    who = kit.clip(by, NAME) or "a manager"
    means = (
        "Every reset needs one more approval until it is switched off: /reset-user lockdown off"
        if on
        else "Resets need the usual approvals again; what waits already keeps the number it asked for."
    )
    head = f"Lockdown is {'on' if on else 'off'}"
    return kit.message(head, kit.rich([kit.Bold(head), f", switched by {who}."], [means]))


def _when(request: Request, state: State) -> datetime | None:
    match state:
        case State.ACCEPTED | State.SENT:
            return request.accepted_at
        case State.DELIVERED:
            return request.delivered_at
        case State.USED:
            return request.used_at
    return request.ended_at if state is request.state else None
