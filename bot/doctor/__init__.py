"""`python -m bot doctor`: everything Locksmith stands on, looked at once, and how to mend what is wrong.

It changes nothing and shows nothing to people: reading calls, an UPDATE of nobody that is rolled back, and one
message that is scheduled for tomorrow and deleted at once. Only `--after-restore` writes, and then nothing else is
looked at. It never says a secret or a whole telephone number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from bot.doctor import callbacks, craft, slack, stores, twilio
from bot.doctor.patient import receive
from bot.doctor.report import Report
from bot.doctor.restored import restore
from services.lookout import Check, Lookout, Probe, failed, ok
from services.ports import Clock

__all__ = ["Report", "after_restore", "examine"]

_EXPLAINED = "Each setting is explained in docs/settings.md."


def examine(
    environ: Mapping[str, str], path: Path | None = None, *, clock: Clock | None = None, patience: float = 20.0
) -> Report:
    """`path` overrides LOCKSMITH_CONFIG; `patience`: how many seconds each group of looks may take."""
    patient = receive(environ, path, clock)
    if isinstance(patient, list):
        return Report(tuple(_settings(patient)), tried=False)
    looks = {
        "Slack": slack.look,
        "Slack socket": slack.socket,
        "Twilio": twilio.look,
        "Twilio callbacks": callbacks.look,
        "own database": stores.own,
        "directory": stores.product,
        "craft": craft.look,
    }
    probes = [Probe(name, patience, partial(look, patient)) for name, look in looks.items()]
    return Report((*_settings(patient.problems), *Lookout().look(probes)))


def after_restore(environ: Mapping[str, str], path: Path | None = None, *, clock: Clock | None = None) -> Report:
    """Only with settings that are right throughout: it writes."""
    patient = receive(environ, path, clock)
    problems = patient if isinstance(patient, list) else patient.problems
    if isinstance(patient, list) or problems:
        return Report(tuple(_settings(problems)), tried=False)
    return restore(patient)


def _settings(problems: tuple[str, ...] | list[str]) -> Iterator[Check]:
    if not problems:
        yield ok("settings", "All there, all usable.")
    for problem in problems:
        yield failed("settings", f"{problem}.", _EXPLAINED)
