"""A transcript as a live platform: its messages come in one after the other, its pages go to the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.app import App
from bot.clock import PlayedClock
from bot.demo.staff import Act, Staff
from escalation.desk import Decision
from escalation.events import Event
from escalation.intake import Observation
from escalation.notify import Notifier, Page
from escalation.routing import Address
from escalation.timing import moment


class Audience(Protocol):
    """Who watches: told everything that happens, as it happens."""

    def event(self, seen: Observation, now: datetime) -> None: ...

    def page(self, page: Page, now: datetime) -> None: ...

    def edited(self, page: Page, now: datetime) -> None: ...

    def act(self, act: Act, page: Page, decision: Decision, now: datetime) -> None: ...


class _Wall:
    """Where pages are hung up for everybody to see."""

    def __init__(self, clock: PlayedClock, audience: Audience, staff: Staff) -> None:
        self._clock = clock
        self._audience = audience
        self._staff = staff
        self._shown: set[str] = set()

    async def send(self, page: Page, to: Address) -> str:
        now = self._clock.now()
        if page.nonce not in self._shown:
            self._shown.add(page.nonce)
            self._audience.page(page, now)
            self._staff.got(page, now)
        return page.nonce

    async def update(self, page: Page, to: Address, message_id: str) -> None:
        self._audience.edited(page, self._clock.now())

    async def find(self, page: Page, to: Address, since: datetime) -> str | None:
        return page.nonce if page.nonce in self._shown else None


class Playback:
    """Plays events in their order. Before each one every timer that was due earlier has rung."""

    name = "playback"
    connected = True

    def __init__(self, events: Sequence[Event], clock: PlayedClock, audience: Audience, staff: Staff) -> None:
        self._events = events
        self._clock = clock
        self._audience = audience
        self._staff = staff
        self._wall = _Wall(clock, audience, staff)
        self.finished = asyncio.Event()
        self.caught_up = asyncio.Event()
        self.caught_up.set()

    @property
    def notifiers(self) -> Mapping[str, Notifier]:
        return dict.fromkeys(("wall", "pages", "mail", "webhook"), self._wall)

    async def server_time(self) -> datetime | None:
        return None

    async def run(self, app: App) -> None:
        """Plays all events and what people do with the pages, then waits to be stopped."""
        latest = 0
        for event in self._events:
            latest = max(latest, event.when)
            await self._run_clock(app, moment(latest))
            for seen in await app.take([event]):
                self._audience.event(seen, self._clock.now())
        while self._staff.next_act is not None:
            await self._run_clock(app, self._staff.next_act)
        await app.settle()
        self.finished.set()
        await asyncio.Event().wait()

    async def _run_clock(self, app: App, until: datetime) -> None:
        """Lets the time pass to `until`, ringing every timer and pressing every button on the way, in order."""
        while True:
            ring = await app.next_ring()
            stops = [when for when in (ring, self._staff.next_act) if when is not None and when <= until]
            stop = min(stops, default=until)
            await self._clock.reach(stop)
            await app.settle()
            while self._staff.next_act is not None and self._staff.next_act <= self._clock.now():
                act, page, decision = await self._staff.act(app.desk, self._clock.now())
                self._audience.act(act, page, decision, self._clock.now())
                await app.settle()
            if stop >= until and not stops:
                return
