"""Locksmith's own tables. The directory's tables are elsewhere and are never altered.

Every name is prefixed, because some will put them into the product's database. No secret is in any of them:
what must be kept of hashes and response addresses is sealed (services/seals.py).
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    text,
    true,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.model import LIVE

LIVE_STATES = sorted(state.value for state in LIVE)
_LIVE_CLAUSE = text("state IN ({})".format(", ".join(f"'{state}'" for state in LIVE_STATES)))
_READY_CLAUSE = text("state = 'ready'")


class UtcDateTime(TypeDecorator[datetime]):
    """Zone-aware UTC in Python; SQLite, which has no zones, stores it naive."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime(), bytes: LargeBinary()}  # noqa: RUF012  (SQLAlchemy reads it)


class RequestRow(Base):
    """One reset from asking to its end. `version` grows with every change."""

    __tablename__ = "locksmith_request"
    __table_args__ = (
        Index(
            "uq_locksmith_request_live_person",
            "person_key",
            unique=True,
            sqlite_where=_LIVE_CLAUSE,
            postgresql_where=_LIVE_CLAUSE,
        ),
        Index("ix_locksmith_request_look_at", "look_at"),
        Index("ix_locksmith_request_reply_until", "reply_until"),
        Index("ix_locksmith_request_person_key_created_at", "person_key", "created_at"),
        Index("ix_locksmith_request_agent_id_created_at", "agent_id", "created_at"),
        Index("ix_locksmith_request_state", "state"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    reference: Mapped[str] = mapped_column(String(16), unique=True)
    version: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(20))

    person_key: Mapped[str] = mapped_column(String(200))
    person_name: Mapped[str] = mapped_column(String(400))
    person_email: Mapped[str] = mapped_column(String(400))
    person_role: Mapped[str] = mapped_column(String(100))
    phone_tail: Mapped[str] = mapped_column(String(8))
    fingerprint: Mapped[str] = mapped_column(String(80))

    agent_id: Mapped[str] = mapped_column(String(40))
    workspace: Mapped[str] = mapped_column(String(40))
    agent_name: Mapped[str] = mapped_column(String(200))
    agent_zone: Mapped[str] = mapped_column(String(60))
    agent_groups: Mapped[str] = mapped_column(Text, default="[]")
    agent_email: Mapped[str] = mapped_column(String(400), default="")
    reason_text: Mapped[str] = mapped_column(String(200))
    compromised: Mapped[bool]
    check_text: Mapped[str] = mapped_column(String(200))
    checked: Mapped[bool] = mapped_column(default=True)
    ticket: Mapped[str] = mapped_column(String(60), default="")
    ticket_url: Mapped[str] = mapped_column(String(500), default="")
    note: Mapped[str] = mapped_column(Text, default="")

    approvals_needed: Mapped[int] = mapped_column(default=0)
    approvals: Mapped[int] = mapped_column(default=0)
    facts: Mapped[str] = mapped_column(Text, default="[]")
    decide_by: Mapped[datetime | None]
    remind_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(String(200), default="")
    decided_why: Mapped[str] = mapped_column(Text, default="")

    created_at: Mapped[datetime]
    send_by: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    close_intended_at: Mapped[datetime | None]
    """Compromised only: from here on nobody may say that the old password works."""
    closed_at: Mapped[datetime | None]
    """Compromised only: since when the account opens with nothing that was there before."""
    sending_at: Mapped[datetime | None]
    written_at: Mapped[datetime | None]
    """Since when the directory holds the temporary password; sign-ins are compared with it."""
    accepted_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    beside: Mapped[bool] = mapped_column(default=False)
    """The temporary password lies beside the old one: written before the text, not after it."""
    base_sealed: Mapped[bytes | None]
    new_sealed: Mapped[bytes | None]

    message_id: Mapped[str] = mapped_column(String(64), default="")
    carrier_status: Mapped[str] = mapped_column(String(20), default="")
    carrier_code: Mapped[str] = mapped_column(String(20), default="")
    cause: Mapped[str] = mapped_column(String(40), default="")
    blanked_at: Mapped[datetime | None]
    put_back_at: Mapped[datetime | None]
    """When the directory was first seen to hold what it should after the end."""
    alarmed_at: Mapped[datetime | None]
    stuck: Mapped[str] = mapped_column(String(40), default="")
    """The cause that keeps the product from holding what it should; empty again once it does."""

    trace: Mapped[str] = mapped_column(String(20), default="")
    """One id in the logs from Slack's envelope to the carrier's message."""
    modal_id: Mapped[str] = mapped_column(String(60), default="")
    modal_from: Mapped[datetime | None]
    """No update of the modal before this: the outcome may not overtake the answer to the submission."""
    origin_channel: Mapped[str] = mapped_column(String(40), default="")
    reply_sealed: Mapped[bytes | None]
    reply_until: Mapped[datetime | None]
    reply_uses: Mapped[int] = mapped_column(default=0)

    replaces: Mapped[str] = mapped_column(String(32), default="")
    """Reference of the request that this one takes the place of: its text says that the earlier one is void."""
    replaced_by: Mapped[str] = mapped_column(String(16), default="")
    """Reference of the request whose asking ended this one."""
    channel: Mapped[str] = mapped_column(String(8), default="text")
    """How the secret is handed over: `text`, or `call` (read out by a voice)."""
    read_out_at: Mapped[datetime | None]
    """A call only: when somebody pressed a key and heard it."""
    post_tries: Mapped[int] = mapped_column(default=0)
    """Counted before each post, in a write of its own: where it is 0, surely nothing was posted."""
    held: Mapped[str] = mapped_column(String(40), default="")
    """Approved and not sent yet, because of this cause."""
    correction: Mapped[str] = mapped_column(String(10), default="")
    """The second text, without a secret, of one that was cut short (services/corrections.py)."""
    correction_id: Mapped[str] = mapped_column(String(64), default="")
    asked: Mapped[int] = mapped_column(default=0)
    """How often the agent was asked whether it worked."""
    said_in_at: Mapped[datetime | None]
    """The agent's word that the person is in, where the product cannot tell."""
    ended_by: Mapped[str] = mapped_column(String(200), default="")
    """Who withdrew it or closed the account."""
    closing: Mapped[str] = mapped_column(String(10), default="")
    """Closing the account because somebody asked for it: "", due, done, failed or unknown."""
    unresolved_at: Mapped[datetime | None]
    """Since when the approval channel knows that somebody got no text and nobody did anything more."""
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str] = mapped_column(String(200), default="")

    lease_owner: Mapped[str] = mapped_column(String(60), default="")
    lease_until: Mapped[datetime | None]
    look_at: Mapped[datetime | None]


