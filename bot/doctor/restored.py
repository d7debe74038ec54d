"""`python -m bot doctor --after-restore`: does what a restore from backup calls for, and says what came of it.

The one look that changes something. Each open reset is one line: what opens the account now, and what to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime

from bot.build import build
from bot.doctor.patient import Patient
from bot.doctor.report import Report
from bot.keys import moment, operator
from services.circuit import PAUSE
from services.errors import DatabaseUnreachable
from services.health import own_database
from services.judge import LOCKDOWN
from services.lifecycle import Lifecycle
from services.lookout import Check, failed, ok, warning
from services.model import LIVE, Actor, Cause
from services.restore import Opens, Outcome, Restore, Restored, StillRunning

NAME = "restore"
_OPENS = {
    Opens.EARLIER: "The password from before opens the account; a text of this reset is void.",
    Opens.TEXTED: "The texted password opens the account.",
    Opens.BOTH: "The password from before and the texted one open the account.",
    Opens.OWN: "A password that the person chose since opens the account.",
    Opens.NOTHING: "Nothing opens the account: it is closed.",
    Opens.UNTOLD: "The password from before opens the account, or one that was texted or chosen after the backup.",
    Opens.GONE: "The person is no longer in the product.",
}
_ASK_AGAIN = frozenset({Opens.EARLIER, Opens.UNTOLD})
_STUCK = {
    Cause.SEAL_BROKEN: "See `python -m bot keys`: put its key back, or give it up there. Then run this again.",
    Cause.DIRECTORY_REFUSED: "Correct the rights or the mapping of the product's table. Then run this again.",
    Cause.DIRECTORY_UNREACHABLE: "See that the product's database is up. Then run this again.",
}
_SWITCHES = {LOCKDOWN: "the lockdown", PAUSE: "a pause"}


def restore(patient: Patient, by: Actor | None = None) -> Report:
    """Exit status 1 where not all could be settled: nothing is sent until it was."""
    settings = patient.settings
    with closing(build(settings)) as bot:
        reachable = own_database(bot.database.engine)
        if reachable.failed:
            return Report((reachable,))
        work = Restore(
            database=bot.database,
            lifecycle=Lifecycle(bot.database, bot.audit, bot.outbox, patient.clock),  # announces nothing itself
            audit=bot.audit,
            settler=bot.settler,
            directory=bot.directory,
            clock=patient.clock,
        )
        try:
            restored = work.run(by or operator())
        except StillRunning as running:
            found = f"A process works on this database ({running.owner}), or did until {moment(running.until)}."
            return Report((failed(NAME, found, "Stop every process of Locksmith, or wait until then."),))
        except DatabaseUnreachable:
            found = "Locksmith's database went away in the middle; nothing is sent until this is done."
            return Report((failed(NAME, found, "Run this again."),))
    return Report((*_head(restored), *map(_line, restored.outcomes)))


def _head(restored: Restored) -> Iterator[Check]:
    if not restored.done:
        yield failed(NAME, "Not all is settled yet; nothing is sent until it is.", "See below, then run this again.")
    else:
        yield ok(NAME, f"Done; {len(restored.outcomes)} open resets. Start Locksmith now.")
    if restored.newest is not None:
        yield _unknown(restored.newest)
    for switch in restored.switches:
        yield warning(NAME, f"Managers had switched on {_SWITCHES[switch]} by then.", "See that it still shall be.")


def _unknown(newest: datetime) -> Check:
    found = f"What was asked for after {moment(newest)} is unknown here: nobody will take those passwords back."
    mend = "See the cards in the audit channel since then, and reset again whoever is not in."
    return warning(NAME, found, mend)


def _line(outcome: Outcome) -> Check:
    name = outcome.reference
    if outcome.stuck is not None:
        return failed(name, f"Not settled: {outcome.stuck.replace('_', ' ')}.", _STUCK[outcome.stuck])
    found = _OPENS[outcome.opens] if outcome.opens else ""
    if outcome.not_closed:
        mend = f"Tell {outcome.agent}: if it still has to be closed, close it again."
        return warning(name, f"It was to be closed. {found}", mend)
    if outcome.now in LIVE:
        return ok(name, f"{found} It goes on as before.")
    if outcome.opens is Opens.NOTHING:
        return warning(name, found, f"Tell {outcome.agent} to reset again, as compromised.")
    if outcome.opens in _ASK_AGAIN:
        return warning(name, found, f"Tell {outcome.agent}: ask the person, and reset again if they are not in.")
    return ok(name, found)
