"""`make demo DIRECTORY=django`: the product is a real site, made and served by Django."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from bot.demo_data import JANES_OLD_PASSWORD
from tests.browser.test_story import Picture, dialog, fill_and_send, open_form


@pytest.mark.parametrize("demo", ["django"], indirect=True)
def test_a_password_of_her_own_at_djangos_sign_in(page: Page, picture: Picture) -> None:
    product = page.frame_locator("#product")
    expect(product.get_by_text("Please enter a correct username and password")).to_be_visible()
    page.keyboard.press("Enter")
    form = open_form(page)
    expect(form).to_contain_text("JSON web tokens live on")
    fill_and_send(form)
    outcome = dialog(page, "Text delivered")
    expect(outcome).to_be_visible(timeout=15_000)
    secret = page.get_by_role("log", name="Texts on Jane Doe's phone").locator("code").inner_text()

    def sign_in(password: str) -> None:
        product.get_by_label("Password").fill(password)
        product.get_by_role("button", name="Log in").click()

    sign_in(JANES_OLD_PASSWORD)
    expect(product.get_by_text("Please enter a correct username and password")).to_be_visible()
    sign_in(secret)
    expect(product.get_by_text("Jane Doe, jane.doe@acme.example")).to_be_visible()
    expect(dialog(page, "Signed in")).to_be_visible(timeout=15_000)
    picture("django", page)

    product.get_by_role("link", name="Choose a password").click()
    product.get_by_label("Old password").fill(secret)
    for label in ("New password:", "New password confirmation:"):
        product.get_by_label(label).fill("battery-staple-9")
    product.get_by_role("button", name="Choose").click()
    expect(dialog(page, "Own password chosen")).to_be_visible(timeout=15_000)
    step = page.get_by_role("list", name="The story").get_by_role("listitem").nth(3)
    expect(step).to_have_attribute("data-done", "true")
