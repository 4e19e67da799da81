"""Who is on call: schedules of rotations and overrides. Pure; instants are UTC milliseconds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

from escalation.errors import InputError
from escalation.rotation import Rotation
from escalation.timing import DAY, Millis
from escalation.zones import find_zone

LOOK_AHEAD: Final[Millis] = 2 * 366 * DAY
"""How far `next_handover` looks."""
_CHUNK: Final[Millis] = 16 * DAY


@dataclass(frozen=True, slots=True)
class Override:
    """From `start` until just before `end`, `person` is on instead of whoever would be; if `extra`, besides them."""

    person: str
    start: Millis
    end: Millis
    extra: bool = False

    def __post_init__(self) -> None:
        if not self.person:
            raise InputError("person: an override needs somebody")
        if self.end <= self.start:
            raise InputError("until: an override ends after it began")


@dataclass(frozen=True, slots=True)
class Shift:
    """One person's stretch on call, from `start` until just before `end`."""

    person: str
    start: Millis
    end: Millis


@dataclass(frozen=True, slots=True)
class Schedule:
    """Layers of rotations in one zone.

    Later rotations win: where one has somebody on, those before it have nobody; where it has nobody (outside its
    hours, before its start), those before it show through. So the last one is the most special, and layers of
    business hours in several parts of the day follow the sun. Overrides come on top, in the order in which they
    were added: one that replaces sends home whoever those before it left, extra people too.
    """

    name: str
    zone: str
    """IANA name, e.g. "Europe/Berlin"."""
    rotations: tuple[Rotation, ...] = ()
    overrides: tuple[Override, ...] = ()
    clock: ZoneInfo = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Raises InputError for an unknown zone."""
        object.__setattr__(self, "clock", find_zone(self.zone))

    @property
    def people(self) -> frozenset[str]:
        """Everybody who could ever be on."""
        turns = (person for rotation in self.rotations for person in rotation.people)
        return frozenset((*turns, *(override.person for override in self.overrides)))


def on_call(schedule: Schedule, at: Millis) -> tuple[str, ...]:
    """Who is on call at `at`, each once; empty: nobody."""
    turns = (rotation.on(schedule.clock, at) for rotation in reversed(schedule.rotations))
    first = next((person for person in turns if person is not None), None)
    on = () if first is None else (first,)
    for override in schedule.overrides:
        if override.start <= at < override.end:
            on = (*on, override.person) if override.extra else (override.person,)
    return tuple(dict.fromkeys(on))


def shifts(schedule: Schedule, start: Millis, end: Millis) -> tuple[Shift, ...]:
    """Everybody's stretches within [start, end), cut at its ends, by start; one person's neighbours are one."""
    done: list[Shift] = []
    running: dict[str, Millis] = {}
    for at, people in (*_stretches(schedule, start, end), (end, ())):
        done += [Shift(person, since, at) for person, since in running.items() if person not in people]
        running = {person: running.get(person, at) for person in people}
    return tuple(sorted(done, key=lambda shift: (shift.start, shift.end, shift.person)))


def next_handover(schedule: Schedule, at: Millis) -> Millis | None:
    """The first moment after `at` at which other people are on call; None: not within LOOK_AHEAD."""
    now = on_call(schedule, at)
    for start in range(at, at + LOOK_AHEAD, _CHUNK):
        for change in _changes(schedule, start, start + _CHUNK):
            if change > at and on_call(schedule, change) != now:
                return change
    return None


def _stretches(schedule: Schedule, start: Millis, end: Millis) -> Iterator[tuple[Millis, tuple[str, ...]]]:
    """When who comes on within [start, end); the same people may follow themselves."""
    if start >= end:
        return
    yield start, on_call(schedule, start)
    for at in _changes(schedule, start, end):
        if start < at < end:
            yield at, on_call(schedule, at)


def _changes(schedule: Schedule, start: Millis, end: Millis) -> list[Millis]:
    """The moments within [start, end] at which who is on call may change, in order."""
    found = {at for rotation in schedule.rotations for at in rotation.changes(schedule.clock, start, end)}
    found |= {at for one in schedule.overrides for at in (one.start, one.end) if start <= at <= end}
    return sorted(found)
