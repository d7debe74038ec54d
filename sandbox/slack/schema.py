"""A small language for saying what a JSON value must look like, and Slack's words when it does not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Problem:
    """One thing wrong, and where, worded as in Slack's `response_metadata.messages`."""

    at: str
    says: str

    def __str__(self) -> str:
        return f"[ERROR] {self.says} [json-pointer:{self.at}]"


Problems = Iterator[Problem]


class Rule(Protocol):
    """Something that finds what is wrong with a value."""

    def check(self, value: object, at: str) -> Problems: ...


@dataclass(frozen=True)
class Str:
    """A string within lengths (in code points), or one of a few."""

    most: int | None = None
    least: int = 0
    one_of: Sequence[str] = ()

    def check(self, value: object, at: str) -> Problems:
        if not isinstance(value, str):
            yield Problem(at, "must be a string")
            return
        if self.one_of and value not in self.one_of:
            yield Problem(at, f"must be one of: {', '.join(self.one_of)}")
        if len(value) < self.least:
            yield Problem(at, f"must be more than {self.least - 1} characters")
        if self.most is not None and len(value) > self.most:
            yield Problem(at, f"must be less than {self.most + 1} characters")


@dataclass(frozen=True)
class Int:
    """A whole number within bounds."""

    least: int = 0
    most: int | None = None

    def check(self, value: object, at: str) -> Problems:
        if isinstance(value, bool) or not isinstance(value, int):
            yield Problem(at, "must be an integer")
            return
        if value < self.least:
            yield Problem(at, f"must be greater than or equal to {self.least}")
        if self.most is not None and value > self.most:
            yield Problem(at, f"must be less than or equal to {self.most}")


@dataclass(frozen=True)
class Anything:
    """An object whose inside somebody else looks at."""

    def check(self, value: object, at: str) -> Problems:
        if not isinstance(value, dict):
            yield Problem(at, "must provide an object")


@dataclass(frozen=True)
class Flag:
    """True or false."""

    def check(self, value: object, at: str) -> Problems:
        if not isinstance(value, bool):
            yield Problem(at, "must be a boolean")


@dataclass(frozen=True)
class Many:
    """A list within a number of items."""

    item: Rule
    least: int = 1
    most: int | None = None

    def check(self, value: object, at: str) -> Problems:
        if not isinstance(value, list):
            yield Problem(at, "must be an array")
            return
        if len(value) < self.least:
            yield Problem(at, f"no less than {self.least} items allowed")
        if self.most is not None and len(value) > self.most:
            yield Problem(at, f"no more than {self.most} items allowed")
        for index, one in enumerate(value):
            yield from self.item.check(one, f"{at}/{index}")


@dataclass(frozen=True)
class Obj:
    """An object with these fields and no others."""

    required: Mapping[str, Rule] = field(default_factory=dict)
    optional: Mapping[str, Rule] = field(default_factory=dict)

    def check(self, value: object, at: str) -> Problems:
        if not isinstance(value, dict):
            yield Problem(at, "must provide an object")
            return
        for name in self.required:
            if name not in value:
                yield Problem(at, f"missing required field: {name}")
        for name, one in value.items():
            rule = self.required.get(name) or self.optional.get(name)
            if rule is None:
                yield Problem(at, f"invalid additional property: {name}")
            else:
                yield from rule.check(one, f"{at}/{name}")


@dataclass(frozen=True)
class ByType:
    """An object whose `type` says which rule holds; only some types may stand here."""

    rules: Mapping[str, Rule]
    allowed: Sequence[str]

    def check(self, value: object, at: str) -> Problems:
        if not isinstance(value, dict):
            yield Problem(at, "must provide an object")
        elif "type" not in value:
            yield Problem(at, "missing required field: type")
        elif value["type"] not in self.allowed:
            yield Problem(f"{at}/type", f"unsupported type: {value['type']}")
        else:
            yield from self.rules[value["type"]].check(value, at)
