"""Who is on call: examples that people can check by hand, and an oracle that counts minutes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.errors import InputError
from escalation.hours import Span, Week, parse_hours
from escalation.rotation import Rotation, Unit, parse_clock, parse_every, parse_weekday
from escalation.schedule import LOOK_AHEAD, Override, Schedule, Shift, next_handover, on_call, shifts
from escalation.timing import DAY, HOUR, MINUTE, Millis, millis, moment

BERLIN = "Europe/Berlin"
OFFICE = parse_hours({"mon-fri": ["09:00-17:00"]})
WEEKLY = Rotation(("ana", "ben"), 1, Unit.WEEKS, date(2026, 1, 5), 9 * HOUR, weekday=0)


def at(text: str, zone: str = BERLIN) -> Millis:
    return millis(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)))


def only(rotation: Rotation, *overrides: Override) -> Schedule:
    return Schedule("support", BERLIN, (rotation,), overrides)


# -- examples


@pytest.mark.parametrize(
    ("when", "on"),
    [
        ("2026-01-05T08:59", ()),
        ("2026-01-05T09:00", ("ana",)),
        ("2026-01-12T08:59", ("ana",)),
        ("2026-01-12T09:00", ("ben",)),
        ("2026-03-23T09:00", ("ben",)),
        ("2026-03-30T08:59", ("ben",)),  # the clocks went forward on the 29th
        ("2026-03-30T09:00", ("ana",)),
        ("2026-10-26T08:59", ("ben",)),  # and back on the 25th
        ("2026-10-26T09:00", ("ana",)),
    ],
)
def test_a_hand_over_at_nine_stays_at_nine(when: str, on: tuple[str, ...]) -> None:
    assert on_call(only(WEEKLY), at(when)) == on


def test_a_first_turn_is_cut_short_where_the_start_is_another_weekday() -> None:
    rotation = Rotation(("ana", "ben"), 1, Unit.WEEKS, date(2026, 1, 7), 9 * HOUR, weekday=0)
    assert shifts(only(rotation), at("2026-01-05T00:00"), at("2026-01-20T00:00")) == (
        Shift("ana", at("2026-01-07T09:00"), at("2026-01-12T09:00")),
        Shift("ben", at("2026-01-12T09:00"), at("2026-01-19T09:00")),
        Shift("ana", at("2026-01-19T09:00"), at("2026-01-20T00:00")),
    )


def test_the_leap_day_is_a_day_like_others() -> None:
    daily = Rotation(("ana", "ben", "cem"), 1, Unit.DAYS, date(2028, 2, 27), 0)
    days = [on_call(only(daily), at(f"2028-{day}T12:00")) for day in ("02-27", "02-28", "02-29", "03-01")]
    assert days == [("ana",), ("ben",), ("cem",), ("ana",)]


def test_a_hand_over_that_comes_twice_happens_at_the_first_time() -> None:
    daily = Rotation(("ana", "ben"), 1, Unit.DAYS, date(2026, 10, 24), 2 * HOUR + 30 * MINUTE)
    first = millis(datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
    seen = [on_call(only(daily), first + ahead) for ahead in (-1, 0, 31 * MINUTE, 61 * MINUTE)]
    assert seen == [("ana",), ("ben",), ("ben",), ("ben",)]


def test_a_hand_over_that_the_clock_jumps_over_happens_at_the_jump() -> None:
    daily = Rotation(("ana", "ben"), 1, Unit.DAYS, date(2026, 3, 28), 2 * HOUR + 30 * MINUTE)
    jump = millis(datetime(2026, 3, 29, 1, 0, tzinfo=UTC))
    assert [on_call(only(daily), jump + ahead) for ahead in (-1, 0)] == [("ana",), ("ben",)]
    assert next_handover(only(daily), jump - HOUR) == jump


def test_a_day_that_a_zone_skipped_takes_no_time() -> None:
    daily = Rotation(("ana", "ben", "cem"), 1, Unit.DAYS, date(2011, 12, 29), 0)
    samoa = Schedule("samoa", "Pacific/Apia", (daily,))
    midnight = millis(datetime(2011, 12, 30, 10, tzinfo=UTC))
    assert [on_call(samoa, midnight + ahead) for ahead in (-1, 0)] == [("ana",), ("cem",)]


def test_turns_pass_outside_the_hours_too() -> None:
    daily = Rotation(("ana", "ben"), 1, Unit.DAYS, date(2026, 1, 5), 0, hours=OFFICE)
    seen = shifts(only(daily), at("2026-01-08T00:00"), at("2026-01-13T00:00"))
    assert [(one.person, moment(one.start).day, (one.end - one.start) // HOUR) for one in seen] == [
        ("ben", 8, 8),
        ("ana", 9, 8),
        ("ben", 12, 8),
    ]


def test_a_night_shift_runs_into_the_next_day() -> None:
    nights = Rotation(("ana",), 1, Unit.WEEKS, date(2026, 1, 1), 0, hours=parse_hours({"fri": ["22:00-06:00"]}))
    assert shifts(only(nights), at("2026-01-09T00:00"), at("2026-01-11T00:00")) == (
        Shift("ana", at("2026-01-09T22:00"), at("2026-01-10T06:00")),
    )


def test_layers_follow_the_sun_and_later_ones_win() -> None:
    days = parse_hours({"mon-sun": ["08:00-16:00"]})
    nights = parse_hours({"mon-sun": ["15:00-00:00"]})
    start = date(2026, 1, 1)
    schedule = Schedule(
        "sun",
        BERLIN,
        (
            Rotation(("duty",), 1, Unit.WEEKS, start, 0),
            Rotation(("berlin",), 1, Unit.WEEKS, start, 0, hours=days),
            Rotation(("boston",), 1, Unit.WEEKS, start, 0, hours=nights),
            Rotation((), 1, Unit.WEEKS, start, 0),
        ),
    )
    seen = shifts(schedule, at("2026-02-02T00:00"), at("2026-02-03T00:00"))
    assert [(one.person, (one.end - one.start) // HOUR) for one in seen] == [("duty", 8), ("berlin", 7), ("boston", 9)]


def test_nobody_is_on_where_there_is_nobody() -> None:
    empty = Rotation((), 1, Unit.DAYS, date(2026, 1, 1))
    for schedule in (Schedule("none", BERLIN), only(empty)):
        assert on_call(schedule, at("2026-02-02T12:00")) == ()
        assert shifts(schedule, at("2026-02-02T12:00"), at("2026-03-02T12:00")) == ()
        assert next_handover(schedule, at("2026-02-02T12:00")) is None


# -- overrides


def test_an_override_replaces_whoever_is_on_and_an_extra_person_joins() -> None:
    cover = Override("cem", at("2026-01-06T12:00"), at("2026-01-06T18:00"))
    extra = Override("dee", at("2026-01-06T16:00"), at("2026-01-06T20:00"), extra=True)
    schedule = only(WEEKLY, cover, extra)
    seen = [on_call(schedule, at(f"2026-01-06T{hour}:00")) for hour in (11, 12, 16, 18, 20)]
    assert seen == [("ana",), ("cem",), ("cem", "dee"), ("ana", "dee"), ("ana",)]
    assert shifts(schedule, at("2026-01-06T10:00"), at("2026-01-06T22:00")) == (
        Shift("ana", at("2026-01-06T10:00"), at("2026-01-06T12:00")),
        Shift("cem", at("2026-01-06T12:00"), at("2026-01-06T18:00")),
        Shift("dee", at("2026-01-06T16:00"), at("2026-01-06T20:00")),
        Shift("ana", at("2026-01-06T18:00"), at("2026-01-06T22:00")),
    )


def test_of_overlapping_overrides_the_one_added_last_wins() -> None:
    early = Override("cem", at("2026-01-06T12:00"), at("2026-01-06T18:00"), extra=True)
    late = Override("dee", at("2026-01-06T10:00"), at("2026-01-06T20:00"))
    assert on_call(only(WEEKLY, early, late), at("2026-01-06T13:00")) == ("dee",)
    assert on_call(only(WEEKLY, late, early), at("2026-01-06T13:00")) == ("dee", "cem")


def test_an_extra_person_who_is_on_already_is_named_once() -> None:
    extra = Override("ana", at("2026-01-06T12:00"), at("2026-01-06T18:00"), extra=True)
    assert on_call(only(WEEKLY, extra), at("2026-01-06T13:00")) == ("ana",)
    assert next_handover(only(WEEKLY, extra), at("2026-01-06T11:00")) == at("2026-01-12T09:00")


def test_an_override_counts_where_nobody_would_be_on() -> None:
    alone = Override("cem", at("2026-01-06T12:00"), at("2026-01-06T18:00"))
    schedule = Schedule("none", BERLIN, overrides=(alone,))
    assert on_call(schedule, alone.start) == ("cem",)
    assert next_handover(schedule, alone.start) == alone.end
    assert schedule.people == {"cem"}


# -- the next hand-over


def test_one_person_alone_never_hands_over() -> None:
    alone = Rotation(("ana",), 1, Unit.HOURS, date(2026, 1, 1))
    assert next_handover(only(alone), at("2026-02-02T12:00")) is None
    assert next_handover(only(alone), at("2025-12-31T12:00")) == at("2026-01-01T09:00")


def test_somebody_with_two_turns_in_a_row_hands_over_after_them() -> None:
    twice = Rotation(("ana", "ana", "ben"), 1, Unit.DAYS, date(2026, 1, 1), 0)
    assert next_handover(only(twice), at("2026-01-01T12:00")) == at("2026-01-03T00:00")


# -- what can't be


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"every": 0}, "every: "),
        ({"every": 1001}, "every: "),
        ({"at": DAY}, "at: "),
        ({"at": 1}, "at: "),
        ({"weekday": 0}, "weekday: "),
        ({"unit": Unit.WEEKS, "weekday": 7}, "weekday: "),
        ({"people": ("ana", "")}, "people: "),
    ],
)
def test_a_rotation_that_can_not_be_says_which_field(fields: dict[str, object], told: str) -> None:
    given_: dict[str, object] = {"people": ("ana",), "every": 1, "unit": Unit.DAYS, "starts": date(2026, 1, 1)}
    with pytest.raises(InputError, match=told):
        Rotation(**{**given_, **fields})  # type: ignore[arg-type]


def test_overrides_and_zones_that_can_not_be_are_refused() -> None:
    with pytest.raises(InputError, match="until: "):
        Override("ana", 5, 5)
    with pytest.raises(InputError, match="person: "):
        Override("", 5, 6)
    with pytest.raises(InputError, match="zone 'Europe/Berln' is unknown; nearby are Europe/Berlin"):
        Schedule("support", "Europe/Berln")


@pytest.mark.parametrize(
    ("text", "read"), [("12h", (12, Unit.HOURS)), ("1d", (1, Unit.DAYS)), (" 2 W", (2, Unit.WEEKS))]
)
def test_the_length_of_a_turn_is_read(text: str, read: tuple[int, Unit]) -> None:
    assert parse_every(text) == read


def test_times_of_day_and_weekdays_are_read() -> None:
    assert [parse_clock(one) for one in ("9:00", "09:05", "23:59")] == [9 * HOUR, 9 * HOUR + 5 * MINUTE, DAY - MINUTE]
    assert [parse_weekday(one) for one in ("mon", "Sunday", " TUE ")] == [0, 6, 1]


@pytest.mark.parametrize("text", ["", "h", "0d", "1001d", "1m", "1d12h", "-1d", "1.5d"])
def test_other_lengths_are_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"write e\.g\. 12h"):
        parse_every(text)


@pytest.mark.parametrize("text", ["", "24:00", "9", "9:60", "09:00:00", "-1:00"])
def test_other_times_of_day_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="no time of day"):
        parse_clock(text)


@pytest.mark.parametrize("text", ["", "mo", "mond", "montag", "mon-fri"])
def test_other_weekdays_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="no weekday"):
        parse_weekday(text)


# -- an oracle: walks minute by minute, and knows no time zone arithmetic but what the clock shows


def latest_shown(zone: ZoneInfo, start: datetime, minutes: int) -> Iterator[datetime]:
    """The latest local time that the clock has shown so far, each minute from `start` on, two days warmed up."""
    seen = datetime.min  # noqa: DTZ901
    for minute in range(-2 * 1440, minutes):
        shown = (start + timedelta(minutes=minute)).astimezone(zone).replace(tzinfo=None)
        seen = max(seen, shown)
        if minute >= 0:
            yield seen


def on_by_wall(rotation: Rotation, shown: datetime) -> str | None:
    begins = datetime.combine(rotation.starts, datetime.min.time()) + timedelta(milliseconds=rotation.at)
    if shown < begins or not rotation.people:
        return None
    anchor = begins
    while rotation.weekday is not None and anchor.weekday() != rotation.weekday:
        anchor -= timedelta(days=1)
    if rotation.hours is not None and not any(
        midnight + timedelta(milliseconds=span.start) <= shown < midnight + timedelta(milliseconds=span.end)
        for back in (0, 1)
        for midnight in [datetime.combine(shown.date() - timedelta(days=back), datetime.min.time())]
        for span in rotation.hours[midnight.weekday()]
    ):
        return None
    length = {Unit.HOURS: timedelta(hours=1), Unit.DAYS: timedelta(days=1), Unit.WEEKS: timedelta(weeks=1)}
    return rotation.people[(shown - anchor) // (length[rotation.unit] * rotation.every) % len(rotation.people)]


def by_oracle(schedule: Schedule, start: datetime, minutes: int) -> list[tuple[str, ...]]:
    found = []
    for minute, shown in enumerate(latest_shown(ZoneInfo(schedule.zone), start, minutes)):
        on: list[str] = []
        for rotation in schedule.rotations:
            person = on_by_wall(rotation, shown)
            on = on if person is None else [person]
        now = millis(start) + minute * MINUTE
        for override in schedule.overrides:
            if override.start <= now < override.end:
                on = [*on, override.person] if override.extra else [override.person]
        found.append(tuple(dict.fromkeys(on)))
    return found


JUMPS = {
    "Europe/Berlin": ("2026-03-29T01:00", "2026-10-25T01:00"),
    "America/New_York": ("2026-03-08T07:00", "2026-11-01T06:00"),
    "Australia/Lord_Howe": ("2026-04-04T15:00", "2026-10-03T15:30"),
    "America/Havana": ("2026-03-08T05:00", "2026-11-01T05:00"),
    "Africa/Casablanca": ("2026-02-15T02:00", "2026-03-22T02:00"),
    "Asia/Kathmandu": ("2028-02-29T00:00",),
    "Pacific/Apia": ("2011-12-30T10:00",),
    "Asia/Beirut": ("2026-03-28T22:00", "2026-10-24T21:00"),
}
"""Zones and instants at which their clocks jump: also at midnight, by half an hour, by a whole day."""
minutes_of_day = st.integers(0, 287).map(lambda fives: fives * 5 * MINUTE)
persons = st.sampled_from(["ana", "ben", "cem", "dee"])


@st.composite
def spans(draw: st.DrawFn) -> tuple[Span, ...]:
    if not draw(st.booleans()):
        return ()
    start = draw(minutes_of_day)
    return (
        (Span(start, start + draw(st.integers(1, 287)) * 5 * MINUTE),)
        if start
        else (Span(0, draw(minutes_of_day) or DAY),)
    )


weeks = st.none() | st.tuples(*[spans()] * 7)


@st.composite
def rotations(draw: st.DrawFn, around: date) -> Rotation:
    unit = draw(st.sampled_from(Unit))
    week: Week | None = draw(weeks)
    return Rotation(
        people=tuple(draw(st.lists(persons, max_size=4))),
        every=draw(st.integers(1, 30 if unit is Unit.HOURS else 3)),
        unit=unit,
        starts=around - timedelta(days=draw(st.integers(-1, 40))),
        at=draw(minutes_of_day),
        weekday=draw(st.none() | st.integers(0, 6)) if unit is Unit.WEEKS else None,
        hours=week,
    )


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Schedule, datetime]:
    zone = draw(st.sampled_from(sorted(JUMPS)))
    jump = datetime.fromisoformat(draw(st.sampled_from(JUMPS[zone]))).replace(tzinfo=UTC)
    layers = draw(st.lists(rotations(jump.date()), max_size=3))
    made = []
    for _ in range(draw(st.integers(0, 3))):
        start = millis(jump) + draw(st.integers(-1000, 1000)) * MINUTE
        made.append(Override(draw(persons), start, start + draw(st.integers(1, 1500)) * MINUTE, draw(st.booleans())))
    return Schedule("any", zone, tuple(layers), tuple(made)), jump


@settings(deadline=None, max_examples=150)
@given(worlds())
def test_who_is_on_call_is_what_an_oracle_counts_minute_by_minute(world: tuple[Schedule, datetime]) -> None:
    schedule, jump = world
    start, minutes = jump - timedelta(hours=15), 30 * 60
    expected = by_oracle(schedule, start, minutes)
    first = millis(start)
    assert [on_call(schedule, first + minute * MINUTE) for minute in range(minutes)] == expected
    told: list[set[str]] = [set() for _ in range(minutes)]
    for shift in shifts(schedule, first, first + minutes * MINUTE):
        for minute in range((shift.start - first) // MINUTE, (shift.end - first) // MINUTE):
            told[minute].add(shift.person)
    assert told == [set(on) for on in expected]
    change = next((minute for minute, on in enumerate(expected) if on != expected[0]), None)
    handover = next_handover(schedule, first)
    if change is not None:
        assert handover == first + change * MINUTE
    else:
        assert handover is None or first + minutes * MINUTE <= handover <= first + LOOK_AHEAD + 16 * DAY


@settings(deadline=None)
@given(worlds())
def test_one_persons_shifts_are_apart_from_each_other(world: tuple[Schedule, datetime]) -> None:
    schedule, jump = world
    found = shifts(schedule, millis(jump) - 9 * DAY, millis(jump) + 9 * DAY)
    last: dict[str, Millis] = {}
    for shift in found:
        assert shift.start < shift.end
        assert last.get(shift.person, shift.start - 1) < shift.start
        last[shift.person] = shift.end
