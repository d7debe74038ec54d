"""Who may reach a piece of work, and what the others read. Looked up before anything else is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from handlers.edge import Edge, Lookup
from handlers.payload import Event
from handlers.refusals import MANAGERS_COMMAND, MANAGERS_ONLY
from handlers.sentences import Words
from handlers.words import explain
from services.errors import NotAllowed
from services.model import Actor


@dataclass(frozen=True)
class Authority:
    """`find` raises NotAllowed for whoever has not got it, and where it could not be found out."""

    find: Callable[[Edge, Event], Actor]
    refusal: Callable[[Edge], Words]


def _agent(edge: Edge, event: Event) -> Actor:
    return edge.staff.agent(event.user_id, event.workspace)


def _manager(edge: Edge, event: Event) -> Actor:
    return edge.managers.agent(event.user_id, event.workspace)


def _either(edge: Edge, event: Event) -> Actor:
    try:
        return _agent(edge, event)
    except NotAllowed:
        return _manager(edge, event)


def _only_agents(edge: Edge) -> Words:
    return explain(NotAllowed(), edge.rules)


def _only_managers(edge: Edge) -> Words:
    return replace(MANAGERS_ONLY, mentions=edge.manager_ids)


def _managers_command(_edge: Edge) -> Words:
    return MANAGERS_COMMAND


AGENTS = Authority(_agent, _only_agents)
MANAGERS = Authority(_manager, _only_managers)
MANAGERS_BY_COMMAND = Authority(_manager, _managers_command)
AGENTS_AND_MANAGERS = Authority(_either, _only_agents)


def is_agent(edge: Edge, actor: Actor) -> bool:
    return _is(edge.staff, actor)


def is_manager(edge: Edge, actor: Actor) -> bool:
    """For what they are shown; what they do is asked anew."""
    return _is(edge.managers_lately, actor)


def manages(edge: Edge, actor: Actor) -> bool:
    """Asked anew: for what they do."""
    return _is(edge.managers, actor)


def _is(these: Lookup, actor: Actor) -> bool:
    try:
        these.agent(actor.id, actor.workspace)
    except NotAllowed:
        return False
    return True
