"""Texts go out to nobody: that is said before a form is filled in, what is approved waits, and it ends by itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from bot.demo_data import JANES_OLD_PASSWORD
from services.db import session as sessions
from tests.scenario.moves import FORGOT, JANE, OTHER_JANE, WHY, approve, ask, fill_in, open_form, send, use
from tests.scenario.people import Person
from tests.scenario.setting import only
from tests.scenario.story import Story

MARIA = "maria.silva@acme.example"
NOWHERE = "http://127.0.0.1:9"
SINCE = "(since 14:42: carrier refused our credentials)"
BANNER = f"Texts are not going out at the moment {SINCE}. I try again every half minute."
AWAY = "Locksmith's own database could not be reached."


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before Locksmith is built: a locked database is given up at once and not after two seconds."""
    monkeypatch.setattr(sessions, "LOCKED_MS", 20)


def key_revoked(story: Story, agent: Person) -> None:
    """One text is refused for it, which is proof enough."""
    story.twilio(code=20003)
    send(agent, MARIA)
    story.tick(2)
    assert agent.modal.title == "Not sent"
    agent.close()


def out_of_reach(story: Story, patch: pytest.MonkeyPatch) -> None:
    """From every process."""
    for bot in story.bots:
        patch.setattr(bot.circuit._carrier._carrier, "_api_url", NOWHERE)  # type: ignore[attr-defined]


def test_from_the_first_refusal_to_the_end_of_it(story: Story, sam: Person, ana: Person, maya: Person) -> None:
    key_revoked(story, sam)
    assert f"Texts are not going out {SINCE}." in maya.announced[-1]
    assert story.alarms == ["texts do not go out"]

    results = ana.command("/reset-user jane doe")
    assert results.lines[0] == BANNER.replace("14:42", "16:42")  # in São Paulo
    assert len(results.rows) == 2
    ana.press("Reset password", on=JANE)
    assert ana.modal.title == "No texts at the moment"
    assert "Texts are not going out at the moment (since 16:42: " in ana.modal.text
    assert "Nothing was sent, nothing was changed: their old password works as before." in ana.modal.text
    assert "Say: “Texts do not go out just now. May I call you back?”" in ana.modal.text
    assert "Offer the caller to call back in a few minutes." in ana.modal.text
    ana.close()
    assert story.product.opens(JANE, JANES_OLD_PASSWORD)

    story.tick(31)
    assert story.traffic("twilio")[-1]["name"] == "GET Account"
    story.tick(2)
    head = "Texts go out again (they did not since 14:42: carrier refused our credentials)."
    assert head in maya.announced[-1]
    assert story.alarms == ["texts do not go out", "texts go out again"]
    assert "Texts are not going out" not in ana.command("/reset-user jane doe").text
    send(ana)
    story.tick(3)
    assert ana.modal.title == "Text delivered"
    assert len(story.texts) == 1


