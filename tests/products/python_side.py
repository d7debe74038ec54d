"""The products' end of the talk, for those in Python: a line of JSON in, a line of JSON out (see talk.py)."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any


def answer(questions: dict[str, Callable[..., Any]]) -> None:
    """Until nobody asks any more. Whatever goes wrong is told: to the product's people it would be a broken page."""
    said, sys.stdout = sys.stdout, sys.stderr  # what the product prints is not an answer
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            told = {"answer": questions[asked.pop("ask")](**asked)}
        except Exception as error:  # noqa: BLE001  (whatever it is, the test says it)
            told = {"broken": f"{type(error).__name__}: {error}"}
        print(json.dumps(told), file=said, flush=True)
