"""What people read when something is refused, as a table that is total over our errors; a test holds that.

Those that tell who decided what are in `handlers/approval_words.py`.
"""

from __future__ import annotations

from handlers.sentences import AND_TELL, Words
from services import errors as e

ERRORS: dict[type[e.DomainError], Words] = {
    e.NotAllowed: Words(
        "Not allowed",
        "Only support staff reset passwords here.",
        next="Locked out yourself? {contact}",
    ),
    e.DraftExpired: Words(
        "Not sent",
        "The form was open for too long, so what it shows may not be true any more.",
        "Nothing was sent, nothing was changed.",
        "Search again and open a new form.",
    ),
    e.DraftUsed: Words(
        "Sent before",
        "This form was sent before, and one form sends one text.",
        "No second text was sent.",
        "See /reset-user status for what became of it.",
    ),
    e.OwnRequest: Words(
        "Somebody else decides",
        "You asked for this reset; somebody else must decide.",
        next="Managers who may are mentioned in the thread.",
    ),
    e.OwnAccount: Words(
        "Somebody else decides",
        "This is your own account; another manager must decide.",
        next="Managers who may are mentioned in the thread.",
    ),
    e.DirectoryRefused: Words(
        "Not possible",
        "The product's list of people could not be read.",
        "Nothing was sent, nothing was changed: their old password works as before.",
        f"Try again in a few minutes. If it stays so: {AND_TELL}.",
    ),
    e.CommitUnanswered: Words(
        "Not known yet",
        "Locksmith's own database went away just when this was being saved.",
        "Nobody knows yet whether it was.",
        "Look at /reset-user status in a minute, before you do it again.",
    ),
    e.NotLocked: Words(
        "Nothing to unlock",
        "The product counts no wrong attempts of this person any more, or it does so where Locksmith does not look.",
        "Nothing was changed.",
        "Ask them to sign in. If they cannot: reset the password.",
    ),
    e.InvalidForm: Words("Not sent", "Something is missing in the form.", "Nothing was sent.", "Fill it in again."),
    e.NotFound: Words(
        "Not found",
        "This person or request is not there, or not there any more.",
        "Nothing was sent.",
        "Search again, or look at /reset-user status.",
    ),
    e.DomainError: Words("Not possible", "This cannot be done now.", "Nothing was sent.", "Try again in a minute."),
}

MANAGERS_ONLY = Words("Not allowed", "Only managers decide here.")
MANAGERS_COMMAND = Words("Not allowed", "Only managers can do that here.", next="Ask one of them.")
NOT_YOURS = Words(
    "Not allowed",
    "Only whoever asked for this reset can cancel it.",
    "It goes on as it was.",
    "Ask them, or let a manager decline it.",
)
NO_QUESTION = Words("Not found", "This question no longer exists, or it was not put to you.", "Nothing was sent.")
NO_REQUEST = Words("Not found", "This request no longer exists.", "Nothing was sent.")
VOTES_VOID = Words(
    "Not approved",
    "The number, e-mail, role or account changed after this was asked for: what you were shown is not true any more.",
    "The votes are void and nothing was sent.",
    "Whoever asked is told, and can ask again.",
)

TOO_SLOW = Words(
    "That took too long",
    "Slack waits three seconds before it forgets a click, and that was not enough.",
    "Nothing was sent by it.",
    "Click again.",
)
