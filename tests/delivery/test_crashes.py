"""Processes that die, freeze or lose their database at the worst moment: nothing is lost, nothing shown twice."""

from __future__ import annotations

import asyncio
from itertools import product
from typing import Any

import pytest

from escalation import delivery
from escalation.delivery import LEASE
from escalation.errors import CannotLook, RetryLater, StoreUnavailable, Undeliverable
from escalation.events import MessageKey
from escalation.store import database as database_module
from escalation.store import migrate
from escalation.store.outbox import Stage
from escalation.timing import SECOND
from tests.delivery.world import World, until_quiet
from tests.fakes.notifier import Crash, Gate, hang
from tests.store.helpers import all_rows, opened, raw

WITHIN, BEYOND = {"minutes": 1}, {"minutes": 20}
"""A new try within the platform's own de-duplication, and after it."""


async def dies(world: World) -> None:
    """The first process tries to deliver, and dies of it."""
    with pytest.raises(Crash):
        await world.deliver()
    world.restart()


async def shown_once(world: World) -> None:
    row = await world.row()
    assert (row.state, row.sent_message_id) == (Stage.SENT, world.card().id)


@pytest.mark.parametrize("later", [WITHIN, BEYOND])
@pytest.mark.parametrize("point", ["send", "shown"])
async def test_a_page_whose_sender_died_is_shown_once(world: World, point: str, later: dict[str, float]) -> None:
    world.notifier.will(point, Crash())
    await world.due()
    await dies(world)
    await world.deliver(**later)
    await shown_once(world)
    assert world.notifier.called("find") == 1


async def test_a_page_that_was_recorded_is_not_touched_after_a_crash(world: World) -> None:
    await world.due()
    await world.deliver()
    async with world.second_process() as (engine, _):
        await until_quiet(engine, world.clock, minutes=20)
    assert [name for name, _ in world.notifier.calls] == ["send"]


async def test_the_crash_of_one_page_leaves_the_others_to_the_next_process(world: World) -> None:
    world.notifier.will("shown", Crash())
    for id_ in ("q1", "q2", "q3"):
        await world.ask(id_)
    await world.engine.sweep(world.clock.move(minutes=10))
    await dies(world)
    await world.deliver(minutes=20)
    assert sorted(card.page.subject[-2:] for card in world.notifier.cards) == ["q1", "q2", "q3"]


async def test_the_lease_of_a_dead_process_runs_out_and_another_takes_over(world: World) -> None:
    world.notifier.will("send", Crash())
    await world.due()
    await dies(world)
    waiting = await world.deliver(seconds=LEASE / SECOND - 1)
    assert waiting.sent == ()
    assert waiting.next_try is not None
    assert (waiting.next_try - world.clock.now).total_seconds() == 1
    assert len((await world.deliver(seconds=1)).sent) == 1


FAULTS = {
    "refused": ("send", ConnectionError()),
    "lost": ("shown", ConnectionError()),
    "late answer": ("shown", hang),
    "dead before": ("send", Crash()),
    "dead after": ("shown", Crash()),
    "stopped": ("shown", asyncio.CancelledError()),
    "blind": ("find", CannotLook("no right")),
    "blind and dead": ("find", Crash()),
    "fine": ("send", None),
}


async def test_whatever_happens_on_two_tries_the_page_is_shown_once(
    quick_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every pair of faults, with the next try within and beyond the platform's de-duplication."""
    monkeypatch.setattr(delivery, "PATIENCE", 5)
    first = [name for name, (point, _) in FAULTS.items() if point != "find"]
    for number, (one, other, later) in enumerate(product(first, FAULTS, (WITHIN, BEYOND))):
        world = World(quick_world.database)
        world.clock.move(days=number)
        await two_tries(world, f"q{number}", FAULTS[one], FAULTS[other], later)
        shown = [card.page.subject for card in world.notifier.cards]
        assert shown == [f"fake/acme/help/q{number}"], f"{one}, then {other}, {later} apart"
        assert (await world.desk.resolve("acme", MessageKey(shown[0]), "ana", world.clock.now)).done


async def two_tries(world: World, id_: str, one: Any, other: Any, later: dict[str, float]) -> None:
    await world.due(id_)
    for point, act in (one, other):
        if act is not None:
            world.notifier.will(point, act)
        try:
            await world.deliver()
        except (Crash, asyncio.CancelledError):
            world.restart()
        world.clock.move(**later)
    await world.deliver()
    await world.deliver(minutes=10)


async def freeze(world: World, point: str, gate: Gate) -> asyncio.Task[Any]:
    """The first process freezes at `point` of its send until the gate opens."""
    world.notifier.will(point, gate)
    await world.due()
    frozen = asyncio.create_task(world.deliver())
    await asyncio.wait_for(gate.reached.wait(), 5)
    return frozen


@pytest.mark.parametrize("point", ["send", "shown"])
async def test_a_frozen_process_that_wakes_up_cannot_overwrite_the_record(world: World, point: str) -> None:
    gate = Gate()
    frozen = await freeze(world, point, gate)
    async with world.second_process() as (engine, _):
        await until_quiet(engine, world.clock, seconds=LEASE / SECOND)
    await shown_once(world)
    recorded = await all_rows(world.database)
    gate.opened.set()
    await frozen
    assert await all_rows(world.database) == recorded
    await shown_once(world)


@pytest.mark.parametrize("fault", [RetryLater("too late"), Undeliverable("closed"), CannotLook("no right")])
async def test_the_late_trouble_of_a_frozen_process_does_not_count(world: World, fault: Exception) -> None:
    gate = Gate()

    async def wakes_with_trouble(page: Any) -> None:
        await gate(page)
        raise fault

    world.notifier.will("shown", wakes_with_trouble)
    await world.due()
    frozen = asyncio.create_task(world.deliver())
    await asyncio.wait_for(gate.reached.wait(), 5)
    async with world.second_process() as (engine, _):
        await until_quiet(engine, world.clock, seconds=LEASE / SECOND)
    recorded = await all_rows(world.database)
    gate.opened.set()
    await frozen
    assert await all_rows(world.database) == recorded
    await world.deliver(minutes=1)
    await shown_once(world)


async def test_a_process_that_stops_gives_its_pages_back_at_once(world: World) -> None:
    gate = Gate()
    stopping = await freeze(world, "shown", gate)
    stopping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopping
    await world.engine.release()
    assert (await world.row()).state is Stage.PENDING
    async with world.second_process() as (engine, _):
        await until_quiet(engine, world.clock)
    await shown_once(world)


async def test_releasing_does_not_take_back_what_another_process_took_over(world: World) -> None:
    gate = Gate()
    frozen = await freeze(world, "send", gate)
    async with world.second_process() as (engine, _):
        await until_quiet(engine, world.clock, seconds=LEASE / SECOND)
    await world.engine.release()
    await world.engine.release()
    assert (await world.row()).state is Stage.SENT
    gate.opened.set()
    await frozen
    await shown_once(world)


async def test_a_page_whose_record_could_not_be_written_is_found_again(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program locks the file between the send and its record."""
    monkeypatch.setattr(database_module, "BUSY_SECONDS", 0.1)
    async with opened(tmp_path / "test.sqlite3") as database:
        await migrate.upgrade(database)
        world, other = World(database), raw(database)

        async def lock(_page: Any) -> None:
            other.execute("BEGIN IMMEDIATE")

        world.notifier.will("shown", lock)
        await world.due()
        with pytest.raises(StoreUnavailable):
            await world.deliver()
        other.close()
        await world.deliver(minutes=20)
        await shown_once(world)
