"""Faults of a SQLite file, each with its real cause: what is said, and that work goes on once it is gone."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from escalation.errors import StoreCorrupt, StoreUnavailable
from escalation.store import Database, messages, migrate
from escalation.store import database as database_module
from tests.store.helpers import note, notes, opened, raw, stored, texts

MANY = [stored(str(n), text="many words " * 40) for n in range(300)]


@pytest.fixture
async def impatient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    monkeypatch.setattr(database_module, "BUSY_SECONDS", 0.2)
    async with opened(tmp_path / "test.sqlite3") as database:
        await migrate.upgrade(database)
        yield database


async def test_a_file_that_another_program_holds_is_unavailable_until_it_lets_go(impatient: Database) -> None:
    other = raw(impatient)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match=r"locked.*Another program holds the file; Backstop goes on"):
        await impatient.write(note("a"))
    assert await notes(impatient) == {}
    other.execute("ROLLBACK")
    other.close()
    await impatient.write(note("a"))
    assert await notes(impatient) == {"a": "x"}


async def test_a_short_lock_is_waited_for(sqlite_database: Database) -> None:
    other = raw(sqlite_database)
    other.execute("BEGIN IMMEDIATE")
    writing = asyncio.create_task(sqlite_database.write(note("a")))
    await asyncio.sleep(0.3)
    assert not writing.done()
    other.execute("COMMIT")
    other.close()
    await writing
    assert await notes(sqlite_database) == {"a": "x"}


async def test_a_reader_is_not_stopped_by_another_program_s_lock(impatient: Database) -> None:
    other = raw(impatient)
    other.execute("BEGIN IMMEDIATE")
    assert await notes(impatient) == {}
    other.execute("ROLLBACK")
    other.close()


async def fails_as_full(database: Database) -> None:
    with pytest.raises(StoreUnavailable, match=r"full.*Free disk space; Backstop goes on by itself"):
        await database.write(lambda c: messages.insert(c, MANY))


async def test_a_full_disk_is_unavailable_and_leaves_nothing_half_written(sqlite_database: Database) -> None:
    def bound(connection: sa.Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 5}")

    await sqlite_database.write(bound)
    await fails_as_full(sqlite_database)
    assert await texts(sqlite_database) == {}
    await sqlite_database.write(lambda c: c.exec_driver_sql("PRAGMA max_page_count=1000000") and None)
    await sqlite_database.write(lambda c: messages.insert(c, MANY))
    assert len(await texts(sqlite_database)) == len(MANY)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if not mount or subprocess.run([mount, "-t", "tmpfs", "-o", "size=400k", "none", folder], check=False).returncode:
        pytest.skip("CAN'T MOUNT a small disk here")
    yield folder
    subprocess.run(["umount", folder], check=True)


async def test_a_disk_that_is_really_full_is_unavailable_until_there_is_space(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 50_000)
    async with opened(small_disk / "test.sqlite3") as database:
        await migrate.upgrade(database)
        await database.write(note("before"))
        await fails_as_full(database)
        assert await notes(database) == {"before": "x"}
        assert await texts(database) == {}
        ballast.unlink()
        await database.write(note("after"))
        assert await notes(database) == {"before": "x", "after": "x"}


@contextmanager
def files_no_longer_than(length: int) -> Iterator[None]:
    """The system refuses to let any file of this process grow beyond `length` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (length, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_write_that_the_system_refuses_leaves_nothing_half_written(sqlite_database: Database) -> None:
    await sqlite_database.write(note("before"))
    assert sqlite_database.path is not None
    wal = Path(f"{sqlite_database.path}-wal")
    with files_no_longer_than(wal.stat().st_size + 10_000), pytest.raises(StoreUnavailable, match="disk I/O error"):
        await sqlite_database.write(lambda c: messages.insert(c, MANY))
    assert await notes(sqlite_database) == {"before": "x"}
    assert await texts(sqlite_database) == {}
    await sqlite_database.write(lambda c: messages.insert(c, MANY))
    assert len(await texts(sqlite_database)) == len(MANY)


async def damage(path: Path) -> None:
    """Makes a database and overwrites all its pages but the first."""
    async with opened(path) as database:
        await migrate.upgrade(database)
        await database.write(lambda c: messages.insert(c, MANY))
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(path.stat().st_size - 4096))


async def test_overwritten_pages_are_told_as_damage(tmp_path: Path) -> None:
    await damage(tmp_path / "test.sqlite3")
    async with opened(tmp_path / "test.sqlite3") as database:
        for attempt in (texts(database), database.write(note("a"))):
            with pytest.raises(StoreCorrupt, match=r"test\.sqlite3: the database is damaged.*restore a backup"):
                await attempt


async def test_a_file_that_is_no_database_is_told_as_damage_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(b"Dear diary, " * 500)
    async with opened(path) as database:
        with pytest.raises(StoreCorrupt, match=r"notes\.txt.*not a database"):
            await migrate.upgrade(database)
    assert path.read_bytes() == b"Dear diary, " * 500


async def test_a_missing_folder_is_told_with_what_to_check(tmp_path: Path) -> None:
    async with opened(tmp_path / "nowhere" / "test.sqlite3") as database:
        with pytest.raises(StoreUnavailable, match=r"nowhere.*Check that the folder exists and that this user may"):
            await migrate.upgrade(database)
        (tmp_path / "nowhere").mkdir()
        assert (await migrate.upgrade(database)).current


async def test_a_folder_in_the_place_of_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "test.sqlite3").mkdir()
    async with opened(tmp_path / "test.sqlite3") as database:
        with pytest.raises(StoreUnavailable, match="Check that the folder exists"):
            await migrate.upgrade(database)


async def test_a_disk_that_became_read_only_is_unavailable_until_it_is_writable(small_disk: Path) -> None:
    async with opened(small_disk / "test.sqlite3") as database:
        await migrate.upgrade(database)
    async with opened(small_disk / "test.sqlite3") as database:
        subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
        with pytest.raises(StoreUnavailable, match="this user may write there"):
            await database.write(note("a"))
        subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
        await database.write(note("a"))
        assert await notes(database) == {"a": "x"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_folder_without_the_right_to_write_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    async with opened(tmp_path / "test.sqlite3") as database:
        with pytest.raises(StoreUnavailable, match="this user may write there"):
            await migrate.upgrade(database)
    tmp_path.chmod(0o700)
