"""Bringing a database to this program's schema, and refusing one that needs a newer program."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from escalation.errors import StoreOutdated, StoreTooNew
from escalation.store import schema
from escalation.store.database import Database

_UPGRADE = 0x6261636B
"""The advisory lock's number: any that nobody else on the server uses."""
_FOLDER = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True)
class Status:
    """`level` of the database (0: empty), the program's, and the oldest level that may read it."""

    level: int
    program: int
    readable_from: int

    @property
    def current(self) -> bool:
        return self.level >= self.program


def read_status(connection: sa.Connection) -> Status:
    """What the database says of itself. Raises StoreTooNew where it needs a newer program."""
    tables = sa.inspect(connection).get_table_names()
    said = dict(connection.execute(sa.select(schema.meta.c.key, schema.meta.c.value)).all()) if "meta" in tables else {}
    status = Status(int(said.get("level", 0)), schema.LEVEL, int(said.get("readable_from", 0)))
    if status.readable_from > schema.LEVEL:
        raise StoreTooNew(
            f"the database is at level {status.level} and needs a program of level {status.readable_from} or "
            f"newer; this one has level {schema.LEVEL}: install the newer Backstop again"
        )
    return status


async def upgrade(database: Database, *, to: int | None = None) -> Status:
    """Runs all missing migrations in one transaction; a database that is newer but readable stays as it is."""

    def run(connection: sa.Connection) -> Status:
        if connection.dialect.name == "postgresql":
            # Several workers may start at once: one upgrades, the others find it done.
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_UPGRADE)))
        before = read_status(connection)
        if before.level < schema.LEVEL:
            config = Config()
            config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head" if to is None else f"{to:04d}")
        return read_status(connection)

    return await database.write(run)


async def check(database: Database) -> Status:
    """The database's status. Raises StoreOutdated where it has to be upgraded before use."""
    status = await database.read(read_status)
    if not status.current:
        raise StoreOutdated(
            f"{database.describe()}: the database is at level {status.level}, this program needs "
            f"{status.program}: run `backstop db upgrade`"
        )
    return status
