"""One page on its way to people: sent once, looked for before a retry, held, delayed or given up in the open."""

from __future__ import annotations

from datetime import timedelta

import pytest

from escalation import delivery
from escalation.errors import CannotLook, RetryLater, Undeliverable
from escalation.events import Edit
from escalation.policy import EscalationPolicy, EscalationStep
from escalation.question import State
from escalation.routing import Address
from escalation.store.outbox import Stage
from escalation.timing import HOUR
from tests.delivery.world import PLACE, QUESTION, World, team
from tests.fakes.notifier import hang

LOST = ConnectionError("the answer was lost")


async def test_a_due_page_is_sent_once_and_recorded(world: World) -> None:
    key = await world.due()
    done = await world.deliver()
    assert [row.subject for row in done.sent] == [key]
    assert done.troubled == ()
    card, row = world.card(), await world.row()
    assert (card.place, card.page.ping, card.page.status, card.page.subject) == ("support", "@support", "waiting", key)
    assert card.page.question is not None
    assert card.page.question.text == QUESTION
    assert (row.state, row.sent_message_id, row.attempts) == (Stage.SENT, card.id, 1)
    assert (await world.deliver(minutes=1)).sent == ()
    assert [name for name, _ in world.notifier.calls] == ["send"]


async def test_every_address_of_a_team_gets_its_own_card(world: World) -> None:
    world.teams["support"] = team("support", Address("pages", "berlin", "@b"), Address("pages", "lima"))
    await world.due()
    await world.deliver()
    assert sorted((card.place, card.page.ping) for card in world.notifier.cards) == [("berlin", "@b"), ("lima", "")]


async def test_a_retry_looks_before_it_sends(world: World) -> None:
    world.notifier.will("send", RetryLater("busy"))
    await world.due()
    done = await world.deliver()
    assert [row.trouble for row in done.troubled] == ["busy"]
    assert done.next_try == world.clock.now + timedelta(seconds=2)
    assert (await world.deliver(seconds=1)).sent == ()
    await world.deliver(seconds=1)
    assert [name for name, _ in world.notifier.calls] == ["send", "find", "send"]
    assert len(world.notifier.cards) == 1


async def test_a_page_whose_answer_was_lost_is_found_and_recorded(world: World) -> None:
    world.notifier.will("shown", LOST)
    await world.due()
    await world.deliver()
    await world.deliver(minutes=20)
    assert [name for name, _ in world.notifier.calls][:2] == ["send", "find"]
    assert world.notifier.called("send") == 1
    row = await world.row()
    assert (row.state, row.sent_message_id) == (Stage.SENT, world.card().id)


async def test_a_history_that_lags_is_covered_by_the_nonce(world: World) -> None:
    world.notifier.history_lag = timedelta(minutes=1)
    world.notifier.will("shown", LOST)
    await world.due()
    await world.deliver()
    await world.deliver(seconds=2)
    assert world.notifier.called("send") == 2
    assert (await world.row()).sent_message_id == world.card().id


async def test_the_look_reaches_back_before_the_first_try(world: World) -> None:
    """The platform's clock is 50 s behind ours."""
    world.notifier.will("shown", LOST)
    await world.due()
    await world.deliver()
    world.card().at -= timedelta(seconds=50)
    await world.deliver(minutes=30)
    assert world.notifier.called("send") == 1
    assert (await world.row()).state is Stage.SENT


async def test_a_send_that_takes_too_long_has_an_unknown_fate(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "PATIENCE", 50)
    world.notifier.will("shown", hang)
    await world.due()
    done = await world.deliver()
    assert "no answer within" in str(done.troubled[0].trouble)
    await world.deliver(minutes=10)
    assert [name for name, _ in world.notifier.calls][:2] == ["send", "find"]
    assert world.notifier.called("send") == 1
    assert (await world.row()).sent_message_id == world.card().id


