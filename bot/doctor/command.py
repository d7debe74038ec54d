"""The command line's part of the doctor."""

from __future__ import annotations

import os
import shutil
import sys

import click

from bot import log
from bot.doctor import after_restore, examine


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.option(
    "--after-restore",
    "restored",
    is_flag=True,
    help="Once, after Locksmith's database was restored from a backup: settles what was open in it.",
)
def doctor(as_json: bool, restored: bool) -> None:
    """Look at settings, Slack, Twilio and both databases, and say how to mend what is wrong.

    Exit status 0: nothing failed. 1: something did. 2: the settings left nothing to try.
    """
    log.configure("CRITICAL")  # the libraries' own complaints would stand between the lines
    report = after_restore(os.environ) if restored else examine(os.environ)
    click.echo(report.as_json() if as_json else report.as_text(shutil.get_terminal_size((100, 24)).columns))
    sys.exit(report.exit_status)
