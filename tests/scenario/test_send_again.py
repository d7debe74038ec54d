"""Nothing arrived: the agent sends again, and the two texts, cards and passwords know of each other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.demo_data import JANES_OLD_PASSWORD
from services.text import SEGMENT_SEPTETS, septets
from tests.scenario.moves import CALLED_BACK, CHECKED, FORGOT, JANE, JANES_PHONE, WHY, approve, decline, send, use
from tests.scenario.people import Person
from tests.scenario.story import Story
from tests.scenario.undoing import AT_ONCE, OLD_WORKS, on_the_phone, secret_of

OWN = "my own words"
AGAIN = "Nothing arrived? Send again"
VOID = "StatStak Labs new temporary password, the earlier one is void:"

pytestmark = pytest.mark.parametrize("changed_settings", [AT_ONCE])


def sent(story: Story, sam: Person) -> str:
    """On its way, and the network says no more; the reference."""
    story.twilio(manual=True)
    send(sam)
    story.tick(3)
    assert sam.modal.title == "Text sent"
    return story.request.reference


def checked_and_submitted(agent: Person) -> None:
    agent.choose(CHECKED, CALLED_BACK)
    agent.submit()


def test_the_second_text_works_and_the_first_one_does_not(story: Story, sam: Person) -> None:
    first = sent(story, sam)
    sam.press(AGAIN)
    assert sam.modal.title == "Reset password"
    assert f"Replaces {first}." in sam.modal.text
    assert "What was texted before is void as soon as you send this." in sam.modal.text
    assert (sam.modal.field(WHY).value, sam.modal.field(CHECKED).value) == (FORGOT, "")
    sam.submit()
    assert list(sam.modal.says_wrong) == [CHECKED]
    assert story.request.state == "sent", "an open form changes nothing"
    checked_and_submitted(sam)
    story.tick(3)
    earlier, later = story.requests()
    assert (earlier.state, earlier.replaced_by) == ("superseded", later.reference)
    assert later.replaces == first
    assert story.texts[1]["body_as_sent"].startswith(f"{VOID}\n")
    assert (septets(story.texts[1]["body_as_sent"]) or SEGMENT_SEPTETS + 1) <= SEGMENT_SEPTETS
    assert not story.product.opens(JANE, secret_of(story, 0))
    use(story.product, JANE, secret_of(story, 1), OWN)
    story.tick(3)
    assert sam.modal.title == "Own password chosen"
    old, new = sam.cards
    assert old.text.startswith(f"Replaced by {later.reference} · Jane Doe")
    assert f"replaces {first}" in new.text
    story.let_time_pass(minutes=20)
    assert len(story.texts) == 2
    assert story.product.opens(JANE, OWN)


def test_the_ticket_comes_along(story: Story, sam: Person) -> None:
    story.twilio(manual=True)
    sam.command(f"/reset-user {JANE}")
    sam.press("Reset password", on=JANE)
    sam.choose(WHY, FORGOT)
    sam.choose(CHECKED, CALLED_BACK)
    sam.fill("Ticket", "ZD-123")
    sam.submit()
    story.tick(2)
    sam.press(AGAIN)
    assert sam.modal.field("Ticket").value == "ZD-123"
    checked_and_submitted(sam)
    assert [row.ticket for row in story.requests()] == ["ZD-123", "ZD-123"]


def test_while_nobody_knows_whether_the_first_arrives(story: Story, sam: Person) -> None:
    story.twilio(code="timeout", kept=True)
    story.twilio(list_lag=3600.0)
    send(sam)
    story.tick(2)
    assert sam.modal.title == "No answer yet"
    sam.press(AGAIN)
    checked_and_submitted(sam)
    story.tick(3)
    assert [row.state for row in story.requests()] == ["superseded", "delivered"]
    assert on_the_phone(story, JANES_PHONE)[-1].startswith(VOID)
    assert not story.product.opens(JANE, secret_of(story, 0))
    use(story.product, JANE, secret_of(story, 1), OWN)


def test_from_the_direct_message_after_it_was_not_delivered(story: Story, sam: Person) -> None:
    story.phone(JANES_PHONE, on=False)
    send(sam)
    sam.close()
    for _ in range(5):
        story.tick(3)
    story.phone(JANES_PHONE, on=True)
    sam.press("Send again", at=sam.direct_messages[-1])
    assert f"Replaces {story.request.reference}." in sam.modal.text
    assert "is void as soon as" not in sam.modal.text
    checked_and_submitted(sam)
    story.tick(3)
    use(story.product, JANE, secret_of(story, 1), OWN)
    story.tick(3)
    assert [row.state for row in story.requests()] == ["undelivered", "completed"]


def test_not_used_in_time_from_status(story: Story, sam: Person) -> None:
    send(sam)
    sam.close()
    story.let_time_pass(minutes=61)
    answer = sam.command(f"/reset-user status {story.request.reference}")
    sam.press("Send again", at=answer)
    checked_and_submitted(sam)
    story.tick(3)
    use(story.product, JANE, secret_of(story, 1), OWN)


def test_a_colleague_may_while_sam_is_away(story: Story, sam: Person, ana: Person) -> None:
    first = sent(story, sam)
    sam.close()
    answer = ana.command(f"/reset-user status {first}")
    ana.press(AGAIN, at=answer)
    checked_and_submitted(ana)
    story.tick(3)
    earlier, later = story.requests()
    assert (earlier.agent_name, later.agent_name) == ("Sam Okafor", "Ana Souza")
    news = sam.direct_messages[-1]
    assert f"{later.reference} took its place: the temporary password for Jane Doe is void." in news.text


# --- with a manager in between --------------------------------------------------------------------


def asked(story: Story, sam: Person) -> None:
    """The first needed nobody's yes; for the second nobody was checked."""
    sent(story, sam)
    sam.press(AGAIN)
    sam.choose(CHECKED, "Not checked")
    sam.submit()
    assert sam.modal.title == "Waiting for approval"


