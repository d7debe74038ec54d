"""A command, job or screen that is not in the docs is not done."""

from __future__ import annotations

import re
from pathlib import Path

import click

from bot.__main__ import cli
from bot.build import Parts, build
from bot.settings import Settings
from bot.work import Inline
from services.directory.formats import FORMATS
from services.directory.presets import PRESETS
from tests.bot.test_settings import GOOD

ROOT = Path(__file__).resolve().parents[2]


def commands(group: click.Group, before: str = "") -> list[str]:
    found = []
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found += commands(command, f"{before}{name} ")
        else:
            found.append(before + name)
    return found


def test_every_command_is_documented() -> None:
    text = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8")
    for name in commands(cli):
        assert f"`python -m bot {name}" in text, name


def test_every_job_is_documented() -> None:
    text = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8")
    bot = build(Settings.load(GOOD, ROOT / "locksmith.example.toml"), Parts(work=Inline()))
    for job in bot.jobs:
        assert f"| {job.name} |" in text, job.name
    bot.close()


def test_every_product_has_its_section() -> None:
    """With its one line, its hash, all that changes with a password, and the sentences that the form says."""
    text = (ROOT / "docs" / "directories.md").read_text(encoding="utf-8")
    for name, preset in PRESETS.items():
        section = " ".join(text.partition(f"\n## {name}\n")[2].partition("\n## ")[0].split())
        assert f'preset = "{name}"' in section, name
        changed = [column for column, _ in (*preset.also_set, *preset.unlock)]
        rows = [dict(each.where).get("meta_key", each.table) for each in preset.rows]
        for needed in (preset.hash, preset.table, *preset.optional, *changed, *rows):
            if needed not in ("first_name", "last_name", "username"):
                assert f"`{needed}`" in section, (name, needed)
        for sentence in preset.cannot:
            assert sentence in section, (name, sentence)


def test_every_hash_format_is_documented() -> None:
    text = (ROOT / "docs" / "directories.md").read_text(encoding="utf-8").partition("## Hash formats")[2]
    for name in FORMATS:
        assert f"`{name}`" in text, name


def test_links_between_the_docs_lead_somewhere() -> None:
    for file in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", file.read_text(encoding="utf-8")):
            assert (file.parent / target).exists(), (file.name, target)


def test_the_readme_names_commands_that_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for file in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"`?make ([a-z]+)", file.read_text(encoding="utf-8")):
            assert f"\n{target}:" in makefile, (file.name, target)
