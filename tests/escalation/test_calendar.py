"""Business calendars by example: the table of docs/hours.md, and the nights on which clocks change."""

from __future__ import annotations

import re
import tomllib
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from escalation.calendar import ALWAYS_OPEN, BusinessCalendar, Counting, deadline, parse_calendar, union
from escalation.errors import InputError
from escalation.timing import DAY, HOUR, MINUTE, Millis, millis, moment, parse_duration
from escalation.worktime import SEARCH, Calendar

DOCUMENT = (Path(__file__).parents[2] / "docs" / "hours.md").read_text("utf-8")
ROW = re.compile(r"\| \w{3} (.{16}) \| (\w+) \| \w{3} (.{16}) \| \w{3} (.{16}) \| \w{3} (.{16}) \|")
BERLIN = "Europe/Berlin"
NEW_YORK = "America/New_York"


def office(zone: str = BERLIN, **fields: object) -> Calendar:
    return parse_calendar("office", {"zone": zone, "hours": {"mon-fri": ["09:00-17:00"]}} | fields)


def nights(zone: str, span: str = "22:00-06:00", **fields: object) -> Calendar:
    return office(zone, hours={"mon-sun": [span]}, **fields)


def at(text: str, zone: str = BERLIN, fold: int = 0) -> Millis:
    """The instant of a local time; `fold=1`: the second of two."""
    return millis(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold))


def local(when: Millis | None, zone: str = BERLIN) -> str:
    assert when is not None
    return moment(when).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


# -- what docs/hours.md promises


def test_the_document_has_its_table() -> None:
    assert len(ROW.findall(DOCUMENT)) == DOCUMENT.count("\n| Fri 2") + DOCUMENT.count("\n| Sat 2") + 2
    assert "16:59" in DOCUMENT


@pytest.mark.parametrize("row", ROW.findall(DOCUMENT), ids=" ".join)
def test_every_line_of_the_document_is_so(row: tuple[str, ...]) -> None:
    asked, delay, working, held, wall = row
    munich = office(holidays=["DE-BY"])
    due = {
        counting: local(deadline(munich, at(asked), parse_duration(delay), counting))
        for counting in (Counting.WORKING, Counting.HELD, Counting.WALL)
    }
    assert due == {Counting.WORKING: working, Counting.HELD: held, Counting.WALL: wall}


@pytest.mark.parametrize("cell", re.findall(r"\w{3} \d{4}-\d\d-\d\d", DOCUMENT))
def test_the_documents_weekdays_are_right(cell: str) -> None:
    assert datetime.fromisoformat(cell[4:]).strftime("%a") == cell[:3]


def test_the_documents_settings_are_read() -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", DOCUMENT, re.S)
    munich = parse_calendar("munich", tomllib.loads(block))
    assert munich.between(at("2026-11-12 00:00"), at("2026-11-14 00:00")) == 13 * HOUR + 30 * MINUTE
    assert munich.between(at("2026-12-24 00:00"), at("2027-01-05 00:00")) == 3 * HOUR + 7 * HOUR + 30 * MINUTE


# -- edges


def test_open_at_the_opening_and_closed_at_the_closing() -> None:
    opens, closes = at("2026-11-13 09:00"), at("2026-11-13 17:00")
    assert [office().is_open(when) for when in (opens - 1, opens, closes - 1, closes)] == [False, True, True, False]
    assert office().next_open(opens) == opens
    assert local(office().next_open(closes)) == "2026-11-16 09:00"
    assert office().next_close(opens) == closes
    assert local(office().next_close(closes)) == "2026-11-16 17:00"


def test_a_deadline_at_closing_is_that_closing() -> None:
    assert local(office().add(at("2026-11-13 09:00"), 8 * HOUR)) == "2026-11-13 17:00"
    assert office().add(at("2026-11-13 09:00"), 8 * HOUR + 1) == at("2026-11-16 09:00") + 1
    assert office().add(at("2026-11-13 17:00"), 1) == at("2026-11-16 09:00") + 1


def test_milliseconds_are_kept() -> None:
    asked = at("2026-11-13 16:59") + 59_999
    assert office().between(asked, at("2026-11-16 09:00")) == 1
    assert office().add(asked, 2) == at("2026-11-16 09:00") + 1


def test_an_end_before_the_start_has_no_time_between_and_no_time_is_taken_back() -> None:
    assert office().between(at("2026-11-13 12:00"), at("2026-11-13 11:00")) == 0
    with pytest.raises(InputError, match="0 or more"):
        office().add(at("2026-11-13 12:00"), -1)


