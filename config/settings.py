"""The settings' shape, and loading them with every mistake reported at once."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from dotenv import dotenv_values
from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from config.contradictions import contradictions
from config.sinks import MailSettings, WebhookSettings, web_address, webhook_secrets
from config.teams import PersonSettings, RouteSettings, RoutingSettings, ScheduleSettings, TeamSettings, TopicSettings
from config.words import Community, Part, PlaceOfPages, Target, duration
from escalation.errors import SettingsError
from escalation.policy import DEFAULT_POLICY
from escalation.question import Reason
from escalation.timing import MINUTE, SECOND, Millis

DEFAULTS = Path(__file__).with_name("default.toml")
FILE = Path("backstop.toml")
"""Read from the folder the program is started in when no other file is named."""


Delay = Annotated[Millis, duration(0)]
Interval = Annotated[Millis, duration(MINUTE)]
Moment = Annotated[Millis, duration(SECOND)]


class StoreSettings(Part):
    path: str = Field("backstop.sqlite3", min_length=1)
    retention: Annotated[Millis, duration(24 * 60 * MINUTE)]
    backups: str
    backup_every: Interval
    backups_kept: int = Field(ge=1, le=1000)


class WebSettings(Part):
    enabled: bool
    host: str = Field(min_length=1)
    port: int = Field(ge=0, le=65535)
    public_url: Annotated[str, BeforeValidator(web_address, json_schema_input_type=str)]
    links_last: Interval


class LogSettings(Part):
    format: Literal["auto", "json", "people"]
    level: Literal["debug", "info", "warning", "error"]


class FollowSettings(Part):
    transcripts: tuple[str, ...]
    pages: str
    every: Moment


class RedditSettings(Part):
    client_id: str
    username: str


class StepSettings(Part):
    after: Delay
    targets: tuple[Target, ...] = Field(min_length=1)


class PolicySettings(Part):
    steps: tuple[StepSettings, ...] = Field(min_length=1, max_length=20)
    repeat: int = Field(1, ge=0, le=50)
    ack_timeout: Interval | None = 2 * 60 * MINUTE
    quiet_after: Interval = 3 * 24 * 60 * MINUTE
    abandon_after: Interval = 3 * 24 * 60 * MINUTE
    clocks: dict[Reason, Delay] = Field(default_factory=lambda: dict(DEFAULT_POLICY.clocks))


class CompanySettings(Part):
    names: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()


class TenantSettings(Part):
    communities: tuple[Community, ...] = ()
    policy: str = "default"
    fallback_team: str = "support"
    teams: dict[str, TeamSettings] = Field(default_factory=dict)
    staff: tuple[str, ...] = ()
    moderators_are_staff: bool = False
    moderators: PlaceOfPages | None = None
    shadow: bool = True
    ignored_channels: tuple[str, ...] = ()
    company: CompanySettings = Field(default_factory=CompanySettings)
    default_team: str = "support"
    people: dict[str, PersonSettings] = Field(default_factory=dict)
    schedules: dict[str, ScheduleSettings] = Field(default_factory=dict)
    topics: dict[str, TopicSettings] = Field(default_factory=dict)
    routes: tuple[RouteSettings, ...] = ()


class Secrets(Part):
    """From the environment or a .env file only; never printed."""

    database_url: SecretStr | None = None
    discord_token: SecretStr | None = None
    reddit_client_secret: SecretStr | None = None
    reddit_password: SecretStr | None = None
    smtp_password: SecretStr | None = None
    link_secret: Annotated[SecretStr | None, Field(min_length=32)] = None
    webhooks: dict[str, SecretStr] = Field(default_factory=dict)

    def all(self) -> list[str]:
        """Every secret there is, for who must never show one."""
        single = [getattr(self, field) for field in SECRETS.values()]
        return [one.get_secret_value() for one in (*single, *self.webhooks.values()) if one is not None]


SECRETS: Mapping[str, str] = {
    "DATABASE_URL": "database_url",
    "BACKSTOP_DISCORD_TOKEN": "discord_token",
    "BACKSTOP_REDDIT_CLIENT_SECRET": "reddit_client_secret",
    "BACKSTOP_REDDIT_PASSWORD": "reddit_password",
    "BACKSTOP_SMTP_PASSWORD": "smtp_password",
    "BACKSTOP_LINK_SECRET": "link_secret",
}
PORT = "PORT"
"""Hosting platforms say in this variable where they expect the web port."""
PREFIX = "BACKSTOP_"


class Settings(Part):
    """Everything that can be set. example.toml explains each; a test holds the two together."""

    store: StoreSettings
    web: WebSettings
    log: LogSettings
    follow: FollowSettings
    reddit: RedditSettings
    mail: MailSettings
    webhooks: dict[str, WebhookSettings] = Field(default_factory=dict)
    policies: dict[str, PolicySettings]
    teams: dict[str, TeamSettings]
    people: dict[str, PersonSettings] = Field(default_factory=dict)
    schedules: dict[str, ScheduleSettings] = Field(default_factory=dict)
    topics: dict[str, TopicSettings] = Field(default_factory=dict)
    routes: tuple[RouteSettings, ...] = ()
    routing: RoutingSettings
    unowned: TenantSettings
    tenants: dict[str, TenantSettings] = Field(default_factory=dict)
    secrets: Secrets = Field(default_factory=Secrets)

    @property
    def database_url(self) -> str:
        """DATABASE_URL if it is set, else the SQLite file."""
        url = self.secrets.database_url
        return url.get_secret_value() if url else self.store.path


def load_settings(file: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """Defaults, then the file (backstop.toml if it is there), then the environment; the last one wins.

    Raises SettingsError with a line for each mistake: where, which setting, what was given, what is allowed.
    """
    environment = _environment() if environment is None else environment
    problems: list[str] = []
    tree = tomllib.loads(DEFAULTS.read_text("utf-8"))
    path = file or (FILE if FILE.exists() else None)
    named = str(path) if path else "the environment"
    given = _read(path, problems) if path else {}
    if "secrets" in given:
        problems.append(f"{named}: secrets: must not stand in a file; set {', '.join(SECRETS)}")
        del given["secrets"]
    tree = _merged(tree, given)
    where = _apply_environment(tree, environment)
    hooks, mistakes = webhook_secrets(tree, environment)
    problems += mistakes
    single = {field: environment[name] for name, field in SECRETS.items() if environment.get(name)}
    where |= {("secrets", field): name for name, field in SECRETS.items()}
    tree["secrets"] = {**single, "webhooks": hooks}
    for field, problem in contradictions(tree):
        problems.append(f"{where.get(tuple(field.split('.')[:2]), named)}: {field}: {problem}")
    try:
        settings = Settings.model_validate(tree)
    except ValidationError as error:
        details = error.errors()
        problems += [_problem(one, where, named) for one in details if not _only_follows(one, details)]
        raise SettingsError(problems) from None
    if problems:
        raise SettingsError(problems)
    return settings


def _only_follows(one: ErrorDetails, others: list[ErrorDetails]) -> bool:
    """A list that is too short only because its items are wrong."""
    inside = any(
        len(other["loc"]) > len(one["loc"]) and other["loc"][: len(one["loc"])] == one["loc"] for other in others
    )
    return one["type"] == "too_short" and inside


def _environment() -> dict[str, str]:
    from_file = {name: value for name, value in dotenv_values(".env").items() if value is not None}
    return {**from_file, **os.environ}


def _read(path: Path, problems: list[str]) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{path}: can't be read: {error}")
    except tomllib.TOMLDecodeError as error:
        problems.append(f"{path}: not valid TOML: {error}")
    return {}


def _merged(base: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` on top of `base`, table by table. A policy, team or tenant that is given replaces the default's."""
    result = dict(base)
    for name, value in over.items():
        known = result.get(name)
        if isinstance(known, dict) and isinstance(value, Mapping) and name != "default":
            result[name] = _merged(known, value)
        else:
            result[name] = value
    return result


