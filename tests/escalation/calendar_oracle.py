"""Working time counted minute by minute: an oracle for calendars that shares nothing with them but the data.

Each UTC minute of a few years is turned into the minute that the office's clock shows, and looked up among those
within the hours. No windows, no jumps, no search for them: an array of yes and no, and its running total.
"""

from __future__ import annotations

import warnings
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import numpy as np
import numpy.typing as npt

Minutes = npt.NDArray[np.int64]
Answers = npt.NDArray[np.int64]

DAY = 1440
MINUTE = 60_000
MARGIN = 3
"""Days on either side of the years, so that shifts over their ends are whole."""
SAMPLE = 30
"""The zone is asked each half hour, and each minute of a half hour in which its answer changes."""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NEVER = -1
"""Not within the years that were counted."""


def offset(zone: str, minute: int) -> int:
    """Minutes that the zone's clock shows beyond UTC at a minute since 1970."""
    shown = datetime.fromtimestamp(minute * 60, ZoneInfo(zone)).replace(tzinfo=UTC)
    return int(shown.timestamp()) // 60 - minute


@lru_cache(maxsize=4)
def shown_minutes(zone: str, first: int, years: int) -> tuple[int, Minutes, Minutes]:
    """The first UTC minute; the minute (since 1970, as if it were UTC) that the office's clock shows at each; where
    it jumps."""
    begin = int(datetime(first, 1, 1, tzinfo=UTC).timestamp()) // 60
    count = int(datetime(first + years, 1, 1, tzinfo=UTC).timestamp()) // 60 - begin
    samples = [offset(zone, begin + at) for at in range(0, count + SAMPLE, SAMPLE)]
    ahead = np.repeat(np.array(samples, np.int64), SAMPLE)[:count]
    jumps = []
    for at in np.flatnonzero(np.diff(samples)).tolist():
        for minute in range(at * SAMPLE, min((at + 1) * SAMPLE, count)):
            ahead[minute] = offset(zone, begin + minute)
        jumps.append(begin + (at + 1) * SAMPLE)
    return begin, begin + np.arange(count, dtype=np.int64) + ahead, np.array(jumps, np.int64)


@cache
def holiday_list(region: str, year: int) -> frozenset[date]:
    country, _, subdivision = region.partition("-")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return frozenset(holidays.country_holidays(country, subdiv=subdivision or None, years=[year]))


def clock(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def day_spans(office: dict[str, Any], day: date) -> list[str]:
    """The texts of the spans that start on this day."""
    if str(day) in office["special"]:
        return list(office["special"][str(day)])
    ranges = [one.split("..") for one in office["closed"]]
    if any(one[0] <= str(day) <= one[-1] for one in ranges):
        return []
    if any(day in holiday_list(region, day.year) for region in office["holidays"]):
        return []
    return list(office["hours"].get(WEEKDAYS[day.weekday()], []))


def open_minutes(office: dict[str, Any], first: int, years: int) -> npt.NDArray[np.bool_]:
    """For each UTC minute of the years, whether the office's clock then shows a minute within its hours."""
    _, shown, _ = shown_minutes(office["zone"], first, years)
    start, end = date(first, 1, 1) - timedelta(MARGIN), date(first + years, 1, 1) + timedelta(MARGIN)
    within = np.zeros(((end - start).days + 1) * DAY, np.bool_)
    for index in range((end - start).days):
        for span in day_spans(office, start + timedelta(index)):
            opens, closes = (clock(text) for text in span.split("-"))
            closes += DAY if closes <= opens else 0
            within[index * DAY + opens : index * DAY + closes] = True
    base = (start - date(1970, 1, 1)).days * DAY
    return within[shown - base]


class Oracle:
    """Answers for many instants at once, in UTC milliseconds, from the open minutes of some years."""

    def __init__(self, offices: list[dict[str, Any]], first: int, years: int = 3) -> None:
        self.begin = shown_minutes(offices[0]["zone"], first, years)[0] * MINUTE
        self.open = np.logical_or.reduce([open_minutes(office, first, years) for office in offices])
        self.end = self.begin + len(self.open) * MINUTE
        self.total = np.concatenate(([0], np.cumsum(self.open, dtype=np.int64))) * MINUTE
        edges = np.diff(self.open.astype(np.int8))
        self.openings = self.begin + (np.flatnonzero(edges == 1) + 1) * MINUTE
        self.closings = self.begin + (np.flatnonzero(edges == -1) + 1) * MINUTE

    def is_open(self, at: Answers) -> npt.NDArray[np.bool_]:
        found: npt.NDArray[np.bool_] = self.open[(at - self.begin) // MINUTE]
        return found

    def passed(self, at: Answers) -> Answers:
        minute, rest = np.divmod(at - self.begin, MINUTE)
        found: Answers = self.total[minute] + rest * self.open[minute]
        return found

    def between(self, start: Answers, end: Answers) -> Answers:
        return self.passed(end) - self.passed(start)

    def add(self, start: Answers, working: Answers) -> Answers:
        """The first moment with so much working time behind it."""
        wanted = self.passed(start) + working
        after = np.searchsorted(self.total, wanted, "left")
        reached = self.begin + (after - 1) * MINUTE + wanted - self.total[after - 1]
        return np.where(working == 0, start, np.where(after < len(self.total), reached, NEVER))

    def next_open(self, at: Answers) -> Answers:
        return np.where(self.is_open(at), at, _after(self.openings, at, "left"))

    def next_close(self, at: Answers) -> Answers:
        return _after(self.closings, at, "right")


def _after(edges: Answers, at: Answers, side: Any) -> Answers:
    return np.append(edges, NEVER)[np.searchsorted(edges, at, side)]
