"""Doing the work behind a click, or saying in words why not; what goes wrong is recorded, and never raised."""

from __future__ import annotations

import hashlib
import secrets
import traceback
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import structlog

from handlers.authority import Authority
from handlers.edge import Edge
from handlers.payload import Event
from handlers.sentences import Words
from handlers.words import explain, fault_words
from services.errors import (
    AlreadyDecided,
    AlreadyVoted,
    DomainError,
    NotAgain,
    NotAllowed,
    NotClosable,
    NotWithdrawable,
    OwnAccount,
    OwnRequest,
)
from services.model import Actor

PLACES = 6
_SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_REFUSALS = (
    NotAllowed,
    OwnRequest,
    OwnAccount,
    AlreadyVoted,
    AlreadyDecided,
    NotWithdrawable,
    NotClosable,
    NotAgain,
)
"""What an auditor wants to know of, although nothing came of it."""

A = TypeVar("A")
E = TypeVar("E", bound=Event)
Work = Callable[[Edge, Actor, E], A]


class Instead(Exception):
    """The work has its own words for what its service says; `error` is what that was."""

    def __init__(self, words: Words, error: DomainError) -> None:
        super().__init__(words.title)
        self.words = words
        self.error = error


def attempt(edge: Edge, work: Work[E, A], event: E, body: Mapping[str, Any], by: Authority) -> A | Words:
    """What the work answers, or why not, in words. Never raises."""
    with structlog.contextvars.bound_contextvars(trace=_trace(body)):
        try:
            actor = by.find(edge, event)
        except NotAllowed:
            _record(edge, event, what(body))
            return by.refusal(edge)
        except Exception as fault:  # noqa: BLE001  (as below)
            return fault_words(log_fault(fault, name(work), event))
        return _do(edge, work, actor, event, body)


def _do(edge: Edge, work: Work[E, A], actor: Actor, event: E, body: Mapping[str, Any]) -> A | Words:
    try:
        return work(edge, actor, event)
    except Instead as instead:
        _record_refusal(edge, event, body, instead.error)
        return instead.words
    except DomainError as error:
        _record_refusal(edge, event, body, error)
        return explain(error, edge.rules, actor)
    except Exception as fault:  # noqa: BLE001  (a person gets words and a reference; we get the place)
        return fault_words(log_fault(fault, name(work), event))


def _trace(body: Mapping[str, Any]) -> str:
    """Slack's own id of this click, hashed short: it joins our log lines from here to the carrier's message."""
    return hashlib.sha256(str(body.get("trigger_id") or secrets.token_hex(8)).encode()).hexdigest()[:12]


def _record_refusal(edge: Edge, event: Event, body: Mapping[str, Any], error: DomainError) -> None:
    if isinstance(error, _REFUSALS):
        _record(edge, event, f"{what(body)} {type(error).__name__}")


def _record(edge: Edge, event: Event, tried: str) -> None:
    try:
        edge.resets.refused(event.user_id, event.workspace, tried)
    except Exception as fault:  # noqa: BLE001  (it was refused all the same)
        log_fault(fault, "refused", event)


def what(body: Mapping[str, Any]) -> str:
    """What was tried, by its id alone; never what was typed."""
    if command := body.get("command"):
        return str(command)
    actions = body.get("actions")
    if actions and isinstance(actions, list):
        return str(actions[0].get("action_id", ""))
    view = body.get("view")
    return str(view.get("callback_id", "") if isinstance(view, dict) else body.get("callback_id", ""))


def log_fault(fault: Exception, doing: str, event: Event | None = None) -> str:
    """Ids, the kind of fault and its places; no text of it, because texts hold what must not leak."""
    reference = "".join(secrets.choice(_SIGNS) for _ in range(6))
    places = [
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in traceback.extract_tb(fault.__traceback__)
    ]
    structlog.get_logger().error(
        "listener fault",
        reference=reference,
        what=doing,
        fault=type(fault).__name__,
        places=" > ".join(places[-PLACES:]),
        user_id=event.user_id if event else "",
        workspace=event.workspace if event else "",
    )
    return reference


def name(work: Callable[..., object]) -> str:
    return str(getattr(work, "__name__", type(work).__name__))
