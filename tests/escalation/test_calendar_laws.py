"""What holds for any calendar, instant and length."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from escalation.calendar import ALWAYS_OPEN, Calendar, Counting, deadline, from_json, parse_calendar, union
from escalation.hours import WEEKDAYS
from escalation.timing import DAY, HOUR, Millis
from escalation.worktime import SEARCH, Window, merged

ZONES = (
    "Africa/Casablanca",
    "America/New_York",
    "America/Santiago",
    "Asia/Kathmandu",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Pacific/Apia",
    "Pacific/Chatham",
    "UTC",
)
BEGIN, END = 14_600 * DAY, 22_000 * DAY  # 2009 to 2030
APIA = 15_337 * DAY  # two days before the day that was left out

instants = st.integers(BEGIN, END)
lengths = st.integers(0, 40 * HOUR) | st.integers(0, 90 * DAY)


def law(*arguments: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Holds for all of these; the first look at a year's holidays may take its time."""
    return lambda test: settings(deadline=None)(given(*arguments)(test))


@st.composite
def days(draw: st.DrawFn) -> list[str]:
    """Some spans of a day, the last perhaps over midnight."""
    marks = sorted(draw(st.sets(st.integers(0, 1439), max_size=6)))
    pairs = list(zip(marks[::2], marks[1::2], strict=False))
    spans = [f"{one // 60:02d}:{one % 60:02d}-{other // 60:02d}:{other % 60:02d}" for one, other in pairs]
    if len(marks) % 2 and (end := draw(st.integers(0, marks[-1]))) < marks[-1]:
        spans.append(f"{marks[-1] // 60:02d}:{marks[-1] % 60:02d}-{end // 60:02d}:{end % 60:02d}")
    return spans


dates = st.dates().filter(lambda day: 2009 <= day.year <= 2030).map(str) | st.sampled_from(["2016-02-29", "2011-12-30"])
offices = st.fixed_dictionaries(
    {
        "zone": st.sampled_from(ZONES),
        "hours": st.dictionaries(st.sampled_from(WEEKDAYS), days()),
        "holidays": st.lists(st.sampled_from(["DE-BY", "US", "NZ", "IN"]), max_size=2),
        "closed": st.lists(
            st.lists(dates, min_size=1, max_size=2).map(lambda ends: "..".join(sorted(ends))), max_size=2
        ),
        "special": st.dictionaries(dates, days(), max_size=2),
    }
).map(lambda given_words: parse_calendar("office", given_words))
calendars: st.SearchStrategy[Calendar] = st.one_of(
    offices,
    offices,
    st.just(ALWAYS_OPEN),
    st.lists(offices, min_size=1, max_size=3).map(lambda all_: union("all", *all_)),
)


@law(calendars, instants, lengths)
def test_add_is_the_first_moment_with_so_much_work_behind_it(
    calendar: Calendar, start: Millis, working: Millis
) -> None:
    end = calendar.add(start, working)
    assume(end is not None)
    assert end is not None
    assert calendar.between(start, end) == working
    assert end == start or calendar.between(start, end - 1) == working - 1


@law(calendars, instants, lengths)
def test_between_is_undone_by_add_but_for_closed_time(calendar: Calendar, start: Millis, length: Millis) -> None:
    end = start + length
    back = calendar.add(start, calendar.between(start, end))
    assert back is not None
    assert back <= end
    assert calendar.between(back, end) == 0
    assert back in (start, end) or not calendar.is_open(end - 1)


@law(calendars, instants, lengths, lengths)
def test_working_times_add_up(calendar: Calendar, start: Millis, one: Millis, other: Millis) -> None:
    middle = calendar.add(start, one)
    assume(middle is not None)
    assert middle is not None
    end = calendar.add(start, one + other)
    assume(end is not None)
    # Nothing more to wait for stays where it is.
    assert calendar.add(middle, other) == end


@law(calendars, instants, lengths, lengths)
def test_stretches_add_up(calendar: Calendar, start: Millis, one: Millis, other: Millis) -> None:
    middle, end = start + one, start + one + other
    assert calendar.between(start, middle) + calendar.between(middle, end) == calendar.between(start, end)


