"""Call and read it out: for landlines, for whoever replied STOP, and where a text does not get through."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from bot.demo_data import JANES_OLD_PASSWORD
from tests.scenario.moves import CALLED_BACK, CHECKED, COMPROMISED, JANE, JANES_PHONE, WHY, fill_in, open_form, use
from tests.scenario.people import Person
from tests.scenario.story import Story
from tests.scenario.wire import Json

GERALD, GERALDS_PHONE = "gerald.hathaway@acme.example", "+442079460958"
HOW, TEXT, CALL = "How shall it reach them?", "Text message", "Call and read it out"
OWN = "my own words 42"
ONCE_MORE = "Once more, with a word for each letter."


@pytest.fixture
def calls() -> bool:
    return True


def call(agent: Person, email: str = JANE, *, why: str = "Forgot or locked out") -> None:
    """From the search to "Calling"."""
    open_form(agent, email)
    fill_in(agent, why=why)
    agent.choose(HOW, CALL)
    agent.submit()


def soon(story: Story, so: Callable[[], bool]) -> None:
    """Within a few ticks: Twilio's own requests come when they come, beside the clockwork."""
    for _ in range(6):
        if so():
            return
        story.tick(1)
    assert so()


def ring(story: Story) -> Json:
    """Until the phone rings."""
    story.tick(2)
    soon(story, lambda: bool(story.calls) and story.calls[-1]["status"] == "ringing")
    return story.calls[-1]


def write_down(heard: list[str]) -> str:
    """What somebody who listens writes down; both readings must say the same. Empty where nothing was read out."""
    if ONCE_MORE not in heard:
        return ""
    at = len(heard) - 1 - heard[::-1].index(ONCE_MORE)
    once, again = (
        "-".join("".join(word[0] for word in group.removesuffix(", dash").split(", ")) for group in groups)
        for groups in (heard[at - 4 : at], heard[at + 1 : at + 5])
    )
    assert once == again
    assert all(re.fullmatch(r"(\w, ){3}\w(, dash)?", group) for group in heard[at - 4 : at])
    return once.lower()


def heard(story: Story) -> list[str]:
    return [str(line) for line in story.calls[-1]["spoken"]]


def shows(story: Story, agent: Person, title: str) -> None:
    """In the modal."""
    soon(story, lambda: agent.modal.title == title)


# --- the straight path ----------------------------------------------------------------------------


def test_gerald_has_a_landline_and_is_let_in_by_a_call(story: Story, sam: Person, maya: Person) -> None:
    results = sam.command("/reset-user hathaway")
    assert "landline ••58: can be called" in results.row(GERALD)
    sam.press("Reset password", on=GERALD)
    assert "→ call to +44 ••• ••58" in sam.modal.text
    assert list(sam.modal.field(HOW).options) == [CALL]
    fill_in(sam)
    sam.choose(HOW, CALL)
    sam.submit()
    shows(story, sam, "Calling")
    assert "Calling Gerald Hathaway ••58" in sam.modal.text

    placed = ring(story)
    assert (placed["to"], placed["rings_for"]) == (GERALDS_PHONE, 30)
    assert story.texts == []
    sam.press("Refresh")
    assert "StatStak Labs calls you now. Press 1" in sam.modal.text

    story.at_the_phone(GERALDS_PHONE, "answer")
    assert heard(story)[:2] == [
        "Hello. This is an automated call from StatStak Labs.",
        "To hear your temporary password, press 1.",
    ]
    story.at_the_phone(GERALDS_PHONE, "press", "1")
    story.tick(2)
    shows(story, sam, "Reading out")
    assert "1 was pressed on the phone of Gerald Hathaway ••58: it is being read out" in sam.modal.text
    secret = write_down(heard(story))

    story.at_the_phone(GERALDS_PHONE, "press", "1")
    assert write_down(heard(story)) == secret
    story.at_the_phone(GERALDS_PHONE, "hang up")
    story.tick(2)
    shows(story, sam, "Read out")
    assert "✓ 14:42 called   ✓ 14:42 read out   … not signed in yet" in sam.modal.text
    use(story.product, GERALD, secret, OWN)
    story.tick(2)
    shows(story, sam, "Own password chosen")
    assert story.product.opens(GERALD, OWN)

    story.tick(5)
    (card,) = maya.cards
    (history,) = card.replies
    for step in (
        "asked by Sam Okafor",
        "call accepted CA…",
        "key pressed, being read out",
        "heard again",
        "read out",
    ):
        assert step in history.text
    assert story.calls[-1]["deleted"]


