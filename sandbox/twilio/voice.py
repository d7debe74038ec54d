"""The telephone exchange behind the Calls API: phones that ring, people and voicemail that answer, keys.

No HTTP here. Time comes from outside; calls move lazily, when somebody looks.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field

from sandbox.twilio.script import Step, read

INITIATED_AFTER = 0.3
RINGS_AFTER = 1.0
VOICEMAIL_AFTER = 6.0
"""Seconds of ringing until it takes the call."""
OVER = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
HABITS = frozenset({"rings", "voicemail", "busy", "fails"})
EVENTS = {"initiated": "initiated", "ringing": "ringing", "in-progress": "answered"}
"""Status -> the event that a caller may ask to be told of; every end is `completed`."""
_WENT_WRONG = "We are sorry. An application error has occurred. Goodbye."


@dataclass
class Call:
    sid: str
    account: str
    to: str
    sender: str
    document: str
    """The instructions, as the API's caller wrote them."""
    created_at: float
    updated_at: float
    status: str = "queued"
    callback: str = ""
    events: list[str] = field(default_factory=list)
    rings_for: int = 60
    limit: int = 14400
    answered_by: str = ""
    """`person` or `voicemail`."""
    answered_at: float | None = None
    ended_at: float | None = None
    spoken: list[str] = field(default_factory=list)
    """What was said in it, sentence by sentence."""
    keys: str = ""
    asks: str = ""
    """The address that is asked what comes next once a key is pressed; empty while no key is waited for."""
    until: float = 0.0
    """When the waiting for a key is over."""
    rest: list[Step] = field(default_factory=list)
    """What comes then."""
    told: int = 0
    """Status callbacks so far."""
    deleted: bool = False

    @property
    def over(self) -> bool:
        return self.status in OVER

    @property
    def seconds(self) -> int:
        return int((self.ended_at or 0) - (self.answered_at or 0)) if self.answered_at and self.ended_at else 0


@dataclass
class Exchange:
    now: Callable[[], float]
    is_off: Callable[[str], bool] = lambda _number: False
    moved: Callable[[Call], None] = lambda _call: None
    """Told of every change of status."""
    calls: list[Call] = field(default_factory=list)
    habits: dict[str, str] = field(default_factory=dict)
    """Number -> what happens when it is called, unless somebody interferes."""

    def place(self, call: Call) -> Call:
        self.calls.append(call)
        return call

    def find(self, sid: str) -> Call | None:
        return next((call for call in self.calls if call.sid == sid and not call.deleted), None)

    def ringing(self, number: str) -> Call:
        """The call to this number that is not over. Raises ValueError."""
        self.advance()
        found = next((call for call in reversed(self.calls) if call.to == number and not call.over), None)
        if found is None:
            raise ValueError("no call to that number")
        return found

    @property
    def pending(self) -> bool:
        """Whether a call will still move by itself."""
        return any(not call.over for call in self.calls)

    def advance(self) -> bool:
        changed = False
        for call in self.calls:
            while self._advance(call):
                changed = True
        return changed

    # --- what people do --------------------------------------------------------------------------

    def answer(self, call: Call, by: str = "person") -> None:
        if call.status != "ringing":
            raise ValueError(f"the call is {call.status}")
        self._answer(call, by, self.now())

    def decline(self, call: Call) -> None:
        if call.status != "ringing":
            raise ValueError(f"the call is {call.status}")
        self._end(call, "busy", self.now())

    def hang_up(self, call: Call) -> None:
        if call.status != "in-progress":
            raise ValueError(f"the call is {call.status}")
        self._end(call, "completed", self.now())

    def press(self, call: Call, key: str) -> str:
        """The address that has to be asked now; empty where no key was waited for."""
        if call.status != "in-progress" or len(key) != 1 or key not in "0123456789*#":
            raise ValueError(f"{key!r} cannot be pressed: the call is {call.status}")
        call.keys += key
        asked, call.asks = call.asks, ""
        return asked

    def goes_on(self, call: Call, document: str | None) -> None:
        """With what was answered to the key; None where that was no answer."""
        if call.over:
            return
        try:
            steps = read(document or "")
        except ValueError:
            steps = [Step("say", _WENT_WRONG)]
        self._perform(call, steps, self.now())

    # --- by itself -------------------------------------------------------------------------------

    def _advance(self, call: Call) -> bool:
        now, made = self.now(), call.created_at
        match call.status:
            case "queued" if now >= made + INITIATED_AFTER:
                self._move(call, "initiated", made + INITIATED_AFTER)
            case "initiated" if now >= made + RINGS_AFTER:
                self._connect(call, made + RINGS_AFTER)
            case "ringing":
                return self._ring(call, now, made + RINGS_AFTER)
            case "in-progress" if call.answered_at and now >= call.answered_at + call.limit:
                self._end(call, "completed", call.answered_at + call.limit)
            case "in-progress" if call.asks and now >= call.until:
                call.asks = ""
                self._perform(call, call.rest, call.until)
            case _:
                return False
        return True

    def _connect(self, call: Call, at: float) -> None:
        habit = self.habits.get(call.to, "rings")
        if habit == "busy":
            self._end(call, "busy", at)
        elif habit == "fails":
            self._end(call, "failed", at)
        elif self.is_off(call.to):
            self._end(call, "no-answer", at)
        else:
            self._move(call, "ringing", at)

    def _ring(self, call: Call, now: float, since: float) -> bool:
        if self.habits.get(call.to) == "voicemail" and now >= since + VOICEMAIL_AFTER:
            self._answer(call, "voicemail", since + VOICEMAIL_AFTER)
            return True
        if now >= since + call.rings_for:
            self._end(call, "no-answer", since + call.rings_for)
            return True
        return False

    def _answer(self, call: Call, by: str, at: float) -> None:
        call.answered_by, call.answered_at = by, at
        self._move(call, "in-progress", at)
        self._perform(call, read(call.document), at)

    def _perform(self, call: Call, steps: list[Step], at: float) -> None:
        """Says what comes up to the next wait for a key, or up to the end."""
        for place, step in enumerate(steps):
            if step.verb == "gather":
                call.asks, call.rest, call.until = step.action, steps[place + 1 :], at + step.seconds
                return
            if step.verb == "hangup":
                break
            if step.text:
                call.spoken.append(step.text)
        self._end(call, "completed", at)

    def _end(self, call: Call, status: str, at: float) -> None:
        call.ended_at, call.asks = at, ""
        self._move(call, status, at)

    def _move(self, call: Call, status: str, at: float) -> None:
        call.status, call.updated_at = status, at
        self.moved(call)

    # --- kept ------------------------------------------------------------------------------------

    def snapshot(self) -> dict[str, object]:
        return {"calls": [asdict(call) for call in self.calls], "habits": dict(self.habits)}

    def restore(self, *, calls: Iterable[dict[str, object]] = (), habits: dict[str, str] | None = None) -> None:
        self.calls = [Call(**each) for each in calls]  # type: ignore[arg-type]  # from asdict
        for call in self.calls:
            call.rest = [Step(**step) for step in call.rest]  # type: ignore[arg-type]  # from asdict
        self.habits = dict(habits or {})


def new_call_sid() -> str:
    return "CA" + secrets.token_hex(16)
