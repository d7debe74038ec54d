"""Settings: everything wrong is named at once, and never with its value."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.settings import ApprovalPart, CallPart, CarrierPart, Environment, File, ScopePart, Settings, SettingsError
from services.directory.written import SETTINGS
from services.model import Cause

ROOT = Path(__file__).resolve().parents[2]
GOOD = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_APP_TOKEN": "xapp-1",
    "TWILIO_ACCOUNT_SID": "AC1",
    "TWILIO_AUTH_TOKEN": "t",
    "TWILIO_FROM": "+15550100100",
    "DIRECTORY_URL": "sqlite:///product.db",
    "SECRET_KEY": "k" * 32,
}
FILE = 'managers = ["S0MANAGERS"]\nproduct = "P"\ncontact = "1"\nagents = ["S0AGENTS"]\naudit_channel = "C0AUDIT"\n'


def problems(environ: dict[str, str], path: Path) -> list[str]:
    with pytest.raises(SettingsError) as told:
        Settings.load(environ, path)
    return told.value.problems


def written(folder: Path, text: str) -> Path:
    path = folder / "locksmith.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_example_is_right() -> None:
    settings = Settings.load(GOOD, ROOT / "locksmith.example.toml")
    assert settings.rules.product == "StatStak Labs"
    assert settings.mapping.temporary_password
    assert settings.rules.ticket_link("ZD-1").endswith("/ZD-1")


def test_everything_missing_is_named_at_once(tmp_path: Path) -> None:
    said = "\n".join(problems({}, written(tmp_path, "")))
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "TWILIO_ACCOUNT_SID", "DIRECTORY_URL", "SECRET_KEY"):
        assert f"{name} is missing" in said
    for name in ("TWILIO_AUTH_TOKEN", "TWILIO_FROM"):
        assert f"{name} is missing (or " in said
    for name in ("product", "contact", "agents", "audit_channel"):
        assert f"{name} is missing" in said


def test_a_policy_that_asks_managers_needs_managers(tmp_path: Path) -> None:
    without = FILE.replace('managers = ["S0MANAGERS"]\n', "")
    assert "managers is missing" in "\n".join(problems(GOOD, written(tmp_path, without)))
    numbers = ("privileged", "own_account", "contact_changed", "repeated", "busy_agent", "not_checked")
    open_policy = without + "[approval]\n" + "".join(f"{name} = 0\n" for name in numbers)
    assert Settings.load(GOOD, written(tmp_path, open_policy)).policy.privileged == 0


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    assert "copy locksmith.example.toml" in problems(GOOD, tmp_path / "none.toml")[0]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"SLACK_BOT_TOKEN": "oops-secret"}, "SLACK_BOT_TOKEN does not begin with xoxb-"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY needs at least 32 signs"),
        ({"DIRECTORY_URL": "oops-secret"}, "DIRECTORY_URL is not a database address"),
        ({"TWILIO_AUTH_TOKEN": ""}, "TWILIO_AUTH_TOKEN is missing"),
        ({"DATABASE_URL": "mysql://u:oops-secret@h/d"}, "DATABASE_URL names none of sqlite, postgresql"),
        ({"DIRECTORY_URL": "oracle://u:oops-secret@h/d"}, "DIRECTORY_URL names a database whose driver"),
        ({"TWILIO_FROM": ""}, "TWILIO_FROM is missing"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL"),
        ({"PUBLIC_URL": "http://oops-secret.example.com"}, "PUBLIC_URL is not an address like https://"),
        ({"PUBLIC_URL": "https://oops-secret.example.com/locksmith"}, "PUBLIC_URL is not an address"),
        ({"PUBLIC_URL": "https://oops-secret.example.com?x"}, "PUBLIC_URL is not an address"),
        ({"PUBLIC_URL": "https://oops_secret.example.com"}, "PUBLIC_URL is not an address"),
        ({"PUBLIC_URL": "https://me:oops-secret@example.com"}, "PUBLIC_URL is not an address"),
        ({"PUBLIC_URL": "https://[oops-secret"}, "PUBLIC_URL is not an address"),
        ({"PUBLIC_URL": "https://x.example.com:oops-secret"}, "PUBLIC_URL is not an address"),
        ({"PUBLIC_URL": "https://oops-secret.example.com:65536"}, "PUBLIC_URL is not an address"),
        ({"PUBLIC_URL": "oops-secret.example.com"}, "PUBLIC_URL is not an address"),
        (
            {
                "PUBLIC_URL": "https://x.example.com",
                "TWILIO_AUTH_TOKEN": "",
                "TWILIO_API_KEY": "SK1",
                "TWILIO_API_SECRET": "oops-secret",
            },
            "PUBLIC_URL needs TWILIO_AUTH_TOKEN: an API key cannot check Twilio's signatures",
        ),
    ],
)
def test_a_wrong_value_is_named_without_being_shown(tmp_path: Path, changes: dict[str, str], sentence: str) -> None:
    said = "\n".join(problems({**GOOD, **changes}, written(tmp_path, FILE)))
    assert sentence in said
    assert "oops-secret" not in said


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ("nonsense = 1", "nonsense is not a setting"),
        ('zone = "Mars/Base"', "is not a time zone"),
        ('region = "UK"', "region must be a country's two letters by ISO 3166, like US, GB or DE"),
        ('region = "gb"', "region must be a country's two letters"),
        ("temporary_password_minutes = 5", "temporary_password_minutes"),
        ('[ticket]\npattern = "("', "not a regular expression"),
        ('[ticket]\nurl = "https://x"', "needs {ticket}"),
        ('[ticket]\npattern = "Z[0-9]"\nexample = "A1"', "does not fit"),
        ('[directory]\npreset = "unheard"', "unheard"),
        ('[directory]\nfirst = "x"', "directory.first is not a setting"),
        ("[approval]\nprivileged = 3", "approval.privileged"),
        ("[approval]\nworking_hours = [20, 7]", "must begin before they end"),
        ("[approval]\nremind_minutes = 90", "remind_minutes must be less"),
        ('[[scope]]\nagents = ["sam"]', "scope.0.agents.0"),
        ("[directory]", "needs a preset, or a table"),
        ('[directory]\ntable = "t"\nhash = "md5"', "directory.hash is unknown"),
        (
            '[carrier.codes]\n"30034" = "blocked"',
            "carrier.codes.30034 must be one of number_invalid, number_landline",
        ),
        ('[carrier.codes]\n"30034" = "undecided"', "must be one of"),
        ("[carrier.codes]\n30034 = 7", "must be one of"),
        ('[carrier.codes]\nx30034 = "message_blocked"', "carrier.codes.x30034"),
        ("= broken", "cannot be read"),
    ],
)
def test_a_wrong_line_in_the_file_is_named(tmp_path: Path, more: str, sentence: str) -> None:
    assert sentence in "\n".join(problems(GOOD, written(tmp_path, f"{FILE}{more}\n")))


@pytest.mark.parametrize("address", ["https://x.example.com", "https://x.example.com:8443/", "http://127.0.0.1:8080"])
def test_where_twilio_reaches_us(tmp_path: Path, address: str) -> None:
    environment = Settings.load({**GOOD, "PUBLIC_URL": address}, written(tmp_path, FILE)).environment
    assert environment.public_url == address.rstrip("/")
    assert Settings.load(GOOD, written(tmp_path, FILE)).environment.public_url == ""


def test_what_a_code_means_is_the_settings_to_say(tmp_path: Path) -> None:
    codes = Settings.load(GOOD, written(tmp_path, f'{FILE}[carrier.codes]\n"30034" = "message_blocked"\n')).codes
    assert codes.failure("30034") is codes.refusal("30034") is Cause.MESSAGE_BLOCKED
    assert codes.failure("30003") is Cause.HANDSET_UNREACHABLE


def test_a_mapping_of_ones_own(tmp_path: Path) -> None:
    text = FILE + '[directory]\ntable = "users"\nkey = "uid"\nprivileged_roles = ["boss"]\n'
    mapping = Settings.load(GOOD, written(tmp_path, text)).mapping
    assert (mapping.table, mapping.key, mapping.privileged_roles) == ("users", "uid", ("boss",))
    assert mapping.temporary_password == ""


def test_secrets_do_not_show_in_a_repr(tmp_path: Path) -> None:
    shown = repr(Settings.load(GOOD, written(tmp_path, FILE)))
    for secret in ("xoxb-1", "xapp-1", "k" * 32, "product.db"):
        assert secret not in shown


CALLS = f"{FILE}[call]\nenabled = true\n"
WEB = {**GOOD, "PUBLIC_URL": "https://locksmith.example.com"}


def test_calls_are_off_unless_they_are_asked_for(tmp_path: Path) -> None:
    assert not Settings.load(WEB, written(tmp_path, FILE)).rules.calls
    settings = Settings.load(WEB, written(tmp_path, CALLS))
    assert settings.rules.calls
    assert settings.environment.caller == GOOD["TWILIO_FROM"]


def test_calls_need_an_address_and_a_number_that_calls(tmp_path: Path) -> None:
    sender = {"TWILIO_FROM": "", "TWILIO_MESSAGING_SERVICE_SID": "MG1"}
    said = "\n".join(problems({**GOOD, **sender}, written(tmp_path, CALLS)))
    assert "PUBLIC_URL is missing: with call.enabled" in said
    assert "TWILIO_VOICE_FROM is missing: with call.enabled" in said
    environ = {**WEB, **sender, "TWILIO_VOICE_FROM": "+15550100101"}
    assert Settings.load(environ, written(tmp_path, CALLS)).environment.caller == "+15550100101"
    named = {**WEB, "TWILIO_FROM": "StatStak"}
    assert "TWILIO_VOICE_FROM is missing" in "\n".join(problems(named, written(tmp_path, CALLS)))
    assert "TWILIO_VOICE_FROM" in "\n".join(problems({**WEB, "TWILIO_VOICE_FROM": "oops"}, written(tmp_path, CALLS)))


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w.]+)`", text))
    for name in Environment.model_fields:
        assert name.upper() in named, name
    groups = {"carrier", "call", "reasons", "checks", "ticket", "directory", "approval", "scope"}
    for name in set(File.model_fields) - groups:
        assert name in named, name
    parts = {
        "reasons": ("id", "text", "compromised", "needs_note"),
        "checks": ("id", "text", "checked"),
        "ticket": ("pattern", "url", "example"),
        "carrier": tuple(CarrierPart.model_fields),
        "call": tuple(CallPart.model_fields),
        "approval": tuple(ApprovalPart.model_fields),
        "scope": tuple(ScopePart.model_fields),
        "directory": SETTINGS,
    }
    for part, names in parts.items():
        for name in names:
            assert f"{part}.{name}" in named, f"{part}.{name}"
