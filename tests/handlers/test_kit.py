"""Any text in, a valid payload out."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.views import kit
from sandbox.slack.blocks import message_problems, view_problems

TEXT = st.text(st.characters(codec=None), max_size=400) | st.sampled_from(["x" * 5000, "<!channel>", "\u202e", " "])
HIDDEN = {
    *map(chr, range(32)),
    *map(chr, range(0x7F, 0xA0)),
    *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
}
AT = datetime(2026, 11, 23, 19, 42, tzinfo=UTC)


@given(TEXT)
def test_clean_leaves_one_visible_line_that_json_can_carry(text: str) -> None:
    cleaned = kit.clean(text)
    assert not set(cleaned) & HIDDEN
    assert cleaned.encode().decode() == cleaned
    assert kit.clean(cleaned) == cleaned


@given(TEXT)
def test_escaped_text_holds_no_markup(text: str) -> None:
    escaped = kit.esc(text)
    assert "<" not in escaped
    assert ">" not in escaped
    bare = escaped.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")
    assert "&" not in bare
    assert escaped.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == kit.clean(text)


@given(TEXT, st.integers(1, 100))
def test_clip_never_cuts_silently(text: str, limit: int) -> None:
    clipped = kit.clip(text, limit)
    assert len(clipped) <= limit
    assert clipped == text or clipped.endswith("…")


@given(st.lists(TEXT, min_size=1, max_size=4))
def test_any_text_makes_a_valid_message(texts: list[str]) -> None:
    one = texts[0]
    message = kit.message(
        one,
        kit.rich([kit.Bold(one), *texts, kit.Link(one, "https://x.example/"), kit.When(AT, one)], texts),
        kit.section(*texts, accessory=kit.button(one, "a", label=one)),
        kit.context(*texts, kit.When(AT, one, dated=True)),
        kit.type_in("b", "a", one, value=one, placeholder=one, hint=one, most=200, enter=True),
    )
    assert message_problems(message.blocks) == []
    assert len(message.text) <= kit.MESSAGE_TEXT
    assert json.dumps(message.blocks).encode()


@given(TEXT, st.integers(1, 100))
def test_any_text_makes_a_valid_modal(text: str, choices: int) -> None:
    options = [kit.Choice(str(number), text, text) for number in range(choices)]
    view = kit.modal("c", text, kit.pick("b", "a", text, options), submit=text or "Go", close=text)
    assert view_problems(view) == []


@given(TEXT)
def test_only_a_web_address_becomes_a_link(url: str) -> None:
    block = kit.rich([kit.Link("ticket", url)])
    assert message_problems([block]) == []
    assert block["elements"][0]["elements"][0]["type"] == "text" or url.startswith(("http://", "https://"))


def test_a_script_is_no_link() -> None:
    (line,) = kit.rich([kit.Link("ticket", "javascript:alert(1)")])["elements"]
    assert line["elements"] == [{"type": "text", "text": "ticket"}]


@pytest.mark.parametrize(
    "make",
    [
        lambda: kit.button("x", "a" * 256),
        lambda: kit.button("x", "a", "v" * 2001),
        lambda: kit.pick("b", "a", "x", [kit.Choice("v" * 151, "x")]),
        lambda: kit.pick("b", "a", "x", []),
        lambda: kit.pick("b", "a", "x", [kit.Choice("v", "x")] * 101),
        lambda: kit.modal("c", "t", metadata="m" * 3001),
        lambda: kit.modal("c", "t", *[kit.section("x")] * 101),
        lambda: kit.message("t", *[kit.section("x")] * 51),
        lambda: kit.context(*["x"] * 11),
        lambda: kit.actions(*[kit.button("x", "a")] * 26),
    ],
)
def test_what_must_not_be_shortened_raises(make: object) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match=r".+"):
        make()


def test_times_follow_the_reader_and_fall_back_to_the_agents_zone() -> None:
    when = kit.When(AT, "America/New_York")
    assert when.mrkdwn() == f"<!date^{int(AT.timestamp())}^{{time}}|14:42>"
    assert kit.When(AT, "America/New_York", dated=True).fallback == "23 Nov 14:42"
    assert kit.When(AT, "Mars/Olympus").fallback == "19:42 UTC"
    assert kit.rich([when])["elements"][0]["elements"][0]["type"] == "date"
