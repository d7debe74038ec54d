"""The words of the business as types: who, whom, which request, and what may be shown of them.

Everything here is frozen and free of I/O. Times are zone-aware (UTC); phone numbers in clear stay inside
`Phone` and leave it masked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum


class State(StrEnum):
    """Where a request is. The arrows between them are in `services/lifecycle.py`."""

    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    SENDING = "sending"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    USED = "used"
    COMPLETED = "completed"
    UNLOCKED = "unlocked"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    FAILED = "failed"
    UNDELIVERED = "undelivered"
    LAPSED = "lapsed"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"


LIVE = frozenset(
    {
        State.AWAITING_APPROVAL,
        State.APPROVED,
        State.SENDING,
        State.UNKNOWN,
        State.ACCEPTED,
        State.SENT,
        State.DELIVERED,
        State.USED,
    }
)
"""States in which a person has a reset under way; the partial unique index of `request` names the same."""
WITHDRAWABLE = frozenset({State.SENDING, State.UNKNOWN, State.ACCEPTED, State.SENT, State.DELIVERED, State.USED})
"""A text may be out, and what it opens can be taken back."""
SENDABLE_AGAIN = frozenset(
    {
        State.UNKNOWN,
        State.SENT,
        State.DELIVERED,
        State.FAILED,
        State.UNDELIVERED,
        State.LAPSED,
        State.REVOKED,
        State.SUPERSEDED,
    }
)
"""A new request may take its place."""


ASK_AFTER = tuple(timedelta(minutes=minutes) for minutes in (2, 5, 10, 20, 40))
"""After the carrier took the text: when the agent is asked whether it worked, as long as no sign-in is seen."""


class Channel(StrEnum):
    """How the secret is handed over, if there is one."""

    TEXT = "text"
    CALL = "call"
    """A voice calls the number on record and reads it out after a key press."""
    UNLOCK = "unlock"
    """Not at all: what counted wrong attempts is cleared, and the password stays (services/unlock.py)."""


class Cause(StrEnum):
    """Why a reset cannot be done, or was not. `handlers/words.py` has a sentence for each."""

    NO_MOBILE = "no_mobile"
    NUMBER_UNREADABLE = "number_unreadable"
    NUMBER_LANDLINE = "number_landline"
    NUMBER_INVALID = "number_invalid"
    NUMBER_SEVERAL = "number_several"
    NUMBER_EXTENSION = "number_extension"
    DEACTIVATED = "deactivated"
    GONE = "gone"
    STOPPED = "stopped"
    COUNTRY_OFF = "country_off"
    CARRIER_CREDENTIALS = "carrier_credentials"
    CARRIER_ACCOUNT = "carrier_account"
    """Out of credit, or suspended."""
    SENDER_REFUSED = "sender_refused"
    CARRIER_BUSY = "carrier_busy"
    CARRIER_REFUSED = "carrier_refused"
    CARRIER_UNREACHABLE = "carrier_unreachable"
    CARRIER_SILENT = "carrier_silent"
    HANDSET_UNREACHABLE = "handset_unreachable"
    MESSAGE_BLOCKED = "message_blocked"
    NOT_DELIVERED = "not_delivered"
    LINE_BUSY = "line_busy"
    NOT_ANSWERED = "not_answered"
    NOT_CONNECTED = "not_connected"
    CALLS_OFF = "calls_off"
    """Calls were switched off in the settings after this one was asked for."""
    NO_KEY = "no_key"
    """A call that somebody or something took, without pressing the key."""
    DATABASE_UNREACHABLE = "database_unreachable"
    """Locksmith's own."""
    DIRECTORY_UNREACHABLE = "directory_unreachable"
    DIRECTORY_REFUSED = "directory_refused"
    FACTS_CHANGED = "facts_changed"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  (a word, not a secret)
    POLICY_CHANGED = "policy_changed"
    OUT_OF_SCOPE = "out_of_scope"
    UNDECIDED = "undecided"
    TOO_LATE = "too_late"
    PAUSED = "paused"
    """By managers."""
    INTERRUPTED = "interrupted"
    """Whoever was sending it died, or could not reach our database: another goes on."""
    SEAL_BROKEN = "seal_broken"
    KEY_LOST = "key_lost"
    """An operator gave up what no key opens any more."""
    RESTORED = "restored"
    """Locksmith's database was put back to a backup, and what was open there ended."""
    RESTORING = "restoring"
    """What was open in a backup is not settled yet."""
    INTERNAL = "internal"


