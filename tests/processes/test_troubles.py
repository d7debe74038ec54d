"""Processes that are killed, and a database that goes away and comes back, in the middle of work."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial

from sqlalchemy import make_url

from handlers.sentences import CAUSES
from services.model import Cause
from tests.conftest import POSTGRES
from tests.processes.moves import cards, ended, forms, numbers_of, open_announcements
from tests.processes.patience import eventually
from tests.processes.wire import get, signed
from tests.processes.yard import Yard, ready, rows

MANY = 12
HELD = 4
GOT, NOT = ("delivered",), ("unknown", "failed")


def test_processes_killed_in_the_middle_of_many_resets(moved: Yard) -> None:
    """SIGKILL hits a web process with texts on their way, and a worker."""
    people = [email for _, email in moved.ordinary(MANY)]
    presses = forms(people, moved.person("sam"))
    moved.twilio(code="hang", times=HELD, kept=True)  # the carrier takes them and never says so
    doomed, worker = moved.named("web")[0].children[0], moved.named("worker")[0]
    with ThreadPoolExecutor(MANY) as pool:
        list(pool.map(lambda press: signed(press).to(moved.webs[0]), presses))
    eventually("texts are on their way", lambda: len(moved.texts) >= HELD)
    for pid in (doomed, worker.popen.pid):
        os.kill(pid, signal.SIGKILL)
    worker.popen.wait()
    moved.processes.remove(worker)
    eventually("another takes its place", lambda: set(moved.named("web")[0].children) - {doomed})
    dead = {str(doomed), str(worker.popen.pid)}
    eventually("the living are done", lambda: set(at_work(moved)) <= dead)
    all_ends_well(moved, people)


def test_the_database_goes_away_and_comes_back(moved: Yard) -> None:
    web, sam = moved.webs[0], moved.person("sam")
    people = [email for _, email in moved.ordinary(4)]
    presses = forms(people, sam)
    moved.twilio(code="hang", times=1, kept=True)
    for press in presses:
        assert signed(press).to(web)[0] == 200
    with away(moved.stores.own):
        answer = sam.command("/reset-user somebody")
        assert CAUSES[Cause.DATABASE_UNREACHABLE].happened in answer.text
        assert sam.told_by_slack == []
        status, said = get(f"{web}/readyz")
        assert (status, "own database: Reachable" in said) == (503, False), said
        assert get(f"{web}/healthz")[0] == 200
    eventually("it is ready again, by itself", lambda: ready(web))
    assert "Nobody matches" in sam.command("/reset-user somebody").text
    all_ends_well(moved, people)
    assert "Traceback" not in "".join(one.said for one in moved.processes)


def all_ends_well(yard: Yard, people: list[str]) -> None:
    """Nobody gets two texts; a text that nothing proves was none, and no machine tries it again."""
    numbers = numbers_of(yard, people)
    yard.pass_time(130)  # leases run out; texts without an answer are looked for

    def as_the_phones_say() -> bool:
        states = states_of(yard)
        got = {email for email in people if yard.texts_to(numbers[email])}
        return bool(got) and all(states[email] in (GOT if email in got else NOT) for email in people)

    later(yard, "each is what its phone says", as_the_phones_say)
    yard.pass_time(3700)
    later(yard, "each has ended", lambda: set(ended(yard, people)) <= {"lapsed", "failed"})
    later(yard, "all is told", lambda: not open_announcements(yard))
    assert all(cards(yard, email) for email in people)
    assert yard.own("SELECT count(*) FROM locksmith_audit WHERE event = 'text:intended'") == [(len(people),)]
    assert max(len(yard.texts_to(number)) for number in numbers.values()) == 1
    yard.assert_audit_unbroken()


def later(yard: Yard, what: str, look: Callable[[], bool]) -> None:
    """What was being done just when the time was moved is done again a minute later."""
    for _ in range(3):
        with suppress(AssertionError):
            eventually(what, look, 8)
            return
        yard.pass_time(61)
    eventually(what, look)


def at_work(yard: Yard) -> list[str]:
    """Whose requests are between "asked for" and "handed over": process ids, empty where nobody has claimed one."""
    rows_ = yard.own("SELECT lease_owner FROM locksmith_request WHERE state IN ('approved', 'sending')")
    return [(*owner.split(":"), "")[1] for (owner,) in rows_]


def states_of(yard: Yard) -> dict[str, str]:
    return dict(yard.own("SELECT person_email, state FROM locksmith_request"))


@contextmanager
def away(url: str) -> Iterator[None]:
    """Nobody is connected to this database, and nobody can connect."""
    name = make_url(url).database
    admin = partial(rows, POSTGRES, outside=True)
    admin(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    try:
        admin("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = :name", {"name": name})
        yield
    finally:
        admin(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
