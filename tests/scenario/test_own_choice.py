"""What the person chose themselves is theirs: nothing that Locksmith does later may undo it."""

from __future__ import annotations

from tests.scenario.moves import JANE, JANES_PHONE, fill_in, send, use
from tests.scenario.people import Person
from tests.scenario.story import Story

OWN = "my own words 42"


def is_hers(story: Story, secret: str) -> None:
    row = story.product.person(JANE)
    assert (row["temporary_password_hash"], row["must_change_password"]) == (None, 0)
    assert not story.product.opens(JANE, secret)
    assert story.product.opens(JANE, OWN)


def test_settling_between_her_choice_and_the_next_look(story: Story, sam: Person) -> None:
    """settle() may run at any time, from any process, any number of times."""
    send(sam)
    story.tick(3)
    use(story.product, JANE, story.secret, OWN)
    story.bot.settler.settle(story.request.person_key)
    is_hers(story, story.secret)
    story.tick(3)
    assert story.request.state == "completed"


def test_the_aftercare_of_an_earlier_request(story: Story, sam: Person) -> None:
    """Not delivered, sent again, used: then the first request is looked at once more, before the second."""
    story.phone(JANES_PHONE, on=False)
    send(sam)
    first = story.request.id
    for _ in range(4):
        story.tick(4)
    story.phone(JANES_PHONE, on=True)
    sam.press("Send again")
    fill_in(sam)
    sam.submit()
    story.tick(3)
    secret = story.texts[-1]["body_as_sent"].split("\n")[1]
    use(story.product, JANE, secret, OWN)
    story.bot.follower.look(first)
    is_hers(story, secret)
    story.tick(3)
    assert story.requests()[-1].state == "completed"


def test_at_every_age_of_the_request(story: Story, sam: Person) -> None:
    send(sam)
    story.let_time_pass(minutes=40)
    use(story.product, JANE, story.secret, OWN)
    story.let_time_pass(minutes=70)
    is_hers(story, story.secret)
