"""Settings for a product that we know: its preset, and what this installation calls differently."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from services.directory import evidence
from services.directory.catalog import Listed
from services.directory.inspect.contents import Contents, Reader
from services.directory.inspect.guessing import GUESS, Guess, Second, guess, second_phone
from services.directory.inspect.marks import MARKS
from services.directory.inspect.proposal import Proposal
from services.directory.inspect.recognising import Candidate
from services.directory.inspect.regions import region_of
from services.directory.mapping import Aside
from services.directory.presets import PRESETS

_REQUIRED = ("email", "first_name", "last_name", "phone")
_WELCOME = ("last_sign_in_at", "active", "deactivated_at", "locked_until")
"""Facts that are better known, where the preset's own column for them is not there."""
NO_PHONE = "telephone numbers: name directory.phone or [directory.phone_table]; without them no text can go out"


class Proposer:
    """What known and unknown products have in common."""

    def __init__(self, reader: Reader, tables: Sequence[Listed], table: Listed) -> None:
        self.reader = reader
        self.tables = tables
        self.table = table
        self.contents = reader.contents(table)
        self.proposal = Proposal()

    def names(self, fact: str, taken: Iterable[str]) -> Guess | None:
        return guess(self.contents, fact, taken)

    def set(self, fact: str, found: Guess) -> None:
        self.proposal.set(fact, found.column, f"{found.sure}: {found.why}")

    def number_aside(self, key: str) -> bool:
        """Whether numbers are in a second table, which is proposed then."""
        found = second_phone(self.reader, self.tables, self.table, key)
        if found is None:
            return False
        settings = {"table": found.table, "value": found.value, "person": found.person}
        self.proposal.set("phone_table", settings, f"{found.sure}: {found.why}")
        self.numbers(self.reader.contents(self._listed(found)), found.value)
        return True

    def _listed(self, found: Second) -> Listed:
        return next(each for each in self.tables if (each.name, each.schema) == (found.table, self.table.schema))

    def numbers(self, contents: Contents, column: str) -> None:
        self.proposal.region = region_of(contents.texts(column))

    def place(self, base: str) -> None:
        if self.table.name != base:
            self.proposal.set("table", self.table.name)
        if not self.table.named:
            self.proposal.set("schema", self.table.schema)


class KnownProduct(Proposer):
    """A product that we know: its preset, and what this installation calls differently."""

    def __init__(self, reader: Reader, tables: Sequence[Listed], found: Candidate) -> None:
        super().__init__(reader, tables, found.table)
        self.found, self.base = found, found.base

    def propose(self) -> Proposal:
        found, proposal = self.found, self.proposal
        proposal.product, proposal.sure, proposal.evidence = found.preset, found.sure, list(found.evidence)
        proposal.set("preset", found.preset)
        self.place(PRESETS[found.preset].table)
        for fact in (*_REQUIRED, *_WELCOME):
            if fact not in dict(self.base.asides):
                self._fact(fact)
        self._names()
        self._phone()
        self._hash()
        return proposal

    def _fact(self, fact: str) -> None:
        """Proposed where the preset's own column is not there and another goes by a usual name."""
        own = getattr(self.base, fact)
        if own in self.table.fields or (fact in _REQUIRED and not own):
            return
        taken = {*self.base.columns, *map(str, self.proposal.settings.values())}
        other = self.names(fact, taken)
        if other is not None and other.sure != GUESS:
            self.set(fact, other)
        elif fact == "email":
            self.proposal.missing.append("a column of e-mail addresses: name it in directory.email")
        elif own and own not in self.base.optional and fact != "phone":
            self.proposal.set(fact, "", "there is none")

    def _names(self) -> None:
        m, settings = self.base, self.proposal.settings
        own = [settings.get(fact, getattr(m, fact)) for fact in ("first_name", "last_name", "display_name")]
        if any(name in self.table.fields for name in own) or dict(m.asides).keys() & {"first_name", "last_name"}:
            return
        found = self.names("display_name", m.columns)
        if found is not None:
            self.set("display_name", found)
        else:
            self.proposal.missing.append("a column of names: agents see e-mail addresses only")

    def _phone(self) -> None:
        aside = self.base.aside("phone")
        if aside is not None:
            self._phone_of_meta(aside)
            return
        named = self.proposal.settings.get("phone", self.base.phone)
        if named in self.table.fields and self.contents.texts(named):
            self.numbers(self.contents, named)
        elif not self.number_aside(self.base.key) and named not in self.table.fields:
            self.proposal.missing.append(NO_PHONE)

    def _phone_of_meta(self, aside: Aside) -> None:
        """A table of facts holds them under names: whichever is used most for numbers."""
        [(column, usual)] = aside.where
        meta = next((each for each in self.tables if each.name == aside.table), None)
        if meta is None:
            return
        signs = ("%phone%", "%mobile%", "%cell%")
        kinds = [pair for sign in signs for pair in self.reader.kinds(meta, column, sign)]
        counts = dict(kinds)
        best = max(counts, key=lambda name: (counts[name], name == usual), default="")
        if best and counts[best] > counts.get(usual, 0):
            settings = {"table": aside.table, "value": aside.value, "where": {column: best}}
            self.proposal.set("phone_table", settings, f"likely: {counts[best]:,} rows, by its name")
        elif not counts:
            self.proposal.missing.append(NO_PHONE)
        name = best or usual
        texts = self.reader.values_of(meta, aside.value, column, name)
        self.proposal.region = region_of(texts)

    def _hash(self) -> None:
        usual = evidence.usual(self.found.survey)
        if usual is None or self.base.hash in usual.writers:
            return
        own = [name for name in MARKS[self.found.preset].formats if name in usual.writers]
        chosen = next(iter([*own, *usual.writers]))
        if (follower := evidence.successor(self.found.survey, chosen)) == self.base.hash:
            return
        chosen = follower or chosen
        self.proposal.set("hash", chosen, f"sure: {evidence.said(self.found.survey, chosen)}")
