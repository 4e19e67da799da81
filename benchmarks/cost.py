"""What a message costs, beside what discord.py spends on the same message: one process, one run, one message at a time.

CPU time of the whole process; nothing else runs in it. Rounds alternate (discord.py, us, discord.py, us), each takes
messages that were not seen before, and medians over the rounds are told.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

import click

from benchmarks import speed
from benchmarks.gateway import Gateway
from benchmarks.talks import moved, talks
from escalation.desk import Desk
from escalation.detection import NOBODY, ChannelWindow, Company, Judgement, Seen, TrainedJudge
from escalation.events import Message, Role
from escalation.memory import WINDOW
from escalation.store import Database, migrate

BEFORE: Final = 100
"""Messages that a channel holds before the clock runs."""
ROUND: Final = 100
COMMIT: Final = 50
OPEN: Final = (100, 10_000)


class Stopwatch(TrainedJudge):
    """The judge, with the CPU time that the whole and each part took."""

    def __init__(self) -> None:
        super().__init__()
        self.spent: dict[str, float] = dict.fromkeys(("judge", "link", "question", "roles and dangers"), 0.0)
        link, asks, danger, roles = self._linker.link, self._asks, self._danger, self._roles
        parts: dict[str, Any] = {
            "_asks": self._timed("question", asks),
            "_danger": self._timed("roles and dangers", danger),
            "_roles": self._timed("roles and dangers", roles),
        }
        for name, part in parts.items():
            setattr(self, name, part)
        setattr(self._linker, "link", self._timed("link", link))  # noqa: B010  a method
        self._whole = self._timed("judge", super().judge)

    def judge(self, message: Message, window: ChannelWindow, company: Company = NOBODY) -> Judgement:
        judged: Judgement = self._whole(message, window, company)
        return judged

    def _timed(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any) -> Any:
            begun = time.thread_time()
            try:
                return call(*arguments)
            finally:
                self.spent[name] += time.thread_time() - begun

        return timed


@dataclass(slots=True)
class Costs:
    """Microseconds a message, a figure a round."""

    discord: list[float] = field(default_factory=list)
    judge: list[float] = field(default_factory=list)
    judge_ratio: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    whole_ratio: list[float] = field(default_factory=list)
    commit: list[float] = field(default_factory=list)
    commit_ratio: list[float] = field(default_factory=list)
    parts: dict[str, list[float]] = field(default_factory=dict)


def run(data: Path | None) -> None:
    """Prints the table."""
    name, found = talks(data)
    costs = asyncio.run(_rounds(found))
    click.echo(f"What a message costs: {name}, {len(costs.whole)} rounds of {ROUND} messages, CPU time, medians")
    click.echo(f"  {'':<52} {'us':>7}  {'x discord.py':>12}")
    _line("discord.py, bytes to on_message", costs.discord, None)
    _line("judgement (judge, window.add)", costs.judge, costs.judge_ratio)
    for part, each in costs.parts.items():
        _line(f"  {part}", each, None)
    _line(f"commit ({COMMIT} a commit, all but judgement)", costs.commit, costs.commit_ratio)
    _line("whole pipeline (Desk.observe_many)", costs.whole, costs.whole_ratio)
    spread = sorted(costs.whole_ratio)
    low, high = spread[len(spread) // 4], spread[len(spread) * 3 // 4]
    click.echo(f"  whole pipeline, middle half of the rounds: {low:.1f} to {high:.1f} x; target 5, floor 10")
    asyncio.run(_open_questions(found))


def _line(name: str, costs: Sequence[float], ratios: Sequence[float] | None) -> None:
    times = f"{median(ratios):>12.2f}" if ratios else ""
    click.echo(f"  {name:<52} {median(costs):>7.1f}  {times}".rstrip())


async def _rounds(found: Sequence[list[Message]]) -> Costs:
    gateway = Gateway()
    await gateway.open()
    costs = Costs()
    with tempfile.TemporaryDirectory() as folder:
        database = await _database(folder, "rounds")
        inside, alone, plain = Stopwatch(), Stopwatch(), TrainedJudge()
        desk = Desk(database, inside, speed.tenants())
        for number, (one, other) in enumerate(zip(found[::2], found[1::2], strict=False)):
            ours, theirs = list(moved(one, f"a{number}")), list(moved(other, f"b{number}"))
            judge, window = plain, ChannelWindow(WINDOW)
            judged(plain, ours[:BEFORE], window)
            await _observe(desk, theirs[:BEFORE])
            for start in range(BEFORE, min(len(ours), len(theirs)) - ROUND + 1, ROUND):
                chunk, batch = ours[start : start + ROUND], theirs[start : start + ROUND]
                # Every other round, the parts are timed too; the whole is told from rounds without that.
                first = await _discord(gateway, chunk)
                parts = (start // ROUND) % 2 == 0
                judge = alone if parts else plain
                spent = dict(alone.spent)
                begun = time.process_time()
                judged(judge, chunk, window)
                took = (time.process_time() - begun) * 1e6 / ROUND
                second = await _discord(gateway, batch)
                before = inside.spent["judge"]
                begun = time.process_time()
                await _observe(desk, batch)
                whole = (time.process_time() - begun) * 1e6 / ROUND
                within = (inside.spent["judge"] - before) * 1e6 / ROUND
                if not number and start < 3 * ROUND:
                    continue
                costs.discord += [first, second]
                if parts:
                    for name in ("link", "question", "roles and dangers"):
                        costs.parts.setdefault(name, []).append((alone.spent[name] - spent[name]) * 1e6 / ROUND)
                else:
                    costs.judge.append(took)
                    costs.judge_ratio.append(took / first)
                costs.whole.append(whole)
                costs.whole_ratio.append(whole / second)
                costs.commit.append(whole - within)
                costs.commit_ratio.append((whole - within) / second)
        await database.close()
    await gateway.client.close()
    return costs


async def _discord(gateway: Gateway, messages: Sequence[Message]) -> float:
    frames, heard = gateway.frames(messages), gateway.client.heard
    begun = time.process_time()
    await gateway.take(frames)
    took = time.process_time() - begun
    assert gateway.client.heard - heard == len(messages)
    return took * 1e6 / len(messages)


async def _observe(desk: Desk, messages: Sequence[Message]) -> None:
    for start in range(0, len(messages), COMMIT):
        await desk.observe_many(messages[start : start + COMMIT])


async def _database(folder: str, name: str) -> Database:
    database = Database(str(Path(folder) / f"{name}.sqlite3"))
    await migrate.upgrade(database)
    return database


def judged(judge: TrainedJudge, messages: Sequence[Message], window: ChannelWindow) -> None:
    """Judges messages one by one; the window learns of each, as it does live."""
    for one in messages:
        found = judge.judge(one, window)
        staff = Role.STAFF in one.author.roles
        parent = found.parent.parent if found.parent else None
        above = window.get(parent)
        window.add(
            Seen(
                one.key, one.author.id, one.author.name, one.when, one.text, one.thread, one.author.bot, staff, parent,
                (above.root if above else None) or parent or one.key, bool(found.asks) and not staff,
                tuple((verdict.question, verdict.role) for verdict in found.roles),
            )
        )  # fmt: skip


async def _open_questions(found: Sequence[list[Message]]) -> None:
    """The same talk beside few and many open questions, in turns; blanks keep one from warming the other's texts."""
    spent: dict[int, list[tuple[float, float]]] = {size: [] for size in OPEN}
    with tempfile.TemporaryDirectory() as folder:
        desks: dict[int, tuple[Desk, Stopwatch, Database]] = {}
        for size in OPEN:
            database, judge = await _database(folder, str(size)), Stopwatch()
            await speed.fill(database, size)
            desks[size] = Desk(database, judge, speed.tenants()), judge, database
        for number, one in enumerate(found[:4]):
            said = {size: list(moved(one, f"talk{number}", 20 + at)) for at, size in enumerate(OPEN)}
            for start in range(0, len(one) - ROUND + 1, ROUND):
                order = OPEN if (start // ROUND) % 2 else OPEN[::-1]
                for size in order:
                    desk, judge, _ = desks[size]
                    before, begun = judge.spent["judge"], time.process_time()
                    await _observe(desk, said[size][start : start + ROUND])
                    whole = time.process_time() - begun
                    if start:
                        spent[size].append((judge.spent["judge"] - before, whole))
        for _, _, database in desks.values():
            await database.close()
    first = [median(one) * 1e6 / ROUND for one in zip(*spent[OPEN[0]], strict=True)]
    for size in OPEN:
        judgement, whole = (median(one) * 1e6 / ROUND for one in zip(*spent[size], strict=True))
        click.echo(f"  {size:>6} open questions: judgement {judgement:.0f} us, {judgement / first[0]:.2f} x; "
                   f"whole pipeline {whole:.0f} us, {whole / first[1]:.2f} x")  # fmt: skip
