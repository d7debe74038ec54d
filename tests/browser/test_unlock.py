"""Locked out by wrong attempts, and let in again with the password she has."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from bot.demo_data import JANES_OLD_PASSWORD
from tests.browser.test_story import command, dialog, log, open_form

Picture = Callable[[str, Page | Locator], None]


def test_unlocked_without_a_new_password(page: Page, picture: Picture) -> None:
    product = page.frame_locator("#product")

    def sign_in(password: str) -> None:
        product.get_by_label("Password").fill(password)
        product.get_by_role("button", name="Sign in").click()

    def asked_again(why: str) -> None:
        expect(product.get_by_label("Password")).to_have_value("")
        expect(product.get_by_text(why)).to_be_visible()

    for _ in range(4):
        sign_in("wrong")
        asked_again("Wrong password.")
    for password in ("wrong", JANES_OLD_PASSWORD):
        sign_in(password)
        asked_again("This account is locked")

    command(page, "/reset-user jane.doe@acme.example")
    expect(log(page).get_by_text("may be locked out")).to_be_visible()
    open_form(page).get_by_role("button", name="Unlock only").click()
    form = dialog(page, "Unlock account")
    form.get_by_label("Forgot or locked out").check()
    form.get_by_label("Called back the number on record").check()
    picture("unlock", page)
    form.get_by_role("button", name="Unlock account").click()
    outcome = dialog(page, "Unlocked")
    expect(outcome).to_be_visible(timeout=15_000)
    picture("unlocked", page)
    outcome.get_by_role("button", name="Continue").click()
    sign_in(JANES_OLD_PASSWORD)
    expect(product.get_by_text("Jane Doe").first).to_be_visible()
    expect(page.get_by_role("log", name="Texts on Jane Doe's phone").locator("code")).to_have_count(0)
