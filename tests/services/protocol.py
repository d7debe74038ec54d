"""The world that PROTOCOL.md is about, to be moved by single acts: a product, a carrier, people, and our workers.

`World` is the heir of the explicit-state model, upon the real services and real SQLite. Whatever is wrong is kept in
`wrong` and raised by `check`, because workers survive an exception. Any act may happen in the middle of another: an
interruption stops a worker at one of its effects, lets others go on meanwhile, and lets it go on or die.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from services.db.session import make_engine
from services.db.tables import AuditRow, RequestRow
from services.directory.mapping import Mapping
from services.directory.presets import PRESETS
from services.errors import CarrierError, DirectoryUnreachable, DomainError, NoAnswer, NotPosted, Refused
from services.lifecycle import Moved
from services.model import LIVE, Actor, Cause, Closing, State
from services.ports import Credentials, Image, Receipt
from tests.services.house import GOOD, ONE_COLUMN, QUIET, SAM, HandCarrier, make_house, make_people
from tests.services.test_rules import Killed

MAYA = Actor("U0MAYA", "T0", "Maya Lindqvist")
KEYS = ("1", "2")
"""A member, and an administrator whose reset waits for a manager."""
KINDS: dict[str, Mapping] = {"beside": PRESETS["statstak"], "in place": ONE_COLUMN}
COLUMNS = (
    "password_hash", "temporary_password_hash", "temporary_password_expires_at", "temporary_password_used_at",
    "must_change_password", "last_sign_in_at",
)  # fmt: skip
SAVE_LASTS = timedelta(minutes=10)
"""So old an image a product writes back at most."""
POINTS = {
    "change": ("lifecycle", "change"),
    "note": ("lifecycle", "note"),
    "learn": ("lifecycle", "learn"),
    "read": ("directory", "credentials"),
    "rehearse": ("directory", "rehearse"),
    "swap": ("directory", "swap"),
    "close": ("directory", "close"),
    "post": ("carrier", "post"),
    "receipt": ("carrier", "receipt"),
    "blank": ("carrier", "blank"),
    "judge": ("judge", "judge"),
}
"""Where a worker may be interrupted."""
FAULTS = ("a look failed", "sending stopped by a fault")
OUTCOMES = {
    "text:intended": {
        "text:accepted", "text:failed", "text:undelivered", "text:proven_by_use", "request:lapsed",
        "request:superseded", "request:revoked",
    },
    "correction:intended": {"correction:sent", "correction:failed", "correction:unknown"},
    "account:close_intended": {"account:closed", "account:not_closed", "account:close_unknown"},
    "account:unlock_intended": {"account:unlocked", "account:not_unlocked", "account:unlock_unknown"},
}  # fmt: skip
Act = tuple[Any, ...]
"""Name of a method of World, and what it is called with."""


class Broken(AssertionError):
    """The promise or a rule of PROTOCOL.md."""


@dataclass
class Text:
    id: str
    number: str
    body: str
    request_id: str
    lost: bool = False
    status: str = "queued"
    code: str = ""

    @property
    def secret(self) -> str:
        return self.body.split("\n")[1]


@dataclass
class Carrier(HandCarrier):
    """Its next answers are planned, its list may lag, and others text the same people."""

    texts: list[Text] = field(default_factory=list)
    plan: list[str] = field(default_factory=list)
    lags: bool = False

    def post(self, number: str, body: str, *, request_id: str, valid_seconds: int) -> Receipt:  # noqa: ARG002
        self.tries += 1
        said = self.plan.pop(0) if self.plan else "takes"
        if said == "refuses":
            raise Refused(Cause.STOPPED, "21610")
        if said == "away":
            raise NotPosted(Cause.CARRIER_UNREACHABLE)
        if said == "silent":
            raise NoAnswer
        text = Text(f"SM{len(self.texts) + 1}", number, body, request_id, lost=said in ("loses", "takes and fails"))
        self.texts.append(text)
        if said == "silent but takes":
            raise NoAnswer
        if said == "takes and fails":
            text.status, text.code = "failed", "30007"
        return Receipt(text.id, text.status, text.code)

    def receipt(self, message_id: str) -> Receipt | None:
        found = (Receipt(text.id, text.status, text.code) for text in self.texts if text.id == message_id)
        return next(found, None)

    def find(self, number: str, reference: str, since: datetime) -> Receipt | None:  # noqa: ARG002
        for text in self.texts:
            if text.number == number and reference in text.body and not self.lags:
                return Receipt(text.id, text.status, text.code)
        return None


@dataclass
class Interruption:
    """At the `nth` such effect: `meanwhile` happens, and then the worker goes on, dies, or finds the product away."""

    point: str
    after: bool
    nth: int
    meanwhile: Sequence[Act]
    then: str


@dataclass
class Chosen:
    """What the model knows of one person."""

    own: list[str] = field(default_factory=list)
    """Every password that was ever the person's own."""
    at: int = 0
    """When the last was chosen, counted in acts."""
    closed_at: int = 0
    reopened: bool = False
    """The product wrote an earlier image over a closed account."""
    extended: str = ""
    """An expiry that an operator wrote."""
    save: tuple[dict[str, Any], datetime, int] | None = None


