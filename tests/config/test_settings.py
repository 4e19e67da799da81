"""Settings: every mistake at once, secrets nowhere, every setting explained."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError
from sqlalchemy.engine import make_url

import config
from config import Settings, load_settings, tenants_of
from config.build import policy_of
from config.settings import SECRETS, Secrets
from config.sinks import secret_variable
from escalation.errors import SettingsError
from escalation.events import Place
from escalation.policy import DEFAULT_POLICY
from escalation.question import Reason
from escalation.routing import Address
from escalation.store.database import Database, database_url
from escalation.timing import DAY, HOUR, MINUTE

FOLDER = Path(config.__file__).parent
EXAMPLE = FOLDER / "example.toml"
DEFAULT = FOLDER / "default.toml"
SECRET = "geheim-8fJ2-ohne-Ende-lang-genug-9k"

Given = Mapping[str, str]


def loaded(folder: Path, text: str = "", environment: Given | None = None) -> Settings:
    file = folder / "backstop.toml"
    file.write_text(text, "utf-8")
    return load_settings(file, environment or {})


def problems(folder: Path, text: str = "", environment: Given | None = None) -> list[str]:
    """What is wrong with these settings, without the folder's name."""
    with pytest.raises(SettingsError) as caught:
        tenants_of(loaded(folder, text, environment))
    assert str(caught.value) == "\n".join(caught.value.problems)
    return [line.replace(f"{folder}/", "") for line in caught.value.problems]


@pytest.fixture
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The process's folder, with nothing in it and nothing of ours in the environment."""
    for name in os.environ:
        if name.startswith("BACKSTOP_") or name in ("DATABASE_URL", "PORT"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


# -- mistakes


def test_all_mistakes_are_told_at_once_each_with_file_field_given_and_allowed(tmp_path: Path) -> None:
    text = """
        color = "red"
        [store]
        retention = "1h"
        backups_kept = 0
        [log]
        level = "loud"
        [policies.odd]
        repeat = -1
        steps = [{ after = "5 minutes", targets = ["team:nobody", "nowhere"] }, { after = "1m" }]
        clocks = { boredom = "5m" }
        [tenants.a]
        communities = ["discord/1", "discord"]
        policy = "slow"
        [tenants.b]
        communities = ["discord/1"]
        fallback_team = "ghosts"
    """
    expected = [
        "color: there is no such setting; see example.toml for all of them",
        "store.retention: given '1h'; '1h' is out of bounds: 1d to 366d",
        "store.backups_kept: given 0; input should be greater than or equal to 1",
        "log.level: given 'loud'; input should be 'debug', 'info', 'warning' or 'error'",
        "policies.odd.repeat: given -1; input should be greater than or equal to 0",
        "policies.odd.steps.0.after: given '5 minutes'; '5 minutes' is not a duration: write e.g. 45m, 2h30m, 1d",
        "policies.odd.steps.0.targets: given 'team:nobody'; known teams: support",
        "policies.odd.steps.0.targets.1: given 'nowhere'; 'nowhere' is not a place for pages: write notifier:place",
        "policies.odd.steps.1.targets: is missing",
        "policies.odd.clocks.boredom",
        "tenants.a.communities.1: given 'discord'; must be platform/community in quotes, e.g. \"discord/1184\"",
        "tenants.a.policy: given 'slow'; known policies: default, odd",
        "tenants.b.communities: given 'discord/1'; it belongs to tenants.a already",
        "tenants.b.fallback_team: given 'ghosts'; known teams: support",
    ]
    told = problems(tmp_path, text)
    for line in expected:
        assert [one for one in told if one.startswith(f"backstop.toml: {line}")], line
    assert len(told) == len(expected)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[store]\npath = ''", "store.path: given ''; string should have at least 1 character"),
        ("[store]\nretention = 30", "store.retention: given 30; must be a duration in quotes"),
        ("[web]\nport = 99999", "web.port: given 99999; input should be less than or equal to 65535"),
        ("web = 5", "web: given 5; input should be a valid dictionary"),
        ("[follow]\nevery = '5ms'", "follow.every: given '5ms'; '5ms' is out of bounds: 1s to 366d"),
        ("[policies.fast]\nsteps = []", "policies.fast.steps: given []"),
        (
            "[[policies.fast.steps]]\nafter = '5m'\ntargets = []",
            "policies.fast.steps.0.targets: given []",
        ),
        ("[teams.support]\naddresses = ['pages']", "teams.support.addresses.0: given 'pages'"),
        ("[unowned]\npolicy = 'slow'", "unowned.policy: given 'slow'; known policies: default"),
        ("[tenants.a]\ncommunities = ['discord/1/']", "tenants.a.communities.0: given 'discord/1/'"),
        ("[tenants.a]\ncommunities = ['discord//1']", "tenants.a.communities.0: given 'discord//1'"),
        ("[tenants.a]\nmoderators = 5", "tenants.a.moderators: given 5; must be a place in quotes"),
        ("x = ", "not valid TOML"),
    ],
)
def test_one_mistake_is_one_line(tmp_path: Path, text: str, told: str) -> None:
    (line,) = problems(tmp_path, text)
    assert line.startswith(f"backstop.toml: {told}")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"elsewhere\.toml: can't be read: .*No such file"):
        load_settings(tmp_path / "elsewhere.toml", {})


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    file = tmp_path / "odd.toml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match=r"odd\.toml: can't be read"):
        load_settings(file, {})


