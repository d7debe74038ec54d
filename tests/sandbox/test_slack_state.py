"""What the page is told, and what people do besides clicking."""

from collections.abc import Callable
from pathlib import Path

from sandbox.app import Running, start
from tests.sandbox.slack_app import (
    Json,
    Person,
    SlackApp,
    actions,
    button,
    call,
    fetch,
    modal,
    section,
    until,
    write_manifest,
)


def test_the_workspace_at_first_sight(sam: Person) -> None:
    state = sam.state
    assert state["me"] == {
        "id": "U0SAM", "name": "Sam Okafor", "role": "agent", "tz": "America/New_York", "bot": False,
    }  # fmt: skip
    assert [p["id"] for p in state["people"]] == [
        "U0SAM", "U0ANA", "U0BEN", "U0MAYA", "U0OMAR", "U0PAT", "U0LOCKSMITH", "U0DESK",
    ]  # fmt: skip
    assert [g["handle"] for g in state["groups"]] == ["support-agents", "support-managers"]
    assert state["app"] == {"id": "A0LOCKSMITH", "name": "Locksmith", "user": "U0LOCKSMITH"}
    assert state["commands"][0]["command"] == "/reset-user"
    assert state["shortcuts"] == [{"name": "Reset", "type": "message", "callback_id": "reset"}]
    assert [(c["id"], c["kind"]) for c in state["conversations"]] == [
        ("C0SUPPORT", "public"), ("C0AUDIT", "private"), ("D0SAM", "im"),
    ]  # fmt: skip
    assert state["messages"]["C0SUPPORT"][0]["user"] == "U0DESK"
    assert (state["story"], state["modals"], state["notices"]) == ([False] * 5, [], [])
    assert state["phones"] == []


def test_who_sees_which_channels(person: Callable[[str], Person]) -> None:
    """Source: docs.slack.dev/reference/objects/conversation-object (`is_private`)."""
    seen = {user: set(person(user).state["messages"]) for user in ("U0MAYA", "U0PAT")}
    assert seen == {
        "U0MAYA": {"C0SUPPORT", "C0AUDIT", "C0APPROVALS", "D0MAYA"},
        "U0PAT": {"C0SUPPORT", "D0PAT"},
    }


def test_unread_until_looked_at(sam: Person, person: Callable[[str], Person]) -> None:
    def unread() -> int:
        return int(sam.state["conversations"][0]["unread"])

    sam.act("look", channel="C0SUPPORT")
    assert unread() == 0
    sam.act("message", channel="C0SUPPORT", text="my own")
    assert unread() == 0
    person("U0ANA").act("message", channel="C0SUPPORT", text="another's")
    assert unread() == 1
    sam.act("look", channel="C0SUPPORT")
    assert unread() == 0


def test_a_change_is_pushed_to_everybody_who_watches(
    sandbox: Running, sam: Person, person: Callable[[str], Person]
) -> None:
    person("U0ANA").act("message", channel="C0SUPPORT", text="she called again")
    until(sandbox.url, "U0SAM", lambda s: s["messages"]["C0SUPPORT"][-1]["text"] == "she called again")
    assert sam.messages()[-1]["user"] == "U0ANA"


def test_people_answer_in_threads(sam: Person) -> None:
    """Source: docs.slack.dev/reference/methods/chat.postMessage (argument `thread_ts`)."""
    root = sam.messages()[0]["ts"]
    sam.act("message", channel="C0SUPPORT", text="on it", thread_ts=root)
    assert [r["text"] for r in sam.messages()[0]["replies"]] == ["on it"]
    sam.act("message", channel="C0SUPPORT", text="a <!channel> & b")
    assert sam.messages()[-1]["text"] == "a &lt;!channel&gt; &amp; b"
    assert sam.try_to("message", channel="C0SUPPORT", text="x", thread_ts="1.2")["ok"] is False
    assert sam.try_to("message", channel="C0SUPPORT", text="  ")["ok"] is False


def test_writing_to_the_bot_can_be_turned_off(tmp_path: Path) -> None:
    """Source: docs.slack.dev/reference/app-manifest (`messages_tab_read_only_enabled`)."""

    def change(declared: Json) -> None:
        declared["features"]["app_home"]["messages_tab_read_only_enabled"] = True

    running = start(manifest=write_manifest(tmp_path / "m.yml", change))
    done = Person(running.url, "U0SAM").try_to("message", channel="D0SAM", text="hello?")
    assert done["ok"] is False
    running.close()


