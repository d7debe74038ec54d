"""What people read, as tables: total over causes, states and events; tests hold that.

`{who}`, `{tail}`, `{contact}`, `{product}` and `{help}` are filled in `handlers/words.py`; all of it is shown as
plain or rich text, never as mrkdwn. What is said of approvals is in `handlers/approval_words.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.model import Cause, Closing, State


@dataclass(frozen=True)
class Words:
    """`say` is what the agent may read to the caller; `code` is for whoever runs Locksmith (small print).

    `mentions`: ids of groups and people who "know of it", shown before that.
    """

    title: str
    happened: str
    means: str = ""
    next: str = ""
    say: str = ""
    code: str = ""
    mentions: tuple[str, ...] = ()

    @property
    def sentences(self) -> str:
        know = "The managers know of it." if self.mentions else ""
        return " ".join(filter(None, (self.happened, self.means, know, self.next)))


@dataclass(frozen=True)
class CauseWords:
    short: str
    happened: str
    next: str


TELL = "Tell whoever runs Locksmith"
AND_TELL = "tell whoever runs Locksmith"
CAUSES: dict[Cause, CauseWords] = {
    Cause.NO_MOBILE: CauseWords("no mobile on record", "There is no mobile number on record for {who}.", "{help}"),
    Cause.NUMBER_UNREADABLE: CauseWords(
        "number on record is not readable", "What is on record for {who} is not a phone number.", "{help}"
    ),
    Cause.NUMBER_LANDLINE: CauseWords(
        "landline, cannot get texts", "The number on record for {who} is a landline: it gets no texts.", "{help}"
    ),
    Cause.NUMBER_SEVERAL: CauseWords(
        "two numbers on record",
        "There is more than one number on record for {who}, and nothing says which to text.",
        "{help}",
    ),
    Cause.NUMBER_EXTENSION: CauseWords(
        "number with an extension",
        "The number on record for {who} has an extension: it is a desk phone and gets no texts.",
        "{help}",
    ),
    Cause.NUMBER_INVALID: CauseWords(
        "number cannot get texts",
        "The number on record for {who} does not exist or cannot get texts.",
        "{help}",
    ),
    Cause.DEACTIVATED: CauseWords(
        "deactivated",
        "The account of {who} is deactivated; a new password would not let them in.",
        "Have the account activated first, if they should have one.",
    ),
    Cause.GONE: CauseWords(
        "no longer there",
        "{who} is no longer in the product.",
        "Search again: the account may have been renamed or deleted.",
    ),
    Cause.STOPPED: CauseWords(
        "replied STOP to our texts",
        "{who} replied STOP to our texts.",
        "Ask them to text START to the number our texts come from, then try again.",
    ),
    Cause.COUNTRY_OFF: CauseWords(
        "texts to that country are off",
        "Texts to the country of {who}'s number are switched off.",
        f"{TELL}, if texts should go there; trying again will not help.",
    ),
    Cause.CARRIER_CREDENTIALS: CauseWords(
        "carrier refused our credentials",
        "The carrier did not let Locksmith in, so no text can go out to anybody.",
        f"{TELL} at once; trying again will not help.",
    ),
    Cause.CARRIER_ACCOUNT: CauseWords(
        "carrier account does not allow it",
        "Our account with the carrier does not allow it: it may be suspended, empty or on trial.",
        f"{TELL} at once; trying again will not help.",
    ),
    Cause.SENDER_REFUSED: CauseWords(
        "our sender was refused",
        "The carrier lets nothing from our number through to {who}.",
        f"{TELL}; trying again will not help.",
    ),
    Cause.CARRIER_BUSY: CauseWords(
        "carrier busy", "The carrier was too busy to take the text.", "Try again in a few minutes."
    ),
    Cause.CARRIER_REFUSED: CauseWords(
        "refused by the carrier",
        "The carrier refused to take the text.",
        f"Try again once. If it is refused again: {AND_TELL} the code below.",
    ),
    Cause.CARRIER_UNREACHABLE: CauseWords(
        "carrier not reached", "The carrier could not be reached.", "Try again in a few minutes."
    ),
    Cause.CARRIER_SILENT: CauseWords(
        "carrier silent",
        "The carrier did not answer, so nobody knows yet whether the text to {who} is on its way.",
        "Ask whether a text comes, and wait two minutes; I will message you when the carrier says more. Nothing? "
        "Send again: if the first comes later, it is void.",
    ),
    Cause.HANDSET_UNREACHABLE: CauseWords(
        "phone off or out of reach",
        "The phone of {who} is off or out of reach.",
        "Ask them to switch it on, then try again.",
    ),
    Cause.MESSAGE_BLOCKED: CauseWords(
        "blocked on the way",
        "The text to {who} was blocked on its way.",
        f"Ask them not to block unknown senders, then try again. If it stays so: {AND_TELL} the code below.",
    ),
    Cause.NOT_DELIVERED: CauseWords(
        "not delivered",
        "The text to {who} could not be delivered.",
        "Ask whether the number still is theirs and has reception, then try again.",
    ),
    Cause.LINE_BUSY: CauseWords(
        "line busy", "The line of {who} is busy.", "Ask them to hang up other calls, then call again."
    ),
    Cause.NOT_ANSWERED: CauseWords(
        "nobody answered", "Nobody answered the call to {who}.", "Ask them to stay by that phone, then call again."
    ),
    Cause.NOT_CONNECTED: CauseWords(
        "no connection",
        "The call to {who} could not be connected.",
        "Ask whether the number still is theirs and has reception, then call again.",
    ),
    Cause.CALLS_OFF: CauseWords(
        "calls are switched off", "Calls are switched off now.", "Send a text instead, if that number takes texts."
    ),
    Cause.NO_KEY: CauseWords(
        "nobody pressed 1",
        "The call to {who} was answered, but nobody pressed 1, so nothing was read out. It may have been voicemail.",
        "Ask them to answer it themselves and to press 1, then call again.",
    ),
    Cause.DATABASE_UNREACHABLE: CauseWords(
        "Locksmith's database not reached",
        "Locksmith's own database could not be reached.",
        f"Try again in a minute. If it stays so: {AND_TELL}.",
    ),
    Cause.DIRECTORY_UNREACHABLE: CauseWords(
        "product not reached",
        "The product's list of people could not be reached.",
        f"Try again in a minute. If it stays so: {AND_TELL}.",
    ),
    Cause.DIRECTORY_REFUSED: CauseWords(
        "product refused the write",
        "The product did not let Locksmith set a temporary password.",
        f"Try again in a few minutes: its database may be switching over. If it stays so: {AND_TELL}.",
    ),
    Cause.FACTS_CHANGED: CauseWords(
        "facts changed meanwhile",
        "The number, e-mail, role or account of {who} changed after you asked.",
        "Make sure that it was them who changed it, then ask again.",
    ),
    Cause.PASSWORD_CHANGED: CauseWords(
        "own password chosen",
        "The password of {who} was changed in the meantime, most likely by themselves.",
        "Ask them to use the password they chose. Reset again only if that fails.",
    ),
    Cause.POLICY_CHANGED: CauseWords(
        "the rules ask for more now",
        "What was agreed is not enough any more: the rules ask for more now than when you asked.",
        "Ask again: the form shows whose yes is needed.",
    ),
    Cause.OUT_OF_SCOPE: CauseWords(
        "not yours to reset",
        "The rules do not let you reset the password of {who}.",
        "Ask your team lead who may.",
    ),
    Cause.UNDECIDED: CauseWords(
        "not decided in time",
        "No manager decided about the reset of {who} in time.",
        "{escalation}Ask again, if it is still needed.",
    ),
    Cause.TOO_LATE: CauseWords(
        "took too long", "It took too long, so it was stopped.", "Try again, if it is still needed."
    ),
    Cause.PAUSED: CauseWords("resets are paused", "A manager paused resets.", "Ask again when they go on."),
    Cause.INTERRUPTED: CauseWords(
        "interrupted", "Sending was interrupted inside Locksmith.", "Try again, if it is still needed."
    ),
    Cause.SEAL_BROKEN: CauseWords(
        "a stored value failed its check",
        "A stored value failed its check, so Locksmith stopped.",
        f"{TELL} at once, and do not try again before they agree.",
    ),
    Cause.KEY_LOST: CauseWords(
        "its key was lost",
        "The key to what Locksmith kept about this reset was lost, so nothing was put back.",
        "Ask whether they are in. If not, reset again with “Compromised”, which closes the account first.",
    ),
    Cause.RESTORED: CauseWords(
        "ended by a restore from backup",
        "Locksmith's database was put back to a backup, which ended this reset.",
        "Ask whether they are in. If not, reset again.",
    ),
    Cause.RESTORING: CauseWords(
        "a restore from backup is not finished",
        "Locksmith's database was put back to a backup, and that is not finished.",
        f"Try again later. If it stays so: {AND_TELL}.",
    ),
    Cause.INTERNAL: CauseWords(
        "fault in Locksmith",
        "Something went wrong inside Locksmith.",
        f"Try again once. If it stays so: {AND_TELL}.",
    ),
}

TITLES: dict[State, str] = {
    State.AWAITING_APPROVAL: "Waiting for approval",
    State.APPROVED: "Sending text",
    State.SENDING: "Sending text",
    State.UNKNOWN: "No answer yet",
    State.ACCEPTED: "Text sent",
    State.SENT: "Text sent",
    State.DELIVERED: "Text delivered",
    State.USED: "Signed in",
    State.COMPLETED: "Own password chosen",
    State.UNLOCKED: "Unlocked",
    State.DECLINED: "Declined",
    State.CANCELLED: "Cancelled",
    State.EXPIRED: "Not sent",
    State.FAILED: "Not sent",
    State.UNDELIVERED: "Not delivered",
    State.LAPSED: "Not used in time",
    State.REVOKED: "Withdrawn",
    State.SUPERSEDED: "Replaced",
}
CLOSING_TITLES: dict[Closing, str] = {
    Closing.DUE: "Closing the account",
    Closing.DONE: "Account closed",
    Closing.FAILED: "Account not closed",
    Closing.UNKNOWN: "Closed or not?",
}
"""In the place of the state's own: somebody wanted the account closed."""

