"""The desk: everything that happens in a community, and every human's word about a question, comes in here."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from escalation.detection import Judge
from escalation.errors import InputError, StoreError, StoreRefused
from escalation.events import ChannelKey, Event, MessageKey, Place
from escalation.intake import Intake, Observation
from escalation.ledger import Entry, write
from escalation.memory import Memory
from escalation.question import Happening, Question, Transition, transition
from escalation.store import Database, messages, quarantine, questions
from escalation.tenant import Tenants
from escalation.timing import Millis, millis

BATCH = 256
"""Events that share one commit at the most."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to a human's press: whether it changed anything, and the question as it stands."""

    done: bool
    question: Question


Claim = Callable[[str, MessageKey, str], Awaitable[Decision]]
"""Claims a question now, by (tenant, question, actor), for who has no desk and no clock. Raises as `acknowledge`."""


class Desk:
    """Event-driven half of the core. State of questions is read from the store, never from memory."""

    def __init__(self, database: Database, judge: Judge, tenants: Tenants) -> None:
        self._database = database
        self._judge = judge
        self._tenants = tenants
        self._memory = Memory()
        self._turn = asyncio.Lock()
        self._waiting: deque[tuple[Event, asyncio.Future[Observation]]] = deque()
        self._draining: asyncio.Task[None] | None = None

    async def observe(self, event: Event) -> Observation:
        """Takes one event in and returns after its commit. Callers who wait together share a commit.

        Raises StoreUnavailable if nothing could be stored: the same call may be made again.
        """
        future: asyncio.Future[Observation] = asyncio.get_running_loop().create_future()
        self._waiting.append((event, future))
        if self._draining is None or self._draining.done():
            self._draining = asyncio.create_task(self._drain())
        return await future

    async def observe_many(
        self, events: Sequence[Event], arrivals: Sequence[Millis] | None = None
    ) -> list[Observation]:
        """Takes events in, in their order, in one commit. Events that are known already change nothing.

        `arrivals`: see Intake.take. An event that trips a fault of ours is set aside in the quarantine and
        the others go on. Raises StoreError if the store failed: then nothing was taken in.
        """
        async with self._turn:
            try:
                return await self._take(events, arrivals)
            except Exception as fault:
                if _store_is_down(fault):
                    raise
            return [await self._take_alone(event) for event in events]

    async def watch(self, place: Place, now: datetime) -> None:
        """Watches a channel from `now` on: what is older never pages. A known channel keeps its start."""
        wanted: dict[ChannelKey, tuple[str, int]] = {place.key: (self._tenants.owning(place).name, millis(now))}
        async with self._turn:
            await self._database.write(lambda connection: messages.watched_since(connection, wanted))

    async def acknowledge(self, tenant: str, key: MessageKey, actor: str, now: datetime) -> Decision:
        """`actor` claims the question. Of several who press at once one wins; the others get his name."""
        return await self._decide(tenant, key, Happening.CLAIM, actor, now)

    async def unclaim(self, tenant: str, key: MessageKey, actor: str, now: datetime) -> Decision:
        return await self._decide(tenant, key, Happening.UNCLAIM, actor, now)

    async def resolve(self, tenant: str, key: MessageKey, actor: str, now: datetime) -> Decision:
        return await self._decide(tenant, key, Happening.RESOLVE, actor, now)

    async def snooze(self, tenant: str, key: MessageKey, actor: str, now: datetime, until: datetime) -> Decision:
        """Silence until `until`, then the ladder starts again. Raises InputError if that is not in the future."""
        if millis(until) <= millis(now):
            raise InputError(f"snooze until {until.isoformat()}: that is not after {now.isoformat()}")
        return await self._decide(tenant, key, Happening.SNOOZE, actor, now, until=until)

    async def reroute(self, tenant: str, key: MessageKey, actor: str, now: datetime, team: str) -> Decision:
        """Wrong team: the ladder starts again with `team`. Raises InputError if there is no such team."""
        known = self._tenants.named(tenant).directory.teams
        if team not in known:
            raise InputError(f"team {team!r} is not known; there are: {', '.join(sorted(known)) or 'none'}")
        return await self._decide(tenant, key, Happening.WRONG_TEAM, actor, now, team=team)

    async def dismiss(self, tenant: str, key: MessageKey, actor: str, now: datetime) -> Decision:
        """Not a question: kept as a label to learn from."""
        return await self._decide(tenant, key, Happening.NOT_A_QUESTION, actor, now)

    async def reopen(self, tenant: str, key: MessageKey, actor: str, now: datetime) -> Decision:
        return await self._decide(tenant, key, Happening.REOPEN, actor, now)

    async def unwatch(self, tenant: str, keys: Sequence[MessageKey], now: datetime) -> list[Decision]:
        """Closes the questions of a channel that is no longer watched, or of an asker who opted out."""
        return [await self._decide(tenant, key, Happening.UNWATCHED, None, now) for key in keys]

    async def _drain(self) -> None:
        while self._waiting:
            taken = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            try:
                observations = await self.observe_many([event for event, _ in taken])
            except Exception as error:  # noqa: BLE001  the callers get it
                for _, future in taken:
                    if not future.done():
                        future.set_exception(error)
                continue
            for (_, future), observation in zip(taken, observations, strict=True):
                if not future.done():
                    future.set_result(observation)

    async def _take(self, events: Sequence[Event], arrivals: Sequence[Millis] | None = None) -> list[Observation]:
        def run(connection: sa.Connection) -> list[Observation]:
            return Intake(connection, self._judge, self._memory, self._tenants).take(events, arrivals)

        try:
            return await self._database.write(run)
        except BaseException:
            self._memory.forget()
            raise

    async def _take_alone(self, event: Event) -> Observation:
        try:
            return (await self._take([event]))[0]
        except Exception as fault:
            if _store_is_down(fault):
                raise
            return await self._set_aside(event, fault)

    async def _set_aside(self, event: Event, fault: Exception) -> Observation:
        tenant = self._tenants.owning(event.place).name
        trouble = f"{type(fault).__name__}: {fault}"[:500]
        await self._database.write(lambda connection: quarantine.add(connection, tenant, event, trouble))
        return Observation(event, tenant, ignored=f"set aside: {trouble}")

    async def _decide(
        self,
        tenant: str,
        key: MessageKey,
        happening: Happening,
        actor: str | None,
        now: datetime,
        *,
        until: datetime | None = None,
        team: str | None = None,
    ) -> Decision:
        at = millis(now)

        def run(connection: sa.Connection) -> tuple[Transition, Question]:
            question = questions.load(connection, tenant, [key]).get(key)
            if question is None:
                raise InputError(f"no question {key} in {tenant}")
            policy = questions.policies(connection, [question.policy_revision])[question.policy_revision]
            made = transition(
                question, happening, at, policy, actor=actor, until=millis(until) if until else None, team=team
            )
            write(connection, [Entry(made)])
            return made, question

        async with self._turn:
            made, before = await self._database.write(run)
        return Decision(made.after != before, made.after)


def _store_is_down(fault: Exception) -> bool:
    """Whether no event at all can be taken in now; else the fault lies with one of them."""
    return isinstance(fault, StoreError) and not isinstance(fault, StoreRefused)
