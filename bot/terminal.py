"""What every command says of settings that are wrong."""

from __future__ import annotations

import sys
from typing import NoReturn

import click

from bot.settings import SettingsError


def refuse(error: SettingsError) -> NoReturn:
    """Every mistake on its own line, and exit status 2."""
    for problem in error.problems:
        click.echo(f"  - {problem}", err=True)
    click.echo("Each setting is explained in docs/settings.md.", err=True)
    sys.exit(2)
