"""Cards that were sent stay true: every one of them, with the newest state, under the mark they were sent with."""

from __future__ import annotations

import asyncio

import pytest

from escalation.errors import RetryLater, Undeliverable
from escalation.routing import Address
from escalation.store.outbox import Stage
from escalation.timing import MINUTE
from tests.delivery.world import ANSWER, World, team
from tests.fakes.notifier import Crash, Gate


def statuses(world: World) -> list[str]:
    return [card.page.status for card in world.notifier.cards]


async def test_a_claim_edits_every_card_that_was_sent(world: World) -> None:
    world.teams["support"] = team("support", Address("pages", "berlin"), Address("pages", "lima"))
    key = await world.due()
    await world.deliver()
    await world.tick(minutes=10)
    await world.claim(key)
    await world.deliver()
    assert statuses(world) == ["claimed by ana"] * 3
    assert world.notifier.called("send") == 3


async def test_an_edit_keeps_the_mark_the_card_was_sent_with(world: World) -> None:
    key = await world.due()
    await world.deliver()
    await world.claim(key)
    await world.desk.resolve("acme", key, "ana", world.clock.now)
    await world.deliver()
    assert {page.nonce for page in world.card().versions} == {world.card().nonce}


async def test_each_change_of_state_is_told_on_the_card(world: World) -> None:
    key = await world.due()
    await world.deliver()
    told = []
    for act in (world.desk.acknowledge, world.desk.unclaim, world.desk.resolve, world.desk.reopen):
        await act("acme", key, "ana", world.clock.now)
        await world.deliver(minutes=1)
        told.append(world.card().page.status)
    assert told == ["claimed by ana", "waiting", "closed", "waiting"]


@pytest.mark.parametrize(("act", "status"), [("acknowledge", "claimed by ana"), ("dismiss", "not a question")])
async def test_a_card_of_an_earlier_episode_stays_true_before_the_next_page(
    world: World, act: str, status: str
) -> None:
    """The question was closed and reopened: the old card says "waiting" and has its buttons again."""
    key = await world.due()
    await world.deliver()
    await world.desk.resolve("acme", key, "ana", world.clock.now)
    await world.desk.reopen("acme", key, "ana", world.clock.now)
    await world.deliver(minutes=1)
    await getattr(world.desk, act)("acme", key, "ana", world.clock.now)
    await world.deliver(minutes=1)
    assert world.card().page.status == status


async def test_an_answer_in_the_channel_is_told_on_the_card(world: World) -> None:
    await world.due()
    await world.deliver()
    await world.say("a1", ANSWER, to="q1")
    await world.deliver()
    assert world.card().page.status == "answered by a peer while waiting"


async def test_of_two_changes_before_the_edit_only_the_newer_is_sent(world: World) -> None:
    key = await world.due()
    await world.deliver()
    await world.claim(key)
    await world.desk.resolve("acme", key, "ana", world.clock.now)
    await world.deliver()
    assert [page.status for page in world.card().versions] == ["waiting", "closed"]


async def test_a_change_while_the_edit_is_sent_is_not_lost(world: World) -> None:
    key = await world.due()
    await world.deliver()
    await world.claim(key)
    world.notifier.will("updated", lambda _page: world.desk.resolve("acme", key, "ana", world.clock.now))
    await world.deliver()
    assert [page.status for page in world.card().versions] == ["waiting", "claimed by ana", "closed"]
    assert (await world.row("edit")).state is Stage.SENT


async def test_a_change_while_the_edit_fails_is_not_lost_and_not_delayed(world: World) -> None:
    key = await world.due()
    await world.deliver()
    await world.claim(key)

    async def changed_and_failed(_page: object) -> None:
        await world.desk.resolve("acme", key, "ana", world.clock.now)
        raise RetryLater("busy")

    world.notifier.will("update", changed_and_failed)
    await world.deliver()
    assert world.card().page.status == "closed"


async def test_a_slow_edit_of_one_worker_does_not_undo_the_newer_one_of_another(world: World) -> None:
    """The app runs several delivery loops: while one is stuck in an edit, another sends the newer one."""
    key = await world.due()
    await world.deliver()
    await world.claim(key)
    gate = Gate()
    world.notifier.will("update", gate)
    slow = asyncio.create_task(world.deliver())
    await asyncio.wait_for(gate.reached.wait(), 5)
    await world.desk.resolve("acme", key, "ana", world.clock.now)
    async with world.second_process() as (engine, _):
        await engine.deliver(world.clock.now)
    gate.opened.set()
    await slow
    await world.deliver(minutes=5)
    assert world.card().page.status == "closed"


@pytest.mark.parametrize("point", ["update", "updated"])
@pytest.mark.parametrize("fault", [RetryLater("busy"), ConnectionError(), Crash()])
async def test_an_edit_that_failed_is_made_again(world: World, point: str, fault: BaseException) -> None:
    key = await world.due()
    await world.deliver()
    await world.claim(key)
    world.notifier.will(point, fault)
    try:
        await world.deliver()
    except Crash:
        world.restart()
    await world.deliver(minutes=1)
    assert world.card().page.status == "claimed by ana"
    assert (await world.row("edit")).state is Stage.SENT


@pytest.mark.parametrize("change", ["renamed", "gone", "elsewhere"])
async def test_a_card_is_edited_where_it_stands_whatever_became_of_its_team(world: World, change: str) -> None:
    key = await world.due()
    await world.deliver()
    if change == "elsewhere":
        world.teams["support"] = team("support", Address("pages", "new place"))
    else:
        old = world.teams.pop("support")
        world.teams |= {"first line": old} if change == "renamed" else {}
    await world.claim(key)
    await world.deliver()
    assert world.card().page.status == "claimed by ana"


async def test_a_card_that_is_gone_is_given_up_quietly(world: World) -> None:
    key = await world.due()
    await world.deliver()
    gone = world.notifier.cards.pop()
    await world.claim(key)
    for _ in range(5):
        await world.deliver(minutes=5)
    assert (await world.row("edit")).state is Stage.FAILED
    assert world.notifier.called("update") == 1
    assert world.notifier.cards == []
    assert gone.page.status == "waiting"


async def test_a_card_that_could_not_be_edited_is_tried_again_at_the_next_change(world: World) -> None:
    key = await world.due()
    await world.deliver()
    world.notifier.will("update", Undeliverable("no right to edit"))
    await world.claim(key)
    await world.deliver()
    await world.desk.resolve("acme", key, "ana", world.clock.now)
    await world.deliver()
    assert world.card().page.status == "closed"


async def test_an_edit_pings_nobody_and_starts_no_clock(world: World) -> None:
    key = await world.due()
    await world.deliver()
    await world.say("a1", ANSWER, to="q1")
    before = await world.question(key)
    await world.deliver(minutes=5)
    assert world.notifier.called("update") == 1
    assert [page.ping for page in world.card().versions] == ["@support", ""]
    assert await world.question(key) == before


async def test_a_new_edit_is_not_overdue_although_the_card_was_edited_long_ago(world: World) -> None:
    key = await world.due()
    await world.deliver()
    await world.claim(key)
    await world.deliver()
    world.clock.move(minutes=90)
    await world.desk.resolve("acme", key, "ana", world.clock.now)
    audit = await world.engine.audit(world.clock.now)
    assert (audit.overdue_pages, audit.oldest) == ((), 0)
    assert (await world.engine.audit(world.clock.move(minutes=2))).oldest == 2 * MINUTE
