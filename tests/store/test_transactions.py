"""Transactions: all or nothing, one writer at a time, one snapshot for a reader."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy.util import await_only

from escalation.events import ChannelKey
from escalation.store import Database, messages, questions
from escalation.store.schema import meta
from tests.store.helpers import HELP, T, another, key, note, notes, opened, question, until_waiting


def count_up(connection: sa.Connection) -> None:
    value = connection.execute(sa.select(meta.c.value).where(meta.c.key == "n").with_for_update()).scalar_one()
    connection.execute(meta.update().where(meta.c.key == "n").values(value=str(int(value) + 1)))


async def test_a_transaction_that_raises_leaves_nothing(database: Database) -> None:
    def run(connection: sa.Connection) -> None:
        note("half")(connection)
        questions.save(connection, [question("1")])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.write(run)
    assert await notes(database) == {}
    assert await database.read(questions.every) == []
    await database.write(note("after"))
    assert await notes(database) == {"after": "x"}


async def test_a_statement_that_fails_takes_the_whole_transaction_with_it(database: Database) -> None:
    await database.write(note("there"))

    def run(connection: sa.Connection) -> None:
        note("new")(connection)
        note("there")(connection)

    with pytest.raises(Exception, match=r"UNIQUE|unique"):
        await database.write(run)
    assert await notes(database) == {"there": "x"}


async def test_a_transaction_whose_caller_is_cancelled_ends_whole(database: Database) -> None:
    """A connection that is left in the middle of a statement could never be closed."""
    reached, go_on = asyncio.Event(), asyncio.Event()

    def run(connection: sa.Connection) -> None:
        note("one")(connection)
        reached.set()
        await_only(go_on.wait())
        note("two")(connection)

    task = asyncio.create_task(database.write(run))
    await asyncio.wait_for(reached.wait(), 10)
    task.cancel()
    asyncio.get_running_loop().call_later(0.1, go_on.set)
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(database.write(note("after")), 10)
    assert await notes(database) == {"one": "x", "two": "x", "after": "x"}


async def test_concurrent_writers_of_one_program_lose_no_change(database: Database) -> None:
    await database.write(note("n", "0"))
    await asyncio.gather(*(database.write(count_up) for _ in range(40)))
    assert await notes(database) == {"n": "40"}


async def test_concurrent_writers_of_two_programs_lose_no_change(database: Database) -> None:
    await database.write(note("n", "0"))
    async with another(database) as other:
        await asyncio.gather(*(one.write(count_up) for _ in range(20) for one in (database, other)))
    assert await notes(database) == {"n": "40"}


async def test_a_reader_sees_one_snapshot_while_others_write(database: Database) -> None:
    await database.write(note("before"))

    async with another(database) as other:

        def run(connection: sa.Connection) -> tuple[int, int]:
            count = sa.select(sa.func.count()).select_from(meta)
            first = connection.execute(count).scalar_one()
            await_only(other.write(note("meanwhile")))
            return first, connection.execute(count).scalar_one()

        first, second = await database.read(run)
    assert first == second


async def test_reading_goes_on_while_a_writer_is_at_work(database: Database) -> None:
    reached, go_on = asyncio.Event(), asyncio.Event()

    def run(connection: sa.Connection) -> None:
        note("new")(connection)
        reached.set()
        await_only(go_on.wait())

    writing = asyncio.create_task(database.write(run))
    await reached.wait()
    assert await asyncio.wait_for(notes(database), 5) == {}
    go_on.set()
    await writing
    assert await notes(database) == {"new": "x"}


async def test_a_store_in_memory_serves_readers_and_writers_at_once() -> None:
    async with opened(":memory:") as database:
        await database.write(meta.create)
        await database.write(note("n", "0"))
        work = [*(database.write(count_up) for _ in range(20)), *(notes(database) for _ in range(20))]
        await asyncio.gather(*work)
        assert await notes(database) == {"n": "20"}


async def test_two_workers_that_see_a_channel_first_agree_since_when_it_is_watched(
    postgres_database: Database, admin: asyncpg.Connection
) -> None:
    def look(at: int) -> dict[ChannelKey, tuple[str, int]]:
        return {HELP.key: ("acme", at)}

    async with another(postgres_database) as other:

        def first(connection: sa.Connection) -> tuple[dict[ChannelKey, int], asyncio.Task[dict[ChannelKey, int]]]:
            found = messages.watched_since(connection, look(T))
            second = asyncio.ensure_future(other.write(lambda c: messages.watched_since(c, look(T + 99))))
            await_only(until_waiting(admin))
            return found, second

        found, second = await postgres_database.write(first)
        assert found == await second == {HELP.key: T}


async def test_a_question_that_one_worker_holds_is_left_out_by_another(postgres_database: Database) -> None:
    await postgres_database.write(lambda c: questions.save(c, [question("1"), question("2")]))
    async with another(postgres_database) as other:

        def hold(connection: sa.Connection) -> list[str]:
            questions.load(connection, "acme", [key("1")])
            due = other.write(lambda c: [one.key for one in questions.due(c, T + 9999, 9)])
            return await_only(asyncio.wait_for(due, 5))

        assert await postgres_database.write(hold) == [key("2")]
