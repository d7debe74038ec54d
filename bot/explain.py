"""`python -m bot policy explain`: the decision as the bot would take it now, and the rule behind each part."""

from __future__ import annotations

from collections.abc import Iterator

from bot.build import Bot
from services.decision import Fact, decide, facts_of
from services.judge import Asked
from services.model import Actor
from services.score import losses, score


def explanation(bot: Bot, agent: str, email: str, asked: Asked) -> Iterator[str]:
    """Lines for a terminal. `agent` is a user id, with the ids of their groups after commas. Raises Unavailable."""
    person = next(iter(bot.directory.by_email(email)), None)
    if person is None:
        yield f"Nobody in the product has the e-mail {email}."
        return
    user, *groups = agent.split(",")
    actor = Actor(user, "", user, bot.settings.rules.zone, tuple(groups))
    policy = bot.settings.policy
    with bot.database.read() as session:
        situation = bot.judge.situation(session, actor, person, asked)
    decision = decide(policy, situation)
    yield f"{user} resets {person.name} ({person.role or 'no role'}):"
    if not decision.allowed:
        yield f"  not allowed: {decision.rule}" + (f"; ask {decision.ask_instead}" if decision.ask_instead else "")
    else:
        yield f"  approvals needed: {decision.approvals}"
    for fact in facts_of(policy, situation):
        by = "one more, always" if fact is Fact.LOCKDOWN else f"approval.{fact.value} = {policy.asks(fact)}"
        yield f"    {fact.value}: {by}"
    yield f"  score of this policy: {score(policy, bot.settings.rules)} of 100"
    for loss in losses(policy, bot.settings.rules):
        yield f"    -{loss.points}: {loss.why} ({loss.clause})"
