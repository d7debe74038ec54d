"""A phone that rings on the page: answered, declined, and what is said, as a person sees and presses it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from twilio.twiml.voice_response import Gather, VoiceResponse

from sandbox.app import Running
from sandbox.twilio import SENDER
from tests.chromium import CHROMIUM
from tests.sandbox.receiver import Receiver, receiver
from tests.sandbox.test_twilio import client_for

GERALD = "+442079460958"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    faults: list[str] = []
    opened = browser.new_page()
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    yield opened
    opened.close()
    assert faults == []


@pytest.fixture
def app() -> Iterator[Receiver]:
    """Says what comes after the key."""
    with receiver() as opened:
        opened.answer.body = "<Response><Say>M, K, 7, P, dash</Say><Hangup/></Response>"
        opened.answer.content_type = "text/xml"
        yield opened


def call(sandbox: Running, app: Receiver) -> None:
    response = VoiceResponse()
    gather = Gather(num_digits=1, finish_on_key="", timeout=30, action=app.url, method="POST")
    gather.say("Press 1.")
    response.append(gather)
    response.say("Nobody did.")
    client = client_for(sandbox.url)
    client.calls.create(to=GERALD, from_=SENDER, twiml=str(response))
    client.http_client.session.close()


def test_a_phone_rings_and_is_answered(sandbox: Running, app: Receiver, page: Page) -> None:
    page.goto(sandbox.url)
    call(sandbox, app)
    screen = page.get_by_role("group", name="Call from StatStak Labs")
    expect(screen.get_by_role("status")).to_have_text("calls …")
    screen.get_by_role("button", name="Answer").click()
    expect(screen.get_by_role("log", name="What is said")).to_contain_text("Press 1.")
    screen.get_by_role("button", name="Key 1").click()
    assert "Digits=1" in app.next().body
    kept = page.get_by_role("log", name=f"Texts on {GERALD}'s phone")
    expect(kept).to_contain_text("☎ Call")
    expect(kept).to_contain_text("M, K, 7, P, dash")
    expect(page.get_by_text("call completed")).to_be_visible()


@pytest.mark.parametrize(("button", "left"), [("Decline", "☎ Declined call"), ("Voicemail", "☎ Voicemail")])
def test_a_call_that_nobody_takes_leaves_a_trace(
    sandbox: Running, app: Receiver, page: Page, button: str, left: str
) -> None:
    page.goto(sandbox.url)
    call(sandbox, app)
    screen = page.get_by_role("group", name="Call from StatStak Labs")
    screen.get_by_role("button", name=button).click()
    if button == "Voicemail":
        expect(screen.get_by_role("status")).to_have_text("talks to the voicemail")
        expect(screen.get_by_role("button", name="Key 1")).to_have_count(0)
        screen.get_by_role("button", name="Hang up").click()
    expect(page.get_by_role("log", name=f"Texts on {GERALD}'s phone")).to_contain_text(left)
    assert app.got.empty()
