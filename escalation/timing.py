"""Instants and durations. The core counts UTC milliseconds; the outside speaks aware datetimes."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from escalation.errors import InputError

Millis = int

SECOND: Final[Millis] = 1_000
MINUTE: Final[Millis] = 60 * SECOND
HOUR: Final[Millis] = 60 * MINUTE
DAY: Final[Millis] = 24 * HOUR
LONGEST: Final[Millis] = 366 * DAY
"""Upper bound of any configured duration: beyond a year it is a typing mistake."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = {"ms": 1, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
_PART = re.compile(r"(\d{1,9})\s*(ms|s|m|h|d|w)\s*")


def millis(at: datetime) -> Millis:
    """UTC milliseconds of an aware datetime. Raises InputError for a naive one."""
    if at.tzinfo is None:
        raise InputError(f"time {at.isoformat()} has no offset: write e.g. {at.isoformat()}+00:00")
    return (at - _EPOCH) // timedelta(milliseconds=1)


def moment(at: Millis) -> datetime:
    """The aware UTC datetime of `at`."""
    return _EPOCH + timedelta(milliseconds=at)


def parse_duration(text: str, *, least: Millis = 0, most: Millis = LONGEST) -> Millis:
    """Milliseconds of "45m", "2h30m", "1d 6h", "90s" or "0"; each unit at most once, largest first.

    Raises InputError that names what was given, what is allowed and the bounds.
    """
    given = text.strip().lower()
    total, end, last = 0, 0, LONGEST
    for part in _PART.finditer(given):
        unit = _UNITS[part[2]]
        if part.start() != end or unit >= last:
            break
        total, end, last = total + int(part[1]) * unit, part.end(), unit
    if given != "0" and (end != len(given) or not given):
        raise InputError(f"{text!r} is not a duration: write e.g. 45m, 2h30m, 1d (units w d h m s ms)")
    if not least <= total <= most:
        raise InputError(f"{text!r} is out of bounds: {format_duration(least)} to {format_duration(most)}")
    return total


def format_duration(length: Millis) -> str:
    """Shortest exact form that `parse_duration` reads back: 9000000 -> "2h30m"."""
    parts, rest = [], length
    for unit in ("d", "h", "m", "s", "ms"):
        count, rest = divmod(rest, _UNITS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def about(length: Millis) -> str:
    """For people, two units at the most: 5,420,000 -> "1h 30m", 42,000 -> "42s"."""
    seconds = max(0, length) // SECOND
    for size, big, small, part in ((86_400, "d", "h", 3_600), (3_600, "h", "m", 60), (60, "m", "s", 1)):
        if seconds >= size:
            count, rest = divmod(seconds, size)
            rest //= part
            short = f"{count}{big}"
            return f"{short} {rest}{small}" if rest and not (big == "m" and count >= 10) else short
    return f"{seconds}s"