def test_windows_are_clipped_and_whole_days_are_one() -> None:
    windows = list(office().windows(at("2026-11-13 12:00"), at("2026-11-16 10:00")))
    assert windows == [
        (at("2026-11-13 12:00"), at("2026-11-13 17:00")),
        (at("2026-11-16 09:00"), at("2026-11-16 10:00")),
    ]
    workdays = office(hours={"mon-fri": ["00:00-24:00"]})
    assert list(workdays.windows(at("2026-11-09 00:00"), at("2026-11-16 00:00"))) == [
        (at("2026-11-09 00:00"), at("2026-11-14 00:00"))
    ]
    assert list(office().windows(at("2026-11-13 12:00"), at("2026-11-13 12:00"))) == []


def test_always_open() -> None:
    now = at("2026-11-13 16:59")
    assert ALWAYS_OPEN.is_open(now)
    assert ALWAYS_OPEN.add(now, 400 * DAY) == now + 400 * DAY
    assert ALWAYS_OPEN.between(now, now + 400 * DAY) == 400 * DAY
    assert ALWAYS_OPEN.next_open(now) == now
    assert ALWAYS_OPEN.next_close(now) is None
    assert list(ALWAYS_OPEN.windows(now, now + 30 * DAY)) == [(now, now + 30 * DAY)]


def test_what_never_opens_holds_no_question() -> None:
    shut = office(closed=["2026-01-01..2035-12-31"])
    now = at("2026-11-13 16:59")
    assert shut.next_open(now) is None
    assert shut.next_close(now) is None
    assert not shut.is_open(now)
    assert {deadline(shut, now, HOUR, counting) for counting in Counting} == {now + HOUR}
    assert shut.add(now, HOUR) is None
    assert office(hours={}).add(now, 1) is None


def test_work_of_more_than_ten_years_holds_no_question() -> None:
    rare = office(hours={"mon": ["09:00-09:10"]})
    now = at("2026-11-13 16:59")
    assert local(rare.add(now, 85 * HOUR)) == "2036-08-18 09:10"  # the 510th Monday
    assert rare.add(now, 90 * HOUR) is None
    assert deadline(rare, now, 90 * HOUR, Counting.WORKING) == now + 90 * HOUR


def test_a_closure_of_almost_two_years_is_waited_for_and_a_longer_one_is_not() -> None:
    now = at("2026-11-13 16:59")
    assert local(office(closed=["2026-11-14..2028-10-31"]).add(now, HOUR)) == "2028-11-01 09:59"
    assert office(closed=["2026-11-14..2028-11-30"]).add(now, HOUR) is None


def test_an_opening_within_two_years_is_found_and_one_beyond_is_not() -> None:
    once = office(hours={}, special={"2028-02-29": ["09:00-10:00"]})
    opens = at("2028-02-29 09:00")
    assert once.next_open(opens - SEARCH + 1) == opens
    assert once.next_open(opens - SEARCH) is None
    assert once.next_close(opens + HOUR - SEARCH) == opens + HOUR
    assert once.next_close(opens + HOUR - SEARCH - 1) is None


@pytest.mark.parametrize("year", [1850, 4000])
def test_times_out_of_bounds_are_refused(year: int) -> None:
    with pytest.raises(InputError, match="1900 to 2999"):
        office().is_open(at(f"{year}-06-01 12:00"))


def test_memory_is_bounded() -> None:
    calendar = office()
    for week in range(2_000):
        calendar.is_open(week * 7 * DAY)
    assert len(calendar._weeks) <= 640


# -- days of an office's own


def test_friday_evening_waits_for_monday() -> None:
    assert local(office().add(at("2026-11-13 18:30"), 2 * HOUR)) == "2026-11-16 11:00"


def test_a_holiday_counts_nothing_where_it_is_one() -> None:
    epiphany = at("2026-01-06 10:00")  # a Tuesday, a holiday in Bavaria and not in Berlin
    assert local(office(holidays=["DE-BY"]).add(epiphany, HOUR)) == "2026-01-07 10:00"
    assert local(office(holidays=["DE-BE"]).add(epiphany, HOUR)) == "2026-01-06 11:00"
    assert local(office(holidays=["DE-BE", "AT"]).add(epiphany, HOUR)) == "2026-01-07 10:00"


def test_a_moved_holiday_is_kept_on_its_day() -> None:
    boxing_day_moved = at("2026-12-28 10:00", "Europe/London")  # the 26th was a Saturday
    assert not office("Europe/London", holidays=["GB-ENG"]).is_open(boxing_day_moved)


