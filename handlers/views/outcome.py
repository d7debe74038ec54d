"""What became of a reset, as the modal that follows it; and the modal of a refusal."""

from __future__ import annotations

from datetime import datetime

from handlers.approval_words import NAME, facts_line, tally
from handlers.channel_words import request_title
from handlers.ids import Act, Screen
from handlers.sentences import Words
from handlers.views import kit
from handlers.views.results import choose
from handlers.views.undo import Reader, send_again, undo, withdraw
from handlers.words import WAITS_FOR_USE, cause_words, explain, state_words
from services.errors import AlreadyUnderWay, OutOfScope
from services.model import LIVE, Actor, Cause, Channel, Closing, Request, Row, State
from services.policy import Rules

S = State
_BEFORE_ANSWER = frozenset({S.APPROVED, S.SENDING, S.UNKNOWN})
_MAY_ARRIVE = frozenset({S.UNKNOWN, S.ACCEPTED, S.SENT})
_NOT_USED = frozenset({S.UNKNOWN, S.ACCEPTED, S.SENT, S.DELIVERED})
_ENDS_WELL = frozenset({S.USED, S.COMPLETED})
_PAUSES = frozenset({Cause.PAUSED, Cause.RESTORING})
_NEVER_SENT = frozenset({S.DECLINED, S.CANCELLED, S.EXPIRED})


def outcome_screen(request: Request, rules: Rules, reader: Reader = Reader()) -> kit.Json:  # noqa: B008  (frozen)
    """`private_metadata` names the request so that closing can be told; it gives no right to anything."""
    words = state_words(request, rules)
    if request.state in (S.APPROVED, S.SENDING):
        buttons = [cancel(request)] if cancellable(request) and reader.own else withdraw(request, reader)
        return _screen(request, words, [_sentences(words), kit.actions(*buttons, _show("Show result", request))])
    blocks = [
        kit.rich([kit.Bold(request.person_name), " · ", request.person_email], *_facts(request)),
        _sentences(words),
        *_actions(request, reader, rules),
    ]
    return _screen(request, words, [*blocks, small_print(request, words)], submit="Continue")


def refusal_screen(words: Words, *, back: str | None = None) -> kit.Json:
    """`back`: it took the place of a search, and this is what the button carries that leads there again."""
    blocks = [_sentences(words), *_way_back(back)]
    if words.code:
        blocks.append(kit.context(words.code))
    return kit.modal(Screen.REFUSAL, words.title, *blocks)


def advice_screen(row: Row, rules: Rules, reader: Actor, *, back: str | None = None) -> kit.Json:
    """ "What can I do?", answered by what the directory says now."""
    person = row.person
    if row.impossible is Cause.OUT_OF_SCOPE:
        words = explain(OutOfScope(row.ask_instead), rules, reader)
    elif row.impossible:
        words = cause_words(row.impossible, rules, person.name)
    elif row.under_way:
        words = explain(AlreadyUnderWay(row.under_way), rules, reader)
    else:
        words = Words("Possible now", f"Nothing is in the way any more for {kit.clip(person.name, NAME)}.")
        lock = kit.actions(choose(row, person.name))
        return kit.modal(Screen.REFUSAL, words.title, _sentences(words), lock, *_way_back(back))
    who = kit.rich(kit.dotted([kit.Bold(person.name), person.email, person.phone.tail]))
    return kit.modal(Screen.REFUSAL, words.title, who, _sentences(words), *_way_back(back))


def small_print(request: Request, words: Words) -> kit.Json:
    return kit.context(request.reference, request.ticket, words.code)


def sentences(words: Words) -> list[kit.Line]:
    """What happened, what it means, what to say, what next: a line each."""
    lines: list[kit.Line] = [[kit.Bold(words.happened)]]
    if words.means:
        lines.append([words.means])
    if words.mentions:
        lines.append([*kit.mentions(words.mentions), "know of it."])
    if words.say:
        lines.append(["Say: ", f"“{words.say}”"])
    if words.next:
        lines.append(["Next: ", words.next])
    return lines


