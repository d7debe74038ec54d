"""The telephone network behind the API: messages, phones that are on or off, people who said STOP, faults.

No HTTP here. Time comes from outside; messages move lazily, when somebody looks.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field

from sandbox.twilio import codes
from sandbox.twilio.message import Message, Step, next_step
from sandbox.twilio.segments import size

ACCOUNT = "AC" + "0" * 32
TOKEN = "sandbox-twilio-token"  # noqa: S105  (the stand-in's published token)
API_KEY = "SK" + "0" * 32
API_SECRET = "sandbox-twilio-secret"  # noqa: S105  (the stand-in's published secret)
SENDER = "+15550100100"

_STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"})
_START = frozenset({"START", "YES", "UNSTOP"})
_HELP = frozenset({"HELP", "INFO"})


def plain_number(number: str) -> str:
    """`+1 (202) 555-0142` and `+12025550142` are one phone."""
    return "".join(sign for sign in number if sign.isdigit() or sign == "+")


@dataclass
class Fault:
    """Something that will go wrong, `times` times."""

    code: int | str
    """A Twilio code, an HTTP status of 500 or more, `timeout` (the connection is closed) or `hang`."""
    number: str = ""
    http_status: int | None = None
    when: str = "post"
    times: int = 1
    kept: bool = False
    """The message is accepted all the same; only the answer tells otherwise."""


@dataclass
class Network:
    now: Callable[[], float]
    messages: list[Message] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    stopped: set[str] = field(default_factory=set)
    off: set[str] = field(default_factory=set)
    switched: dict[str, float] = field(default_factory=dict)
    manual: bool = False
    list_lag: float = 0.0
    moved: Callable[[Message], None] = lambda _message: None
    """Told of every change of status."""
    texted: Callable[[Message, str], None] = lambda _message, _opt_out: None
    """Told of every text that a person sends, and what kind of opt-out word it is."""

    def accept(self, message: Message) -> Message:
        fault = self.take_fault(message.to, "delivery")
        if fault is not None:
            message.will_fail = int(fault.code)
        else:
            message.will_fail = message.will_fail or codes.UNDELIVERED_TO.get(message.to)
        self.messages.append(message)
        return message

    def take_fault(self, number: str, when: str) -> Fault | None:
        for fault in self.faults:
            if fault.when == when and fault.number in ("", number):
                fault.times -= 1
                if fault.times < 1:
                    self.faults.remove(fault)
                return fault
        return None

    def find(self, sid: str) -> Message | None:
        return next((m for m in self.messages if m.sid == sid), None)

    def advance(self) -> bool:
        """Let every message move as far as it would have by now. Says whether one did."""
        now = self.now()
        changed = False
        for message in [] if self.manual else list(self.messages):
            while (step := self._next(message)) is not None and step.at <= now:
                message.move(step.status, step.at, step.code)
                self.moved(message)
                changed = True
        return changed

    @property
    def pending(self) -> bool:
        """Whether a message will still move by itself."""
        return not self.manual and any(message.pending for message in self.messages)

    def move_by_hand(self, message: Message, status: str, code: int | None) -> None:
        message.by_hand = True
        message.move(status, self.now(), code)
        self.moved(message)

    def switch(self, number: str, *, on: bool) -> None:
        self.advance()  # what came before was under the old state of the phone
        if on == (number in self.off):
            self.switched[number] = self.now()
        (self.off.discard if on else self.off.add)(number)

    def text_back(self, number: str, body: str) -> None:
        """The person texts the sender; the carrier's opt-out words work as Twilio's do."""
        now = self.now()
        letter = _letter(number, SENDER, body, now, status="received", direction="inbound")
        self.messages.append(letter)
        word = body.strip().upper()
        answer = ""
        kinds = {"STOP": _STOP, "START": _START, "HELP": _HELP}
        self.texted(letter, next((kind for kind, words in kinds.items() if word in words), ""))
        if word in _STOP:
            self.stopped.add(number)
            answer = "You have successfully been unsubscribed. Reply START to resubscribe."
        elif word in _START:
            self.stopped.discard(number)
            answer = "You have successfully been re-subscribed. Reply STOP to unsubscribe."
        elif word in _HELP:
            answer = "Reply STOP to unsubscribe."
        if answer:
            reply = _letter(SENDER, number, answer, now, status="delivered", direction="outbound-reply")
            self.messages.append(reply)

    def snapshot(self) -> dict[str, object]:
        return {
            "messages": [asdict(message) for message in self.messages],
            "faults": [asdict(fault) for fault in self.faults],
            "stopped": sorted(self.stopped),
            "off": sorted(self.off),
            "switched": dict(self.switched),
            "manual": self.manual,
            "list_lag": self.list_lag,
        }

    def restore(
        self,
        *,
        messages: Iterable[dict[str, object]] = (),
        faults: Iterable[dict[str, object]] = (),
        stopped: Iterable[str] = (),
        off: Iterable[str] = (),
        switched: dict[str, float] | None = None,
        manual: bool = False,
        list_lag: float = 0.0,
    ) -> None:
        self.messages = [Message(**each) for each in messages]  # type: ignore[arg-type]  # from asdict
        self.faults = [Fault(**each) for each in faults]  # type: ignore[arg-type]  # from asdict
        self.stopped, self.off = set(stopped), set(off)
        self.switched = dict(switched or {})
        self.manual, self.list_lag = manual, list_lag

    def _next(self, message: Message) -> Step | None:
        number = message.to
        return next_step(message, phone_on=number not in self.off, switched_at=self.switched.get(number, 0.0))


def new_sid() -> str:
    return "SM" + secrets.token_hex(16)


def _letter(sender: str, to: str, body: str, now: float, *, status: str, direction: str) -> Message:
    measured = size(body)
    return Message(
        sid=new_sid(),
        account=ACCOUNT,
        to=to,
        sender=sender,
        body=body,
        body_as_sent=body,
        created_at=now,
        updated_at=now,
        sent_at=now,
        status=status,
        direction=direction,
        segments=measured.segments,
        encoding=measured.encoding,
    )
