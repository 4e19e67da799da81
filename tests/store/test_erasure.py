"""Erased words are gone from the disk, not only from the tables."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from escalation.store import Database, messages, outbox
from tests.store.helpers import key, raw, row, stored

SECRET = "my-password-is-hunter2"
LONG = f"{SECRET} " * 900
"""Long enough for overflow pages."""


def on_disk(database: Database) -> list[str]:
    """The database's files that still hold the secret."""
    assert database.path is not None
    files = Path(database.path).parent.glob(database.path.name + "*")
    return [path.name for path in files if SECRET.encode() in path.read_bytes()]


async def erase(database: Database) -> None:
    def run(connection: sa.Connection) -> None:
        gone = {"text": "", "title": "", "extras": None, "deleted_at": 1}
        messages.update(connection, {key("short"): gone, key("long"): gone})
        outbox.scrub(connection, "acme", [key("1")])

    await database.write(run)


@pytest.fixture
async def telling(sqlite_database: Database) -> Database:
    def run(connection: sa.Connection) -> None:
        new = [stored("short", text=SECRET), stored("long", text=LONG, title=SECRET, extras=SECRET), stored("other")]
        messages.insert(connection, new)
        outbox.add(connection, [row(payload=LONG)])

    await sqlite_database.write(run)
    assert on_disk(sqlite_database)
    return sqlite_database


async def test_erased_words_are_in_no_file_after_a_checkpoint(telling: Database) -> None:
    await erase(telling)
    other = raw(telling)
    assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    other.close()
    assert on_disk(telling) == []


async def test_erased_words_are_in_no_file_after_closing(telling: Database) -> None:
    await erase(telling)
    await telling.close()
    assert on_disk(telling) == []


async def test_words_that_were_checkpointed_before_are_erased_too(telling: Database) -> None:
    other = raw(telling)
    other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    await erase(telling)
    other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    other.close()
    assert on_disk(telling) == []
