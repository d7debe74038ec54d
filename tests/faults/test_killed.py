"""Killed after any effect, refused at any, the answer lost at any: nobody is locked out, nothing is doubled."""

from __future__ import annotations

import os
from itertools import product

import pytest

from tests.faults import table
from tests.faults.conftest import WorldMaker
from tests.faults.lives import faults, live, straight
from tests.faults.outcomes import Outcome, Outcomes, Row
from tests.faults.stories import KINDS, STORIES

FAULTS = ("kill", "refuse", "lose")
"""`refuse`: nothing was done. `lose`: it was done, and the answer did not come back."""
MODE = os.environ.get("LOCKSMITH_FAULTS", "")
FEW = 4
"""Lives of a test, by default."""
UNITS = [(story, kind, how) for story, told in STORIES.items() for kind, how in product(told.kinds, FAULTS)]


@pytest.mark.timeout(400)
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
@pytest.mark.parametrize(("story", "kind", "how"), UNITS)
def test_a_fault_at_any_effect(world: WorldMaker, story: str, kind: str, how: str, database: str) -> None:
    lives = world(in_place=KINDS[kind].in_place, postgresql=database == "postgresql")
    fates = faults(straight(lives, story, kind), how, story)
    chosen = fates if MODE else fates[:: -(-len(fates) // FEW)]
    hurt = [live(lives, story, kind, fate) for fate in chosen]
    assert [one.died for one in hurt] == [one.fate.step if how == "kill" else "" for one in hurt]
    assert not [one for one in hurt if one.wrong]
    assert lives.audit().broken_at is None
    found = {one.fate.at: Row(one.fate.step, one.then, Outcome.of(one)) for one in hurt}
    outcomes = Outcomes()
    if MODE == "write" and database == "sqlite":
        outcomes.keep(story, kind, how, list(found.values()))
    known = outcomes.of(story, kind, how)
    assert [row.step for row in known] == [fate.step for fate in fates]
    assert [found[fate.at] for fate in chosen] == [
        row for row, fate in zip(known, fates, strict=True) if fate in chosen
    ]


def test_the_documents_show_what_was_found() -> None:
    """After the lives: where they are written anew, these are too."""
    outcomes = Outcomes()
    if MODE == "write":
        table.write(outcomes)
    assert table.written() == table.render(outcomes).strip()
    for story, kind, how in UNITS:
        assert outcomes.of(story, kind, how), f"nothing is known of {story}, {kind}, {how}"
