"""Many resets while much goes wrong, on real processes: two web servers, two workers, PostgreSQL, signed HTTP.

`python -m tests.bench soak [--resets 2000] [--minutes 8]`. Loopback only; the stand-in is Slack, Twilio and the
product's sign-in page. It ends with an error where anybody is locked out, or anything is lost or doubled.
"""

from __future__ import annotations

import random
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from statistics import quantiles

from sandbox.product import accounts
from tests.bench import verdict
from tests.bench.crowd import Desk, Phones, hire
from tests.bench.gremlins import Faults, Troubles
from tests.bench.place import kind, place
from tests.bench.table import Table
from tests.processes.balancer import Balancer, balancer
from tests.processes.moves import numbers_of, open_announcements
from tests.processes.yard import Yard, until_ready

AGENTS, WEBS, WORKERS = 8, 2, 2
PERCENT = 5.0
KILL_EVERY, RESTART_EVERY = 8.0, 45.0
"""Seconds, more or less."""
UNLIMITED = 1e9
"""Messages that a channel takes at once: Slack's one a second would be the only thing that is measured."""
_IN_HAND = "('approved', 'sending', 'accepted')"


@dataclass
class Run:
    yard: Yard
    faults: Faults
    troubles: Troubles
    desk: Desk
    phones: Phones
    seconds: float = 0.0
    late: list[str] = field(default_factory=list)
    """What did not come to rest in time."""


def measure(number: int, minutes: float, seed: int = 1) -> list[Table]:
    with (
        balancer([]) as front,
        place(people=max(500, 3 * number), moved=True, burst=UNLIMITED, PUBLIC_URL=front.url) as yard,
    ):
        run = _open(yard, front, number, random.Random(seed))  # noqa: S311  (what fails when)
        _soak(run, minutes * 60)
        _come_to_rest(run)
        table, wrong = _table(run)
        if wrong:
            raise SystemExit(f"{table}\n" + "\n".join([*wrong, *run.late]))
        return [table]


def _open(yard: Yard, front: Balancer, number: int, chance: random.Random) -> Run:
    sandbox = yard.sandbox.sandbox
    sandbox._store._file = None  # it would write down the whole workspace every second
    accounts._HASHER = verdict.HASHER  # what the product spends on its own hashes is not measured
    verdict.set_old_passwords(yard)
    yard.webs = [yard.web(1) for _ in range(WEBS)]
    for _ in range(WORKERS):
        yard.start("worker")
    until_ready(*yard.webs)
    front.turn_to(yard.webs)
    yard.until_found()
    yard.slack_calls(front.url)
    numbers = numbers_of(yard, [email for _, email in yard.ordinary(number + number // 5)])
    emails = dict(islice({phone: email for email, phone in numbers.items()}.items(), number))
    faults = Faults(sandbox, PERCENT, chance)
    faults.arm()
    desk = Desk(yard, sandbox.space, deque(emails.values()))
    return Run(yard, faults, Troubles(yard, front, chance), desk, Phones(yard, faults.network, emails))


def _soak(run: Run, seconds: float) -> None:
    agents, began = hire(run.desk.space, AGENTS), time.monotonic()
    with run.phones.are_read(), run.troubles.go_on(kill_every=KILL_EVERY, restart_every=RESTART_EVERY):
        with run.desk.open(agents, run.faults.chance) as working:
            while any(one.is_alive() for one in working) and time.monotonic() - began < seconds:
                time.sleep(0.5)
        run.seconds = time.monotonic() - began
        _eventually(run, "all is handed over", lambda: not _count(run.yard, f"state IN {_IN_HAND}"), 150)
        _eventually(run, "whoever got a text has used it", lambda: not run.phones.under_way, 60)
        run.faults.on = False
    _eventually(run, "all is told", lambda: not open_announcements(run.yard), 90)


def _come_to_rest(run: Run) -> None:
    """Nobody does anything any more; time passes until all is over and told."""
    for seconds in (130, 3700, 61, 61):
        run.yard.pass_time(seconds)
        time.sleep(5)
    _eventually(run, "all has ended", lambda: not verdict.open_ends(run.yard, verdict.resets(run.yard)), 120)


def _eventually(run: Run, what: str, look: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not look():
        if time.monotonic() > until:
            run.late.append(what)
            return
        time.sleep(1)


def _count(yard: Yard, condition: str) -> int:
    (row,) = yard.own(f"SELECT count(*) FROM locksmith_request WHERE {condition}")  # noqa: S608  (our own words)
    return int(row[0])


def _table(run: Run) -> tuple[Table, list[str]]:
    yard, found = run.yard, verdict.resets(run.yard)
    told = verdict.told(yard, run.desk.space, found)
    status, said = yard.python("audit verify")
    zero = {
        "locked out, asked of the sign-in page": verdict.locked_out(yard, run.phones, {one.email for one in found}),
        "texts that did not open the account": run.phones.refused,
        "announcements lost": sorted(told.lost),
        "announcements that do not show the end": sorted(told.stale),
        "announcements doubled": sorted(told.doubled),
        "resets with two texts": verdict.doubled_texts(found, run.faults.network.messages),
        "resets or announcements stuck": verdict.open_ends(yard, found),
        "intents without an outcome": verdict.without_outcome(yard),
        "asked for in vain": run.desk.gave_up,
        "processes that did not end or start in order": run.troubles.wrong,
        "faults in their logs": verdict.complaints(yard.folder),
    }
    states = Counter(one.state for one in found)
    in_ = [at - run.desk.asked[email] for email, at in run.phones.came_in.items() if email in run.desk.asked]
    rows = [
        ["resets", f"{len(found)} in {run.seconds:.0f} s ({len(found) / run.seconds:.1f}/s)"],
        ["ended", ", ".join(f"{state} {number}" for state, number in states.most_common())],
        ["faults on the wires", ", ".join(_share(run.faults, wire) for wire in ("Slack", "Twilio"))],
        ["workers killed; both web servers restarted", f"{run.troubles.killed}; {run.troubles.restarted} times"],
        *([what, str(len(wrong))] for what, wrong in zero.items()),
        ["doubled where Slack's answer was lost with a worker, or came too late", str(len(told.again))],
        ["audit", "unbroken" if status == 0 else "broken"],
        ["search to signed in, seconds (p50, p95)", _times(in_)],
    ]
    wrong = [f"{what}: {ones[:5]}" for what, ones in zero.items() if ones]
    wrong += [] if status == 0 else [said]
    title = f"Soak: {AGENTS} agents, {WEBS} web servers, {WORKERS} workers, {kind(yard)}"
    return Table(title, ["what", "figure"], rows), wrong


def _share(faults: Faults, wire: str) -> str:
    return f"{wire} {faults.met[wire]:,} of {faults.asked[wire]:,} calls"


def _times(times: Sequence[float]) -> str:
    if len(times) < 2:
        return "-"
    cuts = quantiles(times, n=20)
    return f"{cuts[9]:.1f}, {cuts[18]:.1f}"
