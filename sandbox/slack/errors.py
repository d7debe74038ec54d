"""A call that Slack refuses."""

from typing import Any


class SlackError(Exception):
    """Becomes `{"ok": false, "error": …}`; `messages` goes into `response_metadata`."""

    def __init__(self, error: str, messages: list[str] | None = None, **more: Any) -> None:  # noqa: ANN401 - JSON
        super().__init__(error)
        self.error = error
        self.messages = messages or []
        self.more = more

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"ok": False, "error": self.error, **self.more}
        if self.messages:
            body["response_metadata"] = {"messages": self.messages}
        return body
