"""Targets that stand for people, and teams that watch, on their way through the outbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from escalation.policy import EscalationPolicy, EscalationStep
from escalation.rotation import Rotation, Unit
from escalation.routing import Address, Directory, Ping, Responder, Team
from escalation.schedule import Schedule
from escalation.store import Database
from escalation.store.outbox import Kind, Stage
from escalation.tenant import Tenant, Tenants
from escalation.timing import HOUR, MINUTE
from tests.delivery.world import World

HOURLY = Schedule("hourly", "UTC", (Rotation(("ana", "ben"), 1, Unit.HOURS, date(2026, 3, 2), 9 * HOUR),))
PEOPLE = {
    name: Responder(name, name.title(), (Address("pages", name),), {"pages": f"@{name}"}) for name in ("ana", "ben")
}
SUPPORT = Team("support", (Address("pages", "support"),), Ping.ONCALL, ("ana", "ben"), "hourly", watchers=("leads",))
LEADS = Team("leads", (Address("pages", "leads", "@leads"),))


def world(database: Database, *targets: str, **teams: Team) -> World:
    made = World(database)
    ladder = EscalationPolicy("one", (EscalationStep(10 * MINUTE, targets), EscalationStep(HOUR, ("team:leads",))))
    known = Directory({"support": SUPPORT, "leads": LEADS} | teams, "leads", PEOPLE, {"hourly": HOURLY})
    tenant = Tenant("acme", frozenset({"fake/acme"}), policy=ladder, directory=known, shadow=False)
    made.tenants = Tenants([tenant])
    made.restart()
    return made


def seen(made: World) -> list[tuple[str, str]]:
    return sorted((card.place, card.page.ping) for card in made.notifier.cards)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("team:support", [("leads", ""), ("support", "@ana")]),
        ("oncall:hourly", [("ana", "@ana")]),
        ("person:ben", [("ben", "@ben")]),
        ("person:nobody", [("leads", "@leads")]),
        ("pages:lobby", [("lobby", "")]),
    ],
)
async def test_a_target_reaches_its_people(database: Database, target: str, expected: list[tuple[str, str]]) -> None:
    made = world(database, target)
    await made.due()
    await made.deliver()
    assert seen(made) == expected


async def test_who_is_on_call_is_read_when_the_page_is_sent(database: Database) -> None:
    made = world(database, "team:support")
    await made.due()
    await made.deliver(hours=1)
    assert made.clock.now > datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert ("support", "@ben") in seen(made)


async def test_a_page_that_only_watchers_saw_falls_through_to_the_next_step(database: Database) -> None:
    gone = replace(SUPPORT, addresses=(Address("gone", "support"),), pings=Ping.ROLE)
    made = world(database, "team:support", support=gone)
    key = await made.due()
    await made.deliver()
    rows: dict[str, Any] = {row.target: (row.kind, row.state) for row in await made.rows()}
    assert rows["gone:support for support"] == (Kind.PING, Stage.FAILED)
    assert rows["pages:leads for watch:leads"] == (Kind.WATCH, Stage.SENT)
    assert (await made.question(key)).due_at is not None
    await made.tick(minutes=1)
    assert ("leads", "@leads") in seen(made)


async def test_a_watching_teams_card_tells_who_has_it(database: Database) -> None:
    made = world(database, "team:support")
    key = await made.due()
    await made.deliver()
    await made.claim(key)
    await made.deliver(minutes=1)
    assert {card.place: card.page.status for card in made.notifier.cards} == {
        "support": "claimed by ana",
        "leads": "claimed by ana",
    }
