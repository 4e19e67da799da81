"""Budgets: never above, none lost, the riskiest first, unsafe advice at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.budget import Admission, BudgetSettings, BudgetState, DuePage, Why, admit, withdraw
from escalation.errors import InputError
from escalation.timing import DAY, HOUR, MINUTE, SECOND

T = 100 * DAY
WIDE = BudgetSettings(capacity=100, refill=SECOND, hourly=1000, shift=10_000, asker=100)


def page(key: str, score: int = 50, *, asker: str | None = None, unsafe: bool = False, asked_at: int = T) -> DuePage:
    return DuePage(key, asker or f"asker {key}", score, asked_at, unsafe)


def keys(admission: Admission) -> list[str]:
    return [one.page.key for one in admission.go]


due_pages = st.builds(
    DuePage,
    key=st.integers(0, 60).map(str),
    asker=st.sampled_from("abcdef"),
    score=st.integers(0, 100),
    asked_at=st.integers(T - DAY, T),
    unsafe=st.integers(0, 9).map(lambda one: one == 0),
)
looks = st.lists(
    st.tuples(st.integers(0, 90 * MINUTE), st.lists(due_pages, max_size=12, unique_by=lambda one: one.key)),
    min_size=1,
    max_size=25,
)
settings = st.builds(
    BudgetSettings,
    capacity=st.integers(1, 5),
    refill=st.integers(SECOND, HOUR),
    hourly=st.integers(2, 10),
    shift=st.integers(1, 12),
    asker=st.integers(1, 4),
    asker_window=st.integers(MINUTE, DAY),
    digest_within=st.integers(MINUTE, HOUR),
)
History = list[tuple[int, list[DuePage], Admission]]


def play(given_looks: list[tuple[int, list[DuePage]]], given_settings: BudgetSettings, **more: Any) -> History:
    """Each look's time, what was offered and what came of it; the state goes through JSON in between."""
    state, now, history = BudgetState(), T, []
    for wait, pages in given_looks:
        now += wait
        admission = admit(state, pages, now, given_settings, **more)
        state = BudgetState.from_json(admission.state.to_json())
        assert state == admission.state
        history.append((now, pages, admission))
    return history


def sent(history: History) -> list[tuple[int, DuePage | None]]:
    """Every page that went with its time; None: a digest."""
    single = [(now, one.page) for now, _, admission in history for one in admission.go]
    digests = [(now, None) for now, _, admission in history if admission.digest]
    return sorted([*single, *digests], key=lambda one: one[0])


def most_within(times: list[int], window: int) -> int:
    return max((sum(start <= at < start + window for at in times) for start in times), default=0)


@given(looks, settings)
def test_never_above_the_hour_in_any_window(given_looks: Any, given_settings: BudgetSettings) -> None:
    """Counted with digests; what is unsafe passes, so windows are counted without it."""
    times = [at for at, one in sent(play(given_looks, given_settings)) if one is None or not one.unsafe]
    assert most_within(times, HOUR) <= given_settings.hourly


@given(looks, settings, st.integers(SECOND, DAY))
def test_never_more_than_the_bucket_holds_and_gains(
    given_looks: Any, given_settings: BudgetSettings, window: int
) -> None:
    times = [at for at, one in sent(play(given_looks, given_settings)) if one is not None and not one.unsafe]
    assert most_within(times, window) <= given_settings.capacity + window // given_settings.refill


@given(looks, settings)
def test_never_above_the_shift(given_looks: Any, given_settings: BudgetSettings) -> None:
    history = play(given_looks, given_settings, shift_start=T)
    single = [one for _, one in sent(history) if one is not None and not one.unsafe]
    assert len(single) <= given_settings.shift


@given(looks, settings)
def test_never_above_one_askers_cap(given_looks: Any, given_settings: BudgetSettings) -> None:
    single = [(at, one) for at, one in sent(play(given_looks, given_settings)) if one is not None and not one.unsafe]
    for asker in "abcdef":
        times = [at for at, one in single if one.asker == asker]
        assert most_within(times, given_settings.asker_window) <= given_settings.asker


