"""PostgreSQL really stopped and started in the middle of resets: both databases at once, in order and by a crash."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bot import demo_data
from handlers.sentences import CAUSES
from services.db.migrate import migrate
from services.db.session import make_engine
from services.model import Cause
from tests.processes.cluster import Cluster, Mode, open_cluster
from tests.processes.conftest import PEOPLE, open_for_business
from tests.processes.moves import cards, choose_own, ended, numbers_of, open_announcements, secret_in
from tests.processes.patience import eventually
from tests.processes.wire import get
from tests.processes.yard import Stores, Yard, open_yard, rows
from tests.scenario.moves import fill_in, open_form

AWAY = CAUSES[Cause.DATABASE_UNREACHABLE].happened


def test_postgresql_restarts_in_the_middle_of_resets(tmp_path: Path) -> None:
    """Signed HTTP, two web processes, two workers: each reset ends as if nothing had been."""
    with open_cluster() as cluster, open_yard(stores(cluster), tmp_path / "yard", http=True, moved=True) as yard:
        open_for_business(yard, (2,))
        (_, first), (_, second), (_, third) = yard.ordinary(3)
        in_flight(yard, cluster, first, also=third)
        waiting_for_sign_in(yard, cluster, second)
        yard.assert_audit_unbroken()
        assert "Traceback" not in "".join(one.said for one in yard.processes)


def in_flight(yard: Yard, cluster: Cluster, email: str, *, also: str) -> None:
    """Stopped in order while the carrier has the text and has not answered; `also`: whose form was open by then."""
    sam, ana = yard.person("sam"), yard.person("ana")
    yard.twilio(code="hang", times=1, kept=True)
    open_form(ana, also)
    fill_in(ana)
    open_form(sam, email)
    fill_in(sam)
    sam.submit()
    eventually("the text is on its way", lambda: texts(yard, email))
    with away(yard, cluster, "fast"):
        ana.submit()
        assert AWAY in ana.modal.text
    assert texts(yard, also) == []
    signs_in(yard, email)


def waiting_for_sign_in(yard: Yard, cluster: Cluster, email: str) -> None:
    """Crashed while the text is on the phone."""
    sam = yard.person("sam")
    sam.reload()
    open_form(sam, email)
    fill_in(sam)
    sam.submit()
    eventually("the text is on the phone", lambda: texts(yard, email))
    with away(yard, cluster, "immediate"):
        pass
    signs_in(yard, email)


def signs_in(yard: Yard, email: str) -> None:
    """With the one text there is; and everything is told."""
    eventually("the password is set", lambda: ended(yard, [email])["delivered"])
    (text,) = texts(yard, email)
    choose_own(yard, email, secret_in(text))
    eventually("it is seen", lambda: ended(yard, [email])["completed"])
    eventually("all is told", lambda: not open_announcements(yard))
    assert [card.text.startswith("Own password chosen") for card in cards(yard, email)] == [True]
    assert texts(yard, email) == [text]


@contextmanager
def away(yard: Yard, cluster: Cluster, mode: Mode) -> Iterator[None]:
    """Nobody restarts anything but the database."""
    web, ben = yard.webs[0], yard.person("ben")
    cluster.stop(mode)
    assert AWAY in ben.command("/reset-user somebody").text
    assert ben.told_by_slack == []
    assert get(f"{web}/readyz")[0] == 503
    assert get(f"{web}/healthz")[0] == 200
    yield
    cluster.start()
    eventually("it is ready again, by itself", lambda: all(map(reaches_both, yard.webs)))
    yard.pass_time(130)  # leases of what was being done just then run out; the carrier's list proves a post
    assert "Nobody matches" in ben.command("/reset-user somebody").text


def reaches_both(web: str) -> bool:
    """As readiness says; its clocks are another matter, where a test moves them."""
    said = get(f"{web}/readyz")[1].splitlines()
    return {"own database: ok", "directory: ok"} <= set(said)


def texts(yard: Yard, email: str) -> list[dict[str, object]]:
    return yard.texts_to(numbers_of(yard, [email])[email])


def stores(cluster: Cluster) -> Stores:
    made = Stores(cluster.address("locksmith"), cluster.address("product"))
    for name in ("locksmith", "product"):
        rows(cluster.address(), f"CREATE DATABASE {name}", outside=True)
    engine = make_engine(made.own)
    migrate(engine)
    engine.dispose()
    demo_data.make(made.product, PEOPLE, now=datetime.now(UTC))
    return made
