"""What the people who get pages do with them in the demo: read from a file, done when a page has arrived."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import orjson

from escalation.desk import Decision, Desk
from escalation.errors import InputError
from escalation.events import MessageKey, message_id
from escalation.notify import Page
from escalation.timing import Millis, parse_duration

DOES = ("claim", "unclaim", "resolve", "snooze", "dismiss")


@dataclass(frozen=True, slots=True)
class Act:
    """Somebody presses a button, `after` the page of `question` arrived."""

    question: str
    after: Millis
    by: str
    do: str
    length: Millis = 0


def read_acts(path: Path) -> list[Act]:
    """The acts of a file, one JSON object a line. Raises InputError with file, line and field."""
    acts = []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        if line.strip():
            try:
                acts.append(_act(line))
            except InputError as error:
                raise InputError(f"{path}:{number}: {error}") from None
    return acts


def _act(line: bytes) -> Act:
    try:
        fields = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise InputError(f"not valid JSON: {error}") from None
    if not isinstance(fields, dict):
        raise InputError("must be an object with question, after, by, do and perhaps for")
    question, by, do = (_word(fields, name) for name in ("question", "by", "do"))
    if do not in DOES:
        raise InputError(f"do: given {do!r}; allowed: {', '.join(DOES)}")
    length = _length(fields, "for") if do == "snooze" or "for" in fields else 0
    return Act(question, _length(fields, "after"), by, do, length)


def _word(fields: dict[str, object], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str | int) or not str(value).strip():
        raise InputError(f"{name}: given {str(value)[:60]!r}; must be a non-empty string")
    return str(value)


def _length(fields: dict[str, object], name: str) -> Millis:
    try:
        return parse_duration(_word(fields, name), least=1 if name == "for" else 0)
    except InputError as error:
        told = str(error)
        raise InputError(told if told.startswith(f"{name}:") else f"{name}: {told}") from None


@dataclass(slots=True)
class Staff:
    """The people of the company. Each act is done once, for the first page of its question."""

    acts: list[Act]
    _by_question: dict[str, list[Act]] = field(default_factory=lambda: defaultdict(list))
    _planned: list[tuple[datetime, int, Act, Page]] = field(default_factory=list)
    _order: count[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        for act in self.acts:
            self._by_question[act.question].append(act)

    def got(self, page: Page, now: datetime) -> None:
        """A page arrived: plans what people will do with it."""
        for act in self._by_question.pop(message_id(MessageKey(page.subject)), ()):
            when = now + timedelta(milliseconds=act.after)
            heapq.heappush(self._planned, (when, next(self._order), act, page))

    @property
    def next_act(self) -> datetime | None:
        return self._planned[0][0] if self._planned else None

    async def act(self, desk: Desk, now: datetime) -> tuple[Act, Page, Decision]:
        """Does the next planned act."""
        _, _, act, page = heapq.heappop(self._planned)
        key = MessageKey(page.subject)
        presses: Mapping[str, Callable[[], Awaitable[Decision]]] = {
            "claim": lambda: desk.acknowledge(page.tenant, key, act.by, now),
            "unclaim": lambda: desk.unclaim(page.tenant, key, act.by, now),
            "resolve": lambda: desk.resolve(page.tenant, key, act.by, now),
            "snooze": lambda: desk.snooze(page.tenant, key, act.by, now, now + timedelta(milliseconds=act.length)),
            "dismiss": lambda: desk.dismiss(page.tenant, key, act.by, now),
        }
        return act, page, await presses[act.do]()
