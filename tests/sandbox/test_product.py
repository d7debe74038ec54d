"""The stand-in product: what its sign-in takes and refuses, on real sockets and a real database."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from argon2 import PasswordHasher
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool

from bot.demo_data import JANES_OLD_PASSWORD, make
from sandbox.product import Elsewhere, Product
from tests.sandbox.served import HeldClock, Listener, Stage, stage

JANE = "jane.doe@acme.example"
TEMPORARY = "mk7p-4rwx-h9qd-t3vc"
OWN = "three small wet dogs"
WRONG, EXPIRED, USED = "Wrong password", "has expired", "already used"


@dataclass
class Browser:
    """A person at a keyboard: keeps cookies, follows redirects."""

    root: str
    session: requests.Session = field(default_factory=requests.Session)

    def get(self, page: str) -> requests.Response:
        return self.session.get(f"{self.root}/product/{page}", timeout=10)

    def post(self, page: str, **form: str) -> requests.Response:
        return self.session.post(f"{self.root}/product/{page}", data=form, timeout=10)

    def sign_in(self, password: str, email: str = JANE) -> requests.Response:
        return self.post("sign-in", email=email, password=password)

    def choose(self, new: str, again: str | None = None, **more: str) -> requests.Response:
        return self.post("choose-password", new=new, again=new if again is None else again, **more)


@dataclass
class Bench:
    root: str
    product: Product
    clock: HeldClock
    listener: Listener
    engine: Engine
    browsers: list[Browser] = field(default_factory=list)

    def browser(self) -> Browser:
        self.browsers.append(Browser(self.root))
        return self.browsers[-1]

    def jane(self) -> Any:
        with self.engine.connect() as connection:
            return connection.execute(text("SELECT * FROM people WHERE id = 1")).one()

    def change(self, **values: object) -> None:
        columns = ", ".join(f"{name} = :{name}" for name in values)
        with self.engine.begin() as connection:
            connection.execute(text(f"UPDATE people SET {columns} WHERE id = 1"), values)  # noqa: S608

    def send_temporary(self, *, minutes: int = 60, **more: object) -> None:
        """Write what Locksmith writes."""
        expires = datetime.fromtimestamp(self.clock.at, UTC).replace(tzinfo=None) + timedelta(minutes=minutes)
        self.change(
            temporary_password_hash=PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1).hash(TEMPORARY),
            temporary_password_expires_at=str(expires),
            temporary_password_used_at=None,
            must_change_password=True,
            **more,
        )


@pytest.fixture(scope="module")
def opened() -> Iterator[Stage]:
    with stage() as server:
        yield server


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The demo's database as a file, made once."""
    path = tmp_path_factory.mktemp("product") / "product.db"
    make(f"sqlite:///{path}", 0, now=datetime.fromtimestamp(HeldClock.at, UTC))
    return path.read_bytes()


@pytest.fixture
def bench(opened: Stage, filled: bytes, tmp_path: Path) -> Iterator[Bench]:
    path = tmp_path / "product.db"
    path.write_bytes(filled)
    clock, listener = HeldClock(), Listener()
    product = Product(f"sqlite:///{path}", clock, listener.changed)
    opened.show(product.routes())
    bench = Bench(opened.url, product, clock, listener, create_engine(f"sqlite:///{path}", poolclass=NullPool))
    yield bench
    for browser in bench.browsers:
        browser.session.close()


@pytest.fixture
def browser(bench: Bench) -> Browser:
    return bench.browser()


# --- the person's own password --------------------------------------------------------------------


def test_the_form_knows_the_address_and_the_first_look_shows_the_problem(browser: Browser) -> None:
    calm = browser.get(f"sign-in?email={JANE}")
    assert f'value="{JANE}"' in calm.text
    assert WRONG not in calm.text
    assert WRONG in browser.get(f"sign-in?email={JANE}&wrong=1").text


def test_the_own_password_opens_the_account(bench: Bench, browser: Browser) -> None:
    bench.listener.event.clear()
    home = browser.sign_in(JANES_OLD_PASSWORD)
    assert home.url.endswith("/product/home")
    assert "Jane Doe" in home.text
    assert bench.jane().last_sign_in_at.startswith("2027-01-15 08:00:00")
    assert bench.jane().session_version == 1
    assert bench.listener.event.is_set()


