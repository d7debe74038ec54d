"""Whether the product writes the hashes that the mapping says, by a sample of its newest."""

from __future__ import annotations

from collections import Counter

from services.directory import evidence
from services.directory.formats import Sample
from services.directory.mapping import Mapping
from services.directory.sql import SqlDirectory
from services.lookout import Check, failed, ok, warning

HASH = "directory: hash format"


def hashes(directory: SqlDirectory, mapping: Mapping) -> Check:
    """`hash_parameters` in the file say that somebody knows better, as on the day of an update."""
    return judge(directory.survey(), mapping)


def judge(survey: Counter[Sample], mapping: Mapping) -> Check:
    name, shown = mapping.hash, evidence.said(survey, mapping.hash)
    known = evidence.recognised(survey)
    if not known:
        strange = any(sample.note == "unknown" for sample in survey)
        return _none_known(name, shown) if strange and not mapping.hash_parameters else _nothing_to_tell(name, shown)
    if follower := evidence.successor(survey, name):
        return failed(
            HASH,
            f"{_capital(shown)}: {follower} is what the product writes since its update, and no longer {name}.",
            f"Set directory.hash to {follower!r}.",
        )
    if evidence.readable_as(survey, name):
        written = evidence.written_as(survey, name)
        if 2 * written >= known:
            return ok(HASH, f"{_capital(shown)}.")
        other = "older ones" if written else "none of them as its products write it"
        return warning(
            HASH,
            f"{_capital(shown)}. Only {written:,} of {known:,} are written as {name} is: {other}.",
            f"{_suggestion(survey)} If the product changed its format lately, all is well.",
        )
    if mapping.hash_parameters:
        return warning(HASH, f"{_capital(shown)}: none is {name}.", _suggestion(survey))
    return failed(
        HASH,
        f"{_capital(shown)}: none is {name}, so the product would refuse what Locksmith writes.",
        f"{_suggestion(survey)} If it changed its format just now, set directory.hash_parameters too.",
    )


def _none_known(name: str, shown: str) -> Check:
    found = f"{_capital(shown)}: Locksmith can write none of these, and {name} would not open."
    mend = (
        "See that directory.password is the right column, and the formats in docs/directories.md. If these are older "
        "ones, set directory.hash_parameters, too."
    )
    return failed(HASH, found, mend)


def _nothing_to_tell(name: str, shown: str) -> Check:
    found = f"Nothing shows that the product writes {name}: {shown}."
    return warning(HASH, found, "Sign somebody up in the product, then run `python -m bot directory check` again.")


def _suggestion(survey: Counter[Sample]) -> str:
    usual = evidence.usual(survey)
    name = evidence.plainest(usual) if usual else ""
    return f"See directory.hash: {name!r} is what they are." if name else ""


def _capital(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]