# -- the environment


@pytest.mark.parametrize(
    ("environment", "field", "value"),
    [
        ({"BACKSTOP_STORE__PATH": "other.sqlite3"}, "store.path", "other.sqlite3"),
        ({"BACKSTOP_STORE__RETENTION": "2d"}, "store.retention", 2 * DAY),
        ({"BACKSTOP_STORE__BACKUPS_KEPT": "3"}, "store.backups_kept", 3),
        ({"BACKSTOP_WEB__ENABLED": "false"}, "web.enabled", False),
        ({"BACKSTOP_LOG__LEVEL": "debug"}, "log.level", "debug"),
        ({"BACKSTOP_UNOWNED__SHADOW": "false"}, "unowned.shadow", False),
        ({"PORT": "5000"}, "web.port", 5000),
        ({"PORT": "5000"}, "web.host", "0.0.0.0"),
        ({"PORT": "5000", "BACKSTOP_WEB__PORT": "6000"}, "web.port", 5000),
        ({"BACKSTOP_STORE__PATH": ""}, "store.path", "file.sqlite3"),
        ({"BACKSTOP_OTHER": "thing", "HOME": "x"}, "store.path", "file.sqlite3"),
    ],
)
def test_the_environment_overrides_the_file(tmp_path: Path, environment: Given, field: str, value: object) -> None:
    settings = loaded(tmp_path, "[store]\npath = 'file.sqlite3'", environment)
    section, name = field.split(".")
    assert getattr(getattr(settings, section), name) == value


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"BACKSTOP_LOG__FORMAT": "xml"}, "BACKSTOP_LOG__FORMAT: log.format: given 'xml'; input should be 'auto', "),
        ({"BACKSTOP_WEB__PORTT": "1"}, "BACKSTOP_WEB__PORTT: web.portt: there is no such setting"),
        ({"BACKSTOP_STOER__PATH": "x"}, "BACKSTOP_STOER__PATH: stoer"),
        ({"BACKSTOP_UNOWNED__POLICY": "slow"}, "BACKSTOP_UNOWNED__POLICY: unowned.policy: given 'slow'"),
        ({"PORT": "http"}, "PORT: web.port: given 'http'; input should be a valid integer"),
    ],
)
def test_a_mistake_in_the_environment_names_the_variable(tmp_path: Path, environment: Given, told: str) -> None:
    (line,) = problems(tmp_path, "", environment)
    assert line.startswith(told)


def test_a_hosts_port_does_not_hide_a_mistake_in_the_file(tmp_path: Path) -> None:
    assert problems(tmp_path, "web = 5", {"PORT": "5000"})[0].startswith("backstop.toml: web: given 5")


def test_without_a_file_the_defaults_apply(empty_folder: Path) -> None:
    settings = load_settings()
    assert (settings.database_url, settings.unowned.shadow, settings.tenants) == ("backstop.sqlite3", True, {})
    assert policy_of("default", settings.policies["default"]) == DEFAULT_POLICY


def test_the_folders_own_file_is_found(empty_folder: Path) -> None:
    (empty_folder / "backstop.toml").write_text("[store]\npath = 'mine.sqlite3'")
    assert load_settings().database_url == "mine.sqlite3"


