"""`python -m tests.bench acks|start|resets|all|soak|search|whole [--write FILE]`: on this machine alone."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from tests.bench import acks, begin, resets, search, soak, whole
from tests.bench.table import Table

BENCHES = {"acks": acks.measure, "start": begin.measure, "resets": resets.measure}
SOAK, SEARCH, WHOLE = "soak", "search", "whole"
PARTS = {name: (f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n") for name in ("measured", SOAK, SEARCH, WHOLE)}


@click.command()
@click.argument("what", type=click.Choice([*BENCHES, "all", SOAK, SEARCH, WHOLE]))
@click.option(
    "--write", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Replace its marked part."
)
@click.option("--resets", "number", default=2000, show_default=True, help="Of a soak: how many.")
@click.option("--minutes", default=30.0, show_default=True, help="Of a soak: after these nobody asks for one more.")
def main(what: str, write: Path | None, number: int, minutes: float) -> None:
    """Measure."""
    benches: dict[str, Callable[[], list[Table]]] = {**BENCHES, SEARCH: search.measure, WHOLE: whole.measure}
    benches[SOAK] = partial(soak.measure, number, minutes)
    parts = [f"{_machine()}\n"]
    for name in BENCHES if what == "all" else [what]:
        for table in benches[name]():
            click.echo(f"{table}")
            parts.append(f"{table}")
    if write:
        begin, end = PARTS[what if what in PARTS else "measured"]
        before, _, rest = write.read_text(encoding="utf-8").partition(begin)
        _, _, after = rest.partition(end)
        write.write_text(f"{before}{begin}\n" + "\n".join(parts) + f"\n{end}{after}", encoding="utf-8")


def _machine() -> str:
    name = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor(),
    )
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    day = datetime.now(UTC).date().isoformat()
    return f"{day}, Python {platform.python_version()}, {os.cpu_count()} cores ({name}), load before it {load}."


def _lines(file: str) -> list[str]:
    path = Path(file)
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


if __name__ == "__main__":
    main()
