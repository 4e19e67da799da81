"""A local wall clock that never goes back: when it first shows a time. Pure.

Wall times are milliseconds since 1970-01-01 00:00 as the local clock shows them. Clocks jump twice a year, so a
hand-over "at 02:30" may come twice or never; it happens once, at the first moment at which the local clock shows
02:30 or something later.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from escalation.timing import DAY, Millis, moment
from escalation.zones import steady

_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001  the wall clock's own, on purpose without a zone
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()


def wall(zone: ZoneInfo, at: Millis) -> Millis:
    """What the local clock shows at `at` (UTC milliseconds)."""
    return at + _ahead(moment(at).astimezone(zone))


def first_moment(zone: ZoneInfo, shown: Millis) -> Millis:
    """The first UTC millisecond at which the zone's clock shows the wall time `shown`, or has jumped over it."""
    local = (_EPOCH + timedelta(milliseconds=shown)).replace(tzinfo=zone)
    before, after = _ahead(local), _ahead(local.replace(fold=1))
    if before >= after:
        return shown - before
    # The clock jumps over it: the jump is the moment, and lies between the two readings.
    _, jump, _ = next(steady(zone, shown - after, shown - before))
    return jump


def midnight(day: date) -> Millis:
    """The wall time at which a local date begins."""
    return (day.toordinal() - _EPOCH_DAY) * DAY


def weekday_of(day: int) -> int:
    """0 is Monday; `day` counts local dates since 1970-01-01, a Thursday."""
    return (day + 3) % 7


def _ahead(local: datetime) -> Millis:
    offset = local.utcoffset()
    assert offset is not None
    return offset // timedelta(milliseconds=1)
