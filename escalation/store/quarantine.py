"""Events that tripped a fault of ours: set aside whole, so that nothing is lost and nothing is held up."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable

import sqlalchemy as sa

from escalation.events import Event, MessageKey
from escalation.store.common import chunks
from escalation.store.schema import quarantine


def add(connection: sa.Connection, tenant: str, event: Event, trouble: str) -> None:
    """Sets `event` aside with the fault it tripped."""
    body = {"event": type(event).__name__, **dataclasses.asdict(event)}
    row = {
        "tenant": tenant,
        "message": event.key,
        "event": json.dumps(body, default=_plain, ensure_ascii=False),
        "trouble": trouble,
        "at": event.when,
    }
    connection.execute(quarantine.insert(), row)


def erase(connection: sa.Connection, keys: Iterable[MessageKey]) -> None:
    """Erases what was set aside of these messages."""
    for some in chunks(keys):
        connection.execute(quarantine.delete().where(quarantine.c.message.in_(some)))


def count(connection: sa.Connection) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(quarantine)).scalar_one()


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, (set, frozenset)) else str(value)
