"""Faults of a PostgreSQL server, each with its real cause, and that work goes on once it is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.util import await_only

from escalation.errors import StoreError, StoreUnavailable
from escalation.store import Database, migrate, questions
from tests.store.helpers import key, note, notes, opened, question

TERMINATE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'backstop_pg'"


@pytest.fixture
async def dead_end(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """The address of a server that hangs up on every caller."""

    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    yield f"postgres://u:s3cret@127.0.0.1:{server.sockets[0].getsockname()[1]}/db?sslmode=disable"
    server.close()
    await server.wait_closed()


async def test_a_connection_that_dies_in_a_transaction_is_unavailable_and_leaves_nothing(
    postgres_database: Database, admin: asyncpg.Connection
) -> None:
    def run(connection: sa.Connection) -> None:
        note("half")(connection)
        await_only(admin.execute(TERMINATE))
        note("other half")(connection)

    with pytest.raises(StoreUnavailable):
        await postgres_database.write(run)
    assert await notes(postgres_database) == {}
    await postgres_database.write(note("after"))
    assert await notes(postgres_database) == {"after": "x"}


async def test_a_connection_that_dies_before_the_commit_is_unavailable(
    postgres_database: Database, admin: asyncpg.Connection
) -> None:
    def run(connection: sa.Connection) -> None:
        note("half")(connection)
        await_only(admin.execute(TERMINATE))
        await_only(asyncio.sleep(0.1))

    with pytest.raises(StoreUnavailable):
        await postgres_database.write(run)
    assert await notes(postgres_database) == {}


async def test_connections_that_die_between_transactions_are_not_noticed(
    postgres_database: Database, admin: asyncpg.Connection
) -> None:
    await asyncio.gather(*(postgres_database.write(note(f"{n}")) for n in range(5)))
    await admin.execute(TERMINATE)
    await postgres_database.write(note("after"))
    assert len(await notes(postgres_database)) == 6


@pytest.mark.parametrize("host", ["127.0.0.1:1", "nowhere.invalid"])
async def test_a_server_that_cannot_be_reached_is_unavailable(host: str) -> None:
    async with opened(f"postgres://u:s3cret@{host}/db") as database:
        for attempt in (database.read, database.write):
            with pytest.raises(StoreUnavailable, match=rf"{host}/db: can't be reached"):
                await attempt(note("a"))


async def test_a_server_that_hangs_up_is_unavailable(dead_end: str) -> None:
    async with opened(dead_end) as database:
        with pytest.raises(StoreUnavailable, match=r"127\.0\.0\.1"):
            await database.write(note("a"))


async def test_a_database_that_does_not_exist_is_a_store_error(postgres_url: str) -> None:
    url = make_url(postgres_url).set(database="nowhere", password="s3cret").render_as_string(hide_password=False)
    async with opened(url) as database:
        with pytest.raises(StoreError, match="nowhere") as caught:
            await migrate.check(database)
    assert "s3cret" not in str(caught.value)


@asynccontextmanager
async def role(database: Database, options: str) -> AsyncIterator[Database]:
    """The same database for another user of the server."""
    await database.write(lambda c: c.exec_driver_sql(f"CREATE ROLE other {options}") and None)
    try:
        async with opened(database.url.set(username="other").render_as_string(hide_password=False)) as other:
            yield other
    finally:
        await database.write(lambda c: c.exec_driver_sql("DROP ROLE other") and None)


async def test_a_user_who_may_not_log_in_is_a_store_error(postgres_database: Database) -> None:
    async with role(postgres_database, "NOLOGIN") as barred:
        with pytest.raises(StoreError, match="other"):
            await migrate.check(barred)


async def test_a_server_with_no_connection_left_is_unavailable(postgres_database: Database) -> None:
    async with role(postgres_database, "LOGIN CONNECTION LIMIT 0") as crowded:
        with pytest.raises(StoreUnavailable, match="too many connections"):
            await migrate.check(crowded)


async def test_a_pool_with_no_connection_left_is_unavailable(postgres_database: Database) -> None:
    """Ten transactions are under way and none ends; the bound on waiting is 30 s, here less."""
    postgres_database._writer.sync_engine.pool._timeout = 0.2
    go_on = asyncio.Event()
    slow = [asyncio.create_task(postgres_database.write(lambda c: await_only(go_on.wait()))) for _ in range(10)]
    await asyncio.sleep(0.5)
    try:
        with pytest.raises(StoreUnavailable):
            await postgres_database.write(note("one more"))
    finally:
        go_on.set()
        await asyncio.gather(*slow)
    await postgres_database.write(note("after"))


async def test_of_two_transactions_in_a_deadlock_one_goes_on_and_one_is_unavailable(
    postgres_database: Database, admin: asyncpg.Connection
) -> None:
    await postgres_database.write(lambda c: questions.save(c, [question("1"), question("2")]))
    meeting = asyncio.Barrier(2)

    def lock(first: str, second: str) -> object:
        def run(connection: sa.Connection) -> None:
            questions.load(connection, "acme", [key(first)])
            await_only(meeting.wait())
            questions.load(connection, "acme", [key(second)])

        return postgres_database.write(run)

    found = await asyncio.gather(lock("1", "2"), lock("2", "1"), return_exceptions=True)
    assert {type(one) for one in found} == {type(None), StoreUnavailable}


async def test_a_text_that_postgres_refuses_is_no_passing_fault(postgres_database: Database) -> None:
    with pytest.raises(StoreError) as caught:
        await postgres_database.write(note("nul", "a\0b"))
    assert not isinstance(caught.value, StoreUnavailable)
