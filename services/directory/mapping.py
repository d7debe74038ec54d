"""Which tables and columns a product keeps its people in, and what else changes with a password."""

from __future__ import annotations

from dataclasses import dataclass

from services.directory.formats import FORMATS, Format

Pairs = tuple[tuple[str, str], ...]

NULL, ZERO, EMPTY, RANDOM, UUID = "null", "0", "empty", "random", "uuid"
VALUES = (NULL, ZERO, EMPTY, RANDOM, UUID)
"""What a column that goes with the password can be set to; `random` and `uuid` are new each time."""
SIGN_IN, LINK, KEY = "sign-in", "link", "key"
KINDS = (SIGN_IN, LINK, KEY)
FACTS = ("first_name", "last_name", "display_name", "phone", "role", "team")
"""What may lie in a second table, as `<fact>_table`."""


@dataclass(frozen=True)
class Aside:
    """A fact that lies in a second table: one row per person, several, or none.

    With `link` a table stands between: there `person` names the person and `link_to` the row of `table`, by `key`;
    `where` is about that table then.
    """

    table: str
    value: str
    person: str = "user_id"
    where: Pairs = ()
    link: str = ""
    link_to: str = ""
    key: str = "id"
    optional: bool = False
    """Presets only: a table that is not there is a fact that nobody has."""

    @property
    def needs(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Tables with the columns that are read of them; `table` first."""
        outside = (self.person, *(column for column, _ in self.where))
        if not self.link:
            return ((self.table, _named(self.value, *outside)),)
        return (self.table, _named(self.key, self.value)), (self.link, _named(self.link_to, *outside))


@dataclass(frozen=True)
class Rows:
    """Rows of another table that go with the password.

    A sign-in ends and a reset link is void when the temporary password is written; a key (of an interface) only
    when the account is closed: a forgotten password is no reason to stop somebody's machines.
    """

    table: str
    person: str = "user_id"
    by: str = ""
    """The column of the people's table that `person` holds; empty: the key."""
    where: Pairs = ()
    kind: str = SIGN_IN
    optional: bool = False

    @property
    def needs(self) -> tuple[str, ...]:
        """The columns by which the rows are found."""
        return _named(self.person, *(column for column, _ in self.where))


@dataclass(frozen=True)
class Mapping:
    """Column names; an empty one means that the product has no such column.

    With `temporary_password` the product keeps a temporary password beside the own one; without it the
    temporary password takes the place of `password` and the earlier hash is put back at the end.
    """

    table: str
    key: str = "id"
    schema: str = ""
    first_name: str = "first_name"
    last_name: str = "last_name"
    display_name: str = ""
    """What stands for both where they are empty."""
    email: str = "email"
    phone: str = "phone"
    phone_changed_at: str = ""
    active: str = ""
    deactivated_at: str = ""
    """A time since when the person may not sign in."""
    locked_until: str = ""
    """A time until when; far ahead it is somebody's decision and no counter's, and counts as deactivated."""
    role: str = ""
    role_flags: Pairs = ()
    """(column, role): yes-or-no columns that make a role, the weightiest first."""
    team: str = ""
    privileged_roles: tuple[str, ...] = ()
    last_sign_in_at: str = ""
    asides: tuple[tuple[str, Aside], ...] = ()
    """(fact, where it lies) for facts in second tables."""
    password: str = "password_hash"  # noqa: S105  (a column's name)
    temporary_password: str = ""
    temporary_expires_at: str = ""
    temporary_used_at: str = ""
    must_change: str = ""
    must_change_null: bool = False
    """`must_change` is a time of the last change, and none there makes the person choose."""
    session_version: str = ""
    """A counter that ends open sign-ins when it grows."""
    ends_sign_ins: bool = False
    """The product ends open sign-ins by itself when a temporary password is used or the hash changes."""
    also_set: Pairs = ()
    """(column, one of VALUES): tokens and stamps that change in the same transaction."""
    unlock: Pairs = ()
    """(column, one of VALUES): the lock counters, as they are when nobody is locked out."""
    rows: tuple[Rows, ...] = ()
    unusable: str = ""
    """What closes an account: a hash of no password. Empty: that of the format."""
    hash: str = "argon2id"
    hash_parameters: str = ""
    """Empty: read off the newest rows."""
    optional: tuple[str, ...] = ()
    """Presets only: columns that some installations lack."""
    cannot: tuple[str, ...] = ()
    """What the product cannot do, in sentences for the agent."""

    @property
    def format(self) -> Format:
        return FORMATS[self.hash]

    @property
    def closed(self) -> str:
        return self.unusable or self.format.closed

    @property
    def secret(self) -> str:
        """The column that a temporary password is written to."""
        return self.temporary_password or self.password

    def aside(self, fact: str) -> Aside | None:
        return dict(self.asides).get(fact)

    @property
    def written_columns(self) -> tuple[str, ...]:
        """Columns of the people's table that a reset or the closing of an account writes."""
        return _named(self.secret, self.password, *self.image_columns, self.session_version)

    @property
    def image_columns(self) -> tuple[str, ...]:
        """What goes with the hash, in the order of an image's extras."""
        own = (self.temporary_expires_at, self.temporary_used_at, self.must_change)
        return _named(*own, *(column for column, _ in self.set_with))

    @property
    def set_with(self) -> Pairs:
        """Columns set with a temporary password. Beside an own one the product sets its tokens itself, at use."""
        return self.unlock if self.temporary_password else (*self.also_set, *self.unlock)

    @property
    def columns(self) -> tuple[str, ...]:
        """All named columns of the people's table."""
        single = (getattr(self, field) for field in COLUMNS if field not in dict(self.asides))
        pairs = (column for field in PAIRED for column, _ in getattr(self, field))
        return _named(*single, *pairs, *(rows.by for rows in self.rows))


COLUMNS = (
    "key", *FACTS, "email", "phone_changed_at", "active", "deactivated_at", "locked_until", "last_sign_in_at",
    "password", "temporary_password", "temporary_expires_at", "temporary_used_at", "must_change", "session_version",
)  # fmt: skip
PAIRED = ("role_flags", "also_set", "unlock")
"""Fields of a mapping that name columns of the people's table: one, or several with what is made of them."""


def _named(*columns: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in columns if name))