def _apply_environment(tree: dict[str, Any], environment: Mapping[str, str]) -> dict[tuple[str, ...], str]:
    """Lays BACKSTOP_SECTION__NAME over simple settings; answers which variable set what."""
    where: dict[tuple[str, ...], str] = {}
    for name, value in sorted(environment.items()):
        path = tuple(name.removeprefix(PREFIX).lower().split("__"))
        section = tree.get(path[0], {})
        if name.startswith(PREFIX) and len(path) == 2 and isinstance(section, dict) and value:
            tree[path[0]] = {**section, path[1]: value}
            where[path] = where[path[:1]] = name
    if environment.get(PORT) and isinstance(tree["web"], dict):
        tree["web"] = {**tree["web"], "port": environment[PORT], "host": "0.0.0.0"}  # noqa: S104  asked for by the host
        where["web", "port"] = PORT
    return where


def _problem(detail: ErrorDetails, where: Mapping[tuple[str, ...], str], named: str) -> str:
    path = tuple(str(part) for part in detail["loc"])
    field = ".".join(path)
    unknown = detail["type"] == "extra_forbidden" and len(path) == 1
    source = where.get(path[: 1 if unknown else 2], named)
    message = detail["msg"].removeprefix("Value error, ")
    kind = detail["type"]
    if kind == "extra_forbidden":
        return f"{source}: {field}: there is no such setting; see example.toml for all of them"
    if kind == "missing":
        return f"{source}: {field}: is missing"
    given = detail["input"]
    shown = "(hidden)" if path[0] == "secrets" else repr(given)[:80]
    return f"{source}: {field}: given {shown}; {message[0].lower()}{message[1:]}"
