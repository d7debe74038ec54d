"""`python -m bot directory inspect`: what product this is, and which settings fit it. Reads a sample only."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Engine

from services.directory.catalog import Listed
from services.directory.check.fitting import fit, reach
from services.directory.formats import Pepper
from services.directory.inspect.contents import Reader
from services.directory.inspect.guessing import people_tables
from services.directory.inspect.proposal import Proposal
from services.directory.inspect.proposing import KnownProduct
from services.directory.inspect.recognising import recognise
from services.directory.inspect.unknown import UnknownProduct
from services.directory.written import read_mapping
from services.errors import DirectoryRefused


def inspect(engine: Engine) -> Proposal:
    """Raises DirectoryUnreachable, DirectoryRefused."""
    reached = reach(engine)
    if reached.failed:
        raise DirectoryRefused(reached.found)
    reader = Reader(engine)
    tables = reader.tables()
    candidates = recognise(reader, tables)
    if candidates:
        proposal = KnownProduct(reader, tables, candidates[0]).propose()
        proposal.others = [f"{each.preset} in {each.table.name!r}" for each in candidates[1:4]]
    else:
        places = people_tables(reader, tables)
        proposal = UnknownProduct(reader, tables, places[0]).propose() if places else _nothing(tables)
        proposal.others = [f"people in {place.contents.table.name!r}" for place in places[1:4]]
    _try(engine, proposal)
    return proposal


def _nothing(tables: Sequence[Listed]) -> Proposal:
    count = len(tables)
    seen = f"{count:,} tables were looked at" if count else "the account sees no table at all"
    return Proposal(
        evidence=[f"{seen}; none has both e-mail addresses and password hashes"],
        missing=["people: see that DIRECTORY_URL is the product's database, and that the account may read it"],
    )


def _try(engine: Engine, proposal: Proposal) -> None:
    """What the start would say to these settings."""
    if not proposal.settings:
        return
    problems: list[str] = []
    mapping = read_mapping(proposal.settings, problems, peppered=True)
    if mapping is None:
        raise AssertionError(problems)  # we write settings that we do not read
    proposal.checks = list(fit(engine, mapping))
    if mapping.format.pepper is Pepper.NEEDED:
        proposal.notes.append(
            "Set DIRECTORY_PEPPER to the product's own secret (Flask-Security: SECURITY_PASSWORD_SALT)."
        )
    elif mapping.format.pepper is Pepper.OPTIONAL:
        proposal.notes.append(
            "If the product mixes a pepper into its hashes (Devise: config.pepper), set DIRECTORY_PEPPER."
        )
    proposal.notes += [f"Cannot: {sentence}" for sentence in mapping.cannot]
