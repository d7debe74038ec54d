"""The composition root: the only place that knows who is who. Nothing global, nothing at import."""

from __future__ import annotations

import logging
import os
import secrets
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import Protocol

import structlog
from pydantic import SecretStr
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient
from sqlalchemy import Engine

from bot.jobs import Job, schedule
from bot.settings import Settings, SettingsError
from bot.twilio_hooks import TwilioHooks
from bot.work import Once, Pool
from handlers import register
from handlers.announce import SlackAnnouncer
from handlers.edge import Edge
from handlers.people import Staff
from handlers.views.undo import PLAIN
from services.approval import Approvals
from services.audit import Audit
from services.calls import Calls, Script
from services.checkin import CheckIns
from services.circuit import Circuit
from services.clock import SystemClock
from services.closing import Closer
from services.corrections import Corrections
from services.counters import Counters
from services.db.migrate import migrate
from services.db.session import Database, make_engine
from services.delivery.twilio import TwilioCarrier, receipt_url
from services.delivery.voice import twiml
from services.directory.check.fitting import misfits
from services.directory.prompt import Prompt
from services.directory.sql import SqlDirectory
from services.errors import DatabaseUnreachable, DirectoryRefused, DirectoryUnreachable
from services.find import Finder
from services.follow import Follower
from services.health import Readiness, Vitals
from services.judge import Judge
from services.lease import Leases
from services.lifecycle import Lifecycle
from services.model import Abilities
from services.optouts import OptOuts, RememberingCarrier
from services.outbox import Outbox
from services.ports import Carrier, Clock, Directory, Executor
from services.posting import Poster
from services.prepare import Preparer
from services.receipts import Receipts
from services.replay import Replays
from services.reset import Resets
from services.search.sync import Index
from services.send import Sender
from services.settle import Sealer, Settler
from services.undo import Undo
from services.unlock import Unlocker
from services.watermark import Watermark

THREADS = 10
"""Work threads and database connections alike."""
SLACK_SECONDS = 3
"""A Slack call inside an answer's three seconds must give up in time."""
SEARCH_LEASE = timedelta(minutes=2)
FILL_SECONDS = 30.0
"""A small directory is found from the first command on; nobody waits for a large one, which a job goes on with."""
DIRECTORY_WAIT_MS = 1000
"""A directory read before an answer gives up after this (PROTOCOL rule 18)."""


class Work(Executor, Protocol):
    """An executor that can be emptied at the end."""

    def drain(self) -> None: ...


@dataclass(frozen=True)
class Parts:
    """What tests and the demo may replace; None means the real thing."""

    clock: Clock | None = None
    work: Work | None = None
    directory: Directory | None = None
    carrier: Carrier | None = None
    pause: Callable[[float], object] | None = None
    """How the sender waits between two tries of a post."""
    name: str = ""
    """By which this process is known in claims and leases."""