async def test_one_page_that_hangs_does_not_stop_the_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "PATIENCE", 50)
    world.notifier.will("send", hang, ValueError("a fault in the notifier"))
    for id_ in ("q1", "q2", "q3", "q4"):
        await world.ask(id_)
    await world.tick(minutes=10)
    assert len(world.notifier.cards) == 2
    await world.deliver(minutes=1)
    assert len({card.page.subject for card in world.notifier.cards}) == 4


@pytest.mark.parametrize("fault", [CannotLook("no right to read the history"), ConnectionError("history is down")])
async def test_a_page_of_unknown_fate_is_held_while_nobody_can_look(world: World, fault: Exception) -> None:
    world.notifier.will("shown", LOST)
    world.notifier.always["find"] = fault
    await world.due()
    await world.deliver()
    for _ in range(10):
        await world.deliver(minutes=30)
    assert world.notifier.called("send") == 1
    assert (await world.row()).state is Stage.PENDING
    (held,) = (await world.engine.audit(world.clock.now)).overdue_pages
    assert str(fault) in str(held.trouble)
    assert (await world.engine.audit(world.clock.now)).oldest == 5 * HOUR
    del world.notifier.always["find"]
    await world.deliver(minutes=5)
    assert (await world.row()).sent_message_id == world.card().id
    assert (await world.engine.audit(world.clock.now)).overdue_pages == ()


async def test_the_platform_s_own_delay_is_kept(world: World) -> None:
    world.notifier.will("send", RetryLater("429", timedelta(minutes=3)))
    await world.due()
    assert (await world.deliver()).next_try == world.clock.now + timedelta(minutes=3)
    assert (await world.deliver(minutes=2, seconds=59)).sent == ()
    assert len((await world.deliver(seconds=1)).sent) == 1
    assert world.notifier.called("send") == 2


async def test_delays_grow_to_five_minutes_and_never_end(world: World) -> None:
    world.notifier.always["send"] = RetryLater("down")
    await world.due()
    waits = []
    for _ in range(8):
        done = await world.deliver()
        assert done.next_try is not None
        waits.append((done.next_try - world.clock.now).total_seconds())
        world.clock.now = done.next_try
    assert waits == [2, 5, 15, 60, 300, 300, 300, 300]
    del world.notifier.always["send"]
    assert len((await world.deliver()).sent) == 1


async def test_a_place_that_cannot_take_pages_is_told_to_the_moderators_once(world: World) -> None:
    world.notifier.will("send", Undeliverable("pages:support needs the right to send messages"))
    key = await world.due()
    await world.deliver()
    await world.deliver(minutes=1)
    assert (await world.row()).state is Stage.FAILED
    assert (world.card().place, world.card().page.kind, world.card().page.subject) == ("mods", "alarm", key)
    assert world.notifier.called("send") == 2


async def test_the_alarm_says_what_has_to_be_mended(world: World) -> None:
    world.notifier.will("send", Undeliverable("pages:support needs the right to send messages"))
    await world.due()
    await world.deliver()
    assert "needs the right to send messages" in world.card().page.to_json()


@pytest.mark.parametrize("moderators", ["pages:mods", None])
async def test_where_no_place_takes_pages_the_ladder_ends_and_nothing_loops(
    quick_world: World, moderators: str | None
) -> None:
    world = World(quick_world.database, moderators=moderators)
    world.notifier.always["send"] = Undeliverable("closed")
    key = await world.due()
    await world.deliver()
    await world.run(30)
    tried, question = world.notifier.called("send"), await world.question(key)
    await world.run(60)
    steps = 2 * (1 + question.round)
    assert world.notifier.called("send") == tried == steps * (2 if moderators else 1)
    assert (question.state, question.due_at) == (State.ESCALATED, None)


async def test_a_failed_place_beside_one_that_works_does_not_hurry_the_ladder(world: World) -> None:
    world.teams["support"] = team("support", Address("pages", "a"), Address("pages", "b"))
    world.notifier.will("send", Undeliverable("closed"))
    await world.due()
    await world.deliver()
    await world.tick(minutes=9)
    assert sorted(card.place for card in world.notifier.cards)[-1] == "mods"
    assert len(world.notifier.cards) == 2


