"""Who may reset whom, and whose yes it needs: one pure function, so that every decision can be explained.

Risk facts raise the number of approvals and never lower it; an explicit denial wins over everything. Nothing
here reads a clock, a database or a directory: a `Situation` says all that is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

MOST_APPROVALS = 2


class Fact(StrEnum):
    """What makes a reset risky. `handlers/words.py` has words for each; thresholds are told to nobody."""

    ALWAYS = "always"
    PRIVILEGED = "privileged"
    OWN_ACCOUNT = "own_account"
    CONTACT_CHANGED = "contact_changed"
    REPEATED = "repeated"
    BUSY_AGENT = "busy_agent"
    OFF_HOURS = "off_hours"
    NOT_CHECKED = "not_checked"
    COMPROMISED = "compromised"
    LOCKDOWN = "lockdown"


@dataclass(frozen=True)
class Scope:
    """Which agents may reset which people. Empty means any; all that are given must fit."""

    agents: tuple[str, ...] = ()
    """Slack user-group or user ids."""
    roles: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    deny: bool = False
    ask: str = ""
    """Whom to ask instead, in the settings' own words."""

    def fits(self, situation: Situation) -> bool:
        return (
            (not self.agents or bool({situation.agent_id, *situation.agent_groups} & set(self.agents)))
            and (not self.roles or situation.role in self.roles)
            and (not self.teams or situation.team in self.teams)
            and (not self.domains or situation.domain in self.domains)
        )


@dataclass(frozen=True)
class Policy:
    """`[approval]` and `[[scope]]` of locksmith.toml. Numbers are approvals (0, 1, 2) that a fact calls for."""

    always: int = 0
    privileged: int = 1
    own_account: int = 1
    contact_changed: int = 1
    contact_changed_days: int = 7
    repeated: int = 1
    repeated_hours: int = 24
    busy_agent: int = 1
    busy_agent_times: int = 4
    """So many times their own usual number in an hour is far above it."""
    busy_agent_least: int = 10
    """Below this many in an hour nobody is busy, whatever their usual."""
    off_hours: int = 0
    working_hours: tuple[int, int] = (7, 20)
    """From and until, full hours in the agent's zone; Monday to Friday."""
    not_checked: int = 1
    compromised: int = 0
    scopes: tuple[Scope, ...] = ()

    def asks(self, fact: Fact) -> int:
        """Approvals that this fact alone calls for; lockdown is counted on top by `decide`."""
        return 0 if fact is Fact.LOCKDOWN else int(getattr(self, fact.value))


@dataclass(frozen=True)
class Situation:
    """Everything that is known when somebody asks; times are zone-aware, `local` is in the agent's zone."""

    now: datetime
    local: datetime
    agent_id: str
    agent_groups: tuple[str, ...] = ()
    role: str = ""
    team: str = ""
    domain: str = ""
    privileged: bool = False
    own_account: bool = False
    contact_changed_at: datetime | None = None
    last_reset_at: datetime | None = None
    agent_last_hour: int = 0
    """Requests of this agent in the last hour."""
    agent_usual_hour: float = 0.0
    """Their own average in hours in which they worked, over four weeks."""
    checked: bool = True
    compromised: bool = False
    lockdown: bool = False


@dataclass(frozen=True)
class Decision:
    allowed: bool
    approvals: int = 0
    facts: tuple[Fact, ...] = ()
    """Those that raised the number, in the order in which they are told."""
    ask_instead: str = ""
    rule: str = ""
    """The setting that denied, for `policy explain`."""


def facts_of(policy: Policy, situation: Situation) -> tuple[Fact, ...]:
    """Every fact that holds, whether or not the policy makes anything of it."""
    start, end = policy.working_hours
    found = {
        Fact.ALWAYS: True,
        Fact.LOCKDOWN: situation.lockdown,
        Fact.PRIVILEGED: situation.privileged,
        Fact.OWN_ACCOUNT: situation.own_account,
        Fact.CONTACT_CHANGED: _within(
            situation.contact_changed_at, situation.now, timedelta(days=policy.contact_changed_days)
        ),
        Fact.REPEATED: _within(situation.last_reset_at, situation.now, timedelta(hours=policy.repeated_hours)),
        Fact.BUSY_AGENT: situation.agent_last_hour >= policy.busy_agent_least
        and situation.agent_last_hour > policy.busy_agent_times * situation.agent_usual_hour,
        Fact.OFF_HOURS: situation.local.isoweekday() > 5 or not start <= situation.local.hour < end,  # noqa: PLR2004
        Fact.NOT_CHECKED: not situation.checked,
        Fact.COMPROMISED: situation.compromised,
    }
    return tuple(fact for fact, holds in found.items() if holds)


def decide(policy: Policy, situation: Situation) -> Decision:
    """Denial first; then the highest number that any fact calls for, one more under lockdown, two at the most."""
    denial = _denied(policy, situation)
    if denial is not None:
        return denial
    holding = facts_of(policy, situation)
    needed = max((policy.asks(fact) for fact in holding), default=0)
    if Fact.LOCKDOWN in holding:
        needed += 1
    raised = tuple(fact for fact in holding if fact is Fact.LOCKDOWN or policy.asks(fact) > 0)
    return Decision(True, min(needed, MOST_APPROVALS), raised)


def _denied(policy: Policy, situation: Situation) -> Decision | None:
    for at, scope in enumerate(policy.scopes, 1):
        if scope.deny and scope.fits(situation):
            return Decision(False, ask_instead=scope.ask, rule=f"scope {at} denies")
    allowing = [scope for scope in policy.scopes if not scope.deny]
    if allowing and not any(scope.fits(situation) for scope in allowing):
        ask = next((scope.ask for scope in allowing if scope.ask), "")
        return Decision(False, ask_instead=ask, rule="no scope allows")
    return None


def _within(at: datetime | None, now: datetime, span: timedelta) -> bool:
    return at is not None and now - at < span
