"""All settings, typed: secrets and addresses from the environment, the rest from one small file.

Every missing or wrong value is named at once, so that an installation takes one try and not ten. Each has a
line in docs/settings.md (a test holds that).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping as Map
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from phonenumbers import SUPPORTED_REGIONS
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from services import text
from services.db.session import MYSQL, parse_url
from services.decision import Policy, Scope
from services.delivery.codes import MENDS, Codes
from services.directory.mapping import Mapping
from services.directory.written import read_mapping
from services.model import CallerCheck, Cause, Reason
from services.policy import CHECKS, REASONS, Rules
from services.seals import Seals
from services.search.contact import Contacts

SHORTEST_KEY = 32
_ADDRESS = re.compile(r"(?P<scheme>https?)://(?P<host>[a-z0-9]([a-z0-9.-]*[a-z0-9])?)(:(?P<port>[0-9]{1,5}))?")
"""Twilio takes no underscores (error 21609)."""
_LAST_PORT = 65535


class SettingsError(Exception):
    """`problems`: one sentence each, naming the setting and what to do."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _a_region(value: str) -> str:
    """phonenumbers takes any other code for a country without numbers, and then no national number can be read."""
    if value not in SUPPORTED_REGIONS:
        raise ValueError("must be a country's two letters by ISO 3166, like US, GB or DE")
    return value


Region = Annotated[str, AfterValidator(_a_region)]


def _database(*kinds: str) -> Any:  # noqa: ANN401  (a validator for Annotated)
    def check(value: SecretStr) -> SecretStr:
        try:
            parsed = parse_url(value.get_secret_value())
            parsed.get_dialect().import_dbapi()
        except ModuleNotFoundError:
            raise ValueError("names a database whose driver is not installed") from None
        except (ArgumentError, NoSuchModuleError):
            raise ValueError("is not a database address like sqlite:///locksmith.db") from None
        if parsed.get_backend_name() not in kinds:
            raise ValueError(f"names none of {', '.join(kinds)}")
        return value

    return AfterValidator(check)


def _keys(value: SecretStr) -> SecretStr:
    if any(len(key) < SHORTEST_KEY for key in split_keys(value)):
        raise ValueError(f"needs at least {SHORTEST_KEY} signs; `python -m bot new-key` makes one")
    return value


def split_keys(value: SecretStr) -> list[str]:
    """Blanks around a comma belong to nobody's key."""
    return [key.strip() for key in value.get_secret_value().split(",")]


