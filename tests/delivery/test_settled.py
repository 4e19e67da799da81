"""Pages of questions that somebody claimed, answered or deleted before, while or after the page was sent."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from escalation.errors import RetryLater
from escalation.events import Message, Person
from escalation.question import State
from escalation.store import quarantine, schema
from escalation.store.outbox import Stage
from tests.delivery.world import ANSWER, PLACE, QUESTION, World
from tests.fakes.notifier import Crash

LOST = ConnectionError("the answer was lost")


async def test_a_page_that_is_claimed_before_it_is_sent_is_never_sent(world: World) -> None:
    key = await world.due()
    assert await world.claim(key)
    await world.deliver()
    assert world.notifier.calls == []
    assert {row.state for row in await world.rows()} <= {Stage.CANCELLED}


@pytest.mark.parametrize("how", ["resolve", "dismiss", "snooze", "answer", "delete"])
async def test_no_page_goes_out_for_a_question_that_is_settled(world: World, how: str) -> None:
    key = await world.due()
    now = world.clock.now
    if how == "snooze":
        await world.desk.snooze("acme", key, "ana", now, now + timedelta(hours=1))
    elif how == "delete":
        await world.delete("q1")
    elif how == "answer":
        await world.say("s1", "thanks, that solved it!", by="asker of q1", to="q1")
    else:
        await getattr(world.desk, how)("acme", key, "ana", now)
    assert (await world.question(key)).state is not State.ESCALATED
    await world.deliver(minutes=30)
    assert world.notifier.calls == []


async def test_a_claim_between_two_tries_stops_the_retry(world: World) -> None:
    world.notifier.will("send", RetryLater("busy"))
    key = await world.due()
    await world.deliver()
    await world.claim(key)
    await world.deliver(minutes=1)
    assert world.notifier.cards == []


async def test_a_page_that_is_claimed_while_it_is_sent_is_edited_at_once(world: World) -> None:
    world.notifier.will("shown", lambda page: world.claim(page.subject))
    await world.due()
    await world.deliver()
    assert world.card().page.status == "claimed by ana"


async def test_a_card_whose_answer_was_lost_tells_of_a_claim_too(world: World) -> None:
    """People see a card with a Claim button; whether it arrived is not known yet when somebody claims."""
    world.notifier.will("shown", LOST)
    key = await world.due()
    await world.deliver()
    await world.claim(key)
    await world.deliver(minutes=1)
    assert world.card().page.status == "claimed by ana"


async def test_a_card_whose_sender_died_tells_of_a_claim_too(world: World) -> None:
    world.notifier.will("shown", Crash())
    key = await world.due()
    with pytest.raises(Crash):
        await world.deliver()
    world.restart()
    await world.claim(key)
    await world.deliver(minutes=2)
    assert world.card().page.status == "claimed by ana"


async def test_an_answer_that_came_while_the_page_was_sent_is_on_the_card(world: World) -> None:
    world.notifier.will("shown", lambda _page: world.say("a1", ANSWER, to="q1"))
    await world.due()
    await world.deliver()
    await world.deliver(minutes=1)
    assert world.card().page.status == "answered by a peer while waiting"


async def test_deleted_words_vanish_from_the_card_and_the_outbox(world: World) -> None:
    await world.due()
    await world.deliver()
    assert QUESTION in await world.frozen_texts()
    await world.delete("q1")
    await world.deliver()
    assert QUESTION not in await world.frozen_texts()
    assert QUESTION not in world.card().page.to_json()
    assert world.card().page.status == "deleted by its author or a moderator"


async def test_words_that_are_deleted_while_the_page_is_sent_vanish_too(world: World) -> None:
    world.notifier.will("shown", lambda _page: world.delete("q1"))
    await world.due()
    await world.deliver()
    await world.deliver(minutes=1)
    assert QUESTION not in world.card().page.to_json()
    assert QUESTION not in await world.frozen_texts()


async def disputed(world: World) -> None:
    """A page that quotes the answer `a1` is queued."""
    await world.ask()
    await world.say("a1", ANSWER, to="q1")
    await world.say("a2", "That is wrong, it does not work that way any more.", by="paula", to="q1")
    await world.engine.sweep(world.clock.move(minutes=20))


async def test_a_quote_that_is_deleted_vanishes_from_the_card(world: World) -> None:
    await disputed(world)
    await world.deliver()
    assert ANSWER in world.card().page.to_json()
    await world.delete("a1")
    await world.deliver(minutes=1)
    assert ANSWER not in world.card().page.to_json()
    assert ANSWER not in await world.frozen_texts()


async def test_a_quote_that_is_deleted_while_the_page_is_sent_vanishes_too(world: World) -> None:
    await disputed(world)
    world.notifier.will("shown", lambda _page: world.delete("a1"))
    await world.deliver()
    await world.deliver(minutes=1)
    assert ANSWER not in world.card().page.to_json()
    assert ANSWER not in await world.frozen_texts()


async def test_a_quote_that_is_deleted_while_the_page_s_fate_is_unknown_vanishes_too(world: World) -> None:
    await disputed(world)
    world.notifier.will("shown", LOST)
    await world.deliver()
    await world.delete("a1")
    await world.deliver(minutes=1)
    await world.deliver(minutes=1)
    assert ANSWER not in world.card().page.to_json()


async def test_words_of_an_event_that_was_set_aside_vanish_with_its_message(world: World) -> None:
    event = Message(place=PLACE, id="x1", at=world.clock.now, author=Person("u1", "Una"), text=QUESTION)
    await world.database.write(lambda c: quarantine.add(c, "acme", event, "a fault of ours"))
    await world.delete("x1")
    kept = await world.database.read(lambda c: list(c.execute(sa.select(schema.quarantine.c.event)).scalars()))
    assert QUESTION not in "".join(kept)


async def test_after_a_change_of_team_only_the_new_team_is_told(world: World) -> None:
    key = await world.due()
    await world.desk.reroute("acme", key, "ana", world.clock.now, "leads")
    await world.tick()
    await world.tick(minutes=1)
    assert world.card().place == "leads"
