"""Seals, secrets, text, phones, audit chain, database: the parts everything stands on."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text as sql

from services import text
from services.db.migrate import check, is_current, migrate
from services.db.session import Database, make_engine
from services.errors import DatabaseUnreachable, SealBroken
from services.lifecycle import ARROWS
from services.model import LIVE, State
from services.passwords import ALPHABET, ENTROPY_BITS, make_secret
from services.policy import Rules
from services.seals import Seals
from services.snapshot import wants_new
from tests.services.house import GOOD, SAM, House

RULES = Rules(product="P" * text.PRODUCT_LENGTH, contact="9" * text.CONTACT_LENGTH, zone="Australia/Sydney")


# --- seals --------------------------------------------------------------------------------------


@given(st.text(), st.lists(st.text(), min_size=1, max_size=3), st.lists(st.text(), min_size=1, max_size=3))
def test_a_seal_opens_only_where_it_belongs(clear: str, here: list[str], there: list[str]) -> None:
    seals = Seals(["k" * 32])
    sealed = seals.seal(clear, *here)
    assert seals.open(sealed, *here) == clear
    if here != there:
        with pytest.raises(SealBroken):
            seals.open(sealed, *there)


def test_a_changed_seal_and_a_lost_key() -> None:
    old, new = Seals(["a" * 32]), Seals(["b" * 32, "a" * 32])
    sealed = old.seal("x", "r", "p")
    assert new.open(sealed, "r", "p") == "x"
    for broken in (sealed[:-1] + bytes([sealed[-1] ^ 1]), b"", sealed[:8]):
        with pytest.raises(SealBroken):
            old.open(broken, "r", "p")
    with pytest.raises(SealBroken):
        Seals(["b" * 32]).open(sealed, "r", "p")


# --- the secret ---------------------------------------------------------------------------------


def test_the_secret_is_long_random_and_unmistakable() -> None:
    made = {make_secret() for _ in range(500)}
    assert len(made) == 500
    assert len(ALPHABET) == 31
    assert not set(ALPHABET) & set("il1o0")
    assert ENTROPY_BITS > 79
    for secret in made:
        assert [len(group) for group in secret.split("-")] == [4, 4, 4, 4]
        assert set(secret) <= {*ALPHABET, "-"}


# --- the text -----------------------------------------------------------------------------------


def test_the_longest_text_is_one_segment() -> None:
    body = text.compose(RULES, make_secret(), datetime(2026, 1, 1, tzinfo=UTC), "R-7F3K")
    assert text.problems(RULES) == []
    assert text.septets(body) == len(body) <= text.SEGMENT_SEPTETS


@pytest.mark.parametrize(
    ("product", "contact"),
    [("P" * 20, "1"), ("P", "1" * 19), ("", "1"), ("P", ""), ("Łoś", "1"), ("P", "☎ 1"), ("a{b}", "1")],
)
def test_settings_that_would_not_fit_are_named(product: str, contact: str) -> None:
    assert len(text.problems(replace(RULES, product=product, contact=contact))) == 1


# --- states -------------------------------------------------------------------------------------


def test_arrows_lead_somewhere_and_ends_are_ends() -> None:
    assert set(ARROWS) == LIVE | {State.UNDELIVERED}
    for source, targets in ARROWS.items():
        assert source not in targets
        assert targets


@pytest.mark.parametrize("beside", [True, False])
def test_no_ended_request_wants_its_password_held(beside: bool) -> None:
    assert not any(wants_new(state, beside=beside) for state in State if state not in LIVE)


# --- the audit chain ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE locksmith_audit SET actor_name = 'Ana' WHERE seq = 2",
        "UPDATE locksmith_audit SET detail = '{}' WHERE seq = 3",
        "DELETE FROM locksmith_audit WHERE seq = 2",
        "DELETE FROM locksmith_audit WHERE seq = (SELECT max(seq) FROM locksmith_audit)",
        "UPDATE locksmith_audit_head SET digest = 'x'",
        "UPDATE locksmith_audit SET key_id = 'ffffffff' WHERE seq = 1",
    ],
)
def test_tampering_shows(beside: House, tampering: str) -> None:
    beside.reset()
    assert beside.audit.verify().broken_at is None
    with beside.database.write() as session:
        session.execute(sql(tampering))
    assert beside.audit.verify().broken_at is not None


def test_a_refusal_is_an_event_without_the_persons_words(beside: House) -> None:
    beside.resets.refused("U0PAT", "T0", "command")
    with beside.database.read() as session:
        row = session.execute(sql("SELECT event, actor_id, detail FROM locksmith_audit ORDER BY seq DESC")).first()
    assert row is not None
    assert tuple(row) == ("agent:refused", "U0PAT", '{"what": "command"}')


def test_if_the_audit_cannot_be_written_nothing_happens(beside: House) -> None:
    form = beside.resets.form(SAM, "1", reply_url="", channel="")
    with beside.database.write() as session:
        session.execute(sql("ALTER TABLE locksmith_audit RENAME TO elsewhere"))
    with pytest.raises(DatabaseUnreachable):
        beside.resets.submit(SAM, form.draft_id, GOOD, modal_id="")
    with beside.database.write() as session:
        session.execute(sql("ALTER TABLE elsewhere RENAME TO locksmith_audit"))
        assert session.execute(sql("SELECT count(*) FROM locksmith_request")).scalar() == 0
    assert beside.carrier.posts == []


# --- the database -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_migrations_make_the_declared_tables(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue("empty_postgres") if kind == "postgresql" else f"sqlite:///{tmp_path / 'x.db'}"
    engine = make_engine(url)
    assert not is_current(engine)
    migrate(engine)
    migrate(engine)
    assert is_current(engine)
    check(engine)
    engine.dispose()


def test_concurrent_read_then_write_loses_nothing(tmp_path: Path) -> None:
    database = Database(make_engine(f"sqlite:///{tmp_path / 'x.db'}"))
    with database.write() as session:
        session.execute(sql("CREATE TABLE counter (n INTEGER)"))
        session.execute(sql("INSERT INTO counter VALUES (0)"))

    def count() -> None:
        for _ in range(50):
            with database.write() as session:
                seen = session.execute(sql("SELECT n FROM counter")).scalar_one()
                session.execute(sql("UPDATE counter SET n = :n"), {"n": seen + 1})

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        assert session.execute(sql("SELECT n FROM counter")).scalar_one() == 200
    database.close()
