"""A backup of Locksmith's database put back by the book, between two lives of the process."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url

from tests.processes.moves import choose_own, ended, numbers_of, secret_in
from tests.processes.patience import eventually
from tests.processes.test_main_job import RUN, over_the_socket
from tests.processes.yard import Maker, Yard, open_yard
from tests.scenario.moves import JANE, OTHER_JANE, approve, ask, send


def test_nobody_is_locked_out_and_nothing_is_sent_twice(stores: Maker, tmp_path: Path) -> None:
    """Jane's text was out by then and she chose her own since; the other Jane's was approved and sent since."""
    with open_yard(stores("sqlite"), tmp_path / "yard", http=False, moved=True) as yard:
        over_the_socket(yard, 1)
        sam, maya = yard.person("sam"), yard.person("maya")
        send(sam)
        eventually("it is delivered", lambda: ended(yard, [JANE])["delivered"])
        ask(sam)
        eventually("a manager is asked", lambda: maya.approval_cards)
        copy(own(yard), tmp_path / "copy.db")

        approve(maya)
        eventually("it is delivered", lambda: ended(yard, [OTHER_JANE])["delivered"])
        choose_own(yard, JANE, secret_in(text_of(yard, JANE)))
        eventually("it is seen", lambda: ended(yard, [JANE])["completed"])
        (process,) = yard.processes
        yard.processes.clear()
        process.end()

        copy(tmp_path / "copy.db", own(yard))
        status, said = yard.python("doctor --after-restore")
        assert (status, "A process works on this database" in said) == (1, True), said  # by what the backup knows
        yard.pass_time(130)
        status, said = yard.python("doctor --after-restore")
        assert (status, "Start Locksmith now." in said) == (0, True), said
        assert "A password that the person chose since opens the account." in " ".join(said.split())
        assert "or one that was texted or chosen after the backup." in " ".join(said.split())

        yard.start("run", RUN).wait_for("running")
        sam.reload()
        eventually("Sam is told", lambda: "put back to a backup" in str([one.text for one in sam.direct_messages]))
        choose_own(yard, OTHER_JANE, secret_in(text_of(yard, OTHER_JANE)))  # it is hers, though nobody knows here
        assert len(yard.texts) == 2
        assert ended(yard, [JANE, OTHER_JANE]) == {"completed": 1, "expired": 1}
        yard.assert_audit_unbroken()


def text_of(yard: Yard, email: str) -> dict[str, object]:
    (text,) = yard.texts_to(numbers_of(yard, [email])[email])
    return text


def own(yard: Yard) -> Path:
    return Path(str(make_url(yard.stores.own).database))


def copy(source: Path, target: Path) -> None:
    """As `sqlite3 source ".backup target"`; also back over a database, whose -wal and -shm go with it."""
    for end in ("", "-wal", "-shm"):
        Path(f"{target}{end}").unlink(missing_ok=True)
    with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(target)) as there:
        here.backup(there)
