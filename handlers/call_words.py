"""What differs where the secret is read out by a call; everything else reads as it does for a text.

Here stands only what would not be true (see `handlers/channel_words.py`).
"""

from __future__ import annotations

from handlers.sentences import AND_TELL, RESET_AGAIN, TELL, CauseWords
from services.model import Cause, Channel, Request, State

TITLES: dict[State, str] = {
    State.APPROVED: "Calling",
    State.SENDING: "Calling",
    State.ACCEPTED: "Calling",
    State.SENT: "Calling",
    State.DELIVERED: "Read out",
    State.EXPIRED: "Not called",
    State.FAILED: "Not called",
    State.UNDELIVERED: "Not read out",
}
ONLY_A_CALL = "Their old password does not work and never will again: only the new one opens the account."
UNUSED = {
    Channel.TEXT: "Their old password does not work now; it works again if the text is not used in time.",
    Channel.CALL: "Their old password does not work now; it works again if the new one is not used in time.",
}
READING = "Reading out"
"""The title from the key press to the end of the call."""

CAUSES: dict[Cause, CauseWords] = {
    Cause.NUMBER_INVALID: CauseWords(
        "number cannot be called", "The number on record for {who} does not exist or cannot be called.", "{help}"
    ),
    Cause.COUNTRY_OFF: CauseWords(
        "calls to that country are off",
        "Calls to the country of {who}'s number are switched off.",
        f"{TELL}, if calls should go there; trying again will not help.",
    ),
    Cause.CARRIER_CREDENTIALS: CauseWords(
        "carrier refused our credentials",
        "The carrier did not let Locksmith in, so nobody can be called.",
        f"{TELL} at once; trying again will not help.",
    ),
    Cause.CARRIER_BUSY: CauseWords(
        "carrier busy", "The carrier was too busy to place the call.", "Try again in a few minutes."
    ),
    Cause.CARRIER_REFUSED: CauseWords(
        "refused by the carrier",
        "The carrier refused to place the call.",
        f"Try again once. If it is refused again: {AND_TELL} the code below.",
    ),
    Cause.CARRIER_SILENT: CauseWords(
        "carrier silent",
        "The carrier did not answer, so nobody knows yet whether the phone of {who} will ring.",
        "Ask whether it rings, and wait two minutes; I will message you when the carrier says more. Nothing? Call "
        "again: if the first call comes later, there is nothing to hear.",
    ),
    Cause.NOT_DELIVERED: CauseWords(
        "not read out",
        "The call to {who} did not get through.",
        "Ask whether the number still is theirs and has reception, then call again.",
    ),
}

HAPPENED: dict[State, tuple[str, str]] = {
    State.APPROVED: ("Calling {who} {tail}.", "You may close this; I will message you."),
    State.SENDING: ("Calling {who} {tail}.", "You may close this; I will message you."),
    State.UNKNOWN: (CAUSES[Cause.CARRIER_SILENT].happened, CAUSES[Cause.CARRIER_SILENT].next),
    State.ACCEPTED: ("Calling {who} {tail}.", "I will message you if nobody answers."),
    State.SENT: ("Calling {who} {tail}.", "I will message you if nobody answers."),
    State.DELIVERED: ("It was read out to {who} {tail}.", "Stay on the line until they are in, if you can."),
    State.FAILED: ("{who} was not called.", RESET_AGAIN),
    State.UNDELIVERED: (CAUSES[Cause.NOT_DELIVERED].happened, CAUSES[Cause.NOT_DELIVERED].next),
}
BEING_READ = (
    "1 was pressed on the phone of {who} {tail}: it is being read out, twice.",
    "I will message you when the call is over.",
)

_SAY_CALLED = (
    "{product} calls you now. Press 1, write down the temporary password with its dashes, type it, then choose your "
    "own. Do not read it to me."
)
SAY: dict[State, str] = {
    State.AWAITING_APPROVAL: "A manager must agree; you may hang up, the call comes by itself.",
    State.UNKNOWN: "You may get a call from {product} in the next minutes. Tell me when you do.",
    State.ACCEPTED: _SAY_CALLED,
    State.SENT: _SAY_CALLED,
    State.DELIVERED: "Type the temporary password with the dashes, then choose your own. Do not read it to me.",
}


_CALL_HELPS = frozenset(
    {
        Cause.NUMBER_LANDLINE,
        Cause.STOPPED,
        Cause.MESSAGE_BLOCKED,
        Cause.HANDSET_UNREACHABLE,
        Cause.NOT_DELIVERED,
        Cause.SENDER_REFUSED,
    }
)
CALL_INSTEAD = "Call and read it out: press the button below."


def call_helps(request: Request) -> bool:
    """A text that did not get through for a reason that does not hold for calls."""
    failed = request.state in (State.UNDELIVERED, State.FAILED)
    return failed and request.channel is Channel.TEXT and request.cause in _CALL_HELPS


def being_read(request: Request) -> bool:
    """The key was pressed and the call is not over."""
    return request.read_out_at is not None and request.state in (State.ACCEPTED, State.SENT)
