"""Plays what Slack sends to a real Bolt app with our whole route table, and reads the answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from slack_bolt import App, BoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from handlers import Edge, register
from handlers.ids import Act, Screen
from handlers.views.undo import plain
from tests.contract.cases import MAYA, OMAR, RULES, SAM
from tests.handlers.fakes import (
    FakeApprovals,
    FakeCheckIns,
    FakeFinder,
    FakeResets,
    FakeSlack,
    FakeStaff,
    FakeUndo,
    HandClock,
    Json,
    make_form,
)

TEAM = SAM.workspace


@dataclass
class Stage:
    app: App
    slack: FakeSlack
    staff: FakeStaff
    finder: FakeFinder
    resets: FakeResets
    managers: FakeStaff
    approvals: FakeApprovals
    undo: FakeUndo

    def send(self, body: Json) -> Any:
        """The ack's body: a dict, or "" for an empty one."""
        answer = self.app.dispatch(BoltRequest(mode="socket_mode", body=body))
        assert answer.status == 200
        return json.loads(answer.body) if answer.body.startswith("{") else answer.body

    def command(self, text: str = "", user: str = "U0SAM", team: str = TEAM) -> Any:
        return self.send(
            {
                "command": "/reset-user",
                "text": text,
                "user_id": user,
                "team_id": team,
                "channel_id": "C0SUPPORT",
                "trigger_id": "T1",
                "response_url": self.slack.reply_url,
            }
        )

    def click(self, act: str, value: str = "", *, typed: str | None = None, user: str = "U0SAM") -> Any:
        """In the results message."""
        body = self._interaction("block_actions", user)
        body |= {
            "response_url": self.slack.reply_url,
            "container": {"type": "message", "channel_id": "C0SUPPORT", "is_ephemeral": True},
            "channel": {"id": "C0SUPPORT"},
            "actions": [_action(act, value)],
            "state": _typed(typed),
        }
        return self.send(body)

    def click_in(self, screen: Screen, act: str, value: str = "", *, metadata: str = "", typed: str = "") -> Any:
        body = self._interaction("block_actions", "U0SAM")
        body |= {
            "container": {"type": "view", "view_id": "V1"},
            "view": _view(screen, metadata, _typed(typed)),
            "actions": [_action(act, value)],
        }
        return self.send(body)

    def submit(self, screen: Screen, values: Json, metadata: str = "", user: str = "U0SAM") -> Any:
        body = self._interaction("view_submission", user)
        return self.send(body | {"view": _view(screen, metadata, {"values": values})})

    def close(self, screen: Screen, metadata: str) -> Any:
        body = self._interaction("view_closed", "U0SAM")
        return self.send(body | {"is_cleared": False, "view": _view(screen, metadata, {"values": {}})})

    def short_cut(self, message: Json, user: str = "U0SAM") -> Any:
        body = self._interaction("message_action", user)
        body |= {"callback_id": "message:reset", "message": message, "channel": {"id": "C0SUPPORT"}}
        return self.send(body | {"response_url": self.slack.reply_url})

    @staticmethod
    def _interaction(kind: str, user: str) -> Json:
        return {
            "type": kind,
            "user": {"id": user, "username": "sam", "team_id": TEAM},
            "team": {"id": TEAM, "domain": "statstak"},
            "trigger_id": "T1",
            "api_app_id": "A1",
        }


def _action(act: str, value: str) -> Json:
    kind = "plain_text_input" if act == Act.SEARCH_TEXT else "button"
    return {"type": kind, "action_id": act, "block_id": "b", "value": value}


def _typed(text: str | None) -> Json:
    box = {"type": "plain_text_input", "value": text}
    return {"values": {"search:0123": {Act.SEARCH_TEXT.value: box}}} if text is not None else {"values": {}}


def _view(screen: Screen, metadata: str, state: Json) -> Json:
    return {
        "id": "V1",
        "type": "modal",
        "hash": "h1",
        "callback_id": screen.value,
        "private_metadata": metadata,
        "state": state,
    }


def make_stage(slack: FakeSlack, client: WebClient, clock: HandClock) -> Stage:
    staff, finder, resets = FakeStaff(SAM), FakeFinder(), FakeResets(make_form())
    managers, approvals = FakeStaff(MAYA, OMAR), FakeApprovals()
    undo = FakeUndo()
    app = App(
        client=client,
        authorize=lambda: AuthorizeResult(enterprise_id=None, team_id=TEAM, bot_token="xoxb-fake", bot_id="B1"),
        process_before_response=True,
        token_verification_enabled=False,
        request_verification_enabled=False,
    )
    register(
        app,
        Edge(
            staff=staff,
            finder=finder,
            resets=resets,
            rules=RULES,
            clock=clock,
            approvals=approvals,
            managers=managers,
            managers_lately=managers,
            manager_ids=("S0MANAGERS",),
            checkins=FakeCheckIns(),
            undo=undo,
            abilities=plain,
        ),
    )
    return Stage(app, slack, staff, finder, resets, managers, approvals, undo)