def test_the_form_asks_how_and_text_is_chosen(story: Story, sam: Person) -> None:
    open_form(sam)
    assert "→ text or call to +1 ••• ••42" in sam.modal.text
    assert sam.modal.field(HOW).value == TEXT
    fill_in(sam)
    sam.submit()
    story.tick(3)
    shows(story, sam, "Text delivered")
    assert story.calls == []
    use(story.product, JANE, story.secret, OWN)


def test_the_receipts_come_by_themselves(story: Story, sam: Person) -> None:
    """No job runs after the call was placed: Twilio tells, and the key."""
    call(sam)
    ring(story)
    story.at_the_phone(JANES_PHONE, "answer")
    story.at_the_phone(JANES_PHONE, "press", "1")
    story.at_the_phone(JANES_PHONE, "hang up")
    sam.waits_for("It was read out to Jane Doe ••42")


# --- nobody takes it ------------------------------------------------------------------------------


def nothing_was_changed(story: Story, email: str = JANE, old: str = JANES_OLD_PASSWORD) -> None:
    soon(story, lambda: story.product.person(email)["temporary_password_hash"] is None)
    assert story.product.opens(email, old)


@pytest.mark.parametrize(
    ("done", "said", "code"),
    [
        ("decline", "The line of Jane Doe is busy", "busy"),
        ("", "Nobody answered the call to Jane Doe", "no-answer"),
        ("voicemail", "nobody pressed 1, so nothing was read out. It may have been voicemail", "no-key"),
        ("hang up", "nobody pressed 1, so nothing was read out", "no-key"),
    ],
)
def test_a_call_that_nobody_takes_is_told_with_what_to_do(
    story: Story, sam: Person, done: str, said: str, code: str
) -> None:
    call(sam)
    ring(story)
    if done == "hang up":
        story.at_the_phone(JANES_PHONE, "answer")
    if done:
        story.at_the_phone(JANES_PHONE, done)
    story.tick(31)
    story.tick(2)
    shows(story, sam, "Not read out")
    assert said in sam.modal.text
    assert "Their old password works" in sam.modal.text
    assert f"Carrier's code: {code}" in sam.modal.text
    soon(story, lambda: "Not read out · Jane Doe" in sam.message.text)
    nothing_was_changed(story)
    assert len(story.calls) == 1


def test_voicemail_hears_who_called_and_nothing_else(story: Story, sam: Person) -> None:
    call(sam)
    ring(story)
    story.at_the_phone(JANES_PHONE, "voicemail")
    story.tick(11)
    assert heard(story) == [
        "Hello. This is an automated call from StatStak Labs.",
        "To hear your temporary password, press 1.",
        "If you did not ask for it, hang up and call 555-010-0199.",
        "To hear your temporary password, press 1.",
        "Nobody pressed 1, so nothing is read out. Goodbye.",
    ]


def test_call_again(story: Story, sam: Person) -> None:
    call(sam)
    ring(story)
    story.at_the_phone(JANES_PHONE, "decline")
    story.tick(2)
    shows(story, sam, "Not read out")
    sam.press("Call again")
    assert sam.modal.field(HOW).value == CALL
    sam.choose(CHECKED, CALLED_BACK)
    sam.choose(WHY, "Forgot or locked out")
    sam.choose(HOW, CALL)
    sam.submit()
    ring(story)
    story.at_the_phone(JANES_PHONE, "answer")
    story.at_the_phone(JANES_PHONE, "press", "1")
    assert "This one replaces any that you got before." in heard(story)
    use(story.product, JANE, write_down(heard(story)), OWN)
    assert len(story.calls) == 2


# --- instead of a text ----------------------------------------------------------------------------


@pytest.mark.parametrize("code", [30003, 30006, 30007])
def test_an_undelivered_text_leads_to_a_call_by_one_button(story: Story, sam: Person, code: int) -> None:
    story.twilio(code=code, when="delivery")
    open_form(sam)
    fill_in(sam)
    sam.submit()
    story.tick(3)
    shows(story, sam, "Not delivered")
    assert "Next: Call and read it out" in sam.modal.text
    assert [button.words for button in sam.modal.buttons][:1] == ["Call and read it out"]
    sam.press("Call and read it out")
    assert sam.modal.field(HOW).value == CALL
    assert sam.modal.field(WHY).value == "Forgot or locked out"
    sam.choose(CHECKED, CALLED_BACK)
    sam.choose(WHY, "Forgot or locked out")
    sam.choose(HOW, CALL)
    sam.submit()
    ring(story)
    story.at_the_phone(JANES_PHONE, "answer")
    story.at_the_phone(JANES_PHONE, "press", "1")
    use(story.product, JANE, write_down(heard(story)), OWN)
    story.tick(3)
    shows(story, sam, "Own password chosen")


