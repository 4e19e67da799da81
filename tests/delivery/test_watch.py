"""The watchdog's own look, and faults of ours that must not hold up the others."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from escalation.errors import RetryLater
from escalation.store import questions
from escalation.timing import MINUTE
from tests.delivery.world import World


async def test_nothing_is_overdue_while_all_goes_well(world: World) -> None:
    await world.due()
    audit = await world.engine.audit(world.clock.now)
    assert (audit.overdue_questions, audit.overdue_pages, audit.oldest) == (0, (), 0)
    await world.deliver()
    audit = await world.engine.audit(world.clock.move(minutes=5))
    assert (audit.overdue_questions, audit.overdue_pages, audit.oldest) == (0, (), 0)


async def test_a_question_that_nobody_sweeps_is_overdue(world: World) -> None:
    await world.ask()
    assert (await world.engine.audit(world.clock.move(minutes=11))).overdue_questions == 1
    audit = await world.engine.audit(world.clock.move(minutes=9))
    assert (audit.overdue_questions, audit.oldest) == (1, 10 * MINUTE)


async def test_a_page_that_nobody_delivers_is_overdue(world: World) -> None:
    key = await world.due()
    audit = await world.engine.audit(world.clock.move(minutes=3))
    assert ([row.subject for row in audit.overdue_pages], audit.oldest) == ([key], 3 * MINUTE)


async def test_a_page_that_is_tried_in_vain_is_overdue(world: World) -> None:
    world.notifier.always["send"] = RetryLater("down", timedelta(hours=1))
    await world.due()
    await world.deliver()
    (page,) = (await world.engine.audit(world.clock.move(minutes=30))).overdue_pages
    assert page.trouble == "down"


async def test_a_question_that_trips_a_fault_of_ours_is_reported_and_holds_up_nobody(world: World) -> None:
    sick = await world.ask("q1")
    await world.ask("q2")
    lost = replace(await world.question(sick), policy_revision=999)
    await world.database.write(lambda c: questions.save(c, [lost]))
    swept = await world.engine.sweep(world.clock.move(minutes=10))
    assert [key for key, _ in swept.faults] == [sick]
    await world.deliver()
    assert world.card().page.subject == "fake/acme/help/q2"
    assert (await world.engine.audit(world.clock.move(minutes=5))).overdue_questions == 1
