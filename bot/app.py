"""The composition root: the only place where parts are wired, with the loops that make them live."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count
from typing import Protocol, TypeVar

import sqlalchemy as sa
import structlog

from bot.clock import Clock
from bot.guard import ClockGuard
from bot.metrics import Metrics
from escalation.delivery import load_case
from escalation.desk import Claim, Decision, Desk
from escalation.detection import Judge, TrainedJudge
from escalation.engine import Engine
from escalation.errors import StoreCorrupt, StoreError, StoreRefused
from escalation.events import Event, MessageKey
from escalation.intake import Observation
from escalation.notify import Notifier
from escalation.pages import Case
from escalation.store import Database, outbox, questions
from escalation.tenant import Tenants
from escalation.timing import Millis, moment

LONGEST_NAP = timedelta(seconds=30)
"""The loops look at least this often, so that a clock jump or another worker's change is noticed."""
CATCH_UP = timedelta(minutes=5)
"""How long the first sweep waits for platforms to read what was said while we were away."""
BREATH = 0.05
"""Seconds between two turns of a loop: many events in a row wake it once, and leave the writer to the events."""
DELIVERERS = 4
"""Delivery runs side by side: a notifier that hangs holds up only its own run."""
_BACKOFF = (0.5, 1.0, 2.0, 5.0, 15.0)

T = TypeVar("T")
log = structlog.get_logger()


class Platform(Protocol):
    """Something that brings events and may show pages."""

    name: str

    @property
    def notifiers(self) -> Mapping[str, Notifier]: ...

    @property
    def connected(self) -> bool: ...

    @property
    def caught_up(self) -> asyncio.Event:
        """Set once what was said while we were away has been handed on: before that nobody is paged."""
        ...

    async def run(self, app: App) -> None:
        """Hands events to `app.take` until it is cancelled."""
        ...

    async def server_time(self) -> datetime | None:
        """The platform's own time, where it tells; checks our clock."""
        ...


