"""What needs nobody outside: hashing a password, and the length of the longest text."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

from bot.doctor.patient import FILE, Patient
from services import text
from services.decision import Policy
from services.directory.mapping import Mapping
from services.lifecycle import new_reference
from services.lookout import Check, failed, ok, skipped, warning
from services.passwords import make_secret
from services.policy import Rules
from services.score import losses, score

GOOD_SCORE = 75
_MONTHS = 13
"""Summer and winter, whichever hemisphere."""


def look(patient: Patient) -> Iterator[Check]:
    if lacks := patient.lacks(FILE):
        yield skipped("text", lacks)
        return
    settings = patient.settings
    yield _text(patient)
    yield policy(settings.policy, settings.rules)
    yield hashing(settings.mapping, settings.environment.directory_pepper.get_secret_value())


def policy(rules_of_approval: Policy, rules: Rules) -> Check:
    """The score, and what costs most."""
    lost, points = losses(rules_of_approval, rules), score(rules_of_approval, rules)
    found = f"Scores {points} of 100."
    if points >= GOOD_SCORE or not lost:
        return ok("policy", found)
    worst = "; ".join(f"-{loss.points} {loss.why} ({loss.clause})" for loss in lost[:3])
    return warning("policy", f"{found} {worst}.", "See docs/policy.md.")


def hashing(mapping: Mapping, pepper: str) -> Check:
    """`hash` looks a second time at what it made before it returns it."""
    kind, started = mapping.hash, time.perf_counter()
    try:
        mapping.format.hash(make_secret(), mapping.hash_parameters, pepper)
    except Exception as error:  # noqa: BLE001  (each hash library has errors of its own)
        found = f"Hashing as {kind} does not work ({type(error).__name__})."
        return failed("hashing", found, "See directory.hash in the file, and that all dependencies are installed.")
    return ok("hashing", f"{kind}, made and verified in {(time.perf_counter() - started) * 1000:.0f} ms.")


def _text(patient: Patient) -> Check:
    now, rules = patient.clock.now(), patient.settings.rules
    bodies = [
        text.compose(rules, make_secret(), now + timedelta(days=30 * month), new_reference())
        for month in range(_MONTHS)
    ]
    lengths = [text.septets(body) for body in bodies]
    if None in lengths:
        found = "It has a sign that a plain text message cannot carry, which makes two messages of it."
        return failed("text", found, "See product, contact and zone in the file.")
    longest = max(length for length in lengths if length is not None)
    if longest > text.SEGMENT_SEPTETS:
        found = f"It has up to {longest} signs; one message carries {text.SEGMENT_SEPTETS}."
        return failed("text", found, "Shorten product or contact, or name a zone with a shorter abbreviation.")
    return ok("text", f"Up to {longest} of {text.SEGMENT_SEPTETS} signs, summer and winter: one message.")
