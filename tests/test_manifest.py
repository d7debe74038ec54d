"""The manifest, the route table and the docs agree."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from handlers import ids

ROOT = Path(__file__).resolve().parent.parent
MANIFEST: dict[str, Any] = yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))
SCOPES = {"commands", "chat:write", "im:write", "usergroups:read", "users:read", "users:read.email", "groups:read"}


def test_least_privilege_and_each_scope_justified() -> None:
    scopes = MANIFEST["oauth_config"]["scopes"]
    assert set(scopes) == {"bot"}
    assert set(scopes["bot"]) == SCOPES
    security = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    for scope in SCOPES:
        assert f"`{scope}`" in security


def test_each_scope_has_its_reason_above_it() -> None:
    lines = [line.strip() for line in (ROOT / "manifest.yml").read_text(encoding="utf-8").splitlines()]
    for scope in SCOPES:
        assert lines[lines.index(f"- {scope}") - 1].startswith("# "), scope
    text = " ".join(line.removeprefix("# ") for line in lines).lower()
    assert "so that nobody decides about their own account" in text
    assert "to see which managers are not in the private approval channel and tell them by direct message" in text


def test_every_command_and_short_cut_has_a_listener_and_the_reverse() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "handlers").glob("*.py"))
    declared = {one["command"] for one in MANIFEST["features"]["slash_commands"]}
    assert declared == {command.value for command in ids.Slash}
    shortcuts = {one["callback_id"] for one in MANIFEST["features"]["shortcuts"]}
    assert shortcuts == {one.value for one in ids.Shortcut}
    assert re.search(r"app\.command\(", source)


def test_limits_of_the_manifest_format() -> None:
    """app-manifest reference: name 35, description 140, short cut name 24, long description 175-4000 signs."""
    about = MANIFEST["display_information"]
    assert len(about["name"]) <= 35
    assert len(about["description"]) <= 140
    assert 175 <= len(about["long_description"]) <= 4000
    for one in MANIFEST["features"]["shortcuts"]:
        assert len(one["name"]) <= 24
        assert len(one["description"]) <= 150
    assert MANIFEST["_metadata"]["major_version"] == 2


def test_direct_messages_are_possible_and_nobody_writes_to_the_bot() -> None:
    home = MANIFEST["features"]["app_home"]
    assert home == {
        "home_tab_enabled": False,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": True,
    }
    assert MANIFEST["settings"]["socket_mode_enabled"]
