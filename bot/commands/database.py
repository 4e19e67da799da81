"""backstop db"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import click

from bot.commands.options import config_option
from bot.lock import InstanceLock
from config import load_settings
from escalation.errors import StoreError
from escalation.store import Database, migrate, outbox, quarantine, questions
from escalation.store.database import backup_file

T = TypeVar("T")


@click.group()
def db() -> None:
    """Look after the database."""


@db.command()
@config_option
def upgrade(config_file: Path | None) -> None:
    """Bring the database to this program's schema. Run it before a new version starts."""

    async def work(database: Database) -> None:
        with InstanceLock(database):
            status = await migrate.upgrade(database)
        click.echo(f"{database.describe()}: at level {status.level}, this program's is {status.program}")

    _with_database(config_file, work)


@db.command()
@config_option
def status(config_file: Path | None) -> None:
    """Say how the database stands, and what lies in it."""

    async def work(database: Database) -> None:
        if database.path is not None and not database.path.exists():
            click.echo(f"{database.describe()}: does not exist yet; `backstop run` or `backstop db upgrade` makes it")
            return
        found = await database.read(migrate.read_status)
        word = "up to date" if found.current else "needs `backstop db upgrade`"
        click.echo(f"{database.describe()}: level {found.level} of {found.program}: {word}")
        if found.current:
            states, depths, aside = await database.read(
                lambda connection: (questions.counts(connection), outbox.depths(connection),
                                    quarantine.count(connection))
            )  # fmt: skip
            click.echo("  questions: " + (_counts(states) or "none"))
            click.echo("  pages: " + (_counts(depths) or "none"))
            click.echo(f"  events set aside: {aside}")

    _with_database(config_file, work)


@db.command()
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@config_option
def backup(target: Path, config_file: Path | None) -> None:
    """Copy the SQLite database to TARGET, also while the bot runs. The copy is checked."""
    database = Database(load_settings(config_file).database_url)
    if database.path is None:
        raise StoreError(f"{database.describe()}: not a file; back PostgreSQL up with pg_dump")
    if not database.path.exists():
        raise StoreError(f"{database.describe()}: does not exist")
    if not target.absolute().parent.is_dir():
        raise StoreError(f"{target}: its folder does not exist")
    if target.exists():
        raise StoreError(f"{target}: is there already; name a new file")
    backup_file(database.path, target)
    click.echo(f"{target}: {target.stat().st_size} bytes, checked")


def _with_database(config_file: Path | None, work: Callable[[Database], Awaitable[T]]) -> T:
    async def run() -> T:
        database = Database(load_settings(config_file).database_url)
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
