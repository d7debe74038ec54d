"""Killed after any effect, refused at any, the answer lost at any: nobody is locked out, nothing is doubled."""

from __future__ import annotations

import pytest

from tests.faults.conftest import WorldMaker
from tests.faults.lives import KINDS, STORIES, faults, live, straight

LONG = pytest.mark.long
USUAL = ("beside", "in place", "compromised")
LATER = ("text:undelivered", "password:lapsed")
"""Where the other stories begin to differ from the first."""


@pytest.mark.timeout(400)
@pytest.mark.parametrize("story", [pytest.param(one, marks=[] if one == "used" else [LONG]) for one in STORIES])
@pytest.mark.parametrize("kind", [pytest.param(one, marks=[] if one in USUAL else [LONG]) for one in KINDS])
def test_killed_after_any_effect(world: WorldMaker, kind: str, story: str) -> None:
    lives = world(in_place=KINDS[kind].in_place)
    effects = straight(lives, story, KINDS[kind])
    begin = next((n for n, name in enumerate(effects) if any(event in name for event in LATER)), 0)
    deaths = [live(lives, story, KINDS[kind], fate) for fate in faults(effects, "kill") if fate.at > begin]
    assert [one.died for one in deaths] == [one.fate.step for one in deaths]
    assert not [one for one in deaths if one.wrong]
    assert lives.audit().broken_at is None


@pytest.mark.long
@pytest.mark.timeout(400)
@pytest.mark.parametrize("how", ["refuse", "lose"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_at_any_effect(world: WorldMaker, kind: str, how: str) -> None:
    """`refuse`: nothing was done. `lose`: it was done, and the answer did not come back."""
    lives = world(in_place=KINDS[kind].in_place)
    effects = straight(lives, "used", KINDS[kind])
    hurt = [live(lives, "used", KINDS[kind], fate) for fate in faults(effects, how)]
    assert not [one for one in hurt if one.wrong]
    assert lives.audit().broken_at is None