class Closing(StrEnum):
    """Closing the account because an agent or a manager asked for it (services/closing.py)."""

    NONE = ""
    DUE = "due"
    DONE = "done"
    FAILED = "failed"
    """It surely was not closed."""
    UNKNOWN = "unknown"
    """The product never said whether it closed."""


@dataclass(frozen=True)
class Actor:
    """Somebody in the chat workspace who acts: an agent or a manager."""

    id: str
    workspace: str
    name: str
    zone: str = "UTC"
    """IANA name of their time zone."""
    groups: tuple[str, ...] = ()
    """User groups of the settings that they are in, for scopes."""
    email: str = field(default="", repr=False)
    """Their own address, so that nobody decides about their own account."""


@dataclass(frozen=True)
class Reason:
    """A reason an agent may choose; `compromised` makes it a reset that closes the account first."""

    id: str
    text: str
    compromised: bool = False
    needs_note: bool = False


@dataclass(frozen=True)
class CallerCheck:
    """How the agent says they checked who is calling (an attestation)."""

    id: str
    text: str
    checked: bool = True


@dataclass(frozen=True)
class Phone:
    """A number on record. `e164` only where a text can be sent to it; otherwise `problem` says why not."""

    e164: str | None = field(default=None, repr=False)
    landline: str | None = field(default=None, repr=False)
    """Such a number in full: it gets no texts, and can be called."""
    problem: Cause | None = None
    country_code: int | None = None
    last_two: str = ""

    @property
    def dial(self) -> str | None:
        """Where a call can go."""
        return self.e164 or self.landline

    @property
    def tail(self) -> str:
        """`••42`: all that a card or a row ever shows."""
        return f"••{self.last_two}" if self.last_two else ""

    @property
    def masked(self) -> str:
        """`+1 ••• ••42`: for the form, where the agent says aloud which phone will ring."""
        return f"+{self.country_code} ••• ••{self.last_two}" if self.country_code else self.tail


@dataclass(frozen=True)
class Person:
    """Somebody in the product, as the directory says now."""

    key: str
    first_name: str
    last_name: str
    email: str
    phone: Phone
    active: bool = True
    role: str = ""
    team: str = ""
    privileged: bool = False
    phone_changed_at: datetime | None = None
    last_sign_in_at: datetime | None = None
    may_be_locked: bool = False
    """The product counts wrong attempts of theirs; how many it takes to lock somebody out, only the product knows."""

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.first_name, self.last_name) if part) or self.email or self.key


@dataclass(frozen=True)
class Abilities:
    """What the product does by itself; the form tells the agent both what it does and what it does not."""

    keeps_old_password: bool
    """The temporary password lies beside the old one (own columns), which works until it is used."""
    must_change: bool
    """The product makes the person choose their own password at the next sign-in."""
    ends_sign_ins: bool
    """Open sign-ins end when the temporary password is used."""
    knows_expiry: bool
    """The product itself refuses the temporary password after its time."""
    shows_sign_ins: bool
    """The directory tells when somebody last signed in."""
    closing_ends_sign_ins: bool = False
    """Open sign-ins end when the account is closed."""
    ends_at_write: bool = False
    """They end already when the temporary password is written, and stay ended if it is not used."""
    unlocks: bool = False
    """A lock after wrong attempts is lifted with the writing."""
    cannot: tuple[str, ...] = ()
    """What the product cannot do, in sentences for the agent."""


@dataclass(frozen=True)
class UnderWay:
    """A reset of this person that has not ended."""

    reference: str
    state: State
    agent_id: str
    agent_name: str
    channel: Channel = Channel.TEXT


@dataclass(frozen=True)
class LastReset:
    at: datetime
    agent_name: str
    reference: str


@dataclass(frozen=True)
class Row:
    """One person in the results and what makes them special."""

    person: Person
    namesake: bool = False
    last_reset: LastReset | None = None
    under_way: UnderWay | None = None
    impossible: Cause | None = None
    approvals: int = 0
    """How many managers must agree, as far as the row can tell."""
    ask_instead: str = ""
    """Out of this agent's scope: whom to ask."""
    stopped: bool = False
    """Replied STOP to our texts, as far as we heard."""
    only_unlock: bool = False
    """No temporary password can reach them, but unlocked they can be."""


