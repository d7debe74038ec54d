"""Settings for a product that we do not know: a mapping, column by column, and how sure each is."""

from __future__ import annotations

from collections.abc import Sequence

from services.directory import evidence
from services.directory.catalog import TEXT, Field, Listed
from services.directory.inspect.contents import Reader
from services.directory.inspect.guessing import Place, seconds
from services.directory.inspect.marks import HIGH_ROLES, REMEMBER_TOKEN, RESET_TOKEN, UNLOCK, plain
from services.directory.inspect.proposal import Proposal
from services.directory.inspect.proposing import NO_PHONE, Proposer

_WELCOME = ("phone_changed_at", "active", "deactivated_at", "locked_until", "last_sign_in_at", "team", "must_change")
_FEW_ROLES = 20


class UnknownProduct(Proposer):
    def __init__(self, reader: Reader, tables: Sequence[Listed], found: Place) -> None:
        super().__init__(reader, tables, found.contents.table)
        self.found = found
        self.key = reader.key_of(self.table)

    def propose(self) -> Proposal:
        proposal, found = self.proposal, self.found
        proposal.evidence = [found.why]
        self.place("")
        if self.key:
            proposal.set("key", self.key, "sure: the primary key")
        else:
            proposal.missing.append("a primary key of one column: name a unique column in directory.key")
        self.set("email", found.email)
        self.set("password", found.password)
        self._names()
        for fact in _WELCOME:
            if (other := self.names(fact, self._taken())) is not None:
                self.set(fact, other)
        self._role()
        self._phone()
        self._hash()
        self._effects()
        return proposal

    def _taken(self) -> set[str]:
        return {value for value in self.proposal.settings.values() if isinstance(value, str)}

    def _names(self) -> None:
        for fact in ("first_name", "last_name"):
            other = self.names(fact, self._taken())
            if other is not None:
                self.set(fact, other)
            else:
                self.proposal.set(fact, "", "there is none")
        whole = self.names("display_name", self._taken())
        if whole is not None:
            self.set("display_name", whole)

    def _role(self) -> None:
        found = self.names("role", self._taken())
        if found is None:
            self.proposal.notes.append("No column of a role was found: nobody counts as privileged.")
            return
        self.set("role", found)
        values = sorted(set(self.contents.texts(found.column)))
        high = [value for value in values if HIGH_ROLES.fullmatch(value)]
        if high and len(values) <= _FEW_ROLES:
            self.proposal.set("privileged_roles", high, "likely: by their names; add what else can do harm")

    def _phone(self) -> None:
        found = self.names("phone", self._taken())
        if found is not None:
            self.set("phone", found)
            self.numbers(self.contents, found.column)
        elif not (self.key and self.number_aside(self.key)):
            self.proposal.set("phone", "", "not found")
            self.proposal.missing.append(NO_PHONE)

    def _hash(self) -> None:
        survey = self.contents.survey(self.found.password.column)
        usual = evidence.usual(survey)
        shown = evidence.said(survey)
        if usual is None:
            self.proposal.missing.append(f"the format of the hashes ({shown}): name it in directory.hash")
            return
        name = evidence.plainest(usual)
        more = [other for other in usual.writers if other != name]
        name = evidence.successor(survey, name) or name
        doubt = f"; {', '.join(more)} looks the same" if more else ""
        self.proposal.set("hash", name, f"{'likely' if more else 'sure'}: {evidence.said(survey, name)}{doubt}")

    def _effects(self) -> None:
        """What goes with a password: tokens, lock counters, sign-ins in tables of their own."""
        free = [each for each in self.table.fields.values() if each.name not in self._taken()]
        tokens = {
            each.name: "null"
            for each in free
            if each.nullable
            and each.family == TEXT
            and (RESET_TOKEN.fullmatch(plain(each.name)) or REMEMBER_TOKEN.fullmatch(plain(each.name)))
        }
        unlock = {each.name: word for each in self.table.fields.values() if (word := _unlocks(each))}
        if tokens:
            self.proposal.set("also_set", tokens, "likely: by their names")
        if unlock:
            self.proposal.set("unlock", unlock, "likely: by their names")
        rows = [
            {"table": each.table, "person": each.person, "kind": kind}
            for kind, each in (seconds(self.tables, self.table, self.key) if self.key else [])
        ]
        if rows:
            self.proposal.set("rows", rows, "likely: by the names of table and column")
        else:
            self.proposal.notes.append(
                "If the product ends open sign-ins by itself when the hash changes, set ends_sign_ins = true."
            )


def _unlocks(field: Field) -> str:
    for word, (families, sign) in UNLOCK.items():
        if field.family in families and sign.fullmatch(plain(field.name)) and (word == "0" or field.nullable):
            return word
    return ""
