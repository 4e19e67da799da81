"""Single facts about the installation: the clock's mark, how far a file was read."""

from __future__ import annotations

import sqlalchemy as sa

from escalation.store.common import upsert
from escalation.store.schema import meta
from escalation.timing import Millis


def get(connection: sa.Connection, key: str) -> str | None:
    return connection.execute(sa.select(meta.c.value).where(meta.c.key == key)).scalar()


def put(connection: sa.Connection, key: str, value: str) -> None:
    statement = upsert(connection, meta)
    update = statement.on_conflict_do_update(index_elements=["key"], set_={"value": statement.excluded.value})
    connection.execute(update, {"key": key, "value": value})


def clock_mark(connection: sa.Connection) -> Millis | None:
    """The latest time at which this installation is known to have run."""
    value = get(connection, "clock")
    return int(value) if value is not None else None


def mark_clock(connection: sa.Connection, now: Millis) -> None:
    """Moves the mark on; it never goes back."""
    put(connection, "clock", str(max(now, clock_mark(connection) or now)))
