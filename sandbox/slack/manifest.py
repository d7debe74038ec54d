"""What the app may do here: read from the same manifest that a real workspace is given."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Command:
    """A slash command that the manifest declares."""

    command: str
    description: str
    usage_hint: str
    should_escape: bool


@dataclass(frozen=True)
class Shortcut:
    """A message or global short cut that the manifest declares."""

    name: str
    type: str
    callback_id: str
    description: str


@dataclass(frozen=True)
class Manifest:
    """The parts of an app manifest that change how Slack behaves."""

    name: str
    scopes: tuple[str, ...]
    commands: tuple[Command, ...]
    shortcuts: tuple[Shortcut, ...]
    bot_events: tuple[str, ...]
    interactive: bool
    socket_mode: bool
    home_tab: bool
    messages_tab: bool
    messages_read_only: bool

    def command(self, name: str) -> Command | None:
        return next((c for c in self.commands if c.command == name), None)

    def shortcut(self, callback_id: str, kind: str) -> Shortcut | None:
        return next((s for s in self.shortcuts if (s.callback_id, s.type) == (callback_id, kind)), None)


def load(path: Path) -> Manifest:
    """Read a manifest file (YAML or JSON)."""
    return parse(yaml.safe_load(path.read_text(encoding="utf-8")))


def parse(raw: dict[str, Any]) -> Manifest:
    """The manifest as Slack reads it: what is absent is off."""
    features, settings = raw.get("features", {}), raw.get("settings", {})
    home = features.get("app_home", {})
    return Manifest(
        name=raw.get("display_information", {}).get("name", "Locksmith"),
        scopes=tuple(raw.get("oauth_config", {}).get("scopes", {}).get("bot", ())),
        commands=tuple(_command(c) for c in features.get("slash_commands", ())),
        shortcuts=tuple(_shortcut(s) for s in features.get("shortcuts", ())),
        bot_events=tuple(settings.get("event_subscriptions", {}).get("bot_events", ())),
        interactive=bool(settings.get("interactivity", {}).get("is_enabled", False)),
        socket_mode=bool(settings.get("socket_mode_enabled", False)),
        home_tab=bool(home.get("home_tab_enabled", False)),
        messages_tab=bool(home.get("messages_tab_enabled", False)),
        messages_read_only=bool(home.get("messages_tab_read_only_enabled", False)),
    )


def _command(raw: dict[str, Any]) -> Command:
    return Command(
        command=raw["command"],
        description=raw["description"],
        usage_hint=raw.get("usage_hint", ""),
        should_escape=bool(raw.get("should_escape", False)),
    )


def _shortcut(raw: dict[str, Any]) -> Shortcut:
    return Shortcut(raw["name"], raw["type"], raw["callback_id"], raw.get("description", ""))
