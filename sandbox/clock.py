"""The sandbox's own time: the machine's, plus an offset that a tester moves forward."""

import time
from pathlib import Path


class Clock:
    """Tells the time to everything in the sandbox; the offset lives in a file that the demo's bot follows."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self.offset = float(file.read_text()) if file and file.exists() else 0.0
        self._write()

    def now(self) -> float:
        return time.time() + self.offset

    def advance(self, seconds: float) -> None:
        self.offset += seconds
        self._write()

    def _write(self) -> None:
        if self._file:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_text(f"{self.offset}\n")
