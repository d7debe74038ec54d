"""The command line: `python -m bot …`."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NoReturn

import click
from slack_sdk.errors import SlackApiError
from sqlalchemy.exc import SQLAlchemyError

from bot import keys as keys_
from bot import log, search_commands
from bot.build import build, stop_on_signals
from bot.directory_commands import directory
from bot.doctor.command import doctor
from bot.explain import explanation
from bot.settings import Settings, SettingsError
from bot.terminal import refuse
from services.audit import Audit
from services.clock import SystemClock
from services.db.migrate import migrate
from services.db.session import Database, make_engine
from services.errors import DatabaseUnreachable, DirectoryRefused, DirectoryUnreachable
from services.judge import Asked
from services.keys import give_up, survey
from services.lifecycle import Lifecycle


def load() -> Settings:
    """The settings, or every mistake in them on its own line and exit status 2."""
    try:
        return Settings.load(os.environ)
    except SettingsError as error:
        _cannot_start(error)


def _cannot_start(error: SettingsError) -> NoReturn:
    click.echo("Locksmith cannot start:", err=True)
    refuse(error)


@contextmanager
def plain_words() -> Iterator[None]:
    """What keeps a process from running, in one sentence and without a traceback: its values may be secrets."""
    try:
        yield
    except SettingsError as error:
        _cannot_start(error)
    except DirectoryRefused as error:
        raise click.ClickException(f"The product's table does not fit [directory]: {error.what}.") from None
    except DatabaseUnreachable:
        raise click.ClickException("Locksmith's database (DATABASE_URL) cannot be reached.") from None
    except DirectoryUnreachable:
        raise click.ClickException("The product's database (DIRECTORY_URL) cannot be reached.") from None
    except SlackApiError as error:
        raise click.ClickException(f"Slack says {error.response.get('error')}; see `python -m bot doctor`.") from None
    except SQLAlchemyError as error:
        kind = type(error).__name__
        raise click.ClickException(f"Locksmith's database (DATABASE_URL) cannot be used: {kind}.") from None


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Locksmith: reset a person's password from Slack."""


@cli.command()
def run() -> None:
    """Answer in Slack (Socket Mode) and do the work, in one process."""
    settings = load()
    log.configure(settings.environment.log_level)
    with plain_words():
        build(settings).run(stop_on_signals())


@cli.command()
def worker() -> None:
    """Do the work beside HTTP mode's web processes (see Procfile). Any number of them."""
    settings = load()
    log.configure(settings.environment.log_level)
    bot = build(settings)
    with plain_words():
        bot.refuse_misfits()
        bot.do_jobs(stop_on_signals())
    bot.close()


@cli.command("migrate")
def migrate_() -> None:
    """Bring Locksmith's own tables to the present shape."""
    settings = load()
    with plain_words():
        migrate(make_engine(settings.environment.database_url.get_secret_value()))
    click.echo("The tables are up to date.")


@cli.command("new-key")
def new_key() -> None:
    """Print a fresh SECRET_KEY."""
    click.echo(secrets.token_hex(32))


@cli.command()
@click.option("--give-up", "giving_up", is_flag=True, help="Erase what no key opens; asks first.")
def keys(giving_up: bool) -> None:
    """Show what hangs on each SECRET_KEY, and which of them may go."""
    settings = load()
    clock = SystemClock()
    if giving_up:
        click.confirm(keys_.GIVE_UP, abort=True)
    with plain_words(), closing(build(settings)) as bot:
        if giving_up:
            lifecycle = Lifecycle(bot.database, bot.audit, bot.outbox, clock)
            keys_.given_up(give_up(bot.database, lifecycle, settings.seals, keys_.operator()))
        else:
            keys_.show(survey(bot.database, bot.audit, settings.seals, clock.now()))


@cli.command()
@click.option("--port", default=8765, show_default=True)
@click.option("--people", default=5000, show_default=True, type=click.IntRange(min=50))
@click.option("--folder", help="[default: .demo]", type=click.Path(path_type=Path, file_okay=False))
@click.option("--calls", is_flag=True, help="Phones can be called, too.")
@click.option("--directory", default="statstak", show_default=True, type=click.Choice(["statstak", "django"]))
def demo(port: int, people: int, folder: Path | None, directory: str, *, calls: bool) -> None:
    """The main job on this machine, with a stand-in for Slack, phone and product."""
    from bot import demo as demo_  # noqa: PLC0415  (production has not the sandbox's packages)

    log.configure("WARNING")
    try:
        say = partial(click.echo, nl=False)
        folder = folder or Path(".demo" if directory == "statstak" else f".demo-{directory}")
        demo_.run(folder, port, people, stop_on_signals(), say, calls=calls, directory=directory)
    except demo_.DemoError as error:
        raise click.ClickException(str(error)) from None


@cli.command("demo-data")
@click.option("--people", default=5000, show_default=True, type=click.IntRange(min=50))
def demo_data(people: int) -> None:
    """Make the demo product's people table at DIRECTORY_URL."""
    from bot import demo_data as data  # noqa: PLC0415  (as above)

    url = os.environ.get("DIRECTORY_URL")
    if not url:
        raise click.ClickException("DIRECTORY_URL is missing, e.g. sqlite:///product.db")
    try:
        made = data.make(url, people, now=datetime.now(UTC))
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{made:,} people.")


@cli.group()
def audit() -> None:
    """The audit trail."""


@audit.command()
def verify() -> None:
    """Read the whole chain; exit status 1 where it does not fit."""
    settings = load()
    database = Database(make_engine(settings.environment.database_url.get_secret_value()))
    verdict = Audit(database, settings.seals, SystemClock()).verify()
    if verdict.lost_key:
        lost = f"The key of event {verdict.broken_at} ({verdict.lost_key}) is in neither SECRET_KEY nor RETIRED_KEYS."
        click.echo(f"{lost} See `python -m bot keys`.", err=True)
        sys.exit(1)
    if verdict.broken_at is not None:
        click.echo(f"The chain is broken at event {verdict.broken_at}.", err=True)
        sys.exit(1)
    click.echo(f"{verdict.rows:,} events, unbroken. Keep this elsewhere to prove it later: {verdict.anchor}")


@cli.group()
def policy() -> None:
    """Who may reset whom, and whose yes it needs."""


@policy.command()
@click.option("--agent", required=True, help="Slack user id; its groups may follow, like U0SAM,S0TIER1.")
@click.option("--person", required=True, help="E-mail of somebody in the product.")
@click.option("--not-checked", is_flag=True, help="The agent did not check who is calling.")
@click.option("--compromised", is_flag=True)
def explain(agent: str, person: str, not_checked: bool, compromised: bool) -> None:
    """Print the decision and the rule behind each part."""
    settings = load()
    bot = build(settings)
    with plain_words():
        for line in explanation(bot, agent, person, Asked(not not_checked, compromised)):
            click.echo(line)
    bot.close()


@directory.command()
@click.option("--rebuild", is_flag=True, help="Read everybody anew, whatever is known of them.")
def sync(rebuild: bool) -> None:
    """Bring the search into step with the directory now. Stopped half-way, the next one goes on from there."""
    settings = load()
    with plain_words(), closing(build(settings)) as bot:
        search_commands.sync(bot, stop_on_signals(), click.echo, rebuild=rebuild)


cli.add_command(doctor)
cli.add_command(directory)

if __name__ == "__main__":
    cli()