def test_special_days_go_before_closed_days_and_holidays() -> None:
    calendar = office(
        holidays=["DE-BY"],
        closed=["2026-12-21..2026-12-31"],
        special={"2026-12-25": ["10:00-12:00"], "2026-11-13": []},
    )
    assert list(calendar.windows(at("2026-12-21 00:00"), at("2027-01-01 00:00"))) == [
        (at("2026-12-25 10:00"), at("2026-12-25 12:00"))
    ]
    assert not calendar.is_open(at("2026-11-13 12:00"))
    assert calendar.is_open(at("2026-11-12 12:00"))


def test_a_night_shift_belongs_to_the_day_it_starts_on() -> None:
    calendar = office(hours={"fri": ["22:00-06:00"]}, closed=["2026-11-14", "2026-11-20"])
    assert calendar.is_open(at("2026-11-14 05:59"))  # Saturday is closed, but this is Friday's shift
    assert not calendar.is_open(at("2026-11-21 05:59"))  # the 20th, a Friday, is closed
    assert not calendar.is_open(at("2026-11-13 05:59"))


def test_a_shift_that_runs_into_the_next_days_hours_counts_once() -> None:
    calendar = office(hours={"mon": ["22:00-06:00"], "tue": ["05:00-09:00"]})
    assert calendar.between(at("2026-11-16 00:00"), at("2026-11-18 00:00")) == 11 * HOUR


def test_leap_days_are_days() -> None:
    calendar = office("UTC")
    assert local(calendar.add(at("2028-02-28 16:00", "UTC"), 2 * HOUR), "UTC") == "2028-02-29 10:00"
    assert local(calendar.add(at("2027-02-26 16:00", "UTC"), 2 * HOUR), "UTC") == "2027-03-01 10:00"
    assert nights("UTC").between(at("2028-02-29 22:00", "UTC"), at("2028-03-01 06:00", "UTC")) == 8 * HOUR
    closed = nights("UTC", closed=["2028-02-29"])
    assert closed.between(at("2028-02-29 12:00", "UTC"), at("2028-03-01 12:00", "UTC")) == 0


# -- nights on which clocks change


@pytest.mark.parametrize(
    ("zone", "evening", "hours"),
    [
        (BERLIN, "2024-03-30", 7),
        (BERLIN, "2024-10-26", 9),
        (BERLIN, "2024-11-16", 8),
        (NEW_YORK, "2024-03-09", 7),
        (NEW_YORK, "2024-11-02", 9),
        ("Australia/Lord_Howe", "2024-04-06", 8.5),
        ("Australia/Lord_Howe", "2024-10-05", 7.5),
        ("America/Havana", "2024-03-09", 7),
        ("America/Havana", "2024-11-02", 9),
        ("Antarctica/Troll", "2024-03-30", 6),
        ("Asia/Kathmandu", "2024-03-30", 8),
        ("Pacific/Apia", "2011-12-29", 8),  # 22:00 to the jump, and the 30th's from the jump to 06:00
    ],
)
def test_a_night_shift_counts_the_hours_that_were_worked(zone: str, evening: str, hours: float) -> None:
    start = at(f"{evening} 22:00", zone)
    calendar = nights(zone)
    assert calendar.next_close(start) == start + hours * HOUR
    assert calendar.between(start, start + 14 * HOUR) == hours * HOUR
    assert calendar.add(start, int(hours * HOUR)) == start + hours * HOUR


@pytest.mark.parametrize(("zone", "day"), [(BERLIN, "2024-03-31"), (NEW_YORK, "2024-03-10")])
def test_a_time_in_the_gap_is_the_jump(zone: str, day: str) -> None:
    jump = at(f"{day} 03:00", zone)
    window = (at(f"{day} 00:00", zone), at(f"{day} 12:00", zone))
    assert list(nights(zone, "02:30-05:00").windows(*window)) == [(jump, at(f"{day} 05:00", zone))]
    assert list(nights(zone, "01:00-02:30").windows(*window)) == [(jump - HOUR, jump)]
    assert list(nights(zone, "02:00-03:00").windows(*window)) == []
    assert list(nights(zone, "02:10-02:20").windows(*window)) == []


