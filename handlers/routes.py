"""Which listener answers what, found in one look.

Bolt asks listener after listener whether a request is theirs, and gathers every argument anew for each question:
with thirty routes that took as long as all the rest of an answer. So the table is one middleware of Bolt's, and the
last: what it does not know gets 404 (Bolt would also quote it in a warning, and stumbles over what is malformed).
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from slack_bolt import BoltRequest, BoltResponse
from slack_bolt.middleware import Middleware

from handlers import payload

Listener = Callable[..., None]
Add = Callable[[Listener], None]
_ACK, _ALL = ("ack",), ("ack", "client", "respond")
"""What a shape of answer needs beside the body (`handlers/bind.py`)."""


class Routes(Middleware):
    """Filled by Bolt's own names."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[Listener, tuple[str, ...]]] = {}

    def command(self, name: str) -> Add:
        return self._add("command", name, _ACK)

    def action(self, action_id: str) -> Add:
        return self._add("block_actions", action_id, _ALL)

    def message_shortcut(self, callback_id: str) -> Add:
        return self._add("message_action", callback_id, _ALL)

    def view_submission(self, callback_id: str) -> Add:
        return self._add("view_submission", callback_id, _ACK)

    def view_closed(self, callback_id: str) -> Add:
        return self._add("view_closed", callback_id, _ACK)

    def _add(self, kind: str, id_: str, needs: tuple[str, ...]) -> Add:
        def add(listener: Listener) -> None:
            if self._known.setdefault((kind, str(id_)), (listener, needs))[0] is not listener:
                raise ValueError(f"two listeners for {kind} {id_}")

        return add

    def process(
        self,
        *,
        req: BoltRequest,
        resp: BoltResponse,  # noqa: ARG002  (Bolt's own signature)
        next: Callable[[], BoltResponse],  # noqa: A002, ARG002  (as above)
    ) -> BoltResponse | None:
        found = self._known.get(payload.route(req.body))
        if found is None:
            return BoltResponse(status=HTTPStatus.NOT_FOUND)
        listener, needs = found
        listener(body=req.body, **{name: getattr(req.context, name) for name in needs})
        return req.context.ack.response