@dataclass(frozen=True)
class Halt:
    """Why no text goes out to anybody: managers paused (PAUSED), or the carrier fails."""

    cause: Cause
    since: datetime
    by_name: str = ""
    until: datetime | None = None
    """A pause that ends by itself."""
    trying: bool = False
    """The carrier answers again; the next text shows whether it takes one."""


@dataclass(frozen=True)
class Found:
    """One page of a search. `offset` counts from 0; `total` never passes `cap`."""

    query: str
    rows: tuple[Row, ...]
    total: int
    offset: int = 0
    page_size: int = 5
    capped: bool = False
    cap: int = 50
    halt: Halt | None = None
    guessed_from: int | None = None
    """From this place on they do not match and only may have been meant."""

    @property
    def matching(self) -> int:
        return self.total if self.guessed_from is None else self.guessed_from

    @property
    def previous(self) -> int | None:
        return max(0, self.offset - self.page_size) if self.offset else None

    @property
    def next(self) -> int | None:
        after = self.offset + self.page_size
        return after if after < self.total else None


@dataclass(frozen=True)
class Again:
    """The request that a form is to take the place of, and what it was asked with."""

    reference: str
    reason: str = ""
    """Id of a reason in the settings; empty where it is there no more."""
    ticket: str = ""
    voids: bool = False
    """It still counts: what was texted is void as soon as the form is sent."""
    closed: bool = False
    """The account opens with nothing until a new text is used."""


@dataclass(frozen=True)
class Form:
    """What the reset modal shows. `draft_id` is consumed by exactly one submission."""

    draft_id: str
    person: Person
    minutes: int
    abilities: Abilities
    reasons: tuple[Reason, ...]
    checks: tuple[CallerCheck, ...]
    ticket_example: str = ""
    approvals_needed: int = 0
    approval_facts: tuple[str, ...] = ()
    """`services.decision.Fact` values that called for them."""
    channels: tuple[Channel, ...] = (Channel.TEXT,)
    """How it can reach this person; the first is what is chosen where nothing else is said. Only UNLOCK: the form
    of an unlocking."""
    unlocks: bool = False
    """They may be locked out, and unlocking them may be enough."""
    again: Again | None = None
    stopped: bool = False
    """Replied STOP to our texts, as far as we heard."""


@dataclass(frozen=True)
class Answers:
    """What the agent filled in. Ids are checked against the settings; an absent choice is an empty string."""

    reason: str = ""
    check: str = ""
    ticket: str = ""
    note: str = ""
    channel: str = ""
    """A value of `Channel`; empty where the form did not ask."""


@dataclass(frozen=True)
class Request:
    """A snapshot of one request, safe to show: no secret, no full number, no seal."""

    id: str
    reference: str
    state: State
    version: int
    person_key: str
    person_name: str
    person_email: str
    phone_tail: str
    person_role: str
    agent: Actor
    reason: str
    compromised: bool
    check: str
    ticket: str
    ticket_url: str
    note: str
    created_at: datetime
    expires_at: datetime | None = None
    accepted_at: datetime | None = None
    delivered_at: datetime | None = None
    used_at: datetime | None = None
    ended_at: datetime | None = None
    cause: Cause | None = None
    held: Cause | None = None
    """Approved, and why it was not sent yet."""
    send_by: datetime | None = None
    carrier_code: str = ""
    message_id: str = ""
    old_password_works: bool = True
    """Whether the password from before still opens the account (said to the agent in so many words)."""
    stuck: Cause | None = None
    """Why the product could not be made to hold what it should: which password works cannot be told then."""
    modal_id: str = ""
    """The open modal that follows this request; empty once it is closed."""
    origin_channel: str = ""
    approvals_needed: int = 0
    approvals: int = 0
    """Managers who have said yes so far."""
    facts: tuple[str, ...] = ()
    """What made it risky: `services.decision.Fact` values."""
    decide_by: datetime | None = None
    decided_by: str = ""
    """Name of the manager who declined."""
    decided_why: str = ""
    asked: int = 0
    """How often the agent was asked whether it worked; ASK_AFTER says when that was."""
    said_in_at: datetime | None = None
    """The agent's word that the person is in."""
    unresolved_at: datetime | None = None
    resolved_at: datetime | None = None
    resolved_by: str = ""
    channel: Channel = Channel.TEXT
    read_out_at: datetime | None = None
    """A call only: when somebody pressed the key and heard it."""
    closed: bool = False
    """The account was closed for it, or was closed when it began."""
    close_unknown: bool = False
    """Closing it was begun, and nobody knows yet what came of that."""
    closing: Closing = Closing.NONE
    ended_by: str = ""
    """Name of whoever withdrew it or closed the account."""
    replaces: str = ""
    replaced_by: str = ""
    """References of the earlier and of the later one, where one took the other's place."""
    correction: str = ""
    """The second text that says the first is void (services/corrections.py)."""

    @property
    def live(self) -> bool:
        return self.state in LIVE

    @property
    def closable(self) -> bool:
        """Somebody was let in by it; or its account was to be closed, and a password was set all the same."""
        if self.closing in (Closing.DUE, Closing.DONE):
            return False
        tried = self.closing in (Closing.FAILED, Closing.UNKNOWN)
        reopened = self.compromised and self.state is State.SUPERSEDED
        return tried or reopened or self.state in (State.USED, State.COMPLETED)


