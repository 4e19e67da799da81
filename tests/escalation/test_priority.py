"""Priorities: monotone, explained, and in one order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.errors import InputError
from escalation.mood import Cue, Mood, MoodKind, read_mood
from escalation.priority import WEIGHTS, Level, Priority, Signals, level_of, prioritise, sort_key
from escalation.question import Reason
from escalation.timing import DAY, HOUR, MINUTE

counts = st.integers(0, 500)
cues = st.builds(Cue, st.sampled_from(MoodKind), st.just("word"), st.just("a word"), st.booleans())
moods = st.lists(cues, max_size=7, unique_by=lambda cue: cue.kind).map(
    lambda found: Mood(tuple(sorted(found, key=lambda cue: list(MoodKind).index(cue.kind))))
)
signals = st.builds(
    Signals,
    reason=st.sampled_from(Reason),
    waited=st.integers(0, 30 * DAY),
    first_delay=st.integers(0, DAY),
    mood=moods,
    votes=st.integers(-50, 500),
    reactions=counts,
    me_toos=counts,
    members=counts,
    earlier=counts,
    earlier_unhelped=counts,
    role_weight=st.floats(0, 1),
)


def score(**changes: Any) -> int:
    return prioritise(replace(Signals(reason=Reason.UNANSWERED), **changes)).score


@given(signals)
def test_scores_have_bounds_levels_and_reasons(given_signals: Signals) -> None:
    priority = prioritise(given_signals)
    assert 0 <= priority.score <= 100
    assert priority.level is level_of(priority.score)
    assert priority.reasons
    assert all(reason.strip() for reason in priority.reasons)
    assert prioritise(given_signals) == priority


@pytest.mark.parametrize("name", ["waited", "votes", "reactions", "me_toos", "members", "earlier", "earlier_unhelped"])
@given(signals, st.integers(0, 1000))
def test_more_never_lowers_the_score(name: str, given_signals: Signals, more: int) -> None:
    raised = replace(given_signals, **{name: getattr(given_signals, name) + more})
    assert prioritise(raised).score >= prioritise(given_signals).score


@given(signals, st.floats(0, 1))
def test_a_weightier_role_never_lowers_the_score(given_signals: Signals, weight: float) -> None:
    raised = replace(given_signals, role_weight=max(weight, given_signals.role_weight))
    assert prioritise(raised).score >= prioritise(given_signals).score


@given(signals, cues)
def test_more_grave_words_never_lower_the_score(given_signals: Signals, cue: Cue) -> None:
    more = Mood((*(one for one in given_signals.mood.cues if one.kind is not cue.kind), replace(cue, joking=False)))
    assert prioritise(replace(given_signals, mood=more)).score >= prioritise(given_signals).score


@given(signals)
def test_said_in_jest_never_weighs_more(given_signals: Signals) -> None:
    jest = Mood(tuple(replace(cue, joking=True) for cue in given_signals.mood.cues))
    assert prioritise(replace(given_signals, mood=jest)).score <= prioritise(given_signals).score


@given(signals, st.integers(0, DAY))
def test_a_longer_delay_of_the_policy_never_raises_the_score(given_signals: Signals, longer: int) -> None:
    patient = replace(given_signals, first_delay=given_signals.first_delay + longer)
    assert prioritise(patient).score <= prioritise(given_signals).score


@given(signals)
def test_graver_reasons_weigh_more(given_signals: Signals) -> None:
    scores = [
        prioritise(replace(given_signals, reason=reason)).score
        for reason in (Reason.UNANSWERED, Reason.STALLED, Reason.ANSWER_FAILED, Reason.UNSAFE_ANSWER)
    ]
    assert scores == sorted(scores)


@given(signals)
def test_unsafe_advice_is_always_urgent(given_signals: Signals) -> None:
    assert prioritise(replace(given_signals, reason=Reason.UNSAFE_ANSWER)).level is Level.URGENT


def test_the_plain_question_is_normal_and_waits_up_to_high() -> None:
    assert prioritise(Signals(reason=Reason.UNANSWERED, waited=30 * MINUTE)).level is Level.NORMAL
    assert prioritise(Signals(reason=Reason.UNANSWERED, waited=30 * DAY)).level is Level.HIGH


def test_danger_is_urgent_at_once_and_a_joke_of_it_is_not() -> None:
    assert prioritise(Signals(reason=Reason.UNANSWERED, mood=read_mood(["it is on fire"]))).level is Level.URGENT
    assert prioritise(Signals(reason=Reason.UNANSWERED, mood=read_mood(["it is on fire lol"]))).level is Level.NORMAL


def test_paying_goes_first_among_equals_but_not_before_danger() -> None:
    paying, danger = score(role_weight=1.0), score(mood=read_mood(["smoke comes out"]))
    assert score() < paying < danger


def test_a_policy_without_delay_does_not_make_every_wait_endless() -> None:
    assert score(first_delay=0, waited=MINUTE) == score()


def test_trouble_words_alone_are_no_risk() -> None:
    assert score(mood=read_mood(["it doesn't load"])) == score()


def test_reasons_are_words_the_weightiest_first() -> None:
    priority = prioritise(
        Signals(
            reason=Reason.ANSWER_FAILED,
            waited=HOUR,
            mood=read_mood(["My lawyer will be glad to read this."]),
            me_toos=1,
            members=3,
            earlier=3,
            earlier_unhelped=1,
            role_weight=0.2,
            role="gold",
        )
    )
    assert priority.reasons == (
        "speaks of the law: 'My lawyer will be glad to read this.'",
        "says that the answer did not help",
        "asked 3 questions in the last days, 1 without help",
        "waits 1h, twice the policy's delay",
        "1 more with the same problem, 1 further person in the thread",
        "asked by gold",
    )


@pytest.mark.parametrize(
    ("waited", "words"),
    [
        (31 * MINUTE, "waits 31m"),
        (45 * MINUTE, "waits 45m, one and a half times the policy's delay"),
        (HOUR, "waits 1h, twice the policy's delay"),
        (190 * MINUTE, "waits 3h 10m, 6 times the policy's delay"),
    ],
)
def test_waiting_is_told_in_policy_delays(waited: int, words: str) -> None:
    assert words in prioritise(Signals(reason=Reason.UNANSWERED, waited=waited)).reasons


def test_a_wait_within_the_delay_is_no_ground() -> None:
    assert prioritise(Signals(reason=Reason.UNANSWERED, waited=MINUTE)).reasons == ("was not answered",)


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 9), st.integers()), unique_by=lambda one: one[2]))
def test_the_order_is_total_riskiest_first_then_oldest(given_rows: list[tuple[int, int, int]]) -> None:
    def keyed(row: tuple[int, int, int]) -> tuple[int, int, str]:
        return sort_key(Priority(row[0], level_of(row[0]), ()), row[1], f"k{row[2]}")

    ordered = sorted(given_rows, key=keyed)
    backwards = given_rows[::-1]
    assert ordered == sorted(backwards, key=keyed)
    assert [(-one[0], one[1]) for one in ordered] == sorted((-one[0], one[1]) for one in given_rows)


@pytest.mark.parametrize(
    ("field", "value"), [("waited", -1), ("me_toos", -1), ("earlier", -2), ("role_weight", 1.5), ("role_weight", -0.1)]
)
def test_impossible_signals_are_refused_by_name(field: str, value: float) -> None:
    with pytest.raises(InputError, match=field):
        replace(Signals(reason=Reason.MANUAL), **{field: value})


def test_every_weight_is_a_share_with_a_why() -> None:
    assert {*Reason} <= WEIGHTS.keys()
    assert all(0 < weight.most < 1 and weight.because for weight in WEIGHTS.values())