@pytest.mark.parametrize(("zone", "day", "twice"), [(BERLIN, "2024-10-27", 2), (NEW_YORK, "2024-11-03", 1)])
def test_a_time_that_comes_twice_counts_twice(zone: str, day: str, twice: int) -> None:
    first, second = (at(f"{day} 0{twice}:00", zone, fold) for fold in (0, 1))
    assert second == first + HOUR
    window = (at(f"{day} 00:00", zone), at(f"{day} 12:00", zone))
    early = nights(zone, f"00:30-0{twice}:30")
    assert list(early.windows(*window)) == [
        (at(f"{day} 00:30", zone), first + 30 * MINUTE),
        (second, second + 30 * MINUTE),
    ]
    late = nights(zone, f"0{twice}:30-06:00")
    assert list(late.windows(*window)) == [
        (first + 30 * MINUTE, second),
        (second + 30 * MINUTE, at(f"{day} 06:00", zone)),
    ]
    assert nights(zone, f"0{twice}:00-0{twice + 1}:00").between(*window) == 2 * HOUR


def test_lord_howe_goes_back_by_half_an_hour() -> None:
    zone, day = "Australia/Lord_Howe", "2024-04-07"
    window = (at(f"{day} 00:00", zone), at(f"{day} 12:00", zone))
    assert nights(zone, "01:30-02:00").between(*window) == HOUR
    assert nights(zone, "01:00-03:00").between(*window) == 2 * HOUR + 30 * MINUTE


def test_samoa_had_no_30_december_2011() -> None:
    zone = "Pacific/Apia"
    calendar = office(zone)
    assert at("2011-12-31 00:00", zone) - at("2011-12-29 00:00", zone) == DAY
    assert local(calendar.add(at("2011-12-29 16:00", zone), 2 * HOUR), zone) == "2012-01-02 10:00"
    friday = office(zone, hours={"fri": ["22:00-06:00"]})
    saturday = at("2011-12-31 00:00", zone)
    assert list(friday.windows(saturday - 3 * DAY, saturday + 3 * DAY)) == [(saturday, saturday + 6 * HOUR)]
    thursday = office(zone, hours={"thu": ["22:00-06:00"]})
    assert list(thursday.windows(saturday - 3 * DAY, saturday + 3 * DAY)) == [(saturday - 2 * HOUR, saturday)]


def test_a_deadline_over_the_change_of_clocks() -> None:
    friday = at("2024-03-29 16:30")
    assert local(deadline(office(), friday, HOUR, Counting.WORKING)) == "2024-04-01 09:30"
    assert deadline(office(), friday, 3 * DAY, Counting.WALL) == friday + 3 * DAY


# -- several offices, and other zones


def test_offices_follow_the_sun() -> None:
    manila, denver = office("Asia/Manila", holidays=["PH"]), office("America/Denver")
    sun = union("sun", manila, office(), denver)
    day = at("2026-11-11 00:00", "UTC")
    assert list(sun.windows(day, day + DAY)) == [(day + HOUR, day + DAY)]  # 01-09, 08-16 and 16-24 UTC
    holiday = at("2026-11-30 03:00", "UTC")  # Bonifacio Day
    assert local(sun.next_open(holiday), BERLIN) == "2026-11-30 09:00"
    assert union("all", office(), ALWAYS_OPEN).next_close(day) is None


def test_a_union_is_open_when_any_is_and_counts_nothing_twice() -> None:
    early = office(hours={"mon-fri": ["06:00-14:00"]})
    late = office(hours={"mon-fri": ["13:00-21:00"]})
    both = union("both", early, late)
    assert list(both.windows(at("2026-11-13 00:00"), at("2026-11-14 00:00"))) == [
        (at("2026-11-13 06:00"), at("2026-11-13 21:00"))
    ]
    assert union("more", both, office()).between(at("2026-11-13 00:00"), at("2026-11-14 00:00")) == 15 * HOUR


def test_a_question_that_moves_to_another_zone_is_counted_anew_from_its_start() -> None:
    asked = at("2026-11-13 16:59")  # 10:59 in New York
    assert local(deadline(office(BERLIN), asked, 30 * MINUTE, Counting.WORKING)) == "2026-11-16 09:29"
    moved = deadline(office(NEW_YORK), asked, 30 * MINUTE, Counting.WORKING)
    assert local(moved, NEW_YORK) == "2026-11-13 11:29"
    back = deadline(office(BERLIN), asked, 30 * MINUTE, Counting.WORKING)
    assert local(back) == "2026-11-16 09:29"


def test_equal_calendars_are_equal_whatever_they_were_asked() -> None:
    one, other = office(closed=["2026-12-24", "2026-12-23"]), office(closed=["2026-12-23", "2026-12-24"])
    one.is_open(at("2026-11-13 12:00"))
    assert one == other
    assert hash(one) == hash(other)
    assert isinstance(one, BusinessCalendar)
    assert one != office()
