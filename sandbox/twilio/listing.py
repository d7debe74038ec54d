"""`GET Messages.json`: filters, pages, and the delay with which a real list follows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode

from sandbox.twilio.message import Message, as_json
from sandbox.twilio.network import Network, plain_number
from sandbox.twilio.refusals import Refused

_DAY = 86400.0


def page_of(network: Network, base: str, query: Mapping[str, str]) -> dict[str, object]:
    found = [m for m in reversed(network.messages) if _listed(m, network) and _wanted(m, query)]
    size = max(1, min(1000, _whole(query, "PageSize", 50)))
    page = max(0, _whole(query, "Page", 0))
    start, end = page * size, min(len(found), (page + 1) * size)

    def uri(number: int) -> str:
        filters = {k: v for k, v in query.items() if k not in {"Page", "PageSize", "PageToken"}}
        token = {"PageToken": f"PA{number}"} if number else {}
        return f"{base}?{urlencode(filters | {'PageSize': str(size), 'Page': str(number)} | token)}"

    return {
        "end": max(0, end - 1),
        "first_page_uri": uri(0),
        "messages": [as_json(message) for message in found[start:end]],
        "next_page_uri": uri(page + 1) if end < len(found) else None,
        "page": page,
        "page_size": size,
        "previous_page_uri": uri(page - 1) if page else None,
        "start": start,
        "uri": uri(page),
    }


def _listed(message: Message, network: Network) -> bool:
    return not message.deleted and message.created_at <= network.now() - network.list_lag


def _wanted(message: Message, query: Mapping[str, str]) -> bool:
    for name, value in (("To", message.to), ("From", message.sender)):
        if query.get(name) and query[name] != value and plain_number(query[name]) != value:
            return False
    return all(_dated(message, query[name], name[8:]) for name in _DATES if query.get(name))


_DATES = ("DateSent", "DateSent<", "DateSent>")


def _dated(message: Message, given: str, sign: str) -> bool:
    """A message that has not left yet has no DateSent and passes no filter by it."""
    try:
        then = datetime.fromisoformat(given)
    except ValueError:
        raise Refused(20001, f"DateSent{sign} {given!r}") from None
    at = (then if then.tzinfo else then.replace(tzinfo=UTC)).timestamp()
    if message.sent_at is None:
        return False
    if sign == "<":
        return message.sent_at <= at
    if sign == ">":
        return message.sent_at >= at
    return at // _DAY == message.sent_at // _DAY


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    given = query.get(name, "")
    return int(given) if given.isascii() and given.isdigit() else default
