"""Calendars as people write them: what is read, and what is refused with which words."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.calendar import ALWAYS_OPEN, BusinessCalendar, from_json, parse_calendar, union
from escalation.errors import InputError
from escalation.holidays import HolidayRegion, parse_region
from escalation.hours import (
    WEEKDAYS,
    WHOLE_DAY,
    Days,
    Span,
    parse_date,
    parse_days,
    parse_hours,
    parse_span,
    show_week,
)
from escalation.timing import DAY, HOUR, MINUTE
from escalation.zones import find_zone

MUNICH: dict[str, Any] = {
    "zone": "Europe/Berlin",
    "hours": {"mon-fri": ["09:00-17:00"]},
    "holidays": ["DE-BY"],
    "closed": ["2026-12-24..2027-01-01"],
    "special": {"2026-12-23": ["09:00-12:00"]},
}


# -- spans


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("09:00-17:30", 9 * HOUR, 17 * HOUR + 30 * MINUTE),
        (" 9:00 – 17:30 ", 9 * HOUR, 17 * HOUR + 30 * MINUTE),
        ("22:00-06:00", 22 * HOUR, 30 * HOUR),
        ("22:00-00:00", 22 * HOUR, DAY),
        ("22:00-24:00", 22 * HOUR, DAY),
        ("00:00-24:00", 0, DAY),
        ("00:01-00:00", MINUTE, DAY),
        ("12:01-12:00", 12 * HOUR + MINUTE, 36 * HOUR),
    ],
)
def test_spans_are_read(text: str, start: int, end: int) -> None:
    assert parse_span(text) == Span(start, end)


@given(st.integers(0, 1439), st.integers(1, 1439))
def test_a_span_reads_what_it_shows(start: int, length: int) -> None:
    span = Span(start * MINUTE, (start + length) * MINUTE)
    assert parse_span(str(span)) == span
    assert parse_span(str(WHOLE_DAY)) == WHOLE_DAY


@given(st.text(max_size=12) | st.from_regex(r"[0-9]{1,2}:[0-9]{2} ?[-–] ?[0-9]{1,2}:[0-9]{2}", fullmatch=True))
def test_any_text_is_a_span_or_an_input_error(text: str) -> None:
    try:
        span = parse_span(text)
    except InputError:
        return
    assert 0 <= span.start < span.end < 2 * DAY


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("9-17", "write e.g. 09:00-17:30"),
        ("", "write e.g."),
        ("09:00", "write e.g."),
        ("09:00-17:00-18:00", "write e.g."),
        ("٠٩:٠٠-١٧:٠٠", "write e.g."),
        ("09:00-09:00", "is empty"),
        ("00:00-00:00", "00:00-24:00 "),
        ("24:00-06:00", "out of bounds"),
        ("09:60-10:00", "00:00 to 23:59"),
        ("09:00-24:01", "out of bounds"),
        ("25:00-26:00", "out of bounds"),
    ],
)
def test_odd_spans_are_refused(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse_span(text)


@pytest.mark.parametrize(("start", "end"), [(-1, HOUR), (DAY, DAY + HOUR), (HOUR, HOUR), (HOUR, HOUR + DAY), (0, 1)])
def test_spans_that_cannot_be_shown_cannot_be(start: int, end: int) -> None:
    with pytest.raises(InputError, match="span"):
        Span(start, end)


# -- weeks


def test_weeks_are_read() -> None:
    week = parse_hours({"Mon-Wed": ["13:00-17:00", "09:00-12:00"], "thursday, sun": ["10:00-12:00"], "sat": []})
    office, short = (parse_span("09:00-12:00"), parse_span("13:00-17:00")), (parse_span("10:00-12:00"),)
    assert week == (office, office, office, short, (), (), short)


def test_weekdays_may_run_over_the_weekend() -> None:
    week = parse_hours({"sat-mon": ["09:00-12:00"]})
    assert [bool(spans) for spans in week] == [True, False, False, False, False, True, True]


def test_touching_spans_are_no_overlap() -> None:
    assert len(parse_hours({"mon": ["09:00-12:00", "12:00-13:00"]})[0]) == 2


@pytest.mark.parametrize(
    ("given_hours", "words"),
    [
        ({"mo": []}, "'mo' is no weekday: write e.g. mon, mon-fri.*known are mon, tue"),
        ({"": []}, "'' is no weekday"),
        ({"mon-": []}, "'' is no weekday"),
        ({"mon-fri-sun": []}, "is no weekday"),
        ({"mon-fri": [], "fri": []}, "fri: fri is named twice"),
        ({"mon,mon": []}, "mon is named twice"),
        ({"mon": "09:00-17:00"}, "hours, mon: '09:00-17:00' is no list"),
        ({"mon": None}, "hours, mon: None is no list"),
        ({"mon": [9]}, "hours, mon: 9 is no text"),
        ({"mon": ["9-5"]}, "hours, mon: span '9-5'"),
        ({"mon": ["09:00-12:00", "11:59-13:00"]}, "hours, mon: spans 09:00-12:00 and 11:59-13:00 overlap"),
        ({"mon": ["22:00-06:00", "23:00-23:30"]}, "overlap"),
    ],
)
def test_odd_weeks_are_refused(given_hours: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse_hours(given_hours)


def test_a_week_reads_what_it_shows() -> None:
    week = parse_hours({"mon-thu": ["09:00-12:00", "22:00-06:00"], "sun": ["00:00-24:00"]})
    assert parse_hours(show_week(week)) == week
    assert set(show_week(week)) == {*WEEKDAYS[:4], "sun"}


# -- days


def test_days_are_read() -> None:
    assert parse_days("2026-12-24") == Days(date(2026, 12, 24), date(2026, 12, 24))
    assert str(parse_days("2026-12-24 .. 2027-01-01")) == "2026-12-24..2027-01-01"
    assert parse_date("2028-02-29") == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("24.12.2026", "can't be read: write e.g. 2026-12-24"),
        ("20261224", "can't be read"),
        ("2026-W01-1", "can't be read"),
        ("2027-02-29", "does not exist"),
        ("2026-12-24..", "can't be read"),
        ("2026-12-24..2026-12-23", "the last day is before the first"),
        ("2026-12-24 00:00:00", "can't be read"),
    ],
)
def test_odd_days_are_refused(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse_days(text)


# -- zones and holidays


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("europe/berlin", "nearby are Europe/Berlin"),
        ("Berlin", "nearby are Europe/Berlin"),
        ("new york", "nearby are America/New_York"),
        ("Europe/Munich", "nearby are Europe/"),
        ("Europe", "nearby are Europe/"),
        ("CEST", "write an IANA name, e.g. Europe/Berlin"),
        ("", "write an IANA name"),
        ("../etc/passwd", "write an IANA name"),
        ("/etc/localtime", "write an IANA name"),
        ("localtime", "write an IANA name"),
        ("right/Europe/Berlin", "nearby are Europe/Berlin"),
        ("Europe/Ber\0lin", "nearby are Europe/Berlin"),
    ],
)
def test_unknown_zones_are_refused_with_the_known_ones_nearby(name: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        find_zone(name)


@pytest.mark.parametrize(
    ("text", "country", "region"),
    [
        ("DE", "DE", ""),
        ("de-by", "DE", "BY"),
        (" US-CA ", "US", "CA"),
        ("uk-sct", "GB", "SCT"),
        ("DE-augsburg", "DE", "Augsburg"),
    ],
)
def test_regions_are_read(text: str, country: str, region: str) -> None:
    assert parse_region(text) == HolidayRegion(country, region)
    assert parse_region(str(parse_region(text))) == parse_region(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Germany", r"unknown country 'Germany'; nearby are DE \(Germany\)"),
        ("DEU", r"nearby are DE \(Germany\)"),
        ("QX", r"unknown country 'QX'; known are QA \(Qatar\)"),
        ("", "ISO 3166"),
        ("DE-", "names no region"),
        ("DE-Bayern", r"DE has no region 'Bayern'; nearby are BY \(Bayern\).*known are BB, BE, BW, BY"),
        ("DE-CA", "DE has no region 'CA'.*known are BB"),
        ("IT-XX", "and [0-9]+ more"),
        ("AF-KAB", "AF has no regions here: write AF alone"),
    ],
)
def test_unknown_regions_are_refused_with_the_known_ones_nearby(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse_region(text)


def test_holidays_of_any_year_are_found() -> None:
    bavaria = parse_region("DE-BY")
    assert date(2026, 1, 6) in bavaria
    assert date(2026, 1, 7) not in bavaria
    assert date(2026, 1, 6) not in parse_region("DE")
    for unknown in (date(2999, 1, 1), date(1900, 1, 1)):  # to the package, so days like others
        assert unknown not in bavaria
        assert unknown not in parse_region("IN")
    assert date(2021, 12, 31) in parse_region("US")  # New Year's Day, moved into the year before


# -- whole calendars


def test_a_calendar_in_words() -> None:
    munich = parse_calendar("munich", MUNICH)
    assert isinstance(munich, BusinessCalendar)
    assert (munich.name, munich.zone) == ("munich", "Europe/Berlin")
    assert munich.holidays == (HolidayRegion("DE", "BY"),)
    assert munich.closed == (Days(date(2026, 12, 24), date(2027, 1, 1)),)
    assert munich.special == ((date(2026, 12, 23), (parse_span("09:00-12:00"),)),)


def test_dates_of_toml_are_dates() -> None:
    written = MUNICH | {"closed": [date(2026, 12, 24)]}
    assert parse_calendar("munich", written) == parse_calendar("munich", MUNICH | {"closed": ["2026-12-24"]})


def test_the_order_in_which_things_are_written_does_not_matter() -> None:
    one = parse_calendar("munich", MUNICH | {"closed": ["2026-12-24", "2026-05-01"], "holidays": ["DE-BY", "AT"]})
    other = parse_calendar(
        "munich", MUNICH | {"closed": ["2026-05-01", "2026-12-24"], "holidays": ["at", "de-by", "AT"]}
    )
    assert one == other
    assert one.to_json() == other.to_json()


def test_the_text_of_a_calendar_is_stable() -> None:
    text = (
        '{"closed": ["2026-12-24..2027-01-01"], "holidays": ["DE-BY"], "hours": {"mon": ["09:00-17:00"]}, '
        '"name": "münchen", "special": {"2026-12-23": ["22:00-06:00"]}, "zone": "Europe/Berlin"}'
    )
    assert json.loads(from_json(text).to_json()) == json.loads(text)
    assert from_json(text).to_json() == json.dumps(json.loads(text), sort_keys=True)
    for calendar in (ALWAYS_OPEN, union("sun", ALWAYS_OPEN, union("moon", from_json(text)))):
        assert from_json(calendar.to_json()) == calendar


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"zone": "Berlin"}, "calendar 'munich', zone 'Berlin' is unknown; nearby are Europe/Berlin"),
        ({"zon": "UTC"}, "'zon' is no field: allowed are name, zone, hours, holidays, closed, special"),
        ({"hours": ["09:00-17:00"]}, "hours: .* is no table"),
        ({"holidays": "DE-BY"}, "holidays: 'DE-BY' is no list"),
        ({"holidays": ["XX"]}, "calendar 'munich', holidays: unknown country"),
        ({"closed": ["24.12."]}, "calendar 'munich', closed: day '24.12.'"),
        ({"special": {"2026-12-23": "09:00-12:00"}}, "special, 2026-12-23: .* is no list"),
        ({"special": {"23.12.": []}}, "day '23.12.' can't be read"),
        ({"special": {"2026-12-23": [], " 2026-12-23": []}}, "2026-12-23 is named twice"),
        ({"offices": []}, "'zone' is no field"),
    ],
)
def test_odd_calendars_are_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse_calendar("munich", MUNICH | change)


@pytest.mark.parametrize(
    ("offices", "words"),
    [
        ([], "offices is empty: name at least one"),
        ("munich", "offices: 'munich' is no list of calendars"),
        (["munich"], "is no list of calendars"),
        ([MUNICH, MUNICH | {"zone": "x"}], "calendar 'sun', calendar 'sun 2', zone 'x' is unknown"),
    ],
)
def test_odd_offices_are_refused(offices: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse_calendar("sun", {"offices": offices})


@pytest.mark.parametrize("text", ["", "{}", "[]", "3", '{"name": "x", "zone": 3}', '{"name": "x", "offices": 3}'])
def test_other_texts_are_no_stored_calendar(text: str) -> None:
    with pytest.raises(InputError, match="calendar"):
        from_json(text)


def test_parts_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="seven of a week"):
        BusinessCalendar("x", "UTC", ((), ()))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="overlap"):
        BusinessCalendar("x", "UTC", ((WHOLE_DAY, WHOLE_DAY),) * 7)
    with pytest.raises(InputError, match="named twice"):
        BusinessCalendar("x", "UTC", ((),) * 7, special=((date(2026, 1, 1), ()), (date(2026, 1, 1), ())))