@law(calendars, instants, st.integers(0, 30 * DAY), lengths, lengths)
def test_later_and_longer_is_never_earlier(
    calendar: Calendar, start: Millis, later: Millis, working: Millis, more: Millis
) -> None:
    end = calendar.add(start, working)
    assume(end is not None)
    assert end is not None
    after, longer = calendar.add(start + later, working), calendar.add(start, working + more)
    assert after is None or after >= end
    assert longer is None or longer >= end


@law(calendars, instants, lengths)
def test_windows_are_in_order_apart_and_all_that_is_open(calendar: Calendar, start: Millis, length: Millis) -> None:
    end = start + length
    windows = list(calendar.windows(start, end))
    assert sum(closes - opens for opens, closes in windows) == calendar.between(start, end)
    assert all(start <= opens < closes <= end for opens, closes in windows)
    assert all(one[1] < other[0] for one, other in pairwise(windows))
    for opens, closes in windows:
        assert calendar.is_open(opens)
        assert calendar.is_open(closes - 1)
        assert opens == start or not calendar.is_open(opens - 1)
        assert closes == end or not calendar.is_open(closes)


@law(calendars, instants)
def test_openings_and_closings_are_edges(calendar: Calendar, at: Millis) -> None:
    opens, closes = calendar.next_open(at), calendar.next_close(at)
    assert (opens == at) == calendar.is_open(at)
    if opens is None:
        assert closes is None
        assert calendar.between(at, at + SEARCH) == 0
        return
    assert opens <= at + SEARCH
    assert calendar.between(at, opens) == 0
    if closes is not None:
        assert calendar.between(opens, closes) == closes - opens
        assert not calendar.is_open(closes)


@law(calendars, instants, st.integers(1, 40 * HOUR))
@example(ALWAYS_OPEN, APIA, HOUR)
def test_wall_is_never_later_than_held_nor_held_than_working(calendar: Calendar, start: Millis, delay: Millis) -> None:
    assume(calendar.add(start, delay) is not None)
    wall, held, working = (
        deadline(calendar, start, delay, counting) for counting in (Counting.WALL, Counting.HELD, Counting.WORKING)
    )
    assert wall == start + delay
    assert wall <= held <= working
    for due in (held, working):
        assert calendar.is_open(due) or calendar.is_open(due - 1)


@law(calendars, instants, lengths, st.sampled_from(Counting))
def test_a_deadline_is_never_before_its_delay(
    calendar: Calendar, start: Millis, delay: Millis, counting: Counting
) -> None:
    assert deadline(calendar, start, delay, counting) >= start + delay


@law(calendars, instants, lengths)
def test_a_calendar_survives_being_written(calendar: Calendar, start: Millis, working: Millis) -> None:
    written = calendar.to_json()
    read = from_json(written)
    assert read == calendar
    assert read.to_json() == written
    assert from_json(written) is read
    assert read.add(start, working) == calendar.add(start, working)


@law(st.lists(offices, min_size=2, max_size=3), instants, lengths)
def test_several_offices_are_open_when_any_is(members: list[Calendar], start: Millis, length: Millis) -> None:
    sun = union("sun", *members)
    assert sun.is_open(start) == any(member.is_open(start) for member in members)
    each = [member.between(start, start + length) for member in members]
    assert max(each) <= sun.between(start, start + length) <= min(sum(each), length)
    assert sun.between(start, start + length) == union("nus", *members[::-1]).between(start, start + length)


@law(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 9)).map(lambda one: (one[0], sum(one)))).map(sorted))
def test_merged_windows_cover_the_same_and_stand_apart(windows: list[Window]) -> None:
    found = list(merged(windows))
    assert all(one[1] < other[0] for one, other in pairwise(found))
    covered = {at for opens, closes in windows for at in range(opens, closes)}
    assert {at for opens, closes in found for at in range(opens, closes)} == covered
