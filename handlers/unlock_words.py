"""What differs where somebody is only unlocked: no secret, nothing sent, and the password stays as it is.

Here stands only what would not be true (see `handlers/channel_words.py`).
"""

from __future__ import annotations

from handlers.sentences import AND_TELL, CauseWords
from services.model import Cause, Channel, Request, State

TITLES: dict[State, str] = {
    State.APPROVED: "Unlocking",
    State.EXPIRED: "Not unlocked",
    State.FAILED: "Not unlocked",
}
UNCHANGED = "Their password was not changed."
_ENDED = frozenset({State.DECLINED, State.CANCELLED, State.EXPIRED, State.FAILED})
_NOT_DONE = "Ask again, if it is still needed."
_SURELY_NOT = frozenset({Cause.DIRECTORY_REFUSED, Cause.GONE})
"""With any other cause it was begun, and the product never said whether it did it."""
NOBODY_KNOWS = (
    "The product never said whether the account of {who} is unlocked now.",
    "Ask them to sign in. If they cannot: ask again, or reset the password.",
)

CAUSES: dict[Cause, CauseWords] = {
    Cause.DIRECTORY_REFUSED: CauseWords(
        "product refused the write",
        "The product did not let Locksmith unlock the account.",
        f"Try again in a few minutes: its database may be switching over. If it stays so: {AND_TELL}.",
    ),
    Cause.UNDECIDED: CauseWords(
        "not decided in time",
        "No manager decided in time about unlocking the account of {who}.",
        "{escalation}Ask again, if it is still needed.",
    ),
    Cause.INTERRUPTED: CauseWords(
        "interrupted", "Unlocking was interrupted inside Locksmith.", "Try again, if it is still needed."
    ),
    Cause.RESTORED: CauseWords(
        "ended by a restore from backup",
        "Locksmith's database was put back to a backup, which ended this.",
        "Ask whether they are in. If not, ask again.",
    ),
}
HAPPENED: dict[State, tuple[str, str]] = {
    State.AWAITING_APPROVAL: (
        "{needed} before it is unlocked.",
        "You may close this; I will message you at every turn.",
    ),
    State.APPROVED: ("Unlocking the account of {who}.", "You may close this; I will message you."),
    State.DECLINED: ("Declined by {manager}; nothing was changed.{why}", "Talk to {manager} before you ask again."),
    State.CANCELLED: ("This was cancelled; nothing was changed.", _NOT_DONE),
    State.EXPIRED: ("It was not decided in time; nothing was changed.", _NOT_DONE),
    State.FAILED: ("The account of {who} was not unlocked.", _NOT_DONE),
}
SAY: dict[State, str] = {
    State.AWAITING_APPROVAL: "A manager must agree before I can unlock you. Please try again in a few minutes.",
    State.UNLOCKED: "You are unlocked. Please sign in with the password you have, and take your time typing it.",
}


def means(request: Request) -> str:
    """In the place of whether the old password works: of a locked account that would mislead."""
    if request.state is State.UNLOCKED:
        return "Their password is the one they had; nothing was sent."
    return UNCHANGED if request.state in _ENDED else ""


def nobody_knows(request: Request) -> bool:
    failed = request.channel is Channel.UNLOCK and request.state is State.FAILED
    return failed and request.cause not in _SURELY_NOT
