"""Opening a database and running transactions on it, the same on both engines."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import StaticPool

from escalation.errors import SettingsError, StoreCorrupt, StoreError, StoreRefused, StoreUnavailable

T = TypeVar("T")
Transaction = Callable[[sa.Connection], T]

BUSY_SECONDS = 5
"""How long a statement waits for another process's lock on the SQLite file."""
_CORRUPT = ("malformed", "not a database", "corrupt")
_PASSING = (
    "locked",
    "busy",
    "full",
    "disk i/o",
    "unable to open",
    "readonly",
    "read-only",
    "connection",
    "terminating",
    "shutting down",
    "starting up",
    "too many clients",
    "no space",
    "timeout",
    "closed",
    "deadlock",
    "could not serialize",
)


def database_url(given: str) -> URL:
    """The URL with its driver: a file path, sqlite://, postgres:// and postgresql:// are all accepted.

    Raises SettingsError for anything else.
    """
    if "://" not in given:
        return URL.create("sqlite+aiosqlite", database=given)  # a path is never parsed: any name is a good name
    try:
        url = make_url(given)
    except (ArgumentError, ValueError) as error:
        raise SettingsError(["DATABASE_URL: not a database address; give postgres://... or a file"]) from error
    name = url.get_backend_name()
    if name in ("postgres", "postgresql"):
        return _postgres(url)
    if name == "sqlite":
        return url.set(drivername="sqlite+aiosqlite")
    raise SettingsError([f"DATABASE_URL: {name} is not supported; use postgres:// or a SQLite file"])


def _postgres(url: URL) -> URL:
    """asyncpg has other words for libpq's sslmode, and refuses those it does not know."""
    query = dict(url.query)
    sslmode = query.pop("sslmode", None)
    if sslmode is not None:
        query["ssl"] = sslmode
    query.pop("channel_binding", None)
    return url.set(drivername="postgresql+asyncpg", query=query)


class Database:
    """One database, with one writer at a time on SQLite."""

    def __init__(self, url: str, *, durable: bool = True) -> None:
        """`durable` False trades safety for speed: for throw-away stores only."""
        self.url = database_url(url)
        self.path = _path(self.url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._writing = asyncio.Lock()
        if self.is_sqlite:
            self._writer = _sqlite_engine(self.url, "IMMEDIATE", durable)
            memory = self.path is None
            self._reader = self._writer if memory else _sqlite_engine(self.url, "DEFERRED", durable)
        else:
            # A worker that freezes inside a transaction must not hold its locks for ever.
            server = {"idle_in_transaction_session_timeout": "60000", "lock_timeout": "10000"}
            self._writer = create_async_engine(
                self.url, pool_size=5, max_overflow=5, pool_timeout=10, pool_pre_ping=True,
                connect_args={"timeout": 10, "server_settings": server},
            )  # fmt: skip
            self._reader = self._writer.execution_options(isolation_level="REPEATABLE READ")

    async def write(self, transaction: Transaction[T]) -> T:
        """Runs `transaction` and commits it, or rolls all of it back and raises a StoreError."""
        if not self.is_sqlite:
            return await self._run(self._writer, transaction)
        async with self._writing:
            return await self._run(self._writer, transaction)

    async def read(self, transaction: Transaction[T]) -> T:
        """Runs `transaction` on one consistent snapshot. It must not write."""
        if self._reader is self._writer:
            return await self.write(transaction)
        return await self._run(self._reader, transaction)

    async def close(self) -> None:
        await self._writer.dispose()
        if self.is_sqlite and self._reader is not self._writer:
            await self._reader.dispose()

    def describe(self) -> str:
        """For people and logs: never with the password."""
        if self.path:
            return str(self.path)
        safe = self.url.difference_update_query([name for name in self.url.query if "password" in name.lower()])
        return safe.render_as_string(hide_password=True)

    async def _run(self, engine: AsyncEngine, transaction: Transaction[T]) -> T:
        """Runs the transaction to its end even if the caller is cancelled: a connection that is left in the
        middle of a statement can never be closed."""
        task = asyncio.create_task(self._transact(engine, transaction))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait([task])
            if not task.cancelled():
                task.exception()
            raise

    async def _transact(self, engine: AsyncEngine, transaction: Transaction[T]) -> T:
        try:
            async with engine.begin() as connection:
                return await connection.run_sync(transaction)
        except DBAPIError as error:
            raise self._translated(error) from error
        except (OSError, TimeoutError, PoolTimeout) as error:
            raise StoreUnavailable(f"{self.describe()}: can't be reached ({error})") from error

    def _translated(self, error: DBAPIError) -> StoreError:
        told = str(error.orig).strip().splitlines()[0][:200] if str(error.orig).strip() else type(error.orig).__name__
        low = told.lower()
        where = self.describe()
        if any(word in low for word in _CORRUPT):
            return StoreCorrupt(f"{where}: the database is damaged ({told}). Stop, keep the file, restore a backup")
        if error.connection_invalidated or any(word in low for word in _PASSING):
            return StoreUnavailable(f"{where}: {told}. {_mend(low)}")
        return StoreRefused(f"{where}: {type(error.orig).__name__}: {told}")


def _mend(told: str) -> str:
    if "full" in told or "no space" in told:
        return "Free disk space; Backstop goes on by itself"
    if "locked" in told or "busy" in told:
        return "Another program holds the file; Backstop goes on once it lets go"
    if "readonly" in told or "read-only" in told or "unable to open" in told:
        return "Check that the folder exists and that this user may write there"
    return "Backstop tries again by itself"


def _path(url: URL) -> Path | None:
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    assert url.database is not None
    return Path(url.database)


def _sqlite_engine(url: URL, begin: str, durable: bool) -> AsyncEngine:
    memory = _path(url) is None
    pool: dict[str, Any] = {"poolclass": StaticPool} if memory else {"pool_size": 1, "max_overflow": 0}
    engine = create_async_engine(url, connect_args={"timeout": BUSY_SECONDS}, **pool)

    @sa.event.listens_for(engine.sync_engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver
        cursor = connection.cursor()
        if not memory:
            cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute(f"PRAGMA synchronous={'FULL' if durable else 'OFF'}")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA secure_delete=ON")  # erased text must not stay in free pages
        cursor.close()

    @sa.event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(f"BEGIN {begin}")

    return engine


def backup_file(source: Path, target: Path) -> None:
    """Copies a SQLite database while it may be in use. The copy is whole and checked.

    Raises StoreError if the copy does not pass SQLite's own check.
    """
    part = target.with_name(target.name + ".part")
    leftovers = (part, part.with_name(part.name + "-wal"), part.with_name(part.name + "-shm"))
    try:
        for leftover in leftovers:
            leftover.unlink(missing_ok=True)
        with closing(_connect(source, "ro")) as read, closing(_connect(part, "rwc")) as write:
            # In one step: SQLite starts a copy in steps anew whenever somebody wrote in between. In WAL mode a
            # reader holds up nobody.
            read.backup(write, pages=-1)
            verdict = write.execute("PRAGMA integrity_check").fetchone()[0]
            write.execute("PRAGMA journal_mode=DELETE")
        if verdict != "ok":
            raise StoreCorrupt(f"{source}: the copy does not pass the integrity check ({verdict})")
        for stale in (target.with_name(target.name + "-wal"), target.with_name(target.name + "-shm")):
            stale.unlink(missing_ok=True)  # else the older file's log would be read into the new one
        part.replace(target)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"{source}: backup to {target} failed: {error}") from error
    finally:
        for leftover in leftovers:
            leftover.unlink(missing_ok=True)


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=BUSY_SECONDS)