class App:
    """One process of Backstop: platforms in, desk and engine between, pages out."""

    def __init__(
        self,
        database: Database,
        tenants: Tenants,
        platforms: Sequence[Platform],
        clock: Clock,
        *,
        judge: Judge | None = None,
        sinks: Callable[[Claim], Mapping[str, Notifier]] = lambda _claim: {},
    ) -> None:
        """`sinks` makes the notifiers that no platform brings (bot/sinks.py); their answers may claim."""
        self.database = database
        self.clock = clock
        self.platforms = platforms
        self.judge = judge or TrainedJudge()
        self.desk = Desk(database, self.judge, tenants)
        notifiers = {name: one for platform in platforms for name, one in platform.notifiers.items()}
        self.engine = Engine(database, tenants, {**notifiers, **sinks(self.claim)})
        self.metrics = Metrics()
        self.guard = ClockGuard(database, clock, platforms)
        self._sweep_wanted = asyncio.Event()
        self._delivery_wanted = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False
        self._failure: asyncio.Future[None] | None = None
        self._next_try: datetime | None = None

    async def start(self) -> None:
        """Starts the loops, then the platforms."""
        self._failure = asyncio.get_running_loop().create_future()
        await self.guard.check(self.clock.now())
        if self.database.is_sqlite:
            await self.engine.reclaim()  # the instance lock says that nobody else works on this file
        self._spawn("sweep", self._sweeping())
        for number in range(DELIVERERS):
            self._spawn(f"deliver-{number}", self._delivering())
        for platform in self.platforms:
            self._spawn(platform.name, platform.run(self))

    async def failed(self) -> None:
        """Waits for a loop or platform to end, which none does by itself; raises its error."""
        assert self._failure is not None
        await self._failure

    async def stop(self, patience: float = 10.0) -> None:
        """Stops cleanly: no new work; pages under way are finished, or given back after `patience` seconds."""
        self._stopping = True
        delivering = [task for task in self._tasks if task.get_name().startswith("deliver")]
        for task in self._tasks:
            if task not in delivering:
                task.cancel()
        self._delivery_wanted.set()
        _, late = await asyncio.wait(delivering, timeout=patience) if delivering else (set(), set())
        for task in late:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(StoreError):
            await self.engine.release()

    async def take(self, events: Sequence[Event]) -> list[Observation]:
        """Takes events in, in their order, and returns after their commit.

        While the store can't take them it waits and tries again: an event that was handed over is not lost.
        """
        observations = await self.insist("events", lambda: self.desk.observe_many(events))
        self.metrics.took(observations, self.clock.now())
        for seen in observations:
            if seen.ignored and seen.ignored.startswith("set aside"):
                log.error("event set aside", message=seen.event.key, trouble=seen.ignored)
        self.wake()
        return observations

    async def claim(self, tenant: str, question: MessageKey, actor: str) -> Decision:
        """`actor` claims the question now, from outside any platform. Raises InputError, StoreError."""
        decision = await self.desk.acknowledge(tenant, question, actor, self.clock.now())
        self.wake()
        return decision

    async def look(self, tenant: str, question: MessageKey) -> Case | None:
        """The question with its words as it stands; None where there is none. Raises StoreError."""

        def run(connection: sa.Connection) -> Case | None:
            found = questions.load(connection, tenant, [question]).get(question)
            return load_case(connection, found) if found else None

        return await self.database.read(run)

    def wake(self) -> None:
        """Something changed: look at the clocks and the outbox now."""
        self._sweep_wanted.set()
        self._delivery_wanted.set()

    async def settle(self) -> None:
        """Sweeps and delivers all that is due now. For who plays history and has to keep its order."""
        now = self.clock.now()
        while (await self.insist("sweep", lambda: self.engine.sweep(now))).advances or await self._deliver_once(now):
            pass

    async def next_ring(self) -> datetime | None:
        """When the next timer rings or the next page is wanted; for who plays history."""

        def run(connection: sa.Connection) -> list[Millis | None]:
            return [questions.next_due(connection), outbox.next_wanting(connection)]

        times = [when for when in await self.database.read(run) if when is not None]
        return moment(min(times)) if times else None

    @property
    def alive(self) -> bool:
        """Whether every loop still runs."""
        return bool(self._tasks) and not any(task.done() for task in self._tasks)

    async def _deliver_once(self, now: datetime) -> bool:
        delivered = await self.insist("delivery", lambda: self.engine.deliver(now))
        self.metrics.delivered(delivered)
        for row in delivered.troubled:
            log.warning("page not delivered", question=row.subject, target=row.target, trouble=row.trouble)
        self._next_try = delivered.next_try
        return delivered.busy

    async def _catch_up(self) -> None:
        """Lets every platform hand on what it missed first, so that what was answered meanwhile pages nobody."""
        everybody = asyncio.gather(*(platform.caught_up.wait() for platform in self.platforms))
        try:
            await asyncio.wait_for(everybody, CATCH_UP.total_seconds())
        except TimeoutError:
            names = [one.name for one in self.platforms if not one.caught_up.is_set()]
            log.warning("sweeping although not everything missed was read", platforms=names)

    async def _sweeping(self) -> None:
        await self._catch_up()
        while not self._stopping:
            now = self.clock.now()
            if not await self.guard.trusts(now):
                await self.clock.wait_until(now + LONGEST_NAP, asyncio.Event())
                continue
            swept = await self.insist("sweep", lambda now=now: self.engine.sweep(now))  # type: ignore[misc]
            for key, trouble in swept.faults:
                log.error("a question can't be swept", question=key, trouble=trouble)
            if swept.escalations:
                self.metrics.escalated(swept.escalations)
                self._delivery_wanted.set()
            await self.clock.wait_until(_earliest(now + LONGEST_NAP, swept.next_due), self._sweep_wanted)
            await asyncio.sleep(BREATH)

    async def _delivering(self) -> None:
        while not self._stopping:
            now = self.clock.now()
            if not await self.guard.trusts(now):
                await self.clock.wait_until(now + LONGEST_NAP, self._delivery_wanted)
                continue
            if await self._deliver_once(now):
                self._sweep_wanted.set()  # and look for more at once
            elif not self._stopping:
                await self.clock.wait_until(_earliest(now + LONGEST_NAP, self._next_try), self._delivery_wanted)
                await asyncio.sleep(BREATH)

    async def insist(self, what: str, work: Callable[[], Awaitable[T]]) -> T:
        """Does `work`, again and again while the store is out of reach."""
        for attempt in count():
            try:
                result = await work()
            except (StoreCorrupt, StoreRefused):
                raise
            except StoreError as error:
                self.metrics.store_failed()
                log.error("the store failed, trying again", what=what, trouble=str(error), attempt=attempt + 1)
                await asyncio.sleep(_BACKOFF[min(attempt, len(_BACKOFF) - 1)])
            else:
                return result
        raise AssertionError("unreachable")

    def _spawn(self, name: str, work: Awaitable[None]) -> None:
        async def guarded() -> None:
            try:
                await work
            except asyncio.CancelledError:
                raise
            except BaseException as error:
                log.exception("stopped by a fault", part=name)
                if self._failure is not None and not self._failure.done():
                    self._failure.set_exception(error)
                raise

        self._tasks.append(asyncio.create_task(guarded(), name=name))


def _earliest(one: datetime, other: datetime | None) -> datetime:
    return one if other is None else min(one, other)
