"""HTTP to this machine, without a proxy, and the one way of waiting: the stream that the page follows."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError

Json = dict[str, Any]
PATIENCE = 30.0
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def get(url: str) -> Any:
    return _call(urllib.request.Request(url))  # noqa: S310  (the sandbox's own address)


def post(url: str, body: Json) -> Json:
    data, kind = json.dumps(body).encode(), {"Content-Type": "application/json"}
    answer: Json = _call(urllib.request.Request(url, data, kind))  # noqa: S310  (as above)
    return answer


def tell(url: str, body: Json) -> None:
    """A POST that must be taken."""
    answer = post(url, body)
    assert answer["ok"], answer


def until(url: str, user: str, there: Callable[[Json], bool]) -> Json:
    """The first state, as this person's page gets it, in which it is so."""
    with _OPENER.open(f"{url}/events?as={user}", timeout=PATIENCE) as stream:
        for line in stream:
            if line.startswith(b"data: "):
                state: Json = json.loads(line.removeprefix(b"data: "))
                if there(state):
                    return state
    raise AssertionError("the sandbox ended first")


def _call(request: urllib.request.Request) -> Any:
    try:
        with _OPENER.open(request, timeout=PATIENCE) as answer:
            return json.loads(answer.read())
    except HTTPError as error:
        with error:
            return json.loads(error.read())