def test_a_dotenv_file_counts_and_the_real_environment_counts_more(
    empty_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (empty_folder / ".env").write_text("DATABASE_URL=postgres://one/db\nBACKSTOP_LOG__LEVEL=debug\nEMPTY\n")
    assert load_settings().database_url == "postgres://one/db"
    assert load_settings().log.level == "debug"
    monkeypatch.setenv("DATABASE_URL", "postgres://two/db")
    assert load_settings().database_url == "postgres://two/db"


# -- secrets


@pytest.mark.parametrize(
    "text",
    [
        f"[secrets]\ndiscord_token = '{SECRET}'",
        f"secrets = '{SECRET}'",
        f"DATABASE_URL = '{SECRET}'",
        f"discord_token = '{SECRET}'",
        f"[reddit]\npassword = '{SECRET}'",
        f"[discord]\ntoken = '{SECRET}'",
    ],
)
def test_a_secret_in_a_file_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    (line,) = problems(tmp_path, text)
    assert SECRET not in line


@pytest.mark.parametrize("variable", SECRETS)
def test_a_secret_of_the_environment_is_never_shown(tmp_path: Path, variable: str) -> None:
    settings = loaded(tmp_path, "", {variable: SECRET})
    assert getattr(settings.secrets, SECRETS[variable]).get_secret_value() == SECRET
    shown = (repr(settings), str(settings), f"{settings}", settings.model_dump_json(), repr(settings.model_dump()))
    assert SECRET not in "".join(shown)


def test_a_secret_is_not_shown_with_other_mistakes(tmp_path: Path) -> None:
    told = problems(tmp_path, "[web]\nport = -1", dict.fromkeys(SECRETS, SECRET))
    assert SECRET not in "".join(told)


def test_every_secret_has_its_variable() -> None:
    assert set(SECRETS.values()) | {"webhooks"} == set(Secrets.model_fields)


def test_settings_are_frozen(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        loaded(tmp_path).store.path = "other"  # type: ignore[misc]


# -- DATABASE_URL


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("postgres://u:p@host/db", "postgresql+asyncpg://u:p@host/db"),
        ("postgresql://u:p@host:5433/db", "postgresql+asyncpg://u:p@host:5433/db"),
        ("postgresql+asyncpg://u:p@host/db", "postgresql+asyncpg://u:p@host/db"),
        ("postgresql+psycopg://u:p@host/db", "postgresql+asyncpg://u:p@host/db"),
        ("postgres://u:p@host/db?sslmode=require", "postgresql+asyncpg://u:p@host/db?ssl=require"),
        (
            "postgres://u:p@host/db?sslmode=verify-full&channel_binding=require&application_name=x",
            "postgresql+asyncpg://u:p@host/db?application_name=x&ssl=verify-full",
        ),
        ("backstop.sqlite3", "sqlite+aiosqlite:///backstop.sqlite3"),
        ("/var/lib/backstop.sqlite3", "sqlite+aiosqlite:////var/lib/backstop.sqlite3"),
        ("sqlite:///data/backstop.sqlite3", "sqlite+aiosqlite:///data/backstop.sqlite3"),
        (":memory:", "sqlite+aiosqlite:///:memory:"),
    ],
)
def test_every_usual_form_of_a_database_address_is_taken(given: str, expected: str) -> None:
    assert database_url(given) == make_url(expected)


@pytest.mark.parametrize("name", ["with blank.sqlite3", "100%.sqlite3", "what?.sqlite3", "a#b.sqlite3", "ü.sqlite3"])
def test_a_file_is_the_file_that_was_named(name: str) -> None:
    assert database_url(name).database == name


@pytest.mark.parametrize(
    "given", [f"mysql://u:{SECRET}@h/db", f"nonsense://{SECRET}", f"://{SECRET}", f"postgres://u:{SECRET}@h:port/db"]
)
def test_any_other_address_is_a_settings_error_that_keeps_the_password(given: str) -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL: ") as caught:
        database_url(given)
    assert SECRET not in f"{caught.value} {caught.value.__cause__}"


async def test_a_database_describes_itself_without_the_password() -> None:
    database = Database(f"postgres://u:{SECRET}@host/db")
    assert database.describe() == "postgresql+asyncpg://u:***@host/db"
    await database.close()


# -- from settings to the domain


def test_a_tenant_has_the_teams_of_all_and_its_own(tmp_path: Path) -> None:
    settings = loaded(
        tmp_path,
        """
        [teams.night]
        addresses = ["pages:night"]
        ping = "@night"
        [tenants.acme]
        communities = ["discord/1", "reddit/acme"]
        [tenants.acme.teams.support]
        addresses = ["pages:acme"]
        """,
    )
    acme = tenants_of(settings).owning(Place("reddit", "acme", "new"))
    assert (acme.name, acme.shadow) == ("acme", True)
    known = acme.directory
    assert [known.address(one, 0) for one in known.expand("team:support", 0)] == [Address("pages", "acme")]
    assert [known.address(one, 0) for one in known.expand("team:night", 0)] == [Address("pages", "night", "@night")]


def test_a_community_that_nobody_owns_is_a_tenant_of_its_own(tmp_path: Path) -> None:
    tenants = tenants_of(loaded(tmp_path, "[unowned]\nstaff = ['sam']\n[tenants.acme]\ncommunities = ['discord/1']"))
    other = tenants.owning(Place("discord", "2", "help"))
    assert (other.name, other.shadow, other.staff) == ("discord/2", True, {"sam"})
    assert tenants.named("discord/2") is other
    assert tenants.owning(Place("discord", "3", "help")) is not other