class DraftRow(Base):
    """An open form. Made when the modal opens, consumed by one submission."""

    __tablename__ = "locksmith_draft"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    agent_id: Mapped[str] = mapped_column(String(40))
    workspace: Mapped[str] = mapped_column(String(40))
    person_key: Mapped[str] = mapped_column(String(200))
    fingerprint: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(index=True)
    request_id: Mapped[str] = mapped_column(String(32), default="")
    channel: Mapped[str] = mapped_column(String(40), default="")
    reply_sealed: Mapped[bytes | None]
    replaces: Mapped[str] = mapped_column(String(32), default="")
    """Id of the request that is to be replaced, where the form was opened by "Send again"."""


class AuditRow(Base):
    """Append-only; each row's digest is keyed and covers the one before (services/audit.py)."""

    __tablename__ = "locksmith_audit"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    event: Mapped[str] = mapped_column(String(60))
    actor_id: Mapped[str] = mapped_column(String(40), default="")
    actor_name: Mapped[str] = mapped_column(String(200), default="")
    workspace: Mapped[str] = mapped_column(String(40), default="")
    request_id: Mapped[str] = mapped_column(String(32), default="", index=True)
    person_key: Mapped[str] = mapped_column(String(200), default="", index=True)
    detail: Mapped[str] = mapped_column(Text, default="{}")
    key_id: Mapped[str] = mapped_column(String(16))
    digest: Mapped[str] = mapped_column(String(64))


class AuditHeadRow(Base):
    """The chain's end: one row, locked last in every transaction that appends."""

    __tablename__ = "locksmith_audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    mac: Mapped[str] = mapped_column(String(64), default="")
    """Keyed over seq and digest: whoever cuts rows off cannot make the head fit."""


class OutboxRow(Base):
    """One thing to show in the chat: "render the present state", coalesced while it waits."""

    __tablename__ = "locksmith_outbox"
    __table_args__ = (
        Index(
            "uq_locksmith_outbox_ready",
            "lane",
            "kind",
            "subject",
            unique=True,
            sqlite_where=_READY_CLAUSE,
            postgresql_where=_READY_CLAUSE,
        ),
        Index("ix_locksmith_outbox_state_due_at", "state", "due_at"),
        Index("ix_locksmith_outbox_lane_id", "lane", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lane: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(20))
    request_id: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(60), default="")
    """Which vote, question or turn it shows; rows of different subjects do not coalesce."""
    state: Mapped[str] = mapped_column(String(10), default="ready")
    """ready, claimed, done or parked."""
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    owner: Mapped[str] = mapped_column(String(60), default="")
    lease_until: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(String(100), default="")


class VoteRow(Base):
    """One manager's word on one request: the key makes a second one impossible."""

    __tablename__ = "locksmith_vote"

    request_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    manager_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    manager_name: Mapped[str] = mapped_column(String(200))
    approve: Mapped[bool]
    why: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime]


class RemarkRow(Base):
    """A manager's question to the agent, or the agent's answer."""

    __tablename__ = "locksmith_remark"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[str] = mapped_column(String(32), index=True)
    author_id: Mapped[str] = mapped_column(String(40))
    author_name: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    answers: Mapped[int | None]


class SwitchRow(Base):
    """What managers have switched on, such as lockdown."""

    __tablename__ = "locksmith_switch"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    on: Mapped[bool] = mapped_column("is_on")
    by_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
    until: Mapped[datetime | None]
    """When it is switched off by itself."""