def test_the_address_may_be_written_in_any_case(browser: Browser) -> None:
    assert browser.sign_in(JANES_OLD_PASSWORD, " Jane.DOE@acme.example ").url.endswith("/home")


@pytest.mark.parametrize(
    ("email", "password"), [(JANE, "wrong"), (JANE, ""), ("nobody@acme.example", JANES_OLD_PASSWORD), ("", "")]
)
def test_a_wrong_password(browser: Browser, email: str, password: str) -> None:
    page = browser.sign_in(password, email)
    assert WRONG in page.text
    assert "statstak" not in browser.session.cookies


def test_five_wrong_passwords_lock_an_account_for_an_hour(bench: Bench, browser: Browser) -> None:
    locked = "This account is locked"
    said = [browser.sign_in("wrong").text for _ in range(5)]
    assert [locked in text for text in said] == [False] * 4 + [True]
    assert locked in browser.sign_in(JANES_OLD_PASSWORD).text
    bench.clock.at += 3601
    assert "Jane Doe" in browser.sign_in(JANES_OLD_PASSWORD).text
    assert bench.jane().failed_sign_ins == 0


def test_the_right_password_in_time_begins_the_count_anew(browser: Browser) -> None:
    for _ in range(2):
        for _ in range(4):
            assert WRONG in browser.sign_in("wrong").text
        assert "Jane Doe" in browser.sign_in(JANES_OLD_PASSWORD).text


@pytest.mark.parametrize("kept", [None, "", "!", "plain", "$2b$12$abcdefghijklmnopqrstuv"])
def test_an_unusable_hash_opens_nothing(bench: Bench, browser: Browser, kept: str | None) -> None:
    bench.change(password_hash=kept)
    assert WRONG in browser.sign_in(kept or "x").text


def test_a_deactivated_person_learns_it_only_with_the_right_password(bench: Bench, browser: Browser) -> None:
    bench.send_temporary(active=False)
    assert WRONG in browser.sign_in("guess").text
    assert "deactivated" in browser.sign_in(JANES_OLD_PASSWORD).text
    assert "deactivated" in browser.sign_in(TEMPORARY).text
    assert bench.jane().temporary_password_used_at is None


def test_the_own_password_goes_on_working_beside_a_temporary_one(bench: Bench, browser: Browser) -> None:
    bench.send_temporary()
    assert browser.sign_in(JANES_OLD_PASSWORD).url.endswith("/home")
    assert bench.jane().temporary_password_hash is not None


def test_changing_the_own_password(bench: Bench, browser: Browser) -> None:
    bench.send_temporary()
    elsewhere = bench.browser()
    for each in (elsewhere, browser):
        each.sign_in(JANES_OLD_PASSWORD)
    assert 'name="current"' in browser.get("choose-password").text
    assert WRONG in browser.choose(OWN, current="guess").text
    assert browser.choose(OWN, current=JANES_OLD_PASSWORD).url.endswith("/home?changed=1")
    jane = bench.jane()
    assert jane.temporary_password_hash is jane.temporary_password_expires_at is None
    assert not jane.must_change_password
    assert elsewhere.get("home").url.endswith("/sign-in")
    assert WRONG in bench.browser().sign_in(TEMPORARY).text
    assert bench.product.story() == {"own_password_chosen": False}


# --- a temporary password -------------------------------------------------------------------------


def test_the_story_of_a_temporary_password(bench: Bench, browser: Browser) -> None:
    bench.send_temporary()
    elsewhere = bench.browser()
    elsewhere.sign_in(JANES_OLD_PASSWORD)
    page = browser.sign_in(TEMPORARY)
    assert page.url.endswith("/choose-password")
    jane = bench.jane()
    assert jane.temporary_password_used_at == jane.last_sign_in_at
    assert (jane.last_sign_in_at[:19], jane.session_version) == ("2027-01-15 08:00:00", 2)
    assert elsewhere.get("home").url.endswith("/sign-in"), "open sign-ins end"
    assert browser.get("home").url.endswith("/choose-password"), "nothing else before an own one"

    bench.listener.event.clear()
    assert "is saved" in browser.choose(OWN).text
    jane = bench.jane()
    assert PasswordHasher().verify(jane.password_hash, OWN)
    assert jane.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert jane.password_changed_at.startswith("2027-01-15 08:00:00")
    assert jane.temporary_password_hash is None
    assert jane.temporary_password_expires_at is jane.temporary_password_used_at is None
    assert not jane.must_change_password
    assert bench.product.story() == {"own_password_chosen": True}
    assert bench.listener.event.is_set()
    assert bench.browser().sign_in(OWN).url.endswith("/home")
    assert WRONG in bench.browser().sign_in(JANES_OLD_PASSWORD).text


