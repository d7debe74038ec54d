"""Settings proposed for a product, each with its evidence, as TOML that can be put into `locksmith.toml` as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from services.directory.inspect.regions import Region
from services.lookout import Check

_BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass
class Proposal:
    """`settings` is `[directory]` as the file would hold it; `why` says of each setting where it comes from."""

    product: str = ""
    """Its preset; empty where it is none of those we know."""
    sure: str = ""
    evidence: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    """What else it may be, or where else people may be."""
    region: Region = field(default_factory=lambda: Region("", ""))
    settings: dict[str, Any] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    """What was not found, and what that means."""
    notes: list[str] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    """What the proposed settings were found to be, tried at once."""

    def set(self, name: str, value: object, why: str = "") -> None:
        self.settings[name] = value
        if why:
            self.why[name] = why

    @property
    def fits(self) -> bool:
        return bool(self.checks) and not any(check.failed for check in self.checks)

    def as_json(self) -> str:
        return json.dumps(
            {
                "product": self.product,
                "sure": self.sure,
                "evidence": self.evidence,
                "others": self.others,
                "region": {"code": self.region.code, "why": self.region.why, "sure": self.region.sure},
                "directory": self.settings,
                "why": self.why,
                "missing": self.missing,
                "notes": self.notes,
                "fits": self.fits,
                "wrong": [{"found": each.found, "mend": each.mend} for each in self.checks if each.failed],
                "toml": self.as_toml(),
            },
            ensure_ascii=False,
            indent=2,
        )

    def as_toml(self) -> str:
        """Whatever is not a setting is a comment."""
        return (
            "\n".join([*_comments(self._head()), "", *self._settings(), "", *_comments(self._tail())]).rstrip() + "\n"
        )

    def _head(self) -> Iterator[str]:
        if self.product:
            yield f"This is {self.sure} {self.product}:"
        elif self.settings:
            yield "This is none of the products that Locksmith knows by name:"
        else:
            yield "No table of people was found."
        yield from (f"  - {each}" for each in self.evidence)
        if self.others:
            yield f"It might also be: {'; '.join(self.others)}."

    def _settings(self) -> Iterator[str]:
        if self.region.code:
            doubt = "" if self.region.sure else "not sure: "
            yield f"region = {_value(self.region.code)}  # {doubt}{self.region.why}"
            yield ""
        elif self.settings:
            yield f'# region = "…"  # {self.region.why}'
            yield ""
        if not self.settings:
            return
        yield "[directory]"
        tables = []
        for name, value in self.settings.items():
            if name.endswith("_table") or name == "rows":
                tables.append((name, value))
            else:
                why = self.why.get(name)
                yield f"{name} = {_value(value)}" + (f"  # {_one_line(why)}" if why else "")
        for name, value in tables:
            yield from self._table(name, value)

    def _table(self, name: str, value: Any) -> Iterator[str]:  # noqa: ANN401  (a table, or a list of them)
        for each in value if isinstance(value, list) else [value]:
            yield ""
            yield f"[[directory.{name}]]" if isinstance(value, list) else f"[directory.{name}]"
            if why := self.why.get(name):
                yield f"# {_one_line(why)}"
            yield from (f"{key} = {_value(item)}" for key, item in each.items())

    def _tail(self) -> Iterator[str]:
        if self.missing:
            yield "Not found:"
            yield from (f"  - {each}" for each in self.missing)
        if self.notes:
            yield "To know:"
            yield from (f"  - {each}" for each in self.notes)
        wrong = [check for check in self.checks if check.failed]
        if wrong:
            yield "Not right yet:"
            yield from (f"  - {check.found} {check.mend}" for check in wrong)
        if self.settings:
            yield "Then: python -m bot directory check --person somebody@example.com"


def _comments(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield f"# {_one_line(line)}"


def _one_line(text: str) -> str:
    """Names may hold anything, a line end too, and must not break out of their comment."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _value(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case dict():
            return "{ " + ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items()) + " }"
        case list() | tuple():
            return f"[{', '.join(_value(item) for item in value)}]"
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _value(name)
