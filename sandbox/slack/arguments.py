"""The arguments of a Web API call, however they were sent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from sandbox.slack.errors import SlackError

_JSON_ARGUMENTS = ("blocks", "view", "metadata", "attachments")


@dataclass(frozen=True)
class Arguments:
    """Named arguments: strings from forms, any JSON from JSON bodies."""

    values: Mapping[str, Any]

    def text(self, name: str) -> str:
        value = self.values.get(name)
        return "" if value is None else str(value)

    def need(self, *names: str) -> None:
        missing = [n for n in names if not self.values.get(n)]
        if missing:
            raise SlackError("invalid_arguments", messages=[f"[ERROR] missing required field: {n}" for n in missing])

    def flag(self, name: str) -> bool:
        return str(self.values.get(name, "")).lower() in {"1", "true"}


async def read_arguments(request: Request) -> Arguments:
    """From the query, a form or a JSON body; `blocks` and `view` are JSON strings in a form."""
    values: dict[str, Any] = dict(request.query_params)
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind == "application/json":
        values |= _json_body(await request.body())
    elif request.method == "POST" and kind:
        values |= dict(await request.form())
    for name in _JSON_ARGUMENTS:
        if isinstance(values.get(name), str) and values[name]:
            values[name] = _json_argument(name, values[name])
    return Arguments(values)


def _json_body(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw or b"{}")
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(body, dict):
        raise SlackError("json_not_object")
    return body


def _json_argument(name: str, text: str) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(text)
    except ValueError:
        error = "invalid_blocks_format" if name == "blocks" else "invalid_arguments"
        raise SlackError(error, messages=[f"[ERROR] failed to parse JSON [json-pointer:/{name}]"]) from None
