"""docs/reliability.md's tables of what every fault at every step comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from itertools import groupby

from tests.faults.outcomes import Outcome, Outcomes, numbered
from tests.faults.stories import KINDS, STORIES
from tests.processes.process import ROOT

DOCS = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- made by tests/faults: begin -->\n", "<!-- made by tests/faults: end -->\n"
FAULTS = {"kill": "killed after", "refuse": "refused", "lose": "answer lost"}
_WORDS = {
    "product: swapped": "the write",
    "product: closed": "the closing",
    "product: unlocked": "the unlocking",
    "product: rehearsed": "the rehearsal",
    "carrier: posted": "the post",
    "carrier: blanked": "the blanking",
}
_ENDS = ["Product", "Fault", "State", "The agent reads", "Opens", "Texts", "Outcome in the audit"]
_ELSE = "any other, or none"
Line = tuple[str, ...]


def render(outcomes: Outcomes) -> str:
    parts = []
    for story, told in STORIES.items():
        parts.append(f"### {told.what}\n")
        parts += [
            _lines(_ENDS, _ends(outcomes, story)),
            _lines(["Product", "Killed after", "Opens then"], _then(outcomes, story)),
        ]
    return "\n".join(parts)


def write(outcomes: Outcomes) -> None:
    before, _, rest = DOCS.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCS.write_text(f"{before}{BEGIN}\n{render(outcomes)}\n{END}{after}", encoding="utf-8")


def written() -> str:
    _, _, rest = DOCS.read_text(encoding="utf-8").partition(BEGIN)
    return rest.partition(END)[0].strip()


def _lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Not aligned: a cell may be long."""
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (head, ["---"] * len(head), *rows))


def _ends(outcomes: Outcomes, story: str) -> list[list[str]]:
    """A line for each outcome; the commonest of a product is that of all other faults."""
    lines: dict[Line, list[str]] = {}
    for kind in STORIES[story].kinds:
        faults: dict[Outcome, dict[str, list[str]]] = {}
        for how, words in FAULTS.items():
            rows = outcomes.of(story, kind, how)
            for row, name in zip(rows, numbered([row.step for row in rows]), strict=True):
                faults.setdefault(row.outcome, {}).setdefault(words, []).append(name)
        commonest = max(faults, key=lambda one: sum(map(len, faults[one].values())), default=None)
        for outcome, found in faults.items():
            told = (
                _ELSE if outcome == commonest else "; ".join(f"{how} {_list(names)}" for how, names in found.items())
            )
            lines.setdefault((told, *astuple(outcome)), []).append(kind)
    ordered = sorted(lines.items(), key=lambda one: (list(KINDS).index(one[1][0]), one[0][0] != _ELSE))
    return [[_products(story, kinds), told, f"`{state}`", *rest] for (told, state, *rest), kinds in ordered]


def _then(outcomes: Outcomes, story: str) -> list[list[str]]:
    """From step to step, what opened the account just when the process was killed."""
    lines: dict[Line, list[str]] = {}
    for kind in STORIES[story].kinds:
        rows = outcomes.of(story, kind, "kill")
        names = numbered([row.step for row in rows])
        for then, group in groupby(zip(rows, names, strict=True), key=lambda one: one[0].then):
            found = [name for _, name in group]
            steps = _word(found[0]) if len(found) == 1 else f"{_word(found[0])} to {_word(found[-1])}"
            lines.setdefault((steps, then), []).append(kind)
    ordered = sorted(lines.items(), key=lambda one: list(KINDS).index(one[1][0]))
    return [[_products(story, kinds), *line] for line, kinds in ordered]


def _products(story: str, kinds: Sequence[str]) -> str:
    return "each" if tuple(kinds) == STORIES[story].kinds else "; ".join(kinds)


def _list(names: Sequence[str]) -> str:
    return ", ".join(_word(name) for name in names)


def _word(step: str) -> str:
    """`own database: a, b` is the transaction that wrote down a and b."""
    name, number = step.removesuffix(")").split(" (") if step.endswith(")") else (step, "")
    again = f" {number}" if number else ""
    if name.startswith("own database: "):
        return f"`{name.removeprefix('own database: ')}`{again}"
    return f"{_WORDS.get(name, name.replace('chat:', 'Slack:'))}{again}"
