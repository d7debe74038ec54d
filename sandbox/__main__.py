"""`python -m sandbox`: the stand-in workspace, phone and product on one port of this machine."""

import argparse
import errno
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from sandbox.app import Sandbox
from sandbox.cast import SIGNING_SECRET
from sandbox.server import Server, bind

NO_MANIFEST = 1
PORT_TAKEN = 2
START_OVER = 3
GRACE_SECONDS = 0.5


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    if not given.manifest.exists():
        sys.stderr.write(f"There is no manifest at {given.manifest}: name one with --manifest.\n")
        return NO_MANIFEST
    try:
        listener, url = bind(given.port)
    except OSError as error:
        why = "is in use" if error.errno == errno.EADDRINUSE else "cannot be used"
        sys.stderr.write(f"Port {given.port} {why}: choose another with --port.\n")
        return PORT_TAKEN
    ending = Ending()
    try:
        sandbox = Sandbox(
            url,
            given.manifest,
            given.product,
            given.data,
            transport=given.transport,
            request_url=given.request_url,
            signing_secret=given.signing_secret,
            start_over=ending.start_over,
            product_site=given.product_site,
        )
    except ValueError as error:
        sys.stderr.write(f"The sandbox cannot start: {error}.\n")
        return NO_MANIFEST
    ending.server = Server(sandbox.app(), sandbox.stop, ending.leave_soon)
    ending.server.run([listener])
    return ending.status


class Ending:
    """How the process ends: with a status that says why, and never later than everything is saved."""

    def __init__(self) -> None:
        self.status = 0
        self.server: Server | None = None

    def start_over(self) -> None:
        self.status = START_OVER
        if self.server:
            self.server.leave()

    def leave_soon(self) -> None:
        """Worker threads that wait for somebody else's answer must not hold the process up."""
        last_word = threading.Timer(GRACE_SECONDS, os._exit, [self.status])
        last_word.daemon = True
        last_word.start()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=8765, help="port on 127.0.0.1 (default %(default)s)")
    parser.add_argument("--product", metavar="URL", help="SQLAlchemy URL of the product's database")
    parser.add_argument("--product-site", metavar="URL", default="", help="a product that is a site of its own")
    parser.add_argument("--data", type=Path, metavar="DIR", help="where to keep state; in memory without it")
    parser.add_argument("--manifest", type=Path, default=Path("manifest.yml"), help="default %(default)s")
    parser.add_argument("--transport", choices=("socket", "http"), default="socket", help="default %(default)s")
    parser.add_argument("--request-url", metavar="URL", default="", help="the app's address, for http")
    parser.add_argument("--signing-secret", metavar="SECRET", default=SIGNING_SECRET, help="default %(default)s")
    return parser


if __name__ == "__main__":
    sys.exit(main())
