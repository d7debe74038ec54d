"""The route table itself: each id has one listener, and what is in no route gets Bolt's 404 and nothing worse."""

from __future__ import annotations

from typing import Any

import pytest
from slack_bolt import BoltRequest

from handlers.ids import Act, Screen
from handlers.routes import Routes
from tests.handlers.stage import Stage


def answers(*_: object, **__: object) -> None:
    """A listener."""


def test_two_listeners_for_one_id_are_a_mistake() -> None:
    routes = Routes()
    routes.action(Act.SEARCH)(answers)
    routes.view_submission(Act.SEARCH)(answers)
    with pytest.raises(ValueError, match="two listeners for block_actions search:go"):
        routes.action(Act.SEARCH)(lambda **_: None)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"command": "/somebody-elses"},
        {"command": 7},
        {"type": "block_actions"},
        {"type": "block_actions", "actions": []},
        {"type": "block_actions", "actions": "x"},
        {"type": "block_actions", "actions": [7]},
        {"type": "block_actions", "actions": [{"action_id": 7}]},
        {"type": "block_actions", "actions": [{"action_id": "somebody:elses"}]},
        {"type": "block_actions", "actions": [{"action_id": Screen.FORM.value}]},
        {"type": "view_submission", "view": {"callback_id": "somebody:elses"}},
        {"type": "view_submission", "view": None},
        {"type": "view_closed", "view": {"callback_id": Screen.FORM.value}},
        {"type": "message_action", "callback_id": Act.SEARCH.value},
        {"type": "shortcut", "callback_id": "message:reset"},
        {"type": 7},
    ],
)
def test_what_is_in_no_route(stage: Stage, body: dict[str, Any]) -> None:
    answer = stage.app.dispatch(BoltRequest(mode="socket_mode", body=body))
    assert answer.status == 404
    assert (stage.finder.asked, stage.resets.refusals) == ([], [])
