"""What recurs: retention and backups. Rows in the store say when; the scheduler only wakes us to look."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, timedelta
from pathlib import Path

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.clock import Clock
from config.settings import StoreSettings
from escalation.errors import BackstopError
from escalation.store import Database, jobs
from escalation.store.database import backup_file
from escalation.store.retention import erase_before
from escalation.timing import HOUR, Millis, millis

log = structlog.get_logger()


class Jobs:
    """Recurring work of one installation."""

    def __init__(self, database: Database, settings: StoreSettings, clock: Clock) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._scheduler = AsyncIOScheduler(timezone=UTC)

    def start(self) -> None:
        """Looks once a minute for what is due."""
        self._scheduler.add_job(
            self.look, "interval", minutes=1, coalesce=True, misfire_grace_time=None, max_instances=1,
            next_run_time=self._clock.now() + timedelta(seconds=1),
        )  # fmt: skip
        self._scheduler.start()

    def stop(self) -> None:
        self._scheduler.shutdown(wait=False)

    async def look(self) -> None:
        """Does what is due; a failure is logged and tried again with the next look after its lease."""
        await self._do("retention", HOUR, self.erase)
        if self._database.path is not None and self._settings.backups:
            await self._do("backup", self._settings.backup_every, self.back_up)

    async def erase(self) -> None:
        before = millis(self._clock.now()) - self._settings.retention
        rows = await self._database.write(lambda connection: erase_before(connection, before))
        if rows:
            log.info("retention erased old rows", rows=rows)

    async def back_up(self) -> None:
        assert self._database.path is not None
        folder = Path(self._settings.backups)
        target = folder / f"backstop-{self._clock.now():%Y%m%d-%H%M%S}.sqlite3"
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        await asyncio.to_thread(backup_file, self._database.path, target)
        for old in sorted(folder.glob("backstop-*.sqlite3"))[: -self._settings.backups_kept]:
            await asyncio.to_thread(old.unlink)
        log.info("backup made", file=str(target))

    async def _do(self, name: str, every: Millis, work: Callable[[], Awaitable[None]]) -> None:
        now = millis(self._clock.now())
        try:
            epoch = await self._database.write(lambda connection: jobs.take(connection, name, now))
            if epoch is None:
                return
            await work()
            await self._database.write(lambda connection: jobs.finish(connection, name, epoch, now + every))
        except (BackstopError, OSError) as error:
            log.error("recurring work failed", job=name, trouble=str(error))
