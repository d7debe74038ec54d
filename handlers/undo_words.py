"""What is said of resets that were taken back or replaced and of accounts that were closed, and each wrong press.

Names come in here as they are, after all else is filled, so that a name with braces stays a name.
"""

from __future__ import annotations

from handlers.approval_words import NAME
from handlers.channel_words import cause_of, title_of
from handlers.sentences import AND_TELL, CLOSING_TITLES, RESET_AGAIN, TITLES, Words
from handlers.views.kit import clip, local
from services.errors import NotAgain, NotClosable, NotWithdrawable
from services.model import WITHDRAWABLE, Actor, Cause, Channel, Closing, Request, State

S = State
_UNSENT = frozenset({S.AWAITING_APPROVAL, S.DECLINED, S.CANCELLED, S.EXPIRED, S.FAILED})
_TELLS = frozenset({"due", "posting", "sent", "blanked", "waits"})
"""A second text is on its way, or was."""
WHEN_SAFE = "Reset again as soon as it is safe: until then nobody gets in."
REOPENED = "The account was closed, and somebody set a password all the same. If that was not them, close it again."
STAYS_CLOSED = (
    "The account stays closed. Their old password does not work and never will again: only a new reset opens it."
)
CLOSE_UNKNOWN = (
    "Nobody knows whether the account is closed: the product did not say. Do not count on the old password."
)


def closed(request: Request, only_a_text: str) -> str:
    """Of an account that opens with nothing that was there before; empty where it does."""
    if request.close_unknown and not request.live:
        return CLOSE_UNKNOWN
    if request.closed or request.compromised:
        return only_a_text if request.live else STAYS_CLOSED
    return ""


def reopened(request: Request) -> str:
    """Of an account that was to be closed; empty where all is as it should be."""
    return REOPENED if request.state is S.SUPERSEDED and request.closable else ""


def voided(request: Request) -> str:
    """What the agent has to tell a caller who waits for a text that takes an earlier one's place."""
    return "What was texted before is void already." if request.replaces and request.state in _UNSENT else ""


def ended(request: Request, means: str) -> Words | None:
    """`means`: whether the old password works. None where the state's own sentences are enough."""
    if request.closing:
        return _closing(request, means)
    match request.state:
        case S.REVOKED:
            return _withdrawn(request, means)
        case S.SUPERSEDED if request.replaced_by:
            happened = f"{request.replaced_by} took its place: the temporary password for {_who(request)} is void."
            after = f"What became of the newer one: /reset-user status {request.replaced_by}"
            return Words(TITLES[S.SUPERSEDED], happened, next=after)
        case S.LAPSED if request.closed and request.cause is None:
            unused = f"The temporary password for {_who(request)} was not used in time and is void."
            return Words(TITLES[S.LAPSED], unused, means, WHEN_SAFE)
        case S.FAILED if request.cause is Cause.CARRIER_SILENT:
            it = "the call" if request.channel is Channel.CALL else "the text"
            happened = f"The carrier never said whether it took {it} to {_who(request)}, and its time is up."
            return Words(title_of(S.FAILED, request.channel), happened, means, RESET_AGAIN)
    return None


def _withdrawn(request: Request, means: str) -> Words:
    happened = f"Withdrawn by {_by(request)}: the temporary password for {_who(request)} is void."
    second = "A second text tells them so." if request.correction in _TELLS else ""
    if request.cause is Cause.PASSWORD_CHANGED:
        means = "They chose a password of their own just before: it stays, and it works."
    after = RESET_AGAIN
    if request.closed:
        after = WHEN_SAFE
    return Words(TITLES[S.REVOKED], happened, " ".join(filter(None, (means, second))), after)


def _closing(request: Request, means: str) -> Words:
    who, words = _who(request), CLOSING_TITLES[request.closing]
    again = f"Press Close account again. If it stays so: {AND_TELL}, at once."
    stays = means if request.state is S.REVOKED else "The password they chose goes on working."
    match request.closing:
        case Closing.DUE:
            tried = "The product has not answered yet; it is tried every few seconds."
            return Words(words, f"The account of {who} is being closed.", tried, "I will message you how it ends.")
        case Closing.DONE:
            none = "No password opens it: not the old one, not the temporary one, not one that was chosen."
            after = "Find out who was in. Then reset again: a new text opens the account."
            return Words(words, f"{_by(request)} closed the account of {who}.", none, after)
        case Closing.FAILED:
            return Words(words, f"The account of {who} was not closed.", stays, again)
    silent = f"Nobody knows whether the account of {who} is closed: the product did not answer for ten minutes."
    return Words(words, silent, "Do not count on it.", again)


# --- wrong presses --------------------------------------------------------------------------------

