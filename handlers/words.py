"""Causes, states and errors as words: what happened, what it means, what to say, what to do next.

The sentences are in `handlers/sentences.py`; here they are chosen and filled.
"""

from __future__ import annotations

import re
from dataclasses import replace

from handlers import approval_words, halt_words, undo_words, unlock_words
from handlers.approval_words import NAME
from handlers.call_words import CALL_INSTEAD, ONLY_A_CALL, UNUSED, call_helps
from handlers.channel_words import cause_of, happened_of, request_title, say_of, title_of
from handlers.refusals import ERRORS
from handlers.sentences import (
    AND_TELL,
    ASKED,
    CANNOT_TELL,
    CAUSE_TELLS,
    CAUSES,
    EVENTS,
    ONLY_A_TEXT,
    SAID_IN,
    STUCK,
    Words,
)
from handlers.views.kit import clip
from services import errors as e
from services.model import ASK_AFTER, Actor, Cause, Channel, Request, State
from services.policy import Rules

WHY = 400
"""Signs of a manager's reason within a sentence."""
WAITS_FOR_USE = frozenset({State.SENT, State.DELIVERED})
_BY_MANAGERS = frozenset({State.AWAITING_APPROVAL, State.DECLINED})
_MANAGERS = re.compile(r"\{(?:needed|manager|why)\}")
_UNCERTAIN = frozenset({Cause.KEY_LOST, Cause.RESTORED})
_NOBODY_TO_LET_IN = frozenset({Cause.GONE, Cause.DEACTIVATED})
"""Causes with which no password opens anything, so none may be said to work."""
_UNDONE = dict.fromkeys(_NOBODY_TO_LET_IN, "Nothing was sent, nothing was changed.") | {
    Cause.DATABASE_UNREACHABLE: "By this, nothing was sent or changed. What is under way already goes on by itself."
}
"""What is said instead of "nothing was changed: their old password works"."""


