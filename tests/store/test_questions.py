"""Questions, their due times, their audit trail and the revisions of policies, on both engines."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from escalation.policy import DEFAULT_POLICY, EscalationPolicy, EscalationStep
from escalation.question import ENDED, Happening, Question, Reason, State, Transition
from escalation.store import Database, questions
from escalation.timing import HOUR
from tests.store.helpers import HELP, T, key, question

FULL = Question(
    "acme", key("full"), HELP.key, "u9", T + 1, 2, thread="t", score=0.123456789, episode=3, state=State.SNOOZED,
    since=T + 2, due_at=T + 3, reason=Reason.ANSWER_DISPUTED, round=4, step=5, step_held=True, team="billing",
    assignee="ana", ended_by="quiet", voices=6, answers=7, asked_back=True, first_answer=key("a"),
    first_response_at=T + 4, confirmed=key("b"), failure=key("c"), dispute=key("d"), unsafe=key("e"),
)  # fmt: skip


async def save(database: Database, *changed: Question) -> None:
    await database.write(lambda c: questions.save(c, changed))


async def test_every_field_of_a_question_comes_back(database: Database) -> None:
    plain = question("plain")
    same = [one.name for one in fields(plain) if getattr(plain, one.name) == getattr(FULL, one.name)]
    assert same == ["tenant", "channel"], "the full question must differ from the plain one in every field"
    await save(database, FULL, plain)
    found = await database.read(lambda c: questions.load(c, "acme", [FULL.key, plain.key, key("nowhere")]))
    assert found == {FULL.key: FULL, plain.key: plain}


async def test_saving_again_replaces_every_field_but_the_key(database: Database) -> None:
    await save(database, replace(FULL, key=key("plain")))
    await save(database, question("plain"))
    assert await database.read(questions.every) == [question("plain")]


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("reason", [None, *Reason])
async def test_every_state_and_reason_is_stored(sqlite_database: Database, state: State, reason: Reason | None) -> None:
    one = question("1", state=state, reason=reason)
    await save(sqlite_database, one)
    assert await sqlite_database.read(questions.every) == [one]


async def test_due_questions_come_longest_overdue_first_and_no_others(database: Database) -> None:
    await save(
        database,
        question("3", due_at=T + 3),
        question("1", due_at=T + 1),
        question("now", due_at=T + 10),
        question("not yet", due_at=T + 11),
        question("never", due_at=None),
        question("2", due_at=T + 3, asked_at=T - 1),
    )
    due = await database.write(lambda c: questions.due(c, T + 10, 99))
    assert [one.key for one in due] == [key(id_) for id_ in ("1", "2", "3", "now")]
    assert [one.key for one in await database.write(lambda c: questions.due(c, T + 10, 2))] == [key("1"), key("2")]
    assert await database.write(lambda c: questions.due(c, T, 99)) == []


async def test_the_next_due_time_is_the_earliest(database: Database) -> None:
    assert await database.read(questions.next_due) is None
    await save(database, question("1", due_at=None))
    assert await database.read(questions.next_due) is None
    await save(database, question("2", due_at=T + 9), question("3", due_at=T + 5))
    assert await database.read(questions.next_due) == T + 5
    assert await database.read(lambda c: questions.next_due(c, {key("3")})) == T + 9


async def test_the_open_questions_of_one_person_come_newest_first(database: Database) -> None:
    ended = [question(f"{state}", state=state, asked_at=T + 5) for state in ENDED]
    mine = [question("old", asked_at=T), question("new", asked_at=T + 9, state=State.ACKNOWLEDGED)]
    await save(database, *ended, *mine, question("older", asked_at=T - 1), question("hers", asker="u2"))
    found = await database.read(lambda c: questions.open_of(c, "acme", "u1", T))
    assert found == mine[::-1]


async def test_all_questions_come_in_the_order_they_were_asked(database: Database) -> None:
    some = [question("b", asked_at=T), question("a", asked_at=T + 1), question("c", asked_at=T + 1)]
    await save(database, *reversed(some))
    assert await database.read(questions.every) == some


async def test_questions_are_counted_by_state(database: Database) -> None:
    assert await database.read(questions.counts) == {}
    await save(database, question("1"), question("2"), question("3", state=State.CLOSED))
    assert await database.read(questions.counts) == {"open": 2, "closed": 1}


async def test_the_trail_tells_what_happened_in_its_order(database: Database) -> None:
    asked, claimed = question("1"), question("1", state=State.ACKNOWLEDGED, episode=2)
    entries = [
        (Transition(asked, Happening.CLAIM, claimed, T + 1, "ana"), None, None),
        (Transition(claimed, Happening.DUE, claimed, T + 1), key("m"), "exhausted"),
        (Transition(asked, Happening.NOISE, asked, T), key("x"), None),
        (Transition(question("2"), Happening.NOISE, question("2"), T), None, None),
    ]
    await database.write(lambda c: questions.record(c, entries))
    trail = await database.read(lambda c: questions.trail(c, "acme", key("1")))
    told = [(one["at"], one["happening"], one["before"], one["after"], one["episode"], one["actor"], one["message"])
            for one in trail]  # fmt: skip
    assert told == [
        (T, "me-too, other, a bot", "open", "open", 1, None, key("x")),
        (T + 1, "claim", "open", "acknowledged", 2, "ana", None),
        (T + 1, "exhausted", "acknowledged", "acknowledged", 2, None, key("m")),
    ]


async def test_an_equal_policy_keeps_its_revision_and_a_changed_one_gets_a_new_one(database: Database) -> None:
    changed = DEFAULT_POLICY.with_timeout(HOUR)

    async def revise(policy: EscalationPolicy, tenant: str = "acme") -> int:
        return await database.write(lambda c: questions.policy_revision(c, tenant, policy, "ana", T))

    first = await revise(DEFAULT_POLICY)
    assert await revise(EscalationPolicy.from_json(DEFAULT_POLICY.to_json())) == first
    second, other = await revise(changed), await revise(changed, "other")
    undone = await revise(DEFAULT_POLICY)
    assert len({first, second, other, undone}) == 4
    assert await revise(DEFAULT_POLICY) == undone
    assert await revise(changed, "other") == other


async def test_policies_come_back_equal(database: Database) -> None:
    special = EscalationPolicy(
        "spéciale", (EscalationStep(0, ("team:a", "pages:b")), EscalationStep(HOUR, ())), repeat=0, ack_timeout=None,
        quiet_after=1, abandon_after=2, clocks={Reason.MANUAL: 0, Reason.STALLED: 5},
    )  # fmt: skip
    ids = [
        await database.write(lambda c, one=one: questions.policy_revision(c, "acme", one, "ana", T))
        for one in (DEFAULT_POLICY, special)
    ]
    found = await database.read(lambda c: questions.policies(c, [*ids, 999]))
    assert found == dict(zip(ids, (DEFAULT_POLICY, special), strict=True))