async def test_an_address_without_its_notifier_is_told_to_the_moderators(world: World) -> None:
    world.teams["support"] = team("support", Address("fax", "123"))
    await world.due()
    await world.deliver()
    assert (world.card().place, world.card().page.kind) == ("mods", "alarm")
    assert "no notifier called 'fax'" in str((await world.row()).trouble)


async def test_a_team_that_nobody_is_in_is_told_to_the_moderators(world: World) -> None:
    world.teams.clear()
    await world.due()
    await world.deliver()
    assert (world.card().place, world.card().page.kind) == ("mods", "alarm")


async def test_teams_are_read_when_the_page_is_sent(world: World) -> None:
    await world.due()
    world.teams["support"] = team("support", Address("pages", "new place", "@new"))
    await world.deliver()
    assert (world.card().place, world.card().page.ping) == ("new place", "@new")


async def test_a_retry_goes_to_the_same_place_although_the_team_is_gone(world: World) -> None:
    world.notifier.will("send", LOST)
    await world.due()
    await world.deliver()
    world.teams["first line"] = world.teams.pop("support")
    await world.deliver(minutes=1)
    assert world.card().place == "support"


async def test_in_shadow_the_moderators_see_the_page_and_nobody_is_pinged(quick_world: World) -> None:
    world = World(quick_world.database, shadow=True)
    await world.due()
    await world.deliver()
    assert (world.card().place, world.card().page.kind, world.card().page.ping) == ("mods", "shadow", "")


async def test_a_retry_sends_the_same_bytes_although_the_question_was_edited(world: World) -> None:
    world.notifier.will("send", LOST)
    await world.due()
    await world.deliver()
    frozen = (await world.row()).payload
    await world.desk.observe(Edit(place=PLACE, id="q1", at=world.clock.now, text=QUESTION + " On Linux?"))
    world.teams["support"] = team("support", Address("pages", "elsewhere"))
    await world.deliver(minutes=1)
    first, second = [page for name, page in world.notifier.calls if name == "send"]
    assert first.to_json() == second.to_json() == frozen
    assert world.card().place == "support"


async def test_the_next_step_counts_from_the_moment_the_page_was_sent(world: World) -> None:
    key = await world.due()
    for _ in range(50):
        await world.engine.sweep(world.clock.move(minutes=1))
    await world.deliver()
    assert (await world.question(key)).step == 1
    await world.tick(minutes=9)
    assert [card.place for card in world.notifier.cards] == ["support"]
    await world.tick(minutes=1)
    assert [card.place for card in world.notifier.cards] == ["support", "leads"]


async def test_what_a_fault_says_is_stored_whatever_it_holds(world: World) -> None:
    world.notifier.will("send", RetryLater("bad \0 \ud800 gateway"))
    await world.due()
    assert len((await world.deliver()).troubled) == 1
    assert "gateway" in str((await world.row()).trouble)


async def test_a_page_with_a_malformed_target_does_not_hold_up_the_others(world: World) -> None:
    await world.due("q1")
    policy = EscalationPolicy("typo", (EscalationStep(0, ("support",)),))
    broken = World(world.database, policy=policy)
    broken.clock.now = world.clock.now
    await broken.due("q2")
    await world.deliver(minutes=10)
    shown = {(card.page.subject[-2:], card.place, card.page.kind) for card in world.notifier.cards}
    assert shown == {("q1", "support", "ping"), ("q2", "mods", "alarm")}


async def test_a_malformed_address_of_the_moderators_does_not_hold_up_a_team_that_can_be_reached(
    quick_world: World,
) -> None:
    world = World(quick_world.database, moderators="mods")
    await world.due()
    await world.deliver()
    assert world.card().place == "support"
