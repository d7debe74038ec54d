"""Twilio's receipts with gunicorn, a worker and PostgreSQL between them; asking Twilio fails all the while."""

from __future__ import annotations

from pathlib import Path

from tests.processes.moves import choose_own, secret_in
from tests.processes.patience import eventually
from tests.processes.yard import Maker, Yard, free_port, open_yard, until_ready
from tests.scenario.moves import JANE, JANES_PHONE, send
from tests.scenario.wire import tell


def test_receipts_and_stop_reach_every_process(stores: Maker, tmp_path: Path) -> None:
    port = free_port()
    public = f"http://127.0.0.1:{port}"
    with open_yard(stores("postgresql"), tmp_path / "yard", http=True, moved=True, PUBLIC_URL=public) as yard:
        yard.start("web", PORT=str(port), WEB_CONCURRENCY="2")
        yard.start("worker")
        until_ready(public)
        yard.until_found()
        yard.slack_calls(public)
        yard.twilio(code=500, when="read", times=1_000_000)
        yard.twilio(callbacks={"twice": True}, inbound_url=f"{public}/twilio/inbound")
        sam = yard.person("sam")
        send(sam)
        (text,) = eventually("the text is on its way", lambda: yard.texts_to(JANES_PHONE))
        forgery = {"sid": text["sid"], "status": "undelivered", "code": 30003}
        tell(f"{yard.url}/control/twilio/callback", forgery)
        yard.pass_time(3)
        eventually("it is delivered", lambda: states(yard) == [("delivered", text["sid"])])
        choose_own(yard, JANE, secret_in(text))
        yard.pass_time(5)
        eventually("she is in", lambda: [state for state, _ in states(yard)] == ["completed"])
        eventually("the forgery is counted", lambda: counted(yard, "receipts:forged") == 1)
        eventually("the doubles are counted", lambda: counted(yard, "receipts:repeated") == 2)
        tell(f"{yard.url}/control/text", {"number": JANES_PHONE, "body": "STOP"})
        eventually("STOP is heard", lambda: len(yard.own("SELECT number FROM locksmith_stopped")) == 1)
        assert not [one for process in yard.processes for one in process.logged("request failed")]
        yard.assert_audit_unbroken()


def states(yard: Yard) -> list[tuple[str, str]]:
    return yard.own("SELECT state, message_id FROM locksmith_request")


def counted(yard: Yard, name: str) -> int:
    return sum(count for (count,) in yard.own("SELECT count FROM locksmith_counter WHERE name = :name", name=name))
