"""The way from any older database to this program's schema, and the refusal of newer ones."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from escalation.errors import StoreError, StoreOutdated, StoreTooNew
from escalation.store import Database, messages, migrate, outbox, questions, schema
from escalation.store.schema import meta
from tests.conftest import fresh_postgres
from tests.store.helpers import key, opened, question, row, stored, url_of


@pytest.fixture
async def created(empty_database: Database, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A database of the same kind whose tables come from the metadata, not from migrations."""
    if empty_database.is_sqlite:
        url = str(tmp_path / "created.sqlite3")
    else:
        url = await fresh_postgres(request.getfixturevalue("postgres_url"), "backstop_created")
    async with opened(url) as database:
        await database.write(schema.metadata.create_all)
        yield database


def tables(connection: sa.Connection) -> list[str]:
    return sorted(sa.inspect(connection).get_table_names())


def shape(connection: sa.Connection) -> dict[str, Any]:
    """All that the database itself knows of its tables."""
    look = sa.inspect(connection)
    found: dict[str, Any] = {}
    for name in set(look.get_table_names()) - {"alembic_version"}:
        columns = [
            (one["name"], str(one["type"]), one["nullable"], one["default"] is None) for one in look.get_columns(name)
        ]
        indexes = [
            (one["name"], one["column_names"], bool(one["unique"]), bool(one.get("dialect_options")))
            for one in look.get_indexes(name)
        ]
        keys = look.get_pk_constraint(name)["constrained_columns"]
        found[name] = (sorted(columns), sorted(indexes), keys, look.get_unique_constraints(name))
    return found


def say(**facts: str) -> Any:
    def run(connection: sa.Connection) -> None:
        for name, value in facts.items():
            connection.execute(meta.update().where(meta.c.key == name).values(value=value))

    return run


async def test_an_empty_database_gets_the_newest_schema(empty_database: Database) -> None:
    status = await migrate.upgrade(empty_database)
    assert (status.level, status.program, status.readable_from) == (schema.LEVEL, schema.LEVEL, schema.READABLE_FROM)
    assert status.current
    expected = sorted([*schema.metadata.tables, "alembic_version"])
    assert await empty_database.read(tables) == expected


async def test_the_level_is_the_number_of_the_newest_migration() -> None:
    folder = Path(migrate.__file__).parent / "migrations" / "versions"
    newest = max(int(path.name[:4]) for path in folder.glob("[0-9]*.py"))
    assert newest == schema.LEVEL


async def test_a_migrated_database_has_no_difference_to_the_metadata(database: Database) -> None:
    def compare(connection: sa.Connection) -> list[Any]:
        options = {"compare_type": True, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), schema.metadata))

    assert await database.read(compare) == []


async def test_a_migrated_database_has_the_shape_of_a_created_one(database: Database, created: Database) -> None:
    assert await database.read(shape) == await created.read(shape)


async def test_a_database_of_level_1_is_upgraded_in_place_and_keeps_its_rows(empty_database: Database) -> None:
    assert (await migrate.upgrade(empty_database, to=1)).level == 1
    asked, page = question("1"), row("1")

    def fill(connection: sa.Connection) -> None:
        known = [column["name"] for column in sa.inspect(connection).get_columns("messages")]
        old = sa.table("messages", *map(sa.column, known))
        connection.execute(old.insert(), {name: getattr(stored("1", text="Grüße 🙂"), name) for name in known})
        questions.save(connection, [asked])
        outbox.add(connection, [page])

    await empty_database.write(fill)
    assert (await migrate.upgrade(empty_database)).level == schema.LEVEL
    kept = await empty_database.read(lambda c: messages.load(c, [key("1")]))
    assert kept == {key("1"): stored("1", text="Grüße 🙂")}
    assert await empty_database.read(questions.every) == [asked]
    assert await empty_database.read(lambda c: outbox.wanting(c, page.not_before, 9)) == [page]


async def test_upgrading_again_changes_nothing(database: Database) -> None:
    before = await database.read(shape)
    again = [await migrate.upgrade(database) for _ in range(2)]
    assert {status.level for status in again} == {schema.LEVEL}
    assert await database.read(shape) == before


UPGRADE = """
import asyncio, sys
import sqlalchemy as sa
from escalation.store import Database, migrate

async def main():
    database = Database(sys.argv[1])
    await database.read(lambda connection: connection.execute(sa.text("SELECT 1")) and None)
    print("ready", flush=True)
    sys.stdin.readline()
    print((await migrate.upgrade(database)).level)
    await database.close()

asyncio.run(main())
"""


async def test_programs_that_upgrade_at_once_all_succeed(empty_database: Database) -> None:
    command = [sys.executable, "-c", UPGRADE, url_of(empty_database)]
    pipes = {"stdin": PIPE, "stdout": PIPE, "stderr": PIPE}
    programs = [await asyncio.create_subprocess_exec(*command, **pipes) for _ in range(4)]
    for program in programs:
        assert program.stdout is not None
        assert await asyncio.wait_for(program.stdout.readline(), 30) == b"ready\n"
    told = await asyncio.gather(*(asyncio.wait_for(program.communicate(b"go\n"), 30) for program in programs))
    assert [err.splitlines()[-1:] for _, err in told] == [[]] * 4
    assert {int(out) for out, _ in told} == {schema.LEVEL}


async def test_a_database_that_needs_a_newer_program_is_refused_and_not_changed(database: Database) -> None:
    await database.write(say(level="99", readable_from=str(schema.LEVEL + 1)))
    before = await database.read(lambda c: [tuple(one) for one in c.execute(sa.select(meta).order_by(meta.c.key))])
    for attempt in (migrate.upgrade, migrate.check):
        with pytest.raises(StoreTooNew, match=rf"level 99.*level {schema.LEVEL + 1} or newer.*install the newer"):
            await attempt(database)
    after = await database.read(lambda c: [tuple(one) for one in c.execute(sa.select(meta).order_by(meta.c.key))])
    assert after == before


async def test_a_newer_database_that_this_program_may_read_is_taken_as_it_is(database: Database) -> None:
    await database.write(say(level="99", readable_from="1"))
    assert (await migrate.upgrade(database)).level == 99
    assert (await migrate.check(database)).level == 99


@pytest.mark.parametrize("level", [0, 1])
async def test_an_old_database_is_refused_with_the_command_that_upgrades_it(
    empty_database: Database, level: int
) -> None:
    if level:
        await migrate.upgrade(empty_database, to=level)
    with pytest.raises(StoreOutdated, match=rf"level {level}.*`backstop db upgrade`"):
        await migrate.check(empty_database)


async def test_a_current_database_passes_the_check(database: Database) -> None:
    assert (await migrate.check(database)).current


async def test_a_migration_that_fails_half_way_leaves_no_half_state(empty_database: Database) -> None:
    await migrate.upgrade(empty_database, to=1)
    # The second migration makes `jobs`, then trips over this table.
    await empty_database.write(lambda c: c.exec_driver_sql("CREATE TABLE quarantine (id INTEGER)") and None)
    before = await empty_database.read(shape)
    with pytest.raises(StoreError):
        await migrate.upgrade(empty_database)
    assert await empty_database.read(shape) == before
    assert (await empty_database.read(migrate.read_status)).level == 1
    await empty_database.write(lambda c: c.exec_driver_sql("DROP TABLE quarantine") and None)
    assert (await migrate.upgrade(empty_database)).current
