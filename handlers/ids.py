"""Every id that Slack sends back to us. Posted buttons outlive a release: never change one, only add."""

from __future__ import annotations

from enum import StrEnum


class Slash(StrEnum):
    """Slash commands; the manifest names the same."""

    RESET_USER = "/reset-user"


class Shortcut(StrEnum):
    """Callback ids of short cuts; the manifest names the same."""

    MESSAGE_RESET = "message:reset"


class Screen(StrEnum):
    """Callback ids of modals."""

    SEARCH = "screen:search"
    FORM = "screen:form"
    UNLOCK = "screen:unlock"
    OUTCOME = "screen:outcome"
    REFUSAL = "screen:refusal"
    DECLINE = "screen:decline"
    ASK = "screen:ask"
    REPLY = "screen:reply"
    DONE = "screen:done"


class Act(StrEnum):
    """Action ids of what can be clicked or typed into."""

    SEARCH_TEXT = "search:text"
    SEARCH = "search:go"
    PREVIOUS = "search:previous"
    NEXT = "search:next"
    CHOOSE = "reset:choose"
    UNLOCK = "reset:unlock"
    ADVICE = "reset:advice"
    SHOW = "reset:show"
    ANOTHER = "reset:another"
    AGAIN = "reset:again"
    CALL = "reset:call"
    """The same, to be read out by a call."""
    WITHDRAW = "undo:withdraw"
    CLOSE = "undo:close"
    SAID_IN = "reset:in"
    SOLVED = "unresolved:solved"
    REASON = "form:reason"
    CHECK = "form:check"
    TICKET = "form:ticket"
    NOTE = "form:note"
    CHANNEL = "form:channel"
    APPROVE = "approval:approve"
    APPROVE_LISTED = "approval:approve:listed"
    """The same in the list of `waiting`, which is told anew afterwards; a thread tells by itself."""
    DECLINE = "approval:decline"
    ASK = "approval:ask"
    CANCEL = "approval:cancel"
    REPLY = "approval:reply"
    WHY = "approval:why"
    QUESTION = "approval:question"
    ANSWER = "approval:answer"


class Block(StrEnum):
    """Block ids of inputs: errors are shown at them, and their values are read back by them."""

    SEARCH = "search"
    REASON = "reason"
    CHECK = "check"
    TICKET = "ticket"
    NOTE = "note"
    CHANNEL = "channel"
    WHY = "why"
    QUESTION = "question"
    ANSWER = "answer"
