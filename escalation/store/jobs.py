"""Recurring work as rows: neither lost while the program is down, nor done twice by several workers."""

from __future__ import annotations

import sqlalchemy as sa

from escalation.store.common import upsert
from escalation.store.schema import jobs
from escalation.timing import HOUR, Millis

LEASE = HOUR


def take(connection: sa.Connection, name: str, now: Millis) -> int | None:
    """Takes the job if it is due and nobody works on it; answers the epoch to finish it with."""
    new = upsert(connection, jobs).on_conflict_do_nothing()
    connection.execute(new, {"name": name, "due_at": now, "lease_until": None, "epoch": 0})
    free = sa.or_(jobs.c.lease_until.is_(None), jobs.c.lease_until <= now)
    row = connection.execute(
        jobs.update()
        .where(jobs.c.name == name, jobs.c.due_at <= now, free)
        .values(lease_until=now + LEASE, epoch=jobs.c.epoch + 1)
        .returning(jobs.c.epoch)
    ).first()
    return None if row is None else int(row.epoch)


def finish(connection: sa.Connection, name: str, epoch: int, due_at: Millis) -> bool:
    """The job is done and due again at `due_at`. Answers False if somebody else took it over meanwhile."""
    statement = jobs.update().where(jobs.c.name == name, jobs.c.epoch == epoch)
    return connection.execute(statement.values(due_at=due_at, lease_until=None)).rowcount == 1
