"""Taking a reset back, and closing an account: from each place where it can be pressed, by whoever may."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.demo_data import JANES_OLD_PASSWORD
from tests.scenario.moves import (
    COMPROMISED,
    JANE,
    JANES_PHONE,
    NOT_CHECKED,
    OTHER_JANE,
    approve,
    ask,
    fill_in,
    open_form,
    send,
    use,
)
from tests.scenario.people import Person
from tests.scenario.story import Story
from tests.scenario.undoing import AT_ONCE, ITS_CLOSED, OLD_WORKS, asked_before, on_the_phone, secret_of

OWN = "my own words"


def reads(person: Person, sentence: str) -> None:
    """In a small modal."""
    assert sentence in person.modal.text.replace("\n", " ")
    person.close()


def refused(story: Story) -> list[tuple[str, str]]:
    return [(row.actor_id, json.loads(row.detail)["what"]) for row in story.audit("agent:refused")]


def delivered(story: Story, sam: Person) -> None:
    send(sam)
    story.tick(3)
    assert sam.modal.title == "Text delivered"


# --- the agent takes it back ----------------------------------------------------------------------


def test_from_the_outcome_and_jane_is_told_by_a_second_text(story: Story, sam: Person) -> None:
    delivered(story, sam)
    said = asked_before(sam.modal, "Withdraw")
    assert said == (
        "What was texted to Jane Doe stops working. Their old password goes on working. "
        "Open sign-ins made with it end. A second text tells them so."
    )
    sam.press("Withdraw")
    assert sam.modal.title == "Withdrawn"
    assert "Withdrawn by Sam Okafor: the temporary password for Jane Doe is void." in sam.modal.text
    assert "Their old password works." in sam.modal.text
    assert [button.words for button in sam.modal.buttons] == ["Send again", "Reset another"]
    assert not story.product.opens(JANE, secret_of(story, 0))
    assert story.product.opens(JANE, JANES_OLD_PASSWORD)
    story.tick(2)
    story.tick(3)
    assert on_the_phone(story, JANES_PHONE)[-1] == OLD_WORKS
    assert len(story.texts) == 2
    assert "A second text tells them so." in sam.modal.text
    (card,) = sam.cards
    assert card.text.startswith("Withdrawn · Jane Doe")
    assert "withdrawn by Sam Okafor" in card.text
    assert "withdrawn by Sam Okafor" in card.replies[0].text
    assert sam.direct_messages == [], "what one did oneself is no news"
    story.let_time_pass(minutes=20)
    assert [text["body"] for text in story.texts] == ["", ""]
    assert story.product.opens(JANE, JANES_OLD_PASSWORD)


def test_from_the_direct_message(story: Story, sam: Person) -> None:
    send(sam)
    sam.close()
    story.tick(3)
    sam.press("Withdraw", at=sam.direct_messages[-1])
    assert sam.modal.title == "Withdrawn"
    sam.close()
    story.tick(2)
    (message,) = sam.direct_messages
    assert "Withdrawn · Jane Doe" in message.text


@pytest.mark.parametrize("changed_settings", [AT_ONCE])
def test_from_status_while_the_text_is_on_its_way(story: Story, sam: Person) -> None:
    story.twilio(manual=True)
    send(sam)
    sam.close()
    answer = sam.command(f"/reset-user status {story.request.reference}")
    sam.press("Withdraw", at=answer)
    assert sam.modal.title == "Withdrawn"
    assert not story.product.opens(JANE, secret_of(story, 0))
    assert story.product.opens(JANE, JANES_OLD_PASSWORD)


def test_while_nobody_knows_whether_it_arrives(story: Story, sam: Person) -> None:
    story.twilio(code="timeout", kept=True)
    story.twilio(list_lag=3600.0)
    send(sam)
    story.tick(2)
    assert sam.modal.title == "No answer yet"
    assert asked_before(sam.modal, "Withdraw").startswith("A text to Jane Doe may still arrive; it is void then.")
    sam.press("Withdraw")
    story.tick(2)
    story.tick(3)
    assert not story.product.opens(JANE, secret_of(story, 0))
    assert on_the_phone(story, JANES_PHONE)[-1] == OLD_WORKS


def test_used_by_somebody_else_their_sign_in_ends(story: Story, sam: Person) -> None:
    delivered(story, sam)
    with story.product.visit() as somebody:
        assert "Choose your own" in somebody.sign_in(JANE, secret_of(story, 0))
        story.tick(2)
        assert sam.modal.title == "Signed in"
        sam.press("Withdraw")
        assert sam.modal.title == "Withdrawn"
        assert "You were signed out" in somebody.choose(OWN)
    assert story.product.opens(JANE, JANES_OLD_PASSWORD)


def test_after_compromised_the_account_stays_closed_and_everybody_is_told_so(story: Story, sam: Person) -> None:
    send(sam, why=COMPROMISED)
    story.tick(3)
    assert "The account stays closed until a new reset." in asked_before(sam.modal, "Withdraw")
    sam.press("Withdraw")
    assert "The account stays closed." in sam.modal.text
    assert "Reset again as soon as it is safe: until then nobody gets in." in sam.modal.text
    story.tick(2)
    story.tick(3)
    assert on_the_phone(story, JANES_PHONE)[-1] == ITS_CLOSED
    assert not story.product.opens(JANE, JANES_OLD_PASSWORD)
    assert not story.product.opens(JANE, secret_of(story, 0))


# --- a manager ------------------------------------------------------------------------------------


def test_a_manager_takes_it_back_in_the_thread(story: Story, sam: Person, maya: Person) -> None:
    ask(sam)
    sam.close()
    approve(maya)
    story.tick(3)
    said = asked_before(maya.asked_to_decide, "Withdraw")
    assert "Their old password goes on working." in said
    maya.press("Withdraw", at=maya.asked_to_decide)
    reads(maya, "Withdrawn by Maya Lindqvist: the temporary password for Jane Doe is void.")
    story.tick(2)
    assert maya.thread[-1] == "Withdrawn 14:42 by Maya Lindqvist."
    assert maya.asked_to_decide.buttons == []
    assert "Withdrawn · Jane Doe" in maya.approval_cards[-1].text
    news = sam.direct_messages[-1]
    assert "Withdrawn by Maya Lindqvist" in news.text
    assert not story.product.opens(OTHER_JANE, secret_of(story, 0))
    (row,) = story.audit("request:revoked")
    assert (row.actor_id, row.actor_name) == ("U0MAYA", "Maya Lindqvist")


def test_a_manager_who_is_no_agent_does_it_from_status(story: Story, sam: Person, maya: Person) -> None:
    delivered(story, sam)
    answer = maya.command(f"/reset-user status {story.request.reference}")
    assert [button.words for button in answer.buttons] == ["Show result", "Withdraw"]
    maya.press("Show result", at=answer)
    assert [button.words for button in maya.modal.buttons] == ["Refresh", "Withdraw"]
    maya.press("Withdraw")
    assert maya.modal.title == "Withdrawn"
    assert maya.modal.buttons == []
    story.tick(2)
    assert "Withdrawn by Maya Lindqvist" in sam.modal.text


# --- closing --------------------------------------------------------------------------------------


def test_closed_after_use_nobody_is_in_and_a_new_text_is_the_way_back(story: Story, sam: Person) -> None:
    delivered(story, sam)
    with story.product.visit() as intruder:
        assert "Choose your own" in intruder.sign_in(JANE, secret_of(story, 0))
        assert "saved" in intruder.choose(OWN)
        story.tick(2)
        assert sam.modal.title == "Own password chosen"
        assert asked_before(sam.modal, "Close account") == (
            "No password opens the account of Jane Doe any more: not the old, not the new, not one they chose. "
            "Open sign-ins end. Only a new reset opens it again."
        )
        sam.press("Close account")
        assert sam.modal.title == "Account closed"
        assert "Sam Okafor closed the account of Jane Doe." in sam.modal.text
        assert "Sign in" in intruder.home()
    for password in (OWN, JANES_OLD_PASSWORD, secret_of(story, 0)):
        assert not story.product.opens(JANE, password)
    story.tick(2)
    assert sam.direct_messages == [], "it is on the screen"
    (card,) = sam.cards
    assert card.text.startswith("Account closed · Jane Doe")
    assert "account closed" in card.replies[-1].text
    events = [row.event for row in story.audit() if row.request_id]
    assert events.index("account:close_intended") < events.index("account:closed")
    is_offered_a_new_reset(sam)


def is_offered_a_new_reset(sam: Person) -> None:
    sam.press("Send again")
    assert sam.modal.field("Why?").value == COMPROMISED
    assert sam.modal.field("How did you check who is calling?").value == ""
    assert "The account is closed: only the text opens it." in sam.modal.text
    assert sam.modal.submit == "Ask for approval", "she was reset a moment ago"


@pytest.mark.parametrize("changed_settings", [AT_ONCE])
def test_closed_while_they_are_signed_in_with_it(story: Story, sam: Person) -> None:
    delivered(story, sam)
    with story.product.visit() as intruder:
        assert "Choose your own" in intruder.sign_in(JANE, secret_of(story, 0))
        story.tick(2)
        sam.press("Close account")
        assert sam.modal.title == "Account closed"
        assert "You were signed out" in intruder.choose(OWN)
    story.tick(2)
    story.tick(3)
    assert on_the_phone(story, JANES_PHONE)[-1] == ITS_CLOSED
    sam.press("Send again")
    fill_in(sam, why=COMPROMISED)
    sam.submit()
    story.tick(3)
    use(story.product, JANE, secret_of(story, -1), OWN)
    assert story.product.opens(JANE, OWN)


def test_a_manager_closes_it_in_the_thread(story: Story, sam: Person, maya: Person) -> None:
    ask(sam)
    sam.close()
    approve(maya)
    story.tick(3)
    use(story.product, OTHER_JANE, secret_of(story, 0), OWN)
    story.tick(3)
    assert [button.words for button in maya.asked_to_decide.buttons] == ["Close account"]
    maya.press("Close account", at=maya.asked_to_decide)
    reads(maya, "Maya Lindqvist closed the account of Jane Doe.")
    story.tick(2)
    assert maya.thread[-1] == "Account closed 14:42 by Maya Lindqvist."
    assert maya.asked_to_decide.buttons == []
    assert "Account closed · Jane Doe" in sam.direct_messages[-1].text
    assert not story.product.opens(OTHER_JANE, OWN)


def test_a_product_that_is_away_is_closed_when_it_is_back(story: Story, sam: Person) -> None:
    delivered(story, sam)
    use(story.product, JANE, secret_of(story, 0), OWN)
    story.tick(2)
    assert sam.modal.title == "Own password chosen"
    story.product.goes_away()
    sam.press("Close account")
    assert sam.modal.title in {"Closing the account", "Account not closed"}
    story.product.comes_back()
    story.let_time_pass(minutes=1)
    if sam.modal.title == "Account not closed":
        sam.press("Close account")
    assert sam.modal.title == "Account closed"
    assert not story.product.opens(JANE, OWN)


# --- wrong presses --------------------------------------------------------------------------------


def test_who_comes_second_reads_who_was_first(story: Story, sam: Person, maya: Person) -> None:
    delivered(story, sam)
    answer = maya.command(f"/reset-user status {story.request.reference}")
    sam.press("Withdraw")
    maya.press("Withdraw", at=answer)
    reads(maya, "Sam Okafor withdrew this at")
    assert refused(story) == [("U0MAYA", "undo:withdraw NotWithdrawable")]


def test_a_press_on_a_message_that_is_old(story: Story, sam: Person) -> None:
    """Its buttons are from before: each end says what it is."""
    delivered(story, sam)
    sam.close()
    stale = sam.command(f"/reset-user status {story.request.reference}")
    sam.press("Withdraw", at=stale)
    sam.close()
    sam.press("Withdraw", at=stale)
    reads(sam, "You withdrew this at 14:42; what was texted is void.")


def test_too_late_to_take_it_back(story: Story, sam: Person) -> None:
    delivered(story, sam)
    sam.close()
    stale = sam.command(f"/reset-user status {story.request.reference}")
    story.let_time_pass(minutes=61)
    sam.press("Withdraw", at=stale)
    reads(sam, "It was not used in time and ended at 15:4")


def test_an_own_password_is_not_taken_back(story: Story, sam: Person) -> None:
    """She chose it a second ago, and nobody has looked since: the modal turns to what is so by now."""
    delivered(story, sam)
    use(story.product, JANE, secret_of(story, 0), OWN)
    sam.press("Withdraw")
    assert sam.modal.title == "Own password chosen"
    assert story.product.opens(JANE, OWN)


def test_a_colleague_sees_no_button_and_an_outsider_is_refused(
    story: Story, sam: Person, ana: Person, maya: Person
) -> None:
    ask(sam)
    approve(maya)
    story.tick(3)
    answer = ana.command(f"/reset-user status {story.request.reference}")
    assert [button.words for button in answer.buttons] == ["Show result", "Nothing arrived? Send again"]
    story.join("C0APPROVALS", ana)
    ana.press("Withdraw", at=ana.asked_to_decide)
    reads(ana, "Only whoever asked for this reset, or a manager, can take it back. It goes on as it was.")
    assert refused(story) == [("U0ANA", "undo:withdraw NotAllowed")]
    assert story.request.state == "delivered"


def test_who_left_the_managers_a_moment_ago_may_not(story: Story, sam: Person, maya: Person) -> None:
    ask(sam)
    approve(maya)
    story.tick(3)
    story.slack(group={"id": "S0MANAGERS", "remove": "U0MAYA"})
    maya.press("Withdraw", at=maya.asked_to_decide)
    assert "Only support staff" in maya.modal.text or "Only whoever asked" in maya.modal.text
    assert story.request.state == "delivered"


def test_two_press_at_once_and_one_counts(story: Story, sam: Person, maya: Person) -> None:
    ask(sam, checked=NOT_CHECKED)
    approve(maya)
    story.tick(3)
    thread = maya.asked_to_decide
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(sam.press, "Withdraw"), pool.submit(maya.press, "Withdraw", "", thread)]
        for press in both:
            press.result()
    assert len(story.audit("request:revoked")) == 1
    story.tick(2)
    assert len([text for text in story.texts if "is void" in text["body_as_sent"]]) == 1


def test_it_stays_possible_to_open_a_form_after_it(story: Story, sam: Person) -> None:
    delivered(story, sam)
    sam.press("Withdraw")
    sam.close()
    open_form(sam)
    assert sam.modal.submit == "Ask for approval", "taking back is no way around the rules"
