"""Double clicks, replays, duplicated envelopes, two agents at once: one text, whatever happens."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.scenario.moves import JANE, fill_in, open_form, send
from tests.scenario.people import Person
from tests.scenario.story import Story
from tests.scenario.wire import Json


def acks(state: Json) -> int:
    return sum(1 for one in state["traffic"] if one["way"] == "out" and one["name"].startswith("ack"))


def test_every_envelope_twice(story: Story, sam: Person) -> None:
    """The second ack is worth nothing to Slack; the second work must be worth nothing to anybody."""
    story.slack(duplicate=True)
    results = sam.command(f"/reset-user {JANE}")
    story.until(lambda state: acks(state) == 2)
    assert len(sam.messages()) == 2
    sam.press("Reset password", on=JANE)
    story.until(lambda state: acks(state) == 4)
    assert sam.modal.title == "Reset password"
    assert [message.ts for message in sam.messages()][1:] == [results.ts]
    fill_in(sam)
    sam.submit()
    story.until(lambda state: acks(state) == 6)
    assert sam.modal.title == "Sending text"
    story.slack(duplicate=False)
    story.tick(3)
    assert sam.modal.title == "Text delivered"
    assert len(story.posts) == 1
    assert len(story.requests()) == 1
    assert len(sam.cards) == 1
    assert story.product.opens(JANE, story.secret)


def test_a_double_click_on_the_lock_opens_one_form_that_works(story: Story, sam: Person) -> None:
    results = sam.command(f"/reset-user {JANE}")
    for _ in range(2):
        sam.press("Reset password", on=JANE, at=results)
    assert len(sam.sees()["modals"]) == 1
    fill_in(sam)
    sam.submit()
    assert len(story.posts) == 1


def test_two_presses_of_send_at_the_same_moment(story: Story, sam: Person) -> None:
    open_form(sam)
    fill_in(sam)
    form = sam.modal.id
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(sam.submit)
        second = pool.submit(sam.try_to_submit, form)
        first.result()
        second.result()
    story.tick(2)
    assert len(story.posts) == 1
    assert sam.modal.title == "Text sent"


def test_two_agents_for_the_same_person_one_after_the_other(story: Story, sam: Person, ana: Person) -> None:
    open_form(ana)
    fill_in(ana)
    send(sam)
    ana.submit()
    assert ana.modal.title == "Already under way"
    reference = story.request.reference
    assert f"Sam Okafor has a reset of this person under way: {reference}" in ana.modal.text
    assert "No second text was sent" in ana.modal.text
    assert f"reset under way by Sam Okafor ({reference})" in ana.command(f"/reset-user {JANE}").row(JANE)
    own = sam.command(f"/reset-user {JANE}")
    assert "reset under way by Sam Okafor" in own.row(JANE)
    assert len(story.posts) == 1


def test_two_agents_for_the_same_person_at_the_same_moment(story: Story, sam: Person, ana: Person) -> None:
    for agent in (sam, ana):
        open_form(agent)
        fill_in(agent)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(Person.submit, (sam, ana)))
    titles = sorted(agent.modal.title for agent in (sam, ana))
    assert titles == ["Already under way", "Sending text"]
    story.tick(2)
    assert len(story.posts) == 1
    assert len(story.requests()) == 1


def test_two_agents_for_two_people_at_the_same_moment(story: Story, sam: Person, ana: Person) -> None:
    open_form(sam)
    open_form(ana, "jose.nunez@acme.example")
    for agent in (sam, ana):
        fill_in(agent)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(Person.submit, (sam, ana)))
    story.tick(3)
    assert [agent.modal.title for agent in (sam, ana)] == ["Text delivered"] * 2
    assert len({text["to"] for text in story.texts}) == len(story.texts) == 2


def test_a_form_that_was_open_for_too_long(story: Story, sam: Person) -> None:
    open_form(sam)
    fill_in(sam)
    story.tick(31 * 60)
    sam.submit()
    assert "The form was open for too long" in sam.modal.text
    assert "Search again" in sam.modal.text
    assert story.posts == []


def test_work_that_was_lost_is_picked_up(story: Story, sam: Person) -> None:
    """As after a crash between the answer and the work."""
    story.work.loses = True
    send(sam)
    story.work.loses = False
    assert story.request.state == "approved"
    story.tick(6)
    story.tick(2)
    assert sam.modal.title == "Text sent"
    assert len(story.posts) == 1


def test_work_that_was_lost_for_too_long_is_not_sent(story: Story, sam: Person) -> None:
    story.work.loses = True
    send(sam)
    story.work.loses = False
    story.clock.at = story.at(minutes=11)
    story.tick(2)
    story.tick(2)
    assert sam.modal.title == "Not sent"
    assert "It took too long" in sam.modal.text
    assert story.posts == []