def test_the_first_is_void_while_the_second_waits_and_the_second_says_so(
    story: Story, sam: Person, maya: Person
) -> None:
    asked(story, sam)
    assert "What was texted before is void already." in sam.modal.text
    story.tick(2)
    assert not story.product.opens(JANE, secret_of(story, 0))
    assert story.product.opens(JANE, JANES_OLD_PASSWORD)
    approve(maya)
    story.tick(3)
    assert story.texts[1]["body_as_sent"].startswith(VOID)
    story.let_time_pass(minutes=5)
    assert len(story.texts) == 2
    use(story.product, JANE, secret_of(story, 1), OWN)


def test_declined_a_text_without_a_secret_says_that_the_first_is_void(
    story: Story, sam: Person, maya: Person
) -> None:
    asked(story, sam)
    story.tick(2)
    decline(maya, "Call her back first.")
    story.let_time_pass(minutes=2)
    assert [text["body_as_sent"] for text in story.texts][1:] == [OLD_WORKS]
    assert story.product.opens(JANE, JANES_OLD_PASSWORD)


# --- wrong presses, and at once -------------------------------------------------------------------


def test_they_signed_in_while_the_form_was_open(story: Story, sam: Person) -> None:
    sent(story, sam)
    sam.press(AGAIN)
    with story.product.visit() as jane:
        assert "Choose your own" in jane.sign_in(JANE, secret_of(story, 0))
        sam.choose(CHECKED, CALLED_BACK)
        sam.submit()
        assert sam.modal.title == "They are in"
        assert "Jane Doe signed in with it at 14:42. Nothing was sent by this." in sam.modal.text.replace("\n", " ")
        assert "saved" in jane.choose(OWN)
    assert len(story.texts) == 1
    assert story.product.opens(JANE, OWN)


def test_a_button_from_before_they_were_in(story: Story, sam: Person) -> None:
    first = sent(story, sam)
    sam.close()
    stale = sam.command(f"/reset-user status {first}")
    use(story.product, JANE, secret_of(story, 0), OWN)
    sam.press(AGAIN, at=stale)
    assert "Jane Doe has chosen a password of their own at 14:42." in sam.modal.text
    assert "Locked out again? Search for them and reset anew." in sam.modal.text
    assert story.product.opens(JANE, OWN)


def test_another_reset_is_under_way_by_now(story: Story, sam: Person, ana: Person) -> None:
    first = sent(story, sam)
    sam.close()
    stale = sam.command(f"/reset-user status {first}")
    for agent in (sam, ana):
        agent.press(AGAIN, at=stale if agent is sam else ana.command(f"/reset-user status {first}"))
    checked_and_submitted(ana)
    checked_and_submitted(sam)
    assert "Ana Souza has a reset of this person under way" in sam.modal.text
    story.tick(3)
    assert len(story.texts) == 2


def test_two_send_again_at_once_and_one_text_goes_out(story: Story, sam: Person, ana: Person) -> None:
    first = sent(story, sam)
    sam.press(AGAIN)
    ana.press(AGAIN, at=ana.command(f"/reset-user status {first}"))
    for agent in (sam, ana):
        agent.choose(CHECKED, CALLED_BACK)
    with ThreadPoolExecutor(2) as pool:
        for press in [pool.submit(agent.submit) for agent in (sam, ana)]:
            press.result()
    story.tick(3)
    assert len(story.texts) == 2
    assert len(story.requests()) == 2
    assert len(story.audit("request:superseded")) == 1


def test_sent_again_and_expired_at_once(story: Story, sam: Person) -> None:
    """The hour is over while the form is filled in: the new one replaces an ended one."""
    sent(story, sam)
    story.let_time_pass(minutes=50)
    sam.press(AGAIN)
    story.let_time_pass(minutes=12)
    checked_and_submitted(sam)
    story.tick(3)
    earlier, later = story.requests()
    assert (earlier.state, earlier.replaced_by) == ("lapsed", later.reference)
    assert len(story.texts) == 2
    use(story.product, JANE, secret_of(story, 1), OWN)


def test_her_own_password_found_on_the_way_works_and_nothing_is_sent(story: Story, sam: Person) -> None:
    sent(story, sam)
    sam.press(AGAIN)
    with story.held():
        checked_and_submitted(sam)
        story.product.set_password(JANE, OWN)
    story.tick(3)
    assert sam.modal.title == "Replaced"
    assert "The password of Jane Doe was changed in the meantime" in sam.modal.text
    assert len([text for text in story.texts if "\n" in text["body_as_sent"]]) == 1
    assert story.product.opens(JANE, OWN)
    story.tick(3)
    assert "The one you chose works." in story.texts[-1]["body_as_sent"]
