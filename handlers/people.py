"""Who in the workspace may act: members of our own workspace who are listed, themselves or by user group.

A failed look-up means no. Guests, bots, deactivated and external people are never agents, whatever group they
are in.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import Any, Generic, TypeVar

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from services.errors import NotAllowed
from services.model import Actor
from services.ports import Clock

FRESH = timedelta(seconds=60)
_NEVER = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger", "is_invited_user")
_SLACKBOT = "USLACKBOT"

V = TypeVar("V")


@dataclass
class _Cache(Generic[V]):
    """Answers for `FRESH`; a failure is not kept. Two threads may fetch the same: harmless, and nobody waits."""

    clock: Clock
    keep: timedelta
    known: dict[str, tuple[datetime, V]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: str, fetch: Callable[[], V]) -> V:
        now = self.clock.now()
        with self.lock:
            at, value = self.known.get(key, (None, None))
        if at is not None and value is not None and timedelta(0) <= now - at < self.keep:
            return value
        fetched = fetch()
        with self.lock:
            for old in [k for k, (then, _) in self.known.items() if now - then >= self.keep]:
                del self.known[old]
            self.known[key] = (now, fetched)
        return fetched


@dataclass(frozen=True)
class _Profile:
    """What is needed of a user, read out of Slack's answer once."""

    colleague_in: str
    """The workspace in which they may act, or empty."""
    name: str
    zone: str
    email: str = field(repr=False)


class Staff:
    """`these`: user-group ids (S…) and user ids of agents, or of managers. `client` comes configured, with a short
    time-out. `groups`: all groups that the settings name, because a scope may ask for any of them.
    """

    def __init__(
        self,
        client: WebClient,
        these: tuple[str, ...],
        clock: Clock,
        keep: timedelta = FRESH,
        groups: tuple[str, ...] = (),
    ) -> None:
        self._client = client
        self._people = frozenset(one for one in these if not one.startswith("S"))
        self._groups = tuple(one for one in these if one.startswith("S"))
        self._other_groups = tuple(dict.fromkeys(group for group in groups if group not in self._groups))
        self._members: _Cache[frozenset[str]] = _Cache(clock, keep)
        self._profiles: _Cache[_Profile] = _Cache(clock, keep)
        self._home: _Cache[str] = _Cache(clock, timedelta.max)

    def agent(self, user_id: str, workspace: str) -> Actor:
        """Whoever is behind a click. Raises NotAllowed, also where Slack could not be asked."""
        try:
            return self._agent(user_id, workspace)
        except (SlackClientError, HTTPException, OSError, ValueError) as fault:
            structlog.get_logger().warning(
                "agent look-up failed", user_id=user_id, workspace=workspace, code=_name(fault)
            )
            raise NotAllowed("could not be found out") from None

    def members(self) -> frozenset[str]:
        """All who are listed, themselves or by group; whether each may act is looked up when they do.

        Raises what Slack's client raises, and ValueError.
        """
        return self._people.union(*map(self._in, self._groups))

    def _agent(self, user_id: str, workspace: str) -> Actor:
        if not user_id or not workspace or workspace != self._home.get("", self._fetch_home):
            raise NotAllowed("workspace")
        own = self._those_with(user_id, self._groups)
        if user_id not in self._people and not own:
            raise NotAllowed("group")
        profile = self._profiles.get(user_id, lambda: self._fetch_profile(user_id, workspace))
        if profile.colleague_in != workspace:
            raise NotAllowed("account")
        groups = own + self._those_with(user_id, self._other_groups)
        return Actor(user_id, workspace, profile.name or user_id, profile.zone, groups, profile.email)

    def _those_with(self, user_id: str, groups: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(group for group in groups if user_id in self._in(group))

    def _in(self, group: str) -> frozenset[str]:
        return self._members.get(group, lambda: self._fetch_members(group))

    def _fetch_home(self) -> str:
        home = self._client.auth_test().get("team_id")
        if not isinstance(home, str) or not home:
            raise ValueError("auth.test names no workspace")
        return home

    def _fetch_members(self, group: str) -> frozenset[str]:
        users = self._client.usergroups_users_list(usergroup=group).get("users")
        if not isinstance(users, list):
            raise ValueError("usergroups.users.list names nobody")  # noqa: TRY004  (an answer, not an argument)
        return frozenset(user for user in users if isinstance(user, str))

    def _fetch_profile(self, user_id: str, workspace: str) -> _Profile:
        user = self._client.users_info(user=user_id).get("user")
        if not isinstance(user, dict) or not user:
            raise ValueError("users.info names nobody")
        colleague = _is_colleague(user, user_id, workspace)
        return _Profile(workspace if colleague else "", _display(user), _zone(user), _email(user))


def _is_colleague(profile: Mapping[str, Any], user_id: str, workspace: str) -> bool:
    return (
        profile.get("id") == user_id != _SLACKBOT
        and profile.get("team_id", workspace) == workspace
        and not any(profile.get(flag) for flag in _NEVER)
    )


def _display(profile: Mapping[str, Any]) -> str:
    """The real name: display names are changed for fun, and this one goes into the audit trail."""
    inner = profile.get("profile")
    names = inner if isinstance(inner, Mapping) else {}
    found = (names.get("real_name"), profile.get("real_name"), names.get("display_name"), profile.get("name"))
    return next((name for name in found if isinstance(name, str) and name), "")


def _email(profile: Mapping[str, Any]) -> str:
    """Empty without the scope users:read.email."""
    inner = profile.get("profile")
    email = inner.get("email") if isinstance(inner, Mapping) else None
    return email if isinstance(email, str) else ""


def _zone(profile: Mapping[str, Any]) -> str:
    zone = profile.get("tz")
    return zone if isinstance(zone, str) and zone else "UTC"


def _name(fault: Exception) -> str:
    """Slack's own code, or the kind of fault; never its text."""
    if isinstance(fault, SlackApiError):
        error = fault.response.get("error") if fault.response is not None else None
        return error if isinstance(error, str) else "slack"
    return type(fault).__name__
