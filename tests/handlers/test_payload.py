"""What Slack sends, read tolerantly; what is secret stays out of sight."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers import payload

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
KEYS = st.sampled_from(
    ["user", "team", "view", "actions", "state", "message", "channel", "container", "text", "trigger_id", "command"]
)
BODIES = st.dictionaries(KEYS, JSON, max_size=6)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("jane doe", "jane doe"),
        ("  Doe ,  Jane ", "Doe , Jane"),
        ("<mailto:jane@acme.example|jane@acme.example>", "jane@acme.example"),
        ("<mailto:jane@acme.example>", "jane@acme.example"),
        ("<http://acme.example|acme.example>", "acme.example"),
        ("<https://acme.example/x>", "https://acme.example/x"),
        ("<@U0JANE|jane>", "jane"),
        ("O&amp;M &lt;x&gt;", "O&M <x>"),
        ("a < b", "a < b"),
        ("", ""),
    ],
)
def test_unwrap(written: str, meant: str) -> None:
    assert payload.unwrap(written) == meant


def mail(address: str) -> dict[str, Any]:
    return {"type": "link", "url": f"mailto:{address}", "text": address}


@pytest.mark.parametrize(
    ("message", "email"),
    [
        ({"text": "for jane.doe+x@acme.example, please"}, "jane.doe+x@acme.example"),
        ({"text": "<mailto:j@acme.example|Jane>, j2@acme.example"}, "j@acme.example"),
        ({"text": "(jane@mail.acme.example)."}, "jane@mail.acme.example"),
        ({"text": "", "blocks": [{"elements": [{"elements": [mail("b@acme.example")]}]}]}, "b@acme.example"),
        ({"text": "", "attachments": [{"text": "from c@acme.example"}]}, "c@acme.example"),
        ({"text": "nobody @here"}, ""),
        ({}, ""),
    ],
)
def test_first_email(message: dict[str, Any], email: str) -> None:
    assert payload.first_email(message) == email


@given(BODIES)
def test_any_body_is_read(body: dict[str, Any]) -> None:
    for read in (payload.command, payload.click, payload.submission, payload.short_cut):
        assert isinstance(read(body).user_id, str)


def test_the_clickers_own_workspace_counts() -> None:
    body = {"user": {"id": "U1", "team_id": "T0OTHER"}, "team": {"id": "T0OURS"}}
    assert payload.click(body).workspace == "T0OTHER"
    assert payload.click(body | {"user": {"id": "U1"}}).workspace == "T0OURS"


def test_urls_and_triggers_are_not_shown() -> None:
    body = {"user": {"id": "U1"}, "trigger_id": "T-SECRET", "response_url": "https://hooks.example/SECRET"}
    assert "SECRET" not in repr(payload.click(body))
    assert "SECRET" not in repr(payload.short_cut(body))
