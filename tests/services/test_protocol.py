"""PROTOCOL.md's promise and rules under acts in any order, and the proof that each rule is needed.

LOCKSMITH_EXAMPLES raises the number of random lives (docs/contributing.md).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.services.mutants import A_LEASE, ASK, ASK_COMPROMISED, MUTANTS, SIGN_IN, Mutant, stopped
from tests.services.protocol import KEYS, KINDS, POINTS, Act, Broken, World, make_templates

EXAMPLES = int(os.environ.get("LOCKSMITH_EXAMPLES", "12"))
STEPS = 12
ANSWERS = ("takes", "loses", "takes and fails", "refuses", "away", "silent", "silent but takes")
STATUSES = ("sent", "delivered", "undelivered", "failed")
key = st.sampled_from(KEYS[:1] * 4 + KEYS[1:])
"""Mostly of one person: lives cross where they meet."""
seconds = st.sampled_from((1, 3, 10, 61, 130, 700, 3601))
ACTS: dict[str, tuple[st.SearchStrategy[Any], ...]] = {
    "ask": (key, st.booleans()),
    "again": (key, st.booleans()),
    "vote": (key,),
    "withdraw": (key,),
    "close_account": (key,),
    "pick_up": (),
    "look": (seconds,),
    "time_passes": (seconds,),
    "calm": (),
    "others_text": (key,),
    "status": (st.integers(0, 1), st.sampled_from(STATUSES)),
    "receipt": (st.integers(0, 1), st.sampled_from(STATUSES)),
    "sign_in": (key,),
    "sign_in_with_own": (key,),
    "choose": (key,),
    "rehash": (key,),
    "extend": (key,),
    "number_changes": (key,),
    "product_refuses": (st.booleans(),),
    "pause": (st.booleans(),),
    "save_begins": (key,),
    "save_ends": (key,),
}
act: st.SearchStrategy[Act] = st.sampled_from(sorted(ACTS)).flatmap(
    lambda name: st.tuples(st.just(name), *ACTS[name])
)


interruption: st.SearchStrategy[Act] = st.tuples(
    st.sampled_from(sorted(POINTS)),
    st.booleans(),
    st.integers(0, 3),
    st.lists(act, max_size=4),
    st.sampled_from(("goes on", "goes on", "dies", "away")),
)


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Path:
    return make_templates(tmp_path_factory.mktemp("templates"), migrated_file)


class Lives(RuleBasedStateMachine):
    """`kind` and `templates` are set by who runs it."""

    kind: str
    templates: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.world = World(self.folder, self.templates, self.kind)

    def teardown(self) -> None:
        try:
            self.world.end()
        finally:
            self.world.close()
            shutil.rmtree(self.folder)

    @initialize(
        answers=st.lists(st.sampled_from(ANSWERS), max_size=1),
        stopped=st.none() | interruption,
        key=key,
        compromised=st.sampled_from((False, False, True)),
    )
    def begin(self, answers: list[str], stopped: Act | None, key: str, compromised: bool) -> None:
        """Every life has a reset in it, and most of them a fault."""
        self.world.do("carrier_plans", *answers)
        if stopped is not None:
            self.world.do("interrupt", *stopped)
        self.world.step("ask", key, compromised)

    @rule(key=key, compromised=st.booleans())
    def ask(self, key: str, compromised: bool) -> None:
        self.world.step("ask", key, compromised)

    @rule(key=key, compromised=st.booleans())
    def again(self, key: str, compromised: bool) -> None:
        self.world.step("again", key, compromised)

    @rule(answers=st.lists(st.sampled_from(ANSWERS), min_size=1, max_size=2), lags=st.booleans())
    def the_carrier(self, answers: list[str], lags: bool) -> None:
        self.world.do("list_lags", lags)
        self.world.step("carrier_plans", *answers)

    @rule(stopped=interruption)
    def interrupt(self, stopped: Act) -> None:
        self.world.step("interrupt", *stopped)

    @rule(after=seconds)
    def look(self, after: float) -> None:
        self.world.step("look", after)

    @rule(act=act)
    def whatever(self, act: Act) -> None:
        self.world.step(*act)


def live(kind: str, templates: Path, examples: int) -> None:
    chosen = settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        derandomize=True,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(type("Lives", (Lives,), {"kind": kind, "templates": templates}), settings=chosen)


@pytest.mark.timeout(120 + 10 * EXAMPLES)
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_whatever_happens_in_whatever_order(kind: str, templates: Path) -> None:
    live(kind, templates, EXAMPLES)


# --- a test of the test: each rule is needed, and the machine sees where it is missing ------------

CASES = [(mutant, kind) for mutant in MUTANTS for kind in mutant.kinds]
NAMES = [f"{mutant.name}, {kind}" for mutant, kind in CASES]


def live_through(world: World, acts: tuple[Act, ...]) -> None:
    for one in acts:
        world.step(*one)
    world.end()


def life(folder: Path, templates: Path, mutant: Mutant, kind: str) -> None:
    world = World(folder, templates, kind)
    try:
        live_through(world, mutant.life)
    finally:
        world.close()


@pytest.mark.parametrize(("mutant", "kind"), CASES, ids=NAMES)
def test_without_the_rule_this_life_breaks_the_promise(
    mutant: Mutant, kind: str, tmp_path: Path, templates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutant.take_away(monkeypatch)
    with pytest.raises(Broken, match=mutant.found):
        life(tmp_path, templates, mutant, kind)


@pytest.mark.parametrize(("mutant", "kind"), CASES, ids=NAMES)
def test_with_all_rules_this_life_keeps_it(mutant: Mutant, kind: str, tmp_path: Path, templates: Path) -> None:
    life(tmp_path, templates, mutant, kind)


# --- lives that went wrong once -------------------------------------------------------------------

FOUND: dict[str, tuple[Act, ...]] = {
    "two workers close one after the other, with one outcome": (
        stopped("close", A_LEASE, ("pick_up",), after=True), ASK_COMPROMISED,
    ),
    "used just before a look puts an undelivered one back": (
        ASK, ("status", 0, "undelivered"), stopped("swap", then="away"), ("look", 5), stopped("swap", SIGN_IN),
        ("look", 61),
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("acts", FOUND.values(), ids=FOUND.keys())
def test_what_was_found_stays_found(acts: tuple[Act, ...], kind: str, tmp_path: Path, templates: Path) -> None:
    world = World(tmp_path, templates, kind)
    try:
        live_through(world, acts)
    finally:
        world.close()
