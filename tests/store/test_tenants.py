"""One tenant never sees or changes another one's rows, whatever their keys."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from escalation.errors import InputError
from escalation.events import Place
from escalation.question import Happening, Question, State, Transition
from escalation.store import Database, messages, outbox, questions
from escalation.store.outbox import Kind, Row, Stage
from tests.store.helpers import HELP, T, all_rows, key, question, row, stored, tie

OURS, THEIRS = question("1"), question("1", tenant="rival", state=State.ESCALATED, asked_at=T + 1)
"""Both track a question under the same message key: only the tenant tells them apart."""


@pytest.fixture
async def shared(database: Database) -> Database:
    await database.write(lambda c: questions.save(c, [OURS, THEIRS]))
    return database


async def test_a_question_is_loaded_by_its_tenant_only(shared: Database) -> None:
    for mine in (OURS, THEIRS):
        assert await shared.read(lambda c, mine=mine: questions.load(c, mine.tenant, [mine.key])) == {mine.key: mine}
    assert await shared.read(lambda c: questions.load(c, "nobody", [OURS.key])) == {}


async def test_saving_a_question_leaves_the_other_tenant_s_alone(shared: Database) -> None:
    changed = replace(OURS, state=State.CLOSED, due_at=None)
    await shared.write(lambda c: questions.save(c, [changed]))
    assert await shared.read(questions.every) == [changed, THEIRS]


async def test_lists_of_questions_are_of_one_tenant(shared: Database) -> None:
    assert await shared.read(lambda c: questions.open_of(c, "rival", "u1", 0)) == [THEIRS]
    assert await shared.read(lambda c: questions.every(c, "acme")) == [OURS]


async def test_the_trail_is_of_one_tenant(shared: Database) -> None:
    def entry(one: Question, actor: str) -> tuple[Transition, None, None]:
        return Transition(one, Happening.CLAIM, one, T, actor), None, None

    await shared.write(lambda c: questions.record(c, [entry(OURS, "ana"), entry(THEIRS, "eve")]))
    trail = await shared.read(lambda c: questions.trail(c, "acme", OURS.key))
    assert [one["actor"] for one in trail] == ["ana"]


async def test_the_members_of_a_question_are_of_one_tenant(shared: Database) -> None:
    def fill(connection: sa.Connection) -> None:
        messages.insert(connection, [stored("a"), stored("b", tenant="rival")])
        messages.tie(connection, [tie("1", "a"), tie("1", "b", tenant="rival")])

    await shared.write(fill)
    found = await shared.read(lambda c: messages.members_of(c, "acme", key("1")))
    assert [one.key for one, _ in found] == [key("a")]


@pytest.mark.parametrize("change", [outbox.cancel, outbox.scrub])
async def test_changing_pages_leaves_the_other_tenant_s_alone(shared: Database, change: object) -> None:
    ours, theirs = row(payload="words"), row(tenant="rival", payload="words")
    await shared.write(lambda c: outbox.add(c, [ours, theirs]))
    await shared.write(lambda c: change(c, "acme", [key("1")]))
    after = await all_rows(shared)
    assert after[ours.key].payload is None
    assert after[theirs.key] == theirs


async def test_cards_are_of_one_tenant(shared: Database) -> None:
    rows = [row(tenant=tenant, state=Stage.SENT) for tenant in ("acme", "rival")]
    await shared.write(lambda c: outbox.add(c, rows))
    assert await shared.read(lambda c: outbox.cards(c, "rival", [key("1")])) == [rows[1]]


async def test_both_tenants_have_their_own_page_for_the_same_message(shared: Database) -> None:
    rows: list[Row] = [row(kind=Kind.PING, tenant=tenant) for tenant in ("acme", "rival")]
    await shared.write(lambda c: outbox.add(c, rows))
    assert len(await all_rows(shared)) == 2


async def test_the_same_id_in_two_places_is_two_messages(database: Database) -> None:
    places = [HELP, Place("discord", "rival", "help"), Place("reddit", "acme", "help"), Place("discord", "acme", "b")]
    new = [stored("1", place=place, tenant=place.community, text=str(place)) for place in places]
    await database.write(lambda c: messages.insert(c, new))
    found = await database.read(lambda c: messages.load(c, [one.key for one in new]))
    assert found == {one.key: one for one in new}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a", "b/c", "d"), ("a/b", "c", "d")),
        (("a", "b", "c/d"), ("a", "b/c", "d")),
        (("a", "b%2Fc", "d"), ("a", "b/c", "d")),
        (("a", "b%252Fc", "d"), ("a", "b%2Fc", "d")),
    ],
)
def test_ids_with_slashes_cannot_reach_into_another_place(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert key("1", Place(*one)) != key("1", Place(*other))
    assert key("x/1", Place(*one)) != key("1", Place(*one[:2], one[2] + "/x"))


def test_an_id_that_no_database_can_hold_is_refused() -> None:
    with pytest.raises(InputError):
        Place("discord", "ac\0me", "help")
