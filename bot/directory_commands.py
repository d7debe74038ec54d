"""The command line's part of the directory: `python -m bot directory …`."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from bot import log
from bot.access import ground, product
from bot.doctor.report import Report
from bot.settings import SettingsError
from bot.terminal import refuse
from services.directory.check.checking import check
from services.directory.check.fitting import Away
from services.directory.check.grants import grants
from services.directory.inspect.inspecting import inspect
from services.errors import DirectoryRefused, DirectoryUnreachable

_JSON = click.option("--json", "as_json", is_flag=True, help="For machines.")


@click.group()
def directory() -> None:
    """The product's people: which settings fit it, and proof that they do."""


@contextmanager
def _settings_first() -> Iterator[None]:
    """Every mistake in them on its own line, and exit status 2."""
    log.configure("CRITICAL")  # the libraries' own complaints would stand between the lines
    try:
        yield
    except SettingsError as error:
        refuse(error)


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except Away as away:
        raise click.ClickException(
            f"The product's database (DIRECTORY_URL) cannot be reached: {away.kind}."
        ) from None
    except DirectoryUnreachable:
        raise click.ClickException("The product's database (DIRECTORY_URL) cannot be reached.") from None
    except DirectoryRefused as refused:
        raise click.ClickException(f"The product's database (DIRECTORY_URL) refuses: {refused.what}.") from None


@directory.command("inspect")
@_JSON
def inspect_(as_json: bool) -> None:
    """Propose settings for the product at DIRECTORY_URL, with the evidence, as TOML for locksmith.toml.

    Reads a sample and changes nothing. Exit status 0: people were found. 1: none were.
    """
    with _settings_first(), _in_words(), product(os.environ) as engine:
        proposal = inspect(engine)
    click.echo(proposal.as_json() if as_json else proposal.as_toml(), nl=as_json)
    sys.exit(0 if proposal.settings else 1)


@directory.command("check")
@click.option("--person", default="", metavar="E-MAIL", help="Try a whole reset on this test person, rolled back.")
@_JSON
def check_(person: str, as_json: bool) -> None:
    """Prove that [directory] works: by reading, by hashing, and by writing what is rolled back.

    Exit status 0: nothing failed. 1: something did. 2: the settings left nothing to try.
    """
    with _settings_first(), ground(os.environ) as found:
        report = Report(tuple(check(found, person)))
    click.echo(report.as_json() if as_json else report.as_text(shutil.get_terminal_size((100, 24)).columns))
    sys.exit(report.exit_status)


@directory.command("grants")
@click.option("--account", default="locksmith", show_default=True, help="Its name.")
@click.option(
    "--reader", default="", help="A second account, for DIRECTORY_READ_URL  [locksmith_read where that is set]"
)
def grants_(account: str, reader: str) -> None:
    """Print the smallest rights with which [directory] works, as SQL for PostgreSQL, MariaDB or MySQL.

    DIRECTORY_URL has to see the tables: use an administrator's for this.
    """
    with _settings_first(), _in_words(), ground(os.environ) as found:
        reader = reader or ("locksmith_read" if found.copy is not None else "")
        printed = grants(found.engine, found.mapping, account, reader)
    click.echo(printed or "-- SQLite knows no rights: guard the file, which has to be writable.", nl=not printed)
