"""Locksmith's own server with one route more: a click that is acked empty and touches nothing.

`gunicorn tests.bench.ours:app`
"""

from __future__ import annotations

from slack_bolt import Ack

from bot import wsgi
from handlers.bind import guard
from handlers.routes import Routes
from tests.bench.load import EMPTY


def make() -> wsgi.Web:
    web = wsgi.make()

    def click(ack: Ack, **_: object) -> None:
        ack()

    routes = next(one for one in web._app._middleware_list if isinstance(one, Routes))
    routes.action(EMPTY)(guard(click))
    return web


def __getattr__(name: str) -> wsgi.Web:
    if name != "app":
        raise AttributeError(name)
    return make()
