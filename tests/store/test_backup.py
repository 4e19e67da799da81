"""Copies of a SQLite database in use: whole, checked, or not there at all."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from pathlib import Path

import pytest

from escalation.errors import StoreError
from escalation.store import Database, messages, migrate
from escalation.store.database import backup_file
from tests.store.helpers import key, note, notes, opened, stored, texts
from tests.store.test_sqlite_faults import MANY, damage


def whole(path: Path) -> bool:
    connection = sqlite3.connect(path)
    verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
    connection.close()
    return bool(verdict == "ok")


async def copy(database: Database, target: Path, *, within: float = 30) -> None:
    assert database.path is not None
    await asyncio.wait_for(asyncio.to_thread(backup_file, database.path, target), within)


async def test_a_copy_has_every_row_and_works_as_a_database(sqlite_database: Database, tmp_path: Path) -> None:
    await sqlite_database.write(lambda c: messages.insert(c, MANY))
    await copy(sqlite_database, tmp_path / "copy.sqlite3")
    async with opened(tmp_path / "copy.sqlite3") as restored:
        assert (await migrate.check(restored)).current
        assert await texts(restored) == await texts(sqlite_database)
        await restored.write(note("after"))


async def test_a_copy_replaces_an_older_one_and_leaves_no_other_file(sqlite_database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "copy").write_text("older")
    (folder / "copy.part").write_text("left over by a crash")
    await copy(sqlite_database, folder / "copy")
    assert [path.name for path in folder.iterdir()] == ["copy"]
    assert whole(folder / "copy")


async def test_copies_taken_while_a_writer_writes_are_whole_and_of_one_moment(
    sqlite_database: Database, tmp_path: Path
) -> None:
    """Each transaction writes a pair: a copy with half a pair would not be of one moment."""
    going = True

    async def pairs() -> None:
        number = 0
        while going:
            number += 1
            pair = [stored(f"{number}{side}", text="word " * 99) for side in "ab"]
            await sqlite_database.write(lambda c, pair=pair: messages.insert(c, pair))

    writing = asyncio.create_task(pairs())
    copies = [tmp_path / f"copy{number}" for number in range(5)]
    for path in copies:
        await asyncio.sleep(0.05)
        await copy(sqlite_database, path)
    going = False
    await writing
    for path in copies:
        assert whole(path)
        async with opened(path) as copied:
            found = await texts(copied)
        assert found
        assert {one[:-1] for one in found if one.endswith("a")} == {one[:-1] for one in found if one.endswith("b")}


async def test_a_large_database_with_a_busy_writer_is_copied_in_the_end(
    sqlite_database: Database, tmp_path: Path
) -> None:
    """SQLite starts a copy in steps anew whenever somebody else wrote in between."""
    filling = [stored(f"{n}", text="x" * 20_000) for n in range(6_000)]
    await sqlite_database.write(lambda c: messages.insert(c, filling))
    going = True

    async def ticks() -> None:
        number = 0
        while going:
            number += 1
            change = {key("0"): {"text": f"{number}"}}
            await sqlite_database.write(lambda c, change=change: messages.update(c, change))

    writing = asyncio.create_task(ticks())
    copying = asyncio.create_task(asyncio.to_thread(backup_file, sqlite_database.path, tmp_path / "copy"))
    done, _ = await asyncio.wait([copying], timeout=12)
    going = False
    await writing
    await copying
    (tmp_path / "copy").unlink()
    assert done, "the copy came to an end only when the writer did"


async def test_a_damaged_source_gives_an_error_and_no_copy(tmp_path: Path) -> None:
    await damage(tmp_path / "test.sqlite3")
    with pytest.raises(StoreError, match=r"test\.sqlite3"):
        backup_file(tmp_path / "test.sqlite3", tmp_path / "copy.sqlite3")
    assert not list(tmp_path.glob("copy*"))


async def test_damage_leaves_the_older_copy_alone(tmp_path: Path) -> None:
    await damage(tmp_path / "test.sqlite3")
    (tmp_path / "copy").write_text("older")
    with pytest.raises(StoreError):
        backup_file(tmp_path / "test.sqlite3", tmp_path / "copy")
    assert (tmp_path / "copy").read_text() == "older"


@pytest.mark.parametrize(("source", "target"), [("nowhere.sqlite3", "copy"), ("test.sqlite3", "nowhere/copy")])
def test_a_file_that_cannot_be_opened_is_a_store_error(tmp_path: Path, source: str, target: str) -> None:
    sqlite3.connect(tmp_path / "test.sqlite3").close()
    backup_file(tmp_path / "test.sqlite3", tmp_path / "works")
    with pytest.raises(StoreError, match=r"nowhere"):
        backup_file(tmp_path / source, tmp_path / target)
    assert not list(tmp_path.glob("copy*"))


@pytest.mark.parametrize("name", ["with space", "100%41", "a#b", "what?x"])
def test_a_file_of_any_name_is_copied(tmp_path: Path, name: str) -> None:
    source = sqlite3.connect(tmp_path / name)
    source.execute("CREATE TABLE t (x)")
    source.close()
    backup_file(tmp_path / name, tmp_path / "copy")
    copied = sqlite3.connect(tmp_path / "copy")
    assert copied.execute("SELECT name FROM sqlite_master").fetchall() == [("t",)]
    copied.close()


async def test_a_copy_is_not_mixed_with_what_was_left_of_an_older_file(tmp_path: Path) -> None:
    """A program died with the older file open: its write-ahead log still lies beside it."""
    target = tmp_path / "target"
    async with opened(tmp_path / "source") as source, opened(tmp_path / "older") as older:
        for database, name in ((source, "right"), (older, "wrong")):
            await migrate.upgrade(database)
            await database.write(note(name))
        for end in ("", "-wal"):
            shutil.copy(tmp_path / f"older{end}", f"{target}{end}")
        await copy(source, target)
    async with opened(target) as restored:
        assert await notes(restored) == {"right": "x"}
