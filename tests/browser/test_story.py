"""The whole story in a real browser, clicking as people do."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from bot.demo_data import JANES_OLD_PASSWORD

Picture = Callable[[str, Page | Locator], None]
SECRET = r"[a-z2-9]{4}(-[a-z2-9]{4}){3}"


def command(page: Page, text: str) -> None:
    box = page.get_by_label("Message #support")
    box.fill(text)
    box.press("Enter")


def log(page: Page, channel: str = "support") -> Locator:
    return page.get_by_role("log", name=f"Messages in #{channel}")


def dialog(page: Page, title: str) -> Locator:
    return page.get_by_role("dialog", name=title)


def open_form(page: Page, name: str = "Jane Doe") -> Locator:
    log(page).get_by_role("button", name=f"Reset password of {name}").first.click()
    form = dialog(page, "Reset password")
    expect(form).to_be_visible()
    return form


def fill_and_send(form: Locator, reason: str = "Forgot or locked out") -> None:
    form.get_by_label(reason).check()
    form.get_by_label("Called back the number on record").check()
    form.get_by_role("button", name="Send reset password").click()


def test_from_the_command_to_a_password_of_her_own(page: Page, picture: Picture) -> None:
    # 1 Find Jane: the composer is focused and filled; a newcomer presses Enter.
    expect(page.get_by_label("Message #support")).to_be_focused()
    expect(page.get_by_text("nothing leaves this machine")).to_be_visible()
    page.keyboard.press("Enter")
    expect(log(page).get_by_text("2 people match")).to_be_visible()
    expect(log(page).get_by_text("jane.doe@acme.example")).to_be_visible()
    picture("results", page)

    # 2 Send: nothing is preselected, and an empty form loses nothing.
    form = open_form(page)
    form.get_by_role("button", name="Send reset password").click()
    expect(form.get_by_text("Please complete this required field.").first).to_be_visible()
    form.get_by_label("Ticket").fill("not a ticket")
    fill_and_send(form)
    expect(form.get_by_text("does not look like a ticket")).to_be_visible()
    expect(form.get_by_label("Forgot or locked out")).to_be_checked()
    form.get_by_label("Ticket").fill("ZD-123")
    picture("form", page)
    form.get_by_role("button", name="Send reset password").click()
    picture("sending", page)

    # 3 The text arrives; the same modal follows it.
    outcome = dialog(page, "Text delivered")
    expect(outcome).to_be_visible(timeout=15_000)
    texts = page.get_by_role("log", name="Texts on Jane Doe's phone")
    secret = texts.locator("code").inner_text()
    assert re.fullmatch(SECRET, secret)
    expect(outcome).not_to_contain_text(secret)
    expect(outcome.get_by_text("not signed in yet")).to_be_visible()
    picture("outcome", page)
    picture("story", page)
    picture("phone", page.get_by_role("group", name="Jane Doe's phone"))

    # 4 Sign in with it, choose her own.
    product = page.frame_locator("#product")
    product.get_by_label("Password").fill(secret)
    product.get_by_role("button", name="Sign in").click()
    product.get_by_label("New password", exact=True).fill("a password of her own")
    product.get_by_label("New password again").fill("a password of her own")
    product.get_by_role("button", name="Save my password").click()
    expect(product.get_by_text("Jane Doe").first).to_be_visible()
    done = dialog(page, "Own password chosen")
    expect(done).to_be_visible(timeout=15_000)
    done.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    picture("confirmation", page)

    # 5 See who did it.
    page.locator("#sidebar").get_by_role("button", name="reset-audit").click()
    audit = log(page, "reset-audit")
    expect(audit.get_by_text("Own password chosen").first).to_be_visible()
    expect(audit.get_by_text("by Sam Okafor").first).to_be_visible()
    expect(page.get_by_role("heading", name="Now try to break it")).to_be_visible()
    picture("card", page)
    expect(page.locator("#slack")).not_to_contain_text(secret)
    expect(page.locator("#slack")).not_to_contain_text("202-555-0142")


def test_a_phone_that_is_off_and_the_old_password_still_works(page: Page, picture: Picture) -> None:
    page.get_by_role("switch", name="Phone").click()
    command(page, "/reset-user jane.doe@acme.example")
    fill_and_send(open_form(page))
    failed = dialog(page, "Not delivered")
    expect(failed).to_be_visible(timeout=30_000)
    expect(failed.get_by_text("off or out of reach").first).to_be_visible()
    expect(failed.get_by_text("Their old password works.")).to_be_visible()
    picture("undelivered", page)
    product = page.frame_locator("#product")
    product.get_by_label("Password").fill(JANES_OLD_PASSWORD)
    product.get_by_role("button", name="Sign in").click()
    expect(product.get_by_text("Jane Doe").first).to_be_visible()


def test_names_stay_names_and_outsiders_learn_nothing(page: Page) -> None:
    command(page, "/reset-user <!channel>")
    expect(log(page).get_by_text("<!channel>").first).to_be_visible()
    expect(log(page).get_by_text("@channel", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Be Pat Novak, outsider").click()
    expect(page.locator("#sidebar").get_by_text("Pat Novak")).to_be_visible()
    command(page, "/reset-user jane doe")
    expect(log(page).get_by_text("Only support staff reset passwords here.").first).to_be_visible()
    expect(log(page).get_by_text("jane.doe@acme.example")).to_have_count(0)


def test_by_keyboard_alone(page: Page) -> None:
    expect(page.get_by_label("Message #support")).to_be_focused()
    page.keyboard.press("Enter")
    lock = log(page).get_by_role("button", name="Reset password of Jane Doe").first
    expect(lock).to_be_visible()
    lock.focus()
    page.keyboard.press("Enter")
    form = dialog(page, "Reset password")
    expect(form).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(lock).to_be_focused()
