"""The desk's commands: help, status, the team's day; how a reset stands; and which word is whose."""

from __future__ import annotations

import re

from handlers import approve, find_user
from handlers.attempt import Work
from handlers.authority import AGENTS, AGENTS_AND_MANAGERS, MANAGERS_BY_COMMAND, Authority, is_agent, is_manager
from handlers.bind import Modal
from handlers.edge import Edge
from handlers.payload import Click, Command
from handlers.undo import reader
from handlers.views import kit
from handlers.views.desk import team_message
from handlers.views.message import help_message, mine_message, status_message
from handlers.views.outcome import outcome_screen
from services.model import Actor

_STATUS = re.compile(r"status(?: +(\S+))?|(R-[0-9A-Z]{4,8})", re.IGNORECASE)


def help_(edge: Edge, actor: Actor, _command: Command) -> kit.Message:
    return help_message(edge.rules, agent=is_agent(edge, actor), manager=is_manager(edge, actor))


def team(edge: Edge, actor: Actor, _command: Command) -> kit.Message:
    return team_message(edge.approvals.team(actor))


def status(edge: Edge, actor: Actor, command: Command) -> kit.Message:
    asked = _STATUS.fullmatch(command.text)
    reference = (asked.group(1) or asked.group(2) or "") if asked else ""
    if not reference:
        return mine_message(edge.resets.mine(actor))
    request, history = edge.resets.status(actor, reference.upper())
    return status_message(request, history, edge.rules, reader(edge, actor, request))


def show(edge: Edge, actor: Actor, click: Click) -> Modal:
    """ "Show result" and "Refresh" read the state again."""
    request = edge.resets.show(actor, click.value)
    return Modal(outcome_screen(request, edge.rules, reader(edge, actor, request)))


_COMMANDS: tuple[tuple[re.Pattern[str], Authority, Work[Command, kit.Message]], ...] = (
    (re.compile("help", re.IGNORECASE), AGENTS_AND_MANAGERS, help_),
    (re.compile("waiting", re.IGNORECASE), MANAGERS_BY_COMMAND, approve.waiting),
    (re.compile("lockdown(?: +(?:on|off))?", re.IGNORECASE), MANAGERS_BY_COMMAND, approve.lockdown),
    (re.compile("pause(?: +on(?: +[0-9]{1,6})?| +off)?", re.IGNORECASE), MANAGERS_BY_COMMAND, approve.pause),
    (re.compile("status +team", re.IGNORECASE), AGENTS_AND_MANAGERS, team),
    (_STATUS, AGENTS_AND_MANAGERS, status),
)


def choose(command: Command) -> tuple[Authority, Work[Command, kit.Message]]:
    """Whatever is no word of ours is somebody's name."""
    for words, authority, work in _COMMANDS:
        if words.fullmatch(command.text):
            return authority, work
    return AGENTS, find_user.command