@dataclass(frozen=True)
class Bot:
    """One process's worth of Locksmith: `run` for one process, `work` beside HTTP mode's `bot.wsgi`."""

    app: App
    settings: Settings
    database: Database
    audit: Audit
    index: Index
    finder: Finder
    resets: Resets
    approvals: Approvals
    judge: Judge
    circuit: Circuit
    sender: Sender
    follower: Follower
    settler: Settler
    outbox: Outbox
    announcer: SlackAnnouncer
    replays: Replays
    leases: Leases
    directory: Directory
    readiness: Readiness
    twilio_hooks: TwilioHooks | None
    """None without PUBLIC_URL: then Twilio was not told to call us."""
    work: Work
    jobs: list[Job]
    misfits: Callable[[], list[str]]
    """What of [directory] does not fit the product's database."""
    stopping: threading.Event
    """Asked between one piece of work and the next, so that an end takes no longer than one of them."""

    def run(self, stop: threading.Event, ready: Callable[[], None] = lambda: None) -> None:
        """Socket Mode and the jobs in this process, until `stop`; then ends within ten seconds."""
        token = self.settings.environment.slack_app_token
        if token is None:
            raise SettingsError(["SLACK_APP_TOKEN is missing: Socket Mode connects with it"])
        self.refuse_misfits()
        migrate(self.database.engine)
        self._fill_search()
        self.work.submit(self.finder.warm)
        handler = SocketModeHandler(self.app, token.get_secret_value())
        handler.connect()  # type: ignore[no-untyped-call]
        try:
            self.do_jobs(stop, ready)
        finally:
            handler.close()  # type: ignore[no-untyped-call]
            self.close()

    def refuse_misfits(self) -> None:
        """Rather than working by half. A product that is merely away keeps nobody from starting: that passes.

        Raises SettingsError.
        """
        try:
            problems = self.misfits()
        except DirectoryUnreachable:
            alarm("the directory cannot be reached at start; its settings were not checked")
            return
        if problems:
            raise SettingsError(problems)

    def _fill_search(self) -> None:
        """Before the first command; a product that is away only delays it. Raises DirectoryRefused."""
        if not self.leases.hold("search", SEARCH_LEASE):
            return  # another process fills it
        until = monotonic() + FILL_SECONDS
        try:
            self.index.sync(go_on=lambda: monotonic() < until)
        except DirectoryUnreachable:
            alarm("the directory cannot be reached at start; a job tries again")

    def do_jobs(self, stop: threading.Event, ready: Callable[[], None] = lambda: None) -> None:
        """The jobs alone, until `stop`."""
        scheduler = schedule(self.jobs)
        structlog.get_logger().info("running")
        ready()
        while not stop.wait(1):
            pass  # a signal may have reached another thread: Python acts on it when this one wakes
        structlog.get_logger().info("stopping")
        self.stopping.set()
        scheduler.shutdown(wait=True)
        with suppress(DatabaseUnreachable):
            self.leases.release("search")

    def close(self) -> None:
        self.stopping.set()
        self.work.drain()
        self.database.close()


def _product(url: SecretStr) -> Engine:
    return make_engine(url.get_secret_value(), most=THREADS, wait_ms=DIRECTORY_WAIT_MS, ours=False)


