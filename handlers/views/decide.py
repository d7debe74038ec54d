"""The small modals of approvals: why not, a question, its answer; and what came of it."""

from __future__ import annotations

from handlers.approval_words import NAME, facts_line
from handlers.ids import Act, Block, Screen
from handlers.sentences import Words
from handlers.views import kit
from handlers.views.outcome import sentences
from services.model import Request

LONGEST = 1000
LONG_QUESTION = 2000


def decline_screen(request: Request) -> kit.Json:
    agent = kit.clip(request.agent.name, NAME)
    return kit.modal(
        Screen.DECLINE,
        "Decline this reset",
        _about(request),
        kit.section("One no ends the request, and it cannot be changed. Nothing is sent."),
        kit.type_in(Block.WHY, Act.WHY, "Why?", most=LONGEST, lines=True, hint=f"Required. {agent} reads it."),
        submit="Decline",
        close="Cancel",
        metadata=request.id,
    )


def ask_screen(request: Request) -> kit.Json:
    agent = kit.clip(request.agent.name, NAME)
    hint = f"{agent} gets it as a direct message; the answer comes into the thread."
    return kit.modal(
        Screen.ASK,
        "Ask the agent",
        _about(request),
        kit.type_in(Block.QUESTION, Act.QUESTION, "Your question", most=LONGEST, lines=True, hint=hint),
        submit="Ask",
        close="Cancel",
        metadata=request.id,
    )


def reply_screen(remark_id: int, question: str) -> kit.Json:
    return kit.modal(
        Screen.REPLY,
        "Reply to the manager",
        kit.rich([kit.Bold("They ask: "), kit.clip(question, LONG_QUESTION)]),
        kit.type_in(
            Block.ANSWER,
            Act.ANSWER,
            "Your answer",
            most=LONGEST,
            lines=True,
            hint="It goes into the managers' thread. No passwords, please.",
        ),
        submit="Reply",
        close="Cancel",
        metadata=str(remark_id),
    )


def done_screen(words: Words) -> kit.Json:
    return kit.modal(Screen.DONE, words.title, kit.rich(*sentences(words)))


def _about(request: Request) -> kit.Json:
    role = kit.clip(request.person_role, NAME)
    return kit.rich(
        kit.dotted([kit.Bold(kit.clip(request.person_name, NAME)), role, request.reference]),
        [f"Asked by {kit.clip(request.agent.name, NAME)}"],
        [facts_line(request.facts, request.person_role)],
    )
