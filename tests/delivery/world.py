"""The world of the delivery tests: a company with two teams, one channel, and people who type."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from escalation.delivery import Delivered
from escalation.desk import Desk
from escalation.detection import TrainedJudge
from escalation.engine import Engine
from escalation.events import Deletion, Message, MessageKey, Person, Place
from escalation.intake import Observation
from escalation.policy import EscalationPolicy, EscalationStep
from escalation.question import Question
from escalation.routing import Address, Directory, Team
from escalation.store import Database, questions
from escalation.store.outbox import Row
from escalation.store.schema import outbox
from escalation.tenant import Tenant, Tenants
from escalation.timing import MINUTE
from tests.fakes.notifier import Card, Clock, LyingNotifier
from tests.store.helpers import all_rows, another

PLACE = Place("fake", "acme", "help")
POLICY = EscalationPolicy(
    "tests", (EscalationStep(10 * MINUTE, ("team:support",)), EscalationStep(10 * MINUTE, ("team:leads",)))
)
QUESTION = "How do I reset my password in the desktop app?"
ANSWER = "Open Settings, then Account, and click on Reset password."


async def until_quiet(engine: Engine, clock: Clock, **later: float) -> Delivered:
    """Delivers as the app does: again and again while there was something to try."""
    clock.move(**later)
    done = await engine.deliver(clock.now)
    busy = done.busy
    while busy:
        more = await engine.deliver(clock.now)
        busy = more.busy
        done = Delivered(done.sent + more.sent, done.troubled + more.troubled, more.next_try)
    return done


def team(name: str, *addresses: Address) -> Team:
    return Team(name, addresses or (Address("pages", name, f"@{name}"),))


class World:
    """One company on one database. `desk` and `engine` are the first process; `process` starts others."""

    def __init__(self, database: Database, **tenant: Any) -> None:
        self.database = database
        self.clock = Clock(datetime(2026, 3, 2, 9, tzinfo=UTC))
        self.notifier = LyingNotifier(self.clock)
        self.teams = {name: team(name) for name in ("support", "leads")}
        settings = {"policy": POLICY, "moderators": "pages:mods", "shadow": False} | tenant
        acme = Tenant("acme", frozenset({"fake/acme"}), directory=Directory(self.teams), **settings)
        self.tenants = Tenants([acme])
        self.restart()

    def restart(self) -> None:
        """The process died; a new one goes on with the same database."""
        self.engine, self.desk = self.process(self.database)

    def process(self, database: Database) -> tuple[Engine, Desk]:
        engine = Engine(database, self.tenants, {"pages": self.notifier})
        return engine, Desk(database, TrainedJudge(), self.tenants)

    @asynccontextmanager
    async def second_process(self) -> AsyncIterator[tuple[Engine, Desk]]:
        async with another(self.database) as database:
            yield self.process(database)

    # -- what people do

    async def say(self, id_: str, text: str, *, by: str = "pete", to: str | None = None) -> Observation:
        message = Message(place=PLACE, id=id_, at=self.clock.now, author=Person(by, by), text=text, reply_to=to)
        return await self.desk.observe(message)

    async def ask(self, id_: str = "q1") -> MessageKey:
        asked = await self.say(id_, QUESTION, by=f"asker of {id_}")
        assert asked.opened is not None, "the judge must take it for a question"
        return asked.opened.key

    async def delete(self, id_: str) -> None:
        await self.desk.observe(Deletion(place=PLACE, id=id_, at=self.clock.now))

    async def claim(self, key: MessageKey, by: str = "ana") -> bool:
        return (await self.desk.acknowledge("acme", key, by, self.clock.now)).done

    # -- what time does

    async def due(self, id_: str = "q1") -> MessageKey:
        """A question that was just escalated: its page is queued."""
        key = await self.ask(id_)
        self.clock.move(minutes=10)
        await self.engine.sweep(self.clock.now)
        return key

    async def deliver(self, **later: float) -> Delivered:
        return await until_quiet(self.engine, self.clock, **later)

    async def tick(self, **later: float) -> Delivered:
        await self.engine.sweep(self.clock.move(**later))
        return await until_quiet(self.engine, self.clock)

    async def run(self, minutes: int) -> None:
        """Lets time go by, a minute at a time."""
        for _ in range(minutes):
            await self.tick(minutes=1)

    # -- what there is to see

    async def rows(self) -> list[Row]:
        """The outbox without the teams' rows, which addresses replaced."""
        return [row for row in (await all_rows(self.database)).values() if not row.target.startswith("team:")]

    async def row(self, kind: str = "ping") -> Row:
        (found,) = [row for row in await self.rows() if row.kind == kind]
        return found

    async def question(self, key: MessageKey) -> Question:
        return (await self.database.read(lambda c: questions.load(c, "acme", [key])))[key]

    async def frozen_texts(self) -> str:
        """All payloads that lie in the outbox."""
        query = sa.select(outbox.c.payload).where(outbox.c.payload.is_not(None))
        return "\n".join(await self.database.read(lambda c: list(c.execute(query).scalars())))

    def card(self) -> Card:
        """The only card that people saw."""
        (card,) = self.notifier.cards
        return card
