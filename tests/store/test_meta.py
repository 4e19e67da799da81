"""Single facts about the installation, on both engines."""

from __future__ import annotations

from escalation.store import Database, meta
from tests.store.helpers import T


async def test_a_fact_is_what_was_put_last(database: Database) -> None:
    assert await database.read(lambda c: meta.get(c, "cursor")) is None
    for value in ("a", "b", ""):
        await database.write(lambda c, value=value: meta.put(c, "cursor", value))
        assert await database.read(lambda c: meta.get(c, "cursor")) == value
    assert await database.read(lambda c: meta.get(c, "other")) is None


async def test_the_clock_s_mark_comes_back(database: Database) -> None:
    assert await database.read(meta.clock_mark) is None
    await database.write(lambda c: meta.mark_clock(c, T))
    assert await database.read(meta.clock_mark) == T
