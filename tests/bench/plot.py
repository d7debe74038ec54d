"""How long a search takes as the directory grows, drawn from the tables in docs/performance.md:

`python -m tests.bench.plot`
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from math import log10
from pathlib import Path
from typing import NamedTuple

DOCUMENT = Path(__file__).parents[2] / "docs" / "performance.md"
_TITLE = re.compile(r"\*\*Finding people: (\w+), ([\d,]+) people\*\*")
_SHOWN = {
    "exact e-mail": "#1264a3",
    "two words": "#2b8a3e",
    "substring": "#b35c00",
    "one typo": "#a01c5b",
    "miss": "#555555",
}
_PLAIN = "plain SQL, two words"
_LEAST, _MOST = -1, 4
"""Powers of ten, milliseconds."""
_SMALL, _LARGE = 4, 6
"""Powers of ten, people."""
_WIDTH, _HEIGHT, _LEFT, _TOP = 300, 300, 70, 50
_APART = 450


class Point(NamedTuple):
    people: int
    ms: float


Lines = dict[str, list[Point]]


def read(document: str) -> dict[str, Lines]:
    """By database and query: p95 at each size; of plain SQL the median, which is all that is measured of it."""
    found: dict[str, Lines] = defaultdict(lambda: defaultdict(list))
    kind, people = "", 0
    for line in document.splitlines():
        if title := _TITLE.fullmatch(line.strip()):
            kind, people = title[1], int(title[2].replace(",", ""))
        elif line.startswith("**"):
            kind = ""
        cells = [cell.strip() for cell in line.strip("| ").split("|")]
        if kind and cells[0] in _SHOWN:
            found[kind][cells[0]].append(Point(people, float(cells[2])))
            if cells[0] == "two words":
                found[kind][_PLAIN].append(Point(people, float(cells[3].replace(",", ""))))
    return {kind: {name: sorted(points) for name, points in lines.items()} for kind, lines in found.items()}


def draw(databases: dict[str, Lines]) -> str:
    panels = [part for at, (kind, lines) in enumerate(sorted(databases.items())) for part in _panel(at, kind, lines)]
    width, height = _LEFT + _APART * len(databases), _TOP + _HEIGHT + 60
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12" role="img">',
            "<title>Milliseconds of a search (p95) by the number of people in the directory</title>",
            f'<rect width="{width}" height="{height}" fill="white"/>',
            *panels,
            "</svg>\n",
        ]
    )


def _panel(at: int, kind: str, lines: Lines) -> Iterator[str]:
    left = _LEFT + at * _APART
    yield _text(left, _TOP - 20, f"{kind}, p95 in ms", "start")
    for power in range(_LEAST, _MOST + 1):
        y = _y(10**power)
        yield f'<path d="M{left} {y:.0f}h{_WIDTH}" stroke="#dddddd"/>'
        yield _text(left - 6, y + 4, f"{10**power:g}", "end")
    for power, name in zip(range(_SMALL, _LARGE + 1), ("10,000", "100,000", "1,000,000 people"), strict=True):
        yield _text(left + _x(10**power), _TOP + _HEIGHT + 18, name, "middle")
    ends: list[float] = []
    for name, points in sorted(lines.items(), key=lambda line: -line[1][-1].ms):
        yield from _line(left, name, points, ends)


def _line(left: int, name: str, points: Sequence[Point], ends: list[float]) -> Iterator[str]:
    """Its name stands at its end, and below the one before."""
    colour, dashes = _SHOWN.get(name, "#999999"), "" if name in _SHOWN else ' stroke-dasharray="5 4"'
    places = [(left + _x(point.people), _y(point.ms)) for point in points]
    path = " ".join(f"{x:.0f},{y:.0f}" for x, y in places)
    yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>'
    for x, y in places:
        yield f'<circle cx="{x:.0f}" cy="{y:.0f}" r="3" fill="{colour}"/>'
    x, y = places[-1]
    ends.append(max([y + 4, *(end + 13 for end in ends)]))
    yield _text(x + 7, ends[-1], name, "start", colour=colour)


def _text(x: float, y: float, words: str, anchor: str, *, colour: str = "#222222") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" fill="{colour}">{words}</text>'


def _x(people: float) -> float:
    return (log10(people) - _SMALL) / (_LARGE - _SMALL) * _WIDTH * 0.85


def _y(ms: float) -> float:
    return _TOP + _HEIGHT * (_MOST - log10(ms)) / (_MOST - _LEAST)


def main(document: Path = DOCUMENT) -> None:
    picture = draw(read(document.read_text(encoding="utf-8")))
    (document.parent / "images" / "search.svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
