"""Working hours in words: spans of the local day, the week they make, closing days. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

from escalation.errors import InputError
from escalation.timing import DAY, HOUR, MINUTE, Millis

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FULL_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SPAN = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*[-–]\s*([0-9]{1,2}):([0-9]{2})")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SPAN_HELP = "write e.g. 09:00-17:30, 22:00-06:00 (ends on the next day) or 00:00-24:00 (the whole day)"
_DAYS_HELP = "write e.g. mon, mon-fri or sat,sun"
_DATE_HELP = "write e.g. 2026-12-24, or 2026-12-24..2027-01-01 with the last day included"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Open from `start` until just before `end`: milliseconds of wall clock after midnight, on whole minutes.

    An `end` beyond 24 hours lies on the next day; the span still belongs to the day it starts on.
    """

    start: Millis
    end: Millis

    def __post_init__(self) -> None:
        fits = 0 <= self.start < DAY and self.start < self.end <= max(DAY, self.start + DAY - MINUTE)
        if not fits or self.start % MINUTE or self.end % MINUTE:
            raise InputError(f"span {self.start}..{self.end} ms: within a day from its start, on whole minutes")

    def __str__(self) -> str:
        end = self.end if self.end <= DAY else self.end - DAY
        return f"{_clock(self.start)}-{_clock(end)}"


Spans = tuple[Span, ...]
Week = tuple[Spans, Spans, Spans, Spans, Spans, Spans, Spans]
"""The spans of each weekday, Monday first."""

WHOLE_DAY: Final = Span(0, DAY)


def _clock(at: Millis) -> str:
    return f"{at // HOUR:02d}:{at % HOUR // MINUTE:02d}"


def parse_span(text: str) -> Span:
    """The span "09:00-17:30"; "22:00-06:00" ends on the next day, "00:00-24:00" is the whole day.

    Raises InputError for anything else, also for a span that starts and ends at the same time.
    """
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise InputError(f"span {text!r} can't be read: {_SPAN_HELP}")
    hours, minutes, end_hours, end_minutes = map(int, found.groups())
    start, end = hours * HOUR + minutes * MINUTE, end_hours * HOUR + end_minutes * MINUTE
    if minutes > 59 or end_minutes > 59 or start >= DAY or end > DAY:
        raise InputError(f"span {text!r} is out of bounds: times are 00:00 to 23:59, and 24:00 as an end")
    if start == end:
        raise InputError(f"span {text!r} is empty: {_SPAN_HELP}")
    return Span(start, end if end > start else end + DAY)


def in_order(spans: Iterable[Span]) -> Spans:
    """The spans of one day by their start. Raises InputError if two of them overlap.

    A span may run into the next day's hours, as shifts do at their hand-over: that time counts once.
    """
    ordered = tuple(sorted(spans))
    for one, other in pairwise(ordered):
        if other.start < one.end:
            raise InputError(f"spans {one} and {other} overlap: write them as one, or apart")
    return ordered


def parse_spans(given: object, what: str) -> Spans:
    """The spans of one day from a list of texts; an empty list is a day without hours.

    `what` names the field in the InputError.
    """
    try:
        return in_order(parse_span(text) for text in texts(given))
    except InputError as error:
        raise InputError(f"{what}: {error}") from error


def texts(given: object) -> list[str]:
    """A list of texts or dates as texts. Raises InputError for anything else, a bare text among it."""
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise InputError(f'{given!r} is no list: write ["..."], or [] for none')
    wrong = [one for one in given if not isinstance(one, str | date)]
    if wrong:
        raise InputError(f"{wrong[0]!r} is no text: put it in quotes")
    return [str(one) for one in given]


def parse_hours(given: Mapping[str, object]) -> Week:
    """The week {"mon-fri": ["09:00-12:30", "13:30-17:00"], "sat,sun": []}; a weekday not named is closed.

    Raises InputError for an unknown weekday, one that is named twice, and spans that overlap or can't be read.
    """
    week: dict[int, Spans] = {}
    for key, value in given.items():
        spans = parse_spans(value, f"hours, {key}")
        for day in _weekdays(key):
            if day in week:
                raise InputError(f"hours, {key}: {WEEKDAYS[day]} is named twice: give each weekday once")
            week[day] = spans
    mon, tue, wed, thu, fri, sat, sun = (week.get(day, ()) for day in range(7))
    return mon, tue, wed, thu, fri, sat, sun


def _weekdays(text: str) -> list[int]:
    days = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        start = _weekday(first, text)
        end = _weekday(last, text) if dash else start
        days += [(start + ahead) % 7 for ahead in range((end - start) % 7 + 1)]
    return days


def _weekday(name: str, text: str) -> int:
    plain = name.strip().casefold()
    for names in (WEEKDAYS, _FULL_NAMES):
        if plain in names:
            return names.index(plain)
    raise InputError(f"hours, {text}: {name.strip()!r} is no weekday: {_DAYS_HELP}; known are {', '.join(WEEKDAYS)}")


def show_week(week: Week) -> dict[str, list[str]]:
    """What `parse_hours` reads back, one weekday a key, without those that are closed."""
    return {name: [str(span) for span in spans] for name, spans in zip(WEEKDAYS, week, strict=True) if spans}


@dataclass(frozen=True, slots=True, order=True)
class Days:
    """Local dates from `first` to `last`, both included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise InputError(f"days {self}: the last day is before the first")

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}..{self.last}"


def parse_days(text: str) -> Days:
    """One date "2026-12-24" or a range "2026-12-24..2027-01-01", both ends included. Raises InputError."""
    first, dots, last = text.partition("..")
    start = parse_date(first)
    return Days(start, parse_date(last) if dots else start)


def parse_date(text: str) -> date:
    """The local date "2026-12-24". Raises InputError for other forms and for days that do not exist."""
    plain = text.strip()
    try:
        if _DATE.fullmatch(plain):
            return date.fromisoformat(plain)
    except ValueError as error:
        raise InputError(f"day {text!r} does not exist: {error}") from error
    raise InputError(f"day {text!r} can't be read: {_DATE_HELP}")


def nearby(given: str, known: Mapping[str, str]) -> str:
    """ "; nearby are A, B" for an error's text: those of `known` (what people may write, to what is right) that
    look like `given`, or nothing."""
    plain = {name.casefold(): right for name, right in known.items()}
    wanted = given.strip().casefold().replace(" ", "_")
    close = difflib.get_close_matches(wanted, plain, n=3, cutoff=0.6)
    close += [name for name in sorted(plain) if len(wanted) > 2 and wanted in name]
    found = list(dict.fromkeys(plain[name] for name in close))
    return f"; nearby are {', '.join(found[:5])}" if found else ""
