"""What is accepted as the address of a database, and that no password gets out."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from escalation.errors import SettingsError, StoreError
from escalation.store import migrate
from escalation.store.database import database_url
from tests.store.helpers import opened


@pytest.mark.parametrize(
    ("given", "driver", "name"),
    [
        ("data/backstop.sqlite3", "sqlite+aiosqlite", "data/backstop.sqlite3"),
        ("/var/lib/backstop.sqlite3", "sqlite+aiosqlite", "/var/lib/backstop.sqlite3"),
        ("sqlite:////var/lib/b.sqlite3", "sqlite+aiosqlite", "/var/lib/b.sqlite3"),
        ("sqlite+aiosqlite:///b.sqlite3", "sqlite+aiosqlite", "b.sqlite3"),
        ("postgres://u:p@host/db", "postgresql+asyncpg", "db"),
        ("postgresql://u:p@host:5433/db", "postgresql+asyncpg", "db"),
        ("postgresql+asyncpg://host/db", "postgresql+asyncpg", "db"),
    ],
)
def test_the_usual_forms_are_accepted(given: str, driver: str, name: str) -> None:
    url = database_url(given)
    assert (url.drivername, url.database) == (driver, name)


def test_the_words_of_libpq_are_translated() -> None:
    url = database_url("postgres://u:p@host/db?sslmode=require&channel_binding=prefer&application_name=b")
    assert dict(url.query) == {"ssl": "require", "application_name": "b"}


@pytest.mark.parametrize("given", ["mysql://u:s3cret@host/db", "://", "postgres//x://"])
def test_anything_else_is_refused_with_the_name_of_the_setting(given: str) -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL") as caught:
        database_url(given)
    assert "s3cret" not in str(caught.value)


def test_a_mistyped_port_is_a_mistake_in_the_settings() -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL"):
        database_url("postgres://u:p@host:port/db")


@pytest.mark.parametrize(
    "given", ["postgres://u:s3cret@127.0.0.1:1/db", "postgres://127.0.0.1:1/db?user=u&password=s3cret"]
)
async def test_no_description_and_no_error_tells_the_password(given: str) -> None:
    async with opened(given) as database:
        with pytest.raises(StoreError) as caught:
            await migrate.check(database)
    assert "127.0.0.1" in database.describe()
    assert "s3cret" not in database.describe()
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("name", ["with space", "100%41", "a#b", "what?x", "ünï", "a;b"])
async def test_a_file_may_have_any_name(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    async with opened(folder / "b.sqlite3") as database:
        await migrate.upgrade(database)
    assert (folder / "b.sqlite3").is_file()
