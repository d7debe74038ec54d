"""`python -m tests.bench acks|start|resets|all [--write docs/performance.md]`: on this machine, loopback only."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

import click

from tests.bench import acks, begin, resets

BENCHES = {"acks": acks.measure, "start": begin.measure, "resets": resets.measure}
BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"


@click.command()
@click.argument("what", type=click.Choice([*BENCHES, "all"]))
@click.option(
    "--write", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Replace its marked part."
)
def main(what: str, write: Path | None) -> None:
    """Measure."""
    parts = [f"{_machine()}\n"]
    for name in BENCHES if what == "all" else [what]:
        for table in BENCHES[name]():
            click.echo(f"{table}")
            parts.append(f"{table}")
    if write:
        before, _, rest = write.read_text(encoding="utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        write.write_text(f"{before}{BEGIN}\n" + "\n".join(parts) + f"\n{END}{after}", encoding="utf-8")


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