def state_words(request: Request, rules: Rules) -> Words:
    if request.held:
        return halt_words.held(request, old_password(request))
    if (ended := undo_words.ended(request, old_password(request))) is not None:
        return replace(ended, next=STUCK[request.stuck] if request.stuck else ended.next, code=_code(request))
    happened, after = happened_of(request)
    if request.cause and request.state in CAUSE_TELLS and not unlock_words.nobody_knows(request):
        cause = cause_of(request.cause, request.channel)
        happened, after = cause.happened, cause.next
        if rules.calls and call_helps(request):
            after = CALL_INSTEAD
    if request.state in WAITS_FOR_USE and request.said_in_at:
        after = SAID_IN
    elif request.state in WAITS_FOR_USE and request.asked:
        minutes = int(ASK_AFTER[min(request.asked, len(ASK_AFTER)) - 1].total_seconds() // 60)
        after = ASKED.replace("{minutes}", str(minutes))
    say = say_of(request)
    if request.stuck:
        after, say = STUCK[request.stuck], ""
    return Words(
        request_title(request),
        _of_request(_fill(happened, rules, request.person_name, request.phone_tail), request),
        " ".join(filter(None, (old_password(request), undo_words.voided(request)))),
        _of_request(_fill(after, rules, request.person_name), request),
        say=_fill(say, rules),
        code=_code(request),
    )


def _code(request: Request) -> str:
    return f"Carrier's code: {request.carrier_code}" if request.carrier_code else ""


def _of_request(sentence: str, request: Request) -> str:
    """The managers' part, in one pass: what they wrote stays what they wrote."""
    why = f" Why: {approval_words.quoted(clip(request.decided_why, WHY))}" if request.decided_why else ""
    values = {
        "{needed}": approval_words.needed(request),
        "{manager}": clip(request.decided_by, NAME) or "a manager",
        "{why}": why,
    }
    return _MANAGERS.sub(lambda found: values[found[0]], sentence) if request.state in _BY_MANAGERS else sentence


def old_password(request: Request) -> str:
    """Whether the password from before opens the account; empty where the state itself says it."""
    return unlock_words.means(request) if request.channel is Channel.UNLOCK else _works(request)


def _works(request: Request) -> str:
    if request.state in (State.USED, State.COMPLETED, State.SUPERSEDED):
        return undo_words.reopened(request)
    only = ONLY_A_CALL if request.channel is Channel.CALL else ONLY_A_TEXT
    if request.cause in _UNCERTAIN or (request.stuck and not request.old_password_works):
        return only if request.compromised else CANNOT_TELL
    if request.old_password_works:
        if request.cause in _NOBODY_TO_LET_IN:
            return "Nothing was changed."
        put_back = request.state in (State.UNDELIVERED, State.LAPSED, State.REVOKED)
        return "Their old password works." if put_back else "Their old password still works."
    if closed := undo_words.closed(request, only):
        return closed
    unwritten = "Until then their old password works."
    return unwritten if request.state is State.ACCEPTED else UNUSED[request.channel]


def cause_words(cause: Cause, rules: Rules, who: str = "this person") -> Words:
    """Why nothing can be done for somebody: before anything was begun."""
    words = CAUSES[cause]
    return Words(
        "Not possible",
        _fill(words.happened, rules, who),
        _UNDONE.get(cause, "Nothing was sent, nothing was changed: their old password works as before."),
        _fill(words.next, rules, who),
    )


NOBODY = Actor("", "", "")


def explain(error: e.DomainError, rules: Rules, reader: Actor = NOBODY) -> Words:
    match error:
        case e.Halted(halt=halt):
            return halt_words.refusal(halt, reader)
        case e.AlreadyUnderWay(under_way=under_way):
            return _under_way(error, reader.id == under_way.agent_id)
        case (
            e.OutOfScope()
            | e.AlreadyVoted()
            | e.AlreadyDecided()
            | e.NotWithdrawable()
            | e.NotClosable()
            | e.NotAgain()
        ):
            return _refused(error, reader)
        case e.Impossible(cause=cause) | e.Unavailable(cause=cause) if type(error) not in ERRORS:
            return cause_words(cause, rules)
        case e.SealBroken():
            return cause_words(Cause.SEAL_BROKEN, rules)
    words = next(ERRORS[kind] for kind in type(error).__mro__ if kind in ERRORS)
    return replace(words, next=_fill(words.next, rules))


def _refused(error: approval_words.Refusal | undo_words.Refusal, reader: Actor) -> Words:
    if isinstance(error, undo_words.Refusal):
        return undo_words.refusal(error, reader)
    return approval_words.refusal(error, reader)


def fault_words(reference: str) -> Words:
    """Something nobody foresaw. It must not claim that nothing was sent: it cannot know."""
    return Words(
        "Something went wrong",
        "Something went wrong inside Locksmith.",
        next="Look at /reset-user status before you try again. "
        f"If it stays so: {AND_TELL} this reference: {reference}",
        code=f"Reference: {reference}",
    )


def _under_way(error: e.AlreadyUnderWay, own: bool) -> Words:
    under_way = error.under_way
    who = "You have" if own else f"{clip(under_way.agent_name, NAME)} has"
    title = title_of(under_way.state, under_way.channel)
    what = "an unlocking" if under_way.channel is Channel.UNLOCK else "a reset"
    return Words(
        "Already under way",
        f"{who} {what} of this person under way: {under_way.reference}, {title.lower()}.",
        "No second text was sent.",
        f"Wait until it ends, or look at /reset-user status {under_way.reference}",
    )


def _fill(sentence: str, rules: Rules, who: str = "this person", tail: str = "") -> str:
    """By replacement and not by format(): a name may hold braces. The name comes last, so it stays a name."""
    for sign, value in (
        ("{help}", rules.no_mobile_help),
        ("{escalation}", f"{rules.escalation_contact} " if rules.escalation_contact else ""),
        ("{contact}", rules.contact),
        ("{product}", rules.product),
        (" {tail}", f" {tail}" if tail else ""),
        ("{who}", clip(who, NAME)),
    ):
        sentence = sentence.replace(sign, value)
    return sentence


def event_words(event: str) -> str:
    """Audit events for people; one that is not listed reads as it is written."""
    return EVENTS.get(event) or event.replace(":", " ").replace("_", " ")


def is_intent(event: str) -> bool:
    """Intents matter to an auditor; a reader sees what came of them."""
    return event.endswith("intended")
