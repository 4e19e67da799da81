"""Several workers on one database, and many hands on one button."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import asyncpg
import pytest
import sqlalchemy as sa

from escalation.delivery import PATIENCE
from escalation.engine import SWEEP
from escalation.events import MessageKey
from escalation.notify import Page
from escalation.question import State
from escalation.store import Database, questions
from escalation.store.outbox import Stage
from escalation.store.schema import outbox
from escalation.timing import SECOND
from tests.delivery.world import World
from tests.store.helpers import all_rows, until_waiting

MANY = 50


async def quick(_page: Page) -> None:
    """Takes no time."""


async def ask_many(world: World) -> None:
    for number in range(MANY):
        await world.ask(f"q{number}")
    world.clock.move(minutes=10)


async def test_two_workers_that_deliver_at_once_send_every_page_once(world: World) -> None:
    world.notifier.nonce_minutes = 0
    await ask_many(world)
    await world.engine.sweep(world.clock.now)
    async with world.second_process() as (engine, _):
        done = await asyncio.gather(*(one.deliver(world.clock.now) for one in (world.engine, engine) for _ in range(2)))
    sent = Counter(row.subject for one in done for row in one.sent)
    assert len(sent) == MANY
    assert set(sent.values()) == {1}
    assert world.notifier.called("send") == MANY
    assert {row.state for row in await world.rows()} == {Stage.SENT}


async def test_two_workers_that_sweep_at_once_escalate_every_question_once(world: World) -> None:
    await ask_many(world)
    async with world.second_process() as (engine, _):
        swept = await asyncio.gather(*(one.sweep(world.clock.now) for one in (world.engine, engine) for _ in range(2)))
    escalated = Counter(escalation.question.key for one in swept for escalation in one.escalations)
    assert len(escalated) == MANY
    assert set(escalated.values()) == {1}
    assert len(await all_rows(world.database)) == MANY
    found = await world.database.read(questions.every)
    assert {(one.state, one.step, one.round) for one in found} == {(State.ESCALATED, 1, 0)}
    trail = await world.database.read(lambda c: questions.trail(c, "acme", found[0].key))
    assert [one["happening"] for one in trail] == ["asked", "due"]


async def test_one_sweep_takes_all_that_is_due_however_many(world: World) -> None:
    first = await world.question(await world.ask())
    many = [replace(first, key=MessageKey(f"{first.key}-{n}")) for n in range(2 * SWEEP + 1)]
    await world.database.write(lambda c: questions.save(c, many))
    swept = await world.engine.sweep(world.clock.move(minutes=10))
    assert len({escalation.question.key for escalation in swept.escalations}) == 2 * SWEEP + 2
    assert swept.next_due is None


async def test_workers_that_sweep_and_deliver_together_lose_nothing(world: World) -> None:
    await ask_many(world)
    async with world.second_process() as (engine, _):
        for _ in range(3):
            work = [act(world.clock.now) for one in (world.engine, engine) for act in (one.sweep, one.deliver)]
            await asyncio.gather(*work)
    assert sorted(card.page.subject for card in world.notifier.cards) == sorted(
        f"fake/acme/help/q{number}" for number in range(MANY)
    )


@pytest.mark.parametrize("processes", [1, 2])
async def test_of_twenty_who_claim_at_once_one_wins_and_the_others_learn_who(world: World, processes: int) -> None:
    key = await world.due()
    await world.deliver()
    async with world.second_process() as (_, desk):
        desks = [world.desk, desk][:processes]
        presses = [desks[n % processes].acknowledge("acme", key, f"hand {n}", world.clock.now) for n in range(20)]
        decisions = await asyncio.gather(*presses)
    winners = [f"hand {n}" for n, decision in enumerate(decisions) if decision.done]
    assert len(winners) == 1
    assert {decision.question.assignee for decision in decisions} == set(winners)
    assert (await world.question(key)).assignee == winners[0]
    await world.deliver()
    assert world.card().page.status == f"claimed by {winners[0]}"


async def test_a_claim_and_a_sweep_at_once_leave_one_truth(world: World) -> None:
    key = await world.due()
    await world.deliver()
    async with world.second_process() as (engine, _):
        world.clock.move(minutes=10)
        await asyncio.gather(engine.sweep(world.clock.now), world.claim(key))
        await engine.deliver(world.clock.now)
    assert (await world.question(key)).state is State.ACKNOWLEDGED
    assert {card.page.status for card in world.notifier.cards} == {"claimed by ana"}


async def test_a_lease_counts_from_when_it_was_taken_however_slow_the_pages_before_were(world: World) -> None:
    """Each 20 pages take the platform as long as it may take; a second worker comes by at the end."""
    world.notifier.nonce_minutes = 0
    await ask_many(world)
    await world.engine.sweep(world.clock.now)

    async def slow(_page: Page) -> None:
        world.clock.move(seconds=PATIENCE / SECOND)

    async with world.second_process() as (engine, _):

        async def second_worker(_page: Page) -> None:
            await engine.deliver(world.clock.now)

        for number in range(41):
            world.notifier.will("send", {0: slow, 20: slow, 40: second_worker}.get(number, quick))
        while (await world.deliver()).sent:
            pass
    assert {count for count in Counter(card.page.subject for card in world.notifier.cards).values()} == {1}


# -- PostgreSQL: what others hold


@asynccontextmanager
async def holding(database: Database, statement: str) -> AsyncIterator[asyncpg.Connection]:
    """A worker that froze in a transaction after `statement`."""
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(url)
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(statement)
    try:
        yield connection
    finally:
        await connection.close()


async def test_a_claim_and_a_delivery_that_meet_both_succeed(
    postgres_database: Database, admin: asyncpg.Connection
) -> None:
    """Somebody claims in the moment in which a worker leases the page."""
    world = World(postgres_database)
    key = await world.due()
    async with world.second_process() as (engine, _):
        async with holding(postgres_database, "SELECT 1 FROM questions FOR UPDATE"):
            claim = asyncio.create_task(world.claim(key))
            await until_waiting(admin, 1)
            delivery = asyncio.create_task(engine.deliver(world.clock.now))
            await asyncio.wait([delivery], timeout=0.3)
        assert await asyncio.wait_for(claim, 10)
        await asyncio.wait_for(delivery, 10)


async def test_a_worker_that_froze_in_a_transaction_holds_up_its_own_question_only(
    postgres_database: Database,
) -> None:
    world = World(postgres_database)
    await world.due("q1")
    await world.ask("q2")
    await world.engine.sweep(world.clock.move(minutes=10))
    async with holding(postgres_database, "SELECT 1 FROM questions WHERE key = 'fake/acme/help/q1' FOR UPDATE"):
        delivery = asyncio.create_task(world.deliver())
        await asyncio.wait([delivery], timeout=3)
        sent = [card.page.subject for card in world.notifier.cards]
    await delivery
    assert sent == ["fake/acme/help/q2"]


async def test_the_watchdog_sees_a_question_that_a_frozen_worker_holds(postgres_database: Database) -> None:
    world = World(postgres_database)
    await world.ask()
    world.clock.move(minutes=30)
    async with holding(postgres_database, "SELECT 1 FROM questions FOR UPDATE"):
        audit = await asyncio.wait_for(world.engine.audit(world.clock.now), 5)
    assert audit.overdue_questions == 1


async def test_rows_that_another_worker_is_leasing_are_left_out(postgres_database: Database) -> None:
    world = World(postgres_database)
    await world.due("q1")
    await world.ask("q2")
    await world.engine.sweep(world.clock.move(minutes=10))
    held = sa.select(outbox.c.key).where(outbox.c.subject == "fake/acme/help/q1")
    (locked,) = await postgres_database.read(lambda c: list(c.execute(held).scalars()))
    async with holding(postgres_database, f"SELECT 1 FROM outbox WHERE key = '{locked}' FOR UPDATE"):
        await asyncio.wait_for(world.deliver(), 5)
    assert [card.page.subject for card in world.notifier.cards] == ["fake/acme/help/q2"]
