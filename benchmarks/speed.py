"""What it costs: events to commit, memory, start-up, and due to delivered under load. Real files, real commits."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import psutil
import sqlalchemy as sa

from bot.app import App
from bot.clock import RealClock
from escalation.desk import Desk
from escalation.detection import TrainedJudge
from escalation.events import ChannelKey, Message, MessageKey, Person, Place
from escalation.notify import Notifier, Page
from escalation.policy import DEFAULT_POLICY, EscalationPolicy, EscalationStep
from escalation.question import Question, State
from escalation.routing import Address, Directory, Team
from escalation.store import Database, messages, migrate, questions
from escalation.store.messages import StoredMessage
from escalation.tenant import Tenant, Tenants
from escalation.timing import DAY, SECOND, millis

BATCHES = 40
BATCH = 50
TALK = (
    "how do I reset the router? it is dead since the update",
    "hold the button for ten seconds until it blinks",
    "thanks that worked",
    "did anybody see the match yesterday",
    "same here, nothing happens when I press it",
    "which version do you have?",
    "lol",
    "my invoice shows the wrong address, where can I change it",
)


def run(*, quick: bool) -> None:
    """Prints all tables."""
    sizes = (100, 1_000, 10_000) if quick else (100, 10_000, 100_000)
    asyncio.run(_observe_tables(sizes))
    asyncio.run(_start_up(sizes[-1]))
    asyncio.run(_delivery(seconds=10 if quick else 30, rate=200))


def tenants(policy: EscalationPolicy = DEFAULT_POLICY) -> Tenants:
    team = Team("support", (Address("stopwatch", "support"),))
    return Tenants(template=Tenant("bench", policy=policy, directory=Directory({"support": team}), shadow=False))


async def _observe_tables(sizes: tuple[int, ...]) -> None:
    click.echo(f"desk.observe_many to commit, {BATCH} events a commit, median of {BATCHES} commits:")
    first = None
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            database = Database(str(Path(folder) / f"{size}.sqlite3"))
            await migrate.upgrade(database)
            await fill(database, size)
            cost = await _observe(database)
            first = first or cost
            path = database.path
            assert path is not None
            click.echo(
                f"  {size:>7} open questions: {1e6 / cost:>7.0f} events/s, {cost:>6.0f} us an event, "
                f"{cost / first:.2f} x the smallest; {path.stat().st_size / 1e6:.1f} MB"
            )
            await database.close()


async def fill(database: Database, count: int) -> None:
    """Open questions in many channels, as they lie there on a busy day."""
    now = millis(datetime.now(UTC))
    for start in range(0, count, 2000):
        numbers = range(start, min(start + 2000, count))

        def write(connection: sa.Connection, numbers: range = numbers) -> None:
            revision = questions.policy_revision(connection, "chat/c", DEFAULT_POLICY, "settings", now)
            messages.insert(connection, [_stored(number, now) for number in numbers])
            questions.save(connection, [_open(number, now, revision) for number in numbers])

        await database.write(write)


def _stored(number: int, now: int) -> StoredMessage:
    key = MessageKey(f"chat/c/{number % 500}/old{number}")
    return StoredMessage(
        key, "chat/c", ChannelKey(f"chat/c/{number % 500}"), None, f"asker{number}", f"asker{number}", False, False,
        now - number, "", TALK[0], None, None, 0.5, asks=True,
    )  # fmt: skip


def _open(number: int, now: int, revision: int) -> Question:
    key = MessageKey(f"chat/c/{number % 500}/old{number}")
    return Question("chat/c", key, ChannelKey(f"chat/c/{number % 500}"), f"asker{number}", now - number, revision,
                    state=State.OPEN, since=now - number, due_at=now + DAY + number)  # fmt: skip


def _talk(number: int, channels: int = 50) -> Message:
    return Message(
        place=Place("chat", "c", str(number % channels)),
        id=f"new{number}",
        at=datetime.now(UTC),
        author=Person(f"p{number % 97}", f"person{number % 97}"),
        text=TALK[number % len(TALK)],
    )


async def _observe(database: Database) -> float:
    """Microseconds an event, median over commits."""
    desk = Desk(database, TrainedJudge(), tenants())
    costs = []
    for batch in range(BATCHES + 5):
        events = [_talk(batch * BATCH + number) for number in range(BATCH)]
        start = time.perf_counter()
        await desk.observe_many(events)
        costs.append((time.perf_counter() - start) / BATCH * 1e6)
    return statistics.median(costs[5:])


async def _start_up(size: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "start.sqlite3")
        database = Database(path)
        await migrate.upgrade(database)
        await fill(database, size)
        await database.close()
        process = psutil.Process()
        before = process.memory_info().rss
        start = time.perf_counter()
        database = Database(path)
        await migrate.upgrade(database)
        app = App(database, tenants(), [], RealClock())
        await app.start()
        await app.settle()
        ready = time.perf_counter() - start
        memory = process.memory_info().rss - before
        await app.stop()
        await database.close()
    click.echo(f"start-up with {size} open questions: {ready:.2f} s until the first sweep is done; "
               f"{memory / size:.0f} bytes of memory an open question")  # fmt: skip


class _Stopwatch:
    """A platform whose notifier notes when each page arrived."""

    name = "stopwatch"
    connected = True

    def __init__(self) -> None:
        self.arrived: dict[str, datetime] = {}
        self.caught_up = asyncio.Event()
        self.caught_up.set()

    @property
    def notifiers(self) -> Mapping[str, Notifier]:
        return {"stopwatch": self}

    async def run(self, app: App) -> None:
        await asyncio.Event().wait()

    async def server_time(self) -> datetime | None:
        return None

    async def send(self, page: Page, to: Address) -> str:
        self.arrived[page.subject] = datetime.now(UTC)
        return page.nonce

    async def update(self, page: Page, to: Address, message_id: str) -> None:
        """Cards are not measured."""

    async def find(self, page: Page, to: Address, since: datetime) -> str | None:
        return None


async def _delivery(*, seconds: int, rate: int) -> None:
    """Questions fall due while `rate` events a second come in."""
    delay = 5 * SECOND
    policy = EscalationPolicy("bench", (EscalationStep(delay, ("team:support",)),), repeat=0)
    with tempfile.TemporaryDirectory() as folder:
        database = Database(str(Path(folder) / "delivery.sqlite3"))
        await migrate.upgrade(database)
        watch = _Stopwatch()
        app = App(database, tenants(policy), [watch], RealClock())
        await app.start()
        commits = await _feed(app, seconds, rate)
        await asyncio.sleep(delay / SECOND + 3)
        tracked = await database.read(questions.every)
        await app.stop()
        await database.close()
    due = {one.key: one.asked_at + delay for one in tracked if one.round or one.step}
    late = sorted(millis(watch.arrived[key]) - at for key, at in due.items() if key in watch.arrived)
    missing = len(due) - len(late)
    click.echo(f"{rate} events/s for {seconds} s: handed over to committed p50 {_part(commits, 0.5):.0f} ms, "
               f"p99 {_part(commits, 0.99):.0f} ms")  # fmt: skip
    click.echo(f"  {len(due)} pages: due to delivered p50 {_part(late, 0.5):.0f} ms, p99 {_part(late, 0.99):.0f} ms; "
               f"missing {missing}")  # fmt: skip


async def _feed(app: App, seconds: int, rate: int) -> list[float]:
    """Hands events over one by one at their time; answers the milliseconds each took to its commit."""
    took: list[float] = []
    start = datetime.now(UTC)
    tasks = []

    async def one(number: int) -> None:
        begun = time.perf_counter()
        await app.desk.observe(_talk(number))
        took.append((time.perf_counter() - begun) * 1e3)
        app.wake()  # as `take` does

    for number in range(seconds * rate):
        wait = (start + timedelta(seconds=number / rate) - datetime.now(UTC)).total_seconds()
        if wait > 0:
            await asyncio.sleep(wait)
        tasks.append(asyncio.create_task(one(number)))
    await asyncio.gather(*tasks)
    return sorted(took)


def _part(values: list[float] | list[int], share: float) -> float:
    """The value below which `share` of the sorted values lie."""
    return float(values[min(len(values) - 1, int(len(values) * share))]) if values else float("nan")