UNDO_NOT_YOURS = Words(
    "Not allowed",
    "Only whoever asked for this reset, or a manager, can take it back.",
    "It goes on as it was.",
    "Ask them, or a manager.",
)
CLOSE_NOT_YOURS = Words(
    "Not allowed",
    "Only whoever asked for this reset, or a manager, can close the account by it.",
    "Nothing was changed.",
    "Ask them, or a manager; or reset the password, with the reason Compromised.",
)


Refusal = NotWithdrawable | NotClosable | NotAgain


def refusal(error: Refusal, reader: Actor) -> Words:
    """Times are the reader's."""
    match error:
        case NotWithdrawable():
            return _not_withdrawable(error.request, reader)
        case NotClosable():
            return _not_closable(error, reader)
    return _not_again(error.request, reader)


def _not_withdrawable(request: Request, reader: Actor) -> Words:
    at, newer = _at(request, reader), request.replaced_by
    if request.closing:
        return _already_closing(request, reader)
    if request.state is S.REVOKED:
        who = _self_or(request, reader)
        return Words("Already withdrawn", f"{who} withdrew this{at}; {_handed(request)} is void.")
    happened, after = f"It ended{at}: {_lower(request)}. Nothing of it is left to take back.", ""
    match request.state:
        case S.COMPLETED:
            happened = f"{_who(request)} chose a password of their own{at}; {_handed(request)} is void by that."
            after = "Was that somebody else? Close the account."
        case S.LAPSED:
            happened = f"It was not used in time and ended{at}; {_handed(request)} is void already."
        case S.SUPERSEDED if newer:
            happened = f"{newer} took its place{at}; {_handed(request)} is void already."
            after = f"To take that back: /reset-user status {newer}"
        case S.AWAITING_APPROVAL:
            happened, after = "It waits for a manager; nothing was sent yet.", "Cancel it instead."
        case S.APPROVED:
            happened, after = "It is just being prepared; nothing was sent yet.", "Press again in a moment."
    return Words("Nothing to withdraw", happened, next=after)


def _already_closing(request: Request, reader: Actor) -> Words:
    if request.closing is Closing.DUE:
        return Words("Being closed", "The account is being closed already.", next="I will message you how it ends.")
    if request.closing is Closing.DONE:
        at, who = _at(request, reader), _self_or(request, reader)
        return Words("Already closed", f"{who} closed this account{at}: no password opens it.")
    return Words("Nothing to withdraw", f"{_self_or(request, reader)} took it back; {_handed(request)} is void.")


def _not_closable(error: NotClosable, reader: Actor) -> Words:
    request, head = error.request, "Not closed"
    if request.closing in (Closing.DUE, Closing.DONE):
        return _already_closing(request, reader)
    if error.newer:
        newer = f"{error.newer} is a newer reset of this person, and has the account now."
        return Words(head, newer, "Nothing was changed.", f"Look there: /reset-user status {error.newer}")
    if request.state in WITHDRAWABLE:
        unused = "Nobody was seen to sign in with it."
        return Words(head, unused, "Nothing was changed.", f"Withdraw it: {_handed(request)} is void then.")
    nobody = f"It let nobody in: {_lower(request)}."
    suspect = "Is somebody in all the same? Reset the password, with the reason Compromised: that closes it at once."
    return Words(head, nobody, "Nothing was changed.", suspect)


def _not_again(request: Request, reader: Actor) -> Words:
    none, at = "Nothing was sent by this.", _at(request, reader)
    match request.state:
        case S.APPROVED | S.SENDING | S.ACCEPTED:
            return Words("Wait a moment", "It is just being handed over.", none, "Look again in a few seconds.")
        case S.AWAITING_APPROVAL:
            return Words("Already under way", "It waits for a manager.", none, "Wait, or cancel it first.")
        case S.USED:
            let_in = f"{_who(request)} signed in with it{at}."
            return Words("They are in", let_in, none, "Was that somebody else? Close the account.")
        case S.COMPLETED:
            chose = f"{_who(request)} has chosen a password of their own{at}."
            return Words("They are in", chose, none, "Locked out again? Search for them and reset anew.")
    return Words("Not sent again", f"Nothing was sent by it: {_lower(request)}.", none, "Search, and ask anew.")


def _handed(request: Request) -> str:
    return "what was read out" if request.channel is Channel.CALL else "what was texted"


def _lower(request: Request) -> str:
    why = f", {cause_of(request.cause, request.channel).short}" if request.cause else ""
    return f"{title_of(request.state, request.channel).lower()}{why}"


def _at(request: Request, reader: Actor) -> str:
    at = request.ended_at or request.used_at
    return f" at {local(at, reader.zone)}" if at else ""


def _who(request: Request) -> str:
    return clip(request.person_name, NAME) or "this person"


def _by(request: Request) -> str:
    return clip(request.ended_by, NAME) or "somebody"


def _self_or(request: Request, reader: Actor) -> str:
    return "You" if request.ended_by == reader.name else _by(request)