def build(settings: Settings, parts: Parts = Parts()) -> Bot:
    """Connects nothing yet: the first use of a database or of Slack is in `Bot.run`."""
    environment, rules = settings.environment, settings.rules
    # Of two containers name and process id may well be the same.
    owner = parts.name or f"{socket.gethostname()[:30]}:{os.getpid()}:{secrets.token_hex(4)}"
    clock = parts.clock or SystemClock()
    stopping = threading.Event()
    work = parts.work or Pool(THREADS, stopping)
    database = Database(make_engine(environment.database_url.get_secret_value(), most=THREADS))
    seals = settings.seals
    audit = Audit(database, seals, clock)
    product = _product(environment.directory_url)
    read_url = environment.directory_read_url
    copy = _product(read_url) if read_url else None
    directory = parts.directory or _directory(settings, product, copy, clock)
    optouts = OptOuts(database, seals, clock, settings.codes.failure)
    carrier = RememberingCarrier(parts.carrier or _twilio(settings), optouts)
    file = settings.file
    approval_channel = file.approval_channel or file.audit_channel
    outbox = Outbox(
        database,
        audit,
        seals,
        clock,
        owner,
        own_approval_card=approval_channel != file.audit_channel,
        stopping=stopping,
    )
    client = _client(settings)
    managers = Staff(client, file.managers, clock, keep=timedelta(0))  # asked anew at every press

    prompt = Prompt(directory)

    def abilities() -> Abilities:
        try:
            return prompt.abilities
        except (DirectoryUnreachable, DirectoryRefused):
            return PLAIN  # a message must not wait for the product

    announcer = SlackAnnouncer(
        client,
        rules,
        file.audit_channel,
        clock,
        approval_channel=file.approval_channel,
        managers=managers,
        manager_ids=file.managers,
        abilities=abilities,
    )

    def announce() -> int:
        return outbox.drain(announcer, alarm)

    lifecycle = Lifecycle(database, audit, outbox, clock, after_commit=Once(work, announce).submit)
    settler = Settler(database, directory, Sealer(seals))
    judge = Judge(database, settings.policy, clock, settings.contacts)
    closer = Closer(
        database=database,
        lifecycle=lifecycle,
        sealer=settler.sealer,
        directory=directory,
        clock=clock,
        alarm=alarm,
    )
    corrections = Corrections(
        database=database,
        lifecycle=lifecycle,
        sealer=settler.sealer,
        directory=directory,
        carrier=carrier,
        seals=seals,
        rules=rules,
        clock=clock,
    )
    preparer = Preparer(
        database=database,
        lifecycle=lifecycle,
        settler=settler,
        closer=closer,
        directory=directory,
        judge=judge,
        seals=seals,
        rules=rules,
        clock=clock,
        alarm=alarm,
    )
    circuit = Circuit(
        database=database,
        audit=audit,
        outbox=outbox,
        carrier=carrier,
        clock=clock,
        alarm=alarm,
        after_commit=lifecycle.committed,
    )
    script = Script(seals, rules, environment.public_url, twiml) if rules.calls else None
    sender = Sender(
        database=database,
        lifecycle=lifecycle,
        settler=settler,
        directory=directory,
        carrier=carrier,
        circuit=circuit,
        poster=Poster(database=database, clock=clock, pause=parts.pause or stopping.wait, stopping=stopping),
        preparer=preparer,
        unlocker=Unlocker(
            database=database, lifecycle=lifecycle, preparer=preparer, directory=directory, clock=clock
        ),
        corrections=corrections,
        rules=rules,
        clock=clock,
        alarm=alarm,
        owner=owner,
        reading_code=settings.codes.failure,
        stopping=stopping,
        script=script,
    )
    follower = Follower(
        database=database,
        lifecycle=lifecycle,
        settler=settler,
        sender=sender,
        closer=closer,
        corrections=corrections,
        directory=directory,
        carrier=carrier,
        clock=clock,
        alarm=alarm,
        owner=owner,
        stopping=stopping,
    )
    counters = Counters(database, clock)
    receipts = Receipts(
        lifecycle=lifecycle,
        follower=follower,
        optouts=optouts,
        counters=counters,
        clock=clock,
        executor=work,
        alarm=alarm,
    )
    calls = (
        Calls(database=database, lifecycle=lifecycle, sender=sender, script=script, clock=clock) if script else None
    )
    resets = Resets(
        database=database,
        lifecycle=lifecycle,
        audit=audit,
        directory=prompt,
        sender=sender,
        seals=seals,
        rules=rules,
        judge=judge,
        clock=clock,
        executor=work,
        watch=lambda request_id: prompt.try_to(lambda: follower.see(request_id)),
    )
    undo = Undo(lifecycle=lifecycle, settler=settler, closer=closer, watcher=follower, clock=clock)
    approvals = Approvals(
        database=database,
        lifecycle=lifecycle,
        audit=audit,
        outbox=outbox,
        directory=prompt,
        sender=sender,
        seals=seals,
        rules=rules,
        clock=clock,
        executor=work,
    )
    finder = Finder(database=database, directory=prompt, audit=audit, rules=rules, judge=judge, seals=seals)
    checkins = CheckIns(database=database, lifecycle=lifecycle, audit=audit, outbox=outbox, clock=clock)
    index = Index(database, directory, settings.contacts, clock)
    replays, leases = Replays(database, clock), Leases(database, clock, owner)
    app = App(
        name="locksmith",  # or Bolt looks through the whole stack for one
        logger=logging.getLogger("slack_bolt"),  # or Bolt gives its own loggers the root's level
        client=client,
        authorize=_authorize(environment.slack_bot_token.get_secret_value()),
        process_before_response=True,  # otherwise every answer waits for a 10 ms poll
        token_verification_enabled=False,  # `Staff` asks who we are when it is first needed
        request_verification_enabled=False,  # the socket is authenticated; for HTTP `bot/wsgi.py` checks
    )
    edge = Edge(
        staff=Staff(client, file.agents, clock, groups=file.groups),
        managers=managers,
        managers_lately=Staff(client, file.managers, clock),
        manager_ids=file.managers,
        finder=finder,
        resets=resets,
        approvals=approvals,
        checkins=checkins,
        undo=undo,
        abilities=abilities,
        rules=rules,
        clock=clock,
    )
    register(app, edge)
    watermark = Watermark(database, audit, clock, alarm)
    return Bot(
        app=app,
        settings=settings,
        database=database,
        audit=audit,
        index=index,
        finder=finder,
        resets=resets,
        approvals=approvals,
        judge=judge,
        circuit=circuit,
        sender=sender,
        follower=follower,
        settler=settler,
        outbox=outbox,
        announcer=announcer,
        replays=replays,
        leases=leases,
        directory=directory,
        readiness=Readiness(
            Vitals(database.engine, product, directory, settings.mapping, clock, environment.twilio_api_url)
        ),
        twilio_hooks=_hooks(settings, receipts, optouts, counters, clock, calls=calls),
        work=work,
        stopping=stopping,
        misfits=list if parts.directory else partial(misfits, product, settings.mapping, copy),
        jobs=[
            Job("announce", 1, announce),
            Job("follow", 1, lambda: watermark.steady() and follower.look_all()),
            Job("pick up", 5, lambda: watermark.steady() and sender.pick_up()),
            Job("try the carrier again", 5, circuit.probe),
            Job("end a pause", 5, approvals.end_pause),
            Job("remind and expire", 5, approvals.remind_and_expire),
            Job("ask and call for help", 5, checkins.tick),
            Job("tell yesterday", 300, approvals.tell_yesterday),
            Job("keep search in step", 60, partial(_search, index, leases, stopping)),
            Job("forget", 60, lambda: (follower.forget(), replays.forget())),
        ],
    )


