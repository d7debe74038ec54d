"""Whole resets a second through the services, beside what the machine can hash: nothing else should be felt."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
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

THREADS = (1, 2, 4)
RESETS, HASHES = 60, 100
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
        settings = Settings.load(yard.environ)
        policy = replace(settings.policy, busy_agent=0)
        log.configure(settings.environment.log_level)
        bot = build(replace(settings, policy=policy), Parts(carrier=Taker(), work=Nobody()))
        try:
            return [_table(yard, bot)]
        finally:
            bot.close()


def _table(yard: Yard, bot: Bot) -> Table:
    people = [key for key, _ in yard.ordinary(RESETS * len(THREADS))]
    rows = []
    for at, threads in enumerate(THREADS):
        mine = people[at * RESETS : (at + 1) * RESETS]
        hashes = _rate(threads, [lambda: bot.directory.hash("a temporary one")] * HASHES)
        resets = _rate(threads, [lambda key=key: _reset(bot, key) for key in mine])  # type: ignore[misc]
        own = threads * 1000 * (1 / resets - 1 / hashes)
        rows.append([str(threads), f"{hashes:.0f}", f"{resets:.1f}", f"{resets / hashes:.2f}", f"{own:.0f}"])
    done = yard.own("SELECT count(*) FROM locksmith_request WHERE state = 'sent'")
    if done != [(len(people),)]:
        raise RuntimeError(f"not all were sent: {done}")
    head = ["threads", "hashes/s", "resets/s", "resets to hashes", "ms of its own"]
    return Table(f"Resets, {kind(yard)}", head, rows)


def _reset(bot: Bot, key: str) -> None:
    form = bot.resets.form(_SAM, key, reply_url="", channel="C0SUPPORT")
    request = bot.resets.submit(_SAM, form.draft_id, _WHY, modal_id="")
    bot.sender.send(request.id)


def _rate(threads: int, work: list[Callable[[], object]]) -> float:
    """So many a second."""
    with ThreadPoolExecutor(threads) as pool:
        began = time.perf_counter()
        list(pool.map(lambda one: one(), work))
        return len(work) / (time.perf_counter() - began)
