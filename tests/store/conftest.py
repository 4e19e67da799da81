"""Databases of one kind, for faults that only that kind has."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from escalation.store import Database, migrate
from tests.conftest import fresh_postgres


@pytest.fixture
async def postgres_database(postgres_url: str) -> AsyncIterator[Database]:
    database = Database(await fresh_postgres(postgres_url, "backstop_pg"))
    await migrate.upgrade(database)
    yield database
    await database.close()


@pytest.fixture
async def admin(postgres_url: str) -> AsyncIterator[asyncpg.Connection]:
    """The administrator's own connection, to another database of the same server."""
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()
