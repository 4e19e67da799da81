"""Rotations: people take turns, by the local clock. Pure; instants are UTC milliseconds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from escalation.errors import InputError
from escalation.hours import WEEKDAYS, Span, Week
from escalation.timing import DAY, HOUR, MINUTE, Millis
from escalation.wallclock import first_moment, midnight, wall, weekday_of

MOST: Final = 1_000
"""Hours, days or weeks that a turn may last at most: more is a typing mistake."""
_EVERY = re.compile(r"([0-9]{1,4})\s*(h|d|w)")
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


class Unit(StrEnum):
    """What a turn's length is counted in."""

    HOURS = "h"
    DAYS = "d"
    WEEKS = "w"


_LENGTHS: Final = {Unit.HOURS: HOUR, Unit.DAYS: DAY, Unit.WEEKS: 7 * DAY}


@dataclass(frozen=True, slots=True)
class Rotation:
    """People take turns in order, from the local date `starts` on; before it nobody is on.

    The hand-over comes every `every` units at `at` local time, whatever the clocks do: 09:00 stays 09:00, and a
    turn in the night of a clock change lasts an hour more or less. With a `weekday` the turns end on that day of
    the week, so that the first one is cut short if `starts` is another day.
    """

    people: tuple[str, ...]
    """Ids, in the order of their turns; nobody at all is allowed, and then nobody is on."""
    every: int
    unit: Unit
    starts: date
    at: Millis = 9 * HOUR
    """Wall clock after midnight, on a whole minute."""
    weekday: int | None = None
    """0 is Monday; only for turns of weeks."""
    hours: Week | None = None
    """On only within these spans of the local week; turns pass outside of them too. None: around the clock."""
    _anchor: Millis = field(init=False, repr=False, compare=False)
    _begins: Millis = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Raises InputError that names the field."""
        if not 1 <= self.every <= MOST:
            raise InputError(f"every: {self.every}{self.unit} is out of bounds: 1 to {MOST} hours, days or weeks")
        if not 0 <= self.at < DAY or self.at % MINUTE:
            raise InputError(f"at: {self.at} ms is no time of day on a whole minute")
        if self.weekday is not None and (self.unit is not Unit.WEEKS or self.weekday not in range(7)):
            raise InputError("weekday: only turns of whole weeks have one: write every as e.g. 1w")
        if not all(self.people):
            raise InputError("people: an empty name; leave the list empty where nobody is on")
        begins = midnight(self.starts) + self.at
        back = 0 if self.weekday is None else (self.starts.weekday() - self.weekday) % 7
        object.__setattr__(self, "_begins", begins)
        object.__setattr__(self, "_anchor", begins - back * DAY)

    @property
    def length(self) -> Millis:
        """Of one turn, in wall-clock milliseconds."""
        return self.every * _LENGTHS[self.unit]

    def on(self, zone: ZoneInfo, at: Millis) -> str | None:
        """Who is on at `at` by this rotation alone; None: nobody."""
        if not self.people or at < first_moment(zone, self._begins) or not self._within(zone, at):
            return None
        turn = (wall(zone, at) - self._anchor) // self.length
        # The clock may have gone back since the last hand-over, which does not undo it.
        while first_moment(zone, self._anchor + (turn + 1) * self.length) <= at:
            turn += 1
        return self.people[turn % len(self.people)]

    def changes(self, zone: ZoneInfo, start: Millis, end: Millis) -> Iterator[Millis]:
        """The moments in [start, end] at which somebody may come or go, in any order, some more than once."""
        if not self.people:
            return
        for shown in self._times(wall(zone, start) - DAY, wall(zone, end) + DAY):
            at = first_moment(zone, shown)
            if start <= at <= end:
                yield at

    def _times(self, start: Millis, end: Millis) -> Iterator[Millis]:
        """The wall times of hand-overs, openings and closings between two wall times."""
        yield self._begins
        if len(set(self.people)) > 1:
            turn = max(0, (start - self._anchor) // self.length)
            yield from range(self._anchor + turn * self.length, end + 1, self.length)
        if self.hours is not None:
            for day in range(start // DAY - 1, end // DAY + 1):
                for span in self.hours[weekday_of(day)]:
                    yield from (day * DAY + span.start, day * DAY + span.end)

    def _within(self, zone: ZoneInfo, at: Millis) -> bool:
        if self.hours is None:
            return True
        today = wall(zone, at) // DAY
        # Yesterday's night shift may run into today; a clock set back over midnight is in tomorrow's hours already.
        return any(
            _covers(zone, day, span, at)
            for day in (today - 1, today, today + 1)
            for span in self.hours[weekday_of(day)]
        )  # fmt: skip


def _covers(zone: ZoneInfo, day: int, span: Span, at: Millis) -> bool:
    opens, closes = day * DAY + span.start, day * DAY + span.end
    return first_moment(zone, opens) <= at < first_moment(zone, closes)


def parse_every(text: str) -> tuple[int, Unit]:
    """The length of a turn: "12h", "1d", "2w". Raises InputError."""
    found = _EVERY.fullmatch(text.strip().casefold())
    if found is None or not 1 <= int(found[1]) <= MOST:
        raise InputError(f"{text!r} is no length of a turn: write e.g. 12h, 1d or 2w, up to {MOST} of them")
    return int(found[1]), Unit(found[2])


def parse_clock(text: str) -> Millis:
    """The time of day "09:00" as milliseconds after midnight. Raises InputError."""
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        raise InputError(f"{text!r} is no time of day: write 00:00 to 23:59")
    return int(found[1]) * HOUR + int(found[2]) * MINUTE


def parse_weekday(text: str) -> int:
    """0 for "mon" or "Monday". Raises InputError."""
    given = text.strip().casefold()
    for number, name in enumerate(_DAYS):
        if given in (name, name[:3]):
            return number
    raise InputError(f"{text!r} is no weekday: write one of {', '.join(WEEKDAYS)}")
