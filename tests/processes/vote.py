"""One process in which one manager approves: `python -m tests.processes.vote MANAGER REQUEST`, at the next line of
its input. Says what came of it.
"""

from __future__ import annotations

import os
import sys

from bot import log
from bot.build import build
from bot.settings import Settings
from services.errors import DomainError
from services.model import Actor


def main(manager: str, request_id: str) -> None:
    log.configure("ERROR")
    bot = build(Settings.load(os.environ))
    bot.directory.by_keys(["1"])  # so that nobody is first only because the other still connects
    say("ready")
    sys.stdin.readline()
    try:
        say(bot.approvals.approve(Actor(manager, "T0STATSTAK", manager.title()), request_id).state)
    except DomainError as error:
        say(type(error).__name__)
    bot.close()


def say(what: str) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
