"""Arithmetic over open windows of UTC time, whoever says which they are. Pure.

Windows are half-open: an office is open at the millisecond it opens and closed at the one it closes. They are worked
out a UTC week at a time and kept, with running totals, so that near and far deadlines cost microseconds.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import accumulate
from typing import Final, NamedTuple

from escalation.errors import InputError
from escalation.timing import DAY, Millis, millis

Window = tuple[Millis, Millis]
"""Open from the first until just before the second, UTC milliseconds."""

SEARCH: Final[Millis] = 731 * DAY
"""How far `next_open` and `next_close` look: two years, also with a leap day."""
WEEK: Final[Millis] = 7 * DAY
FURTHEST: Final = 522
"""Weeks that `add` walks at the most: ten years."""
IDLE: Final = SEARCH // WEEK - 2
"""Weeks without an opening that `add` walks over in a row: with the ends of those around them, less than `SEARCH`."""
_KEPT = 640
"""Weeks kept in memory for each calendar: more than `add` walks, about 1 MB when all are used."""
_FIRST = millis(datetime(1900, 1, 1, tzinfo=UTC)) // WEEK
_LAST = millis(datetime(3000, 1, 1, tzinfo=UTC)) // WEEK


class OpenWeek(NamedTuple):
    """The open windows of one UTC week, with what they add up to before each and in all."""

    opens: tuple[Millis, ...]
    closes: tuple[Millis, ...]
    before: tuple[Millis, ...]

    def passed(self, at: Millis) -> Millis:
        """Open milliseconds from the week's start to `at`."""
        count = bisect_right(self.opens, at)
        if not count:
            return 0
        return self.before[count - 1] + min(at, self.closes[count - 1]) - self.opens[count - 1]


@dataclass(frozen=True, slots=True)
class Calendar(ABC):
    """Times at which somebody works. All times are UTC milliseconds of the years 1900 to 2999."""

    name: str
    _weeks: dict[int, OpenWeek] = field(init=False, repr=False, compare=False, default_factory=dict)

    @abstractmethod
    def open_windows(self, start: Millis, end: Millis) -> Iterable[Window]:
        """Works out the open windows within [start, end): in order, touching ones merged."""

    @abstractmethod
    def to_body(self) -> dict[str, object]:
        """The calendar in plain words, as settings and snapshots hold it."""

    def to_json(self) -> str:
        """Stable text of the whole calendar: equal calendars give equal bytes."""
        return json.dumps(self.to_body(), sort_keys=True)

    def is_open(self, at: Millis) -> bool:
        """Whether somebody works at `at`: at an opening yes, at a closing no."""
        week = self._weeks.get(at // WEEK) or self._week(at // WEEK)
        count = bisect_right(week.opens, at)
        return count > 0 and at < week.closes[count - 1]

    def between(self, start: Millis, end: Millis) -> Millis:
        """Open milliseconds within [start, end); 0 if `end` is not after `start`."""
        if end <= start:
            return 0
        first, last = start // WEEK, end // WEEK
        total = self._week(last).passed(end) - self._week(first).passed(start)
        for index in range(first, last):
            total += self._week(index).before[-1]
        return total

    def add(self, start: Millis, working: Millis) -> Millis | None:
        """The first moment at which `working` milliseconds of open time have passed since `start`.

        Time that runs out exactly at a closing gives that closing, not the next opening. Nothing to wait for
        (0) gives `start` itself, also when closed. None if it takes more than ten years, or if two years go by
        without an opening (102 whole weeks, so that `next_open` finds one wherever this does).
        """
        if working <= 0:
            if working < 0:
                raise InputError(f"working time {working} ms is out of bounds: 0 or more")
            return start
        index = start // WEEK
        week = self._week(index)
        left = working + week.passed(start)
        furthest, idle = index + FURTHEST, 0
        while left > week.before[-1]:
            left -= week.before[-1]
            idle = 0 if week.opens else idle + 1
            index += 1
            if index > furthest or idle > IDLE:
                return None
            week = self._week(index)
        window = bisect_left(week.before, left) - 1
        return week.opens[window] + left - week.before[window]

    def next_open(self, at: Millis) -> Millis | None:
        """`at` itself if open, else the next opening; None if there is none within two years."""
        window = next(self._clipped(at, at + SEARCH), None)
        return window and window[0]

    def next_close(self, at: Millis) -> Millis | None:
        """The first closing after `at`: of this stretch if open, else of the next; None if none within two years."""
        window = next(self.windows(at, at + SEARCH + 1), None)
        return window[1] if window and window[1] <= at + SEARCH else None

    def windows(self, start: Millis, end: Millis) -> Iterator[Window]:
        """The open windows within [start, end), clipped to it, in order; touching ones are one."""
        return merged(self._clipped(start, end))

    def _clipped(self, start: Millis, end: Millis) -> Iterator[Window]:
        for index in range(start // WEEK, -(-end // WEEK)):
            week = self._week(index)
            for opens, closes in zip(week.opens, week.closes, strict=True):
                since, until = max(opens, start), min(closes, end)
                if since < until:
                    yield since, until

    def _week(self, index: int) -> OpenWeek:
        week = self._weeks.get(index)
        if week is None:
            if not _FIRST <= index < _LAST:
                raise InputError(f"time {index * WEEK} ms is out of bounds: milliseconds of the years 1900 to 2999")
            found = list(self.open_windows(index * WEEK, (index + 1) * WEEK))
            before = tuple(accumulate((closes - opens for opens, closes in found), initial=0))
            week = OpenWeek(tuple(opens for opens, _ in found), tuple(closes for _, closes in found), before)
            if len(self._weeks) >= _KEPT:
                self._weeks.clear()
            self._weeks[index] = week
        return week


def merged(windows: Iterable[Window]) -> Iterator[Window]:
    """Windows that come in order of their start, with those that touch or overlap made one."""
    last: Window | None = None
    for opens, closes in windows:
        if last is None:
            last = opens, closes
        elif opens <= last[1]:
            last = last[0], max(closes, last[1])
        else:
            yield last
            last = opens, closes
    if last is not None:
        yield last
