"""Messages to one agent: the confirmation, the direct message, help and status."""

from __future__ import annotations

from handlers.channel_words import request_title
from handlers.ids import Act
from handlers.sentences import Words
from handlers.views import kit
from handlers.views.card import told
from handlers.views.outcome import (
    another,
    cancel,
    cancellable,
    sentences,
    small_print,
    they_are_in,
    time_line,
    valid_until,
    waits_for,
)
from handlers.views.results import open_reset
from handlers.views.undo import Reader, send_again, undo
from handlers.words import is_intent, state_words
from services.model import HistoryLine, Request
from services.policy import Rules

SHOWN = 20
OWN = Reader()

_HELP = (
    ("/reset-user jane doe", "finds people by first or last name, in either order, or by e-mail"),
    ("/reset-user jane@", "a part of the e-mail is enough"),
    ("/reset-user", "shows your open resets and the first people of the list"),
    ("/reset-user status", "shows your open resets"),
    ("/reset-user status R-7F3K", "shows one reset and its history"),
)
_FOR_MANAGERS = (
    ("/reset-user waiting", "shows the resets that wait for your yes or no"),
    ("/reset-user lockdown on", "asks one more approval for every reset, until it is switched off"),
    ("/reset-user pause on 30", "lets nothing go out for 30 min; without a number until /reset-user pause off"),
)
_FOR_ALL = (
    ("/reset-user status team", "shows today's numbers and all open resets"),
    ("/reset-user help", "shows this"),
)


def outcome_message(request: Request, rules: Rules, reader: Reader = OWN) -> kit.Message:
    """The confirmation under the command and the direct message: the same words, wherever they are read."""
    words = state_words(request, rules)
    return kit.message(
        _text(request, words),
        kit.rich(
            kit.dotted([kit.Bold(words.title), request.person_name, request.phone_tail]),
            waits_for(request),
            time_line(request),
            valid_until(request),
        ),
        kit.rich(*sentences(words)),
        kit.actions(
            *_cancel(request),
            *they_are_in(request),
            _show(request),
            *send_again(request, reader, calls=rules.calls),
            *undo(request, reader),
            *another(reader),
        ),
        small_print(request, words),
    )


def words_message(words: Words) -> kit.Message:
    blocks = [kit.rich(*sentences(words))]
    if words.code:
        blocks.append(kit.context(words.code))
    return kit.message(f"{words.title}: {words.sentences}", *blocks)


def help_message(rules: Rules, *, agent: bool = True, manager: bool = False) -> kit.Message:
    """What this reader may do; somebody may be both."""
    intro = (
        f"Locksmith texts a temporary password to the mobile number on record. It works for {rules.minutes} min; "
        "nobody here sees it."
    )
    thread = "In a thread: open a message's menu, choose “Reset password”."
    managers = "Resets that are risky wait for you, with buttons, in the approval channel."
    intro = " ".join([intro, *([thread] if agent else []), *([managers] if manager else [])])
    known = [*(_HELP if agent else ()), *(_FOR_MANAGERS if manager else ()), *_FOR_ALL]
    commands: list[kit.Line] = [[kit.Bold(command), f"  {does}"] for command, does in known]
    text = " ".join([intro, *(f"{command}: {does}." for command, does in known)])
    return kit.message(f"Help: {text}", kit.rich([intro]), kit.rich(*commands))


def mine_message(mine: tuple[Request, ...]) -> kit.Message:
    if not mine:
        text = "You have no open resets. Find somebody: /reset-user jane doe"
        return kit.message(text, kit.rich([text]))
    head = f"Your open resets: {len(mine)}"
    listed = "; ".join(f"{request_title(one)}, {one.person_name}, {one.reference}" for one in mine[:SHOWN])
    blocks = [kit.rich([kit.Bold(head)]), *map(open_reset, mine[:SHOWN])]
    if len(mine) > SHOWN:
        blocks.append(kit.context(f"And {len(mine) - SHOWN} more."))
    return kit.message(f"{head}. {listed}", *blocks)


def status_message(
    request: Request, history: tuple[HistoryLine, ...], rules: Rules, reader: Reader = OWN
) -> kit.Message:
    words = state_words(request, rules)
    zone = request.agent.zone
    seen = [line for line in history if not is_intent(line.event)]
    lines: list[kit.Line] = [[f"… {len(seen) - SHOWN} earlier"]] if len(seen) > SHOWN else []
    lines += [[kit.When(line.at, zone, dated=True), f"  {told(line)}"] for line in seen[-SHOWN:]]
    asked = kit.dotted(
        [f"asked by {request.agent.name}", request.reason, f"checked: {request.check}", request.ticket]
    )
    told_all = "; ".join(f"{kit.local(line.at, zone)} {told(line)}" for line in seen[-SHOWN:])
    return kit.message(
        f"{_text(request, words)} History: {told_all}.",
        kit.rich(
            kit.dotted([kit.Bold(words.title), request.person_name, request.phone_tail, request.reference]),
            asked,
            ["Note: ", request.note] if request.note else [],
            waits_for(request),
            time_line(request),
            valid_until(request),
        ),
        kit.rich(*sentences(words)),
        kit.rich([kit.Bold("History")], *lines),
        kit.actions(
            *(_cancel(request) if reader.own else ()),
            _show(request),
            *send_again(request, reader, calls=rules.calls),
            *undo(request, reader),
        ),
        small_print(request, words),
    )


def _cancel(request: Request) -> list[kit.Json]:
    return [cancel(request)] if cancellable(request) else []


def _show(request: Request) -> kit.Json:
    return kit.button("Show result", Act.SHOW, request.id)


def _text(request: Request, words: Words) -> str:
    until = ""
    if valid_until(request) and request.expires_at:
        until = f" Valid until {kit.local(request.expires_at, request.agent.zone)}."
    say = f" Say: “{words.say}”" if words.say else ""
    return f"{words.title} · {request.person_name} · {request.reference}. {words.sentences}{until}{say} {words.code}"
