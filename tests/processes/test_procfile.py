"""The Procfile as a runner of such files starts it: `release` first, then `web` and `worker`, several of each."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.conftest import Server, address
from tests.processes.moves import main_job
from tests.processes.patience import eventually
from tests.processes.process import GRACE, procfile
from tests.processes.wire import get
from tests.processes.yard import Maker, Stores, free_port, open_yard, until_ready
from tests.scenario.wire import tell

HONCHO = f"{sys.executable} -m honcho --no-colour --no-prefix -f Procfile"


def test_what_is_in_it() -> None:
    assert sorted(procfile()) == ["release", "web", "worker"]


def test_the_whole_procfile(stores: Maker, server: Server, tmp_path: Path) -> None:
    product = stores("postgresql").product
    with open_yard(Stores(address(server.new()), product), tmp_path / "yard", http=True) as yard:
        port = free_port()
        release = yard.start("release", f"{HONCHO} start release")
        assert release.popen.wait(60) == 0, release.said
        yard.processes.remove(release)
        runner = f"{HONCHO} start web worker -c web=1,worker=2 -p {port}"
        started = yard.start("runner", runner, WEB_CONCURRENCY="2")
        url = f"http://127.0.0.1:{port}"
        until_ready(url)
        yard.until_found()
        yard.slack_calls(url)
        tell(f"{yard.url}/control/slack", {"verify": True})  # as when the address is entered in Slack
        main_job(yard, yard.person("sam"))
        yard.assert_audit_unbroken()
        yard.processes.remove(started)
        started.popen.terminate()
        started.popen.wait(GRACE)  # its own status tells only that it was ended by a signal
        assert "Traceback" not in started.said
        assert started.said.count(" stopped (") == 3, started.said
        eventually("nobody listens any more", lambda: get(f"{url}/healthz")[0] == 0)


def test_a_web_process_says_what_is_missing(stores: Maker, tmp_path: Path) -> None:
    """Not a traceback."""
    with open_yard(stores("sqlite"), tmp_path / "yard", http=False) as yard:
        web = yard.start("web", PORT=str(free_port()))
        assert web.popen.wait(20) != 0
        assert "SLACK_SIGNING_SECRET is missing" in web.said
        assert "Traceback" not in web.said
        yard.processes.remove(web)
