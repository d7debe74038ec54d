"""Whether the columns can hold what a reset puts into them, and tell what it needs to know."""

from __future__ import annotations

from collections.abc import Iterator

from services.directory.catalog import Listed
from services.directory.formats import Format
from services.directory.mapping import NULL, RANDOM
from services.directory.shape import Shape, value_of
from services.directory.writing import fresh
from services.lookout import Check, failed, ok, warning

COLUMNS, PHONE = "directory: columns", "directory: phone"


def columns(shape: Shape, people: Listed) -> Iterator[Check]:
    wrong = [*_needed(shape), *_too_narrow(shape, people), *_never_empty(shape, people), *_misset(shape, people)]
    yield from wrong
    if not any(check.failed for check in wrong):
        count = len(shape.mapping.written_columns)
        yield ok(COLUMNS, f"{count} {'column' if count == 1 else 'columns'} can hold what a reset puts there.")


def phone(shape: Shape) -> Check:
    m = shape.mapping
    if joined := shape.joined.get("phone"):
        return ok(PHONE, f"Numbers are in {joined.aside.table}.{joined.aside.value}.")
    if m.phone:
        return ok(PHONE, f"Numbers are in {m.phone!r}.")
    return failed(
        PHONE,
        "No column of telephone numbers is named: nobody could be sent a text.",
        "Name it in directory.phone, or its table in [directory.phone_table].",
    )


def _needed(shape: Shape) -> Iterator[Check]:
    m = shape.mapping
    for field, what in (("key", "primary key"), ("email", "e-mail address"), ("password", "password hash")):
        if not getattr(m, field):
            yield failed(COLUMNS, f"No column of the {what} is named.", f"Name it in directory.{field}.")
    named = {"first_name", "last_name", "display_name"} & set(shape.joined)
    if not (m.first_name or m.last_name or m.display_name or named):
        yield warning(
            COLUMNS,
            "No column of a name is named: agents see e-mail addresses only.",
            "Name one in directory.display_name, or first_name and last_name.",
        )


def width(form: Format) -> int:
    """Signs that its usual hash takes."""
    return len(form.prefix + form.kdf.none(form.default))


def _too_narrow(shape: Shape, people: Listed) -> Iterator[Check]:
    m = shape.mapping
    for name in dict.fromkeys((m.secret, m.password)):
        limit = people.fields[name].length if name in people.fields else None
        if limit is not None and limit < width(m.format):
            found = (
                f"{name!r} takes {limit} signs, and a {m.hash} hash has {width(m.format)}: cut off, it opens nothing."
            )
            mend = "See that directory.hash is what the product writes, and that this is its column."
            yield failed(COLUMNS, found, mend)


def _never_empty(shape: Shape, people: Listed) -> Iterator[Check]:
    m = shape.mapping
    emptied = [m.temporary_password, m.temporary_expires_at, m.temporary_used_at]
    emptied += [m.must_change] if m.must_change_null else []
    for name in filter(None, emptied):
        if name in people.fields and not people.fields[name].nullable:
            found = f"{name!r} must not be empty (NOT NULL), and a reset has to leave it so."
            yield failed(COLUMNS, found, f"Name the right column, or let it be empty: {name} NULL.")


def _misset(shape: Shape, people: Listed) -> Iterator[Check]:
    """Words of `also_set` and `unlock` that their column cannot take."""
    for setting in ("also_set", "unlock"):
        for name, word in getattr(shape.mapping, setting):
            if why := _refused(shape, people, name, word):
                mend = f"Choose another word for it in directory.{setting}, or leave the column out."
                yield failed(COLUMNS, f"{name!r} cannot be set to {word!r}: {why}.", mend)


def _refused(shape: Shape, people: Listed, name: str, word: str) -> str:
    field = people.fields.get(name)
    if word == NULL:
        return "it must not be empty (NOT NULL)" if field and not field.nullable else ""
    value = fresh(word) or ""
    try:
        value_of(shape.column(name), value)
    except ValueError:
        return "it is of another type" if word == RANDOM or value else "it holds no text"
    if field and field.length is not None and len(value) > field.length:
        return f"that has {len(value)} signs, and the column takes {field.length}"
    return ""
