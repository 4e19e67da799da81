"""A small world around the core: one company, a lying platform and a clock of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from escalation.store import Database, migrate
from tests.delivery.world import World
from tests.store.conftest import admin, postgres_database

__all__ = ["admin", "postgres_database"]


@pytest.fixture
async def world(database: Database) -> World:
    """On a database of each kind."""
    return World(database)


@pytest.fixture
async def quick_world() -> AsyncIterator[World]:
    """In memory, for what does not depend on the engine."""
    database = Database(":memory:", durable=False)
    await migrate.upgrade(database)
    yield World(database)
    await database.close()
