"""Ladders: who is told after how long."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.events import Place
from escalation.policy import DEFAULT_POLICY, Advance, EscalationPolicy, EscalationStep, advance
from escalation.question import Happening, Question, Reason, State, transition
from escalation.timing import DAY, HOUR, MINUTE

ROOM = Place("discord", "acme", "help")
T = 100 * DAY
LADDER = EscalationPolicy(
    "ladder",
    (EscalationStep(30 * MINUTE, ("team:first",)), EscalationStep(HOUR, ("team:second", "pages:boss"))),
    repeat=1,
)

delays = st.integers(0, 3 * HOUR)
texts = st.text(min_size=1, max_size=20)
policies = st.builds(
    EscalationPolicy,
    name=texts,
    steps=st.lists(
        st.builds(EscalationStep, delays, st.lists(texts, min_size=1, max_size=3).map(tuple)), min_size=1, max_size=4
    ).map(tuple),
    repeat=st.integers(0, 3),
    ack_timeout=st.none() | st.integers(MINUTE, DAY),
    quiet_after=st.integers(MINUTE, DAY),
    abandon_after=st.integers(MINUTE, DAY),
    clocks=st.dictionaries(st.sampled_from(Reason), delays),
)


def asked(policy: EscalationPolicy) -> Question:
    due = policy.due(State.OPEN, None, T)
    return Question("acme", ROOM.message("1"), ROOM.key, "ann", T, 1, since=T, due_at=due)


def climb(question: Question, policy: EscalationPolicy, lags: Iterator[int]) -> Iterator[Advance]:
    """Lets the clock ring until it stops; each page takes a while (`lags`) to be sent."""
    while question.due_at is not None:
        step = advance(question, policy, question.due_at)
        yield step
        question = step.transition.after
        if step.escalation is not None:
            assert question.due_at is None, "the next clock starts when the page was sent, not before"
            question = replace(question, due_at=policy.after_page(question, step.escalation.at + next(lags)))


def no_lag() -> Iterator[int]:
    while True:
        yield 0


# -- a ladder that nobody answers


@given(policies, st.data())
def test_every_rung_is_told_once_a_round_in_order_and_then_it_is_over(
    policy: EscalationPolicy, data: st.DataObject
) -> None:
    lags = iter(lambda: data.draw(st.integers(0, 2 * HOUR)), None)
    steps = list(climb(asked(policy), policy, lags))
    fired = [(one.escalation.round, one.escalation.step) for one in steps if one.escalation]
    rungs = range(len(policy.steps))
    assert fired == [(round_, rung) for round_ in range(policy.repeat + 1) for rung in rungs]
    assert [one.exhausted for one in steps] == [False] * len(fired) + [True]


@given(policies)
def test_the_first_page_comes_when_it_is_due_and_tells_the_first_targets(policy: EscalationPolicy) -> None:
    first = next(climb(asked(policy), policy, no_lag())).escalation
    assert first is not None
    assert (first.at, first.targets) == (asked(policy).due_at, policy.steps[0].targets)


def test_a_ladder_in_minutes() -> None:
    told = [
        (one.escalation.at - T, one.escalation.targets)
        for one in climb(asked(LADDER), LADDER, no_lag())
        if one.escalation
    ]
    assert told == [
        (30 * MINUTE, ("team:first",)),
        (90 * MINUTE, ("team:second", "pages:boss")),
        (120 * MINUTE, ("team:first",)),
        (180 * MINUTE, ("team:second", "pages:boss")),
    ]


def test_the_next_step_counts_from_the_page_that_was_sent() -> None:
    late = [one.escalation.at - T for one in climb(asked(LADDER), LADDER, iter([HOUR] * 9)) if one.escalation]
    assert late[:3] == [30 * MINUTE, 150 * MINUTE, 240 * MINUTE]


def test_an_exhausted_question_stays_escalated_and_its_clock_stops() -> None:
    *_, last = climb(asked(LADDER), LADDER, no_lag())
    assert last.exhausted
    assert (last.transition.after.state, last.transition.after.due_at) == (State.ESCALATED, None)


# -- humans act


@given(policies, st.data())
def test_each_return_to_the_ladder_costs_at_most_one_more_climb(policy: EscalationPolicy, data: st.DataObject) -> None:
    question, fired, returns = asked(policy), 0, 0
    for _ in range(40):
        if question.due_at is None:
            break
        step = advance(question, policy, question.due_at)
        now, question = question.due_at, step.transition.after
        if step.escalation is None:
            continue
        fired += 1
        assert 0 <= step.escalation.step < len(policy.steps)
        question = replace(question, due_at=policy.after_page(question, now))
        if returns < 3 and data.draw(st.booleans(), label="somebody claims and gives it back"):
            returns += 1
            question = transition(question, Happening.CLAIM, now, policy, actor="sam").after
            question = transition(question, Happening.UNCLAIM, now, policy, actor="sam").after
    assert fired <= (policy.repeat + 1 + returns) * len(policy.steps)


def test_after_wrong_team_every_rung_tells_the_other_team() -> None:
    first = next(climb(asked(LADDER), LADDER, no_lag())).transition.after
    rerouted = transition(first, Happening.WRONG_TEAM, T + HOUR, LADDER, team="billing").after
    told = {one.escalation.targets for one in climb(rerouted, LADDER, no_lag()) if one.escalation}
    assert told == {("team:billing",)}


@pytest.mark.parametrize("happening", [Happening.CLAIM, Happening.SNOOZE])
def test_what_staff_forgot_is_told_again_from_the_first_step(happening: Happening) -> None:
    first = next(climb(asked(LADDER), LADDER, no_lag())).transition.after
    held = transition(first, happening, T + HOUR, LADDER, actor="sam", until=T + 2 * HOUR).after
    assert held.due_at is not None
    again = advance(held, LADDER, held.due_at).escalation
    assert again is not None
    assert (again.round, again.step, again.targets, again.reason) == (1, 0, ("team:first",), Reason.UNANSWERED)


# -- clocks


@pytest.mark.parametrize(
    ("state", "reason", "after"),
    [
        (State.OPEN, None, 30 * MINUTE),
        (State.OPEN, Reason.STALLED, 30 * MINUTE),
        (State.CONTESTED, Reason.ANSWER_FAILED, 15 * MINUTE),
        (State.CONTESTED, Reason.ANSWER_DISPUTED, 15 * MINUTE),
        (State.CONTESTED, Reason.UNSAFE_ANSWER, 0),
        (State.OPEN, Reason.MANUAL, 0),
        (State.ENGAGED, None, 3 * DAY),
        (State.ANSWERED, None, 3 * DAY),
        (State.ACKNOWLEDGED, None, 2 * HOUR),
        (State.SNOOZED, None, None),
        (State.RESOLVED, None, None),
        (State.CLOSED, None, None),
        (State.DISMISSED, None, None),
    ],
)
def test_the_clocks_of_the_default_policy(state: State, reason: Reason | None, after: int | None) -> None:
    assert DEFAULT_POLICY.due(state, reason, T) == (None if after is None else T + after)


def test_another_timeout_changes_the_first_step_only() -> None:
    changed = LADDER.with_timeout(5 * MINUTE)
    assert [step.after for step in changed.steps] == [5 * MINUTE, HOUR]
    assert changed.steps[0].targets == LADDER.steps[0].targets
    assert replace(changed, steps=LADDER.steps) == LADDER


# -- as it is stored


@given(policies)
def test_a_policy_survives_the_store_byte_by_byte(policy: EscalationPolicy) -> None:
    text = policy.to_json()
    assert EscalationPolicy.from_json(text) == policy
    assert EscalationPolicy.from_json(text).to_json() == text
    assert text.isascii()


@given(policies)
def test_equal_policies_are_equal_bytes(policy: EscalationPolicy) -> None:
    same = replace(policy, clocks=dict(reversed(policy.clocks.items())))
    assert same.to_json() == policy.to_json()


@given(policies, policies)
def test_different_policies_are_different_bytes(one: EscalationPolicy, other: EscalationPolicy) -> None:
    assert (one.to_json() == other.to_json()) == (one == other)
