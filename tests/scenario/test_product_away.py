"""The product's database is away, refuses, or changes meanwhile: clear words, nothing sent, no repair by hand."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from bot.demo_data import JANES_OLD_PASSWORD
from tests.scenario.moves import JANE, fill_in, open_form, send, use
from tests.scenario.people import Person
from tests.scenario.story import Story

AWAY = "The product's list of people could not be reached"


def test_at_the_search(story: Story, sam: Person) -> None:
    story.product.goes_away()
    told = sam.command("/reset-user jane doe")
    assert AWAY in told.text
    assert "Try again in a minute" in told.text
    story.product.comes_back()
    assert len(sam.command("/reset-user jane doe").rows) == 2


@pytest.mark.parametrize("directory_seconds", [1.0])
def test_one_that_hangs_costs_no_answer(story: Story, sam: Person) -> None:
    """Slack waits three seconds for each of these; whoever came too late read that the command had failed."""
    open_form(sam)
    fill_in(sam)
    story.product.hangs()
    sam.submit()
    assert AWAY in sam.modal.text
    sam.close()
    assert AWAY in sam.command("/reset-user jane doe").text
    assert AWAY in sam.command("/reset-user somebody@acme.example").text
    story.product.comes_back()
    assert len(sam.command("/reset-user jane doe").rows) == 2
    story.product.hangs()
    sam.press("Reset password", on=JANE)
    assert AWAY in sam.modal.text
    sam.close()
    story.product.comes_back()
    assert sam.told_by_slack == []
    assert story.requests() == []


def test_while_paging_the_message_stays(story: Story, sam: Person) -> None:
    before = sam.command("/reset-user a")
    story.product.goes_away()
    sam.press("Next")
    assert AWAY in sam.modal.text
    sam.close()
    assert sam.message.text == before.text
    story.product.comes_back()
    sam.press("Next")
    assert "6–10" in sam.message.text


def test_at_the_lock(story: Story, sam: Person) -> None:
    sam.command(f"/reset-user {JANE}")
    story.product.goes_away()
    sam.press("Reset password")
    assert AWAY in sam.modal.text
    sam.close()
    story.product.comes_back()
    sam.press("Reset password")
    assert sam.modal.title == "Reset password"


def test_at_the_submission(story: Story, sam: Person) -> None:
    open_form(sam)
    fill_in(sam)
    story.product.goes_away()
    sam.submit()
    assert AWAY in sam.modal.text
    assert "their old password works as before" in sam.modal.text
    assert story.requests() == []
    story.product.comes_back()
    sam.close()
    send(sam)
    assert len(story.posts) == 1


def test_between_the_submission_and_the_write(story: Story, sam: Person) -> None:
    with story.held():
        send(sam)
        assert sam.modal.title == "Sending text"
        story.product.goes_away()
    story.tick(2)
    assert sam.modal.title == "Not sent"
    assert AWAY in sam.modal.text
    assert "Their old password still works" in sam.modal.text
    assert story.posts == []
    story.product.comes_back()
    assert story.product.opens(JANE, JANES_OLD_PASSWORD)
    sam.press("Back to the form")
    fill_in(sam)
    sam.submit()
    story.tick(3)
    assert sam.modal.title == "Text delivered"


def test_between_the_rehearsal_and_the_write(story: Story, sam: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    before_the_write(story, monkeypatch, story.product.goes_away)
    send(sam)
    story.product.comes_back()
    story.tick(2)
    assert sam.modal.title == "Not sent"
    assert AWAY in sam.modal.text
    assert story.posts == []
    story.let_time_pass(minutes=16)
    assert story.product.person(JANE)["temporary_password_hash"] is None
    assert story.product.opens(JANE, JANES_OLD_PASSWORD)


def test_while_the_text_is_on_its_way_it_is_looked_at_again(story: Story, sam: Person) -> None:
    send(sam)
    story.product.goes_away()
    for _ in range(3):
        story.tick(2)
    assert story.request.state in ("sent", "delivered")
    story.product.comes_back()
    story.tick(2)
    assert sam.modal.title == "Text delivered"
    use(story.product, JANE, story.secret, "my own words")
    story.tick(3)
    assert sam.modal.title == "Own password chosen"


def test_away_at_the_expiry_it_is_taken_back_later(story: Story, sam: Person) -> None:
    send(sam)
    sam.close()
    story.let_time_pass(minutes=59)
    story.product.goes_away()
    story.let_time_pass(minutes=5)
    story.product.comes_back()
    story.let_time_pass(minutes=3)
    assert story.request.state == "lapsed"
    assert story.product.person(JANE)["temporary_password_hash"] is None


def test_a_product_that_refuses_the_write_is_found_out_before_the_text(story: Story, sam: Person) -> None:
    story.product.run("CREATE TRIGGER no BEFORE UPDATE ON people BEGIN SELECT RAISE(ABORT, 'not by you'); END")
    send(sam)
    story.tick(2)
    assert sam.modal.title == "Not sent"
    assert "The product did not let Locksmith set a temporary password" in sam.modal.text
    assert story.posts == []
    assert story.alarms == ["the directory refuses our writes"]
    assert JANE not in str(story.logged)


def test_a_product_that_does_not_keep_what_was_written_is_found_out_too(story: Story, sam: Person) -> None:
    story.product.run(
        "CREATE TRIGGER cut AFTER UPDATE ON people WHEN NEW.temporary_password_hash IS NOT NULL BEGIN"
        " UPDATE people SET temporary_password_hash = substr(NEW.temporary_password_hash, 1, 40)"
        " WHERE id = NEW.id; END"
    )
    send(sam)
    story.tick(2)
    assert sam.modal.title == "Not sent"
    assert story.posts == []
    assert story.product.person(JANE)["temporary_password_hash"] is None


@pytest.mark.parametrize(
    "change",
    [{"phone": "+1 202-555-0199"}, {"role": "administrator"}, {"active": 0}, {"email": "jane@new.example"}],
    ids=lambda change: next(iter(change)),
)
def test_facts_that_changed_while_the_form_was_open(story: Story, sam: Person, change: dict[str, object]) -> None:
    open_form(sam)
    fill_in(sam)
    story.product.change(JANE, **change)
    sam.submit()
    assert sam.modal.title == "Not possible"
    assert "Nothing was sent" in sam.modal.text
    assert "changed after" in sam.modal.text or "deactivated" in sam.modal.text
    assert story.requests() == []
    assert story.posts == []


def test_a_number_that_changed_after_the_submission(story: Story, sam: Person) -> None:
    with story.held():
        send(sam)
        story.product.change(JANE, phone="+1 202-555-0199")
    story.tick(2)
    assert sam.modal.title == "Not sent"
    assert "The number, e-mail, role or account of Jane Doe changed after" in sam.modal.text
    assert "Make sure that it was them who changed it" in sam.modal.text
    assert story.posts == []


def test_another_temporary_password_set_by_the_product_between(
    story: Story, sam: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$c29tZWhhc2g"
    before_the_write(story, monkeypatch, lambda: story.product.change(JANE, temporary_password_hash=theirs))
    send(sam)
    story.tick(2)
    assert sam.modal.title == "Not sent"
    assert "The password of Jane Doe was changed in the meantime" in sam.modal.text
    assert story.posts == []
    story.let_time_pass(minutes=16)
    assert story.product.person(JANE)["temporary_password_hash"] == theirs


def test_jane_remembers_and_changes_her_password_while_the_text_is_on_its_way(story: Story, sam: Person) -> None:
    send(sam)
    with story.product.visit() as jane:
        assert "Welcome" in jane.sign_in(JANE, JANES_OLD_PASSWORD)
        assert "Your new password is saved" in jane.choose("my own words", current=JANES_OLD_PASSWORD)
    story.tick(3)
    assert sam.modal.title == "Own password chosen"
    assert not story.product.opens(JANE, story.secret)
    story.let_time_pass(minutes=75)
    assert story.product.opens(JANE, "my own words")


def test_a_password_changed_by_the_operator_after_the_submission_is_the_one_that_stays(
    story: Story, sam: Person
) -> None:
    with story.held():
        send(sam)
        story.product.set_password(JANE, "set by an operator")
    story.tick(3)
    assert sam.modal.title == "Text delivered"
    story.let_time_pass(minutes=62)
    assert story.request.state == "lapsed"
    assert story.product.opens(JANE, "set by an operator")


def before_the_write(story: Story, monkeypatch: pytest.MonkeyPatch, change: object) -> None:
    """`change` happens once, when everything was read and rehearsed and nothing is written yet."""
    done = list[object]()

    def late(settle: Callable[..., object], person_key: str, **given: object) -> object:
        if not done:
            done.append(change)
            assert callable(change)
            change()
        return settle(person_key, **given)

    for bot in story.bots:
        monkeypatch.setattr(bot.settler, "settle", partial(late, bot.settler.settle))
