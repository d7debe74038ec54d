"""An administrator's reset in a real browser: Sam asks, Maya and Omar decide, all on one page."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.test_story import command, dialog, log

Picture = Callable[[str, Page | Locator], None]
ADMINISTRATOR = "/reset-user j.doe@acme.example"
VIKTOR = "/reset-user viktor.petrov@acme.example"


def be(page: Page, who: str, channel: str) -> None:
    page.get_by_role("button", name=f"Be {who}").click()
    expect(page.locator("#sidebar").get_by_text(who.partition(",")[0])).to_be_visible()
    page.locator("#sidebar").get_by_role("button", name=channel).click()


def ask(page: Page, text: str, name: str, checked: str) -> None:
    command(page, text)
    log(page).get_by_role("button", name=f"Reset password of {name}").last.click()
    form = dialog(page, "Reset password")
    form.get_by_label("Forgot or locked out").check()
    form.get_by_label(checked).check()
    form.get_by_label("Ticket").fill("ZD-124")
    form.get_by_role("button", name="Ask for approval").click()
    waiting = dialog(page, "Waiting for approval")
    expect(waiting.get_by_text("you may hang up, the text comes by itself")).to_be_visible()
    expect(waiting.get_by_role("button", name="Cancel request")).to_be_visible()
    waiting.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def open_thread(page: Page) -> Locator:
    log(page, "reset-approvals").get_by_role("button", name="repl").last.click()
    return page.get_by_role("log", name="Messages in the thread")


def test_managers_decide_in_the_thread(page: Page, picture: Picture) -> None:
    # Sam asks for an administrator's reset, and may hang up.
    ask(page, ADMINISTRATOR, "Jane Doe", "Not checked")

    # Maya reads why she is asked, asks back, and agrees.
    be(page, "Maya Lindqvist, manager", "reset-approvals")
    expect(log(page, "reset-approvals").get_by_text("Needs approval 0 of 1").first).to_be_visible()
    thread = open_thread(page)
    expect(thread.get_by_text("caller not checked").first).to_be_visible()
    picture("approval", page.locator("#slack"))
    thread.get_by_role("button", name="Approve").click()
    sure = page.get_by_role("alertdialog")
    expect(sure.get_by_text("Text a temporary password for Jane Doe to ••17 now?")).to_be_visible()
    sure.get_by_role("button", name="Approve").click()
    expect(thread.get_by_text("Maya Lindqvist approved")).to_be_visible(timeout=15_000)
    expect(thread.get_by_text("Text delivered").first).to_be_visible(timeout=15_000)
    expect(thread.get_by_role("button", name="Approve")).to_have_count(0)
    picture("approved", page.locator("#slack"))

    # Another administrator: it stands in Maya's own list, and she says no.
    be(page, "Ana Souza, agent", "support")
    ask(page, VIKTOR, "Viktor Petrov", "Called back the number on record")
    be(page, "Maya Lindqvist, manager", "support")
    command(page, "/reset-user waiting")
    expect(log(page).get_by_text("1 reset waits for you.")).to_be_visible()
    picture("waiting", page.locator("#slack"))
    log(page).get_by_role("button", name="Decline").click()
    no = dialog(page, "Decline this reset")
    no.get_by_label("Why?").fill("Viktor is on leave. Call me.")
    no.get_by_role("button", name="Decline").click()
    done = dialog(page, "Declined")
    expect(done.get_by_text("Ana Souza is told why.")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("#sidebar").get_by_role("button", name="reset-approvals").click()
    thread = open_thread(page)
    expect(thread.get_by_text("Viktor is on leave. Call me.").first).to_be_visible(timeout=15_000)
    expect(thread.get_by_role("button", name="Decline")).to_have_count(0)
    picture("declined", page.locator("#slack"))
    be(page, "Ana Souza, agent", "Locksmith")
    expect(page.locator("#slack").get_by_text("Why: “Viktor is on leave. Call me.”")).to_be_visible()