RESET_AGAIN = "Reset again, if it is still needed."
HAPPENED: dict[State, tuple[str, str]] = {
    State.AWAITING_APPROVAL: (
        "{needed} before anything is sent.",
        "You may close this; I will message you at every turn.",
    ),
    State.APPROVED: ("Texting {who} {tail}.", "You may close this; I will message you."),
    State.SENDING: ("Texting {who} {tail}.", "You may close this; I will message you."),
    State.UNKNOWN: (CAUSES[Cause.CARRIER_SILENT].happened, CAUSES[Cause.CARRIER_SILENT].next),
    State.ACCEPTED: (
        "The carrier took the text to {who} {tail}; the product does not have its password yet.",
        "It works as soon as the product has it. I will message you if it does not arrive.",
    ),
    State.SENT: ("The text is on its way to {who} {tail}.", "I will message you if it does not arrive."),
    State.DELIVERED: ("The text is on the phone of {who} {tail}.", "Stay on the line until they are in, if you can."),
    State.USED: ("{who} signed in with the temporary password.", "They choose their own now."),
    State.COMPLETED: ("{who} is in, with a password of their own.", "Nothing more to do."),
    State.UNLOCKED: (
        "The account of {who} is unlocked.",
        "Stay on the line until they are in. If they do not know the password after all: reset it.",
    ),
    State.DECLINED: ("Declined by {manager}; nothing was sent.{why}", "Talk to {manager} before you ask again."),
    State.CANCELLED: ("This was cancelled; nothing was sent.", RESET_AGAIN),
    State.EXPIRED: ("It was not decided in time; nothing was sent.", RESET_AGAIN),
    State.FAILED: ("The text to {who} was not sent.", RESET_AGAIN),
    State.UNDELIVERED: (CAUSES[Cause.NOT_DELIVERED].happened, CAUSES[Cause.NOT_DELIVERED].next),
    State.LAPSED: ("The temporary password for {who} was not used in time and is void.", RESET_AGAIN),
    State.REVOKED: ("The temporary password for {who} was withdrawn and is void.", RESET_AGAIN),
    State.SUPERSEDED: ("Something newer took its place: the temporary password for {who} is void.", ""),
}
CAUSE_TELLS = frozenset(
    {
        State.EXPIRED,
        State.FAILED,
        State.UNDELIVERED,
        State.LAPSED,
        State.SUPERSEDED,
        State.UNKNOWN,
        State.CANCELLED,
    }
)
"""States that the cause explains better than the state's own sentence."""

