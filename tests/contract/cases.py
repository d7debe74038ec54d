"""The worst people and requests that the views may meet, and plain ones to make them from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

from services.decision import Fact
from services.model import (
    Abilities,
    Actor,
    Again,
    CallerCheck,
    Cause,
    Channel,
    Closing,
    Form,
    Found,
    HistoryLine,
    LastReset,
    Person,
    Phone,
    Reason,
    Remark,
    Request,
    Row,
    State,
    TeamReport,
    UnderWay,
    Vote,
)
from services.policy import CHECKS, REASONS, Rules

NOW = datetime(2026, 11, 23, 19, 42, tzinfo=UTC)
RULES = Rules("StatStak Labs", "555-010-0199")
SAM = Actor("U0SAM", "T0STATSTAK", "Sam Okafor", "America/New_York")
JANE = Person(
    "7",
    "Jane",
    "Doe",
    "jane.doe@acme.example",
    Phone(e164="+15550142042", country_code=1, last_two="42"),
)
REQUEST = Request(
    id="0f" * 16,
    reference="R-7F3K",
    state=State.SENT,
    version=3,
    person_key="7",
    person_name="Jane Doe",
    person_email="jane.doe@acme.example",
    phone_tail="••42",
    person_role="",
    agent=SAM,
    reason="Forgot or locked out",
    compromised=False,
    check="Called back the number on record",
    ticket="ZD-123",
    ticket_url="https://tickets.example/ZD-123",
    note="",
    created_at=NOW,
    expires_at=NOW + timedelta(hours=1),
    accepted_at=NOW + timedelta(seconds=20),
    message_id="SM" + "0123456789abcdef" * 2,
    modal_id="V1",
    origin_channel="C0SUPPORT",
)
MAYA = Actor("U0MAYA", "T0STATSTAK", "Maya Lindqvist", "America/New_York", email="maya@statstak.example")
OMAR = Actor("U0OMAR", "T0STATSTAK", "Omar Haddad", "Europe/London", email="omar@statstak.example")
WAITING = replace(
    REQUEST,
    state=State.AWAITING_APPROVAL,
    accepted_at=None,
    expires_at=None,
    message_id="",
    person_role="administrator",
    phone_tail="••17",
    approvals_needed=1,
    facts=(Fact.PRIVILEGED.value, Fact.CONTACT_CHANGED.value),
    decide_by=NOW + timedelta(hours=1),
)
YES = Vote("U0MAYA", "Maya Lindqvist", approve=True, at=NOW + timedelta(minutes=2))
NO = Vote("U0OMAR", "Omar Haddad", approve=False, at=NOW + timedelta(minutes=3), why="Not on the list.")
QUESTION = Remark(7, "U0MAYA", "Maya Lindqvist", "Why today?", NOW)
ANSWER = Remark(8, "U0SAM", "Sam Okafor", "She is on call.", NOW, answers=7)
REPORT = TeamReport(NOW.date(), 97, 91, 3.2, 4, 3, 2, (WAITING,))
NASTY = (
    "",
    "<!channel>",
    "<@U0MAYA> & <https://evil.example|click>",
    "*bold* _it_ ~no~ `code` :lock: {who} {help} %s",
    "line one\nline two\r\n\tthree\u2028four",
    "\u202egnitirw desrever\u202c",
    "\u2066isolated\u2069",
    "דנה כהן",
    "👩‍👩‍👧‍👦" * 30,
    "W" * 400,
    "\x00\x07\x1b[31m\x85",
    "half \ud83d sign",
    "   ",
)
HISTORY = (
    HistoryLine(NOW, "request:created", "Sam Okafor"),
    HistoryLine(NOW, "text:intended"),
    HistoryLine(NOW + timedelta(seconds=20), "text:accepted", "", REQUEST.message_id),
    HistoryLine(NOW + timedelta(seconds=30), "text:delivered"),
    HistoryLine(NOW + timedelta(minutes=3), "password:used"),
)


def people() -> Iterator[Person]:
    for text in NASTY:
        yield replace(JANE, first_name=text, last_name="", email=f"{text}@acme.example", role=text)
        yield replace(JANE, first_name=text, last_name=text, email=text, phone=Phone(problem=Cause.NO_MOBILE))


def rows() -> Iterator[Row]:
    for person in people():
        agent = replace(SAM, name=person.name)
        yield Row(
            replace(person, privileged=True),
            namesake=True,
            last_reset=LastReset(NOW, agent.name, "R-7F3K"),
            under_way=UnderWay("R-7F3K", State.DELIVERED, "U0ANA", agent.name),
        )
    for cause in Cause:
        yield Row(JANE, impossible=cause)
    for text in NASTY:
        yield Row(JANE, impossible=Cause.OUT_OF_SCOPE, ask_instead=text)
        yield Row(replace(JANE, role=text, privileged=True), approvals=2)
    yield Row(JANE, stopped=True)
    yield Row(replace(JANE, may_be_locked=True))
    for cause in Cause:
        yield Row(replace(JANE, may_be_locked=True, phone=Phone(problem=cause)), only_unlock=True)
    yield Row(JANE, approvals=1)
    yield Row(JANE)


def pages() -> Iterator[Found]:
    everybody = tuple(rows())
    for start in range(0, len(everybody), 5):
        yield Found("jane", everybody[start : start + 5], len(everybody), start)
    for text in NASTY:
        yield Found(text * 3, (), 0)
        yield Found((text * 3)[:200], everybody[:5], 50, 45, capped=True)
        yield Found((text * 3)[:200], everybody[:1], 1, guessed_from=0)
    yield Found("jane doe", everybody[:5], 9, guessed_from=2)
    yield Found("", everybody[-1:], 1)
    yield Found("", (), 0)


def requests() -> Iterator[Request]:
    for state in State:
        yield in_state(state)
        yield replace(in_state(state), compromised=True, old_password_works=False)
        yield replace(in_state(state), expires_at=None, accepted_at=None, ended_at=None, ticket="", ticket_url="")
    for state in (State.SENT, State.DELIVERED):
        yield replace(in_state(state), asked=3)
        yield replace(in_state(state), asked=5, said_in_at=NOW)
    yield replace(in_state(State.UNDELIVERED), resolved_at=NOW, resolved_by=NASTY[0])
    yield from undone()
    for cause in Cause:
        for state in (State.FAILED, State.EXPIRED, State.UNDELIVERED, State.UNKNOWN, State.SUPERSEDED):
            yield replace(in_state(state), cause=cause, carrier_code="21610")
    for request in (*map(in_state, State), WAITING):
        called = replace(request, channel=Channel.CALL)
        yield called
        yield replace(called, compromised=True, old_password_works=False)
        yield replace(called, read_out_at=NOW)
    for cause in Cause:
        for state in (State.FAILED, State.EXPIRED, State.UNDELIVERED, State.UNKNOWN):
            yield replace(in_state(state), cause=cause, carrier_code="no-answer", channel=Channel.CALL)
    yield from unlockings()
    for text in NASTY:
        yield replace(
            WAITING,
            person_name=text,
            person_email=text,
            person_role=text,
            agent=replace(SAM, name=text, zone="Mars/Olympus"),
            ticket=text,
            ticket_url=text,
            note=text * 3,
            facts=(*Fact, text),
            approvals_needed=2,
            approvals=1,
        )
        yield replace(in_state(State.DECLINED), decided_by=text, decided_why=text * 3)
    yield WAITING
    yield replace(WAITING, decide_by=None, phone_tail="", compromised=True, facts=())
    for text in NASTY:
        yield replace(
            REQUEST,
            person_name=text,
            person_email=text,
            person_role=text,
            agent=replace(SAM, name=text, zone="Mars/Olympus"),
            reason=text,
            check=text,
            ticket=text,
            ticket_url=text,
            note=text,
            carrier_code=text[:20],
        )


def unlocking(state: State) -> Request:
    made = replace(in_state(state), channel=Channel.UNLOCK, phone_tail="", accepted_at=None, message_id="")
    return replace(made, expires_at=None)


UNLOCK_STATES = (
    State.AWAITING_APPROVAL,
    State.APPROVED,
    State.UNLOCKED,
    State.DECLINED,
    State.CANCELLED,
    State.EXPIRED,
    State.FAILED,
)
"""All that a request which only unlocks can be in."""


def unlockings() -> Iterator[Request]:
    for state in UNLOCK_STATES:
        yield unlocking(state)
        yield replace(unlocking(state), person_name=NASTY[9], approvals_needed=2, approvals=1, person_role=NASTY[2])
    for cause in Cause:
        yield replace(unlocking(State.APPROVED), held=cause, send_by=NOW + timedelta(minutes=10))
        yield replace(unlocking(State.FAILED), cause=cause)
        yield replace(unlocking(State.EXPIRED), cause=cause)


def undone() -> Iterator[Request]:
    """Taken back, replaced, closed."""
    for text in NASTY:
        yield replace(in_state(State.REVOKED), ended_by=text, person_name=text, correction="sent")
    taken_back = replace(in_state(State.REVOKED), ended_by="Sam Okafor")
    yield replace(taken_back, compromised=True, closed=True, old_password_works=False)
    yield replace(taken_back, cause=Cause.PASSWORD_CHANGED, stuck=Cause.DIRECTORY_UNREACHABLE)
    for closing in Closing:
        for state in (State.REVOKED, State.COMPLETED, State.SUPERSEDED):
            yield replace(in_state(state), ended_by=NASTY[9], person_name=NASTY[9], closing=closing)
    for state in State:
        yield replace(in_state(state), replaces="R-9XYZ", replaced_by="R-8WVT", close_unknown=True)
        yield replace(in_state(state), closed=True, old_password_works=False, channel=Channel.CALL)


def in_state(state: State) -> Request:
    """With the times that such a request has."""
    late = NOW + timedelta(minutes=3)
    made = replace(REQUEST, state=state)
    if state in (State.AWAITING_APPROVAL, State.APPROVED, State.SENDING, State.UNKNOWN, State.FAILED):
        made = replace(made, accepted_at=None, message_id="")
    if state in (State.DELIVERED, State.USED, State.COMPLETED):
        made = replace(made, delivered_at=late)
    if state in (State.USED, State.COMPLETED):
        made = replace(made, used_at=late)
    return made if made.live else replace(made, ended_at=late)


def forms() -> Iterator[Form]:
    abilities = [Abilities(a, b, c, d, e) for a, b, c, d, e in product((False, True), repeat=5)]
    abilities.append(replace(abilities[0], ends_sign_ins=True, ends_at_write=True, unlocks=True, cannot=NASTY))
    for ability in abilities:
        yield Form("0f" * 16, JANE, 60, ability, REASONS, CHECKS, "ZD-123")
    yield Form("0f" * 16, JANE, 60, abilities[0], REASONS, CHECKS, stopped=True)
    for channels in ((Channel.TEXT, Channel.CALL), (Channel.CALL, Channel.TEXT), (Channel.CALL,)):
        yield Form("0f" * 16, JANE, 60, abilities[0], REASONS, CHECKS, channels=channels, stopped=True)
    for voids in (True, False):
        again = Again("R-7F3K", "forgot", "ZD-123", voids=voids, closed=not voids)
        yield Form("0f" * 16, JANE, 60, abilities[0], REASONS, CHECKS, again=again)
    yield Form("0f" * 16, JANE, 60, abilities[0], REASONS, CHECKS, again=Again("R-7F3K", "gone", "t" * 60))
    for person in people():
        locked_out = replace(person, may_be_locked=True)
        yield Form("0f" * 16, locked_out, 60, abilities[0], REASONS, CHECKS, unlocks=True)
        yield Form("0f" * 16, locked_out, 60, abilities[0], REASONS, CHECKS, "", 1, channels=(Channel.UNLOCK,))
        yield Form("0f" * 16, replace(person, privileged=True), 60, abilities[0], REASONS, CHECKS)
    for text in NASTY:
        many = tuple(Reason(f"r{number}", text, compromised=True, needs_note=True) for number in range(40))
        checks = tuple(CallerCheck(f"c{number}", text) for number in range(10))
        yield Form("0f" * 16, JANE, 60, abilities[0], many, checks, text, 2, (*Fact, text))


def votes() -> Iterator[Vote]:
    for text in NASTY:
        yield replace(YES, manager_name=text)
        yield replace(NO, manager_name=text, why=text * 3)


def remarks() -> Iterator[Remark]:
    for text in NASTY:
        yield replace(QUESTION, author_name=text, text=(text * 4)[:1000])
        yield replace(ANSWER, author_name=text, text=(text * 4)[:1000])