def test_without_interactivity_nothing_can_be_clicked(tmp_path: Path) -> None:
    """Source: docs.slack.dev/reference/app-manifest (`interactivity`)."""

    def change(declared: Json) -> None:
        declared["settings"]["interactivity"]["is_enabled"] = False

    running = start(manifest=write_manifest(tmp_path / "m.yml", change))
    sam = Person(running.url, "U0SAM")
    container = {"type": "message", "channel": "C0SUPPORT", "ts": "1.2"}
    assert sam.try_to("click", container=container, block_id="b", action_id="a")["ok"] is False
    ts = sam.messages()[0]["ts"]
    assert sam.try_to("shortcut", channel="C0SUPPORT", ts=ts, callback_id="reset")["ok"] is False
    running.close()


def test_acts_that_make_no_sense(sandbox: Running, sam: Person) -> None:
    assert sam.try_to("dance")["ok"] is False
    assert "missing required field: text" in sam.try_to("command", channel="C0SUPPORT")["error"]
    assert sam.try_to("click", container={"type": "wall"}, block_id="b", action_id="a")["ok"] is False
    assert sam.try_to("submit", view_id="V1", values="x")["ok"] is False
    assert fetch(f"{sandbox.url}/act/reload", b"{")[1] == '{"ok":false,"error":"that is not JSON"}'
    assert Person(sandbox.url, "U0LOCKSMITH").try_to("reload")["ok"] is False
    assert call(f"{sandbox.url}/control/state?as=U0NOBODY")["ok"] is False
    assert call(f"{sandbox.url}/control/slack", {"nonsense": 1})["ok"] is False
    assert call(f"{sandbox.url}/control/slack", {"group": {"id": "S9", "add": "U0SAM"}})["ok"] is False


def test_the_first_steps_of_the_story(app: SlackApp, sam: Person) -> None:
    assert sam.state["story"] == [False] * 5
    app.answers({"text": "nothing found", "blocks": [section()]})
    sam.command("/reset-user nobody")
    assert sam.state["story"][0] is False
    app.answers(None)
    sam.command("/reset-user jane")
    app.next()
    app.web.views_open(trigger_id=app.next()["trigger_id"], view=modal(actions(button())))
    assert sam.state["story"][0] is True
    sam.act("look", channel="C0AUDIT")
    assert sam.state["story"] == [True, False, False, False, False]


def test_traffic_shows_everything_but_tokens(app: SlackApp, sam: Person, sandbox: Running) -> None:
    app.answers({"text": "answer"})
    sam.command("/reset-user jane")
    app.web.chat_postMessage(channel="C0AUDIT", text="card", metadata={"event_type": "x", "event_payload": {}})
    kept = call(f"{sandbox.url}/control/traffic")
    assert kept == sam.state["traffic"]
    seen = [(one["way"], one["wire"], one["name"]) for one in kept]
    assert seen == [
        ("out", "slack", "apps.connections.open"),
        ("in", "socket", "hello"),
        ("in", "socket", "/reset-user"),
        ("out", "socket", "ack /reset-user"),
        ("out", "slack", "chat.postMessage"),
    ]
    assert kept[3]["detail"]["payload"] == {"text": "answer"}
    assert kept[4]["detail"]["request"]["text"] == "card"
    assert kept[2]["detail"]["payload"]["token"] == "[token]"
    everything = str(kept)
    assert not any(token in everything for token in ("xoxb-sandbox", "xapp-sandbox", "sandbox-verification"))


def test_the_clock_moves_and_stays_moved(manifest: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    running = start(manifest=manifest, data=data)
    assert (data / "clock").read_text() == "0.0\n"
    before = Person(running.url, "U0SAM").state
    call(f"{running.url}/control/clock", {"advance": 600})
    after = Person(running.url, "U0SAM").state
    assert after["offset"] == 600.0
    assert after["now"] >= before["now"] + 600
    assert (data / "clock").read_text() == "600.0\n"
    running.close()
    running = start(manifest=manifest, data=data)
    assert Person(running.url, "U0SAM").state["offset"] == 600.0
    running.close()


def test_the_workspace_outlives_a_restart(manifest: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    running = start(manifest=manifest, data=data)
    app, sam = SlackApp(running.url), Person(running.url, "U0SAM")
    sam.command("/reset-user jane")
    app.web.views_open(trigger_id=app.next()["trigger_id"], view=modal(section()))
    app.web.chat_postEphemeral(channel="C0SUPPORT", user="U0SAM", text="only you")
    before = sam.state
    app.close()
    running.close()
    running = start(manifest=manifest, data=data)
    after = Person(running.url, "U0SAM").state
    for part in ("messages", "modals", "conversations", "story", "notices"):
        assert after[part] == before[part]
    running.close()
