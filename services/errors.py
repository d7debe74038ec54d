"""What can go wrong, by name. `handlers/words.py` turns each into words; none carries a secret."""

from __future__ import annotations

from services.model import Cause, Halt, Request, UnderWay, Vote


class DomainError(Exception):
    """Base of all that people are told in plain words."""


class NotAllowed(DomainError):
    """Not an agent, or it could not be found out (a failed look-up means no)."""


class NotFound(DomainError):
    """No such person, draft or request; or not this agent's to see."""


class Impossible(DomainError):
    """This person cannot be sent a temporary password; `cause` says why."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.value)
        self.cause = cause


class NotLocked(DomainError):
    """The product counts no wrong attempts of this person, so there is nothing to unlock."""


class AlreadyUnderWay(DomainError):
    """One live request per person."""

    def __init__(self, under_way: UnderWay) -> None:
        super().__init__(under_way.reference)
        self.under_way = under_way


class OutOfScope(DomainError):
    """The policy does not let this agent reset this person; `ask_instead` may say whom to ask."""

    def __init__(self, ask_instead: str) -> None:
        super().__init__("out of scope")
        self.ask_instead = ask_instead


class OwnRequest(DomainError):
    """Somebody else must decide about what one asked for oneself."""


class OwnAccount(DomainError):
    """Another manager must decide about one's own account."""


class AlreadyVoted(DomainError):
    """A vote cannot be changed."""

    def __init__(self, vote: Vote) -> None:
        super().__init__("voted")
        self.vote = vote


class AlreadyDecided(DomainError):
    """It does not wait any more; `request` says what became of it, `votes` who decided."""

    def __init__(self, request: Request, votes: tuple[Vote, ...] = ()) -> None:
        super().__init__(request.state.value)
        self.request = request
        self.votes = votes


class NotWithdrawable(DomainError):
    """There is nothing to take back, not any more or not yet; `request` says why."""

    def __init__(self, request: Request) -> None:
        super().__init__(request.state.value)
        self.request = request


class NotClosable(DomainError):
    """Its account cannot be closed by this request: `newer` has it by now, or nobody was let in by it."""

    def __init__(self, request: Request, newer: str = "") -> None:
        super().__init__(newer or request.state.value)
        self.request = request
        self.newer = newer


class NotAgain(DomainError):
    """This one cannot be replaced: it is under way, or it did what it was for."""

    def __init__(self, request: Request) -> None:
        super().__init__(request.state.value)
        self.request = request


class DraftUsed(DomainError):
    """A form was sent a second time; `request_id` is what the first sending became."""

    def __init__(self, request_id: str) -> None:
        super().__init__(request_id)
        self.request_id = request_id


class DraftExpired(DomainError):
    """The form was open for too long; the facts on it may be stale."""


class InvalidForm(DomainError):
    """`fields`: name of the field in `Answers` -> what is wrong with it, for a person."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__(", ".join(fields))
        self.fields = fields


class Unavailable(DomainError):
    """Something outside is away for now; nothing was changed."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.value)
        self.cause = cause


class DatabaseUnreachable(Unavailable):
    """Locksmith's own database is away: nothing can be changed, and nothing was."""

    def __init__(self) -> None:
        super().__init__(Cause.DATABASE_UNREACHABLE)


class DirectoryUnreachable(Unavailable):
    def __init__(self) -> None:
        super().__init__(Cause.DIRECTORY_UNREACHABLE)


class CommitUnanswered(DatabaseUnreachable):
    """It went away while something was being committed: nobody knows whether that counts."""


class Halted(DomainError):
    """No text goes out to anybody at the moment, so nothing was begun; `halt` says why."""

    def __init__(self, halt: Halt) -> None:
        super().__init__(halt.cause.value)
        self.halt = halt


class DirectoryRefused(DomainError):
    """The directory answered and would not do it (rights, a trigger, a truncating column …)."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class ValueChanged(DirectoryRefused):
    """Somebody wrote between our reading and our writing."""


class SealBroken(DomainError):
    """A stored value does not belong where it was found: stop and alarm, never guess."""


class CarrierError(Exception):
    """Base of what a carrier may answer; caught in `services/`, never shown raw."""


class Refused(CarrierError):
    """A definite no: nothing was or will be sent. `code` is the carrier's own."""

    def __init__(self, cause: Cause, code: str) -> None:
        super().__init__(f"{cause.value} {code}")
        self.cause = cause
        self.code = code


class NotPosted(CarrierError):
    """It surely did not get there (DNS, refused, connect time-out, 429 …): may be tried again.

    `after`: not sooner than in so many seconds, where the carrier says so.
    """

    def __init__(self, cause: Cause, code: str = "", after: float = 0) -> None:
        super().__init__(f"{cause.value} {code}".strip())
        self.cause = cause
        self.code = code
        self.after = after


class NoAnswer(CarrierError):
    """It may have got there. Never repeated by a machine (PROTOCOL rule 1)."""

    def __init__(self, code: str = "") -> None:
        super().__init__(code)
        self.code = code


class Later(Exception):
    """The chat side asks to be left alone for `seconds` (429, 5xx, no network)."""

    def __init__(self, seconds: float, code: str = "") -> None:
        super().__init__(code)
        self.seconds = seconds
        self.code = code


class Undeliverable(Exception):
    """The chat side will never take this (archived channel, view gone …); `code` is its own word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
