"""A security score of the policy, 0 to 100: every lost point names the clause behind it.

Modelled on the idea of ServiceNow's score of its reset process; the weights are ours and so is their reason:
what help-desk attackers used most (calls in a stranger's name, administrators, changed numbers) weighs most.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.decision import Policy
from services.policy import Rules

FULL = 100
_LONG_LIFE_MINUTES = 60
_RECOVERY_MINUTES = 10


@dataclass(frozen=True)
class Loss:
    points: int
    why: str
    clause: str


def losses(policy: Policy, rules: Rules) -> tuple[Loss, ...]:
    """Most important first; an empty tuple is a full score."""
    strict = policy.always > 0
    found = [
        (not strict and policy.privileged == 0, 25, "administrators are reset without a second person",
         "NY DFS Twitter report 2020: a second employee for high-risk acts"),
        (not strict and policy.not_checked == 0, 20, "an unchecked caller needs nobody's approval",
         "PCI DSS 8.3.3: verify identity before a reset"),
        (not strict and policy.contact_changed == 0, 15, "a number changed just before is no reason to ask",
         "NIST SP 800-63B-4 4.1.2: a new number is a new authenticator"),
        (not strict and policy.own_account == 0, 10, "agents reset their own accounts alone",
         "separation of duties (SOC 2 CC6.1)"),
        (not strict and policy.repeated == 0, 5, "a second reset within a day is no reason to ask",
         "OWASP ASVS 2.2.1: limits against abuse"),
        (not strict and policy.busy_agent == 0, 5, "an agent far above their usual rate is no reason to ask",
         "OWASP ASVS 2.4.1: unusual rates of sensitive acts"),
        (any(not check.checked for check in rules.checks) and policy.not_checked == 0, 5,
         "“not checked” can be chosen and costs nothing", "NIST SP 800-63B-4 6.3"),
        (rules.minutes > _LONG_LIFE_MINUTES, 10, f"a temporary password lives {rules.minutes} minutes",
         "OWASP ASVS 6.4.1: expires after a short time"),
        (_RECOVERY_MINUTES < rules.minutes <= _LONG_LIFE_MINUTES, 2,
         f"a temporary password lives {rules.minutes} minutes; a recovery code would live 10",
         "NIST SP 800-63B-4 4.2.1.2"),
        (not rules.ticket_pattern, 3, "resets hang on no ticket", "SOC 2 CC6.1: evidence for a sample"),
    ]  # fmt: skip
    return tuple(Loss(points, why, clause) for holds, points, why, clause in found if holds)


def score(policy: Policy, rules: Rules) -> int:
    return max(0, FULL - sum(loss.points for loss in losses(policy, rules)))
