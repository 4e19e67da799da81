"""Watches our own clock: a jump is checked against a platform's time before anything is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.clock import Clock
from escalation.errors import StoreUnavailable
from escalation.store import Database, meta
from escalation.timing import millis, moment

JUMP = timedelta(minutes=5)
"""A clock that moves this far from where it should be has jumped."""
_MARK_EVERY = timedelta(seconds=60)

log = structlog.get_logger()


class TellsTime(Protocol):
    async def server_time(self) -> datetime | None: ...


class ClockGuard:
    """Keeps a high-water mark of the clock in the store, and compares its steps with a clock that never jumps."""

    def __init__(self, database: Database, clock: Clock, witnesses: Sequence[TellsTime]) -> None:
        self._database = database
        self._clock = clock
        self._witnesses = witnesses
        self._last: tuple[datetime, float] | None = None
        self._marked: datetime | None = None
        self._asking = asyncio.Lock()
        self.trusted = True

    async def check(self, now: datetime) -> None:
        """At start: the clock must not stand before the mark that was left, unless a platform confirms it."""
        mark = await self._database.read(meta.clock_mark)
        self.trusted = True
        if mark is not None and now < moment(mark) - JUMP:
            await self._ask(now, f"it stands {moment(mark) - now} before the last run")
        self._last = (now, self._clock.steady())

    async def trusts(self, now: datetime) -> bool:
        """Whether pages may go out by this clock. Asked in every turn of the loops."""
        async with self._asking:
            return await self._trusts(now)

    async def _trusts(self, now: datetime) -> bool:
        assert self._last is not None
        then, steady = self._last
        moved = (now - then) - timedelta(seconds=self._clock.steady() - steady)
        if abs(moved) > JUMP:
            await self._ask(now, f"it jumped by {moved}")
        elif not self.trusted:
            await self._ask(now, "it is still not confirmed")
        self._last = (now, self._clock.steady())
        if self.trusted and (self._marked is None or now - self._marked >= _MARK_EVERY):
            await self._mark(now)
        return self.trusted

    async def _mark(self, now: datetime) -> None:
        try:
            await self._database.write(lambda connection: meta.mark_clock(connection, millis(now)))
        except StoreUnavailable as error:
            log.warning("the clock's mark could not be stored", trouble=str(error))
        self._marked = now

    async def _ask(self, now: datetime, trouble: str) -> None:
        for witness in self._witnesses:
            try:
                told = await witness.server_time()
            except Exception as error:  # noqa: BLE001  a witness that can't be asked says nothing
                log.warning("a platform did not tell its time", trouble=f"{type(error).__name__}: {error}")
                continue
            if told is not None:
                self.trusted = abs(told - now) <= JUMP
                if not self.trusted:
                    log.error("our clock is wrong, nothing is sent until it is set right", ours=now, platform=told)
                return
        log.warning("the clock jumped and no platform can confirm it; going on by it", trouble=trouble)
        self.trusted = True
