"""What both ways to an app share: how a delivery ends, and the faults that a tester arms."""

from dataclasses import dataclass
from typing import Literal

from sandbox.world import Json

AnswerKind = Literal["acked", "timeout", "nobody", "refused"]


@dataclass
class Answer:
    """How a delivery ended: acked (with or without a payload), too late, nobody there, or turned away."""

    kind: AnswerKind
    payload: Json | None = None
    reason: str = ""
    """Slack's word for it, as in `x-slack-retry-reason`."""
    may_retry: bool = True


@dataclass
class Faults:
    """What goes wrong with every delivery until it is set back."""

    ack_seconds: float = 3.0
    delay_ack: float = 0.0
    duplicate: bool = False
