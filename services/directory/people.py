"""Reading people: one statement over the people's table and its second tables, and what its rows say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, Select, and_, select

from services.directory.mapping import FACTS, RANDOM, UUID, ZERO, Mapping
from services.directory.shape import Joined, Shape, where
from services.directory.times import nothing, time_of
from services.model import Person
from services.phones import read_phone

DECIDED = timedelta(days=30)
"""A lock that ends later than this is somebody's decision; counters lock for minutes or hours."""
SINGLE = ("email", "phone_changed_at", "active", "deactivated_at", "locked_until", "last_sign_in_at")
_SEARCHED = ("email", "active", "deactivated_at", "locked_until")
_SEARCHED_FACTS = ("first_name", "last_name", "display_name", "phone")
_YES = frozenset({"1", "t", "true", "y", "yes", "on", "active", "enabled"})
_PHP = re.compile(r's:\d+:"([^"]*)";(?!b:0)')
"""Texts of a serialised PHP array, without those that are switched off."""


def select_people(shape: Shape) -> Select[Any]:
    """A person may come in several rows: one for each number or role in a second table."""
    m = shape.mapping
    columns = [shape.column(name).label(f"flag_{name}") for name, _ in m.role_flags]
    columns += [shape.column(name).label(f"lock_{name}") for name, _ in m.unlock]
    return _selected(shape, SINGLE, FACTS, columns)


def select_searched(shape: Shape) -> Select[Any]:
    """Only what the search tables are made of: a sign-in or another role changes nothing there."""
    return _selected(shape, _SEARCHED, _SEARCHED_FACTS, [])


def _selected(shape: Shape, single: Iterable[str], facts: Iterable[str], more: list[Any]) -> Select[Any]:
    m = shape.mapping
    columns = [shape.key.label("key")]
    columns += [shape.column(name).label(field) for field in single if (name := getattr(m, field))]
    columns += more
    source: Any = shape.people
    for fact in facts:
        joined = shape.joined.get(fact)
        if joined is not None:
            source, value = _join(shape, source, joined, fact)
            columns.append(value.label(fact))
        elif name := getattr(m, fact):
            columns.append(shape.column(name).label(fact))
    return select(*columns).select_from(source)


def _join(shape: Shape, source: Any, joined: Joined, fact: str) -> tuple[Any, Any]:  # noqa: ANN401  (a FromClause)
    aside = joined.aside
    table = joined.table.alias(f"{fact}_of")
    outer = table if joined.link is None else joined.link.alias(f"{fact}_link")
    which = [outer.c[aside.person] == shape.key, *where(outer, aside.where)]
    source = source.outerjoin(outer, and_(*which))
    if joined.link is not None:
        source = source.outerjoin(table, table.c[aside.key] == outer.c[aside.link_to])
    return source, table.c[aside.value]


def person(shape: Shape, key: str, rows: Sequence[Row[Any]], region: str, now: datetime) -> Person:
    values = [dict(row._mapping) for row in rows]
    m, first = shape.mapping, values[0]
    facts = {fact: _texts(each.get(fact) for each in values) for fact in FACTS}
    names = [next(iter(facts[fact]), "") for fact in ("first_name", "last_name", "display_name")]
    flags = [role for name, role in m.role_flags if yes(first[f"flag_{name}"])]
    roles = [*flags, *(role for value in facts["role"] for role in roles_in(value))]
    high = {role.casefold() for role in m.privileged_roles}
    privileged = [role for role in roles if role.casefold() in high]
    return Person(
        key=key,
        first_name=names[0] if any(names[:2]) else names[2],
        last_name=names[1],
        email=str(first["email"] or ""),
        phone=read_phone("\n".join(facts["phone"]), region),
        active=_active(first, now),
        role=next(iter([*privileged, *roles]), ""),
        team=next(iter(facts["team"]), ""),
        privileged=bool(privileged),
        phone_changed_at=time_of(first.get("phone_changed_at")),
        last_sign_in_at=time_of(first.get("last_sign_in_at")),
        may_be_locked=any(_counted(m, name, word, first[f"lock_{name}"], now) for name, word in m.unlock),
    )


def _counted(mapping: Mapping, name: str, word: str, value: Any, now: datetime) -> bool:  # noqa: ANN401  (as below)
    """Whether unlocking would change this column, other than clearing away a lock whose time is over."""
    if name == mapping.locked_until and (until := time_of(value)) is not None:
        return until > now
    if word in (RANDOM, UUID):
        return False
    if isinstance(value, bytes):
        return any(value)
    return str(value or "").strip() not in ("", *(["0"] if word == ZERO else []))


def _texts(values: Iterable[Any]) -> list[str]:
    """Each once and none empty; JSON columns as their text."""
    written = (json.dumps(value) if isinstance(value, list | dict) else value for value in values)
    return list(dict.fromkeys(kept for value in written if value is not None and (kept := str(value).strip())))


def roles_in(value: str) -> list[str]:
    """A role by itself, a JSON list as Symfony keeps it, or a serialised PHP array as WordPress does."""
    if value[0] in "[{":
        try:
            found = json.loads(value)
        except ValueError:
            return [value]
        return [str(each) for each in (found.values() if isinstance(found, dict) else found)]
    return _PHP.findall(value) if value.startswith("a:") else [value]


def _active(values: Any, now: datetime) -> bool:  # noqa: ANN401  (a RowMapping)
    locked = time_of(values.get("locked_until"))
    return (
        _is_active(values.get("active", True))
        and nothing(values.get("deactivated_at"))  # of one that cannot be read nobody is let in
        and (locked is None or locked < now + DECIDED)
    )


def _is_active(value: Any) -> bool:  # noqa: ANN401  (as below)
    """Of a number only 1: where it is a status, others are those of people who were stopped."""
    return value == 1 if isinstance(value, int | float | Decimal) else yes(value)


def yes(value: Any) -> bool:  # noqa: ANN401  (whatever the column holds)
    if isinstance(value, bytes):
        return any(value)
    return value.strip().casefold() in _YES if isinstance(value, str) else bool(value)