def test_a_policy_that_names_no_clocks_is_quick_where_it_is_dangerous(tmp_path: Path) -> None:
    settings = loaded(tmp_path, "[[policies.plain.steps]]\nafter = '1h'\ntargets = ['team:support']")
    plain = policy_of("plain", settings.policies["plain"])
    assert (plain.first_delay(None), plain.first_delay(Reason.UNSAFE_ANSWER)) == (HOUR, 0)


def test_a_policy_that_is_given_whole_is_taken_as_given(tmp_path: Path) -> None:
    settings = loaded(
        tmp_path,
        """
        [policies.fast]
        repeat = 0
        ack_timeout = "10m"
        quiet_after = "1h"
        abandon_after = "2h"
        steps = [{ after = "5m", targets = ["team:support", "pages:boss"] }]
        clocks = { stalled = "7m" }
        """,
    )
    fast = policy_of("fast", settings.policies["fast"])
    assert (fast.name, fast.repeat, fast.ack_timeout, fast.quiet_after, fast.abandon_after) == (
        "fast",
        0,
        10 * MINUTE,
        HOUR,
        2 * HOUR,
    )
    assert [(step.after, step.targets) for step in fast.steps] == [(5 * MINUTE, ("team:support", "pages:boss"))]
    assert fast.first_delay(Reason.STALLED) == 7 * MINUTE


# -- example.toml


def model_in(annotation: Any) -> type[BaseModel] | None:
    """The model inside an annotation, also of dict[str, Model] and tuple[Model, ...]."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := model_in(part))), None)


def all_settings(model: type[BaseModel]) -> set[tuple[str, str]]:
    """(model, field) of everything that can stand in a file."""
    found: set[tuple[str, str]] = set()
    for name, field in model.model_fields.items():
        if field.annotation is Secrets:
            continue
        inner = model_in(field.annotation)
        found |= {(model.__name__, name)} | (all_settings(inner) if inner else set())
    return found


def walked(path: list[str]) -> tuple[set[tuple[str, str]], str]:
    """The settings that a table's header names, and the model whose fields stand under it ("": free names)."""
    model: type[BaseModel] | None = Settings
    named: set[tuple[str, str]] = set()
    names = iter(path)
    for name in names:
        assert model is not None, path
        annotation = model.model_fields[name].annotation
        named.add((model.__name__, name))
        model = model_in(annotation)
        if "dict" in str(annotation):
            next(names, None)
    return named, model.__name__ if model else ""


def written(text: str) -> tuple[set[tuple[str, str]], dict[tuple[str, str], bool]]:
    """All settings that a TOML text names, and whether a comment stands right above each key (once at least)."""
    named: set[tuple[str, str]] = set()
    keys: dict[tuple[str, str], bool] = {}
    model, above = "Settings", ""
    for line in text.splitlines():
        if header := re.fullmatch(r"\[+([^\]]+)\]+", line):
            more, model = walked(header[1].split("."))
            named |= more
        elif (key := re.match(r"([\w-]+) *=", line)) and model:
            keys[model, key[1]] = keys.get((model, key[1]), False) or above.startswith("#")
        above = line
    return named | set(keys), keys


def leaves(tree: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from leaves(value, (*path, name))
        else:
            yield (*path, name), value


def test_the_example_names_every_setting_of_the_code_and_nothing_else() -> None:
    named, _ = written(EXAMPLE.read_text("utf-8"))
    assert named == all_settings(Settings)


def test_every_setting_of_the_example_has_a_comment_above_it() -> None:
    _, keys = written(EXAMPLE.read_text("utf-8"))
    assert [".".join(name) for name, explained in keys.items() if not explained] == []


def test_the_example_names_every_variable_that_holds_a_secret() -> None:
    text = EXAMPLE.read_text("utf-8")
    assert [
        name for name in (*SECRETS, secret_variable("name"), "PORT") if not re.search(rf"^#\s+{name}\s", text, re.M)
    ] == []


def test_the_example_has_the_values_of_the_defaults() -> None:
    example = dict(leaves(tomllib.loads(EXAMPLE.read_text("utf-8"))))
    default = dict(leaves(tomllib.loads(DEFAULT.read_text("utf-8"))))
    assert {path: example.get(path) for path in default} == default


def test_the_example_is_valid_as_it_stands() -> None:
    acme = tenants_of(load_settings(EXAMPLE, {})).owning(Place("reddit", "acme", "new"))
    assert (acme.name, acme.shadow) == ("acme", False)
