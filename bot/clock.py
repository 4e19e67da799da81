"""The clocks: the real one, and one that plays history fast. Only the app asks them."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time and waits for it."""

    def now(self) -> datetime: ...

    def steady(self) -> float:
        """Seconds that never jump; only differences mean something."""
        ...

    async def wait_until(self, when: datetime, wake: asyncio.Event) -> None:
        """Returns when `when` has come or `wake` is set, whichever is first. Clears `wake`."""
        ...


class RealClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def steady(self) -> float:
        return time.monotonic()

    async def wait_until(self, when: datetime, wake: asyncio.Event) -> None:
        await _wait((when - self.now()).total_seconds(), wake)


_SHORTEST = 0.05
"""Seconds that a wait takes at least when history is played: who plays it rings the timers itself."""


class PlayedClock:
    """History's clock: runs `speed` times as fast, and stands still at `limit` until that is moved on.

    The limit is the next recorded event, so that no timer rings before an event that came earlier.
    """

    def __init__(self, start: datetime, speed: float) -> None:
        self._speed = speed
        self._anchor = (start, asyncio.get_running_loop().time())
        self._limit = start

    def now(self) -> datetime:
        start, since = self._anchor
        elapsed = asyncio.get_running_loop().time() - since
        return min(start + timedelta(seconds=elapsed * self._speed), self._limit)

    def steady(self) -> float:
        return self.now().timestamp()

    async def reach(self, when: datetime) -> None:
        """Lets the clock run to `when` and no further, and waits for it."""
        self._anchor = (self.now(), asyncio.get_running_loop().time())
        self._limit = max(when, self._limit)
        await asyncio.sleep(max(0.0, (self._limit - self.now()).total_seconds() / self._speed))
        self._anchor = (self._limit, asyncio.get_running_loop().time())

    async def wait_until(self, when: datetime, wake: asyncio.Event) -> None:
        await _wait(max((when - self.now()).total_seconds() / self._speed, _SHORTEST), wake)


async def _wait(seconds: float, wake: asyncio.Event) -> None:
    if seconds > 0:
        try:
            await asyncio.wait_for(wake.wait(), seconds)
        except TimeoutError:
            return
    wake.clear()
