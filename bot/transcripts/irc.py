"""IRC logs: `[HH:MM] <nick> text`, `* nick action`, `=== system line`; with or without date and seconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from escalation.errors import InputError
from escalation.events import Message, Person, Place, Role

_LINE = re.compile(
    r"^(?:(?!\d{4}-\d\d-\d\d)[\w#-]+ )?(?:(\d{4}-\d\d-\d\d)[ T])?\[?"
    r"(?:(\d{4}-\d\d-\d\d)[ T])?(\d\d):(\d\d)(?::(\d\d))?\]?\s+"
    r"(?:<([^>]*)>|\*\s+(\S+))\s?(.*)$"
)
_SYSTEM = re.compile(r"^(?:===|-!-|\[?\d\d:\d\d(?::\d\d)?\]?\s+(?:===|-!-|\*\*\*|-->|<--)|\*\*\*|---)")
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)")
_BOT = re.compile(r"(?:^ubot\w*|\w*bot\d*_*)$")
_BACK = timedelta(hours=6)
"""A clock that goes back further than this has passed midnight."""


def looks_like(line: str) -> bool:
    """Whether a line could come from an IRC log."""
    return bool(_LINE.match(line) or _SYSTEM.match(line))


def _day(name: str) -> datetime:
    """The day that a file's name holds; another one where it holds none that exists."""
    found = _DATE.search(name)
    try:
        return datetime.fromisoformat(found[1] if found else "").replace(tzinfo=UTC)
    except ValueError:
        return datetime(1970, 1, 2, tzinfo=UTC)


class IrcReader:
    """Turns the lines of one log into messages. Without a date in the log, the file's name may hold it."""

    def __init__(self, path: Path) -> None:
        self._day = _day(path.name)
        self._place = Place("irc", path.name.split(".")[0] or "log", "channel")
        self._clock: datetime | None = None
        self._last: datetime | None = None

    def parse(self, number: int, line: str) -> Message | None:
        """The message on line `number` (from 0, its id); None for a system line.

        Raises InputError for a line that is neither.
        """
        found = _LINE.match(line)
        if found is None:
            if not line.strip() or _SYSTEM.match(line):
                return None
            raise InputError("neither a message nor a system line; expected e.g. [12:34] <nick> text")
        nick = (found[6] or found[7] or "").strip().lstrip("@+%&~")
        if not nick:
            raise InputError("nick: is empty")
        roles = frozenset({Role.BOT}) if _BOT.match(nick.lower()) else frozenset[Role]()
        return Message(
            place=self._place,
            id=str(number),
            at=self._time(found),
            author=Person(nick.lower(), nick, roles),
            text=found[8].strip(),
        )

    def _time(self, found: re.Match[str]) -> datetime:
        try:
            if day := found[1] or found[2]:
                self._day = datetime.fromisoformat(day).replace(tzinfo=UTC)
            at = self._day.replace(hour=int(found[3]), minute=int(found[4]), second=int(found[5] or 0))
        except ValueError as error:
            raise InputError(f"time: {error}") from None
        if self._clock is not None and at < self._clock - _BACK and not day:
            try:
                self._day += timedelta(days=1)
                at += timedelta(days=1)
            except OverflowError as error:
                raise InputError(f"time: {error}") from None
        self._clock = at
        # The log's clock is coarse: messages keep their order inside a minute, and never go back.
        if self._last is not None and at <= self._last:
            at = self._last + timedelta(milliseconds=1)
        self._last = at
        return at