def test_a_carrier_out_of_reach_is_noticed_by_the_third_reset(
    story: Story, sam: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        out_of_reach(story, patch)
        for _ in range(3):
            assert "Texts are not going out" not in sam.command(f"/reset-user {JANE}").text
            with story.held():
                send(sam)
            story.tick(2)
            assert "The carrier could not be reached" in sam.modal.text
            sam.close()
        assert "Texts are not going out at the moment" in sam.command(f"/reset-user {JANE}").text
        assert "carrier not reached" in sam.message.lines[0]
        for _ in range(3):
            story.tick(31)
        assert "Texts are not going out" in sam.command(f"/reset-user {JANE}").text
    story.tick(31)
    send(sam)
    story.tick(3)
    assert sam.modal.title == "Text delivered"
    use(story.product, JANE, story.secret, "my own words")


def test_a_form_that_was_open_keeps_what_was_filled_in(story: Story, sam: Person, ana: Person) -> None:
    open_form(sam)
    fill_in(sam, ticket="ZD-9", note="she is at the airport")
    key_revoked(story, ana)
    posts = len(story.posts)
    sam.submit()
    assert sam.modal.title == "Reset password"
    assert list(sam.modal.says_wrong) == [WHY]
    said = sam.modal.says_wrong[WHY]
    assert said.startswith(f"Texts are not going out at the moment {SINCE}.")
    assert "Nothing was sent. Leave this form open and send it again in a minute." in said
    kept = {field.label: field.value for field in sam.modal.fields}
    assert (kept[WHY], kept["Ticket"], kept["Note"]) == (FORGOT, "ZD-9", "she is at the airport")
    assert len(story.posts) == posts

    story.tick(31)
    sam.submit()
    story.tick(3)
    assert sam.modal.title == "Text delivered"
    assert story.requests()[-1].ticket == "ZD-9"


def test_what_is_approved_meanwhile_waits_and_everybody_is_told(
    story: Story, sam: Person, ana: Person, maya: Person, omar: Person
) -> None:
    ask(sam)
    key_revoked(story, ana)
    posts = len(story.posts)
    omar.command("/reset-user waiting")
    omar.press("Approve")
    assert "the text to ••17 goes out as soon as texts go out again." in omar.message.text
    story.tick(2)
    assert sam.modal.title == "Waiting to send"
    assert "Texts are not going out at the moment (carrier refused our credentials)." in sam.modal.text
    assert "Nothing was sent yet." in sam.modal.text
    assert "Their old password still works." in sam.modal.text
    assert "It goes out by itself as soon as it can, until 14:52; else it ends unsent." in sam.modal.text
    assert "Waiting to send" in sam.message.text
    assert any("Waiting to send" in line for line in maya.thread)
    assert sam.cards[-2].text.startswith("Waiting to send")
    assert len(story.posts) == posts

    story.tick(31)
    story.tick(5)
    story.tick(3)
    assert sam.modal.title == "Text delivered"
    assert len(story.posts) == posts + 1


def test_what_waits_too_long_ends_unsent_and_says_why(
    story: Story, sam: Person, ana: Person, maya: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(sam)
    sam.close()
    key_revoked(story, ana)
    out_of_reach(story, monkeypatch)
    approve(maya)
    story.tick(2)
    assert "Waiting to send" in sam.direct_messages[-1].text
    story.let_time_pass(minutes=11, looks=22)
    assert "Not sent · Jane Doe" in sam.direct_messages[-1].text
    assert "The carrier could not be reached." in sam.direct_messages[-1].text
    assert "Their old password still works." in sam.direct_messages[-1].text
    assert story.product.person(OTHER_JANE)["temporary_password_hash"] is None


def test_a_carrier_that_is_silent_to_texts_is_tried_with_the_next_one(story: Story, sam: Person, ana: Person) -> None:
    """Its account answers, so a question proves nothing: one text is the trial, and one alone."""
    for email in (JANE, MARIA, "cher@acme.example"):
        story.twilio(code=500)
        send(sam, email)
        assert sam.modal.title == "Sending text"
        sam.close()
    story.tick(2)
    assert "carrier silent" in ana.command("/reset-user sandoval").lines[0]
    story.tick(31)
    assert "The next text shows whether texts go out again." in ana.command("/reset-user oliver").lines[0]
    send(ana, "oliver.pham@northwind.example")
    story.tick(3)
    assert ana.modal.title == "Text delivered"
    ana.close()
    assert "texts" not in ana.command("/reset-user oliver").lines[0].casefold()


# --- Locksmith's own database is locked -----------------------------------------------------------


@contextmanager
def locked(story: Story) -> Iterator[None]:
    """Another program writes into Locksmith's file and takes its time."""
    with closing(sqlite3.connect(story.folder / "locksmith.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@only(database="sqlite")
def test_a_locked_database_is_told_in_time_at_each_step(story: Story, sam: Person) -> None:
    with locked(story):
        assert AWAY in sam.command(f"/reset-user {JANE}").text
    open_form(sam)
    sam.close()
    with locked(story):
        sam.press("Reset password")
        assert AWAY in sam.modal.text
        sam.close()
    open_form(sam)
    fill_in(sam)
    with locked(story):
        sam.submit()
        assert AWAY in sam.modal.text
        assert "By this, nothing was sent or changed." in sam.modal.text
        assert "their old password works" not in sam.modal.text  # of others that are under way nobody knows here
    assert story.requests() == []
    assert sam.told_by_slack == []
    sam.close()
    send(sam)
    story.tick(3)
    assert sam.modal.title == "Text delivered"
    with locked(story):
        sam.submit()  # "Continue"
    assert not sam.has_modal


@only(database="sqlite")
def test_locked_between_the_submission_and_the_sending_it_goes_out_later(story: Story, sam: Person) -> None:
    story.faults_expected = True
    story.work.loses = True
    send(sam)
    with locked(story):
        story.tick(5)
        sam.press("Show result")
        assert sam.modal.title == "Sending text"
    story.work.loses = False
    assert story.posts == []
    story.tick(6)
    story.tick(3)
    story.tick(3)
    assert sam.modal.title == "Text delivered"
    assert len(story.posts) == 1
