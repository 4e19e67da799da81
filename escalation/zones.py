"""Time zones: finding them by name, and where their clocks jump. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from escalation.errors import InputError
from escalation.hours import nearby
from escalation.timing import DAY, SECOND, Millis, moment

_NOT_PORTABLE = ("right/", "posix/", "posixrules", "localtime", "Factory")
"""Zone files that mean something else on another machine, or count leap seconds."""


def find_zone(name: str) -> ZoneInfo:
    """The zone of an IANA name. Raises InputError that lists the names nearby."""
    try:
        if name.startswith(_NOT_PORTABLE):
            raise ZoneInfoNotFoundError(name)
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # "Europe" is a folder, "../x" a way out
        near = nearby(name, {zone: zone for zone in available_timezones()})
        raise InputError(
            f"zone {name!r} is unknown{near}; write an IANA name, e.g. Europe/Berlin or America/New_York"
        ) from error


def steady(zone: tzinfo, start: Millis, end: Millis) -> Iterator[tuple[Millis, Millis, Millis]]:
    """The stretches of [start, end) in which the zone's clock does not jump: since, until, offset from UTC.

    Looks once a day: no zone of the IANA database has changed its offset twice within three days. Bounds are
    on whole seconds.
    """
    since = at = start
    offset = _offset(zone, start)
    while at < end:
        until = min(at + DAY, end)
        if _offset(zone, until) == offset:
            at = until
            continue
        at = _jump(zone, at, until)
        yield since, at, offset
        since, offset = at, _offset(zone, at)
    if since < end:
        yield since, end, offset


def _jump(zone: tzinfo, before: Millis, after: Millis) -> Millis:
    """The second in (before, after] from which on the offset is another than at `before`."""
    offset = _offset(zone, before)
    while after - before > SECOND:
        middle = (before + after) // (2 * SECOND) * SECOND
        if _offset(zone, middle) == offset:
            before = middle
        else:
            after = middle
    return after


def _offset(zone: tzinfo, at: Millis) -> Millis:
    ahead = moment(at).astimezone(zone).utcoffset()
    assert ahead is not None
    return ahead // timedelta(milliseconds=1)
