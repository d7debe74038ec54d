"""Whole resets a second through the services, beside what the machine can hash: nothing else should be felt."""

from __future__ import annotations

import multiprocessing
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.synchronize import Barrier
from typing import Any

from bot import log
from bot.build import Bot, Parts, build
from bot.settings import Settings
from sandbox.cast import TEAM
from services.model import Actor, Answers
from services.ports import Receipt
from tests.bench.place import kind, place
from tests.bench.table import Table
from tests.processes.yard import Yard

WORKERS = (1, 2, 4)
RESETS, HASHES = 60, 100
_PATIENCE = 120.0
_SAM = Actor("U0SAM", TEAM["id"], "Sam Okafor")
_WHY = Answers(reason="forgot", check="called_back", ticket="", note="")


class Taker:
    """A carrier that takes every text at once: Twilio's time is not ours."""

    def post(self, to: str, body: str, *, request_id: str, valid_seconds: int) -> Receipt:  # noqa: ARG002
        return Receipt(f"SM{secrets.token_hex(16)}", "queued", "")

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


class Nobody:
    """Slack's part is not measured here."""

    def submit(self, work: Callable[[], object]) -> None:
        """Not done."""

    def drain(self) -> None:
        """Nothing waits."""


def measure() -> list[Table]:
    with place() as yard:
        return [_table(yard)]


def _table(yard: Yard) -> Table:
    people = [key for key, _ in yard.ordinary(RESETS * len(WORKERS))]
    rows = []
    for at, workers in enumerate(WORKERS):
        mine = people[at * RESETS : (at + 1) * RESETS]
        hashes = _rate(yard, "hash", [[""] * (HASHES // workers)] * workers)
        resets = _rate(yard, "reset", [mine[start::workers] for start in range(workers)])
        own = workers * 1000 * (1 / resets - 1 / hashes)
        rows.append([str(workers), f"{hashes:.0f}", f"{resets:.1f}", f"{resets / hashes:.2f}", f"{own:.0f}"])
    done = yard.own("SELECT count(*) FROM locksmith_request WHERE state = 'sent'")
    if done != [(len(people),)]:
        raise RuntimeError(f"not all were sent: {done}")
    head = ["workers", "hashes/s", "resets/s", "resets to hashes", "ms of its own"]
    return Table(f"Resets, {kind(yard)}", head, rows)


def _rate(yard: Yard, what: str, work: list[list[str]]) -> float:
    """So many a second, each list by a process of its own, whose start and end are not counted."""
    context = multiprocessing.get_context("spawn")
    begin, end = context.Barrier(len(work) + 1), context.Barrier(len(work) + 1)
    workers = [context.Process(target=_work, args=(dict(yard.environ), what, keys, begin, end)) for keys in work]
    for worker in workers:
        worker.start()
    begin.wait(_PATIENCE)
    began = time.perf_counter()
    end.wait(_PATIENCE)
    took = time.perf_counter() - began
    for worker in workers:
        worker.join()
    return sum(map(len, work)) / took


def _work(environ: dict[str, str], what: str, keys: list[str], begin: Barrier, end: Barrier) -> None:
    settings = Settings.load(environ)
    log.configure(settings.environment.log_level)
    policy = replace(settings.policy, busy_agent=0)
    bot = build(replace(settings, policy=policy), Parts(carrier=Taker(), work=Nobody()))
    bot.directory.hash("a temporary one")  # what is looked at once is looked at
    begin.wait(_PATIENCE)
    for key in keys:
        if what == "hash":
            bot.directory.hash("a temporary one")
        else:
            _reset(bot, key)
    end.wait(_PATIENCE)
    bot.close()


def _reset(bot: Bot, key: str) -> None:
    form = bot.resets.form(_SAM, key, reply_url="", channel="C0SUPPORT")
    request = bot.resets.submit(_SAM, form.draft_id, _WHY, modal_id="")
    bot.sender.send(request.id)
