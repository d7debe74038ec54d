"""The decision: explained, monotone, and denial wins."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.decision import MOST_APPROVALS, Decision, Fact, Policy, Scope, Situation, decide, facts_of

NOW = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)
CALM = Situation(now=NOW, local=NOW.replace(hour=14), agent_id="U1", role="member", domain="acme.example")
RISKY: dict[Fact, dict[str, Any]] = {
    Fact.PRIVILEGED: {"privileged": True},
    Fact.OWN_ACCOUNT: {"own_account": True},
    Fact.CONTACT_CHANGED: {"contact_changed_at": NOW - timedelta(days=1)},
    Fact.REPEATED: {"last_reset_at": NOW - timedelta(hours=1)},
    Fact.BUSY_AGENT: {"agent_last_hour": 50, "agent_usual_hour": 2.0},
    Fact.OFF_HOURS: {"local": NOW.replace(hour=3)},
    Fact.NOT_CHECKED: {"checked": False},
    Fact.COMPROMISED: {"compromised": True},
    Fact.LOCKDOWN: {"lockdown": True},
}
numbers = st.integers(0, MOST_APPROVALS)
policies = st.builds(
    Policy,
    always=numbers,
    privileged=numbers,
    own_account=numbers,
    contact_changed=numbers,
    repeated=numbers,
    busy_agent=numbers,
    off_hours=numbers,
    not_checked=numbers,
    compromised=numbers,
)
some_facts = st.sets(st.sampled_from(sorted(RISKY)))


def situation(facts: set[Fact]) -> Situation:
    changes: dict[str, Any] = {}
    for fact in facts:
        changes |= RISKY[fact]
    return replace(CALM, **changes)


def test_an_ordinary_reset_waits_for_nobody() -> None:
    assert decide(Policy(), CALM) == Decision(True)


@pytest.mark.parametrize("fact", RISKY)
def test_each_fact_is_seen_alone(fact: Fact) -> None:
    assert set(facts_of(Policy(), situation({fact}))) == {Fact.ALWAYS, fact}


@pytest.mark.parametrize(
    ("fact", "not_any_more"),
    [
        (Fact.CONTACT_CHANGED, {"contact_changed_at": NOW - timedelta(days=7)}),
        (Fact.REPEATED, {"last_reset_at": NOW - timedelta(hours=24)}),
        (Fact.BUSY_AGENT, {"agent_last_hour": 9, "agent_usual_hour": 0.0}),
        (Fact.BUSY_AGENT, {"agent_last_hour": 50, "agent_usual_hour": 20.0}),
        (Fact.OFF_HOURS, {"local": NOW.replace(hour=7)}),
    ],
)
def test_thresholds(fact: Fact, not_any_more: dict[str, Any]) -> None:
    assert fact not in facts_of(Policy(), replace(CALM, **not_any_more))


@given(policies, some_facts, st.sampled_from(sorted(RISKY)))
def test_one_more_risk_never_means_fewer_approvals(policy: Policy, facts: set[Fact], more: Fact) -> None:
    assert decide(policy, situation({*facts, more})).approvals >= decide(policy, situation(facts)).approvals


@given(policies, some_facts)
def test_never_more_than_two_and_every_raise_is_explained(policy: Policy, facts: set[Fact]) -> None:
    decision = decide(policy, situation(facts))
    assert 0 <= decision.approvals <= MOST_APPROVALS
    assert bool(decision.facts) == bool(decision.approvals)


@given(policies, some_facts)
def test_lockdown_asks_for_one_more(policy: Policy, facts: set[Fact]) -> None:
    without = decide(policy, situation(facts - {Fact.LOCKDOWN})).approvals
    assert decide(policy, situation({*facts, Fact.LOCKDOWN})).approvals == min(without + 1, MOST_APPROVALS)


@given(some_facts, st.permutations([Scope(), Scope(roles=("member",)), Scope(deny=True, domains=("acme.example",))]))
def test_denial_wins_wherever_it_stands(facts: set[Fact], scopes: list[Scope]) -> None:
    decision = decide(Policy(scopes=tuple(scopes)), situation(facts))
    assert not decision.allowed
    assert decision.rule.endswith("denies")


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        (Scope(agents=("U1",)), True),
        (Scope(agents=("S1",)), True),
        (Scope(agents=("S2",)), False),
        (Scope(roles=("member", "coach")), True),
        (Scope(roles=("administrator",)), False),
        (Scope(domains=("acme.example",)), True),
        (Scope(domains=("other.example",)), False),
        (Scope(teams=("north",)), False),
        (Scope(agents=("U1",), roles=("administrator",)), False),
    ],
)
def test_scope(scope: Scope, allowed: bool) -> None:
    decision = decide(Policy(scopes=(replace(scope, ask="the desk"),)), replace(CALM, agent_groups=("S1",)))
    assert decision.allowed is allowed
    assert decision.ask_instead == ("" if allowed else "the desk")