ASKED = "Ask whether they are in: no sign-in is seen after {minutes} min."
SAID_IN = "Nothing: you said that they are in. I go on watching."

ONLY_A_TEXT = "Their old password does not work and never will again: only a text opens the account."
CANNOT_TELL = "Which password works cannot be told now: the old one, the texted one, or one they chose."
STUCK: dict[Cause, str] = {
    Cause.SEAL_BROKEN: CAUSES[Cause.SEAL_BROKEN].next,
    Cause.DIRECTORY_REFUSED: f"{TELL} at once: the product lets Locksmith put nothing back.",
    Cause.DIRECTORY_UNREACHABLE: "The product cannot be reached. I will message you when it can.",
}
"""What keeps Locksmith from making the product hold what it should."""

_SAY_SENT = (
    "You have a text from {product}. Type the temporary password with the dashes, then choose your own. "
    "Do not read it to me."
)
SAY: dict[State, str] = {
    State.AWAITING_APPROVAL: "A manager must agree; you may hang up, the text comes by itself.",
    State.UNKNOWN: "A text may reach you in the next minutes. Tell me when it does; do not read it to me.",
    State.ACCEPTED: "A text comes from {product}. If it is refused, try it again in a minute. Do not read it to me.",
    State.SENT: _SAY_SENT,
    State.DELIVERED: _SAY_SENT,
}