def test_it_works_once(bench: Bench, browser: Browser) -> None:
    bench.send_temporary()
    browser.sign_in(TEMPORARY)
    again = bench.browser().sign_in(TEMPORARY)
    assert USED in again.text
    assert browser.get("choose-password").url.endswith("/choose-password"), "the first one is still in"


def test_it_works_once_even_for_two_at_the_same_time(bench: Bench) -> None:
    bench.send_temporary()
    browsers = [bench.browser() for _ in range(6)]
    with ThreadPoolExecutor(len(browsers)) as pool:
        pages = list(pool.map(lambda each: each.sign_in(TEMPORARY), browsers))
    assert sorted(page.url.endswith("/choose-password") for page in pages) == [False] * 5 + [True]
    assert bench.jane().session_version == 2


def test_it_expires_by_the_sandbox_clock(bench: Bench, browser: Browser) -> None:
    bench.send_temporary(minutes=60)
    bench.clock.at += 3600
    assert EXPIRED in browser.sign_in(TEMPORARY).text
    bench.clock.at -= 1
    assert browser.sign_in(TEMPORARY).url.endswith("/choose-password")


def test_without_an_end_it_does_not_work(bench: Bench, browser: Browser) -> None:
    bench.send_temporary()
    bench.change(temporary_password_expires_at=None)
    assert EXPIRED in browser.sign_in(TEMPORARY).text


def test_blanks_around_a_copied_one_do_not_matter(bench: Bench, browser: Browser) -> None:
    bench.send_temporary()
    assert WRONG in browser.sign_in(TEMPORARY.replace("-", "")).text
    assert browser.sign_in(f" {TEMPORARY}\n").url.endswith("/choose-password")


def test_without_must_change_it_leads_home(bench: Bench, browser: Browser) -> None:
    bench.send_temporary()
    bench.change(must_change_password=False)
    assert browser.sign_in(TEMPORARY).url.endswith("/home")


@pytest.mark.parametrize(
    ("new", "again", "said"),
    [
        ("short 7", None, "at least 8"),
        (TEMPORARY, None, "is the temporary password"),
        (OWN, "three small wet cats", "not the same"),
    ],
)
def test_choices_that_are_refused(bench: Bench, browser: Browser, new: str, again: str | None, said: str) -> None:
    bench.send_temporary()
    browser.sign_in(TEMPORARY)
    assert said in browser.choose(new, again).text
    assert bench.jane().must_change_password
    assert browser.choose(OWN).url.endswith("/home?changed=1")


def test_choosing_is_bound_to_the_browser_that_signed_in(bench: Bench, browser: Browser) -> None:
    bench.send_temporary()
    browser.sign_in(TEMPORARY)
    before = bench.jane().password_hash
    assert "Sign in again" in bench.browser().choose(OWN).text
    assert bench.jane().password_hash == before


def test_a_forged_cookie_opens_nothing(bench: Bench, browser: Browser) -> None:
    bench.send_temporary()
    browser.sign_in(TEMPORARY)
    real = browser.session.cookies["statstak"]
    for forged in (real[:-1] + "x", real.replace("1.", "2.", 1), "1.2.temporary", "", "é", "..."):
        stranger = bench.browser()
        stranger.session.headers["Cookie"] = f"statstak={forged}".encode().decode("latin-1")
        assert stranger.get("home").url.endswith("/sign-in")


def test_withdrawing_it_ends_the_choice_too(bench: Bench, browser: Browser) -> None:
    bench.send_temporary()
    browser.sign_in(TEMPORARY)
    bench.change(temporary_password_hash=None, temporary_password_expires_at=None, temporary_password_used_at=None)
    assert "Sign in again" in browser.choose(OWN).text
    assert browser.sign_in(JANES_OLD_PASSWORD).url.endswith("/home")


