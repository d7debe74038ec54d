"""The page shows what Slack shows: markup, times, mentions, menus, forms; to eyes, keyboards and screen readers.

Sources: docs.slack.dev/messaging/formatting-message-text, …/reference/block-kit/blocks/*, …/block-elements/*,
…/reference/block-kit/composition-objects/confirmation-dialog-object, docs.slack.dev/surfaces/modals.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from bot import demo_data
from sandbox.app import Running, start
from tests.chromium import CHROMIUM
from tests.sandbox.slack_app import (
    Json,
    Person,
    SlackApp,
    actions,
    button,
    call,
    modal,
    option,
    plain,
    section,
    text_input,
    write_manifest,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]
NOON_UTC = 1763899200  # 2025-11-23 12:00
CONFIRM: Json = {
    "title": plain("Approve?"),
    "text": plain("Text a temporary password now?"),
    "confirm": plain("Approve"),
    "deny": plain("Cancel"),
    "style": "danger",
}


@pytest.fixture
def page(browser: Browser, sandbox: Running) -> Iterator[Page]:
    yield from opened(browser, sandbox.url)


def opened(browser: Browser, url: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(url)
    yield page
    context.close()
    assert faults == []


def newest(page: Page) -> Locator:
    return page.get_by_role("log", name="Messages in #support").get_by_role("article").last


def posted(app: SlackApp, page: Page, text: str = "", **more: object) -> Locator:
    ts = app.web.chat_postMessage(channel="C0SUPPORT", text=text, **more)["ts"]  # type: ignore[arg-type]
    message = page.locator(f"article[data-ts='{ts}']")
    expect(message).to_be_visible()
    return message


# --- text -----------------------------------------------------------------------------------------


def test_mrkdwn_mentions_and_links(app: SlackApp, page: Page) -> None:
    message = posted(
        app,
        page,
        "*bold* _slanted_ ~gone~ `code` 2*3*4 snake_case_name\n&gt; quoted\n<https://example.com|a link>"
        " <@U0MAYA> <!subteam^S0MANAGERS> <#C0SUPPORT> <!here> :lock:",
    )
    for tag, words in (
        ("strong", "bold"),
        ("em", "slanted"),
        ("s", "gone"),
        ("code", "code"),
        ("blockquote", "quoted"),
    ):
        expect(message.locator(f".text {tag}")).to_have_text(words)
    expect(message.get_by_text("2*3*4 snake_case_name")).to_be_visible()  # in the middle of a word it is no markup
    expect(message.get_by_role("link", name="a link")).to_have_attribute("href", "https://example.com")
    for mention in ("@Maya Lindqvist", "@support-managers", "#support", "@here"):
        expect(message.locator(".mention", has_text=mention)).to_be_visible()
    expect(message.get_by_role("img", name="lock")).to_be_visible()


def test_what_is_escaped_stays_what_it_is(app: SlackApp, page: Page) -> None:
    """A name like `<!channel>` or a piece of HTML is text, in mrkdwn and in plain text alike."""
    hostile = "&lt;!channel&gt; &lt;b&gt;no&lt;/b&gt; AT&amp;T &amp;lt;"
    message = posted(app, page, hostile)
    expect(message.locator(".text")).to_have_text("<!channel> <b>no</b> AT&T &lt;")
    expect(message.locator(".mention")).to_have_count(0)
    message = posted(app, page, "x", blocks=[{"type": "header", "text": plain("*no* <!channel> <i>x</i>")}])
    expect(message.get_by_role("heading")).to_have_text("*no* <!channel> <i>x</i>")


def test_a_time_is_the_readers(app: SlackApp, page: Page) -> None:
    """`<!date>` in the zone of whoever looks; with an unknown token the fallback."""
    message = posted(app, page, f"<!date^{NOON_UTC}^at {{time}}|noon> or <!date^{NOON_UTC}^{{moon}}|fallback>")
    expect(message.locator("time", has_text="at 07:00")).to_be_visible()
    expect(message.get_by_text("fallback")).to_be_visible()
    page.get_by_role("button", name="Be Ben Fischer, agent").click()
    expect(newest(page).locator("time", has_text="at 13:00")).to_be_visible()


def test_rich_text(app: SlackApp, page: Page) -> None:
    def run(**more: object) -> Json:
        return {"type": "text", **more}

    def line(*elements: Json) -> Json:
        return {"type": "rich_text_section", "elements": list(elements)}

    block = {
        "type": "rich_text",
        "elements": [
            line(
                run(text="*Jane* <b>", style={"bold": True}),
                {"type": "user", "user_id": "U0SAM"},
                {"type": "usergroup", "usergroup_id": "S0AGENTS"},
                {"type": "date", "timestamp": NOON_UTC, "format": "{time}", "fallback": "noon"},
                {"type": "link", "url": "https://example.com", "text": "ticket"},
            ),
            {
                "type": "rich_text_list",
                "style": "ordered",
                "elements": [line(run(text="one")), line(run(text="two"))],
            },
            {"type": "rich_text_quote", "elements": [run(text="quoted")]},
            {"type": "rich_text_preformatted", "elements": [run(text="a  b")]},
        ],
    }
    message = posted(app, page, "x", blocks=[block])
    expect(message.locator("strong", has_text="*Jane* <b>")).to_be_visible()
    expect(message.locator(".mention.mine", has_text="@Sam Okafor")).to_be_visible()
    expect(message.locator(".mention.mine", has_text="@support-agents")).to_be_visible()
    expect(message.locator("time", has_text="07:00")).to_be_visible()
    expect(message.get_by_role("link", name="ticket")).to_be_visible()
    expect(message.get_by_role("listitem")).to_have_text(["one", "two"])
    expect(message.locator("blockquote")).to_have_text("quoted")
    assert message.locator("pre").text_content() == "a  b"


def test_blocks_without_words_for_a_screen_reader_are_marked_in_red(app: SlackApp, page: Page) -> None:
    with pytest.warns(UserWarning, match="text"):
        message = posted(app, page, blocks=[section("only blocks")])
    said = message.get_by_text("No top-level text: notifications and screen readers get nothing.")
    expect(said).to_be_visible()
    red, green, blue = said.evaluate("node => getComputedStyle(node).color.match(/[0-9]+/g).slice(0, 3).map(Number)")
    assert red > 2 * green
    assert red > blue
    expect(posted(app, page, "words", blocks=[section("and blocks")]).get_by_text("No top-level text")).to_have_count(
        0
    )


# --- things to press ------------------------------------------------------------------------------


def test_a_confirm_dialog_asks_first(app: SlackApp, page: Page) -> None:
    message = posted(app, page, "x", blocks=[actions(button("approve", confirm=CONFIRM))])
    go = message.get_by_role("button", name="Go")
    go.click()
    asked = page.get_by_role("alertdialog", name="Approve?")
    expect(asked).to_have_accessible_description("Text a temporary password now?")
    expect(asked.get_by_role("button", name="Approve")).to_be_focused()
    page.keyboard.press("Tab")  # stays inside
    expect(asked.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Enter")
    expect(asked).to_have_count(0)
    expect(go).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(asked).to_have_count(0)
    assert app.got.empty()
    go.click()
    asked.get_by_role("button", name="Approve").click()
    assert app.next()["actions"][0]["action_id"] == "approve"


def test_an_overflow_menu_by_keyboard(app: SlackApp, page: Page) -> None:
    choices = [option("one", "First"), option("two", "Second") | {"description": plain("with a word about it")}]
    menu = {"type": "overflow", "action_id": "more", "options": choices}
    message = posted(app, page, "x", blocks=[section("row", accessory=menu)])
    opener = message.get_by_role("button", name="More actions").first
    opener.focus()
    page.keyboard.press("Enter")
    expect(opener).to_have_attribute("aria-expanded", "true")
    first, second = page.get_by_role("menuitem", name="First"), page.get_by_role("menuitem", name="Second")
    expect(first).to_be_focused()
    expect(second.get_by_text("with a word about it")).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(second).to_be_focused()
    page.keyboard.press("Enter")
    assert app.next()["actions"][0]["selected_option"]["value"] == "two"
    expect(page.get_by_role("menu")).to_have_count(0)
    expect(opener).to_be_focused()


def test_a_buttons_label_is_what_a_screen_reader_says(app: SlackApp, page: Page) -> None:
    labelled = button("lock", accessibility_label="Reset password of Jane Doe")
    message = posted(app, page, "x", blocks=[actions(labelled)])
    expect(message.get_by_role("button", name="Reset password of Jane Doe")).to_have_text("Go")


def test_a_global_short_cut(browser: Browser, tmp_path: Path) -> None:
    def change(declared: Json) -> None:
        named = {"name": "Find a person", "type": "global", "callback_id": "find", "description": "Find"}
        declared["features"]["shortcuts"].append(named)

    running = start(manifest=write_manifest(tmp_path / "m.yml", change))
    app = SlackApp(running.url)
    for page in opened(browser, running.url):
        page.get_by_role("button", name="Shortcuts").click()
        page.get_by_role("menuitem", name="Find a person").click()
        assert app.next()["type"] == "shortcut"
    app.close()
    running.close()


# --- forms ----------------------------------------------------------------------------------------


FORM = modal(
    {"type": "alert", "level": "warning", "text": plain("Open sign-ins end.")},
    {
        "type": "input",
        "block_id": "why",
        "label": plain("Why?"),
        "element": {
            "type": "radio_buttons",
            "action_id": "why",
            "options": [
                option("forgot", "Forgot") | {"description": plain("or locked out")},
                option("phone", "New phone"),
            ],
        },
    },
    text_input("ticket", optional=True, max_length=10) | {"label": plain("Ticket"), "hint": plain("Like ZD-1")},
    text_input("note", multiline=True, focus_on_load=True),
    {
        "type": "input",
        "block_id": "how",
        "label": plain("How?"),
        "optional": True,
        "element": {
            "type": "static_select",
            "action_id": "how",
            "placeholder": plain("Choose"),
            "options": [option("call", "Called back") | {"description": plain("the number on record")}],
        },
    },
)


@pytest.fixture
def form(app: SlackApp, sam: Person, page: Page) -> Locator:
    sam.command("/reset-user x")
    app.web.views_open(trigger_id=app.next()["trigger_id"], view=FORM)
    shown = page.get_by_role("dialog", name="Reset")
    expect(shown).to_be_visible()
    return shown


def test_the_order_of_focus_in_a_form(form: Locator, page: Page) -> None:
    """Where the app says first; then from top to bottom, and never out of the dialog."""
    note = form.get_by_label("Note")
    expect(note).to_be_focused()
    expect(form.get_by_text("Open sign-ins end.")).to_contain_text("Warning: ")  # never by colour alone
    for name in ("How?", "Cancel", "Send", "Close all", "Forgot", "Ticket", "Note"):
        page.keyboard.press("Tab")
        focused = form.locator(":focus")
        label = focused.evaluate("n => n.ariaLabel ?? n.labels?.[0]?.innerText ?? n.innerText")
        assert label.startswith(name), (name, label)
    page.keyboard.press("Shift+Tab")
    expect(form.get_by_label("Ticket")).to_be_focused()


def test_required_fields_descriptions_and_hints(form: Locator) -> None:
    why = form.get_by_role("radiogroup", name="Why?")
    expect(why).to_have_attribute("aria-required", "true")
    expect(why.get_by_role("radio", name="Forgot")).to_have_accessible_description("or locked out")
    expect(form.get_by_text("Why? *")).to_be_visible()
    ticket = form.get_by_label("Ticket")
    expect(form.get_by_text("Ticket (optional)")).to_be_visible()
    expect(ticket).to_have_accessible_description("Like ZD-1")
    assert ticket.get_attribute("aria-required") is None
    ticket.fill("12345678901")
    expect(form.get_by_text("-1 characters left")).to_be_visible()
    expect(form.get_by_role("option", name="Called back – the number on record")).to_be_attached()


def test_a_long_answer_takes_line_feeds(app: SlackApp, form: Locator, page: Page) -> None:
    """Enter makes a new line in it, and sends the form from a single line."""
    form.get_by_label("Note").press_sequentially("one\ntwo")
    form.get_by_label("New phone").check()
    form.get_by_label("Ticket").fill("ZD-1")
    form.get_by_label("Ticket").press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    values = app.next()["view"]["state"]["values"]
    assert values["note"]["text"]["value"] == "one\ntwo"
    assert values["why"]["why"]["selected_option"]["value"] == "phone"


def test_errors_stand_at_their_fields(app: SlackApp, form: Locator) -> None:
    """Slack's own first, then the app's; what was filled in stays."""
    form.get_by_label("Note").fill("a word")
    form.get_by_role("button", name="Send", exact=True).click()
    expect(form.get_by_role("radiogroup", name="Why?")).to_have_attribute("aria-invalid", "true")
    expect(form.get_by_label("Forgot")).to_be_focused()
    expect(form.get_by_text("Please complete this required field.")).to_have_count(1)
    app.answers({"response_action": "errors", "errors": {"ticket": "This is no ticket."}})
    form.get_by_label("Forgot").check()
    form.get_by_label("Ticket").fill("nonsense")
    form.get_by_role("button", name="Send", exact=True).click()
    expect(form.get_by_label("Ticket")).to_have_accessible_description("This is no ticket. Like ZD-1")
    expect(form.get_by_label("Ticket")).to_be_focused()
    expect(form.get_by_label("Note")).to_have_value("a word")


def test_a_form_whose_answer_does_not_come(sandbox: Running, app: SlackApp, form: Locator) -> None:
    form.get_by_label("Note").fill("a word")
    form.get_by_label("Forgot").check()
    call(f"{sandbox.url}/control/slack", {"delay_ack": 5})
    form.get_by_role("button", name="Send", exact=True).click()
    expect(form.get_by_role("alert")).to_have_text("We had some trouble connecting. Try again?")
    assert app.next()["type"] == "view_submission"


def test_escape_closes_it_and_the_focus_goes_back(form: Locator, page: Page) -> None:
    form.get_by_label("Note").press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_label("Message #support")).to_be_focused()


# --- the tester's part ----------------------------------------------------------------------------


def test_what_the_bot_sent_and_got(app: SlackApp, sam: Person, page: Page) -> None:
    sam.command("/reset-user x")
    app.next()
    toggle = page.get_by_role("button", name="What the bot sent and got")
    toggle.click()
    expect(toggle).to_have_attribute("aria-expanded", "true")
    panel = page.get_by_role("region", name="What the bot sent and got")
    expect(panel.locator("details", has_text="sent →").filter(has_text="ack /reset-user")).to_be_visible()
    row = panel.locator("details", has_text="got ←").filter(has_text="/reset-user")
    row.locator("summary").click()
    expect(row.locator("pre")).to_contain_text('"command": "/reset-user"')
    expect(panel).not_to_contain_text("xoxb-sandbox")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


@pytest.fixture(scope="module")
def filled_product(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("product") / "product.db"
    demo_data.make(f"sqlite:///{file}", 50, now=datetime.now(UTC))
    return file


CARDS = [
    ("Łukasz's phone is off", "/reset-user lukasz zolc", "Sam Okafor", {"lukasz.zolc@acme.example": "off"}),
    ("José replied STOP", "/reset-user jose nunez", "Sam Okafor", {"jose.nunez@acme.example": "stopped"}),
    ("No mobile on record", "/reset-user jane dorn", "Sam Okafor", {}),
    ("Type “jnae deo”", "/reset-user jnae deo", "Sam Okafor", {}),
    ("Search for “<!channel>”", "/reset-user <!channel>", "Sam Okafor", {}),
    ("Be Pat, an outsider", "/reset-user jane doe", "Pat Novak", {}),
    ("Søren mistyped five times", "/reset-user soren", "Sam Okafor", {}),
    ("Reset an administrator", "/reset-user j.doe@acme.example", "Sam Okafor", {}),
]


def test_each_card_arms_its_one_fault(browser: Browser, manifest: Path, filled_product: Path) -> None:
    """It fills the message box and breaks one thing, and puts right what the card before it broke."""
    running = start(manifest=manifest, product=f"sqlite:///{filled_product}")

    def broken() -> dict[str, str]:
        phones = call(f"{running.url}/control/state?as=U0SAM")["phones"]
        faults = {one["email"]: "off" for one in phones if not one["on"]}
        return faults | {one["email"]: "stopped" for one in phones if one["stopped"]}

    for page in opened(browser, running.url):
        for title, words, who, armed in CARDS:
            page.get_by_role("button", name="Try to break it").click()
            cards = page.get_by_role("region", name="Now try to break it")
            cards.get_by_role("button", name=title, exact=True).click()
            expect(cards).to_have_count(0)
            box = page.get_by_label("Message #support")
            expect(box).to_have_value(words)
            expect(box).to_be_focused()
            expect(page.locator("#sidebar .team")).to_contain_text(who)
            expect(page.locator("#story .next")).to_contain_text(title)
            assert broken() == armed, title
    with closing(sqlite3.connect(filled_product)) as product:
        locked = product.execute("SELECT email FROM people WHERE locked_until IS NOT NULL").fetchall()
    assert locked == [("soren.orsted@acme.example",)]
    running.close()
