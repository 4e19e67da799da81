"""Retention and backups: what must go goes, what runs stays, nothing is lost or done twice."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.clock import RealClock
from bot.jobs import Jobs
from config.settings import StoreSettings
from escalation.events import Message, Person, Place
from escalation.question import State
from escalation.store import Database, messages, questions, schema
from escalation.store.database import backup_file
from escalation.store.jobs import LEASE
from escalation.timing import DAY, HOUR, millis
from tests.bot.helpers import QUESTION, HandClock, at_rest, until
from tests.store.helpers import HELP, T, another, key, question, stored, tie

OLD = T - 40 * DAY
NOW = HandClock().now()


def settings(**given: Any) -> StoreSettings:
    base = {"retention": "30d", "backups": "", "backup_every": "1d", "backups_kept": 3}
    return StoreSettings.model_validate(base | given)


async def names(database: Database, table: sa.Table, column: str) -> set[str]:
    """The last part of every key in a column."""
    keys = await database.read(lambda connection: connection.execute(sa.select(table.c[column])).scalars().all())
    return {str(one).rsplit("/", 1)[1] for one in keys}


async def due(database: Database, name: str) -> int | None:
    query = sa.select(schema.jobs.c.due_at).where(schema.jobs.c.name == name)
    return await database.read(lambda connection: connection.execute(query).scalar())


def backups(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*"))


async def test_retention_erases_what_is_old_and_has_ended_and_keeps_what_runs(sqlite_database: Database) -> None:
    now = millis(NOW)
    old, young = now - 40 * DAY, now - DAY
    kept = [state for state in State if state not in (State.RESOLVED, State.CLOSED, State.DISMISSED)]
    ended = [State.RESOLVED, State.CLOSED, State.DISMISSED]
    some = [
        *(question(f"runs {state}", state=state, asked_at=old, since=old) for state in kept),
        *(question(f"ended {state}", state=state, asked_at=old, since=old) for state in ended),
        *(question(f"lately {state}", state=state, asked_at=old, since=young) for state in ended),
    ]
    said = [
        *(stored(one.key.rsplit("/", 1)[1], at=old) for one in some),
        *(stored(f"to {one.key.rsplit('/', 1)[1]}", at=old) for one in some),
        stored("chatter", at=old),
        stored("new chatter", at=young),
    ]
    ties = [tie(name := one.key.rsplit("/", 1)[1], f"to {name}", at=old) for one in some]

    def fill(connection: sa.Connection) -> None:
        questions.save(connection, some)
        messages.insert(connection, said)
        messages.tie(connection, ties)

    await sqlite_database.write(fill)
    await Jobs(sqlite_database, settings(), HandClock()).look()
    stays = {one.key.rsplit("/", 1)[1] for one in some if not one.key.rsplit("/", 1)[1].startswith("ended")}
    assert await names(sqlite_database, schema.questions, "key") == stays
    assert await names(sqlite_database, schema.messages, "key") == {
        "new chatter", *stays, *(f"to {name}" for name in stays),
    }  # fmt: skip
    assert await names(sqlite_database, schema.memberships, "question") == stays


async def test_what_retention_erased_is_nowhere_in_the_file(sqlite_database: Database) -> None:
    assert sqlite_database.path is not None
    secret = stored("1", at=millis(NOW) - 40 * DAY, text="erase-me-4711 " * 50, author_name="erase-me-4711")
    await sqlite_database.write(lambda connection: messages.insert(connection, [secret]))
    await Jobs(sqlite_database, settings(), HandClock()).look()
    await sqlite_database.close()
    with closing(sqlite3.connect(sqlite_database.path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"erase-me-4711" not in sqlite_database.path.read_bytes()


async def test_backups_are_made_whole_and_only_the_newest_are_kept(sqlite_database: Database, tmp_path: Path) -> None:
    folder, clock = tmp_path / "deep" / "backups", HandClock()
    jobs = Jobs(sqlite_database, settings(backups=str(folder)), clock)
    await sqlite_database.write(lambda connection: messages.insert(connection, [stored("1", at=millis(NOW))]))
    for _ in range(5):
        await jobs.look()
        clock.passes(timedelta(days=1))
    assert backups(folder) == [f"backstop-202603{day}-090000.sqlite3" for day in (13, 14, 15)]
    copy = Database(str(folder / backups(folder)[0]))
    try:
        assert await names(copy, schema.messages, "key") == {"1"}
    finally:
        await copy.close()


async def test_deleting_old_backups_leaves_other_files_alone(sqlite_database: Database, tmp_path: Path) -> None:
    for name in ("mine.sqlite3", "backstop-notes.txt", "backstop.sqlite3"):
        (tmp_path / "backups").mkdir(exist_ok=True)
        (tmp_path / "backups" / name).write_text("precious")
    clock = HandClock()
    jobs = Jobs(sqlite_database, settings(backups=str(tmp_path / "backups"), backups_kept=1), clock)
    for _ in range(2):
        await jobs.look()
        clock.passes(timedelta(days=1))
    assert backups(tmp_path / "backups") == [
        "backstop-20260312-090000.sqlite3", "backstop-notes.txt", "backstop.sqlite3", "mine.sqlite3",
    ]  # fmt: skip


async def test_no_folder_means_no_backups(sqlite_database: Database, tmp_path: Path) -> None:
    await Jobs(sqlite_database, settings(), HandClock()).look()
    assert await due(sqlite_database, "backup") is None
    assert await due(sqlite_database, "retention") == millis(NOW) + HOUR


async def test_two_programs_that_look_at_once_do_it_once(sqlite_database: Database, tmp_path: Path) -> None:
    async with another(sqlite_database) as other:
        clock = HandClock()
        both = [Jobs(one, settings(backups=str(tmp_path / name)), clock)
                for one, name in ((sqlite_database, "one"), (other, "two"))]  # fmt: skip
        for _ in range(3):
            await asyncio.gather(*(jobs.look() for jobs in both))
            clock.passes(timedelta(days=1))
    assert len(backups(tmp_path / "one")) + len(backups(tmp_path / "two")) == 3


async def test_what_was_missed_while_down_comes_once(sqlite_database: Database, tmp_path: Path) -> None:
    clock = HandClock()
    jobs = Jobs(sqlite_database, settings(backups=str(tmp_path / "b")), clock)
    await jobs.look()
    clock.passes(timedelta(days=10, hours=3))
    for _ in range(3):
        await jobs.look()
        clock.passes(timedelta(minutes=1))
    assert backups(tmp_path / "b") == ["backstop-20260311-090000.sqlite3", "backstop-20260321-120000.sqlite3"]
    assert await due(sqlite_database, "backup") == millis(NOW + timedelta(days=11, hours=3))


async def test_what_is_not_due_is_not_done(sqlite_database: Database, tmp_path: Path) -> None:
    clock = HandClock()
    jobs = Jobs(sqlite_database, settings(backups=str(tmp_path / "b")), clock)
    for _ in range(24):
        await jobs.look()
        clock.passes(timedelta(minutes=59, seconds=59))
    assert len(backups(tmp_path / "b")) == 1


async def test_work_that_failed_is_tried_again_after_its_lease(sqlite_database: Database, tmp_path: Path) -> None:
    clock, folder = HandClock(), tmp_path / "b"
    folder.write_text("a file where the folder should be")
    jobs = Jobs(sqlite_database, settings(backups=str(folder)), clock)
    await jobs.look()
    folder.unlink()
    clock.passes(timedelta(milliseconds=LEASE - 1))
    await jobs.look()
    assert backups(folder) == []
    clock.passes(timedelta(milliseconds=1))
    await jobs.look()
    assert len(backups(folder)) == 1


async def test_a_started_scheduler_looks_by_itself(sqlite_database: Database, tmp_path: Path) -> None:
    async def done() -> bool:
        when = await due(sqlite_database, "backup")
        return when is not None and when > millis(RealClock().now())

    jobs = Jobs(sqlite_database, settings(backups=str(tmp_path / "b")), RealClock())
    jobs.start()
    try:
        await until(done, "the first backup")
        await at_rest(sqlite_database)
    finally:
        jobs.stop()
    assert len(backups(tmp_path / "b")) == 1


@pytest.mark.parametrize("name", ["plain.sqlite3", "with space.sqlite3", "a?b.sqlite3", "a#b.sqlite3", "50%20.sqlite3"])
async def test_a_database_of_any_name_can_be_backed_up(tmp_path: Path, name: str) -> None:
    with closing(sqlite3.connect(tmp_path / name)) as connection:
        connection.execute("CREATE TABLE t (x)")
        connection.execute("INSERT INTO t VALUES (7)")
        connection.commit()
    await asyncio.to_thread(backup_file, tmp_path / name, tmp_path / "copy")
    with closing(sqlite3.connect(tmp_path / "copy")) as connection:
        assert connection.execute("SELECT x FROM t").fetchall() == [(7,)]


def test_the_places_of_both_helpers_are_the_same() -> None:
    assert Place("discord", "acme", "help") == HELP
    assert Message(place=HELP, id="1", at=NOW, author=Person("u", "U"), text=QUESTION).key == key("1")
