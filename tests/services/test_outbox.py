"""The outbox: coalesced, in order, never lost, never in the way of a reset."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.db.tables import OutboxRow, RequestRow
from services.directory.presets import PRESETS
from services.errors import Later, Undeliverable
from services.model import Kind, State
from tests.services.house import SAM, House, make_house


def rows(house: House, kind: Kind, state: str) -> int:
    with house.database.read() as session:
        found = session.scalars(select(OutboxRow).where(OutboxRow.kind == kind, OutboxRow.state == state))
        return len(found.all())


def test_a_reset_is_told_once_per_place(either: House) -> None:
    either.reset()
    either.announce()
    assert sorted(either.notebook.kinds()) == ["card", "confirm"]
    assert rows(either, Kind.CARD, "done") == 1  # created, sending, sent: coalesced while nobody drained
    either.look(after=2)
    assert either.notebook.kinds()[2:] == ["modal"]


def test_the_modal_is_not_updated_before_the_answer_to_the_submission_left(either: House) -> None:
    either.reset()
    either.clock.advance(seconds=1)
    either.announce()
    assert "modal" not in either.notebook.kinds()
    either.clock.advance(seconds=1)
    either.announce()
    assert "modal" in either.notebook.kinds()


def test_the_card_is_edited_and_its_history_hangs_under_it_at_the_end(either: House) -> None:
    either.reset()
    either.announce()
    either.look(after=60 * 60)
    cards = [task for task in either.notebook.tasks if task.kind is Kind.CARD]
    history = [task for task in either.notebook.tasks if task.kind is Kind.HISTORY]
    assert cards[0].ref is None
    assert cards[-1].ref is not None
    assert [task.ref for task in history] == [cards[-1].ref]
    assert [line.event for line in history[0].history] == [
        "request:created",
        "text:intended",
        "password:written",
        "text:accepted",
        "password:lapsed",
    ]


def test_a_closed_modal_means_a_direct_message(either: House) -> None:
    request = either.reset()
    either.announce()
    either.resets.modal_closed(request.id, "V1")
    either.carrier.says("SM1", "delivered")
    either.look(after=2)
    assert either.notebook.kinds()[-3:] == ["card", "confirm", "direct"]


def test_a_modal_that_is_gone_means_a_direct_message(either: House) -> None:
    request = either.reset()
    either.announce()
    either.clock.advance(seconds=2)
    either.notebook.fault, either.notebook.only = Undeliverable("modal_gone"), Kind.MODAL
    either.announce()
    assert either.resets.show(SAM, request.id).modal_id == ""
    assert either.notebook.kinds()[-1] == "direct"
    assert either.alarms == []


def test_bad_news_is_a_new_message(either: House) -> None:
    either.reset()
    either.carrier.says("SM1", "undelivered", "30003")
    either.look(after=2)
    assert "news" in either.notebook.kinds()


def test_later_waits_and_nothing_is_lost(either: House) -> None:
    either.notebook.fault = Later(30, "ratelimited")
    either.reset()
    either.announce()
    assert either.notebook.tasks == []
    either.notebook.fault = None
    either.announce()
    assert either.notebook.tasks == []
    either.clock.advance(seconds=31)
    either.announce()
    assert sorted(set(either.notebook.kinds())) == ["card", "confirm", "modal"]


def test_put_off_just_when_a_younger_one_comes(folder: Path, postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between our look for one and our commit, which SQLite's one writer rules out: the younger one shows it."""
    house = make_house(folder, PRESETS["statstak"], postgres)
    request = house.reset()
    looks = house.outbox._has_twin
    came = list[int]()

    def comes_behind(session: Session, row: OutboxRow) -> bool:
        found = looks(session, row)
        if row.kind == Kind.CARD and not came:
            came.append(row.id)
            house.lifecycle.note(request.id, "", show=True)
        return found

    monkeypatch.setattr(house.outbox, "_has_twin", comes_behind)
    house.notebook.fault = Later(30, "ratelimited")
    house.announce()
    assert came
    assert (rows(house, Kind.CARD, "done"), rows(house, Kind.CARD, "ready"), rows(house, Kind.CARD, "claimed")) == (
        1,
        1,
        0,
    )
    house.notebook.fault = None
    house.clock.advance(seconds=31)
    house.announce()
    assert house.notebook.kinds().count("card") == 1
    house.database.close()
    house.engine.dispose()


def test_a_permanent_error_parks_one_and_alarms(either: House) -> None:
    either.notebook.fault = Undeliverable("is_archived")
    request = either.reset()
    either.announce()
    assert rows(either, Kind.CARD, "parked") == 1
    assert either.alarms == ["announcement parked"] * len(either.alarms)
    assert either.resets.show(SAM, request.id).state is State.SENT
    either.notebook.fault = None
    either.look(after=60 * 60)
    assert "card" in either.notebook.kinds()


def test_a_claim_whose_worker_died_is_free_again(either: House) -> None:
    either.reset()
    assert either.outbox._claim() is not None  # and the process dies here
    either.announce()
    assert either.notebook.kinds() == ["confirm"]
    either.clock.advance(seconds=61)
    either.announce()
    assert "card" in either.notebook.kinds()


def test_the_reply_address_is_sealed_and_erased(either: House) -> None:
    request = either.reset()
    with either.database.read() as session:
        sealed = session.get_one(RequestRow, request.id).reply_sealed
    assert sealed is not None
    assert b"slack.example" not in sealed
    either.announce()
    confirm = next(task for task in either.notebook.tasks if task.kind is Kind.CONFIRM)
    assert confirm.reply_url == "https://slack.example/reply"
    assert "slack.example" not in repr(confirm)
    either.look(after=60 * 60)
    with either.database.read() as session:
        assert session.get_one(RequestRow, request.id).reply_sealed is not None
    either.follower.forget()
    with either.database.read() as session:
        assert session.get_one(RequestRow, request.id).reply_sealed is None


def test_the_confirmation_follows_while_its_address_lives(either: House) -> None:
    request = either.reset()
    either.announce()
    either.carrier.says("SM1", "delivered")
    either.look(after=2)
    either.product_does("UPDATE people SET password_hash = 'her own', must_change_password = 0 WHERE id = 1")
    either.look(after=2)
    told = [task for task in either.notebook.tasks if task.kind is Kind.CONFIRM]
    assert [task.request.state for task in told] == [State.SENT, State.DELIVERED, State.COMPLETED]
    assert all(task.reply_url for task in told)
    with either.database.read() as session:
        assert session.get_one(RequestRow, request.id).reply_sealed is None


def test_the_reply_address_is_forgotten_after_half_an_hour(either: House) -> None:
    form = either.resets.form(SAM, "1", reply_url="https://slack.example/reply", channel="C1")
    either.clock.advance(minutes=31)
    assert either.follower.forget() == 1
    either.clock.advance(days=2)
    either.follower.forget()
    assert form.draft_id
    with either.database.read() as session:
        assert session.scalars(select(RequestRow)).all() == []
