"""Nobody signs in: the agent is asked. No text arrives and nobody does anything: the managers are told."""

from __future__ import annotations

from tests.scenario.moves import JANE, JANES_PHONE, send, use
from tests.scenario.people import APPROVALS, Person
from tests.scenario.story import Story


def quiet_minutes(story: Story, minutes: int) -> None:
    for _ in range(minutes * 2):
        story.tick(30)


def test_the_agent_is_asked_and_says_that_she_is_in(story: Story, sam: Person) -> None:
    send(sam)
    sam.close()
    quiet_minutes(story, 2)
    told, asked = sam.direct_messages
    assert "Text delivered" in told.text
    assert "Ask whether they are in: no sign-in is seen after 2 min." in asked.text
    quiet_minutes(story, 3)
    assert [message.ts for message in sam.direct_messages] == [told.ts, asked.ts]
    assert "after 5 min" in sam.direct_messages[-1].text
    sam.press("They are in", at=sam.direct_messages[-1])
    assert "you said that they are in" in sam.modal.text
    quiet_minutes(story, 10)
    assert "in, it was said" in sam.direct_messages[-1].text
    assert "10 min" not in sam.direct_messages[-1].text
    use(story.product, JANE, story.secret, "words of her own")
    story.tick(30)
    assert "Own password chosen" in sam.direct_messages[-1].text


def test_an_open_modal_asks_by_itself(story: Story, sam: Person) -> None:
    send(sam)
    quiet_minutes(story, 2)
    assert "no sign-in is seen after 2 min" in sam.modal.text
    sam.press("They are in")
    assert "you said that they are in" in sam.modal.text


def test_a_text_that_never_came_is_told_to_the_managers_until_somebody_solves_it(
    story: Story, sam: Person, maya: Person
) -> None:
    story.phone(JANES_PHONE, on=False)
    send(sam)
    sam.close()
    quiet_minutes(story, 9)
    assert not any("Needs somebody" in message.text for message in maya.messages(APPROVALS))
    quiet_minutes(story, 2)
    (call,) = [message for message in maya.messages(APPROVALS) if "Needs somebody" in message.text]
    assert "Jane Doe" in call.text
    assert "The phone of Jane Doe is off or out of reach. Their old password works." in call.text
    assert "Jane" not in call.notification
    maya.press("Solved", at=call)
    story.tick(5)
    (after,) = [message for message in maya.messages(APPROVALS) if message.ts == call.ts]
    assert "Solved" in after.text
    assert "Maya Lindqvist" in after.text
    assert not after.buttons


def test_the_next_reset_solves_it(story: Story, sam: Person, maya: Person) -> None:
    story.phone(JANES_PHONE, on=False)
    send(sam)
    sam.close()
    quiet_minutes(story, 11)
    story.phone(JANES_PHONE, on=True)
    send(sam)
    sam.close()
    story.tick(5)
    use(story.product, JANE, str(story.texts[-1]["body_as_sent"]).split("\n")[1], "words of her own")
    story.tick(5)
    story.tick(5)
    (solved,) = [message for message in maya.messages(APPROVALS) if message.text.startswith("Solved")]
    assert story.requests()[-1].reference in solved.text