def test_who_replied_stop_is_called(story: Story, sam: Person) -> None:
    story.texts_back(JANES_PHONE, "STOP")
    open_form(sam)
    fill_in(sam)
    sam.submit()
    story.tick(2)
    shows(story, sam, "Not sent")
    assert "Jane Doe replied STOP to our texts" in sam.modal.text
    assert "Next: Call and read it out" in sam.modal.text
    sam.close()
    assert "Replied STOP to our texts" in sam.command(f"/reset-user {JANE}").row(JANE)
    sam.press("Reset password", on=JANE)
    assert sam.modal.field(HOW).value == CALL
    assert "have it read out, or ask them to text START" in sam.modal.text
    fill_in(sam)
    sam.choose(HOW, CALL)
    sam.submit()
    ring(story)
    story.at_the_phone(JANES_PHONE, "answer")
    story.at_the_phone(JANES_PHONE, "press", "1")
    use(story.product, JANE, write_down(heard(story)), OWN)


# --- whose yes it needs, and what is said meanwhile -----------------------------------------------


def test_a_manager_agrees_to_a_call(story: Story, sam: Person, maya: Person) -> None:
    open_form(sam)
    sam.choose(WHY, "Forgot or locked out")
    sam.choose(CHECKED, "Not checked")
    sam.choose(HOW, CALL)
    sam.submit()
    story.tick(1)
    assert "the call comes by itself" in sam.modal.text
    asked = maya.asked_to_decide
    assert "If approved: a call to ••42 reads it out at once" in asked.text
    maya.press("Approve", at=asked)
    ring(story)
    shows(story, sam, "Calling")
    story.at_the_phone(JANES_PHONE, "decline")
    story.tick(2)
    soon(story, lambda: "Not read out 14:42: line busy. Their old password works." in maya.thread)


def test_compromised_by_a_call_says_what_opens_it(story: Story, sam: Person) -> None:
    call(sam, why=COMPROMISED)
    ring(story)
    sam.press("Refresh")
    assert "only the new one opens the account" in sam.modal.text
    assert not story.product.opens(JANE, JANES_OLD_PASSWORD)
    story.at_the_phone(JANES_PHONE, "answer")
    story.at_the_phone(JANES_PHONE, "press", "1")
    use(story.product, JANE, write_down(heard(story)), OWN)


def test_a_second_agent_reads_that_somebody_is_being_called(story: Story, sam: Person, ana: Person) -> None:
    call(sam)
    ring(story)
    row = ana.command(f"/reset-user {JANE}").row(JANE)
    assert "reset under way by Sam Okafor" in row
    assert ": calling" in row


# --- refusals and faults --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (21215, "Calls to the country of Jane Doe's number are switched off"),
        (21217, "does not exist or cannot be called"),
        (20003, "nobody can be called"),
    ],
)
def test_a_refused_call_says_why(story: Story, sam: Person, code: int, said: str) -> None:
    story.twilio(code=code, times=9)
    call(sam)
    story.tick(2)
    shows(story, sam, "Not called")
    assert said in sam.modal.text
    nothing_was_changed(story)
    assert story.calls == []


def test_a_lost_answer_is_proven_by_the_ringing(story: Story, sam: Person) -> None:
    story.twilio(code="timeout", kept=True)
    call(sam)
    assert story.request.state == "unknown"
    ring(story)
    story.at_the_phone(JANES_PHONE, "answer")
    story.at_the_phone(JANES_PHONE, "press", "1")
    assert write_down(heard(story))
    story.tick(2)
    assert story.request.state == "sent"
    shows(story, sam, "Reading out")
    assert len(story.calls) == 1


def test_withdrawn_while_it_rings_nothing_is_read_out(story: Story, sam: Person) -> None:
    call(sam)
    ring(story)
    sam.press("Refresh")
    sam.press("Withdraw")
    story.at_the_phone(JANES_PHONE, "answer")
    story.at_the_phone(JANES_PHONE, "press", "1")
    assert heard(story)[-2:] == [
        "Sorry, there is no temporary password to read out any more.",
        "If you still need one, call 555-010-0199. Goodbye.",
    ]
    assert story.request.state == "revoked"
    nothing_was_changed(story)
