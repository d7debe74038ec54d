"""SIGTERM: nothing new is begun, what has begun ends, within ten seconds."""

from __future__ import annotations

from pathlib import Path

from tests.processes.patience import eventually
from tests.processes.test_main_job import RUN, over_the_socket
from tests.processes.yard import Maker, Yard, open_yard, until_ready
from tests.scenario.moves import JANES_PHONE, fill_in, open_form, send


def test_one_process_ends_although_a_text_is_under_way(stores: Maker, tmp_path: Path) -> None:
    """The carrier does not answer; who comes next finds out what became of it."""
    with open_yard(stores("sqlite"), tmp_path / "yard", http=False, moved=True) as yard:
        over_the_socket(yard, 1)
        yard.twilio(code="hang", kept=True)
        sam = yard.person("sam")
        send(sam)
        (text,) = eventually("the text is on its way", lambda: yard.texts_to(JANES_PHONE))
        (process,) = yard.processes
        yard.processes.clear()
        assert process.end() < 10
        yard.start("run", RUN).wait_for("running")
        yard.pass_time(130)
        eventually("it is proven", lambda: _states(yard) == [("delivered", text["sid"])])
        assert len(yard.texts_to(JANES_PHONE)) == 1
        yard.assert_audit_unbroken()


def test_a_web_process_ends_although_texts_are_under_way(stores: Maker, tmp_path: Path) -> None:
    """What it had taken on and not begun, a worker carries out."""
    with open_yard(stores("postgresql"), tmp_path / "yard", http=True, moved=True) as yard:
        url = yard.web(1)
        until_ready(url)
        yard.slack_calls(url)
        yard.twilio(code="hang", kept=True)
        sam = yard.person("sam")
        open_form(sam)
        fill_in(sam)
        sam.submit()
        eventually("the text is on its way", lambda: yard.texts_to(JANES_PHONE))
        (process,) = yard.processes
        yard.processes.clear()
        assert process.end() < 10
        yard.start("worker").wait_for("running")
        yard.pass_time(130)
        eventually("it is proven", lambda: [state for state, _ in _states(yard)] == ["delivered"])
        assert len(yard.texts_to(JANES_PHONE)) == 1


def _states(yard: Yard) -> list[tuple[str, str]]:
    return yard.own("SELECT state, message_id FROM locksmith_request")
