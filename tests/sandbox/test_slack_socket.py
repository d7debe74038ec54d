"""Socket Mode: connections, envelopes, acks, and what happens when they fail. Events too."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Event

import pytest
from slack_sdk import WebClient
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from sandbox.app import Running, start
from tests.sandbox.slack_app import SILENCE, WAIT, Json, Person, SlackApp, call, control, noted, until, write_manifest


def socket_url(sandbox: Running) -> str:
    web = WebClient(base_url=f"{sandbox.url}/api/")
    url: str = web.apps_connections_open(app_token="xapp-sandbox")["url"]
    return url


def read(connection: ClientConnection) -> Json:
    message: Json = json.loads(connection.recv(timeout=WAIT))
    return message


def test_hello_says_how_long_it_lasts(sandbox: Running, sam: Person) -> None:
    """Source: docs.slack.dev/apis/events-api/using-socket-mode."""
    with connect(socket_url(sandbox), proxy=None) as connection:
        hello = read(connection)
        assert (hello["type"], hello["num_connections"]) == ("hello", 1)
        assert hello["connection_info"] == {"app_id": "A0LOCKSMITH"}
        assert hello["debug_info"]["approximate_connection_time"] > 0
        assert sam.state["connected"] is True
    until(sandbox.url, "U0SAM", lambda s: s["connected"] is False)


def test_an_address_works_once(sandbox: Running) -> None:
    """Source: docs.slack.dev/apis/events-api/using-socket-mode."""
    url = socket_url(sandbox)
    with connect(url, proxy=None) as connection:
        read(connection)
        with pytest.raises(InvalidStatus):
            connect(url, proxy=None)
        with pytest.raises(InvalidStatus):
            connect(url.partition("?")[0] + "?ticket=invented", proxy=None)


def test_ping_is_answered(sandbox: Running) -> None:
    """Source: docs.slack.dev/apis/events-api/using-socket-mode."""
    with connect(socket_url(sandbox), proxy=None) as connection:
        assert connection.ping().wait(WAIT)


def test_at_most_ten_connections(sandbox: Running) -> None:
    """Source: docs.slack.dev/apis/events-api/using-socket-mode (10 connections)."""
    with ExitStack() as ten:
        for _ in range(10):
            read(ten.enter_context(connect(socket_url(sandbox), proxy=None)))
        with connect(socket_url(sandbox), proxy=None) as eleventh:
            assert read(eleventh)["reason"] == "too_many_websockets"


def test_socket_mode_can_be_off(tmp_path: Path) -> None:
    """Source: docs.slack.dev/apis/events-api/using-socket-mode."""

    def change(declared: Json) -> None:
        declared["settings"]["socket_mode_enabled"] = False

    running = start(manifest=write_manifest(tmp_path / "m.yml", change))
    with connect(socket_url(running), proxy=None) as connection:
        assert read(connection)["reason"] == "link_disabled"
    running.close()


def test_what_is_not_an_ack_is_noted_and_ignored(sandbox: Running, sam: Person) -> None:
    """Source: docs.slack.dev/apis/events-api/using-socket-mode."""
    with connect(socket_url(sandbox), proxy=None) as connection:
        read(connection)
        connection.send("not json")
        connection.send('{"envelope_id": "nobody asked"}')
        until(sandbox.url, "U0SAM", lambda s: bool(noted(s, "not an ack") and noted(s, "unknown")))
    assert sam.state["notices"] == []


def test_an_app_that_went_away_without_an_ack(sandbox: Running, sam: Person) -> None:
    """Source: docs.slack.dev/apis/events-api/using-socket-mode."""
    gone = Event()
    app = SlackApp(sandbox.url)

    def leave(_: object) -> Json:
        gone.set()
        raise ConnectionError("the app dies here")

    app._client.logger.disabled = True
    app.answer = leave
    sam.command("/reset-user jane")
    assert gone.is_set()
    assert "operation_timeout" in sam.state["notices"][0]["text"]
    app.close()


def test_a_disconnect_makes_the_client_come_back(app: SlackApp, sam: Person, sandbox: Running) -> None:
    """Source: docs.slack.dev/apis/events-api/using-socket-mode (disconnect messages)."""
    first = app._client.session_id()
    control(sandbox.url, disconnect="refresh_requested")
    until(sandbox.url, "U0SAM", lambda s: s["connected"] and hellos(s) == 2)
    app.answers({"text": "still here"})
    sam.command("/reset-user jane")
    assert app._client.session_id() != first
    assert sam.messages()[-1]["text"] == "still here"


def hellos(state: Json) -> int:
    return len([one for one in state["traffic"] if one["name"] == "hello"])


def test_the_sandbox_closes_connections_when_it_ends(manifest: Path) -> None:
    """Source: docs.slack.dev/apis/events-api/using-socket-mode."""
    running = start(manifest=manifest)
    with connect(socket_url(running), proxy=None) as connection:
        read(connection)
        running.close()
        with pytest.raises(ConnectionClosed) as caught:
            connection.recv(timeout=WAIT)
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1001


def test_events_that_the_manifest_subscribes_to(app: SlackApp, sam: Person, sandbox: Running) -> None:
    """Source: docs.slack.dev/apis/events-api, reference/app-manifest (`bot_events`)."""
    sam.act("message", channel="D0SAM", text="hello?")
    got = app.next()
    event = got["event"]
    assert (got["type"], got["team_id"]) == ("event_callback", "T0STATSTAK")
    assert (event["type"], event["channel_type"], event["text"]) == ("message", "im", "hello?")
    assert app.envelopes[-1].accepts_response_payload is False
    sam.act("look", channel="D0SAM")
    assert app.next()["event"]["type"] == "app_home_opened"
    control(sandbox.url, membership={"user": "U0PAT", "channel": "C0AUDIT", "in": True})
    joined = app.next()["event"]
    assert (joined["type"], joined["user"], joined["channel"]) == ("member_joined_channel", "U0PAT", "C0AUDIT")
    control(sandbox.url, group={"id": "S0MANAGERS", "add": "U0PAT"})
    changed = app.next()["event"]
    assert (changed["type"], changed["added_users"]) == ("subteam_members_changed", ["U0PAT"])


def test_events_that_it_does_not(app: SlackApp, sam: Person, person: Callable[[str], Person]) -> None:
    """Source: docs.slack.dev/apis/events-api, reference/app-manifest (`bot_events`)."""
    sam.act("message", channel="C0SUPPORT", text="@locksmith hello?")
    person("U0ANA").act("look", channel="C0SUPPORT")
    assert app.got.empty()


def test_an_event_without_an_ack_is_sent_once_more(app: SlackApp, sam: Person) -> None:
    """Source: docs.slack.dev/apis/events-api (retries)."""
    app.answers(SILENCE)
    sam.act("message", channel="D0SAM", text="hello?")
    assert app.next()["event_id"] == app.next()["event_id"]
    assert [e.retry_attempt for e in app.envelopes] == [0, 1]
    assert app.envelopes[1].retry_reason == "timeout"


def test_the_third_attempt_comes_after_a_minute(app: SlackApp, sam: Person, sandbox: Running) -> None:
    """Source: docs.slack.dev/apis/events-api (retries)."""
    app.answers(SILENCE)
    sam.act("message", channel="D0SAM", text="hello?")
    first, _ = app.next(), app.next()
    app.answers(None)
    call(f"{sandbox.url}/control/clock", {"advance": 61})
    assert app.next()["event_id"] == first["event_id"]
    assert app.envelopes[2].retry_attempt == 2


def test_after_a_warning_the_old_connection_serves_ten_seconds_more(sandbox: Running, sam: Person) -> None:
    """Source: docs.slack.dev/apis/events-api/using-socket-mode (disconnect messages)."""
    with connect(socket_url(sandbox), proxy=None) as connection:
        read(connection)
        control(sandbox.url, disconnect="warning")
        assert read(connection)["reason"] == "warning"
        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(sam.command, "/reset-user jane")
            connection.send(json.dumps({"envelope_id": read(connection)["envelope_id"], "payload": {"text": "here"}}))
            done.result()
        assert sam.messages()[-1]["text"] == "here"
        call(f"{sandbox.url}/control/clock", {"advance": 11})
        with pytest.raises(ConnectionClosed):
            connection.recv(timeout=WAIT)


def test_a_dropped_socket(sandbox: Running, sam: Person) -> None:
    """Source: docs.slack.dev/apis/events-api/using-socket-mode."""
    with connect(socket_url(sandbox), proxy=None) as connection:
        read(connection)
        control(sandbox.url, drop=True)
        with pytest.raises(ConnectionClosed) as caught:
            connection.recv(timeout=WAIT)
        assert caught.value.rcvd is None, "not a word"
    assert sam.state["connected"] is False
    sam.command("/reset-user jane")
    assert "dispatch_failed" in sam.state["notices"][0]["text"]
