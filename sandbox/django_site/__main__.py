"""`python -m sandbox.django_site`: make the site's database, or serve the site on this machine."""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from types import FrameType

HOST = "127.0.0.1"


def main(arguments: Sequence[str] | None = None) -> None:
    given = _parser().parse_args(arguments)
    os.environ["SITE_DATABASE"] = given.database
    os.environ["SITE_SECRET_KEY"] = secrets.token_urlsafe(50)
    os.environ["DJANGO_SETTINGS_MODULE"] = "sandbox.django_site.settings"
    import django  # noqa: PLC0415  (it reads its settings from the environment)

    django.setup()
    if given.make:
        _make()
    else:
        _serve(given.clock)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox.django_site", description=__doc__)
    parser.add_argument("--database", required=True, metavar="URL", help="sqlite:///… or postgresql://…")
    parser.add_argument("--make", action="store_true", help="make it, with the people that come in as lines of JSON")
    parser.add_argument("--clock", type=Path, metavar="FILE", help="how many seconds the sandbox's clock is ahead")
    return parser


def _make() -> None:
    from django.core.management import call_command  # noqa: PLC0415  (as above)

    from sandbox.django_site.people import sign_up  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    for done in sign_up(sys.stdin):
        _say(str(done))


def _serve(clock: Path | None) -> None:
    """On a free port, which the first line says. Ends at a signal."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler  # noqa: PLC0415  (as above)
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler  # noqa: PLC0415
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415

    if clock is not None:
        _set_by(clock)
    server = ThreadedWSGIServer((HOST, 0), WSGIRequestHandler)
    server.daemon_threads = True
    server.set_app(StaticFilesHandler(get_wsgi_application()))

    def leave(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit

    signal.signal(signal.SIGTERM, leave)
    _say(f"http://{HOST}:{server.server_port}")
    server.serve_forever()


def _set_by(clock: Path) -> None:
    """The site lives in the sandbox's time: a sign-in is later than the text, also after "+1 h"."""
    from django.utils import timezone  # noqa: PLC0415  (as above)

    real = timezone.now

    def now() -> object:
        try:
            return real() + timedelta(seconds=float(clock.read_text(encoding="ascii") or 0))
        except (OSError, ValueError):
            return real()

    timezone.now = now


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
