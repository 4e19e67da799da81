"""A platform that lies: it loses answers, hangs, forgets and repeats, and keeps its own record of what people saw."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from escalation.errors import Undeliverable
from escalation.notify import Page
from escalation.routing import Address

Act = BaseException | Callable[[Page], Awaitable[object]]


class Crash(BaseException):
    """The process dies here: nobody may catch it."""


@dataclass
class Clock:
    """The time in the test's world."""

    now: datetime

    def move(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


@dataclass
class Card:
    """A message that people see, with every version of its text."""

    id: str
    nonce: str
    place: str
    at: datetime
    versions: list[Page] = field(default_factory=list)

    @property
    def page(self) -> Page:
        return self.versions[-1]


@dataclass
class Gate:
    """An act that freezes the caller until it is opened."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, _page: Page) -> None:
        self.reached.set()
        await self.opened.wait()


async def hang(_page: Page) -> None:
    """An act that never ends."""
    await asyncio.Event().wait()


class LyingNotifier:
    """A Notifier with a script. Points: send, shown (applied, not yet answered), find, update, updated."""

    def __init__(self, clock: Clock, *, nonce_minutes: float = 5) -> None:
        self.clock = clock
        self.nonce_minutes = nonce_minutes
        self.history_lag = timedelta()
        self.cards: list[Card] = []
        self.calls: list[tuple[str, Page]] = []
        self.always: dict[str, Act] = {}
        self._script: dict[str, deque[Act]] = defaultdict(deque)

    def will(self, point: str, *acts: Act) -> None:
        """The next visits to `point` do these acts, one each: an exception is raised, a function awaited."""
        self._script[point].extend(acts)

    def called(self, name: str) -> int:
        return sum(call == name for call, _ in self.calls)

    async def send(self, page: Page, to: Address) -> str:
        self.calls.append(("send", page))
        await self._at("send", page)
        youngest = self.clock.now - timedelta(minutes=self.nonce_minutes)
        same = [card for card in self.cards if card.nonce == page.nonce and card.at > youngest]
        card = same[0] if same else Card(f"m{len(self.cards) + 1}", page.nonce, to.place, self.clock.now, [page])
        if not same:
            self.cards.append(card)
        await self._at("shown", page)
        return card.id

    async def update(self, page: Page, to: Address, message_id: str) -> None:
        self.calls.append(("update", page))
        await self._at("update", page)
        found = [card for card in self.cards if card.id == message_id and card.place == to.place]
        if not found:
            raise Undeliverable(f"{message_id} is gone")
        found[0].versions.append(page)
        await self._at("updated", page)

    async def find(self, page: Page, to: Address, since: datetime) -> str | None:
        self.calls.append(("find", page))
        await self._at("find", page)
        until = self.clock.now - self.history_lag
        seen = [card for card in self.cards if card.place == to.place and since <= card.at <= until]
        return next((card.id for card in seen if card.nonce == page.nonce), None)

    async def _at(self, point: str, page: Page) -> None:
        act = self._script[point].popleft() if self._script[point] else self.always.get(point)
        if isinstance(act, BaseException):
            raise act
        if act is not None:
            await act(page)
