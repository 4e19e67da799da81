"""The outbox: what is to be sent, what is being sent, and what was. See docs/delivery.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from escalation.events import MessageKey
from escalation.store.common import chunks, upsert
from escalation.store.schema import outbox
from escalation.timing import Millis


class Kind(StrEnum):
    PING = "ping"
    """A new page that tells people."""
    SHADOW = "shadow"
    """The same, logged for the moderators: nobody is pinged."""
    ALARM = "alarm"
    """For the moderators: a page could not reach its team."""
    WATCH = "watch"
    """The same page in the places of a team that only watches: nobody is pinged, and nobody counts as told."""
    EDIT = "edit"
    """The card that was sent tells what is true now."""


class Stage(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    EXPANDED = "expanded"
    """A team's row, replaced by a row for each of its addresses."""
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the outbox; `epoch` fences workers whose lease ran out."""

    key: str
    tenant: str
    subject: MessageKey
    episode: int
    round: int
    step: int
    target: str
    kind: Kind
    reason: str
    created_at: Millis
    not_before: Millis
    state: Stage = Stage.PENDING
    payload: str | None = None
    attempts: int = 0
    first_try_at: Millis | None = None
    lease_until: Millis | None = None
    epoch: int = 0
    sent_message_id: str | None = None
    sent_at: Millis | None = None
    trouble: str | None = None


def row_key(tenant: str, subject: str, episode: int, round_: int, step: int, target: str, kind: Kind) -> str:
    """tenant:subject:episode:round:step:target:kind: the same page has the same key in every process."""
    return ":".join((tenant, subject, str(episode), str(round_), str(step), target, kind.value))


def edit_key(card: str) -> str:
    """The key of the edits of a card."""
    return f"{card}:{Kind.EDIT.value}"


def edited(key: str) -> str:
    """The card's key inside the key of its edits: an edited card keeps the mark it was sent with."""
    return key.removesuffix(f":{Kind.EDIT.value}")


def add(connection: sa.Connection, rows: Sequence[Row]) -> None:
    """Queues rows; one that is there already stays as it is."""
    if rows:
        connection.execute(upsert(connection, outbox).on_conflict_do_nothing(), [_values(row) for row in rows])


def rearm(connection: sa.Connection, rows: Sequence[Row]) -> None:
    """Queues edits; one that is there already is wanted once more, also while it is being sent."""
    if not rows:
        return
    statement = upsert(connection, outbox)
    statement = statement.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "state": Stage.PENDING.value,
            "payload": None,
            "attempts": 0,
            "first_try_at": None,
            "lease_until": None,
            "epoch": outbox.c.epoch + 1,
            "created_at": statement.excluded.created_at,
            "not_before": statement.excluded.not_before,
        },
    )
    connection.execute(statement, [_values(row) for row in rows])