@given(looks, settings)
def test_none_is_lost_and_none_doubled(given_looks: Any, given_settings: BudgetSettings) -> None:
    waiting: set[str] = set()
    for _, pages, admission in play(given_looks, given_settings):
        offered = waiting | {one.key for one in pages}
        gone = [one.page.key for one in (*admission.go, *admission.digest)]
        waiting = {one.page.key for one in admission.held}
        assert sorted([*gone, *waiting]) == sorted(offered)


@given(looks, settings)
def test_what_waits_goes_within_the_hour(given_looks: Any, given_settings: BudgetSettings) -> None:
    for now, _, admission in play(given_looks, given_settings):
        assert all(now < one.since + HOUR for one in admission.held)
        if admission.held:
            oldest = min(one.since for one in admission.held)
            assert admission.look_again is not None
            assert now < admission.look_again <= oldest + HOUR
            assert admission.look_again >= oldest + given_settings.digest_within
        else:
            assert admission.look_again is None


@given(looks, settings)
def test_unsafe_advice_always_goes_at_once(given_looks: Any, given_settings: BudgetSettings) -> None:
    for _, pages, admission in play(given_looks, given_settings, quiet=lambda _: True, shift_start=T):
        assert {one.key for one in pages if one.unsafe} <= set(keys(admission))
        assert not any(one.page.unsafe for one in admission.held)


@given(looks, settings)
def test_whoever_goes_is_riskier_than_all_whom_the_team_has_no_room_for(
    given_looks: Any, given_settings: BudgetSettings
) -> None:
    for _, _, admission in play(given_looks, given_settings):
        assert [one.page for one in admission.go] == sorted((one.page for one in admission.go), key=DuePage.order)
        assert [one.page for one in admission.digest] == sorted(
            (one.page for one in admission.digest), key=DuePage.order
        )
        full = [one.page.order() for one in admission.held if one.why in (Why.BUCKET, Why.HOUR)]
        assert all(one.page.order() < order for one in admission.go for order in full)


@given(looks, settings)
def test_nothing_but_unsafe_advice_goes_in_quiet_hours(given_looks: Any, given_settings: BudgetSettings) -> None:
    for _, _, admission in play(given_looks, given_settings, quiet=lambda _: True):
        assert all(one.page.unsafe for one in admission.go)
        assert admission.digest == ()


@given(st.lists(due_pages, unique_by=lambda one: one.key), st.randoms())
def test_the_order_of_offering_does_not_matter(pages: list[DuePage], rng: Any) -> None:
    shuffled = list(pages)
    rng.shuffle(shuffled)
    one, other = admit(BudgetState(), pages, T), admit(BudgetState(), shuffled, T)
    assert (one.go, one.digest, one.held) == (other.go, other.digest, other.held)


def test_a_flood_of_a_thousand_is_through_within_the_hour() -> None:
    budget = BudgetSettings()
    flood = [page(f"{number:04}", number % 101) for number in range(1000)]
    state, now, gone = BudgetState(), T, []
    history: History = []
    while True:
        admission = admit(state, [] if history else flood, now, budget)
        history.append((now, [], admission))
        gone += [*admission.go, *admission.digest]
        state, now = admission.state, now + MINUTE
        if not admission.held:
            break
    assert now - T <= HOUR + MINUTE
    assert sorted(one.page.key for one in gone) == sorted(one.key for one in flood)
    single = [at for at, _, admission in history for _ in admission.go]
    assert most_within(single, HOUR) == budget.hourly - 1
    assert [len(admission.digest) for _, _, admission in history if admission.digest] == [1000 - len(single)]
    assert [one.page for one in gone] == sorted(flood, key=DuePage.order)


