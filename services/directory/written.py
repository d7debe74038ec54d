"""`[directory]` of the settings as a mapping. Everything that is wrong is named at once."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import MISSING, fields, replace
from typing import Any, TypeVar

from services.directory.formats import FORMATS, Pepper
from services.directory.mapping import COLUMNS, FACTS, KINDS, PAIRED, VALUES, Aside, Mapping, Rows
from services.directory.presets import PRESETS, wordpress

_NOT_WRITTEN = frozenset({"asides", "optional"})
"""Fields of a mapping that only presets have, or that the file sets by another name."""
_TABLE = "_table"
SETTINGS = (
    "preset",
    *(each.name for each in fields(Mapping) if each.name not in _NOT_WRITTEN),
    *(f"{fact}{_TABLE}" for fact in FACTS),
)
"""All that `[directory]` may hold."""
_Made = TypeVar("_Made", Mapping, Aside, Rows)


def read_mapping(values: Map[str, Any], problems: list[str], *, peppered: bool = False) -> Mapping | None:
    """None where something is wrong; `problems` says what then. `peppered`: DIRECTORY_PEPPER is set."""
    before = len(problems)
    values = dict(values)
    base = _base(values, problems)
    asides = _asides(values, problems)
    rows = _rows(values, problems)
    given = _read(Mapping, values, "directory", problems)
    _check(given, base, problems, peppered=peppered)
    if len(problems) > before or base is None:
        return None
    columns = {given[field] for field in COLUMNS if field in given}
    columns |= {column for field in PAIRED for column, _ in given.get(field, ())}
    kept = ((fact, aside) for fact, aside in base.asides if fact not in asides and fact not in given)
    return replace(
        base,
        **given,
        asides=(*kept, *asides.items()),
        rows=base.rows if rows is None else rows,
        optional=tuple(name for name in base.optional if name not in columns),
    )


def _base(values: dict[str, Any], problems: list[str]) -> Mapping | None:
    preset, table = values.pop("preset", None), values.get("table")
    if preset is None and not isinstance(table, str):
        problems.append("directory needs a preset, or a table with its columns")
        return None
    if preset is None:
        return Mapping(table=str(table))
    if preset == "wordpress" and isinstance(table, str):
        return wordpress(table.removesuffix("users"))
    if preset not in PRESETS:
        problems.append(f"directory.preset {preset!r} is unknown; there is {', '.join(PRESETS)}")
    return PRESETS.get(preset)


def _asides(values: dict[str, Any], problems: list[str]) -> dict[str, Aside]:
    found = {}
    for fact in FACTS:
        name = f"{fact}{_TABLE}"
        if name in values and (made := _make(Aside, values.pop(name), f"directory.{name}", problems)):
            found[fact] = made
            if bool(made.link) != bool(made.link_to):
                problems.append(f"directory.{name} needs link and link_to together")
    return found


def _rows(values: dict[str, Any], problems: list[str]) -> tuple[Rows, ...] | None:
    """None where the file says nothing of them."""
    if "rows" not in values:
        return None
    written = values.pop("rows")
    if not isinstance(written, list):
        problems.append("directory.rows is a list: write [[directory.rows]], or rows = []")
        return None
    made = [_make(Rows, each, "directory.rows", problems) for each in written]
    for each in made:
        if each is not None and each.kind not in KINDS:
            problems.append(f"directory.rows.kind is one of {', '.join(KINDS)}")
    return tuple(each for each in made if each is not None)


def _check(given: dict[str, Any], base: Mapping | None, problems: list[str], *, peppered: bool) -> None:
    for field in ("also_set", "unlock"):
        if any(word not in VALUES for _, word in given.get(field, ())):
            problems.append(f"directory.{field} sets a column to one of {', '.join(VALUES)}")
    name = given.get("hash", base.hash if base else Mapping.hash)
    if name not in FORMATS:
        problems.append(f"directory.hash is unknown; there is {', '.join(FORMATS)}")
        return
    parameters = given.get("hash_parameters", "")
    if parameters and not FORMATS[name].can(parameters):
        problems.append(f"directory.hash_parameters are none of {name}: write them like {FORMATS[name].default!r}")
    if FORMATS[name].pepper is Pepper.NEEDED and not peppered:
        problems.append(f"DIRECTORY_PEPPER is missing: {name} mixes a secret of the product into every hash")


def _make(kind: type[_Made], values: object, place: str, problems: list[str]) -> _Made | None:
    if not isinstance(values, dict):
        problems.append(f"{place} is a table of names")
        return None
    before = len(problems)
    given = _read(kind, values, place, problems)
    needed = [each.name for each in fields(kind) if each.default is MISSING and each.name not in values]
    problems += [f"{place}.{name} is missing" for name in needed]
    return kind(**given) if len(problems) == before else None


def _read(kind: type[_Made], values: dict[str, Any], place: str, problems: list[str]) -> dict[str, Any]:
    """What is written, in the types of the fields."""
    types = {each.name: str(each.type) for each in fields(kind) if each.name not in _NOT_WRITTEN}
    found = {}
    for name, value in values.items():
        if name not in types:
            problems.append(f"{place}.{name} is not a setting")
        elif (read := _as(types[name], value)) is None:
            problems.append(f"{place}.{name} is {_EXPECTED[types[name]]}")
        else:
            found[name] = read
    return found


_EXPECTED = {
    "str": "a text",
    "bool": "true or false",
    "Pairs": 'a table of texts, whole numbers or true and false, like { column = "value" }',
    "tuple[str, ...]": "a list of texts",
}


def _as(kind: str, value: Any) -> Any:  # noqa: ANN401  (whatever TOML holds)
    """None where it is of another kind."""
    match kind, value:
        case "str", str():
            return value
        case "bool", bool():
            return value
        case "Pairs", dict() if all(isinstance(each, str | int) for each in value.values()):
            return tuple((name, each if isinstance(each, str) else str(int(each))) for name, each in value.items())
        case "tuple[str, ...]", list() if all(isinstance(each, str) for each in value):
            return tuple(value)
    return None
