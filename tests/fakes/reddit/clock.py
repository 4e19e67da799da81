"""Whose time it is: the machine's, a hand's, or time that flows faster. Seconds since 1970, as Reddit counts."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What the fake asks for the time, and where its delays are waited for."""

    def now(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


class RealClock:
    """The machine's time; a delay of 2 s takes 2 s."""

    def now(self) -> float:
        return time.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class FastClock:
    """Time that flows `factor` times faster, so that hours fit into a test; delays shrink with it."""

    def __init__(self, factor: float, start: float | None = None) -> None:
        self._factor = factor
        self._start = time.time() if start is None else start
        self._began = time.monotonic()

    def now(self) -> float:
        return self._start + (time.monotonic() - self._began) * self._factor

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._factor)


class HandClock:
    """Stands still until it is moved. A delay moves it and takes no real time: one client's latency, simulated.

    It starts at 2026-01-01 11:59 UTC, a minute before the quota's window ends: PRAW spreads its requests over
    what is left of the window by the quota's headers, and would wait in earnest at the start of a fresh one.
    """

    def __init__(self, start: float = 1_767_268_740.0) -> None:
        self._now = start
        self._lock = threading.Lock()

    def now(self) -> float:
        return self._now

    def utc(self) -> datetime:
        """The same moment for who wants a datetime."""
        return datetime.fromtimestamp(self._now, UTC)

    def move(self, **by: float) -> float:
        """Moves by timedelta's words (seconds=, minutes=, ...); answers the new time."""
        with self._lock:
            self._now += timedelta(**by).total_seconds()
            return self._now

    async def sleep(self, seconds: float) -> None:
        self.move(seconds=seconds)
