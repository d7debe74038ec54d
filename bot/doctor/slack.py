"""Slack: tokens, scopes and clock; the audit channel and the agents are in their own rooms."""

from __future__ import annotations

from collections.abc import Iterator

from bot.doctor import channel, staff
from bot.doctor.patient import FILE, Patient
from bot.doctor.slack_call import Said, Slack
from services.health import header_clock
from services.lookout import Check, failed, ok, skipped, warning

SCOPES = frozenset(
    {"commands", "chat:write", "groups:read", "im:write", "usergroups:read", "users:read", "users:read.email"}
)
"""What manifest.yml asks for (a test holds that they agree)."""


def look(patient: Patient) -> Iterator[Check]:
    environment = patient.settings.environment
    if lacks := patient.lacks("SLACK_BOT_TOKEN"):
        yield skipped("Slack token", lacks)
        return
    slack = Slack(environment.slack_bot_token.get_secret_value(), environment.slack_api_url)
    before = patient.clock.now()
    try:
        hello = slack("auth.test")
    except Said as said:
        yield failed("Slack token", said.sentence, said.mend)
        return
    after = patient.clock.now()
    yield ok("Slack token", f"The bot is {hello.data.get('user')!r} in {hello.data.get('team')!r}.")
    yield header_clock("Slack", hello.header("date"), before, after)
    yield scopes(hello.header("x-oauth-scopes"))
    if lacks := patient.lacks(FILE):
        yield skipped("audit channel", lacks)
        return
    file = patient.settings.file
    yield from channel.look(slack, "audit channel", file.audit_channel, patient.clock)
    workspace = str(hello.data.get("team_id", ""))
    yield from staff.look(slack, "agents", file.agents, workspace)
    if file.managers:
        if file.approval_channel not in ("", file.audit_channel):
            yield from channel.look(slack, "approval channel", file.approval_channel, patient.clock)
        yield from staff.look(slack, "managers", file.managers, workspace, file.approval.most)


def socket(patient: Patient) -> Iterator[Check]:
    """Asks for an address and does not connect: a running bot loses no envelope to us."""
    name, environment = "Slack socket", patient.settings.environment
    if lacks := patient.lacks("SLACK_APP_TOKEN"):
        yield skipped(name, lacks)
    elif environment.slack_app_token is None:
        yield skipped(name, "HTTP mode: there is no SLACK_APP_TOKEN, and none is needed.")
    else:
        try:
            Slack(environment.slack_app_token.get_secret_value(), environment.slack_api_url)("apps.connections.open")
            yield ok(name, "The app token opens one.")
        except Said as said:
            mend = "Make an app-level token with connections:write; Socket Mode has to be on in the app."
            yield failed(name, said.sentence, said.mend if said.away else mend)


def scopes(granted: str) -> Check:
    name, has = "Slack scopes", {scope.strip() for scope in granted.split(",") if scope.strip()}
    missing, more = sorted(SCOPES - has), sorted(has - SCOPES)
    if not has:
        return warning(name, "Slack did not name them.", "Compare them with manifest.yml on the app's page.")
    if missing:
        return failed(name, f"Missing: {', '.join(missing)}.", Said("missing_scope").mend)
    if more:
        return warning(name, f"More than needed: {', '.join(more)}.", "Take them away on the app's page.")
    return ok(name, "As in manifest.yml.")
