"""What a sample of hashes shows, in words. Of a hash itself nothing is said, not even a part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from services.directory.formats import FORMATS, Pepper, Sample
from services.directory.kdf import Argon2id, AspNetV3, Bcrypt, Pbkdf2, Phpass, Scrypt


def recognised(survey: Counter[Sample]) -> int:
    return sum(count for sample, count in survey.items() if sample.formats)


def usual(survey: Counter[Sample]) -> Sample | None:
    """The kind that most of the recognised hashes are of."""
    found = [(count, sample) for sample, count in survey.items() if sample.formats]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def plainest(sample: Sample) -> str:
    """Of formats that look the same the one without a secret of the product."""
    return min(_fitting(sample), key=lambda name: FORMATS[name].pepper is not Pepper.NONE)


def _fitting(sample: Sample) -> Sequence[str]:
    """Those whose products write it, rather than those whose products only read it."""
    return sample.writers or sample.formats


def written_as(survey: Counter[Sample], name: str) -> int:
    """How many are as products of this format write them."""
    return sum(count for sample, count in survey.items() if name in sample.writers)


def successor(survey: Counter[Sample], name: str) -> str:
    """The format in the place of this one, where one hash of it shows that the product has it; or empty."""
    later = (each.name for each in FORMATS.values() if each.follows == name)
    return next((each for each in later if written_as(survey, each)), "")


def readable_as(survey: Counter[Sample], name: str) -> int:
    return sum(count for sample, count in survey.items() if name in sample.formats)


def said(survey: Counter[Sample], prefer: str = "") -> str:
    """Like "198 of 200 hashes are argon2id with m=65536,t=3,p=4"; `prefer`: the one meant where several fit."""
    total = survey.total()
    parts = [
        f"{count:,} of {total:,} hashes {'is' if count == 1 else 'are'} {words(sample, prefer)}"
        for sample, count in survey.most_common()
    ]
    return "; ".join(parts) if parts else "there is no row to tell"


_NOTES = {"none": "empty", "unusable": "marks of a password that nobody has", "unknown": "of no known format"}


def words(sample: Sample, prefer: str = "") -> str:
    if not sample.formats:
        return _NOTES[sample.note]
    name = prefer if prefer in _fitting(sample) else plainest(sample)
    return f"{_kind(name)} with {cost(name, sample.parameters)}"


def _kind(name: str) -> str:
    """The derivation by its usual name, and ours in brackets where that is another."""
    kdf = FORMATS[name].kdf
    usual = {Argon2id: "argon2id", Pbkdf2: "pbkdf2_sha256", Scrypt: "scrypt", Phpass: "phpass"}.get(type(kdf), "")
    return f"{usual} ({name})" if usual and usual != name else name


def cost(name: str, parameters: str) -> str:
    match FORMATS[name].kdf:
        case Bcrypt():
            return f"cost {int(parameters)}"
        case Pbkdf2():
            return f"{int(parameters):,} rounds"
        case AspNetV3():
            digest, _, rounds = parameters.partition(":")
            return f"{int(rounds):,} rounds of {digest}"
        case Phpass():
            return f"2^{parameters} rounds"
    return parameters
