"""Instants and durations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.errors import InputError
from escalation.timing import DAY, HOUR, LONGEST, MINUTE, SECOND, about, format_duration, millis, moment, parse_duration

lengths = st.integers(0, LONGEST)
instants = st.integers(0, 4_000 * 366 * DAY)


@given(lengths)
def test_what_is_formatted_is_read_back(length: int) -> None:
    assert parse_duration(format_duration(length)) == length


@given(lengths)
def test_case_and_blanks_do_not_matter(length: int) -> None:
    spread = format_duration(length).replace("d", "d ").replace("h", "H ").upper()
    assert parse_duration(f"  {spread}") == length


@given(st.text(max_size=12))
def test_any_text_is_a_duration_or_an_input_error(text: str) -> None:
    try:
        length = parse_duration(text)
    except InputError:
        return
    assert 0 <= length <= LONGEST


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("0", 0),
        ("90s", 90 * SECOND),
        ("45m", 45 * MINUTE),
        ("2h30m", 2 * HOUR + 30 * MINUTE),
        ("1d 6h", 30 * HOUR),
        ("1w", 7 * DAY),
        ("250ms", 250),
        ("90m", 90 * MINUTE),
    ],
)
def test_durations_people_write(text: str, length: int) -> None:
    assert parse_duration(text) == length


@pytest.mark.parametrize(
    "text", ["", " ", "5", "-5m", "1.5h", "1h1h", "1m1h", "m", "5 minutes", "1h30", "1e3s", "1h,2m"]
)
def test_what_is_not_a_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InputError, match=r"is not a duration: write e\.g\. 45m"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "bounds"), [("59s", {"least": MINUTE}), ("2h", {"most": HOUR}), ("53w", {}), ("999999999w", {})]
)
def test_a_duration_out_of_bounds_is_refused_with_the_bounds(text: str, bounds: dict[str, int]) -> None:
    least, most = format_duration(bounds.get("least", 0)), format_duration(bounds.get("most", LONGEST))
    with pytest.raises(InputError, match=f"'{text}' is out of bounds: {least} to {most}"):
        parse_duration(text, **bounds)


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (-5, "0s"),
        (999, "0s"),
        (42 * SECOND, "42s"),
        (90 * SECOND, "1m 30s"),
        (12 * MINUTE + 5 * SECOND, "12m"),
        (5_420_000, "1h 30m"),
        (2 * HOUR, "2h"),
        (3 * DAY + 4 * HOUR + 5 * MINUTE, "3d 4h"),
    ],
)
def test_people_read_two_units_at_the_most(length: int, text: str) -> None:
    assert about(length) == text


@given(instants)
def test_instants_survive_the_way_out_and_back(at: int) -> None:
    assert millis(moment(at)) == at
    assert moment(at).tzinfo is UTC


@given(instants, st.integers(-23, 23))
def test_an_instant_is_the_same_in_every_zone(at: int, hours: int) -> None:
    assert millis(moment(at).astimezone(timezone(timedelta(hours=hours)))) == at


def test_less_than_a_millisecond_is_cut_off() -> None:
    assert millis(datetime(1970, 1, 1, 0, 0, 1, 999, tzinfo=UTC)) == 1000


def test_a_naive_time_is_refused_with_a_remedy() -> None:
    with pytest.raises(InputError, match=r"has no offset: write e\.g\. 2026-01-05T10:00:00\+00:00"):
        millis(datetime(2026, 1, 5, 10))  # noqa: DTZ001
