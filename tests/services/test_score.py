"""The score says what a policy lacks, and a better policy never scores less."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from services.decision import Policy
from services.policy import Rules
from services.score import FULL, losses, score

RULES = Rules(product="P", contact="1", ticket_pattern="Z")
OPEN = Policy(privileged=0, own_account=0, contact_changed=0, repeated=0, busy_agent=0, not_checked=0)


def test_normal_strict_and_open() -> None:
    assert score(Policy(), RULES) == score(Policy(always=1), RULES) == 98
    assert score(OPEN, RULES) == 13
    assert score(OPEN, replace(RULES, minutes=480, ticket_pattern="")) == 2


def test_each_part_of_the_policy_counts() -> None:
    for name in ("privileged", "own_account", "contact_changed", "repeated", "busy_agent", "not_checked"):
        changes: dict[str, Any] = {name: 1}
        assert score(replace(OPEN, **changes), RULES) > score(OPEN, RULES), name


def test_every_loss_names_its_clause_and_the_worst_is_first() -> None:
    found = losses(OPEN, replace(RULES, minutes=480))
    assert all(loss.clause and loss.why for loss in found)
    assert found[0].points == max(loss.points for loss in found)
    assert FULL - sum(loss.points for loss in found) == score(OPEN, replace(RULES, minutes=480))
