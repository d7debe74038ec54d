"""gunicorn's own lines as ours: `--logger-class bot.server_log.ServerLog` in the Procfile."""

from __future__ import annotations

from typing import Any

from gunicorn import glogging

from bot.log import Json


class ServerLog(glogging.Logger):  # type: ignore[misc]  # gunicorn ships no types
    """One JSON line an event; of an exception only the places."""

    def setup(self, cfg: Any) -> None:  # noqa: ANN401  (gunicorn's own signature)
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(Json())
