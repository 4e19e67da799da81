"""The time on the fake's side: of ids, nonces, deadlines and the Date header."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
"""Discord counts its ids' milliseconds from here."""


def _real() -> datetime:
    return datetime.now(UTC)


class Clock:
    """Real time, or the time of `source`, plus what was added by `move`. `Clock.standing(at)` only moves when told."""

    def __init__(self, source: Callable[[], datetime] = _real) -> None:
        self._source = source
        self._added = timedelta()

    @classmethod
    def standing(cls, at: datetime) -> Clock:
        return cls(lambda: at)

    def now(self) -> datetime:
        return self._source() + self._added

    def move(self, **by: float) -> datetime:
        """`move(minutes=5)`: the arguments are timedelta's."""
        self._added += timedelta(**by)
        return self.now()


class Snowflakes:
    """Ids that sort by time, and within a millisecond by birth."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._count = 0

    def new(self, at: datetime | None = None) -> int:
        self._count = (self._count + 1) % (1 << 22)
        return first_id(at or self._clock.now()) | self._count


def first_id(at: datetime) -> int:
    """The smallest id of a moment."""
    return int((at - EPOCH) / timedelta(milliseconds=1)) << 22


def time_of(snowflake: int) -> datetime:
    return EPOCH + timedelta(milliseconds=snowflake >> 22)


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def iso_or_none(at: datetime | None) -> str | None:
    return None if at is None else iso(at)