def _search(index: Index, leases: Leases, stopping: threading.Event) -> int:
    """One round, as long as no other process has taken it over."""

    def go_on() -> bool:
        return not stopping.is_set() and leases.hold("search", SEARCH_LEASE)

    return index.sync(go_on=go_on) if go_on() else 0


def _authorize(token: str) -> Callable[[], AuthorizeResult]:
    """One workspace, one token: Bolt need not ask Slack who we are before it answers a click."""
    return lambda: AuthorizeResult(enterprise_id=None, team_id=None, bot_token=token)


def alarm(what: str, **ids: str) -> None:
    """Something needs a person who operates Locksmith."""
    structlog.get_logger().error("alarm", what=what, **ids)


def _client(settings: Settings) -> WebClient:
    environment = settings.environment
    return WebClient(
        token=environment.slack_bot_token.get_secret_value(),
        base_url=environment.slack_api_url,
        timeout=SLACK_SECONDS,
        retry_handlers=[],  # a repeated post would double a message; the outbox decides what is tried again
    )


def _directory(settings: Settings, product: Engine, copy: Engine | None, clock: Clock) -> SqlDirectory:
    return SqlDirectory(
        product,
        settings.mapping,
        settings.rules.region,
        reading=copy,
        pepper=settings.environment.directory_pepper.get_secret_value(),
        clock=clock,
    )


def _twilio(settings: Settings) -> TwilioCarrier:
    environment = settings.environment
    token, secret = environment.twilio_auth_token, environment.twilio_api_secret
    by_key = environment.twilio_api_key and secret is not None
    password = secret if by_key else token
    if password is None:
        raise ValueError("settings check this")
    return TwilioCarrier(
        environment.twilio_account_sid,
        environment.twilio_api_key if by_key else environment.twilio_account_sid,
        password.get_secret_value(),
        environment.twilio_messaging_service_sid or environment.twilio_from,
        api_url=environment.twilio_api_url,
        callback_url=partial(receipt_url, environment.public_url) if environment.public_url else None,
        codes=settings.codes,
        caller=environment.caller,
    )


def _hooks(
    settings: Settings,
    receipts: Receipts,
    optouts: OptOuts,
    counters: Counters,
    clock: Clock,
    *,
    calls: Calls | None,
) -> TwilioHooks | None:
    environment = settings.environment
    if not environment.public_url or environment.twilio_auth_token is None:
        return None
    return TwilioHooks(
        environment.public_url,
        environment.twilio_auth_token.get_secret_value(),
        environment.twilio_messaging_service_sid or environment.twilio_from,
        receipts=receipts,
        optouts=optouts,
        counters=counters,
        clock=clock,
        calls=calls,
    )


def stop_on_signals() -> threading.Event:
    """Set by SIGTERM and SIGINT. By a thread of its own: the main thread may be interrupted just while it holds the
    event's lock, and would wait for itself.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=stop.set, daemon=True).start())
    return stop
