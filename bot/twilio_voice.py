"""What Twilio asks in the middle of a call: a key was pressed, what is said next? Signed, and checked as all it says.

The answer holds the secret as it is spoken, and the address the sealed one: neither is logged, here or by the
server (gunicorn writes no access log unless it is told to; a proxy in front shall not keep query strings either).
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import parse_qsl

from bot.answer import Answer, Refusal
from services.calls import MOST_ROUNDS, Calls, Pressed
from services.delivery.voice import is_call

UNDER_WAY = "in-progress"
_FIELDS = 10
_ID_SIGNS = 32


def answer(calls: Calls, request_id: str, form: Mapping[str, str], query: str) -> Answer:
    """Raises Refusal (400) where it is no question of a call."""
    call_id, number = form.get("CallSid", ""), _query(query).get("n", "")
    if not is_call(call_id) or "Digits" not in form or number not in map(str, range(1, MOST_ROUNDS + 1)):
        raise Refusal(HTTPStatus.BAD_REQUEST)
    pressed = Pressed(
        call_id=call_id,
        digits=form["Digits"],
        under_way=form.get("CallStatus", "") == UNDER_WAY,
        token=_query(query).get("s", ""),
        number=int(number),
    )
    said = calls.answer(request_id[:_ID_SIGNS], pressed)
    return Answer(HTTPStatus.OK, said, "text/xml; charset=utf-8")


def _query(query: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(query, keep_blank_values=True, strict_parsing=True, max_num_fields=_FIELDS))
    except ValueError:
        raise Refusal(HTTPStatus.BAD_REQUEST) from None