def test_a_later_version_ends_the_session(bench: Bench, browser: Browser) -> None:
    browser.sign_in(JANES_OLD_PASSWORD)
    bench.change(session_version=7)
    assert browser.get("home").url.endswith("/sign-in")


def test_signing_out(browser: Browser) -> None:
    browser.sign_in(JANES_OLD_PASSWORD)
    assert browser.post("sign-out").url.endswith("/sign-in")
    assert browser.get("home").url.endswith("/sign-in")


# --- the pages ------------------------------------------------------------------------------------


def test_the_pages_may_be_framed_by_their_own_origin_only(browser: Browser) -> None:
    page = browser.get("sign-in")
    assert "frame-ancestors 'self'" in page.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in page.headers
    assert page.headers["Cache-Control"] == "no-store"


def test_every_field_has_its_label_and_nothing_comes_from_outside(bench: Bench, browser: Browser) -> None:
    bench.send_temporary()
    for page in (browser.get("sign-in?wrong=1").text, browser.sign_in(TEMPORARY).text):
        fields = re.findall(r'<input id="([^"]+)"', page)
        assert fields
        assert all(f'<label for="{name}">' in page for name in fields)
        assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
        assert "autofocus" not in page, "it would take the focus from the page around it"


def test_hostile_names_stay_text(bench: Bench, browser: Browser) -> None:
    bench.change(first_name="<b>Jane</b>", last_name="\u202eDoe")
    home = browser.sign_in(JANES_OLD_PASSWORD).text
    assert "&lt;b&gt;Jane&lt;/b&gt;" in home
    assert "<b>Jane" not in home


def test_an_address_in_the_link_stays_text(browser: Browser) -> None:
    assert '"><script>' not in browser.get("sign-in?email=%22%3E%3Cscript%3E").text


@pytest.mark.parametrize("made", [False, True])
def test_a_missing_database_or_table_gives_a_friendly_page(opened: Stage, tmp_path: Path, made: bool) -> None:
    path = tmp_path / "product.db"
    if made:
        path.touch()
    product = Product(f"sqlite:///{path}", HeldClock(), lambda: None)
    opened.show(product.routes())
    browser = Browser(opened.url)
    with browser.session:
        page = browser.sign_in("anything")
        assert (page.status_code, "Back in a moment" in page.text) == (503, True)
        assert "Sign in" in browser.get("sign-in").text
    assert product.people_with_phones() == []
    assert path.exists() is made


# --- the phones beside it -------------------------------------------------------------------------


def test_the_phones_shown(bench: Bench) -> None:
    people = bench.product.people_with_phones()
    assert people[0] == {"number": "+12025550142", "name": "Jane Doe", "email": JANE}
    assert people[1] == {"number": "+12025550117", "name": "Jane Doe", "email": "j.doe@acme.example"}
    assert 4 <= len(people) <= 5
    assert len({each["number"] for each in people}) == len(people)


def test_phones_follow_the_record(bench: Bench) -> None:
    bench.change(phone="+44 20 7946 0958")
    assert bench.product.people_with_phones()[0]["email"] == "j.doe@acme.example"
    bench.change(phone="call reception")
    assert bench.product.people_with_phones()[0]["email"] == "j.doe@acme.example"


class Site(ThreadingHTTPServer):
    """Tells the demo's page the same to every question."""

    def __init__(self, told: dict[str, Any]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps(told).encode())

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the standard library's name)
                """Nothing of it belongs into the tests' output."""

        super().__init__(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server_port}"
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


def test_a_site_elsewhere_is_shown_as_it_last_said() -> None:
    """A product of its own (`--product-site`) may be away: the page goes on with what it knows."""
    person = {"first_name": "Jane", "last_name": "Doe", "email": JANE, "phone": "202-555-0142"}
    site = Site({"people": [person, {**person, "phone": "reception"}], "own_password_chosen": True})
    elsewhere = Elsewhere(site.address)
    assert (elsewhere.sign_in_page, elsewhere.routes()) == (f"{site.address}/sign-in/", [])
    assert not elsewhere.story()["own_password_chosen"]
    shown = [{"number": "+12025550142", "name": "Jane Doe", "email": JANE}]
    assert elsewhere.people_with_phones() == shown
    site.close()
    assert elsewhere.people_with_phones() == shown
    assert elsewhere.story()["own_password_chosen"]
