"""The rules of the house that a reader would otherwise have to trust."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LAYERS = {"bot": {"handlers", "services"}, "handlers": {"services"}, "services": set[str](), "sandbox": set[str]()}
"""Whom each room may import: bot -> handlers -> services; the sandbox stands alone."""


def imported(file: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


@pytest.mark.parametrize("room", LAYERS)
def test_imports_point_one_way(room: str) -> None:
    for file in (ROOT / room).rglob("*.py"):
        rooms = {name.split(".")[0] for name in imported(file)} & set(LAYERS)
        assert rooms <= LAYERS[room] | {room}, file


def test_services_know_neither_slack_nor_the_environment() -> None:
    for file in (ROOT / "services").rglob("*.py"):
        assert not {name for name in imported(file) if name.startswith(("slack_", "apscheduler"))}, file
        assert "os.environ" not in file.read_text(encoding="utf-8"), file


def test_only_settle_and_send_reach_the_directorys_writes() -> None:
    """`swap` is settle's alone, `close` the closer's, `rehearse` belongs to preparing (PROTOCOL rule 3)."""
    writers = {"swap": {"settle.py"}, "close": {"closing.py"}, "rehearse": {"prepare.py"}}
    for file in (ROOT / "services").glob("*.py"):
        for verb, allowed in writers.items():
            if re.search(rf"directory\.{verb}\(", file.read_text(encoding="utf-8")):
                assert file.name in allowed, (file, verb)


def test_nothing_names_a_registry_or_a_path_of_a_machine() -> None:
    forbidden = re.compile(
        r"https?://[^ ]*(npm|pypi|pythonhosted|debian)[^ ]*/|(^|[^a-z.])/(root|home)/", re.MULTILINE
    )
    for file in ROOT.rglob("*"):
        hidden = any(part.startswith(".") and part != ".ci" for part in file.relative_to(ROOT).parts)
        if hidden or not file.is_file() or file.suffix in {".png", ".pyc", ".db"} or file == Path(__file__):
            continue
        assert not forbidden.search(file.read_text(encoding="utf-8")), file