class MessageRow(Base):
    """Where a request's card, its history and its direct message stand in the chat."""

    __tablename__ = "locksmith_message"

    request_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    channel: Mapped[str] = mapped_column(String(40))
    ts: Mapped[str] = mapped_column(String(40))


class StoppedRow(Base):
    """A number whose owner replied STOP, as a keyed fingerprint; START takes it away."""

    __tablename__ = "locksmith_stopped"

    number: Mapped[str] = mapped_column(String(80), primary_key=True)
    at: Mapped[datetime]


class CircuitRow(Base):
    """Whether a carrier is trusted to take anything at the moment (services/circuit.py)."""

    __tablename__ = "locksmith_circuit"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    """In a row, since the last success."""
    opened_at: Mapped[datetime | None]
    try_at: Mapped[datetime | None]
    """While it is open: when it is next looked whether it may close. None: the next post decides (half-open)."""
    cause: Mapped[str] = mapped_column(String(40), default="")


class CounterRow(Base):
    """How often something happened that is harmless once and a sign of trouble when it goes on."""

    __tablename__ = "locksmith_counter"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime]


class SeenRow(Base):
    """A signed request that was answered: nobody may send it again within the signature's five minutes."""

    __tablename__ = "locksmith_seen"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)


class LeaseRow(Base):
    """Who does what only one process should do at a time."""

    __tablename__ = "locksmith_lease"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    owner: Mapped[str] = mapped_column(String(60))
    until: Mapped[datetime]


def _plain(length: int) -> String:
    """Ordered and compared sign by sign everywhere, so that what begins with a word lies side by side."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


class SearchRow(Base):
    """Folded names and e-mail of one person, to be found by. Nothing here is shown or acted on.

    Beside these indexes there are others over `doc`, of kinds that SQLAlchemy cannot declare for every database (see
    migrations 0004 to 0006 and services/search/match.py).
    """

    __tablename__ = "locksmith_search"
    __table_args__ = (
        Index("ix_locksmith_search_order", "last", "first", "person_key"),
        Index("ix_locksmith_search_name", "name"),
        Index("ix_locksmith_search_mailbox", "mailbox"),
        Index("ix_locksmith_search_mailbox_back", "mailbox_back"),
        Index("ix_locksmith_search_stretch", "stretch"),
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    """Given by the sync: SQLite's full-text table refers to it."""
    person_key: Mapped[str] = mapped_column(_plain(200), unique=True)
    stretch: Mapped[int] = mapped_column(default=0)
    """Among whom this person stands in the directory (SearchStretchRow)."""
    first: Mapped[str] = mapped_column(_plain(200))
    last: Mapped[str] = mapped_column(_plain(200))
    name: Mapped[str] = mapped_column(_plain(400))
    """`first last`, for whole-name hits and namesakes."""
    email: Mapped[str] = mapped_column(_plain(400))
    mailbox: Mapped[str] = mapped_column(_plain(400), default="")
    """The e-mail with its domain first."""
    mailbox_back: Mapped[str] = mapped_column(_plain(400), default="")
    """The same with the part before the sign @ from its end."""
    contact: Mapped[str] = mapped_column(String(80), default="")
    """Keyed fingerprint of number and e-mail, to see that one changed."""
    contact_changed_at: Mapped[datetime | None]
    doc: Mapped[str] = mapped_column(Text)
    """All words with a space on either side, so that ` jan` is a prefix hit and ` jane ` a whole word."""
    active: Mapped[bool]


class SearchWordRow(Base):
    """Each word of somebody's name once, and each domain with `@` before it: what a misspelt word may have meant."""

    __tablename__ = "locksmith_search_word"

    id: Mapped[int] = mapped_column(primary_key=True)
    word: Mapped[str] = mapped_column(_plain(200), unique=True)


class SearchStretchRow(Base):
    """Neighbours in the directory, about five hundred, in the order of their keys, and what they added up to.

    As long as they add up to the same, nobody of them is read again.
    """

    __tablename__ = "locksmith_search_stretch"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    place: Mapped[float] = mapped_column(index=True)
    """The order; a new one between two has a number between theirs."""
    upto: Mapped[str] = mapped_column(String(200))
    """The last key. The first is whatever comes after the stretch before."""
    rows: Mapped[int]
    checksum: Mapped[str] = mapped_column(String(40))
    """Empty where it has to be read again."""


class SearchStateRow(Base):
    """How far the search tables are: one row."""

    __tablename__ = "locksmith_search_state"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    filled: Mapped[bool] = mapped_column(default=False)
    """Everybody was read once."""
    whole_from: Mapped[int] = mapped_column(default=1)
    """People of stretches before this one are written whole, whatever is known of them."""
    in_step_at: Mapped[datetime | None]
    """When the last round began that came to its end."""
    learnt: Mapped[int] = mapped_column(default=0)
    """Counts up when words come into the vocabulary: whoever keeps it in memory reads what is new."""
    forgotten: Mapped[int] = mapped_column(default=0)
    """Counts up when words leave it: then it is read anew."""
    left_over: Mapped[bool] = mapped_column(default=True, server_default=true())
    """Somebody is gone or called otherwise, and what is left of them in words and indexes is not cleared away yet."""