@dataclass(frozen=True)
class HistoryLine:
    """One thing that happened to a request, for the thread under its card and for `status R-…`."""

    at: datetime
    event: str
    actor_name: str = ""
    detail: str = ""


class Kind(StrEnum):
    """What the outbox can ask the chat side to show. Each renders the request as it is *now*."""

    CARD = "card"
    HISTORY = "history"
    MODAL = "modal"
    CONFIRM = "confirm"
    DIRECT = "direct"
    NEWS = "news"
    """A new direct message instead of an edit of the last: something changed for the worse."""
    APPROVAL_CARD = "approval_card"
    """The root in the approval channel, where that is another than the audit channel."""
    APPROVAL = "approval"
    """In the thread: the facts and, while it waits, the buttons."""
    VOTE = "vote"
    REMINDER = "reminder"
    QUESTION = "question"
    """A manager's question, as a direct message to the agent."""
    ANSWER = "answer"
    OUTCOME = "outcome"
    """A line in the thread for each turn after the decision."""
    SWITCHED = "switched"
    """Lockdown on or off, told in the approval channel."""
    DAILY = "daily"
    """Yesterday in one line, told in the approval channel."""
    PAUSED = "paused"
    """Resets paused or no more, told in the approval channel."""
    CARRIER = "carrier"
    """Texts do not go out, or do again, told in the approval channel."""
    UNRESOLVED = "unresolved"
    """In the approval channel: somebody got no text, and nobody did anything more."""


HELD = "held"
"""Subject of an OUTCOME: that it waits. All others are states."""


@dataclass(frozen=True)
class Vote:
    """One manager's word on one request; it cannot be changed."""

    manager_id: str
    manager_name: str
    approve: bool
    at: datetime
    why: str = ""


@dataclass(frozen=True)
class Remark:
    """A manager's question to the agent, or the agent's answer."""

    id: int
    author_id: str
    author_name: str
    text: str
    at: datetime
    answers: int | None = None
    """The question that it answers."""
    asker_id: str = ""
    """Who asked that question, to be called."""


@dataclass(frozen=True)
class TeamReport:
    """One day of the desk; `open` are the requests that have not ended."""

    day: date
    asked: int
    """For, of resets."""
    signed_in: int
    median_minutes: float | None
    """From asking to signed in."""
    undelivered: int
    approved: int
    declined: int
    open: tuple[Request, ...]
    unlocked: int = 0
    """Without a new password."""


@dataclass(frozen=True)
class Notice:
    """Something told to all managers that is about no single request: SWITCHED, PAUSED, CARRIER or DAILY."""

    kind: Kind
    on: bool = False
    by_name: str = ""
    report: TeamReport | None = None
    halt: Halt | None = None
    """For PAUSED and CARRIER."""


@dataclass(frozen=True)
class MessageRef:
    channel: str
    ts: str


@dataclass(frozen=True)
class Task:
    """One outbox row with all that is needed to carry it out."""

    id: int
    kind: Kind
    request: Request
    history: tuple[HistoryLine, ...] = ()
    ref: MessageRef | None = None
    """The message this kind already has, to be edited; for HISTORY the card it hangs under."""
    root: MessageRef | None = None
    """The card whose thread an approval lives in."""
    votes: tuple[Vote, ...] = ()
    remark: Remark | None = None
    """For QUESTION and ANSWER."""
    subject: str = ""
    """For VOTE the manager's id, for OUTCOME the state it tells."""
    reply_url: str = field(default="", repr=False)
