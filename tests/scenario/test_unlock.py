"""Locked out by wrong passwords, and still sure of the right one: unlocked, without a new one."""

from __future__ import annotations

from tests.scenario.moves import CALLED_BACK, CHECKED, COMPROMISED, FORGOT, JANE, OTHER_JANE, WHY, approve, fill_in
from tests.scenario.people import Person
from tests.scenario.story import Story

OWN = "my own words 42"
LOCKED = "This account is locked"


def knows_it(story: Story, email: str) -> None:
    """They have a password of their own, and mistype it until the product has had enough."""
    story.product.set_password(email, OWN)
    with story.product.visit() as visitor:
        said = [visitor.sign_in(email, f"my own wrods {n}") for n in range(5)]
        assert "Wrong password" in said[3]
        assert LOCKED in said[4]
        assert LOCKED in visitor.sign_in(email, OWN)


def unlock_form(agent: Person, email: str) -> None:
    results = agent.command(f"/reset-user {email}")
    assert "may be locked out" in results.row(email)
    agent.press("Reset password", on=email)
    agent.press("Unlock only")
    assert agent.modal.title == "Unlock account"


def test_jane_mistyped_and_is_in_again_with_her_own(story: Story, sam: Person, maya: Person) -> None:
    knows_it(story, JANE)
    unlock_form(sam, JANE)
    assert "the password stays, nothing is sent" in sam.modal.text
    assert COMPROMISED not in sam.modal.field(WHY).options
    assert CALLED_BACK in sam.modal.field(CHECKED).options
    fill_in(sam)
    sam.submit()
    story.tick(2)
    sam.waits_for_modal("Unlocked")
    assert "The account of Jane Doe is unlocked" in sam.modal.text
    assert "✓ 14:42 unlocked" in sam.modal.text
    assert story.product.opens(JANE, OWN)
    assert story.texts == []

    sam.submit()
    story.tick(5)
    (card,) = maya.cards
    assert card.notification.startswith("Unlocked · unlocking R-")
    assert f"by Sam Okafor · {FORGOT}" in card.text
    (history,) = card.replies
    assert "asked by Sam Okafor" in history.text
    assert "unlocked" in history.text


def test_a_manager_agrees_first_where_the_rules_say_so(story: Story, sam: Person, maya: Person) -> None:
    knows_it(story, OTHER_JANE)
    unlock_form(sam, OTHER_JANE)
    assert "A manager must agree first: administrator" in sam.modal.text
    assert sam.modal.submit == "Ask for approval"
    fill_in(sam)
    sam.submit()
    assert sam.modal.title == "Waiting for approval"
    assert not story.product.opens(OTHER_JANE, OWN)
    story.tick(2)
    approve(maya)
    story.tick(2)
    sam.waits_for_modal("Unlocked")
    assert story.product.opens(OTHER_JANE, OWN)
    assert any("Unlocked" in line for line in maya.thread)


def test_it_was_over_by_itself_while_the_form_was_open(story: Story, sam: Person) -> None:
    knows_it(story, JANE)
    unlock_form(sam, JANE)
    story.product.change(JANE, failed_sign_ins=0, locked_until=None)
    fill_in(sam)
    sam.submit()
    assert sam.modal.title == "Nothing to unlock"
    assert "Ask them to sign in" in sam.modal.text
