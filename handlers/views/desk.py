"""What a command shows of the desk: what waits for a manager, the team's day, the lockdown."""

from __future__ import annotations

from handlers.approval_words import NAME, facts_line, tally, title
from handlers.halt_words import banner, spoken
from handlers.views import kit
from handlers.views.approval import buttons
from services.model import Halt, Request, TeamReport

SHOWN = 5
FIELD = 40
NOTE = 200
OPEN_SHOWN = 20
REFERENCES = 10


def waiting_message(waiting: tuple[Request, ...], *, done: str = "") -> kit.Message:
    """`done`: what the click did that brings this list anew."""
    head = f"{len(waiting)} {'reset waits' if len(waiting) == 1 else 'resets wait'} for you."
    if not waiting:
        head = "Nothing waits for you."
    blocks = [kit.rich([kit.Bold(done)] if done else [], [kit.Bold(head)])]
    for request in waiting[:SHOWN]:
        blocks += [kit.rich(*_entry(request)), buttons(request, listed=True)]
    if len(waiting) > SHOWN:
        blocks.append(kit.context(f"And {len(waiting) - SHOWN} more: decide these first."))
    listed = "; ".join(
        f"{kit.clip(one.person_name, NAME)}, {one.reference}, by {kit.clip(one.agent.name, NAME)}"
        for one in waiting[:SHOWN]
    )
    return kit.message(" ".join(filter(None, (done, head, listed))), *blocks)


def _entry(request: Request) -> list[kit.Line]:
    """Shorter than in the thread: a message has only so much room."""
    role = f" ({kit.clip(request.person_role, FIELD)})" if request.person_role else ""
    said = (request.reference, kit.clip(request.person_name, FIELD) + role, kit.clip(request.person_email, FIELD))
    asked = (
        f"by {kit.clip(request.agent.name, FIELD)}",
        kit.clip(request.reason, FIELD),
        kit.clip(request.check, FIELD),
    )
    until: kit.Line = [" · until ", kit.When(request.decide_by, request.agent.zone)] if request.decide_by else []
    lines: list[kit.Line] = [
        [" · ".join(said)],
        [" · ".join(filter(None, (*asked, kit.clip(request.ticket, FIELD))))],
        [f"{tally(request)} approved", *until],
    ]
    if request.facts:
        lines.append([f"Why you: {facts_line(request.facts, request.person_role)}"])
    if request.note:
        lines.append([f"Note: {kit.clip(request.note, NOTE)}"])
    return lines


def team_message(report: TeamReport) -> kit.Message:
    """Today, and all that is open."""
    line = f"{report.day:%d %b}: {team_line(report)}"
    lines = [_open(one) for one in report.open[:OPEN_SHOWN]]
    blocks = [kit.rich([kit.Bold(line)], *lines)]
    if len(report.open) > OPEN_SHOWN:
        blocks.append(kit.context(f"And {len(report.open) - OPEN_SHOWN} more are open."))
    return kit.message(f"{line}.", *blocks)


def daily_message(report: TeamReport) -> kit.Message:
    """Once a day, of the day before: names nobody."""
    line = f"Yesterday {team_line(report)}"
    return kit.message(line, kit.rich([line]))


def team_line(report: TeamReport) -> str:
    signed_in = f"{report.signed_in} signed in"
    if report.median_minutes is not None:
        signed_in += f", median {_minutes(report.median_minutes)} min"
    references = ", ".join(one.reference for one in report.open[:REFERENCES])
    more = f" and {len(report.open) - REFERENCES} more" if len(report.open) > REFERENCES else ""
    return " · ".join(
        [
            f"{report.asked} {'reset' if report.asked == 1 else 'resets'}",
            signed_in,
            f"{report.undelivered} undelivered",
            *([f"{report.unlocked} only unlocked"] if report.unlocked else []),
            f"{report.approved} approved",
            f"{report.declined} declined",
            f"open: {references}{more}" if references else "none open",
        ]
    )


def lockdown_message(on: bool, changed: bool) -> kit.Message:
    was = "" if changed else " It was so already."
    means = (
        "Every reset needs one more approval until it is switched off: /reset-user lockdown off"
        if on
        else "Resets need the usual approvals again."
    )
    head = f"Lockdown is {'on' if on else 'off'}.{was}"
    return kit.message(f"{head} {means}", kit.rich([kit.Bold(head)], [means]))


def usage_message() -> kit.Message:
    say = "Say which: /reset-user lockdown on, or /reset-user lockdown off"
    return kit.message(say, kit.rich([say]))


def paused_message(halt: Halt, zone: str) -> kit.Message:
    line = banner(halt, zone)
    means = "What is under way goes on. What is approved waits for ten minutes, then it ends unsent."
    ends = "End it with /reset-user pause off"
    return kit.message(f"{spoken(line)} {means} {ends}", kit.rich(line, [means], [ends]))


def resumed_message(*, changed: bool) -> kit.Message:
    was = "" if changed else " They were not before."
    head = f"Resets are not paused.{was}"
    return kit.message(head, kit.rich([kit.Bold(head)]))


def pause_usage_message() -> kit.Message:
    say = "Say which: /reset-user pause on, /reset-user pause on 30 (minutes, up to 1440), or /reset-user pause off"
    return kit.message(say, kit.rich([say]))


def _open(request: Request) -> kit.Line:
    name, agent = kit.clip(request.person_name, NAME), kit.clip(request.agent.name, NAME)
    return [f"{request.reference} · {title(request)} · {name} · by {agent}"]


def _minutes(minutes: float) -> str:
    return "under 1" if minutes < 1 else str(round(minutes))
