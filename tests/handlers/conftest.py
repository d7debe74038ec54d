"""A fake Slack, a hand-moved clock, and the whole route table on a real Bolt app."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from slack_sdk import WebClient

from tests.handlers.fakes import FakeSlack, HandClock
from tests.handlers.stage import Stage, make_stage


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSlack]:
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)  # slack_sdk obeys it even for this machine
    made = FakeSlack()
    yield made
    made.close()


@pytest.fixture
def client(slack: FakeSlack) -> WebClient:
    return WebClient(token="xoxb-fake", base_url=slack.api, timeout=5, retry_handlers=[])


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def stage(slack: FakeSlack, client: WebClient, clock: HandClock) -> Stage:
    return make_stage(slack, client, clock)
