"""The floors: Bolt apps that only answer, in the same shapes and with the same runner as Locksmith's.

`gunicorn tests.bench.bare:app`, and `tests.bench.bare:row`, which commits a row for each request before it listens:
what it costs anybody to know a request again in another process.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from slack_bolt import Ack, App, BoltResponse
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_bolt.authorization import AuthorizeResult
from sqlalchemy import Column, DateTime, MetaData, String, Table, create_engine, func, insert

from sandbox.cast import BOT_TOKEN, SIGNING_SECRET
from tests.bench.load import EMPTY

_LINES = ("Find a person: /reset-user name or e-mail", "How a reset went: /reset-user status")


def make() -> App:
    app = App(
        token=BOT_TOKEN,
        signing_secret=SIGNING_SECRET,
        process_before_response=True,
        token_verification_enabled=False,
        authorize=lambda: AuthorizeResult(enterprise_id=None, team_id=None, bot_token=BOT_TOKEN),
    )

    def answer(ack: Ack) -> None:
        blocks: list[dict[str, Any]] = [
            {"type": "section", "text": {"type": "plain_text", "text": line}} for line in _LINES
        ]
        ack(text="Help", blocks=blocks, response_type="ephemeral")

    def click(ack: Ack) -> None:
        ack()

    app.command("/reset-user")(answer)
    app.action(EMPTY)(click)
    return app


def make_row() -> App:
    """As anybody would write it with SQLAlchemy: one committed INSERT on a pooled connection."""
    app = make()
    engine = create_engine(os.environ["DATABASE_URL"], pool_size=10)
    seen = Table("bench_seen", MetaData(), Column("id", String(80), primary_key=True), Column("at", DateTime))
    seen.metadata.create_all(engine)

    def note(body: dict[str, Any], next: Callable[[], BoltResponse]) -> BoltResponse:  # noqa: A002  (Bolt's name)
        with engine.begin() as connection:
            connection.execute(insert(seen).values(id=body["trigger_id"], at=func.now()))
        return next()

    app.middleware(note)
    return app


def __getattr__(name: str) -> SlackRequestHandler:
    if name not in ("app", "row"):
        raise AttributeError(name)
    return SlackRequestHandler(make() if name == "app" else make_row())
