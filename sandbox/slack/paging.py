"""Long lists, a page at a time. Source: docs.slack.dev/apis/web-api/pagination."""

from base64 import b64decode, b64encode
from typing import TypeVar

from sandbox.slack.arguments import Arguments
from sandbox.slack.errors import SlackError
from sandbox.world import Json

T = TypeVar("T")
MOST_IN_A_PAGE = 1000


def page(rows: list[T], given: Arguments) -> tuple[list[T], Json]:
    """One page, and the `response_metadata` whose cursor leads to the next; everything where no limit is given."""
    limit, cursor = given.text("limit") or "0", given.text("cursor")
    if not (limit.isascii() and limit.isdigit()):
        raise SlackError("invalid_limit")
    try:
        start = int(b64decode(cursor, validate=True).decode().removeprefix("at:")) if cursor else 0
    except ValueError:
        raise SlackError("invalid_cursor") from None
    end = start + min(int(limit), MOST_IN_A_PAGE) if int(limit) else len(rows)
    following = b64encode(f"at:{end}".encode()).decode() if end < len(rows) else ""
    return rows[start:end], {"next_cursor": following}
