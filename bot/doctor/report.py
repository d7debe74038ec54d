"""What the doctor says: a table for people, JSON for machines, and an exit status."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from dataclasses import dataclass

from services.lookout import Check, Status

FAILURES, NOTHING_TRIED = 1, 2
_WORDS = {Status.OK: "ok", Status.WARNING: "warning", Status.FAILED: "FAILED", Status.SKIPPED: "not checked"}


@dataclass(frozen=True)
class Report:
    checks: tuple[Check, ...]
    tried: bool = True
    """False where the settings left nothing to try."""

    @property
    def exit_status(self) -> int:
        if not self.tried:
            return NOTHING_TRIED
        return FAILURES if any(check.failed for check in self.checks) else 0

    def as_json(self) -> str:
        checks = [{"name": c.name, "status": c.status.value, "found": c.found, "mend": c.mend} for c in self.checks]
        return json.dumps({"ok": self.exit_status == 0, "checks": checks}, ensure_ascii=False, indent=2)

    def as_text(self, width: int = 100) -> str:
        """State in words, not by colour; what to do stands below what was found."""
        column = max(len(check.name) for check in self.checks) + 2
        lines = [line for check in self.checks for line in _lines(check, column, width)]
        return "\n".join([*lines, "", self._sum()])

    def _sum(self) -> str:
        counts = Counter(check.status for check in self.checks)
        said = ", ".join(f"{_WORDS[status]}: {counts[status]}" for status in Status if counts[status])
        return f"{said}. " + ("Put right what failed." if self.exit_status else "Locksmith can work.")


def _lines(check: Check, column: int, width: int) -> list[str]:
    start = f"{_WORDS[check.status]:<13}{check.name:<{column}}"
    indent = " " * len(start)
    lines = textwrap.wrap(check.found, max(width, 60), initial_indent=start, subsequent_indent=indent)
    if check.mend:
        lines += textwrap.wrap(
            check.mend, max(width, 60), initial_indent=f"{indent}To do: ", subsequent_indent=indent
        )
    return lines or [start.rstrip()]
