"""Why no text goes out to anybody, in words: above the results, in place of a form, at a form that is open, to
whoever waits, and to the managers.
"""

from __future__ import annotations

from handlers import unlock_words
from handlers.approval_words import NAME, WAITING, WAITING_TO_UNLOCK
from handlers.sentences import CAUSES, Words
from handlers.views import kit
from services.model import Actor, Cause, Channel, Halt, Request

AGAIN = "I try again every half minute."
_UNCHANGED = "Nothing was sent, nothing was changed: their old password works as before."
_CALL_BACK = "Offer the caller to call back"
_OPERATORS = frozenset({Cause.CARRIER_CREDENTIALS, Cause.CARRIER_ACCOUNT, Cause.SENDER_REFUSED})
"""Does not pass by itself."""


def _head(halt: Halt, zone: str) -> kit.Line:
    since = kit.When(halt.since, zone)
    if halt.cause is Cause.PAUSED:
        until: kit.Line = [", until ", kit.When(halt.until, zone)] if halt.until else []
        return [kit.Bold(f"Resets are paused by {_name(halt)}"), " since ", since, *until, "."]
    short = CAUSES[halt.cause].short
    if halt.trying:
        head = kit.Bold("The next text shows whether texts go out again.")
        return [head, " They did not since ", since, f" ({short})."]
    return [kit.Bold("Texts are not going out at the moment"), " (since ", since, f": {short})."]


def banner(halt: Halt, zone: str) -> kit.Line:
    """Above the results, before anybody fills in a form."""
    if halt.trying:
        return _head(halt, zone)
    after = " Nothing can be sent until then." if halt.until else " Nothing can be sent until a manager ends it."
    return [*_head(halt, zone), after if halt.cause is Cause.PAUSED else f" {AGAIN}"]


def spoken(line: kit.Line) -> str:
    """The same as text: times are the reader's."""
    return "".join(
        part.fallback if isinstance(part, kit.When) else part if isinstance(part, str) else getattr(part, "text", "")
        for part in line
    )


def refusal(halt: Halt, reader: Actor) -> Words:
    """In place of the form."""
    head = spoken(_head(halt, reader.zone))
    if halt.cause is Cause.PAUSED:
        when = f"after {kit.local(halt.until, reader.zone)}" if halt.until else "later"
        after = f"{_CALL_BACK} {when}. If it cannot wait: ask {_name(halt)}."
        return Words("Resets are paused", head, _UNCHANGED, after, "Resets wait at the moment. May I call you back?")
    tell = "Whoever runs Locksmith must mend this: tell them. " if halt.cause in _OPERATORS else ""
    say = "Texts do not go out just now. May I call you back?"
    return Words("No texts at the moment", head, _UNCHANGED, f"{tell}{AGAIN} {_CALL_BACK} in a few minutes.", say)


def at_the_form(halt: Halt, reader: Actor) -> str:
    """What was filled in stays in the form, which is good for half an hour."""
    when = "when that is over." if halt.cause is Cause.PAUSED else f"in a minute. {AGAIN}"
    return f"{spoken(_head(halt, reader.zone))} Nothing was sent. Leave this form open and send it again {when}"


def held(request: Request, old_password: str) -> Words:
    """Approved, and not sent yet."""
    zone, cause = request.agent.zone, request.held or Cause.INTERRUPTED
    until = f", until {kit.local(request.send_by, zone)}; else it ends unsent" if request.send_by else ""
    if request.channel is Channel.UNLOCK:
        return Words(
            WAITING_TO_UNLOCK,
            _why_locked(cause),
            next=f"It is done by itself as soon as it can{until.replace('unsent', 'undone')}. I will message you.",
            say="It takes a little longer. May I call you back?",
        )
    return Words(
        WAITING,
        f"{_why(cause)} Nothing was sent yet.",
        old_password,
        f"It goes out by itself as soon as it can{until}. I will message you either way.",
        "It takes a little longer; the text comes by itself.",
    )


def _why(cause: Cause) -> str:
    match cause:
        case Cause.PAUSED | Cause.INTERRUPTED:
            return CAUSES[cause].happened
    return f"Texts are not going out at the moment ({CAUSES[cause].short})."


def _why_locked(cause: Cause) -> str:
    words = unlock_words.CAUSES.get(cause) or CAUSES[cause]
    match cause:
        case Cause.PAUSED | Cause.INTERRUPTED | Cause.DIRECTORY_UNREACHABLE:
            return words.happened
    return f"It cannot be done at the moment ({words.short})."


def notice(halt: Halt, zone: str, *, on: bool) -> kit.Message:
    """To the managers, in the approval channel. What a lock screen shows of it names nobody."""
    if halt.cause is Cause.PAUSED:
        return _pause_notice(halt, zone, on=on)
    since, short = kit.When(halt.since, zone), CAUSES[halt.cause].short
    head = "Texts are not going out" if on else "Texts go out again"
    first: kit.Line = [kit.Bold(head), " (since " if on else " (they did not since ", since, f": {short})."]
    then = (
        f"Nobody can send one, and what is approved waits. {AGAIN} I tell you here when it is over."
        if on
        else "What was approved meanwhile goes out now."
    )
    return kit.message(f"{head}: {short}", kit.rich(first, [then]))


def _pause_notice(halt: Halt, zone: str, *, on: bool) -> kit.Message:
    if not on:
        head = "Resets are not paused any more"
        who = f", said {_name(halt)}." if halt.by_name else ": the time is over."
        return kit.message(head, kit.rich([kit.Bold(head), who], ["What was approved meanwhile goes out now."]))
    ends = "ends it sooner" if halt.until else "ends it"
    then = f"Nothing new is sent, and what is approved waits. /reset-user pause off {ends}."
    return kit.message("Resets are paused", kit.rich(_head(halt, zone), [then]))


def _name(halt: Halt) -> str:
    return kit.clip(halt.by_name, NAME) or "a manager"
