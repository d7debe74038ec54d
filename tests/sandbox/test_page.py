"""What the page draws that the demo's own story never shows: menus that ask the app, the Home tab, several people."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from slack_sdk.socket_mode.request import SocketModeRequest

from sandbox.app import Running
from tests.chromium import CHROMIUM
from tests.sandbox.slack_app import Json, Person, SlackApp, actions, button, modal, option, plain, section

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    faults: list[str] = []
    opened = browser.new_page()
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    yield opened
    opened.close()
    assert faults == []


def suggest(request: SocketModeRequest) -> Json | None:
    if request.payload.get("type") != "block_suggestion":
        return None
    return {"options": [option("jane", "Jane Doe"), option("jan", "Jan Dorn")]}


def test_a_menu_that_asks_the_app_then_home_then_several_people(
    sandbox: Running, app: SlackApp, sam: Person, page: Page
) -> None:
    app.answer = suggest
    sam.command("/reset-user x")
    menu = {"type": "external_select", "action_id": "who", "min_query_length": 2, "focus_on_load": True}
    field = {"type": "input", "block_id": "person", "label": plain("Person"), "element": menu}
    app.web.views_open(trigger_id=app.next()["trigger_id"], view=modal(field))
    app.web.views_publish(user_id="U0SAM", view={"type": "home", "blocks": [section("At home"), actions(button())]})
    several = app.web.conversations_open(users=["U0SAM", "U0MAYA"])["channel"]["id"]
    app.web.chat_postMessage(channel=several, text="hello both")

    page.goto(sandbox.url)
    box = page.get_by_role("combobox", name="Person")
    expect(box).to_be_focused()
    box.press_sequentially("j")
    expect(page.get_by_role("status").filter(has_text="Type 2 or more characters")).to_be_visible()
    box.press_sequentially("a")
    expect(page.get_by_role("option", name="Jane Doe", selected=True)).to_be_visible()
    box.press("ArrowDown")
    box.press("Enter")
    expect(box).to_have_value("Jan Dorn")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)

    page.locator("button[data-channel=D0SAM]").click()
    expect(page.get_by_role("tab", name="Home", selected=True)).to_be_visible()
    home = page.get_by_role("tabpanel", name="Home of Locksmith")
    expect(home.get_by_text("At home")).to_be_visible()
    home.get_by_role("button", name="Go").click()
    page.get_by_role("tab", name="Messages").click()
    expect(page.get_by_label("Message Locksmith")).to_be_visible()

    entry = page.get_by_role("button", name="Locksmith, Maya Lindqvist, 1 unread, 1 for you")
    entry.click()
    expect(page.get_by_text("hello both")).to_be_visible()
