"""Business calendars: when an office works, and what that makes of a deadline. Pure.

The rule for every zone and every night: **an office is open whenever the clock on its wall shows a time within its
hours.** Where the clock jumps ahead, the times it leaves out do not exist: a span that starts or ends in the gap
starts or ends at the jump, and no work is counted for it. Where it is set back, the hour it shows twice is worked
twice: a night shift over it is an hour longer, and a span that ends within that hour is open in both passes, closed
from its end in the first to the jump. So what anybody reads off the wall is what counts, no minute is lost, and none
is counted that was not there. docs/hours.md says it to moderators.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import lru_cache
from heapq import merge
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from escalation.errors import InputError
from escalation.holidays import HolidayRegion, parse_region
from escalation.hours import (
    WEEKDAYS,
    WHOLE_DAY,
    Days,
    Spans,
    Week,
    in_order,
    parse_date,
    parse_days,
    parse_hours,
    parse_spans,
    show_week,
    texts,
)
from escalation.timing import DAY, Millis
from escalation.worktime import Calendar, Window, merged
from escalation.zones import find_zone, steady

__all__ = [
    "ALWAYS_OPEN",
    "BusinessCalendar",
    "Calendar",
    "Counting",
    "Offices",
    "deadline",
    "from_json",
    "parse_calendar",
    "union",
]

_T = TypeVar("_T")
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class BusinessCalendar(Calendar):
    """One office. A day's hours are its `special` ones; else none if it is in `closed` or a holiday; else the week's.

    A span belongs to the day it starts on: a shift that began on the evening before a holiday runs to its end,
    and one that would begin on the holiday's evening does not take place.
    """

    zone: str
    """IANA name, e.g. "Europe/Berlin"."""
    hours: Week
    holidays: tuple[HolidayRegion, ...] = ()
    closed: tuple[Days, ...] = ()
    special: tuple[tuple[date, Spans], ...] = ()
    """Single days with other hours, with none too; they go before all else."""
    _zone: ZoneInfo = field(init=False, repr=False, compare=False)
    _special: dict[date, Spans] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Puts all parts in order, so that equal calendars are equal. Raises InputError for what can't be."""
        if len(self.hours) != len(WEEKDAYS):
            raise InputError(f"hours has {len(self.hours)} days: give the seven of a week, Monday first")
        days: dict[date, Spans] = {}
        for day, spans in self.special:
            if day in days:
                raise InputError(f"special: {day} is named twice: give each day once")
            days[day] = in_order(spans)
        settled: dict[str, object] = {
            "hours": tuple(in_order(spans) for spans in self.hours),
            "holidays": tuple(sorted(set(self.holidays))),
            "closed": tuple(sorted(set(self.closed))),
            "special": tuple(sorted(days.items())),
            "_zone": find_zone(self.zone),
            "_special": days,
        }
        for name, value in settled.items():
            object.__setattr__(self, name, value)

    def open_windows(self, start: Millis, end: Millis) -> Iterator[Window]:
        return merged(self._stretches(start, end))

    def to_body(self) -> dict[str, object]:
        return {
            "name": self.name,
            "zone": self.zone,
            "hours": show_week(self.hours),
            "holidays": [str(region) for region in self.holidays],
            "closed": [str(days) for days in self.closed],
            "special": {str(day): [str(span) for span in spans] for day, spans in self.special},
        }

    def spans_on(self, day: date) -> Spans:
        """The spans that start on a local date."""
        own = self._special.get(day)
        if own is not None:
            return own
        spans = self.hours[day.weekday()]
        if spans and (any(day in days for days in self.closed) or any(day in one for one in self.holidays)):
            return ()
        return spans

    def _stretches(self, start: Millis, end: Millis) -> Iterator[Window]:
        for since, until, offset in steady(self._zone, start, end):
            # The day before too: its last span may run into this one.
            for day in range((since + offset) // DAY - 1, -(-(until + offset) // DAY)):
                midnight = day * DAY - offset
                for span in self.spans_on(date.fromordinal(_EPOCH + day)):
                    opens, closes = max(since, midnight + span.start), min(until, midnight + span.end)
                    if opens < closes:
                        yield opens, closes


@dataclass(frozen=True, slots=True)
class Offices(Calendar):
    """Several calendars that follow the sun: open when any of them is."""

    members: tuple[Calendar, ...]

    def __post_init__(self) -> None:
        if not self.members:
            raise InputError("offices is empty: name at least one calendar")

    def open_windows(self, start: Millis, end: Millis) -> Iterator[Window]:
        return merged(merge(*(member.windows(start, end) for member in self.members)))

    def to_body(self) -> dict[str, object]:
        return {"name": self.name, "offices": [member.to_body() for member in self.members]}


def union(name: str, *members: Calendar) -> Offices:
    """One calendar that is open when any of `members` is."""
    return Offices(name, members)


ALWAYS_OPEN: Final = BusinessCalendar("always open", "UTC", ((WHOLE_DAY,),) * 7)


class Counting(StrEnum):
    """What a deadline counts, and whether it may ring while closed."""

    WORKING = "working"
    """Working time only."""
    WALL = "wall"
    """All time; it may ring at night."""
    HELD = "held"
    """All time; what is due while closed waits for the opening."""


def deadline(calendar: Calendar, start: Millis, delay: Millis, counting: Counting) -> Millis:
    """When a clock of `delay` that started at `start` rings.

    A deadline that falls exactly at a closing is that closing, in each counting; so for any delay but 0, WALL is
    never later than HELD, nor HELD than WORKING. A delay of 0 is due at once, but under HELD waits for the opening.
    A calendar that does not come to it (no opening for two years, or more than ten years of work) holds nothing:
    wall time counts, since a question must not be lost. After a change of calendar or zone, ask again with the
    same `start`.
    """
    wall = start + delay
    if counting is Counting.WORKING:
        due = calendar.add(start, delay)
    elif counting is Counting.HELD and not calendar.is_open(wall - 1):
        due = calendar.next_open(wall)
    else:
        due = wall
    return wall if due is None else due


def parse_calendar(name: str, given: Mapping[str, Any]) -> Calendar:
    """A calendar in the words of settings: zone, hours, holidays, closed, special; or `offices`, a list of such
    with their `name`s. Raises InputError that names calendar and field."""
    try:
        if "offices" in given:
            _known(given, ("name", "offices"))
            offices = enumerate(_offices(given), 1)
            return Offices(name, tuple(parse_calendar(str(one.get("name", f"{name} {n}")), one) for n, one in offices))
        return _parse_office(name, given)
    except InputError as error:
        raise InputError(f"calendar {name!r}, {error}") from error


def _parse_office(name: str, given: Mapping[str, Any]) -> BusinessCalendar:
    _known(given, ("name", "zone", "hours", "holidays", "closed", "special"))
    special = _table(given, "special")
    return BusinessCalendar(
        name,
        zone=str(given.get("zone", "")),
        hours=parse_hours(dict(_table(given, "hours"))),
        holidays=_each(given, "holidays", parse_region),
        closed=_each(given, "closed", parse_days),
        special=tuple((parse_date(str(day)), parse_spans(spans, f"special, {day}")) for day, spans in special),
    )


def _offices(given: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    value = given["offices"]
    if not isinstance(value, list | tuple) or not all(isinstance(one, Mapping) for one in value):
        raise InputError(f"offices: {value!r} is no list of calendars: write each with its name, zone and hours")
    return list(value)


def _known(given: Mapping[str, Any], allowed: tuple[str, ...]) -> None:
    for field_name in given:
        if field_name not in allowed:
            raise InputError(f"{field_name!r} is no field: allowed are {', '.join(allowed)}")


def _table(given: Mapping[str, Any], name: str) -> list[tuple[str, object]]:
    value = given.get(name, {})
    if not isinstance(value, Mapping):
        raise InputError(f'{name}: {value!r} is no table: write {{"mon-fri" = ["09:00-17:00"]}}, say')
    return list(value.items())


def _each(given: Mapping[str, Any], name: str, parse: Callable[[str], _T]) -> tuple[_T, ...]:
    try:
        return tuple(parse(text) for text in texts(given.get(name, [])))
    except InputError as error:
        raise InputError(f"{name}: {error}") from error


@lru_cache(maxsize=64)
def from_json(text: str) -> Calendar:
    """The calendar that `to_json` wrote; the same text gives the same object, with what it has worked out so far.

    Raises InputError for any other text.
    """
    try:
        body = json.loads(text)
        name = str(body["name"])
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"calendar {text[:80]!r} is no stored calendar: {error!r}") from error
    return parse_calendar(name, body)
