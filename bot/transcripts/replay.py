"""Recorded history through the very pipeline that runs live: a virtual clock, a throw-away store, no sends."""

from __future__ import annotations

import asyncio
import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from multiprocessing import get_context
from operator import itemgetter

import sqlalchemy as sa

from bot.transcripts import records
from bot.transcripts.records import Record
from escalation.delivery import load_case
from escalation.desk import Desk
from escalation.detection import Judge, TrainedJudge
from escalation.engine import Engine
from escalation.events import Event
from escalation.intake import Observation
from escalation.notify import Notifier, Page
from escalation.pages import Case
from escalation.policy import Escalation
from escalation.question import Question
from escalation.routing import Address
from escalation.standing import standing
from escalation.store import Database, migrate, questions
from escalation.tenant import Tenants
from escalation.timing import Millis, millis, moment

BATCH = 256
Progress = Callable[[int], None]
Arrival = tuple[Millis, Event]
"""When an event comes in, and the event. The clock follows all tenants' events and never goes back."""
Stamped = tuple[Millis, str, int, Record]
"""(time, tenant, order of arrival, record): sorts the output."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to replay. `tenants` must not be in shadow, or every page is the moderators'."""

    tenants: Tenants
    links: bool = False
    drain: bool = False


@dataclass(slots=True)
class Result:
    """What one tenant's replay gave: its records, and its questions with their words for the summary."""

    records: list[Stamped] = field(default_factory=list)
    escalated: list[tuple[Escalation, Case]] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)


class _Recorder:
    """A notifier that notes what it would have sent."""

    def __init__(self) -> None:
        self.pages: list[Page] = []

    async def send(self, page: Page, to: Address) -> str:
        self.pages.append(page)
        return page.nonce

    async def update(self, page: Page, to: Address, message_id: str) -> None:
        """Edits of cards are not part of the contract."""

    async def find(self, page: Page, to: Address, since: datetime) -> str | None:
        return None


class _Everywhere(Mapping[str, Notifier]):
    """The same notifier under every name."""

    def __init__(self, notifier: Notifier) -> None:
        self._notifier = notifier

    def __getitem__(self, name: str) -> Notifier:
        return self._notifier

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def replay(events: Sequence[Event], options: Options, *, jobs: int = 1, progress: Progress | None = None) -> Result:
    """Replays events in their order. The same events give the same result, whatever `jobs` is."""
    split: dict[str, list[Arrival]] = defaultdict(list)
    end: Millis = 0
    for event in events:
        end = max(end, event.when)
        split[options.tenants.owning(event.place).name].append((end, event))
    if jobs > 1 and len(split) > 1:
        parts = _in_processes(split, options, end, jobs, progress)
    else:
        parts = [
            asyncio.run(_replay_tenant(name, some, options, end, progress)) for name, some in sorted(split.items())
        ]
    whole = Result()
    whole.records = list(heapq.merge(*(part.records for part in parts), key=itemgetter(0, 1, 2)))
    for part in parts:
        whole.escalated += part.escalated
        whole.questions += part.questions
    whole.escalated.sort(key=lambda one: (one[0].at, one[0].question.tenant))
    return whole


def _in_processes(
    split: Mapping[str, Sequence[Arrival]], options: Options, end: Millis, jobs: int, progress: Progress | None
) -> list[Result]:
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        futures = [(pool.submit(_run, name, some, options, end), len(some)) for name, some in sorted(split.items())]
        results = []
        for future, count in futures:
            results.append(future.result())
            if progress:
                progress(count)
    return results


def _run(name: str, events: Sequence[Arrival], options: Options, end: Millis) -> Result:
    return asyncio.run(_replay_tenant(name, events, options, end, None))


async def _replay_tenant(
    name: str, events: Sequence[Arrival], options: Options, end: Millis, progress: Progress | None
) -> Result:
    database = Database("sqlite://", durable=False)
    try:
        await migrate.upgrade(database)
        player = _Player(database, name, options)
        await player.play(events, end, progress)
        return player.result
    finally:
        await database.close()


def _timers(observations: Iterable[Observation]) -> Iterator[Millis | None]:
    """Every time at which a timer that these events set may ring."""
    for seen in observations:
        if seen.opened is not None:
            yield seen.opened.due_at
        for change in seen.transitions:
            yield change.after.due_at


def _never_last(when: Millis | None) -> float:
    return inf if when is None else when


class _Player:
    """One tenant's history, one clock."""

    def __init__(self, database: Database, tenant: str, options: Options) -> None:
        self._database = database
        self._tenant = tenant
        self._options = options
        self._judge: Judge = TrainedJudge()
        self._recorder = _Recorder()
        self._desk = Desk(database, self._judge, options.tenants)
        self._engine = Engine(database, options.tenants, _Everywhere(self._recorder))
        self._clock: Millis = 0
        self._next_due: Millis | None = None
        self.result = Result()

    async def play(self, events: Sequence[Arrival], end: Millis, progress: Progress | None) -> None:
        """Plays all events, then lets the clock run to `end`, or until no timer is left."""
        position = 0
        while position < len(events):
            await self._ring_until(events[position][0])
            batch = self._before_next_ring(events, position)
            arrivals = [arrival for arrival, _ in batch]
            observations = await self._desk.observe_many([event for _, event in batch], arrivals)
            for arrival, seen in zip(arrivals, observations, strict=False):
                self._clock = arrival
                self._note(records.of_observation(seen, arrival, links=self._options.links))
            self._next_due = min((self._next_due, *_timers(observations)), key=_never_last)
            await self._ring_until(self._clock)
            position += len(observations)
            if progress:
                progress(len(observations))
        await self._ring_until(end)
        while self._options.drain and self._next_due is not None:
            await self._ring_until(self._next_due)
        self._clock = max(self._clock, end)
        await self._outcomes()

    def _before_next_ring(self, events: Sequence[Arrival], position: int) -> list[Arrival]:
        """The next events that come before the next timer, the first one always."""
        batch = [events[position]]
        for arrival, event in events[position + 1 : position + BATCH]:
            if self._next_due is not None and arrival >= self._next_due:
                break
            batch.append((arrival, event))
        return batch

    async def _ring_until(self, until: Millis) -> None:
        while self._next_due is not None and self._next_due <= until:
            self._clock = max(self._clock, self._next_due)
            await self._ring()

    async def _ring(self) -> None:
        """Lets everything ring that is due now, and delivers it."""
        while True:
            swept = await self._engine.sweep(moment(self._clock))
            for escalation in swept.escalations:
                self._note([records.of_escalation(escalation, self._clock)])
                await self._remember(escalation)
            if swept.escalations:
                while (await self._engine.deliver(moment(self._clock))).busy:
                    pass
                self._note(records.of_page(page, self._clock) for page in self._recorder.pages)
                self._recorder.pages.clear()
                continue
            self._next_due = millis(swept.next_due) if swept.next_due else None
            return

    async def _remember(self, escalation: Escalation) -> None:
        case = await self._database.read(lambda connection: load_case(connection, escalation.question))
        self.result.escalated.append((escalation, case))

    async def _outcomes(self) -> None:
        def run(connection: sa.Connection) -> list[Record]:
            self.result.questions = questions.every(connection, self._tenant)
            return [
                records.of_outcome(one, standing(connection, self._judge, one), self._clock)
                for one in self.result.questions
            ]

        self._note(await self._database.read(run))

    def _note(self, some: Iterable[Record]) -> None:
        for record in some:
            self.result.records.append((self._clock, self._tenant, len(self.result.records), record))
