"""How a wire call can end other than well."""

from __future__ import annotations

from sandbox.twilio import codes
from sandbox.twilio.network import Fault

SERVER_ERROR = 500
BAD_GATEWAY = 502
TOO_MANY = 429


class Refused(Exception):
    """Answered with an error."""

    def __init__(self, code: int, detail: str = "", *, status: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.status = status or codes.http_status(code)
        self.message = f"{codes.words(code)}: {detail}" if detail else codes.words(code)

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": "1"} if self.status == TOO_MANY else {}

    def as_json(self) -> dict[str, object]:
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


class Silence(Exception):
    """Not answered at all: the connection is closed, or left hanging until the caller gives up."""

    def __init__(self, *, close: bool) -> None:
        super().__init__("closed" if close else "hanging")
        self.close = close


def from_fault(fault: Fault) -> Refused | Silence:
    if isinstance(fault.code, str):
        return Silence(close=fault.code == "timeout")
    if SERVER_ERROR <= fault.code < 600:  # noqa: PLR2004  (a bare HTTP status)
        return Refused(20503 if fault.code == 503 else 20500, status=fault.code)  # noqa: PLR2004
    return Refused(fault.code, status=fault.http_status)
