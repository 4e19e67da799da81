"""Sinks that nobody can look into: a page is never held for ever, repeats carry the same nonce, settled ones end."""

from __future__ import annotations

import pytest

from escalation.errors import CannotLook, NoHistory, RetryLater
from escalation.store.outbox import Stage
from tests.delivery.world import World
from tests.fakes.notifier import Crash


@pytest.fixture
def blind_world(quick_world: World) -> World:
    """Its sink has no history, and its own de-duplication forgets after five minutes."""
    quick_world.notifier.always["find"] = NoHistory("a mailbox can't be read")
    return quick_world


@pytest.mark.parametrize(("point", "shown"), [("send", 1), ("shown", 2)])
async def test_a_page_of_unknown_fate_is_sent_again_with_the_same_nonce(
    blind_world: World, point: str, shown: int
) -> None:
    world = blind_world
    world.notifier.will(point, Crash())
    await world.due()
    with pytest.raises(Crash):
        await world.deliver()
    world.restart()
    await world.deliver(minutes=20)
    cards = world.notifier.cards
    assert len(cards) == shown, "twice only where the sink's own de-duplication has forgotten"
    assert len({card.nonce for card in cards}) == 1
    assert (await world.row()).state is Stage.SENT


async def test_within_the_receivers_own_memory_a_repeat_shows_nothing_twice(blind_world: World) -> None:
    world = blind_world
    world.notifier.will("shown", RetryLater("answer lost"))
    await world.due()
    await world.deliver()
    await world.deliver(minutes=1)
    assert (await world.row()).sent_message_id == world.card().id


async def test_a_settled_question_is_not_repeated(blind_world: World) -> None:
    world = blind_world
    world.notifier.will("send", RetryLater("busy"))
    key = await world.due()
    await world.deliver()
    assert await world.claim(key)
    await world.deliver(minutes=1)
    assert world.notifier.cards == []
    assert (await world.row()).state is Stage.CANCELLED
    assert world.notifier.called("send") == 1


async def test_a_history_that_cant_be_read_now_still_holds_the_page(quick_world: World) -> None:
    world = quick_world
    world.notifier.will("send", RetryLater("busy"))
    world.notifier.always["find"] = CannotLook("no right to read")
    await world.due()
    await world.deliver()
    await world.deliver(minutes=30)
    row = await world.row()
    assert (row.state, row.trouble) == (Stage.PENDING, "no right to read")
    assert world.notifier.called("send") == 1
