"""Rows for the tests of the store, and a second program on the same database."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from typing import Any

import asyncpg
import sqlalchemy as sa

from escalation.detection import AnswerRole
from escalation.events import MessageKey, Place
from escalation.question import Question
from escalation.store import Database, messages, outbox
from escalation.store.messages import Membership, StoredMessage
from escalation.store.outbox import Kind, Row, row_key
from escalation.store.schema import meta

HELP = Place("discord", "acme", "help")
T = 1_772_442_000_000
"""2026-03-02 09:00 UTC."""


def key(id_: str, place: Place = HELP) -> MessageKey:
    return place.message(id_)


def stored(id_: str, *, place: Place = HELP, tenant: str = "acme", **values: Any) -> StoredMessage:
    base = StoredMessage(
        key(id_, place), tenant, place.key, None, "u1", "Una", False, False, T, "", f"text {id_}", None, None, 0.7, True
    )
    return replace(base, **values)


def question(id_: str, *, tenant: str = "acme", **values: Any) -> Question:
    base = Question(tenant, key(id_), HELP.key, asker="u1", asked_at=T, policy_revision=1, since=T, due_at=T + 1000)
    return replace(base, **values)


def tie(question_id: str, message_id: str, role: AnswerRole = AnswerRole.ANSWER, **values: Any) -> Membership:
    base = Membership("acme", key(question_id), key(message_id), role, 0.8, ("it says so",), T)
    return replace(base, **values)


def row(id_: str = "1", *, target: str = "pages:support", kind: Kind = Kind.PING, **values: Any) -> Row:
    tenant, step = values.get("tenant", "acme"), values.get("step", 0)
    base = Row(
        row_key(tenant, key(id_), 1, 0, step, target, kind), tenant, key(id_), 1, 0, step, target, kind, "unanswered",
        created_at=T, not_before=T,
    )  # fmt: skip
    return replace(base, **values)


async def all_rows(database: Database) -> dict[str, Row]:
    """Every row of the outbox by its key."""
    query = sa.select(outbox.outbox).order_by(outbox.outbox.c.key)
    return await database.read(lambda c: {one.key: outbox._row(one) for one in c.execute(query)})


async def texts(database: Database) -> dict[str, str]:
    """The text of every stored message."""
    query = sa.select(messages.messages.c.key, messages.messages.c.text)
    return await database.read(lambda c: {one.key: one.text for one in c.execute(query)})


def note(name: str, value: str = "x") -> Callable[[sa.Connection], None]:
    """A small transaction that writes one fact."""

    def run(connection: sa.Connection) -> None:
        connection.execute(meta.insert().values(key=name, value=value))

    return run


async def notes(database: Database) -> dict[str, str]:
    """The facts that `note` wrote."""
    query = sa.select(meta).where(meta.c.key.not_in(["level", "readable_from"]))
    return await database.read(lambda c: {one.key: one.value for one in c.execute(query)})


def url_of(database: Database) -> str:
    return database.url.render_as_string(hide_password=False)


@asynccontextmanager
async def opened(url: object) -> AsyncIterator[Database]:
    """A database that is closed also where a test fails."""
    database = Database(str(url))
    try:
        yield database
    finally:
        await database.close()
        await asyncio.sleep(0.05)  # aiosqlite ends the thread of a connection that never came to be by itself


def another(database: Database) -> AbstractAsyncContextManager[Database]:
    """A second program on the same database."""
    return opened(url_of(database))


def raw(database: Database) -> sqlite3.Connection:
    """Another program's plain connection to a SQLite file."""
    assert database.path is not None
    return sqlite3.connect(database.path, isolation_level=None, timeout=1)


async def until_waiting(admin: asyncpg.Connection, count: int = 1) -> None:
    """Returns once `count` connections to PostgreSQL wait for somebody's lock."""
    for _ in range(250):
        if await admin.fetchval("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") >= count:
            return
        await asyncio.sleep(0.02)
    raise TimeoutError(f"no {count} connections wait for a lock")