class World:
    def __init__(self, folder: Path, templates: Path, kind: str) -> None:
        for name in ("locksmith.db", "product.db"):
            shutil.copy(templates / name, folder / name)
        self.folder, self.beside = folder, kind == "beside"
        product = make_engine(f"sqlite:///{folder / 'product.db'}")
        self.house = make_house(folder, KINDS[kind], policy=replace(QUIET, privileged=1), product=product)
        self.carrier = Carrier()
        self.people = {key: Chosen([f"own:{key}:0"]) for key in KEYS}
        self.made: dict[str | None, str] = {}
        """Our hashes, and what they are of."""
        self.secrets: dict[str, set[str]] = {}
        """Those that were made for a person."""
        self.wrong: list[str] = []
        self.acts = 0
        self.begun: dict[str, int] = {}
        """When a request's intent was committed."""
        self.asked: dict[str, int] = {}
        """When a request was first seen."""
        self.posted: dict[str, int] = {}
        self.unposted: dict[str, int] = {}
        """Of those, what surely did not happen."""
        self.paused = False
        self.numbers: dict[str, str] = {}
        """Where a request was asked to be sent to."""
        self.refuses_since = 0
        """When the product began to refuse what we write, counted in acts."""
        self.rehearsed: dict[str, int] = {}
        self.planted: dict[str, bytes | None] = {}
        """What stood in our table before somebody put another seal there."""
        self.interruption: Interruption | None = None
        self.passed = 0
        self._wire()

    def _wire(self) -> None:
        house = self.house
        for worker in (house.sender, house.follower, house.corrections, house.circuit):
            worker._carrier = self.carrier
        house.carrier = self.carrier
        self._wrap("directory", "hash", self._hash)
        self._wrap("directory", "swap", self._swap)
        self._wrap("directory", "close", self._close)
        self._wrap("directory", "rehearse", self._rehearse)
        self._wrap("lifecycle", "change", self._change)
        for point, (room, name) in POINTS.items():
            self._wrap(room, name, partial(self._interruptible, point))
        self._wrap("carrier", "post", self._post)  # outermost: a stall inside the post itself is nobody's fault

    def _wrap(self, room: str, name: str, by: Callable[..., Any]) -> None:
        at = getattr(self.house, room)
        setattr(at, name, partial(by, getattr(at, name)))

    def close(self) -> None:
        self.house.database.close()
        self.house.engine.dispose()

    # --- interrupting ----------------------------------------------------------------------------

    def interrupt(self, point: str, after: bool, nth: int, meanwhile: Sequence[Act], then: str) -> None:
        self.interruption, self.passed = Interruption(point, after, nth, meanwhile, then), 0

    def _interruptible(self, point: str, effect: Callable[..., Any], *args: Any, **more: Any) -> Any:
        here = self.interruption
        if here is None or here.point != point:
            return effect(*args, **more)
        self.passed += 1
        if self.passed <= here.nth:
            return effect(*args, **more)
        self.interruption = None
        result = effect(*args, **more) if here.after else None
        for act in here.meanwhile:
            self.do(*act)
        if here.then == "dies":
            raise Killed
        if here.then == "away" and POINTS[point][0] == "directory":
            raise DirectoryUnreachable
        return result if here.after else effect(*args, **more)

    # --- what our workers do, watched -------------------------------------------------------------

    def _hash(self, effect: Callable[[str], str], secret: str) -> str:
        made = effect(secret)
        self.made[made] = secret
        return made

    def _change(self, effect: Callable[..., Any], request_id: str, *args: Any, **more: Any) -> Any:
        paused = self.paused
        request = effect(request_id, *args, **more)
        if request.state is State.SENDING and request_id not in self.begun:
            self.begun[request_id] = self.acts
            if paused and self.paused:
                self.wrong.append("begun while managers paused")
            row = self.row(request_id)
            if row.sending_at is not None and row.sending_at > row.send_by:
                self.wrong.append("sent after its send_by")
        return request

    def _rehearse(self, effect: Callable[..., None], key: str, *images: Image) -> None:
        self.secrets.setdefault(key, set()).update(self.made[one.secret] for one in images if one.secret in self.made)
        effect(key, *images)
        self.rehearsed[key] = self.acts

    def _swap(self, effect: Callable[..., bool], key: str, expected: Image, wanted: Image, **more: Any) -> bool:
        before = self.house.person(key)
        swapped = effect(key, expected, wanted, **more)
        if swapped and key in self.people:
            self._judge_swap(key, before, self.house.person(key))
        return swapped

    def _judge_swap(self, key: str, before: dict[str, Any], after: dict[str, Any]) -> None:
        person, newest = self.people[key], self.newest(key)
        column = "temporary_password_hash" if self.beside else "password_hash"
        old, new = before[column], after[column]
        if self.beside and before["password_hash"] != after["password_hash"]:
            self.wrong.append("the person's own hash was changed")
        if str(old).startswith("re:") or (self.beside and old is not None and old not in self.made):
            self.wrong.append("a foreign value was overwritten")
        if newest is None:
            self.wrong.append("written without a request")
            return
        if new in self.made and person.at > self.begun.get(newest.id, 0):
            self.wrong.append("our hash was written over what the person chose since")
        if not self.beside and old not in self.made and new not in self.made:
            self.wrong.append("a foreign value was overwritten")
        if not self.beside and str(new).startswith("own:") and person.closed_at:
            self.wrong.append("an old password came back after the account was closed")
        if new in self.made and self.made[new] not in self.secrets.get(key, set()):
            self.wrong.append("a hash that was planted in our tables was written")
        if old in self.made and new not in self.made:
            self._judge_return(newest, person, before, after)

    def _judge_return(
        self, newest: RequestRow, person: Chosen, before: dict[str, Any], after: dict[str, Any]
    ) -> None:
        used = before["temporary_password_used_at"] is not None if self.beside else self._signed_in(newest, before)
        if used and newest.state == State.UNDELIVERED:
            self.wrong.append("a password in use was taken back because of a receipt")
        ends = "temporary_password_expires_at"
        if person.extended and before[ends] == person.extended != after[ends]:
            self.wrong.append("what an operator wrote was overwritten")

    @staticmethod
    def _signed_in(row: RequestRow, person: dict[str, Any]) -> bool:
        seen = moment(person["last_sign_in_at"])
        return seen is not None and row.written_at is not None and seen > row.written_at

    def _close(self, effect: Callable[..., bool], key: str, expected: Credentials) -> bool:
        person, newest = self.people[key], self.newest(key)
        before = self.house.person(key)["password_hash"]
        closed = effect(key, expected)
        if closed:
            due = newest is not None and newest.closing == Closing.DUE
            latest = self.newest(key, begun=False)
            asked_anew = latest is not None and latest.compromised and latest.id not in self.begun
            sent = newest is not None and newest.id in self.begun and not asked_anew
            if sent and not due and str(before).startswith("own:") and person.at > self.begun[newest.id]:  # type: ignore[union-attr]
                self.wrong.append("an account was closed over what the person chose since")
            person.closed_at = self.acts or 1
        return closed

    def _post(
        self, effect: Callable[..., Receipt], number: str, body: str, *, request_id: str, **more: Any
    ) -> Receipt:
        if request_id and "\n" in body:
            self._judge_post(self.row(request_id), number)
        try:
            receipt = effect(number, body, request_id=request_id, **more)
        except NotPosted:
            self.unposted[request_id] = self.unposted.get(request_id, 0) + 1
            raise
        return receipt

    def _judge_post(self, row: RequestRow, number: str) -> None:
        now, person = self.house.clock.now(), self.people[row.person_key]
        tries = self.posted.setdefault(row.id, 0)
        self.posted[row.id] += 1
        if tries > self.unposted.get(row.id, 0):
            self.wrong.append("posted twice")
        if row.state != State.SENDING:
            self.wrong.append(f"posted in {row.state}")
        if row.sending_at is None or now - row.sending_at > timedelta(seconds=5):
            self.wrong.append("posted too late")
        if number != self.numbers.get(row.id, number):
            self.wrong.append("sent to another number than it was asked for")
        if 0 < self.refuses_since <= self.rehearsed.get(row.person_key, 0):
            self.wrong.append("sent although the product does not take it")
        if not row.compromised or person.reopened or person.at > self.asked.get(row.id, 0):
            return
        if self.house.person(row.person_key)["password_hash"] != "!":
            self.wrong.append("texted before the account was closed")

    # --- acts: agents and managers -----------------------------------------------------------------

    def do(self, name: str, *args: Any) -> None:
        """One act, and whatever a process or a person meets in it; a worker that is killed just ends."""
        self.acts += 1
        with suppress(Killed, DomainError, CarrierError, Moved):
            getattr(self, name)(*args)

    def step(self, name: str, *args: Any) -> None:
        self.do(name, *args)
        self.check()

    def ask(self, key: str, compromised: bool = False) -> None:
        self.house.clock.advance(seconds=1)
        form = self.house.resets.form(SAM, key, reply_url="", channel="")
        self._submit(form.draft_id, compromised)

    def again(self, key: str, compromised: bool = False) -> None:
        self.house.clock.advance(seconds=1)
        if (newest := self.newest(key, begun=False)) is not None:
            self._submit(self.house.resets.form_again(SAM, newest.id).draft_id, compromised)

    def _submit(self, draft_id: str, compromised: bool) -> None:
        known, acts = {row.id for row in self.rows()}, self.acts
        numbers = {key: self.number(key) for key in KEYS}
        answers = replace(GOOD, reason="compromised") if compromised else GOOD
        try:
            self.house.resets.submit(SAM, draft_id, answers, modal_id="")
        finally:
            for row in self.rows():
                if row.id not in known:
                    self.asked.setdefault(row.id, acts)
                    self.numbers.setdefault(row.id, numbers[row.person_key])

    def vote(self, key: str) -> None:
        if (newest := self.newest(key, begun=False)) is not None:
            self.house.approvals.approve(MAYA, newest.id)

    def withdraw(self, key: str) -> None:
        if (newest := self.newest(key)) is not None:
            self.house.undo.withdraw(SAM, newest.id)

    def close_account(self, key: str) -> None:
        if (newest := self.newest(key)) is not None:
            self.house.undo.close(SAM, newest.id)

    def pause(self, on: bool) -> None:
        if on:
            self.house.approvals.pause(MAYA, None)
        else:
            self.house.approvals.resume(MAYA)
        self.paused = on

    # --- acts: our workers, and time ----------------------------------------------------------------

    def pick_up(self) -> None:
        self.house.circuit.probe()
        self.house.sender.pick_up()

    def look(self, after: float = 0) -> None:
        self.house.clock.advance(seconds=after)
        self.house.follower.look_all()

    def time_passes(self, seconds: float) -> None:
        self.house.clock.advance(seconds=seconds)

    def calm(self) -> None:
        """Three minutes in which everything works: then nothing is left half done."""
        self._all_works()
        for after in (61, 61, 61):
            self.pick_up()
            self.look(after)
        for key in KEYS:
            self._judge_calm(key)

    def _all_works(self) -> None:
        self.interruption, self.carrier.lags = None, False
        self.carrier.plan.clear()
        self.pause(False)
        self.product_refuses(False)
        self.mend()

    def _judge_calm(self, key: str) -> None:
        newest, person = self.newest(key), self.house.person(key)
        if newest is None or newest.state in LIVE:
            return
        held = {person["password_hash"], person["temporary_password_hash"]} & set(self.made)
        if held:
            self.wrong.append(f"a dead password lies in the product, {newest.state}")

    # --- acts: the carrier --------------------------------------------------------------------------

    def carrier_plans(self, *answers: str) -> None:
        self.carrier.plan = list(answers)

    def list_lags(self, lags: bool) -> None:
        self.carrier.lags = lags

    def others_text(self, key: str) -> None:
        sid = f"SM{len(self.carrier.texts) + 1}"
        self.carrier.texts.append(Text(sid, self.number(key), "Your code is 123456", "other"))

    def status(self, nth: int, status: str) -> None:
        """What polling will find, true or false, of the nth newest of our texts."""
        if (text := self._text(nth)) is not None:
            text.status, text.code = status, "30003" if status in ("undelivered", "failed") else ""

    def receipt(self, nth: int, status: str) -> None:
        """By callback: as late, doubled or false as it may be."""
        if (text := self._text(nth)) is not None:
            code = "30003" if status in ("undelivered", "failed") else ""
            self.house.follower.receipt(text.request_id, Receipt(text.id, status, code))

    def _text(self, nth: int) -> Text | None:
        ours = [text for text in self.carrier.texts if text.request_id in self.posted]
        return ours[-1 - nth] if nth < len(ours) else None

    # --- acts: the person and the product ---------------------------------------------------------------

    def sign_in(self, key: str) -> None:
        """With the texted password, where one that arrived opens the account."""
        self.house.clock.advance(seconds=1)
        if any(self.opens(key, text.secret) for text in self.arrived(key)):
            used = "temporary_password_hash IS NOT NULL" if self.beside else "1 = 0"
            self._product(
                key, "last_sign_in_at = :now, temporary_password_used_at ="
                f" CASE WHEN {used} THEN :now ELSE temporary_password_used_at END",
                now=self.house.clock.now().replace(tzinfo=None),
            )  # fmt: skip

    def sign_in_with_own(self, key: str) -> None:
        self.house.clock.advance(seconds=1)
        if any(self.opens(key, own) for own in self.people[key].own):
            self._product(key, "last_sign_in_at = :now", now=self.house.clock.now().replace(tzinfo=None))

    def choose(self, key: str) -> None:
        """A password of their own, by whoever can sign in."""
        person = self.people[key]
        self.house.clock.advance(seconds=1)
        if not any(self.opens(key, known) for known in (*person.own, *(text.secret for text in self.arrived(key)))):
            return
        person.own.append(f"own:{key}:{len(person.own)}")
        person.at = self.acts
        person.closed_at, person.reopened = 0, False
        self._product(
            key, "password_hash = :own, must_change_password = 0, temporary_password_hash = NULL,"
            " temporary_password_expires_at = NULL, temporary_password_used_at = NULL, last_sign_in_at = :now",
            own=person.own[-1], now=self.house.clock.now().replace(tzinfo=None),
        )  # fmt: skip

    def rehash(self, key: str) -> None:
        """The product writes the hash of ours anew at a sign-in; must-change is kept."""
        column = "temporary_password_hash" if self.beside else "password_hash"
        stored = self.house.person(key)[column]
        if stored in self.made and any(self.opens(key, text.secret) for text in self.arrived(key)):
            self.sign_in(key)
            self._product(key, f"{column} = :renewed", renewed=f"re:{stored}")

    def extend(self, key: str) -> None:
        """An operator gives the temporary password another end."""
        person = self.house.person(key)
        if self.beside and person["temporary_password_hash"] in self.made:
            self.people[key].extended = "2026-12-24 00:00:00"
            self._product(key, "temporary_password_expires_at = :at", at=self.people[key].extended)

    def number_changes(self, key: str) -> None:
        self._product(key, "phone = :phone", phone=f"+1 202-555-01{50 + self.acts % 50}")

    def product_refuses(self, refuses: bool) -> None:
        """By a trigger that nobody knew of: what Locksmith makes, and not what it puts back."""
        if refuses and not self.refuses_since:
            column = "temporary_password_hash" if self.beside else "password_hash"
            self.house.product_does(
                f"CREATE TRIGGER refuses BEFORE UPDATE OF {column} ON people"
                f" WHEN NEW.{column} NOT LIKE 'own:%' AND NEW.{column} <> '!' BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
        elif not refuses:
            self.house.product_does("DROP TRIGGER IF EXISTS refuses")
        self.refuses_since = (self.refuses_since or self.acts) if refuses else 0

    # --- acts: whoever can write our tables -----------------------------------------------------------

    def plant(self, key: str, other: str) -> None:
        """The sealed hash of the other one's password, in the place of this one's."""
        mine, theirs = self.newest(key), self.newest(other)
        if mine is not None and theirs is not None:
            self.planted.setdefault(mine.id, mine.new_sealed)
            self._seal(mine.id, theirs.new_sealed)

    def mend(self) -> None:
        """Whoever operates Locksmith finds it, and puts back what was there."""
        for request_id, sealed in self.planted.items():
            self._seal(request_id, sealed)
        self.planted.clear()

    def _seal(self, request_id: str, sealed: bytes | None) -> None:
        with self.house.database.write() as session:
            session.get_one(RequestRow, request_id).new_sealed = sealed

    def save_begins(self, key: str) -> None:
        person = self.house.person(key)
        image = {column: person[column] for column in COLUMNS}
        self.people[key].save = (image, self.house.clock.now(), self.people[key].at)

    def save_ends(self, key: str) -> None:
        """The product writes the whole row back, as it was when it read it."""
        person = self.people[key]
        if person.save is None:
            return
        (image, begun, at), person.save = person.save, None
        if self.house.clock.now() - begun <= SAVE_LASTS:
            person.reopened = person.reopened or bool(person.closed_at)
            person.at = at
            self._product(key, ", ".join(f"{column} = :{column}" for column in COLUMNS), **image)

    def _product(self, key: str, sets: str, **values: Any) -> None:
        with suppress(IntegrityError):  # where it refuses our hashes, it refuses to copy them too
            self.house.product_does(f"UPDATE people SET {sets} WHERE id = :key", key=int(key), **values)  # noqa: S608

    # --- what is so -------------------------------------------------------------------------------------

    def rows(self) -> list[RequestRow]:
        with self.house.database.read() as session:
            return list(session.scalars(select(RequestRow).order_by(RequestRow.created_at)))

    def row(self, request_id: str) -> RequestRow:
        with self.house.database.read() as session:
            return session.get_one(RequestRow, request_id)

    def newest(self, key: str, *, begun: bool = True) -> RequestRow | None:
        theirs = [row for row in self.rows() if row.person_key == key and (row.sending_at or not begun)]
        return theirs[-1] if theirs else None

    def number(self, key: str) -> str:
        return self.house.directory.by_keys([key])[key].phone.e164 or ""

    def arrived(self, key: str) -> list[Text]:
        theirs = {row.id for row in self.rows() if row.person_key == key}
        return [text for text in self.carrier.texts if text.request_id in theirs and not text.lost]

    def opens(self, key: str, password: str) -> bool:
        person = self.house.person(key)
        ends = moment(person["temporary_password_expires_at"])
        beside = person["temporary_password_hash"] if ends is None or ends > self.house.clock.now() else None
        return any(self._is(stored, password) for stored in (person["password_hash"], beside))

    def _is(self, stored: object, password: str) -> bool:
        return stored == password or self.made.get(str(stored).removeprefix("re:")) == password

    # --- invariants ---------------------------------------------------------------------------------------

    def check(self) -> None:
        rows = self.rows()
        for key in KEYS:
            self._check_promise(key)
            if len([row for row in rows if row.person_key == key and row.state in LIVE]) > 1:
                self.wrong.append("two live requests of one person")
        ours = {text.id: text.request_id for text in self.carrier.texts}
        self.wrong += [
            "another message was taken for ours" for row in rows if ours.get(row.message_id, row.id) != row.id
        ]
        self.wrong += [alarm for alarm in self.house.alarms if alarm in FAULTS]
        stored = b"".join(file.read_bytes() for file in self.folder.glob("locksmith.db*"))
        self.wrong += ["a secret is in our tables" for secret in self.made.values() if secret.encode() in stored]
        self._raise()

    def _raise(self) -> None:
        if self.wrong:
            raise Broken("; ".join(dict.fromkeys(self.wrong)))

    def _check_promise(self, key: str) -> None:
        person, model = self.house.person(key), self.people[key]
        if any(self.opens(key, own) for own in model.own):
            return
        if any(self.opens(key, text.secret) for text in self.arrived(key)):
            return
        if model.closed_at and person["password_hash"] == "!":
            return  # said beforehand: it stays closed until the texted one is used
        lost = {text.secret for text in self.carrier.texts if text.lost and text.request_id in self.posted}
        if not self.beside and self.made.get(str(person["password_hash"])) in lost:
            return  # said beforehand: until the carrier says that it was not delivered
        self.wrong.append("nothing opens the account")

    def end(self) -> None:
        """Everything works again, and everybody's time runs out."""
        self._all_works()
        for row in self.rows():
            if row.state == State.AWAITING_APPROVAL:
                self.house.approvals.cancel(SAM, row.id)
        for after in (61, 61, 3601, 61, 61, 900, 61, 61):
            self.pick_up()
            self.look(after)
            self.check()
        self._check_end()
        self._raise()

    def _check_end(self) -> None:
        for key in KEYS:
            person = self.house.person(key)
            if {person["password_hash"], person["temporary_password_hash"]} & set(self.made):
                self.wrong.append("a temporary password outlived its request")
        for row in self.rows():
            if row.state in LIVE or row.base_sealed is not None:
                self.wrong.append(f"a request is not over, {row.state}")
        if self.house.audit.verify().broken_at is not None:
            self.wrong.append("the audit chain is broken")
        self._check_outcomes()

    def _check_outcomes(self) -> None:
        with self.house.database.read() as session:
            told = session.execute(select(AuditRow.request_id, AuditRow.event).order_by(AuditRow.seq)).all()
        for row in self.rows():
            events = [event for request_id, event in told if request_id == row.id]
            for intent, outcomes in OUTCOMES.items():
                begun, ended = events.count(intent), [event for event in events if event in outcomes]
                if begun and not ended:
                    self.wrong.append(f"{intent} has no outcome")
                if intent != "text:intended" and len(ended) > begun:
                    self.wrong.append(f"{intent} has {ended}")
            if events.count("text:accepted") + events.count("text:failed") > 1:
                self.wrong.append("text:intended has two outcomes")
            put_back = [event for event in events if event in ("password:put_back", "password:left_alone")]
            if row.sending_at is not None and not put_back:
                self.wrong.append("nobody wrote down what became of the password")


def moment(stored: Any) -> datetime | None:
    if stored is None:
        return None
    at = datetime.fromisoformat(str(stored))
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def make_templates(folder: Path, migrated_file: Path) -> Path:
    """Both databases as each example begins with them."""
    own = Path(shutil.copy(migrated_file, folder / "locksmith.db"))
    assert own.exists()
    product = make_engine(f"sqlite:///{folder / 'product.db'}")
    make_people(product)
    with product.begin() as connection:
        connection.exec_driver_sql("DELETE FROM people WHERE id > 2")
        connection.exec_driver_sql("UPDATE people SET password_hash = 'own:' || id || ':0'")
    product.dispose()
    return folder
