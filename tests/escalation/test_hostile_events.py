"""Whatever comes in: no crash, and no event that was acknowledged is lost."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from escalation.desk import Desk
from escalation.detection import TrainedJudge
from escalation.engine import Engine
from escalation.events import (
    Deletion,
    Edit,
    Event,
    Lock,
    Message,
    Person,
    Place,
    Reaction,
    Restoration,
    Role,
    Score,
    Tags,
)
from escalation.notify import Page
from escalation.routing import Address, Directory, Team
from escalation.store import Database, messages, migrate, quarantine, questions
from escalation.tenant import Tenant, Tenants

START = datetime(2026, 3, 1, tzinfo=UTC)
WORDS = ("how do i fix this? it is broken", "same here", "thanks that worked", "still doesn't work", "that's wrong",
         "try a reset", "which version?", "send me your password", "@everyone", "", "?" * 300)  # fmt: skip
any_text = st.one_of(
    st.sampled_from(WORDS),
    st.text(st.characters(codec=None), max_size=200),
    st.builds(lambda unit, times: unit * times, st.text(min_size=1, max_size=5), st.integers(1, 6000)),
)
ids = st.integers(1, 12).map(str)
times = st.integers(-3_000_000, 3_000_000).map(lambda seconds: START + timedelta(seconds=seconds))
places = st.builds(Place, st.just("p"), st.sampled_from(["c", "d/%"]), st.sampled_from(["x", "y"]))
people = st.builds(
    Person,
    st.sampled_from(["ann", "bob", "cat", "d\u00e9"]),
    any_text,
    st.frozensets(st.sampled_from(Role), max_size=2),
)
common: dict[str, Any] = {"place": places, "id": ids, "at": times}
maybe_id = st.none() | ids
events = st.one_of(
    st.builds(Message, author=people, text=any_text, thread=maybe_id, reply_to=maybe_id, title=any_text,
              tags=st.lists(any_text, max_size=2).map(tuple), attachments=st.lists(any_text, max_size=2).map(tuple),
              **common),
    st.builds(Edit, text=any_text, title=any_text, **common),
    st.builds(Deletion, **common),
    st.builds(Restoration, text=any_text, **common),
    st.builds(Reaction, author=people, emoji=st.sampled_from(["\u2705", "\u274c", "x\0"]), removed=st.booleans(),
              **common),
    st.builds(Score, score=st.integers(-(2**31) + 1, 2**31 - 1), **common),
    st.builds(Lock, locked=st.booleans(), **common),
    st.builds(Tags, tags=st.lists(any_text, max_size=3).map(tuple), **common),
)  # fmt: skip


class Wall:
    """Shows every page once."""

    async def send(self, page: Page, to: Address) -> str:
        assert Page.from_json(page.to_json()) == page
        return page.nonce

    async def update(self, page: Page, to: Address, message_id: str) -> None:
        assert message_id

    async def find(self, page: Page, to: Address, since: datetime) -> str | None:
        return None


def _tenants() -> Tenants:
    directory = Directory({"support": Team("support", (Address("wall", "support"),))})
    return Tenants(template=Tenant("t", directory=directory, shadow=False))


async def _live(batches: list[list[Event]], clocks: list[datetime]) -> None:
    database = Database("sqlite://", durable=False)
    await migrate.upgrade(database)
    desk, engine = Desk(database, TrainedJudge(), _tenants()), Engine(database, _tenants(), {"wall": Wall()})
    known: set[str] = set()
    for batch, now in zip(batches, clocks, strict=False):
        seen = await desk.observe_many(batch)
        assert len(seen) == len(batch)
        assert not [one.ignored for one in seen if one.ignored and one.ignored.startswith("set aside")]
        known |= {event.key for event in batch if isinstance(event, Message)}
        await engine.sweep(now)
        await engine.deliver(now)
        await engine.audit(now)

    def stored(connection: sa.Connection) -> tuple[set[str], int]:
        return set(messages.load(connection, known)), quarantine.count(connection)

    assert await database.read(stored) == (known, 0)
    await _every_open_question_has_a_future(database)
    await database.close()


async def _every_open_question_has_a_future(database: Database) -> None:
    for one in await database.read(questions.every):
        if not one.ended and one.due_at is None:
            # On the ladder with its page under way, or at its end.
            assert one.state.value == "escalated"
            assert one.step > 0


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    st.lists(st.lists(events, min_size=1, max_size=8), min_size=1, max_size=6), st.lists(times, min_size=6, max_size=6)
)
def test_any_events_in_any_order_under_any_clock_are_taken_in(
    batches: list[list[Event]], clocks: list[datetime]
) -> None:
    asyncio.run(_live(batches, clocks))
