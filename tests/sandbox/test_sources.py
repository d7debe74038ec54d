"""Every rule of the stand-in names where it is from, and every handle of a tester is in docs/sandbox.md."""

import ast
import re
from pathlib import Path

import pytest

from sandbox.app import Running
from sandbox.control import _CHANGES
from sandbox.slack.acts import ACTS
from sandbox.slack.web_api import METHODS

HERE = Path(__file__).parent
DOCS = (HERE.parents[1] / "docs" / "sandbox.md").read_text(encoding="utf-8")
OWN = {"test_slack_server.py", "test_slack_state.py"}
"""About the sandbox itself: its process, and what its page gets."""


def cases_of(file: Path) -> list[ast.FunctionDef]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]


@pytest.mark.parametrize("name", sorted(file.name for file in HERE.glob("test_slack_*.py") if file.name not in OWN))
def test_a_rule_of_slacks_names_its_source(name: str) -> None:
    file = HERE / name
    whole = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    for test in cases_of(file):
        said = f"{whole} {ast.get_docstring(test) or ''}"
        assert re.search(r"Sources?: ", said), (name, test.name)
        assert re.search(r"docs\.slack\.dev/|github\.com/slackapi/|the (page|limits)", said), (name, test.name)


def test_every_handle_is_documented(sandbox: Running) -> None:
    for key in _CHANGES:
        assert f"| `{key}:" in DOCS, key
    for act in ACTS:
        assert f"`/act/{act}`" in DOCS, act
    for path in (getattr(route, "path", "") for route in sandbox.sandbox.app().routes):
        if path.startswith("/control"):
            assert f"{path}`" in DOCS or f"{path} " in DOCS or f"{path}?" in DOCS or f"{path}` " in DOCS, path


def test_every_method_is_documented() -> None:
    for method in METHODS:
        assert f"`{method}`" in DOCS, method