def time_line(request: Request) -> kit.Line:
    """`✓ 14:42 accepted   ✓ 14:42 delivered   … not signed in yet`: signs and words, never a colour alone."""
    state, accepted = request.state, request.accepted_at is not None
    taken, got = ("called", "read out") if request.channel is Channel.CALL else ("accepted", "delivered")
    steps: list[list[kit.Part]] = [
        _step(request, request.accepted_at, taken, waits=state in _BEFORE_ANSWER),
        _step(request, request.delivered_at or request.read_out_at, got, waits=accepted and state in _MAY_ARRIVE),
        _step(
            request, request.used_at, "signed in", waits=accepted and state in _NOT_USED and not request.said_in_at
        ),
    ]
    if request.said_in_at and request.used_at is None:
        steps.append(["✓ ", kit.When(request.said_in_at, request.agent.zone), " in, it was said"])
    if state is S.UNLOCKED:
        steps.append(_step(request, request.ended_at, "unlocked", waits=False))
    elif state not in LIVE | _ENDS_WELL and request.ended_at:
        steps.append(["✗ ", kit.When(request.ended_at, request.agent.zone), f" {request_title(request).lower()}"])
    line: list[kit.Part] = []
    for step in steps:
        line += ["   ", *step] if line and step else step
    return line


def _step(request: Request, at: datetime | None, what: str, *, waits: bool) -> list[kit.Part]:
    if at is not None:
        return ["✓ ", kit.When(at, request.agent.zone), f" {what}"]
    return [f"… not {what} yet"] if waits else []


def valid_until(request: Request) -> kit.Line:
    if request.state not in _NOT_USED | {S.USED} or not request.expires_at:
        return []
    return ["Valid until ", kit.When(request.expires_at, request.agent.zone), " your time."]


def _way_back(back: str | None) -> list[kit.Json]:
    return [] if back is None else [kit.actions(kit.button("Back to the search", Act.ANOTHER, back))]


def _facts(request: Request) -> list[kit.Line]:
    return [waits_for(request), time_line(request), valid_until(request)]


def waits_for(request: Request) -> kit.Line:
    """How many agreed, why they must, and until when they may; empty where nothing is waited for."""
    if request.state is not S.AWAITING_APPROVAL:
        return []
    line = kit.dotted([f"{tally(request)} agreed", facts_line(request.facts, request.person_role)])
    return [*line, " · until ", kit.When(request.decide_by, request.agent.zone)] if request.decide_by else line


def cancellable(request: Request) -> bool:
    """An unlocking that is held for any other reason than a pause may have been begun."""
    held = request.held in _PAUSES if request.channel is Channel.UNLOCK else bool(request.held)
    return held or request.state is S.AWAITING_APPROVAL


def cancel(request: Request) -> kit.Json:
    """Only whoever asked may; the service holds that."""
    sure = kit.Confirm("Cancel this request?", "Nothing will be sent.", "Cancel request", "Keep it")
    label = f"Cancel request {request.reference}"
    return kit.button("Cancel request", Act.CANCEL, request.id, label=label, confirm=sure)


def they_are_in(request: Request) -> list[kit.Json]:
    """Once the agent is asked whether it worked: their word ends the asking, and nothing else."""
    if not request.asked or request.said_in_at or request.state not in WAITS_FOR_USE:
        return []
    return [kit.button("They are in", Act.SAID_IN, request.id, label=f"The person of {request.reference} is in")]


def _sentences(words: Words) -> kit.Json:
    return kit.rich(*sentences(words))


def _show(text: str, request: Request) -> kit.Json:
    return kit.button(text, Act.SHOW, request.id)


def _actions(request: Request, reader: Reader, rules: Rules) -> list[kit.Json]:
    """Reading again where it may still change, what can be done about it; and the next person."""
    buttons = []
    if cancellable(request) and reader.own:
        buttons.append(cancel(request))
    if request.live or request.closing is Closing.DUE:
        buttons += [*they_are_in(request), _show("Refresh", request)]
    elif (request.state in _NEVER_SENT or request.channel is Channel.UNLOCK) and reader.agent:
        buttons.append(kit.button("Back to the form", Act.CHOOSE, request.person_key))
    buttons += [*send_again(request, reader, calls=rules.calls), *undo(request, reader)]
    buttons += another(reader)
    return [kit.actions(*buttons)] if buttons else []


def another(reader: Reader) -> list[kit.Json]:
    return [kit.button("Reset another", Act.ANOTHER)] if reader.agent else []


def _screen(request: Request, words: Words, blocks: list[kit.Json], *, submit: str = "") -> kit.Json:
    return kit.modal(Screen.OUTCOME, words.title, *blocks, submit=submit, metadata=request.id, tell_closed=True)