EVENTS: dict[str, str] = {
    "call:accepted": "call accepted",
    "call:accepted_late": "call accepted after the end",
    "call:blanked": "call erased at the carrier",
    "call:delivered": "read out",
    "call:failed": "not called",
    "call:heard_again": "heard again",
    "call:held": "has to wait",
    "call:proven_by_write": "was accepted, as the product shows",
    "call:proven_by_use": "was read out, as the sign-in proves",
    "call:read_out": "key pressed, being read out",
    "call:unanswered": "no answer from the carrier",
    "call:undelivered": "not read out",
    "call:unproven": "no proof of a call",
    "agent:asked": "asked whether it worked",
    "account:close_unknown": "not known whether the account closed",
    "account:closed": "account closed",
    "account:not_closed": "account not closed",
    "account:not_unlocked": "not unlocked",
    "account:unlock_unknown": "not known whether it is unlocked",
    "account:unlocked": "unlocked",
    "approval:answered": "answered",
    "approval:asked": "question asked",
    "approval:declined": "declined",
    "approval:given": "approved",
    "approval:reminded": "managers reminded",
    "correction:blanked": "second text erased at the carrier",
    "correction:failed": "could not be told that it is void",
    "correction:sent": "told that it is void",
    "correction:unknown": "not known whether they were told that it is void",
    "password:chosen": "own password chosen",
    "password:gone": "no longer in the product",
    "password:lapsed": "not used in time",
    "password:left_alone": "a newer password left alone",
    "password:put_back": "put back as it was",
    "password:said_used": "signed in, it was said",
    "password:used": "signed in",
    "password:written": "temporary password set",
    "request:cancelled": "cancelled",
    "request:closed": "closed",
    "request:created": "asked",
    "request:expired": "not sent",
    "request:lapsed": "given up",
    "request:replaced": "another asked for",
    "request:resolved": "solved",
    "request:revoked": "withdrawn",
    "request:stuck": "cannot be put right",
    "request:unstuck": "can be put right again",
    "request:superseded": "replaced",
    "request:unresolved": "managers told",
    "request:viewed": "looked at",
    "text:accepted": "accepted",
    "text:accepted_late": "accepted after the end",
    "text:blanked": "text erased at the carrier",
    "text:delivered": "delivered",
    "text:failed": "not sent",
    "text:failed_late": "not sent, after the end",
    "text:held": "has to wait",
    "text:proven_by_write": "was accepted, as the product shows",
    "text:proven_by_use": "arrived, as the sign-in proves",
    "text:unanswered": "no answer from the carrier",
    "text:unanswered_late": "no answer from the carrier, after the end",
    "text:undelivered": "not delivered",
    "text:unproven": "no proof that it was sent",
    "unlock:held": "has to wait",
}