def test_a_digest_tells_what_holding_cost() -> None:
    first = admit(BudgetState(), [page("a", 90), page("b", 10)], T)
    assert keys(first) == ["a"]
    assert [one.why for one in first.held] == [Why.BUCKET]
    later = admit(first.state, [], T + MINUTE)
    assert [(one.page.key, one.held_minutes) for one in later.go] == [("b", 1.0)]
    assert later.cost_minutes == 1.0


def test_held_pages_go_singly_once_there_is_room_and_in_the_digest_otherwise() -> None:
    budget = BudgetSettings(capacity=1, refill=DAY)
    first = admit(BudgetState(), [page("a"), page("b"), page("c")], T, budget)
    assert keys(first) == ["a"]
    later = admit(first.state, [], T + HOUR, budget)
    assert keys(later) == []
    assert [one.page.key for one in later.digest] == ["b", "c"]
    assert later.cost_minutes == 120.0


def test_quiet_hours_hold_the_digest_until_they_end() -> None:
    night = admit(BudgetState(), [page("a"), page("b")], T, WIDE, quiet=lambda _: True)
    assert [one.why for one in night.held] == [Why.QUIET, Why.QUIET]
    still = admit(night.state, [], T + 3 * HOUR, WIDE, quiet=lambda _: True)
    assert len(still.held) == 2
    morning = admit(still.state, [], T + 8 * HOUR, WIDE, quiet=lambda at: at < T + 8 * HOUR)
    assert sorted(keys(morning)) == ["a", "b"]
    assert morning.cost_minutes == 2 * 8 * 60


def test_one_asker_cannot_use_up_the_team() -> None:
    pages = [page(str(number), 90, asker="loud") for number in range(5)] + [page("quiet one", 10)]
    admission = admit(BudgetState(), pages, T, replace(WIDE, asker=2))
    assert keys(admission) == ["0", "1", "quiet one"]
    assert {one.why for one in admission.held} == {Why.ASKER}


def test_unsafe_advice_takes_its_place_in_the_count() -> None:
    admission = admit(BudgetState(), [page("harm", 1, unsafe=True), page("b", 99)], T)
    assert keys(admission) == ["harm"]
    assert [one.page.key for one in admission.held] == ["b"]


def test_a_page_offered_again_keeps_its_place_in_time() -> None:
    first = admit(BudgetState(), [page("a", 90), page("b", 10)], T)
    again = admit(first.state, [page("b", 80)], T + SECOND)
    assert [(one.page.score, one.since) for one in again.held] == [(80, T)]


def test_settled_questions_leave_the_queue() -> None:
    first = admit(BudgetState(), [page("a"), page("b"), page("c")], T)
    state = withdraw(first.state, ["b", "unknown"])
    assert [one.page.key for one in state.held] == ["c"]


def test_a_new_shift_has_a_new_budget() -> None:
    budget = replace(WIDE, shift=1)
    first = admit(BudgetState(), [page("a"), page("b")], T, budget, shift_start=T)
    assert [one.why for one in first.held] == [Why.SHIFT]
    second = admit(first.state, [], T + MINUTE, budget, shift_start=T + MINUTE)
    assert keys(second) == ["b"]


def test_a_clock_set_back_earns_nothing() -> None:
    first = admit(BudgetState(), [page("a")], T)
    back = admit(first.state, [page("b")], T - HOUR)
    assert keys(back) == []
    assert back.state.at == T


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("capacity", 0),
        ("refill", 999),
        ("hourly", 1),
        ("shift", 0),
        ("asker", 101),
        ("asker_window", 2 * DAY),
        ("digest_within", 2 * HOUR),
        ("digest_within", -1),
    ],
)
def test_settings_out_of_bounds_are_refused_by_name(name: str, value: int) -> None:
    with pytest.raises(InputError, match=f"{name} .*must be"):
        BudgetSettings(**{name: value})


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"held": 1}', '{"tokens":0,"at":0,"sent":[{}],"held":[]}'])
def test_a_damaged_state_is_an_input_error(text: str) -> None:
    with pytest.raises(InputError, match="not the state of a budget"):
        BudgetState.from_json(text)