def _token(start: str) -> Any:  # noqa: ANN401  (a validator for Annotated)
    def check(value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(start):
            raise ValueError(f"does not begin with {start}")
        return value

    return AfterValidator(check)


def _address(value: str) -> str:
    """What Twilio is told to call: over TLS, but for a stand-in on this machine."""
    if not value:
        return value
    found = _ADDRESS.fullmatch(value.rstrip("/"))
    local = found is not None and found["host"] in ("127.0.0.1", "localhost")
    if found is None or (found["scheme"] != "https" and not local) or int(found["port"] or 0) > _LAST_PORT:
        raise ValueError("is not an address like https://locksmith.example.com, without a path")
    return value.rstrip("/")


DatabaseUrl = Annotated[SecretStr, _database("sqlite", "postgresql")]
DirectoryUrl = Annotated[SecretStr, _database("sqlite", "postgresql", *MYSQL)]


class Environment(BaseSettings):
    """Secrets and addresses."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    slack_bot_token: Annotated[SecretStr, _token("xoxb-")]
    slack_app_token: Annotated[SecretStr, _token("xapp-")] | None = None
    slack_signing_secret: SecretStr | None = None
    slack_api_url: str = "https://slack.com/api/"
    twilio_account_sid: str
    twilio_auth_token: SecretStr | None = None
    twilio_api_key: str = ""
    twilio_api_secret: SecretStr | None = None
    twilio_from: str = ""
    twilio_messaging_service_sid: str = ""
    twilio_voice_from: Annotated[str, Field(pattern=r"^(\+[1-9][0-9]{6,14})?$")] = ""
    twilio_api_url: str = ""
    public_url: Annotated[str, AfterValidator(_address)] = ""
    database_url: DatabaseUrl = SecretStr("sqlite:///locksmith.db")
    directory_url: DirectoryUrl
    directory_read_url: DirectoryUrl | None = None
    directory_pepper: SecretStr = SecretStr("")
    secret_key: Annotated[SecretStr, AfterValidator(_keys)]
    retired_keys: Annotated[SecretStr, AfterValidator(_keys)] | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    locksmith_config: Path = Path("locksmith.toml")

    @property
    def caller(self) -> str:
        """The number that people are called from; empty where there is none."""
        return self.twilio_voice_from or (self.twilio_from if self.twilio_from.startswith("+") else "")


Part = TypeVar("Part", bound=BaseModel)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ReasonPart(_Part):
    id: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
    text: Annotated[str, Field(min_length=1, max_length=75)]
    compromised: bool = False
    needs_note: bool = False


class CheckPart(_Part):
    id: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
    text: Annotated[str, Field(min_length=1, max_length=75)]
    checked: bool = True


class TicketPart(_Part):
    pattern: str = ""
    url: str = ""
    example: str = ""

    @model_validator(mode="after")
    def _usable(self) -> TicketPart:
        try:
            pattern = re.compile(self.pattern or ".*")
        except re.error:
            raise ValueError("ticket.pattern is not a regular expression") from None
        if self.example and not pattern.fullmatch(self.example):
            raise ValueError("ticket.example does not fit ticket.pattern")
        if self.url and "{ticket}" not in self.url:
            raise ValueError("ticket.url needs {ticket} where the number goes")
        return self


Approvals = Annotated[int, Field(ge=0, le=2)]
Ids = tuple[Annotated[str, Field(pattern=r"^[SUW][A-Z0-9]+$")], ...]


class ApprovalPart(_Part):
    """How many managers each fact asks for, its threshold, and how long is waited for them."""

    always: Approvals = Policy.always
    privileged: Approvals = Policy.privileged
    own_account: Approvals = Policy.own_account
    contact_changed: Approvals = Policy.contact_changed
    contact_changed_days: Annotated[int, Field(ge=1, le=90)] = Policy.contact_changed_days
    repeated: Approvals = Policy.repeated
    repeated_hours: Annotated[int, Field(ge=1, le=720)] = Policy.repeated_hours
    busy_agent: Approvals = Policy.busy_agent
    busy_agent_times: Annotated[int, Field(ge=2, le=100)] = Policy.busy_agent_times
    busy_agent_least: Annotated[int, Field(ge=1, le=1000)] = Policy.busy_agent_least
    off_hours: Approvals = Policy.off_hours
    working_hours: tuple[Annotated[int, Field(ge=0, le=23)], Annotated[int, Field(ge=1, le=24)]] = (
        Policy.working_hours
    )
    not_checked: Approvals = Policy.not_checked
    compromised: Approvals = Policy.compromised
    decide_minutes: Annotated[int, Field(ge=5, le=1440)] = 60
    remind_minutes: Annotated[int, Field(ge=1, le=240)] = 5

    @model_validator(mode="after")
    def _usable(self) -> ApprovalPart:
        if self.working_hours[0] >= self.working_hours[1]:
            raise ValueError("working_hours must begin before they end, like [7, 20]")
        if self.remind_minutes >= self.decide_minutes:
            raise ValueError("remind_minutes must be less than decide_minutes")
        return self

    def policy(self, scopes: tuple[Scope, ...]) -> Policy:
        values = {name: getattr(self, name) for name in Policy.__dataclass_fields__ if name != "scopes"}
        return Policy(**values, scopes=scopes)

    @property
    def most(self) -> int:
        """The highest number of approvals that a fact may call for; lockdown always adds one."""
        return max(
            self.always, self.privileged, self.own_account, self.contact_changed, self.repeated, self.busy_agent,
            self.off_hours, self.not_checked, self.compromised,
        )  # fmt: skip


def _of_a_carrier(value: object) -> object:
    if value not in list(MENDS):
        raise ValueError(f"must be one of {', '.join(MENDS)}")
    return value


class CarrierPart(_Part):
    codes: dict[Annotated[str, Field(pattern=r"^[0-9]{3,6}$")], Annotated[Cause, BeforeValidator(_of_a_carrier)]] = {}


class CallPart(_Part):
    enabled: bool = False


class ScopePart(_Part):
    agents: Ids = ()
    roles: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    deny: bool = False
    ask: Annotated[str, Field(max_length=200)] = ""

    def scope(self) -> Scope:
        return Scope(**{**self.model_dump(), "domains": tuple(domain.casefold() for domain in self.domains)})


class File(_Part):
    """`locksmith.toml`."""

    product: str
    contact: str
    agents: Annotated[Ids, Field(min_length=1)]
    managers: Ids = ()
    audit_channel: Annotated[str, Field(pattern=r"^[CG][A-Z0-9]+$")]
    approval_channel: Annotated[str, Field(pattern=r"^([CG][A-Z0-9]+)?$")] = ""
    temporary_password_minutes: Annotated[int, Field(ge=10, le=480)] = 60
    zone: str = "UTC"
    region: Region = "US"
    no_mobile_help: Annotated[str, Field(max_length=300)] = Rules.no_mobile_help
    ticket: TicketPart = TicketPart()
    reasons: Annotated[tuple[ReasonPart, ...], Field(max_length=10)] = ()
    checks: Annotated[tuple[CheckPart, ...], Field(max_length=10)] = ()
    escalation_contact: Annotated[str, Field(max_length=300)] = ""
    nicknames: bool = Rules.nicknames
    approval: ApprovalPart = ApprovalPart()
    scope: tuple[ScopePart, ...] = ()
    carrier: CarrierPart = CarrierPart()
    call: CallPart = CallPart()
    directory: dict[str, Any] = {"preset": "statstak"}

    @model_validator(mode="after")
    def _zone(self) -> File:
        try:
            ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"zone {self.zone!r} is not a time zone like Europe/Berlin") from None
        return self

    @model_validator(mode="after")
    def _managers(self) -> File:
        if self.approval.most and not self.managers:
            raise ValueError("managers is missing: [approval] asks for their approval (or set every number to 0)")
        return self

    @property
    def groups(self) -> tuple[str, ...]:
        """Every user group that the settings name, once."""
        named = (*self.agents, *self.managers, *(one for scope in self.scope for one in scope.agents))
        return tuple(dict.fromkeys(one for one in named if one.startswith("S")))


@dataclass(frozen=True)
class Settings:
    environment: Environment
    file: File
    rules: Rules
    policy: Policy
    mapping: Mapping

    @property
    def codes(self) -> Codes:
        return Codes(self.file.carrier.codes)

    @property
    def seals(self) -> Seals:
        retired = self.environment.retired_keys
        return Seals(split_keys(self.environment.secret_key), split_keys(retired) if retired else ())

    @property
    def contacts(self) -> Contacts:
        return Contacts(self.seals, self.file.region)

    @classmethod
    def load(cls, environ: Map[str, str], path: Path | None = None) -> Settings:
        """`path` overrides LOCKSMITH_CONFIG. Raises SettingsError naming everything that is wrong."""
        problems: list[str] = []
        environment = _environment(environ, problems)
        path = path or Path(environ.get("LOCKSMITH_CONFIG") or "locksmith.toml")
        file = _file(path, problems)
        peppered = bool(environ.get("DIRECTORY_PEPPER"))
        mapping = read_mapping(file.directory, problems, peppered=peppered) if file else None
        rules = _rules(file) if file else None
        if file and environment and file.call.enabled:
            problems += _calls(environment)
        if rules:
            problems += [f"{path}: {problem}" for problem in text.problems(rules)]
        if problems or environment is None or file is None or mapping is None or rules is None:
            raise SettingsError(problems)
        policy = file.approval.policy(tuple(part.scope() for part in file.scope))
        return cls(environment, file, rules, policy, mapping)


_EITHER = (
    (("SLACK_APP_TOKEN",), ("SLACK_SIGNING_SECRET",)),
    (("TWILIO_AUTH_TOKEN",), ("TWILIO_API_KEY", "TWILIO_API_SECRET")),
    (("TWILIO_FROM",), ("TWILIO_MESSAGING_SERVICE_SID",)),
)
"""One of the two is needed: Socket or HTTP mode, token or key, number or service."""


def _calls(environment: Environment) -> list[str]:
    """What is missing for calls to be made."""
    problems = []
    if not environment.public_url:
        problems.append("PUBLIC_URL is missing: with call.enabled Twilio asks there what to say after a key press")
    if not environment.caller:
        problems.append("TWILIO_VOICE_FROM is missing: with call.enabled people are called from that number")
    return problems


def _environment(environ: Map[str, str], problems: list[str]) -> Environment | None:
    problems += [
        f"{' with '.join(usual)} is missing (or {' with '.join(other)})"
        for usual, other in _EITHER
        if not all(map(environ.get, usual)) and not all(map(environ.get, other))
    ]
    if environ.get("PUBLIC_URL") and not environ.get("TWILIO_AUTH_TOKEN"):
        problems.append("PUBLIC_URL needs TWILIO_AUTH_TOKEN: an API key cannot check Twilio's signatures")
    return from_environment(Environment, environ, problems)


def _file(path: Path, problems: list[str]) -> File | None:
    return from_toml(File, path, problems, "; copy locksmith.example.toml and change it")


def from_environment(kind: type[Part], environ: Map[str, str], problems: list[str]) -> Part | None:
    """`kind`'s fields by their names in capitals; an empty value is none. What is wrong goes into `problems`."""
    values = {name: environ[name.upper()] for name in kind.model_fields if environ.get(name.upper())}
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        problems += [_sentence(str(part["loc"][0]).upper() if part["loc"] else "", part) for part in error.errors()]
        return None


def from_toml(kind: type[Part], path: Path, problems: list[str], missing: str) -> Part | None:
    """`missing`: what follows "… is missing". What is wrong goes into `problems`."""
    try:
        return kind.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        problems.append(f"{path} is missing{missing}")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.append(f"{path} cannot be read: {error}")
    except ValidationError as error:
        problems += [
            f"{path}: {_sentence('.'.join(str(step) for step in part['loc']), part)}" for part in error.errors()
        ]
    return None


def _sentence(name: str, part: Any) -> str:  # noqa: ANN401  (pydantic's ErrorDetails)
    """Never the value: it may be a secret."""
    if part["type"] == "missing":
        return f"{name} is missing"
    if part["type"] == "extra_forbidden":
        return f"{name} is not a setting"
    return f"{name} {str(part['msg']).removeprefix('Value error, ')}".strip()


def _rules(file: File) -> Rules:
    return Rules(
        product=file.product,
        contact=file.contact,
        minutes=file.temporary_password_minutes,
        zone=file.zone,
        region=file.region,
        reasons=tuple(Reason(**part.model_dump()) for part in file.reasons) or REASONS,
        checks=tuple(CallerCheck(**part.model_dump()) for part in file.checks) or CHECKS,
        ticket_pattern=file.ticket.pattern,
        ticket_url=file.ticket.url,
        ticket_example=file.ticket.example,
        no_mobile_help=file.no_mobile_help,
        calls=file.call.enabled,
        nicknames=file.nicknames,
        decide_within=timedelta(minutes=file.approval.decide_minutes),
        remind_after=timedelta(minutes=file.approval.remind_minutes),
        escalation_contact=file.escalation_contact,
    )