def wanting(connection: sa.Connection, now: Millis, limit: int) -> list[Row]:
    """Rows to try now: pending ones, and those whose sender's lease ran out. Oldest first."""
    free = sa.or_(
        outbox.c.state == Stage.PENDING.value,
        sa.and_(outbox.c.state == Stage.SENDING.value, outbox.c.lease_until <= now),
    )
    query = (
        sa.select(outbox)
        .where(outbox.c.state.in_(("pending", "sending")), outbox.c.not_before <= now, free)
        .order_by(outbox.c.not_before, outbox.c.created_at, outbox.c.key)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [_row(row) for row in connection.execute(query)]


def reclaim(connection: sa.Connection) -> None:
    """Ends every lease: rows under way are wanted again, and the next try looks first."""
    connection.execute(
        outbox.update()
        .where(outbox.c.state == Stage.SENDING.value)
        .values(state=Stage.PENDING.value, lease_until=None, epoch=outbox.c.epoch + 1)
    )


def next_wanting(connection: sa.Connection) -> Millis | None:
    """When the next row may be tried."""
    when = sa.case((outbox.c.state == Stage.SENDING.value, outbox.c.lease_until), else_=outbox.c.not_before)
    earliest: Millis | None = connection.execute(
        sa.select(sa.func.min(when)).where(outbox.c.state.in_(("pending", "sending")))
    ).scalar()
    return earliest


def change(connection: sa.Connection, row: Row, **values: Any) -> bool:
    """Compare-and-set: changes the row only if nobody else took it since. Answers whether it did."""
    statement = outbox.update().where(
        outbox.c.key == row.key, outbox.c.epoch == row.epoch, outbox.c.state == row.state.value
    )
    return connection.execute(statement.values(**values)).rowcount == 1


def others_alive(connection: sa.Connection, row: Row) -> bool:
    """Whether another row of the same step was sent, or may still be; who only watches does not count."""
    alive = (Stage.PENDING.value, Stage.SENDING.value, Stage.SENT.value)
    same = [getattr(outbox.c, name) == getattr(row, name) for name in ("tenant", "subject", "episode", "round", "step")]
    query = sa.select(outbox.c.key).where(*same, outbox.c.key != row.key, outbox.c.state.in_(alive))
    query = query.where(outbox.c.kind != Kind.WATCH.value).limit(1)
    return connection.execute(query).first() is not None


def cancel(connection: sa.Connection, tenant: str, subjects: Iterable[MessageKey]) -> None:
    """Cancels what is queued for these questions and was never tried. Edits stay wanted."""
    for some in chunks(subjects):
        connection.execute(
            outbox.update()
            .where(outbox.c.tenant == tenant, outbox.c.subject.in_(some))
            .where(outbox.c.state == Stage.PENDING.value, outbox.c.kind != Kind.EDIT.value, outbox.c.attempts == 0)
            .values(state=Stage.CANCELLED.value, payload=None)
        )


def cards(connection: sa.Connection, tenant: str, subjects: Iterable[MessageKey]) -> list[Row]:
    """Pages of these questions that were sent, or may have been: their cards have to stay true."""
    found = []
    for some in chunks(subjects):
        query = (
            sa.select(outbox)
            .where(outbox.c.tenant == tenant, outbox.c.subject.in_(some))
            .where(outbox.c.state == Stage.SENT.value, outbox.c.kind != Kind.EDIT.value)
            .order_by(outbox.c.key)
        )
        found += [_row(row) for row in connection.execute(query)]
    return found


def scrub(connection: sa.Connection, tenant: str, subjects: Iterable[MessageKey]) -> None:
    """Erases the frozen texts of these questions' pages; one that is under way is edited once it was sent."""
    for some in chunks(subjects):
        connection.execute(
            outbox.update().where(outbox.c.tenant == tenant, outbox.c.subject.in_(some)).values(payload=None)
        )


def outdate(connection: sa.Connection, tenant: str, subjects: Iterable[MessageKey]) -> None:
    """What these questions' pages under way say is out of date: they are edited once they were sent."""
    for some in chunks(subjects):
        under_way = (outbox.c.state == Stage.SENDING.value, outbox.c.kind != Kind.EDIT.value)
        mine = (outbox.c.tenant == tenant, outbox.c.subject.in_(some))
        connection.execute(outbox.update().where(*mine, *under_way).values(payload=None))


def was_scrubbed(connection: sa.Connection, row: Row) -> bool:
    """Whether the row's text was erased since it was taken."""
    return connection.execute(sa.select(outbox.c.payload).where(outbox.c.key == row.key)).scalar() is None


def depths(connection: sa.Connection) -> dict[str, int]:
    """How many rows are in each state."""
    query = sa.select(outbox.c.state, sa.func.count()).group_by(outbox.c.state)
    return {state: count for state, count in connection.execute(query)}


def stuck(connection: sa.Connection, before: Millis) -> list[Row]:
    """Rows that wanted to go out before `before` and have not."""
    query = (
        sa.select(outbox)
        .where(outbox.c.state.in_(("pending", "sending")), outbox.c.created_at < before)
        .order_by(outbox.c.created_at, outbox.c.key)
        .limit(1000)
    )
    return [_row(row) for row in connection.execute(query)]


def _values(row: Row) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in Row.__slots__}
    return values | {"kind": row.kind.value, "state": row.state.value}


def _row(row: Any) -> Row:
    values: Mapping[str, Any] = row._mapping
    return Row(**{**values, "kind": Kind(row.kind), "state": Stage(row.state)})
